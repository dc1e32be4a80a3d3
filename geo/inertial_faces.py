"""Water through the faces between cells: a row of the local inertial scheme at a time.

Each loop writes one array, so that it becomes vector instructions: the compiler has to prove at
run time that no two arrays overlap, and gives up on loops with many of them.
"""

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled_in_place

F = NDArray[np.float64]
U = NDArray[np.uint64]

GRAVITY_M_S2 = 9.81
# With less water than this over the higher of two beds nothing passes, metres. Friction all but
# stops so thin a film: what passes goes with its depth to the power 10/3.
FILM_M = 1e-5
# A face's donor keeps this share of a drop where all of it would leave: no depth turns negative.
_KEPT = 1.0 - 2.0**-50
# First guess of the inverse cube root from a number's exponent: within 3.5 %.
_GUESS = np.uint64(0x553EF1AA)
_THIRD = np.uint64(0x55555556)
_HALF_WORD = np.uint64(32)


@compiled_in_place
def depth_of_flow(near: tuple[F, F], far: tuple[F, F], depth: F, push: F, factor: float) -> None:
    """
    Depth of flow over the higher bed, metres, and the push of the water's slope in one step.

    Parameters
    ----------
    near, far
        Depth and bed of the cells before and behind each face, metres.
    depth, push
        Rows that are written, as long as there are faces.
    factor
        Gravity times the seconds of a step over the metres of a cell.
    """
    near_depth, near_bed = near
    far_depth, far_bed = far
    for k in range(depth.size):
        a = near_depth[k] + near_bed[k]
        b = far_depth[k] + far_bed[k]
        level = max(b, a)
        depth[k] = level - max(far_bed[k], near_bed[k])
    for k in range(depth.size):
        a = near_depth[k] + near_bed[k]
        b = far_depth[k] + far_bed[k]
        push[k] = factor * depth[k] * (a - b)


@compiled_in_place
def momentum(now: F, upstream: F, downstream: F, theta: float, result: F) -> None:
    """
    Discharge that a face begins a step with: peaks from face to face are worn down by theta.

    De Almeida and others mix every face with the mean of its neighbours, which slows fronts. Here
    a face that exceeds both moves towards the nearer one, and a steady or growing flow stays: the
    zigzags of weak friction have the damping of the paper, all else has none.

    Parameters
    ----------
    now, upstream, downstream
        Discharge of the faces, and of those before and behind them in its direction.
    theta
        Weight of a peak's own discharge, the rest is its neighbours'.
    result
        Row that is written, square metres per second.
    """
    side = 1.0 - theta
    for k in range(result.size):
        a = upstream[k] - now[k]
        b = downstream[k] - now[k]
        result[k] = now[k] + side * (max(0.0, min(a, b)) + min(0.0, max(a, b)))


@compiled_in_place
def resistance(  # noqa: PLR0917 - compiled functions take no keyword-only options
    depth: F, now: F, near_n: F, far_n: F, work: tuple[F, F, U, U], seconds: float
) -> None:
    """
    Divisor of friction after Manning, 1 + g dt n^2 |q| / h^(7/3), into the second row of work.

    Parameters
    ----------
    depth
        Depth of flow, metres.
    now
        Discharge that the faces begin with, square metres per second.
    near_n, far_n
        Manning's n of the cells before and behind each face; their mean counts.
    work
        Two rows of numbers, and both again as their bits.
    seconds
        Length of the step.
    """
    wet, root, wet_bits, root_bits = work
    count = depth.size
    for k in range(count):
        wet[k] = max(FILM_M, depth[k])
    for k in range(count):
        third = ((wet_bits[k] >> _HALF_WORD) * _THIRD) >> _HALF_WORD
        root_bits[k] = (_GUESS - third) << _HALF_WORD
    # Two steps of fourth order towards wet^(-1/3): all digits of a double.
    for k in range(count):
        y = root[k]
        e = 1.0 - wet[k] * (y * y * y)
        y += y * e * (1.0 / 3.0 + e * (2.0 / 9.0 + e * (14.0 / 81.0)))
        e = 1.0 - wet[k] * (y * y * y)
        y += y * e * (1.0 / 3.0 + e * (2.0 / 9.0 + e * (14.0 / 81.0)))
        square = y * y
        root[k] = square * square * square * y
    drag = 0.25 * GRAVITY_M_S2 * seconds
    for k in range(count):
        n = near_n[k] + far_n[k]
        root[k] = 1.0 + drag * (n * n) * abs(now[k]) * root[k]


@compiled_in_place
def discharge(now: F, push: F, divisor: F, depth: F, flow: F) -> None:
    """
    Discharge through faces after a step, square metres per second; none through films.

    Parameters
    ----------
    now, push, divisor, depth
        Discharge before, push of the slope, friction, and depth of flow.
    flow
        Row that is written.
    """
    for k in range(flow.size):
        q = (now[k] + push[k]) / divisor[k]
        flow[k] = q if depth[k] > FILM_M else 0.0


@compiled_in_place
def share_that_may_leave(
    depth: F, east_west: tuple[F, F], north_south: tuple[F, F], ratio: float, share: F
) -> int:
    """
    Share of its outflows that a cell can pay for, 1 where it has enough; count those below 1.

    Parameters
    ----------
    depth
        Metres of water in the cells.
    east_west, north_south
        Discharge of the faces before and behind the cells in either direction.
    ratio
        Seconds of the step over metres of a cell.
    share
        Row that is written.

    Returns
    -------
    int
        Cells whose outflow has to be cut.
    """
    west, east = east_west
    north, south = north_south
    cut = 0
    for k in range(share.size):
        x = max(0.0, -west[k]) + max(0.0, east[k])
        y = max(0.0, -north[k]) + max(0.0, south[k])
        out = ratio * (x + y)
        part = depth[k] * _KEPT / out
        share[k] = part if out > depth[k] else 1.0
    for k in range(share.size):
        cut += share[k] < 1.0
    return cut


@compiled_in_place
def cut_discharge(flow: F, near_share: F, far_share: F) -> None:
    """
    Cut the discharge of faces to what the cell it comes from can pay.

    Parameters
    ----------
    flow
        Row that is changed.
    near_share, far_share
        Shares of the cells before and behind each face.
    """
    for k in range(flow.size):
        flow[k] *= near_share[k] if flow[k] > 0.0 else far_share[k]


@compiled_in_place
def speed(flow: F, depth: F, result: F) -> None:
    """
    Speed through faces, metres per second, without its sign.

    Parameters
    ----------
    flow, depth
        Discharge and depth of flow.
    result
        Row that is written.
    """
    for k in range(result.size):
        result[k] = abs(flow[k]) / max(FILM_M, depth[k])
