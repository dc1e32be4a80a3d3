"""Show people the version of a route that stands: at once, on its day, or no longer."""

from datetime import date

from sqlalchemy import text

from census.store.actors import system_actor
from census.store.audit import record
from census.store.connection import Store
from census.store.deliveries import bump_generation
from census.store.route_keeping import Held, hold
from census.store.route_queries import DUE
from census.store.telling import tell_live

# The version's line and figures replace those of the route; whose plan it was stays. A route that
# pages have not shown so far comes in as it was drawn.
PUT_IN_FORCE = """
insert into census.evacuation_route
    (code, origin, unit_code, village_code, shelter_code, name, people, road_ids, length_m, minutes,
     hazard_m, depth_max_m, geom, version, valid_from)
select r.code, r.origin, r.unit_code, r.village_code, n.shelter_code, r.name, r.people, n.road_ids,
       n.length_m, n.minutes, n.hazard_m, n.depth_max_m, st_multi(n.geom),
       cast(:shown as int), cast(:valid_from as date)
from census.route_version n join census.route r on r.id = n.route_id
where n.route_id = :route and n.version = :version
on conflict (code) do update
set geom = excluded.geom, shelter_code = excluded.shelter_code, road_ids = excluded.road_ids,
    length_m = excluded.length_m, minutes = excluded.minutes, hazard_m = excluded.hazard_m,
    depth_max_m = excluded.depth_max_m, version = excluded.version,
    valid_from = excluded.valid_from
"""
TAKE_AWAY = "delete from census.evacuation_route where code = :code and version is not null"
OLDER = """
select version from census.route_status
where route_id = :route and kind = 'published' and version < :version order by version
"""


def put_in_force(held: Held, version: int, valid_from: date) -> None:
    """
    Show a published version in place of what was shown, whose publication it supersedes.

    Parameters
    ----------
    held
        The route.
    version
        The version.
    valid_from
        Its day, which has come.
    """
    values = {"route": held.route_id, "version": version}
    older = held.connection.execute(text(OLDER), values).scalars().all()
    for number in older:
        held.note(number, "superseded", detail={"by": version})
    shown = {"shown": version, "valid_from": valid_from}
    held.connection.execute(text(PUT_IN_FORCE), values | shown)
    news: dict[str, str | int] = {
        "code": held.head.code, "version": version, "status": "published",
    }  # fmt: skip
    tell_live(held.connection, "version", news)
    bump_generation(held.store, "evacuation_route", connection=held.connection)


def put_back(held: Held) -> None:
    """
    Show what was there before anybody published; a route that was drawn from nothing goes.

    Parameters
    ----------
    held
        The route.
    """
    if held.oldest > 0:
        held.connection.execute(text(TAKE_AWAY), {"code": held.head.code})
    else:
        values = {"route": held.route_id, "version": 0, "shown": None, "valid_from": None}
        held.connection.execute(text(PUT_IN_FORCE), values)
    bump_generation(held.store, "evacuation_route", connection=held.connection)


def take_effect(store: Store, day: date) -> list[str]:
    """
    Show the published versions whose day has come.

    May be called at any time and by several at once: each route is looked at again under its lock,
    and a second call on the same day changes nothing. The audit names the system's user.

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
    with store.engine.connect() as connection:
        codes = connection.execute(text(DUE), {"day": day, "code": None}).scalars().all()
    return [str(code) for code in codes if _effected(store, str(code), day)]


def _effected(store: Store, code: str, day: date) -> bool:
    actor = system_actor()
    with store.begin() as connection:
        shown = catch_up(hold(store, connection, actor, code), day)
        if shown is not None:
            told = {"command": "take_effect", "version": shown, "day": day}
            record(
                connection, actor, "route.publish",
                object_kind="route", object_code=code, detail=told,
            )  # fmt: skip
    return shown is not None


def catch_up(held: Held, day: date) -> int | None:
    """
    Show the version that stands on a day, if another one is shown.

    Parameters
    ----------
    held
        The route.
    day
        The day.

    Returns
    -------
    int or None
        The version; None where nothing had to change.
    """
    values = {"day": day, "code": held.head.code}
    due = held.connection.execute(text(DUE), values).one_or_none()
    if due is None:
        return None
    put_in_force(held, due.version, due.valid_from)
    return int(due.version)
