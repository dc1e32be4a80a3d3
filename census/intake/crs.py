"""Which coordinate reference systems a delivery may be in: those that tell a place on a map."""

from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from census.intake.problems import Problem, Source


def crs_fault(crs: Any, here: Source) -> Problem | None:
    """
    Find why a CRS cannot place a delivery in the district.

    Parameters
    ----------
    crs
        What the sender declared or the file tells; None where neither does.
    here
        The file or layer.

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
    try:
        known = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return here.problem(
            "crs",
            "error",
            column="geometry",
            value=crs,
            zh=f"不认识坐标系“{crs}”；请写作 EPSG:4490 之类（尚不支持 GCJ02、BD09）",
            en=f"The CRS {crs!r} is not known; write it like EPSG:4490 (GCJ02 and BD09 are "
            "not supported yet)",
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


_KINDS_ZH = {
    "Vertical CRS": "高程坐标系",
    "Geocentric CRS": "地心坐标系",
    "Engineering CRS": "工程独立坐标系",
    "Temporal CRS": "时间坐标系",
}
