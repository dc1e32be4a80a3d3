"""The cells of a raster and what its head tells, before anything is held against a place."""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import array_bounds

from census.intake.ascii_grids import grid_fault, told_beside
from census.intake.kinds import kind_of
from census.intake.problems import Problem, Source
from census.intake.raw import UnreadableError

# A raster is read whole. A district of 60 km by 60 km has as many cells of four bytes at 6 m.
MOST_BYTES: Final = 400_000_000

# Tags of a GeoTIFF in which its vertical datum is found.
DATUM_TAGS: Final = ("datum", "vertical_datum", "高程基准")
_LONGEST_DATUM: Final = 80

Cells = np.ma.MaskedArray[Any, Any]


@dataclass(frozen=True)
class RawGrid:
    """
    A raster as it stands in the file.

    Attributes
    ----------
    cells
        Its first band, masked where the file says that there is no value.
    count
        Number of its bands.
    crs
        CRS that the file tells, as text; None where it tells none.
    transform
        From column and row to coordinates.
    nodata
        The value that stands for none; None where the file declares none.
    scale, offset
        What a cell is multiplied by, and what is added then.
    datum
        Vertical datum that the file names; empty where it names none.
    """

    cells: Cells
    count: int
    crs: str | None
    transform: Affine
    nodata: float | None
    scale: float
    offset: float
    datum: str = ""

    @property
    def height(self) -> int:
        """
        Count the rows.

        Returns
        -------
        int
            Rows.
        """
        return int(self.cells.shape[0])

    @property
    def width(self) -> int:
        """
        Count the columns.

        Returns
        -------
        int
            Columns.
        """
        return int(self.cells.shape[1])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """
        Bound the raster.

        Returns
        -------
        tuple of float
            West, south, east, north in its CRS.
        """
        west, south, east, north = array_bounds(self.height, self.width, self.transform)
        return west, south, east, north


GridOpener = Callable[[Path], tuple[RawGrid | None, list[Problem]]]


def open_grid_here(
    path: Path, *, grant: Callable[[int], None] | None = None
) -> tuple[RawGrid | None, list[Problem]]:
    """
    Read a raster in this process; only the driver of its kind ever opens it.

    Parameters
    ----------
    path
        The file.
    grant
        Called with the bytes of the cells once the head is accepted, before they are read.

    Returns
    -------
    grid : RawGrid or None
        None where the head tells of cells that are not read.
    problems : list of Problem
        Why.

    Raises
    ------
    UnreadableError
        When it is not what its name says.
    """
    kind = kind_of(path)
    assert kind is not None  # noqa: S101  (reading held the file against its kind)
    here = Source(path.name)
    fault = grid_fault(path, here) if kind.suffix == ".asc" else None
    if fault is not None:
        return None, [fault]
    try:
        # driver: another one could be told by the file to read other files of this machine.
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
            rasterio.open(path, driver=kind.drivers[0]) as raster,
        ):
            fault = _cells_fault(raster, here)
            if fault is not None:
                return None, [fault]
            if grant is not None:
                grant(raster.width * raster.height * np.dtype(raster.dtypes[0]).itemsize)
            return RawGrid(
                cells=raster.read(1, masked=True),
                count=raster.count,
                crs=raster.crs.to_wkt() if raster.crs else told_beside(path),
                transform=raster.transform,
                nodata=raster.nodata,
                scale=raster.scales[0],
                offset=raster.offsets[0],
                datum=_named_datum(raster.tags()),
            ), []
    except RasterioError as unread:
        raise UnreadableError(kind.name, str(unread), str(unread)) from unread


def _named_datum(tags: Mapping[str, str]) -> str:
    """Read the tag that names the vertical datum; what is no short line of text names none."""
    named = {key.casefold(): value.strip() for key, value in tags.items()}
    found = next((named[key] for key in DATUM_TAGS if named.get(key)), "")
    return found if len(found) <= _LONGEST_DATUM and found.isprintable() else ""


def _cells_fault(raster: Any, here: Source) -> Problem | None:
    """Find what keeps the cells from being read at all; the header alone is asked."""
    kind = np.dtype(raster.dtypes[0])
    if kind.kind not in "iuf":
        return here.problem(
            "cells", "error", value=kind.name,
            zh=f"像元是 {kind.name} 类型（复数或其他），应为整数或浮点数；请转换后交付",
            en=f"Its cells are of type {kind.name}, neither whole numbers nor decimals; convert "
            "them and deliver again",
        )  # fmt: skip
    blocks = max(height * width for height, width in raster.block_shapes)
    cells = max(raster.width * raster.height, blocks)
    if cells * kind.itemsize <= MOST_BYTES:
        return None
    most = MOST_BYTES // kind.itemsize
    return here.problem(
        "size", "error", value=cells,
        zh=f"有 {cells:,} 个像元，超过 {most:,}；请裁剪到本区或降低分辨率",
        en=f"It has {cells:,} cells, more than {most:,}; clip it to the district or make its "
        "cells larger",
    )  # fmt: skip


def write_grid(folder: Path, grid: RawGrid) -> dict[str, Any]:
    """
    Write a raw grid to a folder, for :func:`read_grid`.

    Parameters
    ----------
    folder
        Folder to write to.
    grid
        The grid.

    Returns
    -------
    dict
        What is no array, as plain values.
    """
    np.save(folder / "cells.npy", grid.cells.data, allow_pickle=False)
    np.save(folder / "mask.npy", np.ma.getmaskarray(grid.cells), allow_pickle=False)
    return {
        "count": grid.count,
        "crs": grid.crs,
        "transform": list(grid.transform)[:6],
        "nodata": None if grid.nodata is None else repr(float(grid.nodata)),
        "scale": repr(float(grid.scale)),
        "offset": repr(float(grid.offset)),
        "datum": grid.datum,
    }


def read_grid(cells: NDArray[Any], mask: NDArray[Any], facts: dict[str, Any]) -> RawGrid:
    """
    Put a raw grid together from what :func:`write_grid` wrote.

    Parameters
    ----------
    cells, mask
        The arrays.
    facts
        What is no array.

    Returns
    -------
    RawGrid
        The grid.

    Raises
    ------
    ValueError
        When the parts do not fit each other.
    """
    if cells.ndim != 2 or cells.shape != mask.shape or mask.dtype != bool:  # noqa: PLR2004  (rows and columns)
        raise ValueError(json.dumps([cells.shape, mask.shape]))
    nodata = facts["nodata"]
    return RawGrid(
        cells=np.ma.MaskedArray(cells, mask),
        count=int(facts["count"]),
        crs=facts["crs"],
        transform=Affine(*facts["transform"]),
        nodata=None if nodata is None else float(nodata),
        scale=float(facts["scale"]),
        offset=float(facts["offset"]),
        datum=_named_datum({"datum": str(facts["datum"])}),
    )
