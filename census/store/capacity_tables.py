"""Tables of coping capacity: runs, and what each says of the towns and villages."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from census.store.columns import CORE, run_columns


def capacity_run(metadata: MetaData) -> Table:
    """
    Declare assessments of coping capacity.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; an assessment is for all hazards.
    """
    columns = [
        each for each in run_columns() if not (isinstance(each, Column) and each.name == "hazard")
    ]
    return Table(
        "capacity_run",
        metadata,
        *columns,
        Column("scheme", JSONB, nullable=False, comment="等级词，各级界限、归一上下限、权重"),
        Column("summary", JSONB, nullable=False, comment="各等级个数、未评估、未参与的指标"),
        comment="一次减灾能力评估",
    )


def unit_capacity(metadata: MetaData) -> Table:
    """
    Declare the coping capacity of divisions.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table.
    """
    return Table(
        "unit_capacity",
        metadata,
        Column(
            "run_id",
            BigInteger,
            ForeignKey(f"{CORE}.capacity_run.id"),
            primary_key=True,
            comment="评估编号",
        ),
        Column("division_code", Text, primary_key=True, comment="区划代码"),
        Column("level", Text, nullable=False, comment="town、village"),
        Column("capacity_class", SmallInteger, comment="减灾能力等级序数1-5，1最弱；空为未评估"),
        Column("capacity_word", Text, comment="等级词代码"),
        Column("capacity_index", Float, comment="减灾能力指数，0-1；空为未评估"),
        Column("known_share", Float, nullable=False, comment="已知指标占本级全部权重的比例"),
        Column("weakest", ARRAY(Text), comment="使指数减少最多的指标，多者在前"),
        Column("indicator_values", JSONB, nullable=False, comment="各指标值，按方法规定的单位"),
        Column("indicator_scores", JSONB, nullable=False, comment="各指标得分，0-1"),
        Column("indicator_needed", JSONB, nullable=False, comment="单独升一级所需的指标值"),
        Column("lift_indicator", Text, comment="升一级最省力的指标"),
        Column("why_zh", ARRAY(Text), comment="弱在何处（中文）"),
        Column("why_en", ARRAY(Text), comment="弱在何处（英文）"),
        Column("lift_zh", Text, comment="怎样升一级（中文）"),
        Column("lift_en", Text, comment="怎样升一级（英文）"),
        comment="各乡镇、村的减灾能力",
    )
