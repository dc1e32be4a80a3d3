"""What PostgreSQL lets everybody do: large objects, notices and temporary tables are the app's."""

from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

# All that opens, makes, reads or changes a large object; and what tells other connections. The
# statement NOTIFY knows no right: who hears it takes it for a hint and looks for himself.
TAKEN = """
do $$
declare
    one regprocedure;
begin
    for one in
        select p.oid from pg_catalog.pg_proc p
        where p.pronamespace = 'pg_catalog'::regnamespace
            and (p.proname like 'lo\\_%' or p.proname in ('loread', 'lowrite', 'pg_notify'))
            and has_function_privilege('public', p.oid, 'execute')
    loop
        execute format('revoke execute on function %s from public', one);
        if one::text like '%pg_notify%' then
            execute format('grant execute on function %s to riskatlas_app', one);
        end if;
    end loop;
    execute format('revoke temporary on database %I from public', current_database());
    execute format('grant temporary on database %I to riskatlas_app', current_database());
exception when insufficient_privilege then
    raise warning 'an administrator has to revoke: %', sqlerrm;
end $$
"""
GIVEN = """
do $$
declare
    one regprocedure;
begin
    for one in
        select p.oid from pg_catalog.pg_proc p
        where p.pronamespace = 'pg_catalog'::regnamespace
            and (p.proname like 'lo\\_%' or p.proname in ('loread', 'lowrite', 'pg_notify'))
            and p.proname not in ('lo_import', 'lo_export')
    loop
        execute format('grant execute on function %s to public', one);
    end loop;
end $$
"""


def upgrade() -> None:
    """Take the rights from everybody."""
    op.execute(TAKEN)


def downgrade() -> None:
    """Give them back as PostgreSQL has them from the start."""
    op.execute(GIVEN)
