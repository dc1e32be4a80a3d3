"""Class limits are exact, classes are closed above, the index is a product."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GridError, ParameterError
from geo.zoning import classify, hazard_class, hazard_score, natural_breaks, risk_index

whole = st.lists(st.integers(-50, 50), min_size=1, max_size=12)
real = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=10)


def deviation(values, breaks):
    classes = np.searchsorted(breaks, values, side="left")
    parts = [values[classes == number] for number in range(len(breaks) + 1)]
    return sum(((part - part.mean()) ** 2).sum() for part in parts)


@settings(deadline=None, max_examples=200)
@given(st.one_of(whole, real), st.integers(1, 5))
def test_no_other_limits_make_more_uniform_classes(numbers, k):
    values = np.array(numbers, float)
    distinct = np.unique(values)
    if distinct.size < k:
        with pytest.raises(ParameterError, match=f"there are {distinct.size} distinct values"):
            natural_breaks(values, k)
        return
    best = min(deviation(values, cut) for cut in combinations(distinct[:-1], k - 1))
    breaks = natural_breaks(values, k)
    assert breaks.size == k - 1
    assert set(breaks) <= set(distinct)
    scale = max(float(np.ptp(distinct)), 1e-300) ** 2 * values.size
    assert deviation(values, breaks) <= best + 1e-13 * scale


def test_the_calnef_values_split_where_mapclassify_splits_them(reference):
    values = np.loadtxt(reference / "breaks" / "cal_hp.csv")
    breaks = natural_breaks(values, 5)
    assert breaks == pytest.approx([75.29, 192.05, 370.5, 722.85], abs=0.005)
    assert values.max() == 4111.45
    assert np.bincount(classify(values, breaks)).tolist() == [0, 49, 3, 4, 1, 1]


def test_order_repeats_and_missing_values_do_not_move_the_limits():
    values = np.array([1.0, 2, 2, 2, 10, 11, 12, 30])
    breaks = natural_breaks(values, 3).tolist()
    assert breaks == [2, 12]
    assert natural_breaks(values[::-1], 3).tolist() == breaks
    assert natural_breaks([*values, np.nan], 3).tolist() == breaks
    assert natural_breaks(values * 1000 + 5, 3).tolist() == [2005, 12005]
    assert natural_breaks(values, 1).tolist() == []


def test_a_hundred_thousand_cells_are_split_exactly_where_the_gaps_are():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.random(50000), 5 + rng.random(30000), 20 + rng.random(20000)])
    assert np.array_equal(
        natural_breaks(values, 3), [values[values < 2].max(), values[values < 9].max()]
    )


def test_infinite_values_and_falling_limits_are_refused():
    with pytest.raises(GridError, match="1 values are infinite"):
        natural_breaks([1, np.inf], 1)
    with pytest.raises(ParameterError, match="must rise strictly"):
        classify([1.0], [2.0, 2.0])


def test_a_value_on_a_limit_belongs_to_the_lower_class():
    assert classify([[0, 1], [1.5, np.nan]], [1, 2]).tolist() == [[1, 1], [2, 0]]
    assert classify([-np.inf, np.inf], [1, 2]).tolist() == [1, 3]
    assert classify([7.0], []).tolist() == [1]


def test_deeper_water_never_scores_less():
    depths = np.array([0, 0.15, 0.3, 0.5, 4, np.nan])
    knots = [(0.0, 0.0), (0.3, 0.6), (0.5, 1.0)]
    assert hazard_score(depths, knots)[:-1].tolist() == pytest.approx([0, 0.3, 0.6, 1, 1])
    assert np.isnan(hazard_score(depths, knots)[-1])
    assert hazard_class(depths, [0.15, 0.5]).tolist() == [1, 1, 2, 2, 3, 0]


def test_negative_depths_and_falling_scores_are_refused():
    with pytest.raises(GridError, match="1 depths are negative"):
        hazard_class([-0.1], [0.5])
    with pytest.raises(ParameterError, match="must rise"):
        hazard_score([0.1], [(0.0, 0.5), (1.0, 0.2)])
    with pytest.raises(ParameterError, match="must rise"):
        hazard_score([0.1], [])


def test_the_index_is_a_product_that_capacity_lowers():
    index = risk_index([0.5, 0.5], [0.8, 0.8], [0.25, 0.25], [0, 1], powers=(1, 1, 0.5), k=0.4)
    assert index.tolist() == pytest.approx([0.2, 0.12])


def test_what_is_unknown_stays_unknown_even_with_power_zero():
    index = risk_index([np.nan, 0.5, 0.0], [1] * 3, [1] * 3, [0] * 3, powers=(0, 1, 1), k=0.4)
    assert np.isnan(index[0])
    assert index[1:].tolist() == [1, 1]


def test_all_faulty_factors_are_named_at_once():
    with pytest.raises(GridError, match=r"hazard lies outside 0..1 in 1 units; capacity has shape"):
        risk_index([2.0, 0], [1, 1], [1, 1], [1], powers=(1, 1, 1), k=0.5)
    with pytest.raises(ParameterError, match="k is 2"):
        risk_index([1.0], [1], [1], [1], powers=(1, 1, 1), k=2)
    with pytest.raises(ParameterError, match="three numbers >= 0"):
        risk_index([1.0], [1], [1], [1], powers=(1, -1, 1), k=0.5)
