"""Follow the water from cell to cell along given directions, and count what it gathers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.compiled import compiled
from geo.errors import GridError, ParameterError
from geo.neighbours import neighbour_steps

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
I8 = NDArray[np.int8]
B = NDArray[np.bool_]

# Ways beside 0..7, which are east and on counter-clockwise.
ENDS = 8
OUTSIDE = -1
_UNKNOWN = -2

_TAUDEM = {code: code - 1 for code in range(1, 9)} | {0: ENDS}
_ESRI = {1 << clockwise: -clockwise % 8 for clockwise in range(8)} | {0: ENDS, 255: ENDS}
_ESRI[247] = OUTSIDE
CODES = {"d8_taudem": _TAUDEM, "d8_esri": _ESRI}
_LISTED = 10


def directions_of(direction: ArrayLike, encoding: str, nodata: int | None) -> I8:
    """
    Read direction codes.

    Parameters
    ----------
    direction
        Codes, shape ``(rows, columns)``; negative and NaN = no data.
    encoding
        A name of ``CODES``.
    nodata
        A further code that is no data.

    Returns
    -------
    ndarray
        0..7 from east counter-clockwise, 8 = water ends here, -1 = no data; with a ring of -1
        around, shape ``(rows + 2, columns + 2)``.

    Raises
    ------
    GridError
        If the array is not two-dimensional or holds codes of no direction.
    ParameterError
        If the encoding is unknown.
    """
    if encoding not in CODES:
        names = ", ".join(CODES)
        raise ParameterError(
            f"The encoding {encoding!r} is unknown; there are {names}.",
            f"未知的流向编码 {encoding!r}；可用的有 {names}。",
        )
    codes: NDArray[Any] = np.ma.filled(np.ma.asarray(direction), -1 if nodata is None else nodata)
    if codes.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise GridError(
            f"The directions have {codes.ndim} dimensions; rows and columns are needed.",
            f"流向数组有 {codes.ndim} 维；需要行、列两维。",
        )
    outside = np.isnan(codes) | (codes < 0)
    if nodata is not None:
        outside |= codes == nodata
    table = np.full(257, _UNKNOWN, dtype=np.int8)
    table[list(CODES[encoding])] = list(CODES[encoding].values())
    whole = np.where(outside | (codes > 256), 256, codes).astype(np.int64)  # noqa: PLR2004
    ways = np.where(outside, OUTSIDE, table[whole]).astype(np.int8)
    ways[~outside & (whole != codes)] = _UNKNOWN
    _refuse_unknown(codes, ways, encoding)
    return np.pad(ways, 1, constant_values=OUTSIDE)


def _refuse_unknown(codes: NDArray[Any], ways: I8, encoding: str) -> None:
    unknown = ways == _UNKNOWN
    if unknown.any():
        found = np.unique(codes[unknown])
        listed = ", ".join(f"{code:g}" for code in found[:_LISTED])
        more = ", ..." if found.size > _LISTED else ""
        cells = int(unknown.sum())
        raise GridError(
            f"{cells} cells hold codes that are no directions of {encoding}: {listed}{more}. "
            "Is it the right encoding, and is no-data negative or named?",
            f"有 {cells} 个格点的代码不是 {encoding} 的流向：{listed}{more}。"
            "请检查编码方式，以及无数据值是否为负数或已指明。",
        )


def accumulate(ways: I8, *, edge_contamination: bool) -> F:
    """
    Count the cells whose water runs through each cell, itself included.

    Parameters
    ----------
    ways
        As ``directions_of`` gives them.
    edge_contamination
        Whether cells into which water from outside may run are left out.

    Returns
    -------
    ndarray
        Cells, without the ring; NaN where there is no direction or the cell is left out.

    Raises
    ------
    GridError
        If water runs in a circle.
    """
    steps = neighbour_steps(ways.shape[1])
    cells, waits = _gather(ways.ravel(), steps, edge_contamination)
    if waits.any():
        row, column = np.argwhere(waits.reshape(ways.shape))[0] - 1
        count = int(waits.sum())
        raise GridError(
            f"The water runs in a circle over {count} cells, one of them in row {row}, column "
            f"{column} (from 0). Correct the directions.",
            f"流向成环，共 {count} 个格点，其一在第 {row} 行第 {column} 列（从 0 起）。"
            "请修正流向。",
        )
    return cells.reshape(ways.shape)[1:-1, 1:-1].copy()


@compiled
def _gather(ways: I8, steps: I, edge_contamination: bool) -> tuple[F, B]:  # noqa: FBT001
    cells, inflows = _own_water(ways, steps)
    if edge_contamination:
        _mark_edge(ways, steps, cells)
    # A cell is ready once all that runs into it is counted.
    ready = np.empty(ways.size, dtype=np.int64)
    count = 0
    for cell in range(ways.size):
        if ways[cell] != OUTSIDE and inflows[cell] == 0:
            ready[count] = cell
            count += 1
    while count > 0:
        count -= 1
        cell = ready[count]
        inflows[cell] = -1
        near = cell if ways[cell] == ENDS else cell + steps[ways[cell]]
        if near == cell or ways[near] == OUTSIDE:
            continue
        cells[near] += cells[cell]
        inflows[near] -= 1
        if inflows[near] == 0:
            ready[count] = near
            count += 1
    return cells, (ways != OUTSIDE) & (inflows >= 0)


@compiled
def _own_water(ways: I8, steps: I) -> tuple[F, I8]:
    """Each cell itself, and how many others run into it."""
    cells = np.full(ways.size, np.nan)
    inflows = np.zeros(ways.size, dtype=np.int8)
    for cell in range(ways.size):
        if ways[cell] != OUTSIDE:
            cells[cell] = 1.0
            if ways[cell] != ENDS:
                inflows[cell + steps[ways[cell]]] += 1
    return cells, inflows


@compiled
def _mark_edge(ways: I8, steps: I, cells: F) -> None:
    """Cells beside no-data are NaN from the start; what they run to becomes so by adding."""
    for cell in range(ways.size):
        if ways[cell] != OUTSIDE:
            for way in range(8):
                if ways[cell + steps[way]] == OUTSIDE:
                    cells[cell] = np.nan
                    break


def above(ways: I8, outlets: Sequence[tuple[int, int]]) -> B:
    """
    Find the cells that drain to given ones.

    Parameters
    ----------
    ways
        As ``directions_of`` gives them.
    outlets
        Row and column of cells, from 0.

    Returns
    -------
    ndarray
        Whether each cell drains to an outlet or is one, without the ring.

    Raises
    ------
    GridError
        If an outlet lies outside the grid or where there is no direction.
    """
    places = np.asarray(outlets, dtype=np.int64).reshape(-1, 2)
    inside: B = np.all((places >= 0) & (places < np.array(ways.shape) - 2), axis=1)
    starts = (places[:, 0] + 1) * ways.shape[1] + places[:, 1] + 1
    inside[inside] = ways.ravel()[starts[inside]] != OUTSIDE
    if not inside.all():
        listed = "; ".join(f"{row}, {column}" for row, column in places[~inside][:_LISTED])
        raise GridError(
            f"{int((~inside).sum())} outlets lie outside the directions (row, column): {listed}.",
            f"有 {int((~inside).sum())} 个出口不在流向范围内（行, 列）：{listed}。",
        )
    found = _climb_from(ways.ravel(), neighbour_steps(ways.shape[1]), starts)
    return found.reshape(ways.shape)[1:-1, 1:-1]


@compiled
def _climb_from(ways: I8, steps: I, starts: I) -> B:
    found = np.zeros(ways.size, dtype=np.bool_)
    todo = np.empty(ways.size, dtype=np.int64)
    count = 0
    for start in starts:
        if not found[start]:
            found[start] = True
            todo[count] = start
            count += 1
    while count > 0:
        count -= 1
        cell = todo[count]
        for way in range(8):
            # What runs the opposite way from there comes here.
            near = cell + steps[way]
            if ways[near] == (way + 4) % 8 and not found[near]:
                found[near] = True
                todo[count] = near
                count += 1
    return found
