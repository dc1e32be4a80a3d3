"""Tell the web process who is there: the sign-in of a cookie, its account, and how it leaves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import scoped_session, sessionmaker

from census.access_errors import UnknownAccountError
from census.store.access_tables import Account
from census.store.accounts import account_of, find
from census.store.actors import Actor, actor_of
from census.store.audit import record
from census.store.connection import Store
from census.store.sessions import end, touch

ACCOUNT = "account"


@dataclass(frozen=True)
class Presence:
    """
    Somebody who is signed in.

    Attributes
    ----------
    actor
        The account with the roles that it has now.
    must_change_password
        Whether it has to set a new password before anything else.
    ends_in_s
        Seconds until the sign-in ends without another request.
    """

    actor: Actor
    must_change_password: bool
    ends_in_s: int


@dataclass(frozen=True)
class SecondFactor:
    """
    What an account needs to prove with its telephone.

    Attributes
    ----------
    account_id
        Id of the account.
    login_name
        Name shown in the telephone's list.
    secret
        Its secret as the web process encrypted it; None where it has none yet.
    last_counter
        Newest time step that let it in; None before the first.
    """

    account_id: str
    login_name: str
    secret: str | None
    last_counter: int | None


def present(store: Store, token: str, *, address: str, is_attended: bool = True) -> Presence | None:
    """
    Look up who holds a cookie's token; a request of a person, who is thereby not idle.

    Parameters
    ----------
    store
        The store, role app.
    token
        The token of the cookie.
    address
        Where the request came from.
    is_attended
        False for a request that a page makes by itself, with nobody there.

    Returns
    -------
    Presence | None
        Who is there; None where the sign-in is unknown or has ended.
    """
    held = touch(store, token, is_attended=is_attended)
    if held is None:
        return None
    try:
        actor = actor_of(store, held.account_id, address=address)
    except UnknownAccountError:
        return None  # closed between the two looks
    with store.begin() as connection:
        account = account_of(connection, held.account_id)
    return Presence(actor, bool(account.must_change_password), held.ends_in_s)


def leave(store: Store, actor: Actor, token: str) -> None:
    """
    End a sign-in because its person leaves; the audit has an entry.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who leaves.
    token
        The token of the cookie.
    """
    if end(store, token):
        with store.begin() as connection:
            record(
                connection, actor, "session.own", object_kind=ACCOUNT, object_code=actor.id,
                detail={"command": "leave"},
            )  # fmt: skip


def second_factor(store: Store, account_id: str) -> SecondFactor:
    """
    Read what an account proves with its telephone.

    Parameters
    ----------
    store
        The store, role app.
    account_id
        Id of the account.

    Returns
    -------
    SecondFactor
        Its name, secret and newest time step.
    """
    with store.begin() as connection:
        row = account_of(connection, account_id)
    return SecondFactor(account_id, row.login_name, row.tf_totp_secret, row.tf_last_counter)


def note_lost_factor(store: Store, actor: Actor) -> None:
    """
    Record that somebody's password was right and the second factor could not be checked.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The account.
    """
    with store.begin() as connection:
        record(
            connection, actor, "session.enter", object_kind=ACCOUNT, object_code=actor.id,
            outcome="failed", role="account", detail={"reason": "second_factor_unreadable"},
        )  # fmt: skip


def use_counter(store: Store, account_id: str, counter: int) -> bool:
    """
    Use up a time step of a second factor.

    Parameters
    ----------
    store
        The store, role app.
    account_id
        Id of the account.
    counter
        The time step of the code.

    Returns
    -------
    bool
        False where this step or a later one let somebody in before: the code is a replay.
    """
    is_new = or_(Account.tf_last_counter.is_(None), Account.tf_last_counter < counter)
    own = update(Account).where(Account.id == UUID(account_id), is_new)
    with store.begin() as connection:
        return connection.execute(own.values(tf_last_counter=counter)).rowcount == 1


def account_id_of(store: Store, typed: str) -> str:
    """
    Find the account that a login name or staff number belongs to.

    Parameters
    ----------
    store
        The store, role app.
    typed
        Login name or staff number.

    Returns
    -------
    str
        Id of the account.

    Raises
    ------
    UnknownAccountError
        If nobody has it.
    """
    with store.begin() as connection:
        row = find(connection, typed)
    if row is None:
        raise UnknownAccountError(typed)
    return str(row.id)


def signs_in_with(store: Store, account_id: str) -> str | None:
    """
    Read what an account's cookies are signed with.

    Parameters
    ----------
    store
        The store, role app.
    account_id
        Id of the account.

    Returns
    -------
    str | None
        Its ``fs_uniquifier``, which changes with password and roles; None where it is closed.
    """
    query = select(Account.fs_uniquifier).where(Account.id == UUID(account_id), Account.active)
    with store.begin() as connection:
        found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def account_sessions(store: Store) -> "scoped_session[Any]":
    """
    Open the sessions through which the login library reads accounts, one per thread.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    scoped_session
        To be removed after each use, for it holds a connection until then.
    """
    return scoped_session(sessionmaker(store.engine, expire_on_commit=False))
