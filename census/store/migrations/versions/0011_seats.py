"""Who has the editor of a route open: a seat per tab with its end; the public sees counts alone."""

from alembic import op
from sqlalchemy import Column, DateTime, PrimaryKeyConstraint, Text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CORE = "census"
EDITING = """
create view pub.route_editing as
select code, count(distinct account_id)::int as editors from census.route_seat
where until > now() group by code
"""
WORDS = {"code": "路线编号", "editors": "正在编辑的人数，不含姓名"}


def upgrade() -> None:
    """Create the table and its view; rights come from the default privileges of revision 0004."""
    op.create_table(
        "route_seat",
        Column("code", Text(), nullable=False, comment="路线编号"),
        Column("account_id", Text(), nullable=False, comment="账号编号"),
        Column("tab", Text(), nullable=False, comment="浏览器标签页自取的编号"),
        Column("until", DateTime(timezone=True), nullable=False, comment="未再续则到此为止"),
        PrimaryKeyConstraint("code", "account_id", "tab"),
        schema=CORE,
        comment="打开着的路线编辑页",
    )
    op.create_index("ix_census_route_seat_until", "route_seat", ["until"], schema=CORE)
    op.execute(EDITING)
    op.execute("comment on view pub.route_editing is '正在编辑的路线与人数'")
    for name, words in WORDS.items():
        op.execute(f"comment on column pub.route_editing.{name} is '{words}'")


def downgrade() -> None:
    """Take both away."""
    op.execute("drop view pub.route_editing")
    op.drop_table("route_seat", schema=CORE)
