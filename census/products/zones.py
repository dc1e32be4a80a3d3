"""Score measured units, class them by one set of breaks and say why: zoning without a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products import factors
from census.products.cell_people import CellPeople
from census.products.class_limits import class_scheme
from census.products.counterfactual import Change, lowering_m
from census.products.demand import groups
from census.products.doubts import add_doubts
from census.products.inputs import ZoningInputs
from census.products.sea_words import sea_sentences
from census.products.sentences import tell, unassessed_reason
from census.products.units import Level, Places, measured_levels, usable_places
from census.products.zone_totals import ages_told, counted
from geo.cells import mean_by, sum_by
from geo.errors import ParameterError
from geo.zoning import classify, explain, hazard_score, risk_index

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


@dataclass(frozen=True, kw_only=True, eq=False)
class Zoning:
    """
    The result of one zoning.

    Attributes
    ----------
    zones
        One row per unit of every level, columns of ``census.risk_zone`` without the run.
    scheme
        Class scheme with its breaks and everything frozen with them.
    summary
        Totals, and every unit that could not be assessed, with the reason.
    placed
        Residents per cell.
    class_cells
        Risk class of the base unit of each cell, 0 = none.
    base
        Level whose units set the breaks.
    """

    zones: pd.DataFrame
    scheme: dict[str, Any]
    summary: dict[str, Any]
    placed: CellPeople
    class_cells: F
    base: str


def zone(
    inputs: ZoningInputs, parameters: dict[str, Any], earlier: Mapping[str, Any] | None = None
) -> Zoning:
    """
    Compute the flood risk zones of a district.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    parameters
        Zoning parameters.
    earlier
        Scheme of the base run whose limits and percentiles are taken; None to set new ones.

    Returns
    -------
    Zoning
        Zones, scheme and summary; the same bytes for the same inputs.
    """
    levels, placed, tables = measured_levels(inputs, parameters)
    finest = "grid_unit" if levels["grid_unit"].count else "village"
    base = _base(levels, finest, parameters["classes"]["unit"])
    places = usable_places(inputs, parameters["depth"]["evacuate_depth_m"])
    percentiles = _percentiles(tables[base], parameters, earlier)
    _add_capacity(levels, tables, places, finest, parameters)
    scored = {name: score(table, percentiles, parameters) for name, table in tables.items()}
    index = scored[base]["risk"].dropna().to_numpy(dtype=np.float64)
    scheme = class_scheme(index, parameters, base=base, percentiles=percentiles, earlier=earlier)
    breaks = np.array(scheme["breaks"], dtype=np.float64)
    for table in scored.values():
        add_class(table, breaks, parameters)
    doubts = add_doubts(scored, levels, inputs, placed.people, parameters=parameters, scheme=scheme)
    scheme["depth_rmse_m"] = doubts["depth_classes"]["rmse_m"]
    _count_whole(scored, levels, inputs, placed.people, parameters)
    classes = np.append(scored[base]["risk_class"].to_numpy(dtype=np.float64), np.nan)
    return Zoning(
        zones=_rows(inputs, levels, scored, placed.people, parameters),
        scheme=scheme,
        summary=_summary(inputs, levels, scored, placed, parameters) | doubts | _made_by(inputs),
        placed=placed,
        class_cells=np.nan_to_num(classes, nan=0.0)[levels[base].labels],
        base=base,
    )


def _base(levels: dict[str, Level], finest: str, wanted: str) -> str:
    """Choose the level whose units set the breaks, which are then those of every level."""
    if wanted == "finest":
        return finest
    if wanted in levels and levels[wanted].count:
        return wanted
    there = [name for name, level in levels.items() if level.count]
    raise ParameterError(
        f"No units of the level {wanted} are there to set the breaks; there are: "
        f"{', '.join(there)}. Choose one of them, or finest.",
        f"没有“{wanted}”一级的单元可用来定分级界限；现有：{'、'.join(there)}。请选其中之一，"
        "或 finest（最细一级）。",
    )


def _percentiles(
    table: pd.DataFrame, parameters: dict[str, Any], earlier: Mapping[str, Any] | None
) -> F:
    """Freeze the densities of the base units, or take those that the base run froze."""
    if earlier is not None:
        return np.array(earlier["density_percentiles_per_km2"], dtype=np.float64)
    density = table["density"].to_numpy()[_is_assessed(table)]
    return factors.percentile_table(density, parameters["exposure"]["percentiles"])


def _rows(
    inputs: ZoningInputs,
    levels: dict[str, Level],
    scored: dict[str, pd.DataFrame],
    people: F,
    parameters: dict[str, Any],
) -> pd.DataFrame:
    """Write the rows of all levels, with their reasons and what would lower their class."""
    rows = [
        tell(
            name,
            table,
            levels[name].units,
            estimated=_estimated(levels[name], inputs),
            change=_change(levels[name], table, inputs, people=people, parameters=parameters),
            parameters=parameters,
            ways=_ways(levels[name], inputs, people),
        )
        for name, table in scored.items()
    ]
    return pd.concat([table for table in rows if len(table)], ignore_index=True)


def _made_by(inputs: ZoningInputs) -> dict[str, Any]:
    """Tell how the depth was made, where the program computed it: its rung and its limits."""
    return {"depth": inputs.depth_terms} if inputs.depth_terms else {}


def _ways(level: Level, inputs: ZoningInputs, people: F) -> list[tuple[str, str]]:
    """Tell how the sea comes to each unit, where the depth is that of a surge."""
    if inputs.sea is None:
        return []
    return sea_sentences(inputs.sea, inputs.depth.cells, level.labels, people, level.count)


def _estimated(level: Level, inputs: ZoningInputs) -> NDArray[np.bool_]:
    """Tell whose residents are no counts: a village's own, a town's any, a grid unit's always."""
    counted = inputs.people["basis"] == "counted"
    if level.name == "town":
        town_of = inputs.divisions.set_index("code")["town_code"]
        mixed = town_of.reindex(inputs.people.loc[~counted, "division_code"])
        return np.asarray(level.units["code"].isin(mixed), dtype=np.bool_)
    own = inputs.people.loc[counted, "division_code"]
    return np.asarray(~level.units["code"].isin(own), dtype=np.bool_)


def _count_whole(
    scored: dict[str, pd.DataFrame],
    levels: dict[str, Level],
    inputs: ZoningInputs,
    people: F,
    parameters: dict[str, Any],
) -> None:
    """Tell residents in deep water as the whole people that a plan asks places for."""
    leaving = groups(inputs, levels, people, parameters["depth"]["evacuate_depth_m"])
    towns = inputs.divisions.set_index("code")["town_code"]
    owners = {
        "grid_unit": leaving["unit_code"],
        "village": leaving["village_code"],
        "town": leaving["village_code"].map(towns),
    }
    for name, table in scored.items():
        counted = leaving["demand_people"].groupby(owners[name].to_numpy()).sum()
        table["people_in_hazard"] = counted.reindex(table.index, fill_value=0).astype(np.float64)


def _is_assessed(table: pd.DataFrame) -> NDArray[np.bool_]:
    return ((table["people"] > 0) & table["hazard_people"].notna()).to_numpy()


def _add_capacity(
    levels: dict[str, Level],
    tables: dict[str, pd.DataFrame],
    places: Places,
    base: str,
    parameters: dict[str, Any],
) -> None:
    """Score base units by places within reach, larger units by their residents in hazard."""
    table = tables[base]
    reach = factors.reach(
        table[["x", "y"]].to_numpy(dtype=np.float64),
        table["people_in_hazard"].to_numpy(),
        places.xy,
        places.capacity_people,
        parameters["capacity"]["distance_m"],
    )
    table["capacity"], table["places"], table["shelters"] = (
        reach.score,
        reach.places_people,
        reach.shelters,
    )
    table["by_distance"] = True
    units = levels[base].units
    for name, own in (("village", places.village_code), ("town", places.town_code)):
        if name == base:
            continue
        above = tables[name]
        position = {code: at for at, code in enumerate(above.index)}
        parent = np.array(
            [position.get(code, -1) for code in units[f"{name}_code"]], dtype=np.int64
        )
        weights = table["people_in_hazard"].to_numpy() + 1e-6 * table["people"].to_numpy()
        mean = mean_by(parent, reach.score, len(above), weight=weights)
        above["capacity"] = np.nan_to_num(mean, nan=0.0)
        at = np.array([position.get(code, -1) for code in own], dtype=np.int64)
        above["places"] = sum_by(at, places.capacity_people, len(above))
        above["by_distance"] = False
        above["shelters"] = np.bincount(at[at >= 0], minlength=len(above))


def score(table: pd.DataFrame, percentiles: F, parameters: dict[str, Any]) -> pd.DataFrame:
    """
    Add the four factors and the index; a unit without residents or known depth has none.

    Parameters
    ----------
    table
        Units with ``people``, ``hazard_people``, ``hazard_area``, ``density``, ``age_share`` and
        ``capacity``; gets ``assessed``, ``H``, ``E``, ``V``, ``C`` and ``risk``.
    percentiles
        Densities of the percentiles that place the exposure, people per km2.
    parameters
        Zoning parameters.

    Returns
    -------
    DataFrame
        The table.
    """
    floor = parameters["index"]["floor"]
    assessed = _is_assessed(table)
    table["assessed"] = assessed
    mean = "hazard_people" if parameters["hazard_score"]["unit_mean"] == "people" else "hazard_area"
    columns = {
        "H": table[mean].to_numpy(),
        "E": factors.percentile_of(table["density"].to_numpy(), percentiles),
        "V": factors.vulnerability(table["age_share"].to_numpy(), parameters["vulnerability"]),
    }
    for name, values in columns.items():
        table[name] = np.where(assessed, np.maximum(values, floor), np.nan)
    table["C"] = np.where(assessed, table["capacity"].to_numpy(), np.nan)
    table["risk"] = np.nan
    table.loc[assessed, "risk"] = risk_index(*_factors(table, assessed), **_form(parameters))
    return table


def _factors(table: pd.DataFrame, rows: NDArray[np.bool_]) -> tuple[F, F, F, F]:
    h, e, v, c = (table[name].to_numpy(dtype=np.float64)[rows] for name in "HEVC")
    return h, e, v, c


def _form(parameters: dict[str, Any]) -> dict[str, Any]:
    table = parameters["index"]
    a, b, c = table["powers"]
    return {"powers": (a, b, c), "k": table["k"]}


def add_class(table: pd.DataFrame, breaks: F, parameters: dict[str, Any]) -> None:
    """
    Add class, contributions relative to the median unit of the level, and what is needed.

    Parameters
    ----------
    table
        Units of a level, as ``score`` leaves them.
    breaks
        Inner upper limits of the index, ascending.
    parameters
        Zoning parameters.
    """
    assessed = table["assessed"].to_numpy()
    classes = classify(table["risk"].to_numpy(dtype=np.float64), breaks).astype(np.float64)
    table["risk_class"] = np.where(assessed, classes, np.nan)
    contributions, needed = np.full((2, len(table), 4), np.nan)
    if assessed.any():
        found = explain(*_factors(table, assessed), **_form(parameters), breaks=breaks)
        contributions[assessed], needed[assessed] = found.contributions, found.counterfactual
    for at, name in enumerate("HEVC"):
        table[f"contribution_{name}"], table[f"needed_{name}"] = contributions[:, at], needed[:, at]


def _change(
    level: Level,
    table: pd.DataFrame,
    inputs: ZoningInputs,
    *,
    people: F,
    parameters: dict[str, Any],
) -> Change:
    """Put the factors needed for the class below into metres of water and shelter places."""
    hazard, capacity = (table[f"needed_{name}"].to_numpy(dtype=np.float64) for name in "HC")
    curve = parameters["hazard_score"]
    knots = list(zip(curve["depth_m"], curve["score"], strict=True))
    lower = lowering_m(
        level.labels,
        inputs.depth.cells,
        people,
        # Below the floor the factor stays at the floor, whatever the water does.
        np.where(hazard >= parameters["index"]["floor"], hazard, np.nan),
        lambda depth: hazard_score(depth, knots),
    )
    more = capacity - table["C"].to_numpy(dtype=np.float64)
    places = more * table["people_in_hazard"].to_numpy()
    return Change(lower_m=lower, more_places_people=np.where(more > 0, places, np.nan))


def _summary(
    inputs: ZoningInputs,
    levels: dict[str, Level],
    scored: dict[str, pd.DataFrame],
    placed: CellPeople,
    parameters: dict[str, Any],
) -> dict[str, Any]:
    """Count people and classes, and list everything that was not assessed or fell back."""
    missing = [
        {"code": code, "level": name, "reason": unassessed_reason(row).value}
        for name, table in scored.items()
        for code, row in table[~table["assessed"]].to_dict("index").items()
    ]
    has_ages = bool(scored["village"]["age_share"].notna().any())
    outside = (levels["grid_unit"].labels < 0) & (levels["village"].labels >= 0)
    return {
        "people": int(inputs.people["people"].sum()),
        "people_placed": float(placed.people.sum()),
        "people_in_hazard": float(scored["village"]["people_in_hazard"].sum()),
        "people_outside_grid_units": float(placed.people[outside].sum()),
        "units": {name: level.count for name, level in levels.items()},
        **counted(scored),
        "not_assessed": missing,
        "weights": placed.weight_source,
        "uniform_villages": placed.uniform_villages,
        "unplaced_people": placed.unplaced,
        "villages_without_people_row": sorted(
            set(levels["village"].units["code"]) - set(inputs.people["division_code"])
        ),
        "partial_towns": [
            {"code": row.code, "covered_share": float(row.covered_share)}
            for row in levels["town"].units.itertuples()
            if row.covered_share < parameters["coverage"]["whole_share"]
        ],
        **ages_told(has_ages=has_ages, neutral=parameters["vulnerability"]["neutral"]),
    }
