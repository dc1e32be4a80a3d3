"""Spread the residents of each village over the cells of the depth raster."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.products.inputs import CellValues, ZoningInputs
from census.products.sampling import place
from geo.cells import Cells, label
from geo.exposure import dasymetric

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


@dataclass(frozen=True, kw_only=True, eq=False)
class CellPeople:
    """
    Residents per cell and how they were placed.

    Attributes
    ----------
    people
        Persons per cell, shape of the depth raster; adds up to each village's total.
    weight_source
        ``pattern``, ``buildings`` or ``uniform``.
    uniform_villages
        Codes of villages without any weight, spread evenly over their cells.
    unplaced
        Villages without a cell, with the people that found no place.
    """

    people: F
    weight_source: str
    uniform_villages: list[str]
    unplaced: dict[str, float]


def label_cells(units: gpd.GeoDataFrame, cells: CellValues) -> I:
    """
    Give each cell the unit that contains its centre.

    Parameters
    ----------
    units
        Polygons in the CRS of the raster, sorted by code.
    cells
        The raster.

    Returns
    -------
    ndarray
        Position of the unit, -1 outside; where units overlap, the first one.
    """
    return label(Cells.of(cells.transform, cells.crs, cells.shape), units)


def building_weight(buildings: gpd.GeoDataFrame, cells: CellValues, table: dict[str, Any]) -> F:
    """
    Add up the floor area of residential buildings in the cell of their centre.

    Parameters
    ----------
    buildings
        Buildings with ``kind``, ``levels`` and ``footprint_m2`` in the CRS of the raster.
    cells
        The raster.
    table
        Table ``dasymetric`` of the parameters.

    Returns
    -------
    ndarray
        Square metres of floor per cell.
    """
    kinds = {kind.lower() for kind in table["residential_kinds"]}
    homes = buildings[buildings["kind"].fillna("").str.strip().str.lower().isin(kinds)]
    levels = pd.to_numeric(homes["levels"]).fillna(table["levels_unknown"]).clip(lower=1.0)
    floor_m2 = (homes["footprint_m2"].astype(float) * levels).to_numpy(dtype=np.float64)
    x, y = shapely.get_coordinates(shapely.centroid(homes.geometry.to_numpy())).T
    column, row = place(~cells.transform, x, y)
    rows, columns = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    inside = (rows >= 0) & (rows < cells.shape[0]) & (columns >= 0) & (columns < cells.shape[1])
    flat = rows[inside] * cells.shape[1] + columns[inside]
    size = cells.shape[0] * cells.shape[1]
    floor = np.bincount(flat, weights=floor_m2[inside], minlength=size)
    return floor.astype(np.float64).reshape(cells.shape)


def place_people(
    inputs: ZoningInputs, villages: gpd.GeoDataFrame, labels: I, parameters: dict[str, Any]
) -> CellPeople:
    """
    Spread the residents by the best weights at hand; a village without weights is spread evenly.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    villages
        Villages sorted by code.
    labels
        Village of each cell, -1 outside.
    parameters
        Zoning parameters.

    Returns
    -------
    CellPeople
        Persons per cell; their sums are the village totals.
    """
    source, weight = "uniform", np.ones(labels.shape)
    if inputs.pattern is not None:
        source, weight = "pattern", np.nan_to_num(np.maximum(inputs.pattern, 0.0), nan=0.0)
    elif inputs.buildings is not None:
        weight = building_weight(inputs.buildings, inputs.depth, parameters["dasymetric"])
        source = "buildings"
    return spread_people(inputs.people, villages, labels, weight, source)


def spread_people(
    counted: pd.DataFrame, villages: gpd.GeoDataFrame, labels: I, weight: F, source: str
) -> CellPeople:
    """
    Spread the residents by weights; a village without weights is spread evenly.

    Parameters
    ----------
    counted
        ``division_code`` and ``people`` of the villages.
    villages
        Villages sorted by code.
    labels
        Village of each cell, -1 outside.
    weight
        Weight of each cell, >= 0.
    source
        What the weights are: ``pattern``, ``buildings`` or ``uniform``.

    Returns
    -------
    CellPeople
        Persons per cell; their sums are the village totals.
    """
    totals = counted.set_index("division_code")["people"].reindex(villages["code"])
    people = totals.fillna(0).to_numpy(dtype=np.float64)
    known = np.bincount(labels[labels >= 0], weights=weight[labels >= 0], minlength=len(villages))
    bare = known <= 0
    weight = np.where((labels >= 0) & bare[labels], 1.0, weight)
    spread = dasymetric(labels, people, weight)
    codes = villages["code"].to_numpy()
    lost = np.asarray(spread.unplaced, dtype=np.float64)
    return CellPeople(
        people=np.nan_to_num(np.asarray(spread.people, dtype=np.float64), nan=0.0),
        weight_source=source,
        uniform_villages=[str(code) for code in codes[bare & (people > 0)]],
        unplaced={str(codes[i]): float(lost[i]) for i in np.flatnonzero(lost > 0)},
    )
