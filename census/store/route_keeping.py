"""Hold a route still for one command: its lock, its first version, its events, who may act."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, text

from census.access_errors import ForbiddenError
from census.route_errors import RouteStateError, UnknownRouteError
from census.store.actors import Actor
from census.store.audit import deed, record, require
from census.store.connection import Store
from census.store.rights import EVERYWHERE, rights
from census.store.routes import RouteHead, head
from census.store.telling import tell_live

# The line as planned or delivered becomes version 0 before anybody changes it. A delivered line in
# several pieces is joined in their order, for a route is walked from end to end.
BEGIN = """
insert into census.route
    (code, village_code, unit_code, shelter_code, name, origin, people, created_by)
select code, village_code, unit_code, shelter_code, name, origin, people, :actor
from census.evacuation_route where code = :code
on conflict (code) do nothing
"""
ORIGINAL = """
insert into census.route_version (route_id, version, geom, shelter_code, road_ids, length_m,
                                  minutes, hazard_m, depth_max_m, author, note)
select r.id, 0,
       case when st_geometrytype(st_linemerge(e.geom)) = 'ST_LineString' then st_linemerge(e.geom)
            else (select st_makeline(p.geom order by p.path) from st_dumppoints(e.geom) p) end,
       e.shelter_code, e.road_ids, e.length_m, e.minutes, e.hazard_m, e.depth_max_m, e.origin,
       case when st_geometrytype(st_linemerge(e.geom)) <> 'ST_LineString'
            then 'joined from ' || st_numgeometries(e.geom) || ' parts' end
from census.evacuation_route e join census.route r on r.code = e.code
where e.code = :code and r.origin <> 'drawn' and e.version is null
on conflict (route_id, version) do nothing
"""
LOCK = "select id from census.route where code = :code for update"
ENDS = """
select coalesce(max(version), 0) as newest, coalesce(min(version), 1) as oldest
from census.route_version where route_id = :route
"""
STATE = "select kind from census.route_status where route_id = :route and version = :version"


@dataclass
class Held:
    """
    A route that one transaction holds; ``told`` becomes the detail of the audit entry.

    ``oldest`` is 0, or 1 for a route that was drawn from nothing.
    """

    store: Store
    connection: Connection
    actor: Actor
    route_id: UUID
    head: RouteHead
    newest: int
    oldest: int
    told: dict[str, Any] = field(default_factory=dict)

    def state(self, version: int) -> str:
        """
        Tell the state of a version.

        Parameters
        ----------
        version
            The version.

        Returns
        -------
        str
            Kind of its last event; version 0 counts as saved.

        Raises
        ------
        UnknownRouteError
            If there is no such version.
        """
        self.require_there(version)
        values = {"route": self.route_id, "version": version}
        found = self.connection.execute(text(STATE), values).scalar_one_or_none()
        return str(found or "saved")

    def require_there(self, version: int) -> None:
        """
        Refuse a version that the route does not have.

        Parameters
        ----------
        version
            The version.

        Raises
        ------
        UnknownRouteError
            If there is no such version.
        """
        if not self.oldest <= version <= self.newest:
            raise UnknownRouteError(self.head.code, version)

    def require(self, version: int, *states: str) -> None:
        """
        Refuse a step that does not follow on the state of a version.

        Parameters
        ----------
        version
            The version.
        *states
            States from which the step is possible.

        Raises
        ------
        RouteStateError
            If it is in none of them.
        """
        state = self.state(version)
        if state not in states:
            raise RouteStateError(self.head.code, version, state, states)

    def note(
        self,
        version: int,
        kind: str,
        *,
        valid_from: date | None = None,
        reason: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Write down what happened to a version, and tell the pages that show it.

        Parameters
        ----------
        version
            The version.
        kind
            What happened.
        valid_from
            Day from which it counts.
        reason
            Why, in the actor's words.
        detail
            Whatever else is worth keeping.
        """
        row = {
            "route_id": self.route_id,
            "version": version,
            "kind": kind,
            "actor": self.actor.id,
            "actor_name": self.actor.name,
            "valid_from": valid_from,
            "reason": reason,
            "detail": dict(detail or {}),
        }
        self.connection.execute(insert(self.store.tables.route_event).values(row))
        news: dict[str, str | int] = {
            "code": self.head.code, "version": version, "status": kind,
        }  # fmt: skip
        tell_live(self.connection, "version", news)
        self.told |= {"version": version, "kind": kind}

    def who(self, version: int, *kinds: str) -> set[str]:
        """
        Name the accounts that took steps with a version.

        Parameters
        ----------
        version
            The version.
        *kinds
            The steps.

        Returns
        -------
        set of str
            Their ids.
        """
        query = text(
            "select actor from census.route_event "
            "where route_id = :route and version = :version and kind = any(:kinds)"
        )
        values = {"route": self.route_id, "version": version, "kinds": list(kinds)}
        return set(self.connection.execute(query, values).scalars())


@contextmanager
def holding(store: Store, actor: Actor, command: str, code: str) -> Iterator[Held]:
    """
    Ask the right, lock the route, keep the change and its audit entry together.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    command
        Name of the command, as the table of rights has it.
    code
        The route's code.

    Yields
    ------
    Held
        The route, for the length of one transaction.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not do this here; the refusal is audited.
    """
    route = head(store, code)
    with deed(
        store, actor, command,
        village_code=route.village_code or EVERYWHERE, object_kind="route", object_code=code,
    ) as work:  # fmt: skip
        held = hold(store, work.connection, actor, code)
        yield held
        work.detail |= held.told


@contextmanager
def sketching(store: Store, actor: Actor, command: str, code: str) -> Iterator[Held]:
    """
    Ask the right and lock the route for a stroke of a draft; the audit hears only of refusals.

    A planner draws many strokes a minute, and a draft changes nothing that others see; what is
    saved of it is audited.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who draws.
    command
        Name of the command, as the table of rights has it.
    code
        The route's code.

    Yields
    ------
    Held
        The route, for the length of one transaction.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not draft here; the refusal is audited.
    """
    require_sketching(store, actor, command, code)
    with store.begin() as connection:
        yield hold(store, connection, actor, code)


def require_sketching(store: Store, actor: Actor, command: str, code: str) -> None:
    """
    Refuse a command that others see nothing of to those who may not draft; the refusal is audited.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who draws.
    command
        Name of the command, as the table of rights has it.
    code
        The route's code.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not draft here.
    """
    route = head(store, code)
    action = rights().action_of_command(command)
    try:
        require(actor, action, route.village_code or EVERYWHERE)
    except ForbiddenError as fault:
        told = {"command": command, "fault": type(fault).__name__}
        with store.begin() as connection:
            record(
                connection, actor, action or command,
                object_kind="route", object_code=code, outcome="refused", detail=told,
            )  # fmt: skip
        raise


def hold(store: Store, connection: Connection, actor: Actor, code: str) -> Held:
    """
    Lock a route for the rest of a transaction, and give it its first version where it has none.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction.
    actor
        Who acts; the right has been asked.
    code
        The route's code.

    Returns
    -------
    Held
        The route.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    """
    values = {"code": code, "actor": actor.id}
    connection.execute(text(BEGIN), values)
    connection.execute(text(ORIGINAL), values)
    route_id = connection.execute(text(LOCK), values).scalar_one_or_none()
    if route_id is None:
        raise UnknownRouteError(code)
    ends = connection.execute(text(ENDS), {"route": route_id}).one()
    # Read again under the lock: another planner may just have finished.
    route = head(store, code, connection=connection)
    return Held(store, connection, actor, route_id, route, ends.newest, ends.oldest)


def today_of(store: Store) -> date:
    """
    Tell which day it is in the district.

    Parameters
    ----------
    store
        The store.

    Returns
    -------
    date
        Today.
    """
    return datetime.now(ZoneInfo(store.district.timezone)).date()
