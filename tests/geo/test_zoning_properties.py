"""The index rises with what threatens, falls with what protects, and knows no order of units."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.zoning import explain, risk_index

factors = st.integers(1, 10).flatmap(
    lambda count: hnp.arrays(np.float64, (4, count), elements=st.floats(0, 1))
)
powers = st.tuples(st.floats(0.1, 3), st.floats(0.1, 3), st.floats(0.1, 3))


@given(factors, powers, st.floats(0, 1), st.integers(0, 3), st.floats(0, 1))
def test_more_of_a_factor_never_moves_the_index_the_wrong_way(table, by, k, factor, share):
    more = table.copy()
    more[factor] += share * (1 - more[factor])
    before, after = (risk_index(*each, powers=by, k=k) for each in (table, np.minimum(more, 1)))
    # the power of a larger number may be smaller in its last digit
    assert (after >= before * (1 - 1e-12) if factor < 3 else after <= before * (1 + 1e-12)).all()
    assert ((before >= 0) & (before <= 1)).all()


@given(factors, powers, st.floats(0, 1))
def test_a_factor_of_zero_makes_the_index_zero_whatever_the_others(table, by, k):
    found = risk_index(*table, powers=by, k=k)
    assert (found[(table[:3] == 0).any(axis=0)] == 0).all()


@given(
    factors.filter(lambda table: (np.median(table, axis=1)[:3] > 0.01).all()), powers, st.randoms()
)
def test_the_why_of_a_unit_stays_with_it_in_any_order(table, by, random):
    order = list(range(table.shape[1]))
    random.shuffle(order)
    here = explain(*table, powers=by, k=0.5)
    there = explain(*table[:, order], powers=by, k=0.5)
    assert np.array_equal(there.contributions, here.contributions[order])
    assert np.array_equal(there.counterfactual, here.counterfactual[order], equal_nan=True)


@given(factors, powers)
def test_single_numbers_whole_numbers_and_lists_are_taken(table, by):
    ones = np.ones(table.shape[1], dtype=np.int64)
    found = risk_index(table[0].tolist(), ones, ones, ones * 0, powers=list(by), k=0)
    assert np.array_equal(found, table[0] ** by[0])
