"""Deliveries note what they change: which layer, how many rows, which fields, how far moved."""

from typing import Any

from alembic import op
from sqlalchemy import Column, Float, Text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CORE = "census"
ORIGIN = "由何而来：report 上报、delivery 交付"
BEFORE = "由何而来，如 report"
FOUND_BY = {"change_set": ["origin", "origin_id"], "change_row": ["layer", "code"]}
INDEX = {"change_set": "ix_census_change_set_origin", "change_row": "ix_census_change_row_object"}


def _added() -> dict[str, tuple[Column[Any], ...]]:
    return {
        "change_set": (
            Column("layer", Text(), comment="交付改动的图层；上报为空"),
            Column("counts", JSONB(), nullable=False, server_default="{}", comment="各类行数"),
        ),
        "change_row": (
            Column("changed", JSONB(), comment="改动的字段名；新增、消失为空"),
            Column("moved_m", Float(), comment="中心点位移，米；形状未变为空"),
        ),
    }


def upgrade() -> None:
    """Add the columns and what finds the history of an object."""
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column, schema=CORE)
        op.create_index(INDEX[table], table, FOUND_BY[table], schema=CORE)
    op.execute(f"comment on column {CORE}.change_set.origin is '{ORIGIN}'")


def downgrade() -> None:
    """Take them away; what deliveries changed is then told without these."""
    op.execute(f"comment on column {CORE}.change_set.origin is '{BEFORE}'")
    for table, columns in _added().items():
        op.drop_index(INDEX[table], table, schema=CORE)
        for column in columns:
            op.drop_column(table, column.name, schema=CORE)
