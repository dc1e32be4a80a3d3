"""Cut numbers into classes: limits that make the classes uniform, and the class of each number."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.compiled import compiled
from geo.errors import GridError, ParameterError

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


def natural_breaks(values: ArrayLike, k: int) -> F:
    """
    Find the class limits of least total squared deviation from the classes' means.

    The exact optimum of Fisher (1958, doi:10.1080/01621459.1958.10501479), known as natural breaks
    or "Jenks": dynamic programming over the end of each class. The best start of a class never
    moves left as its end moves right, so each class costs O(n log n) by halving (Galil and Park
    1992, doi:10.1016/0304-3975(92)90135-3).

    Parameters
    ----------
    values
        Numbers of any shape; NaN are left out, equal numbers always share a class.
    k
        Number of classes, at least 1.

    Returns
    -------
    ndarray
        The k-1 inner upper limits, ascending; each is the largest value of its class.

    Raises
    ------
    ParameterError
        If k is below 1 or exceeds the number of distinct values.
    GridError
        If a value is infinite.

    Examples
    --------
    >>> natural_breaks([1, 2, 2, 10, 11, 30], 3)
    array([ 2., 11.])
    """
    numbers = np.asarray(values, dtype=np.float64).ravel()
    numbers = numbers[~np.isnan(numbers)]
    if np.isinf(numbers).any():
        raise GridError(
            f"{int(np.isinf(numbers).sum())} values are infinite; classes need finite numbers.",
            f"有 {int(np.isinf(numbers).sum())} 个无穷大的值；分级需要有限的数值。",
        )
    distinct, counts = np.unique(numbers, return_counts=True)
    if not 1 <= k <= distinct.size:
        raise ParameterError(
            f"{k} classes were asked for, but there are {distinct.size} distinct values; "
            f"ask for 1 to {distinct.size} classes.",
            f"要求分 {k} 级，但不同的数值只有 {distinct.size} 个；请改为 1～{distinct.size} 级。",
        )
    starts = _fisher_starts(distinct, counts.astype(np.float64), int(k))
    limits: F = distinct[starts[1:] - 1]
    return limits


def classify(values: ArrayLike, breaks: ArrayLike) -> I:
    """
    Return the class of each value; a value equal to a break belongs to the lower class.

    Parameters
    ----------
    values
        Numbers of any shape.
    breaks
        Inner upper limits, strictly ascending, shape ``(k - 1,)``.

    Returns
    -------
    ndarray
        1 (lowest) to k, 0 where the value is NaN; shape of ``values``.

    Raises
    ------
    ParameterError
        If the breaks are not finite and strictly ascending.

    Examples
    --------
    >>> classify([0.0, 0.5, 0.6, float("nan")], [0.5, 1.0])
    array([1, 1, 2, 0])
    """
    limits = np.asarray(breaks, dtype=np.float64).ravel()
    if not (np.isfinite(limits).all() and (np.diff(limits) > 0).all()):
        raise ParameterError(
            f"Class limits must rise strictly; these do not: {limits.tolist()}.",
            f"分级界限必须严格递增；实际为 {limits.tolist()}。",
        )
    numbers = np.asarray(values, dtype=np.float64)
    classes = np.searchsorted(limits, numbers, side="left") + 1
    return np.where(np.isnan(numbers), 0, classes).astype(np.int64)


# Start of each run of distinct, ascending values; among equal optima the lowest starts.
def _fisher_starts(values: F, counts: F, k: int) -> I:
    # Scaled to 0..1 so that sums of squares keep their digits and the unit does not matter.
    span = values[-1] - values[0]
    scaled = (values - values[0]) / (span if span > 0 else 1.0)
    zero = np.zeros(1)
    weight = np.concatenate([zero, np.cumsum(counts)])
    total = np.concatenate([zero, np.cumsum(counts * scaled)])
    square = np.concatenate([zero, np.cumsum(counts * scaled**2)])
    return _optimal_starts(np.stack([weight, total, square]), k)


@compiled
def _optimal_starts(sums: F, k: int) -> I:
    size = sums.shape[1] - 1
    cost = np.empty(size)
    for last in range(size):
        cost[last] = _deviation(sums, 0, last)
    start = np.zeros((k, size), dtype=np.int64)
    for group in range(1, k):
        cost = _add_group(sums, cost, start[group], group)
    starts = np.zeros(k, dtype=np.int64)
    last = size - 1
    for group in range(k - 1, 0, -1):
        starts[group] = start[group, last]
        last = starts[group] - 1
    return starts


# Best cost of each end with one class more, by halving the ends; the halves wait on a stack.
@compiled
def _add_group(sums: F, cost: F, start: I, group: int) -> F:
    size = cost.size
    best = np.full(size, np.inf)
    waiting = [(group, size - 1, group, size - 1)]
    while len(waiting) > 0:
        first, last, lowest, highest = waiting.pop()
        if first > last:
            continue
        middle = (first + last) // 2
        for candidate in range(lowest, min(middle, highest) + 1):
            found = cost[candidate - 1] + _deviation(sums, candidate, middle)
            if found < best[middle]:
                best[middle] = found
                start[middle] = candidate
        waiting.append((first, middle - 1, lowest, start[middle]))
        waiting.append((middle + 1, last, start[middle], highest))
    return best


# Sum of squared deviations from the mean over first..last.
@compiled
def _deviation(sums: F, first: int, last: int) -> float:
    if first == last:
        return 0.0
    weight = sums[0, last + 1] - sums[0, first]
    total = sums[1, last + 1] - sums[1, first]
    square = sums[2, last + 1] - sums[2, first]
    return float(max(0.0, square - total * total / weight))
