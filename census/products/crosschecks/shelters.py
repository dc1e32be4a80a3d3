"""Shelters: whether they hold whom they declare, stand where one is safe, and are reached."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from census.products.crosschecks.district import District, Finding, Record, of
from census.products.parameters import Parameters


def capacity_areas(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find shelters with more people than their effective area holds: people <= area / m2 per person.

    Parameters
    ----------
    district
        The district.
    rule
        ``<duration>_m2_per_person`` and ``unknown_m2_per_person``.

    Yields
    ------
    Finding
        One per shelter.
    """
    for record in district.records("shelter"):
        area_m2, people = record["effective_area_m2"], record["capacity_people"]
        if area_m2 is None or people is None:
            continue
        each_m2 = rule[f"{record['duration'] or 'unknown'}_m2_per_person"]
        most = int(area_m2 / each_m2 + 1e-9)
        if people <= most:
            continue
        yield of(
            "shelter", record, column="capacity_people", value=str(int(people)),
            sentence_zh=f"容量 {people:.0f} 人，有效避难面积 {area_m2:,.0f} 平方米按人均 "
            f"{each_m2:g} 平方米只容 {most} 人",
            sentence_en=f"It declares {people:.0f} people; {area_m2:,.0f} m2 hold {most} at "
            f"{each_m2:g} m2 each",
            fix_zh=f"容量改为 {most} 人，或更正有效避难面积",
            fix_en=f"Set the capacity to {most}, or correct the effective area",
        )  # fmt: skip


def in_water(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find shelters that stand in water.

    Parameters
    ----------
    district
        The district.
    rule
        ``bank_m``: as near to the bank it may stand beside the water.

    Yields
    ------
    Finding
        One per shelter.
    """
    records = list(district.records("shelter"))
    if not records or not len(district.layer("water")):
        return
    points = shapely.centroid(district.in_metres("shelter").to_numpy())
    waters = district.in_metres("water").to_numpy()
    point, water = shapely.STRtree(waters).query(points, predicate="intersects")
    for i, k in zip(point.tolist(), water.tolist(), strict=True):
        bank_m = shapely.distance(points[i], shapely.boundary(waters[k]))
        if bank_m <= rule["bank_m"]:
            continue
        name = district.layer("water")["name"].iloc[k] or ""
        yield of(
            "shelter", records[i], column="geom", value=name,
            sentence_zh=f"位置在水面{name}之内，离岸 {bank_m:.0f} 米",
            sentence_en=f"It lies in the water {name}".rstrip() + f", {bank_m:.0f} m from the bank",
            fix_zh="更正位置，或更正水面", fix_en="Correct its place, or the water",
        )  # fmt: skip


def in_hazard(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find shelters within a hazard site for whose hazard nobody has ruled them out.

    Parameters
    ----------
    district
        The district.
    rule
        ``within_m`` of a site that is a point.

    Yields
    ------
    Finding
        One per shelter and site.
    """
    shelters, sites = list(district.records("shelter")), list(district.records("hazard_site"))
    if not shelters or not sites:
        return
    points = district.in_metres("shelter").to_numpy()
    extents = district.in_metres("hazard_site").to_numpy().copy()
    flat = shapely.get_dimensions(extents) < 2  # noqa: PLR2004  (a surface)
    extents[flat] = shapely.buffer(extents[flat], rule["within_m"])
    found = shapely.STRtree(extents).query(points, predicate="intersects")
    for i, k in zip(*(each.tolist() for each in found), strict=True):
        shelter, site = shelters[i], sites[k]
        usable = shelter.get(f"usable_{site['hazard']}")
        if usable is False:
            continue
        yield of(
            "shelter", shelter, column=f"usable_{site['hazard']}", value=str(site["code"]),
            sentence_zh=f"在隐患点 {site['code']} {site['name']} 的范围内"
            + ("，却标为可用于该灾种" if usable else ""),
            sentence_en=f"It lies within the hazard site {site['code']} {site['name']}"
            + (", yet is marked usable for that hazard" if usable else ""),
            fix_zh="核对位置；若属实，标为不可用于该灾种",
            fix_en="Check both places; if true, mark it as not usable for that hazard",
        )  # fmt: skip


def unfit(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find shelters whose last round found them unfit.

    Parameters
    ----------
    district
        The district.
    rule
        Nothing is read of it.

    Yields
    ------
    Finding
        One per shelter.
    """
    del rule
    last: dict[str, Record] = {}
    for round_ in district.records("shelter_round"):
        code = round_["shelter_code"]
        if code not in last or round_["checked_on"] >= last[code]["checked_on"]:
            last[code] = round_
    for shelter in district.records("shelter"):
        if shelter["code"] not in last or last[shelter["code"]]["is_fit"] is not False:
            continue
        round_ = last[shelter["code"]]
        yield of(
            "shelter", shelter, value=str(round_["checked_on"]),
            sentence_zh=f"{round_['checked_on']} 检查判为不可用，仍在可用名录中",
            sentence_en=f"The round of {round_['checked_on']} found it unfit; it is still listed",
            fix_zh="整改后复查并登记，或从名录中去掉",
            fix_en="Mend it and enter another round, or take it off the list",
        )  # fmt: skip


def routes_off_network(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find delivered and drawn routes that leave the roads, or end away from their shelter.

    Those of a plan are left out: their first metres lead from the houses to a road.

    Parameters
    ----------
    district
        The district.
    rule
        ``within_m``, ``most_off_share``, ``shelter_within_m``.

    Yields
    ------
    Finding
        Up to two per route.
    """
    every = list(district.records("evacuation_route"))
    drawn = np.array([each["origin"] != "planned" for each in every], dtype=bool)
    routes = [each for each, is_drawn in zip(every, drawn, strict=True) if is_drawn]
    if not routes or not len(district.layer("road")):
        return
    lines = district.in_metres("evacuation_route").to_numpy()[drawn]
    near = _near_roads(lines, district.in_metres("road").to_numpy(), rule["within_m"])
    homes = dict(zip(district.layer("shelter")["code"], district.in_metres("shelter"), strict=True))
    for route, line, on_roads in zip(routes, lines, near, strict=True):
        off_share = 1 - on_roads / line.length if line.length else 0.0
        if off_share > rule["most_off_share"]:
            yield of(
                "evacuation_route", route, column="geom", value=f"{off_share:.0%}",
                sentence_zh=f"有 {off_share:.0%} 的长度不在任何道路 {rule['within_m']:g} 米之内",
                sentence_en=f"{off_share:.0%} of its length is not within {rule['within_m']:g} m "
                "of any road",
                fix_zh="沿道路重画，或补充道路", fix_en="Draw it along roads, or deliver the road",
            )  # fmt: skip
        home = homes.get(route["shelter_code"])
        if home is None or line.is_empty:
            continue
        gap_m = shapely.distance(shapely.get_point(shapely.line_merge(line), -1) or line, home)
        if gap_m > rule["shelter_within_m"]:
            yield of(
                "evacuation_route", route, column="shelter_code",
                value=str(route["shelter_code"]),
                sentence_zh=f"终点离避难场所 {route['shelter_code']} 有 {gap_m:,.0f} 米",
                sentence_en=f"It ends {gap_m:,.0f} m from the shelter {route['shelter_code']}",
                fix_zh="把路线画到避难场所，或更正避难场所编号",
                fix_en="Draw it to the shelter, or correct the shelter's code",
            )  # fmt: skip


def _near_roads(
    lines: NDArray[np.object_], roads: NDArray[np.object_], within_m: float
) -> NDArray[np.float64]:
    """Metres of each line that lie within so much of a road."""
    line, road = shapely.STRtree(roads).query(lines, predicate="dwithin", distance=within_m)
    near = np.zeros(len(lines))
    for i in np.unique(line):
        band = shapely.union_all(shapely.buffer(roads[road[line == i]], within_m))
        near[i] = shapely.length(shapely.intersection(lines[i], band))
    return near
