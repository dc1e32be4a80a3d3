"""Judge what a drawn route passes by: sites of one point or line; and a missing reason."""

from collections.abc import Sequence
from typing import Any

import shapely

from census.products.route_ground import Hazards
from census.products.route_roads import Roads
from geo.along import Course
from geo.checks import Finding
from geo.edge_runs import Trace


def site_findings(
    course: Course, traced: Trace, roads: Roads, hazards: Hazards, *, limit_m: float
) -> list[Finding]:
    """
    Find the point and line sites that a line crosses or passes near; bridges do not count.

    Parameters
    ----------
    course
        The line, metric CRS.
    traced
        Its trace.
    roads
        Roads, for the bridges.
    hazards
        The sites.
    limit_m
        Passing as near as this is told, metres.

    Returns
    -------
    list
        Warnings: ``crosses_site`` with the metres from the start to the first crossing (facts
        ``places``), ``passes_site`` with the least distance; both with ``site``, ``name``,
        ``kind``.
    """
    bridges = traced.on(roads.bridge)
    crossed = hazards.sites.crossed(course, dry_m=bridges)
    found = [
        Finding(
            code="crosses_site",
            level="warning",
            at=shapely.Point(each.xy),
            metres=each.at_m,
            facts=_named(hazards, each.row) | {"places": each.places},
        )
        for each in crossed
    ]
    rows = {each.row for each in crossed}
    for each in hazards.sites.passed(course, limit_m=limit_m, dry_m=bridges):
        if each.row not in rows:
            place, facts = shapely.Point(each.xy), _named(hazards, each.row)
            found.append(
                Finding(
                    code="passes_site", level="warning", at=place, metres=each.away_m, facts=facts
                )
            )
    return found


def _named(hazards: Hazards, row: int) -> dict[str, Any]:
    code, name = hazards.code[row], hazards.name[row]
    return {"site": code, "name": name or code, "kind": hazards.kind[row]}


def reason_findings(off: Sequence[Finding], reason: str | None) -> list[Finding]:
    """
    Tell that nobody has said why a line leaves the roads.

    Parameters
    ----------
    off
        What was found of its stretches off the roads.
    reason
        What was said.

    Returns
    -------
    list
        An error ``no_off_road_reason`` with the metres off the roads, or nothing.
    """
    left = [each for each in off if each.code == "off_network"]
    if not left or (reason or "").strip():
        return []
    metres = sum(each.metres or 0.0 for each in left)
    return [Finding(code="no_off_road_reason", level="error", at=left[0].at, metres=metres)]
