"""Gather what losses are made from: depths with return periods, villages, people, buildings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from census.errors import CensusError, NotYetMadeError
from census.products.inputs import CellValues, read_cells, sorted_layer
from census.products.layer_hashes import layer_hash
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.rasters import rasters

MOST_BUILDINGS: Final = 50_000
"""Buildings that are held in memory at a time, unless a single village has more."""


class ScenariosClashError(CensusError):
    """
    Two different depth rasters of a hazard have one return period.

    Parameters
    ----------
    first, second
        Their names.
    years
        The return period.
    """

    def __init__(self, first: str, second: str, years: float) -> None:
        super().__init__(
            f"The rasters {first} and {second} differ, and both say that they are the flood of "
            f"once in {years:g} years. Import one of them anew with its own return period.",
            f"栅格 {first} 与 {second} 内容不同，却都声明为 {years:g} 年一遇。"
            "请按各自的重现期重新导入其中之一。",
        )


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """
    A flood with its return period.

    Attributes
    ----------
    name
        Name of the raster of its depths, metres.
    return_period_years
        Years between floods as large as this one, on average.
    rung
        How the depths were made, such as ``spill`` or ``imported``; empty where it is not said.
    sha256
        Hash of the cells.
    is_made_up
        Whether it is made up.
    """

    name: str
    return_period_years: float
    rung: str
    sha256: str
    is_made_up: bool


def scenarios_of(table: pd.DataFrame, hazard: str, unit: str) -> list[Scenario]:
    """
    Choose the depth rasters of a hazard that have a return period.

    Parameters
    ----------
    table
        Stored rasters, as :func:`census.store.rasters.rasters` lists them.
    hazard
        The hazard.
    unit
        Unit of a depth.

    Returns
    -------
    list of Scenario
        One per return period, the shortest first; of two with the same cells the one that is
        named after its return period.

    Raises
    ------
    ScenariosClashError
        If two that differ have one return period.
    """
    fits = (table["hazard"] == hazard) & (table["unit"] == unit)
    fits &= table["return_period_years"].notna() & table["name"].str.contains("_depth")
    kept: dict[float, Scenario] = {}
    # "..._depth_T20" before "..._depth".
    for row in table[fits].sort_values("name", ascending=False).to_dict("records"):
        years = float(row["return_period_years"])
        made = Scenario(
            name=row["name"], return_period_years=years, rung=row["rung"] or "",
            sha256=row["sha256"], is_made_up=bool(row["is_made_up"]),
        )  # fmt: skip
        stands = kept.setdefault(years, made)
        if stands.sha256 != made.sha256:
            raise ScenariosClashError(made.name, stands.name, years)
    return [kept[years] for years in sorted(kept)]


@dataclass(frozen=True, kw_only=True, eq=False)
class LossInputs:
    """
    What losses are computed from, but for the buildings, which come in parts.

    Attributes
    ----------
    scenarios
        Floods, the shortest return period first.
    depths
        Depths of each, metres, four bytes a cell, NaN = unknown.
    villages
        Villages sorted by code, in the district's geographic CRS.
    towns
        Codes of all towns.
    people
        Residents per village, with their ``basis``.
    pattern
        Spatial pattern of the residents; None where not delivered.
    district_code
        Code of the district.
    hashes
        Rows and SHA-256 of each input.
    """

    scenarios: list[Scenario]
    depths: list[CellValues]
    villages: gpd.GeoDataFrame
    towns: list[str]
    people: pd.DataFrame
    pattern: CellValues | None
    district_code: str
    hashes: dict[str, Any]


def gather_losses(store: Store, hazard: str, rules: dict[str, Any]) -> LossInputs:
    """
    Read what the losses of a hazard need.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard.
    rules
        Parameters of the method.

    Returns
    -------
    LossInputs
        The inputs with their hashes.

    Raises
    ------
    NotYetMadeError
        If no depth has a return period, or the divisions were not delivered.
    ScenariosClashError
        If two depths that differ have one return period.
    """
    listed = rasters(store)
    scenarios = scenarios_of(listed, hazard, rules["scenarios"]["unit"])
    if not scenarios:
        raise NotYetMadeError(
            f"depth raster of {hazard} with a return period", f"带重现期的水深栅格（{hazard}）",
            "riskatlas import flood_depth FILE --return-period YEARS",
        )  # fmt: skip
    divisions = read_layer(store, "division")
    divisions = divisions[divisions.geometry.notna()]
    villages = divisions[divisions["level"] == "village"]
    if villages.empty:
        raise NotYetMadeError("outlines of villages", "村界", "riskatlas import divisions FILE")
    people = read_layer(store, "people")
    hashes: dict[str, Any] = {"divisions": layer_hash(divisions), "people": layer_hash(people)}
    hashes |= {each.name: {"sha256": each.sha256} for each in scenarios}
    pattern_name = rules["dasymetric"]["pattern_raster"]
    delivered = dict(zip(listed["name"], listed["sha256"], strict=True))
    if pattern_name in delivered:
        hashes[pattern_name] = {"sha256": delivered[pattern_name]}
    return LossInputs(
        scenarios=scenarios,
        depths=[_small(read_cells(store, each.name)) for each in scenarios],
        villages=sorted_layer(villages, "code"),
        towns=sorted(divisions.loc[divisions["level"] == "town", "code"]),
        people=sorted_layer(people, "division_code"),
        pattern=read_cells(store, pattern_name) if pattern_name in delivered else None,
        district_code=store.district.code,
        hashes=hashes,
    )


def _small(depth: CellValues) -> CellValues:
    # A depth is delivered in four bytes; thresholds are held against it in four bytes too, so
    # that 0.15 m is not deeper than 0.15 m.
    cells: Any = depth.cells.astype(np.float32)
    return CellValues(cells=cells, transform=depth.transform, crs=depth.crs)


def building_parts(store: Store, codes: list[str]) -> Iterator[gpd.GeoDataFrame]:
    """
    Read the buildings of the villages, some villages at a time.

    Parameters
    ----------
    store
        The store, role app.
    codes
        Codes of the villages, sorted.

    Yields
    ------
    GeoDataFrame
        ``village_code``, ``kind``, ``structure``, ``levels``, ``footprint_m2`` and the outline in
        the district's geographic CRS, in an order that loading them anew does not change; every
        village is in one part.
    """
    known = read_layer(store, "building", columns=["village_code"])["village_code"].value_counts()
    wanted = ["village_code", "kind", "structure", "levels", "footprint_m2", "geom"]
    for some in village_parts({code: int(known.get(code, 0)) for code in codes}, MOST_BUILDINGS):
        part = read_layer(store, "building", where={"village_code": some}, columns=wanted)
        yield sorted_layer(part)


def village_parts(buildings: dict[str, int], most: int) -> Iterator[list[str]]:
    """
    Cut a list of villages where their buildings would be too many.

    Parameters
    ----------
    buildings
        Number of buildings by village, in the order wanted.
    most
        Buildings of a part, unless a single village has more.

    Yields
    ------
    list of str
        Villages that have buildings.
    """
    some: list[str] = []
    held = 0
    for code, count in buildings.items():
        if some and held + count > most:
            yield some
            some, held = [], 0
        if count:
            some.append(code)
            held += count
    if some:
        yield some


def buildings_outside(store: Store, codes: list[str]) -> int:
    """
    Count the buildings that lie in none of the villages.

    Parameters
    ----------
    store
        The store, role app.
    codes
        Codes of the villages.

    Returns
    -------
    int
        Buildings.
    """
    code = read_layer(store, "building", columns=["village_code"])["village_code"]
    return int((~code.isin(codes)).sum())
