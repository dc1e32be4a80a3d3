"""Tables of the census objects that only a form and a table declare: no code knows them one by one.

A column is told in one line; each table of a log keeps its rows under an id of its own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from census.store.columns import column, delivered, geometry, spatial
from census.store.division_tables import division_terms
from census.store.flood_tables import flood_tables


def declare_objects(metadata: MetaData, srid: int) -> Mapping[str, Table]:
    """
    Declare the tables.

    Parameters
    ----------
    metadata
        Where they are declared.
    srid
        EPSG code of their geometry.

    Returns
    -------
    Mapping
        Table by name.
    """
    made = (
        *_shelter_logs(metadata),
        *_installations(metadata, srid),
        *_substances(metadata),
        *_rescue(metadata, srid),
        *_stocks(metadata, srid),
        *_plans(metadata),
        *_stations(metadata, srid),
        *_road_states(metadata, srid),
        *_homes(metadata, srid),
        *_inspections(metadata),
        *division_terms(metadata, srid),
        *flood_tables(metadata, srid),
    )
    return MappingProxyType({table.name: table for table in made})


def _id() -> Column[Any]:
    return Column("id", BigInteger, Identity(), primary_key=True, comment="编号")


def _village() -> Column[Any]:
    return column("village_code text# 所属村；空为区外")


def _checked(table: str, **rules: str) -> list[SchemaItem]:
    return [CheckConstraint(rule, name=f"{table}_{name}") for name, rule in rules.items()]


def _once(table: str, *columns: str) -> SchemaItem:
    return UniqueConstraint(*columns, name=f"{table}_once")


def _one_of(column: str, *codes: str) -> str:
    return f"{column} in ({','.join(repr(code) for code in codes)})"


def _shelter_logs(metadata: MetaData) -> list[Table]:
    rounds = Table(
        "shelter_round",
        metadata,
        _id(),
        column("shelter_code text! 避难场所编号"),
        column("checked_on day! 检查日期"),
        column("post text 检查岗位（到岗位，不含个人）"),
        column("is_fit yes 是否可用；空为未判定"),
        column("finding text~ 发现的问题"),
        *delivered(),
        _once("shelter_round", "shelter_code", "checked_on"),
        comment="避难场所适用性检查",
    )
    openings = Table(
        "shelter_opening",
        metadata,
        _id(),
        column("shelter_code text! 避难场所编号"),
        column("opened_at moment! 开放时间"),
        column("closed_at moment 关闭时间；空为仍开放"),
        column("hazard text 灾种"),
        column("people_most whole 最多时人数"),
        *delivered(),
        _once("shelter_opening", "shelter_code", "opened_at"),
        *_checked("shelter_opening", term="closed_at >= opened_at"),
        comment="避难场所启用记录",
    )
    return [rounds, openings]


def _installations(metadata: MetaData, srid: int) -> list[Table]:
    installation = Table(
        "installation",
        metadata,
        column("code text* 重大危险源编号"),
        column("name text! 名称"),
        column("enterprise_code text# 企业编号"),
        column("kind text 单元：production、storage"),
        column("level text 交付的级别：level_1…level_4，一级最高"),
        column("r_value number 交付的R值"),
        column("people_within_500m whole 厂区边界外500米内常住人数"),
        column("filed_on day 备案日期"),
        column("review_due_on day 下次评估期限"),
        column("responsible_post text 包保责任岗位（到岗位，不含个人）"),
        _village(),
        geometry("POINT", srid, "位置"),
        *delivered(),
        *spatial("installation"),
        *_checked(
            "installation",
            kind=_one_of("kind", "production", "storage"),
            level=_one_of("level", "level_1", "level_2", "level_3", "level_4"),
        ),
        comment="危险化学品重大危险源",
    )
    return [installation]


def _substances(metadata: MetaData) -> list[Table]:
    substance = Table(
        "installation_substance",
        metadata,
        _id(),
        column("installation_code text! 重大危险源编号"),
        column("substance text! 物质名称"),
        column("cas text CAS号"),
        column("hazard_class text 危险性类别，如 J1、W5.1"),
        column("quantity_t number! 存在量，吨"),
        column("critical_quantity_t number 临界量，吨"),
        column("beta number 校正系数β"),
        *delivered(),
        _once("installation_substance", "installation_code", "substance"),
        *_checked("installation_substance", quantity="quantity_t >= 0"),
        comment="重大危险源的物质与数量",
    )
    return [substance]


def _rescue(metadata: MetaData, srid: int) -> list[Table]:
    team = Table(
        "rescue_team",
        metadata,
        column("code text* 队伍编号"),
        column("name text! 名称"),
        column("kind text! 类型：general、special、social、village"),
        column("people whole 人数"),
        column("leader_post text 负责岗位（到岗位，不含个人）"),
        column("ready_min number 集结时间，分钟"),
        column("is_on_call yes 是否24小时备勤；空为未知"),
        _village(),
        geometry("POINT", srid, "驻地"),
        *delivered(),
        *spatial("rescue_team"),
        *_checked("rescue_team", kind=_one_of("kind", "general", "special", "social", "village")),
        comment="应急救援队伍",
    )
    equipment = Table(
        "rescue_equipment",
        metadata,
        column("code text* 装备编号"),
        column("name text! 名称"),
        column("kind text 类别"),
        column("team_code text# 所属队伍编号"),
        column("depot_code text# 存放库点编号"),
        column("amount number! 数量，按计量单位"),
        column("unit text 计量单位"),
        column("is_working yes 是否完好；空为未知"),
        column("checked_on day 检查日期"),
        *delivered(),
        *_checked("rescue_equipment", amount="amount >= 0"),
        comment="应急救援装备",
    )
    return [team, equipment]


def _stocks(metadata: MetaData, srid: int) -> list[Table]:
    depot = Table(
        "material_depot",
        metadata,
        column("code text* 库点编号"),
        column("name text! 名称"),
        column("level text 级别：district、town、village"),
        column("area_m2 number 面积，平方米"),
        column("keeper_post text 保管岗位（到岗位，不含个人）"),
        _village(),
        geometry("POINT", srid, "位置"),
        *delivered(),
        *spatial("material_depot"),
        *_checked("material_depot", level=_one_of("level", "district", "town", "village")),
        comment="应急物资储备库点",
    )
    kinds = _one_of("movement", "in", "out", "rotation", "count", "scrap")
    movement = Table(
        "stock_movement",
        metadata,
        _id(),
        column("code text! 单据号"),
        column("depot_code text!# 库点编号"),
        column("material text! 物资"),
        column("batch text 批次"),
        column("movement text! in 入库、out 出库、rotation 轮换、count 盘点（实存数）、scrap 报废"),
        column("amount number! 数量，按计量单位"),
        column("unit text! 计量单位"),
        column("moved_on day! 日期"),
        column("expires_on day 有效期至；空为无期限或未交付"),
        *delivered(),
        _once("stock_movement", "code"),
        *_checked("stock_movement", amount="amount >= 0", movement=kinds),
        comment="应急物资出入库",
    )
    return [depot, movement]


def _plans(metadata: MetaData) -> list[Table]:
    plan = Table(
        "emergency_plan",
        metadata,
        column("code text* 预案编号"),
        column("division_code text!# 乡镇或村代码"),
        column("name text! 名称"),
        column("kind text! 类型：overall、special、on_site"),
        column("hazard text 灾种；空为各类灾害"),
        column("edition text 版次"),
        column("issued_on day! 印发日期"),
        column("review_due_on day 应复审日期"),
        column("drilled_on day 最近演练日期"),
        column("responsible_post text 负责岗位（到岗位，不含个人）"),
        *delivered(),
        *_checked("emergency_plan", kind=_one_of("kind", "overall", "special", "on_site")),
        comment="乡镇、村应急预案",
    )
    return [plan]


def _stations(metadata: MetaData, srid: int) -> list[Table]:
    kinds = ("rain", "river_level", "tide", "wind", "displacement", "seepage", "other")
    station = Table(
        "station",
        metadata,
        column("code text* 测站编号"),
        column("name text! 名称"),
        column("kind text! 类型"),
        column("unit text 读数单位"),
        column("warning_value number 警戒值，按读数单位"),
        column("danger_value number 保证值或危险值，按读数单位"),
        column("owner text 管理单位"),
        _village(),
        geometry("POINT", srid, "位置"),
        *delivered(),
        *spatial("station"),
        *_checked("station", kind=_one_of("kind", *kinds)),
        comment="监测站",
    )
    reading = Table(
        "station_reading",
        metadata,
        _id(),
        column("station_code text! 测站编号"),
        column("observed_at moment! 观测时间"),
        column("value number! 读数"),
        column("unit text! 单位"),
        column("is_doubtful yes 是否存疑；空为未标"),
        *delivered(),
        _once("station_reading", "station_code", "observed_at"),
        comment="监测读数",
    )
    return [station, reading]


def _road_states(metadata: MetaData, srid: int) -> list[Table]:
    road_state = Table(
        "road_state",
        metadata,
        column("code text* 编号"),
        column("road_name text! 路名或路段"),
        column("state text! 状态：open、restricted、closed"),
        column("hazard text 灾种"),
        column("depth_m number 积水深度，米"),
        column("began_at moment! 开始时间"),
        column("ended_at moment 结束时间；空为未结束"),
        column("detour text~ 绕行说明"),
        _village(),
        geometry("GEOMETRY", srid, "路段或位置"),
        *delivered(),
        *spatial("road_state"),
        *_checked(
            "road_state",
            state=_one_of("state", "open", "restricted", "closed"),
            term="ended_at >= began_at",
        ),
        comment="道路通行状态",
    )
    return [road_state]


def _homes(metadata: MetaData, srid: int) -> list[Table]:
    household = Table(
        "household",
        metadata,
        column("division_code text* 村代码"),
        column("households whole! 户数"),
        column("elderly_alone_households whole 独居老人户数"),
        column("low_income_households whole 低收入户数"),
        column("weak_house_households whole 居住在土木、砖木结构房屋的户数"),
        column("disabled_people whole 残疾人数"),
        *delivered(),
        comment="家庭户（到村的合计，不含个人）",
    )
    group = Table(
        "village_group",
        metadata,
        column("code text* 村民小组代码"),
        column("name text! 名称"),
        column("village_code text!# 所属村代码"),
        column("households whole 户数"),
        column("people whole 人数"),
        geometry("GEOMETRY", srid, "范围或中心"),
        *delivered(),
        *spatial("village_group"),
        comment="村民小组",
    )
    return [household, group]


def _inspections(metadata: MetaData) -> list[Table]:
    inspection = Table(
        "inspection",
        metadata,
        _id(),
        column("sample text! 抽样编号"),
        column("form text! 表单名"),
        column("object_code text! 对象编号"),
        column("object_name text 对象名称"),
        column("item text! 指标，即字段的中文名"),
        column("stated text 抽样时的成果值；空为没有填写"),
        column("verdict text 结论：right、wrong、untold；空为尚未核查"),
        column("true_value text~ 核查值"),
        column("checked_on day 核查日期"),
        column("post text 核查岗位（到岗位，不含个人）"),
        *delivered(),
        _once("inspection", "sample", "object_code", "item"),
        *_checked("inspection", verdict=_one_of("verdict", "right", "wrong", "untold")),
        comment="质检核查（抽样逐项核对）",
    )
    return [inspection]
