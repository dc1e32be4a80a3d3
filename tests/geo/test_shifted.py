"""Places of Chinese web maps come where they are, to less than a millimetre."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.shifted import bd09, from_bd09, from_gcj02, gcj02, is_shifted

M_PER_DEGREE = 111_320.0

# WGS 84 and GCJ-02 of three places, from the tests of the open library eviltransform (MIT).
KNOWN = {
    "Shanghai": ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    "Shenzhen": ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    "Beijing": ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
}


def _metres(a, b):
    east, north = (np.asarray(b) - np.asarray(a)).T
    return np.hypot(east * np.cos(np.radians(np.asarray(a)[:, 1])), north) * M_PER_DEGREE


@pytest.mark.parametrize("name", KNOWN)
def test_three_cities_are_shifted_as_other_programs_shift_them(name):
    there, shown = (np.array([each]) for each in KNOWN[name])
    assert _metres(gcj02(there), shown)[0] < 0.001
    assert _metres(from_gcj02(shown), there)[0] < 0.001


def test_baidu_shifts_tiananmen_upon_gcj02_as_other_programs_do():
    # 116.404, 39.915 of GCJ-02 is 116.410369493710, 39.921336993510 of BD-09 (coordtransform, MIT).
    there = from_gcj02(np.array([[116.404, 39.915]]))
    assert bd09(there)[0] == pytest.approx([116.41036949371029, 39.92133699351021], abs=1e-9)


def test_a_delta_district_is_shifted_by_a_village():
    places = np.array([[121.2, 31.9], [121.0, 32.0], [121.4, 31.7]])
    assert _metres(places, gcj02(places)) == pytest.approx([480, 480, 480], abs=15)
    assert _metres(places, bd09(places)) == pytest.approx([1140, 1140, 1140], abs=60)


china = st.tuples(st.floats(73.5, 135.0), st.floats(3.5, 53.5))


@given(st.lists(china, min_size=1, max_size=20))
def test_there_and_back_is_less_than_a_millimetre(places):
    there = np.array(places)
    for shift, back in ((gcj02, from_gcj02), (bd09, from_bd09)):
        assert _metres(there, back(shift(there))).max() < 1e-6


def test_outside_china_and_what_is_no_number_stays_as_it_came():
    places = np.array([[106.8, -6.2], [137.2, 37.4 + 30], [np.nan, 31.9], [np.inf, 0.0]])
    assert not is_shifted(places).any()
    for change in (gcj02, bd09, from_gcj02, from_bd09):
        np.testing.assert_array_equal(change(places), places)
