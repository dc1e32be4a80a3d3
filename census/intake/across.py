"""What is found between the parts of a delivery, in little memory: repeats, neighbours, counts.

A part is checked when it comes and then forgotten. What speaks of several rows needs something of
each: of its shape a number of eight bytes in the memory, its box and the shape itself on disk.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census.intake.bounds import LEAST_INSIDE_SHARE, meets, widened
from census.intake.context import Context
from census.intake.neighbours import Neighbours

_NONE = -1
_LONGEST_RUN = 400_000


class NotInPartsError(Exception):
    """Something is odd of the whole file: it is read anew, whole, so that all of it is told."""


@dataclass
class Seen:
    """
    Shapes that came before, each as a number that Python makes of its bytes with a secret.

    Two shapes out of four million have the same number once in two million files; then one row
    carries a remark that it repeats another.
    """

    # Sorted numbers and the rows they first came with; each at most half as long as the one before,
    # but for those that are so long that to join them would take more memory than it saves time.
    _runs: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = field(default_factory=list)

    def earlier(self, keys: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """
        Find which shapes came before, and remember the others.

        Parameters
        ----------
        keys
            Bytes of each shape, normalised.
        rows
            Row number of each.

        Returns
        -------
        ndarray of int
            Row number of the first of its kind; -1 for what is new.
        """
        numbers = np.fromiter(map(hash, keys), np.int64, len(keys))
        unique, first, which = np.unique(numbers, return_index=True, return_inverse=True)
        # Of each number the row it first came with, here or in a part before.
        known = np.full(len(unique), _NONE, dtype=np.int64)
        for run, run_rows in self._runs:
            at = np.minimum(np.searchsorted(run, unique), len(run) - 1)
            hit = run[at] == unique
            known[hit] = run_rows[at[hit]]
        is_new = known == _NONE
        self._remember(unique[is_new], rows[first[is_new]].astype(np.int32))
        earliest = np.where(is_new, rows[first], known)[which]
        is_first = is_new[which] & (first[which] == np.arange(len(keys)))
        return np.where(is_first, _NONE, earliest)

    def _remember(self, numbers: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
        while self._runs and len(self._runs[-1][0]) < min(2 * len(numbers), _LONGEST_RUN):
            last, last_rows = self._runs.pop()
            numbers, rows = np.concatenate([last, numbers]), np.concatenate([last_rows, rows])
            order = np.argsort(numbers, kind="stable")
            numbers, rows = numbers[order], rows[order]
        if len(numbers):
            self._runs.append((numbers, rows))


@dataclass
class PlaceCount:
    """
    How many shapes lie in the district, and how many reach out of it.

    Attributes
    ----------
    present, near
        Shapes that are there, and of them those in or around the district.
    kept, reach_out
        Shapes that are not refused for their place, and of them those out of its bounds.
    """

    present: int = 0
    near: int = 0
    kept: int = 0
    reach_out: int = 0

    def count(self, array: NDArray[Any], context: Context) -> None:
        """
        Count the shapes of a part.

        Parameters
        ----------
        array
            Its shapes in the district's geographic CRS; None where there is none.
        context
            The district, with divisions.

        Raises
        ------
        NotInPartsError
            When the district has no divisions to hold them against.
        """
        boxes = shapely.bounds(array[~shapely.is_missing(array)])
        if context.bounds is None:
            raise NotInPartsError
        self.present += len(boxes)
        self.near += int(meets(boxes, widened(context.bounds)).sum())

    def leave(self, count: int) -> None:
        """
        Count shapes that are known to lie within the bounds of the district.

        Parameters
        ----------
        count
            How many.
        """
        self.present += count
        self.near += count
        self.kept += count

    def require_here(self) -> None:
        """
        Go on only where most of the shapes lie in the district.

        Raises
        ------
        NotInPartsError
            When they do not: which of the causes it is, the whole file tells.
        """
        if self.present and self.near / self.present < LEAST_INSIDE_SHARE:
            raise NotInPartsError


@dataclass
class Across:
    """
    What the parts of a delivery have together.

    Attributes
    ----------
    seen
        Their shapes, for repeats.
    place
        Where they lie.
    neighbours
        Their shapes, for overlaps.
    has_heights
        Whether one carries heights or measures.
    """

    seen: Seen = field(default_factory=Seen)
    place: PlaceCount = field(default_factory=PlaceCount)
    neighbours: Neighbours = field(default_factory=Neighbours)
    has_heights: bool = False
