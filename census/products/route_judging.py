"""Judge a drawn evacuation route by the district around it: water, shelter, ends, towns, posts."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from census.products.parameters import Parameters
from census.products.route_ground import Hazards, Places, RouteRow, Routes, Shelter
from census.products.route_results import Closures
from census.products.route_roads import Roads
from geo.along import Course, merged, total_m
from geo.checks import Finding, Level, edges_used, spans_by_name, towns_crossed
from geo.edge_runs import Trace

F = NDArray[np.float64]

MOST_NAMED: Final = 3
"""Sites of one kind that a finding names; the rest are counted."""


def hazard_findings(
    course: Course, traced: Trace, roads: Roads, hazards: Hazards
) -> tuple[dict[str, float], list[Finding]]:
    """
    Measure the line in hazard sites, kind by kind.

    Bridges over surveyed sites do not count. What was reported from the place counts there too:
    somebody stood before a blocked bridge.

    Parameters
    ----------
    course
        The line.
    traced
        Its trace.
    roads
        Roads, for the bridges.
    hazards
        The sites.

    Returns
    -------
    tuple
        Metres by kind; a warning ``hazard_crossing`` for each kind of surveyed site (facts
        ``kind``, ``sites``, ``named`` (code and name of the first few), ``spans_m``); and a
        warning ``reported_site`` for each reported one (facts ``site``, ``name``, ``kind``,
        ``report_kind``, ``reported_at`` in the district's time, ``spans_m``).
    """
    surveyed = spans_by_name(course, hazards.surveyed, dry_m=traced.on(roads.bridge))
    reported = spans_by_name(course, hazards.reported)
    found = []
    stretches: dict[str, list[F]] = {kind: [spans] for kind, (spans, _) in surveyed.items()}
    for kind, (spans, rows) in surveyed.items():
        facts: dict[str, Any] = {"kind": kind, **_sites_named(hazards, sorted(set(rows)))}
        found.append(_crossing("hazard_crossing", course, spans, facts))
    for code, (spans, rows) in reported.items():
        stretches.setdefault(hazards.kind[rows[0]], []).append(spans)
        found.append(_crossing("reported_site", course, spans, _report_of(hazards, code, rows[0])))
    return {
        kind: total_m(merged(np.concatenate(each))) for kind, each in sorted(stretches.items())
    }, found


def _crossing(code: str, course: Course, spans: F, facts: dict[str, Any]) -> Finding:
    return Finding(
        code=code,
        level="warning",
        at=shapely.Point(course.at(spans[0].mean())[0]),
        metres=total_m(spans),
        facts={**facts, "spans_m": spans.tolist()},
    )


def _sites_named(hazards: Hazards, rows: list[int]) -> dict[str, Any]:
    codes = [str(hazards.code[row]) for row in rows]
    names = [str(hazards.name[row] or hazards.code[row]) for row in rows]
    named = list(zip(codes, names, strict=True))[:MOST_NAMED]
    return {"sites": codes, "named": [list(each) for each in named]}


def _report_of(hazards: Hazards, code: str, row: int) -> dict[str, Any]:
    told = hazards.told.get(code)
    return {
        "site": code,
        "name": str(hazards.name[row] or code),
        "kind": hazards.kind[row],
        "report_kind": told.report_kind if told else None,
        "reported_at": told.reported_at if told else None,
    }


def road_findings(
    course: Course,
    traced: Trace,
    roads: Roads,
    closed_roads: Collection[int],
    *,
    roads_m: tuple[float, float],
) -> list[Finding]:
    """
    Find the metres on roads that are closed for trial or too deep to wade.

    A leg to the road may pass beside a flooded one: its water is told, no road is used.

    Parameters
    ----------
    course
        The line.
    traced
        Its trace.
    roads
        The roads.
    closed_roads
        Ids of roads closed for trial.
    roads_m
        Where the line comes onto passable roads and where it leaves them.

    Returns
    -------
    list
        Errors ``closed_road`` and ``flooded_road``; facts ``road_ids``, ``roads`` (names),
        ``spans_m``, and for water ``depth_m``.
    """
    every = roads.ids(np.arange(roads.network.edge_count))
    closed = np.isin(every, list(closed_roads))
    found = edges_used(course, traced, closed, code="closed_road")
    first, last = roads_m
    on_legs = (traced.span_m[:, 1] <= first) | (traced.span_m[:, 0] >= last)
    kept = traced.exact | ~on_legs
    used = replace(traced, edge=traced.edge[kept], span_m=traced.span_m[kept])
    found += edges_used(course, used, roads.flooded & ~closed, code="flooded_road")
    return [_named(each, roads) for each in found]


def _named(found: Finding, roads: Roads) -> Finding:
    """Tell roads in place of edges."""
    edges = np.array(found.facts["edges"], dtype=np.int64)
    ids = list(dict.fromkeys(roads.ids(edges).tolist()))
    names = [name for name in roads.road_name[roads.network.line[edges]] if name]
    facts = {
        "road_ids": ids,
        "roads": "、".join(dict.fromkeys(names)),
        "spans_m": found.facts["spans_m"],
        "depth_m": float(roads.depth_max_m[edges].max()),
    }
    return Finding(
        code=found.code, level=found.level, at=found.at, metres=found.metres, facts=facts
    )


def shelter_findings(
    shelter: Shelter, row: RouteRow, routes: Routes, rules: Parameters, what_if: Closures
) -> list[Finding]:
    """
    Judge the shelter that a route leads to.

    Parameters
    ----------
    shelter
        The shelter.
    row
        The route.
    routes
        All current routes, for the load.
    rules
        Evacuation parameters.
    what_if
        Shelters closed for trial.

    Returns
    -------
    list
        Errors ``shelter_closed``, ``shelter_too_deep``; warnings ``shelter_wet``,
        ``shelter_depth_unknown``, ``shelter_capacity_unknown`` and ``shelter_over_capacity``
        (people beyond the capacity; facts ``load_people``, ``capacity_people``).
    """
    at = shapely.Point(shelter.xy)
    facts: dict[str, Any] = {"shelter": shelter.code, "name": shelter.name}
    found = []
    if shelter.code in what_if.closed_shelters:
        found.append(Finding(code="shelter_closed", level="error", at=at, facts=facts))
    deep = {**facts, "depth_m": shelter.depth_m}
    if np.isnan(shelter.depth_m):
        found.append(Finding(code="shelter_depth_unknown", level="warning", at=at, facts=facts))
    elif shelter.depth_m > rules["shelter"]["unusable_depth_m"]:
        found.append(Finding(code="shelter_too_deep", level="error", at=at, facts=deep))
    elif shelter.depth_m > rules["road"]["wet_depth_m"]:
        found.append(Finding(code="shelter_wet", level="warning", at=at, facts=deep))
    load = routes.load_people(shelter.code, but=row.code) + (row.people or 0)
    if shelter.capacity_people is None:
        found.append(Finding(code="shelter_capacity_unknown", level="warning", at=at, facts=facts))
    elif load > shelter.capacity_people:
        full = {**facts, "load_people": load, "capacity_people": shelter.capacity_people}
        beyond = load - shelter.capacity_people
        found.append(
            Finding(code="shelter_over_capacity", level="warning", at=at, people=beyond, facts=full)
        )
    return found


def end_findings(
    course: Course,
    row: RouteRow,
    shelter: Shelter | None,
    routes: Routes,
    places: Places,
    *,
    limit_m: float,
) -> list[Finding]:
    """
    Check that a line starts at its group and ends at its shelter.

    Parameters
    ----------
    course
        The line.
    row
        The route.
    shelter
        Its shelter; None where it has none.
    routes
        Places of the groups.
    places
        Shapes of the units and villages.
    limit_m
        How far an end may be away, metres.

    Returns
    -------
    list
        Errors ``no_shelter`` and ``ends_off_shelter`` (metres away; facts ``is_reversed``), and a
        warning ``starts_off_group``.
    """
    start, end = course.xy[0], course.xy[-1]
    found = []
    if shelter is None:
        facts: dict[str, Any] = {"shelter": row.shelter_code}
        found.append(Finding(code="no_shelter", level="error", at=shapely.Point(end), facts=facts))
    elif (away := _apart_m(end, shelter.xy)) > limit_m:
        facts = {"shelter": shelter.code, "name": shelter.name}
        facts |= {"is_reversed": _apart_m(start, shelter.xy) <= limit_m}
        found.append(
            Finding(
                code="ends_off_shelter",
                level="error",
                at=shapely.Point(end),
                metres=away,
                facts=facts,
            )
        )
    group = routes.group.get(row.unit_code or "")
    shape = places.shape.get(row.unit_code or "") or places.shape.get(row.village_code or "")
    away = np.inf if group is None else _apart_m(start, group)
    if shape is not None:
        away = min(away, float(shapely.distance(shape, shapely.Point(start))))
    if limit_m < away < np.inf:
        facts = {"unit": row.unit_code or row.village_code}
        found.append(
            Finding(
                code="starts_off_group",
                level="warning",
                at=shapely.Point(start),
                metres=away,
                facts=facts,
            )
        )
    return found


def _apart_m(first: F, second: tuple[float, float]) -> float:
    return float(np.hypot(first[0] - second[0], first[1] - second[1]))


def town_findings(
    course: Course, row: RouteRow, shelter: Shelter | None, places: Places, border_m: float
) -> list[Finding]:
    """
    Find the towns a line runs through, and what of it lies outside the district.

    Parameters
    ----------
    course
        The line.
    row
        The route.
    shelter
        Its shelter; the town it stands in is where the route has to go.
    places
        The towns.
    border_m
        Metres outside that are but the border's precision.

    Returns
    -------
    list
        ``crosses_town`` (a note where the shelter stands there; facts ``town``, ``name``,
        ``is_destination``), and ``outside_district``: an error where an end or half of the line
        lies outside, else a warning.
    """
    own = places.town.get(row.village_code or "")
    goal = None
    if shelter is not None:
        point = shapely.Point(shelter.xy)
        codes = sorted(set(places.towns.names.tolist()))
        goal = next((c for c in codes if shapely.covers(places.shape[c], point)), None)
    found = []
    for each in towns_crossed(course, places.towns, own=[own] if own else []):
        town = each.facts["town"]
        facts = {"town": town, "name": places.name.get(town), "is_destination": town == goal}
        level: Level = "note" if town == goal else "warning"
        found.append(
            Finding(code=each.code, level=level, at=each.at, metres=each.metres, facts=facts)
        )
    left = places.towns.outside(course)
    metres = total_m(left)
    if metres > border_m:
        ends = left[0, 0] <= 0 or left[-1, 1] >= course.length_m
        is_elsewhere = ends or metres > course.length_m / 2
        found.append(
            Finding(
                code="outside_district",
                level="error" if is_elsewhere else "warning",
                at=shapely.Point(course.at(left[0].mean())[0]),
                metres=metres,
                facts={"spans_m": left.tolist()},
            )
        )
    return found


def post_findings(row: RouteRow, posts: Mapping[str, set[str]]) -> list[Finding]:
    """
    Check that somebody is responsible for the route's village.

    Parameters
    ----------
    row
        The route.
    posts
        Roles by division.

    Returns
    -------
    list
        A warning ``no_post`` where neither unit nor village has a post, or ``no_primary_post``
        where all of them are deputies.
    """
    roles = posts.get(row.unit_code or "", set()) | posts.get(row.village_code or "", set())
    if "primary" in roles:
        return []
    code = "no_primary_post" if roles else "no_post"
    return [Finding(code=code, level="warning", facts={"village": row.village_code})]
