"""Impacts, mean losses and return periods: published cases, and what must hold for any events."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.impact import Curve, event_impacts, exceedance, expected_annual

LINE = Curve(intensity=[0.0, 2.0], ratio=[0.0, 0.5])
events = st.integers(1, 20).flatmap(
    lambda count: st.tuples(
        hnp.arrays(np.float64, count, elements=st.floats(0, 1e9)),
        hnp.arrays(np.float64, count, elements=st.floats(1e-4, 1)),
    )
)


def columns(path):
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))


def test_the_exceedance_curve_of_ten_published_events(reference):
    table = columns(reference / "ep_curve" / "events.csv")
    impacts = np.array(table["impact"], float)
    frequency = np.array(table["frequency_per_year"], float)
    expected = json.loads((reference / "ep_curve" / "expected.json").read_text(encoding="utf-8"))
    whole, asked = expected["full_curve"], expected["at_return_periods"]
    found = exceedance(impacts, frequency, whole["return_period_years"])
    assert found == pytest.approx(whole["impact"], rel=1e-12)
    found = exceedance(impacts, frequency, asked["return_period_years"])
    assert found == pytest.approx(asked["impact"], rel=1e-12)


def test_beyond_the_longest_return_period_nothing_is_said():
    # 1 / 0.01 = 100 years for the worst, 1 / 0.11 = 9.09 for both
    found = exceedance([25, 125], [0.1, 0.01], [[9, 1 / 0.11], [100, 100.1]])
    assert found[0].tolist() == [0, 25]
    assert found[1, 0] == 125
    assert np.isnan(found[1, 1])


def test_a_sum_of_frequencies_that_misses_ten_years_still_reaches_ten_years():
    assert exceedance([5, 3], [0.1, 0.2], 10) == 5
    assert exceedance([3.0], [0.1 + 0.2], 10 / 3) == 3


def test_between_events_the_line_is_straight_in_the_return_period():
    # 10 at 1 / 0.1 = 10 years, 4 at 1 / 0.2 = 5 years; at 7.5 years halfway
    assert exceedance([4, 10], [0.1, 0.1], 7.5) == pytest.approx(7)


def test_an_event_that_never_comes_changes_no_return_period():
    with_never = exceedance([4, 10, 99], [0.1, 0.1, 0.0], [5, 7.5, 10])
    assert with_never.tolist() == exceedance([4, 10], [0.1, 0.1], [5, 7.5, 10]).tolist()


@given(events, st.floats(0.1, 1000), st.permutations(range(20)))
def test_curve_and_mean_follow_the_unit_and_not_the_order(table, unit, shuffled):
    impacts, frequency = table
    periods = [0.5, 1, 2, 5, 10, 50, 100, 1000]
    found = exceedance(impacts, frequency, periods)
    known = found[~np.isnan(found)]
    assert (np.diff(known) >= 0).all()
    assert exceedance(impacts * unit, frequency, periods) == pytest.approx(
        found * unit, rel=1e-9, abs=1e-9, nan_ok=True
    )
    order = [place for place in shuffled if place < impacts.size]
    again = exceedance(impacts[order], frequency[order], periods)
    assert again == pytest.approx(found, rel=1e-9, abs=1e-9, nan_ok=True)
    mean = expected_annual(impacts, frequency)
    assert expected_annual(impacts[order], frequency[order]) == pytest.approx(mean, rel=1e-12)
    assert expected_annual(impacts * unit, frequency) == pytest.approx(mean * unit, rel=1e-12)


@given(
    hnp.arrays(np.float64, (4, 3), elements=st.floats(0, 3)),
    hnp.arrays(np.float64, 3, elements=st.floats(0, 1e6)),
    st.floats(0, 2),
)
def test_higher_water_never_takes_less_and_never_more_than_there_is(depth, people, rise):
    found = event_impacts(depth, people, LINE)
    higher = event_impacts(depth + rise, people, LINE)
    assert (higher >= found).all()
    assert (higher <= people.sum() * 0.5 * (1 + 1e-12)).all()
    assert (found >= 0).all()


@given(hnp.arrays(np.float64, (5, 3), elements=st.floats(0, 3)), st.permutations(range(5)))
def test_an_event_does_not_hang_on_its_neighbours(depth, order):
    found = event_impacts(depth, [3, 1, 7], LINE)
    assert np.array_equal(event_impacts(depth[order], [3, 1, 7], LINE), found[order])


def test_events_in_blocks_are_the_events_at_once(monkeypatch):
    depth = np.random.default_rng(1).random((50, 7))
    whole = event_impacts(depth, np.arange(7), LINE)
    monkeypatch.setattr("geo.impact.BLOCK", 20)
    assert np.array_equal(event_impacts(depth, np.arange(7), LINE), whole)


def test_an_unknown_depth_leaves_the_event_unknown_unless_nothing_stands_there():
    found = event_impacts([[np.nan, 1.0], [1.0, np.nan]], [0, 100], LINE)
    assert found[0] == 25
    assert np.isnan(found[1])


def test_beyond_its_ends_a_curve_keeps_its_last_ratio():
    curve = Curve(intensity=[1, 2], ratio=[0.25, 0.5])
    assert event_impacts([[0.0], [1.5], [9.0]], [100], curve).tolist() == [25, 37.5, 50]


def test_no_event_costs_nothing_a_year():
    assert expected_annual([], []) == 0
    assert event_impacts(np.zeros((0, 2)), [1, 1], LINE).tolist() == []
    assert event_impacts(np.zeros((2, 0)), [], LINE).tolist() == [0, 0]


def test_the_national_risk_index_is_composed_as_printed(reference):
    # FEMA National Risk Index, December 2025, Autauga and Barbour (Alabama), public domain
    rows = columns(reference / "nri" / "counties_2.csv")
    table = {name: np.array(rows[name], float) for name in rows if name[-2:] not in ("ty", "NG")}
    assert table["EAL_VALT"] * table["CRF_VALUE"] == pytest.approx(table["RISK_VALUE"], rel=1e-9)
    assert table["EAL_VALP"] * 13.7e6 == pytest.approx(table["EAL_VALPE"], rel=1e-7)
    parts = np.stack([table["EAL_VALB"], table["EAL_VALPE"], table["EAL_VALA"]])
    together = [expected_annual(county, np.ones(3)) for county in parts.T]
    assert together == pytest.approx(table["EAL_VALT"], rel=1e-7)


def test_a_yearly_loss_of_buildings_in_cold_waves_as_printed():
    # Autauga: 0.368421053 cold waves a year x 10,241,406,107 USD x 8.09294e-7 = 3053.59 USD a year
    curve = Curve(intensity=[0, 1], ratio=[0, 8.09294e-7])
    cold_wave = event_impacts([[1.0]], [10241406107], curve)
    assert expected_annual(cold_wave, [0.368421053]) == pytest.approx(3053.59, rel=1e-5)
    # 19,756,570.05 x 1.038181192 and 8,923,878.029 x 1.792782889
    risk = np.array([19756570.05, 8923878.029]) * [1.038181192, 1.792782889]
    assert risk == pytest.approx([20510899.45, 15998575.83], rel=1e-9)


def test_what_is_no_curve_is_refused_with_all_its_faults():
    with pytest.raises(ParameterError, match=r"rise strictly.*ratios must lie in 0..1.*\[1.5\]"):
        Curve(intensity=[1, 1], ratio=[0.5, 1.5])
    with pytest.raises(ParameterError, match=r"shape \(1,\) for intensities of shape \(2,\)"):
        Curve(intensity=[1, 2], ratio=[0.5])
    with pytest.raises(ParameterError, match="one row of levels"):
        Curve(intensity=[], ratio=[])
    with pytest.raises(ParameterError, match="nan"):
        Curve(intensity=[1, 2], ratio=[0.5, np.nan])


def test_a_curve_keeps_its_own_numbers():
    ratio = np.array([0.0, 1.0])
    curve = Curve(intensity=[0, 1], ratio=ratio)
    ratio[0] = 0.5
    assert curve.ratio[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        curve.ratio[0] = 1


def test_events_that_do_not_fit_are_refused():
    with pytest.raises(GridError, match=r"intensities have shape \(2,\).*2 exposures are negative"):
        event_impacts([1.0, 2.0], [-1, np.nan], LINE)
    with pytest.raises(GridError, match="1 impacts are infinite or unknown"):
        expected_annual([np.nan, 1], [0.1, 0.1])
    with pytest.raises(GridError, match=r"impacts have shape \(2,\), frequencies \(1,\)"):
        expected_annual([1, 1], [0.1])
    with pytest.raises(GridError, match="1 frequencies are negative"):
        expected_annual([1.0], [-0.1])
    with pytest.raises(GridError, match="no event has a frequency above 0"):
        exceedance([1.0], [0.0], [10])
    with pytest.raises(GridError, match="1 impacts are negative"):
        exceedance([-1.0], [0.1], [10])
    with pytest.raises(ParameterError, match=r"not: \[0.0, nan\]"):
        exceedance([1.0], [0.1], [10, 0, np.nan])
