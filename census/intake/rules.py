"""Rules that hold between the columns, rows and neighbours of a form."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census.intake.across import Across
from census.intake.building_rules import buildings, buildings_of_part
from census.intake.capacity import settle_capacity
from census.intake.carried_codes import name_fits
from census.intake.context import Context, area_m2
from census.intake.crowding import CrowdedError
from census.intake.division_change_rules import check_changes
from census.intake.division_codes import check_code_list
from census.intake.fault_places import as_place
from census.intake.footprints import stated_footprints_m2
from census.intake.overlapping import crowded, overlaps
from census.intake.periods import check_periods
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery
from census.intake.route_rules import routes
from census.intake.values import source, source_of
from census.intake.whereabouts import GEOMETRY
from geo.vocabulary import ShelterKind

VILLAGE_DIGITS = 12
GRID_UNIT_DIGITS = 15
# Slivers between boundaries digitised twice: below this an overlap or hole is not worth a word.
SLIVER_M2 = 100.0
# A child that shares less than this of its area with its parent lies in another division.
LEAST_IN_PARENT_SHARE = 0.5
LISTED_NAMES = 5

_PARENT_LEVEL = {"village": "town", "grid_unit": "village"}

Rule = Callable[[Delivery, pd.DataFrame, gpd.GeoSeries | None, Context], Iterator[Problem]]


def check_rules(
    delivery: Delivery,
    values: pd.DataFrame,
    shapes: gpd.GeoSeries | None,
    context: Context,
    across: Across | None = None,
) -> list[Problem]:
    """
    Hold the rows of a delivery against the rules of its form.

    Parameters
    ----------
    delivery
        The delivery.
    values
        Its values, read.
    shapes
        Its shapes in the district's CRS; None for a table.
    context
        The district.
    across
        Where the delivery is a part, what is found between the parts: overlaps are told at the end.

    Returns
    -------
    list of Problem
        Every fault and remark.
    """
    found = list(check_periods(delivery, values))
    if across is not None and shapes is not None:
        return [*found, *buildings_of_part(delivery, shapes, across)]
    rule = _RULES.get(delivery.form.name)
    if rule is None:
        return found
    try:
        found.extend(rule(delivery, values, shapes, context))
    except CrowdedError as crowd:
        found.append(crowded(delivery.path.name, crowd))
    return found


def _divisions(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    del context
    assert shapes is not None  # noqa: S101  (the form takes polygons)
    first: dict[str, int] = {}
    for row, code in enumerate(values["code"]):
        if code is not None:
            first.setdefault(code, row)
    yield from _parents(delivery, values, shapes, first)
    yield from _tiling(delivery, values, shapes)


def _parents(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries, first: Mapping[str, int]
) -> Iterator[Problem]:
    parents = values["parent_code"] if "parent_code" in values else [None] * len(values)
    rows = zip(values["code"], values["level"], parents, strict=True)
    for row, (code, level, parent) in enumerate(rows):
        if code is None or level is None:
            continue
        fault = _parent_fault(code, level, parent, first, values)
        if fault is None and level != "town":
            fault = _outside_parent(shapes.iloc[row], shapes.iloc[first[parent]])
        if fault is not None:
            zh, en = fault
            yield source(delivery, row).problem(
                "parent",
                "error",
                column=delivery.headings.get("parent_code", "上级代码"),
                value=parent,
                zh=zh,
                en=en,
            )


def _parent_fault(
    code: str, level: str, parent: str | None, first: Mapping[str, int], values: pd.DataFrame
) -> tuple[str, str] | None:
    digits = GRID_UNIT_DIGITS if level == "grid_unit" else VILLAGE_DIGITS
    if len(code) != digits:
        return (f"代码 {code} 应为{digits}位", f"The code {code} needs {digits} digits")
    if level == "town":
        return None if parent is None else ("乡镇的上级代码应为空", "A town names no parent")
    if parent is None or parent not in first:
        return (
            f"上级代码 {parent or '（空）'} 不在本次交付中",
            f"The parent {parent or '(empty)'} is not in this delivery",
        )
    if values["level"].iloc[first[parent]] != _PARENT_LEVEL[level]:
        return (f"上级 {parent} 的级别不符", f"The parent {parent} is of another level")
    if level == "grid_unit" and not code.startswith(parent):
        return (
            f"网格代码 {code} 不以村代码 {parent} 开头",
            f"The code {code} does not begin with that of its village {parent}",
        )
    return None


def orphans(accepted: pd.DataFrame) -> list[Problem]:
    """
    Find divisions whose parent, or parent's parent, was refused: they cannot enter without it.

    Parameters
    ----------
    accepted
        Accepted rows of the form divisions.

    Returns
    -------
    list of Problem
        One error per row.
    """
    parents = dict(zip(accepted["code"], accepted["parent_code"], strict=True))
    problems = []
    for row, (code, level) in enumerate(zip(accepted["code"], accepted["level"], strict=True)):
        above = parents[code]
        while above is not None and above in parents:
            above = parents[above]
        if level != "town" and above is not None:
            problems.append(
                source_of(accepted, row).problem(
                    "parent",
                    "error",
                    value=above,
                    zh=f"上级 {above} 已被剔除，{code} 不能单独入库",
                    en=f"Its parent {above} is refused; {code} cannot enter without it",
                )
            )
    return problems


def _outside_parent(shape: Any, parent: Any) -> tuple[str, str] | None:
    if shape is None or parent is None or shape.area == 0:
        return None
    share = shapely.intersection(shape, parent).area / shape.area
    if share >= LEAST_IN_PARENT_SHARE:
        return None
    return (
        f"只有 {share:.0%} 的面积在上级区划之内",
        f"Only {share:.0%} of its area lies in its parent",
    )


def _tiling(delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries) -> Iterator[Problem]:
    here = Source(delivery.path.name, str(delivery.frame["sheet"].iloc[0]))
    for level, word in (("town", "乡镇"), ("village", "村"), ("grid_unit", "网格")):
        rows = np.flatnonzero((values["level"] == level).to_numpy() & shapes.notna().to_numpy())
        if not len(rows):
            continue
        chosen = shapes.iloc[rows]
        for one, other, overlap_m2 in overlaps(chosen):
            if overlap_m2 < SLIVER_M2:
                continue
            mate = source(delivery, rows[other]).row
            yield source(delivery, rows[one]).problem(
                "overlap",
                "warning",
                column=GEOMETRY,
                value=f"{overlap_m2:.0f} m2",
                zh=f"与第 {mate} 个要素重叠 {overlap_m2:.0f} 平方米",
                en=f"It overlaps feature {mate} by {overlap_m2:.0f} m2",
                place=as_place(shapely.intersection(chosen.iloc[one], chosen.iloc[other])),
            )
        holes = list(_holes(chosen))
        yield from _slivers([size_m2 for _, size_m2 in holes], level, word, here)
        for hole, size_m2 in holes:
            if size_m2 < SLIVER_M2:
                continue
            place = hole.representative_point()
            yield here.problem(
                "hole",
                "warning",
                column=GEOMETRY,
                value=f"{place.x:.5f}, {place.y:.5f}",
                zh=f"{word}一级的并集在此处有 {size_m2 / 1e6:.3f} 平方千米的空洞",
                en=f"The union of the level {level} has a hole of {size_m2 / 1e6:.3f} km2 here",
                place=as_place(hole),
            )


def _holes(shapes: gpd.GeoSeries) -> Iterator[tuple[Any, float]]:
    union = shapely.union_all(shapes.to_numpy())
    rings = [ring for part in shapely.get_parts(union) for ring in getattr(part, "interiors", ())]
    holes = gpd.GeoSeries([shapely.Polygon(ring) for ring in rings], crs=shapes.crs)
    for hole, size_m2 in zip(holes, area_m2(holes), strict=True):
        yield hole, float(size_m2)


def _slivers(sizes_m2: list[float], level: str, word: str, here: Source) -> Iterator[Problem]:
    small = [size_m2 for size_m2 in sizes_m2 if size_m2 < SLIVER_M2]
    if small:
        yield here.problem(
            "sliver",
            "warning",
            column=GEOMETRY,
            value=len(small),
            zh=f"{word}一级的边界间有 {len(small)} 个不足 {SLIVER_M2:g} 平方米的缝隙，"
            f"最大 {max(small):.1f} 平方米，忽略不计",
            en=f"{len(small)} slivers of less than {SLIVER_M2:g} m2 lie between the boundaries of "
            f"the level {level}, the largest of {max(small):.1f} m2: passed over",
        )


def _people(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    del shapes
    for row, record in enumerate(values.to_dict("records")):
        code, name = record["division_code"], record.get("village_name")
        if code is not None and name is not None and not name_fits(delivery, row, name, context):
            yield source(delivery, row).problem(
                "village_name", "error", column=delivery.headings["village_name"], value=name,
                zh=f"代码 {code} 的村是“{context.names[code]}”，不是“{name}”",
                en=f"The code {code} belongs to {context.names[code]}, not to {name}",
            )  # fmt: skip
        ages = [record.get(part) for part in ("children_people", "elderly_people")]
        known = sum(age for age in ages if age is not None)
        if record["people"] is not None and known > record["people"]:
            yield source(delivery, row).problem(
                "ages", "error", column=delivery.headings["people"], value=record["people"],
                zh=f"少儿与老年人口合计 {known} 超过常住人口 {record['people']}",
                en=f"Children and elderly ({known}) exceed the residents ({record['people']})",
            )  # fmt: skip
    absent = context.villages[~context.villages["code"].isin(set(values["division_code"]))]
    if len(absent):
        names = "、".join(absent["name"].head(LISTED_NAMES))
        yield Source(delivery.path.name).problem(
            "complete",
            "warning",
            value=names,
            zh=f"{len(absent)} 个村没有人口行，如：{names}",
            en=f"{len(absent)} villages have no row of people, such as {names}",
        )


def _shelters(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    assert shapes is not None  # noqa: S101  (the form takes shapes)
    least = float(context.shelter_rules["least_m2_per_person"])
    sizes = stated_footprints_m2(values, shapes)
    for row, (size, record) in enumerate(zip(sizes, values.to_dict("records"), strict=True)):
        parsed, levels = record.get("capacity_text_parsed"), record.get("levels")
        if parsed is None or np.isnan(size):
            continue
        rule = context.shelter_rule(record.get("kind") or ShelterKind.OTHER.value)
        capacity = settle_capacity(parsed, footprint_m2=size, levels=levels, rule=rule)
        people, floors = capacity.people, levels or float(rule["levels_assumed"])
        if capacity.source != "declared" or not people or size * floors / people >= least:
            continue
        yield source(delivery, row).problem(
            "capacity_area",
            "warning",
            column=delivery.headings["capacity_text"],
            value=people,
            zh=f"申报 {people} 人，{floors:g} 层共 {size * floors:,.0f} 平方米，"
            f"人均不足 {least:g} 平方米，请核对",
            en=f"{people} people are declared for {size * floors:,.0f} m2 on {floors:g} levels, "
            f"less than {least:g} m2 each; check it",
        )


_RULES: dict[str, Rule] = {
    "divisions": _divisions,
    "division_codes": check_code_list,
    "division_changes": check_changes,
    "people": _people,
    "buildings": buildings,
    "shelters": _shelters,
    "evacuation_routes": routes,
}
