"""Tables of what was delivered: people, places and hazards."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
)

from census.store.columns import COMPUTED, CORE, column, delivered, geometry, spatial


def division(metadata: MetaData, srid: int) -> Table:
    """
    Declare divisions.

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
        "division",
        metadata,
        Column("code", Text, primary_key=True, comment="区划代码：乡镇、村12位，网格15位"),
        Column("level", Text, nullable=False, comment="town、village、grid_unit"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("parent_code", Text, comment="上级代码；乡镇为空"),
        Column("town_code", Text, nullable=False, index=True, comment="所属乡镇代码"),
        Column("village_code", Text, index=True, comment="所属村代码；乡镇为空"),
        Column("kind", Text, comment="类别，如社区、行政村"),
        Column("area_m2", Float, info=COMPUTED, comment="面积，平方米（等积投影）；空为没有边界"),
        Column(
            "covered_share",
            Float,
            nullable=False,
            server_default="1",
            info=COMPUTED,
            comment="下级区划覆盖本区的面积比例；小于1时合计为部分合计",
        ),
        geometry("MULTIPOLYGON", srid, "边界；空为只有代码", required=False),
        Column("valid_from", Date, comment="启用日期；空为未交付"),
        *delivered(),
        *spatial("division"),
        CheckConstraint("level in ('town','village','grid_unit')", name="division_level"),
        comment="行政区划与网格",
    )


def people(metadata: MetaData) -> Table:
    """
    Declare people by village.

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
        *delivered(),
        CheckConstraint("people >= 0", name="people_not_negative"),
        comment="人口（到村，不含个人）",
    )


def building(metadata: MetaData, srid: int) -> Table:
    """
    Declare buildings.

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
        "building",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("kind", Text, comment="用途"),
        Column("name", Text, comment="名称"),
        Column("levels", Float, comment="层数；空为未知"),
        Column("structure", Text, comment="结构"),
        Column("footprint_m2", Float, nullable=False, info=COMPUTED, comment="基底面积，平方米"),
        Column("village_code", Text, index=True, comment="所属村；空为区外"),
        geometry("MULTIPOLYGON", srid, "基底轮廓"),
        *delivered(),
        *spatial("building", large="footprint_m2 > 150"),
        comment="建筑物",
    )


def building_imprint(metadata: MetaData) -> Table:
    """
    Declare by what a delivered building is known again; see :mod:`census.store.imprints`.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; a trigger empties it where anybody else writes to the buildings.
    """
    return Table(
        "building_imprint",
        metadata,
        Column(
            "high", BigInteger, nullable=False, comment="行印记前64位：原始字节与所用规则的散列"
        ),
        Column("low", BigInteger, nullable=False, comment="行印记后64位"),
        Column("id", BigInteger, nullable=False, comment="该行入库后的编号"),
        comment="建筑物交付行的印记：再次交付时认出未变的行",
        prefixes=["UNLOGGED"],
    )


def road(metadata: MetaData, srid: int) -> Table:
    """
    Declare roads.

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
        Column("length_m", Float, nullable=False, info=COMPUTED, comment="长度，米"),
        geometry("LINESTRING", srid, "中线"),
        *delivered(),
        *spatial("road"),
        comment="道路",
    )


def water(metadata: MetaData, srid: int) -> Table:
    """
    Declare water surfaces.

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
        "water",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("name", Text, comment="名称；空为未知"),
        Column("kind", Text, nullable=False, comment="种类：river 河流、lake 湖塘、sea 海域"),
        Column("area_m2", Float, nullable=False, info=COMPUTED, comment="水面面积，平方米"),
        geometry("MULTIPOLYGON", srid, "水面范围"),
        *delivered(),
        *spatial("water"),
        CheckConstraint("kind in ('river','lake','sea')", name="water_kind"),
        comment="水域",
    )


def historical_disaster(metadata: MetaData, srid: int) -> Table:
    """
    Declare past disasters.

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
        "historical_disaster",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("hazard", Text, nullable=False, comment="灾种"),
        Column("event", Text, nullable=False, comment="事件名，如 2007年洪水"),
        Column("name", Text, comment="受灾地点"),
        Column("began_on", Date, comment="开始日期；空为只知年份"),
        Column("year", Integer, nullable=False, comment="年份"),
        Column("is_made_up", Boolean, nullable=False, server_default="false", comment="是否虚构"),
        geometry("MULTIPOLYGON", srid, "受灾范围"),
        *delivered(),
        *spatial("historical_disaster"),
        comment="历史灾害",
    )


def hazard_site(metadata: MetaData, srid: int) -> Table:
    """
    Declare hazard sites.

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
        Column("area_m2", Float, info=COMPUTED, comment="面积，平方米"),
        Column("description", Text, comment="说明"),
        geometry("GEOMETRY", srid, "位置或范围"),
        *delivered(),
        *spatial("hazard_site"),
        *_threat(),
        CheckConstraint("households_threatened >= 0", name="hazard_site_households"),
        comment="隐患点",
    )


def enterprise(metadata: MetaData, srid: int) -> Table:
    """
    Declare enterprises.

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
        "enterprise",
        metadata,
        Column("code", Text, primary_key=True, comment="企业编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("colour", Text, nullable=False, comment="安全风险四色：red、orange、yellow、blue"),
        Column("kind", Text, comment="行业"),
        Column("village_code", Text, index=True, comment="所属村"),
        geometry("POINT", srid, "位置"),
        *delivered(),
        *spatial("enterprise"),
        comment="分级企业",
    )


def _threat() -> list[Column[Any]]:
    """Declare how much a hazard site threatens, and who looks after it."""
    return [
        column("households_threatened whole 受威胁户数"),
        column("property_threatened_10k_yuan number 受威胁财产，万元"),
        column("threat_grade text 险情等级：giant、large、medium、small"),
        column("size_grade text 规模等级：giant、large、medium、small"),
        column("responsible_post text 责任岗位（到岗位，不含个人）"),
        column("checked_on day 最近排查日期"),
    ]
