"""The Example district: from a seed and a recipe to the files of a made-up coastal district."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from census.errors import CensusError
from census.intake.example_divisions import Settled, divisions, settle
from census.intake.example_dykes import dykes, sea_levels, storm_formulas
from census.intake.example_faults import put_faults
from census.intake.example_floods import (
    Floods,
    Terrain,
    at_points,
    build_terrain,
    make_floods,
    past_outlines,
    wet_units,
    write_raster,
)
from census.intake.example_land import Waters, make_ground, make_waters
from census.intake.example_lattice import F, I, Lattice, Recipe, make_lattice
from census.intake.example_objects import make_objects
from census.intake.example_roads import Network, make_roads, road_table
from census.intake.example_services import assembly_points, duties, enterprises, hazard_sites
from census.intake.example_settlement import (
    Houses,
    build_houses,
    building_table,
    residents,
    settle_density,
)
from census.intake.example_shelters import (
    Plots,
    Shelters,
    build_shelters,
    choose_plots,
    delivered_routes,
    shelter_table,
)
from census.intake.example_water import water_surfaces
from census.intake.forms import form_named
from census.intake.prepared import Prepared
from census.intake.writing import write_table

LEAST_VILLAGES, MOST_VILLAGES = 2, 1000
# Forms that are delivered as workbooks; the others are GeoPackages.
WORKBOOKS = (
    "people", "enterprises", "duties", "households", "installation_substances", "emergency_plans",
    "shelter_rounds", "rescue_teams", "rescue_equipment", "material_depots", "stock_movements",
    "stations", "station_readings", "sea_levels", "storm_formulas",
)  # fmt: skip


class ExampleSizeError(CensusError):
    """
    The example district was asked for in a size that it cannot have.

    Parameters
    ----------
    villages
        Number of villages asked for.
    """

    def __init__(self, villages: int) -> None:
        super().__init__(
            f"The example district has {LEAST_VILLAGES} to {MOST_VILLAGES} villages, "
            f"not {villages}.",
            f"示例区的村数应为 {LEAST_VILLAGES} 至 {MOST_VILLAGES}，不能是 {villages}。",
        )


class ExampleSeedError(CensusError):
    """
    The example district was asked for with a seed that is none.

    Parameters
    ----------
    seed
        The seed.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(
            f"The seed of the example district is 0 or larger, not {seed}.",
            f"示例区的种子应为 0 或更大的整数，不能是 {seed}。",
        )


def read_recipe(path: Path) -> Recipe:
    """
    Read the recipe of the example district.

    Parameters
    ----------
    path
        The TOML file, in the project ``data/example/recipe.toml``.

    Returns
    -------
    mapping
        Its tables.
    """
    with path.open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class _Place:
    """Everything that was made up, before it is written."""

    lattice: Lattice
    waters: Waters
    settled: Settled
    density: F
    network: Network
    terrain: Terrain
    floods: Floods
    plots: Plots
    houses: Houses
    people: pd.DataFrame
    in_house: F
    shelters: Shelters


def make_example(
    recipe: Recipe, out: Path, *, seed: int | None = None, villages: int | None = None
) -> Prepared:
    """
    Make up a district and write its deliveries.

    Parameters
    ----------
    recipe
        The recipe, as ``read_recipe`` gives it.
    out
        Folder for the files; made where missing.
    seed
        Seed of the district; the recipe's where None. The same seed gives the same content.
    villages
        Number of villages, 2 to 1,000; the recipe's where None. The area grows with it.

    Returns
    -------
    Prepared
        Profile of the district, and form and file of each delivery in the order to import.

    Raises
    ------
    ExampleSizeError
        If the number of villages is out of range.
    ExampleSeedError
        If the seed is negative.
    """
    seed = recipe["district"]["seed"] if seed is None else seed
    villages = recipe["district"]["villages"] if villages is None else villages
    if not LEAST_VILLAGES <= villages <= MOST_VILLAGES:
        raise ExampleSizeError(villages)
    if seed < 0:
        raise ExampleSeedError(seed)
    out.mkdir(parents=True, exist_ok=True)
    place = _make_up(recipe, seed, villages)
    deliveries = []
    tables = _tables(recipe, seed, place)
    named = frozenset(tables["evacuation_routes"]["shelter_code"])
    for form, frame in tables.items():
        # A small district may have no chemical works: a file without rows is no delivery.
        if frame.empty:
            continue
        suffix = "xlsx" if form in WORKBOOKS else "gpkg"
        path = out / f"{form}.{suffix}"
        write_table(form_named(form), put_faults(recipe, seed, form, frame, named=named), path)
        deliveries.append((form, path))
    deliveries += _rasters(recipe, out, place)
    return Prepared(_profile(recipe, seed, villages), deliveries)


def make_counties(
    recipe: Recipe,
    out: Path,
    *,
    seed: int | None = None,
    villages: int | None = None,
    counties: int = 1,
) -> Iterator[Prepared]:
    """
    Make up several counties side by side, one after the other.

    Parameters
    ----------
    recipe
        The recipe; its list of county names bounds their number.
    out
        Folder; each county gets one of its own, named by its code.
    seed
        Seed of the first county, the others count on from it.
    villages
        Villages of each county.
    counties
        How many.

    Yields
    ------
    Prepared
        Profile and deliveries of each county; codes and origins differ.
    """
    first = recipe["district"]["seed"] if seed is None else seed
    count = recipe["district"]["villages"] if villages is None else villages
    size = recipe["size"]
    # Four abreast, then the next row to the north, so that the metric zone still fits.
    side = np.sqrt(count * size["village_area_m2"] * size["aspect"]) * 1.25 + size["counties_gap_m"]
    names = recipe["names"]
    for number in range(counties):
        district: dict[str, Any] = dict(recipe["district"])
        district["code"] = str(int(district["code"]) + number)
        district["origin_x_m"] += float(side * (number % 4))
        district["origin_y_m"] += float(side * (number // 4))
        district["name_zh"] = names["county"][number % len(names["county"])]
        district["name_en"] = names["county_en"][number % len(names["county_en"])]
        county = {**recipe, "district": district}
        yield make_example(county, out / district["code"], seed=first + number, villages=count)


def _make_up(recipe: Recipe, seed: int, villages: int) -> _Place:
    lattice = make_lattice(recipe, seed, villages)
    waters = make_waters(recipe, seed, lattice)
    settled = settle(recipe, seed, lattice, waters.between(lattice.pairs), villages=villages)
    density = settle_density(seed, lattice, settled)
    network = make_roads(recipe, seed, lattice, waters, settled, density=density)
    ground = make_ground(recipe, seed, lattice, waters)
    terrain = build_terrain(recipe, seed, ground, network)
    floods = make_floods(recipe, seed, terrain)
    plots = choose_plots(recipe, seed, lattice, settled)
    houses = build_houses(recipe, seed, network, waters, density, reserved=plots.outline)
    people, in_house = residents(recipe, seed, houses, settled)
    deep = (
        at_points(ground, floods.design_m, houses.centre) > recipe["shelters"]["depth_of_demand_m"]
    )
    shelters = build_shelters(
        recipe, seed, settled, plots, demand_people=float(in_house[deep].sum())
    )
    return _Place(
        lattice, waters, settled, density, network, terrain, floods, plots, houses, people,
        in_house, shelters,
    )  # fmt: skip


def _tables(recipe: Recipe, seed: int, place: _Place) -> dict[str, pd.DataFrame]:
    ground, settled, deep_m = (
        place.terrain.ground,
        place.settled,
        recipe["shelters"]["depth_of_demand_m"],
    )
    at_house = at_points(ground, place.floods.design_m, place.houses.centre)
    deep_share = wet_units(place.lattice, place.houses.unit, place.in_house, at_house, deep_m)
    usable = at_points(ground, place.floods.design_m, place.plots.centre) < deep_m
    unit_people = _sums(place.houses.unit, place.in_house, len(place.density))
    firms = enterprises(recipe, seed, place.network, place.density, villages=len(settled.town))
    shelters = shelter_table(recipe, place.shelters, usable=usable)
    return {
        "divisions": divisions(recipe, place.lattice, settled),
        "people": place.people,
        "buildings": building_table(recipe, seed, place.houses, place.shelters.public),
        "roads": road_table(recipe, seed, place.network),
        "water": water_surfaces(recipe, seed, place.lattice, place.waters, ground),
        "dykes": dykes(recipe, seed, place.waters, ground),
        "sea_levels": sea_levels(recipe, seed),
        "storm_formulas": storm_formulas(recipe, seed),
        "hazard_sites": hazard_sites(
            recipe, seed, place.network, place.waters, place.lattice,
            settled=settled, unit_people=unit_people,
        ),
        "shelters": shelters,
        "assembly_points": assembly_points(recipe, seed, place.lattice, settled),
        "evacuation_routes": delivered_routes(
            recipe, place.network, settled, place.plots, place.shelters,
            deep_share=deep_share, usable=usable,
        ),
        "enterprises": firms,
        "duties": duties(recipe, settled),
        "historical_disasters": past_outlines(recipe, place.lattice, settled, ground, place.floods),
        **make_objects(
            recipe, seed, place.lattice, settled,
            people=place.people, enterprises=firms, shelters=shelters,
        ),
    }  # fmt: skip


def _sums(group: I, values: F, count: int) -> F:
    return np.bincount(group, values, count).astype(np.float64)


def _rasters(recipe: Recipe, out: Path, place: _Place) -> list[tuple[str, Path]]:
    district, rules = recipe["district"], recipe["flood"]
    about = {"unit": "m", "attribution": district["attribution"]}
    rasters = {
        "elevation": (place.terrain.design, {"datum": district["datum"]}),
        "flood_depth": (
            place.floods.design_m,
            {"event": rules["design_event"], "runoff_mm": str(rules["design_runoff_mm"])},
        ),
    }
    written = []
    for form, (values, tags) in rasters.items():
        path = out / f"{form}.tif"
        write_raster(path, recipe, place.terrain.ground, values, tags={**about, **tags})
        written.append((form, path))
    return written


def _profile(recipe: Recipe, seed: int, villages: int) -> dict[str, Any]:
    district = recipe["district"]
    keys = (
        "code",
        "name_zh",
        "name_en",
        "srid",
        "metric_srid",
        "timezone",
        "data_date",
        "attribution",
    )
    return {
        **{key: district[key] for key in keys},
        "is_made_up": True,
        "seed": seed,
        "villages": villages,
        "faults": [fault["says"] for fault in recipe["faults"]],
    }
