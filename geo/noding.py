"""Cut road lines at their shared vertices into stretches between junctions."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import NetworkError

VERTEX_ROUNDING = 3
"""Decimals of a metre to which vertices are rounded: two vertices within 1 mm are one."""


SHOWN_ROWS = 5
"""Row numbers that an error sentence spells out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretches:
    """
    Stretches of road between junctions, and the junctions.

    Attributes
    ----------
    tail
        Junction at which each stretch starts, shape ``(m,)``.
    head
        Junction at which it ends, shape ``(m,)``.
    geometry
        LineStrings from tail to head with every vertex between them, shape ``(m,)``.
    line
        Position of the line each stretch was cut from, shape ``(m,)``.
    xy
        Junctions, metres, shape ``(n, 2)``, sorted by x, then y.
    without_length
        Positions of the lines that have no length (all vertices within 1 mm).
    """

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    geometry: NDArray[np.object_]
    line: NDArray[np.int64]
    xy: NDArray[np.float64]
    without_length: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Vertices:
    """Vertices of all parts in drawing order: coordinates, part, and number of the location."""

    xy: NDArray[np.float64]
    part: NDArray[np.int64]
    location: NDArray[np.int64]
    count: int


def cut_at_junctions(geometry: NDArray[np.object_]) -> Stretches:
    """
    Cut lines at every vertex that two lines share and at their ends.

    A vertex is shared when another line, or the same line once more, has it too after rounding
    to 1 mm. Lines that cross without a shared vertex stay apart: one of them is a bridge. All
    other vertices remain as the shape of the stretch. A line drawn twice gives two stretches.

    Parameters
    ----------
    geometry
        LineStrings or MultiLineStrings, metric CRS, none empty, shape ``(k,)``.

    Returns
    -------
    Stretches
        Stretches in the order of the lines and along each line, and their junctions.
    """
    parts, row_of_part = shapely.get_parts(shapely.force_2d(geometry), return_index=True)
    vertices = _number_vertices(parts)
    first, last = _stretch_ends(vertices)
    sizes = last - first + 1
    owner = np.repeat(np.arange(len(first)), sizes)
    # Every stretch holds the vertices from its first to its last, both included.
    members = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes - first, sizes)
    nodes, ends = np.unique(vertices.location[np.concatenate([first, last])], return_inverse=True)
    xy = np.empty((vertices.count, 2))
    xy[vertices.location] = vertices.xy
    line = row_of_part[vertices.part[first]].astype(np.int64)
    geometries = shapely.linestrings(vertices.xy[members], indices=owner)
    return Stretches(
        tail=ends[: len(first)].astype(np.int64),
        head=ends[len(first) :].astype(np.int64),
        geometry=np.asarray(geometries, dtype=np.object_),
        line=line,
        xy=xy[nodes],
        without_length=np.setdiff1d(np.arange(len(geometry)), line),
    )


def _number_vertices(parts: NDArray[np.object_]) -> _Vertices:
    """Round the vertices, drop repeats that follow each other and number the locations."""
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    # Adding zero turns -0.0 into 0.0: both are one location.
    coordinates = np.round(coordinates, VERTEX_ROUNDING) + 0.0
    moves = np.ones(len(part), dtype=bool)
    moves[1:] = (part[1:] != part[:-1]) | (coordinates[1:] != coordinates[:-1]).any(axis=1)
    coordinates, part = coordinates[moves], part[moves].astype(np.int64)
    locations, location = np.unique(coordinates, axis=0, return_inverse=True)
    return _Vertices(xy=coordinates, part=part, location=location.reshape(-1), count=len(locations))


def _stretch_ends(vertices: _Vertices) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the positions of the first and the last vertex of every stretch."""
    part = vertices.part
    changes = part[1:] != part[:-1]
    is_junction = np.bincount(vertices.location, minlength=vertices.count)[vertices.location] > 1
    if len(part):
        is_junction[np.concatenate([[True], changes])] = True
        is_junction[np.concatenate([changes, [True]])] = True
    at = np.flatnonzero(is_junction)
    same_part = part[at[1:]] == part[at[:-1]]
    return at[:-1][same_part], at[1:][same_part]


def refuse_unusable(geometry: NDArray[np.object_]) -> None:
    """
    Raise one error that counts every row without a usable line.

    Parameters
    ----------
    geometry
        Road geometries, shape ``(k,)``.

    Raises
    ------
    NetworkError
        If a row is missing, empty, not a line, or has infinite coordinates.
    """
    is_line = np.isin(shapely.get_type_id(geometry), (1, 5)) & ~shapely.is_empty(geometry)
    bounds = shapely.bounds(geometry)
    unusable = np.flatnonzero(~is_line | ~np.isfinite(bounds).all(axis=1))
    if len(unusable):
        raise NetworkError(
            f"{len(unusable)} road rows have no usable line (rows {listed(unusable)}): "
            "missing, empty, not a line, or with infinite coordinates. Correct or remove them.",
            f"有 {len(unusable)} 条道路记录没有可用的线（第 {listed(unusable)} 行）："
            "缺失、为空、不是线，或坐标无穷。请改正或删除。",
        )


def listed(rows: NDArray[np.int64]) -> str:
    """
    Write the first few row numbers, and dots where there are more.

    Parameters
    ----------
    rows
        Row numbers or ids.

    Returns
    -------
    str
        For example ``3, 8, 9, 12, 20, ...``.
    """
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    return f"{shown}, ..." if len(rows) > SHOWN_ROWS else shown
