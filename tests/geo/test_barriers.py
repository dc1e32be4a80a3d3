"""Nobody is led through open water: legs go round it, and a line through it is told."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from geo.along import Areas, Course
from geo.barriers import Barriers, clear_feet, through_water
from geo.edge_runs import Segments, trace
from geo.roads import Network
from geo.snapping import feet


def network(*lines):
    return Network.from_lines(gpd.GeoDataFrame(geometry=[LineString(x) for x in lines], crs=4549))


def barriers(*surfaces, least_m=3.0):
    return Barriers(areas=Areas(surfaces, ["river"] * len(surfaces)), least_m=least_m)


RIVER = box(-100, 10, 200, 20)


def clear(roads, place, water, limit_m=500.0):
    edge, away_m, place_m = clear_feet(roads, np.array([place], float), water, limit_m=limit_m)
    return int(edge[0]), float(away_m[0]), float(place_m[0])


def test_a_road_behind_a_river_is_not_reached_and_the_next_one_on_this_bank_is():
    roads = network([(0, 0), (100, 0)], [(0, 60), (100, 60)])
    assert clear(roads, (50, 25), None) == (0, 25, 50)
    assert clear(roads, (50, 25), barriers(RIVER)) == (1, 35, 50)
    only = clear(network([(0, 0), (100, 0)]), (50, 25), barriers(RIVER))
    assert only[:2] == (-1, np.inf)
    assert clear(roads, (50, 25), barriers(RIVER), limit_m=30)[0] == -1


def test_the_near_end_of_a_bridge_is_reached_where_its_middle_is_nearest():
    # The road crosses the river at a slant; its nearest place lies above the water.
    roads = network([(-100, 60), (100, -60)])
    near = clear(roads, (-19, 25), None)
    over = shapely.Point(shapely.get_coordinates(roads.geometry[0].interpolate(near[2]))[0])
    assert RIVER.contains(over)
    edge, away_m, place_m = clear(roads, (-19, 25), barriers(RIVER))
    foot = roads.geometry[0].interpolate(place_m)
    assert edge == 0
    assert foot.y >= 20 - 1e-3
    assert away_m == pytest.approx(foot.distance(shapely.Point(-19, 25)), abs=1e-3)


def test_a_bank_of_some_metres_bars_nobody_and_a_house_in_the_water_gets_out():
    roads = network([(0, 0), (100, 0)])
    assert clear(roads, (50, 12.9), barriers(box(-9, 10, 200, 20)))[0] == 0
    assert clear(roads, (50, 15), barriers(RIVER)) == (0, 15, 50)


coordinate = st.floats(-50, 150, allow_subnormal=False)


@given(coordinate, coordinate)
def test_no_leg_leads_through_the_water_and_none_is_shorter_than_the_straight_one(x, y):
    roads = network([(0, 0), (100, 0)], [(0, 60), (100, 60)], [(70, -40), (70, 90)])
    water = barriers(RIVER, box(20, 30, 60, 50))
    edge, away_m, place_m = clear_feet(roads, np.array([[x, y]]), water, limit_m=500)
    _, straight_m, _ = feet(roads, np.array([[x, y]]))
    assert edge[0] >= 0  # the bridge leads to both banks
    assert away_m[0] >= straight_m[0] - 1e-9
    foot = roads.geometry[edge[0]].interpolate(place_m[0])
    assert foot.distance(shapely.Point(x, y)) == pytest.approx(away_m[0], abs=1e-3)
    leg = shapely.linestrings([[(x, y), (foot.x, foot.y)]])
    assert not water.bar(leg).any()


def told(line, water, *roads):
    course, pieces = Course.of(LineString(line)), Segments(network(*roads))
    return through_water(course, trace(course, pieces, tolerance_m=5), water)


def test_metres_through_a_river_are_told_and_a_bridge_is_dry():
    bank = [(0, 0), (100, 0)]
    (found,) = told([(50, 0), (50, 40)], barriers(RIVER), bank)
    assert (found.code, found.level, found.metres) == ("through_water", "warning", 10)
    assert (found.at.x, found.at.y) == (50, 15)
    assert told([(50, 0), (50, 40)], barriers(RIVER), bank, [(50, 0), (50, 40)]) == []
    assert told([(50, 0), (50, 12)], barriers(RIVER), bank) == []  # two metres are the bank
    assert told([(50, 0), (80, 0)], barriers(RIVER), bank) == []
