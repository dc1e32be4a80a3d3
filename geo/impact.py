"""What events do to what stands in their way: impact, mean of a year, return periods."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.curves import Curve
from geo.errors import GridError, ParameterError, refuse
from geo.losses import average_loss, modal_damage_state
from geo.masked import floats

F = NDArray[np.float64]

__all__ = [
    "Curve",
    "average_loss",
    "event_impacts",
    "exceedance",
    "expected_annual",
    "modal_damage_state",
]

BLOCK = 1_000_000  # intensities interpolated at a time, so that memory stays small
# Sums of frequencies miss whole return periods by their last digits.
PERIOD_SLACK = 1e-9


def event_impacts(intensity: ArrayLike, exposure: ArrayLike, curve: Curve) -> F:
    """
    Add up what each event takes of all assets: sum of value times the ratio at its intensity.

    Parameters
    ----------
    intensity
        Intensity of each event at each asset in the curve's unit, shape ``(events, assets)``; NaN
        = unknown.
    exposure
        What each asset is worth, >= 0, in people, CNY or any unit that adds up, ``(assets,)``.
    curve
        Ratio lost at each intensity.

    Returns
    -------
    ndarray
        Impact of each event in the unit of ``exposure``, shape ``(events,)``; NaN where the
        intensity is unknown at an asset that is worth something.

    Raises
    ------
    GridError
        If shapes do not fit, or an exposure is negative, infinite or unknown.

    Examples
    --------
    Two villages of 100 and 300 people, two floods; at 1 m a quarter is affected:

    >>> curve = Curve(intensity=[0.0, 2.0], ratio=[0.0, 0.5])
    >>> event_impacts([[1.0, 0.0], [2.0, 1.0]], [100, 300], curve)
    array([ 25., 125.])
    """
    events, value = floats(intensity), floats(exposure)
    refuse(GridError, _event_faults(events, value))
    exposed = np.flatnonzero(value)
    impacts = np.zeros(len(events))
    step = max(1, BLOCK // max(1, exposed.size))
    for first in range(0, len(events), step):
        block = events[first : first + step, exposed]
        ratio = np.interp(block, curve.intensity, curve.ratio)
        # Row by row in one order: no event's sum depends on its neighbours.
        impacts[first : first + step] = (ratio * value[exposed]).sum(axis=1)
    return impacts


def expected_annual(impacts: ArrayLike, frequency: ArrayLike) -> float:
    """
    Return the mean impact of a year: the sum of impact times frequency.

    Parameters
    ----------
    impacts
        Impact of each event, in any unit, shape ``(events,)``.
    frequency
        How often each event comes, per year, >= 0, shape ``(events,)``.

    Returns
    -------
    float
        In the unit of ``impacts`` per year; 0 without events.

    Raises
    ------
    GridError
        If shapes differ, an impact or a frequency is unknown or infinite, or a frequency negative.

    Examples
    --------
    25 people once in 10 years and 125 once in 100 years are 2.5 + 1.25 people a year:

    >>> expected_annual([25, 125], [0.1, 0.01])
    3.75
    """
    losses, often = _events(impacts, frequency)
    return float((losses * often).sum())


def exceedance(impacts: ArrayLike, frequency: ArrayLike, return_periods: ArrayLike) -> F:
    """
    Return the impact that is reached or exceeded once in each return period.

    Impacts are sorted downwards and their frequencies added up; one over the sum is the return
    period of the impact; between events the line is straight in the return period. Below the
    shortest return period of the events the impact is 0, and beyond the longest one nothing is
    known: the curve is never extrapolated.

    Parameters
    ----------
    impacts
        Impact of each event, >= 0, in any unit, shape ``(events,)``.
    frequency
        How often each event comes, per year, >= 0, shape ``(events,)``.
    return_periods
        Years, > 0, any shape.

    Returns
    -------
    ndarray
        In the unit of ``impacts``, shape of ``return_periods``; NaN beyond the longest return
        period of the events.

    Raises
    ------
    GridError
        If shapes differ, impacts or frequencies are unknown, infinite or negative, or no event
        has a frequency above 0.
    ParameterError
        If a return period is not above 0.

    Examples
    --------
    125 people once in 100 years; 25 or more at 0.01 + 0.1 a year, once in 9.09 years:

    >>> exceedance([25, 125], [0.1, 0.01], [5, 100, 200])
    array([  0., 125.,  nan])
    """
    losses, often = _events(impacts, frequency)
    years = floats(return_periods)
    refuse(GridError, _exceedance_faults(losses, often))
    if not (years > 0).all():
        short = np.extract(~(years > 0), years).tolist()
        raise ParameterError(
            f"Return periods are years above 0; these are not: {short}.",
            f"重现期是大于 0 的年数；这些不是：{short}。",
        )
    losses, often = losses[often > 0], often[often > 0]
    # The more frequent of equal impacts first, so that the order of the events is no matter.
    order = np.lexsort((-often, -losses))
    rising, worst = (1 / np.cumsum(often[order]))[::-1], losses[order][::-1]
    # A sum of frequencies that is 1 on paper may be a little less: both ends have the same slack.
    shortest = rising[0] * (1 - PERIOD_SLACK)
    asked = np.where(years >= shortest, np.maximum(years, rising[0]), years)
    found = np.interp(asked, rising, worst, left=0.0)
    return np.where(years > rising[-1] * (1 + PERIOD_SLACK), np.nan, found)


def _event_faults(events: F, value: F) -> Iterator[tuple[str, str]]:
    if value.ndim != 1 or events.shape[1:] != value.shape:
        yield (
            (
                f"intensities have shape {events.shape} and exposures {value.shape}; needed are "
                "(events, assets) and (assets,)"
            ),
            f"强度的形状为 {events.shape}，暴露量为 {value.shape}；应为（事件，对象）与（对象）",
        )
    wrong = int((~(np.isfinite(value) & (value >= 0))).sum())
    if wrong:
        yield (
            f"{wrong} exposures are negative, infinite or unknown; give 0 where nothing is exposed",
            f"有 {wrong} 个暴露量为负、无穷大或缺失；没有暴露的请填 0",
        )


def _events(impacts: ArrayLike, frequency: ArrayLike) -> tuple[F, F]:
    losses, often = floats(impacts), floats(frequency)
    faults = []
    if losses.ndim != 1 or losses.shape != often.shape:
        faults.append(
            (
                f"impacts have shape {losses.shape}, frequencies {often.shape}; each event has one",
                f"影响的形状为 {losses.shape}，频率为 {often.shape}；每个事件各一个",
            )
        )
    unknown = int((~np.isfinite(losses)).sum())
    if unknown:
        faults.append(
            (
                f"{unknown} impacts are infinite or unknown; leave such events out with a word",
                f"有 {unknown} 个影响为无穷大或缺失；请剔除这些事件并说明",
            )
        )
    wrong = int((~(np.isfinite(often) & (often >= 0))).sum())
    if wrong:
        faults.append(
            (
                f"{wrong} frequencies are negative, infinite or unknown",
                f"有 {wrong} 个频率为负、无穷大或缺失",
            )
        )
    refuse(GridError, faults)
    return losses, often


def _exceedance_faults(losses: F, often: F) -> Iterator[tuple[str, str]]:
    if not (often > 0).any():
        yield ("no event has a frequency above 0", "没有频率大于 0 的事件")
    negative = int((losses < 0).sum())
    if negative:
        yield (f"{negative} impacts are negative", f"有 {negative} 个影响为负")
