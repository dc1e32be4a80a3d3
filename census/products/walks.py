"""Draw and measure the way of each group to its shelter, water on the way included."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.inputs import CellValues
from census.products.sampling import along_lines, deepest
from census.products.ways import Ways
from geo.errors import NetworkError
from geo.routing import Route, routes
from geo.snapping import without_cuts

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)

NUDGE_M = 1.0
"""A group that stands at the door of its shelter still gets a line that can be drawn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Walks:
    """
    The ways of all pairs, in the order of the pairs.

    Attributes
    ----------
    length_m, minutes, hazard_m, depth_max_m
        Length, walking time, metres in water deeper than the wet depth, deepest water on the way;
        the legs to and from the road included.
    road_ids
        Roads passed, in order.
    geometry
        MultiLineStrings in the metric CRS.
    """

    length_m: F
    minutes: F
    hazard_m: F
    depth_max_m: F
    road_ids: list[list[int]]
    geometry: NDArray[np.object_]


def walk(ways: Ways, pairs: I, depth: CellValues, *, wet_depth_m: float) -> Walks:
    """
    Find the shortest way of each pair and measure the water on it.

    Parameters
    ----------
    ways
        The passable network.
    pairs
        Unit and shelter of each way, shape ``(k, 2)``.
    depth
        Water depth.
    wet_depth_m
        Metres in deeper water count as hazard metres.

    Returns
    -------
    Walks
        One way per pair.

    Raises
    ------
    NetworkError
        If a pair is not connected, which the allocation excludes.
    """
    unit, shelter = pairs[:, 0], pairs[:, 1]
    found = routes(ways.network, ways.unit_node[unit], ways.shelter_node[shelter])
    lost = [at for at, way in enumerate(found) if way is None]
    if lost:
        raise NetworkError(
            f"{len(lost)} allocated pairs have no way over open roads.",
            f"有 {len(lost)} 对已分配的居民组与避难场所之间没有可通行道路。",
        )
    road = [way for way in found if way is not None]
    edge_wet_m, edge_depth = _edge_water(ways, road, depth, wet_depth_m)
    return Walks(
        length_m=np.array([way.length_m for way in road]),
        minutes=np.array([way.minutes or 0.0 for way in road]),
        hazard_m=np.array([edge_wet_m[way.edges].sum() for way in road]),
        depth_max_m=np.array([edge_depth[way.edges].max(initial=0.0) for way in road]),
        road_ids=[_roads(ways, way) for way in road],
        geometry=np.array([_draw(way) for way in road], dtype=object),
    )


def water_along(
    lines: NDArray[np.object_],
    crs: pyproj.CRS,
    depth: CellValues,
    wet_depth_m: float,
) -> tuple[F, F]:
    """
    Measure the water along lines.

    Parameters
    ----------
    lines
        LineStrings in a metric CRS.
    crs
        Their CRS.
    depth
        Water depth.
    wet_depth_m
        Depth from which metres count.

    Returns
    -------
    tuple
        Metres in deeper water and deepest water, per line.
    """
    line, values, metres = along_lines(depth, lines, crs)
    is_wet = values > wet_depth_m
    wet_m = np.bincount(line[is_wet], weights=metres[is_wet], minlength=len(lines))
    return wet_m.astype(np.float64), deepest(line, values, len(lines))


def _edge_water(
    ways: Ways, found: list[Route], depth: CellValues, wet_depth_m: float
) -> tuple[F, F]:
    """Measure the water of the edges that any way uses; bridges are dry."""
    count = ways.network.edge_count
    wet_m, deep = np.zeros(count), np.zeros(count)
    used = np.unique(np.concatenate([way.edges for way in found] or [np.empty(0, np.int64)]))
    # A leg has no line and is never dry by being a bridge.
    used = used[~np.append(ways.is_dry, False)[ways.network.line[used]]]
    geometry = ways.network.geometry
    if len(used) and geometry is not None:
        crs = pyproj.CRS(ways.network.crs)
        wet_m[used], deep[used] = water_along(geometry[used], crs, depth, wet_depth_m)
    return wet_m, deep


def _roads(ways: Ways, way: Route) -> list[int]:
    """List the roads of a way in order, each once in a row; the legs are on none."""
    line = ways.network.line[way.edges]
    ids = ways.road_id[line[line >= 0]]
    changes = np.append(True, ids[1:] != ids[:-1]) if len(ids) else np.empty(0, dtype=bool)
    return [int(road) for road in ids[changes]]


def _draw(way: Route) -> shapely.Geometry:
    """Draw a way without the vertices where others join the road."""
    xy = without_cuts(shapely.get_coordinates(way.geometry))
    if len(xy) == 1:
        xy = np.array([xy[0], xy[0] + [NUDGE_M, 0.0]])
    return shapely.multilinestrings([shapely.LineString(xy)])
