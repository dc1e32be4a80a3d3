"""Schema ``personal``: names and phones, behind row-level security that fails closed.

``app.scope`` holds for one transaction: ``*`` for the whole district, or code prefixes with commas
between. Where nobody set it, or a transaction before set it and it is gone, every read is an error.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Identity,
    PrimaryKeyConstraint,
    Text,
    text,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# After SET LOCAL has ended the setting is an empty text, not absent: both mean that nobody set it.
IN_SCOPE = """
create function personal.is_in_scope(code text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    scope text := coalesce(current_setting('app.scope', true), '');
begin
    if scope = '' then
        raise exception 'app.scope is not set in this transaction'
            using errcode = 'insufficient_privilege';
    end if;
    return scope = '*' or exists (
        select from unnest(string_to_array(scope, ',')) as prefix
        where prefix <> '' and starts_with(code, prefix)
    );
end $$
"""

RIGHTS = (
    "revoke execute on function personal.is_in_scope(text) from public",
    "grant usage on schema personal to riskatlas_app",
    "grant execute on function personal.is_in_scope(text) to riskatlas_app",
    "grant select, insert, update, delete on all tables in schema personal to riskatlas_app",
    "grant usage, select on all sequences in schema personal to riskatlas_app",
)


def upgrade() -> None:
    """Create the tables, their policies, and the right of the app alone."""
    op.execute("create schema personal")
    _duty_person()
    _resident()
    op.execute(IN_SCOPE)
    for table, column in (("duty_person", "division_code"), ("resident", "village_code")):
        op.execute(f"alter table personal.{table} enable row level security")
        # Also for an owner that is no superuser, as on an office server.
        op.execute(f"alter table personal.{table} force row level security")
        op.execute(
            f"create policy in_scope on personal.{table} "
            f"using (personal.is_in_scope({column})) with check (personal.is_in_scope({column}))"
        )
    for sentence in RIGHTS:
        op.execute(sentence)


def downgrade() -> None:
    """Drop the schema, and with it every person."""
    op.execute("drop schema personal cascade")


def _duty_person() -> None:
    op.create_table(
        "duty_person",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("duty_id", BigInteger(), comment="责任；责任清单重报后为空"),
        Column("division_code", Text(), nullable=False, comment="负责的区划代码"),
        Column("post", Text(), nullable=False, comment="岗位"),
        Column("name", Text(), nullable=False, comment="姓名"),
        Column("phone", Text(), comment="电话"),
        Column(
            "valid_from",
            Date(),
            server_default=text("CURRENT_DATE"),
            nullable=False,
            comment="任职起",
        ),
        Column("valid_to", Date(), comment="任职最后一日；空为在任"),
        CheckConstraint("valid_to >= valid_from - 1", name="duty_person_term"),
        ForeignKeyConstraint(["duty_id"], ["census.duty.id"], ondelete="SET NULL"),
        PrimaryKeyConstraint("id"),
        schema="personal",
        comment="责任人：姓名与电话",
    )
    op.create_index(
        "ix_personal_duty_person_division_code", "duty_person", ["division_code"], schema="personal"
    )
    op.create_index(
        "ix_personal_duty_person_duty_id", "duty_person", ["duty_id"], schema="personal"
    )


def _resident() -> None:
    op.create_table(
        "resident",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("village_code", Text(), nullable=False, comment="所属村代码"),
        Column("name", Text(), nullable=False, comment="姓名"),
        Column("phone", Text(), comment="电话"),
        Column("household", Text(), comment="户号或户主"),
        Column("need_class", Text(), comment="需帮助的类别，如 行动不便"),
        Column("note", Text(), comment="备注"),
        PrimaryKeyConstraint("id"),
        schema="personal",
        comment="需帮助转移的居民",
    )
    op.create_index(
        "ix_personal_resident_village_code", "resident", ["village_code"], schema="personal"
    )
