"""Tables of how a route is edited: immutable versions, drafts, events, sheets to print again."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from census.store.columns import CORE, geometry
from census.store.privacy import PERSONAL


def route(metadata: MetaData) -> Table:
    """
    Declare routes that people have begun to edit.

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
        "route",
        metadata,
        Column(
            "id", Uuid, primary_key=True, server_default=text("gen_random_uuid()"), comment="编号"
        ),
        Column("code", Text, nullable=False, unique=True, comment="路线编号，同 evacuation_route"),
        Column("village_code", Text, index=True, comment="所属村"),
        Column("unit_code", Text, comment="网格代码"),
        Column("shelter_code", Text, comment="避难场所编号"),
        Column("name", Text, nullable=False, comment="名称"),
        Column("origin", Text, nullable=False, comment="delivered 交付、planned 方案、drawn 新画"),
        Column("assembly_point_code", Text, comment="集合点编号"),
        Column("people", Integer, comment="走此路线的人数"),
        Column(
            "created_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            comment="开始编辑的时间",
        ),
        Column("created_by", Text, nullable=False, comment="账号编号"),
        Column("given_up_at", DateTime(timezone=True), comment="取消时间；空为未取消"),
        comment="编辑中的避险转移路线",
    )


def route_version(metadata: MetaData, srid: int) -> Table:
    """
    Declare versions; version 0 is the route as the plan proposed it or as it was delivered.

    Parameters
    ----------
    metadata
        Where it is declared.
    srid
        EPSG code of its geometry.

    Returns
    -------
    Table
        The table; a trigger refuses changes.
    """
    return Table(
        "route_version",
        metadata,
        Column("route_id", Uuid, ForeignKey(f"{CORE}.route.id"), primary_key=True, comment="路线"),
        Column(
            "version", Integer, primary_key=True, autoincrement=False, comment="版本号，0为原样"
        ),
        Column("parent_version", Integer, comment="由哪一版改来"),
        geometry("LINESTRING", srid, "线路"),
        Column("waypoints", JSONB, nullable=False, server_default="[]", comment="途经点，经纬度"),
        Column("shelter_code", Text, comment="避难场所编号"),
        Column("assembly_point_code", Text, comment="集合点编号"),
        Column("road_ids", ARRAY(BigInteger), comment="依次经过的道路编号"),
        Column("off_road_reason", Text, info=PERSONAL, comment="为什么离开道路"),
        Column("length_m", Float, comment="长度，米"),
        Column("minutes", Float, comment="步行时间，分钟"),
        Column("hazard_m", Float, comment="穿越危险区的长度，米"),
        Column("depth_max_m", Float, comment="沿途最大水深，米"),
        Column(
            "hazard", JSONB, nullable=False, server_default="{}", comment="各等级危险区内的米数"
        ),
        Column(
            "findings", JSONB, nullable=False, server_default="[]", comment="保存时检查出的问题"
        ),
        Column(
            "explanations", JSONB, nullable=False, server_default="{}", comment="对提示所说明的理由"
        ),
        Column("network_hash", Text, comment="路网指纹"),
        Column("hazard_hash", Text, comment="危险区指纹"),
        Column("author", Text, nullable=False, comment="账号编号"),
        Column(
            "made_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            comment="保存时间",
        ),
        Column("note", Text, info=PERSONAL, comment="保存时的说明"),
        comment="路线的各个版本，只增不改",
    )


def route_draft(metadata: MetaData, srid: int) -> Table:
    """
    Declare drafts, one per route and planner.

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
        "route_draft",
        metadata,
        Column("route_id", Uuid, ForeignKey(f"{CORE}.route.id"), primary_key=True, comment="路线"),
        Column("account_id", Text, primary_key=True, comment="账号编号"),
        Column("base_version", Integer, nullable=False, comment="从哪一版改起"),
        geometry("MULTILINESTRING", srid, "草稿线路；剪断后有几段"),
        Column("state", JSONB, nullable=False, server_default="{}", comment="撤销栈与表单，供恢复"),
        Column(
            "updated_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            comment="最后改动",
        ),
        comment="未保存的草稿",
    )


def route_seat(metadata: MetaData) -> Table:
    """
    Declare who has the editor of a route open, one row per tab.

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
        "route_seat",
        metadata,
        Column("code", Text, primary_key=True, comment="路线编号"),
        Column("account_id", Text, primary_key=True, comment="账号编号"),
        Column("tab", Text, primary_key=True, comment="浏览器标签页自取的编号"),
        Column(
            "until",
            DateTime(timezone=True),
            nullable=False,
            index=True,
            comment="未再续则到此为止",
        ),
        comment="打开着的路线编辑页",
    )


def route_event(metadata: MetaData) -> Table:
    """
    Declare what happened to versions; the last event of a version is its status.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; a trigger refuses changes.
    """
    return Table(
        "route_event",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("route_id", Uuid, nullable=False, comment="路线"),
        Column("version", Integer, nullable=False, comment="版本号"),
        Column(
            "kind",
            Text,
            nullable=False,
            comment="saved、restored、submitted、returned、approved、published、superseded、withdrawn",
        ),
        Column("actor", Text, nullable=False, comment="账号编号，或 system:用户"),
        Column("actor_name", Text, nullable=False, info=PERSONAL, comment="当时的显示名"),
        Column(
            "at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
            comment="时间",
        ),
        Column("valid_from", Date, comment="自哪天起有效"),
        Column("reason", Text, info=PERSONAL, comment="理由"),
        Column("detail", JSONB, nullable=False, server_default="{}", comment="其余"),
        ForeignKeyConstraint(
            ["route_id", "version"],
            [f"{CORE}.route_version.route_id", f"{CORE}.route_version.version"],
        ),
        Index("ix_census_route_event_version", "route_id", "version", "id"),
        comment="路线版本的流转，只增不改",
    )


def sheet_reissue(metadata: MetaData) -> Table:
    """
    Declare which sheets have to be printed again since a publication.

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
        "sheet_reissue",
        metadata,
        Column("route_id", Uuid, primary_key=True, comment="路线"),
        Column("version", Integer, primary_key=True, autoincrement=False, comment="版本号"),
        Column("village_code", Text, primary_key=True, comment="哪个村的图"),
        Column("kind", Text, primary_key=True, comment="risk、evacuation"),
        Column(
            "listed_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            comment="列出时间",
        ),
        Column("printed_at", DateTime(timezone=True), comment="重印时间；空为尚未重印"),
        ForeignKeyConstraint(
            ["route_id", "version"],
            [f"{CORE}.route_version.route_id", f"{CORE}.route_version.version"],
        ),
        comment="发布后须重印的图",
    )
