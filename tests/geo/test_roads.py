"""Road lines become junctions and edges; roads drawn twice, in rings or against traffic stay."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from geo.errors import CRSError, NetworkError
from geo.roads import Network

METRIC = "EPSG:4549"
X0, Y0 = 500_000, 3_530_000


def roads(*lines, crs=METRIC, **columns):
    moved = [
        MultiLineString([[(X0 + x, Y0 + y) for x, y in part] for part in line])
        if isinstance(line[0], list)
        else LineString([(X0 + x, Y0 + y) for x, y in line])
        for line in lines
    ]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=crs)


def test_lines_join_at_a_shared_vertex_in_the_middle_of_both():
    network = Network.from_lines(roads([(0, 0), (50, 0), (100, 0)], [(50, -30), (50, 0), (50, 40)]))
    assert network.node_count == 5
    assert sorted(network.length_m) == [30, 40, 50, 50]
    assert list(network.line) == [0, 0, 1, 1]
    assert network.components().count == 1


def test_lines_that_cross_without_a_shared_vertex_stay_apart():
    bridge = Network.from_lines(roads([(0, 0), (100, 0)], [(50, -30), (50, 40)]))
    assert bridge.edge_count == 2
    assert bridge.components().count == 2
    assert bridge.components().largest_share == pytest.approx(100 / 170)


def test_bends_stay_in_the_shape_and_make_no_junction():
    network = Network.from_lines(roads([(0, 0), (30, 0), (30, 40), (60, 40)]))
    assert network.node_count == 2
    assert network.length_m == pytest.approx([100])
    assert len(network.geometry[0].coords) == 4


def test_vertices_within_a_millimetre_are_one():
    network = Network.from_lines(roads([(0, 0), (10, 0)], [(10.0003, 0.0002), (20, 0)]))
    assert network.node_count == 3


def test_a_road_drawn_twice_gives_two_edges():
    network = Network.from_lines(roads([(0, 0), (10, 0)], [(0, 0), (10, 0)]))
    assert network.node_count == 2
    assert list(network.line) == [0, 1]
    assert list(network.length_m) == [10, 10]


def test_a_ring_is_an_edge_from_a_junction_to_itself():
    network = Network.from_lines(roads([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]))
    assert network.node_count == 1
    assert network.tail[0] == network.head[0]
    assert network.length_m == pytest.approx([40])


def test_a_line_that_meets_itself_is_cut_there():
    network = Network.from_lines(roads([(0, 0), (10, 0), (20, 10), (20, -10), (10, 0)]))
    assert network.node_count == 2
    assert network.edge_count == 2


def test_a_line_without_length_is_named_and_gives_no_edge():
    network = Network.from_lines(roads([(0, 0), (10, 0)], [(5, 5), (5, 5)]))
    assert network.edge_count == 1
    assert list(network.lines_without_length) == [1]


def test_every_part_of_a_multiline_belongs_to_its_row():
    network = Network.from_lines(roads([[(0, 0), (10, 0)], [(10, 0), (10, 5)]], [(0, 9), (9, 9)]))
    assert list(network.line) == [0, 0, 1]
    assert list(network.length_m) == [10, 5, 9]


def test_no_roads_at_all_make_an_empty_network():
    network = Network.from_lines(roads())
    assert (network.node_count, network.edge_count) == (0, 0)
    assert network.components().largest_share == 0


def test_the_one_way_column_is_read_in_all_its_spellings():
    words = ["yes", "-1", "reverse", "no", None, "", "YES", -1.0, "1"]
    lines = roads(*[[(0, 10 * i), (9, 10 * i)] for i in range(len(words))], way=words)
    network = Network.from_lines(lines, oneway="way")
    assert list(network.forward) == [True, False, False, True, True, True, True, False, True]
    assert list(network.backward) == [False, True, True, True, True, True, False, True, False]


def test_an_unknown_one_way_word_is_refused_with_its_row():
    lines = roads([(0, 0), (9, 0)], [(0, 5), (9, 5)], way=["yes", "sometimes"])
    with pytest.raises(NetworkError, match=r"holds sometimes in 1 rows \(rows 1\)"):
        Network.from_lines(lines, oneway="way")


def test_a_missing_one_way_column_is_refused():
    with pytest.raises(NetworkError, match="no column 'way'"):
        Network.from_lines(roads([(0, 0), (9, 0)]), oneway="way")


def test_degrees_are_refused():
    with pytest.raises(CRSError, match=r"EPSG:4490.*degrees"):
        Network.from_lines(roads([(0, 0), (9, 0)]).set_crs("EPSG:4490", allow_override=True))


def test_rows_that_are_no_lines_are_counted_in_one_sentence():
    geometry = [LineString([(0, 0), (1, 0)]), None, Point(1, 1), LineString()]
    lines = gpd.GeoDataFrame(geometry=geometry, crs=METRIC)
    with pytest.raises(NetworkError, match=r"3 road rows have no usable line \(rows 1, 2, 3\)"):
        Network.from_lines(lines)


def test_closing_an_edge_keeps_every_id_and_the_old_network():
    network = Network.from_edges([0, 1, 2], [1, 2, 3], [1.0, 2.0, 3.0])
    closed = network.close([1]).close([1])
    assert list(closed.closed) == [False, True, False]
    assert not network.closed.any()
    assert closed.components().count == 2
    assert list(closed.components().length_m) == [3, 1]
    assert list(closed.components().piece) == [1, 1, 0, 0]


def test_closing_an_edge_that_is_not_there_is_refused():
    network = Network.from_edges([0], [1], [1.0])
    with pytest.raises(NetworkError, match="Edges 1 cannot be closed: ids run from 0 to 0"):
        network.close([1])


def test_all_faults_of_an_edge_table_are_told_at_once():
    with pytest.raises(NetworkError, match=r"2 ends are not nodes.*2 values of length_m") as fault:
        Network.from_edges([0, -1], [1, 9], [-1.0, np.nan], node_count=2)
    assert "length_m 有 2 个值为负" in fault.value.sentence_zh


def test_columns_of_different_length_are_refused():
    with pytest.raises(NetworkError, match="columns differ in length"):
        Network.from_edges([0, 1], [1], [1.0])


def test_parallel_edges_and_loops_of_a_table_stay_rows():
    network = Network.from_edges([0, 0, 1], [1, 1, 1], [5.0, 3.0, 0.0], directed=True)
    assert network.edge_count == 3
    assert not network.backward.any()


def test_minutes_follow_from_length_and_speed():
    network = Network.from_edges([0, 1], [1, 2], [60.0, 120.0]).at_speed(1.0)
    assert list(network.minutes) == [1, 2]
    assert list(network.at_speed(np.array([1.0, 2.0])).minutes) == [1, 1]
    with pytest.raises(NetworkError, match="above 0 m/s"):
        network.at_speed(0.0)


def test_the_arrays_of_a_network_cannot_be_overwritten():
    network = Network.from_edges([0], [1], [1.0])
    with pytest.raises(ValueError, match="read-only"):
        network.length_m[0] = 2.0


def test_the_order_of_lines_changes_ids_but_not_the_network():
    lines = [[(0, 0), (50, 0), (100, 0)], [(50, -30), (50, 0), (50, 40)], [(100, 0), (50, 40)]]
    one, other = Network.from_lines(roads(*lines)), Network.from_lines(roads(*lines[::-1]))
    assert np.array_equal(one.xy, other.xy)
    edges = [sorted(zip(n.tail, n.head, n.length_m, strict=True)) for n in (one, other)]
    assert edges[0] == edges[1]


def test_the_roads_of_jakarta_join_into_98_pieces(samples):
    lines = gpd.read_file(samples / "jakarta" / "jakarta.gpkg", layer="roads").to_crs("EPSG:32748")
    network = Network.from_lines(lines, oneway="ONEWAY")
    pieces = network.components()
    assert pieces.count == 98
    assert pieces.largest_share == pytest.approx(0.97, abs=0.005)
    assert network.length_m.sum() == pytest.approx(2_038_000, abs=1000)
    assert len(network.lines_without_length) == 0
