"""Routes that somebody draws from nothing: where they come from, start at, and whom they carry."""

from alembic import op
from sqlalchemy import Column, DateTime, Integer, Text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CORE = "census"
ORIGIN = "delivered 交付、planned 方案、drawn 新画"
BEFORE = "delivered 交付、planned 方案"

# What is edited so far came from a plan or a delivery: its first version says from which.
KNOWN_ORIGIN = """
update census.route r set origin = coalesce(
    (select e.origin from census.evacuation_route e where e.code = r.code),
    (select v.author from census.route_version v where v.route_id = r.id and v.version = 0),
    'planned'), people = (select e.people from census.evacuation_route e where e.code = r.code)
"""


def upgrade() -> None:
    """Add the columns and fill them from what there is."""
    for column in (
        Column("origin", Text(), comment=ORIGIN),
        Column("assembly_point_code", Text(), comment="集合点编号"),
        Column("people", Integer(), comment="走此路线的人数"),
        Column("given_up_at", DateTime(timezone=True), comment="取消时间；空为未取消"),
    ):
        op.add_column("route", column, schema=CORE)
    op.execute(KNOWN_ORIGIN)
    op.alter_column("route", "origin", nullable=False, schema=CORE)
    _say_origin(ORIGIN)


def downgrade() -> None:
    """Take them away; a route that only the desk knows has no row elsewhere and stays unseen."""
    for name in ("given_up_at", "people", "assembly_point_code", "origin"):
        op.drop_column("route", name, schema=CORE)
    _say_origin(BEFORE)


def _say_origin(words: str) -> None:
    for schema in (CORE, "pub"):
        op.execute(f"comment on column {schema}.evacuation_route.origin is '{words}'")
