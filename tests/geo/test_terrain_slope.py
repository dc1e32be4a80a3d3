"""Slopes are Horn's, in degrees, over metres only."""

import math

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.crs import cell_size_m
from geo.errors import CRSError, GridError, ParameterError
from geo.terrain import slope

terrains = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7),
    elements=st.one_of(st.integers(-20, 20).map(float), st.just(np.nan)),
)
sides = st.sampled_from([(1.0, 1.0), (10.0, 10.0), (2.0, 5.0)])


def horn(z, width, height, *, gaps):
    """The formula cell by cell; `gaps` fills an unknown neighbour with the cell itself."""
    around = np.pad(z, 1, constant_values=np.nan)
    found = np.full(z.shape, np.nan)
    for row, column in np.ndindex(z.shape):
        nine = around[row : row + 3, column : column + 3]
        if gaps:
            nine = np.where(np.isnan(nine), nine[1, 1], nine)
        (a, b, c), (d, e, f), (g, h, i) = nine
        x = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * width)
        y = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * height)
        found[row, column] = math.degrees(math.atan(math.hypot(x, y))) + 0 * e
    return found


@settings(max_examples=200, deadline=None)
@given(terrains, sides)
def test_slopes_are_the_formula_cell_by_cell(z, side):
    for incomplete, gaps in (("nan", False), ("centre", True)):
        expected = horn(z, *side, gaps=gaps)
        found = slope(z, side, incomplete=incomplete)
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_published_example_is_met():
    # ArcGIS, "How slope works": rise 3.8 over 1 southwards, cells of 5;
    # 75.25762 degrees, from an angle rounded to 1.31349.
    z = np.array([[50.0, 45, 50], [30, 30, 30], [8, 10, 10]])
    assert slope(z, 5)[1, 1] == pytest.approx(75.25762, abs=1e-4)
    assert np.isnan(np.delete(slope(z, 5).ravel(), 4)).all()


def test_a_plane_is_as_steep_everywhere_and_as_its_gradient_says():
    # 3 m up per 10 m east, 4 m up per 20 m south: atan(hypot(0.3, 0.2)).
    z = 3.0 * np.arange(8) + 4.0 * np.arange(6)[:, None]
    expected = math.degrees(math.atan(math.hypot(0.3, 0.2)))
    assert slope(z, (10, 20))[1:-1, 1:-1] == pytest.approx(np.full((4, 6), expected))


@settings(max_examples=100, deadline=None)
@given(terrains)
def test_height_of_the_sea_unit_of_length_and_side_of_the_map_change_no_slope(z):
    found = slope(z, 10.0)
    assert slope(z + 64, 10.0) == pytest.approx(found, nan_ok=True)
    assert slope(z * 1000, 10_000.0) == pytest.approx(found, nan_ok=True)
    assert slope(z[::-1, ::-1], 10.0) == pytest.approx(found[::-1, ::-1], nan_ok=True)
    assert slope(z.T, 10.0) == pytest.approx(found.T, nan_ok=True)


def test_lists_whole_numbers_and_masks_are_terrain_too():
    z = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    expected = math.degrees(math.atan(math.hypot(1, 3)))
    for given_z in (z, np.array(z, np.int16), np.ma.masked_equal(z, -1)):
        assert slope(given_z, 1)[1, 1] == pytest.approx(expected)
    assert np.isnan(slope(np.ma.masked_equal(z, 9), 1)).all()
    assert slope(np.zeros((0, 3)), 1).shape == (0, 3)


def test_no_slope_comes_from_a_grid_in_degrees(reference):
    with rasterio.open(reference / "taudem_enogeo" / "enogeo.tif") as raster:
        need = r"elevation is in .*, which is in degrees; a projected CRS in metres is needed"
        with pytest.raises(CRSError, match=need):
            slope(raster.read(1), cell_size_m(raster.transform, raster.crs))


def test_cell_sizes_are_metres_of_a_grid_that_is_not_rotated():
    assert cell_size_m(Affine(10, 0, 5, 0, 20, 5), "EPSG:4549") == (10, 20)
    for crs in ("EPSG:4490", "EPSG:3857", None):
        with pytest.raises(CRSError, match="dem is in "):
            cell_size_m(Affine(10, 0, 5, 0, -20, 5), crs, name="dem")
    with pytest.raises(GridError, match="rotated"):
        cell_size_m(Affine(10, 1, 5, 0, -20, 5), "EPSG:4549")


@pytest.mark.parametrize("size", [0, -1.0, np.nan, np.inf, (1, 0), (1, 2, 3), [[1.0, 2.0]]])
def test_cell_sizes_that_are_none_are_refused(size):
    with pytest.raises(ParameterError, match="The cell size is"):
        slope(np.ones((3, 3)), size)


def test_infinite_terrain_and_unknown_words_are_refused():
    with pytest.raises(GridError, match="holds 1 infinite cells"):
        slope(np.array([[1.0, np.inf]]), 1)
    with pytest.raises(ParameterError, match="'nan' or 'centre'"):
        slope(np.ones((3, 3)), 1, incomplete="edge")
