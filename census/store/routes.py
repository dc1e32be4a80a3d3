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
from census.store.route_queries import BEFORE_ALL, DESK, HEAD, IN_FORCE, POSTS, VERSIONS

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
    query = text(f"{HEAD} where k.code = :code")
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
        Version 0 is the line as planned or delivered; that of a route drawn from nothing has none.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    """
    query = text(f"{VERSIONS} order by n.version desc")
    with store.engine.connect() as connection:
        rows = list(connection.execute(query, {"code": code}).mappings())
        if not rows or rows[-1]["version"] > 0:
            rows += connection.execute(text(BEFORE_ALL), {"code": code}).mappings()
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
                first = text(BEFORE_ALL)
                row = connection.execute(first, {"code": code}).mappings().one_or_none()
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
    Count the other planners who have the editor of the route open.

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
        "select count(distinct account_id) from census.route_seat "
        "where code = :code and account_id <> :account and until > now()"
    )
    values = {"code": code, "account": actor_id}
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
    query, values = text(DESK), {"minutes": FRESH_MINUTES}
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
    if row is None or row["is_withdrawn"]:
        return Responsible(version=0, **dict.fromkeys(names, None), posts=listed)
    return Responsible(version=row["version"], **{name: row[name] for name in names}, posts=listed)
