"""Choose each step of a flood simulation, give it its water, and keep the accounts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled_for_threads
from geo.inertial_courses import Sources, curve_total, curve_value
from geo.inertial_faces import GRAVITY_M_S2
from geo.inertial_state import (
    RING,
    TILE_COLUMNS,
    TILE_ROWS,
    Record,
    Rows,
    Scene,
    Step,
    Tally,
    Terrain,
    Water,
)
from geo.inertial_tile import advance

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

# A step is never longer than for water of this depth, metres, or floods would begin too late.
SHALLOWEST_M = 0.1
# A dry tile rests after two more steps, in which both copies of the state are cleared.
_CLEARING = 2


class Clock(NamedTuple):
    """
    Time and accounts; arrays of one number each, for they change.

    Attributes
    ----------
    second
        Time now.
    seconds
        Length of the step under way.
    deepest
        Greatest depth, metres.
    given, taken
        Volume in and out so far, cubic metres, each with what rounding lost.
    most
        Greatest volume stored.
    steps, cell_steps
        Steps done, and wet cells summed over them.
    resting
        Per tile: steps until it rests.
    chosen
        Tiles of this step.
    end
        Second at which to stop.
    courant
        Share of the longest stable step.
    """

    second: F
    seconds: F
    deepest: F
    given: F
    taken: F
    most: F
    steps: I
    cell_steps: I
    resting: I
    chosen: I
    end: float
    courant: float


@compiled_for_threads
def begin_step(terrain: Terrain, new: Water, tally: Tally, sources: Sources, clock: Clock) -> Step:
    """
    Choose the length of the next step and the tiles that can change in it.

    Parameters
    ----------
    terrain
        The terrain.
    new
        The copy of the state to be written.
    tally
        Where water is; the columns to look at are set.
    sources
        Where water comes from.
    clock
        Its step and its tiles are set.

    Returns
    -------
    Step
        The step.
    """
    now = clock.second[0]
    rain = curve_value(sources, 0, now)
    rise = sources.rain_most_m_s * rain
    area = terrain.size_m * terrain.size_m
    for k in range(sources.inflow.shape[0]):
        rise = max(rise, curve_value(sources, sources.inflow[k, 2], now) / area)
    # Two halves at the end instead of a long step and a tiny one, in which friction is nothing.
    seconds = _stable_seconds(clock, terrain.size_m, rise)
    if clock.end - now <= seconds:
        seconds = clock.end - now
    elif clock.end - now < 2.0 * seconds:
        seconds = 0.5 * (clock.end - now)
    clock.seconds[0] = seconds
    mean = 0.0
    if seconds > 0.0:
        mean = (curve_total(sources, 0, now + seconds) - curve_total(sources, 0, now)) / seconds
    _choose(new, tally, clock, rains=sources.rain_m3_s > 0.0 and mean > 0.0)
    return Step(now, seconds, mean, sources.drain_m_s * seconds)


# Longest stable step, counting the rise of the water in it: g dt^2 (h + rise dt) = (c dx)^2.
@compiled_for_threads
def _stable_seconds(clock: Clock, size_m: float, rise: float) -> float:
    depth = max(clock.deepest[0], SHALLOWEST_M)
    reach = (clock.courant * size_m) ** 2 / GRAVITY_M_S2
    seconds = np.sqrt(reach / depth)
    for _ in range(8):  # Newton, from above
        excess = seconds * seconds * (depth + rise * seconds) - reach
        seconds -= excess / (seconds * (2.0 * depth + 3.0 * rise * seconds))
    return float(seconds)


# Choose the tiles with water, rain or something to clear, and the columns of each.
@compiled_for_threads
def _choose(new: Water, tally: Tally, clock: Clock, rains: bool) -> None:  # noqa: FBT001
    across = new.wet.shape[1]
    columns = new.depth.shape[1] - 2 * RING - 1
    count = 0
    for tile in range(tally.wet.size):
        width = min(TILE_COLUMNS, columns - tile % across * TILE_COLUMNS)
        begin, end = (0, width) if rains else _reach(tally, tile, across, width)
        if begin < end:
            clock.resting[tile] = _CLEARING
        elif clock.resting[tile] > 0:
            clock.resting[tile] -= 1
        else:
            continue
        tally.begin[tile] = min(begin, new.begin[tile])
        tally.end[tile] = max(end, new.end[tile])
        new.begin[tile], new.end[tile] = begin, end
        if tally.begin[tile] < tally.end[tile]:
            clock.chosen[count + 1] = tile
            count += 1
    clock.chosen[0] = count


# Columns of a tile that hold water or lie beside some; none if the first exceeds the last.
@compiled_for_threads
def _reach(tally: Tally, tile: int, across: int, width: int) -> tuple[int, int]:
    column = tile % across
    begin, end = width, 0
    if tally.wet[tile] > 0:
        begin, end = max(0, tally.first[tile] - 1), min(width, tally.last[tile] + 2)
    if column > 0 and tally.wet[tile - 1] > 0 and tally.last[tile - 1] == TILE_COLUMNS - 1:
        begin, end = 0, max(end, 1)
    if column + 1 < across and tally.wet[tile + 1] > 0 and tally.first[tile + 1] == 0:
        begin, end = min(begin, width - 1), width
    for near in (tile - across, tile + across):
        if 0 <= near < tally.wet.size and tally.wet[near] > 0:
            begin, end = min(begin, tally.first[near]), max(end, tally.last[near] + 1)
    return begin, end


@compiled_for_threads
def end_step(  # noqa: PLR0917 - compiled functions take no keyword-only options
    terrain: Terrain, new: Water, tally: Tally, sources: Sources, clock: Clock, step: Step
) -> None:
    """
    Give the new state its inflows and levels, and book what came and went.

    Parameters
    ----------
    terrain
        Beds and size of the cells.
    new, tally
        The new state, and what its tiles said; changed where levels and inflows change them.
    sources
        Where water comes from.
    clock
        Time and accounts; changed.
    step
        The step.
    """
    area = terrain.size_m * terrain.size_m
    add_volume(clock.given, sources.rain_m3_s * step.rain * step.seconds)
    left = drained = 0.0
    deepest = np.int64(0)
    wet = 0
    for place in range(1, clock.chosen[0] + 1):
        tile = clock.chosen[place]
        left += tally.left[tile]
        drained += tally.drained[tile]
        deepest = max(deepest, tally.deepest[tile])
        wet += tally.wet[tile]
    bits = clock.deepest.view(np.int64)
    bits[0] = deepest
    add_volume(clock.taken, left * step.seconds * terrain.size_m + drained * area)
    clock.steps[0] += 1
    clock.cell_steps[0] += wet
    end = step.second + step.seconds
    if clock.end - end <= 1e-9 * clock.end:
        end = clock.end
    pour_in(new, tally, sources, clock, (step.second, end), area)
    set_levels(terrain, new, tally, sources, clock, end)
    clock.second[0] = end
    clock.most[0] = max(clock.most[0], clock.given[0] - clock.taken[0])


@compiled_for_threads
def add_volume(total: F, part: float) -> None:
    """
    Add to a sum and carry what rounding loses (Neumaier).

    Parameters
    ----------
    total
        Sum and loss; the sum is their sum.
    part
        What is added.
    """
    both = total[0] + part
    if abs(total[0]) >= abs(part):
        total[1] += (total[0] - both) + part
    else:
        total[1] += (part - both) + total[0]
    total[0] = both


@compiled_for_threads
def pour_in(  # noqa: PLR0917 - compiled functions take no keyword-only options
    water: Water,
    tally: Tally,
    sources: Sources,
    clock: Clock,
    between: tuple[float, float],
    area: float,
) -> None:
    """
    Add the inflow of a time to its cells.

    Parameters
    ----------
    water, tally
        What is changed.
    sources
        The inflows.
    clock
        Accounts; changed.
    between
        Begin and end, seconds.
    area
        Of a cell, square metres.
    """
    for k in range(sources.inflow.shape[0]):
        row, column, curve = sources.inflow[k]
        volume = curve_total(sources, curve, between[1]) - curve_total(sources, curve, between[0])
        water.depth[row, column] += volume / area
        add_volume(clock.given, volume)
        _mark(water, tally, clock, row, column)


@compiled_for_threads
def set_levels(  # noqa: PLR0917 - compiled functions take no keyword-only options
    terrain: Terrain, water: Water, tally: Tally, sources: Sources, clock: Clock, second: float
) -> None:
    """
    Put cells with a prescribed level at it, and book the difference.

    Parameters
    ----------
    terrain
        Beds.
    water, tally
        What is changed.
    sources
        The levels.
    clock
        Accounts; changed.
    second
        Time.
    """
    area = terrain.size_m * terrain.size_m
    curve = -1
    level = 0.0
    for k in range(sources.stage.shape[0]):
        if sources.stage[k, 2] != curve:
            curve = sources.stage[k, 2]
            level = curve_value(sources, curve, second)
        row, column = sources.stage[k, 0], sources.stage[k, 1]
        depth = max(level - terrain.bed[row, column], 0.0)
        change = depth - water.depth[row, column]
        add_volume(clock.given if change > 0.0 else clock.taken, abs(change) * area)
        water.depth[row, column] = depth
        _mark(water, tally, clock, row, column)


# A cell that was changed from outside counts as the tiles' own cells do.
@compiled_for_threads
def _mark(water: Water, tally: Tally, clock: Clock, row: int, column: int) -> None:
    if water.depth[row, column] > 0.0:
        strip = (column - RING) // TILE_COLUMNS
        tile = (row - RING) // TILE_ROWS * water.wet.shape[1] + strip
        water.wet[row, strip] = True
        water.filled[row, strip] = True
        place = (column - RING) % TILE_COLUMNS
        dry = tally.wet[tile] == 0
        tally.first[tile] = place if dry else min(tally.first[tile], place)
        tally.last[tile] = place if dry else max(tally.last[tile], place)
        water.begin[tile] = min(water.begin[tile], place)
        water.end[tile] = max(water.end[tile], place + 1)
        tally.wet[tile] = max(tally.wet[tile], 1)
        clock.deepest[0] = max(clock.deepest[0], water.depth[row, column])


@compiled_for_threads
def run_steps(  # noqa: PLR0917 - compiled functions take no keyword-only options
    terrain: Terrain,
    waters: tuple[Water, Water],
    record: Record,
    tally: Tally,
    sources: Sources,
    clock: Clock,
    rows: Rows,
    most: int,
) -> None:
    """
    Do steps in one thread until the end, or until there were enough.

    Parameters
    ----------
    terrain
        The terrain.
    waters
        Both copies of the state; that of the number of steps done, modulo two, is now.
    record, tally
        What is kept and said; changed.
    sources
        Where water comes from.
    clock
        Time and accounts; changed.
    rows
        Work rows.
    most
        Steps to do at most.
    """
    for _ in range(most):
        if clock.second[0] >= clock.end:
            return
        old = waters[clock.steps[0] % 2]
        new = waters[(clock.steps[0] + 1) % 2]
        step = begin_step(terrain, new, tally, sources, clock)
        scene = Scene(terrain, old, new, record, tally, step, rows)
        advance(scene, clock.chosen[1 : clock.chosen[0] + 1])
        end_step(terrain, new, tally, sources, clock, step)
