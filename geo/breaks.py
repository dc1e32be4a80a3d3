"""Cut numbers into classes: limits that make the classes uniform, and the class of each number."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.compiled import compiled
from geo.double_double import add, square_over, two_product, two_sum
from geo.errors import GridError, ParameterError
from geo.masked import floats

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

ROUGH = 2.0**-48  # digits that the quick comparison of two candidates may miss
TIE = 5e-31  # sums that agree so far are equal: what ties on paper differs by rounding alone


def natural_breaks(values: ArrayLike, k: int) -> F:
    """
    Find the class limits of least total squared deviation from the classes' means.

    The exact optimum of Fisher (1958, doi:10.1080/01621459.1958.10501479), known as natural breaks
    or "Jenks": dynamic programming over the end of each class. The best start of a class never
    moves left as its end moves right, so each class costs O(n log n) by halving (Galil and Park
    1992, doi:10.1016/0304-3975(92)90135-3). Sums are kept to 30 digits, so that tight groups far
    apart are split as exactly as one. Of several optima the one whose highest limit is lowest is
    taken, then whose next one is. Neither order nor unit of the values matters.

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
    distinct, counts = np.unique(_finite(values), return_counts=True)
    if k % 1 or not 1 <= k <= distinct.size:
        raise ParameterError(
            f"{k} classes were asked for, but there are {distinct.size} distinct values; "
            f"ask for 1 to {distinct.size} classes.",
            f"要求分 {k} 级，但不同的数值只有 {distinct.size} 个；请改为 1～{distinct.size} 级。",
        )
    starts = _fisher_starts(distinct, counts.astype(np.float64), int(k))
    limits: F = distinct[starts[1:] - 1]
    return limits


def quantile_breaks(values: ArrayLike, k: int) -> F:
    """
    Find the class limits that put the same number of units into each class.

    The limits are the 1/k, 2/k, ... quantiles, straight between neighbours in order (definition 7
    of Hyndman and Fan 1996, doi:10.1080/00031305.1996.10473566; what numpy, R and spreadsheets
    compute).

    Parameters
    ----------
    values
        Numbers of any shape; NaN are left out.
    k
        Number of classes, at least 1.

    Returns
    -------
    ndarray
        The k-1 inner upper limits, ascending.

    Raises
    ------
    ParameterError
        If k is no whole number of at least 1, or so many values are equal that limits coincide.
    GridError
        If a value is infinite, or there is none.

    Examples
    --------
    >>> quantile_breaks([1, 2, 3, 4, 100], 2)
    array([3.])
    """
    numbers = _finite(values, least=1)
    if k % 1 or not k >= 1:
        raise ParameterError(
            f"{k} classes were asked for; a whole number of at least 1 is needed.",
            f"要求分 {k} 级；应为不小于 1 的整数。",
        )
    limits: F = np.quantile(numbers, np.arange(1, int(k)) / k)
    same = limits[1:][np.diff(limits) <= 0]
    if same.size:
        raise ParameterError(
            f"Equal values make class limits coincide at {np.unique(same).tolist()}; ask for fewer "
            "classes, or leave such values out.",
            f"相同的值过多，分级界限在 {np.unique(same).tolist()} 处重合；"
            "请减少级数，或剔除这些值。",
        )
    return limits


def mean_sd_breaks(
    values: ArrayLike,
    multiples: Sequence[float] = (-2.0, -1.0, 1.0, 2.0),
    *,
    leave_out_zero: bool = False,
) -> F:
    """
    Set class limits at the mean plus multiples of the standard deviation.

    On skewed values classes stay empty or outside the values' range: `class_counts` tells which.
    The meteorological rules take (-1, -0.5, 0.5, 1) for five classes of risk and (-1, 0, 1) for
    four of hazard, over the values other than 0 (待核).

    Parameters
    ----------
    values
        Numbers of any shape; NaN are left out.
    multiples
        Of the standard deviation (n - 1 in the denominator), strictly ascending.
    leave_out_zero
        Whether zeros take no part in mean and standard deviation.

    Returns
    -------
    ndarray
        One inner upper limit for each multiple, ascending.

    Raises
    ------
    ParameterError
        If the multiples do not rise, or all values are equal.
    GridError
        If a value is infinite, or there are fewer than two.

    Examples
    --------
    Mean 4, standard deviation 2:

    >>> mean_sd_breaks([2, 4, 6], (-1, 1))
    array([2., 6.])
    """
    numbers = _finite(values, least=2, leave_out_zero=leave_out_zero)
    factors = floats(multiples).ravel()
    sd = float(numbers.std(ddof=1))
    if not (np.isfinite(factors).all() and (np.diff(factors) > 0).all()):
        raise ParameterError(
            f"Multiples of the standard deviation must rise strictly: {factors.tolist()}.",
            f"标准差的倍数必须严格递增：{factors.tolist()}。",
        )
    if numbers.min() == numbers.max():
        raise ParameterError(
            f"All {numbers.size} values are {numbers[0]}; a standard deviation of 0 cuts nothing.",
            f"全部 {numbers.size} 个值都是 {numbers[0]}；标准差为 0，无法分级。",
        )
    limits: F = numbers.mean() + factors * sd
    return limits


def class_counts(values: ArrayLike, breaks: ArrayLike) -> I:
    """
    Count the values of each class; a 0 is a class that is empty.

    Parameters
    ----------
    values
        Numbers of any shape; NaN are left out.
    breaks
        Inner upper limits, strictly ascending, shape ``(k - 1,)``.

    Returns
    -------
    ndarray
        Values in class 1, ..., k, shape ``(k,)``.

    Raises
    ------
    ParameterError
        If the breaks are not finite and strictly ascending.

    Examples
    --------
    >>> class_counts([1, 2, 3, 100], [-50, 2, 80])
    array([0, 2, 1, 1])
    """
    classes = classify(values, breaks).ravel()
    counts: I = np.bincount(classes, minlength=np.size(breaks) + 2)[1:].astype(np.int64)
    return counts


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
    limits = rising_limits(breaks)
    numbers = floats(values)
    classes = np.searchsorted(limits, numbers, side="left") + 1
    return np.where(np.isnan(numbers), 0, classes).astype(np.int64)


def rising_limits(breaks: ArrayLike) -> F:
    """
    Return class limits as numbers, checked.

    Parameters
    ----------
    breaks
        Inner upper limits, shape ``(k - 1,)``.

    Returns
    -------
    ndarray
        The same, strictly ascending.

    Raises
    ------
    ParameterError
        If the breaks are not finite and strictly ascending.
    """
    limits = floats(breaks).ravel()
    if not (np.isfinite(limits).all() and (limits[1:] > limits[:-1]).all()):
        raise ParameterError(
            f"Class limits must rise strictly; these do not: {limits.tolist()}.",
            f"分级界限必须严格递增；实际为 {limits.tolist()}。",
        )
    return limits


def _finite(values: ArrayLike, least: int = 0, *, leave_out_zero: bool = False) -> F:
    numbers = floats(values).ravel()
    numbers = numbers[~np.isnan(numbers)]
    infinite = int(np.isinf(numbers).sum())
    if infinite:
        raise GridError(
            f"{infinite} values are infinite; classes need finite numbers.",
            f"有 {infinite} 个无穷大的值；分级需要有限的数值。",
        )
    if leave_out_zero:
        numbers = numbers[numbers != 0]
    if numbers.size < least:
        raise GridError(
            f"There are {numbers.size} values to cut into classes; at least {least} are needed.",
            f"可供分级的值有 {numbers.size} 个；至少需要 {least} 个。",
        )
    return numbers


# Start of each run of distinct, ascending values.
def _fisher_starts(values: F, counts: F, k: int) -> I:
    # By powers of two, which lose nothing: squares neither overflow nor vanish in any unit.
    size = np.frexp(np.abs(values).max())[1]
    scaled = np.ldexp(values, -size)
    middle = scaled[scaled.size // 2]
    span = np.frexp(scaled[-1] - scaled[0])[1]
    return _optimal_starts(_running_sums(scaled, counts, middle, 2.0**-span), k)


# Rows: running weight, running sum of weight times distance to the middle, and the sum's rest.
@compiled
def _running_sums(values: F, counts: F, middle: float, scale: float) -> F:
    sums = np.zeros((3, values.size + 1))
    total, rest = 0.0, 0.0
    for place in range(values.size):
        apart, apart_rest = two_sum(values[place], -middle)
        count = counts[place]
        moment, moment_rest = two_product(count, apart * scale)
        total, rest = add(total, rest, moment, moment_rest + count * (apart_rest * scale))
        sums[0, place + 1] = sums[0, place] + count
        sums[1, place + 1], sums[2, place + 1] = total, rest
    return sums


# Least squared deviation within classes is the largest sum of (sum of class)^2 / weight of class.
@compiled
def _optimal_starts(sums: F, k: int) -> I:
    size = sums.shape[1] - 1
    best, rough = np.zeros((2, size)), np.zeros(size)
    for last in range(size):
        best[0, last], best[1, last] = _squared(sums, 0, last)
    start = np.zeros((k, size), dtype=np.int32)
    for group in range(1, k - 1):
        best = _add_group(sums, best, start[group], group, rough)
    starts = np.zeros(k, dtype=np.int64)
    last = size - 1
    for group in range(k - 1, 0, -1):
        if group == k - 1:
            starts[group] = _best_start(sums, best, (group, last), last, rough)[0]
        else:
            starts[group] = start[group, last]
        last = starts[group] - 1
    return starts


# Best sum of each end with one class more, by halving the ends; the halves wait on a stack.
@compiled
def _add_group(sums: F, best: F, start: I, group: int, rough: F) -> F:
    size = best.shape[1]
    better = np.full((2, size), -np.inf)
    waiting = [(group, size - 1, group, size - 1)]
    while len(waiting) > 0:
        first, last, lowest, highest = waiting.pop()
        if first > last:
            continue
        middle = (first + last) // 2
        between = (lowest, min(middle, highest))
        found, high, low = _best_start(sums, best, between, middle, rough)
        start[middle] = found
        better[0, middle], better[1, middle] = high, low
        waiting.append((first, middle - 1, lowest, found))
        waiting.append((middle + 1, last, found, highest))
    return better


# The lowest of the best starts of a class that ends at last, and the sum it reaches.
@compiled
def _best_start(
    sums: F, best: F, between: tuple[int, int], last: int, rough: F
) -> tuple[int, float, float]:
    lowest, highest = between
    weight, total, rest = sums[0, last + 1], sums[1, last + 1], sums[2, last + 1]
    least = 0.0
    # The digits of a float tell most candidates from the best one.
    for candidate in range(lowest, highest + 1):
        part = (total - sums[1, candidate]) + (rest - sums[2, candidate])
        reached = best[0, candidate - 1] + part * part / (weight - sums[0, candidate])
        rough[candidate] = reached
        least = max(least, reached)
    least *= 1 - ROUGH
    found, high, low = -1, 0.0, 0.0
    for candidate in range(lowest, highest + 1):
        if rough[candidate] < least:
            continue
        own, own_rest = _squared(sums, candidate, last)
        exact, dust = add(best[0, candidate - 1], best[1, candidate - 1], own, own_rest)
        if found < 0 or (exact - high) + (dust - low) > TIE * high:
            found, high, low = candidate, exact, dust
    return found, high, low


# Squared sum over weight of the values first..last.
@compiled
def _squared(sums: F, first: int, last: int) -> tuple[float, float]:
    total, rest = add(sums[1, last + 1], sums[2, last + 1], -sums[1, first], -sums[2, first])
    return square_over(total, rest, sums[0, last + 1] - sums[0, first])
