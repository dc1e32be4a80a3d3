"""Lay a grid of analysis cells over zones: whose each cell is, and what a zone adds up to."""

from dataclasses import dataclass
from typing import Any, Self

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from geo.crs import cell_area_m2, crs_name, crs_of, require_same_crs
from geo.errors import GridError, LayerError
from geo.layers import require_polygons
from geo.masked import floats

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


@dataclass(frozen=True, kw_only=True)
class Cells:
    """
    A grid of analysis cells.

    Attributes
    ----------
    transform
        Grid to CRS, x before y, north up.
    crs
        CRS as text, such as ``"EPSG:32748"``.
    shape
        Rows, columns.
    area_m2
        Square metres per cell, shape ``shape``.
    """

    transform: Affine
    crs: str
    shape: tuple[int, int]
    area_m2: F

    @classmethod
    def of(cls, transform: Affine, crs: Any, shape: tuple[int, int]) -> Self:
        """
        Make the cells of a grid and measure them.

        Parameters
        ----------
        transform
            Grid to CRS, x before y, north up.
        crs
            CRS in degrees or metres, in any form pyproj reads.
        shape
            Rows, columns.

        Returns
        -------
        Cells
            The cells, their areas exact on the ellipsoid where the grid is in degrees.

        Raises
        ------
        CRSError
            If there is no CRS, or a projected one is not in metres.
        GridError
            If the grid is rotated or reaches beyond a pole.
        """
        area = cell_area_m2(transform, shape, crs)
        found = crs_of(crs)
        name = crs_name(found)
        text = name if ":" in name or found is None else found.to_wkt()
        return cls(transform=transform, crs=text, shape=shape, area_m2=area)


def label(cells: Cells, zones: gpd.GeoDataFrame) -> I:
    """
    Give each cell the row number of the zone that holds its centre.

    A centre in several zones goes to the zone with the lowest index value, whatever the order of
    the rows; a cell counts by its centre alone, so neighbouring zones never share one.

    Parameters
    ----------
    cells
        The grid.
    zones
        Polygons in the CRS of the cells, unique sortable index; n rows.

    Returns
    -------
    ndarray
        0..n-1 (position of the row), -1 outside all zones; shape of the cells.

    Raises
    ------
    CRSError
        If the CRSs differ.
    LayerError
        If zones are not valid polygons or an index value occurs twice.
    """
    require_same_crs(cells.crs, zones, names=("cells", "zones"))
    require_polygons(zones)
    if not zones.index.is_unique:
        twice = ", ".join(str(key) for key in zones.index[zones.index.duplicated()].unique()[:20])
        raise LayerError(
            f"zones: index values occur more than once: {twice}.",
            f"分区图层的编号重复：{twice}。",
        )
    if zones.empty:
        return np.full(cells.shape, -1, dtype=np.int64)
    # What is drawn later covers what was drawn before: the lowest index value goes last.
    order = np.argsort(zones.index.to_numpy(), kind="stable")[::-1]
    shapes = zones.geometry.to_numpy()
    drawn = rasterize(
        [(shapes[row], int(row)) for row in order],
        out_shape=cells.shape,
        transform=cells.transform,
        fill=-1,
        all_touched=False,
        dtype="int32",
    )
    return np.asarray(drawn, dtype=np.int64)


def sum_by(labels: I, values: F, n: int) -> F:
    """
    Add up the cells of each zone.

    Parameters
    ----------
    labels
        Per cell: row number of its zone, -1 outside.
    values
        Quantity per cell, same shape; NaN counts as 0.
    n
        Number of zones.

    Returns
    -------
    ndarray
        Sum per zone, shape ``(n,)``, added in the order of the cells.

    Raises
    ------
    GridError
        If shapes differ or a label lies outside -1..n-1.

    Examples
    --------
    >>> sum_by(np.array([0, 0, 1, -1]), np.array([1.0, 2.0, 3.0, 4.0]), 3)
    array([3., 3., 0.])
    """
    numbers = floats(values)
    _check_labels(labels, numbers, n)
    inside = (labels >= 0) & ~np.isnan(numbers)
    total = np.zeros(n)
    np.add.at(total, labels[inside], numbers[inside])
    return total


def mean_by(labels: I, values: F, n: int, *, weight: F | None = None) -> F:
    """
    Average the cells of each zone.

    Parameters
    ----------
    labels
        Per cell: row number of its zone, -1 outside.
    values
        Quantity per cell, same shape; cells with NaN are left out.
    n
        Number of zones.
    weight
        Weight per cell, such as its area or people, >= 0; NaN counts as 0; by default all equal.

    Returns
    -------
    ndarray
        Weighted mean per zone, shape ``(n,)``; NaN where no cell has both a value and a weight.

    Raises
    ------
    GridError
        If shapes differ, a weight is negative, or a label lies outside -1..n-1.

    Examples
    --------
    >>> mean_by(np.array([0, 0, 1]), np.array([1.0, 4.0, 9.0]), 2, weight=np.array([2.0, 1.0, 0]))
    array([ 2., nan])
    """
    numbers = floats(values)
    heavy = np.ones(numbers.shape) if weight is None else np.nan_to_num(weight, nan=0.0)
    _check_labels(labels, heavy, n)
    if (heavy < 0).any():
        raise GridError(
            f"The weight is negative in {int((heavy < 0).sum())} cells.",
            f"有 {int((heavy < 0).sum())} 个格点的权重为负。",
        )
    known = np.where(np.isnan(numbers), 0.0, heavy)
    total = sum_by(labels, known, n)
    part = sum_by(labels, np.where(known > 0, numbers, 0.0) * known, n)
    mean = np.full(n, np.nan)
    np.divide(part, total, out=mean, where=total > 0)
    return mean


def share_by(labels: I, is_true: NDArray[np.bool_], n: int, *, weight: F | None = None) -> F:
    """
    Compute the share of each zone, by cells or by a weight, on which something holds.

    Parameters
    ----------
    labels
        Per cell: row number of its zone, -1 outside.
    is_true
        Whether it holds in the cell, same shape.
    n
        Number of zones.
    weight
        Weight per cell, such as its area or people, >= 0; NaN counts as 0; by default all equal.

    Returns
    -------
    ndarray
        0..1 per zone, shape ``(n,)``; NaN where the zone has no cell with a weight.

    Raises
    ------
    GridError
        If shapes differ, a weight is negative, or a label lies outside -1..n-1.

    Examples
    --------
    >>> share_by(np.array([0, 0, 0, 0]), np.array([True, False, False, False]), 1)
    array([0.25])
    """
    return mean_by(labels, np.asarray(is_true, dtype=np.float64), n, weight=weight)


def _check_labels(labels: I, values: F, n: int) -> None:
    if labels.shape != values.shape:
        raise GridError(
            f"The labels have shape {labels.shape}, the values {values.shape}.",
            f"分区编号的形状为 {labels.shape}，数值为 {values.shape}；两者必须一致。",
        )
    if labels.size and (labels.min() < -1 or labels.max() >= n):
        span = f"{labels.min()}..{labels.max()}"
        raise GridError(
            f"Labels run {span} but there are {n} zones.",
            f"分区编号范围为 {span}，而分区共 {n} 个。",
        )
