"""Tables of deliveries that wait for a yes: the file as it came, what it would change, who decided.

A proposal is never changed: what became of it is the last of its events, and of what it would
change each reading leaves rows of its own. Only how far the work is gets written over.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from census.store.columns import CORE
from census.store.privacy import PERSONAL


def proposal(metadata: MetaData) -> Table:
    """
    Declare deliveries that were proposed.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; a trigger refuses changes.
    """
    return Table(
        "proposal",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("form", Text, nullable=False, comment="表单"),
        Column("layer", Text, nullable=False, comment="所改图层，即表名"),
        Column("declared", JSONB, nullable=False, comment="所声明的坐标系、编码、列名对应、图层"),
        Column("files", JSONB, nullable=False, info=PERSONAL, comment="文件名与字节数，依次"),
        Column("proposed_by", Text, nullable=False, index=True, comment="提出人账号编号"),
        Column(
            "proposed_by_name", Text, nullable=False, info=PERSONAL, comment="提出人当时的显示名"
        ),
        _at("proposed_at", "提出时间"),
        comment="待审的交付，只增不改",
    )


def proposal_piece(metadata: MetaData) -> Table:
    """
    Declare the bytes of proposed files, in pieces.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; a trigger refuses changes.
    """
    return Table(
        "proposal_piece",
        metadata,
        _of(primary_key=True),
        Column("file", Integer, primary_key=True, autoincrement=False, comment="第几个文件，自0起"),
        Column("piece", Integer, primary_key=True, autoincrement=False, comment="第几段，自0起"),
        Column("content", LargeBinary, nullable=False, comment="原样的字节"),
        comment="待审交付的文件内容，只增不改",
    )


def proposal_event(metadata: MetaData) -> Table:
    """
    Declare what became of proposals.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; a trigger refuses changes.
    """
    return Table(
        "proposal_event",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="先后"),
        _of(),
        Column(
            "kind",
            Text,
            nullable=False,
            comment="sent 送审、read 已读、refused 有误、failed 中断、accepting 同意、"
            "accepted 已入库、halted 同意后停止、overtaken 已过时、rejected 退回、stopped 停止",
        ),
        Column("actor", Text, nullable=False, comment="账号编号"),
        Column("actor_name", Text, nullable=False, info=PERSONAL, comment="当时的显示名"),
        _at("at", "时间"),
        Column("reason", Text, info=PERSONAL, comment="理由"),
        Column("detail", JSONB, nullable=False, server_default="{}", comment="所读结果或所作决定"),
        Index("ix_census_proposal_event_proposal", "proposal_id", "id"),
        comment="待审交付的流转，只增不改",
    )


def proposal_change(metadata: MetaData) -> Table:
    """
    Declare what a reading found that a proposal would change.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; a trigger refuses changes.
    """
    return Table(
        "proposal_change",
        metadata,
        Column(
            "event_id",
            BigInteger,
            ForeignKey(f"{CORE}.proposal_event.id"),
            primary_key=True,
            comment="哪一次读取",
        ),
        Column("place", BigInteger, primary_key=True, autoincrement=False, comment="顺序"),
        Column("code", Text, nullable=False, index=True, comment="对象编号"),
        Column("kind", Text, nullable=False, comment="insert、update、delete"),
        Column("before", JSONB(none_as_null=True), comment="变更前；新增为空"),
        Column("after", JSONB(none_as_null=True), comment="变更后；删除为空"),
        Column("changed", JSONB(none_as_null=True), comment="改动的字段名"),
        Column("moved_m", Float, comment="中心点位移，米；形状未变为空"),
        comment="待审交付将作的改动，只增不改",
    )


def proposal_progress(metadata: MetaData) -> Table:
    """
    Declare how far the work on proposals is.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table, one row per proposal.
    """
    return Table(
        "proposal_progress",
        metadata,
        _of(primary_key=True),
        Column("stage", Text, nullable=False, comment="阶段"),
        Column("rows", BigInteger, nullable=False, comment="行数"),
        Column("is_over", Boolean, nullable=False, comment="是否已结束"),
        _at("changed_at", "更新时间"),
        comment="待审交付的处理进度",
    )


def _of(*, primary_key: bool = False) -> "Column[int]":
    return Column(
        "proposal_id",
        BigInteger,
        ForeignKey(f"{CORE}.proposal.id"),
        primary_key=primary_key,
        nullable=False,
        comment="哪一份交付",
    )


def _at(name: str, words: str) -> "Column[object]":
    return Column(
        name,
        DateTime(timezone=True),
        nullable=False,
        server_default=func.clock_timestamp(),
        comment=words,
    )
