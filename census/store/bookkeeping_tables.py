"""Tables about the district itself: its profile, deliveries, rasters and generations."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from census.store.columns import CORE
from census.store.privacy import PERSONAL


def district(metadata: MetaData) -> Table:
    """
    Declare the district, one row.

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
        Column(
            "extent", ARRAY(Float), comment="没有边界时地图所取范围：西、南、东、北，度；空为未给出"
        ),
        Column(
            "leading_hazard",
            Text,
            nullable=False,
            server_default="flood",
            comment="首要灾种：未指定灾种时所示的区划与方案",
        ),
        comment="本库所属的区县，仅一行",
    )


def layer_generation(metadata: MetaData) -> Table:
    """
    Declare generations of layers.

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
        "layer_generation",
        metadata,
        Column("layer", Text, primary_key=True, comment="图层名"),
        Column("generation", BigInteger, nullable=False, comment="每次改动加一"),
        Column(
            "changed_at", DateTime(timezone=True), server_default=func.now(), comment="改动时间"
        ),
        comment="图层的代次：用于缓存与实时更新",
    )


def delivery(metadata: MetaData) -> Table:
    """
    Declare deliveries.

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
        "delivery",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="批次编号"),
        Column("form", Text, nullable=False, comment="表单名"),
        Column("file_name", Text, nullable=False, info=PERSONAL, comment="文件名"),
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


def raster(metadata: MetaData) -> Table:
    """
    Declare rasters.

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
        Column("hazard", Text, comment="灾种；空为不属于某一灾种"),
        Column("return_period_years", Float, comment="重现期，年；空为未声明"),
        Column(
            "rung", Text, comment="如何得到：spill、simulation、imported、connected；空为不适用"
        ),
        Column("vertical_rmse_m", Float, comment="高程中误差，米；空为未声明"),
        Column("provenance", JSONB, comment="由何算出：输入、参数、程序版本；空为交付"),
        comment="栅格交付物；读写经 rasterio",
    )
