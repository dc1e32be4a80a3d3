"""Describe the rasters of a zoning run for catalogues: a STAC 1.0 item beside the files."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from rasterio.io import MemoryFile
from rasterio.warp import transform_bounds

from census.errors import CensusError, UnknownRunError
from census.products.zoning_run import cells_name
from census.store.cards import ZoningCard
from census.store.connection import Store
from census.store.rasters import get_raster, rasters
from census.store.zoning_runs import kept_run

CELLS: Final = "cells"
STAC: Final = "1.0.0"
EXTENSIONS: Final = (
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
)
COG: Final = "image/tiff; application=geotiff; profile=cloud-optimized"
TIFF: Final = "image/tiff; application=geotiff"


class CellsGoneError(CensusError):
    """
    The cells of a run were asked for after a later run had taken their place.

    Parameters
    ----------
    number
        Number of the run.
    """

    def __init__(self, number: str) -> None:
        super().__init__(
            f"The cells of run {number} are no longer kept: a later run took their place. Name the "
            "newest run, or zone that data anew.",
            f"区划 {number} 的栅格已不再保存：后来的区划取代了它。请用最新一次区划的编号，"
            "或用当时的数据重新区划。",
        )


def export_item(store: Store, number: str, out_dir: Path) -> dict[str, Path]:
    """
    Write the rasters of a run with a STAC item that describes them.

    Parameters
    ----------
    store
        The store, role app.
    number
        Number of the run.
    out_dir
        Folder; made where it is missing.

    Returns
    -------
    dict
        Paths: ``cells``, ``item``, and the depth raster where it is still the one that was used.

    Raises
    ------
    UnknownRunError
        If there is no run of this number.
    CellsGoneError
        If a later run took the place of its cells.
    """
    run = kept_run(store, number)
    if run is None:
        raise UnknownRunError(number, store.place)
    files = {CELLS: _own_cells(store, run)} | _used_depths(store, run)
    assets = {name: _asset(name, file, f"{number}-{name}.tif") for name, file in files.items()}
    item = _item(store, run, files[CELLS], assets)
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = {name: out_dir / f"{number}-{name}.tif" for name in files}
    for name, file in files.items():
        _place(paths[name], file)
    paths["item"] = out_dir / f"{number}.json"
    text = json.dumps(item, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    _place(paths["item"], f"{text}\n".encode())
    return paths


def _place(path: Path, content: bytes) -> None:
    """Write beside and rename: no half file under the good name."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        fresh = Path(scratch) / path.name
        fresh.write_bytes(content)
        fresh.replace(path)


def _own_cells(store: Store, run: ZoningCard) -> bytes:
    name = cells_name(run.hazard)
    if name not in set(rasters(store)["name"]):
        raise CellsGoneError(run.number)
    file = get_raster(store, name)
    with MemoryFile(file) as memory, memory.open() as raster:
        made_from = raster.tags().get("fingerprint")
    if not run.is_current or made_from != run.inputs.get("fingerprint"):
        raise CellsGoneError(run.number)
    return file


def _used_depths(store: Store, run: ZoningCard) -> dict[str, bytes]:
    name = run.parameters["depth"]["raster"]
    used = run.inputs.get("layers", {}).get(name, {}).get("sha256")
    stored = rasters(store).set_index("name")["sha256"]
    return {name: get_raster(store, name)} if stored.get(name) == used else {}


def _asset(name: str, file: bytes, href: str) -> dict[str, Any]:
    """Describe a file: what it is and, band by band, unit and numbers."""
    with MemoryFile(file) as memory, memory.open() as raster:
        is_cog = raster.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
        bands = [_band(raster, number, name) for number in raster.indexes]
        epsg = raster.crs.to_epsg()
        place = {
            "proj:epsg": epsg, "proj:shape": list(raster.shape),
            "proj:transform": list(raster.transform)[:6],
        }  # fmt: skip
        if epsg is None:
            place["proj:wkt2"] = raster.crs.to_wkt()
    is_data = name == CELLS
    return {
        "href": f"./{href}", "type": COG if is_cog else TIFF, "raster:bands": bands, **place,
        "title": "Residents and risk class per cell 各像元的居民与风险等级" if is_data
        else "Water depth 水深",
        "roles": ["data"] if is_data else ["source"],
    }  # fmt: skip


def _band(raster: Any, number: int, name: str) -> dict[str, Any]:
    cells = raster.read(number, masked=True).compressed()
    cells = cells[np.isfinite(cells)].astype(np.float64)
    tags = raster.tags(number)
    depth = {"name": "depth", "unit": "m"} if name != CELLS else {}
    told = {
        "name": raster.descriptions[number - 1] or depth.get("name", name),
        "description": tags.get("description", ""),
        "unit": raster.units[number - 1] or depth.get("unit", "1"),
        "data_type": raster.dtypes[number - 1],
    }
    nodata = raster.nodatavals[number - 1]
    if nodata is not None:
        told["nodata"] = "nan" if np.isnan(nodata) else nodata
    if len(cells):
        told["statistics"] = {
            "minimum": float(cells.min()), "maximum": float(cells.max()),
            "mean": float(cells.mean()), "valid_percent": 100 * len(cells) / raster.read(1).size,
        }  # fmt: skip
    return told


def _item(
    store: Store, run: ZoningCard, cells: bytes, assets: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    with MemoryFile(cells) as memory, memory.open() as raster:
        degrees = rasterio.crs.CRS.from_epsg(4326)
        west, south, east, north = transform_bounds(raster.crs, degrees, *raster.bounds)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    day = datetime(run.data_date.year, run.data_date.month, run.data_date.day, tzinfo=UTC)
    return {
        "type": "Feature", "stac_version": STAC, "stac_extensions": list(EXTENSIONS),
        "id": run.number, "bbox": [west, south, east, north],
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "datetime": _instant(day), "created": _instant(run.made_at.astimezone(UTC)),
            "title": f"{store.district.name_en} {run.number}",
            "description": f"Risk zoning of {store.district.name_en} ({run.hazard}), "
            f"{run.rule_edition}. {store.district.attribution}",
            "riskatlas:hazard": run.hazard, "riskatlas:rule_edition": run.rule_edition,
            "riskatlas:code_version": run.code_version,
            "riskatlas:fingerprint": run.inputs.get("fingerprint"),
            "riskatlas:scheme": dict(run.scheme),
            "riskatlas:depth": dict(run.summary.get("depth", {})),
            "riskatlas:evacuate_depth_m": run.parameters["depth"]["evacuate_depth_m"],
            "riskatlas:people_in_hazard": run.summary.get("people_in_hazard"),
            "riskatlas:validation": run.validation,
            "riskatlas:is_made_up": store.district.is_made_up,
        },
        "links": [], "assets": assets,
    }  # fmt: skip


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
