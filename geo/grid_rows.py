"""Hand out the rows of a grid some at a time, from an array or from a file larger than memory."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from geo.coverage import north_up
from geo.crs import require_same_crs
from geo.errors import GridError
from geo.zone_sums import Block

# Cells of a block: 16 MB of float32, and few blocks are at hand at once.
BLOCK_CELLS = 4_000_000
# Blocks of a file that are unpacked at once, while the one before them is added up.
READERS = 2

Frame = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """
    A grid to be read by rows.

    Attributes
    ----------
    transform
        Grid to CRS, x before y, north up.
    shape
        Rows, columns.
    source
        The array, or the opened raster.
    """

    transform: Affine
    shape: tuple[int, int]
    source: Any

    def blocks(self, frame: Frame) -> Iterator[Block]:
        """
        Read part of the grid.

        Parameters
        ----------
        frame
            First row, end of the rows, first column, end of the columns.

        Returns
        -------
        iterator of Block
            Blocks of rows from north to south, which may be wider and taller than asked for.
        """
        if isinstance(self.source, np.ndarray):
            return _array_blocks(self.source, frame)
        return _file_blocks(self.source, frame)


@contextmanager
def open_grid(
    values: ArrayLike | str | Path, transform: Any, zones: gpd.GeoDataFrame, *, crs: Any = None
) -> Iterator[Grid]:
    """
    Open an array or a file for reading by rows.

    Parameters
    ----------
    values
        Grid of shape ``(rows, columns)``, or the path of a single-band raster.
    transform
        Affine transform of an array; unused for a path.
    zones
        Layer whose CRS must be the grid's.
    crs
        CRS of an array, where it is known; a path carries its own.

    Yields
    ------
    Grid
        The grid; a file is open as long as the context.

    Raises
    ------
    CRSError
        If the zones' CRS is not that of the grid; a file and zones that both have none agree.
    GridError
        If an array is not two-dimensional, its transform is rotated, or the file has several bands.
    """
    if isinstance(values, str | Path):
        with rasterio.open(values) as raster:
            name = Path(values).name
            if raster.crs is not None or zones.crs is not None:
                require_same_crs(raster.crs, zones, names=(name, "zones"))
            if raster.count != 1:
                raise GridError(
                    f"{name} has {raster.count} bands; one is needed. Extract the band.",
                    f"{name} 有 {raster.count} 个波段；只能有一个。请先提取所需波段。",
                )
            yield Grid(transform=north_up(raster.transform), shape=raster.shape, source=raster)
        return
    if crs is not None:
        require_same_crs(crs, zones, names=("grid", "zones"))
    cells = as_cells(values)
    yield Grid(transform=north_up(transform), shape=cells.shape, source=cells)


def as_cells(values: ArrayLike) -> NDArray[Any]:
    """
    Take anything that numpy takes as the cells of a grid.

    Parameters
    ----------
    values
        Numbers in rows and columns; a masked array keeps its mask.

    Returns
    -------
    ndarray
        The same cells, shape ``(rows, columns)``, not copied where they are an array.

    Raises
    ------
    GridError
        If the array is not two-dimensional.
    """
    cells = np.asanyarray(values)
    if cells.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise GridError(
            f"The grid has {cells.ndim} dimensions; rows and columns are needed.",
            f"栅格数组有 {cells.ndim} 维；需要行、列两维。",
        )
    return cells


def _array_blocks(cells: NDArray[Any], frame: Frame) -> Iterator[Block]:
    first, end, _, _ = frame
    masked = isinstance(cells, np.ma.MaskedArray)
    plain = cells.dtype in (np.float32, np.float64) and cells.flags.c_contiguous and not masked
    step = max(1, end - first if plain else BLOCK_CELLS // max(1, cells.shape[1]))
    for top in range(first, end, step):
        part = cells[top : min(top + step, end)]
        yield Block(top, 0, np.asarray(part) if plain else _as_floats(part), np.nan)


def _as_floats(part: NDArray[Any]) -> NDArray[np.float64]:
    floats = np.ma.filled(part.astype(np.float64), np.nan)
    return np.ascontiguousarray(floats)


# Unpacking is most of what a file costs, so threads read ahead of the sums; blocks come in order.
def _file_blocks(raster: Any, frame: Frame) -> Iterator[Block]:
    first, end, left, right = frame
    # Whole tiles of the file: none is unpacked twice.
    tall = raster.block_shapes[0][0]
    step = max(1, BLOCK_CELLS // max(1, right - left) // tall) * tall
    windows = [
        Window(left, top, right - left, min(step, end - top))
        for top in range(first // tall * tall, end, step)
    ]
    if len(windows) <= 1:
        for window in windows:
            yield _file_block(raster, window)
        return
    reading: deque[Future[Block]] = deque()
    pool = ThreadPoolExecutor(READERS)
    try:
        for window in windows:
            reading.append(pool.submit(_opened_block, raster.name, window))
            if len(reading) > READERS:
                yield reading.popleft().result()
        while reading:
            yield reading.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


# An opened raster serves one thread, and keeps what it has unpacked until it is closed.
def _opened_block(name: str, window: Window) -> Block:
    with rasterio.open(name) as raster:
        return _file_block(raster, window)


def _file_block(raster: Any, window: Window) -> Block:
    flags = raster.mask_flag_enums[0]
    scale, offset = raster.scales[0], raster.offsets[0]
    scaled = (scale, offset) != (1.0, 0.0)
    masked = scaled or flags not in ([MaskFlags.all_valid], [MaskFlags.nodata])
    floats = raster.dtypes[0] in ("float32", "float64")
    marked = flags == [MaskFlags.nodata] and not masked
    nodata = float(np.array(raster.nodata, raster.dtypes[0])) if marked else np.nan
    part = raster.read(1, window=window, masked=masked)
    if scaled:
        part = part.astype(np.float64) * scale + offset
    values = part if floats and not masked else _as_floats(part)
    return Block(window.row_off, window.col_off, values, nodata)
