"""Tables of schema ``access``: accounts, their roles, sessions, failures, codes, the audit.

Schema ``access`` has no geometry, so its tables are the same in every district. Role public has no
right in it. The models carry the attributes that Flask-Security's SQLAlchemy datastore asks for,
and nothing of Flask: webapp adds the behaviour by a mixin.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, synonym

from census.store.privacy import PERSONAL, PLAIN, SECRET
from census.store.rights import rights

ACCESS = "access"
_NEW_ID = func.gen_random_uuid()
_NOW = func.now()


class Base(DeclarativeBase):
    """Base of the models of schema ``access``."""

    metadata = MetaData(schema=ACCESS)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


class AccountRole(Base):
    """A role that an account has for one part of the district."""

    __tablename__ = "account_role"
    __table_args__ = ({"comment": "账号的角色与管辖范围"},)

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey(f"{ACCESS}.account.id"), primary_key=True, comment="账号"
    )
    role: Mapped[str] = mapped_column(info=PLAIN, primary_key=True, comment="角色，见 access.toml")
    scope_code: Mapped[str] = mapped_column(
        info=PLAIN, primary_key=True, server_default="", comment="管辖范围：区划代码；空为全区"
    )
    granted_by: Mapped[str] = mapped_column(info=PLAIN, comment="授予人：账号编号或 system:<用户>")
    granted_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="授予时间")

    name = synonym("role")  # what Flask-Security calls it

    def get_permissions(self) -> set[str]:
        """
        List the actions of the role, as Flask-Security asks for them; the scope is not looked at.

        Returns
        -------
        set of str
            Actions of the tables of rights.
        """
        return set(rights().actions_of(self.role))


class RoleRule(Base):
    """What the bureau requires of those who hold a role; no row: what ``access.toml`` says."""

    __tablename__ = "role_rule"
    __table_args__ = ({"comment": "本局对角色的要求"},)

    role: Mapped[str] = mapped_column(info=PLAIN, primary_key=True, comment="角色，见 access.toml")
    needs_totp: Mapped[bool] = mapped_column(comment="登录是否须二次验证")
    set_by: Mapped[str] = mapped_column(info=PLAIN, comment="设定人：账号编号或 system:<用户>")
    set_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="设定时间")


class Account(Base):
    """A person who may sign in; never deleted, for the audit names it."""

    __tablename__ = "account"
    __table_args__ = ({"comment": "账号"},)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=_NEW_ID, comment="编号")
    login_name: Mapped[str] = mapped_column(info=PERSONAL, comment="登录名，如所输入")
    login_key: Mapped[str] = mapped_column(info=PERSONAL, unique=True, comment="登录名的比较形式")
    staff_number: Mapped[str | None] = mapped_column(
        info=PERSONAL, unique=True, comment="工号的比较形式"
    )
    display_name: Mapped[str] = mapped_column(info=PERSONAL, comment="显示名")
    email: Mapped[str | None] = mapped_column(info=PERSONAL, comment="电子邮箱；可空，可重复")
    password: Mapped[str | None] = mapped_column(info=SECRET, comment="argon2id 散列；空为尚未设置")
    active: Mapped[bool] = mapped_column(server_default="true", comment="是否启用")
    ends_on: Mapped[date | None] = mapped_column(comment="有效期最后一日；空为不限")
    fs_uniquifier: Mapped[str] = mapped_column(
        info=SECRET, unique=True, comment="会话标识，改密后更换"
    )
    tf_primary_method: Mapped[str | None] = mapped_column(
        info=PLAIN, comment="第二因素：authenticator"
    )
    tf_totp_secret: Mapped[str | None] = mapped_column(
        info=SECRET, comment="第二因素密钥（由网页进程加密）"
    )
    tf_last_counter: Mapped[int | None] = mapped_column(
        BigInteger, comment="第二因素最近用过的时间步"
    )
    must_change_password: Mapped[bool] = mapped_column(
        server_default="true", comment="须先设置密码"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="建立时间")

    tf_phone_number: ClassVar[None] = None  # Flask-Security reads it; no code is sent by phone
    roles: Mapped[list[AccountRole]] = relationship(lazy="selectin", viewonly=True)


class LoginSession(Base):
    """A sign-in: a cookie is worth what its row here says."""

    __tablename__ = "login_session"
    __table_args__ = (
        CheckConstraint(
            "ended_reason in ('logout','idle','absolute','role_change','password_change',"
            "'account_closed')",
            name="login_session_reason",
        ),
        CheckConstraint("(ended_at is null) = (ended_reason is null)", name="login_session_end"),
        {"comment": "登录会话"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=_NEW_ID, comment="编号")
    token_sha256: Mapped[str] = mapped_column(
        info=SECRET, unique=True, comment="会话令牌的 SHA-256"
    )
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey(f"{ACCESS}.account.id"), index=True, comment="账号"
    )
    address: Mapped[str] = mapped_column(info=PERSONAL, comment="来源地址")
    agent: Mapped[str] = mapped_column(info=PERSONAL, comment="浏览器自述")
    started_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="登录时间")
    seen_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="最近一次请求")
    ended_at: Mapped[datetime | None] = mapped_column(comment="结束时间；空为有效")
    ended_reason: Mapped[str | None] = mapped_column(
        info=PLAIN,
        comment="结束原因：logout、idle、absolute、role_change、password_change、account_closed",
    )


class LoginFailure(Base):
    """A sign-in that did not succeed, or is under way."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("login_failure_key", "login_key", "at"),
        Index("login_failure_address", "address", "at"),
        {"comment": "未成功的登录"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="编号")
    login_key: Mapped[str] = mapped_column(
        info=PERSONAL, comment="登录名的比较形式，账号存在与否都记"
    )
    address: Mapped[str] = mapped_column(info=PERSONAL, comment="来源地址")
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), comment="时间")


class OneTimeCode(Base):
    """A code with which its bearer sets a new password, once."""

    __tablename__ = "one_time_code"
    __table_args__ = ({"comment": "一次性重置码"},)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=_NEW_ID, comment="编号")
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey(f"{ACCESS}.account.id"), index=True, comment="账号"
    )
    code_sha256: Mapped[str] = mapped_column(info=SECRET, comment="重置码的 SHA-256")
    issued_by: Mapped[str] = mapped_column(info=PLAIN, comment="发放人：账号编号或 system:<用户>")
    issued_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="发放时间")
    expires_at: Mapped[datetime] = mapped_column(comment="失效时间")
    used_at: Mapped[datetime | None] = mapped_column(comment="使用或作废的时间")


class AuditEntry(Base):
    """What somebody did or was refused; written by function ``access.append_audit`` alone."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("outcome in ('done','refused','failed')", name="audit_entry_outcome"),
        {"comment": "审计记录：只增不改，逐条散列相连"},
    )

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="连续编号"
    )
    at: Mapped[datetime] = mapped_column(comment="时间")
    actor: Mapped[str] = mapped_column(
        info=PLAIN, index=True, comment="账号编号、system:<用户> 或 visitor"
    )
    actor_name: Mapped[str] = mapped_column(info=PERSONAL, comment="当时的显示名")
    role: Mapped[str] = mapped_column(info=PLAIN, comment="据以行事的角色")
    address: Mapped[str] = mapped_column(info=PERSONAL, comment="来源地址")
    action: Mapped[str] = mapped_column(info=PLAIN, comment="动作，见 access.toml")
    object_kind: Mapped[str] = mapped_column(info=PLAIN, comment="对象种类")
    object_code: Mapped[str] = mapped_column(info=PLAIN, comment="对象代码")
    outcome: Mapped[str] = mapped_column(info=PLAIN, comment="结果：done、refused、failed")
    detail: Mapped[dict[str, Any]] = mapped_column(info=PLAIN, comment="细节，不含密码与个人信息")
    previous_hash: Mapped[str] = mapped_column(info=PLAIN, unique=True, comment="上一条的散列")
    hash: Mapped[str] = mapped_column(info=PLAIN, comment="本条的散列")


class AuditHead(Base):
    """The newest entry of the chain, one row; its lock keeps appends in line."""

    __tablename__ = "audit_head"
    __table_args__ = (
        CheckConstraint("is_only", name="audit_head_only"),
        {"comment": "审计链的末端，仅一行"},
    )

    is_only: Mapped[bool] = mapped_column(
        primary_key=True, server_default="true", comment="恒为真，保证仅一行"
    )
    entry_id: Mapped[int] = mapped_column(BigInteger, comment="最后一条的编号；0 为尚无")
    hash: Mapped[str] = mapped_column(info=PLAIN, comment="最后一条的散列")


class Screen(Base):
    """A wall screen: whoever has its link sees what the public may see, until it is revoked."""

    __tablename__ = "screen"
    __table_args__ = (
        Index("screen_name", "name", unique=True, postgresql_where=text("revoked_at is null")),
        {"comment": "展示屏及其链接"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="编号")
    name: Mapped[str] = mapped_column(info=PLAIN, comment="屏幕名称，如所在地点")
    profile: Mapped[str] = mapped_column(info=PLAIN, comment="方案，见 displays.toml")
    town_code: Mapped[str] = mapped_column(
        info=PLAIN, server_default="", comment="乡镇代码；空为全区"
    )
    token_sha256: Mapped[str] = mapped_column(
        info=SECRET, unique=True, comment="链接令牌的 SHA-256"
    )
    made_by: Mapped[str] = mapped_column(info=PLAIN, comment="建立人：账号编号或 system:<用户>")
    made_at: Mapped[datetime] = mapped_column(server_default=_NOW, comment="建立时间")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="撤销时间；空为有效")
