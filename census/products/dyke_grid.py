"""Draw dykes on the cells of a grid: the section and the crest of each cell, without gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)
B = NDArray[np.bool_]

NO_DYKE = -1
# Ends nearer than this are one point that was rounded.
_SAME_M = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class DykeGrid:
    """
    Dykes on a grid.

    Attributes
    ----------
    section
        Position of the section on each cell, -1 = none.
    crest_m
        Its crest, metres; NaN = none.
    joined
        Gaps between ends of sections that were closed.
    """

    section: I
    crest_m: F
    joined: int


def draw_dykes(
    lines: Sequence[shapely.Geometry],
    crest_m: F,
    shape: tuple[int, int],
    transform: Affine,
    *,
    join_m: float = 0.0,
) -> DykeGrid:
    """
    Draw the sections of dykes as walls one cell wide that no water slips through by a corner.

    Where two sections share a cell the higher crest stands, for the other one ends there. Ends of
    sections that lie near each other are joined at the lower crest of the two.

    Parameters
    ----------
    lines
        Line of each section, CRS of the grid.
    crest_m
        Crest of each, metres, shape ``(len(lines),)``.
    shape
        Rows and columns.
    transform
        Column, row to x, y, metres.
    join_m
        Ends as near as this are joined.

    Returns
    -------
    DykeGrid
        Section and crest per cell.
    """
    crest = np.asarray(crest_m, dtype=np.float64)
    joints = _joints(lines, crest, join_m)
    order = np.argsort(crest, kind="stable")
    # Of what shares a cell the last one drawn stands: joints first, then sections, lowest first.
    drawn = [*joints, *((lines[at], int(at)) for at in order)]
    section = np.full(shape, NO_DYKE, dtype=np.int64)
    if drawn:
        burnt = rasterize(
            [(line, at + 1) for line, at in drawn],
            out_shape=shape,
            transform=transform,
            all_touched=True,
            dtype="int32",
        )
        section = burnt.astype(np.int64) - 1
    _close_corners(section, crest)
    found = section >= 0
    crests = np.full(shape, np.nan)
    crests[found] = crest[section[found]]
    apart = sum(float(shapely.length(line)) > _SAME_M for line, _ in joints)
    return DykeGrid(section=section, crest_m=crests, joined=apart)


def _joints(
    lines: Sequence[shapely.Geometry], crest: F, join_m: float
) -> list[tuple[shapely.Geometry, int]]:
    """Lines between ends that lie near each other, with the lower section of the two."""
    parts = [
        (part, at) for at, line in enumerate(lines) for part in shapely.get_parts(line)
    ]  # fmt: skip
    ends = [(part.coords[end], at) for part, at in parts for end in (0, -1)]
    if len(ends) < 2 or join_m <= 0:  # noqa: PLR2004  (a gap has two ends)
        return []
    points = np.array([point[:2] for point, _ in ends])
    found = []
    for first, second in sorted(cKDTree(points).query_pairs(join_m)):
        one, other = ends[first][1], ends[second][1]
        if (points[first] != points[second]).any():
            lower = one if crest[one] <= crest[other] else other
            found.append((shapely.LineString(points[[first, second]]), lower))
    return sorted(found, key=lambda joint: float(crest[joint[1]]))


def _close_corners(section: I, crest: F) -> None:
    """Fill one of two cells between walls that touch by a corner alone, with the lower of both."""
    for turned in (section, section[:, ::-1]):
        a, b = turned[:-1, :-1], turned[1:, 1:]
        free = (turned[:-1, 1:] < 0) & (turned[1:, :-1] < 0)
        gap = (a >= 0) & (b >= 0) & free
        row, column = np.nonzero(gap)
        one, other = a[gap], b[gap]
        turned[row, column + 1] = np.where(crest[one] <= crest[other], one, other)


def without_embankments(
    ground_m: F, sea: B, grid: DykeGrid, *, half_width_m: float, cell_m: tuple[float, float]
) -> F:
    """
    Take what an elevation model shows of its dykes away, so that the delivered crest alone stands.

    Parameters
    ----------
    ground_m
        Elevation, metres, NaN = no data.
    sea
        True where the sea is.
    grid
        The dykes.
    half_width_m
        Within this distance of a dyke the ground is at most as high as the nearest ground beyond.
    cell_m
        Width and height of a cell, metres.

    Returns
    -------
    ndarray
        Metres; cells of a dyke without elevation get that of the ground beside it.
    """
    wall = grid.section >= 0
    if not wall.any():
        return ground_m.copy()
    sides = (cell_m[1], cell_m[0])
    near = distance_transform_edt(~wall, sampling=sides) <= half_width_m
    beside = ~np.isnan(ground_m) & ~near & ~sea
    if not beside.any():
        return ground_m.copy()
    rows, columns = distance_transform_edt(
        ~beside, sampling=sides, return_distances=False, return_indices=True
    )
    foot: F = np.fmin(ground_m, ground_m[rows, columns])
    known = near & ~sea & (~np.isnan(ground_m) | wall)
    return np.where(known, foot, ground_m)
