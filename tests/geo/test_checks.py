"""What is wrong with a drawn line is found exactly: where, and over how many metres."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geo.along import Areas, Course, merged, outside, total_m, without
from geo.checks import (
    closed_edges,
    edges_used,
    hazard_metres,
    off_network,
    off_stretches,
    runs_back,
    spans_by_name,
    towns_crossed,
    vertices,
)
from geo.crossings import self_crossing
from geo.edge_runs import Segments, trace
from geo.roads import Network

METRIC = "EPSG:4549"
POND = box(40, -10, 60, 10)


def straight(*lines):
    return Network.from_lines(gpd.GeoDataFrame(geometry=[LineString(x) for x in lines], crs=METRIC))


# Hazard areas.


def test_a_line_through_two_areas_is_measured_in_each_class():
    line = LineString([(0, 0), (100, 0)])
    found = hazard_metres(line, [POND, box(70, -1, 75, 1)], ["deep", "shallow"])
    assert found == {"deep": 20, "shallow": 5}


def test_end_pieces_inside_an_area_count():
    assert hazard_metres(LineString([(50, 0), (100, 0)]), [POND], ["deep"]) == {"deep": 10}
    assert hazard_metres(LineString([(45, 0), (48, 0)]), [POND], ["deep"]) == {"deep": 3}


def test_a_line_along_the_border_is_inside_and_a_touched_corner_is_nothing():
    along = LineString([(0, 10), (100, 10)])
    assert hazard_metres(along, [POND], ["deep"]) == {"deep": 20}
    corner = LineString([(30, 0), (50, 20)])
    assert corner.touches(POND)
    assert hazard_metres(corner, [POND], ["deep"]) == {}


def test_a_line_that_crosses_and_touches_counts_what_it_crosses():
    comb = Polygon([(0, 0), (30, 0), (30, 10), (20, 0), (10, 10), (10, 20), (0, 20)])
    line = LineString([(-5, 10), (40, 10)])
    assert comb.intersection(line).geom_type == "GeometryCollection"
    assert hazard_metres(line, [comb], ["deep"]) == {"deep": 10}


def test_overlapping_areas_of_one_class_count_a_metre_once_and_of_two_classes_twice():
    line = LineString([(0, 0), (100, 0)])
    areas = [POND, box(50, -5, 80, 5)]
    assert hazard_metres(line, areas, ["deep", "deep"]) == {"deep": 40}
    assert hazard_metres(line, areas, ["deep", "shallow"]) == {"deep": 20, "shallow": 30}


def test_a_line_that_comes_back_the_same_way_wades_twice():
    there_and_back = LineString([(0, 0), (50, 0), (0, 0)])
    assert hazard_metres(there_and_back, [POND], ["deep"]) == {"deep": 20}
    # The library alone would lose the way back.
    assert there_and_back.intersection(POND).length == 10


def test_a_hole_and_a_second_part_of_an_area_are_respected():
    ring = POND.difference(box(45, -5, 55, 5))
    areas = [MultiPolygon([ring, box(80, -1, 90, 1)])]
    assert hazard_metres(LineString([(0, 0), (100, 0)]), areas, ["deep"]) == {"deep": 20}


def test_points_and_lines_among_the_areas_have_no_inside_and_rows_keep_their_numbers():
    areas = Areas([Point(50, 0), POND], ["deep", "deep"])
    (found,) = spans_by_name(Course.of(LineString([(0, 0), (100, 0)])), areas).values()
    assert (total_m(found[0]), found[1]) == (20, [1])


def test_a_bridge_over_an_area_is_dry():
    course = Course.of(LineString([(0, 0), (100, 0)]))
    areas = Areas([POND], ["deep"])
    over = np.array([[45.0, 70.0]])
    assert total_m(spans_by_name(course, areas, dry_m=over)["deep"][0]) == 5
    assert spans_by_name(course, areas, dry_m=np.array([[30.0, 70.0]])) == {}


coordinate = st.integers(0, 40).map(float)
paths = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=12).filter(
    lambda path: len(set(path)) > 1
)


@st.composite
def blobs(draw):
    angles = np.sort(draw(st.lists(st.floats(0, 6.28), min_size=3, max_size=9, unique=True)))
    radii = [draw(st.floats(1, 15)) for _ in angles]
    x, y = draw(st.floats(0, 40)), draw(st.floats(0, 40))
    ring = [(x + r * np.cos(a), y + r * np.sin(a)) for a, r in zip(angles, radii, strict=True)]
    return shapely.make_valid(Polygon(ring))


@settings(max_examples=80, deadline=None, phases=[Phase.generate])
@given(paths, st.lists(blobs(), min_size=1, max_size=4))
def test_no_crossing_is_missed_against_brute_force_piece_by_piece(path, areas):
    line = LineString(path)
    brute = sum(
        LineString(pair).intersection(shapely.union_all(areas)).length
        for pair in pairwise(path)
        if pair[0] != pair[1]
    )
    found = hazard_metres(line, areas, ["deep"] * len(areas)).get("deep", 0.0)
    assert found == pytest.approx(brute, abs=1e-6)


def test_no_crossing_is_missed_on_ten_thousand_random_lines():
    random = np.random.default_rng(3)
    areas = [
        Point(*random.uniform(0, 1000, 2)).buffer(random.uniform(5, 80), quad_segs=4)
        for _ in range(60)
    ]
    ready, whole = Areas(areas, ["deep"] * 60), shapely.union_all(areas)
    shapely.prepare(whole)
    turns = np.cumsum(random.normal(0, 60, (10_000, 6, 2)), axis=1)
    lines = shapely.linestrings(random.uniform(0, 1000, (10_000, 1, 2)) + turns)
    starts = np.repeat(np.arange(10_000), 5)
    xy = shapely.get_coordinates(lines).reshape(10_000, 6, 2)
    pieces = shapely.linestrings(np.stack([xy[:, :-1], xy[:, 1:]], axis=2).reshape(-1, 2, 2))
    brute = np.bincount(starts, weights=shapely.length(shapely.intersection(pieces, whole)))
    ours = np.zeros(10_000)
    for at, line in enumerate(lines):
        for spans, _ in spans_by_name(Course.of(line), ready).values():
            ours[at] += total_m(spans)
    assert np.abs(ours - brute).max() < 1e-6
    assert ((brute > 1e-6) & (ours == 0)).sum() == 0
    assert (brute > 1e-6).sum() > 5000


# The line itself.


def test_a_line_of_a_hundred_thousand_vertices_is_refused_before_anything_is_drawn():
    (found,) = vertices(np.zeros((100_000, 2)), limit=5000)
    assert (found.code, found.level) == ("too_many_vertices", "error")
    assert found.facts == {"vertices": 100_000, "limit": 5000}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ([], "too_few_vertices"),
        ([(1, 1)], "too_few_vertices"),
        ([(1, 1), (1, 1)], "no_length"),
        ([(1, 1), (np.nan, 1)], "not_finite"),
        ([(1, 1), (np.inf, 1)], "not_finite"),
    ],
)
def test_a_line_that_is_none_is_named(path, code):
    (found,) = vertices(np.array(path, dtype=float).reshape(-1, 2), limit=10)
    assert (found.code, found.level) == (code, "error")


def test_a_line_of_two_places_is_fine():
    assert vertices(LineString([(0, 0), (1, 0)]), limit=2) == []


def test_a_self_crossing_is_found_at_its_place():
    (found,) = self_crossing(LineString([(0, 0), (10, 10), (10, 0), (0, 10)]))
    assert (found.code, found.level, found.facts["kind"]) == ("self_crossing", "warning", "crosses")
    assert found.at == Point(5, 5)


def test_a_line_that_runs_back_over_itself_is_told_with_its_metres():
    (found,) = self_crossing(LineString([(0, 0), (10, 0), (4, 0), (4, 5)]))
    assert found.facts["kind"] == "doubles_back"
    assert found.metres == 6


def test_a_closed_loop_and_a_bend_are_no_crossing():
    assert self_crossing(LineString([(0, 0), (10, 0), (10, 10), (0, 0)])) == []
    assert self_crossing(LineString([(0, 0), (10, 0), (10, 10)])) == []


# The network.


def test_stretches_off_the_road_are_told_with_place_and_metres():
    road = straight([(0, 0), (100, 0)])
    line = LineString([(0, 0), (40, 0), (40, 30), (60, 30), (60, 0), (100, 0)])
    (found,) = off_network(line, road, 5)
    assert found.metres == pytest.approx(25 + 20 + 25)
    assert found.at.equals_exact(Point(50, 30), 1e-9)
    assert found.facts["away_m"] == pytest.approx(30)


def test_a_line_within_the_tolerance_is_on_the_network():
    assert off_network(LineString([(0, 4), (100, -4)]), straight([(0, 0), (100, 0)]), 5) == []


def test_the_legs_at_the_ends_are_notes_up_to_their_length():
    pieces = Segments(straight([(0, 0), (100, 0)]))
    course = Course.of(LineString([(0, 85), (0, 0), (100, 0), (100, 45)]))
    traced = trace(course, pieces, tolerance_m=5)
    on_road = traced.between(np.array([True]))
    assert on_road == pytest.approx((85, 185))
    found = off_stretches(course, traced, pieces, leg_m=50, roads_m=on_road)
    assert [(f.code, f.level, f.metres) for f in found] == [
        ("leg_from_road", "note", pytest.approx(45)),
        ("off_network", "warning", pytest.approx(80)),
    ]


def test_a_leg_that_passes_other_roads_is_one_leg():
    # The second road is one that nobody may use: the leg passes it and ends at the first.
    network = straight([(0, 0), (100, 0)], [(-20, 30), (20, 30)])
    course = Course.of(LineString([(0, 60), (0, 0), (100, 0)]))
    pieces = Segments(network)
    traced = trace(course, pieces, tolerance_m=5)
    on_road = traced.between(np.array([True, False]))
    found = off_stretches(course, traced, pieces, leg_m=100, roads_m=on_road)
    assert [(f.code, f.metres) for f in found] == [("leg_to_road", pytest.approx(60))]
    short = off_stretches(course, traced, pieces, leg_m=50, roads_m=on_road)
    assert [(f.code, f.metres) for f in short] == [
        ("off_network", pytest.approx(25)),
        ("off_network", pytest.approx(20)),
    ]


def test_a_short_line_that_never_comes_onto_a_road_is_one_leg():
    pieces = Segments(straight([(0, 0), (100, 0)]))
    course = Course.of(LineString([(0, 60), (40, 60)]))
    traced = trace(course, pieces, tolerance_m=5)
    on_road = traced.between(np.array([True]))
    found = off_stretches(course, traced, pieces, leg_m=50, roads_m=on_road)
    assert [(f.code, f.metres) for f in found] == [("leg_to_road", pytest.approx(40))]
    far = off_stretches(course, traced, pieces, leg_m=30, roads_m=on_road)
    assert [f.code for f in far] == ["off_network"]


def test_metres_on_a_closed_road_are_told_and_crossing_it_is_not_using_it():
    network = straight([(0, 0), (50, 0)], [(50, 0), (100, 0)], [(20, -50), (20, 50)]).close([1])
    (found,) = closed_edges(LineString([(0, 0), (80, 0)]), network, tolerance_m=5)
    assert (found.level, found.facts["edges"]) == ("error", [1])
    assert found.metres == pytest.approx(30)
    assert closed_edges(LineString([(0, 0), (50, 0)]), network.close([2]), tolerance_m=5) == []


def test_a_line_beside_a_closed_road_uses_it_too():
    network = straight([(0, 0), (100, 0)]).close([0])
    (found,) = closed_edges(LineString([(0, 3), (100, 3)]), network, tolerance_m=5)
    assert found.metres == pytest.approx(100)


def test_a_line_on_the_bridge_is_not_on_the_road_beneath():
    road, bridge = [(0, 0), (100, 0)], [(50, -50), (50, 50)]
    course = Course.of(LineString(bridge))
    traced = trace(course, Segments(straight(road, bridge)), tolerance_m=5)
    assert list(traced.edge) == [1]
    assert edges_used(course, traced, np.array([True, False]), code="flooded") == []


def test_of_two_carriageways_the_nearer_one_is_used():
    course = Course.of(LineString([(0, 4), (100, 4)]))
    traced = trace(
        course, Segments(straight([(0, 0), (100, 0)], [(0, 6), (100, 6)])), tolerance_m=5
    )
    assert list(traced.edge) == [1]


def test_the_stretches_off_the_network_are_those_outside_its_buffer():
    random = np.random.default_rng(11)
    for _ in range(20):
        roads = shapely.linestrings(random.uniform(0, 100, (4, 3, 2)))
        network = Network.from_lines(gpd.GeoDataFrame(geometry=roads, crs=METRIC))
        path = random.uniform(0, 100, (6, 2))
        near = shapely.union_all(roads).buffer(3.0, quad_segs=32)
        brute = sum(LineString(pair).difference(near).length for pair in pairwise(path))
        ours = sum(f.metres for f in off_network(LineString(path), network, 3.0))
        # The buffer's arcs are polygons inside the true circles.
        assert ours == pytest.approx(brute, abs=0.2)


# Towns, and the way back.


def test_the_towns_on_the_way_are_named_but_for_its_own():
    towns = Areas([box(0, 0, 50, 50), box(50, 0, 80, 50), box(80, 0, 120, 50)], ["a", "b", "c"])
    course = Course.of(LineString([(10, 10), (100, 10)]))
    found = towns_crossed(course, towns, own=["a", "c"])
    assert [(f.facts["town"], f.metres) for f in found] == [("b", 30)]
    assert found[0].at == Point(50, 10)


def test_what_lies_outside_all_areas_is_found():
    towns = Areas([box(0, 0, 50, 50), box(60, 0, 80, 50)], ["a", "b"])
    left = towns.outside(Course.of(LineString([(10, 10), (90, 10)])))
    # Metres from the start at x = 10.
    assert left.tolist() == [[40, 50], [70, 80]]


def test_a_line_that_leaves_the_hazard_and_comes_back_is_told():
    hazard = Areas([box(-10, -10, 0, 10)], ["deep"])
    course = Course.of(LineString([(-5, 0), (100, 0), (100, 50), (30, 50)]))
    (found,) = runs_back(course, hazard, step_m=10, least_m=20)
    assert found.level == "note"
    assert found.at == Point(30, 50)
    assert found.facts["to_m"] == pytest.approx(50)
    assert found.metres == pytest.approx(np.hypot(100, 40) - 50)
    assert (
        runs_back(Course.of(LineString([(-5, 0), (100, 0)])), hazard, step_m=10, least_m=20) == []
    )


def test_without_hazard_nothing_runs_back():
    course = Course.of(LineString([(0, 0), (10, 0), (0, 1)]))
    assert runs_back(course, Areas([], []), step_m=1, least_m=1) == []


# Stretches.


def test_stretches_are_joined_complemented_and_taken_away():
    spans = np.array([[0.0, 2.0], [1.0, 3.0], [5.0, 6.0]])
    assert merged(spans).tolist() == [[0, 3], [5, 6]]
    assert outside(spans, 8).tolist() == [[3, 5], [6, 8]]
    assert without(spans, np.array([[2.5, 5.5], [7.0, 9.0]])).tolist() == [[0, 2.5], [5.5, 6]]


def test_a_part_of_a_line_keeps_its_bends():
    course = Course.of(LineString([(0, 0), (10, 0), (10, 0), (10, 10)]))
    assert list(course.part(5, 15).coords) == [(5, 0), (10, 0), (10, 5)]
    assert course.length_m == 20
