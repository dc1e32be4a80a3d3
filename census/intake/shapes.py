"""Check the shapes of a delivery: CRS, axes, place, kind, validity, repetition."""

from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from census.intake.context import Context
from census.intake.parsing import read_number
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery
from census.intake.values import source

GEOMETRY = "geometry"
# A repair that changes more than this share of the area is refused (STORAGE.md, section 7).
AREA_CHANGE_LIMIT = 0.01
# Features this many district widths outside its bounds are refused.
MARGIN_SHARE = 0.5
# Fewer than this share inside the district means a wrong CRS, not stray rows.
LEAST_INSIDE_SHARE = 0.5
# About 0.1 m: projecting there and back moves a coordinate less.
ROUNDING_DEGREES = 1e-6
LARGEST_LATITUDE = 90.0
LARGEST_LONGITUDE = 180.0

_KINDS = {
    "point": (0, 4),
    "line": (1, 5),
    "polygon": (3, 6),
    "any": (0, 1, 3, 4, 5, 6),
}
_KIND_WORDS = {"point": "点", "line": "线", "polygon": "面", "any": "点、线、面"}
_SWAPPED = (
    "坐标轴颠倒：经度与纬度互换后才落在区内；请交换后重新交付",
    "The axes are swapped: only with longitude and latitude exchanged does it fall into the "  # noqa: ISC004  (one sentence)
    "district; exchange them and deliver again",
)
_ELSEWHERE = (
    "要素大多不在本区：坐标系不对，或是别区的文件；请用 --source-crs 声明坐标系",
    "Most features are not in the district: the CRS is wrong, or the file is of another "  # noqa: ISC004  (one sentence)
    "district; declare the CRS with --source-crs",
)


def check_shapes(delivery: Delivery, context: Context) -> tuple[gpd.GeoSeries, list[Problem]]:
    """
    Bring the shapes of a delivery to the district's geographic CRS and check them.

    Invalid polygons are repaired by make_valid (structure method) and noted with the change of
    their area; a change above 1 % refuses the row. Swapped axes and a wrong CRS refuse the file.

    Parameters
    ----------
    delivery
        A layer, or a table with columns ``longitude`` and ``latitude``.
    context
        The district.

    Returns
    -------
    shapes : geopandas.GeoSeries
        One per row, CRS ``context.srid``; None where refused.
    problems : list of Problem
        Faults and repairs; an error without a row refuses the whole file.
    """
    problems: list[Problem] = []
    shapes = _in_district_crs(delivery, context, problems)
    if shapes is None:
        return gpd.GeoSeries([None] * len(delivery.frame), crs=context.srid), problems
    array: NDArray[Any] = shapes.to_numpy().copy()
    if shapely.has_z(array).any() or shapely.has_m(array).any():
        problems.append(
            _whole(delivery).problem(
                "plane", "warning", column=GEOMETRY,
                zh="带有高程或测量值，只保留平面坐标",
                en="It carries heights or measures; only plane coordinates are kept",
            )
        )  # fmt: skip
        array = shapely.force_2d(array)
    _check_present(delivery, array, problems)
    _check_place(delivery, array, context, problems)
    if not any(problem.row is None and problem.level == "error" for problem in problems):
        _check_kind(delivery, array, problems)
        _check_valid(delivery, array, problems)
        _check_repeated(delivery, array, problems)
    return gpd.GeoSeries(array, crs=context.srid), problems


def _whole(delivery: Delivery) -> Source:
    sheet = delivery.frame["sheet"].iloc[0] if len(delivery.frame) else ""
    return Source(delivery.path.name, str(sheet))


def _in_district_crs(
    delivery: Delivery, context: Context, problems: list[Problem]
) -> gpd.GeoSeries | None:
    crs = pyproj.CRS.from_user_input(delivery.source_crs or context.srid)
    if isinstance(delivery.frame, gpd.GeoDataFrame):
        shapes = delivery.frame.geometry
    elif {"longitude", "latitude"} <= set(delivery.frame.columns):
        shapes = gpd.GeoSeries(_points(delivery, problems), crs=crs)
    else:
        problems.append(
            _whole(delivery).problem(
                "coordinates", "error", column=GEOMETRY,
                zh="没有坐标列：需要“经度”和“纬度”",
                en="There are no columns of coordinates: 经度 (longitude), 纬度 (latitude)",
            )
        )  # fmt: skip
        return None
    if shapes.crs is None:
        return None
    if shapes.crs.equals(pyproj.CRS.from_epsg(context.srid), ignore_axis_order=True):
        return shapes.set_crs(context.srid, allow_override=True)
    return shapes.to_crs(context.srid)


def _points(delivery: Delivery, problems: list[Problem]) -> NDArray[Any]:
    ordinates = []
    for name in ("longitude", "latitude"):
        heading = delivery.headings.get(name, name)
        column = np.full(len(delivery.frame), np.nan)
        for row, value in enumerate(delivery.frame[name]):
            parsed = read_number(value)
            if parsed.value is None:
                problems.append(
                    source(delivery, row).problem(
                        "coordinates", "error", column=heading, value=value,
                        zh=f"“{heading}”不是坐标" if parsed.level else f"“{heading}”为空",
                        en=f"{heading} is no coordinate" if parsed.level else f"{heading} is empty",
                    )
                )  # fmt: skip
            else:
                column[row] = parsed.value
        ordinates.append(column)
    points = np.full(len(delivery.frame), None, dtype=object)
    known = ~(np.isnan(ordinates[0]) | np.isnan(ordinates[1]))
    points[known] = shapely.points(ordinates[0][known], ordinates[1][known])
    return points


def _check_present(delivery: Delivery, array: NDArray[Any], problems: list[Problem]) -> None:
    is_table = not isinstance(delivery.frame, gpd.GeoDataFrame)
    for row in np.flatnonzero(shapely.is_missing(array) | shapely.is_empty(array)):
        array[row] = None
        if not is_table:
            problems.append(
                source(delivery, row).problem(
                    "shape", "error", column=GEOMETRY, zh="没有空间位置", en="It has no geometry"
                )
            )


def _check_place(
    delivery: Delivery, array: NDArray[Any], context: Context, problems: list[Problem]
) -> None:
    present = np.flatnonzero(~shapely.is_missing(array))
    if not len(present):
        return
    boxes = shapely.bounds(array[present])
    fault = _axes_fault(boxes, context)
    if fault is not None:
        zh, en = fault
        problems.append(_whole(delivery).problem("crs", "error", column=GEOMETRY, zh=zh, en=en))
        return
    if context.bounds is None:
        return
    for row in present[~_meets(boxes, _widened(context.bounds))]:
        centre = shapely.get_coordinates(shapely.centroid(array[row]))[0]
        array[row] = None
        swapped = _meets(centre[[1, 0, 1, 0]][None, :], _widened(context.bounds))[0]
        problems.append(
            source(delivery, row).problem(
                "district", "error", column=GEOMETRY,
                value=f"{centre[0]:.5f}, {centre[1]:.5f}",
                zh="位置远在本区之外" + ("，经纬度似乎颠倒" if swapped else ""),
                en="It lies far outside the district"
                + ("; longitude and latitude look exchanged" if swapped else ""),
            )
        )  # fmt: skip
    _tell_overhang(delivery, boxes, context, problems)


def _tell_overhang(
    delivery: Delivery, boxes: NDArray[Any], context: Context, problems: list[Problem]
) -> None:
    assert context.bounds is not None  # noqa: S101  (asked by the caller)
    west, south = np.subtract(context.bounds[:2], ROUNDING_DEGREES)
    east, north = np.add(context.bounds[2:], ROUNDING_DEGREES)
    out = _meets(boxes, _widened(context.bounds)) & (
        (boxes[:, 0] < west) | (boxes[:, 1] < south) | (boxes[:, 2] > east) | (boxes[:, 3] > north)
    )
    if out.any():
        problems.append(
            _whole(delivery).problem(
                "district", "warning", column=GEOMETRY, value=f"{out.sum()} / {len(boxes)}",
                zh=f"{out.sum()} 个要素伸出或位于区界外框之外，整体保留",
                en=f"{out.sum()} features reach or lie outside the district's bounds; kept whole",
            )
        )  # fmt: skip


def _axes_fault(boxes: NDArray[Any], context: Context) -> tuple[str, str] | None:
    wrong = ~np.isfinite(boxes).all(axis=1)
    wrong |= (np.abs(boxes[:, [0, 2]]) > LARGEST_LONGITUDE).any(axis=1)
    wrong |= (np.abs(boxes[:, [1, 3]]) > LARGEST_LATITUDE).any(axis=1)
    swapped = boxes[:, [1, 0, 3, 2]]
    could_swap = (np.abs(swapped[:, [0, 2]]) <= LARGEST_LONGITUDE).all(axis=1) & (
        np.abs(swapped[:, [1, 3]]) <= LARGEST_LATITUDE
    ).all(axis=1)
    if context.bounds is not None:
        frame = _widened(context.bounds)
        inside, inside_swapped = _meets(boxes, frame), _meets(swapped, frame)
        if inside.mean() >= LEAST_INSIDE_SHARE:
            return None
        is_swapped = bool(inside_swapped.mean() >= LEAST_INSIDE_SHARE)
    else:
        if not wrong.any():
            return None
        is_swapped = bool(could_swap.all())
    return _SWAPPED if is_swapped else _ELSEWHERE


def _widened(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    margin = MARGIN_SHARE * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin


def _meets(boxes: NDArray[Any], frame: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = frame
    meets: NDArray[np.bool_] = (
        (boxes[:, 2] >= west)
        & (boxes[:, 0] <= east)
        & (boxes[:, 3] >= south)
        & (boxes[:, 1] <= north)
    )
    return meets


def _check_kind(delivery: Delivery, array: NDArray[Any], problems: list[Problem]) -> None:
    need = delivery.form.geometry
    types = shapely.get_type_id(array)
    for row in np.flatnonzero((types >= 0) & ~np.isin(types, _KINDS[need])):
        problems.append(
            source(delivery, row).problem(
                "shape", "error", column=GEOMETRY, value=array[row].geom_type,
                zh=f"几何类型不符，需要{_KIND_WORDS[need]}",
                en=f"It is a {array[row].geom_type}, the form takes {need} shapes",
            )
        )  # fmt: skip
        array[row] = None


def _check_valid(delivery: Delivery, array: NDArray[Any], problems: list[Problem]) -> None:
    for row in np.flatnonzero(~shapely.is_missing(array) & ~shapely.is_valid(array)):
        before, reason = array[row], shapely.is_valid_reason(array[row])
        after = shapely.make_valid(before, method="structure", keep_collapsed=False)
        change = _change(before, after)
        here = source(delivery, row)
        # Not-a-number, from a coordinate that is none, passes no comparison.
        if shapely.is_empty(after) or not change <= AREA_CHANGE_LIMIT:
            array[row] = None
            problems.append(
                here.problem(
                    "valid", "error", column=GEOMETRY, value=reason,
                    zh=f"图形无效（{reason}），修复会使面积改变 {change:.1%}，超过 1%",
                    en=f"The shape is invalid ({reason}); a repair changes its area by "
                    f"{change:.1%}, more than 1 %",
                )
            )  # fmt: skip
            continue
        array[row] = after
        problems.append(
            here.problem(
                "valid", "repair", column=GEOMETRY, value=reason,
                zh=f"图形无效（{reason}），已修复，面积改变 {change:.4%}",
                en=f"The shape was invalid ({reason}) and is repaired; its area changed by "
                f"{change:.4%}",
            )
        )  # fmt: skip


def _change(before: Any, after: Any) -> float:
    return abs(after.area - before.area) / before.area if before.area else 1.0


def _check_repeated(delivery: Delivery, array: NDArray[Any], problems: list[Problem]) -> None:
    if delivery.form.name == "divisions":
        # A village with one grid unit has its shape twice, rightly; overlaps are told by level.
        return
    present = np.flatnonzero(~shapely.is_missing(array))
    first: dict[bytes, int] = {}
    for row, key in zip(present, shapely.to_wkb(shapely.normalize(array[present])), strict=True):
        earlier = first.setdefault(key, int(row))
        if earlier != row:
            number = source(delivery, earlier).row
            problems.append(
                source(delivery, row).problem(
                    "repeated_shape", "warning", column=GEOMETRY,
                    zh=f"图形与第 {number} 个要素完全相同，两个都保留",
                    en=f"Its shape is that of feature {number}; both are kept",
                )
            )  # fmt: skip
