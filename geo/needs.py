"""What people away from home need, in whole units: water, food, beds, toilets."""

import math
from collections.abc import Mapping
from fractions import Fraction

from geo.errors import ParameterError, refuse

# Rates such as 0.1 and 5/6 are not exact in binary; what they miss a whole number by is not a need.
RATE_SLACK = Fraction(1, 10**14)


def minimum_needs(people: int, table: Mapping[str, float]) -> dict[str, int]:
    """
    Return how many units of each thing people need, rounded up to whole units.

    Each call rounds up once: needs of two groups may add up to more than the need of both together,
    so a report says which of the two it prints.

    Parameters
    ----------
    people
        How many, a whole number >= 0.
    table
        Units per person of each thing, >= 0, for the span of time that the table's source names;
        one toilet for 20 people is 0.05.

    Returns
    -------
    dict
        Whole units of each thing, in the table's order.

    Raises
    ------
    ParameterError
        If people are negative, unknown or not whole, or a rate is negative, infinite or unknown.

    Examples
    --------
    Two groups of people, two things; 93 people need 93 x 0.05 = 4.65 toilets:

    >>> minimum_needs(100, {"water_l": 17.5, "toilet": 0.05})
    {'water_l': 1750, 'toilet': 5}
    >>> minimum_needs(93, {"water_l": 17.5, "toilet": 0.05})
    {'water_l': 1628, 'toilet': 5}
    """
    faults = []
    if not (math.isfinite(people) and people >= 0 and int(people) == people):
        faults.append(
            (
                f"people are {people}; a whole number of at least 0 is needed",
                f"人数为 {people}；应为不小于 0 的整数",
            )
        )
    wrong = {name: rate for name, rate in table.items() if not (math.isfinite(rate) and rate >= 0)}
    if wrong:
        faults.append(
            (
                f"units per person must be finite and at least 0; these are not: {wrong}",
                f"人均数量应为不小于 0 的有限数；这些不是：{wrong}",
            )
        )
    refuse(ParameterError, faults)
    return {name: _whole_units(int(people), rate) for name, rate in table.items()}


def _whole_units(people: int, rate: float) -> int:
    exact = Fraction(float(rate)) * people
    nearest = round(exact)
    return nearest if abs(exact - nearest) <= exact * RATE_SLACK else math.ceil(exact)
