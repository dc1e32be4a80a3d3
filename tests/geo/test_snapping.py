"""Points reach the road at the nearest place of the line, and the cut network keeps its lengths."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from geo.errors import CRSError, NetworkError
from geo.roads import Network
from geo.snapping import attach, without_cuts

METRIC = "EPSG:4549"


def straight(*lines):
    return Network.from_lines(gpd.GeoDataFrame(geometry=[LineString(x) for x in lines], crs=METRIC))


def test_a_point_beside_a_road_cuts_it_at_the_foot_of_the_perpendicular():
    reached = attach(straight([(0, 0), (100, 0)]), np.array([[30.0, 8.0]]))
    network = reached.network
    assert reached.access_m == pytest.approx([8])
    assert reached.offset_m == pytest.approx([30])
    assert list(reached.node) == [2]
    assert list(network.xy[2]) == [30, 0]
    assert list(zip(network.tail, network.head, network.length_m, strict=True)) == [
        (0, 2, 30),
        (2, 1, 70),
    ]
    assert list(network.parent) == [0, 0]


def test_a_cut_in_a_bend_keeps_the_shape():
    reached = attach(straight([(0, 0), (10, 0), (10, 10)]), np.array([[10.0, 4.0], [10.0, 0.0]]))
    drawn = [list(line.coords) for line in reached.network.geometry]
    assert drawn == [[(0, 0), (10, 0)], [(10, 0), (10, 4)], [(10, 4), (10, 10)]]
    assert reached.network.length_m.sum() == 20


def test_points_at_one_place_or_at_a_junction_share_the_node():
    points = np.array([[30.0, 8.0], [30.0, -5.0], [30.0004, 1.0], [-4.0, 0.0], [104.0, 3.0]])
    reached = attach(straight([(0, 0), (100, 0)]), points)
    assert list(reached.node) == [2, 2, 2, 0, 1]
    assert reached.network.node_count == 3


def test_a_closed_road_takes_nobody():
    network = straight([(0, 0), (100, 0)], [(0, 50), (100, 50)])
    reached = attach(network.close([0]), np.array([[30.0, 8.0]]))
    assert list(reached.edge) == [1]
    assert reached.access_m == pytest.approx([42])


def test_a_point_beyond_the_limit_keeps_its_distance_and_gets_no_node():
    reached = attach(
        straight([(0, 0), (100, 0)]), np.array([[30.0, 8.0], [50.0, 80.0]]), max_access_m=50
    )
    assert list(reached.node) == [2, -1]
    assert list(reached.access_m) == [8, 80]
    assert list(reached.unattached) == [1]


def test_without_an_open_road_nobody_is_attached():
    reached = attach(straight([(0, 0), (100, 0)]).close([0]), np.array([[30.0, 8.0]]))
    assert list(reached.unattached) == [0]
    assert np.isinf(reached.access_m).all()
    assert list(reached.edge) == [-1]


def test_between_equally_near_roads_the_lowest_id_wins():
    network = straight([(0, 20), (100, 20)], [(0, 0), (100, 0)])
    assert list(attach(network, np.array([[40.0, 10.0]])).edge) == [0]


def test_one_way_minutes_and_closure_pass_on_to_the_pieces():
    lines = gpd.GeoDataFrame(
        {"way": ["yes", "no"]},
        geometry=[LineString([(0, 0), (100, 0)]), LineString([(100, 0), (100, 60)])],
        crs=METRIC,
    )
    network = Network.from_lines(lines, oneway="way").at_speed(1.0)
    cut = attach(network, np.array([[25.0, 3.0], [75.0, 3.0]])).network
    mine = cut.parent == 0
    assert list(cut.length_m[mine]) == [25, 50, 25]
    assert cut.minutes[mine] == pytest.approx([25 / 60, 50 / 60, 25 / 60])
    assert not cut.backward[mine].any()
    assert list(cut.line[mine]) == [0, 0, 0]
    assert cut.length_m[1] == 60


def test_a_ring_cut_once_is_a_loop_of_two_edges():
    network = straight([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)])
    cut = attach(network, np.array([[12.0, 5.0]])).network
    assert cut.node_count == 2
    assert sorted(cut.length_m) == [15, 25]


def test_drawn_and_stated_length_may_differ():
    network = Network.from_edges([0], [1], [200.0], xy=np.array([[0.0, 0.0], [100.0, 0.0]]))
    reached = attach(network, np.array([[25.0, 1.0]]))
    assert list(reached.network.length_m) == [50, 150]
    assert list(reached.offset_m) == [50]


def test_a_road_without_length_does_not_break_anything():
    network = Network.from_edges(
        [0, 1], [1, 2], [0.0, 10.0], xy=np.array([[0.0, 0.0], [0.0, 0.0], [10.0, 0.0]])
    )
    reached = attach(network, np.array([[-1.0, 0.0], [4.0, 1.0]]))
    assert reached.network.length_m.sum() == 10
    assert list(reached.access_m) == [1, 1]


def test_points_in_another_crs_are_refused():
    points = gpd.GeoSeries([Point(500_000, 3_530_000)], crs="EPSG:4548")
    with pytest.raises(CRSError, match="EPSG:4548"):
        attach(straight([(0, 0), (100, 0)]), points)


def test_points_without_position_are_counted():
    points = gpd.GeoSeries([Point(1, 1), None, Point()], crs=METRIC)
    with pytest.raises(NetworkError, match=r"2 of 3 points have no position \(rows 1, 2\)"):
        attach(straight([(0, 0), (100, 0)]), points)


def test_a_network_without_geometry_takes_no_points():
    with pytest.raises(NetworkError, match="the network has no geometry"):
        attach(Network.from_edges([0], [1], [1.0]), np.array([[0.0, 0.0]]))


def test_a_way_is_drawn_with_its_bends_and_without_the_cuts_on_it():
    cut = [(0, 0), (0, 0), (30, 0.0004), (60, 0), (60, 0), (60, 0.5), (60, 40)]
    assert without_cuts(np.array(cut, dtype=float)).tolist() == [[0, 0], [60, 0], [60, 40]]


def test_a_bend_of_two_millimetres_is_no_cut():
    bent = [[0.0, 0.0], [30.0, 0.002], [60.0, 0.0]]
    assert without_cuts(np.array(bent)).tolist() == bent


def test_a_way_that_goes_nowhere_is_one_vertex():
    assert without_cuts(np.array([[5.0, 7.0], [5.0, 7.0]])).tolist() == [[5, 7]]


coordinate = st.integers(0, 60).map(float)
place = st.tuples(coordinate, coordinate)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.lists(place, min_size=2, max_size=4, unique=True), min_size=1, max_size=5),
    points=st.lists(place, min_size=1, max_size=6),
)
def test_cutting_keeps_length_shape_and_nearest_distance(lines, points):
    network = straight(*lines)
    reached = attach(network, np.array(points))
    cut = reached.network
    assert np.bincount(cut.parent, cut.length_m) == pytest.approx(network.length_m)
    assert shapely.length(cut.geometry) == pytest.approx(cut.length_m, abs=1e-9)
    ends = [shapely.get_coordinates(shapely.get_point(cut.geometry, i)) for i in (0, -1)]
    assert ends[0] == pytest.approx(cut.xy[cut.tail])
    assert ends[1] == pytest.approx(cut.xy[cut.head])
    everything = shapely.union_all(network.geometry)
    nearest = shapely.distance(shapely.points(points), everything)
    assert reached.access_m == pytest.approx(nearest)
    on_line = np.hypot(*(cut.xy[reached.node] - np.array(points)).T)
    assert on_line == pytest.approx(nearest, abs=0.002)
