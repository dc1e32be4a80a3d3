"""Find which shapes meet, without ever holding more pairs than a bound: a crowd of them is told.

Twenty thousand shapes in one place are two hundred million pairs, and a ring that crosses itself
everywhere has as many crossings: looking at them all would take the memory of the machine.
"""

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from census.errors import CensusError

_FIRST_STEP: Final = 16
_LONGEST_STEP: Final = 65_536
_MANY: Final = 100_000
# Neighbours in rows and corners come to some ten for each shape.
_PAIRS_EACH: Final = 20
_PAIRS_MORE: Final = 2_000_000
# A line's sides touch the one before, themselves and the one after.
_CROSSINGS_EACH: Final = 6
_CROSSINGS_MORE: Final = 500_000


class CrowdedError(CensusError):
    """
    Shapes lie on one another in more pairs than are looked at.

    Parameters
    ----------
    shapes
        How many shapes.
    """

    def __init__(self, shapes: int) -> None:
        super().__init__(
            f"Its {shapes:,} shapes lie on one another in more than {most_pairs(shapes):,} pairs; "
            "the same places seem to be delivered again and again: deliver each once",
            f"{shapes:,} 个图形相互重叠超过 {most_pairs(shapes):,} 对，似乎同一处反复交付；"
            "请每处只交付一次",
        )


def most_pairs(shapes: int) -> int:
    """
    Tell how many pairs are looked at.

    Parameters
    ----------
    shapes
        Number of shapes.

    Returns
    -------
    int
        Pairs, each counted both ways.
    """
    return _PAIRS_MORE + _PAIRS_EACH * shapes


def meeting(array: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """
    Find the pairs of shapes that meet.

    Parameters
    ----------
    array
        Shapes.

    Returns
    -------
    tuple of ndarray of int
        Positions of the later and of the earlier one of each pair.

    Raises
    ------
    CrowdedError
        When there are more pairs than :func:`most_pairs`.
    """
    found = _bounded_pairs(array, most_pairs(len(array)), "intersects")
    if found is None:
        raise CrowdedError(len(array))
    later, earlier = found
    return later[later > earlier], earlier[later > earlier]


def is_tangled(shape: Any) -> bool:
    """
    Tell whether the sides of a shape lie across one another so often that no repair is tried.

    Parameters
    ----------
    shape
        A shape.

    Returns
    -------
    bool
        True for a ring between random places, False for a coast that crosses itself here and there.
    """
    lines = shapely.get_parts(shapely.boundary(shape) if shape.area else shape)
    coordinates, owners = shapely.get_coordinates(lines, return_index=True)
    same = owners[1:] == owners[:-1]
    sides = shapely.linestrings(np.stack([coordinates[:-1], coordinates[1:]], axis=1)[same])
    return _bounded_pairs(sides, _CROSSINGS_MORE + _CROSSINGS_EACH * len(sides), None) is None


def _bounded_pairs(
    array: NDArray[Any], most: int, predicate: Any
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    tree, start, step, count = shapely.STRtree(array), 0, _FIRST_STEP, 0
    ones, others = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    while start < len(array):
        one, other = tree.query(array[start : start + step], predicate=predicate)
        count += len(one)
        if count > most:
            return None
        ones.append(one + start)
        others.append(other)
        start += step
        step = min(step * 4, _LONGEST_STEP) if len(one) < _MANY else max(1, step // 2)
    return np.concatenate(ones), np.concatenate(others)
