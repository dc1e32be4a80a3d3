"""Passwords and one-time codes: set, changed, handed out, asked again."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, update

from census.access_errors import (
    LoginRefusedError,
    OwnAccountError,
    UnknownAccountError,
    WeakPasswordError,
)
from census.store import lockout, passwords
from census.store.access_tables import Account, OneTimeCode
from census.store.accounts import (
    account_of,
    code_sha256,
    find,
    keep_totp,
    login_key_of,
    new_code,
    noting_lock,
    refused_proof,
    void_codes,
)
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.lockout import Attempt
from census.store.rights import rights
from census.store.sessions import end_all

ACCOUNT = "account"


def issue_code(
    store: Store,
    actor: Actor,
    *,
    account_id: str,
    drops_totp: bool = False,
    request_id: str | None = None,
) -> str:
    """
    Make a one-time code with which its bearer sets a new password; all that opened it is void.

    Its sign-ins end, its password and earlier codes are worth nothing and a lock is lifted: who
    got in before, or knows the password, is out from this moment.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    account_id
        The account.
    drops_totp
        Whether its second factor goes, because the telephone is lost.
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    str
        The code, to be handed over in person; it is kept nowhere.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnAccountError
        If it is the actor's own account.
    UnknownAccountError
        If there is no such account, or it is closed.
    AlreadyDoneError
        If this form arrived before.
    """
    asked = {"drops_totp": drops_totp}
    with deed(
        store, actor, "issue_code", object_kind=ACCOUNT, object_code=account_id, detail=asked,
        request_id=request_id,
    ) as work:  # fmt: skip
        if actor.id == account_id:
            raise OwnAccountError
        account = account_of(work.connection, account_id, locks=True)
        if not account.active:
            raise UnknownAccountError(account_id)
        lockout.lift(work.connection, account.login_key)
        void_codes(work.connection, account.id)
        code = new_code()
        valid_min = rights().limits["codes"]["valid_min"]
        row = {
            "account_id": account.id,
            "code_sha256": code_sha256(code),
            "issued_by": actor.id,
            "expires_at": func.now() + func.make_interval(0, 0, 0, 0, 0, valid_min),
        }
        work.connection.execute(insert(OneTimeCode).values(row))
        if drops_totp:
            keep_totp(work.connection, account.id, None)
        void = update(Account).where(Account.id == account.id).values(password=None)
        work.connection.execute(void)
        ended = end_all(work.connection, account_id, reason="password_change")
        work.detail["ended_sign_ins"] = ended
    return code


def redeem_code(
    store: Store, actor: Actor, *, login_name: str, code: str, new_password: str
) -> str:
    """
    Set a new password with a one-time code, which is thereby used.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts: a visitor, with the address that failures are counted for.
    login_name
        Login name or staff number, as typed.
    code
        The code, as typed.
    new_password
        The password from now on.

    Returns
    -------
    str
        Id of the account.

    Raises
    ------
    WeakPasswordError
        If the password cannot be used; the code still can, and the try is not counted.
    LoginRefusedError
        If name and code do not fit, or the code is used, void or past its time.
    LockedError
        If there were too many failures.
    """
    # What the code would be refused for does not tell a stranger the number of an account: the name
    # that was typed is asked first, those of the account once the code is right.
    passwords.require_strong(new_password, names=(login_name,))
    with store.begin() as connection:
        found = find(connection, login_name)
    key = str(found.login_key) if found else login_key_of(login_name)
    attempt = lockout.admit(store, key, address=actor.address, purpose="code")
    # Made before the transaction, which would otherwise wait for the queue of hashes.
    fresh = passwords.hashed(new_password)
    named = str(found.id) if found else ""
    with (
        noting_lock(store, actor, named, attempt),
        deed(store, actor, "redeem_code", object_kind=ACCOUNT, object_code=named) as work,
    ):
        used = (
            update(OneTimeCode)
            .where(
                OneTimeCode.account_id == (found.id if found else None),
                OneTimeCode.code_sha256 == code_sha256(code),
                OneTimeCode.used_at.is_(None),
                OneTimeCode.expires_at > func.clock_timestamp(),
            )
            .values(used_at=func.clock_timestamp())
        )
        is_used = work.connection.execute(used).rowcount == 1
        if found is None or not found.is_open or not is_used:
            raise LoginRefusedError
        _require_strong(store, attempt, new_password, _names(found))
        _set_password(work.connection, named, fresh)
    lockout.forgive(store, key, address=actor.address)
    return named


def change_password(store: Store, actor: Actor, *, old_password: str, new_password: str) -> None:
    """
    Change the own password; every sign-in of the account ends, this one too.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts: an account.
    old_password
        The password until now.
    new_password
        The password from now on.

    Raises
    ------
    ForbiddenError
        If no account acts.
    WeakPasswordError
        If the new one cannot be used.
    LoginRefusedError
        If the old password is wrong.
    LockedError
        If there were too many failures.
    """
    attempt, fresh = Attempt(0, 0), None
    if actor.is_signed_in:
        with store.begin() as connection:
            account = account_of(connection, actor.id)
        passwords.require_strong(new_password, names=_names(account))
        attempt = lockout.admit(store, account.login_key, address=actor.address, purpose="password")
        if passwords.is_right(account.password, old_password):
            fresh = passwords.hashed(new_password)
    with (
        noting_lock(store, actor, actor.id, attempt),
        deed(store, actor, "change_password", object_kind=ACCOUNT, object_code=actor.id) as work,
    ):
        if fresh is None:
            raise LoginRefusedError
        _set_password(work.connection, actor.id, fresh)
    lockout.take_back(store, attempt)


def confirm_password(store: Store, actor: Actor, password: str) -> None:
    """
    Ask for the own password again, before something that a stolen sign-in must not do.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts: an account.
    password
        The password.

    Raises
    ------
    LoginRefusedError
        If it is wrong; the try counts.
    LockedError
        If there were too many failures.
    """
    with store.begin() as connection:
        account = account_of(connection, actor.id)
    attempt = lockout.admit(store, account.login_key, address=actor.address, purpose="password")
    if not passwords.is_right(account.password, password):
        refused_proof(store, actor, attempt, reason="password")
        raise LoginRefusedError
    lockout.take_back(store, attempt)


def _require_strong(store: Store, attempt: Attempt, password: str, names: tuple[str, ...]) -> None:
    try:
        passwords.require_strong(password, names=names)
    except WeakPasswordError:
        # Code and name were right: such a try is not a guess.
        lockout.take_back(store, attempt)
        raise


def _names(account: "Row[Any]") -> tuple[str, ...]:
    return tuple(each for each in (account.login_key, account.staff_number) if each)


def _set_password(connection: Connection, account_id: str, fresh: str) -> None:
    values = {"password": fresh, "must_change_password": False}
    own = update(Account).where(Account.id == UUID(account_id))
    connection.execute(own.values(values))
    end_all(connection, account_id, reason="password_change")
