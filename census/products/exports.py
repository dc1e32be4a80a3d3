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

from census.errors import CensusError, NotYetMadeError, UnknownLayerError
from census.intake.forms import form_named
from census.intake.writing import write_table
from census.products.export_files import WRITERS
from census.products.export_rows import TABLES, as_delivered, form_of, risk_zones, rows_of
from census.products.qgis_styles import Look
from census.products.risk_areas import risk_areas
from census.products.zoning_run import cells_name
from census.store.actors import Actor, visitor
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.offered import (
    FORM_FORMATS,
    PERSONAL_LAYERS,
    PRODUCTS,
    RASTER_FORMATS,
    RASTERS,
)
from census.store.personal import export_residents
from census.store.rasters import get_raster
from census.store.zoning import current_run


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
    store: Store,
    layer: str,
    file_format: str,
    out: Path,
    *,
    actor: Actor | None = None,
    look: Look | None = None,
    hazard: str | None = None,
) -> int:
    """
    Write a layer to a file, which an import of its form takes back without a change.

    Parameters
    ----------
    store
        The store, role app.
    layer
        A name of ``LAYERS``, ``OFFICE_LAYERS``, ``PRODUCTS``, ``PERSONAL_LAYERS`` or ``RASTERS``.
    file_format
        ``gpkg``, ``geojson``, ``csv``, ``xlsx`` or ``parquet``; ``form`` for the workbook of the
        layer's form, filled; ``tif`` for a raster.
    out
        The file; replaced where it exists, never left half-written.
    actor
        Who takes it out; nobody unnamed takes out a layer of persons, nor the texts that people
        type freely.
    look
        How a GIS draws it; kept in a GeoPackage.
    hazard
        Hazard of risk zones and areas; None for zones of the leading one, areas of all.

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
    known = [*TABLES, *PRODUCTS, *PERSONAL_LAYERS, *RASTERS]
    if layer not in known:
        raise UnknownLayerError(layer, known)
    formats = formats_of(layer)
    if file_format not in formats:
        raise UnknownFormatError(file_format, list(formats))
    if layer in RASTERS:
        cells = get_raster(store, layer)
        _place(out, lambda fresh: fresh.write_bytes(cells))
        return 1
    frame: Any
    if layer in PERSONAL_LAYERS:
        frame = pd.DataFrame(export_residents(store, actor or visitor("")), columns=_person(layer))
    elif layer in PRODUCTS:
        frame = risk_areas(store, hazard)
    else:
        frame = rows_of(store, layer, actor, hazard=hazard)
    if file_format in FORM_FORMATS:
        filled = as_delivered(frame, form_named(layer), _names(store))
        _place(out, lambda fresh: write_table(form_named(layer), filled, fresh), "xlsx")
        return len(filled)
    _place(out, lambda fresh: WRITERS[file_format](frame, fresh, layer, look), file_format)
    return len(frame)


def formats_of(layer: str) -> tuple[str, ...]:
    """
    Name the formats that a layer is written in.

    Parameters
    ----------
    layer
        Name of a layer.

    Returns
    -------
    tuple of str
        The formats; a workbook of its form where it has one.
    """
    if layer in RASTERS:
        return RASTER_FORMATS
    return (*WRITERS, *(FORM_FORMATS if form_of(layer) else ()))


def _person(layer: str) -> list[str]:
    return [each.name for each in form_named(layer).fields]


def _names(store: Store) -> dict[str, str]:
    rows = read_layer(store, "division", columns=["code", "name"])
    return dict(zip(rows["code"], rows["name"], strict=True))


def _place(out: Path, write: Callable[[Path], object], suffix: str = "tif") -> None:
    """Write beside and rename: what fails leaves no half file under the good name."""
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as scratch:
            fresh = Path(scratch) / f"fresh.{suffix}"
            write(fresh)
            fresh.replace(out)
    except OSError as fault:
        raise ExportFolderError(out, fault.strerror or str(fault)) from fault


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
    _write_zones(risk_zones(store, hazard), zones_path, about)
    cells_path.write_bytes(get_raster(store, cells_name(hazard)))
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
