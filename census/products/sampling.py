"""Read a raster under points and along lines."""

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray

from census.products.inputs import CellValues

F = NDArray[np.float64]

_STRAIGHT_M = 200.0
"""A straight line this long is straight in any other CRS to a millimetre or two."""

_SLIVER_M = 2e-3
"""Cuts are rounded to a millimetre: a piece that was cut at a border enters no cell beyond it."""


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
    if not len(xy):
        return np.empty(0)
    x, y = xy[:, 0], xy[:, 1]
    if not crs.equals(cells.crs, ignore_axis_order=True):
        x, y = pyproj.Transformer.from_crs(crs, cells.crs, always_xy=True).transform(x, y)
    return at_cells(cells, *place(~cells.transform, np.asarray(x), np.asarray(y)))


def at_cells(cells: CellValues, column: F, row: F) -> F:
    """
    Read the value of the cell in which each place of a raster lies.

    Parameters
    ----------
    cells
        The raster.
    column, row
        Places, counted in cells from the north-west corner.

    Returns
    -------
    ndarray
        Shape of the places; NaN outside the raster and on cells without data.
    """
    values = np.full(len(row), np.nan)
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


def along_lines(
    cells: CellValues, lines: NDArray[np.object_], crs: pyproj.CRS
) -> tuple[NDArray[np.int64], F, F]:
    """
    Cut lines where they pass from cell to cell, and read each piece.

    The metres are exact and add up: a line and its parts have the same metres in the same cells.

    Parameters
    ----------
    cells
        The raster.
    lines
        LineStrings in a metric CRS, shape ``(n,)``.
    crs
        CRS of the lines.

    Returns
    -------
    tuple
        Line of each piece, value of its cell (NaN = no data or outside the raster) and its metres;
        line by line, and along each line. A cell that a line enters by less than two millimetres
        counts with its neighbour.
    """
    is_same = crs.equals(cells.crs, ignore_axis_order=True)
    drawn = lines if is_same else shapely.segmentize(lines, _STRAIGHT_M)
    xy, line = shapely.get_coordinates(drawn, return_index=True)
    is_start = line[1:] == line[:-1]
    if not is_start.any():
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    x, y = xy[:, 0], xy[:, 1]
    if not is_same:
        x, y = pyproj.Transformer.from_crs(crs, cells.crs, always_xy=True).transform(x, y)
    at = np.stack(place(~cells.transform, np.asarray(x), np.asarray(y)), axis=1)
    start, move = at[:-1][is_start], np.diff(at, axis=0)[is_start]
    length_m = np.hypot(*np.diff(xy, axis=0)[is_start].T)
    piece, share = _borders(start, move, length_m, cells.shape)
    is_last = np.append(piece[1:] != piece[:-1], True)
    end = np.where(is_last, 1.0, np.append(share[1:], 1.0))
    middle = start[piece] + ((share + end) / 2)[:, None] * move[piece]
    values = at_cells(cells, middle[:, 0], middle[:, 1])
    return line[:-1][is_start][piece].astype(np.int64), values, (end - share) * length_m[piece]


def _borders(start: F, move: F, length_m: F, shape: tuple[int, int]) -> tuple[NDArray[np.int64], F]:
    """Find where straight pieces begin and pass a border of cells, as a share of each."""
    count = len(start)
    pieces, shares = [np.arange(count)], [np.zeros(count)]
    for axis, size in ((0, shape[1]), (1, shape[0])):
        ends = start[:, axis], start[:, axis] + move[:, axis]
        first = np.maximum(np.ceil(np.minimum(*ends)), 0)
        last = np.minimum(np.floor(np.maximum(*ends)), size)
        passes = np.isfinite(ends).all(axis=0) & (move[:, axis] != 0) & (last >= first)
        many = np.where(passes, last - first + 1, 0).astype(np.int64)
        piece = np.repeat(np.arange(count), many)
        within = np.arange(len(piece)) - np.repeat(np.cumsum(many) - many, many)
        pieces.append(piece)
        shares.append((first[piece] + within - start[piece, axis]) / move[piece, axis])
    piece, share = np.concatenate(pieces), np.concatenate(shares)
    order = np.lexsort((share, piece))
    piece, share = piece[order], share[order]
    is_first = np.append(True, piece[1:] != piece[:-1])
    before_m = np.append(0.0, np.diff(share)) * length_m[piece]
    after_m = (1 - share) * length_m[piece]
    kept = is_first | ((before_m >= _SLIVER_M) & (after_m >= _SLIVER_M))
    return piece[kept], share[kept]


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
