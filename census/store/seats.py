"""Keep who has the editor of a route open: a seat per tab, gone when it is not taken again in time.

What others learn of it is a count, through view ``pub.route_editing`` and the live process.
"""

from typing import Final

from sqlalchemy import Connection, text

from census.store.actors import Actor
from census.store.connection import Store
from census.store.rights import rights
from census.store.route_keeping import require_sketching
from census.store.routes import others_editing
from census.store.telling import tell_live

# An account with more tabs than this on one route loses its oldest seats.
MOST_TABS: Final = 8

# Two requests that sweep at once leave each other's rows alone.
SWEEP = """
delete from census.route_seat where (code, account_id, tab) in (
    select code, account_id, tab from census.route_seat where until <= now()
    for update skip locked)
returning code
"""
TAKE = """
insert into census.route_seat (code, account_id, tab, until)
values (:code, :account, :tab, now() + make_interval(secs => :gone_after_s))
on conflict (code, account_id, tab) do update set until = excluded.until
returning xmax = 0
"""
CROWD_OUT = """
delete from census.route_seat where code = :code and account_id = :account and tab not in (
    select tab from census.route_seat where code = :code and account_id = :account
    order by until desc, tab limit :most)
"""
LEAVE = """
delete from census.route_seat where code = :code and account_id = :account and tab = :tab
returning code
"""
EDITORS = "select coalesce(max(editors), 0) from pub.route_editing where code = :code"
ALL_EDITORS = "select code, editors from pub.route_editing"


def take_seat(store: Store, actor: Actor, *, code: str, tab: str) -> int:
    """
    Say that somebody has the editor of a route open, for the next seconds.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Whose tab it is.
    code
        The route's code.
    tab
        The tab, which made its id up.

    Returns
    -------
    int
        How many others have it open.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not draft here; the refusal is audited.
    """
    require_sketching(store, actor, "take_seat", code)
    values = {"code": code, "account": actor.id, "tab": tab, "most": MOST_TABS}
    values |= rights().limits["presence"]
    with store.begin() as connection:
        changed = set(connection.execute(text(SWEEP)).scalars())
        if connection.execute(text(TAKE), values).scalar_one():
            connection.execute(text(CROWD_OUT), values)
            changed.add(code)
        _tell(connection, changed)
        return others_editing(connection, code, actor.id)


def leave_seat(store: Store, actor: Actor, *, code: str, tab: str) -> None:
    """
    Say that a tab with the editor of a route was closed.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Whose tab it was.
    code
        The route's code.
    tab
        The tab.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not draft here; the refusal is audited.
    """
    require_sketching(store, actor, "leave_seat", code)
    with store.begin() as connection:
        values = {"code": code, "account": actor.id, "tab": tab}
        _tell(connection, set(connection.execute(text(LEAVE), values).scalars()))


def editors(store: Store) -> dict[str, int]:
    """
    Count who has the editor of a route open.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    dict of str to int
        Route's code to people; routes that nobody edits are left out.
    """
    with store.engine.connect() as connection:
        found = connection.execute(text(ALL_EDITORS))
        return {str(code): int(count) for code, count in found}


def _tell(connection: Connection, codes: set[str]) -> None:
    for code in sorted(codes):
        count = connection.execute(text(EDITORS), {"code": code}).scalar_one()
        tell_live(connection, "editing", {"code": code, "count": int(count)})
