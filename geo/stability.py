"""How sure a class is: what weights within their doubt make of it, and what moves it most."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.breaks import rising_limits
from geo.compiled import compiled
from geo.errors import GridError, ParameterError, refuse
from geo.masked import floats

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
Ranks = NDArray[np.int32]

DRAWS_AT_A_TIME = 2_000
# Counts of ranks held at a time, 64 MB: 4,000 units at once, more of them in several rounds.
RANK_COUNTS = 16_000_000
LIMIT_SLACK = 1e-14
RANK_TWENTIETHS = (1, 19)  # of the draws: 5 and 95 %


@dataclass(frozen=True, kw_only=True)
class Stability:
    """
    What the draws make of each unit; rank 1 is the highest score, equal scores share the better.

    Attributes
    ----------
    p_class
        Share of the draws in which the unit falls into class 1..k, shape ``(units, k)``; rows sum
        to 1. NaN where a unit has an unknown indicator.
    rank_low, rank_high
        The best and the worst rank of the middle 90 % of the draws: 5 % and 95 % of the draws rank
        the unit at or before it, shape ``(units,)``; NaN where unknown.
    modal_class
        The most frequent class, the lower of two; 0 where unknown.
    p_modal
        Share of the draws in that class; NaN where unknown. Maps hatch units below 0.6.
    draws
        How many there were.
    """

    p_class: F
    rank_low: F
    rank_high: F
    modal_class: I
    p_modal: F
    draws: int


def stability(
    table: ArrayLike, weights: ArrayLike, breaks: ArrayLike, *, draws: int, seed: int, kappa: float
) -> Stability:
    """
    Draw weights around the given ones, and count the classes and ranks that each unit gets.

    A draw takes its weights from the Dirichlet distribution with parameters ``weights * kappa``,
    whose mean are the weights and whose variance is ``w (1 - w) / (kappa + 1)``; a unit's score is
    the weighted sum of its indicators, its class that of the score between the same breaks in
    every draw. The same seed gives the same result to the last bit, in whatever order units come.

    Parameters
    ----------
    table
        Rows = units, columns = indicators brought to one scale, larger = worse, ``(units, n)``;
        NaN = unknown.
    weights
        >= 0, not all 0, shape ``(n,)``; only their proportions matter, and a weight of 0 stays 0.
    breaks
        Inner upper limits of the score's classes, strictly ascending, shape ``(k - 1,)``.
    draws
        How many, at least 1.
    seed
        Of the random numbers, >= 0.
    kappa
        How sure the weights are, > 0: with 60 a weight of 0.25 has a standard deviation of 0.055,
        with 20 one of 0.094.

    Returns
    -------
    Stability
        Shares of classes and intervals of ranks.

    Raises
    ------
    GridError
        If the table is no table, holds an infinite value, or does not fit the weights.
    ParameterError
        If weights, breaks, draws, seed or kappa lie outside their range.

    Examples
    --------
    The second unit is worse in both indicators, so in every draw:

    >>> found = stability(
    ...     [[0.1, 0.2], [0.8, 0.9]], [0.5, 0.5], [0.5], draws=100, seed=1, kappa=60
    ... )
    >>> found.p_class
    array([[1., 0.],
           [0., 1.]])
    >>> found.rank_low, found.rank_high
    (array([2., 1.]), array([2., 1.]))
    """
    return stability_among([table], weights, breaks, draws=draws, seed=seed, kappa=kappa)


def stability_among(
    tables: Sequence[ArrayLike],
    weights: ArrayLike,
    breaks: ArrayLike,
    *,
    draws: int,
    seed: int,
    kappa: float,
) -> Stability:
    """
    Draw as `stability` does where the indicators themselves are in doubt: each draw has one table.

    The tables are taken in turn, so that each has its equal share of the draws.

    Parameters
    ----------
    tables
        Equally likely versions of the table, each ``(units, n)``; NaN = unknown, and a unit that
        is unknown in one of them is unknown.
    weights
        >= 0, not all 0, shape ``(n,)``.
    breaks
        Inner upper limits of the score's classes, strictly ascending, shape ``(k - 1,)``.
    draws
        How many, at least 1; a multiple of the number of tables gives each the same number.
    seed
        Of the random numbers, >= 0.
    kappa
        How sure the weights are, > 0.

    Returns
    -------
    Stability
        Shares of classes and intervals of ranks over all draws.

    Raises
    ------
    GridError
        If there is no table, their shapes differ, one holds an infinite value, or they do not fit
        the weights.
    ParameterError
        If weights, breaks, draws, seed or kappa lie outside their range.

    Examples
    --------
    The unit lies below the limit in one table and above it in the other:

    >>> found = stability_among([[[0.2]], [[0.8]]], [1.0], [0.5], draws=100, seed=1, kappa=60)
    >>> found.p_class
    array([[0.5, 0.5]])
    """
    versions, share = [floats(table) for table in tables], floats(weights)
    refuse(GridError, _tables_faults(versions, share))
    refuse(ParameterError, _draw_faults(share, draws, seed, kappa))
    values, limits = np.stack(versions), rising_limits(breaks)
    # Drawn weights add up to one but for the last digit: a score on a limit must stay below it.
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    limits = limits + LIMIT_SLACK * np.maximum(np.abs(limits), largest)
    known = ~np.isnan(values).any(axis=(0, 2))
    alpha = share / share.sum() * kappa
    inside = np.ascontiguousarray(values[:, known])
    classes, ranks = _counted(inside, alpha, limits, int(draws), seed)
    units = values.shape[1]
    p_class = np.full((units, limits.size + 1), np.nan)
    p_class[known] = classes / draws
    rank = np.full((2, units), np.nan)
    rank[:, known] = ranks
    modal = np.zeros(units, dtype=np.int64)
    modal[known] = classes.argmax(axis=1) + 1
    return Stability(
        p_class=p_class,
        rank_low=rank[0],
        rank_high=rank[1],
        modal_class=modal,
        p_modal=p_class.max(axis=1),
        draws=int(draws),
    )


@dataclass(frozen=True, kw_only=True)
class Tornado:
    """
    How far each input alone moves each unit's index, the others held at their middle.

    Attributes
    ----------
    low, high
        Index with that input at its low and at its high value, shape ``(units, inputs)``.
    swing
        Distance between the two, >= 0, in the index's unit, shape ``(units, inputs)``.
    order
        Inputs by their mean swing over the units, the widest bar of the tornado first.
    """

    low: F
    high: F
    swing: F
    order: I


def tornado(index: Callable[[F], F], middle: ArrayLike, low: ArrayLike, high: ArrayLike) -> Tornado:
    """
    Move one input at a time between its low and its high value.

    Parameters
    ----------
    index
        Takes inputs of shape ``(units, inputs)``, gives the index ``(units,)``.
    middle
        The inputs as they are taken, shape ``(units, inputs)``; NaN = unknown.
    low, high
        Inputs between which each is in doubt, as its 5 and 95 %, of a shape that spreads to that of
        ``middle``: one row serves all units.

    Returns
    -------
    Tornado
        Indices and swings; NaN where the index is unknown, which no mean counts.

    Raises
    ------
    GridError
        If shapes do not fit, or the index gives another number of units.

    Examples
    --------
    >>> bars = tornado(lambda x: x[:, 0] + 10 * x[:, 1], [[1.0, 1.0], [2.0, 1.0]], [0, 0], [2, 3])
    >>> bars.swing
    array([[ 2., 30.],
           [ 2., 30.]])
    >>> bars.order
    array([1, 0])
    """
    inputs = floats(middle)
    ends = [floats(end) for end in (low, high)]
    refuse(GridError, _tornado_faults(inputs, *ends))
    found = np.empty((2, *inputs.shape))
    for side, end in enumerate(ends):
        moved_to = np.broadcast_to(end, inputs.shape)
        for column in range(inputs.shape[1]):
            moved = inputs.copy()
            moved[:, column] = moved_to[:, column]
            answer = floats(index(moved))
            if answer.shape != inputs.shape[:1]:
                raise GridError(
                    f"The index gave shape {answer.shape} for {len(inputs)} units.",
                    f"指数函数对 {len(inputs)} 个单元给出的形状为 {answer.shape}。",
                )
            found[side, :, column] = answer
    swing = np.abs(found[1] - found[0])
    known = ~np.isnan(swing)
    mean = np.where(known, swing, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    order: I = np.argsort(-mean, kind="stable")
    return Tornado(low=found[0], high=found[1], swing=swing, order=order)


# Classes (units, k) and the two ranks (2, units), in rounds of as many units as memory allows.
def _counted(values: F, alpha: F, limits: F, draws: int, seed: int) -> tuple[I, F]:
    units = values.shape[1]
    classes = np.zeros((units, limits.size + 1), dtype=np.int64)
    bounds = np.zeros((2, units))
    step = max(1, RANK_COUNTS // max(1, units))
    for first in range(0, units, step):
        last = min(first + step, units)
        ranks = np.zeros((last - first, units), dtype=np.int32)
        done = 0
        for weights in _drawn(alpha, draws, seed):
            _count(values, weights, limits, (first, done, classes[first:last], ranks))
            done += len(weights)
        np.cumsum(ranks, axis=1, out=ranks)
        for side, twentieths in enumerate(RANK_TWENTIETHS):
            least = -(-twentieths * draws // 20)
            bounds[side, first:last] = 1 + (ranks >= least).argmax(axis=1)
    return classes, bounds


def _drawn(alpha: F, draws: int, seed: int) -> Iterator[F]:
    random = np.random.default_rng(seed)
    for first in range(0, draws, DRAWS_AT_A_TIME):
        count = min(DRAWS_AT_A_TIME, draws - first)
        weights = np.zeros((count, alpha.size))
        weights[:, alpha > 0] = random.dirichlet(alpha[alpha > 0], size=count)
        yield weights


# Each score is summed in the order of the columns, so that no unit's score hangs on its row.
@compiled
def _count(values: F, weights: F, limits: F, counts: tuple[int, int, I, Ranks]) -> None:
    first, done, classes, ranks = counts
    tables, units, columns = values.shape
    last = first + ranks.shape[0]
    score = np.empty(units)
    for draw in range(weights.shape[0]):
        table = (done + draw) % tables
        for unit in range(units):
            total = 0.0
            for column in range(columns):
                total += values[table, unit, column] * weights[draw, column]
            score[unit] = total
        for unit in range(first, last):
            level = 0
            while level < limits.size and score[unit] > limits[level]:
                level += 1
            classes[unit - first, level] += 1
        order = np.argsort(score)
        rank = units
        for place in range(units - 1, -1, -1):
            if place == units - 1 or score[order[place]] < score[order[place + 1]]:
                rank = units - 1 - place
            if first <= order[place] < last:
                ranks[order[place] - first, rank] += 1


def _tables_faults(versions: list[F], share: F) -> Iterator[tuple[str, str]]:
    if not versions:
        yield ("there is no table of indicators", "没有指标表")
        return
    shapes = {table.shape for table in versions}
    if len(shapes) > 1:
        yield (
            f"the tables have different shapes: {', '.join(map(str, sorted(shapes)))}",
            f"各指标表的形状不同：{'、'.join(map(str, sorted(shapes)))}",
        )
        return
    yield from _table_faults(np.concatenate(versions) if len(versions) > 1 else versions[0], share)


def _table_faults(values: F, share: F) -> Iterator[tuple[str, str]]:
    if share.ndim != 1 or share.shape != values.shape[1:]:
        yield (
            (
                f"the table has shape {values.shape} and the weights {share.shape}; (units, n) and "
                "(n,) are needed"
            ),
            f"指标表的形状为 {values.shape}，权重为 {share.shape}；应为（单元，n）与（n）",
        )
    infinite = int(np.isinf(values).sum())
    if infinite:
        yield (f"{infinite} values are infinite", f"有 {infinite} 个无穷大的值")


def _draw_faults(share: F, draws: int, seed: int, kappa: float) -> Iterator[tuple[str, str]]:
    if not (np.isfinite(share) & (share >= 0)).all() or not share.sum() > 0:
        yield (
            f"weights must be at least 0 and not all 0; they are {share.tolist()}",
            f"权重应不小于 0 且不全为 0；实际为 {share.tolist()}",
        )
    for name, name_zh, number, least in (
        ("draws", "抽样次数", draws, 1),
        ("seed", "随机种子", seed, 0),
    ):
        if number % 1 or not number >= least:
            yield (
                f"{name} is {number}; a whole number of at least {least} is needed",
                f"{name_zh}为 {number}；应为不小于 {least} 的整数",
            )
    if not 0 < kappa < np.inf:
        yield (f"kappa is {kappa}; it must be above 0", f"kappa 为 {kappa}；应大于 0")


def _tornado_faults(inputs: F, low: F, high: F) -> Iterator[tuple[str, str]]:
    if inputs.ndim != 2:  # noqa: PLR2004 - rows and columns
        yield (
            f"inputs have shape {inputs.shape}; (units, inputs) is needed",
            f"输入的形状为 {inputs.shape}；应为（单元，输入）",
        )
        return
    for array, name, name_zh in ((low, "low", "下限"), (high, "high", "上限")):
        try:
            fits = np.broadcast_shapes(array.shape, inputs.shape) == inputs.shape
        except ValueError:
            fits = False
        if not fits:
            yield (
                f"{name} has shape {array.shape}, which does not spread to {inputs.shape}",
                f"{name_zh}的形状为 {array.shape}，不能扩展到 {inputs.shape}",
            )
