"""Towns, villages and grid units of the made-up district: grown, named, numbered, dissolved."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from census.intake.example_lattice import (
    F,
    I,
    Lattice,
    Recipe,
    grow,
    polygons,
    scatter_seeds,
    stream,
)

# A digit of 1e-8 degrees is about a millimetre.
DEGREE_DIGITS = 8
FIRST_TOWN, FIRST_VILLAGE = 100, 200
# Crossing a canal or a main river, against 0.6 to 1.4 for a step on dry land.
WATER_COST = np.array([0.0, 1.0, 2.5])


@dataclass(frozen=True)
class Settled:
    """
    Who belongs to whom.

    Attributes
    ----------
    village
        Village of each unit, shape ``(units,)``, numbered as the codes run.
    town
        Town of each village, shape ``(villages,)``.
    centre
        Unit in which each village has its centre.
    seat
        Village that is the seat of each town, shape ``(towns,)``.
    town_names
        Names of the towns.
    village_names
        Names of the villages.
    town_codes
        12 digits.
    village_codes
        12 digits.
    unit_codes
        15 digits.
    unit_names
        Names of the grid units.
    """

    village: I
    town: I
    centre: I
    seat: I
    town_names: list[str]
    village_names: list[str]
    town_codes: list[str]
    village_codes: list[str]
    unit_codes: list[str]
    unit_names: list[str]


def settle(recipe: Recipe, seed: int, lattice: Lattice, rank: I, *, villages: int) -> Settled:
    """
    Grow villages and towns from seeds; rivers are borders more often than not.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.
    rank
        Water between neighbouring units, as ``Waters.between(lattice.pairs)``.
    villages
        Number of villages.

    Returns
    -------
    Settled
        Connected villages of connected units, connected towns of villages.
    """
    rng = stream(seed, "divisions")
    pairs = lattice.pairs[:, :2]
    cost = rng.uniform(0.6, 1.4, len(pairs)) + WATER_COST[rank]
    seeds = scatter_seeds(rng, lattice.hub, villages)
    village = grow(seeds, pairs, cost, len(lattice.hub))
    towns = max(1, round(villages / recipe["size"]["villages_per_town"]))
    centres = lattice.hub[seeds]
    between = np.sort(village[pairs], axis=1)
    apart = between[:, 0] != between[:, 1]
    links, where = np.unique(between[apart], axis=0, return_inverse=True)
    # The driest of the steps between two villages counts.
    wet = np.full(len(links), WATER_COST[-1])
    np.minimum.at(wet, where.ravel(), WATER_COST[rank[apart]])
    price = np.hypot(*(centres[links[:, 0]] - centres[links[:, 1]]).T) * (1 + wet / 3)
    seats = scatter_seeds(rng, centres, towns)
    town = grow(seats, links, price, villages)
    return _numbered(recipe, seed, lattice, village=village, town=town, seeds=seeds, seats=seats)


def _numbered(
    recipe: Recipe, seed: int, lattice: Lattice, *, village: I, town: I, seeds: I, seats: I
) -> Settled:
    centres = lattice.hub[seeds]
    town_order = _north_to_south(centres[seats])
    town = np.argsort(town_order)[town]
    seats = seats[town_order]
    order = np.lexsort((np.argsort(_north_to_south(centres)), town))
    renumber = np.argsort(order)
    village, town, seeds = renumber[village], town[order], seeds[order]
    seats = renumber[seats]
    within = np.arange(len(town)) - np.searchsorted(town, town)
    county = recipe["district"]["code"]
    town_codes = [f"{county}{FIRST_TOWN + t}000" for t in range(len(seats))]
    village_codes = [
        f"{town_codes[t][:9]}{FIRST_VILLAGE + k}" for t, k in zip(town, within, strict=True)
    ]
    unit = _rank_within(village)
    town_names, village_names = _names(recipe, seed, len(seats), len(town), seats)
    return Settled(
        village,
        town,
        seeds,
        seats,
        town_names,
        village_names,
        town_codes,
        village_codes,
        [f"{village_codes[v]}{k + 1:03d}" for v, k in zip(village, unit, strict=True)],
        [f"{village_names[v]}第{k + 1}网格" for v, k in zip(village, unit, strict=True)],
    )


def _rank_within(group: I) -> I:
    order = np.argsort(group, kind="stable")
    ranked = np.empty_like(group)
    ranked[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return ranked


def _north_to_south(points: F) -> I:
    # In bands from the north, each from west to east, as a clerk would number a map.
    band = np.floor(-(points[:, 1] - points[:, 1].max()) / 4000.0)
    return np.lexsort((points[:, 0], band))


def _names(
    recipe: Recipe, seed: int, towns: int, villages: int, seats: I
) -> tuple[list[str], list[str]]:
    names = recipe["names"]
    rng = stream(seed, "names")
    stems = [a + b for a in names["first"] for b in names["second"] if a != b]
    drawn = rng.permutation(len(stems))[: towns + villages]
    chosen = [stems[k] for k in drawn]
    urban = set(rng.choice(towns, max(1, round(towns / 6)), replace=False).tolist())
    town_names = [
        stem + (names["subdistrict"] if t in urban else names["town"])
        for t, stem in enumerate(chosen[:towns])
    ]
    city = set(seats.tolist()) | set(
        np.flatnonzero(rng.random(villages) < names["community_share"]).tolist()
    )
    village_names = [
        stem + (names["community"] if v in city else names["village"])
        for v, stem in enumerate(chosen[towns:])
    ]
    return town_names, village_names


def to_degrees(recipe: Recipe, points: F) -> F:
    """
    Transform metric coordinates to the storage CRS, rounded to about a millimetre.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    points
        Metres, shape ``(..., 2)``.

    Returns
    -------
    ndarray
        Degrees, longitude first, same shape; equal input gives equal output.
    """
    district = recipe["district"]
    change = Transformer.from_crs(district["metric_srid"], district["srid"], always_xy=True)
    x, y = change.transform(points[..., 0], points[..., 1])
    return np.round(np.stack((x, y), axis=-1), DEGREE_DIGITS)


def in_degrees(recipe: Recipe, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """
    Transform metric geometries to the storage CRS.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    shapes
        Geometries in the metric CRS.

    Returns
    -------
    ndarray
        The same in degrees.
    """
    return np.asarray(shapely.transform(shapes, lambda points: to_degrees(recipe, points)))


def divisions(recipe: Recipe, lattice: Lattice, settled: Settled) -> gpd.GeoDataFrame:
    """
    Tabulate towns, villages and grid units; villages and towns are dissolved from the units.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    lattice
        The units.
    settled
        Who belongs to whom.

    Returns
    -------
    GeoDataFrame
        Fields of form ``divisions``, MultiPolygons in the storage CRS; they tile exactly.
    """
    units = polygons(to_degrees(recipe, lattice.rings))
    villages = _dissolved(units, settled.village)
    towns = _dissolved(villages, settled.town)
    community = recipe["names"]["community"]
    subdistrict = recipe["names"]["subdistrict"]
    frame = pd.DataFrame(
        {
            "code": settled.town_codes + settled.village_codes + settled.unit_codes,
            "name": settled.town_names + settled.village_names + settled.unit_names,
            "level": ["town"] * len(towns)
            + ["village"] * len(villages)
            + ["grid_unit"] * len(units),
            "parent_code": [None] * len(towns)
            + [settled.town_codes[t] for t in settled.town]
            + [settled.village_codes[v] for v in settled.village],
            "kind": ["街道" if n.endswith(subdistrict) else "镇" for n in settled.town_names]
            + ["社区" if n.endswith(community) else "行政村" for n in settled.village_names]
            + ["网格"] * len(units),
        }
    )
    shapes = np.concatenate((towns, villages, units))
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes[single] = [shapely.MultiPolygon([shape]) for shape in shapes[single]]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=recipe["district"]["srid"])


def _dissolved(parts: NDArray[np.object_], group: I) -> NDArray[np.object_]:
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(1, group.max() + 1))
    return np.array(
        [shapely.coverage_union_all(some) for some in np.split(parts[order], cuts)], dtype=object
    )
