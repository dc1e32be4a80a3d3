"""Class limits: exact on a million values, steady, and told where classes stay empty."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.breaks import class_counts, classify, mean_sd_breaks, natural_breaks, quantile_breaks
from geo.double_double import add, square_over, two_product, two_sum
from geo.errors import GridError, ParameterError

# 58 emissions of the Calnef table, published with mapclassify (BSD-3)
CALNEF = [
    329.92, 0.42, 5.90, 14.03, 2.78, 1.34, 181.27, 1.65, 10.03, 16.70, 1.32, 3.99, 3.16, 0.22,
    8.70, 6.56, 3.27, 0.33, 370.50, 4.51, 75.29, 0.99, 2.74, 8.68, 0.14, 0.92, 12.63, 28.70,
    12.02, 722.85, 36.68, 0.74, 29.82, 192.05, 3.38, 11.15, 110.74, 4111.45, 49.47, 10.33,
    317.11, 20.47, 264.93, 66.26, 5.39, 0.13, 0.61, 50.65, 40.48, 36.67, 13.09, 1.81, 0.20,
    7.60, 2.51, 57.26, 24.32, 6.97,
]  # fmt: skip
distinct = st.lists(st.integers(-1000, 1000), min_size=6, max_size=40, unique=True)


def squares(values, breaks):
    """Sum of squared deviations within classes, each added up without rounding."""
    classes = np.searchsorted(breaks, values, side="left")
    parts = [values[classes == level] for level in range(len(breaks) + 1)]
    means = [math.fsum(part) / part.size for part in parts]
    return math.fsum(
        float(square)
        for part, mean in zip(parts, means, strict=True)
        for square in (part - mean) ** 2
    )


def oracle(values, k):
    """The best limits by trying every start of every class for every end, without halving."""
    values = np.sort(values)
    centred = values - math.fsum(values) / values.size
    count = np.arange(values.size + 1.0)
    total = np.concatenate([[0], np.cumsum(centred)])
    square = np.concatenate([[0], np.cumsum(centred**2)])
    cost = square[1:] - total[1:] ** 2 / count[1:]
    starts = []
    for _ in range(k - 1):
        better, start = np.full(values.size, np.inf), np.zeros(values.size, int)
        for last in range(1, values.size):
            own = square[last + 1] - square[1 : last + 1]
            own = own - (total[last + 1] - total[1 : last + 1]) ** 2 / np.arange(last, 0, -1.0)
            reached = cost[:last] + own
            start[last] = reached.argmin() + 1
            better[last] = reached[start[last] - 1]
        cost = better
        starts.append(start)
    limits, last = [], values.size - 1
    for start in reversed(starts):
        limits.append(values[start[last] - 1])
        last = start[last] - 1
    return np.array(limits[::-1])


def test_the_calnef_values_are_cut_as_published():
    natural, quantile, spread = (
        natural_breaks(CALNEF, 5), quantile_breaks(CALNEF, 5), mean_sd_breaks(CALNEF)
    )  # fmt: skip
    assert natural == pytest.approx([75.29, 192.05, 370.5, 722.85], abs=0.005)
    assert class_counts(CALNEF, natural).tolist() == [49, 3, 4, 1, 1]
    assert quantile == pytest.approx([1.464, 5.798, 13.278, 54.616], abs=0.005)
    assert class_counts(CALNEF, quantile).tolist() == [12, 11, 12, 11, 12]
    assert spread == pytest.approx([-967.36, -420.72, 672.57, 1219.22], abs=0.005)
    assert class_counts(CALNEF, spread).tolist() == [0, 0, 56, 1, 1]


def test_the_absolute_deviation_about_the_medians_is_as_published():
    classes = classify(CALNEF, natural_breaks(CALNEF, 5))
    values = np.array(CALNEF)
    parts = [values[classes == level] for level in range(1, 6)]
    assert sum(np.abs(part - np.median(part)).sum() for part in parts) == pytest.approx(
        799.24, abs=0.005
    )


@pytest.mark.parametrize("shape", ["lognormal", "two far groups", "whole numbers"])
def test_twenty_thousand_values_have_the_least_squares_that_exist(shape):
    random = np.random.default_rng(54)
    values = {
        "lognormal": lambda: random.lognormal(0, 1, 20_000),
        "two far groups": lambda: np.concatenate(
            [random.normal(0, 1, 10_000), random.normal(1e4, 3, 10_000)]
        ),
        "whole numbers": lambda: random.integers(0, 3000, 20_000).astype(float),
    }[shape]()
    found, best = natural_breaks(values, 4), oracle(values, 4)
    assert squares(values, found) <= squares(values, best) * (1 + 1e-9)


def test_tight_groups_far_apart_are_split_as_if_each_stood_alone():
    # 0, 1, 2 | 10, 11 beside a million: sums of squares of floats lose what tells them apart
    near = np.array([0, 1, 2, 10, 11]) * 1e-7
    assert natural_breaks(np.concatenate([near, 1e6 + near]), 4).tolist() == pytest.approx(
        [2e-7, 1.1e-6, 1e6 + 2e-7], abs=1e-12
    )


def exact_squares(parts):
    return sum(
        sum(Fraction(value) ** 2 for value in part)
        - sum(Fraction(value) for value in part) ** 2 / len(part)
        for part in parts
    )


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1e3, -1e5]), st.integers(0, 9)), min_size=3, max_size=9
    ),
    st.sampled_from([1.0, 0.125, 2.0**-23]),  # exact beside the offsets: ties stay ties
    st.integers(2, 4),
)
def test_the_limits_are_the_best_and_lowest_of_all_in_fractions(places, grain, k):
    values = np.sort([offset + step * grain for offset, step in places])
    distinct = np.unique(values)
    if distinct.size < k:
        return
    ranked = []
    for cut in combinations(distinct[:-1], k - 1):
        classes = np.searchsorted(cut, values, side="left")
        parts = [values[classes == level].tolist() for level in range(k)]
        ranked.append((exact_squares(parts), cut[::-1]))
    assert tuple(natural_breaks(values, k)[::-1]) == min(ranked)[1]


def test_any_size_of_unit_gives_the_same_limits():
    values = np.random.default_rng(3).random(200)
    limits = natural_breaks(values, 4)
    for power in (-1000, -300, 300, 1000):
        scaled = np.ldexp(values, power)
        assert np.array_equal(natural_breaks(scaled, 4), np.ldexp(limits, power))
    largest = np.array([-1.7e308, -1.6e308, 1.6e308, 1.7e308])
    assert natural_breaks(largest, 2).tolist() == [-1.6e308]


def test_of_equal_optima_the_lowest_limit_is_taken():
    # 1 | 2 3 and 1 2 | 3 leave 0.5 each
    assert natural_breaks([1, 2, 3], 2).tolist() == [1]
    assert natural_breaks([3, 6, 9, 12, 15], 2).tolist() == [6]
    assert natural_breaks(np.arange(7), 3).tolist() == [1, 3]


@given(distinct, st.integers(2, 5), st.integers(1, 1000), st.randoms())
def test_limits_follow_the_unit_and_not_the_order(values, k, unit, random):
    limits = natural_breaks(values, k)
    random.shuffle(values)
    assert np.array_equal(natural_breaks(values, k), limits)
    assert np.array_equal(natural_breaks(np.array(values) * unit, k), limits * unit)
    assert class_counts(values, limits).min() > 0


@given(distinct, st.integers(2, 5))
def test_a_larger_value_never_has_a_lower_class(values, k):
    values = np.sort(values)
    for limits in (natural_breaks(values, k), quantile_breaks(values, k), mean_sd_breaks(values)):
        classes = classify(values, limits)
        assert (np.diff(classes) >= 0).all()
        assert class_counts(values, limits).sum() == values.size
        assert class_counts(values, limits).tolist() == [
            (classes == level).sum() for level in range(1, limits.size + 2)
        ]


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=50, unique=True), st.integers(1, 5))
def test_quantiles_put_the_same_number_into_each_class(values, k):
    counts = class_counts(values, quantile_breaks(values, k))
    assert counts.max() - counts.min() <= 1


def test_the_mean_and_spread_of_a_rule_may_leave_zeros_out():
    # 2, 4, 6: mean 4, sd 2; with two zeros mean 2.4
    values = [0, 0, 2, 4, 6, np.nan]
    assert mean_sd_breaks(values, (-1, 0, 1), leave_out_zero=True).tolist() == [2, 4, 6]
    assert mean_sd_breaks(values, (0,)) == pytest.approx([2.4])


def test_limits_that_would_coincide_are_refused():
    with pytest.raises(ParameterError, match=r"coincide at \[0.0\]; ask for fewer"):
        quantile_breaks([0, 0, 0, 0, 1], 4)
    with pytest.raises(ParameterError, match=r"All 3 values are 2.0"):
        mean_sd_breaks([2, 2, 2])
    with pytest.raises(ParameterError, match="must rise strictly"):
        mean_sd_breaks([1, 2], (1, 1))
    with pytest.raises(ParameterError, match="3 classes were asked for, but there are 2 distinct"):
        natural_breaks([1, 1, 2], 3)
    for k in (0, 1.5, float("nan")):
        with pytest.raises(ParameterError, match="classes were asked for"):
            natural_breaks([1, 2], k)
        with pytest.raises(ParameterError, match="classes were asked for"):
            quantile_breaks([1, 2], k)


def test_too_few_values_are_refused():
    with pytest.raises(ParameterError, match="there are 0 distinct"):
        natural_breaks([np.nan], 1)
    with pytest.raises(GridError, match="There are 0 values"):
        quantile_breaks([], 2)
    with pytest.raises(GridError, match=r"There are 1 values .* at least 2"):
        mean_sd_breaks([1, 0, 0], leave_out_zero=True)
    with pytest.raises(GridError, match="1 values are infinite"):
        quantile_breaks([1, np.inf], 2)


parts = st.floats(-1e100, 1e100, allow_subnormal=False).filter(lambda x: abs(x) > 1e-100 or x == 0)


@given(parts, parts)
def test_what_rounding_takes_is_kept_whole(a, b):
    total, rest = two_sum(a, b)
    assert Fraction(total) + Fraction(rest) == Fraction(a) + Fraction(b)
    product, rest = two_product(a, b)
    assert Fraction(product) + Fraction(rest) == Fraction(a) * Fraction(b)
    total, rest = add(a, a * 1e-20, b, b * 1e-20)
    exact = Fraction(a) + Fraction(a * 1e-20) + Fraction(b) + Fraction(b * 1e-20)
    size = abs(Fraction(a)) + abs(Fraction(b))
    assert abs(Fraction(total) + Fraction(rest) - exact) <= size / 2**100
    quotient, rest = square_over(a, a * 1e-20, 3.0)
    exact = (Fraction(a) + Fraction(a * 1e-20)) ** 2 / 3
    assert abs(Fraction(quotient) + Fraction(rest) - exact) <= exact / 2**95
