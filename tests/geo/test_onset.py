"""The sea reaches each cell over the lowest path, and the dike that decides is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.flood import onset_level, overtopping

NAN = np.nan
SEA = np.array([[True, False, False, False, False]])


def test_land_behind_a_ridge_is_flooded_when_the_ridge_is():
    land = np.array([[-3.0, 1.0, 4.0, 0.5, 2.0]])
    assert onset_level(land, SEA).tolist() == [[-3.0, 1.0, 4.0, 4.0, 4.0]]


def test_a_dike_holds_until_its_crest_and_its_gap_lets_the_sea_in():
    land = np.array([[-2.0, 1, 0, 0], [-2.0, 1, 0, 0], [-2.0, 1, 0, 0]])
    sea = np.zeros((3, 4), dtype=bool)
    sea[:, 0] = True
    dike = np.full((3, 4), NAN)
    dike[:, 1] = 5.4
    assert onset_level(land, sea, dike)[:, 1:].tolist() == [[5.4] * 3] * 3
    dike[2, 1] = NAN
    assert onset_level(land, sea, dike)[0].tolist() == [-2, 5.4, 1, 1]


def test_a_breach_takes_the_wall_away_and_leaves_the_ground():
    land = np.array([[-2.0, 3.0, 0.0, 0.0, 0.0]])
    dike = np.array([[NAN, 5.4, NAN, 4.9, NAN]])
    gone = np.array([[False, True, False, False, False]])
    assert onset_level(land, SEA, dike)[0, 4] == 5.4
    assert onset_level(land, SEA, dike, breaches=gone)[0].tolist() == [-2, 3, 3, 4.9, 4.9]


def test_a_crest_below_its_ground_changes_nothing():
    land = np.array([[-2.0, 3.0, 0.0, 0.0, 0.0]])
    assert np.array_equal(onset_level(land, SEA, land - 1), onset_level(land, SEA))


def test_no_data_is_neither_reached_nor_passed():
    land = np.array([[-2.0, 1.0, NAN, 0.0, 0.0]])
    onset = onset_level(land, SEA)
    assert onset[0, :2].tolist() == [-2, 1]
    assert np.isnan(onset[0, 2])
    assert np.isinf(onset[0, 3:]).all()


def test_without_a_sea_nothing_is_reached():
    assert np.isinf(onset_level(np.zeros((2, 2)), np.zeros((2, 2), dtype=bool))).all()
    assert onset_level(np.zeros((0, 3)), np.zeros((0, 3), dtype=bool)).shape == (0, 3)


def test_the_sea_has_to_rise_over_a_rock_of_its_own_to_pass_it():
    land = np.array([[-2.0, 6.0, 1.0, 1.0, 1.0]])
    rock = np.array([[True, True, False, False, False]])
    assert onset_level(land, rock).tolist() == [[-2, 6, 6, 6, 6]]


def test_a_wall_drawn_on_the_sea_is_not_seen():
    land = np.array([[-2.0, 1.0, 1.0, 1.0, 1.0]])
    wall = np.array([[9.0, NAN, NAN, NAN, NAN]])
    assert onset_level(land, SEA, wall).tolist() == onset_level(land, SEA).tolist()


def test_water_slips_through_a_corner_with_eight_neighbours_alone():
    land = np.array([[-1.0, 9.0], [9.0, 0.0]])
    sea = np.array([[True, False], [False, False]])
    assert onset_level(land, sea)[1, 1] == 0
    assert onset_level(land, sea, connectivity=4)[1, 1] == 9


def test_the_section_that_overtops_first_is_named_for_each_cell():
    # Two polders behind one dike of two sections, 5.4 m and 5.9 m high, parted by a bank of 5.6 m.
    land = np.zeros((5, 4))
    sea = np.zeros((5, 4), dtype=bool)
    sea[:, 0] = True
    dike = np.full((5, 4), NAN)
    dike[:, 1] = [5.4, 5.4, 5.6, 5.9, 5.9]
    dike[2, 2:] = 5.6
    land[4, 3] = 7.0
    why = overtopping(land, sea, dike)
    assert why.level_m[0, 3] == 5.4
    assert why.row[0, 3] in {0, 1}
    assert why.column[0, 3] == 1
    assert why.level_m[3, 3] == 5.6  # over the bank, or over the dike beside it
    assert dike[why.row[3, 3], why.column[3, 3]] == 5.6
    assert why.over_wall[:, 1:3].all()
    assert (why.row[4, 3], why.column[4, 3], why.over_wall[4, 3]) == (4, 3, False)
    assert not why.over_wall[:, 0].any()


def test_of_two_equal_walls_on_the_way_the_first_is_named():
    land = np.array([[-1.0, 0.0, 0.0, 0.0, 0.0]])
    walls = np.array([[NAN, 3.0, NAN, 3.0, NAN]])
    why = overtopping(land, SEA, walls)
    assert why.column.tolist() == [[0, 1, 1, 1, 1]]


def test_cells_never_reached_name_nothing():
    why = overtopping(np.array([[0.0, NAN, 1.0, 1.0, 1.0]]), SEA)
    assert why.row.tolist() == why.column.tolist() == [[0, -1, -1, -1, -1]]
    assert not why.over_wall.any()


def test_wrong_inputs_are_refused():
    flat = np.zeros((2, 2))
    sea = np.eye(2, dtype=bool)
    with pytest.raises(GridError, match=r"sea has shape \(2,\), the elevation \(2, 2\)"):
        onset_level(flat, sea[0])
    with pytest.raises(GridError, match="crest holds 4 infinite"):
        onset_level(flat, sea, np.full((2, 2), np.inf))
    with pytest.raises(GridError, match="crest has shape"):
        onset_level(flat, sea, np.zeros((3, 2)))
    with pytest.raises(GridError, match="breach has shape"):
        onset_level(flat, sea, flat, breaches=sea[0])
    with pytest.raises(GridError, match="1 dimensions"):
        onset_level(np.zeros(3), np.zeros(3, dtype=bool))
    with pytest.raises(GridError, match="No cell of the sea has an elevation"):
        onset_level(np.where(sea, NAN, 1.0), sea)
    with pytest.raises(ParameterError, match="connectivity is 6"):
        onset_level(flat, sea, connectivity=6)


def test_lists_and_whole_numbers_are_taken():
    assert onset_level([[-1, 2, 1]], [[1, 0, 0]], [[NAN, 3, NAN]]).tolist() == [[-1, 3, 3]]


heights = st.one_of(st.integers(-3, 6).map(float), st.floats(-3, 6), st.just(NAN))
shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6)


@st.composite
def coasts(draw):
    """Land, sea and walls of a small coast; no sea without an elevation."""
    shape = draw(shapes)
    land = draw(hnp.arrays(np.float64, shape, elements=heights))
    sea = draw(hnp.arrays(bool, shape)) & ~np.isnan(land)
    wall = draw(hnp.arrays(np.float64, shape, elements=st.one_of(st.just(NAN), heights)))
    return land, sea, wall


def lowest_passes(land, sea, wall, connectivity):
    """Highest cell on the lowest path, by trying every step again until nothing falls."""
    passing = np.where(sea, land, np.fmax(land, wall))
    onset = np.where(sea, land, np.inf)
    onset[np.isnan(land)] = NAN
    steps = [(0, 1), (0, -1), (1, 0), (-1, 0)]
    steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if connectivity == 8 else []
    changed = True
    while changed:
        changed = False
        for row, column in np.argwhere(~np.isnan(land) & ~sea):
            for down, right in steps:
                near = (row + down, column + right)
                if not (0 <= near[0] < land.shape[0] and 0 <= near[1] < land.shape[1]):
                    continue
                level = max(onset[near], passing[row, column])
                if level < onset[row, column]:
                    onset[row, column] = level
                    changed = True
    return onset


@settings(deadline=None, max_examples=150)
@given(coasts(), st.sampled_from([4, 8]))
def test_levels_are_those_of_the_lowest_of_all_paths(coast, connectivity):
    land, sea, wall = coast
    expected = lowest_passes(land, sea, wall, connectivity)
    assert np.array_equal(onset_level(land, sea, wall, connectivity), expected, equal_nan=True)


@settings(deadline=None, max_examples=100)
@given(coasts(), st.sampled_from([4, 8]))
def test_the_cell_named_has_the_level_and_takes_it_away_with_it(coast, connectivity):
    land, sea, wall = coast
    why = overtopping(land, sea, wall, connectivity)
    reached = np.isfinite(why.level_m)
    assert np.array_equal(why.row >= 0, reached)
    places = why.row[reached], why.column[reached]
    assert np.array_equal(why.level_m[places], why.level_m[reached])
    passing = np.where(sea, land, np.fmax(land, wall))
    assert np.array_equal(passing[places], why.level_m[reached])


@settings(deadline=None, max_examples=80)
@given(coasts(), st.integers(-500, 500), st.floats(0, 3))
def test_turning_lifting_and_raising_walls_do_what_they_should(coast, metres, more):
    land, sea, wall = (np.round(coast[0]), coast[1], np.round(coast[2]))
    onset = onset_level(land, sea, wall)
    for turn in (np.transpose, np.fliplr, np.flipud):
        turned = onset_level(turn(land), turn(sea), turn(wall))
        assert np.array_equal(turned, turn(onset), equal_nan=True)
    lifted = onset_level(land + metres, sea, wall + metres)
    assert np.array_equal(lifted, onset + metres, equal_nan=True)
    on_land = ~np.isnan(land)
    assert (onset_level(land, sea, wall + more)[on_land] >= onset[on_land]).all()
    assert (onset_level(land, sea, wall, 4)[on_land] >= onset[on_land]).all()
    assert (onset_level(land, sea)[on_land] <= onset[on_land]).all()
    assert (onset[on_land & ~sea] >= land[on_land & ~sea]).all()
