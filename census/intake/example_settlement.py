"""Where people live in the made-up district: density, houses along the lanes, residents by age."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.example_divisions import Settled, in_degrees
from census.intake.example_land import Waters
from census.intake.example_lattice import B, F, I, Lattice, Recipe, stream
from census.intake.example_roads import Network


@dataclass(frozen=True)
class Houses:
    """
    Buildings in the metric CRS.

    Attributes
    ----------
    shape
        Outlines, shape ``(n,)``.
    centre
        Centres, shape ``(n, 2)``.
    unit
        Unit of each building.
    kind
        Use, in Chinese.
    name
        Name of a public building, None of others.
    structure
        Structure, in Chinese.
    levels
        Number of storeys.
    footprint_m2
        Area of the outline.
    """

    shape: NDArray[np.object_]
    centre: F
    unit: I
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    structure: NDArray[np.object_]
    levels: F
    footprint_m2: F

    def only(self, kept: B) -> "Houses":
        """
        Keep some of the buildings.

        Parameters
        ----------
        kept
            Which, shape ``(n,)``.

        Returns
        -------
        Houses
            Those.
        """
        return Houses(**{name: values[kept] for name, values in vars(self).items()})


def settle_density(seed: int, lattice: Lattice, settled: Settled) -> F:
    """
    Say how densely each unit is settled.

    Parameters
    ----------
    seed
        Seed of the district.
    lattice
        The units.
    settled
        Where towns have their seats and villages their centres.

    Returns
    -------
    ndarray
        Mean 1, shape ``(units,)``; highest in the seats of towns.
    """
    rng = stream(seed, "density")
    density = rng.lognormal(0.0, 0.35, len(lattice.hub))
    density[settled.centre] += 0.8
    seats = lattice.hub[settled.centre[settled.seat]]
    sizes = rng.lognormal(0.0, 0.4, len(seats))
    sizes[rng.integers(len(seats))] *= 1.8
    reach = 1.7 * lattice.spacing_m * np.sqrt(sizes)
    for seat, size, far in zip(seats, sizes, reach, strict=True):
        away = np.hypot(*(lattice.hub - seat).T)
        density += 4.5 * size * np.exp(-((away / far) ** 2))
    return np.asarray(density / density.mean())


def build_houses(
    recipe: Recipe,
    seed: int,
    network: Network,
    waters: Waters,
    density: F,
    *,
    reserved: NDArray[np.object_],
) -> Houses:
    """
    Put houses in rows along the lanes.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    network
        Roads and lanes.
    waters
        Rivers to keep clear of.
    density
        As ``settle_density``.
    reserved
        Plots, metric polygons, that stay free.

    Returns
    -------
    Houses
        No two overlap, none stands in a river, on a main road or on a plot.
    """
    rng = stream(seed, "houses")
    villages = len(density) / recipe["size"]["units_per_village"]
    wanted = round(villages * recipe["buildings"]["per_village"])
    at, angle, unit = _places(recipe, rng, network)
    score = rng.exponential(1.0, len(at)) / density[unit]
    picked = np.sort(np.argsort(score, kind="stable")[: round(1.25 * wanted)])
    houses = _houses(
        recipe, rng, at[picked], angle=angle[picked], unit=unit[picked], density=density
    )
    houses = houses.only(_clear(recipe, houses, network, waters, reserved))
    if len(houses.unit) > wanted:
        kept = np.zeros(len(houses.unit), dtype=bool)
        kept[rng.choice(len(kept), wanted, replace=False)] = True
        houses = houses.only(kept)
    return houses


def _places(recipe: Recipe, rng: np.random.Generator, network: Network) -> tuple[F, F, I]:
    lane = network.lane
    chord = lane[:, 2] - lane[:, 0]
    length = np.linalg.norm(chord, axis=1)
    step = recipe["buildings"]["row_spacing_m"]
    count = np.maximum(((length - 30.0) // step).astype(int), 0)
    which = np.repeat(np.arange(len(lane)), count)
    along = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) * step + 28.0
    share = along / length[which]
    bend = lane[which, 1]
    straight = np.where(
        share[:, None] < 0.5,  # noqa: PLR2004  (the lane's middle point)
        lane[which, 0] + (bend - lane[which, 0]) * (2 * share[:, None]),
        bend + (lane[which, 2] - bend) * (2 * share[:, None] - 1),
    )
    leg = np.where(share[:, None] < 0.5, bend - lane[which, 0], lane[which, 2] - bend)  # noqa: PLR2004
    angle = np.arctan2(leg[:, 1], leg[:, 0])
    normal = np.column_stack((-np.sin(angle), np.cos(angle)))
    both = [straight + side * normal * rng.uniform(15.0, 19.0, (len(which), 1)) for side in (1, -1)]
    unit = network.lane_unit[which]
    return np.concatenate(both), np.tile(angle, 2), np.tile(unit, 2)


def _houses(
    recipe: Recipe, rng: np.random.Generator, at: F, *, angle: F, unit: I, density: F
) -> Houses:
    rules = recipe["buildings"]
    count = len(at)
    urban = np.clip((density[unit] - 2.0) / 3.0, 0.0, 1.0)
    kinds = np.array(list(rules["kinds"]), dtype=object)
    share = np.tile(np.array(list(rules["kinds"].values())), (count, 1))
    rural = np.isin(kinds, rules["rural"])
    share[:, rural] *= (1 - 0.9 * urban)[:, None]
    share[:, ~rural] *= (0.35 + 1.6 * urban)[:, None]
    kind = kinds[_draw(rng, share)]
    structures = np.array(list(rules["structures"]), dtype=object)
    structure = structures[
        _draw(rng, np.tile(np.array(list(rules["structures"].values())), (count, 1)))
    ]
    high = np.isin(kind, rules["high"])
    levels = 1.0 + rng.binomial(2, 0.5, count) + np.where(high, rng.poisson(2.4 * urban + 0.4), 0)
    work = np.isin(kind, rules["work"])
    levels[work] = 1.0 + rng.binomial(1, 0.25, int(work.sum()))
    structure[levels >= rules["high_from_levels"]] = rules["high_structure"]
    width = rng.uniform(9.5, 16.5, count)
    depth = rng.uniform(8.0, 12.5, count) + 4.0 * work
    return Houses(
        _boxes(at, width, depth, angle), at, unit, kind, np.full(count, None, dtype=object),
        structure, np.asarray(levels, dtype=np.float64), width * depth,
    )  # fmt: skip


def _draw(rng: np.random.Generator, share: F) -> I:
    bounds = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
    return np.asarray(
        (rng.random((len(share), 1)) > bounds).sum(axis=1).clip(0, share.shape[1] - 1)
    )


def _boxes(at: F, width: F, depth: F, angle: F) -> NDArray[np.object_]:
    corner = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]])
    local = corner[None] * np.column_stack((width, depth))[:, None, :]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = local[..., 0] * cos - local[..., 1] * sin
    y = local[..., 0] * sin + local[..., 1] * cos
    ring = np.round(at[:, None, :] + np.stack((x, y), axis=-1), 2)
    ring[:, -1] = ring[:, 0]
    return np.asarray(shapely.polygons(shapely.linearrings(ring)))


def _clear(
    recipe: Recipe, houses: Houses, network: Network, waters: Waters, reserved: NDArray[np.object_]
) -> B:
    kept = np.ones(len(houses.shape), dtype=bool)
    land = recipe["land"]
    obstacles = [
        (waters.canals, land["canal_width_m"] / 2 + 8.0),
        (waters.rivers, land["main_river_width_m"] / 2 + 50.0),
        (waters.dikes, 30.0),
        (network.expressway, 40.0),
        (np.asarray(shapely.linestrings(network.chain)), 5.0),
        (np.asarray(shapely.linestrings(network.lane)), 3.0),
        (reserved, 4.0),
    ]
    tree = shapely.STRtree(houses.shape)
    for shapes, distance in obstacles:
        hit = tree.query(shapes, predicate="dwithin", distance=distance)[1]
        kept[hit] = False
    one, other = tree.query(houses.shape, predicate="intersects")
    kept[other[(one < other) & kept[one]]] = False
    return kept


def residents(
    recipe: Recipe, seed: int, houses: Houses, settled: Settled
) -> tuple[pd.DataFrame, F]:
    """
    Spread the district's residents over its dwellings and count them by village and age.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    houses
        The buildings.
    settled
        Villages of the units.

    Returns
    -------
    tuple
        Fields of form ``people`` (whole people), and people per building (floats that add up to
        the villages' totals where a village has dwellings).
    """
    rules = recipe["people"]
    rng = stream(seed, "people")
    villages = len(settled.town)
    room = np.where(
        np.isin(houses.kind, recipe["buildings"]["homes"]), houses.footprint_m2 * houses.levels, 0.0
    )
    room *= rng.uniform(0.7, 1.3, len(room))
    village = settled.village[houses.unit]
    space = np.bincount(village, room, villages) + 6000.0
    total = rules["per_village"] * villages
    people = _whole(total * space / space.sum(), round(total))
    children = rng.binomial(people, rules["children_share"] * rng.uniform(0.8, 1.2, villages))
    elderly = rng.binomial(people, rules["elderly_share"] * rng.uniform(0.8, 1.2, villages))
    counted = rng.random(villages) < rules["counted_share"]
    frame = pd.DataFrame(
        {
            "division_code": settled.village_codes,
            "village_name": settled.village_names,
            "people": people,
            "children_people": children,
            "elderly_people": elderly,
            "households": np.maximum(1, np.round(people / rules["households_size"])).astype(int),
            "basis": np.where(counted, "counted", "derived"),
        }
    )
    built = np.bincount(village, room, villages)
    return frame, room * (people / np.where(built > 0, built, 1.0))[village]


def _whole(shares: F, total: int) -> I:
    low = np.floor(shares).astype(np.int64)
    short = total - int(low.sum())
    low[np.argsort(low - shares, kind="stable")[:short]] += 1
    return low


def building_table(recipe: Recipe, seed: int, houses: Houses, public: Houses) -> gpd.GeoDataFrame:
    """
    Tabulate houses and public buildings.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    houses
        Houses.
    public
        Buildings of shelters.

    Returns
    -------
    GeoDataFrame
        Fields of form ``buildings``, Polygons in the storage CRS.
    """
    both = {
        key: np.concatenate((values, vars(public)[key])) for key, values in vars(houses).items()
    }
    levels = both["levels"].astype(float)
    unknown = (
        stream(seed, "levels").random(len(levels)) < recipe["buildings"]["levels_unknown_share"]
    )
    levels[unknown] = np.nan
    frame = pd.DataFrame(
        {
            "kind": both["kind"],
            "name": both["name"],
            "levels": levels,
            "structure": both["structure"],
        }
    )
    shapes = in_degrees(recipe, both["shape"])
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=recipe["district"]["srid"])
