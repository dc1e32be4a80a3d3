"""Imprints of delivered rows, by which the same row is known when it is delivered again."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TABLE = "census.building_imprint"
# Lost with a crash, it costs a slower load; nothing else rests on it.
MADE = f"""
create unlogged table {TABLE} (
    high bigint not null,
    low bigint not null,
    id bigint not null
)"""
COMMENTS = {
    "high": "行印记前64位：原始字节与所用规则的散列",
    "low": "行印记后64位",
    "id": "该行入库后的编号",
}
# Whoever else writes to the layer, by whatever door, ends what is known of it.
FORGET = f"""
create function census.forget_imprints() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    truncate {TABLE};
    return null;
end $$
"""
WATCH = """
create trigger building_forgets_imprints
after insert or update or delete or truncate on census.building
for each statement execute function census.forget_imprints()
"""


def upgrade() -> None:
    """Add the table, and what empties it; the office keeps it to itself."""
    op.execute(MADE)
    op.execute(f"comment on table {TABLE} is '建筑物交付行的印记：再次交付时认出未变的行'")
    for name, comment in COMMENTS.items():
        op.execute(f"comment on column {TABLE}.{name} is '{comment}'")
    op.execute(f"grant select, insert, truncate on {TABLE} to riskatlas_app")
    op.execute(FORGET)
    op.execute(WATCH)


def downgrade() -> None:
    """Take them away."""
    op.execute("drop trigger building_forgets_imprints on census.building")
    op.execute("drop function census.forget_imprints()")
    op.execute(f"drop table {TABLE}")
