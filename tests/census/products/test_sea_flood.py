"""The sea over dykes on grids that a reader can draw: what holds, what overtops, what breaks."""

import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from census.products.datums import DatumError, shifts_to
from census.products.dyke_grid import draw_dykes, without_embankments
from census.products.sea_flood import NO_SECTION, Coast, flood_from_sea
from census.products.surge_inputs import levels_by_shore, refuse_unknown_shores
from geo.errors import ParameterError

# Five by five cells of 10 m: the sea in the first column, a dyke of two sections in the second,
# ground of 2 m behind it; the lower section, S2, stands in the two southern rows.
NORTH_WEST = Affine(10, 0, 0, 0, -10, 50)
NONE = np.zeros(2, dtype=bool)
ONE_SHORE = np.zeros(2, dtype=np.int64)
YEARS = 100.0


def coast():
    ground = np.full((5, 5), 2.0)
    ground[:, 0] = np.nan
    sea = np.zeros((5, 5), dtype=bool)
    sea[:, 0] = True
    return ground, sea


def dyke(crest_m=(6.0, 5.4)):
    lines = [
        shapely.LineString([(15, 50), (15, 20)]),
        shapely.LineString([(15, 20), (15, 0)]),
    ]
    return draw_dykes(lines, np.array(crest_m), (5, 5), NORTH_WEST)


def flooded(level_m, *, removed=NONE, grid=None, ground=None):
    land, sea = coast()
    land = land if ground is None else ground
    grid = dyke() if grid is None else grid
    return by_sea(land, land, sea, grid, level_m, removed=removed)


def by_sea(ground, foot, sea, grid, *levels_m, shores=ONE_SHORE, removed=NONE):
    coast = Coast(ground_m=ground, foot_m=foot, sea=sea, grid=grid, shore_of_section=shores)
    levels = [{YEARS: level} for level in levels_m]
    return flood_from_sea(coast, levels, design_years=YEARS, removed=removed)


def test_a_dyke_holds_the_sea_back_below_its_lowest_section():
    found = flooded(5.3)
    assert (found.depth_m[YEARS][:, 2:] == 0).all()
    # What decides is the lower section's crest, 5.4 m, wherever one stands behind the dyke.
    assert (found.onset_m[:, 2:] == 5.4).all()
    assert (found.section[:, 2:] == 1).all()


def test_the_sea_comes_over_the_low_section_and_stands_as_deep_as_level_less_ground():
    found = flooded(5.8)
    assert np.allclose(found.depth_m[YEARS][:, 2:], 5.8 - 2.0)
    assert (found.section[:, 2:] == 1).all()


def test_a_breach_lets_the_sea_in_at_the_height_of_the_ground():
    found = flooded(2.5, removed=np.array([False, True]))
    assert (found.onset_m[:, 2:] == 2.0).all()
    assert np.allclose(found.depth_m[YEARS][:, 2:], 0.5)
    assert (found.section[:, 2:] == NO_SECTION).all()


def test_the_sea_and_unknown_ground_have_neither_depth_nor_onset():
    ground, _ = coast()
    ground[4, 4] = np.nan
    found = flooded(5.8, ground=ground)
    unknown = np.isnan(ground)
    assert np.isnan(found.onset_m[unknown]).all()
    assert np.isnan(found.depth_m[YEARS][unknown]).all()


def test_what_the_elevation_shows_of_a_dyke_gives_way_to_the_crest_that_was_measured():
    ground, sea = coast()
    ground[:, 1:3] = 7.0  # the bank that the elevation model shows, two cells wide
    grid = dyke()
    foot = without_embankments(ground, sea, grid, half_width_m=10.0, cell_m=(10.0, 10.0))
    assert (foot[:, 1:3] == 2.0).all()
    found = by_sea(ground, foot, sea, grid, 5.8)
    assert np.allclose(found.depth_m[YEARS][:, 3:], 3.8)
    # The bank itself stands out of the water.
    assert (found.depth_m[YEARS][:, 1:3] == 0).all()


def test_of_two_shores_each_has_its_own_level():
    ground, sea = coast()
    ground[2, 1:] = 9.0  # high ground between north and south
    lines = [shapely.LineString([(15, 50), (15, 31)]), shapely.LineString([(15, 19), (15, 0)])]
    grid = draw_dykes(lines, np.array([6.0, 6.0]), (5, 5), NORTH_WEST)
    found = by_sea(ground, ground, sea, grid, 6.5, 5.5, shores=np.array([0, 1]))
    assert np.allclose(found.depth_m[YEARS][:2, 2:], 4.5)
    assert (found.depth_m[YEARS][3:, 2:] == 0).all()


def test_no_water_slips_through_between_two_cells_of_a_slanting_dyke():
    ground = np.full((6, 6), 1.0)
    sea = np.zeros((6, 6), dtype=bool)
    sea[:, 0], sea[5, :] = True, True
    line = shapely.LineString([(0, 60), (60, 0)])
    grid = draw_dykes([line], np.array([4.0]), (6, 6), Affine(10, 0, 0, 0, -10, 60))
    found = by_sea(
        ground, ground, sea & (grid.section < 0), grid, 3.0,
        shores=ONE_SHORE[:1], removed=NONE[:1],
    )  # fmt: skip
    assert (found.depth_m[YEARS][0, 2:] == 0).all()


def test_ends_that_nearly_meet_are_joined_at_the_lower_crest_and_counted():
    lines = [shapely.LineString([(15, 50), (15, 32)]), shapely.LineString([(15, 18), (15, 0)])]
    apart = draw_dykes(lines, np.array([6.0, 5.4]), (5, 5), NORTH_WEST)
    assert (apart.joined, (apart.section[:, 1] < 0).sum()) == (0, 1)
    joined = draw_dykes(lines, np.array([6.0, 5.4]), (5, 5), NORTH_WEST, join_m=16.0)
    assert joined.joined == 1
    assert joined.crest_m[:, 1].tolist() == [6.0, 6.0, 5.4, 5.4, 5.4]


def test_where_two_sections_share_a_cell_the_higher_crest_stands():
    assert dyke().crest_m[:, 1].tolist() == [6.0, 6.0, 6.0, 5.4, 5.4]


HEIGHTS = hnp.arrays(np.int64, (5, 5), elements=st.integers(-8, 40))


@given(HEIGHTS, st.integers(0, 40), st.integers(-80, 80))
def test_a_constant_added_to_land_dykes_and_sea_changes_no_depth(heights, level, quarter_metres):
    # Quarters of metres add up exactly, so that nothing is rounded apart.
    ground, added = heights / 4.0, quarter_metres / 4.0
    before = flooded(level / 4.0, ground=ground)
    crest = (6.0 + added, 5.4 + added)
    after = flooded(level / 4.0 + added, ground=ground + added, grid=dyke(crest))
    assert np.allclose(after.depth_m[YEARS], before.depth_m[YEARS], equal_nan=True)
    assert np.allclose(after.onset_m - added, before.onset_m, equal_nan=True)
    assert np.array_equal(after.section, before.section)


@given(HEIGHTS, st.integers(0, 40), st.integers(0, 20))
def test_a_higher_sea_is_nowhere_less_deep(heights, level, more):
    ground = heights / 4.0
    lower, higher = (flooded(each / 4.0, ground=ground) for each in (level, level + more))
    assert (np.nan_to_num(higher.depth_m[YEARS] - lower.depth_m[YEARS]) >= 0).all()


DATUM = {"same": [["1985国家高程基准", "国家85"], ["吴淞高程", "Wusong"]]}


def test_names_of_one_datum_need_no_shift_and_another_datum_is_refused_without_one():
    assert shifts_to("国家85", ["1985 国家高程基准"], DATUM, {}) == {"1985 国家高程基准": 0.0}
    with pytest.raises(DatumError, match="--shift '吴淞高程=METRES'"):
        shifts_to("国家85", ["吴淞高程", "国家85"], DATUM, {})
    stated = shifts_to("国家85", ["吴淞高程", "国家85"], DATUM, {"wusong": -1.7})
    assert stated == {"吴淞高程": -1.7, "国家85": 0.0}
    with pytest.raises(DatumError, match="does not say its vertical datum"):
        shifts_to("", ["国家85"], DATUM, {})


def levels(*rows):
    return pd.DataFrame(rows, columns=["shore", "return_period_years", "level_m"])


def test_levels_that_contradict_each_other_are_refused_all_at_once():
    rows = levels(
        ("北岸", 50.0, 5.4), ("北岸", 100.0, 5.2), ("南岸", 50.0, 5.0), ("南岸", 50.0, 5.1)
    )
    with pytest.raises(ParameterError) as told:
        levels_by_shore(rows)
    assert "two levels for 50 years" in told.value.sentence_en
    assert "has no level for 100 years" in told.value.sentence_en
    assert "重现期更长的潮位反而更低" in told.value.sentence_zh


def test_a_level_for_a_shore_that_no_dyke_names_is_refused():
    with pytest.raises(ParameterError, match="no section of a dyke stands on the shore 南岸"):
        refuse_unknown_shores(["北岸", "南岸"], ["北岸", ""])
    refuse_unknown_shores(["北岸"], [])
