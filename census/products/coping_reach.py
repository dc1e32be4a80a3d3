"""Measure how near help is: shelter places within reach, assembly points, teams, depots, gauges."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from census.products.coping_ground import F, Ground, Measured
from census.products.factors import reach

Rule = Mapping[str, Any]


def shelter_places(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Measure the shelter places within reach of a village, shared with all residents around each.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``village``, or ``town`` for the mean of its villages by residents.
    rule
        ``distance_m``.

    Returns
    -------
    Measured
        Places per resident, 0-1; NaN where residents or outline are not known. Shelters of
        unknown capacity, and those that were last found unfit, are left out and counted.
    """
    places, capacity, left_out = _usable_shelters(ground)
    villages = ground.villages
    people = villages["people"].to_numpy(dtype=np.float64)
    xy = villages[["x", "y"]].to_numpy(dtype=np.float64)
    known = np.isfinite(people) & np.isfinite(xy).all(axis=1) & (people > 0)
    values = np.full(len(villages), np.nan)
    found = reach(xy[known], people[known], places, capacity, rule["distance_m"])
    values[known] = found.score
    if level == "town":
        values = _town_means(ground, values, people)
    return Measured(amounts=values, left_out=left_out)


def _usable_shelters(ground: Ground) -> tuple[F, F, dict[str, int]]:
    shapes = ground.district.in_metres("shelter")
    unfit = _last_unfit(ground)
    rows = list(ground.district.records("shelter"))
    no_capacity = [not each["capacity_people"] for each in rows]
    is_unfit = [each["code"] in unfit for each in rows]
    usable = ~np.array(no_capacity, dtype=np.bool_) & ~np.array(is_unfit, dtype=np.bool_)
    xy = np.column_stack([shapes.x.to_numpy(), shapes.y.to_numpy()]).reshape(-1, 2)
    capacity = np.array([each["capacity_people"] or 0 for each in rows], dtype=np.float64)
    counts = {"no_capacity": sum(no_capacity), "unfit": sum(is_unfit)}
    return xy[usable], capacity[usable], {why: rows for why, rows in counts.items() if rows}


def _last_unfit(ground: Ground) -> set[str]:
    """Name the shelters that the last check which came to a verdict found unfit."""
    last: dict[str, tuple[Any, bool]] = {}
    for each in ground.district.records("shelter_round"):
        if each["is_fit"] is None or each["checked_on"] > ground.district.today:
            continue
        code, verdict = each["shelter_code"], (each["checked_on"], bool(each["is_fit"]))
        last[code] = max(last.get(code, verdict), verdict)
    return {code for code, (_, is_fit) in last.items() if not is_fit}


def _town_means(ground: Ground, values: F, people: F) -> F:
    towns = ground.villages["town_code"].to_numpy(dtype=object)
    known = np.isfinite(values)
    means = {
        code: float((values[own] * people[own]).sum() / people[own].sum())
        for code in ground.towns.index
        if (own := known & (towns == code)).any()
    }
    return ground.by_unit("town", means, np.nan)


def assembly_places(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Measure how many of a village's residents its assembly points hold.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``village``.
    rule
        Nothing is read of it.

    Returns
    -------
    Measured
        People per resident; 0 without a point, NaN where residents, or the capacities of all its
        points, are not known.
    """
    del rule
    held: dict[str, float] = {}
    left_out = {"outside": 0, "no_capacity": 0}
    untold: set[str] = set()
    for point in ground.district.records("assembly_point"):
        village = point["village_code"]
        if village not in ground.villages.index:
            left_out["outside"] += 1
        elif point["capacity_people"] is None:
            left_out["no_capacity"] += 1
            untold.add(village)
        else:
            held[village] = held.get(village, 0.0) + point["capacity_people"]
    known = held | dict.fromkeys(untold - set(held), np.nan)
    people = ground.villages["people"].to_numpy(dtype=np.float64)
    values = ground.by_unit(level, known, 0.0) / np.where(people > 0, people, np.nan)
    return Measured(amounts=values, left_out={why: rows for why, rows in left_out.items() if rows})


def distance_to(table: str) -> Callable[[Ground, str, Rule], Measured]:
    """
    Make the measure of the straight line to the nearest object of a table.

    Parameters
    ----------
    table
        Objects with places, such as ``rescue_team``.

    Returns
    -------
    Callable
        Of ground, level and a rule of which nothing is read: metres; NaN for a unit without an
        outline.
    """

    def nearest(ground: Ground, level: str, rule: Rule) -> Measured:
        del rule
        shapes = ground.district.in_metres(table)
        places = np.column_stack([shapes.x.to_numpy(), shapes.y.to_numpy()]).reshape(-1, 2)
        xy = ground.units(level)[["x", "y"]].to_numpy(dtype=np.float64)
        known = np.isfinite(xy).all(axis=1)
        values = np.full(len(xy), np.nan)
        values[known], _ = cKDTree(places).query(xy[known])
        return Measured(amounts=values, left_out={})

    return nearest
