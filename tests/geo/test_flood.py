"""Runoff fills hollows, spills over saddles and is never lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.flood import spill
from geo.terrain import fill_depressions

WALL = 99.0
heights = st.one_of(st.integers(0, 6).map(float), st.floats(0, 100), st.just(np.nan))
terrains = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10),
    elements=heights,
)


def channel(*bottom):
    """A ditch one cell wide between walls; water can leave over the walls only."""
    grid = np.full((3, len(bottom) + 2), WALL)
    grid[1, 1:-1] = bottom
    return grid


def rain_on(grid, **millimetres):
    """Runoff in one or several cells of a ditch: c1=500 rains 500 mm on its first cell."""
    runoff = np.zeros(grid.shape)
    for cell, mm in millimetres.items():
        runoff[1, int(cell[1:])] = mm
    return runoff


def depth_in(grid, runoff):
    return spill(grid, runoff, 1.0).depth_m[1, 1:-1].tolist()


def test_a_pit_holds_its_own_rain_and_that_of_the_slope_above_it():
    assert depth_in(channel(3, 2, 1), rain_on(channel(3, 2, 1), c1=200, c2=300)) == [0, 0, 0.5]


def test_a_level_rises_by_less_where_the_pit_is_wider():
    # 1 m fills the lowest cell to the step; 1 m more lies on two cells.
    assert depth_in(channel(1, 2, 9), rain_on(channel(1, 2, 9), c1=2000)) == [1.5, 0.5, 0]


def test_a_flat_bottom_is_shared():
    grid = channel(5, 0, 0, 0, 0, 5)
    assert depth_in(grid, rain_on(grid, c2=1000)) == [0, 0.25, 0.25, 0.25, 0.25, 0]


def test_a_full_pit_spills_into_its_neighbour_and_no_further():
    grid = channel(0, 2, 1, 3, 0)
    # 2 m fill the first pit to its saddle, 0.5 m go over.
    assert depth_in(grid, rain_on(grid, c1=2500)) == [2, 0, 0.5, 0, 0]


def test_two_full_pits_rise_as_one_lake():
    grid = channel(0, 2, 1, 3, 0)
    # 2 m + 1 m fill both to the saddle at 2 m; 0.6 m lie on three cells.
    depth = depth_in(grid, rain_on(grid, c1=3600))
    assert depth == pytest.approx([2.2, 0.2, 1.2, 0, 0])


def test_the_merged_lake_spills_over_its_own_saddle():
    grid = channel(0, 2, 1, 3, 0)
    # 3 + 1 + 2 m fill the merged lake to 3 m; 0.7 m reach the last pit.
    depth = depth_in(grid, rain_on(grid, c3=6700))
    assert depth == pytest.approx([3, 1, 2, 0, 0.7])


def test_a_pit_that_spills_backwards_waits_for_the_lower_one():
    grid = channel(4, 1, 2, 0, 9)
    # 2 + 1 m fill both pits to the saddle at 2 m, whichever the rain fell in.
    here, there = rain_on(grid, c2=3000), rain_on(grid, c4=3000)
    assert depth_in(grid, here) == depth_in(grid, there) == [0, 1, 0, 2, 0]


def test_water_leaves_at_an_open_end_and_beside_no_data():
    grid = channel(5, 2, 4, 3)
    grid[1, -1] = 2.5  # a gate in the wall: edge cell
    result = spill(grid, rain_on(grid, c2=2500), 10.0)
    assert result.depth_m[1, 2] == 2.0
    assert result.stored_m3 == pytest.approx(200)
    assert result.left_m3 == pytest.approx(50)
    grid[1, -1] = np.nan
    assert spill(grid, rain_on(grid, c2=2500), 10.0).left_m3 == pytest.approx(50)


def test_rain_on_an_embankment_at_the_edge_runs_to_its_lower_side():
    bowl = np.full((3, 3), 5.0)
    bowl[1, 1] = 0
    result = spill(bowl, 100.0, 1.0)
    assert result.depth_m[1, 1] == pytest.approx(0.9)
    assert result.left_m3 == 0


def test_an_overflow_that_passes_several_full_pits_ends_in_the_first_with_room():
    grid = channel(10, 8, 9, 6, 7, 4, 5, 0, 99)
    rain = rain_on(grid, c2=4000, c4=1000, c6=1000)
    assert depth_in(grid, rain) == [0, 1, 0, 1, 0, 1, 0, 3, 0]


def settle_drop_by_drop(bottom, runoff_m):
    """Walk each cell's water down a ditch, raise the lake it stops in, walk on what is over."""
    surface = [-np.inf, *bottom, np.inf]
    bed = surface.copy()
    for start, rain in enumerate(runoff_m, 1):
        foot = start
        while foot > 0 and min(bed[foot - 1], bed[foot + 1]) < bed[foot]:
            foot += -1 if bed[foot - 1] < bed[foot + 1] else 1
        left = right = foot
        water = rain
        while water > 0 and left > 0:
            level = surface[left]
            while surface[left - 1] == level:
                left -= 1
            while surface[right + 1] == level:
                right += 1
            low = left - 1 if surface[left - 1] < surface[right + 1] else right + 1
            if surface[low] < level:
                left = right = low
                continue
            taken = min(water, (surface[low] - level) * (right - left + 1))
            lifted = level + taken / (right - left + 1)
            surface[left : right + 1] = [
                surface[low] if taken < water else lifted for _ in range(left, right + 1)
            ]
            water -= taken
    return np.array(surface[1:-1]) - bottom


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_ditches_fill_as_if_each_drop_were_followed(data):
    count = data.draw(st.integers(1, 12))
    bottom = data.draw(st.permutations(range(1, 30)))[:count]
    runoff_mm = data.draw(st.lists(st.integers(0, 9000), min_size=count, max_size=count))
    # A drain before the first cell, so that the water of the ditch leaves on its left.
    grid = channel(0, *bottom)
    grid[1, 0] = np.nan
    rain = np.zeros(grid.shape)
    rain[1, 2:-1] = runoff_mm
    expected = settle_drop_by_drop(np.array(bottom, float), np.array(runoff_mm) / 1000)
    assert spill(grid, rain, 1.0).depth_m[1, 2:-1] == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=120)
@given(terrains, st.floats(0, 20000), st.floats(0.1, 100))
def test_water_is_conserved(z, runoff_mm, cell_size_m):
    result = spill(z, runoff_mm, cell_size_m)
    total = runoff_mm / 1000 * np.isfinite(z).sum() * cell_size_m**2
    assert result.stored_m3 + result.left_m3 == pytest.approx(total, rel=1e-9)
    drawn = np.nansum(result.depth_m) * cell_size_m**2
    assert drawn == pytest.approx(result.stored_m3, rel=1e-9, abs=1e-11 * cell_size_m**2)
    assert np.array_equal(np.isnan(result.depth_m), np.isnan(z))


@settings(deadline=None, max_examples=120)
@given(terrains, st.floats(0, 5000))
def test_water_at_rest_lies_level_and_below_no_way_out(z, runoff_mm):
    depth = np.pad(spill(z, runoff_mm, 1.0).depth_m, 1, constant_values=np.nan)
    surface = np.pad(z, 1, constant_values=np.nan) + depth
    for row, column in np.argwhere(depth > 1e-9):
        around = surface[row - 1 : row + 2, column - 1 : column + 2]
        assert (around >= surface[row, column] - 1e-9).all()  # NaN, the way out, fails too


@settings(deadline=None, max_examples=100)
@given(terrains, st.data())
def test_more_rain_anywhere_never_lowers_the_water_anywhere(z, data):
    rain = hnp.arrays(np.float64, z.shape, elements=st.floats(0, 3000))
    less, more = data.draw(rain), data.draw(rain)
    low, high = spill(z, less, 1.0).depth_m, spill(z, less + more, 1.0).depth_m
    assert (high - low >= -1e-9)[~np.isnan(z)].all()


@settings(deadline=None, max_examples=100)
@given(terrains)
def test_a_deluge_fills_the_terrain_to_its_filled_surface(z):
    depth = spill(z, 1e8, 1.0).depth_m
    assert np.array_equal(depth, fill_depressions(z) - z, equal_nan=True)


@settings(deadline=None, max_examples=100)
@given(terrains, st.floats(0, 3000))
def test_no_rain_is_dry_and_a_raised_datum_changes_nothing(z, runoff_mm):
    assert np.nansum(spill(z, 0.0, 5.0).depth_m) == 0
    whole = np.round(z)  # adding 1024 m to whole metres is exact
    assert np.array_equal(
        spill(whole + 1024, runoff_mm, 1.0).depth_m,
        spill(whole, runoff_mm, 1.0).depth_m,
        equal_nan=True,
    )


def test_a_thin_film_high_above_the_sea_keeps_its_volume():
    grid = channel(7.81, 5.92, 9.3) + 4800
    rain = rain_on(grid, c2=1e-6)
    assert depth_in(grid, rain)[1] == pytest.approx(1e-9, rel=1e-12)


def test_a_district_of_a_million_cells_is_conserved_and_level():
    rng = np.random.default_rng(7)
    z = np.round(rng.normal(3, 1, (1000, 1200)), 1)
    result = spill(z, 120.0, 30.0)
    assert result.stored_m3 + result.left_m3 == pytest.approx(0.12 * z.size * 900, rel=1e-9)
    assert (result.depth_m <= fill_depressions(z) - z + 1e-9).all()


def test_an_empty_grid_and_a_grid_without_data_hold_nothing():
    assert spill(np.full((2, 3), np.nan), 10.0, 1.0).left_m3 == 0
    assert spill(np.zeros((0, 3)), 10.0, 1.0).depth_m.shape == (0, 3)


def test_wrong_runoff_and_cell_size_are_refused():
    z = np.zeros((2, 2))
    with pytest.raises(GridError, match="negative or missing on 1 cells"):
        spill(z, np.array([[1.0, -1.0], [0.0, 0.0]]), 1.0)
    with pytest.raises(GridError, match=r"shape \(3,\), the elevation \(2, 2\)"):
        spill(z, np.zeros(3), 1.0)
    with pytest.raises(ParameterError, match="cell size is 0 m"):
        spill(z, 1.0, 0)
    holed = np.array([[1.0, np.nan]])
    assert spill(holed, np.array([[1.0, np.nan]]), 1.0).left_m3 == pytest.approx(0.001)
