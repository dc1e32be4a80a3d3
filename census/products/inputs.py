"""Gather the stored layers that a product is made from, in a fixed order, with their hashes."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.warp import reproject

from census.errors import NotYetMadeError
from census.products.layer_hashes import layer_hash
from census.products.raster_list import RasterList
from census.products.sea_words import SeaWay
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.rasters import get_raster

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CellValues:
    """
    A raster as an array with its place on earth.

    Attributes
    ----------
    cells
        Rows from north to south, NaN = no data.
    transform
        Column, row to x, y of the CRS.
    crs
        CRS of the raster.
    """

    cells: F
    transform: Affine
    crs: pyproj.CRS

    @property
    def shape(self) -> tuple[int, int]:
        """
        Number of rows and columns.

        Returns
        -------
        tuple[int, int]
            Rows, columns.
        """
        return (self.cells.shape[0], self.cells.shape[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class ZoningInputs:
    """
    What zoning is computed from; layers sorted by code, in the CRS of the depth raster.

    Attributes
    ----------
    depth
        Water depth, metres.
    divisions
        Towns, villages and grid units.
    people
        Residents per village.
    pattern
        Spatial pattern of the residents on the cells of ``depth``; None where not delivered.
    buildings
        Buildings, where there is no pattern; None where not delivered.
    shelters
        Shelters.
    metric_srid
        EPSG code of the district's metric CRS.
    hashes
        Rows and SHA-256 of each input.
    depth_rmse_m
        Root mean square error of the depths, as their sender stated it; None where not known.
    sea
        The way of the sea to each cell; None where the depth is not that of a surge.
    depth_terms
        How the depth was made, where the program computed it: rung, scenario, limits.
    """

    depth: CellValues
    divisions: gpd.GeoDataFrame
    people: pd.DataFrame
    pattern: F | None
    buildings: gpd.GeoDataFrame | None
    shelters: gpd.GeoDataFrame
    metric_srid: int
    hashes: dict[str, Any]
    depth_rmse_m: float | None = None
    sea: SeaWay | None = None
    depth_terms: dict[str, Any] | None = None


def read_cells(store: Store, name: str) -> CellValues:
    """
    Read a stored raster.

    Parameters
    ----------
    store
        The district's store.
    name
        Name of the raster.

    Returns
    -------
    CellValues
        Its first band as float64.
    """
    with MemoryFile(get_raster(store, name)) as memory, memory.open() as raster:
        values = raster.read(1, masked=True).astype(np.float64).filled(np.nan)
        crs = pyproj.CRS.from_wkt(raster.crs.to_wkt())
        return CellValues(cells=values, transform=raster.transform, crs=crs)


def on_cells_of(pattern: CellValues, depth: CellValues) -> F:
    """
    Bring a raster onto the cells of another one.

    Parameters
    ----------
    pattern
        Raster to move.
    depth
        Raster whose cells count.

    Returns
    -------
    ndarray
        Means over the cells of ``depth``, NaN = no data; unchanged where the cells agree.
    """
    same_crs = pattern.crs.equals(depth.crs, ignore_axis_order=True)
    if (
        same_crs
        and pattern.shape == depth.shape
        and pattern.transform.almost_equals(depth.transform)
    ):
        return pattern.cells
    moved = np.full(depth.shape, np.nan)
    reproject(
        pattern.cells,
        moved,
        src_transform=pattern.transform,
        src_crs=rasterio.crs.CRS.from_wkt(pattern.crs.to_wkt()),
        src_nodata=np.nan,
        dst_transform=depth.transform,
        dst_crs=rasterio.crs.CRS.from_wkt(depth.crs.to_wkt()),
        dst_nodata=np.nan,
        resampling=Resampling.average,
        num_threads=1,
    )
    return moved


def sorted_layer(layer: pd.DataFrame, *keys: str) -> Any:
    """
    Sort a layer by its keys; without keys by its geometry, because row numbers differ by loading.

    Parameters
    ----------
    layer
        Table or GeoDataFrame.
    *keys
        Columns that name a row.

    Returns
    -------
    DataFrame or GeoDataFrame
        Sorted copy with a fresh index.
    """
    if keys:
        return layer.sort_values(list(keys), kind="stable").reset_index(drop=True)
    shapes = layer.geometry.to_wkb(hex=True)
    return layer.iloc[np.argsort(shapes.to_numpy(dtype=str), kind="stable")].reset_index(drop=True)


def required_raster(
    store: Store,
    name: str,
    product: str,
    product_zh: str,
    *,
    made_by: str | None = None,
    listed: RasterList | None = None,
) -> CellValues:
    """
    Read a raster that a product cannot do without.

    Parameters
    ----------
    store
        The district's store.
    name
        Name of the raster.
    product, product_zh
        What the sentence calls the raster.
    made_by
        Command that makes it; None for one that is delivered.
    listed
        The stored rasters; None to read their list.

    Returns
    -------
    CellValues
        The raster.

    Raises
    ------
    NotYetMadeError
        If it was not delivered.
    """
    if name not in (listed or RasterList.of(store)).hashes:
        raise NotYetMadeError(product, product_zh, made_by or f"riskatlas import {name} FILE.tif")
    return read_cells(store, name)


def gather(store: Store, parameters: dict[str, Any]) -> ZoningInputs:
    """
    Read what zoning needs; past disasters are no part of it.

    Parameters
    ----------
    store
        The district's store.
    parameters
        Zoning parameters.

    Returns
    -------
    ZoningInputs
        The inputs with their hashes.

    Raises
    ------
    NotYetMadeError
        If depth raster or divisions were not delivered.
    """
    name = parameters["depth"]["raster"]
    made_by = parameters["depth"].get("made_by")
    listed = RasterList.of(store)
    depth = required_raster(
        store, name, "flood depth raster", "水深栅格", made_by=made_by, listed=listed
    )
    divisions = _outlined_divisions(store)
    people = read_layer(store, "people")
    shelters = read_layer(store, "shelter")
    delivered = listed.hashes
    pattern_name = parameters["dasymetric"]["pattern_raster"]
    layers = {"divisions": divisions, "people": people, "shelters": shelters}
    hashes: dict[str, Any] = {key: layer_hash(value) for key, value in layers.items()}
    rmse_m = listed.rmse_m(name)
    stated = {} if rmse_m is None else {"vertical_rmse_m": rmse_m}
    hashes[name] = {"sha256": delivered[name], **stated}
    pattern, buildings = None, None
    if pattern_name in delivered:
        pattern = on_cells_of(read_cells(store, pattern_name), depth)
        hashes[pattern_name] = {"sha256": delivered[pattern_name]}
    else:
        columns = ["kind", "levels", "footprint_m2", "geom"]
        buildings = read_layer(store, "building", columns=columns)
        hashes["buildings"] = layer_hash(buildings)
        buildings = sorted_layer(buildings.to_crs(depth.crs)) if len(buildings) else None
    made = computed_depth(store, parameters["depth"], depth, listed)
    hashes |= made.pop("made_from", {})
    return ZoningInputs(
        depth=depth,
        divisions=sorted_layer(divisions.to_crs(depth.crs), "code"),
        people=sorted_layer(people, "division_code"),
        pattern=pattern,
        buildings=buildings,
        shelters=sorted_layer(shelters.to_crs(depth.crs), "code"),
        metric_srid=store.district.metric_srid,
        hashes=hashes,
        depth_rmse_m=rmse_m,
        **made,
    )


def _outlined_divisions(store: Store) -> gpd.GeoDataFrame:
    divisions = read_layer(store, "division")
    if divisions.empty:
        raise NotYetMadeError("divisions", "行政区划", "riskatlas import divisions FILE")
    # A code without an outline has no cells.
    divisions = divisions[divisions.geometry.notna()].reset_index(drop=True)
    if divisions.empty:
        raise NotYetMadeError(
            "outlines of divisions", "区划边界", "riskatlas import divisions FILE"
        )
    return divisions


def computed_depth(
    store: Store, table: dict[str, Any], depth: CellValues, listed: RasterList
) -> dict[str, Any]:
    """
    Read how the program itself computed a depth.

    Parameters
    ----------
    store
        The district's store.
    table
        Table ``depth`` of the zoning method.
    depth
        The depth.
    listed
        The stored rasters.

    Returns
    -------
    dict
        ``depth_terms`` and ``sea`` of :class:`ZoningInputs`, and ``made_from``, what the depth was
        computed from; empty for a delivered depth.
    """
    row = listed.row(table["raster"])
    made = row["provenance"]
    if not made:
        return {}
    keys = ("rung", "scenario", "limits_zh", "limits_en", "sources", "unverified_parameters")
    terms = {key: made[key] for key in keys if key in made}
    years = row["return_period_years"]
    terms["return_period_years"] = None if pd.isna(years) else float(years)
    if "section_raster" not in table:
        return {"depth_terms": terms, "made_from": made["inputs"]}
    onset, section = (
        read_cells(store, table[name]).cells for name in ("onset_raster", "section_raster")
    )
    levels = [level[f"{float(years)}"] for level in made["levels_m"].values()]
    way = SeaWay(
        onset_m=onset, section=section, sections=made["sections"], years=float(years),
        levels_m=levels,
    )  # fmt: skip
    assert onset.shape == depth.shape  # noqa: S101  (kept in one transaction)
    return {"depth_terms": terms, "sea": way, "made_from": made["inputs"]}


def texts(column: pd.Series) -> NDArray[np.object_]:
    """
    Read a column of texts that may have gaps.

    Parameters
    ----------
    column
        The column.

    Returns
    -------
    numpy.ndarray
        Texts, None for a gap.
    """
    return np.array([None if pd.isna(value) else str(value) for value in column], dtype=object)
