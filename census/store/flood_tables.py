"""Tables of what floods are computed from: dykes, levels of the sea, storm intensity formulas."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, MetaData, Table

from census.store.columns import column, delivered, geometry, spatial


def flood_tables(metadata: MetaData, srid: int) -> list[Table]:
    """
    Declare the tables.

    Parameters
    ----------
    metadata
        Where they are declared.
    srid
        EPSG code of the dykes.

    Returns
    -------
    list of Table
        Dykes, sea levels, storm formulas.
    """
    dyke = Table(
        "dyke",
        metadata,
        column("code text* 堤段编号"),
        column("name text! 堤防名称"),
        column("section text 堤段"),
        column("crest_m number! 堤顶高程，米，按所填基准"),
        column("datum text! 高程基准"),
        column("shore text 所临岸段；空为不临海"),
        column("standard_years number 防潮标准，年一遇"),
        column("state text 状态：sound、below_standard、building、abandoned；空为未评定"),
        column("surveyed_on day 堤顶高程的测量日期"),
        column("owner text 管理单位（不含个人）"),
        geometry("MULTILINESTRING", srid, "堤线"),
        *delivered(),
        *spatial("dyke"),
        CheckConstraint(
            "state in ('sound','below_standard','building','abandoned')", name="dyke_state"
        ),
        comment="堤防，一段一行",
    )
    level = Table(
        "sea_level",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        column("shore text 岸段；空为全部岸线"),
        column("return_period_years number! 重现期，年"),
        column("level_m number! 潮位，米，按所填基准"),
        column("datum text! 高程基准"),
        column("basis text! 含义：still_water 静水位、with_waves 含波浪爬高"),
        column("source text! 来源"),
        *delivered(),
        CheckConstraint("basis in ('still_water','with_waves')", name="sea_level_basis"),
        CheckConstraint("source <> ''", name="sea_level_source"),
        comment="设计潮位",
    )
    return [dyke, level, _formula(metadata)]


def _formula(metadata: MetaData) -> Table:
    return Table(
        "storm_formula",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        column("place text! 适用地区"),
        column("edition text! 版次"),
        column("a1 number! 系数A1"),
        column("c number! 系数C"),
        column("b number! 系数b，分钟"),
        column("n number! 指数n"),
        column("intensity_unit text! q的单位：l_s_ha、mm_min"),
        column("least_duration_min number! 适用的最短历时，分钟"),
        column("most_duration_min number! 适用的最长历时，分钟"),
        column("least_return_period_years number! 适用的最小重现期，年"),
        column("most_return_period_years number! 适用的最大重现期，年"),
        column("source text! 来源"),
        *delivered(),
        CheckConstraint("intensity_unit in ('l_s_ha','mm_min')", name="storm_formula_unit"),
        CheckConstraint("source <> ''", name="storm_formula_source"),
        comment="暴雨强度公式 q = 167 A1 (1 + C lg T) / (t + b)^n",
    )
