"""The made-up road network: links between units, lanes to the houses, an expressway over both."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

from census.intake.example_divisions import Settled, in_degrees
from census.intake.example_expressway import (
    BRIDGE_HALF_M,
    expressway_pieces,
    expressway_route,
    interchanges,
)
from census.intake.example_land import Waters
from census.intake.example_lattice import B, F, I, Lattice, Recipe, stream

CLASSES = ("trunk", "primary", "secondary", "local", "path")
TRUNK, PRIMARY, SECONDARY, LOCAL, PATH = range(5)
# A link runs from hub to hub over nine points; the middle one lies on the border between units.
POINTS, MIDDLE = 9, 4
LANE_POINTS = (1, 2, 6, 7)
UNDERPASS_HALF_M = 20.0


@dataclass(frozen=True)
class Network:
    """
    Roads of the district before they are cut into pieces, in the metric CRS.

    Attributes
    ----------
    pairs
        Units that each link joins, shape ``(m, 2)``; only links that are built.
    chain
        Points of each link, shape ``(m, 9, 2)``.
    road_class
        Index into ``CLASSES`` of each link.
    water
        0 dry, 1 canal, 2 main river under the middle of each link.
    under
        Whether the expressway passes over the middle of the link.
    joint
        Whether the expressway meets the link in its middle.
    street
        Links of one number lie in one line and share a name.
    lane
        Points of each lane, shape ``(k, 3, 2)``; the first lies on a link.
    lane_from
        Link and point of the link where each lane starts, shape ``(k, 2)``.
    lane_unit
        Unit of each lane.
    expressway
        Pieces of the expressway, lines.
    on_bridge
        Whether each piece of the expressway is a bridge.
    """

    pairs: I
    chain: F
    road_class: I
    water: I
    under: B
    joint: B
    street: I
    lane: F
    lane_from: I
    lane_unit: I
    expressway: NDArray[np.object_]
    on_bridge: B

    @property
    def lengths_m(self) -> F:
        """
        Measure the links.

        Returns
        -------
        ndarray
            Metres, shape ``(m,)``.
        """
        return np.asarray(np.hypot(*np.diff(self.chain, axis=1).T).sum(axis=0))


def make_roads(
    recipe: Recipe,
    seed: int,
    lattice: Lattice,
    waters: Waters,
    settled: Settled,
    *,
    density: F,
) -> Network:
    """
    Link the units by roads of all classes.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.
    waters
        Rivers to bridge.
    settled
        Village centres and town seats to join.
    density
        How densely each unit is settled, mean 1; denser units have more lanes.

    Returns
    -------
    Network
        One connected network; rivers are crossed by bridges only.
    """
    full = lattice.pairs
    water = waters.between(full)
    chain = _chains(stream(seed, "links"), lattice, full, water)
    over, crossing = expressway_route(recipe, seed, lattice, waters, settled)
    met = _positions(full, over)
    open_here, under = interchanges(lattice, settled, full, met)
    length = np.hypot(*np.diff(chain, axis=1).T).sum(axis=0)
    kept, road_class = _built(recipe, seed, settled, full, water=water, length=length)
    kept |= open_here
    lane, lane_from, lane_unit = _lanes(
        recipe, seed, lattice, full, chain=chain, kept=kept, density=density
    )
    number = np.cumsum(kept) - 1
    lane_from[:, 0] = number[lane_from[:, 0]]
    joints = set(met[open_here].tolist())
    pieces, on_bridge = expressway_pieces(lattice, over, crossing, joints)
    return Network(
        full[kept, :2], chain[kept], road_class[kept], water[kept], under[kept],
        open_here[kept], _streets(lattice, full)[kept], lane, lane_from, lane_unit,
        pieces, on_bridge,
    )  # fmt: skip


def _streets(lattice: Lattice, pairs: I) -> I:
    row, column = lattice.cell[pairs[:, 0]].T
    # A street ends after eight units; its name is not the district's longest line.
    across = row * 100 + column // 8
    along = 100_000 + column * 100 + row // 8
    street = np.where(pairs[:, 2] == 1, across, along)
    return np.asarray(np.unique(street, return_inverse=True)[1])


def _chains(rng: np.random.Generator, lattice: Lattice, pairs: I, water: I) -> F:
    middle = lattice.edges(pairs[:, 2], pairs[:, 3], pairs[:, 4])[:, 2]
    out = np.empty((len(pairs), POINTS, 2))
    half = np.maximum(BRIDGE_HALF_M[water], UNDERPASS_HALF_M)
    for hub, near, order in (
        (lattice.hub[pairs[:, 0]], MIDDLE, (0, 1, 2, 3)),
        (lattice.hub[pairs[:, 1]], MIDDLE, (8, 7, 6, 5)),
    ):
        chord = middle - hub
        size = np.linalg.norm(chord, axis=1, keepdims=True)
        normal = np.column_stack((-chord[:, 1], chord[:, 0])) / size
        out[:, order[0]] = hub
        for place, share in ((order[1], 0.3), (order[2], 0.62)):
            sway = rng.uniform(-0.012, 0.012, (len(pairs), 1)) * lattice.spacing_m
            out[:, place] = hub + chord * share + normal * sway
        out[:, order[3]] = middle - chord / size * half[:, None]
        out[:, near] = middle
    return np.round(out, 2)


def _positions(pairs: I, over: I) -> I:
    # Where along the expressway each link's border edge comes, -1 where it does not.
    place = {tuple(edge): k for k, edge in enumerate(over.tolist())}
    return np.array([place.get(tuple(edge), -1) for edge in pairs[:, 2:].tolist()], dtype=np.int64)


def _built(
    recipe: Recipe, seed: int, settled: Settled, pairs: I, *, water: I, length: F
) -> tuple[B, I]:
    rules = recipe["roads"]
    rng = stream(seed, "built")
    share = np.array(
        [rules["built_share"], rules["built_over_canal_share"], rules["built_over_river_share"]]
    )
    kept = rng.random(len(pairs)) < share[water]
    count = len(settled.village)
    price = length * rng.uniform(1.0, 1.3, len(pairs)) * np.array([1.0, 1.8, 4.0])[water]
    graph = coo_array((price, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    number = {pair: k for k, pair in enumerate(map(tuple, pairs[:, :2].tolist()))}
    tree = minimum_spanning_tree(graph).tocoo()
    kept[[number[pair] for pair in zip(tree.row.tolist(), tree.col.tolist(), strict=True)]] = True
    road_class = np.full(len(pairs), LOCAL)
    seats = settled.centre[settled.seat]
    for level, sources, targets in (
        (SECONDARY, seats[settled.town], settled.centre),
        (PRIMARY, *_town_links(graph, seats)),
    ):
        used = _ways(graph, number, sources, targets)
        road_class[used] = level
        kept[used] = True
    return kept, road_class


def _town_links(graph: object, seats: I) -> tuple[I, I]:
    away = dijkstra(graph, directed=False, indices=seats)[:, seats]
    near = np.argsort(away, axis=1, kind="stable")[:, 1:4]
    source = np.repeat(seats, near.shape[1])
    return source, seats[near.ravel()]


def _ways(graph: object, number: dict[tuple[int, int], int], sources: I, targets: I) -> list[int]:
    roots, which = np.unique(sources, return_inverse=True)
    _, before = dijkstra(graph, directed=False, indices=roots, return_predecessors=True)
    used: set[int] = set()
    for root, target in zip(which.tolist(), targets.tolist(), strict=True):
        at = target
        while before[root, at] >= 0:
            last = int(before[root, at])
            used.add(number[(last, at)] if (last, at) in number else number[(at, last)])
            at = last
    return sorted(used)


def _lanes(
    recipe: Recipe, seed: int, lattice: Lattice, pairs: I, *, chain: F, kept: B, density: F
) -> tuple[F, I, I]:
    rng = stream(seed, "lanes")
    upright = np.flatnonzero(kept & (pairs[:, 2] == 0))
    link = np.repeat(upright, len(LANE_POINTS) * 2)
    point = np.tile(np.repeat(LANE_POINTS, 2), len(upright))
    side = np.tile([1.0, -1.0], len(upright) * len(LANE_POINTS))
    unit = np.where(point < MIDDLE, pairs[link, 0], pairs[link, 1])
    wanted = np.clip(recipe["roads"]["lanes_per_unit"] / 8 * (0.55 + 0.45 * density[unit]), 0, 1)
    chosen = rng.random(len(link)) < wanted
    link, point, side, unit = link[chosen], point[chosen], side[chosen], unit[chosen]
    start = chain[link, point]
    length = rng.uniform(0.2, 0.36, len(link)) * lattice.spacing_m
    rise = rng.uniform(-0.02, 0.02, (len(link), 2)) * lattice.spacing_m
    # A lane stays in its own unit: it ends before the border and the water there.
    points = [start]
    for part in (0, 1):
        step = np.column_stack((side * length * (part + 1) / 2, rise[:, part]))
        points.append(start + step)
    lane = np.round(np.stack(points, axis=1), 2)
    cell = shapely.polygons(shapely.linearrings(lattice.rings[unit]))
    inner = shapely.contains(shapely.buffer(cell, -55.0, quad_segs=1), shapely.points(lane[:, 2]))
    return lane[inner], np.column_stack((link, point))[inner], unit[inner]


def road_table(recipe: Recipe, seed: int, network: Network) -> gpd.GeoDataFrame:
    """
    Cut the network at junctions, bridges and underpasses and tabulate the pieces.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    network
        The roads.

    Returns
    -------
    GeoDataFrame
        Fields of form ``roads``, LineStrings in the storage CRS.
    """
    link, first, last = _pieces(network)
    count = last - first + 1
    row = np.repeat(np.arange(len(link)), count)
    point = (
        np.arange(count.sum())
        - np.repeat(np.cumsum(count) - count, count)
        + np.repeat(first, count)
    )
    lines = np.asarray(shapely.linestrings(network.chain[link[row], point], indices=row))
    span = (first == MIDDLE - 1) & (last == MIDDLE + 1)
    lanes = np.asarray(shapely.linestrings(network.lane))
    fast = network.expressway
    still = np.zeros(len(lanes), dtype=bool)
    frame = pd.DataFrame(
        {
            "class": [CLASSES[TRUNK]] * len(fast)
            + [CLASSES[k] for k in network.road_class[link]]
            + [CLASSES[PATH]] * len(lanes),
            "name": _road_names(recipe, seed, network, link, fast=len(fast), lanes=len(lanes)),
            "is_bridge": np.concatenate(
                (network.on_bridge, span & (network.water[link] > 0), still)
            ),
            "is_underpass": np.concatenate(
                (np.zeros(len(fast), dtype=bool), span & (network.water[link] == 0), still)
            ),
        }
    )
    frame = _with_widths(recipe, stream(seed, "road widths"), frame)
    shapes = in_degrees(recipe, np.concatenate((fast, lines, lanes)))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=recipe["district"]["srid"])


def _pieces(network: Network) -> tuple[I, I, I]:
    cut = np.zeros((len(network.chain), POINTS), dtype=bool)
    cut[:, [0, POINTS - 1]] = True
    cut[network.lane_from[:, 0], network.lane_from[:, 1]] = True
    cut[network.joint, MIDDLE] = True
    special = (network.water > 0) | network.under
    cut[special, MIDDLE - 1] = True
    cut[special, MIDDLE + 1] = True
    link, point = np.nonzero(cut)
    same = link[:-1] == link[1:]
    return link[:-1][same], point[:-1][same], point[1:][same]


def _with_widths(recipe: Recipe, rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    rules = recipe["roads"]
    width = frame["class"].map(rules["width_m"]).to_numpy(dtype=float)
    width = np.round(width * rng.uniform(0.85, 1.15, len(width)) * 2) / 2
    width[rng.random(len(width)) < rules["width_unknown_share"]] = np.nan
    oneway = (rng.random(len(width)) < rules["oneway_share"]) & (
        frame["class"] == "local"
    ).to_numpy()
    return frame.assign(width_m=width, oneway=np.where(oneway, "是", "否"))


def _road_names(
    recipe: Recipe, seed: int, network: Network, link: I, *, fast: int, lanes: int
) -> Sequence[str | None]:
    names = recipe["names"]
    rng = stream(seed, "road names")
    letters = list(names["road_first"])
    line = network.street
    stems = ["".join(rng.choice(letters, 2, replace=False)) for _ in range(int(line.max()) + 1)]
    kinds = {
        k: names["road_kinds"][word]
        for k, word in enumerate(CLASSES)
        if word in names["road_kinds"]
    }
    of_link = [
        stems[place] + kinds[level] if level in kinds else None
        for place, level in zip(line.tolist(), network.road_class.tolist(), strict=True)
    ]
    return [names["expressway"]] * fast + [of_link[k] for k in link] + [None] * lanes
