"""Find the point and line sites, such as slopes and dikes, that a line passes near or crosses."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.along import TOUCH_M, Course, Floats, Ints, outside

_POINTS, _LINES = (0, 4), (1, 2, 5)
"""GEOS's numbers of points, and of lines and rings, single and several."""

_INTERIORS_MEET = "T********"


@dataclass(frozen=True, kw_only=True)
class Passed:
    """
    A site that a line passes near.

    Attributes
    ----------
    row
        Position of the site among those given.
    away_m
        Least distance, metres.
    xy
        Where on the line it is nearest.
    """

    row: int
    away_m: float
    xy: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """
    A line site that a line crosses or runs along.

    Attributes
    ----------
    row
        Position of the site among those given.
    at_m
        Where it first does, metres from the start of the line.
    places
        At how many places; a stretch along the site is one.
    xy
        The first place.
    """

    row: int
    at_m: float
    places: int
    xy: tuple[float, float]


class Sites:
    """
    Points and lines made ready for many lines to pass by.

    Parameters
    ----------
    shapes
        Shapes in a metric CRS, single or several; areas and empty ones are left out.

    Attributes
    ----------
    shapes
        The points and lines, without heights.
    rows
        Position of each among those given.
    """

    def __init__(self, shapes: ArrayLike) -> None:
        given = shapely.force_2d(np.asarray(shapes, dtype=np.object_).reshape(-1))
        kept = np.isin(shapely.get_type_id(given), _POINTS + _LINES) & ~shapely.is_empty(given)
        self.rows: Ints = np.flatnonzero(kept).astype(np.int64)
        self.shapes: NDArray[np.object_] = np.asarray(given[kept], dtype=np.object_)
        self._tree = shapely.STRtree(self.shapes)

    def crossed(self, course: Course, *, dry_m: Floats) -> list[Crossed]:
        """
        Find the line sites that a line crosses; one that only touches a site's end does not.

        Parameters
        ----------
        course
            The line.
        dry_m
            Stretches that do not count, such as bridges, shape ``(k, 2)``.

        Returns
        -------
        list of Crossed
            By row.
        """
        walked = _walked(course, dry_m)
        near = np.sort(self._tree.query(walked, predicate="intersects"))
        found = []
        for at in near.tolist():
            site = self.shapes[at]
            is_line = shapely.get_type_id(site) in _LINES
            if is_line and shapely.relate_pattern(walked, site, _INTERIORS_MEET):
                found.append(_crossing(course, walked, site, int(self.rows[at])))
        return found

    def passed(self, course: Course, *, limit_m: float, dry_m: Floats) -> list[Passed]:
        """
        Find the sites within a distance of a line, those that it crosses included.

        Parameters
        ----------
        course
            The line.
        limit_m
            The distance; a site exactly as far away counts.
        dry_m
            Stretches that do not count, such as bridges, shape ``(k, 2)``.

        Returns
        -------
        list of Passed
            By row.
        """
        walked = _walked(course, dry_m)
        # What is exactly there must not be lost to the last bit of a computed distance.
        reach_m = limit_m + TOUCH_M
        near = self._tree.query(walked, predicate="dwithin", distance=reach_m)
        found = []
        for at in np.sort(near).tolist():
            shortest = shapely.shortest_line(walked, self.shapes[at])
            away_m = float(shapely.distance(walked, self.shapes[at]))
            if away_m <= reach_m:
                x, y = shapely.get_coordinates(shortest)[0].tolist()
                found.append(Passed(row=int(self.rows[at]), away_m=away_m, xy=(x, y)))
        return found


def _walked(course: Course, dry_m: Floats) -> shapely.MultiLineString:
    parts = [course.part(*span) for span in outside(dry_m, course.length_m).tolist()]
    return shapely.MultiLineString(parts)


def _crossing(
    course: Course, walked: shapely.MultiLineString, site: shapely.Geometry, row: int
) -> Crossed:
    shared = shapely.get_parts(shapely.get_parts(shapely.intersection(walked, site)))
    is_line = np.isin(shapely.get_type_id(shared), _LINES)
    along = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(shared[is_line]))))
    xy = shapely.get_coordinates(shared)
    whole = shapely.LineString(course.xy)
    at_m = np.asarray(shapely.line_locate_point(whole, shapely.points(xy)), dtype=np.float64)
    first = int(np.argmin(at_m))
    return Crossed(
        row=row,
        at_m=float(at_m[first]),
        places=int((~is_line).sum()) + len(along),
        xy=(float(xy[first, 0]), float(xy[first, 1])),
    )
