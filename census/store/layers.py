"""Write frames into tables by binary COPY and read tables as frames through Arrow."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import geopandas as gpd
import numpy as np
import pandas as pd
import pgpq
import pyarrow as pa
import shapely
from geoalchemy2 import Geometry
from pgpq import encoders
from pgpq import schema as postgres
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import Select

from census.errors import LayerWriteError
from census.store.cell_tiles import CROWDED
from census.store.connection import Store
from census.store.deliveries import bump_generation, generation, record_delivery
from census.store.rasters import get_raster, put_raster, rasters

__all__ = [
    "bump_generation",
    "generation",
    "get_raster",
    "put_raster",
    "rasters",
    "read_layer",
    "record_delivery",
    "stage_rows",
    "write_layer",
]

# About 1 mm: the precision that coordinates are stored with, degrees.
PRECISION_DEGREE = 1e-8
BATCH_ROWS = 65536

_ARROW = (
    (SmallInteger, pa.int16()),
    (BigInteger, pa.int64()),
    (Integer, pa.int32()),
    (Float, pa.float64()),
    (Boolean, pa.bool_()),
    (Text, pa.string()),
    (JSONB, pa.string()),
    (DateTime, pa.timestamp("us", tz="UTC")),
    (Date, pa.date32()),
    (LargeBinary, pa.binary()),
    (Geometry, pa.binary()),
)

# Whole numbers that may have gaps, by their bits.
_WHOLE = {16: pd.Int16Dtype(), 32: pd.Int32Dtype(), 64: pd.Int64Dtype()}


def _arrow_type(kind: Any) -> pa.DataType:
    if isinstance(kind, ARRAY):
        return pa.list_(_arrow_type(kind.item_type))
    return next(arrow for known, arrow in _ARROW if isinstance(kind, known))


def _table(store: Store, name: str) -> Table:
    return store.tables.metadata.tables[f"census.{name}"]


def _where(table: Table, where: Mapping[str, object] | None) -> list[Any]:
    conditions: list[Any] = []
    for name, value in (where or {}).items():
        column = table.c[name]
        if value is None:
            conditions.append(column.is_(None))
        elif isinstance(value, Iterable) and not isinstance(value, str):
            conditions.append(column.in_(list(value)))
        else:
            conditions.append(column == value)
    return conditions


def write_layer(
    store: Store,
    table_name: str,
    frame: pd.DataFrame,
    *,
    delivery_id: int | None,
    replace: bool = True,
    where: Mapping[str, object] | None = None,
    connection: Connection | None = None,
) -> int:
    """
    Write a frame into a table by binary COPY, all rows or none.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A table of schema ``census``, singular, such as ``building``.
    frame
        Columns of the table; absent ones take the table's default. A GeoDataFrame in any known
        CRS is brought to the district's; its geometry becomes column ``geom``, made multi where
        the table asks for it, coordinates rounded to 1e-8 degree (about 1 mm); areas of crowded
        layers turn clockwise, as their tiles want them.
    delivery_id
        The batch the rows come from; None for a product.
    replace
        Delete the stored rows first.
    where
        Columns and values of the stored rows to delete; None for all.
    connection
        The caller's transaction; None for one of its own.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    LayerWriteError
        If a column is unknown, the CRS is missing or a geometry does not fit the table.
    """
    if connection is None:
        with store.begin() as own:
            return write_layer(
                store, table_name, frame, delivery_id=delivery_id, replace=replace, where=where,
                connection=own,
            )  # fmt: skip
    table = _table(store, table_name)
    rows = _prepared(store, table, frame, delivery_id)
    if replace:
        connection.execute(delete(table).where(*_where(table, where)))
    if len(rows):
        _copy(connection, table, rows)
    connection.execute(select(func.census.analyze_layer(table_name)))
    if table_name in CROWDED.values():
        connection.execute(select(func.census.rebuild_cells(table_name)))
    return len(rows)


def stage_rows(
    store: Store,
    connection: Connection,
    table_name: str,
    frame: pd.DataFrame,
) -> None:
    """
    Write a frame by binary COPY into the temporary table ``delivered``, made like a table.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction at whose end the table vanishes.
    table_name
        A table of schema ``census``.
    frame
        As for :func:`write_layer`; staged again, more rows join those that are there.

    Raises
    ------
    LayerWriteError
        As :func:`write_layer`.
    """
    table = _table(store, table_name)
    rows = _prepared(store, table, frame, None)
    like = f"like census.{table.name} including defaults"
    connection.execute(
        text(
            f"create temp table if not exists delivered ({like}, "
            "at bigint generated always as identity primary key) on commit drop"
        )
    )
    if len(rows):
        _copy(connection, table, rows, target="pg_temp.delivered")
    connection.execute(text("analyze delivered"))


def _prepared(
    store: Store, table: Table, frame: pd.DataFrame, delivery_id: int | None
) -> pd.DataFrame:
    rows = pd.DataFrame(frame.drop(columns=_geometry_name(frame)))
    if isinstance(frame, gpd.GeoDataFrame):
        rows["geom"] = _stored_geometry(store, table, frame)
    if "delivery_id" in table.c and delivery_id is not None:
        rows["delivery_id"] = delivery_id
    unknown = sorted(set(rows.columns) - set(table.c.keys()))
    if unknown:
        raise LayerWriteError(
            table.name, f"it has no column {', '.join(unknown)}", f"没有列 {'、'.join(unknown)}"
        )
    return rows


def _geometry_name(frame: pd.DataFrame) -> list[str]:
    return [str(frame.geometry.name)] if isinstance(frame, gpd.GeoDataFrame) else []


def _stored_geometry(store: Store, table: Table, frame: gpd.GeoDataFrame) -> np.ndarray[Any, Any]:
    if frame.crs is None:
        raise LayerWriteError(table.name, "its frame has no CRS", "数据没有坐标系")
    shapes = frame.geometry.to_crs(store.district.srid).to_numpy()
    rounded = shapely.set_precision(shapes, PRECISION_DEGREE, mode="valid_output")
    # A sliver thinner than a millimetre would vanish; it is kept as it came.
    shapes = np.where(shapely.is_empty(rounded), shapes, rounded)
    kind: Any = table.c.geom.type
    wanted = str(kind.geometry_type)
    shapes = _as_kind(shapes, wanted)
    shapes = _canonical(shapes)
    kinds = np.char.upper(pd.Series(shapes, dtype=object).map(_kind).to_numpy(dtype=str))
    wrong = sorted({k for k in kinds if k not in (wanted, "NONE")} if wanted != "GEOMETRY" else ())
    if wrong:
        reason = f"{', '.join(wrong)} where {wanted} is stored"
        raise LayerWriteError(table.name, reason, f"几何类型 {'、'.join(wrong)} 应为 {wanted}")
    return np.asarray(
        shapely.to_wkb(
            shapely.set_srid(shapes, store.district.srid), include_srid=True, byte_order=1
        ),
        dtype=object,
    )


def _canonical(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    # An area delivered again may begin at another vertex; GEOS lets shells turn clockwise, which
    # is as tiles want them. A line keeps its direction, which may mean something.
    out = shapes.copy()
    areas = np.isin(shapely.get_type_id(shapes), (3, 6))
    out[areas] = shapely.normalize(shapes[areas])
    return out


def _kind(shape: object) -> str:
    return getattr(shape, "geom_type", None) or "NONE"


# Type numbers of shapely: the single part, the multi geometry, and what wraps one into the other.
_PARTS: dict[str, tuple[int, int, Any]] = {
    "MULTIPOLYGON": (3, 6, shapely.multipolygons),
    "MULTILINESTRING": (1, 5, shapely.multilinestrings),
    "LINESTRING": (1, 5, None),
    "POINT": (0, 4, None),
}


def _as_kind(shapes: np.ndarray[Any, Any], wanted: str) -> np.ndarray[Any, Any]:
    # Single parts are wrapped into multi geometry, multi geometry of one part is unwrapped.
    types = shapely.get_type_id(shapes)
    part, multi, wrap = _PARTS.get(wanted, (None, None, None))
    out = shapes.copy()
    if wrap is not None:
        for i in np.flatnonzero(types == part):
            out[i] = wrap([shapes[i]])
    elif part is not None:
        for i in np.flatnonzero((types == multi) & (shapely.get_num_geometries(shapes) == 1)):
            out[i] = shapely.get_geometry(shapes[i], 0)
    return out


def _arrow_column(column: Column[Any], values: pd.Series) -> pa.Array:
    kind = _arrow_type(column.type)
    if isinstance(column.type, JSONB):
        values = values.map(lambda v: None if v is None else json.dumps(v, ensure_ascii=False))
    if pa.types.is_list(kind):
        return pa.array([None if v is None else list(v) for v in values], kind)
    if pa.types.is_integer(kind):
        # Whole numbers with gaps arrive as floats; a fraction is a fault, not rounded.
        values = values.astype(_WHOLE[kind.bit_width])
    return pa.Array.from_pandas(values, type=kind)


def _copy(
    connection: Connection, table: Table, rows: pd.DataFrame, *, target: str | None = None
) -> None:
    try:
        arrays = {name: _arrow_column(table.c[name], rows[name]) for name in rows.columns}
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError) as fault:
        raise LayerWriteError(table.name, str(fault), str(fault)) from fault
    batch_table = pa.table(arrays)
    encoder = pgpq.ArrowToPostgresBinaryEncoder.new_with_encoders(
        batch_table.schema, {f.name: _encoder(f, table.c[f.name]) for f in batch_table.schema}
    )
    names = ", ".join(f'"{name}"' for name in rows.columns)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  (a checked-out connection has a driver)
    with (
        driver.cursor() as cursor,
        cursor.copy(
            f"copy {target or f'census.{table.name}'} ({names}) from stdin (format binary)"
        ) as copy,
    ):
        copy.write(encoder.write_header())
        for batch in batch_table.to_batches(BATCH_ROWS):
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())


def _encoder(field: pa.Field, column: Column[Any]) -> Any:
    if isinstance(column.type, JSONB):
        return encoders.StringEncoderBuilder.new_with_output(field, postgres.Jsonb())
    return pgpq.ArrowToPostgresBinaryEncoder.infer_encoder(field)


def read_layer(
    store: Store,
    table_name: str,
    *,
    where: Mapping[str, object] | None = None,
    columns: list[str] | None = None,
) -> Any:
    """
    Read a table as a frame, ordered by its primary key.

    Parameters
    ----------
    store
        The store, role app or owner.
    table_name
        A table of schema ``census``.
    where
        Columns and the value, or the list of values, that rows must have.
    columns
        Columns wanted; None for all.

    Returns
    -------
    Any
        GeoDataFrame in the district's geographic CRS where ``geom`` is among the columns (its
        geometry column is ``geom``), else DataFrame. Whole numbers with gaps are floats with NaN.
    """
    table = _table(store, table_name)
    wanted = [table.c[name] for name in columns or table.c.keys()]
    query = (
        select(*[_sent(column) for column in wanted])
        .where(*_where(table, where))
        .order_by(*table.primary_key)
    )
    received = _arrow(store, query)
    return _frame(store, received, wanted)


def _sent(column: Column[Any]) -> Any:
    if isinstance(column.type, Geometry):
        return func.st_asbinary(column, type_=LargeBinary).label(column.name)
    if isinstance(column.type, JSONB):
        return column.cast(Text).label(column.name)
    return column


def _arrow(store: Store, query: Select[Any]) -> pa.Table:
    dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    names = getattr(compiled, "positiontup", None) or []
    values = [(compiled.params or {})[name] for name in names]
    with adbc.connect(store.address) as connection, connection.cursor() as cursor:
        cursor.execute(str(compiled), values or None)
        return cursor.fetch_arrow_table()


def _frame(store: Store, received: pa.Table, columns: list[Column[Any]]) -> Any:
    frame = received.to_pandas()
    for column in columns:
        if isinstance(column.type, JSONB):
            frame[column.name] = [None if v is None else json.loads(v) for v in frame[column.name]]
    if "geom" not in frame.columns:
        return frame
    shapes = shapely.from_wkb(received["geom"].to_numpy())
    return gpd.GeoDataFrame(
        frame.drop(columns="geom"), geometry=shapes, crs=store.district.srid
    ).rename_geometry("geom")
