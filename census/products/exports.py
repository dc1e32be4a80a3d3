"""Take layers and finished runs out of the store as files that other programs read."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from census.errors import CensusError, NotYetMadeError, UnknownLayerError
from census.products.zoning_run import CELLS
from census.store.actors import Actor, visitor
from census.store.connection import Store
from census.store.formulas import guard
from census.store.layers import read_layer
from census.store.offered import (
    LAYERS,
    OFFICE_LAYERS,
    PERSONAL_LAYERS,
    RASTER_FORMATS,
    RASTERS,
)
from census.store.personal import export_residents
from census.store.privacy import personal_of
from census.store.rasters import get_raster
from census.store.zoning import current_run

INTERNAL = ("delivery_id", "source_row", "notes")
TABLES = {**LAYERS, **OFFICE_LAYERS}


class UnknownFormatError(CensusError):
    """
    A file format was asked for that is not written.

    Parameters
    ----------
    name
        The format asked for.
    known
        Formats that are written.
    """

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"The format {name!r} is not written for this layer. Formats: {', '.join(known)}.",
            f"该图层不支持导出格式“{name}”。可用格式：{'、'.join(known)}。",
        )


class ExportFolderError(CensusError):
    """
    An export cannot be written where it was asked for.

    Parameters
    ----------
    path
        The file.
    reason
        What the system answered.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written: {reason}. Name another file; none was left half-written.",
            f"无法写入 {path}：{reason}。请另选文件；没有留下不完整的文件。",
        )


def export_layer(
    store: Store, layer: str, file_format: str, out: Path, *, actor: Actor | None = None
) -> int:
    """
    Write a layer to a file.

    Parameters
    ----------
    store
        The store, role app.
    layer
        A name of ``LAYERS``, ``OFFICE_LAYERS``, ``PERSONAL_LAYERS`` or ``RASTERS``.
    file_format
        ``gpkg``, ``geojson``, ``csv``, ``xlsx`` or ``parquet``; ``tif`` for a raster.
    out
        The file; replaced where it exists, never left half-written.
    actor
        Who takes it out; nobody unnamed takes out a layer of persons.

    Returns
    -------
    int
        Rows written; 1 for a raster.

    Raises
    ------
    UnknownLayerError
        If the layer is not offered.
    UnknownFormatError
        If the format is not written.
    NotYetMadeError
        If risk zones are asked for before the first zoning, or a raster that was not delivered.
    ExportFolderError
        If the file cannot be written.
    ForbiddenError
        If the layer tells of persons and the actor may not take it out.
    """
    known = [*TABLES, *PERSONAL_LAYERS, *RASTERS]
    if layer not in known:
        raise UnknownLayerError(layer, known)
    formats = RASTER_FORMATS if layer in RASTERS else tuple(WRITERS)
    if file_format not in formats:
        raise UnknownFormatError(file_format, list(formats))
    if layer in RASTERS:
        cells = get_raster(store, layer)
        _place(out, lambda fresh: fresh.write_bytes(cells))
        return 1
    if layer in PERSONAL_LAYERS:
        frame = pd.DataFrame(export_residents(store, actor or visitor("")))
    else:
        frame = _risk_zones(store) if layer == "risk_zones" else _stored(store, layer)
    _place(out, lambda fresh: WRITERS[file_format](frame, fresh, layer), file_format)
    return len(frame)


def _place(out: Path, write: Callable[[Path], object], suffix: str = "tif") -> None:
    """Write beside and rename: what fails leaves no half file under the good name."""
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as scratch:
            fresh = Path(scratch) / f"fresh.{suffix}"
            write(fresh)
            fresh.replace(out)
    except OSError as fault:
        raise ExportFolderError(out, fault.strerror or str(fault)) from fault


def _stored(store: Store, layer: str) -> Any:
    frame = _local(read_layer(store, TABLES[layer]), store.district.timezone)
    # What people typed freely may name somebody: the public schema has it not, nor has a file.
    table = store.tables.metadata.tables[f"census.{TABLES[layer]}"]
    hidden = {each.name for each in personal_of(table)} | set(INTERNAL)
    first = [name for name in ("code", "name", "level") if name in frame.columns]
    rest = [name for name in frame.columns if name not in {*first, *hidden, "geom"}]
    kept = [*first, *rest, *(["geom"] if "geom" in frame.columns else [])]
    return frame[kept]


def _local(frame: Any, zone: str) -> Any:
    """Tell times of day in the district's zone, in which forms take them too."""
    for name in frame.select_dtypes("datetimetz").columns:
        frame[name] = frame[name].dt.tz_convert(zone)
    return frame


def _risk_zones(store: Store) -> gpd.GeoDataFrame:
    """Join the zones of the current run with name and outline of their division."""
    run = current_run(store, "flood")
    if run is None:
        raise NotYetMadeError("zoning run", "风险区划", "riskatlas zone")
    zones = read_layer(store, "risk_zone", where={"run_id": run["id"]})
    divisions = read_layer(
        store, "division", columns=["code", "name", "town_code", "village_code", "geom"]
    )
    joined = divisions.merge(zones, left_on="code", right_on="division_code", validate="1:1")
    joined = joined.drop(columns=["division_code", "run_id"])
    first = ["code", "name", "level", "risk_class", "risk_word", "risk_index"]
    rest = [name for name in joined.columns if name not in {*first, "geom"}]
    return joined[[*first, *rest, "geom"]].sort_values(["level", "code"]).reset_index(drop=True)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
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


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a layer into plain rows: a place instead of a shape, and no cell that computes."""
    table = pd.DataFrame(_plain(frame).drop(columns="geom", errors="ignore"))
    if isinstance(frame, gpd.GeoDataFrame):
        inner = frame.geometry.representative_point()
        table["longitude"], table["latitude"] = inner.x.round(7), inner.y.round(7)
    for name in table.select_dtypes("datetimetz").columns:
        # A sheet knows no zones: the time on the wall, as the forms take it back.
        table[name] = table[name].dt.tz_localize(None).dt.strftime("%Y-%m-%d %H:%M:%S")
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = pd.Series([guard(v) for v in table[name]], table.index, dtype=object)
    return table


def _write_gpkg(frame: Any, path: Path, layer: str) -> None:
    _write_ogr(frame, path, layer, "GPKG")


def _write_geojson(frame: Any, path: Path, layer: str) -> None:
    shaped = frame.to_crs(4326) if isinstance(frame, gpd.GeoDataFrame) else frame
    _write_ogr(shaped, path, layer, "GeoJSON")


def _write_ogr(frame: Any, path: Path, layer: str, driver: str) -> None:
    pyogrio.write_dataframe(_plain(frame), path, layer=layer, driver=driver)


def _write_csv(frame: Any, path: Path, _layer: str) -> None:
    # With its mark Excel reads UTF-8 as UTF-8; without, Chinese turns to noise.
    _rows(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _write_xlsx(frame: Any, path: Path, layer: str) -> None:
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as book:
        _rows(frame).to_excel(book, sheet_name=layer, index=False)


def _write_parquet(frame: Any, path: Path, _layer: str) -> None:
    frame.to_parquet(path, index=False, compression="zstd")


WRITERS: dict[str, Callable[[Any, Path, str], None]] = {
    "gpkg": _write_gpkg,
    "geojson": _write_geojson,
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
}
"""Formats that are written."""


def export_run(store: Store, out_dir: Path, *, hazard: str = "flood") -> dict[str, Path]:
    """
    Write the current zoning run: zones as GeoParquet, cells as cloud-optimised GeoTIFF.

    The same inputs, parameters and code give the same bytes, whatever the process, its hash seed,
    its threads and the order of the rows; neither number nor time of the run is in them.

    Parameters
    ----------
    store
        The store, role app.
    out_dir
        Folder; made where it is missing.
    hazard
        The hazard.

    Returns
    -------
    dict
        Paths of ``zones`` and ``cells``.

    Raises
    ------
    NotYetMadeError
        If the hazard was never zoned.
    """
    run = current_run(store, hazard)
    if run is None:
        raise NotYetMadeError("zoning run", "风险区划", "riskatlas zone")
    out_dir.mkdir(parents=True, exist_ok=True)
    zones_path, cells_path = out_dir / f"{hazard}_zones.parquet", out_dir / f"{hazard}_cells.tif"
    about = {
        "hazard": run["hazard"],
        "data_date": run["data_date"].isoformat(),
        "rule_edition": run["rule_edition"],
        "code_version": run["code_version"].split("+")[0],
        "fingerprint": run["inputs"]["fingerprint"],
        "scheme": run["scheme"],
        "attribution": store.district.attribution,
        "is_made_up": store.district.is_made_up,
    }
    _write_zones(_risk_zones(store), zones_path, about)
    cells_path.write_bytes(get_raster(store, CELLS))
    return {"zones": zones_path, "cells": cells_path}


def _write_zones(zones: gpd.GeoDataFrame, path: Path, about: dict[str, Any]) -> None:
    """Write GeoParquet with what the zones were made from in its metadata."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        fresh = Path(scratch) / path.name
        zones.to_parquet(fresh, index=False, compression="zstd")
        table: pa.Table = pq.read_table(fresh, use_threads=False)
        text = json.dumps(about, ensure_ascii=False, sort_keys=True)
        metadata = {**(table.schema.metadata or {}), b"riskatlas": text.encode()}
        pq.write_table(table.replace_schema_metadata(metadata), fresh, compression="zstd")
        fresh.replace(path)
