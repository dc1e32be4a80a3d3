"""Begin a route that no plan proposed: village, start, shelter, and a code of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, text

from census.route_errors import (
    BegunRouteError,
    UnknownShelterError,
    UnknownStartError,
    UnknownVillageError,
)
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.route_keeping import holding
from census.store.shown import PLAN

DRAWN = "drawn"
PREFIX = "N-"
"""Codes of the plan begin with P-, and a delivery may use neither prefix."""

LOCK = "select pg_advisory_xact_lock(hashtext('riskatlas new route'))"
# A route that was given up keeps its row, so no number is given twice.
NUMBER = r"""
select coalesce(max(substring(substr(known.code, length(:prefix) + 1) from '^\d{1,9}$')::int), 0)
from (select code from census.route union select code from census.evacuation_route) known
where starts_with(known.code, :prefix)
"""
VILLAGE = "select name from census.division where code = :code and level = 'village'"
SHELTER = "select name from census.shelter where code = :code"
STARTS = f"""
select d.code, d.name, g.demand_people as people
from census.division d
left join census.evacuation_demand g on g.unit_code = d.code
    and g.plan_id = {PLAN}
where d.village_code = :village and (d.level = 'grid_unit' or g.unit_code is not null)
order by d.code
"""  # noqa: S608  (fixed names)
POINT = "select name from census.assembly_point where code = :code and village_code = :village"
GIVE_UP = (
    "delete from census.route_draft where route_id = :route",
    "update census.route set given_up_at = now() where id = :route",
)


_CODE = re.compile(re.escape(PREFIX) + r"(.+)-\d{2,9}")


def village_of(code: str) -> str | None:
    """
    Read the village out of the code of a new route.

    Parameters
    ----------
    code
        A code, whether or not a route has it.

    Returns
    -------
    str or None
        The village's code; None where it is no code of a new route.

    Examples
    --------
    >>> village_of("N-990001001001-07")
    '990001001001'
    """
    found = _CODE.fullmatch(code)
    return found[1] if found else None


@dataclass(frozen=True)
class Start:
    """A group of houses that a route can start at; people who have to leave, if a plan says so."""

    code: str
    name: str
    people: int | None


def starts(store: Store, village_code: str) -> list[Start]:
    """
    List the groups of a village.

    Parameters
    ----------
    store
        The store, role app.
    village_code
        The village.

    Returns
    -------
    list of Start
        By code.

    Raises
    ------
    UnknownVillageError
        If the district has no such village.
    """
    with store.engine.connect() as connection:
        _name_of(connection, VILLAGE, UnknownVillageError(village_code), code=village_code)
        rows = connection.execute(text(STARTS), {"village": village_code}).mappings()
        return [Start(**row) for row in rows]


def create_route(
    store: Store,
    actor: Actor,
    *,
    village_code: str,
    shelter_code: str,
    unit_code: str | None = None,
    assembly_point_code: str | None = None,
    name: str | None = None,
    people: int | None = None,
) -> str:
    """
    Begin a new route; it has no line yet, and nobody but the desk sees it before it is published.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    village_code
        The village whose people walk it.
    shelter_code
        Where it leads.
    unit_code
        The group that starts it; None where the assembly point says it, or nothing.
    assembly_point_code
        Where people gather before.
    name
        Its name; None for start and shelter.
    people
        How many walk it, where that is known.

    Returns
    -------
    str
        Its code: ``N-``, the village and a number that no route had before.

    Raises
    ------
    ForbiddenError
        If the actor may not save routes of that village.
    UnknownVillageError
        If the district has no such village.
    UnknownStartError
        If the village has no such group or assembly point.
    UnknownShelterError
        If the district has no such shelter.
    """
    with deed(store, actor, "create_route", village_code=village_code, object_kind="route") as work:
        connection = work.connection
        nowhere, no_goal = UnknownVillageError(village_code), UnknownShelterError(shelter_code)
        village = _name_of(connection, VILLAGE, nowhere, code=village_code)
        shelter = _name_of(connection, SHELTER, no_goal, code=shelter_code)
        start = _start(connection, village_code, unit_code, assembly_point_code) or village
        # One at a time, so that two who begin at once get two numbers.
        connection.execute(text(LOCK))
        prefix = f"{PREFIX}{village_code}-"
        last = connection.execute(text(NUMBER), {"prefix": prefix}).scalar_one()
        row = {
            "code": f"{prefix}{last + 1:02d}",
            "village_code": village_code,
            "unit_code": unit_code,
            "shelter_code": shelter_code,
            "assembly_point_code": assembly_point_code,
            "name": (name or "").strip() or f"{start} → {shelter}",
            "people": people,
            "origin": DRAWN,
            "created_by": actor.id,
        }
        connection.execute(insert(store.tables.route).values(row))
        work.object_code = str(row["code"])
        work.detail |= _told(row)
        return work.object_code


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("village_code", "unit_code", "assembly_point_code", "shelter_code")
    return {name: row[name] for name in names}


def _name_of(connection: Connection, query: str, fault: Exception, **values: str) -> str:
    found = connection.execute(text(query), values).scalar_one_or_none()
    if found is None:
        raise fault
    return str(found)


def _start(
    connection: Connection, village_code: str, unit_code: str | None, point_code: str | None
) -> str | None:
    """Check where a route starts; the name of the point counts before that of the group."""
    named = None
    if unit_code is not None:
        rows = connection.execute(text(STARTS), {"village": village_code}).mappings()
        names = {str(row["code"]): str(row["name"]) for row in rows}
        if unit_code not in names:
            raise UnknownStartError(unit_code, village_code)
        named = names[unit_code]
    if point_code is not None:
        fault = UnknownStartError(point_code, village_code)
        named = _name_of(connection, POINT, fault, code=point_code, village=village_code)
    return named


def give_up_route(store: Store, actor: Actor, *, code: str) -> None:
    """
    Give up a new route that nobody has saved; its code is not used again.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    code
        The route's code.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    BegunRouteError
        If it has a version.
    ForbiddenError
        If the actor may not save here.
    """
    with holding(store, actor, "give_up_route", code) as held:
        if held.head.origin != DRAWN or held.newest > 0:
            raise BegunRouteError(code)
        for statement in GIVE_UP:
            held.connection.execute(text(statement), {"route": held.route_id})
