"""A line is measured cell by cell, exactly: its parts add up to the whole, wherever it is cut."""

from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from census.products.inputs import CellValues
from census.products.sampling import along_lines

METRIC = pyproj.CRS.from_epsg(32748)


def cells_of(values):
    """A raster of cells of 1 m whose south-west corner is the origin."""
    return CellValues(cells=values, transform=Affine(1, 0, 0, 0, -1, len(values)), crs=METRIC)


def numbered(rows=12, columns=12):
    """Cells that hold their own number, row by row from the north."""
    return cells_of(np.arange(float(rows * columns)).reshape(rows, columns))


def metres_by_cell(values, metres):
    """Add up the metres of each cell; those outside the raster stand under -1."""
    at = np.nan_to_num(values, nan=-1)
    return {int(cell): metres[at == cell].sum() for cell in np.unique(at)}


def test_a_line_is_cut_where_it_passes_from_cell_to_cell():
    line = shapely.LineString([(0.25, 11.5), (1.5, 11.5), (1.5, 9.25)])
    owner, values, metres = along_lines(numbered(), np.array([line]), METRIC)
    assert owner.tolist() == [0] * 5
    assert values.tolist() == [0, 1, 1, 13, 25]
    assert_allclose(metres, [0.75, 0.5, 0.5, 1.0, 0.75])


coordinate = st.floats(-2, 14, allow_subnormal=False)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6))
def test_the_metres_in_each_cell_are_those_of_the_intersection(places):
    line = shapely.LineString(places)
    owner, values, metres = along_lines(numbered(), np.array([line]), METRIC)
    assert metres.sum() == pytest.approx(line.length, abs=1e-9)
    assert (owner == 0).all()
    assert (metres >= 0).all()
    for cell, found_m in metres_by_cell(values, metres).items():
        row, column = divmod(cell, 12)
        box = shapely.box(column, 11 - row, column + 1, 12 - row)
        parts = [shapely.LineString(pair) for pair in pairwise(places)]
        inside_m = shapely.length(shapely.intersection(parts, box)).sum()
        if cell >= 0:
            # A border belongs to both boxes; a sliver counts with its neighbour.
            assert found_m <= inside_m + 0.05
    known = {cell for cell, found_m in metres_by_cell(values, metres).items() if found_m > 0}
    for cell in range(144):
        row, column = divmod(cell, 12)
        inner = shapely.box(column + 0.01, 11.01 - row, column + 0.99, 11.99 - row)
        if line.intersection(inner).length > 0:
            assert cell in known


@given(st.floats(0.0, 1.0))
def test_two_parts_of_a_line_add_up_to_the_whole(share):
    line = shapely.LineString([(0.3, 0.4), (7.9, 11.2), (11.1, 2.3)])
    middle = shapely.get_coordinates(line.interpolate(share, normalized=True))[0]
    corner = 0 < line.project(shapely.Point(7.9, 11.2)) < share * line.length
    before = [(0.3, 0.4), (7.9, 11.2)] if corner else [(0.3, 0.4)]
    after = [(11.1, 2.3)] if corner else [(7.9, 11.2), (11.1, 2.3)]
    parts = [shapely.LineString([*before, middle]), shapely.LineString([middle, *after])]
    _, whole, whole_m = along_lines(numbered(), np.array([line]), METRIC)
    _, cut, cut_m = along_lines(numbered(), np.array(parts), METRIC)
    a, b = metres_by_cell(whole, whole_m), metres_by_cell(cut, cut_m)
    for cell in a.keys() | b.keys():
        assert a.get(cell, 0.0) == pytest.approx(b.get(cell, 0.0), abs=0.005)


def test_a_cell_that_a_line_only_touches_is_not_entered():
    to_the_border = shapely.LineString([(0.5, 11.5), (2.0005, 11.5)])
    _, values, metres = along_lines(numbered(), np.array([to_the_border]), METRIC)
    assert values.tolist() == [0, 1]
    assert_allclose(metres, [0.5, 1.0005])


def test_a_raster_in_degrees_is_read_where_the_line_lies():
    to_degrees = pyproj.Transformer.from_crs(METRIC, 4326, always_xy=True)
    lon, lat = to_degrees.transform(700_000, 9_300_000)
    transform = Affine(0.001, 0, lon - 0.0055, 0, -0.001, lat + 0.0055)
    cells = CellValues(cells=numbered().cells, transform=transform, crs=pyproj.CRS.from_epsg(4326))
    line = shapely.LineString([(700_000 - 300, 9_300_000 + 40), (700_000 + 300, 9_300_000 - 20)])
    _, values, metres = along_lines(cells, np.array([line]), METRIC)
    share = (np.arange(60_000) + 0.5) / 60_000
    dense = shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True))
    x, y = to_degrees.transform(dense[:, 0], dense[:, 1])
    column, row = ~transform @ (x, y)
    counted = np.unique(np.floor(row) * 12 + np.floor(column), return_counts=True)
    for cell, many in zip(*counted, strict=True):
        assert metres[values == cell].sum() == pytest.approx(many * line.length / 60_000, abs=0.03)


@pytest.mark.parametrize("count", [0, 1])
def test_no_line_or_one_is_read_too(count):
    lines = np.array([shapely.LineString([(1, 1), (3, 3)])] * count, dtype=object)
    line, values, metres = along_lines(cells_of(np.ones((4, 4))), lines, METRIC)
    assert (len(line) > 0) == (count > 0)
    assert (values == 1.0).all()
    assert metres.sum() == pytest.approx(count * np.sqrt(8))
