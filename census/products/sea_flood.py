"""Let the sea come over its dykes on a grid: onset, the section that decides, depth per level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from census.products.dyke_grid import DykeGrid
from geo.flood import Overtopping, overtopping

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)
B = NDArray[np.bool_]

_ALL = 8
NO_SECTION = -1
"""Ground, no dyke, is the highest on the way of the sea."""

Levels = Sequence[Mapping[float, float]]
"""For each shore its level in metres by return period in years."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Coast:
    """
    Land, sea and dykes on the cells of one grid.

    Attributes
    ----------
    ground_m
        Elevation, metres, NaN = unknown.
    foot_m
        The same without what it shows of dykes: what the water passes where a dyke is gone.
    sea
        True where the sea comes from; its depth does not matter.
    grid
        The dykes.
    shore_of_section
        Shore on which each section stands, position in the levels, -1 inland; read where there is
        more than one shore.
    """

    ground_m: F
    foot_m: F
    sea: B
    grid: DykeGrid
    shore_of_section: I


@dataclass(frozen=True, kw_only=True, eq=False)
class SeaFlood:
    """
    What the sea does to the land.

    Attributes
    ----------
    onset_m
        Level of the sea from which each cell is flooded; inf = no way leads there, NaN where the
        ground is unknown and in the sea.
    section
        Position of the section over which the sea comes; -1 = over ground.
    depth_m
        Depth by return period, metres; 0 = dry, NaN as above.
    """

    onset_m: F
    section: I
    depth_m: dict[float, F]


def flood_from_sea(
    coast: Coast, levels: Levels, *, design_years: float, removed: B, connectivity: int = _ALL
) -> SeaFlood:
    """
    Flood the land from the sea, shore by shore, at each return period.

    Parameters
    ----------
    coast
        Land, sea and dykes.
    levels
        Level by return period of each shore.
    design_years
        Where several shores reach a cell, the one that stands highest above the onset at this
        return period is told.
    removed
        Sections that hold nothing back: breached or abandoned.
    connectivity
        4 or 8.

    Returns
    -------
    SeaFlood
        Onset, section and depths.
    """
    grid, sea = coast.grid, coast.sea
    several = len(levels) > 1
    section_shore = np.append(coast.shore_of_section, -1)
    shore_at = section_shore[grid.section] if several else np.full(sea.shape, -1)
    owner = _owners(sea, shore_at) if several else np.where(sea, 0, -1)
    gone = (grid.section >= 0) & np.append(removed, False)[grid.section]
    ways = []
    for shore in range(len(levels)):
        # Over a dyke of another shore comes that shore's sea alone.
        shut = (shore_at >= 0) & (shore_at != shore)
        ways.append(_way(coast, owner == shore, shut, gone, connectivity))
    unknown = np.isnan(coast.ground_m) | sea
    reached = np.stack([np.where(np.isnan(way.level_m), np.inf, way.level_m) for way in ways])
    onset = np.where(unknown, np.nan, reached)
    design = np.array([level[design_years] for level in levels])
    above = np.where(unknown, -np.inf, design[:, None, None] - reached)
    best = above.argmax(axis=0)
    section = np.stack([_sections(way, grid) for way in ways])
    years = sorted(levels[0])
    return SeaFlood(
        onset_m=np.take_along_axis(onset, best[None], axis=0)[0],
        section=np.take_along_axis(section, best[None], axis=0)[0],
        depth_m={
            year: _depth(coast.ground_m, onset, [at[year] for at in levels]) for year in years
        },
    )


def _owners(sea: B, shore_at: I) -> I:
    """Give each cell of the sea to the shore whose dyke is nearest."""
    rows, columns = distance_transform_edt(
        shore_at < 0, return_distances=False, return_indices=True
    )
    return np.where(sea, shore_at[rows, columns], -1)


def _way(coast: Coast, source: B, shut: B, gone: B, connectivity: int) -> Overtopping:
    foot, grid = coast.foot_m, coast.grid
    # The sea lies below everything, so that its own level alone decides when it comes.
    heights = np.concatenate((foot[~np.isnan(foot)], grid.crest_m[grid.section >= 0]))
    bed_m = float(heights.min()) - 1.0 if heights.size else 0.0
    ground = np.where(coast.sea, np.where(source, bed_m, np.nan), foot)
    ground[shut] = np.nan
    neighbours: Literal[4, 8] = 8 if connectivity == _ALL else 4
    return overtopping(ground, source, grid.crest_m, neighbours, breaches=gone)


def _sections(way: Overtopping, grid: DykeGrid) -> I:
    found = grid.section[np.maximum(way.row, 0), np.maximum(way.column, 0)]
    return np.where(way.over_wall, found, NO_SECTION)


def _depth(ground_m: F, onset: F, level_m: Sequence[float]) -> F:
    deep = [
        np.where(reached <= level, level - ground_m, 0.0)
        for reached, level in zip(onset, level_m, strict=True)
    ]
    depth: F = np.maximum(np.max(deep, axis=0), 0.0)
    return np.where(np.isnan(onset[0]), np.nan, depth)
