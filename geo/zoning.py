"""Turn hazard, exposure, vulnerability and capacity into a risk index, classes and their why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.breaks import classify, natural_breaks
from geo.errors import GridError, ParameterError
from geo.masked import floats
from geo.stability import Stability, stability

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

__all__ = [
    "Explanation",
    "Stability",
    "classify",
    "explain",
    "hazard_class",
    "hazard_score",
    "natural_breaks",
    "risk_index",
    "stability",
]

COMPONENTS = ("hazard", "exposure", "vulnerability", "capacity")
COMPONENTS_ZH = ("危险性", "暴露度", "脆弱性", "防灾能力")


def hazard_class(depth_m: ArrayLike, breaks_m: ArrayLike) -> I:
    """
    Return the hazard class of each water depth.

    Parameters
    ----------
    depth_m
        Metres, >= 0, any shape; NaN = unknown.
    breaks_m
        Inner upper limits in metres, from a parameter file with its source.

    Returns
    -------
    ndarray
        1 (lowest) to k, 0 where the depth is unknown.

    Raises
    ------
    GridError
        If a depth is negative.
    ParameterError
        If the limits do not rise strictly.
    """
    return classify(_depths(depth_m), breaks_m)


def hazard_score(depth_m: ArrayLike, knots: Sequence[tuple[float, float]]) -> F:
    """
    Score each water depth between 0 and 1 along a broken line.

    Parameters
    ----------
    depth_m
        Metres, >= 0, any shape; NaN = unknown.
    knots
        Pairs (depth in metres, score), from a parameter file with its source; beyond the ends the
        nearest score holds.

    Returns
    -------
    ndarray
        0..1, NaN where the depth is unknown; more depth never scores less.

    Raises
    ------
    GridError
        If a depth is negative.
    ParameterError
        If depths do not rise strictly, or scores fall or leave 0..1.

    Examples
    --------
    >>> hazard_score([0.0, 0.25, 3.0], [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
    array([0.  , 0.25, 1.  ])
    """
    line = floats(knots).reshape(-1, 2)
    depth, score = line[:, 0], line[:, 1]
    rising = bool((np.diff(depth) > 0).all() and (np.diff(score) >= 0).all())
    if not (line.size and np.isfinite(line).all() and rising and 0 <= score[0] <= score[-1] <= 1):
        raise ParameterError(
            f"Depths must rise strictly and scores must rise within 0..1: {line.tolist()}.",
            f"水深必须严格递增，得分必须在 0～1 内不减：{line.tolist()}。",
        )
    depths = _depths(depth_m)
    return np.where(np.isnan(depths), np.nan, np.interp(depths, depth, score))


def _depths(depth_m: ArrayLike) -> F:
    depths = floats(depth_m)
    negative = int((depths < 0).sum())
    if negative:
        raise GridError(
            f"{negative} depths are negative; mark unknown depths as NaN.",
            f"有 {negative} 个水深为负；未知水深请标为 NaN。",
        )
    return depths


def risk_index(
    hazard: ArrayLike,
    exposure: ArrayLike,
    vulnerability: ArrayLike,
    capacity: ArrayLike,
    *,
    powers: tuple[float, float, float],
    k: float,
) -> F:
    """
    Compute the risk index ``R = H^a E^b V^c (1 - k C)``.

    The product form of the census rules (no full compensation: where one factor is 0, so is R)
    with capacity as a bounded reduction.

    Parameters
    ----------
    hazard, exposure, vulnerability, capacity
        0..1 per unit, one shape; NaN = unknown. More capacity lowers the index.
    powers
        ``(a, b, c)``, >= 0.
    k
        Share of the risk that full capacity takes away, 0..1.

    Returns
    -------
    ndarray
        0..1, NaN where any factor is unknown.

    Raises
    ------
    GridError
        If a factor lies outside 0..1 or shapes differ.
    ParameterError
        If a power is negative or k outside 0..1.

    Examples
    --------
    >>> risk_index([0.25], [1.0], [0.5], [0.5], powers=(0.5, 1.0, 1.0), k=0.4)
    array([0.2])
    """
    factors = _checked_factors(hazard, exposure, vulnerability, capacity, powers=powers, k=k)
    index = (1 - k * factors[3]) * np.ones_like(factors[3])
    for factor, power in zip(factors[:3], powers, strict=True):
        # 0 ** 0 is 1, but NaN ** 0 must stay unknown.
        index = index * np.where(np.isnan(factor), np.nan, factor**power)
    return index


def _checked_factors(
    *factors: ArrayLike, powers: tuple[float, float, float], k: float
) -> tuple[F, F, F, F]:
    if not (len(powers) == len(COMPONENTS) - 1 and np.isfinite(powers).all() and min(powers) >= 0):
        raise ParameterError(
            f"The powers are {powers}; three numbers >= 0 are needed.",
            f"指数为 {powers}；需要三个不小于 0 的数。",
        )
    if not 0 <= k <= 1:
        raise ParameterError(
            f"k is {k}; it must lie in 0..1.", f"减灾系数 k 为 {k}；应在 0～1 之间。"
        )
    arrays = [floats(factor) for factor in factors]
    faults_en, faults_zh = [], []
    for array, name, name_zh in zip(arrays, COMPONENTS, COMPONENTS_ZH, strict=True):
        wrong = int(((array < 0) | (array > 1)).sum())
        if wrong:
            faults_en.append(f"{name} lies outside 0..1 in {wrong} units")
            faults_zh.append(f"{name_zh}有 {wrong} 个单元不在 0～1 之间")
        if array.shape != arrays[0].shape:
            faults_en.append(f"{name} has shape {array.shape}, hazard {arrays[0].shape}")
            faults_zh.append(f"{name_zh}的形状为 {array.shape}，危险性为 {arrays[0].shape}")
    if faults_en:
        raise GridError("; ".join(faults_en) + ".", "；".join(faults_zh) + "。")
    return arrays[0], arrays[1], arrays[2], arrays[3]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """
    Why each unit's index is what it is; columns hazard, exposure, vulnerability, capacity.

    Attributes
    ----------
    contributions
        Shape ``(units, 4)``; a row sums to ``ln R - ln reference_index``. Minus infinity where a
        factor of 0 makes the whole index 0; NaN where the factor is unknown.
    counterfactual
        Shape ``(units, 4)``: the value of that factor alone at which the index falls to
        ``target_index``; NaN where no value in 0..1 does, or nothing has to fall.
    reference
        Medians of the four factors over the units with a known index, shape ``(4,)``.
    reference_index
        Index of the median unit, made of ``reference``.
    index
        Index of each unit, shape ``(units,)``.
    target_index
        Upper limit of the class below, or the median unit's index; NaN where the unit is already
        in the lowest class, or not above the median unit.
    """

    contributions: F
    counterfactual: F
    reference: F
    reference_index: float
    index: F
    target_index: F


def explain(
    hazard: ArrayLike,
    exposure: ArrayLike,
    vulnerability: ArrayLike,
    capacity: ArrayLike,
    *,
    powers: tuple[float, float, float],
    k: float,
    breaks: ArrayLike | None = None,
) -> Explanation:
    """
    Split each unit's index into what each factor adds, and invert it factor by factor.

    Since ``ln R = a ln H + b ln E + c ln V + ln(1 - k C)``, the difference of a unit from the
    median unit (the factors' medians taken one by one) is exactly the sum of four terms.

    Parameters
    ----------
    hazard, exposure, vulnerability, capacity
        0..1 per unit, shape ``(units,)``; NaN = unknown.
    powers
        ``(a, b, c)``, >= 0.
    k
        Share of the risk that full capacity takes away, 0..1.
    breaks
        Class limits of the index; where given, the counterfactual aims at the class below,
        else at the median unit's index.

    Returns
    -------
    Explanation
        Contributions, counterfactual and what they are measured against.

    Raises
    ------
    GridError
        If a factor lies outside 0..1, shapes differ, no unit is known, or the median unit's index
        is 0, so that nothing can be compared with it: give such a factor a floor above 0 first.
    ParameterError
        If a power is negative, k outside 0..1, or the breaks do not rise.

    Examples
    --------
    >>> why = explain([0.2, 0.4, 0.8], [0.5] * 3, [0.5] * 3, [0.0] * 3, powers=(1, 1, 1), k=0.5)
    >>> why.contributions[2].round(3).tolist()
    [0.693, 0.0, 0.0, 0.0]
    >>> why.counterfactual[2, 0].round(6).tolist()
    0.4
    """
    factors = _checked_factors(hazard, exposure, vulnerability, capacity, powers=powers, k=k)
    index = risk_index(*factors, powers=powers, k=k)
    table = np.stack([factor.ravel() for factor in factors], axis=1)
    known = ~np.isnan(table).any(axis=1)
    reference = _medians(table[known])
    terms = _log_terms(table, powers, k)
    reference_terms = _log_terms(reference[None, :], powers, k)[0]
    _require_nonzero(reference_terms)
    reference_index = float(risk_index(*reference, powers=powers, k=k))
    target = _targets(index.ravel(), reference_index, breaks)
    return Explanation(
        contributions=terms - reference_terms,
        counterfactual=_counterfactual(table, target, powers, k),
        reference=reference,
        reference_index=reference_index,
        index=index.ravel(),
        target_index=target,
    )


def _medians(table: F) -> F:
    if not len(table):
        raise GridError(
            "No unit has all four factors, so there is no median unit to compare with.",
            "没有一个单元四项因子齐全，无法得到作比较的中位单元。",
        )
    medians: F = np.median(table, axis=0)
    return medians


# a ln H, b ln E, c ln V, ln(1 - k C); a factor with power 0 adds nothing, even where it is 0.
def _log_terms(table: F, powers: tuple[float, float, float], k: float) -> F:
    terms = np.empty_like(table)
    with np.errstate(divide="ignore"):
        for column, power in enumerate(powers):
            factor = table[:, column]
            terms[:, column] = power * np.log(factor) if power > 0 else factor * 0.0
        terms[:, 3] = np.log1p(-k * table[:, 3])
    return terms


def _require_nonzero(reference_terms: F) -> None:
    zero = np.isinf(reference_terms)
    if zero.any():
        names = ", ".join(np.array(COMPONENTS)[zero])
        names_zh = "、".join(np.array(COMPONENTS_ZH)[zero])
        raise GridError(
            f"The median unit's index is 0 because of {names}; give it a floor above 0 first.",
            f"中位单元的指数因{names_zh}而为 0；请先设一个大于 0 的下限。",
        )


def _targets(index: F, reference_index: float, breaks: ArrayLike | None) -> F:
    if breaks is None:
        return np.where(index > reference_index, reference_index, np.nan)
    classes = classify(index, breaks)
    limits = np.concatenate([[np.nan, np.nan], floats(breaks).ravel()])
    return limits[classes]


def _counterfactual(table: F, target: F, powers: tuple[float, float, float], k: float) -> F:
    found = np.full_like(table, np.nan)
    neutral = (1.0, 1.0, 1.0, 0.0)
    for column in range(4):
        if (powers[column] if column < len(powers) else k) == 0:
            continue
        rest = table.copy()
        rest[:, column] = neutral[column]
        without = risk_index(*rest.T, powers=powers, k=k)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = target / without
            value = (1 - ratio) / k if column == len(powers) else ratio ** (1 / powers[column])
        value = np.where((value >= 0) & (value <= 1), value, np.nan)
        value = _settle(table, column, value, target, powers=powers, k=k)
        found[:, column] = np.where((value >= 0) & (value <= 1), value, np.nan)
    return found


# The inverse may miss its target by the last digits, on the wrong side of a class limit.
def _settle(
    table: F, column: int, value: F, target: F, *, powers: tuple[float, float, float], k: float
) -> F:
    goal = 1.0 if column == len(powers) else 0.0
    trial = table.copy()
    for step in range(12):
        trial[:, column] = np.clip(value, 0, 1)
        above = risk_index(*trial.T, powers=powers, k=k) > target
        if not above.any():
            break
        nudge = np.spacing(np.abs(value)) * 2.0**step
        value = np.where(above, value + (nudge if goal else -nudge), value)
    trial[:, column] = np.clip(value, 0, 1)
    reached = risk_index(*trial.T, powers=powers, k=k) <= target
    return np.where(reached, value, np.nan)
