"""Which cells a zone covers, and how much of each: found once, used for every map of the grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray

from geo.crs import crs_of, require_same_crs
from geo.edge_coverage import Outlines, Runs, cover_zones, pieces_at_most
from geo.errors import GridError
from geo.layers import require_polygons

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
I32 = NDArray[np.int32]

# Zones are cut together until their edges may fall into this many pieces: some 60 MB of room.
PIECES_AT_ONCE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """
    Share of every cell that lies inside every zone, exact, kept as runs of cells of equal share.

    Attributes
    ----------
    transform
        Grid to CRS, x before y, north up.
    shape
        Rows, columns of the grid.
    index
        Index of the zones.
    crs
        CRS of the zones as ``crs_of`` takes it, None where they have none.
    first_row
        First row of each zone, shape ``(n,)``.
    row_offset
        Place of each zone's first row in ``row_start``, and the end, shape ``(n + 1,)``.
    row_start
        First run of each row of each zone, and the end.
    column, cells, share
        Per run: first column, number of cells, share of each of them inside (above 0, at most 1).
    """

    transform: Affine
    shape: tuple[int, int]
    index: pd.Index
    crs: Any
    first_row: I
    row_offset: I
    row_start: I
    column: I32
    cells: I32
    share: F

    @classmethod
    def of(cls, zones: gpd.GeoDataFrame, transform: Any, shape: tuple[int, int]) -> Self:
        """
        Cut zones at the lines of a grid.

        The shares are exact for any valid polygon with holes: areas of the pieces, no sampling.
        Corners within the rounding of coordinates of a line between cells lie on it, and a share
        under 1e-10 of a cell (of the zone, where that is smaller) is none. What lies outside the
        grid is left out.

        Parameters
        ----------
        zones
            Polygons in the CRS of the grid, n rows, any index; they may overlap.
        transform
            Affine transform of the grid, x before y, north up.
        shape
            Rows, columns.

        Returns
        -------
        Coverage
            The shares; each zone's do not depend on the other zones.

        Raises
        ------
        GridError
            If the grid is rotated, flipped or has no size.
        LayerError
            If zones are not polygons or are empty or invalid.

        Examples
        --------
        >>> from shapely.geometry import box
        >>> zone = gpd.GeoDataFrame(geometry=[box(0.5, 0, 3, 1)])
        >>> Coverage.of(zone, Affine(1, 0, 0, 0, -1, 2), (2, 3)).per_cell(0)
        array([[0. , 0. , 0. ],
               [0.5, 1. , 1. ]])
        """
        require_polygons(zones)
        affine = north_up(transform)
        rows, columns = (int(side) for side in shape)
        outlines = _outlines(zones, affine, (rows, columns))
        span = _rows_of_zones(outlines, rows)
        bound = pieces_at_most(outlines.xy, outlines.ring_start, rows, columns)
        cut = _cut(outlines, span, columns, bound)
        runs = Runs(*(np.concatenate(parts) for parts in zip(*cut, strict=True)))
        return cls(
            transform=affine,
            shape=(rows, columns),
            index=zones.index,
            crs=zones.crs,
            first_row=span[:, 0].copy(),
            row_offset=_offsets(span[:, 1] - span[:, 0]),
            row_start=_offsets(runs.in_row),
            column=runs.column,
            cells=runs.cells,
            share=runs.share,
        )

    def window(self) -> tuple[int, int, int, int]:
        """
        Give the part of the grid that the zones touch.

        Returns
        -------
        tuple of int
            First row, end of the rows, first column, end of the columns; zeros for none.
        """
        if not self.cells.size:
            return 0, 0, 0, 0
        height = np.diff(self.row_offset)
        held = height > 0
        return (
            int(self.first_row[held].min()),
            int((self.first_row + height)[held].max()),
            int(self.column.min()),
            int((self.column + self.cells).max()),
        )

    def per_cell(self, zone: int) -> F:
        """
        Lay the shares of one zone out over the whole grid.

        Parameters
        ----------
        zone
            Position of the zone's row.

        Returns
        -------
        ndarray
            Share of each cell inside the zone, 0..1, shape ``shape``.
        """
        shares = np.zeros(self.shape)
        offset = self.row_offset[zone]
        for place in range(self.row_offset[zone + 1] - offset):
            line = shares[self.first_row[zone] + place]
            for run in range(self.row_start[offset + place], self.row_start[offset + place + 1]):
                line[self.column[run] :][: self.cells[run]] = self.share[run]
        return shares

    def require_grid(self, transform: Any, shape: tuple[int, int], crs: Any) -> None:
        """
        Refuse a grid that is not the one whose cells were cut.

        Parameters
        ----------
        transform
            Affine transform of the grid; None where nothing is known of it.
        shape
            Rows, columns.
        crs
            CRS of the grid; None where nothing is known of it.

        Raises
        ------
        CRSError
            If the CRS differ.
        GridError
            If transform or shape differ.
        """
        if crs is not None:
            require_same_crs(crs, crs_of(self.crs), names=("grid", "zones"))
        moved = transform is not None and not north_up(transform).almost_equals(
            self.transform, precision=1e-6 * self.transform.a
        )
        if moved or tuple(shape) != self.shape:
            raise GridError(
                f"The zones were cut for a grid of {self.shape} cells at {self.transform[:6]}; "
                f"this one has {tuple(shape)}"
                + (f" at {north_up(transform)[:6]}" if transform is not None else "")
                + ". Cut them for this grid.",
                f"分区是按 {self.shape} 个格点、变换 {self.transform[:6]} 的栅格切分的；"
                f"当前栅格为 {tuple(shape)}，位置或大小不同。请按当前栅格重新切分。",
            )


def north_up(transform: Any) -> Affine:
    """
    Refuse a grid whose rows do not run north to south and whose columns do not run west to east.

    Parameters
    ----------
    transform
        Affine transform, or its six or nine numbers, x before y.

    Returns
    -------
    Affine
        The transform.

    Raises
    ------
    GridError
        If the grid is rotated, flipped or has no cell size.
    """
    affine = transform if isinstance(transform, Affine) else Affine(*tuple(transform)[:6])
    if affine.b != 0 or affine.d != 0 or not (affine.a > 0 and affine.e < 0):
        raise GridError(
            "The grid is rotated or flipped; rows must run north to south, columns west to east.",
            "栅格有旋转或翻转；行应由北向南，列应由西向东。",
        )
    return affine


def _offsets(counts: I) -> I:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _outlines(zones: gpd.GeoDataFrame, affine: Affine, shape: tuple[int, int]) -> Outlines:
    """Corners of the zones in cells; what lies on a line between cells within rounding is on it."""
    if not len(zones):
        nothing = np.zeros(1, dtype=np.int64)
        return Outlines(np.empty((0, 2)), nothing, np.empty(0, dtype=np.bool_), nothing)
    _, xy, offsets = shapely.to_ragged_array(zones.geometry.to_numpy(), include_z=False)
    ring_start, polygon_ring = offsets[:2]
    # Polygons alone come without a third level: each zone is one.
    zone_polygon = np.arange(len(zones) + 1) if len(offsets) == 2 else offsets[2]  # noqa: PLR2004
    is_hole = np.ones(len(ring_start) - 1, dtype=np.bool_)
    is_hole[polygon_ring[:-1]] = False
    cells = np.empty(xy.shape)
    axes = ((affine.c, affine.a, shape[1]), (affine.f, affine.e, shape[0]))
    for axis, (origin, step, count) in enumerate(axes):
        place = (xy[:, axis] - origin) / step
        line = np.rint(place)
        # What four roundings of the largest coordinate can amount to.
        rounding = max(abs(origin), abs(origin + count * step)) / abs(step)
        near = np.abs(place - line) <= 4 * np.finfo(np.float64).eps * rounding
        cells[:, axis] = np.where(near, line, place)
    zone_ring = polygon_ring[zone_polygon].astype(np.int64)
    return Outlines(cells, ring_start.astype(np.int64), is_hole, zone_ring)


def _rows_of_zones(outlines: Outlines, rows: int) -> I:
    start = outlines.ring_start[outlines.zone_ring]
    if start.size == 1:
        return np.zeros((0, 2), dtype=np.int64)
    y = outlines.xy[:, 1]
    first = np.clip(np.floor(np.minimum.reduceat(y, start[:-1])), 0, rows)
    end = np.clip(np.ceil(np.maximum.reduceat(y, start[:-1])), first, rows)
    return np.column_stack([first, end]).astype(np.int64)


def _cut(outlines: Outlines, span: I, columns: int, bound: I) -> Iterator[Runs]:
    """Cut the zones, some at a time."""
    ring, total = outlines.zone_ring, _offsets(bound)[outlines.zone_ring]
    zone = 0
    while True:
        end = max(zone + 1, int(np.searchsorted(total, total[zone] + PIECES_AT_ONCE, "right")) - 1)
        end = min(end, len(span))
        some = Outlines(
            outlines.xy,
            outlines.ring_start[ring[zone] : ring[end] + 1],
            outlines.is_hole[ring[zone] : ring[end]],
            ring[zone : end + 1] - ring[zone],
        )
        most = np.diff(total[zone : end + 1]).max(initial=0)
        room = np.array([most, total[end] - total[zone]])
        yield cover_zones(some, span[zone:end], columns, room)
        zone = end
        if zone >= len(span):
            return
