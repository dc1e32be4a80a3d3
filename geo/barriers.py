"""Keep people on foot out of rivers and lakes: a leg beside the roads goes round or not at all."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.along import Areas, Course, merged, outside, total_m, without
from geo.checks import Finding
from geo.edge_runs import Trace
from geo.roads import Network
from geo.snapping import feet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Lines = NDArray[np.object_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Barriers:
    """
    Surfaces that nobody walks through.

    Attributes
    ----------
    areas
        The surfaces, such as rivers, lakes and the sea; metric CRS.
    least_m
        Fewer metres in them count as their bank.
    """

    areas: Areas
    least_m: float

    def bar(self, legs: Lines) -> Flags:
        """
        Tell which legs lead through a surface.

        Parameters
        ----------
        legs
            LineStrings, shape ``(n,)``. A surface in which a leg begins does not count: who lives
            there according to the map gets to its bank somehow.

        Returns
        -------
        numpy.ndarray
            True for each leg with more than `least_m` in surfaces, shape ``(n,)``.
        """
        leg, area = self.areas.tree.query(legs, predicate="intersects")
        start = shapely.get_point(legs[leg], 0)
        counts = ~shapely.intersects(self.areas.polygons[area], start)
        leg, area = leg[counts], area[counts]
        inside_m = shapely.length(shapely.intersection(legs[leg], self.areas.polygons[area]))
        barred: Flags = np.bincount(leg, weights=inside_m, minlength=len(legs)) > self.least_m
        return barred


def clear_feet(
    network: Network, xy: Floats, barriers: Barriers | None, *, limit_m: float
) -> tuple[Ints, Floats, Floats]:
    """
    Find the nearest place on an open edge that each point reaches without crossing a barrier.

    Parameters
    ----------
    network
        Network with geometry.
    xy
        Points in the CRS of the network, metres, shape ``(k, 2)``.
    barriers
        What bars the straight way; None for nothing.
    limit_m
        Farther edges are not looked for, metres.

    Returns
    -------
    tuple
        As `feet`; -1, inf and NaN where every edge within reach is behind a barrier. Of an edge
        that crosses a barrier, such as one with a bridge, each dry part is tried by itself, at
        its nearest place.

    Raises
    ------
    NetworkError
        If the network has no geometry or a point is missing.
    """
    edge, away_m, place_m = feet(network, xy)
    drawn = network.geometry
    if barriers is None or drawn is None:
        return edge, away_m, place_m
    near = np.flatnonzero(away_m <= limit_m)
    foot = shapely.line_interpolate_point(drawn[edge[near]], place_m[near])
    legs = shapely.linestrings(np.stack([xy[near], shapely.get_coordinates(foot)], axis=1))
    barred = near[barriers.bar(np.asarray(legs, dtype=np.object_).reshape(-1))]
    if not len(barred):
        return edge, away_m, place_m
    edge[barred], away_m[barred], place_m[barred] = -1, np.inf, np.nan
    at, found, leg = _other_legs(network, drawn, xy[barred], barriers, limit_m)
    edge[barred[at]], away_m[barred[at]] = found, shapely.length(leg)
    place_m[barred[at]] = shapely.line_locate_point(drawn[found], shapely.get_point(leg, 1))
    return edge, away_m, place_m


def through_water(course: Course, traced: Trace, water: Barriers) -> list[Finding]:
    """
    Find where a line that is on no road leads through water.

    Parameters
    ----------
    course
        The line.
    traced
        Its trace; what runs on or beside a road, such as over a bridge, is dry.
    water
        The surfaces.

    Returns
    -------
    list
        At most one warning ``through_water``, at the middle of the first such stretch, with the
        metres of all; facts ``spans_m``.
    """
    _, spans = water.areas.inside(course)
    wet = without(merged(spans), outside(traced.off_m, course.length_m))
    wet = wet[wet[:, 1] - wet[:, 0] > water.least_m]
    if not len(wet):
        return []
    return [
        Finding(
            code="through_water",
            level="warning",
            at=shapely.Point(course.at(float(wet[0].mean()))[0]),
            metres=total_m(wet),
            facts={"spans_m": wet.tolist()},
        )
    ]


def _other_legs(
    network: Network, drawn: Lines, xy: Floats, barriers: Barriers, limit_m: float
) -> tuple[Ints, Ints, Lines]:
    """Find the shortest leg that is not barred: its point, edge and line, where there is one."""
    points = np.asarray(shapely.points(xy), dtype=np.object_).reshape(-1)
    open_edges = np.flatnonzero(~network.closed)
    tree = shapely.STRtree(drawn[open_edges])
    point, found = tree.query(points, predicate="dwithin", distance=limit_m)
    edge = open_edges[found]
    dry, of = shapely.get_parts(_dry(drawn[edge], barriers), return_index=True)
    point, edge = point[of], edge[of]
    legs = shapely.shortest_line(points[point], dry)
    is_clear = ~barriers.bar(legs) & (shapely.length(legs) <= limit_m)
    point, edge, legs = point[is_clear], edge[is_clear], legs[is_clear]
    order = np.lexsort((edge, shapely.length(legs), point))
    rows, first = np.unique(point[order], return_index=True)
    return rows, edge[order][first], legs[order][first]


def _dry(lines: Lines, barriers: Barriers) -> Lines:
    """Take the barriers out of lines."""
    _, areas = barriers.areas.tree.query(lines, predicate="intersects")
    wet = shapely.union_all(barriers.areas.polygons[np.unique(areas)])
    dry: Lines = shapely.difference(lines, wet)
    return dry
