"""From values to an index of coping capacity: scores, weighted mean, classes.

Index I = sum(w s) / sum(w) over the indicators whose value is known; s runs from 0 to 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from census.products.coping_method import Indicator
from geo.breaks import classify, mean_sd_breaks, natural_breaks
from geo.errors import ParameterError

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)

NO_VALUE, ALL_ALIKE = "no_value", "all_alike"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """
    An indicator with the limits and the weight that it has in a run.

    Attributes
    ----------
    indicator
        The indicator.
    low, high
        Values between which scores run from 0 to 1, ``low < high``.
    weight
        Share of the weights of its level, as far as they take part.
    """

    indicator: Indicator
    low: float
    high: float
    weight: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """
    The units of a level with their indices.

    Attributes
    ----------
    scales
        Indicators that take part, k of them.
    left_out
        Those that do not, and why: ``no_value`` or ``all_alike``.
    amounts
        Shape ``(n, k)``, NaN where not known.
    scores
        0-1, 1 best, shape ``(n, k)``, NaN where not known.
    index
        0-1, shape ``(n,)``; NaN where too little is known.
    known_share
        Share of the level's whole weight that is known of each unit, shape ``(n,)``.
    """

    scales: tuple[Scale, ...]
    left_out: Mapping[str, str]
    amounts: F
    scores: F
    index: F
    known_share: F


def score_level(
    level: str, columns: Mapping[str, F], indicators: Sequence[Indicator], least_share: float
) -> Scored:
    """
    Score the units of a level.

    Parameters
    ----------
    level
        ``village`` or ``town``.
    columns
        Values by name of the indicator, each of shape ``(n,)``; NaN where not known.
    indicators
        Those of the method; others than of the level take no part.
    least_share
        Share of the level's whole weight that must be known of a unit.

    Returns
    -------
    Scored
        Scores and indices; a unit of which less is known has no index.
    """
    own = [each for each in indicators if level in each.weights]
    scales, left_out = scales_of(level, columns, own)
    count = len(next(iter(columns.values()))) if columns else 0
    shape = (count, len(scales))
    values = np.column_stack([columns[s.indicator.name] for s in scales]) if scales else None
    table = np.full(shape, np.nan) if values is None else np.asarray(values, dtype=np.float64)
    scores = np.full(shape, np.nan)
    for at, scale in enumerate(scales):
        scores[:, at] = scores_of(table[:, at], scale)
    index, known = weighted(scores, [scale.weight for scale in scales])
    whole = sum(each.weights[level] for each in own)
    taking = sum(scale.indicator.weights[level] for scale in scales)
    known_share = known * (taking / whole if whole else 0.0)
    return Scored(
        scales=tuple(scales),
        left_out=left_out,
        amounts=table,
        scores=scores,
        # Rounding of the shares must not decide.
        index=np.where(known_share >= least_share - 1e-9, index, np.nan),
        known_share=known_share,
    )


def scales_of(
    level: str, columns: Mapping[str, F], own: Sequence[Indicator]
) -> tuple[list[Scale], dict[str, str]]:
    """
    Choose the indicators that take part, with limits and shares of the weight.

    Parameters
    ----------
    level
        The level.
    columns
        Values by name of the indicator.
    own
        Indicators of the level.

    Returns
    -------
    tuple
        Scales, and the reason of each indicator that takes no part.
    """
    limits: dict[str, tuple[float, float]] = {}
    left_out: dict[str, str] = {}
    for each in own:
        found = limits_of(each, columns[each.name])
        if isinstance(found, str):
            left_out[each.name] = found
        else:
            limits[each.name] = found
    whole = sum(each.weights[level] for each in own if each.name in limits)
    scales = [
        Scale(
            indicator=each,
            low=limits[each.name][0],
            high=limits[each.name][1],
            weight=each.weights[level] / whole,
        )
        for each in own
        if each.name in limits
    ]
    return scales, left_out


def limits_of(indicator: Indicator, values: F) -> tuple[float, float] | str:
    """
    Find the values between which an indicator's scores run.

    Parameters
    ----------
    indicator
        The indicator.
    values
        Of the district's units; NaN where not known.

    Returns
    -------
    tuple or str
        Low and high; else why it takes no part: no unit has a value, or all of them the same.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return NO_VALUE
    if indicator.quantiles is None:
        # The reading of the method made sure of both.
        return (float(indicator.low or 0.0), float(indicator.high or 0.0))
    low, high = np.quantile(known, indicator.quantiles)
    return (float(low), float(high)) if low < high else ALL_ALIKE


def scores_of(values: F, scale: Scale) -> F:
    """
    Score the values of an indicator.

    Parameters
    ----------
    values
        In the indicator's unit, any shape; NaN stays NaN.
    scale
        The indicator with its limits.

    Returns
    -------
    ndarray
        0-1, 1 best.
    """
    share = (values - scale.low) / (scale.high - scale.low)
    return np.clip(1.0 - share if scale.indicator.is_less_better else share, 0.0, 1.0)


def weighted(scores: F, weights: Sequence[float]) -> tuple[F, F]:
    """
    Weigh the scores that are known.

    Parameters
    ----------
    scores
        Shape ``(n, k)``, NaN where not known.
    weights
        Of the indicators, shape ``(k,)``.

    Returns
    -------
    tuple
        Index and sum of the weights known, both of shape ``(n,)``; index NaN where nothing is.
    """
    total, known = np.zeros(len(scores)), np.zeros(len(scores))
    # Column by column, so that no result hangs on the row it stands in.
    for at, weight in enumerate(weights):
        is_known = np.isfinite(scores[:, at])
        total += np.where(is_known, weight * np.where(is_known, scores[:, at], 0.0), 0.0)
        known += np.where(is_known, weight, 0.0)
    with np.errstate(invalid="ignore"):
        return np.where(known > 0, total / np.where(known > 0, known, 1.0), np.nan), known


def breaks_of(index: F, level: str, rules: Mapping[str, Any]) -> tuple[F, str]:
    """
    Set the limits of the classes of a level.

    Parameters
    ----------
    index
        Of its units; NaN where there is none.
    level
        The level.
    rules
        Table ``classes`` of the parameters.

    Returns
    -------
    tuple
        Inner upper limits, ascending, and the method that set them.

    Raises
    ------
    ParameterError
        If limits are to be fixed, and are not as many as the classes need.
    """
    fixed = rules["fixed"].get(level, [])
    if rules["method"] == "fixed":
        if len(fixed) != rules["count"] - 1:
            raise ParameterError(
                f"classes.fixed.{level} holds {len(fixed)} limits; {rules['count']} classes need "
                f"{rules['count'] - 1}.",
                f"classes.fixed.{level} 有 {len(fixed)} 个界限；{rules['count']} 级需要 "
                f"{rules['count'] - 1} 个。",
            )
        return np.asarray(fixed, dtype=np.float64), "fixed"
    known = index[np.isfinite(index)]
    distinct = np.unique(known)
    if len(distinct) < rules["count"]:
        return distinct[:-1], rules["fallback"]
    if rules["method"] == "mean_sd":
        return mean_sd_breaks(known, rules["multiples"]), "mean_sd"
    return natural_breaks(known, rules["count"]), "natural_breaks"


def classes_of(index: F, breaks: F, count: int) -> I:
    """
    Class units by their index.

    Parameters
    ----------
    index
        NaN where there is none.
    breaks
        Inner upper limits, ascending.
    count
        Number of classes of the scheme.

    Returns
    -------
    ndarray
        1 (weakest) to ``count``, 0 for none. Where there are fewer limits than the scheme needs,
        classes are counted from the middle outwards: one class alone is the middle one.
    """
    classes = classify(index, breaks)
    return np.where(classes > 0, classes + (count - 1 - len(breaks)) // 2, 0)
