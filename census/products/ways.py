"""Turn roads, groups and shelters into a network of passable ways for one flood."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.inputs import CellValues
from census.products.sampling import at_points, cell_size_m
from census.products.water_edges import cut_at_water, feet, shared_ends
from geo.roads import Network
from geo.snapping import Attached, attach
from geo.vocabulary import UnservedReason, UnusableReason

FAR_M = 1e9
"""Where no road is: a group that none serves is led from there, and stays without one."""

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

    A road that is too deep anywhere between two junctions is closed from one to the other; its dry
    end is open to groups that stand on it together with a shelter. Groups join the nearest open
    road from which a usable shelter can be reached; the leg to it is part of their route.

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
    water = cut_at_water(
        whole, depth, is_dry, step_m=step_m,
        wading_m=rules["wading_depth_m"], wet_m=rules["wet_depth_m"],
    )  # fmt: skip
    near = attach(whole, units.geometry, max_access_m=limit_m)
    unit, shelter = (shapely.get_coordinates(each.geometry) for each in (units, shelters))
    dry = water.network.close(np.flatnonzero(water.flooded))
    own = shared_ends(dry, water.drowned, unit, shelter, limit_m=limit_m)
    passable = dry.close(np.flatnonzero(water.drowned & ~own))
    leading = leading_to(passable, shelter, limit_m)
    from_xy = _led_from(leading, own, dry, unit, limit_m=limit_m)
    joined = attach(leading, np.concatenate([from_xy, shelter]), max_access_m=limit_m)
    n = len(units)
    return Ways(
        network=joined.network,
        unit_node=joined.node[:n],
        unit_access_m=np.hypot(*(joined.xy[:n] - unit).T),
        unit_xy=joined.xy[:n],
        shelter_node=joined.node[n:],
        shelter_access_m=joined.access_m[n:],
        shelter_xy=joined.xy[n:],
        reason=_reasons(joined.node[:n], near),
        road_id=roads["id"].to_numpy(dtype=np.int64),
        is_dry=is_dry,
        closed_m=float(passable.length_m[passable.closed].sum()),
        open_m=float(passable.length_m[~passable.closed].sum()),
        step_m=step_m,
    )


def _led_from(
    leading: Network, own: NDArray[np.bool_], dry: Network, unit: F, *, limit_m: float
) -> F:
    """
    Tell from where each group is led to the road: its own place, or its foot on another road.

    The dry end of a flooded road is for those who stand on it; others take the nearest other road.
    """
    reached, stands = feet(leading, unit, limit_m), feet(dry, unit, limit_m)
    strange = (reached >= 0) & own[reached] & (reached != stands)
    others = attach(leading.close(np.flatnonzero(own)), unit[strange], max_access_m=limit_m)
    moved = unit.copy()
    moved[strange] = np.where((others.node >= 0)[:, None], others.xy, FAR_M)
    return moved


def leading_to(
    network: Network, shelters: gpd.GeoSeries | NDArray[np.float64], limit_m: float
) -> Network:
    """
    Close the pieces of a network from which no shelter can be reached.

    Parameters
    ----------
    network
        The passable network.
    shelters
        Points in its CRS, or their x and y, shape ``(k, 2)``.
    limit_m
        Farthest distance from a shelter to the road, metres.

    Returns
    -------
    Network
        The same network, more of it closed.
    """
    joined = attach(network, shelters, max_access_m=limit_m)
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
