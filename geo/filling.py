"""Let water into a terrain from its outlets, lowest first, until every cell is reached.

Places are unsigned where the loops are tight: a compiled loop then need not ask of each whether it
counts from the end, which is a sixth of the time.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.neighbours import neighbour_steps

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]


class _Rim(NamedTuple):
    """Cells from which water goes on, as a heap: the lowest is the first."""

    level: F
    cell: I


class _Water(NamedTuple):
    """A terrain on which water rises, and where it has been."""

    surface: F
    reached: B
    margin: int
    steps: I


def fill_inwards(surface: F) -> None:
    """
    Raise every cell to the highest cell on its lowest way out, in place.

    From a cell that water leaves or has reached, all that rises from it drains over it and needs no
    order: it is followed at once. Only cells beside something lower that nothing else reaches wait
    for their turn (Zhou, Sun and Fu 2016, doi:10.1016/j.cageo.2016.02.021).

    Parameters
    ----------
    surface
        Metres, NaN = no data, shape ``(rows, columns)``, row by row in memory.
    """
    columns = surface.shape[1]
    number = np.int32 if surface.size < np.iinfo(np.int32).max else np.int64
    _fill(surface.ravel(), columns, neighbour_steps(columns), number)


@compiled
def _fill(surface: F, columns: int, steps: I, number: Any) -> None:
    # What is reached is never looked at again. Cells on the edge are reached from the start, so a
    # step that leaves a row ends on one, and a step that leaves the grid on a margin of the marks.
    margin = columns + 1
    reached = np.ones(surface.size + 2 * margin, dtype=np.bool_)
    reached[margin : margin + surface.size] = np.isnan(surface)
    # Room is taken from memory only where it is used.
    rim = _Rim(np.empty(surface.size), np.empty(surface.size, dtype=number))
    pit = np.empty(surface.size, dtype=number)
    slope = np.empty(surface.size, dtype=number)
    water = _Water(surface, reached, margin, steps)
    waiting = _enter(water, columns, rim)
    while waiting > 0:
        pit[0] = rim.cell[0]
        waiting = _pop(rim, waiting)
        on_slope = _drown(water, pit, slope)
        waiting = _climb(water, slope, on_slope, rim, waiting)


@compiled
def _enter(water: _Water, columns: int, rim: _Rim) -> int:
    """Find the outlets, all of which wait."""
    surface, reached, margin, steps = water
    waiting, rows = 0, surface.size // columns
    for row in range(rows):
        for column in range(columns):
            cell = row * columns + column
            if reached[cell + margin]:
                continue
            is_outlet = row in (0, rows - 1) or column in (0, columns - 1)
            if not is_outlet:
                for way in range(8):
                    is_outlet |= np.isnan(surface[cell + steps[way]])
            if is_outlet:
                waiting = _push(rim, waiting, surface[cell], cell)
    for place in range(waiting):
        reached[rim.cell[place] + margin] = True
    return waiting


@compiled
def _drown(water: _Water, pit: I, slope: I) -> int:
    """Raise all around the first cell of the pit that is lower; tell how much rises from there."""
    surface, reached, margin, steps = water
    in_pit, on_slope = 1, 0
    while in_pit > 0:
        in_pit -= 1
        cell = pit[in_pit]
        level = surface[cell]
        for way in range(8):
            near = cell + steps[way]
            mark, own = np.uint64(near + margin), np.uint64(near)
            if reached[mark]:
                continue
            reached[mark] = True
            if surface[own] <= level:
                surface[own] = level
                pit[in_pit] = near
                in_pit += 1
            else:
                slope[on_slope] = near
                on_slope += 1
    return on_slope


@compiled
def _climb(water: _Water, slope: I, on_slope: int, rim: _Rim, waiting: int) -> int:
    """Follow what rises from some cells; those beside something lower join the rim."""
    surface, reached, margin, steps = water
    climbed = 0
    # First come, first out: from the foot upwards, few cells then wait for their turn.
    while climbed < on_slope:
        cell = slope[climbed]
        climbed += 1
        level, waits = surface[cell], False
        for way in range(8):
            near = cell + steps[way]
            mark = np.uint64(near + margin)
            if reached[mark]:
                continue
            if surface[np.uint64(near)] > level:
                reached[mark] = True
                slope[on_slope] = near
                on_slope += 1
            elif not waits:
                waits = not _rises_from_elsewhere(water, near)
        if waits:
            waiting = _push(rim, waiting, level, cell)
    return waiting


@compiled
def _rises_from_elsewhere(water: _Water, cell: int) -> bool:
    """Whether a lower neighbour is reached already, from which this cell will be followed."""
    surface, reached, margin, steps = water
    level = surface[cell]
    for way in range(8):
        near = cell + steps[way]
        if reached[np.uint64(near + margin)] and surface[np.uint64(near)] < level:
            return True
    return False


@compiled
def _push(rim: _Rim, waiting: int, level: float, cell: int) -> int:
    place = waiting
    while place > 0:
        above = (place - 1) >> 1
        if rim.level[above] <= level:
            break
        rim.level[place], rim.cell[place] = rim.level[above], rim.cell[above]
        place = above
    rim.level[place], rim.cell[place] = level, cell
    return waiting + 1


@compiled
def _pop(rim: _Rim, waiting: int) -> int:
    """Take the first off: the last one sinks from its place."""
    waiting -= 1
    level, cell = rim.level[waiting], rim.cell[waiting]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= waiting:
            break
        if below + 1 < waiting and rim.level[below + 1] < rim.level[below]:
            below += 1
        if rim.level[below] >= level:
            break
        rim.level[place], rim.cell[place] = rim.level[below], rim.cell[below]
        place = below
    rim.level[place], rim.cell[place] = level, cell
    return waiting
