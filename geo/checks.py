"""Check a line that someone draws: what is wrong with it, where, and over how many metres."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.along import TOUCH_M, Areas, Course, Floats, total_m, without
from geo.edge_runs import Segments, Trace, ordered, trace
from geo.roads import Network

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """
    One thing that a check found; whoever shows it finds the words by its code.

    Attributes
    ----------
    code
        What was found, such as ``self_crossing``.
    level
        ``error`` stops a line, ``warning`` wants a reason, ``note`` is to be known.
    at
        Where, in the CRS of the line; None where it has no place.
    metres
        Over what length, or how far away; None where it has none.
    people
        How many people it concerns; None where it is not about people.
    facts
        Further figures, names and codes.
    """

    code: str
    level: Level
    at: shapely.Point | None = None
    metres: float | None = None
    people: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def vertices(line: ArrayLike | shapely.LineString, *, limit: int) -> list[Finding]:
    """
    Judge the vertices of a line before anything is computed from it.

    Parameters
    ----------
    line
        LineString, or its vertices of shape ``(n, 2)``.
    limit
        Most vertices that are accepted.

    Returns
    -------
    list
        An error ``too_many_vertices`` (facts ``vertices``, ``limit``), ``not_finite``,
        ``too_few_vertices`` or ``no_length``; empty where the line can be checked.
    """
    if isinstance(line, shapely.LineString):
        line = shapely.get_coordinates(line)
    xy = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    if len(xy) > limit:
        facts = {"vertices": len(xy), "limit": limit}
        return [Finding(code="too_many_vertices", level="error", facts=facts)]
    if not np.isfinite(xy).all():
        rows = np.flatnonzero(~np.isfinite(xy).all(axis=1))
        return [Finding(code="not_finite", level="error", facts={"vertices": rows.tolist()})]
    if len(xy) < 2:  # noqa: PLR2004  (a line has two ends)
        return [Finding(code="too_few_vertices", level="error", facts={"vertices": len(xy)})]
    if (xy == xy[0]).all():
        return [Finding(code="no_length", level="error", at=shapely.Point(xy[0]), metres=0.0)]
    return []


def hazard_metres(
    line: shapely.LineString, polygons: ArrayLike, classes: ArrayLike
) -> dict[str, float]:
    """
    Measure a line inside hazard areas, class by class, exactly.

    Borders belong to the areas. A metre in two areas of one class counts once, a metre in areas
    of two classes counts in both, and a line that comes back the same way counts twice.

    Parameters
    ----------
    line
        LineString with a length, metric CRS.
    polygons
        Polygons or MultiPolygons, same CRS.
    classes
        Class of each.

    Returns
    -------
    dict
        Metres by class, only of classes that the line runs through.
    """
    spans = spans_by_name(Course.of(line), Areas(polygons, classes))
    return {name: total_m(found) for name, (found, _) in spans.items()}


def spans_by_name(
    course: Course, areas: Areas, *, dry_m: Floats | None = None
) -> dict[str, tuple[Floats, list[int]]]:
    """
    Find the stretches of a line in areas, joined by the name of the area.

    Parameters
    ----------
    course
        The line.
    areas
        Areas, several of which may share a name.
    dry_m
        Stretches that do not count, such as bridges over the areas.

    Returns
    -------
    dict
        By name, in order of the names: stretches in metres, and the rows of their areas.
    """
    area, spans = areas.inside(course)
    dry = np.empty((0, 2)) if dry_m is None else dry_m
    found: dict[str, tuple[Floats, list[int]]] = {}
    for name in sorted({str(areas.names[at]) for at in area}):
        own = np.array([str(areas.names[at]) == name for at in area])
        left = without(spans[own], dry)
        if total_m(left) > TOUCH_M:
            rows = [
                int(areas.rows[at])
                for at in np.unique(area[own])
                if total_m(without(spans[area == at], dry)) > TOUCH_M
            ]
            found[name] = (left, rows)
    return found


def off_network(line: shapely.LineString, network: Network, tolerance_m: float) -> list[Finding]:
    """
    Find every stretch of a line that is farther than a tolerance from all roads.

    Parameters
    ----------
    line
        LineString with a length, CRS of the network.
    network
        Network with geometry; closed edges are roads too.
    tolerance_m
        Distance that is still on the network, metres.

    Returns
    -------
    list
        As `off_stretches`.
    """
    course, pieces = Course.of(line), Segments(network)
    return off_stretches(course, trace(course, pieces, tolerance_m=tolerance_m), pieces)


def off_stretches(
    course: Course,
    traced: Trace,
    pieces: Segments,
    *,
    leg_m: float = 0.0,
    roads_m: tuple[float, float] = (0.0, np.inf),
    measured: int | None = None,
) -> list[Finding]:
    """
    Report the stretches off the network that a trace found.

    Parameters
    ----------
    course
        The line.
    traced
        Its trace.
    pieces
        Pieces of the network.
    leg_m
        Longest leg to or from the road.
    roads_m
        Where the line comes onto the roads and where it leaves them. What lies before and after
        is a leg, whatever it passes: one note ``leg_to_road`` or ``leg_from_road`` with its
        metres, no warning, up to ``leg_m``.
    measured
        Of how many stretches, from the start, the distance from the roads is measured; None for
        all.

    Returns
    -------
    list
        For each stretch a warning ``off_network`` at its middle with its metres; facts
        ``start_m``, ``end_m`` and ``away_m``, the distance of its middle from the nearest road.
    """
    first, last = roads_m
    # A line that never comes onto a road is one leg.
    out_m, back_m = (course.length_m, np.inf) if first > last else (first, last)
    to_road = traced.off_m[:, 1] <= (out_m if out_m <= leg_m else -1.0)
    from_road = traced.off_m[:, 0] >= (back_m if course.length_m - back_m <= leg_m else np.inf)
    legs = [
        _leg(code, course, span)
        for code, is_leg, span in (
            ("leg_to_road", to_road, (0.0, out_m)),
            ("leg_from_road", from_road, (back_m, course.length_m)),
        )
        if is_leg.any()
    ]
    off_m = traced.off_m[~(to_road | from_road)]
    return legs + _off_roads(course, off_m, pieces, measured)


def _leg(code: str, course: Course, span_m: tuple[float, float]) -> Finding:
    middle = shapely.Point(course.at(sum(span_m) / 2)[0])
    return Finding(code=code, level="note", at=middle, metres=span_m[1] - span_m[0])


def _off_roads(
    course: Course, off_m: Floats, pieces: Segments, measured: int | None
) -> list[Finding]:
    middles = np.asarray(shapely.points(course.at(off_m.mean(axis=1))), dtype=np.object_)
    nearest = pieces.tree.query_nearest
    (row, _), away_m = nearest(middles[:measured], return_distance=True, all_matches=False)
    away = dict(zip(row, away_m, strict=True))
    return [
        Finding(
            code="off_network",
            level="warning",
            at=middles[at],
            metres=end - start,
            facts={"start_m": start, "end_m": end}
            | ({"away_m": float(away[at])} if at in away else {}),
        )
        for at, (start, end) in enumerate(off_m.tolist())
    ]


def edges_used(
    course: Course, traced: Trace, edges: NDArray[np.bool_], *, code: str, level: Level = "error"
) -> list[Finding]:
    """
    Report the metres of a line on chosen edges, such as closed or flooded ones.

    Parameters
    ----------
    course
        The line.
    traced
        Its trace.
    edges
        True for each edge that must not be used, shape ``(m,)``.
    code
        Code of the finding.
    level
        Its level.

    Returns
    -------
    list
        At most one finding, at the middle of the first such stretch; facts ``edges`` (ids in
        walking order) and ``spans_m``.
    """
    spans = traced.on(edges)
    if not len(spans):
        return []
    used = traced.edge[edges[traced.edge]]
    facts = {"edges": ordered(used), "spans_m": spans.tolist()}
    place = shapely.Point(course.at(spans[0].mean())[0])
    return [Finding(code=code, level=level, at=place, metres=total_m(spans), facts=facts)]


def closed_edges(
    line: shapely.LineString, network: Network, *, tolerance_m: float
) -> list[Finding]:
    """
    Find the metres of a line on closed edges.

    Parameters
    ----------
    line
        LineString with a length, CRS of the network.
    network
        Network with geometry and closed edges.
    tolerance_m
        Within this distance a line runs on an edge, metres.

    Returns
    -------
    list
        An error ``closed_edges``, or nothing.
    """
    course = Course.of(line)
    traced = trace(course, Segments(network), tolerance_m=tolerance_m)
    return edges_used(course, traced, network.closed, code="closed_edges")


def towns_crossed(course: Course, towns: Areas, *, own: ArrayLike = ()) -> list[Finding]:
    """
    Find the towns, other than its own, that a line runs through.

    Parameters
    ----------
    course
        The line.
    towns
        Towns by code.
    own
        Codes of the towns the line may run through.

    Returns
    -------
    list
        For each town a warning ``crosses_town`` where the line first enters it, with its metres
        there; facts ``town``.
    """
    known = {str(code) for code in np.asarray(own, dtype=np.object_).reshape(-1)}
    return [
        Finding(
            code="crosses_town",
            level="warning",
            at=shapely.Point(course.at(spans[0, 0])[0]),
            metres=total_m(spans),
            facts={"town": town},
        )
        for town, (spans, _) in spans_by_name(course, towns).items()
        if town not in known
    ]


def runs_back(course: Course, hazard: Areas, *, step_m: float, least_m: float) -> list[Finding]:
    """
    Find where a line that has left a hazard comes near it again.

    Parameters
    ----------
    course
        The line.
    hazard
        Areas to get away from.
    step_m
        Distance between the places that are measured, metres; vertices are measured too.
    least_m
        Coming nearer by less is not reported, metres.

    Returns
    -------
    list
        A note ``runs_back`` at the nearest place after the farthest one, with the metres the
        distance to the hazard falls by; facts ``from_m`` and ``to_m``, the two distances.
    """
    count = max(int(np.ceil(course.length_m / step_m)), 1)
    places = np.unique(np.append(course.along_m, np.linspace(0, course.length_m, count + 1)))
    away_m = hazard.distance_m(course.at(places))
    if not np.isfinite(away_m).all():
        return []
    fall_m = np.maximum.accumulate(away_m) - away_m
    worst = int(np.argmax(fall_m))
    if fall_m[worst] < least_m:
        return []
    place = shapely.Point(course.at(places[worst])[0])
    facts = {"from_m": float(away_m[: worst + 1].max()), "to_m": float(away_m[worst])}
    return [
        Finding(code="runs_back", level="note", at=place, metres=float(fall_m[worst]), facts=facts)
    ]
