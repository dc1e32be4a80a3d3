"""Measure what towns and villages can rely on: duties, plans, drills, teams, depots, equipment."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from census.products.coping_ground import F, Ground, Measured
from census.products.coping_reach import (
    assembly_places,
    distance_to,
    shelter_places,
)
from census.products.crosschecks.district import Record
from census.products.crosschecks.duties import is_in_force, review_due
from census.products.crosschecks.stocks import balances
from geo.vocabulary import DutyRole

Rule = Mapping[str, Any]
Measure = Callable[[Ground, str, Rule], Measured]
PER: Final = 1000.0


def _nothing(ground: Ground, level: str) -> Measured:
    return Measured(amounts=np.full(len(ground.units(level)), np.nan), left_out={})


def _told(ground: Ground, level: str, values: dict[str, Any], otherwise: float) -> Measured:
    return Measured(amounts=ground.by_unit(level, values, otherwise), left_out={})


def _duties(ground: Ground) -> list[Record]:
    day = ground.district.today
    return [each for each in ground.district.records("duty") if is_in_force(each, day)]


def duty_roles(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Count half for a primary and half for a deputy duty of the unit's own in force.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``village`` or ``town``.
    rule
        Nothing is read of it.

    Returns
    -------
    Measured
        0, 0.5 or 1; 0 for a unit that the delivered lists do not name.
    """
    del rule
    held = {(each["division_code"], each["role"]) for each in _duties(ground)}
    roles = [role.value for role in DutyRole]
    values = {
        code: sum((code, role) in held for role in roles) / len(roles)
        for code in ground.units(level).index
    }
    return _told(ground, level, values, 0.0)


def grid_duties(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Measure the share of a village's grid units with a duty in force.

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
        0-1; NaN for a village without grid units.
    """
    del rule
    held = {each["division_code"] for each in _duties(ground)}
    found = ((each["village_code"], each["code"] in held) for each in ground.grid_units())
    return _told(ground, level, _shares(found), np.nan)


def phones_checked(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Measure the share of duties in force whose telephone was tried of late.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``village``, with its grid units, or ``town``.
    rule
        ``most_days`` before the date of the data.

    Returns
    -------
    Measured
        0-1; NaN for a unit without duties, and for all where no row has a date.
    """
    duties, day = _duties(ground), ground.district.today
    if all(each["phone_checked_on"] is None for each in duties):
        return _nothing(ground, level)
    village_of = {each["code"]: each["village_code"] for each in ground.grid_units()}
    found = (
        (village_of.get(each["division_code"], each["division_code"]), _is_fresh(each, day, rule))
        for each in duties
    )
    return _told(ground, level, _shares(found), np.nan)


def _is_fresh(duty: Record, day: Any, rule: Rule) -> bool:
    checked = duty["phone_checked_on"]
    return checked is not None and bool((day - checked).days <= rule["most_days"])


def site_posts(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Measure the share of a village's delivered hazard sites that name a post in charge.

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
        0-1; NaN for a village without sites, and for all where no site names a post.
    """
    del rule
    sites = [e for e in ground.district.records("hazard_site") if e["origin"] == "delivered"]
    if not any(each["responsible_post"] for each in sites):
        return _nothing(ground, level)
    found = ((each["village_code"], bool(each["responsible_post"])) for each in sites)
    return _told(ground, level, _shares(found), np.nan)


def _shares(found: Iterable[tuple[Any, bool]]) -> dict[str, float]:
    counts: dict[str, list[int]] = {}
    for code, is_so in found:
        both = counts.setdefault(str(code), [0, 0])
        both[0] += is_so
        both[1] += 1
    return {code: yes / every for code, (yes, every) in counts.items()}


def plan_in_review(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Tell whether a unit has a plan of its own whose review is not overdue.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``village`` or ``town``.
    rule
        ``most_years`` since the issue, where no date of review was delivered.

    Returns
    -------
    Measured
        1 or 0.
    """
    day, years = ground.district.today, rule["most_years"]
    plans = ground.district.records("emergency_plan")
    values = {
        each["division_code"]: 1.0
        for each in plans
        if each["issued_on"] <= day <= review_due(each, years)
    }
    return _told(ground, level, values, 0.0)


def drill_days(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Count the days since the last drill of any of a unit's plans.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``village`` or ``town``.
    rule
        Nothing is read of it.

    Returns
    -------
    Measured
        Days, at least 0; NaN for a unit no plan of which says when it was drilled.
    """
    del rule
    day, values = ground.district.today, dict[str, float]()
    for each in ground.district.records("emergency_plan"):
        if each["drilled_on"] is not None:
            days = float(max((day - each["drilled_on"]).days, 0))
            code = each["division_code"]
            values[code] = min(values.get(code, days), days)
    return _told(ground, level, values, np.nan)


def rescuers(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Count the members of the teams based in a town, per 1,000 residents.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``town``.
    rule
        Nothing is read of it.

    Returns
    -------
    Measured
        Per 1,000; 0 without a team, NaN where residents, or the members of all its teams, are
        not known.
    """
    del rule
    members: dict[str, float] = {}
    untold: set[str] = set()
    left_out = {"outside": 0, "no_members": 0}
    for team in ground.district.records("rescue_team"):
        town = ground.town_of(team)
        if town is None:
            left_out["outside"] += 1
        elif team["people"] is None:
            left_out["no_members"] += 1
            untold.add(town)
        else:
            members[town] = members.get(town, 0.0) + team["people"]
    known = members | dict.fromkeys(untold - set(members), np.nan)
    people = ground.towns["people"].to_numpy(dtype=np.float64)
    counted = ground.by_unit(level, known, 0.0)
    values = PER * counted / np.where(people > 0, people, np.nan)
    return Measured(amounts=values, left_out=_only(left_out))


def equipment_kinds(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Count the kinds of equipment in working order with the teams and depots of a town.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``town``.
    rule
        Nothing is read of it.

    Returns
    -------
    Measured
        Whole numbers; NaN for all where no row says whether it works.
    """
    del rule
    rows = list(ground.district.records("rescue_equipment"))
    if all(each["is_working"] is None for each in rows):
        return _nothing(ground, level)
    teams, depots = (_towns(ground, table) for table in ("rescue_team", "material_depot"))
    left_out = {"outside": 0, "not_told_working": 0}
    found: dict[str, set[str]] = {}
    for each in rows:
        town = teams.get(each["team_code"]) or depots.get(each["depot_code"])
        if town is None:
            left_out["outside"] += 1
        elif each["is_working"] is None:
            left_out["not_told_working"] += 1
        elif each["is_working"] and each["amount"] > 0:
            found.setdefault(town, set()).add(each["name"])
    return Measured(amounts=_sizes(ground, level, found), left_out=_only(left_out))


def stock_kinds(ground: Ground, level: str, rule: Rule) -> Measured:
    """
    Count the kinds of material that the movements leave in a town's depots, not expired.

    Parameters
    ----------
    ground
        What is measured on.
    level
        ``town``.
    rule
        Nothing is read of it.

    Returns
    -------
    Measured
        Whole numbers.
    """
    del rule
    towns, day = _towns(ground, "material_depot"), ground.district.today
    left_out = {"outside": 0, "expired": 0}
    found: dict[str, set[str]] = {}
    for balance, _ in balances(ground.district):
        town = towns.get(balance.last["depot_code"])
        ends: Any = balance.expires_on
        if town is None:
            left_out["outside"] += 1
        elif balance.amount > 0 and ends is not None and ends < day:
            left_out["expired"] += 1
        elif balance.amount > 0:
            found.setdefault(town, set()).add(balance.last["material"])
    return Measured(amounts=_sizes(ground, level, found), left_out=_only(left_out))


def _towns(ground: Ground, table: str) -> dict[str, str]:
    found = ((each["code"], ground.town_of(each)) for each in ground.district.records(table))
    return {code: town for code, town in found if town is not None}


def _sizes(ground: Ground, level: str, found: Mapping[str, set[str]]) -> F:
    return ground.by_unit(level, {code: len(kinds) for code, kinds in found.items()}, 0.0)


def _only(left_out: dict[str, int]) -> dict[str, int]:
    return {reason: rows for reason, rows in left_out.items() if rows}


MEASURES: Final[Mapping[str, tuple[Measure, tuple[str, ...]]]] = MappingProxyType(
    {
        "duty_roles": (duty_roles, ("duty",)),
        "grid_duties": (grid_duties, ("duty",)),
        "phones_checked": (phones_checked, ("duty",)),
        "site_posts": (site_posts, ("hazard_site",)),
        "plan_in_review": (plan_in_review, ("emergency_plan",)),
        "drill_days": (drill_days, ("emergency_plan",)),
        "shelter_places": (shelter_places, ("shelter", "people")),
        "assembly_places": (assembly_places, ("assembly_point", "people")),
        "team_distance": (distance_to("rescue_team"), ("rescue_team",)),
        "depot_distance": (distance_to("material_depot"), ("material_depot",)),
        "station_distance": (distance_to("station"), ("station",)),
        "rescuers": (rescuers, ("rescue_team", "people")),
        "equipment_kinds": (equipment_kinds, ("rescue_equipment",)),
        "stock_kinds": (stock_kinds, ("stock_movement", "material_depot")),
    }
)
"""Name of the indicator to what measures it, and the tables without whose rows it has no value."""
READ: Final = ("shelter_round",)
"""Tables that an indicator looks at where they have rows."""
