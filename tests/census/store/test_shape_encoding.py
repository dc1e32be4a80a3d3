"""Shapes as stored bytes: the short way of plain rings gives what the long way gives."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from census.errors import LayerWriteError
from census.store.shape_encoding import PRECISION_DEGREE, encoded, require_kind

SRID = 4490
# A millimetre of latitude in degrees: whole numbers of it are what is stored.
MM = PRECISION_DEGREE


def long_way(shape):
    """Round by GEOS, wrap, normalise and write one shape."""
    rounded = shapely.set_precision(shape, PRECISION_DEGREE, mode="valid_output")
    kept = shape if rounded.is_empty else rounded
    many = shapely.multipolygons([kept]) if kept.geom_type == "Polygon" else kept
    return shapely.to_wkb(
        shapely.set_srid(shapely.normalize(many), SRID), include_srid=True, byte_order=1
    )


def short_way(shapes):
    return [each.as_py() for each in encoded(np.array(shapes, dtype=object), "MULTIPOLYGON", SRID)]


def at(*corners):
    """A polygon of the corners, metres from a place, as degrees with their many decimals."""
    return shapely.Polygon([(121.123456789 + x / 1e5, 31.987654321 + y / 1e5) for x, y in corners])


HOUSE = [(0, 0), (12, 1), (11, 9), (6, 8), (5, 13), (-1, 12)]


@st.composite
def rings(draw):
    """Star-shaped houses, turned either way and begun at any corner; some of them very small."""
    count = draw(st.integers(3, 12))
    far = draw(st.lists(st.floats(1, 20), min_size=count, max_size=count))
    small = draw(st.sampled_from([1.0, 1e-2, 1e-4, 3e-5]))
    turns = np.arange(count) * 2 * np.pi / count
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1) * np.array(far)[:, None] * small / 1e5
    ring = np.roll(ring, draw(st.integers(0, count)), axis=0)
    ring = ring[::-1] if draw(st.booleans()) else ring
    where = draw(st.sampled_from([(121.2, 31.9), (-70.1, -33.4), (9.7, -0.3)]))
    return shapely.Polygon(ring + where)


@given(st.lists(rings(), min_size=1, max_size=8))
def test_rings_come_out_as_the_long_way_writes_them(shapes):
    valid = [shape for shape in shapes if shape.is_valid]
    assert short_way(valid) == [long_way(shape) for shape in valid]


def test_holes_parts_heights_and_absent_shapes_keep_their_places():
    hole = shapely.Polygon(at(*HOUSE).exterior, [at((2, 2), (3, 2), (3, 3)).exterior])
    two = shapely.multipolygons([at(*HOUSE), at((30, 0), (40, 0), (35, 5))])
    one = shapely.multipolygons([at(*HOUSE)])
    shapes = [at(*HOUSE), hole, two, None, one, shapely.force_3d(at(*HOUSE), 7.0)]
    written = short_way(shapes)
    assert written[3] is None
    assert [written[0], written[1], written[2], written[4]] == [
        long_way(at(*HOUSE)), long_way(hole), long_way(two), long_way(at(*HOUSE)),
    ]  # fmt: skip
    assert written[5] == long_way(shapes[5])


def test_a_ring_that_rounding_would_make_meet_itself_is_mended_by_geos():
    # A slit 0.3 mm wide closes when its corners are rounded to 1 mm.
    slit = shapely.Polygon(
        np.array([(0, 0), (100, 0), (100, 100), (50.15, 100), (50, 20), (49.85, 100), (0, 100)])
        * MM + (121, 31)
    )  # fmt: skip
    (written,) = short_way([slit])
    assert written == long_way(slit)
    assert shapely.from_wkb(written).is_valid


def test_what_is_thinner_than_a_millimetre_is_kept_as_it_came():
    sliver = shapely.Polygon([(121, 31), (121 + 50 * MM, 31 + 0.1 * MM), (121 + 99 * MM, 31)])
    assert shapely.set_precision(sliver, MM, mode="valid_output").is_empty
    (written,) = short_way([sliver])
    assert shapely.from_wkb(written).equals(shapely.multipolygons([sliver]))


def test_a_shape_of_another_kind_is_refused_by_its_name():
    shapes = np.array([at(*HOUSE), shapely.Point(121, 31)], dtype=object)
    with pytest.raises(LayerWriteError, match="POINT where MULTIPOLYGON is stored"):
        require_kind(shapes, "MULTIPOLYGON", "building")
    require_kind(np.array([None, shapely.multipoints([(1, 2)])], dtype=object), "POINT", "place")
