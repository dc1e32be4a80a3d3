"""Answer what a route is, was and is to become: versions, drafts, the desk's list, history."""

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from census.route_errors import UnknownRouteError
from census.store.actors import Actor
from census.store.connection import Store
from census.store.rights import EVERYWHERE
from census.store.route_cards import (
    Coordinates,
    DeskRow,
    Responsible,
    RouteDraft,
    RouteHead,
    RoutePlace,
    RouteVersion,
)

__all__ = [
    "DeskRow",
    "Responsible",
    "RouteDraft",
    "RouteHead",
    "RoutePlace",
    "RouteVersion",
    "desk_list",
    "draft",
    "head",
    "lines_of",
    "others_editing",
    "responsible_on",
    "route_place",
    "version",
    "versions",
]

FRESH_MINUTES = 10
LARGEST_VERSION = 2**31 - 1

HEAD = """
select e.code, e.name, e.village_code, v.name as village_name, v.town_code, t.name as town_name,
       e.unit_code, e.shelter_code, s.name as shelter_name, e.people, e.version as in_force,
       coalesce((select max(n.version) from census.route_version n
                 join census.route r on r.id = n.route_id where r.code = e.code), 0) as newest
from census.evacuation_route e
left join census.division v on v.code = e.village_code
left join census.division t on t.code = v.town_code
left join census.shelter s on s.code = e.shelter_code
"""

VERSIONS = """
select n.version, n.parent_version, st_asgeojson(n.geom, 8) as line, n.waypoints, n.shelter_code,
       s.name as shelter_name, n.assembly_point_code, n.off_road_reason, n.length_m, n.minutes,
       n.hazard_m, n.depth_max_m, n.hazard, n.findings, n.explanations, n.author,
       coalesce(made.actor_name, n.author) as author_name, n.made_at, n.note,
       coalesce(now.kind, 'saved') as state, coalesce(now.actor_name, n.author) as state_by,
       now.at as state_at, now.valid_from,
       now.reason
from census.route r
join census.route_version n on n.route_id = r.id
left join census.shelter s on s.code = n.shelter_code
left join lateral (select actor_name from census.route_event e
    where e.route_id = n.route_id and e.version = n.version order by e.id limit 1) made on true
left join census.route_status now on now.route_id = n.route_id and now.version = n.version
where r.code = :code
"""

# A route that nobody has edited yet has no version: its stored line stands for version 0.
UNTOUCHED = """
select 0 as version, null::int as parent_version,
       st_asgeojson(st_linemerge(e.geom), 8) as line,
       '[]'::jsonb as waypoints, e.shelter_code, s.name as shelter_name,
       null as assembly_point_code, null as off_road_reason, e.length_m, e.minutes, e.hazard_m,
       e.depth_max_m, '{}'::jsonb as hazard, '[]'::jsonb as findings, '{}'::jsonb as explanations,
       e.origin as author, e.origin as author_name, null::timestamptz as made_at, null as note,
       'saved' as state, e.origin as state_by, null::timestamptz as state_at,
       null::date as valid_from, null as reason
from census.evacuation_route e left join census.shelter s on s.code = e.shelter_code
where e.code = :code
"""

DESK = """
select a.*, coalesce(now.kind, 'untouched') as state, now.at as state_at,
       coalesce(d.drafts, 0) as drafts
from (select h.*, r.id as route_id, e.length_m
      from ({head}) h
      join census.evacuation_route e on e.code = h.code
      left join census.route r on r.code = h.code) a
left join census.route_status now on now.route_id = a.route_id and now.version = a.newest
left join (select route_id, count(*)::int as drafts from census.route_draft
           where updated_at > now() - make_interval(mins => :minutes) group by route_id) d
  on d.route_id = a.route_id
order by a.town_code, a.village_code, a.code
"""

IN_FORCE = """
select e.version, e.kind, e.valid_from, e.actor_name as publisher_name,
       (select b.actor_name from census.route_event b where b.route_id = e.route_id
        and b.version = e.version and b.kind in ('saved', 'restored')
        order by b.id limit 1) as author_name,
       (select b.actor_name from census.route_event b where b.route_id = e.route_id
        and b.version = e.version and b.kind = 'approved' order by b.id desc limit 1)
       as approver_name
from census.route r
join census.route_event e on e.route_id = r.id
where r.code = :code and e.kind in ('published', 'withdrawn') and e.valid_from <= :day
order by e.id desc limit 1
"""

POSTS = """
select u.division_code, u.post, u.role from census.duty u
where u.division_code = any(:codes)
order by u.division_code desc, u.sequence, u.role desc, u.post
"""


def lines_of(geojson: str | None) -> list[Coordinates]:
    """
    Read a stored line, or several.

    Parameters
    ----------
    geojson
        A LineString or MultiLineString; None for nothing.

    Returns
    -------
    list of list
        Lines of longitude and latitude, degrees.
    """
    if geojson is None:
        return []
    shape = json.loads(geojson)
    parts = [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]
    return [[[x, y] for x, y, *_ in part] for part in parts]


def head(store: Store, code: str, *, connection: Connection | None = None) -> RouteHead:
    """
    Describe a route.

    Parameters
    ----------
    store
        The store, role app.
    code
        The route's code.
    connection
        The caller's transaction; None for one of its own.

    Returns
    -------
    RouteHead
        The route as it stands.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    """
    if connection is None:
        with store.engine.connect() as own:
            return head(store, code, connection=own)
    query = text(f"{HEAD} where e.code = :code")
    row = connection.execute(query, {"code": code}).mappings().one_or_none()
    if row is None:
        raise UnknownRouteError(code)
    return RouteHead(**row)


def versions(store: Store, code: str) -> list[RouteVersion]:
    """
    List all versions of a route, newest first.

    Parameters
    ----------
    store
        The store, role app.
    code
        The route's code.

    Returns
    -------
    list of RouteVersion
        Version 0 is the line as planned or delivered.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    """
    query = text(f"{VERSIONS} order by n.version desc")
    with store.engine.connect() as connection:
        rows = connection.execute(query, {"code": code}).mappings().all()
        if not rows:
            rows = connection.execute(text(UNTOUCHED), {"code": code}).mappings().all()
    if not rows:
        raise UnknownRouteError(code)
    return [_version(row) for row in rows]


def version(store: Store, code: str, number: int) -> RouteVersion:
    """
    Return one version of a route.

    Parameters
    ----------
    store
        The store, role app.
    code
        The route's code.
    number
        The version.

    Returns
    -------
    RouteVersion
        The version.

    Raises
    ------
    UnknownRouteError
        If there is no such route or version.
    """
    if 0 <= number <= LARGEST_VERSION:
        query, values = (
            text(f"{VERSIONS} and n.version = :number"),
            {"code": code, "number": number},
        )
        with store.engine.connect() as connection:
            row = connection.execute(query, values).mappings().one_or_none()
            if row is None and number == 0:
                untouched = text(UNTOUCHED)
                row = connection.execute(untouched, {"code": code}).mappings().one_or_none()
        if row is not None:
            return _version(row)
    head(store, code)
    raise UnknownRouteError(code, number)


def _version(row: RowMapping) -> RouteVersion:
    facts: dict[str, Any] = dict(row)
    return RouteVersion(lines=lines_of(facts.pop("line")), **facts)


def draft(store: Store, code: str, actor: Actor) -> RouteDraft | None:
    """
    Return what somebody has drawn and not saved.

    Parameters
    ----------
    store
        The store, role app.
    code
        The route's code.
    actor
        Whose draft.

    Returns
    -------
    RouteDraft or None
        The draft; None where there is none.
    """
    query = text(
        "select d.base_version, st_asgeojson(d.geom, 8) as line, d.state, d.updated_at "
        "from census.route_draft d join census.route r on r.id = d.route_id "
        "where r.code = :code and d.account_id = :account"
    )
    with store.engine.connect() as connection:
        found = connection.execute(query, {"code": code, "account": actor.id})
        row = found.mappings().one_or_none()
    if row is None:
        return None
    facts = dict(row)
    return RouteDraft(lines=lines_of(facts.pop("line")), **facts)


def route_place(store: Store, code: str) -> RoutePlace | None:
    """
    Name a route and its village from what the public may see.

    Parameters
    ----------
    store
        The store, any role.
    code
        The route's code.

    Returns
    -------
    RoutePlace or None
        None where no route has this code.
    """
    query = text(
        "select name, village_code, st_xmin(geom) as west, st_ymin(geom) as south, "
        "st_xmax(geom) as east, st_ymax(geom) as north "
        "from pub.evacuation_route where code = :code"
    )
    with store.engine.connect() as connection:
        row = connection.execute(query, {"code": code}).mappings().one_or_none()
    if row is None:
        return None
    bounds = (row["west"], row["south"], row["east"], row["north"])
    return RoutePlace(name=row["name"], village_code=row["village_code"], bounds=bounds)


def others_editing(connection: Connection, code: str, actor_id: str) -> int:
    """
    Count the other planners who changed a draft of the route lately.

    Parameters
    ----------
    connection
        A connection of role app.
    code
        The route's code.
    actor_id
        Who asks.

    Returns
    -------
    int
        Planners, without names.
    """
    query = text(
        "select count(*) from census.route_draft d join census.route r on r.id = d.route_id "
        "where r.code = :code and d.account_id <> :account "
        "and d.updated_at > now() - make_interval(mins => :minutes)"
    )
    values = {"code": code, "account": actor_id, "minutes": FRESH_MINUTES}
    return int(connection.execute(query, values).scalar_one())


def desk_list(store: Store, actor: Actor) -> list[DeskRow]:
    """
    List the routes that somebody may see at the desk.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks; routes outside their scope are left out.

    Returns
    -------
    list of DeskRow
        By town, village and code.
    """
    query, values = text(DESK.format(head=HEAD)), {"minutes": FRESH_MINUTES}
    with store.engine.connect() as connection:
        rows = connection.execute(query, values).mappings().all()
    wanted = DeskRow.__dataclass_fields__
    return [
        DeskRow(**{name: row[name] for name in wanted})
        for row in rows
        if actor.may("route.read", row["village_code"] or EVERYWHERE)
    ]


def responsible_on(store: Store, code: str, day: date) -> Responsible:
    """
    Tell from history who answered for a route on a day.

    Parameters
    ----------
    store
        The store, role app.
    code
        The route's code.
    day
        The day, in the district's calendar.

    Returns
    -------
    Responsible
        The version in force with author, approver and publisher, and the posts on duty in its
        village and town as they are listed now.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    """
    with store.engine.connect() as connection:
        route = head(store, code, connection=connection)
        found = connection.execute(text(IN_FORCE), {"code": code, "day": day})
        row = found.mappings().one_or_none()
        codes = [each for each in (route.village_code, route.town_code) if each]
        posts = connection.execute(text(POSTS), {"codes": codes}).all()
    listed = [(str(one[0]), str(one[1]), str(one[2])) for one in posts]
    names = ("valid_from", "author_name", "approver_name", "publisher_name")
    if row is None or row["kind"] == "withdrawn":
        return Responsible(version=0, **dict.fromkeys(names, None), posts=listed)
    return Responsible(version=row["version"], **{name: row[name] for name in names}, posts=listed)
