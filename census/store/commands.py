"""Accounts and roles: what the security administrator does, each with its right and audit entry.

Every command is ``name(store, actor, *, ...)`` and does its work in a
:func:`census.store.audit.deed`. Those about passwords stand in ``password_commands``.
"""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from census.access_errors import (
    AccountExistsError,
    OwnRoleError,
    RolesApartError,
    UnknownRoleError,
)
from census.errors import UnknownDivisionError
from census.store.access_tables import Account, AccountRole
from census.store.accounts import account_of, checked_key, void_codes
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.password_commands import change_password, issue_code, redeem_code, set_totp
from census.store.rights import EVERYWHERE, rights
from census.store.sessions import end_all

__all__ = [
    "accounts",
    "change_password",
    "close_account",
    "create_account",
    "grant_role",
    "issue_code",
    "redeem_code",
    "revoke_role",
    "set_totp",
]

ACCOUNT = "account"


def create_account(
    store: Store,
    actor: Actor,
    *,
    login_name: str,
    display_name: str,
    staff_number: str | None = None,
    email: str | None = None,
    ends_on: date | None = None,
) -> str:
    """
    Create an account without role and password; a one-time code opens it.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    login_name
        Name to sign in with.
    display_name
        Name shown to others.
    staff_number
        Number to sign in with as well.
    email
        Address, needed for nothing.
    ends_on
        Last day of the account; None for no end.

    Returns
    -------
    str
        Id of the account.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    AccountNameError
        If a name cannot be one.
    AccountExistsError
        If another account signs in with the name or number.
    """
    asked = {"ends_on": ends_on}
    with deed(store, actor, "create_account", object_kind=ACCOUNT, detail=asked) as work:
        key = checked_key(login_name)
        number = checked_key(staff_number) if staff_number else None
        keys = [each for each in (key, number) if each]
        # A number may be nobody's name either, so one writer at a time looks and adds.
        work.connection.execute(
            text("select pg_advisory_xact_lock(hashtext('riskatlas accounts'))")
        )
        taken = select(Account.login_name).where(
            or_(Account.login_key.in_(keys), Account.staff_number.in_(keys))
        )
        if work.connection.execute(taken).first() is not None:
            raise AccountExistsError(login_name)
        row = {
            "login_name": login_name.strip(),
            "login_key": key,
            "staff_number": number,
            "display_name": display_name.strip() or login_name.strip(),
            "email": email or None,
            "ends_on": ends_on,
            "fs_uniquifier": secrets.token_hex(16),
        }
        made = work.connection.execute(insert(Account).values(row).returning(Account.id))
        work.object_code = str(made.scalar_one())
        return work.object_code


def grant_role(
    store: Store, actor: Actor, *, account_id: str, role: str, scope_code: str = EVERYWHERE
) -> None:
    """
    Give an account a role for a part of the district; its sign-ins end.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts; never the account itself.
    account_id
        The account.
    role
        Name of the role.
    scope_code
        Code of a town or village; empty for the whole district.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnRoleError
        If it is the actor's own account.
    UnknownRoleError
        If no account can hold that role.
    RolesApartError
        If the account holds a role that must stay with somebody else.
    UnknownDivisionError
        If the scope is no division of the district.
    """
    asked = {"role": role, "scope_code": scope_code}
    with deed(
        store, actor, "grant_role", object_kind=ACCOUNT, object_code=account_id, detail=asked
    ) as work:
        if actor.id == account_id:
            raise OwnRoleError
        tables = rights()
        known = [name for name, row in tables.roles.items() if row.signs_in]
        if role not in known:
            raise UnknownRoleError(role, known)
        _require_division(store, work.connection, scope_code)
        # Locked, so that two grants at once cannot bring two roles together that stay apart.
        account = account_of(work.connection, account_id, locks=True)
        held = select(AccountRole.role).where(AccountRole.account_id == account.id)
        for other in work.connection.execute(held).scalars():
            if other != role and {role, other} <= tables.apart:
                raise RolesApartError(role, other)
        row = {"account_id": account.id, "role": role, "scope_code": scope_code}
        given = upsert(AccountRole).values(**row, granted_by=actor.id).on_conflict_do_nothing()
        work.connection.execute(given)
        end_all(work.connection, account_id, reason="role_change")


def revoke_role(
    store: Store, actor: Actor, *, account_id: str, role: str, scope_code: str = EVERYWHERE
) -> bool:
    """
    Take a role from an account; its sign-ins end.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    account_id
        The account.
    role
        Name of the role.
    scope_code
        The scope it was given for.

    Returns
    -------
    bool
        Whether the account had it.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    asked = {"role": role, "scope_code": scope_code}
    with deed(
        store, actor, "revoke_role", object_kind=ACCOUNT, object_code=account_id, detail=asked
    ) as work:
        account = account_of(work.connection, account_id, locks=True)
        taken = work.connection.execute(
            delete(AccountRole).where(
                AccountRole.account_id == account.id,
                AccountRole.role == role,
                AccountRole.scope_code == scope_code,
            )
        )
        end_all(work.connection, account_id, reason="role_change")
        work.detail["had_it"] = taken.rowcount == 1
        return taken.rowcount == 1


def close_account(store: Store, actor: Actor, *, account_id: str) -> None:
    """
    Close an account for good; its sign-ins and codes end, what it did stays in the audit.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    account_id
        The account.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    UnknownAccountError
        If there is no such account.
    """
    with deed(store, actor, "close_account", object_kind=ACCOUNT, object_code=account_id) as work:
        account = account_of(work.connection, account_id, locks=True)
        closed = update(Account).where(Account.id == account.id).values(active=False)
        work.connection.execute(closed)
        void_codes(work.connection, account.id)
        end_all(work.connection, account_id, reason="account_closed")


def accounts(store: Store, actor: Actor) -> list[Mapping[str, Any]]:
    """
    List the accounts with their roles.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks.

    Returns
    -------
    list[Mapping[str, Any]]
        Keys id, login_name, staff_number, display_name, active, ends_on, has_totp, roles (pairs of
        role and scope).

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    query = select(
        Account.id, Account.login_name, Account.staff_number, Account.display_name, Account.active,
        Account.ends_on, Account.tf_totp_secret.is_not(None).label("has_totp"),
    ).order_by(Account.login_key)  # fmt: skip
    held = select(AccountRole.account_id, AccountRole.role, AccountRole.scope_code)
    with deed(store, actor, "accounts", object_kind=ACCOUNT) as work:
        roles: dict[object, list[tuple[str, str]]] = {}
        for account_id, role, scope in work.connection.execute(held.order_by(AccountRole.role)):
            roles.setdefault(account_id, []).append((role, scope))
        return [
            {**row, "id": str(row["id"]), "roles": roles.get(row["id"], [])}
            for row in work.connection.execute(query).mappings()
        ]


def _require_division(store: Store, connection: Connection, scope_code: str) -> None:
    if scope_code == EVERYWHERE:
        return
    division = store.tables.division
    is_there = or_(division.c.code == scope_code, func.left(division.c.town_code, 9) == scope_code)
    if connection.execute(select(division.c.code).where(is_there).limit(1)).first() is None:
        raise UnknownDivisionError(scope_code, store.place)
