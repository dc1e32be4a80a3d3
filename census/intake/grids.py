"""Check a delivered raster and rewrite it as a cloud-optimised GeoTIFF."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.warp import transform_bounds

from census.intake.context import Context
from census.intake.fields import Form
from census.intake.problems import Problem, Source

# Little-endian and big-endian TIFF and BigTIFF.
_FIRST_BYTES = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


# A raster is read whole: about a gigabyte. A district of 60 km by 60 km has as many cells at 6 m.
LARGEST_CELLS = 100_000_000


@dataclass(frozen=True)
class Grid:
    """
    A raster that passed its checks.

    Attributes
    ----------
    file
        Bytes of a cloud-optimised GeoTIFF, no-data declared.
    cells
        Cells with a value.
    """

    file: bytes
    cells: int


def check_grid(
    path: Path, form: Form, context: Context, *, source_crs: str | None
) -> tuple[Grid | None, list[Problem]]:
    """
    Check a raster; only the GeoTIFF driver ever opens it.

    Parameters
    ----------
    path
        The file.
    form
        A raster form.
    context
        The district.
    source_crs
        CRS declared by the sender, wins over the file's own.

    Returns
    -------
    grid : Grid or None
        None where the file is refused.
    problems : list of Problem
        Every fault and remark.
    """
    here = Source(path.name)
    with path.open("rb") as stream:
        if not stream.read(4).startswith(_FIRST_BYTES):
            fault = here.problem(
                "file_kind", "error", zh="不是 GeoTIFF 文件", en="It is no GeoTIFF file"
            )
            return None, [fault]
    try:
        # driver: another one could be told by the file to read other files of this machine.
        with rasterio.open(path, driver="GTiff") as raster:
            crs = rasterio.crs.CRS.from_user_input(source_crs) if source_crs else raster.crs
            problems = _size_faults(raster, here) or _place_faults(raster, crs, here, context)
            if any(problem.rule == "size" for problem in problems):
                return None, problems
            cells = raster.read(1, masked=True).astype("float32")
            problems += _value_faults(cells, raster.nodata, form, here)
            if any(problem.level == "error" for problem in problems):
                return None, problems
            return Grid(_cloud_optimised(raster, cells, crs), int(cells.count())), problems
    except RasterioError as fault:
        zh = f"不能按 GeoTIFF 读取（{fault}）"
        en = f"It cannot be read as a GeoTIFF ({fault})"
        return None, [here.problem("readable", "error", zh=zh, en=en)]


def _size_faults(raster: Any, here: Source) -> list[Problem]:
    cells = raster.width * raster.height
    if cells <= LARGEST_CELLS:
        return []
    return [
        here.problem(
            "size", "error", value=cells,
            zh=f"有 {cells:,} 个像元，超过 {LARGEST_CELLS:,}；请裁剪到本区或降低分辨率",
            en=f"It has {cells:,} cells, more than {LARGEST_CELLS:,}; clip it to the district or "
            "make its cells larger",
        )
    ]  # fmt: skip


def _place_faults(raster: Any, crs: Any, here: Source, context: Context) -> list[Problem]:
    if crs is None:
        return [
            here.problem(
                "crs",
                "error",
                zh="没有坐标系；请用 --source-crs 声明，系统不作猜测",
                en="It has no CRS; declare it with --source-crs, it is never guessed",
            )
        ]
    problems = []
    if raster.count != 1:
        problems.append(
            here.problem(
                "bands", "error", value=raster.count,
                zh=f"有 {raster.count} 个波段，应为 1 个", en=f"It has {raster.count} bands, not 1",
            )
        )  # fmt: skip
    assert context.bounds is not None  # noqa: S101  (rasters need divisions)
    covered = shapely.box(*transform_bounds(crs, f"EPSG:{context.srid}", *raster.bounds))
    share = _covered_share(covered, context)
    if share == 0:
        problems.append(
            here.problem(
                "district", "error",
                zh="与本区不相交：坐标系不对，或是别区的文件",
                en="It does not meet the district: wrong CRS, or of another district",
            )
        )  # fmt: skip
    elif share < 1 - 1e-9:
        problems.append(
            here.problem(
                "district", "warning", value=f"{share:.1%}",
                zh=f"只覆盖各村面积的 {share:.1%}", en=f"It covers {share:.1%} of the villages",
            )
        )  # fmt: skip
    return problems


def _covered_share(covered: Any, context: Context) -> float:
    villages = context.villages.geometry.to_numpy()
    if not len(villages):
        villages = context.divisions.geometry.to_numpy()
    inside = shapely.area(shapely.intersection(villages, covered)).sum()
    return float(inside / shapely.area(villages).sum())


def _value_faults(
    cells: "np.ma.MaskedArray[Any, Any]", nodata: float | None, form: Form, here: Source
) -> list[Problem]:
    assert form.raster is not None  # noqa: S101  (a raster form)
    problems = []
    if nodata is None:
        problems.append(
            here.problem(
                "no_data", "warning",
                zh="没有声明无数据值，所有像元按有值计",
                en="No no-data value is declared; every cell counts as known",
            )
        )  # fmt: skip
    known = cells.compressed()
    if not known.size:
        return [
            *problems,
            here.problem("empty_file", "error", zh="没有有值的像元", en="No cell has a value"),
        ]
    low, high = form.raster.minimum, form.raster.maximum
    wrong = ~np.isfinite(known) | (known < low) | (known > high)
    if wrong.any():
        worst = known[wrong][0]
        unit = form.raster.unit
        problems.append(
            here.problem(
                "range", "error", value=worst,
                zh=f"{wrong.sum()} 个像元超出 {low:g} 至 {high:g} {unit}，如 {worst:g}",
                en=f"{wrong.sum()} cells lie outside {low:g} to {high:g} {unit}, such as {worst:g}",
            )
        )  # fmt: skip
    return problems


def _cloud_optimised(raster: Any, cells: "np.ma.MaskedArray[Any, Any]", crs: Any) -> bytes:
    nodata = -9999.0 if raster.nodata is None else float(raster.nodata)
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": nodata, "crs": crs,
        "width": raster.width, "height": raster.height, "transform": raster.transform,
    }  # fmt: skip
    with MemoryFile() as plain, MemoryFile() as optimised:
        with plain.open(**profile) as target:
            target.write(cells.filled(nodata), 1)
        copy_raster(plain.name, optimised.name, driver="COG", compress="DEFLATE")
        return bytes(optimised.read())
