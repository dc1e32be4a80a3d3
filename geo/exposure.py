"""Bring people and measured values from zones to cells and from cells back to zones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import mapping

from geo.coverage import Coverage, north_up
from geo.errors import GridError, LayerError, ParameterError
from geo.grid_rows import as_cells, open_grid
from geo.masked import floats
from geo.zone_sums import Sums, add_up

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

OF_SPREAD = frozenset({"variance", "stdev", "coefficient_of_variation"})
OWN_STATISTICS = OF_SPREAD | {"count", "sum", "mean", "min", "max"}
# "deep=mean" names its column itself.
GIVES_A_NAME = re.compile(r"\w+=")
# Such as mean, q90=quantile(q=0.9) or mean(coverage_weight=none).
OPTION = r"\w+=[^(),=\s]+"
STATISTIC = re.compile(rf"(\w+=)?\w+(\({OPTION}(,{OPTION})*\))?")


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
    values: ArrayLike | str | Path,
    transform: Any,
    zones: gpd.GeoDataFrame,
    stats: Sequence[str],
    *,
    crs: Any = None,
    coverage: Coverage | None = None,
) -> pd.DataFrame:
    """
    Summarise the cells of each zone, each cell weighted by the share of it that lies inside.

    Each zone is treated by itself, so the order of the rows changes no value and zones may overlap.
    Shares are exact (``geo.coverage``) and cells are read some rows at a time, so a file may be
    larger than memory. Several maps of one grid need their zones cut only once: give the
    ``coverage``.

    Parameters
    ----------
    values
        Grid of shape ``(rows, columns)``, NaN = no data; or the path of a single-band raster, whose
        no-data value or mask, scale and offset are heeded.
    transform
        Affine transform of the grid, x before y, north up; None (unused) for a path.
    zones
        Polygons in the CRS of the grid; n rows, any index.
    stats
        Operations of exactextract: ``"count"`` (cells), ``"sum"``, ``"mean"``, ``"min"``,
        ``"max"``, ``"variance"``, ``"stdev"``, ``"coefficient_of_variation"`` are computed here;
        others, such as ``"median"`` or ``"quantile(q=0.9)"``, by that library, whose shares are
        rounded to 1e-7.
    crs
        CRS of an array, compared with the zones' where it is given; a path carries its own.
    coverage
        ``Coverage.of`` these zones on this grid, where it is at hand; by default it is found.

    Returns
    -------
    pandas.DataFrame
        One column per statistic, named as asked for, index of ``zones``. A zone without cells that
        hold a value has sum and count 0 and NaN elsewhere.

    Raises
    ------
    CRSError
        If the zones' CRS is not that of the raster.
    GridError
        If an array is not two-dimensional, its transform is rotated, the file has several bands, or
        the coverage is of another grid.
    LayerError
        If zones are not polygons or are empty or invalid, or the coverage is of other zones.
    ParameterError
        If a statistic is unknown.

    Examples
    --------
    >>> from affine import Affine
    >>> from shapely.geometry import box
    >>> depth_m = np.array([[0.0, 1.0], [2.0, 3.0]])
    >>> village = gpd.GeoDataFrame(geometry=[box(0, 0, 1.5, 2)])  # half of the right column
    >>> zonal(depth_m, Affine(1, 0, 0, 0, -1, 2), village, ["count", "sum", "max"]).loc[0].tolist()
    [3.0, 4.0, 3.0]
    """
    asked = [stats] if isinstance(stats, str) else list(stats)
    with open_grid(values, transform, zones, crs=crs) as grid:
        if coverage is None:
            coverage = Coverage.of(zones, grid.transform, grid.shape)
        else:
            coverage.require_grid(grid.transform, grid.shape, zones.crs)
            _require_same_zones(coverage, zones)
        found: dict[str, dict[str, Any]] = {}
        own = [name for name in asked if name in OWN_STATISTICS]
        if own:
            spread = any(name in OF_SPREAD for name in own)
            sums = add_up(coverage, grid.blocks(coverage.window()), spread=spread)
            found = {name: {name: _own(name, sums)} for name in own}
    others = [name for name in asked if name not in found]
    _require_names(others)
    if others:
        found |= _of_exactextract(values, transform, zones, others)
    columns = {column: cells for name in asked for column, cells in found[name].items()}
    return pd.DataFrame(columns, index=zones.index)


def _require_names(stats: list[str]) -> None:
    # The library's own reader of names ends the process on some that are none.
    wrong = [name for name in stats if not (isinstance(name, str) and STATISTIC.fullmatch(name))]
    if wrong:
        raise ParameterError(
            f"These are no names of statistics: {wrong}. Write mean or quantile(q=0.9).",
            f"这些不是统计量的名称：{wrong}。请写成 mean 或 quantile(q=0.9)。",
        )


def _require_same_zones(coverage: Coverage, zones: gpd.GeoDataFrame) -> None:
    if not coverage.index.equals(zones.index):
        raise LayerError(
            f"The coverage is of {len(coverage.index)} other zones than the {len(zones)} given; "
            "cut these zones.",
            f"覆盖关系属于另外 {len(coverage.index)} 个分区，而非给出的 {len(zones)} 个；"
            "请对这些分区重新切分。",
        )


def _own(name: str, sums: Sums) -> F:
    """One statistic of all zones; NaN where it needs a cell and there is none."""
    if name in ("count", "sum"):
        return sums.cells if name == "count" else sums.total
    held = sums.cells > 0
    if name in ("min", "max"):
        return np.where(held, sums.low if name == "min" else sums.high, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(held, sums.total / sums.cells, np.nan)
        if name == "mean":
            return mean
        variance = np.where(held, sums.spread / sums.cells, np.nan)
        if name == "variance":
            return variance
        deviation: F = np.sqrt(variance)
        return deviation if name == "stdev" else deviation / mean


def _of_exactextract(
    values: ArrayLike | str | Path, transform: Any, zones: gpd.GeoDataFrame, stats: list[str]
) -> dict[str, dict[str, Any]]:
    """Columns of each statistic asked for."""
    source: Any = str(values)
    if not isinstance(values, str | Path):
        cells = as_cells(values)
        affine, (rows, columns) = north_up(transform), cells.shape
        east, south = affine.c + columns * affine.a, affine.f + rows * affine.e
        grid = np.asarray(np.ma.filled(cells.astype(np.float64), np.nan))
        source = NumPyRasterSource(grid, affine.c, south, east, affine.f, nodata=np.nan)
    # Bare shapes: the CRS is compared above, by meaning; exactextract compares its text and warns.
    shapes = [
        {"type": "Feature", "geometry": mapping(shape), "properties": {}}
        for shape in zones.geometry
    ]
    together = _extracted(source, shapes, stats)
    if len(together.columns) == len(stats):
        return {name: _named(name, together.iloc[:, [place]]) for place, name in enumerate(stats)}
    return {name: _named(name, _extracted(source, shapes, [name])) for name in stats}


def _extracted(source: Any, shapes: list[Any], stats: list[str]) -> pd.DataFrame:
    if not shapes:
        return pd.DataFrame(columns=stats)
    try:
        found: pd.DataFrame = exact_extract(
            source, JSONFeatureSource(shapes), stats, output="pandas"
        )
    except RuntimeError as fault:
        names = ", ".join(stats)
        raise ParameterError(
            f"Of {names}: a statistic cannot be computed: {fault}",
            f"{names} 中有无法计算的统计量：{fault}",
        ) from fault
    return found


def _named(name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Columns of a statistic under the name asked for; several, or named ones, keep their own."""
    keeps = len(table.columns) != 1 or GIVES_A_NAME.match(name) is not None
    return {
        column if keeps else name: _numbers(table[column].to_numpy()) for column in table.columns
    }


def _numbers(cells: Any) -> Any:
    # Where all zones are empty the library gives None for each.
    is_empty = cells.dtype == object and all(cell is None for cell in cells)
    return cells.astype(np.float64) if is_empty else cells


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
    # What is masked lies in no zone, and has no weight.
    given = np.ma.filled(zone, -1) if isinstance(zone, np.ma.MaskedArray) else np.asarray(zone)
    persons = floats(people)
    share = np.nan_to_num(floats(weight), nan=0.0, posinf=np.inf)
    _check_dasymetric(given, persons, share)
    labels = given.astype(np.int64)
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
    if persons.ndim != 1:
        faults_en.append(f"people has {persons.ndim} dimensions, one number per zone is needed")
        faults_zh.append(f"人口数组有 {persons.ndim} 维，应为每个分区一个数")
    broken = int((labels != np.rint(labels)).sum())
    if broken:
        faults_en.append(f"zone numbers are missing or no whole numbers in {broken} cells")
        faults_zh.append(f"有 {broken} 个格点的分区编号缺失或不是整数")
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
