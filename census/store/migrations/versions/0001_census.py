"""Deliveries, divisions, people, buildings, roads and past disasters."""

from typing import Any

from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy import (
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
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CORE = "census"


def upgrade() -> None:
    """Create the tables."""
    _district()
    _layer_generation()
    _delivery()
    _raster()
    _division()
    _people()
    _building()
    _road()
    _historical_disaster()


def downgrade() -> None:
    """Drop them, the last one first."""
    for name in (
        "historical_disaster",
        "road",
        "building",
        "people",
        "division",
        "raster",
        "delivery",
        "layer_generation",
        "district",
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


def _district() -> None:
    op.create_table(
        "district",
        Column("code", Text(), nullable=False, comment="行政区划代码（县级）"),
        Column("name_zh", Text(), nullable=False, comment="中文名"),
        Column("name_en", Text(), nullable=False, comment="英文名"),
        Column("place", Text(), nullable=False, comment="数据库对应的地区名（命令行 --place）"),
        Column("srid", Integer(), nullable=False, comment="存储用地理坐标系 EPSG 编号"),
        Column("metric_srid", Integer(), nullable=False, comment="量算用投影坐标系 EPSG 编号"),
        Column("timezone", Text(), nullable=False, comment="显示时区"),
        Column("is_made_up", Boolean(), nullable=False, comment="是否虚构的示例区"),
        Column("attribution", Text(), nullable=False, comment="数据来源署名"),
        Column("data_date", Date(), nullable=False, comment="数据基准日期"),
        Column("profile", JSONB(), nullable=False, comment="地区配置全文"),
        Column(
            "is_complete", Boolean(), server_default="false", nullable=False, comment="装载是否完成"
        ),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="本库所属的区县，仅一行",
    )


def _layer_generation() -> None:
    op.create_table(
        "layer_generation",
        Column("layer", Text(), nullable=False, comment="图层名"),
        Column("generation", BigInteger(), nullable=False, comment="每次改动加一"),
        Column(
            "changed_at", DateTime(timezone=True), server_default=text("now()"), comment="改动时间"
        ),
        PrimaryKeyConstraint("layer"),
        schema=CORE,
        comment="图层的代次：用于缓存与实时更新",
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="批次编号"),
        Column("form", Text(), nullable=False, comment="表单名"),
        Column("file_name", Text(), nullable=False, comment="文件名"),
        Column("sha256", Text(), nullable=False, comment="文件内容的 SHA-256"),
        Column(
            "received_at", DateTime(timezone=True), server_default=text("now()"), comment="接收时间"
        ),
        Column("rows_imported", Integer(), nullable=False, comment="入库行数"),
        Column("rows_refused", Integer(), nullable=False, comment="按规则剔除的行数"),
        Column("source_crs", Text(), comment="声明的源坐标系"),
        Column("provider", Text(), comment="提供单位"),
        Column("data_date", Date(), comment="数据日期"),
        Column("problems", JSONB(), server_default="[]", nullable=False, comment="提示清单"),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="入库的批次",
    )


def _raster() -> None:
    op.create_table(
        "raster",
        Column("name", Text(), nullable=False, comment="栅格名，如 flood_depth"),
        Column(
            "kind", Text(), nullable=False, comment="种类：flood_depth、elevation、people_pattern"
        ),
        Column("scenario", Text(), nullable=False, comment="情景"),
        Column("unit", Text(), nullable=False, comment="单位，如 m"),
        Column("sha256", Text(), nullable=False, comment="像元内容的 SHA-256"),
        Column("file", LargeBinary(), nullable=False, comment="云优化 GeoTIFF 的字节"),
        Column("data_date", Date(), comment="数据日期"),
        Column("provider", Text(), comment="提供单位"),
        Column("is_made_up", Boolean(), server_default="false", nullable=False, comment="是否虚构"),
        Column("delivery_id", BigInteger(), comment="批次"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("name"),
        schema=CORE,
        comment="栅格交付物；读写经 rasterio",
    )


def _division() -> None:
    op.create_table(
        "division",
        Column("code", Text(), nullable=False, comment="区划代码：乡镇、村12位，网格15位"),
        Column("level", Text(), nullable=False, comment="town、village、grid_unit"),
        Column("name", Text(), nullable=False, comment="名称"),
        Column("parent_code", Text(), comment="上级代码；乡镇为空"),
        Column("town_code", Text(), nullable=False, comment="所属乡镇代码"),
        Column("village_code", Text(), comment="所属村代码；乡镇为空"),
        Column("kind", Text(), comment="类别，如社区、行政村"),
        Column("area_m2", Float(), nullable=False, comment="面积，平方米（等积投影）"),
        Column(
            "covered_share",
            Float(),
            server_default="1",
            nullable=False,
            comment="下级区划覆盖本区的面积比例；小于1时合计为部分合计",
        ),
        Column("geom", _geometry("MULTIPOLYGON"), nullable=False, comment="边界"),
        *_delivered(),
        CheckConstraint("level in ('town','village','grid_unit')", name="division_level"),
        CheckConstraint("st_isvalid(geom)", name="division_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="行政区划与网格",
    )
    op.create_index(
        "division_geom_gist", "division", ["geom"], schema=CORE, postgresql_using="gist"
    )
    op.create_index("ix_census_division_town_code", "division", ["town_code"], schema=CORE)
    op.create_index("ix_census_division_village_code", "division", ["village_code"], schema=CORE)


def _people() -> None:
    op.create_table(
        "people",
        Column("division_code", Text(), nullable=False, comment="村代码"),
        Column("people", Integer(), nullable=False, comment="常住人口，人"),
        Column("children_people", Integer(), comment="0-14岁，人；空为未交付"),
        Column("elderly_people", Integer(), comment="65岁及以上，人；空为未交付"),
        Column("households", Integer(), comment="户数；空为未交付"),
        Column("basis", Text(), nullable=False, comment="依据：counted 统计、derived 推算估计"),
        *_delivered(),
        CheckConstraint("people >= 0", name="people_not_negative"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        ForeignKeyConstraint(
            ["division_code"], [f"{CORE}.division.code"], initially="DEFERRED", deferrable=True
        ),
        PrimaryKeyConstraint("division_code"),
        schema=CORE,
        comment="人口（到村，不含个人）",
    )


def _building() -> None:
    op.create_table(
        "building",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("kind", Text(), comment="用途"),
        Column("name", Text(), comment="名称"),
        Column("levels", Float(), comment="层数；空为未知"),
        Column("structure", Text(), comment="结构"),
        Column("footprint_m2", Float(), nullable=False, comment="基底面积，平方米"),
        Column("village_code", Text(), comment="所属村；空为区外"),
        Column("geom", _geometry("MULTIPOLYGON"), nullable=False, comment="基底轮廓"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="building_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="建筑物",
    )
    op.create_index(
        "building_geom_gist", "building", ["geom"], schema=CORE, postgresql_using="gist"
    )
    op.create_index("ix_census_building_village_code", "building", ["village_code"], schema=CORE)


def _road() -> None:
    op.create_table(
        "road",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("class", Text(), nullable=False, comment="等级：trunk…path"),
        Column("name", Text(), comment="路名"),
        Column(
            "oneway", Text(), server_default="no", nullable=False, comment="单行：no、yes、reverse"
        ),
        Column("width_m", Float(), comment="宽度，米；空为未知"),
        Column("is_bridge", Boolean(), server_default="false", nullable=False, comment="桥梁"),
        Column("is_underpass", Boolean(), server_default="false", nullable=False, comment="下穿"),
        Column("length_m", Float(), nullable=False, comment="长度，米"),
        Column("geom", _geometry("LINESTRING"), nullable=False, comment="中线"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="road_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="道路",
    )
    op.create_index("road_geom_gist", "road", ["geom"], schema=CORE, postgresql_using="gist")


def _historical_disaster() -> None:
    op.create_table(
        "historical_disaster",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("hazard", Text(), nullable=False, comment="灾种"),
        Column("event", Text(), nullable=False, comment="事件名，如 2007年洪水"),
        Column("name", Text(), comment="受灾地点"),
        Column("began_on", Date(), comment="开始日期；空为只知年份"),
        Column("year", Integer(), nullable=False, comment="年份"),
        Column("is_made_up", Boolean(), server_default="false", nullable=False, comment="是否虚构"),
        Column("geom", _geometry("MULTIPOLYGON"), nullable=False, comment="受灾范围"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="historical_disaster_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="历史灾害",
    )
    op.create_index(
        "historical_disaster_geom_gist",
        "historical_disaster",
        ["geom"],
        schema=CORE,
        postgresql_using="gist",
    )
