"""Rows of a layer into the files that other programs read, so that each can come back unchanged."""

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from census.intake.drawn_tables import shape_cells
from census.intake.emptied import COLUMNS
from census.products.export_rows import place_columns, whole_digits
from census.products.qgis_styles import Look, write_styles
from census.store.formulas import guard

Writer = Callable[[Any, Path, str, Look | None], None]
# By how many dimensions its shapes have: a layer of several kinds is one layer for each in a GIS.
_KINDS: Final = ("points", "lines", "areas")


def _plain(frame: Any) -> Any:
    """Write lists and mappings as JSON, for formats that know neither."""
    out = frame.copy()
    for name in out.columns:
        column = out[name]
        if name != "geom" and column.dtype == object:
            out[name] = pd.Series([_text(value) for value in column], out.index, dtype=object)
    return out


def _text(value: object) -> object:
    if hasattr(value, "tolist"):
        value = value.tolist()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _rows(frame: Any) -> pd.DataFrame:
    """Turn a layer into plain rows: shapes as text, and no cell that computes."""
    table = pd.DataFrame(_plain(frame).drop(columns="geom", errors="ignore"))
    if isinstance(frame, gpd.GeoDataFrame):
        table = pd.concat([table, place_columns(frame)], axis="columns")
        shapes = frame.geometry.to_numpy()
        # Without rows nothing tells what shapes they would have.
        if not len(frame) or not (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
            told = shape_cells(shapes, frame.crs.to_epsg()).set_index(frame.index)
            table = pd.concat([table, told], axis="columns")
    for name in table.select_dtypes("datetimetz").columns:
        # A sheet knows no zones: the time on the wall, as the forms take it back.
        table[name] = table[name].dt.tz_localize(None).dt.strftime("%Y-%m-%d %H:%M:%S")
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = pd.Series([guard(v) for v in table[name]], table.index, dtype=object)
    return table


def _write_gpkg(frame: Any, path: Path, layer: str, look: Look | None) -> None:
    written = {}
    for name in frame.select_dtypes("datetimetz").columns:
        # The format tells times of day by the clock of Greenwich alone.
        frame = frame.assign(**{name: frame[name].dt.tz_convert("UTC")})
    for name, part in _by_kind(frame, layer).items():
        _write_ogr(part, path, name, "GPKG")
        written[name] = part
    if look is not None and isinstance(frame, gpd.GeoDataFrame):
        write_styles(path, dict.fromkeys(written, look), written)


def _by_kind(frame: Any, layer: str) -> Mapping[str, Any]:
    """Part a layer of points, lines and areas: a GIS gives each kind its own symbols."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return {layer: frame}
    dimensions = shapely.get_dimensions(frame.geometry.to_numpy())
    kinds = np.unique(dimensions[dimensions >= 0])
    if len(kinds) <= 1:
        return {layer: frame}
    # What has no shape stays with the first kind.
    dimensions = np.where(dimensions < 0, kinds[0], dimensions)
    return {f"{layer}_{_KINDS[kind]}": frame[dimensions == kind] for kind in kinds}


def _write_geojson(frame: Any, path: Path, layer: str, look: Look | None) -> None:
    """Write by hand: the library rounds numbers and takes texts in brackets for more JSON."""
    del look
    shapes = np.full(len(frame), None, dtype=object)
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = shapely.to_geojson(frame.geometry.to_crs(4326).to_numpy())
    table = _plain(pd.DataFrame(frame).drop(columns="geom", errors="ignore"))
    columns = [[_json_value(value) for value in table[name].astype(object)] for name in table]
    names = list(table.columns)
    # Without features the format keeps no columns: a member of their own names them.
    told = f'"{COLUMNS}": {json.dumps(names)}, ' if not len(frame) else ""
    head = f'{{"type": "FeatureCollection", "name": {json.dumps(layer)}, {told}"features": [\n'
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for number, shape in enumerate(shapes):
            values = {name: column[number] for name, column in zip(names, columns, strict=True)}
            told = json.dumps(values, ensure_ascii=False, allow_nan=False)
            file.write(",\n" if number else "")
            file.write(
                f'{{"type": "Feature", "properties": {told}, "geometry": {shape or "null"}}}'
            )
        file.write("\n]}\n")


def _json_value(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _write_ogr(frame: Any, path: Path, layer: str, driver: str) -> None:
    pyogrio.write_dataframe(_plain(frame), path, layer=layer, driver=driver, use_arrow=True)


def _write_csv(frame: Any, path: Path, layer: str, look: Look | None) -> None:
    del layer, look
    # With its mark Excel reads UTF-8 as UTF-8; without, Chinese turns to noise.
    _rows(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _write_xlsx(frame: Any, path: Path, layer: str, look: Look | None) -> None:
    del look
    table = _rows(frame)
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(layer)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, bold)
            for row, value in enumerate(table[name].astype(object), start=1):
                _write_cell(sheet, row, column, value)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    """Write a cell by its kind: a text is never taken for a formula, a number keeps its digits."""
    if value is None or value is pd.NA or value is pd.NaT:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool | np.bool_):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, float | np.floating) and not math.isfinite(value):
        return
    elif isinstance(value, int | float | np.number):
        number = whole_digits(value)
        write = sheet.write_string if isinstance(number, str) else sheet.write_number
        write(row, column, number)
    else:
        sheet.write_string(row, column, str(value))


def _write_parquet(frame: Any, path: Path, layer: str, look: Look | None) -> None:
    del layer, look
    frame.to_parquet(path, index=False, compression="zstd")


WRITERS: Final[Mapping[str, Writer]] = MappingProxyType(
    {
        "gpkg": _write_gpkg,
        "geojson": _write_geojson,
        "csv": _write_csv,
        "xlsx": _write_xlsx,
        "parquet": _write_parquet,
    }
)
"""Formats that are written, by the name that is typed."""
