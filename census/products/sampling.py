"""Read a raster under points and along lines."""

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray

from census.products.inputs import CellValues

F = NDArray[np.float64]


def at_points(cells: CellValues, xy: F, crs: pyproj.CRS) -> F:
    """
    Read the value of the cell in which each point lies.

    Parameters
    ----------
    cells
        The raster.
    xy
        Points, shape ``(n, 2)``.
    crs
        CRS of the points.

    Returns
    -------
    ndarray
        Shape ``(n,)``; NaN outside the raster and on cells without data.
    """
    values = np.full(len(xy), np.nan)
    if not len(xy):
        return values
    x, y = xy[:, 0], xy[:, 1]
    if not crs.equals(cells.crs, ignore_axis_order=True):
        x, y = pyproj.Transformer.from_crs(crs, cells.crs, always_xy=True).transform(x, y)
    column, row = place(~cells.transform, np.asarray(x), np.asarray(y))
    inside = (row >= 0) & (column >= 0) & (row < cells.shape[0]) & (column < cells.shape[1])
    at = np.floor(row[inside]).astype(np.int64), np.floor(column[inside]).astype(np.int64)
    values[inside] = cells.cells[at]
    return values


def cell_centres(cells: CellValues) -> tuple[F, F]:
    """
    Locate the middle of every cell.

    Parameters
    ----------
    cells
        The raster.

    Returns
    -------
    tuple
        Coordinates x and y in the CRS of the raster, each of its shape.
    """
    rows, columns = np.indices(cells.shape, dtype=np.float64)
    x, y = place(cells.transform, columns + 0.5, rows + 0.5)
    return x, y


def place(transform: Affine, x: F, y: F) -> tuple[F, F]:
    """
    Apply an affine transform to arrays.

    Parameters
    ----------
    transform
        Such as that of a raster (column, row to x, y) or its inverse.
    x, y
        Coordinates, one shape.

    Returns
    -------
    tuple
        Transformed coordinates.
    """
    a, b, c, d, e, f = tuple(transform)[:6]
    return a * x + b * y + c, d * x + e * y + f


def cell_size_m(cells: CellValues, metric: pyproj.CRS) -> float:
    """
    Measure the shorter side of a cell in the middle of a raster.

    Parameters
    ----------
    cells
        The raster.
    metric
        Metric CRS of the district.

    Returns
    -------
    float
        Metres.
    """
    rows, columns = cells.shape
    corner = np.array(
        [[columns / 2, rows / 2], [columns / 2 + 1, rows / 2], [columns / 2, rows / 2 + 1]]
    )
    x, y = place(cells.transform, corner[:, 0], corner[:, 1])
    x, y = pyproj.Transformer.from_crs(cells.crs, metric, always_xy=True).transform(x, y)
    return float(min(np.hypot(x[1] - x[0], y[1] - y[0]), np.hypot(x[2] - x[0], y[2] - y[0])))


def along_lines(
    cells: CellValues, lines: NDArray[np.object_], crs: pyproj.CRS, step_m: float
) -> tuple[NDArray[np.int64], F, F]:
    """
    Read a raster along lines, in the middle of pieces no longer than a step, and at both ends.

    Parameters
    ----------
    cells
        The raster.
    lines
        LineStrings in a metric CRS, shape ``(n,)``.
    crs
        CRS of the lines.
    step_m
        Longest piece, metres.

    Returns
    -------
    tuple
        Line of each sample, value (NaN = no data) and the metres it stands for (0 at the ends).
    """
    length = shapely.length(lines)
    pieces = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), pieces)
    within = np.arange(len(line)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = (within + 0.5) / pieces[line]
    metres = (length / pieces)[line]
    ends = np.tile([0.0, 1.0], len(lines))
    line = np.concatenate([line, np.repeat(np.arange(len(lines)), 2)])
    share = np.concatenate([share, ends])
    metres = np.concatenate([metres, np.zeros(len(ends))])
    return line, at_points(cells, _places(lines, length, line, share), crs), metres


def _places(lines: NDArray[np.object_], length: F, line: NDArray[np.int64], share: F) -> F:
    """Locate shares of lines: all lines are laid end to end, and looked up in one go."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    if not len(xy):
        return np.empty((0, 2))
    moves = np.hypot(*np.diff(xy, axis=0).T)
    # From the end of a line to the start of the next is a gap of its own, so that no share of
    # one is looked up on the other.
    moves[owner[1:] != owner[:-1]] = 1.0
    along_m = np.append(0.0, np.cumsum(moves))
    first = np.searchsorted(owner, np.arange(len(lines)))
    begin_m = along_m[first]
    end_m = along_m[np.append(first[1:], len(xy)) - 1]
    at_m = np.minimum(begin_m[line] + share * length[line], end_m[line])
    return np.stack([np.interp(at_m, along_m, xy[:, axis]) for axis in (0, 1)], axis=1)


def deepest(line: NDArray[np.int64], values: F, count: int) -> F:
    """
    Take the greatest known value of each line.

    Parameters
    ----------
    line
        Line of each sample.
    values
        Samples, NaN = no data.
    count
        Number of lines.

    Returns
    -------
    ndarray
        Shape ``(count,)``; 0 where a line has no sample with data.
    """
    greatest = np.zeros(count)
    known = np.isfinite(values)
    np.maximum.at(greatest, line[known], values[known])
    return greatest
