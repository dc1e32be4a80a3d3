"""Move the water of one tile of the terrain by one step, from one copy of the state to the other.

A tile reads what it and its neighbours were and writes what it itself becomes, so tiles may be
done in any order and by any number of threads, and the result is the same to the last bit.
"""

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled_for_threads, compiled_in_place
from geo.inertial_faces import (
    GRAVITY_M_S2,
    cut_discharge,
    depth_of_flow,
    discharge,
    momentum,
    resistance,
    share_that_may_leave,
    speed,
)
from geo.inertial_record import keep
from geo.inertial_state import RING, TILE_COLUMNS, TILE_ROWS, Rows, Scene, Tally, Water

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


@compiled_for_threads
def advance(scene: Scene, tiles: I) -> None:
    """
    Advance tiles by one step.

    Parameters
    ----------
    scene
        State, terrain and step.
    tiles
        Numbers of the tiles, row by row.
    """
    for tile in tiles:
        _advance_tile(scene, tile)


@compiled_in_place
def _advance_tile(scene: Scene, tile: int) -> None:
    old = scene.old
    across = old.wet.shape[1]
    strip = tile % across
    top = RING + tile // across * TILE_ROWS
    bottom = min(top + TILE_ROWS, old.depth.shape[0] - RING - 1)
    # The last tile of a row of tiles is cut by the edge of the grid.
    right = RING + strip * TILE_COLUMNS + scene.tally.end[tile]
    right = min(right, old.depth.shape[1] - RING - 1)
    left = min(RING + strip * TILE_COLUMNS + scene.tally.begin[tile], right)
    _clear(scene.tally, tile)
    raining = scene.terrain.rain.size > 0 and scene.step.rain > 0.0
    above_two = False
    above = _holds_water(old, top - 2, strip, left, right)
    here = _holds_water(old, top - 1, strip, left, right)
    _north_faces(scene, top - 1, left, right, above or here)
    cut_above = 0
    for row in range(top - 1, bottom + 1):
        below = _holds_water(old, row + 1, strip, left, right)
        _west_faces(scene, row, left, right, here)
        _north_faces(scene, row + 1, left, right, here or below)
        cut = _shares(scene, row, left, right, here)
        if row >= top:
            _settle_north(scene.rows, row, right - left, cut + cut_above, above or here)
        if row > top:
            moves = above_two or above or here or raining
            if moves or scene.new.filled[row - 1, strip]:
                _update(scene, tile, row - 1, left, right, cut_above)
                keep(scene, row - 1, left, right)
                if scene.terrain.is_open:
                    _let_out(scene, tile, row - 1, left, right)
                scene.new.filled[row - 1, strip] = moves
        above_two = above
        above = here
        here = below
        cut_above = cut


@compiled_in_place
def _clear(tally: Tally, tile: int) -> None:
    tally.wet[tile] = 0
    tally.deepest[tile] = 0
    tally.left[tile] = 0.0
    tally.drained[tile] = 0.0
    tally.first[tile] = TILE_COLUMNS
    tally.last[tile] = -1


# Does a row of a tile, or the cell before or behind it, hold water?
@compiled_in_place
def _holds_water(water: Water, row: int, strip: int, left: int, right: int) -> bool:
    beside = water.depth[row, left - 1] > 0.0 or water.depth[row, right] > 0.0
    return bool(water.wet[row, strip] or beside)


# Discharge through the faces west of the cells of a row, one more on either side.
@compiled_in_place
def _west_faces(scene: Scene, row: int, left: int, right: int, wet: bool) -> None:  # noqa: FBT001
    count = right - left + 3
    flow = scene.rows.x[row % 3, :count]
    if not wet:
        flow[:] = 0.0
        return
    near, far = left - 2, left - 1
    z, n, h = scene.terrain.bed, scene.terrain.manning, scene.old.depth
    depth, push = scene.rows.x_depth[row % 3, :count], scene.rows.push[:count]
    ratio = scene.step.seconds / scene.terrain.size_m
    cell = (h[row, near : near + count], z[row, near : near + count])
    next_cell = (h[row, far : far + count], z[row, far : far + count])
    depth_of_flow(cell, next_cell, depth, push, GRAVITY_M_S2 * ratio)
    q = scene.old.x
    now = q[row, far : far + count]
    if scene.terrain.theta < 1.0:
        now = scene.rows.mixed[:count]
        upstream, downstream = q[row, near : near + count], q[row, far + 1 : far + 1 + count]
        momentum(q[row, far : far + count], upstream, downstream, scene.terrain.theta, now)
    numbers, bits = scene.rows.number, scene.rows.bits
    work = (numbers[0, :count], numbers[1, :count], bits[0, :count], bits[1, :count])
    near_n, far_n = n[row, near : near + count], n[row, far : far + count]
    resistance(depth, now, near_n, far_n, work, scene.step.seconds)
    discharge(now, push, numbers[1, :count], depth, flow)
    if scene.terrain.is_open:
        if left == RING:
            _hold_back(scene, flow[1:2], row, left, 0, 1)
        if right == h.shape[1] - RING - 1:
            _hold_back(scene, flow[count - 2 : count - 1], row, right - 1, 0, -1)


# Discharge through the faces north of the cells of a row, one more on either side.
@compiled_in_place
def _north_faces(scene: Scene, row: int, left: int, right: int, wet: bool) -> None:  # noqa: FBT001
    first, last = left - 1, right + 1
    count = last - first
    flow = scene.rows.y[row % 3, :count]
    if not wet:
        flow[:] = 0.0
        return
    z, n, h = scene.terrain.bed, scene.terrain.manning, scene.old.depth
    depth, push = scene.rows.y_depth[row % 3, :count], scene.rows.push[:count]
    ratio = scene.step.seconds / scene.terrain.size_m
    cell = (h[row - 1, first:last], z[row - 1, first:last])
    next_cell = (h[row, first:last], z[row, first:last])
    depth_of_flow(cell, next_cell, depth, push, GRAVITY_M_S2 * ratio)
    q = scene.old.y
    now = q[row, first:last]
    if scene.terrain.theta < 1.0:
        now = scene.rows.mixed[:count]
        upstream, downstream = q[row - 1, first:last], q[row + 1, first:last]
        momentum(q[row, first:last], upstream, downstream, scene.terrain.theta, now)
    numbers, bits = scene.rows.number, scene.rows.bits
    work = (numbers[0, :count], numbers[1, :count], bits[0, :count], bits[1, :count])
    near_n, far_n = n[row - 1, first:last], n[row, first:last]
    resistance(depth, now, near_n, far_n, work, scene.step.seconds)
    discharge(now, push, numbers[1, :count], depth, flow)
    if scene.terrain.is_open:
        if row == RING:
            _hold_back(scene, flow[1 : count - 1], row, left, 1, 0)
        if row == h.shape[0] - RING - 1:
            _hold_back(scene, flow[1 : count - 1], row - 1, left, -1, 0)


# Nothing leaves over an open edge where the water falls away from it, towards the next cell.
@compiled_in_place
def _hold_back(  # noqa: PLR0917 - compiled functions take no keyword-only options
    scene: Scene, flow: F, row: int, column: int, down: int, across: int
) -> None:
    h, z = scene.old.depth, scene.terrain.bed
    alone = h.shape[0 if down != 0 else 1] == 2 * RING + 2
    for k in range(flow.size):
        edge = h[row, column + k] + z[row, column + k]
        inner = h[row + down, column + k + across] + z[row + down, column + k + across]
        if alone or edge > inner:
            flow[k] = 0.0


# Share of its outflows that each cell of a row can pay for, one more cell on either side.
@compiled_in_place
def _shares(scene: Scene, row: int, left: int, right: int, wet: bool) -> int:  # noqa: FBT001
    rows = scene.rows
    count = right - left + 2
    share = rows.share[row % 3, :count]
    if not wet:
        share[:] = 0.0  # momentum alone may point out of a cell that just dried
        return 1
    east_west = (rows.x[row % 3, :count], rows.x[row % 3, 1 : count + 1])
    north_south = (rows.y[row % 3, :count], rows.y[(row + 1) % 3, :count])
    depth = scene.old.depth[row, left - 1 : right + 1]
    ratio = scene.step.seconds / scene.terrain.size_m
    return share_that_may_leave(depth, east_west, north_south, ratio, share)


# Cut the faces north of a row, once the shares of both rows are known, and take their speed.
@compiled_in_place
def _settle_north(rows: Rows, row: int, width: int, cut: int, wet: bool) -> None:  # noqa: FBT001
    slot = row % 3
    count = width + 2
    flow = rows.y[slot, :count]
    if cut > 0:
        cut_discharge(flow, rows.share[(row - 1) % 3, :count], rows.share[slot, :count])
    if wet:
        speed(flow, rows.y_depth[slot, :count], rows.y_speed[slot, :count])
    else:
        rows.y_speed[slot, :count] = 0.0


# Write depth and discharge of a row after the step, and tell of its tile.
@compiled_in_place
def _update(  # noqa: PLR0917 - compiled functions take no keyword-only options
    scene: Scene, tile: int, row: int, left: int, right: int, cut: int
) -> None:
    rows, new, width = scene.rows, scene.new, right - left
    x = rows.x[row % 3, 1 : width + 2]
    share = rows.share[row % 3]
    if cut > 0:
        cut_discharge(x, share[: width + 1], share[1 : width + 2])
    north = rows.y[row % 3, 1 : width + 1]
    south = rows.y[(row + 1) % 3, 1 : width + 1]
    depth = new.depth[row, left:right]
    ratio = scene.step.seconds / scene.terrain.size_m
    _balance(scene.old.depth[row, left:right], x, north, south, ratio, depth)
    _copy(x[:width], new.x[row, left:right])
    _copy(north, new.y[row, left:right])
    if scene.terrain.rain.size > 0 and scene.step.rain > 0.0:
        _rain(depth, scene.terrain.rain[row, left:right], scene.step.rain * scene.step.seconds)
    if scene.step.drain_m > 0.0:
        scene.tally.drained[tile] += _drain(depth, scene.step.drain_m)
    wet = _count_wet(depth, scene.tally.deepest, tile)
    scene.tally.wet[tile] += wet
    new.wet[row, tile % new.wet.shape[1]] = wet > 0
    if wet > 0:
        _stretch(scene.tally, tile, depth)


# First and last column of a tile that holds water: look only outside of those known so far.
@compiled_in_place
def _stretch(tally: Tally, tile: int, depth: F) -> None:
    begin = tally.begin[tile]
    k = 0
    while begin + k < tally.first[tile] and depth[k] == 0.0:
        k += 1
    tally.first[tile] = min(tally.first[tile], begin + k)
    k = depth.size - 1
    while begin + k > tally.last[tile] and depth[k] == 0.0:
        k -= 1
    tally.last[tile] = max(tally.last[tile], begin + k)


@compiled_in_place
def _balance(  # noqa: PLR0917 - compiled functions take no keyword-only options
    before: F, x: F, north: F, south: F, ratio: float, after: F
) -> None:
    for k in range(after.size):
        h = before[k] + ratio * ((x[k] - x[k + 1]) + (north[k] - south[k]))
        after[k] = max(0.0, h)


@compiled_in_place
def _copy(source: F, target: F) -> None:
    for k in range(target.size):
        target[k] = source[k]


@compiled_in_place
def _rain(depth: F, rain: F, seconds: float) -> None:
    for k in range(depth.size):
        depth[k] += rain[k] * seconds


@compiled_in_place
def _drain(depth: F, most: float) -> float:
    drained = 0.0
    for k in range(depth.size):
        taken = min(depth[k], most)
        depth[k] -= taken
        drained += taken
    return drained


@compiled_in_place
def _count_wet(depth: F, deepest: I, tile: int) -> int:
    bits = depth.view(np.int64)  # whole numbers make vectors
    most = deepest[tile]
    wet = 0
    for k in range(bits.size):
        most = max(most, bits[k])
        wet += bits[k] > 0
    deepest[tile] = most
    return wet


# Water that leaves over the edge of the grid stays as discharge of the outermost faces.
@compiled_in_place
def _let_out(scene: Scene, tile: int, row: int, left: int, right: int) -> None:
    new, rows = scene.new, scene.rows
    if left == RING:
        scene.tally.left[tile] -= rows.x[row % 3, 1]
    if right == new.depth.shape[1] - RING - 1:
        new.x[row, right] = rows.x[row % 3, right - left + 1]
        scene.tally.left[tile] += new.x[row, right]
    if row == RING:
        scene.tally.left[tile] -= rows.y[row % 3, 1 : right - left + 1].sum()
    if row + 1 == new.depth.shape[0] - RING - 1:
        south = rows.y[(row + 1) % 3, 1 : right - left + 1]
        _copy(south, new.y[row + 1, left:right])
        scene.tally.left[tile] += south.sum()
