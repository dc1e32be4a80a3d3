"""Shapes as the bytes that are stored: rounded to a millimetre, of one kind, areas in one order.

Most areas are plain rings. Those are rounded, turned and written all at once, without building a
shape for each step; what is not so plain takes the longer way, and comes out the same.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from census.errors import LayerWriteError

# About 1 mm: the precision that coordinates are stored with, degrees.
PRECISION_DEGREE: Final = 1e-8
_PER_DEGREE: Final = 1e8
_POINT, _POLYGON, _MULTIPOLYGON = 0, 3, 6
_AREAS: Final = (_POLYGON, _MULTIPOLYGON)
# Head of a multipolygon with its CRS and of its only part, which has one ring.
_HEAD: Final = np.dtype([
    ("order", "u1"), ("kind", "<u4"), ("srid", "<u4"), ("parts", "<u4"),
    ("part_order", "u1"), ("part_kind", "<u4"), ("rings", "<u4"), ("points", "<u4"),
])  # fmt: skip
_HAS_SRID: Final = 0x20000000
_VERTEX_BYTES: Final = 16
# Square degrees, about a hundredth of a square metre: which way so thin an area turns is not
# computed.
_LEAST_TWICE_AREA: Final = 2e-12

# Type numbers of shapely: the single part, the multi geometry, and what wraps one into the other.
_PARTS: Final[dict[str, tuple[int, int, Any]]] = {
    "MULTIPOLYGON": (3, 6, shapely.multipolygons),
    "MULTILINESTRING": (1, 5, shapely.multilinestrings),
    "LINESTRING": (1, 5, None),
    "POINT": (0, 4, None),
}
_NAMES: Final = (
    "POINT", "LINESTRING", "LINEARRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING",
    "MULTIPOLYGON", "GEOMETRYCOLLECTION",
)  # fmt: skip

Shapes = NDArray[np.object_]
Rows = NDArray[np.intp]


def require_kind(shapes: Shapes, wanted: str, table: str) -> None:
    """
    Refuse shapes that a table does not store.

    Parameters
    ----------
    shapes
        Shapes, None where there is none.
    wanted
        Kind that the table stores, upper case.
    table
        Its name, for the sentence.

    Raises
    ------
    LayerWriteError
        If one is of another kind and cannot be made of it.
    """
    if wanted == "GEOMETRY":
        return
    types = shapely.get_type_id(shapes)
    part, multi, wrap = _PARTS.get(wanted, (None, None, None))
    fits = (types == -1) | (types == _NAMES.index(wanted))
    if wrap is not None:
        fits |= types == part
    elif part is not None:
        fits |= (types == multi) & (shapely.get_num_geometries(shapes) == 1)
    wrong = sorted({_NAMES[kind] for kind in types[~fits]})
    if wrong:
        reason = f"{', '.join(wrong)} where {wanted} is stored"
        raise LayerWriteError(table, reason, f"几何类型 {'、'.join(wrong)} 应为 {wanted}")


def encoded(shapes: Shapes, wanted: str, srid: int) -> pa.Array:
    """
    Encode shapes as they are stored.

    Parameters
    ----------
    shapes
        Shapes in the CRS of the store that passed :func:`require_kind`; None where there is none.
    wanted
        Kind that the table stores, upper case.
    srid
        EPSG code of that CRS.

    Returns
    -------
    pyarrow.Array
        Extended well-known binary: coordinates rounded to 1e-8 degree (about 1 mm), single parts
        wrapped where many are stored, areas beginning at their least corner and turning clockwise.
    """
    types = shapely.get_type_id(shapes)
    is_one = (types == _POLYGON) | (
        (types == _MULTIPOLYGON) & (shapely.get_num_geometries(shapes) == 1)
    )
    is_one &= ~shapely.is_empty(shapes) & ~shapely.has_z(shapes) & ~shapely.has_m(shapes)
    if wanted != "MULTIPOLYGON" or not is_one.any():
        return pa.array(_longer(shapes, wanted, srid), pa.binary())
    rows = np.flatnonzero(is_one)
    written, is_plain = _rings_written(shapes[rows], srid)
    if is_plain.all() and len(rows) == len(shapes):
        return written
    others = np.concatenate([np.flatnonzero(~is_one), rows[~is_plain]])
    longer = pa.array(_longer(shapes[others], wanted, srid), pa.binary())
    place = np.empty(len(shapes), dtype=np.int64)
    place[rows] = np.arange(len(rows))
    place[others] = len(rows) + np.arange(len(others))
    return pa.concat_arrays([written, longer]).take(pa.array(place))


@dataclass(frozen=True)
class _Rings:
    """Vertices of areas, one after the other, rounded; with where those of each begin."""

    vertices: NDArray[np.float64]
    owners: Rows
    starts: Rows
    counts: Rows

    def each(self, of_rows: NDArray[Any]) -> NDArray[Any]:
        """Give each vertex what its area has."""
        return np.repeat(of_rows, self.counts)


def _rings_written(shapes: Shapes, srid: int) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Write areas as if each were one plain ring; and tell of which this is true."""
    given, owners = shapely.get_coordinates(shapes, return_index=True)
    # As GEOS rounds: halves go up.
    vertices = np.floor(given * _PER_DEGREE + 0.5) / _PER_DEGREE
    counts = np.bincount(owners, minlength=len(shapes))
    rings = _Rings(vertices, owners, np.cumsum(counts) - counts, counts)
    twice_area = _twice_area(rings)
    is_plain = (np.abs(twice_area) > _LEAST_TWICE_AREA) & _is_one_ring(rings)
    if (vertices != given).any():
        is_plain &= _is_unharmed(rings, is_plain)
    order = _order(rings, is_clockwise=twice_area < 0)
    return _bytes(vertices[order], counts, srid), is_plain


def _is_one_ring(rings: _Rings) -> NDArray[np.bool_]:
    """Tell which areas close at their last vertex and not before, as one with a hole does."""
    first = rings.each(rings.vertices[rings.starts, 0]), rings.each(rings.vertices[rings.starts, 1])
    is_first = (rings.vertices[:, 0] == first[0]) & (rings.vertices[:, 1] == first[1])
    closes = is_first[rings.starts + rings.counts - 1]
    found: NDArray[np.bool_] = closes & (np.add.reduceat(is_first, rings.starts, dtype=int) == 2)  # noqa: PLR2004  (first and last)
    return found


def _twice_area(rings: _Rings) -> NDArray[np.float64]:
    """Square degrees, twice; below zero where the ring turns clockwise."""
    x = rings.vertices[:, 0] - rings.each(rings.vertices[rings.starts, 0])
    y = rings.vertices[:, 1] - rings.each(rings.vertices[rings.starts, 1])
    # The step from the last vertex of one area to the first of the next, which is its own zero.
    cross = np.zeros(len(x))
    cross[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    cross[rings.starts[1:] - 1] = 0
    return np.add.reduceat(cross, rings.starts)


def _is_unharmed(rings: _Rings, is_asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rings rounding leaves valid, with as many corners as before."""
    same = (rings.vertices[1:] == rings.vertices[:-1]).all(axis=1)
    same &= rings.owners[1:] == rings.owners[:-1]
    stays = is_asked.copy()
    stays[rings.owners[1:][same]] = False
    chosen = rings.each(stays)
    numbers = np.cumsum(stays) - 1
    built = shapely.linearrings(rings.vertices[chosen], indices=numbers[rings.owners[chosen]])
    # A plain ring that does not meet itself bounds a valid area.
    stays[stays] = shapely.is_simple(built)
    return stays


def _order(rings: _Rings, *, is_clockwise: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Put vertices in order: from the least x, of these the least y, clockwise."""
    x, y = rings.vertices.T
    heights = np.where(x == rings.each(np.minimum.reduceat(x, rings.starts)), y, np.inf)
    is_least = heights == rings.each(np.minimum.reduceat(heights, rings.starts))
    first = np.zeros(len(rings.counts), dtype=np.int64)
    # Written backwards: of a ring that begins and closes there the beginning remains.
    found = np.flatnonzero(is_least)[::-1]
    first[rings.owners[found]] = found - rings.starts[rings.owners[found]]
    along = np.arange(len(x)) - rings.each(rings.starts)
    moved = rings.each(first) + rings.each(np.where(is_clockwise, 1, -1)) * along
    order: NDArray[np.int64] = rings.each(rings.starts) + moved % rings.each(
        np.maximum(rings.counts - 1, 1)
    )
    return order


def _bytes(vertices: NDArray[np.float64], counts: Rows, srid: int) -> pa.Array:
    heads = np.zeros(len(counts), _HEAD)
    heads["order"] = heads["part_order"] = heads["parts"] = heads["rings"] = 1
    heads["kind"], heads["part_kind"] = _MULTIPOLYGON | _HAS_SRID, _POLYGON
    heads["srid"], heads["points"] = srid, counts
    offsets = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(_HEAD.itemsize + _VERTEX_BYTES * counts, out=offsets[1:])
    out = np.empty(offsets[-1], dtype=np.uint8)
    is_head = np.zeros(len(out), dtype=bool)
    places = (offsets[:-1, None] + np.arange(_HEAD.itemsize, dtype=np.int32)).ravel()
    is_head[places] = True
    out[places] = heads.view(np.uint8)
    out[~is_head] = np.ascontiguousarray(vertices, dtype="<f8").view(np.uint8).ravel()
    return pa.Array.from_buffers(
        pa.binary(), len(counts), [None, pa.py_buffer(offsets), pa.py_buffer(out)]
    )


def _longer(shapes: Shapes, wanted: str, srid: int) -> Shapes:
    """Encode any shapes, one step after the other."""
    rounded = shapely.set_precision(shapes, PRECISION_DEGREE, mode="valid_output")
    # A sliver thinner than a millimetre would vanish; it is kept as it came.
    kept = _as_kind(np.where(shapely.is_empty(rounded), shapes, rounded), wanted)
    # An area delivered again may begin at another vertex; GEOS lets shells turn clockwise, which
    # is as tiles want them. A line keeps its direction, which may mean something.
    areas = np.isin(shapely.get_type_id(kept), _AREAS)
    kept[areas] = shapely.normalize(kept[areas])
    return np.asarray(
        shapely.to_wkb(shapely.set_srid(kept, srid), include_srid=True, byte_order=1),
        dtype=object,
    )


def _as_kind(shapes: Shapes, wanted: str) -> Shapes:
    """Wrap single parts where many are stored, and unwrap an only part where one is."""
    types = shapely.get_type_id(shapes)
    part, multi, wrap = _PARTS.get(wanted, (None, None, None))
    out = shapes.copy()
    if wrap is not None:
        single = np.flatnonzero(types == part)
        if len(single):
            out[single] = wrap(shapes[single], indices=np.arange(len(single)))
    elif part is not None:
        one = (types == multi) & (shapely.get_num_geometries(shapes) == 1)
        out[one] = shapely.get_geometry(shapes[one], 0)
    return out
