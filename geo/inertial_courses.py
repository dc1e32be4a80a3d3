"""Courses in time of rain, inflows and levels, straight between their points."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled_for_threads

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


class Sources(NamedTuple):
    """
    Where water comes from, by curves of time that are linear between their points.

    Attributes
    ----------
    second, value, total
        Points of all curves one after the other, and the integral up to each point.
    first
        First point of each curve, and the end of the last. Curve 0 is the rain's factor.
    inflow
        Row, column and curve (cubic metres per second) of each inflow.
    stage
        Row, column and curve (metres) of each cell with a prescribed level.
    rain_m3_s
        Rain on all cells at a factor of 1.
    rain_most_m_s
        Heaviest rain on a cell at a factor of 1.
    drain_m_s
        Depth that drains take.
    """

    second: F
    value: F
    total: F
    first: I
    inflow: I
    stage: I
    rain_m3_s: float
    rain_most_m_s: float
    drain_m_s: float


@compiled_for_threads
def curve_value(sources: Sources, curve: int, second: float) -> float:
    """
    Value of a curve; before its first point the first, after its last the last.

    Parameters
    ----------
    sources
        The curves.
    curve
        Number of the curve.
    second
        Time.

    Returns
    -------
    float
        In the curve's unit.
    """
    first, end = sources.first[curve], sources.first[curve + 1]
    points = sources.second[first:end]
    place = np.searchsorted(points, second, side="right")
    if place == 0:
        return float(sources.value[first])
    if place == points.size:
        return float(sources.value[end - 1])
    at = first + place
    share = (second - sources.second[at - 1]) / (sources.second[at] - sources.second[at - 1])
    before, after = sources.value[at - 1], sources.value[at]
    return float(before + share * (after - before))


@compiled_for_threads
def curve_total(sources: Sources, curve: int, second: float) -> float:
    """
    Integral of a curve from its first point to a time, exact for its straight pieces.

    Parameters
    ----------
    sources
        The curves.
    curve
        Number of the curve.
    second
        Time.

    Returns
    -------
    float
        The curve's unit times seconds.
    """
    first, end = sources.first[curve], sources.first[curve + 1]
    points = sources.second[first:end]
    place = np.searchsorted(points, second, side="right")
    if place == 0:
        return float((second - points[0]) * sources.value[first])
    at = first + place - 1
    beyond = second - sources.second[at]
    now = curve_value(sources, curve, second)
    return float(sources.total[at] + 0.5 * beyond * (sources.value[at] + now))
