"""Where a report lies today: its statement keeps the village of its day, which may have gone."""

from importlib import import_module

from alembic import op

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

BEFORE: str = import_module("census.store.migrations.versions.0022_added_photos").STATE
STATED = "r.village_code, r.unit_code,"
NOW = """
       case when h.report_id is null then r.village_code else h.village_code end as village_code,
       case when h.report_id is null then r.unit_code else h.unit_code end as unit_code,"""
FROM = "from decided r\n"
STATE = BEFORE.replace(STATED, NOW).replace(
    FROM, f"{FROM}left join census.report_place h on h.report_id = r.id\n"
)
MADE = """
create table census.report_place (
    report_id uuid primary key references census.report (id),
    village_code text,
    unit_code text
)"""
COMMENTS = {
    "report_id": "上报",
    "village_code": "位置如今所在的村；空为已在各村之外",
    "unit_code": "位置如今所在的网格",
}


def upgrade() -> None:
    """Keep beside a statement where its place lies since divisions changed."""
    op.execute(MADE)
    op.execute("comment on table census.report_place is '区划变动后上报位置的现属村'")
    for name, words in COMMENTS.items():
        op.execute(f"comment on column census.report_place.{name} is '{words}'")
    op.execute(STATE)


def downgrade() -> None:
    """Tell the villages of the statements alone."""
    op.execute(BEFORE)
    op.execute("drop table census.report_place")
