"""Score a forecast of where it floods against where it did flood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import GridError
from geo.masked import floats

F = NDArray[np.float64]
B = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Skill:
    """
    Skill of a yes/no forecast; a share whose denominator is 0 is NaN.

    Attributes
    ----------
    hits, misses, false_alarms, correct_negatives
        Units: forecast and observed; observed only; forecast only; neither.
    n
        Units scored.
    n_excluded
        Units left out because forecast or observation is unknown (NaN).
    base_rate
        Share of the scored units in which the event was observed.
    hit_rate
        Hits / observed events (probability of detection).
    false_alarm
        False alarms / forecast events (false-alarm ratio).
    false_alarm_rate
        False alarms / units without the event (probability of false detection).
    csi
        Critical success index (threat score): hits / (hits + misses + false alarms).
    """

    hits: int
    misses: int
    false_alarms: int
    correct_negatives: int
    n: int
    n_excluded: int
    base_rate: float
    hit_rate: float
    false_alarm: float
    false_alarm_rate: float
    csi: float


def scores(forecast: B | F, observed: B | F) -> Skill:
    """
    Count hits, misses and false alarms, and score them.

    Definitions of Wilks (2011), Statistical Methods in the Atmospheric Sciences, 3rd ed., section
    8.2.2, and Jolliffe and Stephenson (2012), Forecast Verification, 2nd ed., chapter 3: the
    false-alarm *ratio* is a share of the alarms, the false-alarm *rate* one of the quiet units.

    Parameters
    ----------
    forecast
        True (or 1) where the event was forecast, shape ``(units,)``; NaN = unknown.
    observed
        True (or 1) where it was observed, same shape; NaN = unknown.

    Returns
    -------
    Skill
        Counts and scores.

    Raises
    ------
    GridError
        If shapes differ or values are other than 0, 1 and NaN.

    Examples
    --------
    >>> skill = scores(np.array([True, True, False, False]), np.array([True, False, True, False]))
    >>> skill.hit_rate, skill.false_alarm, skill.csi
    (0.5, 0.5, 0.3333333333333333)
    """
    said, seen = _yes_no(forecast, "forecast", "预报"), _yes_no(observed, "observed", "实况")
    _require_one_shape(said, seen)
    known = ~(np.isnan(said) | np.isnan(seen))
    yes, event = said[known] == 1, seen[known] == 1
    hits, alarms, events = int((yes & event).sum()), int(yes.sum()), int(event.sum())
    n = int(known.sum())
    return Skill(
        hits=hits,
        misses=events - hits,
        false_alarms=alarms - hits,
        correct_negatives=n - events - alarms + hits,
        n=n,
        n_excluded=int(known.size) - n,
        base_rate=_share(events, n),
        hit_rate=_share(hits, events),
        false_alarm=_share(alarms - hits, alarms),
        false_alarm_rate=_share(alarms - hits, n - events),
        csi=_share(hits, events + alarms - hits),
    )


def auc(score: F, observed: B | F) -> float:
    """
    Compute the area under the ROC curve: how often an event unit scores above a quiet one.

    Exact with ties, which count half, by the rank sum (Mann and Whitney 1947; Wilks 2011, section
    8.4.5): 0.5 is no skill, 1 perfect.

    Parameters
    ----------
    score
        Larger = the event is held more likely, shape ``(units,)``; units with NaN are left out.
    observed
        True (or 1) where the event was observed, same shape; units with NaN are left out.

    Returns
    -------
    float
        0..1, NaN where the event was observed in every unit or in none.

    Raises
    ------
    GridError
        If shapes differ or observations are other than 0, 1 and NaN.

    Examples
    --------
    >>> auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    ranked, seen = np.asarray(score, dtype=np.float64), _yes_no(observed, "observed", "实况")
    _require_one_shape(ranked, seen)
    known = ~(np.isnan(ranked) | np.isnan(seen))
    event = seen[known] == 1
    events, quiet = int(event.sum()), int((~event).sum())
    ranks = _ranks(ranked[known])
    pairs_won = float(ranks[event].sum()) - events * (events + 1) / 2
    return _share(pairs_won, events * quiet)


def _ranks(values: F) -> F:
    """Rank from 1; ties share the mean of their ranks."""
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    shared: F = np.cumsum(ties) - (ties - 1) / 2
    return shared[place]


def _yes_no(values: B | F, name: str, name_zh: str) -> F:
    numbers = floats(values)
    other = int((~(np.isnan(numbers) | (numbers == 0) | (numbers == 1))).sum())
    if other:
        raise GridError(
            f"{name} holds {other} values other than 0, 1 and NaN.",
            f"{name_zh}中有 {other} 个值不是 0、1 或缺失。",
        )
    return numbers


def _require_one_shape(first: F, second: F) -> None:
    if first.shape != second.shape:
        raise GridError(
            f"The forecast has shape {first.shape}, the observation {second.shape}.",
            f"预报的形状为 {first.shape}，实况为 {second.shape}；两者必须一致。",
        )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
