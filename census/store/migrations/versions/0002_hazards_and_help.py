"""Hazard sites, shelters, assembly points, enterprises and duties."""

from typing import Any

from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CORE = "census"


def upgrade() -> None:
    """Create the tables."""
    _hazard_site()
    _shelter()
    _assembly_point()
    _enterprise()
    _duty()


def downgrade() -> None:
    """Drop them, the last one first."""
    for name in ("duty", "enterprise", "assembly_point", "shelter", "hazard_site"):
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


def _hazard_site() -> None:
    op.create_table(
        "hazard_site",
        Column("code", Text(), nullable=False, comment="隐患点编号"),
        Column("name", Text(), nullable=False, comment="名称"),
        Column("kind", Text(), nullable=False, comment="种类"),
        Column("hazard", Text(), nullable=False, comment="灾种"),
        Column(
            "origin", Text(), nullable=False, comment="来源：delivered 交付、derived 由水深推得"
        ),
        Column("village_code", Text(), comment="所属村"),
        Column("people_threatened", Integer(), comment="受威胁人数"),
        Column("depth_max_m", Float(), comment="最大水深，米"),
        Column("area_m2", Float(), comment="面积，平方米"),
        Column("description", Text(), comment="说明"),
        Column(
            "geom",
            _geometry("GEOMETRY"),
            nullable=False,
            comment="位置或范围",
        ),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="hazard_site_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="隐患点",
    )
    op.create_index(
        "hazard_site_geom_gist", "hazard_site", ["geom"], schema=CORE, postgresql_using="gist"
    )
    op.create_index(
        "ix_census_hazard_site_village_code", "hazard_site", ["village_code"], schema=CORE
    )


def _shelter() -> None:
    op.create_table(
        "shelter",
        Column("code", Text(), nullable=False, comment="避难场所编号"),
        Column("name", Text(), nullable=False, comment="名称"),
        Column("kind", Text(), nullable=False, comment="种类"),
        Column("village_code", Text(), comment="所属村；空为区外"),
        Column("capacity_people", Integer(), comment="可容纳人数；空为未知"),
        Column("capacity_source", Text(), nullable=False, comment="declared、derived、unknown"),
        Column("capacity_text", Text(), comment="原文"),
        Column("capacity_note_zh", Text(), comment="容量如何得来（中文）"),
        Column("capacity_note_en", Text(), comment="容量如何得来（英文）"),
        Column("footprint_m2", Float(), comment="基底面积，平方米"),
        Column("levels", Float(), comment="层数"),
        Column(
            "is_candidate",
            Boolean(),
            server_default="false",
            nullable=False,
            comment="仅为候选（无官方名录）",
        ),
        Column("geom", _geometry("POINT"), nullable=False, comment="位置（入口或中心）"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="shelter_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="应急避难场所",
    )
    op.create_index("ix_census_shelter_village_code", "shelter", ["village_code"], schema=CORE)
    op.create_index("shelter_geom_gist", "shelter", ["geom"], schema=CORE, postgresql_using="gist")


def _assembly_point() -> None:
    op.create_table(
        "assembly_point",
        Column("code", Text(), nullable=False, comment="集合点编号"),
        Column("name", Text(), nullable=False, comment="名称"),
        Column("village_code", Text(), comment="所属村"),
        Column("capacity_people", Integer(), comment="可集合人数"),
        Column("geom", _geometry("POINT"), nullable=False, comment="位置"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="assembly_point_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="集合点",
    )
    op.create_index(
        "assembly_point_geom_gist", "assembly_point", ["geom"], schema=CORE, postgresql_using="gist"
    )
    op.create_index(
        "ix_census_assembly_point_village_code", "assembly_point", ["village_code"], schema=CORE
    )


def _enterprise() -> None:
    op.create_table(
        "enterprise",
        Column("code", Text(), nullable=False, comment="企业编号"),
        Column("name", Text(), nullable=False, comment="名称"),
        Column("colour", Text(), nullable=False, comment="安全风险四色：red、orange、yellow、blue"),
        Column("kind", Text(), comment="行业"),
        Column("village_code", Text(), comment="所属村"),
        Column("geom", _geometry("POINT"), nullable=False, comment="位置"),
        *_delivered(),
        CheckConstraint("st_isvalid(geom)", name="enterprise_geom_valid"),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("code"),
        schema=CORE,
        comment="分级企业",
    )
    op.create_index(
        "enterprise_geom_gist", "enterprise", ["geom"], schema=CORE, postgresql_using="gist"
    )
    op.create_index(
        "ix_census_enterprise_village_code", "enterprise", ["village_code"], schema=CORE
    )


def _duty() -> None:
    op.create_table(
        "duty",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("division_code", Text(), nullable=False, comment="负责的区划代码"),
        Column("post", Text(), nullable=False, comment="岗位（不含姓名）"),
        Column("task", Text(), nullable=False, comment="职责"),
        Column("role", Text(), nullable=False, comment="primary A角、deputy B角"),
        Column("sequence", SmallInteger(), server_default="0", nullable=False, comment="排序"),
        *_delivered(),
        ForeignKeyConstraint(["delivery_id"], [f"{CORE}.delivery.id"]),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="责任清单（到岗位，不含个人）",
    )
    op.create_index("ix_census_duty_division_code", "duty", ["division_code"], schema=CORE)
