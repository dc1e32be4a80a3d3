"""Photos that an officer adds later: a supplement names their hashes, as a report does.

The state lists the photos of the report and then those of its supplements, in the order in which
they came and each of them once.
"""

from importlib import import_module

from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE: str = import_module("census.store.migrations.versions.0021_standing").STATE
# A view that took every column would hold fast the one that a step back drops.
COLUMNS = (
    "number", "kind", "reason", "actor", "actor_name", "received_at", "joined_to", "site_code",
    "severity", "people_threatened", "words", "sequence", "device",
)  # fmt: skip
TAKEN = ", ".join(f"e.{name}" for name in COLUMNS)
NAMED = BEFORE.replace("e.*", TAKEN)
# Events count from one: the report's own photos come first.
ALL_PHOTOS = """(
    select coalesce(jsonb_agg(p.sha256 order by p.place), '[]')
    from (select x.sha256, min(x.place) as place
          from (select h.sha256, array[0, h.place] as place
                from jsonb_array_elements_text(r.photos) with ordinality h(sha256, place)
                union all
                select h.sha256, array[e.number, h.place]
                from census.report_event e,
                     jsonb_array_elements_text(e.photos) with ordinality h(sha256, place)
                where e.report_id = r.id and e.kind = 'amended') x
          group by x.sha256) p) as photos"""
STATE = NAMED.replace("       r.photos,", f"       {ALL_PHOTOS},")


def upgrade() -> None:
    """Let events name photos, and list those too."""
    photos = Column(
        "photos", JSONB(), server_default="[]", nullable=False, comment="补充：所附照片的哈希"
    )
    op.add_column("report_event", photos, schema="census")
    op.execute(STATE)


def downgrade() -> None:
    """List the photos of reports alone."""
    op.execute(NAMED)
    op.drop_column("report_event", "photos", schema="census")
