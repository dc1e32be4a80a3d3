"""A layer that went to another CRS and back gives the same means, people and classes."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon

from geo.cells import Cells, label
from geo.crs import reproject
from geo.exposure import dasymetric, zonal
from geo.zoning import classify, natural_breaks

# A window of ten metre cells in the district of the model case; its numbers follow no line.
CORNER_X, CORNER_Y, CELL_M, SIDE = 614_000.0, 3_528_000.0, 10.0, 24
GRID = Affine(CELL_M, 0, CORNER_X, 0, -CELL_M, CORNER_Y)
DEPTH_M = np.random.default_rng(4549).gamma(1.0, 0.5, (SIDE, SIDE))
# Proj returns within this; a border that moves by it moves less than this share of a cell.
BACK_M = 1e-6

corners = st.tuples(st.floats(1, 239), st.floats(1, 239))
triangles = st.lists(st.tuples(corners, corners, corners), min_size=3, max_size=8)


def layer_of(shapes):
    polygons = [Polygon([(CORNER_X + x, CORNER_Y - y) for x, y in shape]) for shape in shapes]
    assume(all(polygon.area > 50 for polygon in polygons))
    return gpd.GeoDataFrame(geometry=polygons, crs="EPSG:4549")


@settings(deadline=None, max_examples=60)
@given(triangles, st.sampled_from(["EPSG:4490", "EPSG:4326", "EPSG:4528", "EPSG:32651"]))
def test_means_and_classes_of_zones_outlive_another_crs_and_back(shapes, other):
    zones = layer_of(shapes)
    back = reproject(reproject(zones, other), "EPSG:4549")
    moved = max(zones.geometry.hausdorff_distance(back.geometry, align=False))
    assert moved < BACK_M
    before, after = (
        zonal(DEPTH_M, GRID, layer, ["mean", "sum", "count", "max"]) for layer in (zones, back)
    )
    for name in ("mean", "sum", "count"):
        assert after[name].to_numpy() == pytest.approx(before[name].to_numpy(), rel=1e-6)
    mean = before["mean"].to_numpy()
    assume(np.unique(np.round(mean, 4)).size == mean.size)
    # Limits halfway between two units: none of them lies on one.
    limits = np.sort(mean)[:-1] + np.diff(np.sort(mean)) / 2
    assert np.array_equal(classify(mean, limits), classify(after["mean"].to_numpy(), limits))
    cut = natural_breaks(mean, 2)
    assert natural_breaks(after["mean"].to_numpy(), 2) == pytest.approx(cut, rel=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.integers(30, 210), st.integers(0, 9000), st.integers(0, 9000))
def test_people_of_two_villages_outlive_another_crs_and_back(edge_m, west_people, east_people):
    # A border between rows of cell centres: no centre within a micrometre of it.
    edge = edge_m + 0.5
    villages = layer_of(
        [[(0, 0), (edge, 0), (edge, 240), (0, 240)], [(edge, 0), (240, 0), (240, 240), (edge, 240)]]
    )
    back = reproject(reproject(villages, "EPSG:4490"), "EPSG:4549")
    people = np.array([west_people, east_people], dtype=float)
    spread = []
    for layer in (villages, back):
        zone = label(Cells.of(GRID, "EPSG:4549", DEPTH_M.shape), layer)
        spread.append(dasymetric(zone, people, DEPTH_M).people)
    assert spread[0].sum() == pytest.approx(people.sum())
    assert np.array_equal(*spread)
