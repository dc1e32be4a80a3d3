"""Deliveries wait for a yes: the file, what it would change, and who decided, kept for good."""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

CORE = "census"
KEPT = ("proposal", "proposal_piece", "proposal_event", "proposal_change")
KINDS = (
    "sent 送审、read 已读、refused 有误、failed 中断、accepting 同意、"
    "accepted 已入库、halted 同意后停止、overtaken 已过时、rejected 退回、stopped 停止"
)
DETAIL = "所读结果或所作决定"


def _at(name: str, words: str) -> "Column[Any]":
    return Column(
        name, DateTime(timezone=True), server_default=text("clock_timestamp()"), nullable=False,
        comment=words,
    )  # fmt: skip


def _of() -> "Column[Any]":
    return Column("proposal_id", BigInteger(), nullable=False, comment="哪一份交付")


def _numbered(name: str, words: str) -> "Column[Any]":
    return Column(name, BigInteger(), Identity(always=False), nullable=False, comment=words)


def upgrade() -> None:
    """Create the tables and what keeps them; how far the work is may be written over."""
    _proposal()
    _piece()
    _event()
    _change()
    _progress()
    for name in KEPT:
        op.execute(
            f"create trigger keep before update or delete on {CORE}.{name} "
            "for each row execute function census.refuse_change()"
        )
        op.execute(
            f"create trigger keep_all before truncate on {CORE}.{name} "
            "for each statement execute function census.refuse_change()"
        )
        op.execute(f"revoke update, delete, truncate on {CORE}.{name} from riskatlas_app")


def _proposal() -> None:
    op.create_table(
        "proposal",
        _numbered("id", "编号"),
        Column("form", Text(), nullable=False, comment="表单"),
        Column("layer", Text(), nullable=False, comment="所改图层，即表名"),
        Column("declared", JSONB(), nullable=False, comment="所声明的坐标系、编码、列名对应、图层"),
        Column("files", JSONB(), nullable=False, comment="文件名与字节数，依次"),
        Column("proposed_by", Text(), nullable=False, comment="提出人账号编号"),
        Column("proposed_by_name", Text(), nullable=False, comment="提出人当时的显示名"),
        _at("proposed_at", "提出时间"),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="待审的交付，只增不改",
    )
    op.create_index("ix_census_proposal_proposed_by", "proposal", ["proposed_by"], schema=CORE)


def _piece() -> None:
    op.create_table(
        "proposal_piece",
        _of(),
        Column("file", Integer(), nullable=False, comment="第几个文件，自0起"),
        Column("piece", Integer(), nullable=False, comment="第几段，自0起"),
        Column("content", LargeBinary(), nullable=False, comment="原样的字节"),
        ForeignKeyConstraint(["proposal_id"], [f"{CORE}.proposal.id"]),
        PrimaryKeyConstraint("proposal_id", "file", "piece"),
        schema=CORE,
        comment="待审交付的文件内容，只增不改",
    )


def _event() -> None:
    op.create_table(
        "proposal_event",
        _numbered("id", "先后"),
        _of(),
        Column("kind", Text(), nullable=False, comment=KINDS),
        Column("actor", Text(), nullable=False, comment="账号编号"),
        Column("actor_name", Text(), nullable=False, comment="当时的显示名"),
        _at("at", "时间"),
        Column("reason", Text(), comment="理由"),
        Column(
            "detail", JSONB(), server_default="{}", nullable=False, comment="所读结果或所作决定"
        ),
        ForeignKeyConstraint(["proposal_id"], [f"{CORE}.proposal.id"]),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="待审交付的流转，只增不改",
    )
    op.create_index(
        "ix_census_proposal_event_proposal", "proposal_event", ["proposal_id", "id"], schema=CORE
    )


def _change() -> None:
    op.create_table(
        "proposal_change",
        Column("event_id", BigInteger(), nullable=False, comment="哪一次读取"),
        Column("place", BigInteger(), nullable=False, comment="顺序"),
        Column("code", Text(), nullable=False, comment="对象编号"),
        Column("kind", Text(), nullable=False, comment="insert、update、delete"),
        Column("before", JSONB(), comment="变更前；新增为空"),
        Column("after", JSONB(), comment="变更后；删除为空"),
        Column("changed", JSONB(), comment="改动的字段名"),
        Column("moved_m", Float(), comment="中心点位移，米；形状未变为空"),
        ForeignKeyConstraint(["event_id"], [f"{CORE}.proposal_event.id"]),
        PrimaryKeyConstraint("event_id", "place"),
        schema=CORE,
        comment="待审交付将作的改动，只增不改",
    )
    op.create_index("ix_census_proposal_change_code", "proposal_change", ["code"], schema=CORE)


def _progress() -> None:
    op.create_table(
        "proposal_progress",
        _of(),
        Column("stage", Text(), nullable=False, comment="阶段"),
        Column("rows", BigInteger(), nullable=False, comment="行数"),
        Column("is_over", Boolean(), nullable=False, comment="是否已结束"),
        _at("changed_at", "更新时间"),
        ForeignKeyConstraint(["proposal_id"], [f"{CORE}.proposal.id"]),
        PrimaryKeyConstraint("proposal_id"),
        schema=CORE,
        comment="待审交付的处理进度",
    )


def downgrade() -> None:
    """Drop the tables; what was accepted stays in the layers and their change sets."""
    for name in ("proposal_progress", *reversed(KEPT)):
        op.drop_table(name, schema=CORE)
