"""How much of each cell lies inside a zone is exact, whatever the shape of the zone."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geo.coverage import Coverage
from geo.errors import CRSError, GridError, LayerError

ROWS, COLUMNS = 6, 7
GRID = Affine(1, 0, 0, 0, -1, ROWS)
# Sixteenths of a cell: lines between cells, corners of cells and points between are all hit.
place = st.integers(-24, 16 * COLUMNS + 24).map(lambda sixteenths: sixteenths / 16)
corner = st.tuples(place, place)


def layer(*shapes):
    return gpd.GeoDataFrame(geometry=list(shapes))


def clipped(ring, axis, limit, side):
    """Sutherland and Hodgman (1974): what of a ring lies on one side of a line."""
    kept = []
    for one, other in zip(ring, ring[1:] + ring[:1], strict=True):
        from_line, to_line = side * (one[axis] - limit), side * (other[axis] - limit)
        if from_line >= 0:
            kept.append(one)
        if from_line * to_line < 0:
            part = from_line / (from_line - to_line)
            kept.append(tuple(a + part * (b - a) for a, b in zip(one, other, strict=True)))
    return kept


def area_of(ring):
    after = ring[1:] + ring[:1]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, after, strict=True))) / 2


def shares_by_cutting(shape):
    """The oracle: each ring is cut out at the four sides of each cell. (GEOS fails on slivers.)"""
    found = np.zeros((ROWS, COLUMNS))
    for row, column in np.ndindex(found.shape):
        for polygon in shapely.get_parts(shape):
            for ring, sign in ((polygon.exterior, 1), *((hole, -1) for hole in polygon.interiors)):
                # From the cell's own corner: far from it, products lose digits.
                here = [(x - column, y - (ROWS - row - 1)) for x, y in ring.coords[:-1]]
                for axis, limit, side in ((0, 0, 1), (0, 1, -1), (1, 0, 1), (1, 1, -1)):
                    here = clipped(here, axis, limit, side)
                found[row, column] += sign * area_of(here)
    return found


def shares(shape):
    return Coverage.of(layer(shape), GRID, (ROWS, COLUMNS)).per_cell(0)


@st.composite
def areas(draw):
    """Any valid area: triangles added to and taken from each other, so with holes and parts."""
    shape = Polygon()
    for adds in draw(st.lists(st.booleans(), min_size=1, max_size=5)):
        other = Polygon(draw(st.lists(corner, min_size=3, max_size=3)))
        shape = shape.union(other) if adds or shape.is_empty else shape.difference(other)
    return MultiPolygon(p for p in shapely.get_parts(shape) if p.geom_type == "Polygon")


@settings(max_examples=300, deadline=None)
@given(areas())
def test_the_share_of_every_cell_is_what_cutting_it_out_gives(shape):
    if shape.is_empty or not shape.is_valid:
        return
    assert shares(shape) == pytest.approx(shares_by_cutting(shape), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(areas(), min_size=1, max_size=3))
def test_a_zone_has_the_same_shares_whatever_comes_beside_it_and_however_it_turns(zones):
    shapes = [shape for shape in zones if not shape.is_empty and shape.is_valid]
    together = Coverage.of(layer(*shapes), GRID, (ROWS, COLUMNS))
    for zone, shape in enumerate(shapes):
        assert np.array_equal(together.per_cell(zone), shares(shape))
        assert shares(shape.reverse()) == pytest.approx(shares(shape), abs=1e-14)


@settings(max_examples=100, deadline=None)
@given(st.lists(corner, min_size=4, max_size=12, unique=True))
def test_zones_that_tile_the_grid_share_every_cell_without_rest(points):
    frame = box(0, 0, COLUMNS, ROWS)
    parts = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points)))
    cells = [part.intersection(frame) for part in parts]
    cells = [part for part in cells if part.geom_type == "Polygon" and not part.is_empty]
    whole = shapely.union_all(cells)
    found = Coverage.of(layer(*cells), GRID, (ROWS, COLUMNS))
    total = sum(found.per_cell(zone) for zone in range(len(cells)))
    assert total == pytest.approx(shares_by_cutting(whole), abs=1e-9)


def test_a_zone_with_a_hole_gives_a_quarter_of_the_cell_in_which_both_corners_lie():
    # Outer corner 0.5 cells into the cell at row 4, column 1; the hole is the cell at row 3.
    shape = box(1.5, 0.5, 4.5, 3.5).difference(box(2, 2, 3, 3))
    expected = [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0.25, 0.5, 0.5, 0.25, 0, 0],
        [0, 0.5, 0, 1, 0.5, 0, 0],
        [0, 0.5, 1, 1, 0.5, 0, 0],
        [0, 0.25, 0.5, 0.5, 0.25, 0, 0],
    ]
    assert shares(shape).tolist() == expected


def test_a_triangle_through_corners_touches_no_cell_beyond_them():
    found = Coverage.of(layer(Polygon([(0, 0), (5, 0), (5, 5)])), GRID, (ROWS, COLUMNS))
    # Below the diagonal: 5 half cells and 4 + 3 + 2 + 1 whole ones.
    assert np.sort(found.per_cell(0)[found.per_cell(0) > 0]).tolist() == [0.5] * 5 + [1.0] * 10


def test_a_zone_far_smaller_than_a_cell_has_its_own_area():
    tiny = Point(3.3, 2.7).buffer(1e-5)
    assert shares(tiny)[3, 3] == pytest.approx(tiny.area, rel=1e-6)
    assert np.count_nonzero(shares(tiny)) == 1


def test_borders_on_lines_between_cells_stay_there_in_coordinates_of_a_country():
    # 0.1 m cells at seven digits: rounding alone would put slivers into the cells beside.
    west, north = 40512345.3, 3520987.7
    grid = Affine(0.1, 0, west, 0, -0.1, north)
    zone = box(west + 0.1 * 3, north - 0.1 * 4, west + 0.1 * 5, north - 0.1)
    found = Coverage.of(layer(zone), grid, (6, 7)).per_cell(0)
    expected = np.zeros((6, 7))
    expected[1:4, 3:5] = 1
    assert found.tolist() == expected.tolist()


def test_a_long_flat_zone_is_a_few_runs_not_many_cells():
    zone = layer(box(0, 0.25, 1_000_000, 2.5))
    found = Coverage.of(zone, Affine(1, 0, 0, 0, -1, 3), (3, 1_000_000))
    assert found.cells.tolist() == [1_000_000] * 3
    assert found.share.tolist() == [0.5, 1, 0.75]


def test_a_comb_whose_teeth_crowd_into_one_row_has_the_area_of_its_teeth():
    # 30 teeth, 0.025 high at x = 0.5, run to a point at x = 6.5, all between y = 1 and 1.75.
    tips = [(6.5 if k % 2 else 0.5, 1 + k / 80) for k in range(61)]
    comb = Polygon([*tips, (0, 1.75), (0, 1)])
    # In the middle column a tooth is half as high: 30 x 0.0125.
    assert shares(comb)[4, 3] == pytest.approx(0.375)
    assert shares(comb) == pytest.approx(shares_by_cutting(comb), abs=1e-12)


def test_zones_outside_the_grid_have_no_cells_and_no_zones_no_window():
    outside = layer(box(-9, 1, -1, 2), box(9, 1, 10, 2), box(1, 9, 2, 10), box(1, -3, 2, -1))
    found = Coverage.of(outside, GRID, (ROWS, COLUMNS))
    assert [found.per_cell(zone).sum() for zone in range(4)] == [0, 0, 0, 0]
    assert found.window() == (0, 0, 0, 0)
    assert Coverage.of(outside.iloc[:0], GRID, (ROWS, COLUMNS)).row_offset.tolist() == [0]


def test_zones_are_cut_in_groups_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(2)
    zones = layer(*(Point(x, y).buffer(1.3) for x, y in rng.random((40, 2)) * 6))
    together = Coverage.of(zones, GRID, (ROWS, COLUMNS))
    monkeypatch.setattr("geo.coverage.PIECES_AT_ONCE", 300)
    apart = Coverage.of(zones, GRID, (ROWS, COLUMNS))
    for name in ("first_row", "row_offset", "row_start", "column", "cells", "share"):
        assert np.array_equal(getattr(together, name), getattr(apart, name))


def test_bad_zones_and_other_grids_are_refused():
    with pytest.raises(LayerError, match="not valid polygons: 0"):
        Coverage.of(layer(Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])), GRID, (3, 3))
    with pytest.raises(GridError, match="rotated or flipped"):
        Coverage.of(layer(box(0, 0, 1, 1)), Affine(1, 0.1, 0, 0, -1, 0), (3, 3))
    found = Coverage.of(layer(box(0, 0, 1, 1)).set_crs("EPSG:4549"), GRID, (ROWS, COLUMNS))
    with pytest.raises(GridError, match=r"grid of \(6, 7\) cells .* this one has \(6, 8\)"):
        found.require_grid(GRID, (6, 8), None)
    with pytest.raises(GridError, match="Cut them for this grid"):
        found.require_grid(Affine(1, 0, 0.5, 0, -1, ROWS), (ROWS, COLUMNS), None)
    with pytest.raises(CRSError, match="grid is in EPSG:4326"):
        found.require_grid(GRID, (ROWS, COLUMNS), "EPSG:4326")
