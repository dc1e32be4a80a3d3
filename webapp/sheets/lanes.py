"""Draw routes of different groups that share a road side by side, so that each can be followed."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

LANE_MM = 1.5
# More lanes than this on one road are drawn closer, so that the bundle stays on its road.
WIDEST_MM = 4.5
_KEY_DECIMALS = 2

Point = tuple[float, float]
Ends = tuple[Point, Point]


@dataclass(frozen=True)
class Lanes:
    """
    Routes of one map and the roads that they share.

    Attributes
    ----------
    lines
        Lines in millimetres; may be empty or of several pieces.
    groups
        Who walks each line; lines of one group run in one lane.
    """

    lines: Sequence[BaseGeometry]
    groups: Sequence[Hashable]

    def users(self) -> dict[Ends, list[int]]:
        """
        Tell which lines use each stretch between two corners.

        Returns
        -------
        dict
            Stretch to indices of lines, in their order.
        """
        found: dict[Ends, dict[int, None]] = {}
        for number, line in enumerate(self.lines):
            for piece in shapely.get_parts(line):
                for start, end in _steps(piece):
                    found.setdefault(_undirected(start, end), {})[number] = None
        return {ends: list(numbers) for ends, numbers in found.items()}

    def moved(self) -> list[BaseGeometry]:
        """
        Move lines of different groups apart, across their direction, where they share a stretch.

        Returns
        -------
        list of shapely.geometry.base.BaseGeometry
            As many lines, millimetres.
        """
        users = self.users()
        lanes = {
            ends: list(dict.fromkeys(self.groups[number] for number in numbers))
            for ends, numbers in users.items()
        }
        return [
            _joined(
                [_moved(piece, group, lanes) for piece in shapely.get_parts(line)],
            )
            for line, group in zip(self.lines, self.groups, strict=True)
        ]

    def alone(self) -> list[BaseGeometry]:
        """
        Keep of each line what no other line uses.

        Returns
        -------
        list of shapely.geometry.base.BaseGeometry
            As many lines, millimetres; empty where a line shares its whole way.
        """
        own: list[list[Ends]] = [[] for _ in self.lines]
        for ends, numbers in self.users().items():
            if len(numbers) == 1:
                own[numbers[0]].append(ends)
        return [shapely.line_merge(shapely.MultiLineString(stretches)) for stretches in own]


def _steps(line: BaseGeometry) -> list[Ends]:
    corners = [(x, y) for x, y in np.round(shapely.get_coordinates(line), _KEY_DECIMALS).tolist()]
    return [(start, end) for start, end in pairwise(corners) if start != end]


def _undirected(start: Point, end: Point) -> Ends:
    return (min(start, end), max(start, end))


def _moved(
    line: BaseGeometry, group: Hashable, lanes: dict[Ends, list[Hashable]]
) -> NDArray[np.float64]:
    points = []
    for start, end in _steps(line):
        ends = _undirected(start, end)
        points += [np.array((start, end)) + _shift_mm(ends, lanes[ends].index(group), lanes[ends])]
    return np.concatenate(points) if points else np.empty((0, 2))


def _shift_mm(ends: Ends, lane: int, sharing: list[Hashable]) -> NDArray[np.float64]:
    spacing_mm = min(LANE_MM, WIDEST_MM / max(len(sharing) - 1, 1))
    along = np.subtract(ends[1], ends[0])
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    return np.asarray(across * spacing_mm * (lane - (len(sharing) - 1) / 2))


def _joined(pieces: list[NDArray[np.float64]]) -> BaseGeometry:
    shown = [shapely.LineString(piece) for piece in pieces if len(piece)]
    return shown[0] if len(shown) == 1 else shapely.MultiLineString(shown)
