"""Compute what floods of several return periods take, per village, town and district; keep it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.affected_people import GridPeople, affected_people
from census.products.building_losses import (
    Tally,
    add_buildings,
    footprint_depths,
    is_same_grid,
    stock_of,
)
from census.products.cell_people import building_weight
from census.products.damage_curves import DamageCurves, damage_curves
from census.products.inputs import CellValues, on_cells_of
from census.products.layer_hashes import layer_hash
from census.products.loss_inputs import (
    LossInputs,
    building_parts,
    buildings_outside,
    gather_losses,
    scenarios_of,
)
from census.products.loss_units import LevelLosses, add_up, annual_rows, loss_rows
from census.products.parameters import load_parameters, unverified
from census.products.provenance import code_version, fingerprint, package_version
from census.products.scenario_years import annual_frequencies
from census.store.connection import Store
from census.store.losses import save_losses
from census.store.rasters import rasters
from census.store.settings import data_folder
from geo.errors import ParameterError

F = NDArray[np.float64]
METHOD: Final = "flood_loss"
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class LossResult:
    """
    A loss run that has been kept.

    Attributes
    ----------
    run_id
        Id in the store.
    number
        Number printed on products.
    scenarios
        Floods that took part.
    district
        Losses of the district, one mapping per flood.
    annual
        Means of a year of the district; None where one flood alone was there.
    summary
        Counts of everything that could not take part, and why there is no annual number.
    seconds
        Wall time.
    """

    run_id: int
    number: str
    scenarios: list[dict[str, Any]]
    district: list[dict[str, Any]]
    annual: dict[str, Any] | None
    summary: dict[str, Any]
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """
    Sums of the villages, and the hash of the buildings they were made from.

    Attributes
    ----------
    tally
        Sums over buildings.
    people, people_unknown
        Residents affected, and of unknown depth, shape ``(scenarios, villages)``.
    grids
        Residents as placed on each grid.
    buildings
        Rows and SHA-256 of the buildings.
    """

    tally: Tally
    people: F
    people_unknown: F
    grids: list[GridPeople]
    buildings: dict[str, Any]


def run_losses(
    store: Store,
    *,
    hazard: str = "flood",
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> LossResult:
    """
    Compute the losses of a hazard and make the run the current one.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        A hazard whose water stands around buildings.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage.

    Returns
    -------
    LossResult
        The kept run.

    Raises
    ------
    ParameterError
        If the hazard has no such method, or a parameter does not exist.
    NotYetMadeError
        If no depth has a return period, or villages were not delivered.
    ScenariosClashError
        If two depths that differ have one return period.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules = load_parameters(data_folder(), METHOD, parameters)
    _require_water(hazard, rules)
    curves = damage_curves(data_folder())
    tell("gather")
    inputs = gather_losses(store, hazard, rules)
    tell("buildings")
    measured = measure(store, inputs, curves, rules)
    tell("save")
    years = [each.return_period_years for each in inputs.scenarios]
    levels = levels_of(inputs, measured)
    public = rules["public"]
    losses = pd.concat([loss_rows(each, years, curves.codes, public) for each in levels])
    has_annual = len(years) >= rules["annual"]["least_scenarios"]
    annual = pd.concat([annual_rows(each, years, rules) for each in levels]) if has_annual else None
    row = _run_row(store, inputs, measured, hazard, rules, curves=curves)
    run_id, number = save_losses(store, row, losses, annual)
    return LossResult(
        run_id=run_id,
        number=number,
        scenarios=row["scenarios"],
        district=_of_district(losses),
        annual=None if annual is None else _of_district(annual)[0],
        summary=row["summary"],
        seconds=time.perf_counter() - started,
    )


def hazards_with_floods(store: Store) -> list[str]:
    """
    List the hazards that have depths with a return period.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    list of str
        Hazards of the method, in its order.
    """
    rules, listed = load_parameters(data_folder(), METHOD)["scenarios"], rasters(store)
    return [each for each in rules["hazards"] if scenarios_of(listed, each, rules["unit"])]


def _require_water(hazard: str, rules: dict[str, Any]) -> None:
    known = rules["scenarios"]["hazards"]
    if hazard not in known:
        raise ParameterError(
            f"Losses are computed from depths of water; {hazard} has none. Hazards of this "
            f"method: {', '.join(known)}.",
            f"损失按水深计算，{hazard} 没有水深。本方法的灾种：{'、'.join(known)}。",
        )


def measure(
    store: Store, inputs: LossInputs, curves: DamageCurves, rules: dict[str, Any]
) -> Measured:
    """
    Sum buildings and residents village by village, holding some villages' buildings at a time.

    Parameters
    ----------
    store
        The store, role app.
    inputs
        Everything but the buildings.
    curves
        Damage curves.
    rules
        Parameters of the method.

    Returns
    -------
    Measured
        Sums of the villages.
    """
    codes = inputs.villages["code"].tolist()
    grids = grids_of(inputs.depths)
    tally = Tally.empty(len(inputs.scenarios), len(codes), len(curves.codes))
    weights = [np.zeros(inputs.depths[rows[0]].shape) for rows in grids]
    hashes = []
    for part in building_parts(store, codes):
        stock = stock_of(part, codes, curves, rules)
        depths = np.full((len(inputs.depths), len(part)), np.nan)
        for number, rows in enumerate(grids):
            grid = inputs.depths[rows[0]]
            placed = part.to_crs(grid.crs)
            depths[rows] = footprint_depths(placed, [inputs.depths[row] for row in rows])
            if inputs.pattern is None:
                weights[number] += building_weight(placed, grid, rules["dasymetric"])
        add_buildings(tally, stock, depths, curves, rules["buildings"]["wet_depth_m"])
        hashes.append(layer_hash(part))
    placed_people = [
        _people(inputs, rows, weight, rules) for rows, weight in zip(grids, weights, strict=True)
    ]
    people, unknown = np.zeros((2, len(inputs.scenarios), len(codes)))
    for rows, each in zip(grids, placed_people, strict=True):
        people[rows], unknown[rows] = each.affected, each.unknown
    rows_in_all = sum(each["rows"] for each in hashes)
    chained = fingerprint({"parts": [each["sha256"] for each in hashes]})
    return Measured(
        tally=tally, people=people, people_unknown=unknown, grids=placed_people,
        buildings={"rows": rows_in_all, "sha256": chained},
    )  # fmt: skip


def grids_of(depths: list[CellValues]) -> list[list[int]]:
    """
    Put rasters of the same cells together.

    Parameters
    ----------
    depths
        Rasters.

    Returns
    -------
    list of list of int
        Their positions, one list per grid.
    """
    grids: list[list[int]] = []
    for row, depth in enumerate(depths):
        own = next((rows for rows in grids if is_same_grid(depths[rows[0]], depth)), None)
        if own is None:
            grids.append([row])
        else:
            own.append(row)
    return grids


def _people(inputs: LossInputs, rows: list[int], weight: F, rules: dict[str, Any]) -> GridPeople:
    depths = [inputs.depths[row] for row in rows]
    source = "buildings" if weight.any() else "uniform"
    even: F | None = weight if weight.any() else None
    if inputs.pattern is not None:
        even = np.nan_to_num(np.maximum(on_cells_of(inputs.pattern, depths[0]), 0.0), nan=0.0)
        source = "pattern"
    return affected_people(
        depths, inputs.villages, inputs.people, even, source, table=rules["people"]
    )


def levels_of(inputs: LossInputs, measured: Measured) -> list[LevelLosses]:
    """
    Add the villages up to towns and the district.

    Parameters
    ----------
    inputs
        Villages and their towns.
    measured
        Sums of the villages.

    Returns
    -------
    list of LevelLosses
        District, towns, villages.
    """
    villages = inputs.villages["code"].tolist()
    place = {code: at for at, code in enumerate(inputs.towns)}
    towns = np.array([place.get(code, -1) for code in inputs.villages["town_code"]], np.int64)
    count = len(villages)
    made = (
        ("district", [inputs.district_code], np.zeros(count, np.int64)),
        ("town", inputs.towns, towns),
        ("village", villages, np.arange(count)),
    )
    return [add_up(level, codes, of, measured.people, measured.tally) for level, codes, of in made]


def _of_district(rows: pd.DataFrame) -> list[dict[str, Any]]:
    own = rows[rows["level"] == "district"].drop(columns=["level", "is_public"])
    return [{str(name): value for name, value in row.items()} for row in own.to_dict("records")]


def _run_row(
    store: Store,
    inputs: LossInputs,
    measured: Measured,
    hazard: str,
    rules: dict[str, Any],
    *,
    curves: DamageCurves,
) -> dict[str, Any]:
    hashes = {**inputs.hashes, "buildings": measured.buildings}
    parts = {
        "inputs": hashes, "parameters": rules, "curves": curves.stored, "code": package_version(),
    }  # fmt: skip
    years = [each.return_period_years for each in inputs.scenarios]
    often = annual_frequencies(years)
    return {
        "hazard": hazard,
        "data_date": store.district.data_date,
        "rule_edition": rules["edition"],
        "code_version": code_version(),
        "parameters": rules,
        "inputs": {"layers": hashes, "fingerprint": fingerprint(parts)},
        "curves": dict(curves.stored),
        "scenarios": [
            {
                "name": each.name, "return_period_years": each.return_period_years,
                "rung": each.rung, "sha256": each.sha256, "is_made_up": each.is_made_up,
                "annual_weight": float(weight),
            }
            for each, weight in zip(inputs.scenarios, often, strict=True)
        ],
        "summary": _summary(store, inputs, measured, years, rules),
    }  # fmt: skip


def _summary(
    store: Store,
    inputs: LossInputs,
    measured: Measured,
    years: list[float],
    rules: dict[str, Any],
) -> dict[str, Any]:
    """Count what took part, what could not, and where floods contradict one another."""
    tally, people = measured.tally, inputs.people
    codes = inputs.villages["code"].tolist()
    less = np.diff(tally.loss_yuan.sum(axis=2), axis=0) < 0
    fewer = np.diff(measured.people, axis=0) < 0
    counted = people[people["basis"] == "counted"]["division_code"]
    return {
        "has_annual": len(years) >= rules["annual"]["least_scenarios"],
        "buildings": int(tally.buildings.sum()),
        "buildings_outside_villages": buildings_outside(store, codes),
        "buildings_without_class": int(tally.unclassed.sum()),
        "buildings_without_levels": int(tally.levels_unknown.sum()),
        "buildings_of_unknown_depth": [int(each) for each in tally.unknown_depth.sum(axis=1)],
        "people": int(people["people"].sum()),
        "people_of_unknown_depth": [float(each) for each in measured.people_unknown.sum(axis=1)],
        "people_without_cell": max(each.unplaced for each in measured.grids),
        "people_weights": sorted({each.weights for each in measured.grids}),
        "towns": len(inputs.towns),
        "villages": len(codes),
        "villages_without_town": int((~inputs.villages["town_code"].isin(inputs.towns)).sum()),
        "villages_of_counted_people": int(inputs.villages["code"].isin(counted).sum()),
        "villages_where_a_rarer_flood_takes_less": int((less | fewer).any(axis=0).sum()),
        "unverified_parameters": unverified(rules),
    }
