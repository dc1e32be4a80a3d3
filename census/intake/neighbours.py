"""Which shapes of a large delivery overlap: found by their boxes, with all of them on disk."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from census.intake.crowding import CrowdedError, most_pairs

# Boxes are kept as whole numbers of a ten-millionth of a degree, a centimetre, rounded outwards.
_PER_DEGREE: Final = 1e7
_STRIP_ROWS: Final = 50_000
_PLACE_BITS: Final = 32
_PLACE: Final = (1 << _PLACE_BITS) - 1
_NO_ROWS: Final = np.zeros(0, dtype=np.int64)

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Meeting:
    """
    Pairs of shapes whose boxes meet.

    Attributes
    ----------
    later, earlier
        Their row numbers, in the order in which they came.
    one, other
        Their shapes.
    """

    later: NDArray[np.int32]
    earlier: NDArray[np.int32]
    one: NDArray[Any]
    other: NDArray[Any]


@dataclass
class Neighbours:
    """
    Shapes that are added part by part and compared at the end.

    They are gone through from west to east in strips: no more of them than a strip, and those that
    begin beside it, are looked at together. While they come, all of them stand on disk.
    """

    _count: int = 0
    _shapes: "IO[bytes]" = field(default_factory=tempfile.TemporaryFile)
    _boxes: "IO[bytes]" = field(default_factory=tempfile.TemporaryFile)
    _rows: "IO[bytes]" = field(default_factory=tempfile.TemporaryFile)
    _sizes: "IO[bytes]" = field(default_factory=tempfile.TemporaryFile)

    def add(self, shapes: NDArray[Any], rows: NDArray[np.int64]) -> None:
        """
        Add shapes.

        Parameters
        ----------
        shapes
            Valid polygons in degrees, none missing.
        rows
            Row number of each.
        """
        boxes = shapely.bounds(shapes) * _PER_DEGREE
        boxes[:, :2], boxes[:, 2:] = np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])
        wkb = shapely.to_wkb(shapes)
        self._count += len(shapes)
        self._shapes.write(b"".join(wkb))
        self._boxes.write(boxes.astype(np.int32).tobytes())
        self._rows.write(rows.astype(np.int32).tobytes())
        self._sizes.write(np.fromiter(map(len, wkb), np.int32, len(wkb)).tobytes())

    def close(self) -> None:
        """Give the disk back."""
        for each in (self._shapes, self._boxes, self._rows, self._sizes):
            each.close()

    def meeting(self) -> Iterator[Meeting]:
        """
        Find the shapes whose boxes meet; each pair once.

        Yields
        ------
        Meeting
            Some thousand pairs, sorted by the row of the later.

        Raises
        ------
        CrowdedError
            When there are more pairs than are looked at.
        """
        if not self._count:
            return
        later, earlier = self._pairs()
        self._shapes.flush()
        rows = _numbers(self._rows)
        ends = np.cumsum(_numbers(self._sizes), dtype=np.int64)
        for begin in range(0, len(later), _STRIP_ROWS):
            part = slice(begin, begin + _STRIP_ROWS)
            needed, which = np.unique(
                np.concatenate([later[part], earlier[part]]), return_inverse=True
            )
            shapes = self._read(needed, ends)[which]
            half = len(shapes) // 2
            yield Meeting(rows[later[part]], rows[earlier[part]], shapes[:half], shapes[half:])

    def _read(self, needed: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[Any]:
        handle = self._shapes.fileno()
        starts = np.where(needed > 0, ends[needed - 1], 0)
        sizes = ends[needed] - starts
        pieces = [
            os.pread(handle, size, start)
            for size, start in zip(sizes.tolist(), starts.tolist(), strict=True)
        ]
        return np.asarray(shapely.from_wkb(pieces), dtype=object)

    def _pairs(self) -> Pairs:
        """Find the pairs of boxes that meet, sorted by the later of both."""
        boxes = _numbers(self._boxes).reshape(-1, 4)
        # West and place in one number each: sorted where they stand, they need no second copy.
        order = boxes[:, 0].astype(np.int64)
        order <<= _PLACE_BITS
        for begin in range(0, len(order), _STRIP_ROWS):
            strip = order[begin : begin + _STRIP_ROWS]
            strip |= np.arange(begin, begin + len(strip))
        order.sort()
        most, count = most_pairs(len(boxes)), len(boxes)
        found: list[Pairs] = [(_NO_ROWS, _NO_ROWS)]
        for begin in range(0, len(order), _STRIP_ROWS):
            own = order[begin : begin + _STRIP_ROWS] & _PLACE
            end = begin + len(own)
            beyond = (int(boxes[own, 2].max()) + 1) << _PLACE_BITS
            beside = order[end : end + np.searchsorted(order[end:], beyond)] & _PLACE
            rows = np.concatenate([own, beside])
            one, other = _meeting(boxes[rows], len(own))
            # Counted as the whole counts them: each with itself, and each pair both ways.
            count += 2 * len(one)
            if count > most:
                raise CrowdedError(len(boxes))
            found.append((rows[one], rows[other]))
        ones = np.concatenate([pair[0] for pair in found]).astype(np.int64)
        others = np.concatenate([pair[1] for pair in found]).astype(np.int64)
        later, earlier = np.maximum(ones, others), np.minimum(ones, others)
        by_row = np.lexsort((earlier, later))
        return later[by_row], earlier[by_row]


def _numbers(file: IO[bytes]) -> NDArray[np.int32]:
    file.seek(0)
    return np.fromfile(file, np.int32)


def _meeting(boxes: NDArray[np.int32], count: int) -> Pairs:
    """Find pairs of boxes that meet, the first of the ``count`` of the strip, the other behind."""
    shapes = shapely.box(*boxes.T.astype(float))
    one, other = shapely.STRtree(shapes).query(shapes[:count])
    is_behind = other > one
    return one[is_behind], other[is_behind]
