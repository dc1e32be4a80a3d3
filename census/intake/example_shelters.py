"""Shelters of the made-up district, their places, and the few routes to them that are delivered."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from census.intake.example_divisions import Settled, in_degrees
from census.intake.example_lattice import B, F, I, Lattice, Recipe, stream
from census.intake.example_roads import Network
from census.intake.example_settlement import Houses

# Plots lie in the four corners between the roads that meet at a hub.
CORNERS = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]], dtype=float)
PLOT_M = (62.0, 42.0)
PLOT_AWAY_M = 26.0
BUILDING_WORDS = {"school": "学校", "culture": "文化体育"}


@dataclass(frozen=True)
class Plots:
    """
    Where shelters may stand.

    Attributes
    ----------
    centre
        Metres, shape ``(n, 2)``.
    village
        Village of each plot.
    kind
        Kind of shelter, stored code.
    in_seat
        Whether it serves a whole town.
    """

    centre: F
    village: I
    kind: NDArray[np.object_]
    in_seat: B

    @property
    def outline(self) -> NDArray[np.object_]:
        """
        Draw the plots.

        Returns
        -------
        ndarray
            Metric polygons, shape ``(n,)``.
        """
        half = np.array(PLOT_M) / 2
        low, high = self.centre - half, self.centre + half
        return np.asarray(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))


def choose_plots(recipe: Recipe, seed: int, lattice: Lattice, settled: Settled) -> Plots:
    """
    Reserve one plot at the centre of each village and three more in the seat of each town.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.
    settled
        Villages and seats.

    Returns
    -------
    Plots
        Metric, none overlaps another.
    """
    rng = stream(seed, "plots")
    kinds = recipe["shelters"]["kinds"]
    share = np.array([kinds[k]["share"] for k in kinds])
    drawn = np.array(list(kinds), dtype=object)[
        rng.choice(len(kinds), len(settled.town), p=share / share.sum())
    ]
    extra = list(recipe["shelters"]["town"]["names"])
    village = np.concatenate((np.arange(len(settled.town)), np.repeat(settled.seat, len(extra))))
    kind = np.concatenate((drawn, np.array(extra * len(settled.seat), dtype=object)))
    corner = np.concatenate(
        (np.zeros(len(drawn), dtype=int), np.tile(np.arange(1, len(extra) + 1), len(settled.seat)))
    )
    away = PLOT_AWAY_M + np.array(PLOT_M) / 2
    centre = lattice.hub[settled.centre[village]] + CORNERS[corner] * away
    return Plots(centre, village, kind, np.arange(len(village)) >= len(drawn))


@dataclass(frozen=True)
class Shelters:
    """
    Shelters as built.

    Attributes
    ----------
    table
        Fields of form ``shelters`` without geometry, one row per plot.
    shape
        Outlines, metric polygons.
    public
        The buildings among them.
    """

    table: pd.DataFrame
    shape: NDArray[np.object_]
    public: Houses


def build_shelters(
    recipe: Recipe, seed: int, settled: Settled, plots: Plots, *, demand_people: float
) -> Shelters:
    """
    Build shelters whose places together answer the people who must leave.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    settled
        Names and codes.
    plots
        Where they stand.
    demand_people
        People who live in deep water.

    Returns
    -------
    Shelters
        Declared places for most, none declared for some.
    """
    rules = recipe["shelters"]
    rng = stream(seed, "shelters")
    count = len(plots.kind)
    base = np.array([rules["kinds"][k]["base_people"] for k in plots.kind], dtype=float)
    base *= rng.lognormal(0, 0.35, count) * np.where(plots.in_seat, rules["town"]["factor"], 1.0)
    scale = rules["capacity_over_demand"] * demand_people / base.sum()
    places = np.clip(base * scale, rules["least_people"], rules["most_people"])
    places = (np.round(places / 10) * 10).astype(int)
    texts = rng.choice(np.array(rules["texts"], dtype=object), count)
    text = [t.format(n=n) for t, n in zip(texts, places.tolist(), strict=True)]
    blank = rng.random(count) < rules["blank_share"]
    levels = np.array([rules["kinds"][k].get("levels", np.nan) for k in plots.kind])
    table = pd.DataFrame(
        {
            "code": [
                f"BN{settled.village_codes[v]}{k + 1:02d}" for v, k in _numbers(plots.village)
            ],
            "name": _shelter_names(recipe, settled, plots),
            "kind": plots.kind,
            "capacity_text": np.array(
                [None if b else t for b, t in zip(blank, text, strict=True)], dtype=object
            ),
            "levels": levels,
            "is_candidate": rng.random(count) < rules["candidate_share"],
        }
    )
    area = np.clip(places * 3.6 / np.nan_to_num(levels, nan=1.0), 160.0, PLOT_M[0] * PLOT_M[1])
    width = np.minimum(np.sqrt(1.6 * area), PLOT_M[0])
    half = np.column_stack((width, area / width)) / 2
    low, high = np.round(plots.centre - half, 2), np.round(plots.centre + half, 2)
    shape = np.asarray(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    return Shelters(table, shape, _public(settled, plots, table, shape))


def _numbers(group: I) -> list[tuple[int, int]]:
    seen: dict[int, int] = {}
    out = []
    for value in group.tolist():
        out.append((value, seen.get(value, 0)))
        seen[value] = seen.get(value, 0) + 1
    return out


def _shelter_names(recipe: Recipe, settled: Settled, plots: Plots) -> list[str]:
    rules, words = recipe["shelters"], recipe["names"]
    ends = tuple(words[k] for k in ("town", "subdistrict", "village", "community"))
    stem = {name: name.removesuffix(next(e for e in ends if name.endswith(e)))
            for name in (*settled.town_names, *settled.village_names)}  # fmt: skip
    names = []
    for village, kind, in_seat in zip(plots.village, plots.kind, plots.in_seat, strict=True):
        if in_seat:
            place = stem[settled.town_names[settled.town[village]]]
            names.append(place + rules["town"]["names"][kind])
        else:
            names.append(stem[settled.village_names[village]] + rules["kinds"][kind]["name"])
    return names


def _public(
    settled: Settled, plots: Plots, table: pd.DataFrame, shape: NDArray[np.object_]
) -> Houses:
    built = np.isin(plots.kind, list(BUILDING_WORDS))
    kind = np.array([BUILDING_WORDS.get(k) for k in plots.kind], dtype=object)
    everything = Houses(
        shape,
        plots.centre,
        settled.centre[plots.village],
        kind,
        table["name"].to_numpy(dtype=object),
        np.full(len(kind), "钢筋混凝土", dtype=object),
        table["levels"].to_numpy(dtype=float),
        np.asarray(shapely.area(shape)),
    )
    return everything.only(built)


def shelter_table(recipe: Recipe, shelters: Shelters, *, usable: B) -> gpd.GeoDataFrame:
    """
    Tabulate shelters with their outlines and the hazards for which they serve.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    shelters
        As built.
    usable
        Which of them stand dry in the design flood.

    Returns
    -------
    GeoDataFrame
        Fields of form ``shelters``, Polygons in the storage CRS.
    """
    shapes = in_degrees(recipe, shelters.shape)
    is_open = (shelters.table["kind"] == "open_space").to_numpy()
    told = shelters.table.assign(
        usable_flood=usable,
        usable_inland_flood=usable,
        usable_typhoon=~is_open,
        usable_earthquake=is_open,
        setting=np.where(is_open, "outdoor", "indoor"),
    )
    return gpd.GeoDataFrame(told, geometry=shapes, crs=recipe["district"]["srid"])


def delivered_routes(
    recipe: Recipe, network: Network, settled: Settled, plots: Plots, shelters: Shelters,
    *, deep_share: F, usable: B,
) -> gpd.GeoDataFrame:  # fmt: skip
    """
    Draw the few routes the bureau has already: from the wettest units to the nearest shelters.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    network
        The roads.
    settled
        Names and codes.
    plots
        Where shelters stand.
    shelters
        As built.
    deep_share
        Share of each unit's residents in deep water.
    usable
        Which shelters stand dry.

    Returns
    -------
    GeoDataFrame
        Fields of form ``evacuation_routes``, LineStrings in the storage CRS.
    """
    wanted = max(1, round(recipe["routes"]["per_village"] * len(settled.town)))
    pairs = network.pairs
    count = len(settled.village)
    graph = coo_array((network.lengths_m, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    goal = settled.centre[plots.village]
    goals = goal[usable] if usable.any() else goal
    _, before, source = dijkstra(
        graph, directed=False, indices=np.unique(goals), return_predecessors=True, min_only=True
    )
    far = ~np.isin(np.arange(count), goal)
    units = np.argsort(np.where(far, -deep_share, np.inf), kind="stable")[:wanted]
    number = {pair: k for k, pair in enumerate(map(tuple, pairs.tolist()))}
    rows, lines = [], []
    for k, unit in enumerate(units.tolist(), start=1):
        shelter = int(np.flatnonzero((goal == source[unit]) & (usable | ~usable.any()))[0])
        name, code = shelters.table.loc[shelter, ["name", "code"]]
        lines.append(_line(network, number, before, unit, plots.centre[shelter]))
        village, title = settled.village_names[settled.village[unit]], settled.unit_names[unit]
        label = recipe["routes"]["name"].format(
            village=village, unit=title.removeprefix(village), shelter=name
        )
        rows.append(
            (f"LX{recipe['district']['code']}{k:04d}", label, settled.unit_codes[unit], code)
        )
    frame = pd.DataFrame(rows, columns=["code", "name", "unit_code", "shelter_code"])
    shapes = in_degrees(recipe, np.array(lines, dtype=object))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=recipe["district"]["srid"])


def _line(
    network: Network, number: dict[tuple[int, int], int], before: I, unit: int, end: F
) -> shapely.LineString:
    points: list[F] = []
    at = unit
    while before[at] >= 0:
        last = int(before[at])
        forth = (at, last) in number
        chain = network.chain[number[(at, last) if forth else (last, at)]]
        points.append((chain if forth else chain[::-1])[:-1])
        at = last
    hub = network.chain[network.pairs[:, 0] == at, 0]
    last_hub = hub[:1] if len(hub) else network.chain[network.pairs[:, 1] == at, -1][:1]
    return shapely.LineString(np.concatenate([*points, last_hub, end[None]]))
