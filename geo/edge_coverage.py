"""Cut the outline of a zone at the lines of a grid and learn how much of each cell lies inside.

Each piece of an edge within one cell says how much height it passes there (``cover``: all cells to
the right of it gain that share) and how much of it lies right of the piece in the cell itself
(``area``). Sums along a row from the left are the exact shares: the way rasterisers of fonts
measure pixels. Edges going up take away what edges going down gave.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
I32 = NDArray[np.int32]

# Of the zone's own size, or of a cell where the zone is larger: less is noise of the arithmetic.
NEGLIGIBLE_SHARE = 1e-10
LEAST_SHARE = 1e-15


class Pieces(NamedTuple):
    """
    Pieces of edges, one per cell they cross, in the order in which they were cut.

    Attributes
    ----------
    row, column
        Cell.
    cover
        Share that all cells to the right gain.
    area
        Share that the cell itself gains.
    """

    row: I32
    column: I32
    cover: F
    area: F


class Runs(NamedTuple):
    """
    Cells of zones in runs of equal share, row by row.

    Attributes
    ----------
    in_row
        Runs of each row of each zone.
    column
        First column of each run.
    cells
        Cells of each run.
    share
        Share of each of its cells that lies inside, above 0, at most 1.
    """

    in_row: I
    column: I32
    cells: I32
    share: F


class Outlines(NamedTuple):
    """
    Outlines of zones.

    Attributes
    ----------
    xy
        Corners in cells, x right, y down, rings closed, shape ``(n, 2)``.
    ring_start
        First corner of each ring, and the end of the last.
    is_hole
        Per ring.
    zone_ring
        First ring of each zone, and the end of the last.
    """

    xy: F
    ring_start: I
    is_hole: NDArray[np.bool_]
    zone_ring: I


class _Sheet(NamedTuple):
    """Where the pieces of a zone are written down, and its rows of the grid."""

    pieces: Pieces
    first: int
    end: int
    columns: int


@compiled
def pieces_at_most(xy: F, ring_start: I, rows: int, columns: int) -> I:
    """
    Bound the pieces into which the edges of each ring fall.

    Parameters
    ----------
    xy
        Corners in cells, x right, y down, rings closed, shape ``(n, 2)``.
    ring_start
        First corner of each ring, and the end of the last.
    rows, columns
        Of the grid.

    Returns
    -------
    ndarray
        A bound per ring.
    """
    found = np.zeros(ring_start.size - 1, dtype=np.int64)
    for ring in range(found.size):
        for corner in range(ring_start[ring], ring_start[ring + 1] - 1):
            xa, ya = xy[corner, 0], xy[corner, 1]
            xb, yb = xy[corner + 1, 0], xy[corner + 1, 1]
            tall = min(max(ya, yb), float(rows)) - max(min(ya, yb), 0.0)
            if tall > 0 and min(xa, xb) < columns:
                wide = max(min(max(xa, xb), float(columns)) - max(min(xa, xb), 0.0), 0.0)
                found[ring] += 2 * (int(tall) + 2) + int(wide) + 2
    return found


@compiled
def cover_zones(outlines: Outlines, span: I, columns: int, room: I) -> Runs:
    """
    Find the cells of some zones and the share of each that lies inside.

    Parameters
    ----------
    outlines
        Of the zones.
    span
        First row and end of the rows of each zone, shape ``(zones, 2)``.
    columns
        Of the grid.
    room
        Pieces of the largest zone, and of all zones together, at most.

    Returns
    -------
    Runs
        Zone by zone, row by row, from left to right.
    """
    pieces = Pieces(
        np.empty(room[0], dtype=np.int32),
        np.empty(room[0], dtype=np.int32),
        np.empty(room[0]),
        np.empty(room[0]),
    )
    runs = Runs(
        np.zeros((span[:, 1] - span[:, 0]).sum(), dtype=np.int64),
        np.empty(2 * room[1], dtype=np.int32),
        np.empty(2 * room[1], dtype=np.int32),
        np.empty(2 * room[1]),
    )
    used = line = 0
    for zone in range(span.shape[0]):
        sheet = _Sheet(pieces, span[zone, 0], span[zone, 1], columns)
        count, size = _cut_zone(sheet, outlines, zone)
        order, row_start = _by_row_and_column(sheet, count)
        least = max(NEGLIGIBLE_SHARE * min(1.0, size), LEAST_SHARE)
        for row in range(sheet.end - sheet.first):
            own = order[row_start[row] : row_start[row + 1]]
            now = _sweep(sheet, own, least, runs, used)
            runs.in_row[line] = now - used
            used, line = now, line + 1
    return Runs(
        runs.in_row, runs.column[:used].copy(), runs.cells[:used].copy(), runs.share[:used].copy()
    )


@compiled
def _cut_zone(sheet: _Sheet, outlines: Outlines, zone: int) -> tuple[int, float]:
    """Cut all rings of a zone; tell how many pieces there are, and the zone's area in cells."""
    count, size = 0, 0.0
    for ring in range(outlines.zone_ring[zone], outlines.zone_ring[zone + 1]):
        corners = outlines.xy[outlines.ring_start[ring] : outlines.ring_start[ring + 1]]
        turn, area = _turn(corners)
        inwards = -1.0 if outlines.is_hole[ring] else 1.0
        size += inwards * area
        count = _cut_ring(sheet, count, corners, inwards * turn)
    return count, size


@compiled
def _turn(corners: F) -> tuple[float, float]:
    """Sign that makes what a ring gives to its inside positive, and its area in cells."""
    twice = 0.0
    for i in range(corners.shape[0] - 1):
        x_mean = (corners[i, 0] - corners[0, 0]) + (corners[i + 1, 0] - corners[0, 0])
        twice += x_mean * (corners[i + 1, 1] - corners[i, 1])
    return -np.sign(twice), abs(twice) / 2


@compiled
def _cut_ring(sheet: _Sheet, count: int, corners: F, sign: float) -> int:
    for i in range(corners.shape[0] - 1):
        xa, ya = corners[i, 0], corners[i, 1]
        xb, yb = corners[i + 1, 0], corners[i + 1, 1]
        # Neighbours share edges: cut from the upper end in both, so that shares add up to one.
        if ya < yb:
            count = _cut_edge(sheet, count, (xa, ya, xb, yb), sign)
        elif yb < ya:
            count = _cut_edge(sheet, count, (xb, yb, xa, ya), -sign)
    return count


@compiled
def _cut_edge(
    sheet: _Sheet, count: int, edge: tuple[float, float, float, float], sign: float
) -> int:
    """Cut an edge that goes down at the lines between rows."""
    xa, ya, xb, yb = edge
    if yb <= sheet.first or ya >= sheet.end:
        return count
    x_per_y = (xb - xa) / (yb - ya)
    left, right = min(xa, xb), max(xa, xb)
    y = max(ya, float(sheet.first))
    x = xa if y == ya else min(max(xa + (y - ya) * x_per_y, left), right)
    for row in range(int(np.floor(y)), min(sheet.end, int(np.ceil(yb)))):
        y_next = min(yb, row + 1.0)
        x_next = xb if y_next == yb else min(max(xa + (y_next - ya) * x_per_y, left), right)
        count = _cut_row(sheet, count, row, (min(x, x_next), max(x, x_next)), sign * (y_next - y))
        x, y = x_next, y_next
    return count


@compiled
def _cut_row(sheet: _Sheet, count: int, row: int, ends: tuple[float, float], height: float) -> int:
    """Cut what of an edge lies in one row at the lines between columns."""
    left, right = ends
    pieces, columns = sheet.pieces, sheet.columns
    if left >= columns:
        return count
    if right <= 0:  # left of the grid: the whole row gains
        return _put(pieces, count, (row, 0), height, height)
    column = int(np.floor(left))
    if right <= column + 1:
        area = height * (column + 1 - (left + right) / 2)
        return _put(pieces, count, (row, column), height, area)
    height_per_x = height / (right - left)
    done = 0.0
    if left < 0:
        done, column = -left * height_per_x, 0
        count = _put(pieces, count, (row, 0), done, done)
    start = max(left, 0.0)
    while column < columns and start < right:
        stop = min(right, column + 1.0)
        reached = height if stop == right else (stop - left) * height_per_x
        area = (reached - done) * (column + 1 - (start + stop) / 2)
        count = _put(pieces, count, (row, column), reached - done, area)
        start, done, column = stop, reached, column + 1
    return count


@compiled
def _put(pieces: Pieces, count: int, cell: tuple[int, int], cover: float, area: float) -> int:
    pieces.row[count], pieces.column[count] = cell
    pieces.cover[count] = cover
    pieces.area[count] = area
    return count + 1


@compiled
def _by_row_and_column(sheet: _Sheet, count: int) -> tuple[I, I]:
    pieces, first, end = sheet.pieces, sheet.first, sheet.end
    start = np.zeros(end - first + 1, dtype=np.int64)
    for piece in range(count):
        start[pieces.row[piece] - first + 1] += 1
    start = np.cumsum(start)
    free = start.copy()
    order = np.empty(count, dtype=np.int64)
    for piece in range(count):
        row = pieces.row[piece] - first
        order[free[row]] = piece
        free[row] += 1
    for row in range(end - first):
        _sort(order[start[row] : start[row + 1]], pieces.column)
    return order, start


@compiled
def _sort(own: I, column: I32) -> None:
    """Shell's sort: most rows hold a handful of pieces, a long flat edge brings thousands."""
    gap = 1
    while 3 * gap + 1 < own.size:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, own.size):
            piece, place = own[i], i
            while place >= gap and column[own[place - gap]] > column[piece]:
                own[place] = own[place - gap]
                place -= gap
            own[place] = piece
        gap //= 3


@compiled
def _sweep(sheet: _Sheet, own: I, least: float, runs: Runs, used: int) -> int:
    """Go along a row from the left and write down its runs."""
    pieces, begin, inside, k = sheet.pieces, used, 0.0, 0
    while k < own.size:
        column = pieces.column[own[k]]
        share = inside
        while k < own.size and pieces.column[own[k]] == column:
            share += pieces.area[own[k]]
            inside += pieces.cover[own[k]]
            k += 1
        if share >= least:
            used = _extend(runs, begin, used, (column, column + 1), share)
        after = pieces.column[own[k]] if k < own.size else sheet.columns
        if after > column + 1 and inside >= least:
            used = _extend(runs, begin, used, (column + 1, after), inside)
    return used


@compiled
def _extend(runs: Runs, begin: int, used: int, columns: tuple[int, int], share: float) -> int:
    """Write a run down, or lengthen the last one of the row by it."""
    column, end = columns
    share = 1.0 if share > 1 - NEGLIGIBLE_SHARE else share
    last = used - 1
    if last >= begin and runs.share[last] == share:
        goes_on = runs.column[last] + runs.cells[last] == column
        if goes_on:
            runs.cells[last] += end - column
            return used
    runs.column[used] = column
    runs.cells[used] = end - column
    runs.share[used] = share
    return used + 1
