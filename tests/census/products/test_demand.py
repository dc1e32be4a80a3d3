"""Whole people: rounding loses nobody."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from census.products.demand import whole_parts


def test_the_largest_remainders_get_the_missing_people():
    assert whole_parts(np.array([1.6, 2.7, 0.7]), 5).tolist() == [1, 3, 1]


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=60))
def test_whole_parts_add_up_and_stay_within_one_person(parts):
    total = round(sum(parts))
    scaled = np.array(parts)
    scaled = scaled * (total / scaled.sum()) if scaled.sum() > 0 else scaled
    whole = whole_parts(scaled, total if scaled.sum() > 0 else 0)
    assert whole.sum() == (total if scaled.sum() > 0 else 0)
    assert (np.abs(whole - scaled) < 1 + 1e-6).all()
