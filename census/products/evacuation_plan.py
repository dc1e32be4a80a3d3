"""Propose who walks where in a flood: exact allocation over the roads that stay passable."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array

from census.errors import NotYetMadeError
from census.products.cell_people import place_people
from census.products.demand import groups, lost_people
from census.products.inputs import ZoningInputs, gather, sorted_layer
from census.products.layer_hashes import layer_hash
from census.products.parameters import unverified
from census.products.provenance import code_version, fingerprint, package_version
from census.products.units import read_levels
from census.products.walks import Walks, walk
from census.products.ways import Ways, barriers_of, build_ways, sort_shelters
from census.products.zoning_run import Progress, method
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.plans import save_plan
from geo.allocation import Allocation, allocate_on_network
from geo.arcs import Measure
from geo.vocabulary import UnservedReason, UnusableReason

I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)

REASONS = tuple(reason.value for reason in UnservedReason)


@dataclass(frozen=True, kw_only=True)
class PlanResult:
    """
    A plan that has been kept; persons unless named otherwise.

    Attributes
    ----------
    plan_id
        Id in the store.
    number
        Number printed on products.
    people, demand_people, served_people, unserved_people
        All residents, those who have to leave, and of these with and without a place.
    summary
        Certificate, closed roads, unusable shelters, reasons.
    seconds
        Wall time.
    """

    plan_id: int
    number: str
    people: int
    demand_people: int
    served_people: int
    unserved_people: int
    summary: dict[str, Any]
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """
    A plan before it is kept.

    Attributes
    ----------
    demand
        Columns of ``evacuation_demand`` without the plan.
    routes
        Columns of ``evacuation_route`` without the plan.
    summary
        Certificate, closed roads, unusable shelters, reasons.
    people
        All residents, whether or not a group holds them.
    """

    demand: gpd.GeoDataFrame
    routes: gpd.GeoDataFrame
    summary: dict[str, Any]
    people: int


def propose_plan(
    store: Store,
    *,
    hazard: str = "flood",
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> PlanResult:
    """
    Propose an evacuation plan for a hazard and make it the current one.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        ``flood`` is the one hazard of this edition.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage.

    Returns
    -------
    PlanResult
        The kept plan; served + unserved = demand.

    Raises
    ------
    ParameterError
        If the hazard has no method, or a parameter does not exist.
    NotYetMadeError
        If depth raster, divisions or roads were not delivered.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules, zoning_rules = (
        method(f"{hazard}_evacuation", parameters),
        method(f"{hazard}_zoning", None),
    )
    tell("gather")
    inputs = gather(store, zoning_rules)
    roads = read_layer(store, "road")
    if roads.empty:
        raise NotYetMadeError("roads", "道路", "riskatlas import roads FILE")
    water = read_layer(store, "water")
    proposal = propose(inputs, roads, rules, zoning_rules, tell, water=water)
    tell("save")
    counts = proposal.demand[["demand_people", "served_people", "unserved_people"]].sum()
    totals = {
        "people": proposal.people,
        **{name: int(count) for name, count in counts.items()},
    }
    layers = {**inputs.hashes, "roads": layer_hash(roads), "water": layer_hash(water)}
    plan = {
        "hazard": hazard,
        "data_date": store.district.data_date,
        "rule_edition": rules["edition"],
        "code_version": code_version(),
        **_made_from(layers, rules, zoning_rules),
        **totals,
        "summary": {**proposal.summary, "unverified_parameters": unverified(rules)},
    }
    plan_id, number = save_plan(store, plan, proposal.demand, proposal.routes)
    seconds = time.perf_counter() - started
    return PlanResult(
        plan_id=plan_id, number=number, **totals, summary=plan["summary"], seconds=seconds
    )


def _made_from(
    layers: dict[str, Any], rules: dict[str, Any], zoning_rules: dict[str, Any]
) -> dict[str, Any]:
    """Name the inputs and all parameters of a plan, those that placed the residents included."""
    parameters = {**rules, "dasymetric": zoning_rules["dasymetric"]}
    parts = {"inputs": layers, "parameters": parameters, "code": package_version()}
    return {
        "parameters": parameters,
        "inputs": {"layers": layers, "fingerprint": fingerprint(parts)},
    }


def propose(
    inputs: ZoningInputs,
    roads: gpd.GeoDataFrame,
    rules: dict[str, Any],
    zoning_rules: dict[str, Any],
    tell: Progress,
    *,
    water: gpd.GeoDataFrame,
) -> Proposal:
    """
    Compute a plan from layers alone.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    roads
        Roads, any CRS.
    rules
        Evacuation parameters.
    zoning_rules
        Zoning parameters, for the residents per cell.
    tell
        Called with the code word of each stage.
    water
        Rivers, lakes and sea, any CRS.

    Returns
    -------
    Proposal
        Demand, routes and summary.
    """
    tell("demand")
    levels = read_levels(inputs)
    villages = levels["village"]
    placed = place_people(inputs, villages.units, villages.labels, zoning_rules)
    units = groups(inputs, levels, placed.people, rules["demand"]["evacuate_depth_m"])
    shelters = sorted_layer(inputs.shelters.to_crs(inputs.metric_srid), "code")
    usable, unusable = sort_shelters(shelters, inputs.depth, rules["shelter"]["unusable_depth_m"])
    tell("network")
    leaving = units[units["demand_people"] > 0].reset_index(drop=True)
    metric_roads = sorted_layer(roads.to_crs(inputs.metric_srid))
    barriers = barriers_of(water.to_crs(inputs.metric_srid), rules["access"]["bank_m"])
    ways = build_ways(metric_roads, leaving, usable, inputs.depth, rules, water=barriers)
    tell("allocate")
    found = _allocate(ways, leaving, usable, rules["allocation"]["measure"])
    tell("routes")
    flow = coo_array(found.flow)
    order = np.lexsort((flow.col, flow.row))
    pairs = np.column_stack([flow.row[order], flow.col[order]]).astype(np.int64)
    walks = walk(ways, pairs, inputs.depth, wet_depth_m=rules["road"]["wet_depth_m"])
    people = flow.data[order].astype(np.int64)
    summary = _summary(found, ways, usable, unusable)
    summary |= {"lost_people": lost_people(units, inputs), "weights": placed.weight_source}
    demand = _demand_rows(units, leaving, found.unserved_people, ways.reason)
    summary["unserved_by_reason"] = {
        name: int(demand.loc[demand["reason"] == name, "unserved_people"].sum()) for name in REASONS
    }
    names = inputs.divisions.set_index("code")["name"]
    return Proposal(
        demand=demand,
        routes=_route_rows(leaving, usable, pairs, people=people, walks=walks, names=names),
        summary=summary,
        people=int(inputs.people["people"].sum()),
    )


def _allocate(
    ways: Ways, leaving: gpd.GeoDataFrame, usable: gpd.GeoDataFrame, measure: Measure
) -> Allocation:
    """Fill the usable shelters, the legs to and from the road included."""
    return allocate_on_network(
        ways.network,
        ways.unit_node,
        leaving["demand_people"].to_numpy(),
        ways.shelter_node,
        usable["capacity_people"].to_numpy(dtype=np.int64),
        by=measure,
    )


def _demand_rows(
    units: gpd.GeoDataFrame,
    leaving: gpd.GeoDataFrame,
    unserved: I,
    reasons: list[str | None],
) -> gpd.GeoDataFrame:
    """Write one row per group, those in which nobody leaves included."""
    rows = pd.DataFrame({"unserved_people": unserved, "why": reasons}, index=leaving["unit_code"])
    without = rows["unserved_people"].reindex(units["unit_code"]).fillna(0).to_numpy(np.int64)
    why = rows["why"].reindex(units["unit_code"]).to_numpy(dtype=object)
    return units.assign(
        unserved_people=without,
        served_people=units["demand_people"].to_numpy() - without,
        reason=[
            None
            if not count
            else (reason if isinstance(reason, str) else UnservedReason.NO_PLACE.value)
            for count, reason in zip(without, why, strict=True)
        ],
    )


def _route_rows(
    leaving: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    pairs: I,
    *,
    people: I,
    walks: Walks,
    names: pd.Series,
) -> gpd.GeoDataFrame:
    """Write one row per group and shelter."""
    units = leaving.iloc[pairs[:, 0]].reset_index(drop=True)
    goals = shelters.iloc[pairs[:, 1]].reset_index(drop=True)
    return gpd.GeoDataFrame(
        {
            "code": [f"P-{u}-{s}" for u, s in zip(units["unit_code"], goals["code"], strict=True)],
            "origin": "planned",
            "unit_code": units["unit_code"],
            "village_code": units["village_code"],
            "shelter_code": goals["code"],
            "name": [
                f"{names.get(unit, unit)} → {goal}"
                for unit, goal in zip(units["unit_code"], goals["name"], strict=True)
            ],
            "people": people,
            "length_m": walks.length_m,
            "minutes": walks.minutes,
            "hazard_m": walks.hazard_m,
            "depth_max_m": walks.depth_max_m,
            "road_ids": walks.road_ids,
        },
        geometry=walks.geometry,
        crs=leaving.crs,
    )


def _summary(
    found: Allocation, ways: Ways, usable: gpd.GeoDataFrame, unusable: list[dict[str, Any]]
) -> dict[str, Any]:
    """Say how good the plan is, what it had to leave out, and which shelters bind."""
    load = np.asarray(found.flow.sum(axis=0), dtype=np.int64).reshape(-1)
    capacity = usable["capacity_people"].to_numpy(dtype=np.int64)
    off_road = np.flatnonzero(ways.shelter_node < 0)
    listed = [
        {
            "code": str(usable["code"].iloc[i]),
            "name": str(usable["name"].iloc[i]),
            "depth_m": float(usable["depth_m"].iloc[i]),
            "capacity_people": int(capacity[i]),
            "reason": UnusableReason.NO_ROAD.value,
        }
        for i in off_road
    ]
    binding = [
        {
            "code": str(usable["code"].iloc[i]),
            "name": str(usable["name"].iloc[i]),
            "capacity_people": int(capacity[i]),
            "shadow_price_m": float(found.shadow_price[i]),
            "serves_more": bool(found.serves_more[i]),
        }
        for i in np.flatnonzero((load >= capacity) & (load > 0))
    ]
    return {
        "objective_person_m": found.objective,
        "bound_person_m": found.bound,
        "gap": found.gap,
        "unserved_bound_people": found.unserved_bound,
        "closed_km": ways.closed_m / 1000,
        "open_km": ways.open_m / 1000,
        "usable_shelters": len(usable) - len(off_road),
        "usable_capacity_people": int(capacity.sum() - capacity[off_road].sum()),
        "unusable_shelters": unusable + listed,
        "binding_shelters": binding,
    }
