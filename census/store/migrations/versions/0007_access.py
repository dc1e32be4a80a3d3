"""Schema ``access``: accounts, roles, sessions, failures, codes and the audit's hash chain.

Canonical text of an audit entry, of which with the previous hash the SHA-256 is taken: the hash of
the previous entry (64 zeros before the first), then id, at, actor, actor_name, role, address,
action, object_kind, object_code, outcome and detail, each as ``<number of its UTF-8 bytes>:<text>``
and each preceded by a line feed. ``at`` is written ``2026-01-31T08:00:00.000000Z``, detail as
PostgreSQL writes a jsonb. Lengths keep two neighbouring fields from being read as one.
``census.store.audit`` recomputes it.
"""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND = r"""
create function access.append_audit(
    actor text, actor_name text, role text, address text, action text,
    object_kind text, object_code text, outcome text, detail jsonb
) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    head access.audit_head;
    made access.audit_entry;
    part text;
    canonical text;
begin
    -- The lock lasts until the transaction ends, so the next entry follows this one or none.
    select * into strict head from access.audit_head for update;
    made.id := head.entry_id + 1;
    made.at := clock_timestamp();
    made.actor := actor;
    made.actor_name := actor_name;
    made.role := role;
    made.address := address;
    made.action := action;
    made.object_kind := object_kind;
    made.object_code := object_code;
    made.outcome := outcome;
    made.detail := detail;
    made.previous_hash := head.hash;
    canonical := head.hash;
    foreach part in array array[
        made.id::text,
        to_char(made.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor, actor_name, role, address, action, object_kind, object_code, outcome, detail::text
    ] loop
        canonical := canonical || E'\n' || octet_length(convert_to(part, 'UTF8')) || ':' || part;
    end loop;
    made.hash := encode(sha256(convert_to(canonical, 'UTF8')), 'hex');
    insert into access.audit_entry values (made.*);
    update access.audit_head set entry_id = made.id, hash = made.hash;
    return made.id;
end $$
"""

# A superuser can still switch a trigger off: then the chain shows what was done.
REFUSE = """
create function access.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the audit is append-only: % refused', tg_op
        using errcode = 'insufficient_privilege';
end $$
"""

RIGHTS = (
    "create trigger audit_is_append_only before update or delete or truncate"  # noqa: ISC004  (one sentence)
    " on access.audit_entry for each statement execute function access.refuse_change()",
    # Always: also in a session that plays replica, whose triggers are off by default.
    "alter table access.audit_entry enable always trigger audit_is_append_only",
    "insert into access.audit_head (entry_id, hash) values (0, repeat('0', 64))",
    "revoke all on all tables in schema access from public",
    "revoke execute on all functions in schema access from public",
    "grant usage on schema access to riskatlas_app",
    "grant select, insert, update on access.account, access.one_time_code to riskatlas_app",
    "grant select, insert, delete on access.account_role, access.login_failure to riskatlas_app",
    "grant select, insert, update on access.login_session to riskatlas_app",
    "grant select on access.audit_entry, access.audit_head to riskatlas_app",
    "grant execute on function"  # noqa: ISC004  (one sentence)
    " access.append_audit(text, text, text, text, text, text, text, text, jsonb) to riskatlas_app",
)


def upgrade() -> None:
    """Create the tables and the one function that appends to the audit."""
    op.execute("create schema access")
    _account()
    _audit_entry()
    _audit_head()
    _login_failure()
    _account_role()
    _login_session()
    _one_time_code()
    # Straight to the driver: the sentences hold percent signs and colons, no parameters.
    driver: Any = op.get_bind().connection.driver_connection
    for sentence in (APPEND, REFUSE, *RIGHTS):
        driver.execute(sentence)


def downgrade() -> None:
    """Drop the schema, and with it accounts and audit."""
    op.execute("drop schema access cascade")


def _account() -> None:
    op.create_table(
        "account",
        Column(
            "id", Uuid(), server_default=text("gen_random_uuid()"), nullable=False, comment="编号"
        ),
        Column("login_name", Text(), nullable=False, comment="登录名，如所输入"),
        Column("login_key", Text(), nullable=False, comment="登录名的比较形式"),
        Column("staff_number", Text(), comment="工号的比较形式"),
        Column("display_name", Text(), nullable=False, comment="显示名"),
        Column("email", Text(), comment="电子邮箱；可空，可重复"),
        Column("password", Text(), comment="argon2id 散列；空为尚未设置"),
        Column("active", Boolean(), server_default="true", nullable=False, comment="是否启用"),
        Column("ends_on", Date(), comment="有效期最后一日；空为不限"),
        Column("fs_uniquifier", Text(), nullable=False, comment="会话标识，改密后更换"),
        Column("tf_primary_method", Text(), comment="第二因素：authenticator"),
        Column("tf_totp_secret", Text(), comment="第二因素密钥（由网页进程加密）"),
        Column(
            "must_change_password",
            Boolean(),
            server_default="true",
            nullable=False,
            comment="须先设置密码",
        ),
        Column(
            "created_at",
            DateTime(timezone=True),
            server_default=text("now()"),
            nullable=False,
            comment="建立时间",
        ),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("fs_uniquifier"),
        UniqueConstraint("login_key"),
        UniqueConstraint("staff_number"),
        schema="access",
        comment="账号",
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        Column("id", BigInteger(), autoincrement=False, nullable=False, comment="连续编号"),
        Column("at", DateTime(timezone=True), nullable=False, comment="时间"),
        Column("actor", Text(), nullable=False, comment="账号编号、system:<用户> 或 visitor"),
        Column("actor_name", Text(), nullable=False, comment="当时的显示名"),
        Column("role", Text(), nullable=False, comment="据以行事的角色"),
        Column("address", Text(), nullable=False, comment="来源地址"),
        Column("action", Text(), nullable=False, comment="动作，见 access.toml"),
        Column("object_kind", Text(), nullable=False, comment="对象种类"),
        Column("object_code", Text(), nullable=False, comment="对象代码"),
        Column("outcome", Text(), nullable=False, comment="结果：done、refused、failed"),
        Column("detail", JSONB(), nullable=False, comment="细节，不含密码与个人信息"),
        Column("previous_hash", Text(), nullable=False, comment="上一条的散列"),
        Column("hash", Text(), nullable=False, comment="本条的散列"),
        CheckConstraint("outcome in ('done','refused','failed')", name="audit_entry_outcome"),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("previous_hash"),
        schema="access",
        comment="审计记录：只增不改，逐条散列相连",
    )
    op.create_index("ix_access_audit_entry_actor", "audit_entry", ["actor"], schema="access")


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        Column(
            "is_only",
            Boolean(),
            server_default="true",
            nullable=False,
            comment="恒为真，保证仅一行",
        ),
        Column("entry_id", BigInteger(), nullable=False, comment="最后一条的编号；0 为尚无"),
        Column("hash", Text(), nullable=False, comment="最后一条的散列"),
        CheckConstraint("is_only", name="audit_head_only"),
        PrimaryKeyConstraint("is_only"),
        schema="access",
        comment="审计链的末端，仅一行",
    )


def _login_failure() -> None:
    op.create_table(
        "login_failure",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("login_key", Text(), nullable=False, comment="登录名的比较形式，账号存在与否都记"),
        Column("address", Text(), nullable=False, comment="来源地址"),
        Column(
            "at",
            DateTime(timezone=True),
            server_default=text("clock_timestamp()"),
            nullable=False,
            comment="时间",
        ),
        PrimaryKeyConstraint("id"),
        schema="access",
        comment="未成功的登录",
    )
    op.create_index("login_failure_address", "login_failure", ["address", "at"], schema="access")
    op.create_index("login_failure_key", "login_failure", ["login_key", "at"], schema="access")


def _account_role() -> None:
    op.create_table(
        "account_role",
        Column("account_id", Uuid(), nullable=False, comment="账号"),
        Column("role", Text(), nullable=False, comment="角色，见 access.toml"),
        Column(
            "scope_code",
            Text(),
            server_default="",
            nullable=False,
            comment="管辖范围：区划代码；空为全区",
        ),
        Column("granted_by", Text(), nullable=False, comment="授予人：账号编号或 system:<用户>"),
        Column(
            "granted_at",
            DateTime(timezone=True),
            server_default=text("now()"),
            nullable=False,
            comment="授予时间",
        ),
        ForeignKeyConstraint(["account_id"], ["access.account.id"]),
        PrimaryKeyConstraint("account_id", "role", "scope_code"),
        schema="access",
        comment="账号的角色与管辖范围",
    )


def _login_session() -> None:
    op.create_table(
        "login_session",
        Column(
            "id", Uuid(), server_default=text("gen_random_uuid()"), nullable=False, comment="编号"
        ),
        Column("token_sha256", Text(), nullable=False, comment="会话令牌的 SHA-256"),
        Column("account_id", Uuid(), nullable=False, comment="账号"),
        Column("address", Text(), nullable=False, comment="来源地址"),
        Column("agent", Text(), nullable=False, comment="浏览器自述"),
        Column(
            "started_at",
            DateTime(timezone=True),
            server_default=text("now()"),
            nullable=False,
            comment="登录时间",
        ),
        Column(
            "seen_at",
            DateTime(timezone=True),
            server_default=text("now()"),
            nullable=False,
            comment="最近一次请求",
        ),
        Column("ended_at", DateTime(timezone=True), comment="结束时间；空为有效"),
        Column(
            "ended_reason",
            Text(),
            comment="结束原因：logout、idle、absolute、role_change、password_change、account_closed",
        ),
        CheckConstraint(
            "ended_reason in ('logout','idle','absolute',"
            "'role_change','password_change','account_closed')",
            name="login_session_reason",
        ),
        CheckConstraint("(ended_at is null) = (ended_reason is null)", name="login_session_end"),
        ForeignKeyConstraint(["account_id"], ["access.account.id"]),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("token_sha256"),
        schema="access",
        comment="登录会话",
    )
    op.create_index(
        "ix_access_login_session_account_id", "login_session", ["account_id"], schema="access"
    )


def _one_time_code() -> None:
    op.create_table(
        "one_time_code",
        Column(
            "id", Uuid(), server_default=text("gen_random_uuid()"), nullable=False, comment="编号"
        ),
        Column("account_id", Uuid(), nullable=False, comment="账号"),
        Column("code_sha256", Text(), nullable=False, comment="重置码的 SHA-256"),
        Column("issued_by", Text(), nullable=False, comment="发放人：账号编号或 system:<用户>"),
        Column(
            "issued_at",
            DateTime(timezone=True),
            server_default=text("now()"),
            nullable=False,
            comment="发放时间",
        ),
        Column("expires_at", DateTime(timezone=True), nullable=False, comment="失效时间"),
        Column("used_at", DateTime(timezone=True), comment="使用或作废的时间"),
        ForeignKeyConstraint(["account_id"], ["access.account.id"]),
        PrimaryKeyConstraint("id"),
        schema="access",
        comment="一次性重置码",
    )
    op.create_index(
        "ix_access_one_time_code_account_id", "one_time_code", ["account_id"], schema="access"
    )
