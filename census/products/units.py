"""Measure each town, village and grid unit: residents, water, ages, usable shelters."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from census.products.cell_people import CellPeople, label_cells, place_people
from census.products.inputs import ZoningInputs
from census.products.sampling import at_points, cell_centres
from geo.cells import mean_by, sum_by
from geo.coverage import Coverage
from geo.exposure import zonal
from geo.zoning import hazard_score

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)

LEVELS = ("town", "village", "grid_unit")


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """
    The units of one level and the unit of each cell.

    Attributes
    ----------
    name
        ``town``, ``village`` or ``grid_unit``.
    units
        Units sorted by code.
    labels
        Position of the unit of each cell, -1 outside.
    """

    name: str
    units: gpd.GeoDataFrame
    labels: I

    @property
    def count(self) -> int:
        """
        Number of units.

        Returns
        -------
        int
            At least 0.
        """
        return len(self.units)


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """
    Shelters that can be used in this flood.

    Attributes
    ----------
    xy
        Metric CRS, shape ``(m, 2)``.
    capacity_people
        Persons.
    village_code, town_code
        Divisions in which each stands; empty text outside.
    """

    xy: F
    capacity_people: F
    village_code: NDArray[np.object_]
    town_code: NDArray[np.object_]


def read_levels(inputs: ZoningInputs) -> dict[str, Level]:
    """
    Divide the cells among the units; a cell belongs to the town of its village.

    Parameters
    ----------
    inputs
        Inputs of the zoning.

    Returns
    -------
    dict
        Level by name.
    """
    frames = {
        name: inputs.divisions[inputs.divisions["level"] == name].reset_index(drop=True)
        for name in LEVELS
    }
    villages = label_cells(frames["village"], inputs.depth)
    grid_units = label_cells(frames["grid_unit"], inputs.depth)
    position = {code: at for at, code in enumerate(frames["town"]["code"])}
    town_of = np.array(
        [*(position.get(code, -1) for code in frames["village"]["town_code"]), -1], dtype=np.int64
    )
    labels = {"town": town_of[villages], "village": villages, "grid_unit": grid_units}
    return {name: Level(name=name, units=frames[name], labels=labels[name]) for name in LEVELS}


def usable_places(inputs: ZoningInputs, evacuate_depth_m: float) -> Places:
    """
    Choose the shelters that stand no deeper than people have to leave, with a known capacity.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    evacuate_depth_m
        A shelter in deeper, or unknown, water takes nobody.

    Returns
    -------
    Places
        Usable shelters, sorted by code.
    """
    shelters = inputs.shelters
    x, y = shelters.geometry.x.to_numpy(), shelters.geometry.y.to_numpy()
    depth = at_points(inputs.depth, np.column_stack([x, y]), inputs.depth.crs)
    capacity = pd.to_numeric(shelters["capacity_people"]).to_numpy(
        dtype=np.float64, na_value=np.nan
    )
    usable = (depth <= evacuate_depth_m) & (capacity > 0)
    metric = pyproj.Transformer.from_crs(inputs.depth.crs, inputs.metric_srid, always_xy=True)
    village = shelters["village_code"].fillna("").to_numpy(dtype=object)
    towns = inputs.divisions.set_index("code")["town_code"]
    town = pd.Series(village).map(towns).fillna("").to_numpy(dtype=object)
    return Places(
        xy=np.column_stack(metric.transform(x[usable], y[usable])).reshape(-1, 2),
        capacity_people=capacity[usable],
        village_code=village[usable],
        town_code=town[usable],
    )


def measure(
    level: Level, inputs: ZoningInputs, people: F, age_share: F, parameters: dict[str, Any]
) -> pd.DataFrame:
    """
    Measure residents and water of the units of a level.

    Parameters
    ----------
    level
        The level.
    inputs
        Inputs of the zoning.
    people
        Residents per cell.
    age_share
        Share of children and elderly per cell, NaN unknown.
    parameters
        Zoning parameters.

    Returns
    -------
    DataFrame
        One row per unit, index = code: people, people in hazard, depths in metres, shares of the
        area, mean hazard scores over residents and over the area, density per km2, share of
        children and elderly, and the middle of the residents in the metric CRS.
    """
    depth, table = inputs.depth.cells, parameters["depth"]
    deep = depth > table["evacuate_depth_m"]
    curve = parameters["hazard_score"]
    score = hazard_score(depth, list(zip(curve["depth_m"], curve["score"], strict=True)))
    units, labels, count = level.units, level.labels, level.count
    residents = sum_by(labels, people, count)
    area_m2 = units["area_m2"].to_numpy(dtype=np.float64)
    if level.name == "town":
        # The residents of a partly covered town are those of its villages: so is the area.
        area_m2 = area_m2 * units["covered_share"].to_numpy(dtype=np.float64)
    middle = _middle(level, inputs, people)
    water = _water(level, inputs, table)
    return pd.DataFrame(
        {
            **water,
            "cells": np.bincount(labels[labels >= 0], minlength=count),
            "people": residents,
            "people_in_hazard": sum_by(labels, np.where(deep, people, 0.0), count),
            "hazard_people": mean_by(labels, score, count, weight=people),
            "hazard_area": mean_by(labels, score, count),
            "density": residents / np.maximum(area_m2, 1.0) * 1e6,
            "age_share": mean_by(labels, age_share, count, weight=people),
            "x": middle[:, 0],
            "y": middle[:, 1],
        },
        index=pd.Index(units["code"].to_numpy(dtype=object), name="code"),
    )


def _water(level: Level, inputs: ZoningInputs, table: dict[str, Any]) -> dict[str, F]:
    """Coverage-weighted depths and shares of the units' own polygons; NaN where none is known."""
    depth = inputs.depth.cells
    known = np.isfinite(depth)
    if not level.count:
        return {
            name: np.empty(0) for name in ("depth_mean_m", "depth_max_m", "wet_share", "deep_share")
        }
    layers = {
        "depth": (depth, ["mean", "max"]),
        "wet": (np.where(known, (depth > table["wet_depth_m"]) * 1.0, np.nan), ["mean"]),
        "deep": (np.where(known, (depth > table["evacuate_depth_m"]) * 1.0, np.nan), ["mean"]),
    }
    # The units are cut at the lines of the grid once for all three.
    cut = Coverage.of(level.units, inputs.depth.transform, depth.shape)
    found = {
        name: zonal(values, inputs.depth.transform, level.units, stats, coverage=cut)
        for name, (values, stats) in layers.items()
    }
    return {
        "depth_mean_m": found["depth"]["mean"].to_numpy(dtype=np.float64),
        "depth_max_m": found["depth"]["max"].to_numpy(dtype=np.float64),
        "wet_share": found["wet"]["mean"].to_numpy(dtype=np.float64),
        "deep_share": found["deep"]["mean"].to_numpy(dtype=np.float64),
    }


def cell_age_share(inputs: ZoningInputs, villages: Level) -> F:
    """
    Give each cell the share of children and elderly people of its village.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    villages
        The villages.

    Returns
    -------
    ndarray
        Share per cell, 0..1; NaN outside and where ages were not delivered.
    """
    table = inputs.people
    counts = {
        name: pd.to_numeric(table[name]).to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("people", "children_people", "elderly_people")
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (counts["children_people"] + counts["elderly_people"]) / counts["people"]
    by_code = dict(zip(table["division_code"], share, strict=True))
    of_village = [*(by_code.get(code, np.nan) for code in villages.units["code"]), np.nan]
    return np.array(of_village, dtype=np.float64)[villages.labels]


def _middle(level: Level, inputs: ZoningInputs, people: F) -> F:
    """People-weighted middle of each unit in the metric CRS; a point inside where nobody lives."""
    east, north = cell_centres(inputs.depth)
    middle = np.column_stack(
        [mean_by(level.labels, axis, level.count, weight=people) for axis in (east, north)]
    ).reshape(-1, 2)
    own = level.units.geometry.representative_point()
    inner = np.column_stack([own.x.to_numpy(), own.y.to_numpy()]).reshape(-1, 2)
    middle = np.where(np.isfinite(middle), middle, inner)
    metric = pyproj.Transformer.from_crs(inputs.depth.crs, inputs.metric_srid, always_xy=True)
    return np.column_stack(metric.transform(middle[:, 0], middle[:, 1])).reshape(-1, 2)


def measured_levels(
    inputs: ZoningInputs, parameters: dict[str, Any]
) -> tuple[dict[str, Level], CellPeople, dict[str, pd.DataFrame]]:
    """
    Place the residents and measure every level.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    parameters
        Zoning parameters.

    Returns
    -------
    tuple
        Levels, residents per cell, and the measures of each level.
    """
    levels = read_levels(inputs)
    villages = levels["village"]
    placed = place_people(inputs, villages.units, villages.labels, parameters)
    ages = cell_age_share(inputs, villages)
    tables = {
        name: measure(level, inputs, placed.people, ages, parameters)
        for name, level in levels.items()
    }
    return levels, placed, tables
