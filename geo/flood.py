"""Flood a terrain: runoff fills its hollows and spills, the sea comes over dikes, water runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.depressions import OUTSIDE, Tree, depression_tree
from geo.errors import GridError, ParameterError
from geo.inertial import FloodRun, simulate
from geo.inertial_inputs import Inflow, Stage
from geo.inertial_record import STANDING_M_S
from geo.masked import floats
from geo.onset import Overtopping, onset_level, overtopping
from geo.terrain import metres

__all__ = [
    "FloodRun",
    "Inflow",
    "Overtopping",
    "SpillResult",
    "Stage",
    "onset_level",
    "overtopping",
    "people_hazard",
    "simulate",
    "spill",
]

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class SpillResult:
    """
    Where the water of a storm comes to rest.

    Attributes
    ----------
    depth_m
        Water depth, metres, shape of the elevation; 0 = dry, NaN where there is no elevation.
    stored_m3
        Water held in depressions, cubic metres.
    left_m3
        Water that left over the edge or into no-data, cubic metres.
    """

    depth_m: F
    stored_m3: float
    left_m3: float


def spill(elevation: F, runoff_mm: F | float, cell_size_m: float) -> SpillResult:
    """
    Fill the depressions of a terrain with a storm's runoff and let them spill.

    Each cell's runoff runs downhill to the bottom of its depression. A depression fills along its
    exact level-volume curve. When full it spills over its lowest saddle: into its neighbour, along
    the way the water takes there; once that is full too, both rise as one. Water that reaches the
    level of a cell on the edge of the grid, or beside no-data, leaves. The result does not depend
    on the order in which depressions are emptied, and there is no clock: it is the state after
    everything has run off. Fill-spill-merge of Barnes, Callaghan and Wickert
    (2021, doi:10.5194/esurf-9-105-2021).

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``, NaN = no data.
    runoff_mm
        Runoff (rain less losses) per cell or everywhere, millimetres, >= 0.
    cell_size_m
        Side of the square cells, metres.

    Returns
    -------
    SpillResult
        Depth, and the volumes stored and left, whose sum is the runoff's volume.

    Raises
    ------
    GridError
        If the shapes differ, the elevation holds infinities, or runoff is negative or missing on
        a cell that has an elevation.
    ParameterError
        If the cell size is not a positive number.

    Examples
    --------
    >>> import numpy as np
    >>> bowl = np.full((5, 5), 2.0)
    >>> bowl[2, 2] = 1.0
    >>> result = spill(bowl, 50.0, 10.0)  # the pit and its eight neighbours give 50 mm each
    >>> print(round(result.depth_m[2, 2], 3), round(result.stored_m3, 3), round(result.left_m3, 3))
    0.45 45.0 80.0
    """
    if not (np.isfinite(cell_size_m) and cell_size_m > 0):
        raise ParameterError(
            f"The cell size is {cell_size_m} m; a positive number is needed.",
            f"格点边长为 {cell_size_m} 米；应为正数。",
        )
    terrain = metres(elevation)
    runoff_m = _runoff_m(terrain, runoff_mm)
    tree = depression_tree(terrain)
    held = np.zeros(tree.parent.size)
    supply: F = np.zeros(held.size)
    np.add.at(supply, tree.bottom[tree.sequence], runoff_m[tree.sequence])
    full = np.zeros(held.size, dtype=np.bool_)
    _pour(tree, supply, held, full)
    depth = _depth(tree, held, full).reshape(terrain.shape[0] + 2, -1)
    area_m2 = float(cell_size_m) ** 2
    return SpillResult(
        depth_m=depth[1:-1, 1:-1].copy(),
        stored_m3=float(held[OUTSIDE + 1 :].sum()) * area_m2,
        left_m3=float(held[OUTSIDE]) * area_m2,
    )


def people_hazard(depth_m: F | float, speed_m_s: F | float) -> F:
    """
    Hazard that moving water is to people on foot, depth x (speed + 0.5).

    After Defra and Environment Agency (2006), Flood Risks to People, FD2321/TR1, without the
    debris factor. Of arrays of greatest depth and greatest speed it is an upper bound, for both
    need not come together; `simulate` keeps the greatest of all steps where asked.

    Parameters
    ----------
    depth_m
        Depth, metres, NaN = no data.
    speed_m_s
        Speed, metres per second, same shape or one number.

    Returns
    -------
    ndarray
        Square metres per second; 0 where it is dry.

    Raises
    ------
    GridError
        If a depth or speed is negative, or the shapes do not fit.

    Examples
    --------
    >>> people_hazard([0.0, 0.5, 1.0], [2.0, 1.0, 2.0])
    array([0.  , 0.75, 2.5 ])
    """
    depth, speed = floats(depth_m), floats(speed_m_s)
    if depth.ndim and speed.ndim and depth.shape != speed.shape:
        raise GridError(
            f"The depth has shape {depth.shape}, the speed {speed.shape}; they must agree.",
            f"水深数组形状为 {depth.shape}，流速为 {speed.shape}；两者必须一致。",
        )
    negative = int((depth < 0).sum() + (speed < 0).sum())
    if negative:
        raise GridError(
            f"{negative} depths or speeds are negative.", f"有 {negative} 个水深或流速为负。"
        )
    return np.asarray(depth * (speed + STANDING_M_S))


# Metres of runoff per cell of the padded, flattened grid.
def _runoff_m(terrain: F, runoff_mm: F | float) -> F:
    runoff = floats(runoff_mm)
    if runoff.ndim and runoff.shape != terrain.shape:
        raise GridError(
            f"The runoff has shape {runoff.shape}, the elevation {terrain.shape}; they must agree.",
            f"径流数组形状为 {runoff.shape}，高程为 {terrain.shape}；两者必须一致。",
        )
    runoff = np.where(np.isnan(terrain), 0.0, runoff)
    wrong = int((~(np.isfinite(runoff) & (runoff >= 0))).sum())
    if wrong:
        raise GridError(
            f"The runoff is negative or missing on {wrong} cells that have an elevation.",
            f"有 {wrong} 个有高程的格点径流为负或缺失。",
        )
    return np.pad(runoff / 1000.0, 1).ravel()


# Give every depression its water, in order of number; what is full passes it on.
@compiled
def _pour(tree: Tree, supply: F, held: F, full: B) -> None:
    onward = np.arange(held.size)
    for bottom in range(held.size):
        water = supply[bottom]
        part = bottom
        while water > 0:
            part = _resting_place(onward, part)
            room = tree.room[part] - held[part]
            if part == OUTSIDE or water < room:
                held[part] += water
                break
            held[part] = tree.room[part]
            water -= room
            full[part] = True
            # Once both parts are full they rise as their parent. An older pointer to the sibling
            # stays right: from there the water goes on to the same parent.
            if full[tree.sibling[part]]:
                onward[part] = tree.parent[part]
            else:
                onward[part] = tree.spill_to[part]


# Follow full depressions to the first with room (with path halving).
@compiled
def _resting_place(onward: I, part: int) -> int:
    while onward[part] != part:
        onward[part] = onward[onward[part]]
        part = onward[part]
    return part


# Metres of water per cell, from the level of the largest depression that is under water.
@compiled
def _depth(tree: Tree, held: F, full: B) -> F:
    step, rise = _levels(tree, held, full)
    for part in range(held.size - 1, OUTSIDE, -1):
        if tree.parent[part] != OUTSIDE and full[part] and full[tree.sibling[part]]:
            step[part] = step[tree.parent[part]]
            rise[part] = rise[tree.parent[part]]
    depth = np.where(np.isnan(tree.elevation), np.nan, 0.0)
    for cell in tree.sequence:
        part = tree.owner[cell]
        if part != OUTSIDE:
            depth[cell] = max(0.0, (step[part] - tree.elevation[cell]) + rise[part])
    return depth


# Water level of each depression alone: the highest cell it drowns, and the rise above it.
@compiled
def _levels(tree: Tree, held: F, full: B) -> tuple[F, F]:
    step = tree.base_level.copy()
    cells = tree.base_cells.copy()
    rest = held.copy()
    settled = held <= 0
    for cell in tree.sequence:
        part = tree.owner[cell]
        if part == OUTSIDE or full[part] or settled[part]:
            continue
        level = tree.elevation[cell]
        needed = cells[part] * (level - step[part])
        if rest[part] <= needed:
            settled[part] = True
            continue
        rest[part] -= needed
        step[part] = level
        cells[part] += 1
    rise = np.zeros(held.size)
    for part in range(1, held.size):
        if full[part]:
            step[part] = tree.spill_level[part]
        elif held[part] > 0:
            rise[part] = max(0.0, rest[part]) / cells[part]
    return step, rise
