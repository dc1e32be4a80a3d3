"""Indicators into one number: weights by comparison (AHP) or spread (entropy), TOPSIS."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GridError, ParameterError, refuse
from geo.masked import floats

F = NDArray[np.float64]
B = NDArray[np.bool_]

# Mean consistency index of random matrices of 1..15 things, as printed by Saaty (1980), The
# Analytic Hierarchy Process (12 things less than 11).
RANDOM_INDEX = (0, 0, 0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
PAIR = 2  # things that cannot contradict, axes of a table
# Reciprocals are typed with two decimals: 0.33 for 1/3.
TYPED_RECIPROCAL, TYPED_SHARE = 0.005, 0.05
LAST_DIGITS = 1e-9


@dataclass(frozen=True, kw_only=True)
class Ahp:
    """
    Weights from pairwise comparisons, and how far the comparisons contradict each other.

    Attributes
    ----------
    weights
        Principal eigenvector, sum 1, shape ``(n,)``.
    consistency_ratio
        Consistency index over Saaty's random index; below 0.1 comparisons are commonly accepted,
        0 for one or two things, which cannot contradict.
    consistency_index
        ``(lambda_max - n) / (n - 1)``.
    lambda_max
        Principal eigenvalue, n where nothing contradicts.
    random_index
        Saaty's for n things.
    """

    weights: F
    consistency_ratio: float
    consistency_index: float
    lambda_max: float
    random_index: float


def ahp(comparisons: ArrayLike) -> Ahp:
    """
    Derive weights from pairwise comparisons by the analytic hierarchy process.

    Saaty (1980; 2008, doi:10.1007/BF03191825): the weights are the principal eigenvector of the
    matrix, found by squaring it until nothing changes.

    Parameters
    ----------
    comparisons
        How many times row is more important than column, > 0, shape ``(n, n)``, n in 1..15; ones on
        the diagonal, and across it reciprocals, exact or typed with two decimals (0.33 for 1/3).

    Returns
    -------
    Ahp
        Weights and consistency.

    Raises
    ------
    GridError
        If the matrix is not square, holds other than positive numbers, or is not reciprocal.
    ParameterError
        If n exceeds 15, for which no random index is published.

    Examples
    --------
    The first of two things is three times as important:

    >>> ahp([[1, 3], [1 / 3, 1]]).weights
    array([0.75, 0.25])
    """
    matrix = floats(comparisons)
    refuse(GridError, _comparison_faults(matrix))
    size = len(matrix)
    if size > len(RANDOM_INDEX):
        raise ParameterError(
            f"{size} things are compared; consistency is defined for at most {len(RANDOM_INDEX)}: "
            "group them and compare the groups first.",
            f"共比较 {size} 项；一致性检验最多 {len(RANDOM_INDEX)} 项：请先分组，再比较各组。",
        )
    weights = _principal(matrix)
    largest = float((matrix @ weights).sum())
    # Typed reciprocals and the last digits may fall short of n.
    index = max(0.0, (largest - size) / (size - 1)) if size > PAIR else 0.0
    random_index = float(RANDOM_INDEX[size - 1])
    return Ahp(
        weights=weights,
        consistency_ratio=index / random_index if random_index else 0.0,
        consistency_index=index,
        lambda_max=largest,
        random_index=random_index,
    )


def entropy_weights(table: ArrayLike) -> F:
    """
    Weigh indicators by how unevenly they are spread over the units.

    Shannon's entropy of each column's shares, with the number of rows as base; a weight is what its
    entropy lacks to 1, over the sum of that. It measures dispersion, not importance: one skewed
    column takes much of the weight. Offer it beside another weighting, never as the only one.

    Parameters
    ----------
    table
        Rows = units, columns = indicators, >= 0, all "larger is worse", shape ``(units, n)``; a 0
        counts as no share. The unit of a column does not matter.

    Returns
    -------
    ndarray
        Weights, sum 1, shape ``(n,)``; 0 for a column in which all units are equal.

    Raises
    ------
    GridError
        If the table has fewer than two rows, holds negative, infinite or unknown values, or no
        column differs between units.

    Examples
    --------
    The second indicator is equal everywhere and says nothing:

    >>> entropy_weights([[1, 5], [3, 5]])
    array([1., 0.])
    """
    values = floats(table)
    refuse(GridError, _entropy_faults(values))
    varied = values.min(axis=0) < values.max(axis=0)
    shares = values[:, varied] / values[:, varied].max(axis=0)
    shares /= shares.sum(axis=0)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    lacking = np.maximum(1 + (shares * logs).sum(axis=0) / np.log(len(values)), 0.0)
    weights = np.zeros(values.shape[1])
    # Differences in the last digits alone lack nothing that can be told from 0.
    weights[varied] = lacking / lacking.sum() if lacking.sum() > 0 else 1 / varied.sum()
    return weights


def topsis(
    table: ArrayLike,
    weights: ArrayLike,
    larger_is_better: ArrayLike,
    normalisation: Literal["vector", "minmax"] = "vector",
) -> F:
    """
    Score each unit by its closeness to the best and distance from the worst that occurs.

    Hwang and Yoon (1981), doi:10.1007/978-3-642-48318-9: distances to the ideal and to the
    anti-ideal unit in the weighted, normalised table; the score is the second over their sum. The
    ranking changes with the normalisation, which therefore belongs into every report.

    Parameters
    ----------
    table
        Rows = units, columns = indicators, shape ``(units, n)``.
    weights
        >= 0, not all 0, shape ``(n,)``; only their proportions matter.
    larger_is_better
        True where more is better, False where less is, shape ``(n,)``.
    normalisation
        "vector" divides a column by the root of its sum of squares, "minmax" takes it to 0..1.

    Returns
    -------
    ndarray
        0 (worst) .. 1 (best), shape ``(units,)``. A column in which all units are equal, zeros
        among them, tells none from another; 0.5 everywhere where nothing does, as for one unit.

    Raises
    ------
    GridError
        If shapes do not fit, or the table holds infinite or unknown values.
    ParameterError
        If a weight is negative or unknown, all are 0, or the normalisation is another word.

    Examples
    --------
    The first unit is cheaper, the second holds more, and that counts three times as much:

    >>> topsis([[1, 10], [2, 20]], [0.25, 0.75], [False, True], "minmax")
    array([0.25, 0.75])
    """
    values, share = floats(table), floats(weights)
    better = _is_larger_better(larger_is_better)
    refuse(GridError, _topsis_faults(values, share, better))
    refuse(ParameterError, _topsis_parameter_faults(share, normalisation))
    scaled = _scaled(values, normalisation) * (share / share.sum())
    best, worst = scaled.max(axis=0), scaled.min(axis=0)
    best, worst = np.where(better, best, worst), np.where(better, worst, best)
    to_best = np.sqrt(((scaled - best) ** 2).sum(axis=1))
    to_worst = np.sqrt(((scaled - worst) ** 2).sum(axis=1))
    apart = to_best + to_worst
    return np.where(apart > 0, to_worst / np.where(apart > 0, apart, 1.0), 0.5)


def _is_larger_better(told: ArrayLike) -> B:
    given = np.asarray(told)
    is_plain = given.dtype.kind == "b" or (
        given.dtype.kind in "iuf" and bool(np.isin(given, (0, 1)).all())
    )
    if not is_plain:
        raise ParameterError(
            f"larger_is_better is {given.tolist()}; true or false is needed for each indicator.",
            f"larger_is_better 为 {given.tolist()}；每个指标应为真或假。",
        )
    return given.astype(np.bool_)


# Each power of a positive matrix turns all columns further towards the principal eigenvector.
def _principal(matrix: F) -> F:
    power = matrix / matrix.sum()
    for _ in range(64):
        squared = power @ power
        squared /= squared.sum()
        settled = np.abs(squared - power).max() <= np.finfo(float).eps / 8
        power = squared
        if settled:
            break
    weights: F = power.sum(axis=1) / power.sum()
    return weights


def _comparison_faults(matrix: F) -> Iterator[tuple[str, str]]:
    if len(matrix.shape) != PAIR or len({*matrix.shape}) > 1 or not matrix.size:
        yield (
            f"comparisons have shape {matrix.shape}; a square table is needed",
            f"比较矩阵的形状为 {matrix.shape}；应为方阵",
        )
        return
    wrong = int((~(np.isfinite(matrix) & (matrix > 0))).sum())
    if wrong:
        yield (
            f"{wrong} comparisons are not positive numbers",
            f"有 {wrong} 个比较值不是正数",
        )
        return
    row, column = np.nonzero(np.triu(_not_reciprocal(matrix)))
    if row.size:
        places = "; ".join(
            f"row {i + 1}, column {j + 1}: {matrix[i, j]:g} and {matrix[j, i]:g}"
            for i, j in zip(row, column, strict=True)
        )
        places_zh = "；".join(
            f"第 {i + 1} 行第 {j + 1} 列：{matrix[i, j]:g} 与 {matrix[j, i]:g}"
            for i, j in zip(row, column, strict=True)
        )
        yield (
            f"comparisons across the diagonal must be reciprocals (3 and 1/3): {places}",
            f"对角线两侧的比较值应互为倒数（3 与 1/3）：{places_zh}",
        )


def _not_reciprocal(matrix: F) -> B:
    smaller, larger = np.minimum(matrix, matrix.T), np.maximum(matrix, matrix.T)
    apart: B = np.abs(smaller - 1 / larger) > TYPED_RECIPROCAL * (1 + LAST_DIGITS)
    # Half a unit of the second decimal is much of a number below 0.1.
    apart |= np.abs(smaller * larger - 1) > TYPED_SHARE
    return apart | (np.eye(len(matrix), dtype=bool) & (np.abs(matrix - 1) > LAST_DIGITS))


def _entropy_faults(values: F) -> Iterator[tuple[str, str]]:
    if len(values.shape) != PAIR or len(values) < PAIR or not values.size:
        yield (
            f"the table has shape {values.shape}; two units and one indicator at least are needed",
            f"指标表的形状为 {values.shape}；至少需要两个单元和一项指标",
        )
        return
    wrong = int((~(np.isfinite(values) & (values >= 0))).sum())
    if wrong:
        yield (
            f"{wrong} values are negative, infinite or unknown",
            f"有 {wrong} 个值为负、无穷大或缺失",
        )
    elif not (values.min(axis=0) < values.max(axis=0)).any():
        yield (
            "no indicator differs between units, so their spread gives no weights",
            "各项指标在所有单元上都相同，无法按离散程度定权",
        )


def _topsis_faults(values: F, share: F, better: B) -> Iterator[tuple[str, str]]:
    if len(values.shape) != PAIR or not values.size:
        yield (
            f"the table has shape {values.shape}; units and indicators are needed",
            f"指标表的形状为 {values.shape}；应有单元与指标",
        )
        return
    unknown = int((~np.isfinite(values)).sum())
    if unknown:
        yield (f"{unknown} values are infinite or unknown", f"有 {unknown} 个值为无穷大或缺失")
    columns = values.shape[1]
    for array, name, name_zh in (
        (share, "weights", "权重"),
        (better, "larger_is_better", "指标方向"),
    ):
        if array.shape != (columns,):
            yield (
                f"{name} has shape {array.shape} for {columns} indicators",
                f"{name_zh}的形状为 {array.shape}，指标为 {columns} 项",
            )


def _topsis_parameter_faults(share: F, normalisation: str) -> Iterator[tuple[str, str]]:
    if not (np.isfinite(share) & (share >= 0)).all() or not share.sum() > 0:
        yield (
            f"weights must be at least 0 and not all 0; they are {share.tolist()}",
            f"权重应不小于 0 且不全为 0；实际为 {share.tolist()}",
        )
    if normalisation not in ("vector", "minmax"):
        yield (
            f'normalisation is "{normalisation}"; "vector" or "minmax" is needed',
            f"归一方法为“{normalisation}”；应为 vector 或 minmax",
        )


def _scaled(values: F, normalisation: str) -> F:
    low, high = values.min(axis=0), values.max(axis=0)
    if normalisation == "minmax":
        inside: F = (values - low) / np.where(high > low, high - low, 1.0)
        return inside
    largest = np.abs(values).max(axis=0)
    # By its largest value first: squares of large numbers would be infinite.
    part = values / np.where(largest > 0, largest, 1.0)
    length = np.sqrt((part**2).sum(axis=0))
    unit: F = part / np.where(length > 0, length, 1.0)
    return unit
