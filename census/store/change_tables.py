"""Tables of reviewed changes: what was there before and after, of each object that changed.

They are the history of every layer: a row that changes or goes leaves its former state here, and
nothing that was delivered once is ever lost. A first delivery has a set without rows: the rows of
the layer itself tell all of it.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from census.store.columns import CORE


def change_set(metadata: MetaData) -> Table:
    """
    Declare reviewed changes of layers.

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
        "change_set",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("origin", Text, nullable=False, comment="由何而来：report 上报、delivery 交付"),
        Column("origin_id", Text, nullable=False, comment="来源的编号"),
        Column("proposed_by", Text, nullable=False, comment="提出人账号编号"),
        Column("reviewed_by", Text, nullable=False, comment="审核人账号编号"),
        Column(
            "applied_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
            comment="生效时间",
        ),
        Column("layer", Text, comment="交付改动的图层；上报为空"),
        Column("counts", JSONB, nullable=False, server_default="{}", comment="各类行数"),
        Index("ix_census_change_set_origin", "origin", "origin_id"),
        comment="经审核的变更，只增不改",
    )


def change_row(metadata: MetaData) -> Table:
    """
    Declare the rows of a change set.

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
        "change_row",
        metadata,
        Column(
            "change_set_id",
            BigInteger,
            ForeignKey(f"{CORE}.change_set.id"),
            primary_key=True,
            comment="哪一次变更",
        ),
        Column("layer", Text, primary_key=True, comment="图层，即表名"),
        Column("code", Text, primary_key=True, comment="对象编号"),
        Column("kind", Text, nullable=False, comment="insert、update、delete"),
        Column("before", JSONB(none_as_null=True), comment="变更前；新增为空"),
        Column("after", JSONB(none_as_null=True), comment="变更后；删除为空"),
        Column("changed", JSONB(none_as_null=True), comment="改动的字段名；新增、消失为空"),
        Column("moved_m", Float, comment="中心点位移，米；形状未变为空"),
        Index("ix_census_change_row_object", "layer", "code"),
        comment="经审核的变更的各行，只增不改",
    )
