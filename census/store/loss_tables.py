"""Tables of computed losses: runs, what each flood takes of each division, means of a year."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from census.store.columns import CORE, run_columns


def loss_run(metadata: MetaData) -> Table:
    """
    Declare loss runs.

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
        "loss_run",
        metadata,
        *run_columns(),
        Column("scenarios", JSONB, nullable=False, comment="各情景：栅格、重现期、得到方式、哈希"),
        Column("curves", JSONB, nullable=False, comment="所用损失率曲线全文"),
        Column("summary", JSONB, nullable=False, comment="计数：未分类、层数未知、水深未知等"),
        comment="一次损失计算",
    )


def _of_run() -> tuple[SchemaItem, ...]:
    return (
        Column(
            "run_id",
            BigInteger,
            ForeignKey(f"{CORE}.loss_run.id"),
            primary_key=True,
            comment="损失计算编号",
        ),
        Column("division_code", Text, primary_key=True, comment="区划代码"),
    )


def unit_loss(metadata: MetaData) -> Table:
    """
    Declare what each flood takes of each division.

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
        "unit_loss",
        metadata,
        *_of_run(),
        Column("return_period_years", Float, primary_key=True, comment="情景的重现期，年"),
        Column("level", Text, nullable=False, comment="district、town、village"),
        Column("people_affected", Float, nullable=False, comment="受影响居民，人"),
        Column("wet_buildings", Integer, nullable=False, comment="进水建筑物，栋"),
        Column("wet_footprint_m2", Float, nullable=False, comment="进水建筑物的基底面积，平方米"),
        Column("loss_yuan", Float, nullable=False, comment="建筑物损失，元"),
        Column("by_class", JSONB, nullable=False, comment="各类建筑物的栋数、面积、损失"),
        Column("is_public", Boolean, nullable=False, comment="合计是否大到可以公开"),
        comment="每个情景下各区划单元的损失；村之和为镇，镇之和为区县",
    )


def unit_annual_loss(metadata: MetaData) -> Table:
    """
    Declare the means of a year of each division.

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
        "unit_annual_loss",
        metadata,
        *_of_run(),
        Column("level", Text, nullable=False, comment="district、town、village"),
        Column("people_per_year", Float, nullable=False, comment="年均受影响居民，人/年"),
        Column("loss_yuan_per_year", Float, nullable=False, comment="年均损失，元/年"),
        Column(
            "rarer_yuan_per_year",
            Float,
            nullable=False,
            comment="其中罕于最长重现期的部分，按最长重现期的损失计，元/年",
        ),
        Column("people_at", ARRAY(Float), comment="方法所列各重现期的受影响居民，人；空为不知"),
        Column("loss_yuan_at", ARRAY(Float), comment="方法所列各重现期的损失，元；空为不知"),
        Column("is_public", Boolean, nullable=False, comment="合计是否大到可以公开"),
        comment="各区划单元的年均损失与超越曲线",
    )
