"""Each cell has one zone, whatever the order of the rows."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from shapely.geometry import box

from geo.cells import Cells, label, mean_by, share_by, sum_by
from geo.errors import CRSError, GridError, LayerError

GRID = Cells.of(Affine(10, 0, 0, 0, -10, 40), "EPSG:32748", (4, 4))


def zones(boxes, index):
    return gpd.GeoDataFrame(geometry=[box(*b) for b in boxes], index=index, crs="EPSG:32748")


def test_a_cell_belongs_to_the_zone_that_holds_its_centre():
    # The second zone reaches 4 m into the third column: its centres at 25 m lie outside.
    labels = label(GRID, zones([(0, 0, 40, 20), (0, 20, 24, 40)], ["a", "b"]))
    assert labels.tolist() == [[1, 1, -1, -1], [1, 1, -1, -1], [0] * 4, [0] * 4]


def test_where_zones_overlap_the_lowest_index_wins_in_any_row_order():
    both = zones([(0, 0, 40, 40), (0, 0, 20, 40), (20, 0, 40, 20)], ["m", "z", "a"])
    names = np.array(both.index)[label(GRID, both)]
    assert (names == "m").sum() == 12
    assert (names == "a").sum() == 4
    turned = both.iloc[[2, 1, 0]]
    assert (np.array(turned.index)[label(GRID, turned)] == names).all()


def test_the_areas_of_degree_cells_match_their_zone_in_metres():
    grid = Cells.of(Affine(0.01, 0, 106, 0, -0.01, -6), "EPSG:4326", (10, 10))
    square = gpd.GeoDataFrame(geometry=[box(106, -6.1, 106.1, -6)], crs="EPSG:4326")
    area = sum_by(label(grid, square), grid.area_m2, 1)[0]
    # UTM 48 S scales areas by (0.9996 k)^2, within 0.1 % here
    assert area == pytest.approx(square.to_crs("EPSG:32748").area[0], rel=1e-3)
    assert grid.crs == "EPSG:4326"


def test_zones_in_another_crs_or_with_repeated_names_are_refused():
    with pytest.raises(CRSError, match="cells is in EPSG:32748 and zones in EPSG:4326"):
        label(GRID, zones([(0, 0, 1, 1)], ["a"]).to_crs("EPSG:4326"))
    with pytest.raises(LayerError, match="occur more than once: a"):
        label(GRID, zones([(0, 0, 1, 1), (1, 1, 2, 2)], ["a", "a"]))
    assert (label(GRID, zones([], [])) == -1).all()


def test_unknown_cells_are_left_out_of_a_mean_and_add_nothing_to_a_sum():
    labels = np.array([[0, 0], [1, -1]])
    values = np.array([[2.0, np.nan], [np.nan, 7.0]])
    assert sum_by(labels, values, 2).tolist() == [2, 0]
    assert mean_by(labels, values, 2)[0] == 2
    assert np.isnan(mean_by(labels, values, 2)[1])


def test_people_weigh_the_share_of_a_village_under_water():
    labels, wet = np.zeros(3, int), np.array([True, False, False])
    people = np.array([30.0, 50.0, np.nan])
    assert share_by(labels, wet, 1, weight=people).tolist() == [0.375]


def test_wrong_shapes_labels_and_weights_are_refused():
    with pytest.raises(GridError, match=r"labels have shape \(2,\)"):
        sum_by(np.zeros(2, int), np.zeros(3), 1)
    with pytest.raises(GridError, match=r"run 0\.\.4 but there are 2 zones"):
        sum_by(np.array([0, 4]), np.zeros(2), 2)
    with pytest.raises(GridError, match="weight is negative in 1 cells"):
        mean_by(np.zeros(1, int), np.zeros(1), 1, weight=np.array([-1.0]))
