"""A check has bounds: no line, however wild, costs minutes or answers with thousands of lines."""

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from numpy.testing import assert_allclose

from census.products.inputs import CellValues
from census.products.route_results import capped, too_long
from census.products.sampling import along_lines
from geo.along import Course
from geo.checks import Finding
from geo.crossings import self_crossing


def cells_of(values):
    """A raster of cells of 1 m whose south-west corner is the origin."""
    transform = Affine(1, 0, 0, 0, -1, len(values))
    return CellValues(cells=values, transform=transform, crs=pyproj.CRS.from_epsg(32748))


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


def test_samples_along_lines_lie_where_shapely_puts_them():
    depth = cells_of(np.arange(10_000.0).reshape(100, 100))
    rng = np.random.default_rng(7)
    lines = np.array([shapely.LineString(rng.uniform(1, 99, (n, 2))) for n in (2, 3, 40)])
    line, values, metres = along_lines(depth, lines, depth.crs, 0.7)
    assert_allclose(np.bincount(line, metres), shapely.length(lines))
    counts = np.bincount(line) - 2
    share = np.concatenate([(np.arange(n) + 0.5) / n for n in counts] + [np.tile([0.0, 1.0], 3)])
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[line], share, normalized=True)
    )
    row, column = np.floor(100 - points[:, 1]).astype(int), np.floor(points[:, 0]).astype(int)
    assert (values == depth.cells[row, column]).mean() > 0.999  # but for points on a border


@pytest.mark.parametrize("count", [0, 1])
def test_no_line_or_one_is_sampled_too(count):
    depth = cells_of(np.ones((4, 4)))
    lines = np.array([shapely.LineString([(1, 1), (3, 3)])] * count, dtype=object)
    line, values, _metres = along_lines(depth, lines, depth.crs, 1.0)
    assert (len(line) > 0) == (count > 0)
    assert (values == 1.0).all()


def test_a_scrawl_is_told_to_cross_itself_more_often_than_is_counted():
    scrawl = shapely.LineString(np.random.default_rng(3).uniform(0, 50, (400, 2)))
    (told,) = self_crossing(scrawl, most=200)
    assert told.facts["places"] == "200+"
    (exact,) = self_crossing(scrawl, most=10**9)
    assert exact.facts["places"] > 10_000
    assert told.at.equals(exact.at)
