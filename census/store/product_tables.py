"""Tables of what was computed: zoning runs, evacuation plans, printed sheets, cells of tiles."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from census.store.columns import COMPUTED, CORE, delivered, geometry, run_columns, spatial


def zoning_run(metadata: MetaData) -> Table:
    """
    Declare zoning runs.

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
        "zoning_run",
        metadata,
        *run_columns(),
        Column("scheme", JSONB, nullable=False, comment="分级方案：名称、版本、词、断点、方法"),
        Column("validation", JSONB, comment="与历史事件对照的评分；空为未检验"),
        Column("summary", JSONB, nullable=False, comment="合计：人口、未评估等"),
        Column(
            "recomputed_from",
            BigInteger,
            ForeignKey(f"{CORE}.zoning_run.id"),
            comment="由哪次区划按后来的方法重算；空为直接由资料算出",
        ),
        CheckConstraint("recomputed_from is null or not is_current", name="zoning_run_recomputed"),
        comment="一次风险区划",
    )


def risk_zone(metadata: MetaData) -> Table:
    """
    Declare risk of divisions.

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
        "risk_zone",
        metadata,
        Column(
            "run_id",
            BigInteger,
            ForeignKey(f"{CORE}.zoning_run.id"),
            primary_key=True,
            comment="区划编号",
        ),
        Column("division_code", Text, primary_key=True, comment="区划代码"),
        Column("level", Text, nullable=False, comment="town、village、grid_unit"),
        Column("risk_class", SmallInteger, comment="风险等级序数1-5，1最低；空为未评估"),
        Column("risk_word", Text, comment="等级词代码"),
        Column("risk_index", Float, comment="风险指数，0-1"),
        Column("hazard_index", Float, comment="危险性 H，0-1"),
        Column("exposure_index", Float, comment="暴露度 E，0-1"),
        Column("vulnerability_index", Float, comment="脆弱性 V，0-1"),
        Column("capacity_index", Float, comment="减灾能力 C，0-1"),
        Column("contributions", ARRAY(Float), comment="H、E、V、C 对 ln R 的贡献（相对中位单元）"),
        Column("people", Float, nullable=False, comment="居民，人"),
        Column("people_in_hazard", Float, comment="水深超过疏散阈值处的居民，人"),
        Column("depth_mean_m", Float, comment="平均水深，米"),
        Column("depth_max_m", Float, comment="最大水深，米"),
        Column("wet_share", Float, comment="有水面积比例"),
        Column("deep_share", Float, comment="深于疏散阈值的面积比例"),
        Column("why_zh", ARRAY(Text), comment="为什么（中文，两三句）"),
        Column("why_en", ARRAY(Text), comment="为什么（英文）"),
        Column("counterfactual_zh", Text, comment="怎样才能降一级（中文）"),
        Column("counterfactual_en", Text, comment="怎样才能降一级（英文）"),
        Column("class_shares", ARRAY(Float), comment="权重抽样中落入各等级的比例，1级在前"),
        Column("rank_low", Integer, comment="抽样中排名的5%分位，同级别单元中1为风险最高"),
        Column("rank_high", Integer, comment="抽样中排名的95%分位"),
        Column("is_unsure", Boolean, comment="抽样中保持本等级的比例低于方法规定"),
        Column("density_per_km2", Float, comment="人口密度，人/平方公里；空为早先版本未保存"),
        Column("age_share", Float, comment="14岁及以下和65岁及以上人口比例，0-1；空为未知"),
        comment="各区划单元的风险",
    )


def evacuation_plan(metadata: MetaData) -> Table:
    """
    Declare evacuation plans.

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
        "evacuation_plan",
        metadata,
        *run_columns(),
        Column("status", Text, nullable=False, server_default="draft", comment="draft、approved"),
        Column("people", Integer, nullable=False, comment="全部居民，人"),
        Column("demand_people", Integer, nullable=False, comment="需转移，人"),
        Column("served_people", Integer, nullable=False, comment="有去处，人"),
        Column("unserved_people", Integer, nullable=False, comment="无去处，人"),
        Column(
            "summary",
            JSONB,
            nullable=False,
            comment="目标值、下界、差距、关闭道路、不可用场所清单、各原因未安置人数",
        ),
        comment="一次转移安置方案",
    )


def evacuation_demand(metadata: MetaData, srid: int) -> Table:
    """
    Declare a plan's people.

    Parameters
    ----------
    metadata
        Where it is declared.
    srid
        EPSG code of its geometry.

    Returns
    -------
    Table
        The table.
    """
    return Table(
        "evacuation_demand",
        metadata,
        Column(
            "plan_id",
            BigInteger,
            ForeignKey(f"{CORE}.evacuation_plan.id"),
            primary_key=True,
            comment="方案编号",
        ),
        Column("unit_code", Text, primary_key=True, comment="网格代码（一组住户）"),
        Column("village_code", Text, nullable=False, index=True, comment="所属村"),
        Column("people", Integer, nullable=False, comment="全部居民，人"),
        Column("demand_people", Integer, nullable=False, comment="需转移，人"),
        Column("served_people", Integer, nullable=False, comment="有去处，人"),
        Column("unserved_people", Integer, nullable=False, comment="无去处，人"),
        Column("reason", Text, comment="未安置原因：no_place、cut_off、no_road"),
        geometry("POINT", srid, "集结位置", required=False),
        comment="方案中每组住户的需求",
    )


def evacuation_route(metadata: MetaData, srid: int) -> Table:
    """
    Declare routes.

    Parameters
    ----------
    metadata
        Where it is declared.
    srid
        EPSG code of its geometry.

    Returns
    -------
    Table
        The table.
    """
    return Table(
        "evacuation_route",
        metadata,
        Column("code", Text, primary_key=True, comment="路线编号"),
        Column(
            "plan_id",
            BigInteger,
            ForeignKey(f"{CORE}.evacuation_plan.id"),
            index=True,
            comment="方案编号；空为交付的路线",
        ),
        Column("origin", Text, nullable=False, comment="delivered 交付、planned 方案、drawn 新画"),
        Column("unit_code", Text, index=True, comment="网格代码"),
        Column("village_code", Text, index=True, comment="所属村"),
        Column("shelter_code", Text, index=True, comment="避难场所编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("people", Integer, comment="走此路线的人数"),
        Column("length_m", Float, info=COMPUTED, comment="长度，米"),
        Column("minutes", Float, comment="步行时间，分钟"),
        Column("hazard_m", Float, comment="穿越危险区的长度，米"),
        Column("depth_max_m", Float, comment="沿途最大水深，米"),
        Column("road_ids", ARRAY(BigInteger), comment="依次经过的道路编号"),
        geometry("MULTILINESTRING", srid, "线路"),
        Column("version", Integer, comment="发布的版本；空为方案或交付的原样"),
        Column("valid_from", Date, comment="自哪天起有效"),
        *delivered(),
        *spatial("evacuation_route"),
        comment="避险转移路线",
    )


def sheet(metadata: MetaData) -> Table:
    """
    Declare printed sheets.

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
        "sheet",
        metadata,
        Column("kind", Text, primary_key=True, comment="risk、evacuation"),
        Column("village_code", Text, primary_key=True, comment="村代码"),
        Column("fingerprint", Text, nullable=False, comment="内容指纹：代次与版式版本"),
        Column("made_at", DateTime(timezone=True), server_default=func.now(), comment="生成时间"),
        Column("pdf", LargeBinary, nullable=False, comment="A3 PDF"),
        comment="印好的图，供下载",
    )


def tile_cell(metadata: MetaData) -> Table:
    """
    Declare the cells of large layers, from which tiles of low zooms are drawn.

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
        "tile_cell",
        metadata,
        Column("layer", Text(collation="C"), primary_key=True, comment="图层，即其表名"),
        Column("z", SmallInteger, primary_key=True, comment="瓦片级别，0至13"),
        Column("cx", Integer, primary_key=True, comment="列，自西起；每块瓦片边长64格"),
        Column("cy", Integer, primary_key=True, comment="行，自北起"),
        Column("n", Integer, nullable=False, comment="格内要素个数"),
        Column(
            "n_large",
            Integer,
            nullable=False,
            comment="其中较大者个数：14级瓦片要素过多时只画它们",
        ),
        Column("worst", SmallInteger, comment="格内最差等级，数字越大越差；空为本图层无等级"),
        Column(
            "total",
            Float,
            comment="合计：建筑物为基底面积（平方米），隐患点为受威胁人数；空为无",
        ),
        comment="大图层的网格：低级别瓦片由此绘制",
    )
