"""Sites that a line passes or crosses: distances that a reader can measure on squared paper."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from geo.along import Course
from geo.sites import Sites

WAY = Course.of(LineString([(0, 0), (100, 0), (100, 100)]))
NOTHING = np.empty((0, 2))


def passed(*shapes, limit_m=20.0, dry_m=NOTHING):
    return Sites(list(shapes)).passed(WAY, limit_m=limit_m, dry_m=dry_m)


def crossed(*shapes, dry_m=NOTHING):
    return Sites(list(shapes)).crossed(WAY, dry_m=dry_m)


def test_a_point_is_passed_up_to_the_distance_and_not_beyond():
    assert [each.row for each in passed(Point(50, 20))] == [0]
    assert passed(Point(50, 20 + 1e-6)) == []
    (near,) = passed(Point(50, -7))
    assert (near.away_m, near.xy) == (pytest.approx(7), (50, 0))
    # Beyond the end of the way the distance is that to its end: 3-4-5.
    (end,) = passed(Point(104, 103))
    assert (end.away_m, end.xy) == (5, (100, 100))


def test_rows_are_those_given_and_areas_are_left_to_others():
    shapes = (Polygon([(0, 0), (9, 0), (9, 9)]), Point(500, 0), Point(50, 1), Point(), None)
    assert [each.row for each in passed(*shapes)] == [2]
    assert [each.away_m for each in passed(MultiPoint([(50, 30), (50, 4)]))] == [4]


def test_a_dike_is_crossed_where_the_insides_of_both_lines_meet():
    (cut,) = crossed(LineString([(40, -10), (40, 10)]))
    assert (cut.at_m, cut.places, cut.xy) == (40, 1, (40, 0))
    # Crossed twice: after 30 m, and on the second leg after 100 + 70 m.
    (twice,) = crossed(LineString([(30, -10), (30, 70), (110, 70)]))
    assert (twice.at_m, twice.places) == (30, 2)
    (along,) = crossed(LineString([(20, 0), (60, 0)]))
    assert (along.at_m, along.places) == (20, 1)


@pytest.mark.parametrize(
    "dike",
    [
        LineString([(40, 0), (40, 10)]),  # its end touches the way
        LineString([(0, -5), (0, 5)]),  # the way's end touches it
        LineString([(40, 0.001), (40, 10)]),
    ],
)
def test_a_dike_that_is_only_touched_is_passed_and_not_crossed(dike):
    assert crossed(dike) == []
    (near,) = passed(dike)
    assert near.away_m == pytest.approx(0, abs=0.002)


def test_what_lies_under_a_bridge_is_neither_passed_nor_crossed():
    bridge = np.array([[30.0, 70.0]])
    dike = LineString([(50, -10), (50, 10)])
    assert crossed(dike, dry_m=bridge) == []
    (near,) = passed(dike, dry_m=bridge)
    assert near.away_m == 20  # from either end of the bridge
    assert passed(dike, limit_m=19.9, dry_m=bridge) == []
    whole = np.array([[0.0, 200.0]])
    assert passed(dike, dry_m=whole) == crossed(dike, dry_m=whole) == []


@given(
    x=st.floats(-300, 300), y=st.floats(-300, 300), limit_m=st.floats(0, 300),
)  # fmt: skip
def test_every_point_is_passed_if_and_only_if_its_distance_says_so(x, y, limit_m):
    away_m = shapely.distance(LineString(WAY.xy), Point(x, y))
    assume(abs(away_m - limit_m) > 1e-8)
    assert bool(passed(Point(x, y), limit_m=limit_m)) == (away_m <= limit_m)
