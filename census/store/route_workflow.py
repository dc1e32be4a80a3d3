"""Bring a version from its author to the people: submitted, approved by another, published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from census.route_errors import (
    OwnWorkError,
    RouteStateError,
    StaleVersionError,
    UnexplainedError,
    UnfitRouteError,
    ValidFromError,
)
from census.store.actors import Actor
from census.store.connection import Store
from census.store.deliveries import bump_generation
from census.store.route_keeping import Held, holding, tell_live, today_of

FINDINGS = """
select findings, explanations from census.route_version
where route_id = :route and version = :version
"""

# The published line and its figures replace those of the route; whose plan it was stays.
PUT_IN_FORCE = """
update census.evacuation_route e
set geom = st_multi(n.geom), shelter_code = n.shelter_code, road_ids = n.road_ids,
    length_m = n.length_m, minutes = n.minutes, hazard_m = n.hazard_m,
    depth_max_m = n.depth_max_m, version = :shown, valid_from = :valid_from
from census.route_version n
where n.route_id = :route and n.version = :version and e.code = :code
"""

# Versions whose day has come: the last publication of each route that is not yet shown.
DUE = """
select r.id as route_id, r.code, last.version, last.valid_from
from census.route r
join lateral (select e.version, e.kind, e.valid_from from census.route_event e
    where e.route_id = r.id and e.kind in ('published', 'withdrawn') and e.valid_from <= :day
    order by e.id desc limit 1) last on last.kind = 'published'
join census.evacuation_route shown on shown.code = r.code
where shown.version is distinct from last.version
for update of r skip locked
"""

SHEETS = """
insert into census.sheet_reissue (route_id, version, village_code, kind)
select distinct on (c.village_code) cast(:route as uuid), cast(:version as int), c.village_code,
       'evacuation'
from (select :village as village_code
      union all select s.village_code from census.shelter s
      where s.code = any(:shelters) and cardinality(cast(:shelters as text[])) > 1) c
where c.village_code is not null
on conflict do nothing
returning village_code, kind
"""

POSTS = """
select distinct u.division_code, u.post, u.role
from census.duty u
where u.division_code in (
    select v.code from census.division v where v.code = any(:villages)
    union select v.town_code from census.division v where v.code = any(:villages))
order by u.division_code, u.role desc, u.post
"""
VILLAGES = """
select :village as code
union select s.village_code from census.shelter s where s.code = any(:shelters)
"""


@dataclass(frozen=True)
class Published:
    """
    What a publication asks of people.

    Attributes
    ----------
    version
        The version.
    valid_from
        Day from which it counts.
    reissue
        Village code and kind of each sheet to print again.
    tell
        Division code, post and role of those to be told; posts, never persons.
    """

    version: int
    valid_from: date
    reissue: list[tuple[str, str]]
    tell: list[tuple[str, str, str]]


def submit(
    store: Store,
    actor: Actor,
    *,
    code: str,
    version: int,
    explanations: Mapping[str, str] | None = None,
) -> None:
    """
    Ask for the approval of the newest version.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    code
        The route's code.
    version
        The version.
    explanations
        Reasons for warnings, by the finding's code, beside those saved with the version.

    Raises
    ------
    StaleVersionError
        If it is no longer the newest.
    UnfitRouteError
        If an error was found in it.
    UnexplainedError
        If a warning has no reason.
    RouteStateError
        If it is already on its way.
    """
    with holding(store, actor, "submit", code) as held:
        held.require(version, "saved", "restored", "returned")
        if version != held.newest:
            raise StaleVersionError(code, version, held.newest)
        values = {"route": held.route_id, "version": version}
        found = held.connection.execute(text(FINDINGS), values).one()
        reasons = {**found.explanations, **(explanations or {})}
        _require_fit(code, version, found.findings, reasons)
        held.note(version, "submitted", detail={"explanations": reasons})


def _require_fit(
    code: str, version: int, findings: list[dict[str, Any]], reasons: Mapping[str, str]
) -> None:
    faults = sorted({each["code"] for each in findings if each["level"] == "error"})
    if faults:
        raise UnfitRouteError(code, version, faults)
    warnings = {each["code"] for each in findings if each["level"] == "warning"}
    silent = sorted(each for each in warnings if not str(reasons.get(each, "")).strip())
    if silent:
        raise UnexplainedError(code, version, silent)


def return_to_author(store: Store, actor: Actor, *, code: str, version: int, reason: str) -> None:
    """
    Send a submitted version back.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The approver.
    code
        The route's code.
    version
        The version.
    reason
        What has to change.

    Raises
    ------
    RouteStateError
        If it is not submitted.
    """
    with holding(store, actor, "return_to_author", code) as held:
        held.require(version, "submitted")
        held.note(version, "returned", reason=reason)


def approve(
    store: Store, actor: Actor, *, code: str, version: int, reason: str | None = None
) -> None:
    """
    Approve a submitted version; never one's own work.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The approver.
    code
        The route's code.
    version
        The version.
    reason
        A remark.

    Raises
    ------
    OwnWorkError
        If the approver saved or submitted it.
    RouteStateError
        If it is not submitted.
    """
    with holding(store, actor, "approve", code) as held:
        held.require(version, "submitted")
        if actor.id in held.who(version, "saved", "restored", "submitted"):
            raise OwnWorkError(code, version)
        held.note(version, "approved", reason=reason)


def publish(store: Store, actor: Actor, *, code: str, version: int, valid_from: date) -> Published:
    """
    Put an approved version in force from a day on, in place of what was shown before.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who publishes.
    code
        The route's code.
    version
        The version.
    valid_from
        Day from which pages, sheets and screens show it; today or later.

    Returns
    -------
    Published
        Sheets to print again and posts to tell.

    Raises
    ------
    RouteStateError
        If it is not approved, or a later one is already published.
    ValidFromError
        If the day is over.
    """
    today = today_of(store)
    with holding(store, actor, "publish", code) as held:
        held.require(version, "approved")
        if valid_from < today:
            raise ValidFromError(valid_from, today)
        older = _published_now(held)
        if older is not None and older > version:
            raise RouteStateError(code, version, "superseded", ("approved",))
        if older is not None:
            held.note(older, "superseded", detail={"by": version})
        shelters = _shelters(held, version)
        held.note(version, "published", valid_from=valid_from)
        if valid_from <= today:
            _show(held, version, shown=version, valid_from=valid_from)
        held.told |= {"valid_from": valid_from.isoformat()}
        return _asked(held, version, valid_from, shelters)


def withdraw(store: Store, actor: Actor, *, code: str, version: int, reason: str) -> None:
    """
    Take a published version out of force: the line as planned or delivered is shown again.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who withdraws.
    code
        The route's code.
    version
        The version.
    reason
        Why.

    Raises
    ------
    RouteStateError
        If it is not the published one.
    """
    with holding(store, actor, "withdraw", code) as held:
        held.require(version, "published")
        shelters = _shelters(held, 0)
        held.note(version, "withdrawn", valid_from=today_of(store), reason=reason)
        _show(held, 0, shown=None, valid_from=None)
        _asked(held, version, today_of(store), shelters)


def take_effect(store: Store, day: date) -> list[str]:
    """
    Show the published versions whose day has come.

    Parameters
    ----------
    store
        The store, role app.
    day
        Today in the district.

    Returns
    -------
    list of str
        Codes of the routes that changed.
    """
    with store.begin() as connection:
        rows = connection.execute(text(DUE), {"day": day}).mappings().all()
        for row in rows:
            values = {**row, "route": row["route_id"], "shown": row["version"]}
            connection.execute(text(PUT_IN_FORCE), values)
        if rows:
            bump_generation(store, "evacuation_route", connection=connection)
    return [str(row["code"]) for row in rows]


def _published_now(held: Held) -> int | None:
    query = text(
        "select max(version) from census.route_status "
        "where route_id = :route and kind = 'published'"
    )
    found = held.connection.execute(query, {"route": held.route_id}).scalar_one()
    return None if found is None else int(found)


def _shelters(held: Held, version: int) -> list[str]:
    """List the shelter shown now and that of a version; one entry where they are the same."""
    query = text(
        "select shelter_code from census.route_version "
        "where route_id = :route and version = :version"
    )
    values = {"route": held.route_id, "version": version}
    new = held.connection.execute(query, values).scalar_one()
    return sorted({each for each in (held.head.shelter_code, new) if each})


def _show(held: Held, version: int, *, shown: int | None, valid_from: date | None) -> None:
    values = {
        "route": held.route_id,
        "version": version,
        "code": held.head.code,
        "shown": shown,
        "valid_from": valid_from,
    }
    held.connection.execute(text(PUT_IN_FORCE), values)
    bump_generation(held.store, "evacuation_route", connection=held.connection)
    tell_live(held.connection, "version", {"code": held.head.code, "version": version})


def _asked(held: Held, version: int, valid_from: date, shelters: list[str]) -> Published:
    connection, village = held.connection, held.head.village_code
    values = {"village": village, "shelters": shelters}
    of_version = {"route": held.route_id, "version": version}
    sheets = connection.execute(text(SHEETS), values | of_version).all()
    villages = [each for each in connection.execute(text(VILLAGES), values).scalars() if each]
    posts = connection.execute(text(POSTS), {"villages": villages}).all()
    return Published(
        version,
        valid_from,
        sorted((str(row[0]), str(row[1])) for row in sheets),
        [(str(row[0]), str(row[1]), str(row[2])) for row in posts],
    )
