"""Tables of divisions over time: those no longer in force, and what each code became."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    Identity,
    MetaData,
    Table,
    UniqueConstraint,
)

from census.store.columns import COMPUTED, column, delivered, geometry

KINDS = "kind in ('renamed','recoded','merged','split','withdrawn')"


def division_terms(metadata: MetaData, srid: int) -> list[Table]:
    """
    Declare former divisions and the changes of codes.

    Parameters
    ----------
    metadata
        Where they are declared.
    srid
        EPSG code of their geometry.

    Returns
    -------
    list of Table
        The tables.
    """
    return [_former(metadata, srid), _change(metadata)]


def _former(metadata: MetaData, srid: int) -> Table:
    return Table(
        "former_division",
        metadata,
        column("code text* 区划代码"),
        column("level text! town、village、grid_unit"),
        column("name text! 名称"),
        column("parent_code text 上级代码；乡镇为空"),
        column("town_code text 所属乡镇代码"),
        column("kind text 类别"),
        column("valid_from day 启用日期；空为未交付"),
        column("valid_to day 最后一日；空为只知已撤销"),
        column("origin text! 由何得知：marked 清单注明、retired 新清单中不再出现"),
        column("people whole 撤销前最后交付的常住人口，人；空为未交付"),
        Column("area_m2", Float, comment="面积，平方米", info=COMPUTED),
        geometry("MULTIPOLYGON", srid, "最后的边界；空为没有边界", required=False),
        *delivered(),
        CheckConstraint("valid_to >= valid_from", name="former_division_term"),
        comment="已撤销的区划，保留不删",
    )


def _change(metadata: MetaData) -> Table:
    return Table(
        "division_change",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        column("from_code text!# 原代码：县6位、乡镇和村12位、网格15位"),
        column("to_code text# 新代码；空为撤销而无去向"),
        column("kind text! 变动：renamed、recoded、merged、split、withdrawn"),
        column("changed_on day! 新状态的第一日"),
        column("share number 拆分时新区划所占的比例，0至1"),
        column("from_name text 原名称"),
        column("to_name text 新名称"),
        column("source text 依据"),
        *delivered(),
        UniqueConstraint(
            "from_code", "to_code", "changed_on", name="division_change_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(KINDS, name="division_change_kind"),
        CheckConstraint("share > 0 and share <= 1", name="division_change_share"),
        comment="区划代码变动对照",
    )  # fmt: skip
