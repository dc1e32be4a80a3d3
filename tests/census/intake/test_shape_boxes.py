"""Boxes of shapes that are bytes: the same as of the shapes once they are built."""

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from census.intake.shape_boxes import boxes

number = st.floats(-1e7, 1e7)
xy = st.tuples(number, number)
polygon = st.lists(xy, min_size=3, max_size=8).map(shapely.Polygon)
line = st.lists(xy, min_size=2, max_size=5).map(shapely.LineString)
shape = st.one_of(
    polygon, line, xy.map(shapely.Point), st.lists(polygon, max_size=3).map(shapely.MultiPolygon),
    st.none(),
)  # fmt: skip


@given(st.lists(st.tuples(shape, st.sampled_from([0, 1]), st.booleans()), max_size=12))
def test_a_box_is_that_of_the_shape_in_each_form_of_bytes(drawn):
    shapes = [each for each, _, _ in drawn]
    wkb = np.array(
        [
            None
            if each is None
            else shapely.to_wkb(shapely.force_3d(each) if high else each, byte_order=order)
            for each, order, high in drawn
        ],
        dtype=object,
    )
    expected = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
    np.testing.assert_array_equal(boxes(wkb), expected)


def test_what_must_not_be_built_has_no_box():
    deep = b"".join(struct.pack("<BII", 1, 7, 1) for _ in range(20_000)) + b"\x01"
    ring = shapely.to_wkb(shapely.box(1, 2, 3, 5))
    wkb = np.array([deep, ring[:-8], b"", ring, b"\x01\x03"], dtype=object)
    np.testing.assert_array_equal(boxes(wkb)[3], [1, 2, 3, 5])
    assert np.isnan(boxes(wkb)[[0, 1, 2, 4]]).all()


@pytest.mark.parametrize("rows", [0, 3])
def test_where_there_are_no_shapes_there_are_no_boxes(rows):
    assert boxes(np.full(rows, None, dtype=object)).shape == (rows, 4)
