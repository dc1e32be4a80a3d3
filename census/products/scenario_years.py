"""From a few floods with return periods to the mean of a year, and to losses at other periods."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import ParameterError
from geo.impact import exceedance, expected_annual

F = NDArray[np.float64]


def step_frequencies(return_periods_years: ArrayLike) -> F:
    """
    Tell how often each flood comes such that it, or a rarer one, comes once in its return period.

    Parameters
    ----------
    return_periods_years
        Return periods, years, > 0, strictly rising, shape ``(scenarios,)``.

    Returns
    -------
    ndarray
        Per year: 1/T less the next one's 1/T; their sum from the rarest on is 1/T. As
        ``geo.impact.exceedance`` wants them.

    Raises
    ------
    ParameterError
        If return periods do not rise, or are not above 0.

    Examples
    --------
    Once in 5 years at least the first, once in 20 at least the second: 0.2 - 0.05 and 0.05.

    >>> step_frequencies([5, 20]).round(12)
    array([0.15, 0.05])
    """
    rates = _rates(return_periods_years)
    steps: F = rates - np.append(rates[1:], 0.0)
    return steps


def annual_frequencies(return_periods_years: ArrayLike) -> F:
    """
    Weigh each flood such that the weighted sum of losses is the mean loss of a year.

    The mean is the area below the loss over its exceedance frequency 1/T, by trapezoids between
    neighbouring floods: (1/T1 - 1/T2) (L1 + L2) / 2. Floods rarer than the longest return period
    count with its loss, as often as 1/T; floods more frequent than the shortest count with none.
    Both ends are low; a step between two floods, such as a dyke that overtops, may make the mean
    too high.

    Parameters
    ----------
    return_periods_years
        Return periods, years, > 0, strictly rising, shape ``(scenarios,)``.

    Returns
    -------
    ndarray
        Per year, as ``geo.impact.expected_annual`` wants them; they add up to 1/T of the most
        frequent flood.

    Raises
    ------
    ParameterError
        If return periods do not rise, or are not above 0.

    Examples
    --------
    10 people once in 5 years, 30 once in 20: (0.2 - 0.05) (10 + 30) / 2 + 0.05 x 30 = 4.5 a year.

    >>> weights = annual_frequencies([5, 20])
    >>> weights.round(12)
    array([0.075, 0.125])
    >>> round(float((weights * [10, 30]).sum()), 12)
    4.5
    """
    rates = _rates(return_periods_years)
    half = -np.diff(rates) / 2
    weights = np.append(half, 0.0) + np.insert(half, 0, 0.0)
    weights[-1] += rates[-1]
    return weights


def annual_means(losses: F, return_periods_years: ArrayLike) -> F:
    """
    Return the mean of a year of each unit.

    Parameters
    ----------
    losses
        Loss of each unit in each flood, >= 0, any unit, shape ``(scenarios, units)``.
    return_periods_years
        Return periods, years, strictly rising.

    Returns
    -------
    ndarray
        In the unit of ``losses`` per year, shape ``(units,)``.
    """
    weights = annual_frequencies(return_periods_years)
    return np.array([expected_annual(each, weights) for each in losses.T], dtype=np.float64)


def losses_at(losses: F, return_periods_years: ArrayLike, asked_years: ArrayLike) -> Any:
    """
    Return the loss that is reached or exceeded once in each period that is asked for.

    Parameters
    ----------
    losses
        Loss in each flood, >= 0, any unit, shape ``(scenarios,)``.
    return_periods_years
        Return periods of the floods, years, strictly rising.
    asked_years
        Periods asked for, years.

    Returns
    -------
    list
        Losses, None outside the return periods of the floods: nothing is known there.
    """
    years = np.asarray(return_periods_years, dtype=np.float64)
    asked = np.asarray(asked_years, dtype=np.float64)
    found = exceedance(losses, step_frequencies(years), asked)
    known = (asked >= years[0]) & np.isfinite(found)
    return [float(each) if knows else None for each, knows in zip(found, known, strict=True)]


def _rates(return_periods_years: ArrayLike) -> F:
    years = np.asarray(return_periods_years, dtype=np.float64)
    rises = years.ndim == 1 and years.size and np.isfinite(years).all() and years[0] > 0
    if not rises or not (np.diff(years) > 0).all():
        raise ParameterError(
            f"Return periods must be years above 0 that rise strictly; they are {years.tolist()}.",
            f"重现期应为大于 0 且严格递增的年数；实际为 {years.tolist()}。",
        )
    return 1 / years
