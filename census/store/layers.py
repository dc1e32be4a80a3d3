"""Write frames into tables by binary COPY and read tables as frames through Arrow."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

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
from census.store.shape_encoding import encoded, require_kind

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

BATCH_ROWS = 16_384

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
        _copy(store, connection, table, rows)
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
            "at bigint generated always as identity) on commit drop"
        )
    )
    if len(rows):
        _copy(store, connection, table, rows, target="pg_temp.delivered")


def _prepared(
    store: Store, table: Table, frame: pd.DataFrame, delivery_id: int | None
) -> pd.DataFrame:
    """Name the columns as the table does; shapes are in the store's CRS, and not yet encoded."""
    rows = pd.DataFrame(frame.drop(columns=_geometry_name(frame)))
    if isinstance(frame, gpd.GeoDataFrame):
        if frame.crs is None:
            raise LayerWriteError(table.name, "its frame has no CRS", "数据没有坐标系")
        shapes = frame.geometry
        if frame.crs.to_epsg() != store.district.srid:
            shapes = shapes.to_crs(store.district.srid)
        rows["geom"] = np.asarray(shapes.to_numpy(), dtype=object)
        require_kind(rows["geom"].to_numpy(), _kind_of(table), table.name)
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


def _kind_of(table: Table) -> str:
    kind: Any = table.c.geom.type
    return str(kind.geometry_type)


def _arrow_column(table: Table, srid: int, name: str, values: pd.Series) -> pa.Array:
    column = table.c[name]
    kind = _arrow_type(column.type)
    if isinstance(column.type, Geometry):
        given = values.to_numpy(dtype=object)
        return encoded(given, _kind_of(table), srid)
    if isinstance(column.type, JSONB):
        # Most rows have no notes: that is written once for all of them.
        values = values.map(
            lambda v: None if v is None else json.dumps(v, ensure_ascii=False) if v != [] else "[]"
        )
    if pa.types.is_list(kind):
        return pa.array([None if v is None else list(v) for v in values], kind)
    if pa.types.is_integer(kind):
        # Whole numbers with gaps arrive as floats; a fraction is a fault, not rounded.
        values = values.astype(_WHOLE[kind.bit_width])
    array = pa.Array.from_pandas(values, type=kind)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _copy(
    store: Store,
    connection: Connection,
    table: Table,
    rows: pd.DataFrame,
    *,
    target: str | None = None,
) -> None:
    """Copy rows block by block: one is encoded while the server takes in the one before."""
    names = ", ".join(f'"{name}"' for name in rows.columns)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  (a checked-out connection has a driver)
    blocks = (rows.iloc[at : at + BATCH_ROWS] for at in range(0, len(rows), BATCH_ROWS))
    first = _batch(store, table, next(blocks))
    encoder = pgpq.ArrowToPostgresBinaryEncoder.new_with_encoders(
        first.schema, {f.name: _encoder(f, table.c[f.name]) for f in first.schema}
    )
    with (
        ThreadPoolExecutor(1) as beside,
        driver.cursor() as cursor,
        cursor.copy(
            f"copy {target or f'census.{table.name}'} ({names}) from stdin (format binary)"
        ) as copy,
    ):
        copy.write(encoder.write_header())
        batch: pa.RecordBatch | None = first
        while batch is not None:
            block = next(blocks, None)
            ahead = None if block is None else beside.submit(_batch, store, table, block)
            copy.write(encoder.write_batch(batch))
            batch = None if ahead is None else ahead.result()
        copy.write(encoder.finish())


def _batch(store: Store, table: Table, rows: pd.DataFrame) -> pa.RecordBatch:
    srid = store.district.srid
    try:
        arrays = {name: _arrow_column(table, srid, name, rows[name]) for name in rows.columns}
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError) as fault:
        raise LayerWriteError(table.name, str(fault), str(fault)) from fault
    return pa.record_batch(arrays)


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
    with store.arrow.open() as connection, connection.cursor() as cursor:
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
