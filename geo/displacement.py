"""How far and which way places were moved, in metres: the middle of all moves, and how alike."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

# Length of a degree of the meridian on a sphere; on the ellipsoid it differs by less than 0.6 %.
DEGREE_M: Final = 111_320.0
WINDS: Final = 8


@dataclass(frozen=True)
class Displacement:
    """
    A move that stands for many.

    Attributes
    ----------
    east_m, north_m
        The median move.
    spread_m
        Median distance of the moves from it.
    """

    east_m: float
    north_m: float
    spread_m: float

    @property
    def length_m(self) -> float:
        """
        Measure the median move.

        Returns
        -------
        float
            Metres.
        """
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def wind(self) -> int:
        """
        Tell which way the move goes.

        Returns
        -------
        int
            0 to 7: north, north-east, and on clockwise to north-west.

        Examples
        --------
        >>> Displacement(332.0, -332.0, 0.0).wind
        3
        """
        turn = np.arctan2(self.east_m, self.north_m) / (2 * np.pi)
        return int(np.round(turn * WINDS)) % WINDS


def moves_m(before: F, after: F) -> F:
    """
    Measure how each place was moved.

    Parameters
    ----------
    before, after
        Longitude and latitude in degrees, shape (n, 2), some kilometres apart at most.

    Returns
    -------
    ndarray
        Metres to the east and to the north, shape (n, 2); true to a hundredth of its length.

    Examples
    --------
    >>> moves_m(np.array([[121.0, 60.0]]), np.array([[121.002, 60.001]])).round().tolist()
    [[111.0, 111.0]]
    """
    degrees = after - before
    east = degrees[:, 0] * np.cos(np.radians(before[:, 1]))
    moves: F = np.column_stack([east, degrees[:, 1]]) * DEGREE_M
    return moves


def middle_of(moves: F) -> Displacement:
    """
    Find the move in the middle of many.

    Parameters
    ----------
    moves
        Metres to the east and to the north, shape (n, 2), n at least 1.

    Returns
    -------
    Displacement
        Median and spread; a few wild moves do not sway it.

    Examples
    --------
    >>> middle_of(np.array([[3.0, 4.0], [3.0, 4.0], [900.0, 0.0]]))
    Displacement(east_m=3.0, north_m=4.0, spread_m=0.0)
    """
    east, north = np.median(moves, axis=0)
    spread = np.median(np.hypot(*(moves - np.array([east, north])).T))
    return Displacement(float(east), float(north), float(spread))
