"""Draw curves as plain figures: places of lines, marks and words in a small picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

WIDTH: Final = 360
HEIGHT: Final = 220
LEFT: Final = 56
RIGHT: Final = 16
TOP: Final = 16
BOTTOM: Final = 32
BENDS: Final = 12


@dataclass(frozen=True)
class Tick:
    """
    A mark on an axis.

    Attributes
    ----------
    at
        Place in the picture.
    word
        What stands there.
    """

    at: float
    word: str


@dataclass(frozen=True)
class Figure:
    """
    A curve as a picture of 360 by 220.

    Attributes
    ----------
    line
        Points of the curve, as SVG takes them.
    points
        Places of its points.
    across, up
        Marks of the axes.
    label
        What the picture shows, for those who do not see it.
    """

    line: str
    points: tuple[tuple[float, float], ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    label: str


def figure(
    points: Sequence[tuple[float, float]],
    across: Sequence[tuple[float, str]],
    up: Sequence[tuple[float, str]],
    label: str,
    *,
    is_logarithmic: bool = False,
) -> Figure:
    """
    Place a curve between its marks.

    Parameters
    ----------
    points
        Pairs of x and y of the curve, x rising.
    across, up
        Marks of the axes, number and word, at least one each; the first and last bound the axis
        unless the curve goes further.
    label
        What the picture shows.
    is_logarithmic
        Whether equal ratios of x are equally wide; x is above 0 then, and what is straight between
        two points is drawn as the bow that it is there.

    Returns
    -------
    Figure
        Places in the picture.
    """
    scale = math.log10 if is_logarithmic else float
    flat = [scale(x) for x, _ in points] + [scale(x) for x, _ in across]
    high = max([y for _, y in points] + [y for y, _ in up] + [0.0]) or 1.0
    low_x, wide = min(flat), (max(flat) - min(flat)) or 1.0

    def place_x(value: float) -> float:
        return round(LEFT + (scale(value) - low_x) / wide * (WIDTH - LEFT - RIGHT), 1)

    def place_y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / high * (HEIGHT - TOP - BOTTOM), 1)

    drawn = _bent(points) if is_logarithmic else points
    return Figure(
        line=" ".join(f"{place_x(x)},{place_y(y)}" for x, y in drawn),
        points=tuple((place_x(x), place_y(y)) for x, y in points),
        across=tuple(Tick(place_x(x), word) for x, word in across),
        up=tuple(Tick(place_y(y), word) for y, word in up),
        label=label,
    )


def _bent(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Put points between the points, on the straight line of their numbers."""
    found = list(points[:1])
    for (x, y), (next_x, next_y) in pairwise(points):
        parts = [at / BENDS for at in range(1, BENDS + 1)]
        found += [(x + (next_x - x) * at, y + (next_y - y) * at) for at in parts]
    return found


def round_steps(highest: float, steps: int = 4) -> list[float]:
    """
    Choose round numbers for the marks of an axis.

    Parameters
    ----------
    highest
        Largest number to be shown, >= 0.
    steps
        About how many marks.

    Returns
    -------
    list of float
        From 0 in steps of 1, 2 or 5 times a power of ten, the last at or above ``highest``.

    Examples
    --------
    >>> round_steps(870)
    [0.0, 500.0, 1000.0]
    >>> round_steps(0.0)
    [0.0, 1.0]
    """
    if not highest > 0:
        return [0.0, 1.0]
    wanted = highest / steps
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= wanted * (1 - 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [round(at * step, 12) for at in range(count + 1)]
