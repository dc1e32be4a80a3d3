"""Rivers, lakes and the sea, with what the public may see of them."""

from typing import Any

from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CORE = "census"
SHOWN = {
    "id": "编号",
    "name": "名称；空为未知",
    "kind": "种类：river 河流、lake 湖塘、sea 海域",
    "area_m2": "水面面积，平方米",
    "geom": "水面范围",
}


def upgrade() -> None:
    """Create the table and its view; rights come from the default privileges of revision 0004."""
    config: Any = op.get_context().config
    shape = Geometry("MULTIPOLYGON", srid=int(config.attributes["srid"]), spatial_index=False)
    op.create_table(
        "water",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment=SHOWN["id"]),
        Column("name", Text(), comment=SHOWN["name"]),
        Column("kind", Text(), nullable=False, comment=SHOWN["kind"]),
        Column("area_m2", Float(), nullable=False, comment=SHOWN["area_m2"]),
        Column("geom", shape, nullable=False, comment=SHOWN["geom"]),
        Column("delivery_id", BigInteger(), comment="来自哪一批次"),
        Column("source_row", Integer(), comment="原文件中的行号"),
        Column("notes", JSONB(), server_default="[]", nullable=False, comment="入库时的修正与提示"),
        CheckConstraint("kind in ('river','lake','sea')", name="water_kind"),
        CheckConstraint("st_isvalid(geom)", name="water_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="水域",
    )
    op.create_index("water_geom_gist", "water", ["geom"], schema=CORE, postgresql_using="gist")
    op.execute(f"create view pub.water as select {', '.join(SHOWN)} from {CORE}.water")  # noqa: S608  (fixed names)
    for name, words in SHOWN.items():
        op.execute(f"comment on column pub.water.{name} is '{words}'")


def downgrade() -> None:
    """Drop view and table."""
    op.execute("drop view pub.water")
    op.drop_table("water", schema=CORE)
