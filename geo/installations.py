"""Major hazard installations: whether quantities make one, and how grave people around make it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from geo.errors import ParameterError, refuse

# GB 18218-2018, 4.3, read in excerpts (待核); callers with another edition hand in its numbers.
ALPHA_AT_LEAST_PEOPLE = (100, 50, 30, 1)
ALPHA = (2.0, 1.5, 1.2, 1.0, 0.5)
LEVEL_AT_LEAST_R = (100.0, 50.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Grade:
    """
    Whether and how grave.

    Attributes
    ----------
    s
        Sum of quantity over critical quantity.
    is_major
        Whether that sum reaches 1.
    alpha
        Factor of the people around.
    r
        ``alpha`` times the sum of beta times quantity over critical quantity.
    level
        1 (worst) .. 4, 0 where it is no major hazard installation.
    """

    s: float
    is_major: bool
    alpha: float
    r: float
    level: int


def grade(
    quantities_t: Mapping[str, float],
    thresholds_t: Mapping[str, float],
    beta: Mapping[str, float],
    people_within_500m: int,
    *,
    alpha_at_least_people: Sequence[int] = ALPHA_AT_LEAST_PEOPLE,
    alpha: Sequence[float] = ALPHA,
    level_at_least_r: Sequence[float] = LEVEL_AT_LEAST_R,
) -> Grade:
    """
    Grade an installation after GB 18218: ``R = alpha * sum(beta * q / Q)``.

    Sums are exact in the decimals as they are written, so that quantities that add up to a limit on
    paper reach it.

    Parameters
    ----------
    quantities_t
        Most of each substance that is ever there, in tonnes, >= 0.
    thresholds_t
        Critical quantity of each of them, in tonnes, > 0; further substances are ignored.
    beta
        Correction factor of each of them, > 0; a substance without one is refused, for 1 would
        make light of a poison.
    people_within_500m
        People who are usually within 500 m outside its fence, >= 0.
    alpha_at_least_people
        People from which each factor of ``alpha`` holds, descending.
    alpha
        Factors, one more than their limits: the last holds below all of them.
    level_at_least_r
        R from which levels 1, 2, ... hold, descending; below the last it is one level more.

    Returns
    -------
    Grade
        Sum, factor, R and level.

    Raises
    ------
    ParameterError
        If a substance lacks its critical quantity or factor, or a number is negative or unknown.

    Examples
    --------
    20 t of ammonia (Q 10 t, beta 2) and 5 t of chlorine (Q 5 t, beta 4), 60 people around:
    S = 2 + 1, R = 1.5 x (2 x 2 + 4 x 1) = 12, which is level 3:

    >>> found = grade(
    ...     {"ammonia": 20, "chlorine": 5}, {"ammonia": 10, "chlorine": 5},
    ...     {"ammonia": 2, "chlorine": 4}, 60,
    ... )
    >>> found.s, found.is_major, found.alpha, found.r, found.level
    (3.0, True, 1.5, 12.0, 3)
    """
    refuse(ParameterError, _faults(quantities_t, thresholds_t, beta, people_within_500m))
    shares = {
        name: _exact(quantity) / _exact(thresholds_t[name])
        for name, quantity in quantities_t.items()
    }
    s = sum(shares.values(), Fraction())
    factor = alpha_of(people_within_500m, alpha_at_least_people, alpha)
    weighed = sum((_exact(beta[name]) * share for name, share in shares.items()), Fraction())
    r = _exact(factor) * weighed
    is_major = s >= 1
    return Grade(
        s=float(s),
        is_major=is_major,
        alpha=factor,
        r=float(r),
        level=level_of(r, level_at_least_r) if is_major else 0,
    )


def alpha_of(people: int, at_least_people: Sequence[int], alpha: Sequence[float]) -> float:
    """
    Return the factor of the people around.

    Parameters
    ----------
    people
        Within 500 m outside.
    at_least_people
        Limits, descending.
    alpha
        Factors, one more than limits.

    Returns
    -------
    float
        The factor of the first limit that the people reach, else the last one.
    """
    steps = (k for k, least in enumerate(at_least_people) if people >= least)
    return float(alpha[next(steps, len(at_least_people))])


def level_of(r: float | Fraction, at_least_r: Sequence[float]) -> int:
    """
    Return the level of an R.

    Parameters
    ----------
    r
        Of a major hazard installation.
    at_least_r
        Limits of level 1, 2, ..., descending.

    Returns
    -------
    int
        1 (worst) .. one more than limits.
    """
    steps = (level for level, least in enumerate(at_least_r, 1) if r >= least)
    return next(steps, len(at_least_r) + 1)


# A number as it is written: 0.1 is a tenth.
def _exact(number: float) -> Fraction:
    return Fraction(repr(float(number)))


def _faults(
    quantities_t: Mapping[str, float],
    thresholds_t: Mapping[str, float],
    beta: Mapping[str, float],
    people: int,
) -> Iterator[tuple[str, str]]:
    negative = {
        name: quantity
        for name, quantity in quantities_t.items()
        if not (math.isfinite(quantity) and quantity >= 0)
    }
    if negative:
        yield (
            f"quantities must be finite and at least 0 t; these are not: {negative}",
            f"存在量应为不小于 0 的有限吨数；这些不是：{negative}",
        )
    for table, what, what_zh in (
        (thresholds_t, "critical quantity", "临界量"),
        (beta, "factor beta", "校正系数 β"),
    ):
        lacking = [
            name
            for name in quantities_t
            if not (math.isfinite(table.get(name, 0)) and table.get(name, 0) > 0)
        ]
        if lacking:
            yield (
                f"these substances have no {what} above 0: {', '.join(lacking)}",
                f"这些物质没有大于 0 的{what_zh}：{'、'.join(lacking)}",
            )
    if not (math.isfinite(people) and people >= 0 and people % 1 == 0):
        yield (
            f"people within 500 m are {people}; a whole number of at least 0 is needed",
            f"500 米内人数为 {people}；应为不小于 0 的整数",
        )
