"""How sure the class of each unit is: what weights within their doubt would make of it.

The logarithm of R = H^a E^b V^c (1 - k C) is a weighted sum, so classes and ranks under other
weights are those of sums. Where the error of the depths is known, each draw has depths of its own,
all those of the district shifted alike. Doubt about people is not in these numbers.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.stability import stability_among

F = NDArray[np.float64]

BELOW_ALL = -1e6  # logarithm of an index that no factors make


def add_doubt(
    table: pd.DataFrame, breaks: F, parameters: dict[str, Any], shifted: F | None = None
) -> None:
    """
    Add the share of draws in each class, the interval of ranks, and whether the class is unsure.

    A draw shares out the sum of the powers a, b and c anew, by the Dirichlet distribution around
    their own shares; the breaks stay, for they are frozen with the run.

    Parameters
    ----------
    table
        Units of a level with ``H``, ``E``, ``V``, ``C``, ``risk_class`` and ``assessed``; gets
        ``class_shares`` (list of shares of class 1..k, None where not assessed), ``rank_low``,
        ``rank_high`` (1 = highest risk of the level, 5 and 95 % of the draws) and ``is_unsure``.
    breaks
        Inner upper limits of the index, ascending, shape ``(k - 1,)``.
    parameters
        Zoning parameters with tables ``index`` and ``uncertainty``.
    shifted
        Hazard of the units under equally likely depths, shape ``(shifts, units)``; None where the
        error of the depths is not known.
    """
    rules, form = parameters["uncertainty"], parameters["index"]
    assessed = table["assessed"].to_numpy(dtype=np.bool_)
    powers = np.asarray(form["powers"], dtype=np.float64)
    factors = table.loc[assessed, list("HEV")].to_numpy(dtype=np.float64)
    # Shares of weights add up to one, so what is added to each column is added to the sum.
    coped = np.log1p(-form["k"] * table.loc[assessed, "C"].to_numpy(dtype=np.float64))
    table["class_shares"] = None
    table["rank_low"] = table["rank_high"] = np.nan
    table["is_unsure"] = False
    if not len(factors):
        return
    found = stability_among(
        [powers.sum() * np.log(each) + coped[:, None] for each in
         _versions(factors, assessed, form, shifted)],
        powers, log_limits(breaks),
        draws=rules["draws"], seed=rules["seed"], kappa=rules["kappa"],
    )  # fmt: skip
    rows = np.flatnonzero(assessed)
    shares = np.full(len(table), None, dtype=object)
    shares[rows] = [list(map(float, each)) for each in found.p_class]
    table["class_shares"] = shares
    table.loc[assessed, ["rank_low", "rank_high"]] = np.column_stack(
        [found.rank_low, found.rank_high]
    )
    classes = table.loc[assessed, "risk_class"].to_numpy(dtype=np.int64)
    own = found.p_class[np.arange(len(rows)), classes - 1]
    table.loc[assessed, "is_unsure"] = own < rules["least_share"]


def _versions(
    factors: F, assessed: NDArray[np.bool_], form: dict[str, Any], shifted: F | None
) -> Iterator[F]:
    """Give the factors under each of the equally likely depths."""
    if shifted is None:
        yield factors
        return
    for hazard in shifted[:, assessed]:
        version = factors.copy()
        version[:, 0] = np.maximum(hazard, form["floor"])
        yield version


def log_limits(breaks: F) -> F:
    """
    Bring limits of the index to its logarithm; no index reaches down to one of 0 or less.

    Parameters
    ----------
    breaks
        Inner upper limits of the index, ascending, shape ``(k - 1,)``.

    Returns
    -------
    ndarray
        Strictly ascending; far below the logarithm of any index where the limit is not above 0.

    Examples
    --------
    >>> log_limits(np.array([-0.2, 0.0, 1.0])).tolist()
    [-1000000.0, -999999.0, 0.0]
    """
    none = BELOW_ALL + np.arange(len(breaks))
    return np.where(breaks > 0, np.log(np.where(breaks > 0, breaks, 1.0)), none)
