"""Losses and damage from curves: the mean loss of a hazard curve, the likeliest damage state."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from geo.curves import Curve, level_faults
from geo.errors import GridError, ParameterError, refuse
from geo.masked import floats

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

SUREST = 1 - 2.0**-53  # a probability of 1 would be an endless rate


def average_loss(
    intensity: ArrayLike,
    exceedance_probability: ArrayLike,
    curve: Curve,
    *,
    ratio_cov: ArrayLike | None = None,
    hazard_years: float,
    risk_years: float = 1.0,
    steps: int = 1,
) -> float:
    """
    Return the mean loss ratio in a span of years from a hazard curve.

    The method of OpenQuake's classical risk (Silva et al. 2014, doi:10.1007/s11069-013-0618-x):
    each point of the curve stands for the intensities nearer to it than to its neighbours; the
    hazard curve, straight in probability, gives the rate of that interval; rates of losses add up
    at the curve's own ratios, 0 and 1, become probabilities in ``risk_years``, and that loss
    exceedance curve is integrated by trapezoids. What the hazard curve leaves beyond its own first
    and last level is left out, as there.

    Parameters
    ----------
    intensity
        Levels of the hazard curve, strictly ascending, in the curve's unit, ``(levels,)``.
    exceedance_probability
        Probability that the level is exceeded in ``hazard_years``, 0..1, never rising.
    curve
        Mean loss ratio at each intensity, at least two points.
    ratio_cov
        Coefficient of variation of the ratio at each point of the curve, >= 0: the ratio is spread
        lognormally about its mean, cut at 1. Where it is 0 the ratio is its mean, whose step the
        trapezoids smear upwards, as there. None: no spread, and the steps are integrated exactly.
    hazard_years
        Years in which the probabilities hold, > 0.
    risk_years
        Years in which the loss is asked for, > 0; events are independent (Poisson).
    steps
        Into how many steps the loss exceedance curve divides each interval between two ratios of
        the curve, at least 1 (there ``lrem_steps_per_interval``).

    Returns
    -------
    float
        0..1, share of the value lost in ``risk_years``; times the value it is the average loss.

    Raises
    ------
    GridError
        If the hazard curve is not one: shapes, levels that do not rise, probabilities outside 0..1
        or rising.
    ParameterError
        If years are not above 0, the curve has a single point, or the coefficients do not fit it.

    Examples
    --------
    Half is lost at 1 m, all at 3 m; 1 m stands for 0..2 m (10 % in a year), 3 m for 2..4 m (2 %):

    >>> curve = Curve(intensity=[1.0, 3.0], ratio=[0.5, 1.0])
    >>> round(average_loss([0, 2, 4], [0.12, 0.02, 0.0], curve, hazard_years=1.0), 12)
    0.07
    """
    levels, probability = _hazard_curve(intensity, exceedance_probability)
    spread = _spread(curve, ratio_cov, hazard_years, risk_years, steps)
    # Of points with one mean ratio the first alone counts, as there.
    differs = np.concatenate([[True], np.diff(curve.ratio) != 0])
    at, mean, spread = curve.intensity[differs], curve.ratio[differs], spread[differs]
    if at.size == 1:
        at, mean, spread = curve.intensity[:2], curve.ratio[:2], np.repeat(spread, 2)
    middles = (at[1:] + at[:-1]) / 2
    below = at[0] - (at[1] - at[0]) / 2
    above = at[-1] + (at[-1] - at[-2]) / 2
    limits = np.concatenate([[max(0.0, below)], middles, [above]])
    at_limits = np.minimum(np.interp(limits, levels, probability), SUREST)
    rates = -np.diff(-np.log1p(-at_limits)) / hazard_years
    ratios = _steps(np.unique(np.concatenate([[0.0], mean, [1.0]])), steps)
    exceeded = -np.expm1(-risk_years * (_ratio_exceedance(ratios, mean, spread) @ rates))
    # Without a spread the exceedance curve is a staircase, and its upper corners are exact.
    lower = exceeded[1:] if ratio_cov is None else exceeded[:-1]
    return float((np.diff(ratios) * (exceeded[1:] + lower) / 2).sum())


def modal_damage_state(
    intensity: ArrayLike,
    levels: ArrayLike,
    exceedance_probability: ArrayLike,
    *,
    no_damage_below: float | None = None,
) -> I:
    """
    Return the most likely damage state of each asset from discrete fragility curves.

    The probability of a state is that of reaching it less that of reaching the next one. Between
    levels the curves are straight, above the last level its probability holds, and below the
    first level they fall straight to 0 at ``no_damage_below`` (OpenQuake's scenario damage).

    Parameters
    ----------
    intensity
        At each asset, in the unit of the levels, shape ``(assets,)``; NaN = unknown.
    levels
        Intensities of the fragility curves, strictly ascending, shape ``(levels,)``.
    exceedance_probability
        Probability that each state, from the lightest to the worst, is reached or exceeded at each
        level, 0..1, shape ``(states, levels)``; a worse state is never more likely to be reached.
    no_damage_below
        Intensity below which nothing is damaged, at most the first level; None: 0, or the first
        level where that is not above 0.

    Returns
    -------
    ndarray
        0 = no damage, 1 = lightest state, ...; the lightest of equally likely states; -1 where the
        intensity is unknown. Shape of ``intensity``.

    Raises
    ------
    GridError
        If shapes do not fit, levels do not rise, probabilities leave 0..1 or the curves cross.
    ParameterError
        If ``no_damage_below`` lies above the first level.

    Examples
    --------
    At 0.2 g: none 1 - 0.6 = 0.4, light 0.6 - 0.1 = 0.5, heavy 0.1:

    >>> modal_damage_state([0.05, 0.2, 9.0], [0.1, 0.3], [[0.2, 1.0], [0.0, 0.2]])
    array([0, 1, 1])
    """
    at, rungs = floats(intensity), floats(levels)
    reached = floats(exceedance_probability)
    refuse(GridError, [*level_faults(rungs), *_fragility_faults(rungs, reached)])
    safe = min(0.0, float(rungs[0])) if no_damage_below is None else float(no_damage_below)
    if not safe <= rungs[0]:
        raise ParameterError(
            f"No damage below {safe}, but the first level is {rungs[0]}; it must not lie lower.",
            f"无损界限为 {safe}，而首个强度等级为 {rungs[0]}；界限不得高于它。",
        )
    if safe < rungs[0]:
        rungs = np.concatenate([[safe], rungs])
        reached = np.pad(reached, ((0, 0), (1, 0)))
    each = np.stack([np.interp(at, rungs, row) for row in reached])
    each = np.where(at < safe, 0.0, each)
    bounds = np.concatenate([np.ones((1, *at.shape)), each, np.zeros((1, *at.shape))])
    # Differences of decimals that are equal on paper differ in their last digits.
    states = np.argmax(np.round(bounds[:-1] - bounds[1:], 12), axis=0)
    return np.where(np.isnan(at), -1, states).astype(np.int64)


def _hazard_curve(intensity: ArrayLike, exceedance_probability: ArrayLike) -> tuple[F, F]:
    levels = floats(intensity)
    probability = floats(exceedance_probability)
    faults = list(level_faults(levels))
    if probability.shape != levels.shape:
        faults.append(
            (
                (
                    f"there are probabilities of shape {probability.shape} for levels of shape "
                    f"{levels.shape}"
                ),
                f"概率的形状为 {probability.shape}，强度等级的形状为 {levels.shape}",
            )
        )
    if not ((probability >= 0) & (probability <= 1)).all():
        faults.append(("a probability of exceedance lies outside 0..1", "有超越概率不在 0～1 之间"))
    elif probability.ndim == 1 and (np.diff(probability) > 0).any():
        faults.append(
            (
                "a higher level is exceeded more often than a lower one",
                "有较高等级的超越概率反而更大",
            )
        )
    if levels.size == 1 or (probability.size and probability.min() == probability.max() > 0):
        faults.append(
            ("the hazard curve is flat, or has one level", "危险性曲线是平的，或只有一个等级")
        )
    refuse(GridError, faults)
    return levels, probability


def _steps(ratios: F, steps: int) -> F:
    """Divide each interval between two ratios into as many steps."""
    parts = np.arange(steps) / steps
    inner = ratios[:-1, None] + np.diff(ratios)[:, None] * parts
    return np.append(inner.ravel(), ratios[-1])


def _spread(
    curve: Curve, ratio_cov: ArrayLike | None, hazard_years: float, risk_years: float, steps: int
) -> F:
    spread = floats(0 * curve.ratio if ratio_cov is None else ratio_cov)
    faults = [
        (f"{name} is {years}; it must be above 0", f"{name_zh}为 {years}；应大于 0")
        for name, name_zh, years in (
            ("hazard_years", "危险性年限", hazard_years),
            ("risk_years", "风险年限", risk_years),
        )
        if not 0 < years < np.inf
    ]
    if steps < 1 or int(steps) != steps:
        faults.append(
            (f"steps is {steps}; a whole number from 1", f"steps 为 {steps}；应为不小于 1 的整数")
        )
    if curve.intensity.size == 1:
        faults.append(
            ("the curve has one point; two at least are needed", "曲线只有一个点；至少需要两个")
        )
    if spread.shape != curve.ratio.shape:
        faults.append(
            (
                f"ratio_cov has shape {spread.shape}, the curve {curve.ratio.shape}",
                f"变异系数的形状为 {spread.shape}，曲线为 {curve.ratio.shape}",
            )
        )
    if not (np.isfinite(spread) & (spread >= 0)).all():
        faults.append(("ratio_cov must be finite and >= 0", "变异系数应为不小于 0 的有限数"))
    refuse(ParameterError, faults)
    return spread


# Probability that the ratio is exceeded, (ratios, points), where its mean and spread are known.
def _ratio_exceedance(ratios: F, mean: F, cov: F) -> F:
    sigma = np.sqrt(np.log1p(cov**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        # The median of a lognormal is its mean over sqrt(1 + cov^2).
        above = (np.log(mean) - sigma**2 / 2 - np.log(ratios)[:, None]) / sigma
    lognormal: F = ndtr(above)
    certain = ((ratios[:, None] <= mean) & (mean > 0)).astype(np.float64)
    return np.where((cov > 0) & (mean > 0), lognormal, certain)


def _fragility_faults(levels: F, reached: F) -> Iterator[tuple[str, str]]:
    if reached.ndim != 2 or reached.shape[1:] != levels.shape or not reached.size:  # noqa: PLR2004
        yield (
            f"probabilities have shape {reached.shape}; (states, {levels.size}) is needed",
            f"概率的形状为 {reached.shape}；应为（损伤状态，{levels.size}）",
        )
    elif not ((reached >= 0) & (reached <= 1)).all():
        yield ("a probability lies outside 0..1", "有概率不在 0～1 之间")
    elif (np.diff(reached, axis=0) > 0).any():
        yield (
            "fragility curves cross: a worse state is reached more often than a lighter one",
            "易损性曲线相交：较重状态的超越概率大于较轻状态",
        )
