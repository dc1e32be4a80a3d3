"""Bring people and measured values from zones to cells and from cells back to zones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from shapely.geometry import mapping

from geo.crs import require_same_crs
from geo.errors import GridError, LayerError

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


@dataclass(frozen=True, kw_only=True)
class Dasymetric:
    """
    People of zones, spread over their cells.

    Attributes
    ----------
    people
        Persons per cell, shape of the cells; 0 outside all zones.
    unplaced
        Persons per zone that found no cell with a weight, shape ``(zones,)``.
    """

    people: F
    unplaced: F


def zonal(
    values: F | str | Path,
    transform: Any,
    zones: gpd.GeoDataFrame,
    stats: Sequence[str],
    *,
    crs: Any = None,
) -> pd.DataFrame:
    """
    Summarise the cells of each zone, each cell weighted by the share of it that lies inside.

    Each zone is treated by itself, so the order of the rows changes no value and zones may overlap.

    Parameters
    ----------
    values
        Grid of shape ``(rows, columns)``, NaN = no data; or the path of a single-band raster.
    transform
        Affine transform of the grid, x before y, north up; None (unused) for a path.
    zones
        Polygons in the CRS of the grid; n rows, any index.
    stats
        Operations of exactextract, such as ``"mean"``, ``"sum"``, ``"max"``, ``"count"`` (cells).
    crs
        CRS of an array, compared with the zones' where it is given; a path carries its own.

    Returns
    -------
    pandas.DataFrame
        One column per statistic, index of ``zones``. A zone without cells that hold a value has
        sum and count 0 and NaN elsewhere.

    Raises
    ------
    CRSError
        If the zones' CRS is not that of the raster.
    GridError
        If an array is not two-dimensional or its transform is rotated.
    LayerError
        If zones are not polygons or are empty or invalid.
    """
    require_polygons(zones)
    if isinstance(values, str | Path):
        with rasterio.open(values) as raster:
            require_same_crs(raster.crs, zones, names=(Path(values).name, "zones"))
        source: Any = str(values)
    else:
        if crs is not None:
            require_same_crs(crs, zones, names=("grid", "zones"))
        source = _array_source(values, transform)
    # Bare shapes: the CRS is compared above, by meaning; exactextract compares its text and warns.
    shapes = [
        {"type": "Feature", "geometry": mapping(shape), "properties": {}}
        for shape in zones.geometry
    ]
    found = exact_extract(source, JSONFeatureSource(shapes), list(stats), output="pandas")
    table = pd.DataFrame(found).reindex(columns=list(stats))
    table.index = zones.index
    return table


def _array_source(values: F, transform: Any) -> NumPyRasterSource:
    grid = np.asarray(values, dtype=np.float64)
    if grid.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise GridError(
            f"The grid has {grid.ndim} dimensions; rows and columns are needed.",
            f"栅格数组有 {grid.ndim} 维；需要行、列两维。",
        )
    affine = transform if isinstance(transform, Affine) else Affine(*tuple(transform)[:6])
    if affine.b != 0 or affine.d != 0 or affine.a <= 0 or affine.e >= 0:
        raise GridError(
            "The grid is rotated or flipped; rows must run north to south, columns west to east.",
            "栅格有旋转或翻转；行应由北向南，列应由西向东。",
        )
    rows, columns = grid.shape
    east, south = affine.c + columns * affine.a, affine.f + rows * affine.e
    return NumPyRasterSource(grid, affine.c, south, east, affine.f, nodata=np.nan)


def require_polygons(zones: gpd.GeoDataFrame, *, name: str = "zones") -> None:
    """
    Refuse zones that have no valid area; all faulty rows are named at once.

    Parameters
    ----------
    zones
        Layer to check.
    name
        What the sentence calls it.

    Raises
    ------
    LayerError
        If geometries are missing, empty, not polygons or invalid.
    """
    shapes = zones.geometry.to_numpy()
    area = np.isin(shapely.get_type_id(shapes), (3, 6))
    faulty = ~area | shapely.is_empty(shapes) | ~shapely.is_valid(shapes)
    if faulty.any():
        rows = ", ".join(str(key) for key in zones.index[faulty][:20])
        raise LayerError(
            f"{name}: {int(faulty.sum())} rows are not valid polygons: {rows}. Repair them first.",
            f"图层“{name}”有 {int(faulty.sum())} 行不是有效的面：{rows}。请先修复。",
        )


def dasymetric(zone: I, people: F, weight: F) -> Dasymetric:
    """
    Spread the people of each zone over its cells in proportion to a weight.

    ``people_c = people_z * weight_c / sum of weight over the cells of z`` (Mennis 2003,
    doi:10.1111/0033-0124.10042). The people of a zone add back to its total; where a zone has no
    cell, or no weight anywhere, they are reported as unplaced and never dropped.

    Parameters
    ----------
    zone
        Per cell: number of its zone 0..n-1, -1 outside; any shape.
    people
        Persons per zone, >= 0, shape ``(n,)``.
    weight
        Relative weight per cell, >= 0, shape of ``zone``; NaN counts as 0.

    Returns
    -------
    Dasymetric
        People per cell and people unplaced per zone; together they are the people given.

    Raises
    ------
    GridError
        If shapes differ, a zone number lies outside -1..n-1, or people or weights are negative,
        infinite, or people missing.

    Examples
    --------
    >>> import numpy as np
    >>> zone = np.array([[0, 0, 1], [0, -1, 1]])
    >>> spread = dasymetric(zone, np.array([60.0, 7.0]), np.array([[1.0, 2, 0], [3, 9, 0]]))
    >>> spread.people
    array([[10., 20.,  0.],
           [30.,  0.,  0.]])
    >>> spread.unplaced
    array([0., 7.])
    """
    labels = np.asarray(zone)
    persons = np.asarray(people, dtype=np.float64)
    share = np.nan_to_num(np.asarray(weight, dtype=np.float64), nan=0.0, posinf=np.inf)
    _check_dasymetric(labels, persons, share)
    inside = labels >= 0
    number = labels[inside]
    own = share[inside]
    # Divided by the zone's largest weight first: tiny and huge weights then add without loss.
    largest = np.zeros(persons.size)
    np.maximum.at(largest, number, own)
    ratio = np.divide(own, largest[number], out=np.zeros_like(own), where=largest[number] > 0)
    total = np.bincount(number, ratio, persons.size)
    placed = np.zeros(labels.shape)
    placed[inside] = np.divide(
        persons[number] * ratio, total[number], out=np.zeros_like(own), where=total[number] > 0
    )
    return Dasymetric(people=placed, unplaced=np.where(total > 0, 0.0, persons))


def _check_dasymetric(labels: I, persons: F, share: F) -> None:
    faults_en, faults_zh = [], []
    if labels.shape != share.shape:
        faults_en.append(f"zone has shape {labels.shape}, weight {share.shape}")
        faults_zh.append(f"分区数组形状为 {labels.shape}，权重为 {share.shape}")
    if labels.size and (labels.min() < -1 or labels.max() >= persons.size):
        span = f"{labels.min()}..{labels.max()}"
        faults_en.append(f"zone numbers run {span} but there are {persons.size} zones")
        faults_zh.append(f"分区编号范围为 {span}，而分区共 {persons.size} 个")
    checks = (("people", "人口", persons, "zones"), ("weight", "权重", share, "cells"))
    for name, name_zh, numbers, unit in checks:
        wrong = int((~(np.isfinite(numbers) & (numbers >= 0))).sum())
        if wrong:
            faults_en.append(f"{name} is negative, infinite or missing in {wrong} {unit}")
            faults_zh.append(f"{name_zh}有 {wrong} 个值为负、无穷或缺失")
    if faults_en:
        raise GridError("; ".join(faults_en) + ".", "；".join(faults_zh) + "。")
