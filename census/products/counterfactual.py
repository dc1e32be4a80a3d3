"""Find the smallest change of water or of shelter places that would bring a unit one class down."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.cells import mean_by

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)

STEP_M = 0.01
"""Lowerings are answered in whole centimetres."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    What would bring each unit to the class below; NaN where that means alone cannot do it.

    Attributes
    ----------
    lower_m
        Lowering of the water everywhere in the unit, metres, whole centimetres.
    more_places_people
        Further shelter places within reach that serve this unit alone, persons.
    """

    lower_m: F
    more_places_people: F


def lowering_m(labels: I, depth_m: F, people: F, needed: F, score: Callable[[F], F]) -> F:
    """
    Find how far the water must fall in each unit for its mean hazard score to reach a value.

    Parameters
    ----------
    labels
        Unit of each cell, 0..n-1, -1 outside.
    depth_m
        Depth per cell, metres, NaN unknown.
    people
        Residents per cell, persons.
    needed
        Mean score to reach per unit, shape ``(n,)``; NaN asks for nothing.
    score
        Curve from depth to score, never falling.

    Returns
    -------
    ndarray
        Lowering in metres, whole centimetres; NaN where nothing was asked or it is not reached.
    """
    asked = np.append(np.isfinite(needed), False)
    inside = asked[labels] & np.isfinite(depth_m) & (people > 0)
    unit, depth, weight = labels[inside], depth_m[inside], people[inside]
    count = len(needed)
    deepest = float(depth.max(initial=0.0))
    steps = int(np.ceil(deepest / STEP_M))
    low, high = np.zeros(count, dtype=np.int64), np.full(count, steps, dtype=np.int64)

    def mean_score(step: I) -> F:
        lowered = np.maximum(depth - step[unit] * STEP_M, 0.0)
        return mean_by(unit, score(lowered), count, weight=weight)

    reached = mean_score(high) <= needed
    while bool((low < high).any()):
        middle = (low + high) // 2
        enough = mean_score(middle) <= needed
        high = np.where(enough, middle, high)
        low = np.where(enough, low, np.minimum(middle + 1, high))
    return np.where(reached, high * STEP_M, np.nan)
