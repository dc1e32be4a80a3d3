"""Turn density, ages and shelters into factors of risk, each between 0 and 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.errors import ParameterError

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


def curve(values: F, knots: Sequence[float], scores: Sequence[float]) -> F:
    """
    Read scores off a piecewise linear curve, flat beyond its ends.

    Parameters
    ----------
    values
        Quantity, any shape; NaN stays NaN.
    knots
        Strictly rising quantities.
    scores
        Score at each knot, never falling.

    Returns
    -------
    ndarray
        Score of each value.

    Raises
    ------
    ParameterError
        If the curve is not a rising one.
    """
    if len(knots) != len(scores) or np.any(np.diff(knots) <= 0) or np.any(np.diff(scores) < 0):
        raise ParameterError(
            f"The curve {list(knots)} -> {list(scores)} must rise: knots strictly, "
            "scores never falling.",
            f"曲线 {list(knots)} -> {list(scores)} 必须单调上升。",
        )
    return np.asarray(np.interp(values, knots, scores), dtype=np.float64) + values * 0.0


def percentile_table(values: F, points: int) -> F:
    """
    Freeze the distribution of a quantity as its values at evenly spaced percentiles.

    Parameters
    ----------
    values
        Quantity of each unit; NaN takes no part.
    points
        Number of percentiles, from 0 to 100 %.

    Returns
    -------
    ndarray
        Shape ``(points,)``, never falling; zeros where no value is known.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(points)
    return np.asarray(np.quantile(known, np.linspace(0, 1, points)), dtype=np.float64)


def percentile_of(values: F, table: F) -> F:
    """
    Place values in a frozen distribution.

    Parameters
    ----------
    values
        Quantity of each unit; NaN stays NaN.
    table
        Result of ``percentile_table``.

    Returns
    -------
    ndarray
        Share of the distribution at or below each value, 0..1; ties get the middle of their span.
    """
    steps = len(table) - 1
    low = np.searchsorted(table, values, side="left")
    high = np.searchsorted(table, values, side="right")
    inside = np.interp(values, table, np.arange(len(table)))
    on_step = high > low
    rank = np.where(on_step, (low + high - 1) / 2, inside)
    return np.clip(rank / steps, 0.0, 1.0) + values * 0.0


@dataclass(frozen=True, kw_only=True)
class Reach:
    """
    Shelter places within a distance of each unit.

    Attributes
    ----------
    places_people
        Places of the usable shelters within the distance, persons.
    shelters
        Number of these shelters.
    score
        Places per resident in hazard, shared with all those around each shelter, 0..1.
    """

    places_people: F
    shelters: I
    score: F


def reach(
    unit_xy: F, in_hazard_people: F, shelter_xy: F, capacity_people: F, distance_m: float
) -> Reach:
    """
    Share the places of each shelter among the residents in hazard around it (two-step catchment).

    Parameters
    ----------
    unit_xy
        Middle of each unit's residents, metric CRS, shape ``(n, 2)``.
    in_hazard_people
        Residents in hazard of each unit, persons.
    shelter_xy
        Usable shelters, same CRS, shape ``(m, 2)``.
    capacity_people
        Places of each shelter, persons.
    distance_m
        Straight-line distance within which people and shelters count.

    Returns
    -------
    Reach
        Places, shelters and score of each unit.
    """
    count = len(unit_xy)
    places, shelters, score = np.zeros(count), np.zeros(count, dtype=np.int64), np.zeros(count)
    if not len(shelter_xy) or not count:
        return Reach(places_people=places, shelters=shelters, score=score)
    near = cKDTree(unit_xy).query_ball_point(shelter_xy, distance_m, return_sorted=True)
    for position, units in enumerate(near):
        members = np.asarray(units, dtype=np.int64)
        if not len(members):
            continue
        need = float(in_hazard_people[members].sum())
        capacity = float(capacity_people[position])
        score[members] += capacity / max(need, capacity, 1.0)
        places[members] += capacity
        shelters[members] += 1
    return Reach(places_people=places, shelters=shelters, score=np.minimum(score, 1.0))


def vulnerability(share: F, table: dict[str, Any]) -> F:
    """
    Score the share of children and elderly people, neutral where ages were not delivered.

    Parameters
    ----------
    share
        Residents aged 0-14 or 65 and over, share of all; NaN where not delivered.
    table
        Table ``vulnerability`` of the parameters.

    Returns
    -------
    ndarray
        Score per unit, 0..1.
    """
    scored = curve(share, table["share_knots"], table["score_knots"])
    return np.where(np.isfinite(share), scored, float(table["neutral"]))
