"""Find the sea level from which each cell of a terrain is flooded, over dikes and through gaps."""

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.errors import GridError, ParameterError
from geo.terrain import metres

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]

NEVER = -1
_STRAIGHT, _ALL = 4, 8


@dataclass(frozen=True, kw_only=True)
class Overtopping:
    """
    From which sea level each cell is flooded, and what the water has to pass before.

    Attributes
    ----------
    level_m
        Onset level, metres, as `onset_level` gives it.
    row, column
        Place of the cell that decides: the highest on the lowest path from the sea, the first of
        these where several are as high. Where the ground itself decides it is the cell itself.
        -1 where no path leads, and where there is no elevation.
    over_wall
        Does a wall decide: is the crest on that cell above its ground?
    """

    level_m: F
    row: I
    column: I
    over_wall: B


def onset_level(
    elevation: F,
    sea: B,
    crest: F | None = None,
    connectivity: Literal[4, 8] = 8,
    *,
    breaches: B | None = None,
) -> F:
    """
    Lowest level of the sea from which its water reaches each cell.

    Priority flood from the sea (after Barnes, Lehman and Mulla 2014,
    doi:10.1016/j.cageo.2013.04.024): to pass a cell the water must be as high as its ground and as
    any wall on it; a cell's onset level is the highest of these on the path where this is lowest.
    One pass serves all scenarios: a cell is wet at level L where its onset level is not above L,
    and then L less its elevation deep. There is no time and no friction in it, so it
    overestimates how far a short surge reaches.

    The sea stands on its own cells as high as their ground, and walls drawn on cells of the sea
    are not seen, for they have water on both sides. Its water must rise over a sea cell of high
    ground (a rock, a cell marked by mistake) like over any other to pass it. With 8 neighbours
    water slips between two walls that touch by a corner; draw walls without such gaps, or use 4.

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``, NaN = no data: never reached and never passed.
    sea
        True where the sea is, same shape; cells of it without an elevation are no part of it.
    crest
        Metres, same shape and datum: the top of a wall or dike on its cell, NaN = none. A crest
        below the ground changes nothing.
    connectivity
        8 lets water pass between cells that touch by a corner, 4 does not.
    breaches
        True where a wall is gone, same shape.

    Returns
    -------
    ndarray
        Metres, same shape: sea cells have their own elevation, inf = no path leads there, NaN
        where ``elevation`` is.

    Raises
    ------
    GridError
        If the shapes differ, a height is infinite, marks are neither true nor false, or there is
        a sea and none of its cells has an elevation; without a sea no level reaches anything.
    ParameterError
        If the connectivity is neither 4 nor 8.

    Examples
    --------
    >>> import numpy as np
    >>> land = np.array([[-1.0, 2.0, 1.0, 1.5]])
    >>> sea = np.array([[True, False, False, False]])
    >>> dike = np.array([[np.nan, 5.4, np.nan, np.nan]])
    >>> print(onset_level(land, sea), onset_level(land, sea, dike))
    [[-1.  2.  2.  2.]] [[-1.   5.4  5.4  5.4]]
    """
    return overtopping(elevation, sea, crest, connectivity, breaches=breaches).level_m


def overtopping(
    elevation: F,
    sea: B,
    crest: F | None = None,
    connectivity: Literal[4, 8] = 8,
    *,
    breaches: B | None = None,
) -> Overtopping:
    """
    Onset level of each cell, and the cell over which the sea comes: a section of a dike, a saddle.

    Parameters
    ----------
    elevation, sea, crest, connectivity, breaches
        As for `onset_level`.

    Returns
    -------
    Overtopping
        Level, and place and kind of the cell that decides it.

    Raises
    ------
    GridError
        If the shapes differ, a height is infinite, marks are neither true nor false, or there is
        a sea and none of its cells has an elevation; without a sea no level reaches anything.
    ParameterError
        If the connectivity is neither 4 nor 8.

    Examples
    --------
    >>> import numpy as np
    >>> land = np.array([[-1.0, 2.0, 1.0, 6.0]])
    >>> sea = np.array([[True, False, False, False]])
    >>> dike = np.array([[np.nan, 5.4, np.nan, np.nan]])
    >>> why = overtopping(land, sea, dike)
    >>> print(why.level_m[0, 2], why.column[0, 2], why.over_wall[0, 2], why.over_wall[0, 3])
    5.4 1 True False
    """
    if connectivity not in {_STRAIGHT, _ALL}:
        raise ParameterError(
            f"The connectivity is {connectivity}; water passes to 4 or to 8 neighbours.",
            f"连通数为 {connectivity}；水只能流向 4 个或 8 个邻格。",
        )
    ground = np.array(metres(elevation, name="The elevation", name_zh="高程"), order="C")
    _same_shape(ground, np.asarray(sea), "The sea", "海域")
    passing = _barrier(ground, crest, breaches)
    wet = _yes_or_no(sea, "The sea", "海域")
    source = wet & ~np.isnan(ground)
    if wet.any() and not source.any():
        raise GridError(
            "No cell of the sea has an elevation. Give them that of the sea bed.",
            "海域格点都没有高程。请给出海底高程。",
        )
    passing[source] = ground[source]
    wide = np.ascontiguousarray(np.pad(passing, 1, constant_values=np.nan))
    level = np.where(np.isnan(wide), np.nan, np.inf)
    decides = np.full(wide.size, NEVER)
    starts = np.flatnonzero(np.pad(source, 1))
    _rise(wide.ravel(), starts, _steps(wide.shape[1], connectivity), level.ravel(), decides)
    inner = decides.reshape(wide.shape)[1:-1, 1:-1]
    row, column = np.divmod(inner, wide.shape[1])
    reached = inner != NEVER
    return Overtopping(
        level_m=level[1:-1, 1:-1].copy(),
        row=np.where(reached, row - 1, NEVER),
        column=np.where(reached, column - 1, NEVER),
        over_wall=reached
        & (passing > ground).ravel()[
            np.where(reached, (row - 1) * ground.shape[1] + column - 1, 0)
        ],
    )


def _same_shape(ground: F, other: NDArray[np.generic], name: str, name_zh: str) -> None:
    if other.shape != ground.shape:
        raise GridError(
            f"{name} has shape {other.shape}, the elevation {ground.shape}; they must agree.",
            f"{name_zh}数组形状为 {other.shape}，高程为 {ground.shape}；两者必须一致。",
        )


def _yes_or_no(cells: NDArray[np.generic], name: str, name_zh: str) -> B:
    """Read marks of cells; what is masked is not marked."""
    given = np.ma.filled(cells, 0) if isinstance(cells, np.ma.MaskedArray) else np.asarray(cells)
    if given.dtype.kind != "b" and not np.isin(given, (0, 1)).all():
        raise GridError(
            f"{name} holds values other than true and false; mark each cell with one of them.",
            f"{name_zh}中有既非真也非假的值；每个格点请标为真或假。",
        )
    return given.astype(np.bool_)


# Level at which water passes each cell.
def _barrier(ground: F, crest: F | None, breaches: B | None) -> F:
    if crest is None:
        return ground.copy()
    walls = np.array(metres(crest, name="The crest", name_zh="堤顶高程"), order="C")
    _same_shape(ground, walls, "The crest", "堤顶高程")
    if breaches is not None:
        _same_shape(ground, np.asarray(breaches), "The breach", "溃口")
        walls[_yes_or_no(breaches, "The breach", "溃口")] = np.nan
    passing: F = np.fmax(ground, walls)
    passing[np.isnan(ground)] = np.nan
    return passing


def _steps(columns: int, connectivity: int) -> I:
    around = [1, -columns, -1, columns, 1 - columns, -1 - columns, columns - 1, columns + 1]
    return np.array(around[:connectivity], dtype=np.int64)


@compiled
def _rise(passing: F, starts: I, steps: I, level: F, decides: I) -> None:
    rim = [(0.0, 0) for _ in range(0)]
    # Cells no higher than the water that found them lie at its level: first come, first served.
    low = np.empty(passing.size, dtype=np.int64)
    head = tail = 0
    for cell in starts:
        level[cell] = passing[cell]
        decides[cell] = cell
        rim.append((level[cell], cell))
    heapq.heapify(rim)
    while head < tail or len(rim) > 0:
        if head < tail:
            cell = low[head]
            head += 1
        else:
            cell = heapq.heappop(rim)[1]
        for step in steps:
            near = cell + step
            if decides[near] != NEVER or np.isnan(passing[near]):
                continue
            if passing[near] <= level[cell]:
                level[near] = level[cell]
                decides[near] = decides[cell]
                low[tail] = near
                tail += 1
            else:
                level[near] = passing[near]
                decides[near] = near
                heapq.heappush(rim, (level[near], near))
