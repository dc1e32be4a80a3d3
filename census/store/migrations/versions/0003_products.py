"""Zoning runs, evacuation plans and printed sheets."""

from typing import Any

from alembic import op
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
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CORE = "census"


def upgrade() -> None:
    """Create the tables."""
    _zoning_run()
    _risk_zone()
    _evacuation_plan()
    _evacuation_demand()
    _evacuation_route()
    _sheet()


def downgrade() -> None:
    """Drop them, the last one first."""
    for name in (
        "sheet",
        "evacuation_route",
        "evacuation_demand",
        "evacuation_plan",
        "risk_zone",
        "zoning_run",
    ):
        op.drop_table(name, schema=CORE)


def _geometry(kind: str) -> Geometry:
    config: Any = op.get_context().config
    srid = int(config.attributes["srid"])
    return Geometry(kind, srid=srid, spatial_index=False)


def _delivered() -> tuple[Column[Any], ...]:
    return (
        Column("delivery_id", BigInteger(), comment="来自哪一批次"),
        Column("source_row", Integer(), comment="原文件中的行号"),
        Column("notes", JSONB(), server_default="[]", nullable=False, comment="入库时的修正与提示"),
    )


def _zoning_run() -> None:
    op.create_table(
        "zoning_run",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("number", Text(), nullable=False, comment="成果编号，印在图上"),
        Column("hazard", Text(), nullable=False, comment="灾种"),
        Column(
            "made_at", DateTime(timezone=True), server_default=text("now()"), comment="生成时间"
        ),
        Column("data_date", Date(), nullable=False, comment="数据日期"),
        Column("rule_edition", Text(), nullable=False, comment="规则版本"),
        Column("code_version", Text(), nullable=False, comment="程序版本"),
        Column("parameters", JSONB(), nullable=False, comment="全部参数"),
        Column("inputs", JSONB(), nullable=False, comment="输入及其哈希"),
        Column("is_current", Boolean(), server_default="true", nullable=False, comment="是否现行"),
        Column("scheme", JSONB(), nullable=False, comment="分级方案：名称、版本、词、断点、方法"),
        Column("validation", JSONB(), comment="与历史事件对照的评分；空为未检验"),
        Column("summary", JSONB(), nullable=False, comment="合计：人口、未评估等"),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("number"),
        schema=CORE,
        comment="一次风险区划",
    )


def _risk_zone() -> None:
    op.create_table(
        "risk_zone",
        Column("run_id", BigInteger(), nullable=False, comment="区划编号"),
        Column("division_code", Text(), nullable=False, comment="区划代码"),
        Column("level", Text(), nullable=False, comment="town、village、grid_unit"),
        Column("risk_class", SmallInteger(), comment="风险等级序数1-5，1最低；空为未评估"),
        Column("risk_word", Text(), comment="等级词代码"),
        Column("risk_index", Float(), comment="风险指数，0-1"),
        Column("hazard_index", Float(), comment="危险性 H，0-1"),
        Column("exposure_index", Float(), comment="暴露度 E，0-1"),
        Column("vulnerability_index", Float(), comment="脆弱性 V，0-1"),
        Column("capacity_index", Float(), comment="减灾能力 C，0-1"),
        Column(
            "contributions", ARRAY(Float()), comment="H、E、V、C 对 ln R 的贡献（相对中位单元）"
        ),
        Column("people", Float(), nullable=False, comment="居民，人"),
        Column("people_in_hazard", Float(), comment="水深超过疏散阈值处的居民，人"),
        Column("depth_mean_m", Float(), comment="平均水深，米"),
        Column("depth_max_m", Float(), comment="最大水深，米"),
        Column("wet_share", Float(), comment="有水面积比例"),
        Column("deep_share", Float(), comment="深于疏散阈值的面积比例"),
        Column("why_zh", ARRAY(Text()), comment="为什么（中文，两三句）"),
        Column("why_en", ARRAY(Text()), comment="为什么（英文）"),
        Column("counterfactual_zh", Text(), comment="怎样才能降一级（中文）"),
        Column("counterfactual_en", Text(), comment="怎样才能降一级（英文）"),
        ForeignKeyConstraint(["run_id"], [f"{CORE}.zoning_run.id"]),
        PrimaryKeyConstraint("run_id", "division_code"),
        schema=CORE,
        comment="各区划单元的风险",
    )


def _evacuation_plan() -> None:
    op.create_table(
        "evacuation_plan",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("number", Text(), nullable=False, comment="成果编号，印在图上"),
        Column("hazard", Text(), nullable=False, comment="灾种"),
        Column(
            "made_at", DateTime(timezone=True), server_default=text("now()"), comment="生成时间"
        ),
        Column("data_date", Date(), nullable=False, comment="数据日期"),
        Column("rule_edition", Text(), nullable=False, comment="规则版本"),
        Column("code_version", Text(), nullable=False, comment="程序版本"),
        Column("parameters", JSONB(), nullable=False, comment="全部参数"),
        Column("inputs", JSONB(), nullable=False, comment="输入及其哈希"),
        Column("is_current", Boolean(), server_default="true", nullable=False, comment="是否现行"),
        Column("status", Text(), server_default="draft", nullable=False, comment="draft、approved"),
        Column("people", Integer(), nullable=False, comment="全部居民，人"),
        Column("demand_people", Integer(), nullable=False, comment="需转移，人"),
        Column("served_people", Integer(), nullable=False, comment="有去处，人"),
        Column("unserved_people", Integer(), nullable=False, comment="无去处，人"),
        Column(
            "summary",
            JSONB(),
            nullable=False,
            comment="目标值、下界、差距、关闭道路、不可用场所清单、各原因未安置人数",
        ),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("number"),
        schema=CORE,
        comment="一次转移安置方案",
    )


def _evacuation_demand() -> None:
    op.create_table(
        "evacuation_demand",
        Column("plan_id", BigInteger(), nullable=False, comment="方案编号"),
        Column("unit_code", Text(), nullable=False, comment="网格代码（一组住户）"),
        Column("village_code", Text(), nullable=False, comment="所属村"),
        Column("people", Integer(), nullable=False, comment="全部居民，人"),
        Column("demand_people", Integer(), nullable=False, comment="需转移，人"),
        Column("served_people", Integer(), nullable=False, comment="有去处，人"),
        Column("unserved_people", Integer(), nullable=False, comment="无去处，人"),
        Column("reason", Text(), comment="未安置原因：no_place、cut_off、no_road"),
        Column("geom", _geometry("POINT"), comment="集结位置"),
        ForeignKeyConstraint(["plan_id"], [f"{CORE}.evacuation_plan.id"]),
        PrimaryKeyConstraint("plan_id", "unit_code"),
        schema=CORE,
        comment="方案中每组住户的需求",
    )
    op.create_index(
        "ix_census_evacuation_demand_village_code",
        "evacuation_demand",
        ["village_code"],
        schema=CORE,
    )


def _evacuation_route() -> None:
    op.create_table(
        "evacuation_route",
        Column("code", Text(), nullable=False, comment="路线编号"),
        Column("plan_id", BigInteger(), comment="方案编号；空为交付的路线"),
        Column("origin", Text(), nullable=False, comment="delivered 交付、planned 方案"),
        Column("unit_code", Text(), comment="网格代码"),
        Column("village_code", Text(), comment="所属村"),
        Column("shelter_code", Text(), comment="避难场所编号"),
        Column("name", Text(), nullable=False, comment="名称"),
        Column("people", Integer(), comment="走此路线的人数"),
        Column("length_m", Float(), comment="长度，米"),
        Column("minutes", Float(), comment="步行时间，分钟"),
        Column("hazard_m", Float(), comment="穿越危险区的长度，米"),
        Column("depth_max_m", Float(), comment="沿途最大水深，米"),
        Column("road_ids", ARRAY(BigInteger()), comment="依次经过的道路编号"),
        Column("geom", _geometry("MULTILINESTRING"), nullable=False, comment="线路"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="evacuation_route_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        ForeignKeyConstraint(["plan_id"], [f"{CORE}.evacuation_plan.id"]),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="避险转移路线",
    )
    _evacuation_route_indexes()


def _evacuation_route_indexes() -> None:
    op.create_index(
        "evacuation_route_geom_gist",
        "evacuation_route",
        ["geom"],
        schema=CORE,
        postgresql_using="gist",
    )
    for column in ("plan_id", "shelter_code", "unit_code", "village_code"):
        op.create_index(
            f"ix_census_evacuation_route_{column}", "evacuation_route", [column], schema=CORE
        )


def _sheet() -> None:
    op.create_table(
        "sheet",
        Column("kind", Text(), nullable=False, comment="risk、evacuation"),
        Column("village_code", Text(), nullable=False, comment="村代码"),
        Column("fingerprint", Text(), nullable=False, comment="内容指纹：代次与版式版本"),
        Column(
            "made_at", DateTime(timezone=True), server_default=text("now()"), comment="生成时间"
        ),
        Column("pdf", LargeBinary(), nullable=False, comment="A3 PDF"),
        PrimaryKeyConstraint("kind", "village_code"),
        schema=CORE,
        comment="印好的图，供下载",
    )
