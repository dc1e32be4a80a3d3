"""Tables of what officers report: the statement as it came, its photos, and every later step.

A statement is never changed. What the officer adds and what the bureau decides are events; what
holds is computed of them (view ``report_state``, revision 0022). An accepted report becomes a
hazard site through a change set (``census.store.change_tables``).
"""

from sqlalchemy import (
    BigInteger,
    Column,
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
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from census.store.columns import CORE, geometry, spatial
from census.store.privacy import PERSONAL


def _sent() -> tuple[SchemaItem, ...]:
    """Declare who sent something, by which device, and what both clocks said."""
    return (
        Column("device", Text, comment="设备自取的编号；空为非手机"),
        Column("sequence", BigInteger, comment="设备上的顺序号"),
        Column("written_at", DateTime(timezone=True), comment="填写时间，按手机时钟"),
        Column("clock_off_s", Float, comment="手机时钟快于服务器的秒数；空为未知"),
        Column("content_sha256", Text, comment="所收内容的哈希，即回执"),
        Column(
            "received_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
            comment="服务器收到时间",
        ),
    )


def report(metadata: MetaData, srid: int) -> Table:
    """
    Declare statements of officers.

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
        "report",
        metadata,
        Column("id", Uuid, primary_key=True, comment="手机自取的编号"),
        Column("number", BigInteger, Identity(), nullable=False, unique=True, comment="受理号"),
        Column("account_id", Text, nullable=False, index=True, comment="上报人账号编号"),
        Column("reporter_name", Text, nullable=False, info=PERSONAL, comment="当时的显示名"),
        Column("named_village", Text, comment="上报人选定的村"),
        Column("village_code", Text, index=True, comment="位置所在村；空为区外边缘"),
        Column("unit_code", Text, comment="位置所在网格"),
        geometry("POINT", srid, "上报位置"),
        Column("accuracy_m", Float, comment="定位精度，米；空为在地图上点选"),
        Column("place_source", Text, nullable=False, comment="gps 定位、map 地图点选"),
        Column("doubts", JSONB, nullable=False, server_default="[]", comment="存疑之处，代码"),
        Column("kind", Text, nullable=False, comment="种类，见 ReportKind"),
        Column("severity", SmallInteger, nullable=False, comment="程度：1一般、2较重、3严重"),
        Column("people_threatened", Integer, comment="受威胁人数；空为未知"),
        Column("words", Text, info=PERSONAL, comment="文字说明"),
        Column("photos", JSONB, nullable=False, server_default="[]", comment="所附照片的哈希"),
        *_sent(),
        *spatial("report"),
        comment="现场险情上报，只增不改",
    )


def report_photo(metadata: MetaData) -> Table:
    """
    Declare photos: picture and row are one, so neither is there without the other.

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
        "report_photo",
        metadata,
        Column(
            "report_id", Uuid, ForeignKey(f"{CORE}.report.id"), primary_key=True, comment="上报"
        ),
        Column("sha256", Text, primary_key=True, comment="手机所发原图的哈希，即回执"),
        Column("jpeg", LargeBinary, nullable=False, comment="重新编码的照片，不含 EXIF"),
        Column("width_px", Integer, nullable=False, comment="宽，像素"),
        Column("height_px", Integer, nullable=False, comment="高，像素"),
        Column(
            "received_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
            comment="服务器收到时间",
        ),
        comment="上报所附照片，不公开",
    )


def report_event(metadata: MetaData) -> Table:
    """
    Declare what happened to a report after it came.

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
        "report_event",
        metadata,
        Column("id", Uuid, primary_key=True, comment="编号；手机所发者由手机自取"),
        Column("number", BigInteger, Identity(), nullable=False, unique=True, comment="先后"),
        Column("report_id", Uuid, ForeignKey(f"{CORE}.report.id"), nullable=False, comment="上报"),
        Column(
            "kind",
            Text,
            nullable=False,
            comment="amended 补充、withdrawn 撤回、accepted 采纳、returned 退回、joined 并入",
        ),
        Column("actor", Text, nullable=False, comment="账号编号"),
        Column("actor_name", Text, nullable=False, info=PERSONAL, comment="当时的显示名"),
        Column("reason", Text, info=PERSONAL, comment="理由"),
        Column("joined_to", Uuid, ForeignKey(f"{CORE}.report.id"), comment="并入哪一条上报"),
        Column("site_code", Text, comment="采纳后成为的隐患点"),
        Column("severity", SmallInteger, comment="补充：程度"),
        Column("people_threatened", Integer, comment="补充：受威胁人数"),
        Column("words", Text, info=PERSONAL, comment="补充：文字"),
        *_sent(),
        Column(
            "photos", JSONB, nullable=False, server_default="[]", comment="补充：所附照片的哈希"
        ),
        Index("ix_census_report_event_report", "report_id", "number"),
        comment="上报的流转，只增不改",
    )


def report_place(metadata: MetaData) -> Table:
    """
    Declare where reports lie today, for those whose village is another one since.

    Parameters
    ----------
    metadata
        Where it is declared.

    Returns
    -------
    Table
        The table; the statement itself is never changed.
    """
    return Table(
        "report_place",
        metadata,
        Column(
            "report_id", Uuid, ForeignKey(f"{CORE}.report.id"), primary_key=True, comment="上报"
        ),
        Column("village_code", Text, comment="位置如今所在的村；空为已在各村之外"),
        Column("unit_code", Text, comment="位置如今所在的网格"),
        comment="区划变动后上报位置的现属村",
    )
