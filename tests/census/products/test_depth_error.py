"""What an error of the depths makes of hazard and of depth classes, told by hand on a few cells."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from census.products.depth_error import depth_classes, depth_rmse_m, hazard_under, shifts_m
from census.products.inputs import CellValues
from census.products.units import Level

PARAMETERS = {
    "depth": {"wet_depth_m": 0.0, "class_breaks_m": [0.15, 0.5, 1.0]},
    "hazard_score": {"depth_m": [0.0, 1.0, 2.0], "score": [0.0, 0.5, 1.0], "unit_mean": "people"},
    "depth_error": {"rmse_m": 0.0, "shifts": 4, "limit_per_rmse": 1.5},
}
# Two villages of two cells of 10 m: depths 0 and 0.4, 0.6 and 1.4; the last cell has three people.
DEPTHS = np.array([[0.0, 0.4, 0.6, 1.4]])
PEOPLE = np.array([[1.0, 1.0, 1.0, 3.0]])
LEVEL = Level(
    name="village", units=gpd.GeoDataFrame({"code": ["a", "b"]}), labels=np.array([[0, 0, 1, 1]])
)


def inputs(depths=DEPTHS, rmse_m=None):
    cells = CellValues(
        cells=depths, transform=Affine(10, 0, 0, 0, -10, 0), crs=pyproj.CRS.from_epsg(4549)
    )
    return SimpleNamespace(depth=cells, depth_rmse_m=rmse_m)


def with_error(**changed):
    return PARAMETERS | {"depth_error": PARAMETERS["depth_error"] | changed}


def test_the_method_comes_before_the_sender_and_none_is_none():
    assert depth_rmse_m(inputs(), PARAMETERS) is None
    assert depth_rmse_m(inputs(rmse_m=0.3), PARAMETERS) == 0.3
    assert depth_rmse_m(inputs(rmse_m=0.3), with_error(rmse_m=0.2)) == 0.2


def test_shifted_depths_are_scored_over_residents_and_dry_cells_stay_dry():
    moved = hazard_under(np.array([-0.5, 0.0, 0.5]), LEVEL, inputs(), PEOPLE, PARAMETERS)
    # Score is half the depth. Half a metre less: 0 and 0 -> 0; 0.05 and 3 x 0.45 of 4 -> 0.35.
    assert moved[0] == pytest.approx([0.0, 0.35])
    assert moved[1] == pytest.approx([(0 + 0.2) / 2, (0.3 + 3 * 0.7) / 4])
    # Half a metre more: 0 and 0.45 -> 0.225; 0.55 and 3 x 0.95 of 4 -> 0.85.
    assert moved[2] == pytest.approx([0.225, 0.85])


def test_over_the_area_each_cell_counts_alike_and_unknown_cells_do_not():
    by_area = PARAMETERS | {"hazard_score": PARAMETERS["hazard_score"] | {"unit_mean": "area"}}
    depths = np.array([[0.0, 0.4, np.nan, 1.4]])
    moved = hazard_under(np.array([0.2]), LEVEL, inputs(depths), PEOPLE, by_area)
    assert moved[0] == pytest.approx([0.15, 0.8])


@given(st.floats(0.01, 2), st.integers(1, 40))
def test_shifts_are_symmetric_rise_and_lie_within_the_error(rmse_m, count):
    found = shifts_m(rmse_m, count)
    assert np.allclose(found, -found[::-1])
    assert (np.diff(found) > 0).all()
    assert found.std() <= rmse_m


def test_a_limit_of_15_cm_stands_at_an_error_of_10_cm_and_is_refused_above_it():
    told = depth_classes(LEVEL, inputs(rmse_m=0.1), PEOPLE, PARAMETERS)
    assert (told["limits_m"], told["merged_m"]) == ([0.15, 0.5, 1.0], [])
    # 0.4 is of the second class, 0.6 of the third, 1.4 of the fourth; the dry cell is of none.
    assert told["people"] == [0, 1, 1, 3]
    assert told["area_m2"] == [0, 100, 100, 100]
    coarse = depth_classes(LEVEL, inputs(rmse_m=0.11), PEOPLE, PARAMETERS)
    assert (coarse["limits_m"], coarse["merged_m"]) == ([0.5, 1.0], [0.15])
    assert coarse["people"] == [1, 1, 3]


def test_without_a_stated_error_every_limit_stands_and_the_error_is_none():
    told = depth_classes(LEVEL, inputs(), PEOPLE, PARAMETERS)
    assert (told["rmse_m"], told["merged_m"]) == (None, [])


def test_an_error_above_every_limit_leaves_wet_and_dry():
    told = depth_classes(LEVEL, inputs(rmse_m=3.0), PEOPLE, PARAMETERS)
    assert (told["limits_m"], told["people"]) == ([], [5.0])
