"""Draw and measure the way of each group to its shelter, water on the way included."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.inputs import CellValues
from census.products.sampling import along_lines, deepest
from census.products.ways import Ways
from geo.errors import NetworkError
from geo.routing import Route, routes

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


def walk(
    ways: Ways,
    units: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    pairs: I,
    depth: CellValues,
    *,
    wet_depth_m: float,
    speed_m_s: float,
) -> Walks:
    """
    Find the shortest way of each pair and measure the water on it.

    Parameters
    ----------
    ways
        The passable network.
    units, shelters
        Points in the metric CRS.
    pairs
        Unit and shelter of each way, shape ``(k, 2)``.
    depth
        Water depth.
    wet_depth_m
        Metres in deeper water count as hazard metres.
    speed_m_s
        Walking speed on the legs.

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
    found = routes(ways.network, ways.unit_node[unit], ways.shelter_node[shelter], on_foot=True)
    lost = [at for at, way in enumerate(found) if way is None]
    if lost:
        raise NetworkError(
            f"{len(lost)} allocated pairs have no way over open roads.",
            f"有 {len(lost)} 对已分配的居民组与避难场所之间没有可通行道路。",
        )
    road = [way for way in found if way is not None]
    start = _legs(shapely.get_coordinates(units.geometry.to_numpy())[unit], ways.unit_xy[unit])
    end = _legs(
        ways.shelter_xy[shelter], shapely.get_coordinates(shelters.geometry.to_numpy())[shelter]
    )
    crs = pyproj.CRS(units.crs)
    edge_wet_m, edge_depth = _edge_water(ways, road, depth, wet_depth_m)
    wet_m = np.array([edge_wet_m[way.edges].sum() for way in road])
    deep = np.array([edge_depth[way.edges].max(initial=0.0) for way in road])
    for legs in (start, end):
        leg_wet_m, leg_depth = water_along(legs, crs, depth, ways.step_m, wet_depth_m)
        wet_m, deep = wet_m + leg_wet_m, np.maximum(deep, leg_depth)
    legs_m = shapely.length(start) + shapely.length(end)
    return Walks(
        length_m=np.array([way.length_m for way in road]) + legs_m,
        minutes=np.array([way.minutes or 0.0 for way in road]) + legs_m / speed_m_s / 60,
        hazard_m=wet_m,
        depth_max_m=deep,
        road_ids=[_roads(ways, way) for way in road],
        geometry=np.array(
            [_draw(a, way, b) for a, way, b in zip(start, road, end, strict=True)], dtype=object
        ),
    )


def _legs(start: F, end: F) -> NDArray[np.object_]:
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    return np.asarray(lines, dtype=np.object_).reshape(-1)


def water_along(
    lines: NDArray[np.object_],
    crs: pyproj.CRS,
    depth: CellValues,
    step_m: float,
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
    step_m
        Distance between samples, metres.
    wet_depth_m
        Depth from which metres count.

    Returns
    -------
    tuple
        Metres in deeper water and deepest water, per line.
    """
    line, values, metres = along_lines(depth, lines, crs, step_m)
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
    used = used[~ways.is_dry[ways.network.line[used]]]
    geometry = ways.network.geometry
    if len(used) and geometry is not None:
        crs = pyproj.CRS(ways.network.crs)
        wet_m[used], deep[used] = water_along(geometry[used], crs, depth, ways.step_m, wet_depth_m)
    return wet_m, deep


def _roads(ways: Ways, way: Route) -> list[int]:
    """List the roads of a way in order, each once in a row."""
    ids = ways.road_id[ways.network.line[way.edges]]
    changes = np.append(True, ids[1:] != ids[:-1]) if len(ids) else np.empty(0, dtype=bool)
    return [int(road) for road in ids[changes]]


def _draw(start: shapely.LineString, way: Route, end: shapely.LineString) -> shapely.Geometry:
    """Join leg, roads and leg into one line."""
    parts = [start, *([] if way.geometry is None else [way.geometry]), end]
    xy = np.concatenate([shapely.get_coordinates(part) for part in parts])
    moves = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
    xy = xy[moves]
    if len(xy) == 1:
        xy = np.array([xy[0], xy[0] + [NUDGE_M, 0.0]])
    return shapely.multilinestrings([shapely.LineString(xy)])
