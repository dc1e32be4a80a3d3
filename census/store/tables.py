"""The schema, declared once: core tables of a district in schema ``census``, with units and comments.

The geographic SRID belongs to the district (4490 for Chinese districts, 4326 for the sample abroad),
so the tables are declared by a function of it. Schema ``pub`` holds views of these tables with the
columns that the public may see: ``public_columns``. File names, original rows and remarks of a
delivery stay inside, for they may quote what a clerk wrote.
"""

from dataclasses import dataclass, fields

from geoalchemy2 import Geometry
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
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

CORE = "census"
PUBLIC = "pub"

_DELIVERY_COLUMNS = frozenset({"delivery_id", "source_row", "notes"})
_INSIDE: dict[str, frozenset[str]] = {
    "district": frozenset({"profile"}),
    "delivery": frozenset({"id", "file_name", "sha256", "source_crs", "problems"}),
    "raster": frozenset({"file"}),
    "shelter": frozenset({"capacity_text"}),
}


@dataclass(frozen=True)
class Tables:
    """The tables of one district database; every geometry in the district's geographic CRS."""

    metadata: MetaData
    district: Table
    layer_generation: Table
    delivery: Table
    raster: Table
    division: Table
    people: Table
    building: Table
    road: Table
    hazard_site: Table
    shelter: Table
    assembly_point: Table
    enterprise: Table
    duty: Table
    historical_disaster: Table
    zoning_run: Table
    risk_zone: Table
    evacuation_plan: Table
    evacuation_demand: Table
    evacuation_route: Table
    sheet: Table


def _geometry(kind: str, srid: int, comment: str, *, required: bool = True) -> Column[object]:
    # The GiST index is declared with the table, so alembic sees it like any other index.
    return Column(
        "geom",
        Geometry(kind, srid=srid, spatial_index=False),
        nullable=not required,
        comment=comment,
    )


def _spatial(table: str) -> tuple[object, ...]:
    return (
        Index(f"{table}_geom_gist", "geom", postgresql_using="gist"),
        CheckConstraint("st_isvalid(geom)", name=f"{table}_geom_valid"),
    )


def _delivered() -> tuple[Column[object], ...]:
    return (
        Column(
            "delivery_id", BigInteger, ForeignKey(f"{CORE}.delivery.id"), comment="来自哪一批次"
        ),
        Column("source_row", Integer, comment="原文件中的行号"),
        Column("notes", JSONB, nullable=False, server_default="[]", comment="入库时的修正与提示"),
    )


def _bookkeeping(metadata: MetaData) -> dict[str, Table]:
    district = Table(
        "district",
        metadata,
        Column("code", Text, primary_key=True, comment="行政区划代码（县级）"),
        Column("name_zh", Text, nullable=False, comment="中文名"),
        Column("name_en", Text, nullable=False, comment="英文名"),
        Column("place", Text, nullable=False, comment="数据库对应的地区名（命令行 --place）"),
        Column("srid", Integer, nullable=False, comment="存储用地理坐标系 EPSG 编号"),
        Column("metric_srid", Integer, nullable=False, comment="量算用投影坐标系 EPSG 编号"),
        Column("timezone", Text, nullable=False, comment="显示时区"),
        Column("is_made_up", Boolean, nullable=False, comment="是否虚构的示例区"),
        Column("attribution", Text, nullable=False, comment="数据来源署名"),
        Column("data_date", Date, nullable=False, comment="数据基准日期"),
        Column("profile", JSONB, nullable=False, comment="地区配置全文"),
        Column(
            "is_complete", Boolean, nullable=False, server_default="false", comment="装载是否完成"
        ),
        comment="本库所属的区县，仅一行",
    )
    layer_generation = Table(
        "layer_generation",
        metadata,
        Column("layer", Text, primary_key=True, comment="图层名"),
        Column("generation", BigInteger, nullable=False, comment="每次改动加一"),
        Column(
            "changed_at", DateTime(timezone=True), server_default=func.now(), comment="改动时间"
        ),
        comment="图层的代次：用于缓存与实时更新",
    )
    delivery = Table(
        "delivery",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="批次编号"),
        Column("form", Text, nullable=False, comment="表单名"),
        Column("file_name", Text, nullable=False, comment="文件名"),
        Column("sha256", Text, nullable=False, comment="文件内容的 SHA-256"),
        Column(
            "received_at", DateTime(timezone=True), server_default=func.now(), comment="接收时间"
        ),
        Column("rows_imported", Integer, nullable=False, comment="入库行数"),
        Column("rows_refused", Integer, nullable=False, comment="按规则剔除的行数"),
        Column("source_crs", Text, comment="声明的源坐标系"),
        Column("provider", Text, comment="提供单位"),
        Column("data_date", Date, comment="数据日期"),
        Column("problems", JSONB, nullable=False, server_default="[]", comment="提示清单"),
        comment="入库的批次",
    )
    raster = Table(
        "raster",
        metadata,
        Column("name", Text, primary_key=True, comment="栅格名，如 flood_depth"),
        Column(
            "kind", Text, nullable=False, comment="种类：flood_depth、elevation、people_pattern"
        ),
        Column("scenario", Text, nullable=False, comment="情景"),
        Column("unit", Text, nullable=False, comment="单位，如 m"),
        Column("sha256", Text, nullable=False, comment="像元内容的 SHA-256"),
        Column("file", LargeBinary, nullable=False, comment="云优化 GeoTIFF 的字节"),
        Column("data_date", Date, comment="数据日期"),
        Column("provider", Text, comment="提供单位"),
        Column("is_made_up", Boolean, nullable=False, server_default="false", comment="是否虚构"),
        Column("delivery_id", BigInteger, ForeignKey(f"{CORE}.delivery.id"), comment="批次"),
        comment="栅格交付物；读写经 rasterio",
    )
    return {
        "district": district,
        "layer_generation": layer_generation,
        "delivery": delivery,
        "raster": raster,
    }


def _people_and_places(metadata: MetaData, srid: int) -> dict[str, Table]:
    division = Table(
        "division",
        metadata,
        Column("code", Text, primary_key=True, comment="区划代码：乡镇、村12位，网格15位"),
        Column("level", Text, nullable=False, comment="town、village、grid_unit"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("parent_code", Text, comment="上级代码；乡镇为空"),
        Column("town_code", Text, nullable=False, index=True, comment="所属乡镇代码"),
        Column("village_code", Text, index=True, comment="所属村代码；乡镇为空"),
        Column("kind", Text, comment="类别，如社区、行政村"),
        Column("area_m2", Float, nullable=False, comment="面积，平方米（等积投影）"),
        Column(
            "covered_share",
            Float,
            nullable=False,
            server_default="1",
            comment="下级区划覆盖本区的面积比例；小于1时合计为部分合计",
        ),
        _geometry("MULTIPOLYGON", srid, "边界"),
        *_delivered(),
        *_spatial("division"),
        CheckConstraint("level in ('town','village','grid_unit')", name="division_level"),
        comment="行政区划与网格",
    )
    people = Table(
        "people",
        metadata,
        Column(
            "division_code",
            Text,
            # Checked at commit: a new delivery of divisions replaces rows that people refer to.
            ForeignKey(f"{CORE}.division.code", deferrable=True, initially="DEFERRED"),
            primary_key=True,
            comment="村代码",
        ),
        Column("people", Integer, nullable=False, comment="常住人口，人"),
        Column("children_people", Integer, comment="0-14岁，人；空为未交付"),
        Column("elderly_people", Integer, comment="65岁及以上，人；空为未交付"),
        Column("households", Integer, comment="户数；空为未交付"),
        Column("basis", Text, nullable=False, comment="依据：counted 统计、derived 推算估计"),
        *_delivered(),
        CheckConstraint("people >= 0", name="people_not_negative"),
        comment="人口（到村，不含个人）",
    )
    building = Table(
        "building",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("kind", Text, comment="用途"),
        Column("name", Text, comment="名称"),
        Column("levels", Float, comment="层数；空为未知"),
        Column("structure", Text, comment="结构"),
        Column("footprint_m2", Float, nullable=False, comment="基底面积，平方米"),
        Column("village_code", Text, index=True, comment="所属村；空为区外"),
        _geometry("MULTIPOLYGON", srid, "基底轮廓"),
        *_delivered(),
        *_spatial("building"),
        comment="建筑物",
    )
    road = Table(
        "road",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("class", Text, nullable=False, comment="等级：trunk…path"),
        Column("name", Text, comment="路名"),
        Column(
            "oneway", Text, nullable=False, server_default="no", comment="单行：no、yes、reverse"
        ),
        Column("width_m", Float, comment="宽度，米；空为未知"),
        Column("is_bridge", Boolean, nullable=False, server_default="false", comment="桥梁"),
        Column("is_underpass", Boolean, nullable=False, server_default="false", comment="下穿"),
        Column("length_m", Float, nullable=False, comment="长度，米"),
        _geometry("LINESTRING", srid, "中线"),
        *_delivered(),
        *_spatial("road"),
        comment="道路",
    )
    historical_disaster = Table(
        "historical_disaster",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("hazard", Text, nullable=False, comment="灾种"),
        Column("event", Text, nullable=False, comment="事件名，如 2007年洪水"),
        Column("name", Text, comment="受灾地点"),
        Column("began_on", Date, comment="开始日期；空为只知年份"),
        Column("year", Integer, nullable=False, comment="年份"),
        Column("is_made_up", Boolean, nullable=False, server_default="false", comment="是否虚构"),
        _geometry("MULTIPOLYGON", srid, "受灾范围"),
        *_delivered(),
        *_spatial("historical_disaster"),
        comment="历史灾害",
    )
    return {
        "division": division,
        "people": people,
        "building": building,
        "road": road,
        "historical_disaster": historical_disaster,
    }


def _hazards_and_help(metadata: MetaData, srid: int) -> dict[str, Table]:
    hazard_site = Table(
        "hazard_site",
        metadata,
        Column("code", Text, primary_key=True, comment="隐患点编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("kind", Text, nullable=False, comment="种类"),
        Column("hazard", Text, nullable=False, comment="灾种"),
        Column("origin", Text, nullable=False, comment="来源：delivered 交付、derived 由水深推得"),
        Column("village_code", Text, index=True, comment="所属村"),
        Column("people_threatened", Integer, comment="受威胁人数"),
        Column("depth_max_m", Float, comment="最大水深，米"),
        Column("area_m2", Float, comment="面积，平方米"),
        Column("description", Text, comment="说明"),
        _geometry("GEOMETRY", srid, "位置或范围"),
        *_delivered(),
        *_spatial("hazard_site"),
        comment="隐患点",
    )
    shelter = Table(
        "shelter",
        metadata,
        Column("code", Text, primary_key=True, comment="避难场所编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("kind", Text, nullable=False, comment="种类"),
        Column("village_code", Text, index=True, comment="所属村；空为区外"),
        Column("capacity_people", Integer, comment="可容纳人数；空为未知"),
        Column("capacity_source", Text, nullable=False, comment="declared、derived、unknown"),
        Column("capacity_text", Text, comment="原文"),
        Column("capacity_note_zh", Text, comment="容量如何得来（中文）"),
        Column("capacity_note_en", Text, comment="容量如何得来（英文）"),
        Column("footprint_m2", Float, comment="基底面积，平方米"),
        Column("levels", Float, comment="层数"),
        Column(
            "is_candidate",
            Boolean,
            nullable=False,
            server_default="false",
            comment="仅为候选（无官方名录）",
        ),
        _geometry("POINT", srid, "位置（入口或中心）"),
        *_delivered(),
        *_spatial("shelter"),
        comment="应急避难场所",
    )
    assembly_point = Table(
        "assembly_point",
        metadata,
        Column("code", Text, primary_key=True, comment="集合点编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("village_code", Text, index=True, comment="所属村"),
        Column("capacity_people", Integer, comment="可集合人数"),
        _geometry("POINT", srid, "位置"),
        *_delivered(),
        *_spatial("assembly_point"),
        comment="集合点",
    )
    enterprise = Table(
        "enterprise",
        metadata,
        Column("code", Text, primary_key=True, comment="企业编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("colour", Text, nullable=False, comment="安全风险四色：red、orange、yellow、blue"),
        Column("kind", Text, comment="行业"),
        Column("village_code", Text, index=True, comment="所属村"),
        _geometry("POINT", srid, "位置"),
        *_delivered(),
        *_spatial("enterprise"),
        comment="分级企业",
    )
    duty = Table(
        "duty",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("division_code", Text, nullable=False, index=True, comment="负责的区划代码"),
        Column("post", Text, nullable=False, comment="岗位（不含姓名）"),
        Column("task", Text, nullable=False, comment="职责"),
        Column("role", Text, nullable=False, comment="primary A角、deputy B角"),
        Column("sequence", SmallInteger, nullable=False, server_default="0", comment="排序"),
        *_delivered(),
        comment="责任清单（到岗位，不含个人）",
    )
    return {
        "hazard_site": hazard_site,
        "shelter": shelter,
        "assembly_point": assembly_point,
        "enterprise": enterprise,
        "duty": duty,
    }


def _run_columns() -> tuple[Column[object], ...]:
    return (
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("number", Text, nullable=False, unique=True, comment="成果编号，印在图上"),
        Column("hazard", Text, nullable=False, comment="灾种"),
        Column("made_at", DateTime(timezone=True), server_default=func.now(), comment="生成时间"),
        Column("data_date", Date, nullable=False, comment="数据日期"),
        Column("rule_edition", Text, nullable=False, comment="规则版本"),
        Column("code_version", Text, nullable=False, comment="程序版本"),
        Column("parameters", JSONB, nullable=False, comment="全部参数"),
        Column("inputs", JSONB, nullable=False, comment="输入及其哈希"),
        Column("is_current", Boolean, nullable=False, server_default="true", comment="是否现行"),
    )


def _risk_products(metadata: MetaData, srid: int) -> dict[str, Table]:
    zoning_run = Table(
        "zoning_run",
        metadata,
        *_run_columns(),
        Column("scheme", JSONB, nullable=False, comment="分级方案：名称、版本、词、断点、方法"),
        Column("validation", JSONB, comment="与历史事件对照的评分；空为未检验"),
        Column("summary", JSONB, nullable=False, comment="合计：人口、未评估等"),
        comment="一次风险区划",
    )
    risk_zone = Table(
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
        comment="各区划单元的风险",
    )
    evacuation_plan = Table(
        "evacuation_plan",
        metadata,
        *_run_columns(),
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
    evacuation_demand = Table(
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
        _geometry("POINT", srid, "集结位置", required=False),
        comment="方案中每组住户的需求",
    )
    evacuation_route = Table(
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
        Column("origin", Text, nullable=False, comment="delivered 交付、planned 方案"),
        Column("unit_code", Text, index=True, comment="网格代码"),
        Column("village_code", Text, index=True, comment="所属村"),
        Column("shelter_code", Text, index=True, comment="避难场所编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("people", Integer, comment="走此路线的人数"),
        Column("length_m", Float, comment="长度，米"),
        Column("minutes", Float, comment="步行时间，分钟"),
        Column("hazard_m", Float, comment="穿越危险区的长度，米"),
        Column("depth_max_m", Float, comment="沿途最大水深，米"),
        Column("road_ids", ARRAY(BigInteger), comment="依次经过的道路编号"),
        _geometry("MULTILINESTRING", srid, "线路"),
        *_delivered(),
        *_spatial("evacuation_route"),
        comment="避险转移路线",
    )
    sheet = Table(
        "sheet",
        metadata,
        Column("kind", Text, primary_key=True, comment="risk、evacuation"),
        Column("village_code", Text, primary_key=True, comment="村代码"),
        Column("fingerprint", Text, nullable=False, comment="内容指纹：代次与版式版本"),
        Column("made_at", DateTime(timezone=True), server_default=func.now(), comment="生成时间"),
        Column("pdf", LargeBinary, nullable=False, comment="A3 PDF"),
        comment="印好的图，供下载",
    )
    return {
        "zoning_run": zoning_run,
        "risk_zone": risk_zone,
        "evacuation_plan": evacuation_plan,
        "evacuation_demand": evacuation_demand,
        "evacuation_route": evacuation_route,
        "sheet": sheet,
    }


def declare(srid: int) -> Tables:
    """
    Declare the tables of a district database.

    Parameters
    ----------
    srid
        EPSG code of the district's geographic CRS, x,y order (longitude, latitude).

    Returns
    -------
    Tables
        One field per table, bound to one ``MetaData`` of schema ``census``.
    """
    metadata = MetaData(schema=CORE)
    tables = {
        **_bookkeeping(metadata),
        **_people_and_places(metadata, srid),
        **_hazards_and_help(metadata, srid),
        **_risk_products(metadata, srid),
    }
    assert set(tables) == {f.name for f in fields(Tables)} - {"metadata"}  # noqa: S101  (declared twice, kept equal)
    return Tables(metadata=metadata, **tables)


def public_columns(table: Table) -> list[str]:
    """
    List the columns of a table that its view in schema ``pub`` shows.

    Parameters
    ----------
    table
        A table of ``declare``.

    Returns
    -------
    list[str]
        Column names, in the table's order.
    """
    inside = _DELIVERY_COLUMNS | _INSIDE.get(table.name, frozenset())
    return [column.name for column in table.columns if column.name not in inside]
