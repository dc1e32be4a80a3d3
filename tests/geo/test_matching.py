"""A line drawn by hand is laid onto the roads it was meant for, and onto no others."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString

from geo.matching import match
from geo.roads import Network

METRIC = "EPSG:4549"


def straight(*lines):
    return Network.from_lines(gpd.GeoDataFrame(geometry=[LineString(x) for x in lines], crs=METRIC))


def drawn(*places):
    return np.array(places, dtype=float)


def lengths(lines):
    return [line.length for line in lines]


def test_a_line_beside_a_road_is_laid_onto_it_between_legs_at_its_ends():
    found = match(straight([(0, 0), (100, 0)]), drawn((10, 5), (50, -3), (90, 5)), snap_m=20)
    assert list(found.line.coords) == [(10, 5), (10, 0), (50, 0), (90, 0), (90, 5)]
    assert found.edges == [0]
    assert lengths(found.off_road) == [5, 5]
    assert found.moved_m == 3


def test_between_two_vertices_the_line_follows_the_bends_of_the_road():
    bend = [(0, 0), (40, 0), (50, 10), (60, 0), (100, 0)]
    found = match(straight(bend), drawn((0, 0), (100, 0)), snap_m=20)
    assert list(found.line.coords) == bend
    assert found.off_road == []


def test_a_drawn_detour_stays_a_detour():
    short, detour = [(0, 0), (100, 0)], [(0, 0), (0, 80), (100, 80), (100, 0)]
    found = match(straight(short, detour), drawn((0, 0), (2, 78), (99, 82), (100, 0)), snap_m=20)
    assert found.edges == [1]
    assert found.line.length == 260
    assert found.off_road == []


def test_of_parallel_edges_the_nearer_one_is_taken():
    first, second = [(0, 0), (50, 10), (100, 0)], [(0, 0), (50, -10), (100, 0)]
    network = straight(first, second)
    assert match(network, drawn((0, 0), (50, -8), (100, 0)), snap_m=30).edges == [1]
    assert match(network, drawn((0, 0), (50, 8), (100, 0)), snap_m=30).edges == [0]


def test_a_bridge_over_a_road_is_no_junction():
    network = straight([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    # The vertex in the middle is as near to the road as to the bridge.
    over = match(network, drawn((50, -50), (50, 0), (50, 50)), snap_m=10)
    assert over.edges == [1]
    assert over.off_road == []
    turning = match(network, drawn((0, 0), (50, 0), (50, 50)), snap_m=10)
    assert turning.edges != [0, 1] or turning.off_road != []


def test_a_vertex_beside_a_side_street_stays_on_the_way():
    network = straight([(0, 0), (50, 0)], [(50, 0), (100, 0)], [(50, 0), (50, 60)])
    found = match(network, drawn((0, 0), (51, 4), (100, 0)), snap_m=20)
    assert found.edges == [0, 1]
    assert found.line.length == 100


def test_a_piece_far_from_roads_stays_as_drawn():
    network = straight([(0, 0), (100, 0)], [(200, 0), (300, 0)])
    found = match(network, drawn((0, 0), (90, 0), (150, 60), (210, 0), (300, 0)), snap_m=10)
    assert found.edges == [0, 1]
    assert lengths(found.off_road) == pytest.approx([2 * np.hypot(60, 60)])
    assert (150, 60) in list(found.line.coords)


def test_nobody_is_laid_onto_a_closed_road():
    network = straight([(0, 0), (100, 0)], [(0, 15), (100, 15)]).close([0])
    found = match(network, drawn((0, 2), (50, 2), (100, 2)), snap_m=20)
    assert found.edges == [1]
    nothing = match(network.close([1]), drawn((0, 2), (50, 2), (100, 2)), snap_m=20)
    assert list(nothing.line.coords) == [(0, 2), (50, 2), (100, 2)]
    assert (nothing.edges, lengths(nothing.off_road)) == ([], [100])


def test_every_matched_stretch_lies_on_edges_whatever_is_drawn():
    random = np.random.default_rng(5)
    for _ in range(25):
        east, north = np.meshgrid(np.arange(4) * 60.0, np.arange(4) * 60.0)
        corners = np.stack([east, north], axis=2) + random.normal(0, 8, (4, 4, 2))
        lines = [*corners, *corners.transpose(1, 0, 2)]
        network = Network.from_lines(
            gpd.GeoDataFrame(geometry=[LineString(line) for line in lines], crs=METRIC)
        )
        path = np.cumsum(random.normal(0, 45, (8, 2)), axis=0) + 90
        found = match(network, path, snap_m=25)
        roads = shapely.union_all(network.geometry)
        on_road = shapely.get_coordinates(found.line)
        off = [xy for line in found.off_road for xy in line.coords]
        for xy in on_road:
            is_off = any(np.hypot(*(xy - place)) < 1e-6 for place in np.array(off).reshape(-1, 2))
            assert is_off or roads.distance(shapely.Point(xy)) < 1e-6
        assert (on_road[[0, -1]] == path[[0, -1]]).all()


def test_a_line_that_is_matched_and_moved_again_and_again_gains_no_vertices_but_bends():
    random = np.random.default_rng(8)
    east, north = np.meshgrid(np.arange(16) * 20.0, np.arange(16) * 20.0)
    corners = np.stack([east, north], axis=2) + random.normal(0, 3, (16, 16, 2))
    network = straight(*corners, *corners.transpose(1, 0, 2))
    path = drawn((0, 0), (95, 4), (180, 60), (240, 130), (300, 300))
    for _ in range(30):
        found = match(network, path, snap_m=25)
        path = shapely.get_coordinates(found.line)
        moved = random.integers(1, len(path) - 1)
        path[moved] += random.uniform(-20, 20, 2)
    # Thirty moves, each with a bend at a corner or two.
    assert len(path) < 120


def test_a_cut_at_a_bend_keeps_the_bend():
    network = straight([(0, 0), (50, 20), (100, 0)])
    found = match(network, drawn((0, 0), (50, 21), (100, 0)), snap_m=20)
    assert np.array(found.line.coords) == pytest.approx(drawn((0, 0), (50, 20), (100, 0)), abs=1e-3)
