"""A warped lattice of grid units from a seed: cells with shared edges, groups grown on it."""

import heapq
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

Recipe = Mapping[str, Any]
F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (as in the other array modules: F, I, B)
B = NDArray[np.bool_]

STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def stream(seed: int, name: str) -> np.random.Generator:
    """
    Return the random stream of one idea, independent of all others of the same seed.

    Parameters
    ----------
    seed
        Seed of the district.
    name
        Name of the idea, such as ``"rivers"``.

    Returns
    -------
    numpy.random.Generator
        The stream; equal in every process.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], wavelength: float) -> F:
    """
    Draw smooth noise on an array.

    Parameters
    ----------
    rng
        Source of chance.
    shape
        Rows and columns of the result.
    wavelength
        Length of a wave, in cells.

    Returns
    -------
    ndarray
        Shape ``shape``, mean about 0, standard deviation about 1.
    """
    coarse = tuple(int(np.ceil(n / wavelength)) + 4 for n in shape)
    knots = rng.standard_normal(coarse)
    rows = 1.5 + np.arange(shape[0]) / wavelength
    columns = 1.5 + np.arange(shape[1]) / wavelength
    across = _splines(columns, coarse[1])
    along = _splines(rows, coarse[0])
    # Cubic B-splines of unit knots have a mean square of 0.479 along each axis.
    return np.asarray(along @ knots @ across.T) / 0.479


def _splines(at: F, knots: int) -> F:
    distance = np.abs(at[:, None] - np.arange(knots)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far)


@dataclass(frozen=True)
class Lattice:
    """
    The grid units as cells of a warped lattice, in the metric CRS.

    Attributes
    ----------
    spacing_m
        Mean side of a cell.
    land
        Which cells are units, shape ``(rows, columns)``.
    cell
        Row and column of each unit, shape ``(n, 2)``.
    number
        Unit of each lattice cell, -1 where there is none, shape ``(rows, columns)``.
    edge_x
        Edges along rows, five points each, shape ``(rows + 1, columns, 5, 2)``.
    edge_y
        Edges along columns, shape ``(rows, columns + 1, 5, 2)``.
    hub
        Where the unit's roads meet, shape ``(n, 2)``.
    """

    spacing_m: float
    land: B
    cell: I
    number: I
    edge_x: F
    edge_y: F
    hub: F

    @property
    def rings(self) -> F:
        """
        Give the ring of each unit.

        Returns
        -------
        ndarray
            Counter-clockwise and closed, metres, shape ``(n, 17, 2)``.
        """
        row, column = self.cell[:, 0], self.cell[:, 1]
        parts = (
            self.edge_x[row, column, :-1],
            self.edge_y[row, column + 1, :-1],
            self.edge_x[row + 1, column, :0:-1],
            self.edge_y[row, column, ::-1],
        )
        return np.concatenate(parts, axis=1)

    @property
    def pairs(self) -> I:
        """
        Give the neighbouring units and the edge between.

        Returns
        -------
        ndarray
            ``(unit, unit, axis, row, column)`` per row, shape ``(m, 5)``.
        """
        wide, tall = self.number[:, :-1], self.number[:, 1:]
        row, column = np.nonzero((wide >= 0) & (tall >= 0))
        beside = np.column_stack(
            (wide[row, column], tall[row, column], np.ones_like(row), row, column + 1)
        )
        low, high = self.number[:-1], self.number[1:]
        row, column = np.nonzero((low >= 0) & (high >= 0))
        above = np.column_stack(
            (low[row, column], high[row, column], np.zeros_like(row), row + 1, column)
        )
        return np.concatenate((beside, above)).astype(np.int64)

    def edges(self, axis: I, row: I, column: I) -> F:
        """
        Return the points of edges.

        Parameters
        ----------
        axis
            0 for an edge along a row, 1 for one along a column.
        row
            Row of the edge.
        column
            Column of the edge.

        Returns
        -------
        ndarray
            Shape ``(k, 5, 2)``, metres.
        """
        out = np.empty((len(row), 5, 2))
        flat = np.asarray(axis) == 0
        out[flat] = self.edge_x[row[flat], column[flat]]
        out[~flat] = self.edge_y[row[~flat], column[~flat]]
        return out


def make_lattice(recipe: Recipe, seed: int, villages: int) -> Lattice:
    """
    Lay out the grid units of a district.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    villages
        Number of villages.

    Returns
    -------
    Lattice
        Connected, without holes; as many units as the recipe wants for the villages.
    """
    size, land = recipe["size"], recipe["land"]
    units = round(villages * size["units_per_village"])
    spacing = float(np.sqrt(size["village_area_m2"] / size["units_per_village"]))
    wide, tall = np.sqrt(units * size["aspect"]), np.sqrt(units / size["aspect"])
    columns, rows = int(np.ceil(wide * 1.12)) + 4, int(np.ceil(tall * 1.12)) + 4
    rng = stream(seed, "outline")
    mask = _outline(rng, (rows, columns), (tall / 2, wide / 2), units)
    nodes = _nodes(recipe, stream(seed, "warp"), (rows + 1, columns + 1), spacing)
    bend = spacing * land["edge_noise_share"]
    rng = stream(seed, "edges")
    edge_x = _bent(rng, nodes[:, :-1], nodes[:, 1:], bend)
    edge_y = _bent(rng, nodes[:-1], nodes[1:], bend)
    cell = np.argwhere(mask)
    number = np.full(mask.shape, -1, dtype=np.int64)
    number[mask] = np.arange(len(cell))
    corners = (nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[1:, 1:]) / 4
    hub = corners[mask] + stream(seed, "hubs").uniform(-0.07, 0.07, (len(cell), 2)) * spacing
    return Lattice(spacing, mask, cell, number, edge_x, edge_y, np.round(hub, 2))


def _outline(
    rng: np.random.Generator, shape: tuple[int, int], half: tuple[float, float], units: int
) -> B:
    row, column = np.mgrid[: shape[0], : shape[1]]
    dy = (row + 0.5 - shape[0] / 2) / half[0]
    dx = (column + 0.5 - shape[1] / 2) / half[1]
    rough = smooth_noise(rng, shape, max(4.0, half[1] / 2.5))
    reach = (np.abs(dx) ** 5 + np.abs(dy) ** 5) ** 0.2 + 0.08 * rough
    reach += 0.01 * smooth_noise(rng, shape, 2.0)
    border = np.zeros(shape, dtype=bool)
    border[1:-1, 1:-1] = True
    reach[~border] = np.inf
    # The smallest values, grown from the middle so that the land hangs together.
    start = tuple(int(v) for v in np.unravel_index(np.argmin(np.hypot(dx, dy)), shape))
    mask = np.zeros(shape, dtype=bool)
    queue = [(float(reach[start]), start)]
    seen = {start}
    while queue and mask.sum() < units:
        _, (r, c) = heapq.heappop(queue)
        mask[r, c] = True
        for dr, dc in STEPS:
            near = (r + dr, c + dc)
            if near not in seen and np.isfinite(reach[near]):
                seen.add(near)
                heapq.heappush(queue, (float(reach[near]), near))
    return _without_holes(mask, reach)


def _without_holes(mask: B, reach: F) -> B:
    filled = ndimage.binary_fill_holes(mask)
    surplus = int(filled.sum() - mask.sum())
    while surplus > 0:
        # Give back the farthest cells whose going leaves the rest whole.
        for flat in np.argsort(np.where(filled, -reach, np.inf), axis=None)[: filled.sum()]:
            trial = filled.copy()
            trial.flat[flat] = False
            if ndimage.label(trial)[1] == 1 and (ndimage.binary_fill_holes(trial) == trial).all():
                filled = trial
                surplus -= 1
                break
    return np.asarray(filled, dtype=bool)


def _nodes(recipe: Recipe, rng: np.random.Generator, shape: tuple[int, int], spacing: float) -> F:
    land, district = recipe["land"], recipe["district"]
    row, column = np.mgrid[: shape[0], : shape[1]]
    shift = [smooth_noise(rng, shape, 7.0) * land["warp_share"] for _ in range(2)]
    jitter = rng.uniform(-1, 1, (2, *shape)) * land["jitter_share"]
    x = district["origin_x_m"] + spacing * (column + shift[0] + jitter[0])
    y = district["origin_y_m"] + spacing * (row + shift[1] + jitter[1])
    return np.round(np.stack((x, y), axis=-1), 2)


def _bent(rng: np.random.Generator, start: F, end: F, bend_m: float) -> F:
    share = np.linspace(0, 1, 5)[:, None]
    line = start[..., None, :] * (1 - share) + end[..., None, :] * share
    chord = end - start
    normal = np.stack((-chord[..., 1], chord[..., 0]), axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    middle = rng.uniform(-1, 1, start.shape[:2]) * bend_m
    quarter = rng.uniform(-0.5, 0.5, (*start.shape[:2], 2)) * bend_m + middle[..., None] / 2
    swing = np.zeros((*start.shape[:2], 5))
    swing[..., 2] = middle
    swing[..., 1::2] = quarter
    return np.round(line + swing[..., None] * normal[..., None, :], 2)


def scatter_seeds(rng: np.random.Generator, points: F, count: int) -> I:
    """
    Choose points spread evenly over a set by halving it again and again.

    Parameters
    ----------
    rng
        Source of chance.
    points
        Metres, shape ``(n, 2)``, n >= count.
    count
        How many to choose.

    Returns
    -------
    ndarray
        Indices of the chosen points, shape ``(count,)``, all different.
    """
    chosen: list[int] = []
    parts = [(np.arange(len(points)), count)]
    while parts:
        part, k = parts.pop()
        spread = points[part] - points[part].mean(axis=0)
        if k == 1:
            chosen.append(int(part[np.argmin((spread**2).sum(axis=1))]))
            continue
        tilt = rng.uniform(-0.35, 0.35) + (
            0 if np.ptp(spread[:, 0]) > np.ptp(spread[:, 1]) else 1.5708
        )
        order = np.argsort(spread @ np.array([np.cos(tilt), np.sin(tilt)]), kind="stable")
        left = k // 2
        cut = max(left, min(len(part) - (k - left), round(len(part) * left / k)))
        parts += [(part[order[:cut]], left), (part[order[cut:]], k - left)]
    return np.array(chosen, dtype=np.int64)


def grow(seeds: I, pairs: I, cost: F, count: int) -> I:
    """
    Grow connected groups from seeds, each member going to the seed it is cheapest to reach from.

    Parameters
    ----------
    seeds
        Members that start a group, shape ``(k,)``.
    pairs
        Neighbouring members, shape ``(m, 2)``.
    cost
        Cost of the step between each pair, shape ``(m,)``, > 0.
    count
        Number of members.

    Returns
    -------
    ndarray
        Group of each member, shape ``(count,)``; -1 where no seed reaches.
    """
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for (one, other), step in zip(pairs.tolist(), cost.tolist(), strict=True):
        neighbours[one].append((other, step))
        neighbours[other].append((one, step))
    group = np.full(count, -1, dtype=np.int64)
    queue = [(0.0, int(member), number) for number, member in enumerate(seeds)]
    heapq.heapify(queue)
    while queue:
        reached, member, number = heapq.heappop(queue)
        if group[member] >= 0:
            continue
        group[member] = number
        for other, step in neighbours[member]:
            if group[other] < 0:
                heapq.heappush(queue, (reached + step, other, number))
    return group


def polygons(rings: F) -> NDArray[np.object_]:
    """
    Build polygons from rings.

    Parameters
    ----------
    rings
        Closed rings, shape ``(n, points, 2)``.

    Returns
    -------
    ndarray
        Polygons, shape ``(n,)``.
    """
    return np.asarray(shapely.polygons(shapely.linearrings(rings)))
