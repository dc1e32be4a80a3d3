"""Which coordinate reference systems a delivery may be in: those that tell a place on a map."""

from collections.abc import Callable
from typing import Any, Final

import geopandas as gpd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from census.intake.problems import Problem, Source
from geo.shifted import F, from_bd09, from_gcj02

# Systems of Chinese web maps, which no register has: declared by name, undone while reading.
SHIFTED: Final = {"GCJ02": from_gcj02, "BD09": from_bd09}
UNSHIFTED: Final = 4326


def shift_of(crs: Any) -> Callable[[F], F] | None:
    """
    Return what undoes the shift of a declared system of Chinese web maps.

    Parameters
    ----------
    crs
        What the sender declared, such as ``"GCJ02"`` or ``"BD-09"``.

    Returns
    -------
    callable or None
        Longitudes and latitudes in, those of WGS 84 out; None for any other CRS.
    """
    return SHIFTED.get(crs.upper().replace("-", "").strip()) if isinstance(crs, str) else None


def placed(shapes: gpd.GeoSeries, crs: Any) -> gpd.GeoSeries:
    """
    Give shapes the CRS that was declared for them; what is shifted comes where it is.

    Parameters
    ----------
    shapes
        Shapes as delivered.
    crs
        A CRS as pyproj reads it, or ``GCJ02`` or ``BD09``.

    Returns
    -------
    geopandas.GeoSeries
        The shapes in a CRS of a register.
    """
    undo = shift_of(crs)
    if undo is None:
        return shapes.set_crs(crs, allow_override=True)
    return gpd.GeoSeries(
        shapely.transform(shapes.to_numpy(), undo), index=shapes.index, crs=UNSHIFTED
    )


def crs_fault(crs: Any, here: Source, *, is_raster: bool = False) -> Problem | None:
    """
    Find why a CRS cannot place a delivery in the district.

    Parameters
    ----------
    crs
        What the sender declared or the file tells; None where neither does.
    here
        The file or layer.
    is_raster
        Whether its cells would have to be moved one by one.

    Returns
    -------
    Problem or None
        An error where it is missing, unknown, or neither geographic nor projected (heights alone,
        geocentric axes, a local site grid).
    """
    if crs is None:
        return here.problem(
            "crs",
            "error",
            column="geometry",
            zh="没有坐标系；请用 --source-crs 声明，系统不作猜测",
            en="It has no CRS; declare it with --source-crs, it is never guessed",
        )
    if shift_of(crs) is not None:
        return _shifted_raster(crs, here) if is_raster else None
    try:
        known = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return here.problem(
            "crs",
            "error",
            column="geometry",
            value=crs,
            zh=f"不认识坐标系“{crs}”；请写作 EPSG:4490 之类，或 GCJ02、BD09",
            en=f"The CRS {crs!r} is not known; write it like EPSG:4490, or GCJ02 or BD09",
        )
    plane = known.sub_crs_list[0] if known.is_compound else known
    if plane.is_geographic or plane.is_projected:
        return None
    return here.problem(
        "crs",
        "error",
        column="geometry",
        value=crs if isinstance(crs, str) else known.name,
        zh=f"坐标系“{known.name}”是{_KINDS_ZH.get(plane.type_name, plane.type_name)}，"
        "不能定平面位置；请声明经纬度或投影坐标系，如 EPSG:4490、EPSG:4549",
        en=f"The CRS {known.name!r} is of the kind {plane.type_name}, which tells no place on "
        "the map; declare a geographic or projected one, such as EPSG:4490 or EPSG:4549",
    )


def _shifted_raster(crs: str, here: Source) -> Problem:
    return here.problem(
        "crs",
        "error",
        column="geometry",
        value=crs,
        zh=f"栅格不能从 {crs} 换算：其偏移处处不同；请提供方按 CGCS2000 或 WGS 84 重新导出",
        en=f"A raster cannot be converted from {crs}, whose shift differs from cell to cell; have "
        "it exported in CGCS2000 or WGS 84",
    )


_KINDS_ZH = {
    "Vertical CRS": "高程坐标系",
    "Geocentric CRS": "地心坐标系",
    "Engineering CRS": "工程独立坐标系",
    "Temporal CRS": "时间坐标系",
}
