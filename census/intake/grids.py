"""Check a delivered raster and rewrite it as a cloud-optimised GeoTIFF."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError
from rasterio.crs import CRS
from rasterio.errors import CRSError as RasterioCRSError
from rasterio.features import geometry_mask
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster

from census.intake.context import Context
from census.intake.crs import crs_fault
from census.intake.fields import Form
from census.intake.problems import Problem, Source, has_errors
from census.intake.raw import UnreadableError
from census.intake.raw_grids import Cells, GridOpener, RawGrid, open_grid_here


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
    path: Path,
    form: Form,
    context: Context,
    *,
    source_crs: str | None,
    opener: GridOpener = open_grid_here,
) -> tuple[Grid | None, list[Problem]]:
    """
    Check a raster; only the driver of its kind ever opens it.

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
    opener
        What opens the file: this process, or a child of it.

    Returns
    -------
    grid : Grid or None
        None where the file is refused.
    problems : list of Problem
        Every fault and remark.
    """
    here = Source(path.name)
    try:
        raster, problems = opener(path)
    except UnreadableError as fault:
        return None, [fault.problem(here)]
    if raster is None:
        return None, problems
    told = source_crs or raster.crs
    try:
        crs = CRS.from_user_input(told) if told else None
    except RasterioCRSError:
        crs = told  # its sentence is that of crs_fault
    problems += _place_faults(raster, crs, here, context)
    cells = _unscaled(raster, here, problems)
    problems += _value_faults(cells, raster.nodata, form, here)
    if has_errors(problems):
        return None, problems
    problems += _unknown_cells(raster, cells, crs, here, context)
    return Grid(_cloud_optimised(raster, cells, crs), int(cells.count())), problems


def _place_faults(raster: RawGrid, crs: Any, here: Source, context: Context) -> list[Problem]:
    problems = []
    if raster.count != 1:
        problems.append(
            here.problem(
                "bands", "error", value=raster.count,
                zh=f"有 {raster.count} 个波段，应为 1 个", en=f"It has {raster.count} bands, not 1",
            )
        )  # fmt: skip
    if raster.transform.is_identity or raster.transform.b or raster.transform.d:
        problems.append(
            here.problem(
                "place", "error",
                zh="文件里没有位置，或栅格是旋转的；旁置的坐标文件（.tfw）不读，请导出为带位置、"
                "正北向上的 GeoTIFF",
                en="It tells no place, or is turned; a world file beside it is not read: export it "
                "as a GeoTIFF with its place, north up",
            )
        )  # fmt: skip
    fault = crs_fault(crs, here)
    if fault is not None:
        problems.append(fault)
    return problems or _district_faults(raster, crs, here, context)


def _district_faults(raster: RawGrid, crs: Any, here: Source, context: Context) -> list[Problem]:
    try:
        to_district = pyproj.Transformer.from_crs(crs, context.srid, always_xy=True)
        bounds = to_district.transform_bounds(*raster.bounds)
    except ProjError:
        bounds = (np.inf,) * 4
    share = _covered_share(shapely.box(*bounds), context) if np.isfinite(bounds).all() else 0.0
    if share == 0:
        return [
            here.problem(
                "district", "error",
                zh="与本区不相交：坐标系不对，或是别区的文件",
                en="It does not meet the district: wrong CRS, or of another district",
            )
        ]  # fmt: skip
    if share < 1 - 1e-9:
        return [
            here.problem(
                "district", "warning", value=f"{share:.1%}",
                zh=f"只覆盖各村面积的 {share:.1%}", en=f"It covers {share:.1%} of the villages",
            )
        ]  # fmt: skip
    return []


def _unscaled(raster: RawGrid, here: Source, problems: list[Problem]) -> Cells:
    """Read cells stored as whole numbers of a smaller unit, such as centimetres."""
    cells, scale, offset = raster.cells, raster.scale, raster.offset
    if (scale, offset) == (1.0, 0.0):
        return np.ma.asarray(cells, dtype="float32")
    problems.append(
        here.problem(
            "scale", "repair", value=f"{scale:g}, {offset:g}",
            zh=f"像元按文件所记的比例换算：值 × {scale:g} + {offset:g}",
            en=f"Cells are converted as the file says: value x {scale:g} + {offset:g}",
        )
    )  # fmt: skip
    return np.ma.asarray(cells.astype("float64") * scale + offset, dtype="float32")


def _unknown_cells(
    raster: RawGrid, cells: Cells, crs: Any, here: Source, context: Context
) -> list[Problem]:
    """Tell how many cells of the villages are unknown: they are no zeros."""
    villages = context.villages.geometry.to_crs(crs)
    if villages.empty:
        return []
    inside = geometry_mask(villages, cells.shape, raster.transform, invert=True)
    unknown = int((inside & np.ma.getmaskarray(cells)).sum())
    if not unknown:
        return []
    share = unknown / inside.sum()
    return [
        here.problem(
            "no_data", "warning", value=unknown,
            zh=f"各村范围内有 {unknown:,} 个像元无数据（{share:.1%}），按未知计，不作零",
            en=f"{unknown:,} cells inside the villages ({share:.1%}) have no data: unknown, not "
            "zero",
        )
    ]  # fmt: skip


def _covered_share(covered: Any, context: Context) -> float:
    villages = context.villages.geometry.to_numpy()
    if not len(villages):
        villages = context.divisions.geometry.to_numpy()
    inside = shapely.area(shapely.intersection(villages, covered)).sum()
    return float(inside / shapely.area(villages).sum())


def _value_faults(cells: Cells, nodata: float | None, form: Form, here: Source) -> list[Problem]:
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


def _cloud_optimised(raster: RawGrid, cells: Cells, crs: Any) -> bytes:
    nodata = -9999.0 if raster.nodata is None else float(np.float32(raster.nodata))
    if np.isinf(nodata):
        nodata = -9999.0
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": nodata, "crs": crs,
        "width": raster.width, "height": raster.height, "transform": raster.transform,
    }  # fmt: skip
    with MemoryFile() as plain, MemoryFile() as optimised:
        with plain.open(**profile) as target:
            target.write(cells.filled(nodata), 1)
            if raster.datum:
                target.update_tags(datum=raster.datum)
        copy_raster(plain.name, optimised.name, driver="COG", compress="DEFLATE")
        return bytes(optimised.read())
