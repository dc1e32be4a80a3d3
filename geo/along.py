"""Measure places along a line in metres from its start: points, stretches, stretches in areas."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOUCH_M = 1e-9
"""Stretches this near to each other are one: floating-point noise of a cut is far smaller."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """
    A line with the metres from its start to each vertex.

    Attributes
    ----------
    xy
        Vertices, metric CRS, shape ``(n, 2)``, n >= 2, none equal to the one before it.
    along_m
        Metres from the start to each vertex, shape ``(n,)``.
    """

    xy: Floats
    along_m: Floats

    @classmethod
    def of(cls, line: shapely.LineString) -> Self:
        """
        Measure a line.

        Parameters
        ----------
        line
            LineString in a metric CRS with a length.

        Returns
        -------
        Course
            Its vertices without repeats.
        """
        return cls.through(shapely.get_coordinates(line))

    @classmethod
    def through(cls, xy: Floats) -> Self:
        """
        Measure a line given by its vertices.

        Parameters
        ----------
        xy
            Vertices, metres, shape ``(n, 2)``.

        Returns
        -------
        Course
            The vertices without those equal to the one before.
        """
        moves = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
        kept = np.asarray(xy, dtype=np.float64)[moves]
        return cls(xy=kept, along_m=np.append(0.0, np.cumsum(np.hypot(*np.diff(kept, axis=0).T))))

    @property
    def length_m(self) -> float:
        """
        Length of the line.

        Returns
        -------
        float
            Metres.
        """
        return float(self.along_m[-1])

    @property
    def segments(self) -> NDArray[np.object_]:
        """
        The straight pieces between neighbouring vertices.

        Returns
        -------
        numpy.ndarray
            LineStrings of two vertices, shape ``(n - 1,)``.
        """
        pairs = np.stack([self.xy[:-1], self.xy[1:]], axis=1)
        return np.asarray(shapely.linestrings(pairs), dtype=np.object_).reshape(-1)

    def at(self, place_m: ArrayLike) -> Floats:
        """
        Locate places along the line.

        Parameters
        ----------
        place_m
            Metres from the start.

        Returns
        -------
        numpy.ndarray
            Coordinates, shape ``(k, 2)``.
        """
        place = np.asarray(place_m, dtype=np.float64).reshape(-1)
        return np.stack(
            [np.interp(place, self.along_m, self.xy[:, axis]) for axis in (0, 1)], axis=1
        )

    def part(self, start_m: float, end_m: float) -> shapely.LineString:
        """
        Cut a stretch out of the line.

        Parameters
        ----------
        start_m, end_m
            Metres from the start, the first less than the second.

        Returns
        -------
        shapely.LineString
            The stretch with every vertex between.
        """
        inner = (self.along_m > start_m) & (self.along_m < end_m)
        ends = self.at([start_m, end_m])
        return shapely.LineString(np.concatenate([ends[:1], self.xy[inner], ends[1:]]))


class Areas:
    """
    Polygons made ready to be crossed by many lines.

    Parameters
    ----------
    polygons
        Polygons, MultiPolygons or collections with some, metric CRS; invalid ones are mended, and
        what has no inside is left out.
    names
        Name of each, such as its class or code.

    Attributes
    ----------
    polygons
        The single polygons they consist of, valid, without heights.
    names
        The name of each.
    rows
        Position of its area among those given.
    """

    def __init__(self, polygons: ArrayLike, names: ArrayLike) -> None:
        given = shapely.force_2d(np.asarray(polygons, dtype=np.object_).reshape(-1))
        parts, row = _polygon_parts(np.where(shapely.is_valid(given), given, _mended(given)))
        self.rows: Ints = row
        self.polygons: NDArray[np.object_] = parts
        self.names: NDArray[np.object_] = np.asarray(names, dtype=np.object_).reshape(-1)[row]
        shapely.prepare(self.polygons)
        self.tree = shapely.STRtree(self.polygons)

    def inside(self, course: Course) -> tuple[Ints, Floats]:
        """
        Find the stretches of a line inside each area; the border belongs to the area.

        Every straight piece is cut by itself, so a line that turns back on itself, or runs
        through an area twice, has every one of its metres counted.

        Parameters
        ----------
        course
            The line.

        Returns
        -------
        tuple
            Area of each stretch, shape ``(k,)``, and its start and end in metres, ``(k, 2)``;
            sorted by area, then start; stretches of one area are apart.
        """
        segments = course.segments
        segment, area = self.tree.query(segments)
        whole = shapely.covers(self.polygons[area], segments[segment])
        cut = ~whole & shapely.intersects(self.polygons[area], segments[segment])
        within = np.stack([course.along_m[segment[whole]], course.along_m[segment[whole] + 1]], 1)
        crossed, spans = _crossings(course, segments, segment[cut], self.polygons[area[cut]])
        areas = np.concatenate([area[whole], area[cut][crossed]])
        spans = np.concatenate([within, spans])
        parts = [(at, merged(spans[areas == at])) for at in np.unique(areas)]
        if not parts:
            return np.empty(0, dtype=np.int64), np.empty((0, 2))
        owner = np.repeat([at for at, _ in parts], [len(found) for _, found in parts])
        return owner.astype(np.int64), np.concatenate([found for _, found in parts])

    def outside(self, course: Course) -> Floats:
        """
        Find the stretches of a line outside all areas.

        Parameters
        ----------
        course
            The line.

        Returns
        -------
        numpy.ndarray
            Start and end, metres, shape ``(k, 2)``.
        """
        return outside(self.inside(course)[1], course.length_m)

    def distance_m(self, xy: Floats) -> Floats:
        """
        Measure the distance from points to the nearest area.

        Parameters
        ----------
        xy
            Points, metres, shape ``(k, 2)``.

        Returns
        -------
        numpy.ndarray
            Metres, 0 inside; inf where there is no area.
        """
        distance = np.full(len(xy), np.inf)
        if len(self.polygons) and len(xy):
            points = shapely.points(xy)
            (row, _), found = self.tree.query_nearest(points, return_distance=True)
            distance[row] = found
        return distance


def _mended(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.make_valid(shapes), dtype=np.object_)


def _polygon_parts(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints]:
    """Take shapes apart, collections in collections too, and keep the polygons with their rows."""
    row = np.arange(len(shapes))
    while (shapely.get_type_id(shapes) > 3).any():  # noqa: PLR2004  (GEOS: above 3 are several)
        shapes, owner = shapely.get_parts(shapes, return_index=True)
        row = row[owner]
    keep = (shapely.get_type_id(shapes) == 3) & ~shapely.is_empty(shapes)  # noqa: PLR2004
    return np.asarray(shapes[keep], dtype=np.object_), row[keep]


def _crossings(
    course: Course,
    segments: NDArray[np.object_],
    segment: Ints,
    polygons: NDArray[np.object_],
) -> tuple[Ints, Floats]:
    """Cut straight pieces by polygons; return the row of each part and its start and end."""
    pieces = shapely.intersection(segments[segment], polygons)
    parts, row = shapely.get_parts(pieces, return_index=True)
    # A collection appears where a piece both crosses an area and touches it at a point.
    inner, of_part = shapely.get_parts(parts, return_index=True)
    row, parts = row[of_part], inner
    is_line = shapely.get_type_id(parts) == 1
    row, parts = row[is_line], parts[is_line]
    start = course.xy[segment[row]]
    ends = [shapely.get_coordinates(shapely.get_point(parts, at)) for at in (0, -1)]
    far = [course.along_m[segment[row]] + np.hypot(*(end - start).T) for end in ends]
    return row.astype(np.int64), np.sort(np.stack(far, axis=1), axis=1).reshape(-1, 2)


def merged(spans: Floats, *, gap_m: float = TOUCH_M) -> Floats:
    """
    Join stretches that overlap or touch.

    Parameters
    ----------
    spans
        Start and end, metres, shape ``(k, 2)``.
    gap_m
        Stretches no farther apart are joined.

    Returns
    -------
    numpy.ndarray
        Stretches apart from each other, in order.

    Examples
    --------
    >>> merged(np.array([[5.0, 9.0], [0.0, 2.0], [2.0, 3.0], [6.0, 7.0]])).tolist()
    [[0.0, 3.0], [5.0, 9.0]]
    """
    if not len(spans):
        return np.empty((0, 2))
    ordered = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    begins = np.append(True, ordered[1:, 0] > reach[:-1] + gap_m)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(ordered)) - 1
    return np.stack([ordered[first, 0], reach[last]], axis=1)


def outside(spans: Floats, length_m: float) -> Floats:
    """
    Find what stretches leave uncovered of a line.

    Parameters
    ----------
    spans
        Start and end, metres, shape ``(k, 2)``, in any order.
    length_m
        Length of the line.

    Returns
    -------
    numpy.ndarray
        The stretches between, in order.

    Examples
    --------
    >>> outside(np.array([[5.0, 9.0], [0.0, 2.0]]), 10.0).tolist()
    [[2.0, 5.0], [9.0, 10.0]]
    """
    covered = merged(spans)
    starts = np.append(0.0, covered[:, 1])
    ends = np.append(covered[:, 0], length_m)
    left = np.stack([starts, ends], axis=1)
    return np.asarray(left[left[:, 1] - left[:, 0] > TOUCH_M])


def without(spans: Floats, taken: Floats) -> Floats:
    """
    Take stretches away from others.

    Parameters
    ----------
    spans
        Start and end, metres, shape ``(k, 2)``.
    taken
        What to take away.

    Returns
    -------
    numpy.ndarray
        What is left, in order.

    Examples
    --------
    >>> without(np.array([[0.0, 10.0]]), np.array([[2.0, 3.0]])).tolist()
    [[0.0, 2.0], [3.0, 10.0]]
    """
    if not len(spans) or not len(taken):
        return merged(spans)
    most = float(spans.max())
    return outside(np.concatenate([outside(spans, most), taken[taken[:, 0] < most]]), most)


def total_m(spans: Floats) -> float:
    """
    Add up stretches that are apart from each other.

    Parameters
    ----------
    spans
        Start and end, metres, shape ``(k, 2)``.

    Returns
    -------
    float
        Metres.
    """
    return float((spans[:, 1] - spans[:, 0]).sum()) if len(spans) else 0.0
