"""Try other weights on the factors of a kept zoning run; nothing of it is kept or published."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from census.store.cards import ZoningCard
from census.store.zoning_runs import ClassChange, Factors
from geo.errors import ParameterError, refuse
from geo.zoning import classify, risk_index


@dataclass(frozen=True, kw_only=True)
class Trial:
    """
    A run under other weights.

    Attributes
    ----------
    powers
        Of H, E and V as they were used: brought to the sum of the run's own, so that its limits
        keep their meaning.
    k
        Greatest share of the risk that full capacity takes off.
    changes
        All units of the run, those that rise most first.
    """

    powers: tuple[float, float, float]
    k: float
    changes: list[ClassChange]


def try_weights(
    run: ZoningCard, factors: Sequence[Factors], shares: Sequence[float], k: float
) -> Trial:
    """
    Class units anew by other weights between the run's own limits.

    Parameters
    ----------
    run
        The run.
    factors
        Its units with their factors.
    shares
        Weights of H, E and V, at least 0 and not all 0; only their proportions matter.
    k
        Between 0 and 1.

    Returns
    -------
    Trial
        What each unit would be.

    Raises
    ------
    ParameterError
        If weights or k lie outside their range.
    """
    refuse(ParameterError, _faults(shares, k))
    own = run.parameters["index"]["powers"]
    a, b, c = (float(sum(own) * each / sum(shares)) for each in shares)
    h, e, v, capacity = (
        np.array([getattr(each, name) for each in factors], dtype=np.float64)
        for name in ("hazard", "exposure", "vulnerability", "capacity")
    )
    index = risk_index(h, e, v, capacity, powers=(a, b, c), k=k)
    classes = classify(index, np.array(run.scheme["breaks"], dtype=np.float64))
    changes = [
        ClassChange(
            code=each.code, name=each.name, town_name=each.town_name, before=each.risk_class,
            after=int(ordinal), index_before=each.risk_index, index_after=float(value),
        )
        for each, ordinal, value in zip(factors, classes, index, strict=True)
    ]  # fmt: skip
    changes.sort(key=lambda each: ((each.before or 0) - (each.after or 0), each.code))
    return Trial(powers=(a, b, c), k=k, changes=changes)


def _faults(shares: Sequence[float], k: float) -> list[tuple[str, str]]:
    faults = []
    if len(shares) != 3 or not all(np.isfinite(shares)) or min(shares) < 0 or sum(shares) <= 0:  # noqa: PLR2004  (H, E, V)
        faults.append(
            (
                "the weights of hazard, exposure and vulnerability must be at least 0, not all 0",
                "危险性、暴露度、脆弱性的权重应不小于0，且不能全为0",
            )
        )
    if not 0 <= k <= 1:
        faults.append((f"k is {k}; it must lie between 0 and 1", f"k 为 {k}；应在 0 与 1 之间"))
    return faults
