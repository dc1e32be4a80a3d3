"""Measure the water on a drawn route, and tell where it is too deep to wade."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.parameters import Parameters
from census.products.route_roads import Roads
from census.products.sampling import along_lines, deepest
from geo.along import Course, without
from geo.checks import Finding
from geo.edge_runs import Trace

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Water:
    """The water on a line, bridges apart: metres wet and too deep to wade, deepest, and where."""

    wet_m: float
    wading_m: float
    depth_max_m: float
    deepest_at: shapely.Point | None = None


def water_on(course: Course, traced: Trace, roads: Roads, rules: Parameters) -> Water:
    """
    Measure the water along a line; its stretches on bridges are dry.

    Parameters
    ----------
    course
        The line, metric CRS.
    traced
        Its trace.
    roads
        Roads and depth.
    rules
        Evacuation parameters.

    Returns
    -------
    Water
        Metres and depth, as the plan measures them.
    """
    spans = without(np.array([[0.0, course.length_m]]), traced.on(roads.bridge))
    parts = np.array([course.part(*span) for span in spans.tolist()], dtype=object)
    if not len(parts):
        return Water(wet_m=0.0, wading_m=0.0, depth_max_m=0.0)
    crs = pyproj.CRS(roads.network.crs)
    line, values, metres = along_lines(roads.depth, parts, crs)
    return Water(
        deepest_at=_deepest_at(parts, line, values, metres),
        wet_m=float(metres[values > rules["road"]["wet_depth_m"]].sum()),
        wading_m=float(metres[values > rules["road"]["wading_depth_m"]].sum()),
        depth_max_m=float(deepest(line, values, len(parts)).max()),
    )


def _deepest_at(
    parts: NDArray[np.object_], line: NDArray[np.int64], values: F, metres: F
) -> shapely.Point | None:
    """Locate the middle of the first of the deepest stretches."""
    known = np.nan_to_num(values)
    if not known.any():
        return None
    at = int(np.argmax(known))
    own = line == line[at]
    before_m = metres[own][: at - int(np.flatnonzero(own)[0])].sum()
    place: shapely.Point = shapely.line_interpolate_point(
        parts[line[at]], before_m + metres[at] / 2
    )
    return place


def wading_findings(water: Water) -> list[Finding]:
    """
    Tell where a line leads through water that is too deep to wade.

    Parameters
    ----------
    water
        The water on it.

    Returns
    -------
    list
        A warning ``deep_water`` at the deepest place, with its metres; facts ``depth_m``.
    """
    if water.wading_m <= 0:
        return []
    return [
        Finding(
            code="deep_water",
            level="warning",
            at=water.deepest_at,
            metres=water.wading_m,
            facts={"depth_m": water.depth_max_m},
        )
    ]
