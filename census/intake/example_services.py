"""Firms, hazard sites, assembly points and posts of the made-up district."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.example_divisions import Settled, in_degrees
from census.intake.example_land import Waters
from census.intake.example_lattice import F, Lattice, Recipe, stream
from census.intake.example_roads import MIDDLE, Network

# How far a hazard site lies inside its unit's border.
BORDER_STEP_M = 4.0


def enterprises(
    recipe: Recipe, seed: int, network: Network, density: F, *, villages: int
) -> gpd.GeoDataFrame:
    """
    Place graded enterprises along the lanes, most of them in the towns.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    network
        Roads and lanes.
    density
        Density of the units.
    villages
        Number of villages.

    Returns
    -------
    GeoDataFrame
        Fields of form ``enterprises``, Points in the storage CRS.
    """
    rules, names = recipe["enterprises"], recipe["names"]
    rng = stream(seed, "enterprises")
    count = round(rules["per_village"] * villages)
    weight = density[network.lane_unit] ** 1.3
    lane = rng.choice(len(weight), count, p=weight / weight.sum())
    share = rng.uniform(0.3, 1.0, (count, 1))
    start, end = network.lane[lane, 0], network.lane[lane, 2]
    at = start + (end - start) * share
    at[:, 1] += rng.choice([-1.0, 1.0], count) * rng.uniform(34, 44, count)
    colours = list(rules["colours"])
    kind = rng.choice(np.array(rules["kinds"], dtype=object), count)
    stems = rng.choice(list(names["first"]), count), rng.choice(list(names["second"]), count)
    ending = rng.choice(np.array(rules["endings"], dtype=object), count)
    frame = pd.DataFrame(
        {
            "code": [f"QY{recipe['district']['code']}{k + 1:05d}" for k in range(count)],
            "name": [a + b + c + d for a, b, c, d in zip(*stems, kind, ending, strict=True)],
            "colour": rng.choice(colours, count, p=list(rules["colours"].values())),
            "kind": kind,
        }
    )
    return _points(recipe, frame, at)


def _points(recipe: Recipe, frame: pd.DataFrame, at: F) -> gpd.GeoDataFrame:
    shapes = in_degrees(recipe, np.asarray(shapely.points(np.round(at, 2))))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=recipe["district"]["srid"])


def hazard_sites(
    recipe: Recipe, seed: int, network: Network, waters: Waters, lattice: Lattice,
    *, settled: Settled, unit_people: F,
) -> gpd.GeoDataFrame:  # fmt: skip
    """
    List known hazard sites: wet underpasses and low hubs, weak dikes, sliding banks.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    network
        The roads.
    waters
        Rivers and dikes.
    lattice
        The units.
    settled
        Names and codes.
    unit_people
        Residents of each unit.

    Returns
    -------
    GeoDataFrame
        Fields of form ``hazard_sites``, Points in the storage CRS.
    """
    rules = recipe["hazard_sites"]
    rng = stream(seed, "hazard sites")
    count = max(3, round(rules["per_village"] * len(settled.town)))
    spots = {
        "waterlogging": np.concatenate(
            (network.chain[network.under, MIDDLE], network.chain[network.water == 0, 2])
        ),
        "dike_defect": _middles(np.concatenate((waters.rivers, waters.dikes))),
        "bank_collapse": _middles(waters.canals),
    }
    # Underpasses are the spots that everyone knows.
    likely = {name: np.ones(len(at)) for name, at in spots.items()}
    likely["waterlogging"][: int(network.under.sum())] = 20.0
    kind, at = _drawn(rng, spots, likely, count)
    unit = np.argmin(((lattice.hub[None] - at[:, None]) ** 2).sum(axis=2), axis=1)
    # A spot on the border belongs to the unit that looks after it.
    inward = lattice.hub[unit] - at
    at += inward / np.maximum(np.hypot(*inward.T), 1.0)[:, None] * BORDER_STEP_M
    threatened = np.round(unit_people[unit] * rng.uniform(0.03, 0.3, len(at)))
    word = {"waterlogging": "易涝点", "dike_defect": "堤段", "bank_collapse": "河岸"}
    frame = pd.DataFrame(
        {
            "code": [
                f"YH{settled.village_codes[settled.village[u]]}{k + 1:04d}"
                for k, u in enumerate(unit)
            ],
            "name": [settled.unit_names[u] + word[k] for u, k in zip(unit, kind, strict=True)],
            "kind": kind,
            "hazard": rules["hazard"],
            "people_threatened": threatened.astype(int),
            "description": [rules["kinds"][k] for k in kind],
        }
    )
    return _points(recipe, frame, at)


def _drawn(
    rng: np.random.Generator, spots: dict[str, F], likely: dict[str, F], count: int
) -> tuple[NDArray[np.object_], F]:
    wanted = rng.multinomial(count - len(spots), [0.5, 0.3, 0.2]) + 1
    kinds, places = [], []
    for (name, at), number in zip(spots.items(), wanted.tolist(), strict=True):
        order = np.argsort(rng.exponential(1.0, len(at)) / likely[name], kind="stable")[:number]
        places.append(at[order])
        kinds += [name] * len(order)
    return np.array(kinds, dtype=object), np.concatenate(places)


def _middles(lines: NDArray[np.object_]) -> F:
    return np.asarray(
        shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    )


def assembly_points(
    recipe: Recipe, seed: int, lattice: Lattice, settled: Settled
) -> gpd.GeoDataFrame:
    """
    Give each village its assembly point.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.
    settled
        Names and codes.

    Returns
    -------
    GeoDataFrame
        Fields of form ``assembly_points``, Points in the storage CRS.
    """
    rules = recipe["assembly_points"]
    rng = stream(seed, "assembly points")
    words = rng.choice(np.array(rules["names"], dtype=object), len(settled.town))
    low, high = rules["people"]
    frame = pd.DataFrame(
        {
            "code": [f"JH{code}01" for code in settled.village_codes],
            "name": [name + word for name, word in zip(settled.village_names, words, strict=True)],
            "capacity_people": (rng.integers(low // 10, high // 10, len(words)) * 10).astype(int),
        }
    )
    return _points(recipe, frame, lattice.hub[settled.centre] + np.array([-14.0, -14.0]))


def duties(recipe: Recipe, settled: Settled) -> pd.DataFrame:
    """
    List who does what, by post: no person is named.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    settled
        Codes.

    Returns
    -------
    DataFrame
        Fields of form ``duties``.
    """
    posts = recipe["duties"]
    rows = [
        (code, post, task, role, place)
        for codes, key in (
            (settled.town_codes, "town"),
            (settled.village_codes, "village"),
            (settled.unit_codes, "grid_unit"),
        )
        for code in codes
        for place, (post, task, role) in enumerate(posts[key], start=1)
    ]
    return pd.DataFrame(rows, columns=["division_code", "post", "task", "role", "sequence"])
