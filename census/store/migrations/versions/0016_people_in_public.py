"""The public sees how many people live in a village, and no longer how many of them need help."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# No page of visitors showed these: of a small village they would tell of single persons.
HELD_BACK = ("children_people", "elderly_people", "households")
SHOWN = ("division_code", "people", "basis")


def _show(*columns: str) -> None:
    op.execute("drop view pub.people")
    op.execute(f"create view pub.people as select {', '.join(columns)} from census.people")  # noqa: S608  (fixed names)
    op.execute(
        "do $$ declare shown record; begin for shown in "
        "select v.attname as name, col_description(t.attrelid, t.attnum) as words "
        "from pg_attribute v join pg_attribute t on t.attrelid = 'census.people'::regclass "
        "and t.attname = v.attname "
        "where v.attrelid = 'pub.people'::regclass and v.attnum > 0 loop "
        "execute format('comment on column pub.people.%I is %L', shown.name, shown.words); "
        "end loop; end $$"
    )
    op.execute("grant select on pub.people to riskatlas_public, riskatlas_app")


def upgrade() -> None:
    """Show the total and its basis."""
    _show(*SHOWN)


def downgrade() -> None:
    """Show all counts again."""
    _show("division_code", "people", *HELD_BACK, "basis")
