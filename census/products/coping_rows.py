"""Put scored units into the rows of their table: class, index, values, and their sentences."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.coping_lifts import cheapest, lifts, losses
from census.products.coping_scores import Scale, Scored
from census.products.coping_words import Coping, lifting, reasons
from geo.breaks import classify
from geo.vocabulary import CapacityLevel

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)
WEAKEST = 3
"""So many indicators are kept as a unit's weakest."""


def unit_rows(
    level: str,
    codes: Iterable[str],
    scored: Scored,
    *,
    classes: I,
    breaks: F,
    rules: Mapping[str, Any],
    least_share: float,
) -> pd.DataFrame:
    """
    Write the rows of a level.

    Parameters
    ----------
    level
        The level.
    codes
        Of the units, in order.
    scored
        Their scores.
    classes
        Their classes in the scheme, 0 for none.
    breaks
        Inner upper limits of the classes, ascending.
    rules
        Table ``classes`` of the parameters.
    least_share
        Share of the weights that has to be known.

    Returns
    -------
    DataFrame
        Columns of ``census.unit_capacity`` without the run.
    """
    rows = []
    steps = classify(scored.index, breaks)
    for at, code in enumerate(codes):
        limit = float(breaks[steps[at] - 1]) if 1 <= steps[at] <= len(breaks) else None
        needed = lifts(scored, at, limit) if limit is not None else {}
        best = cheapest(scored, at, needed)
        coping = _coping(
            scored, at, int(classes[at]),
            limit=limit, lift=(best, needed[best]) if best else None, least_share=least_share,
        )  # fmt: skip
        ordinal = int(classes[at]) or None
        rows.append(
            {
                "division_code": str(code),
                "level": level,
                "capacity_class": ordinal,
                "capacity_word": rules["words"][ordinal - 1] if ordinal else None,
                "capacity_index": coping.index,
                "known_share": float(scored.known_share[at]),
                "weakest": list(coping.losses)[:WEAKEST],
                "indicator_values": _by_name(scored.scales, scored.amounts[at]),
                "indicator_scores": _by_name(scored.scales, scored.scores[at]),
                "indicator_needed": needed,
                "lift_indicator": best,
                "why_zh": reasons(coping, "zh"),
                "why_en": reasons(coping, "en"),
                "lift_zh": lifting(coping, "zh"),
                "lift_en": lifting(coping, "en"),
            }
        )
    return pd.DataFrame(rows)


def _coping(
    scored: Scored,
    at: int,
    ordinal: int,
    *,
    limit: float | None,
    lift: tuple[str, float] | None,
    least_share: float,
) -> Coping:
    values = _by_name(scored.scales, scored.amounts[at])
    index = float(scored.index[at])
    return Coping(
        indicators={each.indicator.name: each.indicator for each in scored.scales},
        amounts={name: value for name, value in values.items() if value is not None},
        full={
            each.indicator.name: each.low if each.indicator.is_less_better else each.high
            for each in scored.scales
        },
        losses=losses(scored, at) if ordinal else {},
        missing=[name for name, value in values.items() if value is None],
        index=index if ordinal else None,
        known_share=float(scored.known_share[at]),
        least_share=least_share,
        limit=limit,
        above=CapacityLevel.from_ordinal(ordinal + 1) if limit is not None else None,
        lift=lift,
    )


def _by_name(scales: Sequence[Scale], row: F) -> dict[str, float | None]:
    return {
        scale.indicator.name: float(value) if np.isfinite(value) else None
        for scale, value in zip(scales, row, strict=True)
    }
