"""Accounts and roles: what the security administrator does, each with its right and audit entry.

Every command is ``name(store, actor, *, ...)`` and does its work in a
:func:`census.store.audit.deed`. Those about passwords and
second factors stand in ``password_commands`` and ``factor_commands``.
"""

import secrets
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from census.access_errors import (
    AccountExistsError,
    DistrictRoleError,
    OwnAccountError,
    OwnRoleError,
    RolesApartError,
    UnknownRoleError,
)
from census.errors import UnknownDivisionError
from census.store.access_tables import Account, AccountRole
from census.store.account_list import account, accounts
from census.store.account_names import checked_display, checked_key
from census.store.accounts import account_of, void_codes
from census.store.actors import Actor, Grant
from census.store.audit import deed
from census.store.connection import Store
from census.store.factor_commands import (
    require_factor,
    reset_second_factor,
    role_rules,
    set_totp,
)
from census.store.password_commands import change_password, issue_code, redeem_code
from census.store.rights import EVERYWHERE, rights
from census.store.sessions import end_all

__all__ = [
    "account",
    "accounts",
    "change_password",
    "close_account",
    "create_account",
    "grant_role",
    "issue_code",
    "redeem_code",
    "require_factor",
    "reset_second_factor",
    "revoke_role",
    "role_rules",
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
    grants: Sequence[Grant] = (),
    request_id: str | None = None,
) -> str:
    """
    Create an account without password, with its first roles; a one-time code opens it.

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
    grants
        Its roles and their scopes; where one of them is refused there is no account.
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    str
        Id of the account.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    AccountNameError, MixedScriptsError, DisplayNameError
        If a name cannot be one.
    AccountExistsError
        If another account signs in with the name or number.
    UnknownRoleError, DistrictRoleError, RolesApartError, UnknownDivisionError
        As :func:`grant_role`.
    AlreadyDoneError
        If this form arrived before.
    """
    roles = [(each.role, each.scope_code) for each in grants]
    asked = {"ends_on": ends_on, "roles": roles}
    with deed(
        store, actor, "create_account", object_kind=ACCOUNT, detail=asked, request_id=request_id
    ) as work:
        key = checked_key(login_name)
        number = checked_key(staff_number) if staff_number else None
        shown = checked_display(display_name) or login_name.strip()
        _require_free(work.connection, key, login_name.strip())
        if staff_number and number:
            _require_free(work.connection, number, staff_number)
        row = {
            "login_name": login_name.strip(),
            "login_key": key,
            "staff_number": number,
            "display_name": shown,
            "email": email or None,
            "ends_on": ends_on,
            "fs_uniquifier": secrets.token_hex(16),
        }
        made = work.connection.execute(insert(Account).values(row).returning(Account.id))
        account_id = made.scalar_one()
        for each in grants:
            _give(store, work.connection, actor, account_id, each)
        work.object_code = str(account_id)
        return work.object_code


def _require_free(connection: Connection, key: str, typed: str) -> None:
    # A number may be nobody's name either, so one writer at a time looks and adds.
    connection.execute(text("select pg_advisory_xact_lock(hashtext('riskatlas accounts'))"))
    taken = select(Account.login_name).where(
        or_(Account.login_key == key, Account.staff_number == key)
    )
    if connection.execute(taken).first() is not None:
        raise AccountExistsError(typed)


def _give(
    store: Store, connection: Connection, actor: Actor, account_id: UUID, grant: Grant
) -> bool:
    tables = rights()
    known = [name for name, row in tables.roles.items() if row.signs_in]
    if grant.role not in known:
        raise UnknownRoleError(grant.role, known)
    asked = tables.roles[grant.role]
    if asked.is_of_district and grant.scope_code != EVERYWHERE:
        raise DistrictRoleError(asked.words)
    _require_division(store, connection, grant.scope_code)
    held = select(AccountRole.role).where(AccountRole.account_id == account_id)
    for other in connection.execute(held).scalars():
        if other != grant.role and {grant.role, other} <= tables.apart:
            raise RolesApartError(asked.words, tables.roles[other].words)
    row = {"account_id": account_id, "role": grant.role, "scope_code": grant.scope_code}
    given = upsert(AccountRole).values(**row, granted_by=actor.id).on_conflict_do_nothing()
    return connection.execute(given.returning(AccountRole.role)).first() is not None


def grant_role(
    store: Store,
    actor: Actor,
    *,
    account_id: str,
    role: str,
    scope_code: str = EVERYWHERE,
    request_id: str | None = None,
) -> bool:
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
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    bool
        False where the account had it already: then nothing ended.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnRoleError
        If it is the actor's own account.
    UnknownRoleError
        If no account can hold that role.
    DistrictRoleError
        If the role holds for the whole district alone, and a part of it was named.
    RolesApartError
        If the account holds a role that must stay with somebody else.
    UnknownDivisionError
        If the scope is no division of the district.
    AlreadyDoneError
        If this form arrived before.
    """
    asked = {"role": role, "scope_code": scope_code}
    with deed(
        store, actor, "grant_role", object_kind=ACCOUNT, object_code=account_id, detail=asked,
        request_id=request_id,
    ) as work:  # fmt: skip
        if actor.id == account_id:
            raise OwnRoleError
        # Locked, so that two grants at once cannot bring two roles together that stay apart.
        found = account_of(work.connection, account_id, locks=True)
        is_new = _give(store, work.connection, actor, found.id, Grant(role, scope_code))
        if is_new:
            end_all(work.connection, account_id, reason="role_change")
        work.detail["is_new"] = is_new
        return is_new


def revoke_role(
    store: Store,
    actor: Actor,
    *,
    account_id: str,
    role: str,
    scope_code: str = EVERYWHERE,
    request_id: str | None = None,
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
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    bool
        Whether the account had it; where not, nothing ended.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnAccountError
        If it is the actor's own account.
    AlreadyDoneError
        If this form arrived before.
    """
    asked = {"role": role, "scope_code": scope_code}
    with deed(
        store, actor, "revoke_role", object_kind=ACCOUNT, object_code=account_id, detail=asked,
        request_id=request_id,
    ) as work:  # fmt: skip
        if actor.id == account_id:
            raise OwnAccountError
        found = account_of(work.connection, account_id, locks=True)
        taken = work.connection.execute(
            delete(AccountRole).where(
                AccountRole.account_id == found.id,
                AccountRole.role == role,
                AccountRole.scope_code == scope_code,
            )
        )
        had_it = taken.rowcount == 1
        if had_it:
            end_all(work.connection, account_id, reason="role_change")
        work.detail["had_it"] = had_it
        return had_it


def close_account(
    store: Store, actor: Actor, *, account_id: str, request_id: str | None = None
) -> None:
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
    request_id
        What the form calls itself; None where no form asks.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnAccountError
        If it is the actor's own account.
    UnknownAccountError
        If there is no such account.
    AlreadyDoneError
        If this form arrived before.
    """
    with deed(
        store, actor, "close_account", object_kind=ACCOUNT, object_code=account_id,
        request_id=request_id,
    ) as work:  # fmt: skip
        if actor.id == account_id:
            raise OwnAccountError
        found = account_of(work.connection, account_id, locks=True)
        closed = update(Account).where(Account.id == found.id).values(active=False)
        work.connection.execute(closed)
        void_codes(work.connection, found.id)
        end_all(work.connection, account_id, reason="account_closed")


def _require_division(store: Store, connection: Connection, scope_code: str) -> None:
    if scope_code == EVERYWHERE:
        return
    division = store.tables.division
    is_there = or_(division.c.code == scope_code, func.left(division.c.town_code, 9) == scope_code)
    if connection.execute(select(division.c.code).where(is_there).limit(1)).first() is None:
        raise UnknownDivisionError(scope_code, store.place)
