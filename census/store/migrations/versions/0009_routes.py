"""Routes as people edit them: versions, drafts, events; the published one is what pages show."""

from typing import Any

from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CORE = "census"

# What is written once stays: neither the pages' role nor a program at fault may change it.
KEEP = """
create function census.refuse_change() returns trigger language plpgsql
set search_path = pg_catalog as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$
"""
KEPT = ("route_version", "route_event")

STATUS = """
create view census.route_status as
select distinct on (e.route_id, e.version)
       e.route_id, e.version, e.kind, e.actor, e.actor_name, e.at, e.valid_from, e.reason
from census.route_event e order by e.route_id, e.version, e.id desc
"""
STATUS_WORDS = {
    "route_id": "路线",
    "version": "版本号",
    "kind": "状态：最后一次流转",
    "actor": "账号编号",
    "actor_name": "当时的显示名",
    "at": "时间",
    "valid_from": "自哪天起有效",
    "reason": "理由",
}

SHOWN = (
    "code plan_id origin unit_code village_code shelter_code name people length_m "
    "minutes hazard_m depth_max_m road_ids geom"
)


def _geometry(kind: str) -> Geometry:
    config: Any = op.get_context().config
    return Geometry(kind, srid=int(config.attributes["srid"]), spatial_index=False)


def _now(name: str, words: str) -> "Column[Any]":
    return Column(
        name, DateTime(timezone=True), server_default=text("now()"), nullable=False, comment=words
    )


def upgrade() -> None:
    """Create the tables, what keeps them, and show version and date of a published route."""
    _route()
    _route_version()
    _route_draft()
    _route_event()
    _sheet_reissue()
    op.execute(KEEP)
    for name in KEPT:
        op.execute(
            f"create trigger keep before update or delete on {CORE}.{name} "
            "for each row execute function census.refuse_change()"
        )
        op.execute(
            f"create trigger keep_all before truncate on {CORE}.{name} "
            "for each statement execute function census.refuse_change()"
        )
        op.execute(f"revoke update, delete, truncate on {CORE}.{name} from riskatlas_app")
    op.execute(STATUS)
    op.execute(f"grant select on {CORE}.route_status to riskatlas_app")
    for name, words in STATUS_WORDS.items():
        op.execute(f"comment on column {CORE}.route_status.{name} is '{words}'")
    _published()


def _published() -> None:
    row = "evacuation_route"
    op.add_column(
        row, Column("version", Integer(), comment="发布的版本；空为方案或交付的原样"), schema=CORE
    )
    op.add_column(row, Column("valid_from", Date(), comment="自哪天起有效"), schema=CORE)
    shown = ", ".join((*SHOWN.split(), "version", "valid_from"))
    op.execute(f"create or replace view pub.{row} as select {shown} from {CORE}.{row}")  # noqa: S608  (fixed names)
    op.execute(f"comment on column pub.{row}.version is '发布的版本；空为方案或交付的原样'")
    op.execute(f"comment on column pub.{row}.valid_from is '自哪天起有效'")


def _route() -> None:
    op.create_table(
        "route",
        Column(
            "id", Uuid(), server_default=text("gen_random_uuid()"), nullable=False, comment="编号"
        ),
        Column("code", Text(), nullable=False, comment="路线编号，同 evacuation_route"),
        Column("village_code", Text(), comment="所属村"),
        Column("unit_code", Text(), comment="网格代码"),
        Column("shelter_code", Text(), comment="避难场所编号"),
        Column("name", Text(), nullable=False, comment="名称"),
        _now("created_at", "开始编辑的时间"),
        Column("created_by", Text(), nullable=False, comment="账号编号"),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("code"),
        schema=CORE,
        comment="编辑中的避险转移路线",
    )
    op.create_index("ix_census_route_village_code", "route", ["village_code"], schema=CORE)


def _route_version() -> None:
    op.create_table(
        "route_version",
        Column("route_id", Uuid(), nullable=False, comment="路线"),
        Column(
            "version", Integer(), autoincrement=False, nullable=False, comment="版本号，0为原样"
        ),
        Column("parent_version", Integer(), comment="由哪一版改来"),
        Column("geom", _geometry("LINESTRING"), nullable=False, comment="线路"),
        Column("waypoints", JSONB(), server_default="[]", nullable=False, comment="途经点，经纬度"),
        Column("shelter_code", Text(), comment="避难场所编号"),
        Column("assembly_point_code", Text(), comment="集合点编号"),
        Column("road_ids", ARRAY(BigInteger()), comment="依次经过的道路编号"),
        Column("off_road_reason", Text(), comment="为什么离开道路"),
        Column("length_m", Float(), comment="长度，米"),
        Column("minutes", Float(), comment="步行时间，分钟"),
        Column("hazard_m", Float(), comment="穿越危险区的长度，米"),
        Column("depth_max_m", Float(), comment="沿途最大水深，米"),
        Column(
            "hazard", JSONB(), server_default="{}", nullable=False, comment="各等级危险区内的米数"
        ),
        Column(
            "findings", JSONB(), server_default="[]", nullable=False, comment="保存时检查出的问题"
        ),
        Column(
            "explanations",
            JSONB(),
            server_default="{}",
            nullable=False,
            comment="对提示所说明的理由",
        ),
        Column("network_hash", Text(), comment="路网指纹"),
        Column("hazard_hash", Text(), comment="危险区指纹"),
        Column("author", Text(), nullable=False, comment="账号编号"),
        _now("made_at", "保存时间"),
        Column("note", Text(), comment="保存时的说明"),
        ForeignKeyConstraint(["route_id"], [f"{CORE}.route.id"]),
        PrimaryKeyConstraint("route_id", "version"),
        schema=CORE,
        comment="路线的各个版本，只增不改",
    )


def _route_draft() -> None:
    op.create_table(
        "route_draft",
        Column("route_id", Uuid(), nullable=False, comment="路线"),
        Column("account_id", Text(), nullable=False, comment="账号编号"),
        Column("base_version", Integer(), nullable=False, comment="从哪一版改起"),
        Column(
            "geom", _geometry("MULTILINESTRING"), nullable=False, comment="草稿线路；剪断后有几段"
        ),
        Column(
            "state", JSONB(), server_default="{}", nullable=False, comment="撤销栈与表单，供恢复"
        ),
        _now("updated_at", "最后改动"),
        ForeignKeyConstraint(["route_id"], [f"{CORE}.route.id"]),
        PrimaryKeyConstraint("route_id", "account_id"),
        schema=CORE,
        comment="未保存的草稿",
    )


def _of_version() -> ForeignKeyConstraint:
    version = f"{CORE}.route_version"
    return ForeignKeyConstraint(
        ["route_id", "version"], [f"{version}.route_id", f"{version}.version"]
    )


def _route_event() -> None:
    kinds = "saved、restored、submitted、returned、approved、published、superseded、withdrawn"
    op.create_table(
        "route_event",
        Column("id", BigInteger(), Identity(always=False), nullable=False, comment="编号"),
        Column("route_id", Uuid(), nullable=False, comment="路线"),
        Column("version", Integer(), nullable=False, comment="版本号"),
        Column("kind", Text(), nullable=False, comment=kinds),
        Column("actor", Text(), nullable=False, comment="账号编号，或 system:用户"),
        Column("actor_name", Text(), nullable=False, comment="当时的显示名"),
        Column(
            "at",
            DateTime(timezone=True),
            server_default=text("clock_timestamp()"),
            nullable=False,
            comment="时间",
        ),
        Column("valid_from", Date(), comment="自哪天起有效"),
        Column("reason", Text(), comment="理由"),
        Column("detail", JSONB(), server_default="{}", nullable=False, comment="其余"),
        _of_version(),
        PrimaryKeyConstraint("id"),
        schema=CORE,
        comment="路线版本的流转，只增不改",
    )
    op.create_index(
        "ix_census_route_event_version", "route_event", ["route_id", "version", "id"], schema=CORE
    )


def _sheet_reissue() -> None:
    op.create_table(
        "sheet_reissue",
        Column("route_id", Uuid(), nullable=False, comment="路线"),
        Column("version", Integer(), autoincrement=False, nullable=False, comment="版本号"),
        Column("village_code", Text(), nullable=False, comment="哪个村的图"),
        Column("kind", Text(), nullable=False, comment="risk、evacuation"),
        _now("listed_at", "列出时间"),
        Column("printed_at", DateTime(timezone=True), comment="重印时间；空为尚未重印"),
        _of_version(),
        PrimaryKeyConstraint("route_id", "version", "village_code", "kind"),
        schema=CORE,
        comment="发布后须重印的图",
    )


def downgrade() -> None:
    """Drop what was made; published lines stay as plain routes."""
    op.execute("drop view pub.evacuation_route")
    shown = ", ".join(SHOWN.split())
    op.execute(
        f"create view pub.evacuation_route as select {shown} from {CORE}.evacuation_route"  # noqa: S608  (fixed names)
    )
    for name in ("version", "valid_from"):
        op.drop_column("evacuation_route", name, schema=CORE)
    op.execute("drop view census.route_status")
    for name in ("sheet_reissue", "route_event", "route_draft", "route_version", "route"):
        op.drop_table(name, schema=CORE)
    op.execute("drop function census.refuse_change()")
