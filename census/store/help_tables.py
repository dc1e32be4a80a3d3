"""Tables of who and what helps: shelters, assembly points, duties."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Identity,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from census.store.columns import column, delivered, geometry, spatial
from census.store.privacy import PERSONAL


def shelter(metadata: MetaData, srid: int) -> Table:
    """
    Declare shelters.

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
        "shelter",
        metadata,
        Column("code", Text, primary_key=True, comment="避难场所编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("kind", Text, nullable=False, comment="种类"),
        Column("village_code", Text, index=True, comment="所属村；空为区外"),
        Column("capacity_people", Integer, comment="可容纳人数；空为未知"),
        Column("capacity_source", Text, nullable=False, comment="declared、derived、unknown"),
        Column("capacity_text", Text, info=PERSONAL, comment="原文"),
        Column("capacity_note_zh", Text, comment="容量如何得来（中文）"),
        Column("capacity_note_en", Text, comment="容量如何得来（英文）"),
        # Of a place drawn as a point it is stated, and of an area nothing else is kept.
        Column("footprint_m2", Float, comment="基底面积，平方米"),
        Column("levels", Float, comment="层数"),
        Column(
            "is_candidate",
            Boolean,
            nullable=False,
            server_default="false",
            comment="仅为候选（无官方名录）",
        ),
        geometry("POINT", srid, "位置（入口或中心）"),
        *delivered(),
        *spatial("shelter"),
        *_suitability(),
        CheckConstraint("effective_area_m2 >= 0 and gates >= 0", name="shelter_size"),
        comment="应急避难场所",
    )


def assembly_point(metadata: MetaData, srid: int) -> Table:
    """
    Declare assembly points.

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
        "assembly_point",
        metadata,
        Column("code", Text, primary_key=True, comment="集合点编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("village_code", Text, index=True, comment="所属村"),
        Column("capacity_people", Integer, comment="可集合人数"),
        geometry("POINT", srid, "位置"),
        *delivered(),
        *spatial("assembly_point"),
        comment="集合点",
    )


def duty(metadata: MetaData) -> Table:
    """
    Declare duties by post.

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
        "duty",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("division_code", Text, nullable=False, index=True, comment="负责的区划代码"),
        Column("post", Text, nullable=False, comment="岗位（不含姓名）"),
        Column("task", Text, nullable=False, comment="职责"),
        Column("role", Text, nullable=False, comment="primary A角、deputy B角"),
        Column("sequence", SmallInteger, nullable=False, server_default="0", comment="排序"),
        *delivered(),
        *_term(),
        CheckConstraint("valid_to >= valid_from", name="duty_term"),
        comment="责任清单（到岗位，不含个人）",
    )


def _suitability() -> list[Column[Any]]:
    """Declare for which hazards a shelter serves, of what grade it is, and what it offers."""
    hazards = {
        "flood": "洪水",
        "inland_flood": "内涝",
        "storm_surge": "风暴潮",
        "typhoon": "台风",
        "landslide": "崩塌、滑坡、泥石流",
        "earthquake": "地震",
        "tsunami": "海啸",
        "large_fire": "大规模火灾",
        "forest_fire": "森林火灾",
        "volcano": "火山",
    }
    return [
        column("address text 地址"),
        *(column(f"usable_{code} yes 可否用于{word}；空为未知") for code, word in hazards.items()),
        column("grade text GB/T 44013 级别"),
        column("duration text GB/T 44013 时长类型：emergency、short、long"),
        column("setting text GB/T 44013 空间类型：indoor、outdoor"),
        column("scope text GB/T 44013 功能类型：general、single"),
        column("gb51143_class text GB 51143 类别"),
        column("effective_area_m2 number 有效避难面积，平方米"),
        column("floor_level_m number 室内地面高程，米"),
        column("gates whole 出入口，个"),
        column("key_holder_post text 钥匙保管岗位（到岗位，不含个人）"),
    ]


def _term() -> list[Column[Any]]:
    """Declare from when to when a duty holds, and when its phone was last tried."""
    return [
        column("valid_from day 生效日期；空为未交付"),
        column("valid_to day 最后一日；空为现行"),
        column("phone_checked_on day 电话最近核对日期（不含号码）"),
    ]
