"""Check the shapes of a delivery: CRS, axes, place, kind, validity, repetition."""

import re
from typing import Any, Final, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from census.intake.across import Across, Seen
from census.intake.context import Context
from census.intake.crowding import is_tangled
from census.intake.crs import placed, shift_of
from census.intake.degrees import Axis, read_coordinate
from census.intake.fault_places import with_places
from census.intake.ordinates import LARGEST_LONGITUDE, crs_misfit
from census.intake.parsing import Parsed
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery, no_coordinates
from census.intake.shape_bytes import MOST_VERTICES
from census.intake.values import source, too_long
from census.intake.whereabouts import GEOMETRY, axes_fault, check_place, whole

# A repair that changes more than this share of the area is refused (STORAGE.md, section 7).
AREA_CHANGE_LIMIT = 0.01

_PLAIN_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_KINDS = {
    "point": (0, 4),
    "line": (1, 5),
    "polygon": (3, 6),
    "any": (0, 1, 3, 4, 5, 6),
}
_KIND_WORDS = {"point": "点", "line": "线", "polygon": "面", "any": "点、线、面"}


def check_shapes(
    delivery: Delivery, context: Context, across: Across | None = None
) -> tuple[gpd.GeoSeries, list[Problem]]:
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
    across
        Where the delivery is a part, what is found between the parts.

    Returns
    -------
    shapes : geopandas.GeoSeries
        One per row, CRS ``context.srid``; None where refused.
    problems : list of Problem
        Faults and repairs, with their places; an error without a row refuses the whole file.
    """
    problems: list[Problem] = []
    nothing = gpd.GeoSeries([None] * len(delivery.frame), crs=context.srid)
    given = _given(delivery, context, problems)
    if given is None or given.crs is None:
        return nothing, problems
    try:
        array = _in_district_crs(given, context)
    except ProjError as fault:
        return nothing, [*problems, _untransformed(delivery, fault)]
    # What is refused loses its shape, but not the place where it is shown.
    as_given = array.copy()
    _check_present(delivery, array, problems)
    if across is not None:
        across.place.count(array, context)
    else:
        fault_of_all = axes_fault(delivery, array, given, context)
        if fault_of_all is not None:
            return nothing, [*problems, fault_of_all]
    array = _plane(delivery, array, problems, across)
    _check_sound(delivery, array, problems)
    problems += check_place(delivery, array, context, across)
    _check_kind(delivery, array, problems)
    _check_valid(delivery, array, problems)
    _check_repeated(delivery, array, problems, across)
    return gpd.GeoSeries(array, crs=context.srid), with_places(problems, delivery.frame, as_given)


def _plane(
    delivery: Delivery, array: NDArray[Any], problems: list[Problem], across: Across | None
) -> NDArray[Any]:
    if not (shapely.has_z(array) | shapely.has_m(array)).any():
        return array
    if across is None:
        problems.append(heights_left(delivery))
    else:
        across.has_heights = True
    flat: NDArray[Any] = shapely.force_2d(array)
    return flat


def heights_left(delivery: Delivery) -> Problem:
    """
    State that heights and measures are not kept.

    Parameters
    ----------
    delivery
        The delivery.

    Returns
    -------
    Problem
        A warning of the whole file.
    """
    return whole(delivery).problem(
        "plane", "warning", column=GEOMETRY,
        zh="带有高程或测量值，只保留平面坐标",
        en="It carries heights or measures; only plane coordinates are kept",
    )  # fmt: skip


def _untransformed(delivery: Delivery, fault: ProjError) -> Problem:
    return whole(delivery).problem(
        "crs", "error", column=GEOMETRY, value=delivery.source_crs or "",
        zh=f"坐标不能从该坐标系换算（{fault}）；请用 --source-crs 声明正确的坐标系",
        en=f"Coordinates cannot be converted from this CRS ({fault}); declare the right one with "
        "--source-crs",
    )  # fmt: skip


def _given(delivery: Delivery, context: Context, problems: list[Problem]) -> gpd.GeoSeries | None:
    if isinstance(delivery.frame, gpd.GeoDataFrame):
        return delivery.frame.geometry
    if {"longitude", "latitude"} <= set(delivery.frame.columns):
        crs = delivery.source_crs or context.srid
        points = placed(gpd.GeoSeries(_points(delivery, crs, problems)), crs)
        fault = crs_misfit(points, whole(delivery), is_table=True)
        if fault is None:
            return points
        problems.append(fault)
        return None
    unread = [each.column for each in delivery.problems if each.rule == "column"]
    problems.append(no_coordinates(whole(delivery), unread))
    return None


def _in_district_crs(given: gpd.GeoSeries, context: Context) -> NDArray[Any]:
    is_there = given.crs.equals(pyproj.CRS.from_epsg(context.srid), ignore_axis_order=True)
    shapes = given if is_there else given.to_crs(context.srid)
    return np.array(shapes.to_numpy(), dtype=object)


def _points(delivery: Delivery, crs: Any, problems: list[Problem]) -> NDArray[Any]:
    is_geographic = shift_of(crs) is not None or pyproj.CRS.from_user_input(crs).is_geographic
    axes: tuple[Axis, ...] = get_args(Axis)
    ordinates = [_ordinates(delivery, axis, problems, in_degrees=is_geographic) for axis in axes]
    points = np.full(len(delivery.frame), None, dtype=object)
    known = ~(np.isnan(ordinates[0]) | np.isnan(ordinates[1]))
    points[known] = shapely.points(ordinates[0][known], ordinates[1][known])
    return points


def _ordinates(
    delivery: Delivery, axis: Axis, problems: list[Problem], *, in_degrees: bool
) -> NDArray[np.float64]:
    heading = delivery.headings.get(axis, axis)
    cells = delivery.frame[axis]
    # Most are plain numbers of degrees or metres: only the others are read one by one.
    is_plain = cells.map(lambda cell: bool(_PLAIN_NUMBER.fullmatch(str(cell))))
    column = pd.to_numeric(cells.where(is_plain), errors="coerce").to_numpy(np.float64, copy=True)
    if in_degrees:
        is_plain &= np.abs(column) <= LARGEST_LONGITUDE
    for row in np.flatnonzero(~is_plain.to_numpy()):
        value = cells.iloc[row]
        parsed = too_long(value) or read_coordinate(value, axis if in_degrees else None)
        column[row] = np.nan if parsed.value is None else parsed.value
        if parsed.value is None and parsed.level != "error":
            parsed = Parsed(None, "error", f"{heading} is empty", f"“{heading}”为空")
        if parsed.level is not None:
            problems.append(
                source(delivery, row).problem(
                    "coordinates", parsed.level, column=heading, value=value,
                    zh=parsed.zh, en=parsed.en,
                )
            )  # fmt: skip
    return column


def _check_present(delivery: Delivery, array: NDArray[Any], problems: list[Problem]) -> None:
    is_table = not isinstance(delivery.frame, gpd.GeoDataFrame)
    told = {
        (each.file, each.sheet, each.row) for each in delivery.problems if each.column == GEOMETRY
    }
    for row in np.flatnonzero(shapely.is_missing(array) | shapely.is_empty(array)):
        array[row] = None
        here = source(delivery, row)
        if not is_table and (here.file, here.sheet, here.row) not in told:
            problems.append(
                here.problem(
                    "shape", "error", column=GEOMETRY, zh="没有空间位置", en="It has no geometry"
                )
            )


def _check_sound(delivery: Delivery, array: NDArray[Any], problems: list[Problem]) -> None:
    """Refuse coordinates that are none, and shapes of too many points, before they are measured."""
    coordinates, owners = shapely.get_coordinates(array, return_index=True)
    broken = set(owners[~np.isfinite(coordinates).all(axis=1)].tolist())
    for row in sorted(broken):
        array[row] = None
        problems.append(
            source(delivery, row).problem(
                "coordinates", "error", column=GEOMETRY,
                zh="坐标中有无穷大或非数字，或不能从所报坐标系换算",
                en="A coordinate is infinite or no number, or cannot be converted from the CRS",
            )
        )  # fmt: skip
    counts = np.bincount(owners, minlength=len(array))
    for row in np.flatnonzero(counts > MOST_VERTICES):
        array[row] = None
        problems.append(
            source(delivery, row).problem(
                "vertices", "error", column=GEOMETRY, value=int(counts[row]),
                zh=f"图形有 {counts[row]:,} 个点，超过 {MOST_VERTICES:,}；请简化或拆分",
                en=f"The shape has {counts[row]:,} points, more than {MOST_VERTICES:,}; simplify "
                "or divide it",
            )
        )  # fmt: skip


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
        if is_tangled(before):
            array[row] = None
            problems.append(_tangled(source(delivery, row), reason))
            continue
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


def _tangled(here: Source, reason: str) -> Problem:
    return here.problem(
        "valid", "error", column=GEOMETRY, value=reason,
        zh=f"图形无效（{reason}），边线相互交叉过多，不作修复；请重新绘制",
        en=f"The shape is invalid ({reason}), and its sides cross one another too often to be "
        "repaired; draw it anew",
    )  # fmt: skip


def _change(before: Any, after: Any) -> float:
    return abs(after.area - before.area) / before.area if before.area else 1.0


def _check_repeated(
    delivery: Delivery, array: NDArray[Any], problems: list[Problem], across: Across | None
) -> None:
    if delivery.form.name == "divisions":
        # A village with one grid unit has its shape twice, rightly; overlaps are told by level.
        return
    present = np.flatnonzero(~shapely.is_missing(array))
    keys = shapely.to_wkb(shapely.normalize(array[present]))
    numbers = delivery.frame["row"].to_numpy(dtype=np.int64)
    seen = Seen() if across is None else across.seen
    for at, number in enumerate(seen.earlier(keys, numbers[present])):
        if number >= 0:
            row = present[at]
            problems.append(
                source(delivery, row).problem(
                    "repeated_shape", "warning", column=GEOMETRY,
                    zh=f"图形与第 {number} 个要素完全相同，两个都保留",
                    en=f"Its shape is that of feature {number}; both are kept",
                )
            )  # fmt: skip
