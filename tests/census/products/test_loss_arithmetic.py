"""Properties that losses keep whatever the numbers: sums, monotony, units, order."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.products.affected_people import affected_share
from census.products.building_losses import (
    Stock,
    Tally,
    add_buildings,
    classes_of,
    stock_of,
)
from census.products.damage_curves import damage_curves
from census.products.loss_inputs import ScenariosClashError, scenarios_of, village_parts
from census.products.loss_units import shown_units
from census.products.parameters import load_parameters
from census.products.scenario_years import (
    annual_frequencies,
    annual_means,
    losses_at,
    step_frequencies,
)
from census.store.settings import data_folder
from geo.errors import ParameterError
from geo.impact import event_impacts

CURVES = damage_curves(data_folder())
RULES = load_parameters(data_folder(), "flood_loss")
CLASSES = len(CURVES.codes)

depths = st.lists(st.floats(0, 8), min_size=1, max_size=30)
periods = st.lists(st.integers(1, 1000), min_size=1, max_size=6, unique=True).map(sorted)


def stock(count, factor=1.0):
    at = np.arange(count)
    return Stock(
        village=at % 3, building_class=at % CLASSES, footprint_m2=10.0 + at,
        value_yuan=np.where(at % CLASSES == CLASSES - 1, 0.0, factor * 1000.0 * (1 + at)),
        has_levels=at % 2 == 0,
    )  # fmt: skip


def tally_of(depth, factor=1.0):
    tally = Tally.empty(1, 3, CLASSES)
    values = np.asarray(depth, dtype=np.float64)
    add_buildings(tally, stock(len(values), factor), values[None, :], CURVES, 0.0)
    return tally


@given(depths, st.floats(0, 3))
def test_deeper_water_never_takes_less(shallow, rise):
    before, after = tally_of(shallow), tally_of([each + rise for each in shallow])
    assert (after.loss_yuan >= before.loss_yuan).all()
    assert (after.wet_buildings >= before.wet_buildings).all()


@given(depths, st.sampled_from([0.0001, 0.1, 7.0, 10_000.0]))
def test_losses_in_another_currency_are_the_losses_times_its_rate(depth, rate):
    there, here = tally_of(depth, rate).loss_yuan, tally_of(depth).loss_yuan
    assert np.allclose(there, rate * here, rtol=1e-12, atol=0)


@given(depths)
def test_a_class_loses_what_the_impact_of_its_curve_says(depth):
    found = tally_of(depth).loss_yuan.sum(axis=(0, 1))
    whole = stock(len(depth))
    for number, each in enumerate(CURVES.curves):
        own = whole.building_class == number
        impact = event_impacts([np.asarray(depth)[own]], whole.value_yuan[own], each.curve)
        assert found[number] == pytest.approx(impact[0], rel=1e-12)


@given(depths, st.integers(0, 30))
def test_buildings_counted_in_two_parts_are_those_counted_at_once(depth, cut):
    values, parts = np.asarray(depth), Tally.empty(1, 3, CLASSES)
    whole = stock(len(values))
    for some in (slice(None, cut), slice(cut, None)):
        part = Stock(**{name: value[some] for name, value in vars(whole).items()})
        add_buildings(parts, part, values[None, some], CURVES, 0.0)
    at_once = tally_of(depth)
    assert np.allclose(parts.loss_yuan, at_once.loss_yuan, rtol=1e-12)
    assert (parts.wet_buildings == at_once.wet_buildings).all()
    assert (parts.unclassed == at_once.unclassed).all()


def test_a_building_of_unknown_depth_is_counted_and_loses_nothing():
    tally = tally_of([np.nan, 1.0])
    assert tally.unknown_depth.tolist() == [[1, 0, 0]]
    assert tally.loss_yuan[0, 0].sum() == 0.0


@given(periods)
def test_frequencies_add_up_to_that_of_the_most_frequent_flood(years):
    assert annual_frequencies(years).sum() == pytest.approx(1 / years[0])
    assert step_frequencies(years).sum() == pytest.approx(1 / years[0])
    assert (annual_frequencies(years) > 0).all()


@given(periods, st.data())
def test_a_flood_that_takes_more_never_lowers_the_mean_of_a_year(years, drawn):
    size = len(years)
    amounts = st.lists(st.floats(0, 1e9), min_size=size, max_size=size)
    losses, more = (np.array(drawn.draw(amounts)) for _ in range(2))
    low, high = annual_means(np.array([losses, losses + more]).T, years)
    assert high >= low


@given(periods)
def test_the_same_loss_in_every_flood_comes_as_often_as_the_most_frequent(years):
    assert annual_means(np.full((len(years), 1), 40.0), years)[0] == pytest.approx(40 / years[0])


def test_the_curve_of_losses_goes_through_the_floods_and_no_further():
    assert losses_at(np.array([10.0, 30.0]), [5, 20], [2, 5, 20, 21]) == [None, 10.0, 30.0, None]


@pytest.mark.parametrize("years", [[], [20, 5], [5, 5], [0, 5], [np.nan], [[5, 20]]])
def test_return_periods_that_do_not_rise_are_refused(years):
    with pytest.raises(ParameterError, match="rise strictly"):
        annual_frequencies(years)


@pytest.mark.parametrize("share", [[1.5], [1.0, 1.0], [-0.1]])
def test_shares_of_people_that_are_none_are_refused(share):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        affected_share(np.zeros(2), {"depth_m": [0.15], "share": share})


def test_a_building_has_the_first_class_that_takes_its_words():
    rows = [
        ("住宅", "砖木"), ("住宅", "砖混"), (" Residential ", None), ("工业厂房", "钢结构"),
        ("school", None), (None, "砖木"), ("塔", None),
    ]  # fmt: skip
    found = classes_of(pd.DataFrame(rows, columns=["kind", "structure"]), CURVES.curves)
    assert [CURVES.codes[at] for at in found] == [
        "light_home", "home", "home", "industrial", "commercial", "unclassed", "unclassed",
    ]  # fmt: skip


def test_every_class_has_a_value_and_every_figure_of_memory_says_so():
    assert all(f"{each.code}_yuan_per_m2" in RULES["value"] for each in CURVES.curves)
    assert not any(each.is_verified for each in CURVES.curves)
    assert all((np.diff(each.curve.ratio) >= 0).all() for each in CURVES.curves)


def test_a_tower_is_worth_the_storeys_that_water_reaches():
    row = {
        "village_code": ["a"] * 3, "kind": ["住宅"] * 3, "structure": ["砖混"] * 3,
        "levels": [20.0, 1.0, None], "footprint_m2": [100.0] * 3,
    }  # fmt: skip
    made = stock_of(pd.DataFrame(row), ["a"], CURVES, RULES)
    # 1,800 yuan a square metre: two storeys, one, and one assumed.
    assert made.value_yuan.tolist() == [360_000.0, 180_000.0, 180_000.0]
    assert made.has_levels.tolist() == [True, True, False]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 15))
def test_the_units_that_are_kept_back_are_not_told_by_the_whole(wet, least):
    shown = shown_units(np.array([wet]), least)
    kept = np.array(wet)[~shown].sum()
    assert kept == 0 or kept >= least or not (np.array(wet)[shown] > 0).any()
    assert all(each == 0 or each >= least for each in np.array(wet)[shown])


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 10))
def test_every_village_with_buildings_is_in_one_part_of_bounded_size(counts, most):
    buildings = {str(at): count for at, count in enumerate(counts)}
    parts = list(village_parts(buildings, most))
    assert [*chain(*parts)] == [code for code, count in buildings.items() if count]
    for part in parts:
        assert len(part) == 1 or sum(buildings[code] for code in part) <= most


def rasters_of(*rows):
    columns = ["name", "hazard", "unit", "return_period_years", "rung", "sha256", "is_made_up"]
    return pd.DataFrame(rows, columns=columns)


def test_floods_are_the_depths_with_a_return_period_once_each():
    table = rasters_of(
        ("flood_depth", "flood", "m", None, None, "a", False),
        ("flood_depth_T100", "flood", "m", 100.0, "spill", "c", True),
        ("flood_depth_T5", "flood", "m", 5.0, None, "b", False),
        ("storm_surge_depth", "storm_surge", "m", 50.0, "connected", "d", True),
        ("storm_surge_depth_T50", "storm_surge", "m", 50.0, "connected", "d", True),
        ("storm_surge_onset", "storm_surge", "m", 7.0, "connected", "e", True),
        ("flood_hazard_T5", "flood", "m2/s", 5.0, None, "f", False),
    )
    assert [each.name for each in scenarios_of(table, "flood", "m")] == [
        "flood_depth_T5", "flood_depth_T100",
    ]  # fmt: skip
    assert [each.name for each in scenarios_of(table, "storm_surge", "m")] == [
        "storm_surge_depth_T50"
    ]
    table.loc[3, "sha256"] = "x"
    with pytest.raises(ScenariosClashError, match="storm_surge_depth and storm_surge_depth_T50"):
        scenarios_of(table, "storm_surge", "m")
