"""Boxes of shapes against the frame of a district."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Features this many district widths outside its bounds are refused.
MARGIN_SHARE = 0.5
# Fewer than this share inside the district means a wrong CRS, not stray rows.
LEAST_INSIDE_SHARE = 0.5
# About 0.1 m: projecting there and back moves a coordinate less.
ROUNDING_DEGREES = 1e-6

Bounds = tuple[float, float, float, float]


def widened(bounds: Bounds, *, share: float = MARGIN_SHARE) -> Bounds:
    """
    Widen the bounds of a district on all sides.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    share
        How far, in widths of the longer side.

    Returns
    -------
    tuple of float
        The same order.
    """
    west, south, east, north = bounds
    margin = share * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def meets(boxes: NDArray[Any], frame: Bounds) -> NDArray[np.bool_]:
    """
    Tell which boxes meet a frame.

    Parameters
    ----------
    boxes
        West, south, east, north of each, degrees; shape ``(n, 4)``.
    frame
        The same of the frame.

    Returns
    -------
    ndarray of bool
        Shape ``(n,)``; False for what is no number.
    """
    west, south, east, north = frame
    found: NDArray[np.bool_] = (
        (boxes[:, 2] >= west)
        & (boxes[:, 0] <= east)
        & (boxes[:, 3] >= south)
        & (boxes[:, 1] <= north)
    )
    return found


def reaching_out(boxes: NDArray[Any], bounds: Bounds) -> NDArray[np.bool_]:
    """
    Tell which boxes reach out of bounds by more than rounding moves them.

    Parameters
    ----------
    boxes
        West, south, east, north of each, degrees; shape ``(n, 4)``.
    bounds
        The same of the district.

    Returns
    -------
    ndarray of bool
        Shape ``(n,)``.
    """
    west, south = np.subtract(bounds[:2], ROUNDING_DEGREES)
    east, north = np.add(bounds[2:], ROUNDING_DEGREES)
    beyond = np.hstack([boxes[:, :2] < (west, south), boxes[:, 2:] > (east, north)])
    return np.asarray(beyond.any(axis=1), dtype=bool)
