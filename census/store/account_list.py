"""List the accounts as the security administrator looks at them: state, roles, last sign-in."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from census.access_errors import UnknownAccountError
from census.store import lockout
from census.store.access_tables import Account, AccountRole, LoginSession
from census.store.accounts import login_key_of
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.days import district_today

ACCOUNT: Final = "account"
State = Literal["open", "new", "locked", "ended", "closed"]
"""Signs in; has no password yet; too many failures; past its last day; closed for good."""


@dataclass(frozen=True)
class Choice:
    """
    A division that a role can be given for.

    Attributes
    ----------
    code
        Its code.
    name
        Its name.
    level
        ``town`` or ``village``.
    town_code
        Its town; its own code where it is one.
    """

    code: str
    name: str
    level: str
    town_code: str


def scope_choices(store: Store) -> list[Choice]:
    """
    List the towns, each followed by its villages.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    list[Choice]
        In the order of their codes.
    """
    table = store.tables.division
    query = (
        select(table.c.code, table.c.name, table.c.level, table.c.town_code)
        .where(table.c.level.in_(["town", "village"]))
        .order_by(table.c.town_code, table.c.level, table.c.code)
    )
    with store.begin() as connection:
        return [Choice(*row) for row in connection.execute(query)]


def accounts(
    store: Store, actor: Actor, *, search: str = "", state: State | None = None
) -> list[Mapping[str, Any]]:
    """
    List the accounts with their roles; the reading is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks.
    search
        Part of a login name, staff number or display name; empty for all.
    state
        Only accounts in this state; None for all.

    Returns
    -------
    list[Mapping[str, Any]]
        Keys id, login_name, staff_number, display_name, active, ends_on, state, locked_s, has_totp,
        totp_tag (which key its secret was encrypted with), last_sign_in, roles (pairs of role and
        scope).

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    asked = {"search": bool(search), "state": state}
    with deed(store, actor, "accounts", object_kind=ACCOUNT, detail=asked) as work:
        found = _read(work.connection, _query().order_by(Account.login_key))
    key = login_key_of(search)
    return [
        row for row in found if state in (None, row["state"]) and (not key or _is_named(row, key))
    ]


def account(store: Store, actor: Actor, *, account_id: str) -> Mapping[str, Any]:
    """
    Read one account with its roles; the reading is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks.
    account_id
        The account.

    Returns
    -------
    Mapping[str, Any]
        The keys of :func:`accounts`.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    UnknownAccountError
        If there is no such account.
    """
    with deed(store, actor, "account", object_kind=ACCOUNT, object_code=account_id) as work:
        try:
            wanted = UUID(account_id)
        except ValueError:
            raise UnknownAccountError(account_id) from None
        found = _read(work.connection, _query().where(Account.id == wanted))
        if not found:
            raise UnknownAccountError(account_id)
        return found[0]


def _is_named(row: Mapping[str, Any], key: str) -> bool:
    named = (row["login_name"], row["staff_number"] or "", row["display_name"])
    return any(key in login_key_of(name) for name in named)


def _query() -> Select[*tuple[Any, ...]]:
    last = (
        select(func.max(LoginSession.started_at))
        .where(LoginSession.account_id == Account.id)
        .scalar_subquery()
    )
    return select(
        Account.id, Account.login_name, Account.login_key, Account.staff_number,
        Account.display_name, Account.active, Account.ends_on, Account.tf_totp_secret,
        Account.password.is_not(None).label("has_password"), last.label("last_sign_in"),
        func.coalesce(Account.ends_on < district_today(), False).label("is_ended"),
    )  # fmt: skip


def _read(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Mapping[str, Any]]:
    roles: dict[object, list[tuple[str, str]]] = {}
    held = select(AccountRole.account_id, AccountRole.role, AccountRole.scope_code)
    order = AccountRole.role, AccountRole.scope_code
    for account_id, role, scope in connection.execute(held.order_by(*order)):
        roles.setdefault(account_id, []).append((role, scope))
    waits = lockout.locked(connection)
    rows: Iterable[Any] = connection.execute(query).mappings()
    return [_shown(dict(row), roles.get(row["id"], []), waits) for row in rows]


def _shown(
    row: dict[str, Any], roles: list[tuple[str, str]], waits: Mapping[str, int]
) -> Mapping[str, Any]:
    secret, key = row.pop("tf_totp_secret"), row.pop("login_key")
    has_password, is_ended = row.pop("has_password"), row.pop("is_ended")
    # Failures are counted for the login name, whichever of the two was typed.
    locked_s = waits.get(key, 0)
    return {
        **row,
        "id": str(row["id"]),
        "state": _state(row["active"], is_ended, locked_s, has_password),
        "locked_s": locked_s,
        "has_totp": secret is not None,
        "totp_tag": tag_of(secret),
        "roles": roles,
    }


def _state(active: bool, is_ended: bool, locked_s: int, has_password: bool) -> State:  # noqa: FBT001  (four facts of one row)
    if not active:
        return "closed"
    if is_ended:
        return "ended"
    if locked_s:
        return "locked"
    return "open" if has_password else "new"


def tag_of(secret: str | None) -> str | None:
    """
    Read the name of the key that the secret of a second factor was encrypted with.

    Parameters
    ----------
    secret
        The secret as the web process encrypted it; None where there is none.

    Returns
    -------
    str | None
        The name of the key; None where it names none.
    """
    try:
        return str(json.loads(secret or "")["enckey"]["t"])
    except (ValueError, KeyError, TypeError):
        return None
