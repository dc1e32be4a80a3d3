"""Boxes around shapes that are still bytes: plain rings are measured without being built."""

import struct
from typing import Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from census.intake.problems import Source
from census.intake.shape_bytes import built, without_harm

# Of a polygon of one ring: byte order, kind, number of rings, number of points.
_HEAD: Final = struct.Struct("<BIII")
_POLYGON: Final = 3
_POINT_BYTES: Final = 16
_NOWHERE: Final = Source("", "")


def boxes(wkb: NDArray[np.object_]) -> NDArray[np.float64]:
    """
    Tell between which numbers shapes lie.

    Parameters
    ----------
    wkb
        Well-known binary of each shape, None where there is none.

    Returns
    -------
    ndarray of float
        Least x, least y, greatest x, greatest y of each, shape ``(n, 4)``, in the unit of the
        shapes; NaN where there is none, and where it must not or cannot be built.
    """
    found = np.full((len(wkb), 4), np.nan)
    given = pa.array(wkb, pa.large_binary())
    left = given.is_valid().to_numpy(zero_copy_only=False).copy()
    _, places, content = given.buffers()
    starts = np.frombuffer(places, np.int64)[: len(wkb) + 1]
    signs = np.frombuffer(content or b"", np.uint8)
    sizes = np.where(left, np.diff(starts), 0)
    order = np.argsort(sizes, kind="stable")
    for alike in np.split(order, np.flatnonzero(np.diff(sizes[order])) + 1):
        if not len(alike) or (count := _points_of_a_ring(int(sizes[alike[0]]))) is None:
            continue
        rows = np.lib.stride_tricks.sliding_window_view(signs, sizes[alike[0]])[starts[alike]]
        head = np.frombuffer(_HEAD.pack(1, _POLYGON, 1, count), np.uint8)
        is_plain = (rows[:, : _HEAD.size] == head).all(axis=1)
        xy = np.ascontiguousarray(rows[is_plain, _HEAD.size :]).view("<f8").reshape(-1, count, 2)
        found[alike[is_plain]] = np.hstack([xy.min(axis=1), xy.max(axis=1)])
        left[alike[is_plain]] = False
    found[left] = _built(wkb[left])
    return found


def _points_of_a_ring(size: int) -> int | None:
    count, more = divmod(size - _HEAD.size, _POINT_BYTES)
    return count if count > 0 and not more else None


def _built(wkb: NDArray[np.object_]) -> NDArray[np.float64]:
    rows = np.arange(len(wkb))
    kept, _ = without_harm(wkb, rows, _NOWHERE)
    shapes, _ = built(kept, rows, _NOWHERE)
    around: NDArray[np.float64] = shapely.bounds(shapes).reshape(-1, 4)
    return around
