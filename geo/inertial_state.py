"""State of a flood simulation: terrain, water in two copies, what is kept, and work rows."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]
U = NDArray[np.uint64]

# Cells before the terrain; behind it there is one more, for a face lies before its cell.
RING = 2
TILE_ROWS = 32
TILE_COLUMNS = 128


class Terrain(NamedTuple):
    """
    What does not change: bed, Manning's n, rain of unit strength, and the size of the ring.

    Attributes
    ----------
    bed
        Metres, with the ring; walls stand far above everything.
    manning
        Manning's n, s m^(-1/3).
    rain
        Metres per second at a rain factor of 1; nought on walls. Empty = no rain.
    size_m
        Side of a cell, metres.
    theta
        Weight of a face's own momentum.
    is_open
        Does water leave over the edge of the grid?
    """

    bed: F
    manning: F
    rain: F
    size_m: float
    theta: float
    is_open: bool


class Water(NamedTuple):
    """
    One copy of the state, with the ring.

    Attributes
    ----------
    depth
        Metres.
    x, y
        Discharge through the face west and north of each cell, square metres per second.
    wet
        Per row and tile column: does any cell of it hold water?
    filled
        Per row and tile column: may anything of it differ from nought?
    begin, end
        Per tile: the columns within it that may differ from nought.
    """

    depth: F
    x: F
    y: F
    wet: B
    filled: B
    begin: I
    end: I


class Record(NamedTuple):
    """
    What is kept of all states, with the ring; empty arrays are not kept.

    Attributes
    ----------
    depth
        Greatest depth, metres.
    speed
        Greatest speed, squared.
    arrival
        First second at which the depth exceeded the arrival depth.
    lasting
        Seconds above the lasting depth.
    hazard
        Greatest depth x (speed + 0.5).
    arrival_m, lasting_m
        The two depths, metres.
    """

    depth: F
    speed: F
    arrival: F
    lasting: F
    hazard: F
    arrival_m: float
    lasting_m: float


class Tally(NamedTuple):
    """
    What each tile says of its step.

    Attributes
    ----------
    wet
        Cells that hold water.
    deepest
        Greatest depth, metres, as its bits: numbers that are not negative order like these.
    left
        Discharge over the edge of the terrain, summed over faces.
    drained
        Depth taken by drains, summed over cells.
    first, last
        First and last column within the tile that holds water.
    begin, end
        Columns within the tile that the step under way looks at.
    """

    wet: I
    deepest: I
    left: F
    drained: F
    first: I
    last: I
    begin: I
    end: I


class Step(NamedTuple):
    """
    One step.

    Attributes
    ----------
    second
        Time at its beginning.
    seconds
        Its length.
    rain
        Factor of the rain, its mean over the step.
    drain_m
        Depth that drains take, metres.
    """

    second: float
    seconds: float
    rain: float
    drain_m: float


class Rows(NamedTuple):
    """
    Work rows of one thread, from one cell before a tile on; three of each, by turns.

    Attributes
    ----------
    x, x_depth, y, y_depth, y_speed, share
        Discharge and depth of flow of faces west and north, speed, and payable shares.
    push, mixed, number, bits
        Rows for the arithmetic; bits are the memory of the numbers.
    """

    x: F
    x_depth: F
    y: F
    y_depth: F
    y_speed: F
    share: F
    push: F
    mixed: F
    number: F
    bits: U


class Scene(NamedTuple):
    """
    All that a tile needs for a step.

    Attributes
    ----------
    terrain, old, step
        What is read.
    new, record, tally
        What is written.
    rows
        Work rows of this thread.
    """

    terrain: Terrain
    old: Water
    new: Water
    record: Record
    tally: Tally
    step: Step
    rows: Rows


def work_rows() -> Rows:
    """
    Work rows for one thread.

    Returns
    -------
    Rows
        Rows of zeros.
    """
    x, x_depth, y, y_depth, y_speed, share = np.zeros((6, 3, TILE_COLUMNS + 3))
    push, mixed = np.zeros((2, TILE_COLUMNS + 3))
    number = np.zeros((2, TILE_COLUMNS + 3))
    bits = number.view(np.uint64)
    return Rows(x, x_depth, y, y_depth, y_speed, share, push, mixed, number, bits)
