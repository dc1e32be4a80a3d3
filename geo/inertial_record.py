"""Keep of all steps how deep, fast and dangerous water was, when it came and how long it stayed."""

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled_in_place
from geo.inertial_faces import speed
from geo.inertial_state import Scene

F = NDArray[np.float64]

# People's hazard after Defra and Environment Agency (2006, FD2321/TR1): depth x (speed + 0.5).
STANDING_M_S = 0.5


@compiled_in_place
def keep(scene: Scene, row: int, left: int, right: int) -> None:
    """
    Keep what is kept of a row of a tile: of its depth before the step, and its speed in it.

    Parameters
    ----------
    scene
        The step; the record is changed.
    row, left, right
        Cells of the row, with the ring.
    """
    record, rows, width = scene.record, scene.rows, right - left
    depth = scene.old.depth[row, left:right]
    squared = rows.number[1, :width]
    if scene.step.seconds > 0.0:
        x_speed = rows.number[0, : width + 1]
        speed(rows.x[row % 3, 1 : width + 2], rows.x_depth[row % 3, 1 : width + 2], x_speed)
        north = rows.y_speed[row % 3, 1 : width + 1]
        south = rows.y_speed[(row + 1) % 3, 1 : width + 1]
        _speed_squared(x_speed, north, south, squared)
        _keep_greater(squared, record.speed[row, left:right])
    else:
        squared[:] = 0.0  # discharge of the last step over depths after it is no speed
    _keep_greater(depth, record.depth[row, left:right])
    if _arrives(depth, record.arrival[row, left:right], record.arrival_m) > 0:
        _keep_arrival(depth, record.arrival[row, left:right], record.arrival_m, scene.step.second)
    if record.lasting.size > 0:
        lasting = record.lasting[row, left:right]
        _keep_lasting(depth, lasting, record.lasting_m, scene.step.seconds)
    if record.hazard.size > 0:
        _keep_hazard(depth, squared, record.hazard[row, left:right])


# Square of a cell's speed: the faster of its faces in either direction.
@compiled_in_place
def _speed_squared(x: F, north: F, south: F, result: F) -> None:
    for k in range(result.size):
        u = max(x[k + 1], x[k])
        v = max(south[k], north[k])
        result[k] = u * u + v * v


@compiled_in_place
def _keep_greater(now: F, greatest: F) -> None:
    for k in range(now.size):
        greatest[k] = max(greatest[k], now[k])


@compiled_in_place
def _arrives(depth: F, arrival: F, arrival_m: float) -> int:
    count = 0
    for k in range(depth.size):
        count += (depth[k] > arrival_m) & (arrival[k] == np.inf)
    return count


@compiled_in_place
def _keep_arrival(depth: F, arrival: F, arrival_m: float, second: float) -> None:
    for k in range(depth.size):
        if depth[k] > arrival_m and arrival[k] > second:
            arrival[k] = second


@compiled_in_place
def _keep_lasting(depth: F, lasting: F, lasting_m: float, seconds: float) -> None:
    for k in range(depth.size):
        lasting[k] += seconds if depth[k] > lasting_m else 0.0


@compiled_in_place
def _keep_hazard(depth: F, squared: F, hazard: F) -> None:
    for k in range(depth.size):
        danger = depth[k] * (np.sqrt(squared[k]) + STANDING_M_S)
        hazard[k] = max(hazard[k], danger)
