"""Turn roads, groups and shelters into a network of passable ways for one flood."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from census.products.inputs import CellValues
from census.products.sampling import along_lines, at_points, cell_size_m, deepest
from geo.roads import Network
from geo.snapping import Attached, attach
from geo.vocabulary import UnservedReason, UnusableReason

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """
    The passable network with groups and shelters attached to it.

    Attributes
    ----------
    network
        Network in the metric CRS, flooded edges closed, cut where groups and shelters join.
    unit_node, unit_access_m, unit_xy
        Node, distance and foot point of each group; node -1 where it has no usable road.
    shelter_node, shelter_access_m, shelter_xy
        The same of each shelter.
    reason
        Why a group has no node: ``cut_off`` or ``no_road``; None where it has one.
    road_id
        Road of each line of the network.
    is_dry
        True for lines that water below does not flood (bridges).
    closed_m, open_m
        Length of closed and of open roads, metres.
    step_m
        Distance between samples of depth along a line.
    """

    network: Network
    unit_node: I
    unit_access_m: F
    unit_xy: F
    shelter_node: I
    shelter_access_m: F
    shelter_xy: F
    reason: list[str | None]
    road_id: I
    is_dry: NDArray[np.bool_]
    closed_m: float
    open_m: float
    step_m: float


def build_ways(
    roads: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    depth: CellValues,
    parameters: dict[str, Any],
) -> Ways:
    """
    Build the network that people on foot can use in the water.

    Groups join the nearest open road from which a usable shelter can be reached; the leg to it is
    part of their route.

    Parameters
    ----------
    roads
        Roads in the metric CRS with ``id``, ``is_bridge``.
    units
        Middle of each group, same CRS.
    shelters
        Usable shelters, same CRS.
    depth
        Water depth.
    parameters
        Evacuation parameters.

    Returns
    -------
    Ways
        Network, nodes and legs.
    """
    rules, limit_m = parameters["road"], parameters["access"]["distance_m"]
    step_m = rules["sample_cells"] * cell_size_m(depth, pyproj.CRS(roads.crs))
    whole = Network.from_lines(roads).at_speed(parameters["walking"]["speed_m_s"])
    is_dry = roads["is_bridge"].to_numpy(dtype=bool) & rules["bridges_stay_dry"]
    edge_depth = edge_depths(whole, depth, is_dry, step_m)
    passable = whole.close(np.flatnonzero(edge_depth > rules["wading_depth_m"]))
    near = attach(whole, units.geometry, max_access_m=limit_m)
    leading = _leading_to_shelters(passable, shelters, limit_m)
    points = pd.concat([units.geometry, shelters.geometry], ignore_index=True)
    joined = attach(leading, gpd.GeoSeries(points, crs=roads.crs), max_access_m=limit_m)
    n = len(units)
    return Ways(
        network=joined.network,
        unit_node=joined.node[:n],
        unit_access_m=joined.access_m[:n],
        unit_xy=joined.xy[:n],
        shelter_node=joined.node[n:],
        shelter_access_m=joined.access_m[n:],
        shelter_xy=joined.xy[n:],
        reason=_reasons(joined.node[:n], near),
        road_id=roads["id"].to_numpy(dtype=np.int64),
        is_dry=is_dry,
        closed_m=float(whole.length_m[passable.closed].sum()),
        open_m=float(whole.length_m[~passable.closed].sum()),
        step_m=step_m,
    )


def edge_depths(network: Network, depth: CellValues, is_dry: NDArray[np.bool_], step_m: float) -> F:
    """
    Take the deepest water along each edge.

    Parameters
    ----------
    network
        Network with geometry.
    depth
        Water depth.
    is_dry
        True for lines that water below does not flood, by row of the network's lines.
    step_m
        Distance between samples, metres.

    Returns
    -------
    ndarray
        Metres, 0 where dry, unknown, or on a bridge.
    """
    if network.geometry is None:
        return np.zeros(network.edge_count)
    crs = pyproj.CRS(network.crs)
    line, values, _ = along_lines(depth, network.geometry, crs, step_m)
    return np.where(is_dry[network.line], 0.0, deepest(line, values, network.edge_count))


def _leading_to_shelters(network: Network, shelters: gpd.GeoDataFrame, limit_m: float) -> Network:
    """Close the pieces of the network in which no usable shelter stands."""
    joined = attach(network, shelters.geometry, max_access_m=limit_m)
    piece = joined.network.components().piece
    served = np.unique(piece[joined.node[joined.node >= 0]])
    tails = piece[: network.node_count][network.tail]
    return network.close(np.flatnonzero(~np.isin(tails, served)))


def _reasons(node: I, near: Attached) -> list[str | None]:
    """Tell groups whose roads are flooded or lead to no shelter from those without any road."""
    closed, roadless = UnservedReason.CUT_OFF.value, UnservedReason.NO_ROAD.value
    return [
        None if at >= 0 else (closed if any_at >= 0 else roadless)
        for at, any_at in zip(node, near.node, strict=True)
    ]


def sort_shelters(
    shelters: gpd.GeoDataFrame, depth: CellValues, unusable_depth_m: float
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """
    Split shelters into usable ones and those that cannot be used in this flood.

    Parameters
    ----------
    shelters
        Shelters sorted by code, metric CRS.
    depth
        Water depth.
    unusable_depth_m
        A shelter in deeper water is unusable.

    Returns
    -------
    tuple
        Usable shelters with ``depth_m``, and one entry per unusable one with its depth and the
        reason: ``too_deep``, ``depth_unknown`` or ``no_capacity``.
    """
    xy = np.column_stack([shelters.geometry.x, shelters.geometry.y]).reshape(-1, 2)
    at = at_points(depth, xy, pyproj.CRS(shelters.crs))
    capacity = pd.to_numeric(shelters["capacity_people"]).fillna(0)
    reason = np.select(
        [np.isnan(at), at > unusable_depth_m, (capacity <= 0).to_numpy()],
        [
            UnusableReason.DEPTH_UNKNOWN.value,
            UnusableReason.TOO_DEEP.value,
            UnusableReason.NO_CAPACITY.value,
        ],
        "",
    )
    listed = [
        {
            "code": str(shelters["code"].iloc[i]),
            "name": str(shelters["name"].iloc[i]),
            "depth_m": None if np.isnan(at[i]) else float(at[i]),
            "capacity_people": int(capacity.iloc[i]),
            "reason": str(reason[i]),
        }
        for i in np.flatnonzero(reason != "")
    ]
    usable = shelters.assign(depth_m=at)[reason == ""].reset_index(drop=True)
    return usable, listed
