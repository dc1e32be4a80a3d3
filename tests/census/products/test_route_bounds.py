"""A check has bounds: no line, however wild, costs minutes or answers with thousands of lines."""

import numpy as np
import shapely

from census.products.route_results import capped, too_long
from geo.along import Course
from geo.checks import Finding
from geo.crossings import self_crossing


def found(code, level="warning", metres=1.0):
    return Finding(code=code, level=level, metres=metres)


def test_of_each_kind_the_first_are_told_and_the_last_of_them_counts_the_rest():
    every = [found("a", metres=n) for n in range(30)] + [found("b"), found("a", "note")]
    kept = capped(every, most=20)
    assert [each.metres for each in kept[:20]] == list(range(20))
    assert kept[19].facts == {"more": 10}
    assert [(each.code, each.level, dict(each.facts)) for each in kept[20:]] == [
        ("b", "warning", {}),
        ("a", "note", {}),
    ]


def test_as_many_as_are_told_leave_nothing_out():
    assert all("more" not in each.facts for each in capped([found("a")] * 20, most=20))


def test_a_line_that_nobody_walks_is_an_error_with_its_length():
    course = Course.through(np.array([[0.0, 0.0], [3000.0, 4000.0]]))
    assert too_long(course, 5000.0) == []
    (told,) = too_long(course, 4999.0)
    assert (told.code, told.level, told.metres) == ("too_long", "error", 5000.0)
    assert too_long(None, 1.0) == []


def test_crossings_at_an_angle_are_counted_without_computing_each(monkeypatch):
    # A zigzag of 200 pieces, crossed by one straight line back: 200 crossings, one computed.
    zigzag = [[float(n), float(n % 2)] for n in range(201)]
    line = shapely.LineString([*zigzag, [200.5, 0.5], [-0.5, 0.5]])
    pairs = []
    whole = shapely.intersection
    monkeypatch.setattr(
        shapely, "intersection", lambda a, b: pairs.append(np.size(a)) or whole(a, b)
    )
    (told,) = self_crossing(line)
    assert (told.facts["kind"], told.facts["places"]) == ("crosses", 200)
    assert told.at.equals(shapely.Point(0.5, 0.5))
    assert sum(pairs) < 10


def test_a_scrawl_is_told_to_cross_itself_more_often_than_is_counted():
    scrawl = shapely.LineString(np.random.default_rng(3).uniform(0, 50, (400, 2)))
    (told,) = self_crossing(scrawl, most=200)
    assert told.facts["places"] == "200+"
    (exact,) = self_crossing(scrawl, most=10**9)
    assert exact.facts["places"] > 10_000
    assert told.at.equals(exact.at)
