"""Places as nodes: a leg to each road they may join, and nobody passes through them."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from geo.doors import lead
from geo.errors import NetworkError
from geo.roads import Network
from geo.routing import distances, routes


def network(*lines):
    return Network.from_lines(gpd.GeoDataFrame(geometry=[LineString(x) for x in lines], crs=4549))


SOUTH, NORTH = [(0, 0), (100, 0)], [(0, 50), (100, 50)]


def led(starts, goals, *, joins=None, limit_m=500.0, roads=None):
    roads = network(SOUTH, NORTH) if roads is None else roads
    kinds = joins or [np.full(roads.edge_count, True)]
    return lead(
        roads,
        np.array(starts, dtype=float).reshape(-1, 2),
        np.array(goals, dtype=float).reshape(-1, 2),
        joins=kinds,
        max_access_m=limit_m,
    )


def test_legs_and_road_add_up_and_are_drawn_as_walked():
    found = led([(20, 10)], [(70, -5)])
    (way,) = routes(found.network, found.start, found.goal)
    assert way.length_m == pytest.approx(10 + 50 + 5)
    assert list(way.geometry.coords) == [(20, 10), (20, 0), (70, 0), (70, -5)]
    assert list(found.network.line[way.edges]) == [-1, 0, -1]
    assert list(found.network.parent[way.edges]) == [-1, 0, -1]


def test_a_place_joins_the_nearest_road_of_each_kind():
    kinds = [np.array([True, False]), np.array([False, True])]
    found = led([(20, 10)], [(70, -5), (70, 55)], joins=kinds)
    metres = distances(found.network, found.start[[0, 0]], found.goal)[0]
    assert metres == pytest.approx([65, 40 + 50 + 5])
    one = led([(20, 10)], [(70, -5), (70, 130)], joins=kinds[:1], limit_m=100)
    assert list(one.goal >= 0) == [True, False]
    # A second kind with the same nearest road adds no second leg.
    twice = led([(20, 10)], [(70, -5)], joins=[kinds[0], np.array([True, True])])
    assert twice.network.edge_count == led([(20, 10)], [(70, -5)]).network.edge_count


def test_nobody_passes_through_the_place_of_another():
    # The first place may join both roads; the second stands south, the goal north.
    kinds = [np.array([True, False]), np.array([False, True])]
    found = led([(50, 25), (0, 0)], [(100, 60)], joins=kinds, limit_m=30)
    metres = distances(found.network, found.start, found.goal)[:, 0]
    assert metres == pytest.approx([25 + 50 + 10, np.inf])
    # Nor through a goal that stands at both roads.
    across = led([(0, 0)], [(50, 25), (100, 60)], joins=kinds, limit_m=30)
    assert distances(across.network, across.start, across.goal)[0] == pytest.approx([75, np.inf])


def test_a_place_on_the_road_has_a_leg_of_no_length():
    found = led([(20, 0)], [(20, 0)])
    assert distances(found.network, found.start, found.goal) == pytest.approx(0)


def test_closed_roads_take_nobody_and_a_network_that_was_never_drawn_is_refused():
    shut = led([(20, 10)], [(70, -5)], roads=network(SOUTH).close([0]))
    assert (shut.start[0], shut.goal[0]) == (-1, -1)
    assert shut.network.edge_count == 1
    bare = Network.from_edges(np.array([0]), np.array([1]), np.array([100.0]))
    with pytest.raises(NetworkError, match="no geometry"):
        led([(20, 10)], [(70, -5)], roads=bare)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(-40, 90)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 100), st.integers(-40, 90)), min_size=1, max_size=4),
)
def test_a_further_kind_of_road_never_makes_a_way_longer(starts, goals):
    roads = network(SOUTH, NORTH, [(100, 0), (100, 50)])
    every, some = np.full(3, True), np.array([True, False, True])
    before = led(starts, goals, roads=roads, joins=[some], limit_m=60)
    after = led(starts, goals, roads=roads, joins=[some, every], limit_m=60)

    def table(found):
        whole = np.full((len(found.start), len(found.goal)), np.inf)
        rows, columns = np.flatnonzero(found.start >= 0), np.flatnonzero(found.goal >= 0)
        if len(rows) and len(columns):
            measured = distances(found.network, found.start[rows], found.goal[columns])
            whole[np.ix_(rows, columns)] = measured
        return whole

    assert (table(after) <= table(before) + 1e-6).all()
