"""Bring a version from its author to the people: submitted, approved by another, published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from census.route_errors import (
    OriginalLineError,
    OwnWorkError,
    RouteStateError,
    StaleVersionError,
    ValidFromError,
)
from census.store.actors import Actor
from census.store.connection import Store
from census.store.route_commands import Checked, as_stored
from census.store.route_effects import catch_up, put_back, put_in_force
from census.store.route_fitness import OFF_ROAD, require_fit, require_fit_still
from census.store.route_keeping import Held, holding, today_of

MOST_DAYS_AHEAD = 366
"""A later day would be a slip of the keyboard: the line would wait unseen for years."""

REASONS = """
select explanations, off_road_reason from census.route_version
where route_id = :route and version = :version
"""

# Whose work a version is: its own author and submitter, and the authors of the lines that it was
# made of. A restored or taken line is that of every older version of the same course; an edited or
# merged one carries on its parent, up to one that another person approved.
WHOSE = """
with recursive made_of as (
    select n.version, o.version as source
    from census.route_version n
    join census.route_version o on o.route_id = n.route_id and o.version < n.version
    where n.route_id = :route and (
        st_orderingequals(o.geom, n.geom)
        or (o.version = n.parent_version and not exists (
            select from census.route_event e where e.route_id = n.route_id
            and ((e.version = o.version and e.kind = 'approved')
                 or (e.version = n.version and e.kind = 'restored')))))
), lineage as (
    select cast(:version as int) as version
    union
    select m.source from made_of m join lineage l on l.version = m.version
)
select e.actor from census.route_event e join lineage l on l.version = e.version
where e.route_id = :route and e.kind in ('saved', 'restored')
union
select e.actor from census.route_event e
where e.route_id = :route and e.version = :version and e.kind = 'submitted'
"""

SHEETS = """
insert into census.sheet_reissue (route_id, version, village_code, kind)
select distinct on (c.village_code) cast(:route as uuid), cast(:version as int), c.village_code,
       'evacuation'
from (select :village as village_code
      union all select s.village_code from census.shelter s
      where s.code = any(:shelters) and cardinality(cast(:shelters as text[])) > 1) c
where c.village_code is not null
on conflict (route_id, version, village_code, kind)
do update set listed_at = now(), printed_at = null
returning village_code, kind
"""

NEVER_SHOWN = """
delete from census.sheet_reissue
where route_id = :route and version = :version and printed_at is null
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
    checked: Checked,
    explanations: Mapping[str, str] | None = None,
) -> None:
    """
    Ask for the approval of the newest version, judged by what is found of its line now.

    What was found when it was saved may be of an older network or another water; what is found now
    is kept with the event.

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
    checked
        What the checks find of its line now.
    explanations
        Reasons for warnings, by the finding's code, beside those saved with the version.

    Raises
    ------
    OriginalLineError
        If it is the line as planned or delivered, which nobody has saved.
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
        if version == 0:
            raise OriginalLineError(code)
        if version != held.newest:
            raise StaleVersionError(code, version, held.newest)
        values = {"route": held.route_id, "version": version}
        kept = held.connection.execute(text(REASONS), values).one()
        off_road = {OFF_ROAD: kept.off_road_reason} if kept.off_road_reason else {}
        reasons = {**off_road, **kept.explanations, **(explanations or {})}
        require_fit(code, version, checked.findings, reasons)
        judged = as_stored(checked)
        held.note(version, "submitted", detail={"explanations": reasons, "checked": judged})


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
    store: Store,
    actor: Actor,
    *,
    code: str,
    version: int,
    checked: Checked,
    reason: str | None = None,
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
    checked
        What the checks find of its line now.
    reason
        A remark.

    Raises
    ------
    UnfitRouteError
        If an error is found in it that nobody answered: a road was closed since.
    OwnWorkError
        If the approver submitted it, or drew or chose a line that it was made of.
    RouteStateError
        If it is not submitted.
    """
    with holding(store, actor, "approve", code) as held:
        held.require(version, "submitted")
        values = {"route": held.route_id, "version": version}
        if actor.id in held.connection.execute(text(WHOSE), values).scalars().all():
            raise OwnWorkError(code, version)
        require_fit_still(held, version, checked)
        held.note(version, "approved", reason=reason, detail={"checked": as_stored(checked)})


def publish(
    store: Store, actor: Actor, *, code: str, version: int, checked: Checked, valid_from: date
) -> Published:
    """
    Put an approved version in force from a day on, in place of what is shown until then.

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
    checked
        What the checks find of its line now.
    valid_from
        Day from which pages, sheets and screens show it; today or at most ``MOST_DAYS_AHEAD``
        days later.

    Returns
    -------
    Published
        Sheets to print again and posts to tell.

    Raises
    ------
    RouteStateError
        If it is not approved, or a later one is already published.
    UnfitRouteError
        If an error is found in it that nobody answered: a road was closed since.
    ValidFromError
        If the day is over or too far ahead.
    """
    today = today_of(store)
    with holding(store, actor, "publish", code) as held:
        held.require(version, "approved")
        last = today + timedelta(days=MOST_DAYS_AHEAD)
        if not today <= valid_from <= last:
            raise ValidFromError(valid_from, today, last)
        if _last_published(held) > version:
            raise RouteStateError(code, version, "superseded", ("approved",))
        require_fit_still(held, version, checked)
        shelters = _shelters(held, version)
        judged = {"checked": as_stored(checked)}
        held.note(version, "published", valid_from=valid_from, detail=judged)
        if valid_from <= today:
            put_in_force(held, version, valid_from)
        held.told |= {"valid_from": valid_from.isoformat()}
        return _asked(held, version, valid_from, shelters)


def withdraw(store: Store, actor: Actor, *, code: str, version: int, reason: str) -> None:
    """
    Take a published version back.

    Where it is shown, the line as planned or delivered is shown again, and a route that was drawn
    from nothing goes from the pages. Where its day has not come, what is shown until then stays.

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
        If it is not published.
    """
    with holding(store, actor, "withdraw", code) as held:
        held.require(version, "published")
        today = today_of(store)
        shelters = _shelters(held, held.oldest)
        # The worker may have been away on its day: then it is shown first.
        is_shown = version in {held.head.in_force, catch_up(held, today)}
        held.note(version, "withdrawn", valid_from=today, reason=reason)
        if is_shown:
            put_back(held)
            _asked(held, version, today, shelters)
        else:
            held.connection.execute(text(NEVER_SHOWN), {"route": held.route_id, "version": version})


def _last_published(held: Held) -> int:
    query = text(
        "select coalesce(max(version), 0) from census.route_status "
        "where route_id = :route and kind = 'published'"
    )
    return int(held.connection.execute(query, {"route": held.route_id}).scalar_one())


def _shelters(held: Held, version: int) -> list[str]:
    """List the shelter shown now and that of a version; one entry where they are the same."""
    query = text(
        "select shelter_code from census.route_version "
        "where route_id = :route and version = :version"
    )
    values = {"route": held.route_id, "version": version}
    new = held.connection.execute(query, values).scalar_one()
    return sorted({each for each in (held.head.shelter_code, new) if each})


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
