"""Turn roads, groups and shelters into a network of passable ways for one flood."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.inputs import CellValues, texts
from census.products.sampling import at_points
from census.products.water_edges import cut_at_water
from geo.along import Areas
from geo.barriers import Barriers
from geo.doors import Led, lead
from geo.roads import Network
from geo.routing import nearest
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
        Network in the metric CRS, flooded edges closed, with the legs of groups and shelters.
    unit_node, shelter_node
        Node of each group and shelter; -1 where it has no passable road within reach.
    reason
        Why a group reaches no shelter: ``cut_off`` or ``no_road``; None where it reaches one.
    road_id
        Road of each line of the network.
    is_dry
        True for lines that water below does not flood (bridges).
    closed_m, open_m
        Length of closed and of open roads, metres.
    """

    network: Network
    unit_node: I
    shelter_node: I
    reason: list[str | None]
    road_id: I
    is_dry: NDArray[np.bool_]
    closed_m: float
    open_m: float


def build_ways(
    roads: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    depth: CellValues,
    parameters: dict[str, Any],
    *,
    water: Barriers,
) -> Ways:
    """
    Build the network that people on foot can use in the water.

    Roads are cut where they become too deep to wade. Groups and shelters join the nearest passable
    piece, and the nearest road that is passable from junction to junction and leads to a shelter;
    the legs are part of the routes.

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
    water
        Rivers, lakes and sea, same CRS.

    Returns
    -------
    Ways
        Network and nodes.
    """
    rules, limit_m = parameters["road"], parameters["access"]["distance_m"]
    whole = Network.from_lines(roads).at_speed(parameters["walking"]["speed_m_s"])
    is_dry = roads["is_bridge"].to_numpy(dtype=bool) & rules["bridges_stay_dry"]
    flood = cut_at_water(
        whole, depth, is_dry,
        wading_m=rules["wading_depth_m"], wet_m=rules["wet_depth_m"],
    )  # fmt: skip
    unit, shelter = (shapely.get_coordinates(each.geometry) for each in (units, shelters))
    dry = flood.network.close(np.flatnonzero(flood.flooded))
    led = lead_out(dry, flood.drowned, unit, shelter, water, limit_m=limit_m)
    network = led.network.at_speed(parameters["walking"]["speed_m_s"])
    is_road = network.line >= 0
    return Ways(
        network=network,
        unit_node=led.start,
        shelter_node=led.goal,
        reason=_reasons(led, attach(whole, unit, max_access_m=limit_m)),
        road_id=roads["id"].to_numpy(dtype=np.int64),
        is_dry=is_dry,
        closed_m=float(network.length_m[network.closed].sum()),
        open_m=float(network.length_m[is_road & ~network.closed].sum()),
    )


def barriers_of(water: gpd.GeoDataFrame, least_m: float) -> Barriers:
    """
    Make barriers of water surfaces.

    Parameters
    ----------
    water
        Surfaces in the metric CRS with ``kind``.
    least_m
        Fewer metres in them count as their bank.

    Returns
    -------
    Barriers
        The surfaces, named by their kind.
    """
    areas = Areas(water.geometry.to_numpy(), texts(water["kind"]))
    return Barriers(areas=areas, least_m=least_m)


def lead_out(
    dry: Network,
    drowned: NDArray[np.bool_],
    starts: F,
    goals: F,
    water: Barriers,
    *,
    limit_m: float,
) -> Led:
    """
    Lead places to the roads that people can use in the water.

    A place has a leg to the piece of road on which it stands, and one to the nearest road that
    is passable from junction to junction and leads to a goal: whoever stands on the dry end of a
    flooded road may use it, and nobody is led through the water to one.

    Parameters
    ----------
    dry
        The roads, cut at the water; flooded edges and those nobody may pass are closed.
    drowned
        As `WaterEdges` has it.
    starts, goals
        Places, metres, each of shape ``(k, 2)``.
    water
        Rivers, lakes and sea: no leg leads through them.
    limit_m
        Farthest distance from a place to the road, metres.

    Returns
    -------
    Led
        Network and nodes.
    """
    leading = _leading_to(dry.close(np.flatnonzero(drowned)), goals, limit_m)
    joins = [~dry.closed, ~leading.closed]
    return lead(dry, starts, goals, joins=joins, max_access_m=limit_m, barriers=water)


def _leading_to(network: Network, shelters: F, limit_m: float) -> Network:
    """Close the pieces of a network from which no shelter can be reached."""
    joined = attach(network, shelters, max_access_m=limit_m)
    piece = joined.network.components().piece
    served = np.unique(piece[joined.node[joined.node >= 0]])
    tails = piece[: network.node_count][network.tail]
    return network.close(np.flatnonzero(~np.isin(tails, served)))


def _reasons(led: Led, near: Attached) -> list[str | None]:
    """Tell groups whose roads are flooded or lead to no shelter from those without any road."""
    away_m = nearest(led.network, led.goal[led.goal >= 0]).distance
    leads = (led.start >= 0) & np.isfinite(away_m[led.start])
    closed, roadless = UnservedReason.CUT_OFF.value, UnservedReason.NO_ROAD.value
    return [
        None if is_led else (closed if any_at >= 0 else roadless)
        for is_led, any_at in zip(leads, near.node, strict=True)
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
