"""Zones of one class: neighbours joined, small ones absorbed, nothing lost and nothing twice."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geo.errors import CRSError, LayerError, ParameterError
from geo.generalize import merge_zones

SIDE = 4


def squares(columns=SIDE, rows=SIDE):
    shapes = [box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)]
    return gpd.GeoDataFrame(geometry=shapes, crs=4549)


def test_squares_that_share_a_corner_are_no_neighbours():
    # 1 2
    # 2 1: each class in two pieces that meet in the middle only.
    zone, classes = merge_zones(squares(2, 2), [2, 1, 1, 2])
    assert zone.tolist() == [0, 1, 2, 3]
    assert classes.tolist() == [2, 1, 1, 2]


def test_a_small_zone_is_absorbed_where_its_border_is_longest():
    # A strip of 6 m: 2 m of class 1, 1 m of class 5, 3 m of class 3; the 5 shares 1 m with each on
    # its sides, and 1 m more with a square above, which is one zone with the strip's class 3.
    strip = [box(0, 0, 2, 1), box(2, 0, 3, 1), box(3, 0, 6, 1), box(2, 1, 4, 3)]
    units = gpd.GeoDataFrame(geometry=strip, crs=4549)
    zone, classes = merge_zones(units, [1, 5, 3, 3], least_area_m2=1.5)
    assert zone.tolist() == [0, 1, 1, 1]
    assert classes.tolist() == [1, 3]


def test_what_has_no_class_neither_absorbs_nor_is_absorbed():
    zone, classes = merge_zones(squares(3, 1), [0, 5, 0], least_area_m2=10)
    assert zone.tolist() == [0, 1, 2]
    assert classes.tolist() == [0, 5, 0]


def test_outlines_with_gaps_and_overlaps_are_neighbours_all_the_same_and_corners_are_not():
    # 100 m squares: a gap of 0.5 m to the east, an overlap of 0.5 m to the north, a corner.
    shapes = [
        box(0, 0, 100, 100), box(100.5, 0, 200, 100), box(0, 99.5, 100, 200),
        box(100.2, 100.2, 200, 200),
    ]  # fmt: skip
    units = gpd.GeoDataFrame(geometry=shapes, crs=4549)
    zone, _ = merge_zones(units, [1, 1, 1, 2], gap_m=1.0)
    assert zone.tolist() == [0, 0, 0, 1]
    apart, _ = merge_zones(units.iloc[[0, 3]], [1, 1], gap_m=1.0)
    assert apart.tolist() == [0, 1]
    assert merge_zones(units.iloc[[0, 1]], [1, 1])[0].tolist() == [0, 1]


def test_wrong_inputs_are_refused():
    with pytest.raises(LayerError):
        merge_zones(squares(), [1, 2])
    with pytest.raises(ParameterError):
        merge_zones(squares(1, 1), [1], least_area_m2=-1)
    with pytest.raises(CRSError):
        merge_zones(squares(1, 1).set_crs(4490, allow_override=True), [1])


classed = st.lists(st.integers(0, 3), min_size=SIDE * SIDE, max_size=SIDE * SIDE)


@given(classed, st.floats(0, 6))
def test_zones_tile_the_district_and_are_whole(classes, least):
    units = squares()
    zone, zone_class = merge_zones(units, classes, least_area_m2=least)
    assert zone.tolist() == list(np.unique(zone, return_inverse=True)[1])
    merged = units.dissolve(by=zone)
    assert {shape.geom_type for shape in merged.geometry} == {"Polygon"}
    assert merged.area.sum() == pytest.approx(SIDE * SIDE)
    one, other = merged.sindex.query(merged.geometry, predicate="intersects")
    for a, b in zip(one, other, strict=True):
        shared = shapely.length(merged.geometry.iloc[a].intersection(merged.geometry.iloc[b]))
        if a != b and shared > 0:
            assert zone_class[a] != zone_class[b]
            # A zone that is still small has nobody to go to.
            assert merged.area.iloc[a] >= least or not (zone_class[a] and zone_class[b])
    assert ((zone_class[zone] == 0) == (np.array(classes) == 0)).all()


@given(classed, st.permutations(range(SIDE * SIDE)))
def test_without_a_least_area_the_order_of_units_does_not_matter(classes, order):
    units, given_ = squares(), np.array(classes)
    zone, _ = merge_zones(units, given_)
    turned, _ = merge_zones(units.iloc[list(order)], given_[list(order)])
    assert len(set(zip(zone[list(order)], turned, strict=True))) == zone.max() + 1
