"""The made-up land: polders, rivers and dikes on the lattice, then its 30 m elevation model."""

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio import features
from scipy import ndimage

from census.intake.example_borders import node_graph
from census.intake.example_lattice import B, F, I, Lattice, Recipe, polygons, smooth_noise, stream

CANAL, RIVER = 1, 2


@dataclass(frozen=True)
class Waters:
    """
    Polders and rivers of the district.

    Attributes
    ----------
    polder
        Which units lie in a polder, shape ``(n,)``.
    rank
        0 dry, 1 canal, 2 main river per edge: along rows ``(rows + 1, columns)`` and along columns
        ``(rows, columns + 1)``.
    canals
        Canal lines, metric.
    rivers
        Main river lines, metric.
    dikes
        Lines of polder dikes, metric.
    """

    polder: B
    rank: tuple[I, I]
    canals: NDArray[np.object_]
    rivers: NDArray[np.object_]
    dikes: NDArray[np.object_]

    def between(self, pairs: I) -> I:
        """
        Return the rank of the water between neighbouring units.

        Parameters
        ----------
        pairs
            As ``Lattice.pairs``, shape ``(m, 5)``.

        Returns
        -------
        ndarray
            0, 1 or 2, shape ``(m,)``.
        """
        axis, row, column = pairs[:, 2], pairs[:, 3], pairs[:, 4]
        out = np.zeros(len(pairs), dtype=np.int64)
        flat = axis == 0
        out[flat] = self.rank[0][row[flat], column[flat]]
        out[~flat] = self.rank[1][row[~flat], column[~flat]]
        return out


def make_waters(recipe: Recipe, seed: int, lattice: Lattice) -> Waters:
    """
    Choose polders and lead rivers and canals around them to the sea.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.

    Returns
    -------
    Waters
        Main rivers run west to east, canals both ways; all along unit borders.
    """
    land = recipe["land"]
    rng = stream(seed, "polders")
    wish = smooth_noise(rng, lattice.land.shape, 4.0)[lattice.land]
    polder = wish >= np.quantile(wish, 1 - land["polder_share"])
    graph = node_graph(lattice)
    inside = (graph.beside >= 0).all(axis=1)
    inside &= polder[graph.beside[:, 0]] & polder[graph.beside[:, 1]]
    cost = stream(seed, "rivers").uniform(1.0, 2.0, len(graph.start)) + np.where(inside, 30.0, 0.0)
    # The outer border stays free of rivers where it can: half of such a river would be abroad.
    cost += np.where((graph.beside < 0).any(axis=1), 8.0, 0.0)
    rank = np.zeros(len(graph.start), dtype=np.int64)
    for level, start, end in _courses(land, lattice):
        way = graph.path(np.where(rank > 0, cost * 0.6, cost), start, end)
        rank[way] = np.maximum(rank[way], level)
    along_row = np.zeros((lattice.land.shape[0] + 1, lattice.land.shape[1]), dtype=np.int64)
    along_column = np.zeros((lattice.land.shape[0], lattice.land.shape[1] + 1), dtype=np.int64)
    flat = graph.axis == 0
    along_row[graph.row[flat], graph.column[flat]] = rank[flat]
    along_column[graph.row[~flat], graph.column[~flat]] = rank[~flat]
    rim = _edge_of(graph.beside, polder)
    lines = np.asarray(shapely.linestrings(lattice.edges(graph.axis, graph.row, graph.column)))
    return Waters(
        polder, (along_row, along_column), lines[rank == CANAL], lines[rank == RIVER], lines[rim]
    )


def _edge_of(beside: I, polder: B) -> B:
    one = np.where(beside[:, 0] >= 0, polder[beside[:, 0]], False)
    other = np.where(beside[:, 1] >= 0, polder[beside[:, 1]], False)
    return np.asarray(one != other)


def _courses(land: Recipe, lattice: Lattice) -> list[tuple[int, int, int]]:
    wide = lattice.land.shape[1] + 1
    used_rows = np.flatnonzero(lattice.land.any(axis=1))
    used_columns = np.flatnonzero(lattice.land.any(axis=0))

    def across(row: int) -> tuple[int, int]:
        reach = np.flatnonzero(lattice.land[row])
        return row * wide + int(reach[0]), row * wide + int(reach[-1]) + 1

    def along(column: int) -> tuple[int, int]:
        reach = np.flatnonzero(lattice.land[:, column])
        return int(reach[0]) * wide + column, (int(reach[-1]) + 1) * wide + column

    courses = [(RIVER, *across(k)) for k in _spaced(used_rows, land["main_river_every_units"])]
    courses += [(CANAL, *across(k)) for k in _spaced(used_rows, land["canal_every_units"])]
    courses += [(CANAL, *along(k)) for k in _spaced(used_columns, land["canal_every_units"])]
    return courses


def _spaced(used: I, step: float) -> list[int]:
    count = max(1, round(len(used) / step))
    at = (np.arange(count) + 0.5) / count * len(used)
    return [int(v) for v in used[np.clip(np.round(at), 1, len(used) - 1).astype(int)]]


@dataclass(frozen=True)
class Ground:
    """
    The elevation model before and after building, on one raster.

    Attributes
    ----------
    transform
        From column and row to metres of the metric CRS.
    cell_size_m
        Side of a cell.
    bare
        Ground without embankments, metres; NaN in the sea, shape ``(rows, columns)``.
    water
        Bed of canals and rivers, metres; NaN elsewhere.
    outside
        True beyond the district's border.
    """

    transform: Affine
    cell_size_m: float
    bare: F
    water: F
    outside: B

    def at(self, values: NDArray[np.float64], points: F) -> F:
        """
        Read a raster on this grid at points.

        Parameters
        ----------
        values
            Shape of the raster.
        points
            Metres, shape ``(n, 2)``.

        Returns
        -------
        ndarray
            Value of the cell of each point, shape ``(n,)``.
        """
        row, column = self.cells_of(points)
        return values[row, column]

    def cells_of(self, points: F) -> tuple[I, I]:
        """
        Return the cell of each point.

        Parameters
        ----------
        points
            Metres, shape ``(n, 2)``.

        Returns
        -------
        tuple of ndarray
            Rows and columns, kept inside the raster.
        """
        column, row = ~self.transform @ (points[:, 0], points[:, 1])
        rows, columns = self.bare.shape
        return (
            np.clip(np.floor(row), 0, rows - 1).astype(np.int64),
            np.clip(np.floor(column), 0, columns - 1).astype(np.int64),
        )

    def burn(self, shapes: NDArray[np.object_], *, touched: bool = False) -> B:
        """
        Mark the cells of shapes.

        Parameters
        ----------
        shapes
            Geometries in the metric CRS.
        touched
            Every cell that a shape touches, not only where it covers the centre.

        Returns
        -------
        ndarray
            Shape of the raster, boolean.
        """
        if len(shapes) == 0:
            return np.zeros(self.bare.shape, dtype=bool)
        return np.asarray(
            features.rasterize(
                list(shapes),
                out_shape=self.bare.shape,
                transform=self.transform,
                all_touched=touched,
            )
            > 0
        )


def make_ground(recipe: Recipe, seed: int, lattice: Lattice, waters: Waters) -> Ground:
    """
    Model the land: slope to the sea, polders, low blocks, dunes, dikes, rivers.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.
    waters
        Polders and rivers.

    Returns
    -------
    Ground
        Heights above the made-up datum.
    """
    land = recipe["land"]
    rings = lattice.rings
    empty = _frame(land, rings)
    inside = empty.burn(polygons(rings))
    sea = _sea(inside)
    to_coast = ndimage.distance_transform_edt(~sea) * empty.cell_size_m
    width = empty.bare.shape[1] * empty.cell_size_m
    rise = (land["west_height_m"] - land["coast_height_m"]) / width
    height = land["coast_height_m"] + rise * to_coast
    rng = stream(seed, "ground")
    for size, wave in zip(land["roughness_m"], land["roughness_wavelengths_m"], strict=True):
        height += size * smooth_noise(rng, height.shape, wave / empty.cell_size_m)
    height -= _low_ground(recipe, seed, lattice, waters, empty)
    height += _dunes(land, rng, to_coast)
    height = _with_dikes(land, empty, waters, height, to_coast)
    bed = 0.6 + 0.5 * rise * to_coast
    canal, river = (
        empty.burn(shapely.buffer(lines, land[key] / 2), touched=True)
        for lines, key in ((waters.canals, "canal_width_m"), (waters.rivers, "main_river_width_m"))
    )
    water = np.where(river, bed - 1.2, np.where(canal, bed, np.nan))
    water[sea] = np.nan
    height[sea] = np.nan
    return Ground(empty.transform, empty.cell_size_m, height, water, ~inside)


def _frame(land: Recipe, rings: F) -> Ground:
    cell = land["cell_size_m"]
    low = np.floor((rings.min(axis=(0, 1)) - land["margin_m"]) / cell) * cell
    high = rings.max(axis=(0, 1)) + np.array([land["sea_margin_m"], land["margin_m"]])
    columns, rows = np.ceil((high - low) / cell).astype(int)
    transform = Affine(cell, 0, low[0], 0, -cell, low[1] + rows * cell)
    blank = np.zeros((rows, columns))
    return Ground(transform, cell, blank, blank, blank > 0)


def _sea(inside: B) -> B:
    rows, columns = inside.shape
    used = np.flatnonzero(inside.any(axis=1))
    last = columns - 1 - np.argmax(inside[used, ::-1], axis=1)
    # Beyond the district, and in its rounded corners, the coast goes straight on.
    line = float(np.median(last))
    coast = np.full(rows, line)
    coast[used] = np.where(last > line - 0.06 * columns, last, line)
    return np.asarray((np.arange(columns)[None, :] > coast[:, None]) & ~inside)


def _low_ground(recipe: Recipe, seed: int, lattice: Lattice, waters: Waters, frame: Ground) -> F:
    land = recipe["land"]
    rng = stream(seed, "low blocks")
    drop = frame.burn(polygons(lattice.rings[waters.polder])) * land["polder_drop_m"]
    count = max(
        1,
        round(
            land["low_blocks_per_village"] * len(lattice.cell) / recipe["size"]["units_per_village"]
        ),
    )
    at = rng.choice(len(lattice.cell), count)
    points = lattice.hub[at] + rng.normal(0, 0.25, (count, 2)) * lattice.spacing_m
    # Four overlapping rounds make one hollow, so that none is a circle.
    points = np.repeat(points, 4, axis=0) + rng.normal(0, 150, (4 * count, 2))
    blocks = shapely.buffer(shapely.points(points), rng.uniform(70, 210, 4 * count), quad_segs=3)
    drop += frame.burn(blocks) * land["low_block_drop_m"]
    return np.asarray(ndimage.gaussian_filter(drop.astype(np.float32), 2.5), dtype=np.float64)


def _dunes(land: Recipe, rng: np.random.Generator, to_coast: F) -> F:
    waver = 220.0 * smooth_noise(rng, to_coast.shape, 90.0)
    crest = np.clip(0.75 + 0.35 * smooth_noise(rng, to_coast.shape, 22.0), 0.2, 1.6)
    ridges = np.zeros_like(to_coast)
    for middle in land["dune_distances_m"]:
        ridges += np.exp(-(((to_coast + waver - middle) / 130.0) ** 2))
    return np.asarray(land["dune_height_m"] * crest * ridges)


def _with_dikes(land: Recipe, frame: Ground, waters: Waters, height: F, to_coast: F) -> F:
    around = np.asarray(ndimage.gaussian_filter(height, 6.0))
    out = height.copy()
    reach = land["main_river_width_m"] / 2 + 1.4 * land["cell_size_m"]
    high = frame.burn(shapely.buffer(waters.rivers, reach), touched=True)
    polder = frame.burn(shapely.buffer(waters.dikes, 1.5 * land["cell_size_m"]), touched=True)
    raised = around + land["dike_height_m"]
    out[high] = np.maximum(out, raised)[high]
    out[polder] = np.maximum(out, around + 0.6 * land["dike_height_m"])[polder]
    sea_wall = (to_coast > 0) & (to_coast <= 2 * land["cell_size_m"])
    out[sea_wall] = np.maximum(out, around + land["sea_dike_height_m"] - 1.0)[sea_wall]
    return out
