"""Turn what a caller says of terrain, rain, inflows and levels into a simulation ready to run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import GridError, ParameterError
from geo.inertial_courses import Sources
from geo.inertial_state import RING, Terrain
from geo.masked import floats

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]
# A constant, or pairs of second and value.
Course = float | Sequence[tuple[float, float]]

# Bed of a wall, metres: no water rises above it.
_WALL_M = 1e30
_MM_H_PER_M_S = 3.6e6
_PAIR = 2


@dataclass(frozen=True, kw_only=True)
class Inflow:
    """
    Water that enters at one cell: a river, a burst main, a pump.

    Attributes
    ----------
    row, column
        The cell, counted from 0.
    discharge_m3_s
        Constant, or pairs of second and cubic metres per second; see `simulate`.
    """

    row: int
    column: int
    discharge_m3_s: Course


@dataclass(frozen=True, kw_only=True)
class Stage:
    """
    Cells whose water level is prescribed: the sea, a river at a gauge.

    Attributes
    ----------
    cells
        True where the level holds, shape of the elevation; cells without elevation stay walls.
    level_m
        Constant, or pairs of second and metres in the elevation's datum; see `simulate`.
    """

    cells: B
    level_m: Course


def on_land(values: F | float, land: B, name: str, name_zh: str) -> F:
    """
    Check numbers of cells: finite and not negative wherever there is an elevation.

    Parameters
    ----------
    values
        One number, or one for each cell.
    land
        True where there is an elevation.
    name, name_zh
        What the numbers are, for a fault.

    Returns
    -------
    ndarray
        A copy in the shape of the land, nought elsewhere.

    Raises
    ------
    GridError
        If the shape differs, or a number on land is negative or missing.
    """
    array = floats(values)
    if array.ndim and array.shape != land.shape:
        raise GridError(
            f"{name} has shape {array.shape}, the elevation {land.shape}; they must agree.",
            f"{name_zh}数组形状为 {array.shape}，高程为 {land.shape}；两者必须一致。",
        )
    inside = np.where(land, array, 0.0)
    wrong = int((~(np.isfinite(inside) & (inside >= 0))).sum())
    if wrong:
        raise GridError(
            f"{name} is negative or missing on {wrong} cells that have an elevation.",
            f"有 {wrong} 个有高程的格点，{name_zh}为负或缺失。",
        )
    return inside


def ringed(values: F, fill: float = 0.0) -> F:
    """
    Copy an array with the ring of the simulation around it.

    Parameters
    ----------
    values
        Shape ``(rows, columns)``.
    fill
        What the ring holds.

    Returns
    -------
    ndarray
        Shape ``(rows + 5, columns + 5)``.
    """
    return np.ascontiguousarray(np.pad(values, (RING, RING + 1), constant_values=fill))


def within(values: F) -> F:
    """
    View an array without its ring.

    Parameters
    ----------
    values
        An array with the ring.

    Returns
    -------
    ndarray
        A view of the cells of the terrain.
    """
    return values[RING : -RING - 1, RING : -RING - 1]


def ringed_terrain(
    heights: F, cell_size_m: float, fields: tuple[F, F], theta: float, *, closed_edges: bool
) -> Terrain:
    """
    Put a ring around the terrain: walls, or ground like that of the edge that water drops from.

    Parameters
    ----------
    heights
        Metres, NaN = wall.
    cell_size_m
        Side of a cell, metres.
    fields
        Manning's n, and rain in mm/h (empty = none).
    theta
        Weight of a face's own momentum.
    closed_edges
        Whether the ring is a wall.

    Returns
    -------
    Terrain
        The terrain.
    """
    manning, rain_mm_h = fields
    bed = ringed(np.where(np.isnan(heights), _WALL_M, heights), _WALL_M)
    friction = ringed(manning)
    if not closed_edges:
        rows = slice(RING, bed.shape[0] - RING - 1)
        columns = slice(RING, bed.shape[1] - RING - 1)
        for field in (bed, friction):
            field[rows, RING - 1] = field[rows, RING]
            field[rows, -RING - 1] = field[rows, -RING - 2]
            field[RING - 1, columns] = field[RING, columns]
            field[-RING - 1, columns] = field[-RING - 2, columns]
    return Terrain(
        bed=bed,
        manning=friction,
        rain=ringed(rain_mm_h / _MM_H_PER_M_S) if rain_mm_h.size else np.zeros((0, 0)),
        size_m=float(cell_size_m),
        theta=float(theta),
        is_open=not closed_edges,
    )


def sources(
    terrain: Terrain,
    land: B,
    datum_m: float,
    *,
    drain_mm_h: float = 0.0,
    rain_course: Course | None = None,
    inflow: Sequence[Inflow] = (),
    stage: Sequence[Stage] = (),
) -> Sources:
    """
    Gather where water comes from.

    Parameters
    ----------
    terrain
        The terrain with its rain.
    land
        True where there is an elevation.
    datum_m
        Elevation at which the terrain's heights begin, metres.
    drain_mm_h
        Depth that drains take per hour.
    rain_course, inflow, stage
        As `simulate` takes them.

    Returns
    -------
    Sources
        Curves, and the cells they belong to.

    Raises
    ------
    GridError
        If an inflow or a level lies on no cell of the terrain.
    ParameterError
        If a course is negative, empty, or holds no numbers.
    """
    curves = [_points(1.0 if rain_course is None else rain_course, "The rain's course", "降雨过程")]
    _not_negative(curves[0], "The rain's course", "降雨过程")
    pours, levels = [], []
    for number, one in enumerate(inflow, 1):
        name, name_zh = f"The discharge of inflow {number}", f"第 {number} 个入流的流量"
        curves.append(_points(one.discharge_m3_s, name, name_zh))
        _not_negative(curves[-1], name, name_zh)
        _check_place(one, number, land)
        pours.append((int(one.row) + RING, int(one.column) + RING, len(curves) - 1))
    for number, held in enumerate(stage, 1):
        points = _points(held.level_m, f"The level {number}", f"第 {number} 个水位")
        curves.append(np.stack([points[:, 0], points[:, 1] - datum_m], axis=1))
        places = _stage_cells(held, number, land)
        levels.append(np.column_stack([places + RING, np.full(len(places), len(curves) - 1)]))
    together = np.concatenate(curves)
    return Sources(
        second=together[:, 0].copy(),
        value=together[:, 1].copy(),
        total=np.concatenate([_running_total(curve) for curve in curves]),
        first=np.cumsum([0, *(len(curve) for curve in curves)], dtype=np.int64),
        inflow=np.array(pours, dtype=np.int64).reshape(-1, 3),
        stage=np.concatenate([np.zeros((0, 3)), *levels]).astype(np.int64),
        rain_m3_s=float(terrain.rain.sum()) * terrain.size_m**2,
        rain_most_m_s=float(terrain.rain.max(initial=0.0)),
        drain_m_s=drain_mm_h / _MM_H_PER_M_S,
    )


# Points of a course in order of time; several at one second make a jump, in the order given.
def _points(course: Course, name: str, name_zh: str) -> F:
    points = floats(course)
    if points.ndim == 0:
        points = np.array([[0.0, float(points)]])
    if points.ndim != _PAIR or points.shape[1] != _PAIR or not points.size:
        raise ParameterError(
            f"{name} is neither a number nor pairs of second and value.",
            f"{name_zh}既不是一个数，也不是“秒、数值”的序列。",
        )
    if not np.isfinite(points).all():
        raise ParameterError(
            f"{name} holds values that are no numbers.", f"{name_zh}中有不是数的值。"
        )
    return points[np.argsort(points[:, 0], kind="stable")]


def _not_negative(points: F, name: str, name_zh: str) -> None:
    if (points[:, 1] < 0).any():
        raise ParameterError(
            f"{name} is negative ({points[:, 1].min():g}); drains and levels take water away.",
            f"{name_zh}为负（{points[:, 1].min():g}）；排水请用排水强度或水位给出。",
        )


def _running_total(points: F) -> F:
    pieces = 0.5 * (points[1:, 1] + points[:-1, 1]) * np.diff(points[:, 0])
    return np.concatenate([[0.0], np.cumsum(pieces)])


def _check_place(one: Inflow, number: int, land: B) -> None:
    rows, columns = land.shape
    if not (0 <= one.row < rows and 0 <= one.column < columns and land[one.row, one.column]):
        raise GridError(
            f"Inflow {number} lies at row {one.row}, column {one.column}, where there is no "
            f"elevation; the grid has {rows} rows and {columns} columns.",
            f"第 {number} 个入流在第 {one.row} 行第 {one.column} 列，该处没有高程；"
            f"格网共 {rows} 行 {columns} 列。",
        )


def _stage_cells(held: Stage, number: int, land: B) -> I:
    cells = np.asarray(held.cells, dtype=np.bool_)
    if cells.shape != land.shape:
        raise GridError(
            f"The cells of level {number} have shape {cells.shape}, the elevation {land.shape}; "
            "they must agree.",
            f"第 {number} 个水位的格点数组形状为 {cells.shape}，高程为 {land.shape}；"
            "两者必须一致。",
        )
    places = np.argwhere(cells & land)
    if not len(places):
        raise GridError(
            f"Level {number} lies on no cell that has an elevation.",
            f"第 {number} 个水位没有落在任何有高程的格点上。",
        )
    return places
