"""What the numbers of coordinates say about their CRS: degrees, metres, a zone prefix, turned axes.

Gauss-Kruger eastings of China often carry the number of their zone in front of six figures. The
numbers suggest, and contradict; which CRS it is the sender says.
"""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from census.intake.crs import crs_fault
from census.intake.problems import Problem, Source

LARGEST_LATITUDE: Final = 90.0
LARGEST_LONGITUDE: Final = 360.0
# Northings and eastings of Gauss-Kruger in China (STORAGE.md, section 7).
_NORTHINGS: Final = (1.5e6, 6.5e6)
_MOST_EASTING: Final = 1_000_000
# Farther from its central meridian no transverse Mercator is used.
_MOST_FROM_MIDDLE: Final = 1_000_000
# EPSG codes of CGCS2000 / Gauss-Kruger with zone prefix: zone 13 (6 degrees), zone 25 (3 degrees).
_ZONES_6: Final = (13, 23, 4491)
_ZONES_3: Final = (25, 45, 4513)
# CGCS2000 / 3-degree Gauss-Kruger without prefix: central meridian 75 degrees east.
_FIRST_MERIDIAN: Final = (75, 4534)
_EXAMPLE_MERIDIAN: Final = 120
_TURNED: Final = ("，且东、北坐标颠倒", ", with easting and northing exchanged")


def crs_misfit(shapes: gpd.GeoSeries, here: Source, *, is_table: bool = False) -> Problem | None:
    """
    Find why most coordinates cannot be in the CRS that shapes have, or that they have none.

    Parameters
    ----------
    shapes
        Shapes with the CRS of the file, or the one declared for it.
    here
        The file or layer.
    is_table
        Whether they come from columns of a table, which ``--map`` can exchange.

    Returns
    -------
    Problem or None
        An error of the whole file, with the CRS that the numbers suggest.
    """
    middle = _middle(shapes)
    fault = crs_fault(shapes.crs, here)
    if middle is None or (fault is not None and shapes.crs is not None):
        return fault
    x, y = middle
    zh, en = _suggestion(x, y)
    if shapes.crs is None:
        return here.problem(
            "crs", "error", column="geometry", value=_shown(x, y),
            zh=f"没有坐标系；请用 --source-crs 声明，系统不作猜测{zh}",
            en=f"It has no CRS; declare it with --source-crs, it is never guessed{en}",
        )  # fmt: skip
    crs = pyproj.CRS.from_user_input(shapes.crs)
    if _is_turned(crs, x, y):
        return _turned(crs, x, y, here, is_table=is_table)
    if not _contradicts(crs, x, y):
        return None
    kind_zh, kind_en = (
        ("经纬度（度）", "one of degrees")
        if crs.is_geographic
        else ("投影坐标系", "a projected one")
    )
    return here.problem(
        "crs", "error", column="geometry", value=_shown(x, y),
        zh=f"坐标系“{crs.name}”是{kind_zh}，坐标却在 {_shown(x, y)} 附近，两者不符{zh}；"
        "请用 --source-crs 声明正确的坐标系",
        en=f"The CRS {crs.name!r} is {kind_en}, but the coordinates lie around {_shown(x, y)}: "
        f"they do not fit{en}; declare the right one with --source-crs",
    )  # fmt: skip


def _middle(shapes: gpd.GeoSeries) -> tuple[float, float] | None:
    boxes = shapely.bounds(shapes.to_numpy())
    boxes = boxes[np.isfinite(boxes).all(axis=1)] if len(boxes) else boxes
    if not len(boxes):
        return None
    west, south, east, north = np.median(boxes, axis=0)
    return float(west + east) / 2, float(south + north) / 2


def _shown(x: float, y: float) -> str:
    return f"x {x:,.6g}, y {y:,.6g}" if max(abs(x), abs(y)) < 1e4 else f"x {x:,.0f}, y {y:,.0f}"  # noqa: PLR2004  (degrees show decimals)


def _is_degrees(x: float, y: float) -> bool:
    return abs(x) <= LARGEST_LONGITUDE and abs(y) <= LARGEST_LATITUDE


def _is_northing(number: float) -> bool:
    return _NORTHINGS[0] <= number <= _NORTHINGS[1]


def _zone(x: float) -> tuple[int, int, int] | None:
    """Tell zone, its width in degrees and EPSG code of an easting with prefix."""
    zone = int(x // 1_000_000)
    for width, (first, last, code) in ((6, _ZONES_6), (3, _ZONES_3)):
        if first <= zone <= last:
            return zone, width, code + zone - first
    return None


def _suggestion(x: float, y: float) -> tuple[str, str]:
    """Say what the numbers look like, as the end of a sentence."""
    if _is_degrees(x, y):
        return (
            "；数值像经纬度：CGCS2000 为 EPSG:4490，WGS 84 为 EPSG:4326",
            "; the numbers look like degrees: EPSG:4490 for CGCS2000, EPSG:4326 for WGS 84",
        )
    turned = _is_northing(x) and (0 < y < _MOST_EASTING or _zone(y) is not None)
    east = y if turned else x
    zone = _zone(east)
    order_zh, order_en = _TURNED if turned else ("", "")
    if zone is not None and (turned or _is_northing(y)):
        number, width, code = zone
        meridian = number * 3 if width == 3 else number * 6 - 3  # noqa: PLR2004  (degrees)
        zh = f"带号 {number} 的 {width} 度带高斯坐标（中央经线 {meridian}°）{order_zh}"
        en = f"{width}-degree zone {number} (central meridian {meridian} E) in front{order_en}"
        return (
            f"；数值像{zh}：CGCS2000 为 EPSG:{code}",
            f"; the numbers look like Gauss-Kruger with {en}: EPSG:{code} for CGCS2000",
        )
    if turned or (0 < x < _MOST_EASTING and _is_northing(y)):
        first, code = _FIRST_MERIDIAN
        code += (_EXAMPLE_MERIDIAN - first) // 3
        zh = f"不带带号的高斯坐标{order_zh}：请向交付方问明中央经线，CGCS2000 三度带"
        en = f"without a zone{order_en}: ask for the central meridian; CGCS2000 with 3-degree zones"
        return (
            f"；数值像{zh}中央经线 {_EXAMPLE_MERIDIAN}° 为 EPSG:{code}",
            f"; the numbers look like Gauss-Kruger {en} and {_EXAMPLE_MERIDIAN} E is EPSG:{code}",
        )
    return "", ""


def _middle_of(crs: pyproj.CRS) -> tuple[float, float] | None:
    """Give false easting and northing of a transverse Mercator in metres."""
    plane = crs.sub_crs_list[0] if crs.is_compound else crs
    operation: Any = plane.coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return None
    numbers = {each.name: float(each.value) for each in operation.params}
    return numbers.get("False easting", 0.0), numbers.get("False northing", 0.0)


def _contradicts(crs: pyproj.CRS, x: float, y: float) -> bool:
    if crs.is_geographic:
        return not _is_degrees(x, y)
    middle = _middle_of(crs)
    if middle is None:
        return False
    return abs(x - middle[0]) > _MOST_FROM_MIDDLE or (_is_degrees(x, y) and middle[0] > 0)


def _is_turned(crs: pyproj.CRS, x: float, y: float) -> bool:
    if crs.is_geographic:
        return abs(x) <= LARGEST_LATITUDE < abs(y) <= LARGEST_LONGITUDE / 2
    middle = _middle_of(crs)
    if middle is None or middle[1] > 0:
        return False
    return (
        _is_northing(x)
        and abs(x - middle[0]) > _MOST_FROM_MIDDLE
        and abs(y - middle[0]) <= _MOST_FROM_MIDDLE
    )


def _turned(crs: pyproj.CRS, x: float, y: float, here: Source, *, is_table: bool) -> Problem:
    way_zh, way_en = "请交换后重新交付", "exchange them and deliver again"
    if is_table:
        way_zh = (
            "如确实颠倒，请用 --map 列名=latitude 和 --map 列名=longitude 指明，或改正后重新交付"
        )
        way_en = (
            "where they are, say so with --map COLUMN=latitude and --map COLUMN=longitude, or mend "
            "the table"
        )
    return here.problem(
        "crs", "error", column="geometry", value=_shown(x, y),
        zh=f"坐标轴颠倒：按“{crs.name}”坐标在 {_shown(x, y)} 附近，经度与纬度（或东、北坐标）"
        f"互换后才合理；{way_zh}",
        en=f"The axes are swapped, it seems: in {crs.name!r} the coordinates lie around "
        f"{_shown(x, y)}, and only with longitude and latitude (or easting and northing) exchanged "
        f"do they make sense; {way_en}",
    )  # fmt: skip
