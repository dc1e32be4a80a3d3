"""What each flood takes of the buildings: depth over the footprint, ratio of the curve, value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.damage_curves import DamageCurve, DamageCurves
from census.products.inputs import CellValues
from geo.coverage import Coverage
from geo.exposure import zonal

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """
    Sums over buildings, village by village and class by class, the unclassed ones last.

    Attributes
    ----------
    wet_buildings, wet_footprint_m2, loss_yuan
        Of each flood, shape ``(scenarios, villages, classes)``.
    unknown_depth
        Buildings whose depth a flood does not tell, shape ``(scenarios, villages)``.
    buildings, unclassed, levels_unknown
        All buildings, those without a class, those without storeys, shape ``(villages,)``.
    """

    wet_buildings: I
    wet_footprint_m2: F
    loss_yuan: F
    unknown_depth: I
    buildings: I
    unclassed: I
    levels_unknown: I

    @classmethod
    def empty(cls, scenarios: int, villages: int, classes: int) -> Self:
        """
        Begin with nothing counted.

        Parameters
        ----------
        scenarios, villages, classes
            Their numbers, the class of the unclassed included.

        Returns
        -------
        Tally
            Zeros.
        """
        shape = (scenarios, villages, classes)
        return cls(
            wet_buildings=np.zeros(shape, np.int64), wet_footprint_m2=np.zeros(shape),
            loss_yuan=np.zeros(shape), unknown_depth=np.zeros(shape[:2], np.int64),
            buildings=np.zeros(villages, np.int64), unclassed=np.zeros(villages, np.int64),
            levels_unknown=np.zeros(villages, np.int64),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Stock:
    """
    Buildings as losses need them.

    Attributes
    ----------
    village
        Position of the village of each building.
    building_class
        Position of its class; the number of curves where it has none.
    footprint_m2
        Its footprint.
    value_yuan
        What ratio 1 of its curve takes; 0 where it has none.
    has_levels
        Whether its storeys were delivered.
    """

    village: I
    building_class: I
    footprint_m2: F
    value_yuan: F
    has_levels: NDArray[np.bool_]


def classes_of(buildings: pd.DataFrame, curves: Sequence[DamageCurve]) -> I:
    """
    Give each building the first class that takes its use and structure.

    Parameters
    ----------
    buildings
        Columns ``kind`` and ``structure``, as delivered.
    curves
        The classes.

    Returns
    -------
    ndarray
        Position of the class; the number of classes where none takes it.
    """
    kind, structure = (
        buildings[name].astype(object).fillna("").astype(str).str.strip().str.casefold()
        for name in ("kind", "structure")
    )
    found = np.full(len(buildings), len(curves), dtype=np.int64)
    for at in reversed(range(len(curves))):
        each = curves[at]
        takes = kind.isin(each.kinds)
        if each.structures:
            takes &= structure.isin(each.structures)
        found[takes.to_numpy()] = at
    return found


def stock_of(
    buildings: pd.DataFrame, codes: list[str], curves: DamageCurves, rules: dict[str, Any]
) -> Stock:
    """
    Class buildings and value them.

    Parameters
    ----------
    buildings
        ``village_code``, ``kind``, ``structure``, ``levels`` and ``footprint_m2``.
    codes
        Codes of the villages; every building lies in one.
    curves
        The classes.
    rules
        Parameters of the method.

    Returns
    -------
    Stock
        Value = footprint x storeys that water reaches x value of a square metre of floor.
    """
    place = {code: at for at, code in enumerate(codes)}
    found = classes_of(buildings, curves.curves)
    worth = [rules["value"][f"{each.code}_yuan_per_m2"] for each in curves.curves]
    table = rules["buildings"]
    levels = pd.to_numeric(buildings["levels"]).to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(levels)
    storeys = np.clip(np.where(known, levels, table["levels_unknown"]), 1.0, table["most_levels"])
    footprint = buildings["footprint_m2"].to_numpy(dtype=np.float64)
    return Stock(
        village=np.array([place[code] for code in buildings["village_code"]], dtype=np.int64),
        building_class=found,
        footprint_m2=footprint,
        value_yuan=footprint * storeys * np.array([*worth, 0.0])[found],
        has_levels=known,
    )


def footprint_depths(outlines: gpd.GeoDataFrame, depths: list[CellValues]) -> F:
    """
    Read the mean depth over each footprint: at its middle a works hall would stand in one cell.

    Parameters
    ----------
    outlines
        Polygons in the CRS of the grid.
    depths
        Depths of each flood on one grid, metres, NaN = unknown.

    Returns
    -------
    ndarray
        Metres, each cell weighted by the share of it below the building, shape
        ``(scenarios, buildings)``; NaN where no cell below it is known.
    """
    grid = depths[0]
    cut = Coverage.of(outlines, grid.transform, grid.shape)
    means = [
        zonal(each.cells, each.transform, outlines, ["mean"], coverage=cut)["mean"]
        for each in depths
    ]
    return np.array([each.to_numpy(dtype=np.float64) for each in means])


def is_same_grid(one: CellValues, other: CellValues) -> bool:
    """
    Tell whether two rasters have the same cells.

    Parameters
    ----------
    one, other
        Rasters.

    Returns
    -------
    bool
        Whether CRS, place and size agree.
    """
    return (
        one.shape == other.shape
        and one.transform.almost_equals(other.transform)
        and one.crs.equals(other.crs, ignore_axis_order=True)
    )


def add_buildings(
    tally: Tally, stock: Stock, depths: F, curves: DamageCurves, wet_depth_m: float
) -> None:
    """
    Add buildings to the sums.

    Parameters
    ----------
    tally
        The sums, changed in place.
    stock
        The buildings.
    depths
        Metres at each, NaN unknown, shape ``(scenarios, buildings)``.
    curves
        The classes.
    wet_depth_m
        A building in deeper water stands in water.
    """
    _, villages, classes = tally.loss_yuan.shape
    at = stock.village * classes + stock.building_class
    for row, depth in enumerate(depths):
        wet = depth > wet_depth_m
        loss = np.zeros(len(depth))
        for number, each in enumerate(curves.curves):
            own = np.flatnonzero(wet & (stock.building_class == number))
            ratio = np.interp(depth[own], each.curve.intensity, each.curve.ratio)
            loss[own] = stock.value_yuan[own] * ratio
        for sums, amount in (
            (tally.wet_buildings, wet),
            (tally.wet_footprint_m2, np.where(wet, stock.footprint_m2, 0.0)),
            (tally.loss_yuan, loss),
        ):
            added = np.bincount(at, amount, villages * classes).reshape(villages, classes)
            sums[row] += added.astype(sums.dtype)
        unknown = np.isnan(depth)
        tally.unknown_depth[row] += np.bincount(stock.village[unknown], minlength=villages)
    tally.buildings[:] += np.bincount(stock.village, minlength=villages)
    without = stock.building_class == classes - 1
    tally.unclassed[:] += np.bincount(stock.village[without], minlength=villages)
    tally.levels_unknown[:] += np.bincount(stock.village[~stock.has_levels], minlength=villages)
