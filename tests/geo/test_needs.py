"""Needs are whole units, rounded up once, and not by the digits of binary fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.needs import minimum_needs

# Indonesia, Perka 7/2008, per person and week
WEEK = {
    "rice_kg": 2.8,
    "drinking_water_l": 17.5,
    "clean_water_l": 67,
    "family_kit": 1 / 5,
    "toilet": 1 / 20,
}


def test_the_week_of_a_hundred_people_as_published():
    found = minimum_needs(100, WEEK)
    assert found == dict(zip(WEEK, (280, 1750, 6700, 20, 5), strict=True))
    assert list(found) == list(WEEK)


def test_needs_of_two_groups_are_each_rounded_up():
    # 93 x 2.8 = 260.4, 93 x 17.5 = 1627.5, 93 / 5 = 18.6, 93 / 20 = 4.65
    assert list(minimum_needs(93, WEEK).values()) == [261, 1628, 6231, 19, 5]
    # 7 x 2.8 = 19.6, 7 x 17.5 = 122.5, 7 / 5 = 1.4, 7 / 20 = 0.35: no group goes without a toilet
    assert list(minimum_needs(7, WEEK).values()) == [20, 123, 469, 2, 1]


def test_the_digits_of_binary_fractions_are_no_need():
    assert minimum_needs(30, {"a": 0.1}) == {"a": 3}
    assert minimum_needs(6, {"a": 5 / 6}) == {"a": 5}
    assert minimum_needs(3, {"a": 0.1 + 0.2}) == {"a": 1}
    assert minimum_needs(1, {"a": 1e-9}) == {"a": 1}
    assert minimum_needs(10**9, {"a": 1 + 1e-9}) == {"a": 10**9 + 1}


@given(st.integers(0, 10**7), st.integers(0, 1000), st.integers(1, 1000))
def test_any_rate_of_whole_numbers_is_rounded_up_as_on_paper(people, part, whole):
    exact = math.ceil(Fraction(part, whole) * people)
    assert minimum_needs(people, {"a": part / whole}) == {"a": exact}


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 1e6))
def test_more_people_never_need_less_and_groups_apart_never_less_than_together(one, other, rate):
    need = {people: minimum_needs(people, {"a": rate})["a"] for people in (one, other, one + other)}
    assert need[one + other] >= max(need[one], need[other])
    assert need[one] + need[other] >= need[one + other]


def test_nobody_needs_nothing_and_numpy_counts_are_counts():
    assert minimum_needs(0, WEEK) == dict.fromkeys(WEEK, 0)
    assert minimum_needs(np.int64(100), {"toilet": np.float64(0.05)}) == {"toilet": 5}
    assert type(minimum_needs(np.int64(100), {"toilet": 0.05})["toilet"]) is int
    assert minimum_needs(5, {}) == {}


def test_parts_of_people_and_negative_rates_are_refused_at_once():
    with pytest.raises(ParameterError, match=r"people are 2.5; .*not: \{'a': -1, 'b': nan\}"):
        minimum_needs(2.5, {"a": -1, "b": float("nan"), "c": 1})
    for people in (-1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="whole number of at least 0"):
            minimum_needs(people, {})
