"""The why of an index adds up, and its what-if really changes the class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError
from geo.zoning import classify, explain, risk_index

units = st.integers(1, 12).flatmap(
    lambda count: hnp.arrays(np.float64, (4, count), elements=st.floats(0.01, 1))
)
power = st.floats(0.1, 3)


@settings(deadline=None, max_examples=150)
@given(units, st.tuples(power, power, power), st.floats(0, 0.9))
def test_contributions_sum_to_the_difference_from_the_median_unit(factors, powers, k):
    why = explain(*factors, powers=powers, k=k)
    middle = risk_index(*np.median(factors, axis=1), powers=powers, k=k)
    expected = np.log(risk_index(*factors, powers=powers, k=k)) - np.log(middle)
    assert why.contributions.sum(axis=1) == pytest.approx(expected, abs=1e-10)
    assert why.reference_index == middle


@settings(deadline=None, max_examples=150)
@given(units, st.tuples(power, power, power), st.floats(0, 0.9), st.booleans())
def test_a_counterfactual_put_in_lowers_the_class(factors, powers, k, by_class):
    breaks = [0.05, 0.2, 0.5]
    why = explain(*factors, powers=powers, k=k, breaks=breaks if by_class else None)
    for column in range(4):
        changed = factors.copy()
        changed[column] = why.counterfactual[:, column]
        index = risk_index(*changed, powers=powers, k=k)
        found = ~np.isnan(index)
        assert (index[found] <= why.target_index[found]).all()
        assert index[found] == pytest.approx(why.target_index[found], rel=1e-9)
        if by_class:
            before = classify(why.index, breaks)
            assert (classify(index, breaks)[found] == before[found] - 1).all()


def test_the_counterfactual_inverts_each_factor_by_hand():
    # R = 0.8 x 0.5 x 1 x (1 - 0.5 x 0.2) = 0.36; the class below ends at 0.18
    why = explain([0.8], [0.5], [1.0], [0.2], powers=(1, 1, 1), k=0.5, breaks=[0.18])
    # halve one factor; capacity alone: 1 - 0.5 C = 0.45 needs C = 1.1, beyond 1
    assert why.counterfactual[0, :3] == pytest.approx([0.4, 0.25, 0.5])
    assert np.isnan(why.counterfactual[0, 3])
    more = explain([0.8], [0.5], [1.0], [0.2], powers=(1, 1, 1), k=0.5, breaks=[0.24])
    assert more.counterfactual[0, 3] == pytest.approx(0.8)


def test_nothing_has_to_fall_in_the_lowest_class_or_below_the_median_unit():
    factors = ([0.2, 0.4, 0.8], [1.0] * 3, [1.0] * 3, [0.0] * 3)
    lowest = explain(*factors, powers=(1, 1, 1), k=0.5, breaks=[0.9])
    assert np.isnan(lowest.counterfactual).all()
    middle = explain(*factors, powers=(1, 1, 1), k=0.5)
    assert np.isnan(middle.counterfactual[:2]).all()
    assert middle.counterfactual[2, 0] == pytest.approx(0.4)


def test_a_factor_of_zero_contributes_minus_infinity_and_the_sum_still_holds():
    why = explain([0.0, 0.4, 0.8], [1.0] * 3, [1.0] * 3, [0.0] * 3, powers=(1, 1, 1), k=0.5)
    assert why.contributions[0].tolist() == [-np.inf, 0, 0, 0]
    assert why.index[0] == 0


def test_a_median_of_zero_is_refused_with_the_remedy():
    with pytest.raises(GridError, match="0 because of hazard; give it a floor above 0"):
        explain([0.0, 0.0, 0.8], [1.0] * 3, [1.0] * 3, [0.0] * 3, powers=(1, 1, 1), k=0.5)
    harmless = explain([0.0], [1.0], [1.0], [0.0], powers=(0, 1, 1), k=0.5)
    assert harmless.contributions.tolist() == [[0, 0, 0, 0]]


def test_unknown_units_take_no_part_in_the_medians():
    why = explain([0.2, 0.4, np.nan], [1.0] * 3, [1.0] * 3, [0.0] * 3, powers=(1, 1, 1), k=0.5)
    assert why.reference.tolist() == pytest.approx([0.3, 1, 1, 0])
    assert np.isnan(why.contributions[2, 0])
    with pytest.raises(GridError, match="No unit has all four factors"):
        explain([np.nan], [1.0], [1.0], [0.0], powers=(1, 1, 1), k=0.5)
