"""Tell what costs a unit most of its index, and what each indicator alone must become."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from census.products.coping_scores import Scored, scores_of, weighted

MOST_STEPS: Final = 3


def lifts(scored: Scored, at: int, limit: float) -> dict[str, float]:
    """
    Find what each indicator alone would have to be for the index to exceed a limit.

    The exact inverse of the weighted mean, told in whole steps and tried forwards.

    Parameters
    ----------
    scored
        The units.
    at
        Position of the unit.
    limit
        Upper limit of its class.

    Returns
    -------
    dict
        Value by name of the indicator; those that are not enough by themselves are left out.
    """
    found: dict[str, float] = {}
    scores = scored.scores[at]
    weights = np.array([scale.weight for scale in scored.scales])
    known = float(weights[np.isfinite(scores)].sum())
    for position, scale in enumerate(scored.scales):
        own = float(scores[position])
        if not np.isfinite(own):
            continue
        needed = own + (limit - float(scored.index[at])) * known / scale.weight
        value = _stepped(scored, at, position, needed, limit) if needed <= 1.0 else None
        if value is not None:
            found[scale.indicator.name] = value
    return found


def _stepped(scored: Scored, at: int, position: int, needed: float, limit: float) -> float | None:
    """Go to the next whole step beyond a score, and on until the index really exceeds."""
    scale = scored.scales[position]
    less, step = scale.indicator.is_less_better, scale.indicator.step
    span = scale.high - scale.low
    exact = scale.high - needed * span if less else scale.low + needed * span
    steps = np.ceil(exact / step) - 1 if less else np.floor(exact / step) + 1
    for more in range(MOST_STEPS):
        value = float((steps - more) * step if less else (steps + more) * step)
        # No further than to full points.
        value = max(value, scale.low) if less else min(value, scale.high)
        if index_with(scored, at, position, value) > limit:
            return value
    return None


def index_with(scored: Scored, at: int, position: int, value: float) -> float:
    """
    Compute the index of a unit, were one of its values another.

    Parameters
    ----------
    scored
        The units.
    at
        Position of the unit.
    position
        Position of the indicator.
    value
        Its value, in its unit.

    Returns
    -------
    float
        The index.
    """
    row = scored.scores[at : at + 1].copy()
    row[0, position] = scores_of(np.array([value]), scored.scales[position])[0]
    index, _ = weighted(row, [scale.weight for scale in scored.scales])
    return float(index[0])


def cheapest(scored: Scored, at: int, found: Mapping[str, float]) -> str | None:
    """
    Choose the indicator whose rise takes the least effort.

    Parameters
    ----------
    scored
        The units.
    at
        Position of the unit.
    found
        Result of :func:`lifts`.

    Returns
    -------
    str or None
        Its name; the first of the method where several are equal, None where there is none.
    """
    efforts = {
        scale.indicator.name: scale.indicator.effort
        * float(
            scores_of(np.array([found[scale.indicator.name]]), scale)[0]
            - scored.scores[at, position]
        )
        for position, scale in enumerate(scored.scales)
        if scale.indicator.name in found
    }
    return min(efforts, key=lambda name: efforts[name]) if efforts else None


def losses(scored: Scored, at: int) -> dict[str, float]:
    """
    Tell how much of the index each indicator costs a unit.

    Parameters
    ----------
    scored
        The units.
    at
        Position of the unit.

    Returns
    -------
    dict
        ``w (1 - s)`` over the weights known, by name, the most first; they add up to 1 - index.
        Indicators of no value or with full points are left out.
    """
    scores = scored.scores[at]
    weights = np.array([scale.weight for scale in scored.scales])
    is_known = np.isfinite(scores)
    lost = np.where(is_known, weights * (1.0 - np.where(is_known, scores, 1.0)), 0.0)
    lost = lost / weights[is_known].sum() if is_known.any() else lost
    order = np.argsort(-lost, kind="stable")
    return {
        scored.scales[position].indicator.name: float(lost[position])
        for position in order
        if lost[position] > 0
    }
