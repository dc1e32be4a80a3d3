"""Shortest ways: towards the shelter, over the shorter of parallel roads, never a closed one."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from geo.arcs import arcs
from geo.errors import NetworkError
from geo.roads import Network
from geo.routing import distances, follow, nearest, route, routes


def test_every_node_finds_its_nearest_source_and_first_edge():
    chain = Network.from_edges([0, 1, 2, 3], [1, 2, 3, 4], [1.0, 5.0, 2.0, 4.0])
    forest = nearest(chain, [0, 4])
    assert list(forest.distance) == [0, 1, 6, 4, 0]
    assert list(forest.source) == [0, 0, 0, 4, 4] or list(forest.source) == [0, 0, 4, 4, 4]
    assert forest.edge[1] == 0
    assert forest.edge[3] == 3
    assert forest.edge[0] == forest.edge[4] == -1


def test_of_parallel_edges_the_shorter_is_taken_and_named():
    network = Network.from_edges([0, 0, 1], [1, 1, 0], [5.0, 3.0, 3.0])
    found = route(network, 0, 1)
    assert found.length_m == 3
    assert list(found.edges) == [1]
    assert list(route(network.close([1]), 0, 1).edges) == [2]
    assert list(route(network.close([1]), 0, 1).forward) == [False]


def test_distance_runs_towards_the_source_on_one_way_roads():
    ring = Network.from_edges([0, 1, 2], [1, 2, 0], [1.0, 10.0, 100.0], directed=True)
    assert list(nearest(ring, [0]).distance) == [0, 110, 100]
    assert list(nearest(ring, [0], on_foot=True).distance) == [0, 1, 11]


def test_a_node_behind_a_closed_edge_is_cut_off():
    network = Network.from_edges([0, 1], [1, 2], [1.0, 1.0]).close([1])
    forest = nearest(network, [0])
    assert np.isinf(forest.distance[2])
    assert forest.source[2] == forest.edge[2] == forest.next_node[2] == -1
    assert follow(network, forest, 2) is None
    with pytest.raises(NetworkError, match="no route from node 2 to node 0"):
        route(network, 2, 0)


def test_without_a_source_every_node_is_cut_off():
    forest = nearest(Network.from_edges([0], [1], [1.0]), np.array([], dtype=int))
    assert np.isinf(forest.distance).all()
    assert list(forest.source) == [-1, -1]


def test_edges_of_length_zero_connect():
    network = Network.from_edges([0, 1], [1, 2], [0.0, 7.0])
    assert list(nearest(network, [0]).distance) == [0, 0, 7]
    assert list(route(network, 2, 0).edges) == [1, 0]


def test_a_route_to_where_one_stands_has_no_edges():
    found = route(Network.from_edges([0], [1], [4.0]), 1, 1)
    assert (found.length_m, len(found.edges), found.geometry) == (0, 0, None)


def test_a_way_may_be_longer_and_yet_quicker():
    network = Network.from_edges(
        [0, 0, 2], [1, 2, 1], [10.0, 8.0, 8.0], minutes=np.array([9.0, 2.0, 3.0])
    )
    assert list(route(network, 0, 1).edges) == [0]
    quick = route(network, 0, 1, by="minutes")
    assert list(quick.edges) == [1, 2]
    assert (quick.length_m, quick.minutes) == (16, 5)


def test_minutes_without_a_speed_are_refused():
    with pytest.raises(NetworkError, match="no minutes"):
        nearest(Network.from_edges([0], [1], [1.0]), [0], by="minutes")


def test_a_node_that_is_not_there_is_refused():
    with pytest.raises(NetworkError, match="Nodes 7 are not in the network"):
        nearest(Network.from_edges([0], [1], [1.0]), [7])


def test_the_drawn_route_runs_in_walking_direction():
    lines = [LineString([(0, 0), (5, 5), (10, 0)]), LineString([(20, 0), (10, 0)])]
    network = Network.from_lines(gpd.GeoDataFrame(geometry=lines, crs="EPSG:4549"))
    there, back = route(network, 0, 2), route(network, 2, 0)
    assert list(there.geometry.coords) == [(0, 0), (5, 5), (10, 0), (20, 0)]
    assert list(back.geometry.coords) == list(there.geometry.coords)[::-1]
    assert there.length_m == pytest.approx(there.geometry.length)
    assert list(there.forward) == [True, False]


def test_routes_of_many_pairs_equal_routes_one_by_one():
    network = Network.from_edges([0, 1, 2, 3], [1, 2, 3, 0], [1.0, 2.0, 3.0, 4.5]).close([2])
    found = routes(network, [0, 3, 2], [2, 2, 2])
    assert [way.length_m for way in found] == [3, 7.5, 0]


edge = st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 20))


@settings(max_examples=80, deadline=None)
@given(
    table=st.lists(edge, min_size=1, max_size=24),
    directed=st.booleans(),
    goals=st.lists(st.integers(0, 7), min_size=1, max_size=3),
)
def test_distances_equal_those_of_floyd_and_every_route_adds_up(table, directed, goals):
    tail, head, length = (np.array(column) for column in zip(*table, strict=True))
    network = Network.from_edges(tail, head, length, directed=directed, node_count=8)
    expected = np.where(np.eye(8) > 0, 0.0, np.inf)
    for a, b, w in table:
        expected[a, b] = min(expected[a, b], w)
        expected[b, a] = expected[b, a] if directed else min(expected[b, a], w)
    for middle in range(8):
        expected = np.minimum(expected, expected[:, [middle]] + expected[[middle], :])
    assert np.array_equal(distances(network, np.arange(8), goals), expected[:, goals])
    forest = nearest(network, goals)
    assert np.array_equal(forest.distance, expected[:, goals].min(axis=1))
    for node in np.flatnonzero(np.isfinite(forest.distance)):
        way = follow(network, forest, int(node))
        ends = np.where(way.forward, head[way.edges], tail[way.edges])
        assert way.length_m == forest.distance[node]
        assert way.destination == (ends[-1] if len(ends) else node) == forest.source[node]


def test_rome_1999_has_the_published_distances(reference):
    rows = [
        line.split()[1:]
        for line in (reference / "rome99" / "rome99.gr").read_text().splitlines()
        if line.startswith("a ")
    ]
    tail, head, length = np.array(rows, dtype=np.int64).T
    network = Network.from_edges(tail - 1, head - 1, length)
    assert network.node_count == 3353
    distance = nearest(network, [0]).distance
    reached = np.isfinite(distance)
    assert reached.sum() == 3325
    assert distance[reached].max() == 69_300
    assert distance[reached].sum() == 116_379_468
    assert (network.components().piece == 0).sum() == 3325
    with pytest.raises(NetworkError, match="no route"):
        route(network, int(np.flatnonzero(~reached)[0]), 0)


def test_andorra_needs_the_least_of_its_parallel_edges(reference):
    graph = np.load(reference / "evac_andorra" / "andorra.npz")
    network = Network.from_edges(graph["u"], graph["v"], graph["L"])
    ways = arcs(network)
    assert len(ways.tail) < 2 * network.edge_count
    least = {}
    for pair in zip(graph["u"].tolist(), graph["v"].tolist(), graph["L"].tolist(), strict=True):
        key = frozenset(pair[:2])
        least[key] = min(pair[2], least.get(key, np.inf))
    assert len(ways.tail) == 2 * len(least)
    for tail, head, cost in zip(ways.tail, ways.head, ways.cost, strict=True):
        assert cost == least[frozenset((int(tail), int(head)))]
