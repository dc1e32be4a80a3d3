"""GeoParquet into raw rows: columns as Arrow reads them, shapes as bytes, the CRS as its text.

What a file says of itself beside that, such as the notes of programs, is never interpreted.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from census.intake.fields import Form
from census.intake.problems import Problem, Source
from census.intake.raw import RawShapes, RawTable, UnreadableError, distinct, require_columns
from census.intake.shape_bytes import without_harm
from census.intake.untaken import WITHOUT_SHAPES_EN, WITHOUT_SHAPES_ZH

NAME: Final = "GeoParquet"
MOST_ROWS: Final = 5_000_000
# Longitude and latitude of WGS 84: what the format means where it names no CRS.
_UNSAID: Final = "OGC:CRS84"


def read_geoparquet(path: Path, form: Form, *, file: str) -> tuple[list[RawTable], list[Problem]]:
    """
    Read a GeoParquet file, or a Parquet file without shapes.

    Parameters
    ----------
    path
        ``.parquet``.
    form
        The form; one without geometry takes a file without shapes.
    file
        What the delivered file is called.

    Returns
    -------
    tables : list of RawTable
        One.
    problems : list of Problem
        Headings that repeat, shapes taken out.

    Raises
    ------
    UnreadableError
        When it is no Parquet, or its shapes are not well-known binary.
    """
    problems: list[Problem] = []
    here = Source(file)
    try:
        with pq.ParquetFile(path) as source:
            _require_limits(source)
            about = _about(source)
            read: pa.Table = source.read(use_threads=False)
    except (pa.ArrowException, ValueError, KeyError, TypeError) as fault:
        raise UnreadableError(NAME, str(fault), str(fault)) from fault
    rows = np.arange(1, len(read) + 1, dtype=np.int64)
    shapes = None
    if about is not None:
        if form.geometry == "none":
            raise UnreadableError(NAME, WITHOUT_SHAPES_EN, WITHOUT_SHAPES_ZH)
        wkb, crs = _shapes(read, about)
        kept, found = without_harm(wkb, rows, here)
        problems += found
        shapes = RawShapes(kept, crs)
        read = read.drop_columns([about["primary_column"]])
    headings = distinct([str(name) for name in read.column_names], here, problems)
    values = {number: _values(read.column(number)) for number in range(read.num_columns)}
    frame = pd.DataFrame(values, index=range(len(rows)))
    frame.columns = headings
    return [RawTable("", headings, frame, rows, shapes)], problems


def _require_limits(source: pq.ParquetFile) -> None:
    require_columns(NAME, source.metadata.num_columns)
    if source.metadata.num_rows > MOST_ROWS:
        raise UnreadableError(
            NAME,
            f"it has {source.metadata.num_rows:,} rows, more than {MOST_ROWS:,}; deliver the "
            "district alone",
            f"有 {source.metadata.num_rows:,} 行，超过 {MOST_ROWS:,}；请只交付本区",
        )


def _about(source: pq.ParquetFile) -> dict[str, Any] | None:
    """Give what the file tells of its column of shapes; None where it has none."""
    text = (source.schema_arrow.metadata or {}).get(b"geo")
    if text is None:
        return None
    told = json.loads(text)
    name = told["primary_column"]
    column = told["columns"][name]
    if column.get("encoding") != "WKB" or name not in source.schema_arrow.names:
        raise UnreadableError(
            NAME,
            f"its shapes are encoded as {column.get('encoding')}; export them as WKB",
            f"图形编码为 {column.get('encoding')}；请按 WKB 导出",
        )
    return {"primary_column": name, "crs": column.get("crs", _UNSAID)}


def _shapes(read: pa.Table, about: dict[str, Any]) -> tuple[Any, str | None]:
    column = read.column(about["primary_column"])
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise UnreadableError(
            NAME, f"its shapes are of the kind {column.type}", f"图形列类型为 {column.type}"
        )
    crs = about["crs"]
    wkb = column.to_numpy(zero_copy_only=False)
    return wkb, crs if crs is None or isinstance(crs, str) else json.dumps(crs)


def _values(column: pa.ChunkedArray) -> Any:
    """Give values as texts, numbers, days and times; lists and other nested values as text."""
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_dictionary(kind):
        plain = [None if value is None else _text(value) for value in column.to_pylist()]
        return np.array([*plain, None], dtype=object)[:-1]
    if pa.types.is_timestamp(kind):
        return column.to_pandas().dt.as_unit("ms")
    if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_boolean(kind):
        # Whole numbers with gaps would become fractions, marks with gaps texts.
        return np.array([*column.to_pylist(), None], dtype=object)[:-1]
    if pa.types.is_floating(kind):
        return column.to_numpy(zero_copy_only=False)
    return np.array([*map(_plain, column.to_pylist()), None], dtype=object)[:-1]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


def _text(value: Any) -> str:
    return (
        "、".join(map(str, value))
        if isinstance(value, list)
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )
