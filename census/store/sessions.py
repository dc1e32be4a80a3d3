"""Keep sign-ins as rows on the server: a cookie is worth what its row says, by the server clock."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, Row, case, func, insert, or_, select, update

from census.store.access_tables import Account, LoginSession
from census.store.connection import Store
from census.store.days import district_today
from census.store.rights import rights

Ending = Literal["logout", "idle", "absolute", "role_change", "password_change", "account_closed"]
_TOKEN_BYTES = 32
_SEEN_EVERY_S = 60
_AGENT_CHARACTERS = 200


@dataclass(frozen=True)
class SignIn:
    """
    A sign-in that holds.

    Attributes
    ----------
    id
        Id of its row.
    account_id
        The account.
    ends_in_s
        Seconds until it ends without another request.
    """

    id: str
    account_id: str
    ends_in_s: int


def token_sha256(token: str) -> str:
    """
    Return what the database keeps of a token.

    Parameters
    ----------
    token
        The token of a cookie.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def start(store: Store, account_id: str, *, address: str, agent: str = "") -> str:
    """
    Begin a sign-in, with a new token each time.

    Parameters
    ----------
    store
        The store, role app.
    account_id
        The account, whose password was right.
    address
        Where the request came from.
    agent
        What the browser calls itself.

    Returns
    -------
    str
        The token for the cookie; it is kept nowhere else.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {
        "token_sha256": token_sha256(token),
        "account_id": UUID(account_id),
        "address": address,
        "agent": agent[:_AGENT_CHARACTERS],
    }
    with store.begin() as connection:
        connection.execute(insert(LoginSession).values(row))
    return token


def _found(connection: Connection, token: str) -> "Row[str, UUID, str | None, float, float] | None":
    given = rights().limits["sessions"]
    now = func.clock_timestamp()
    idle_at = LoginSession.seen_at + func.make_interval(0, 0, 0, 0, 0, given["idle_min"])
    last_at = LoginSession.started_at + func.make_interval(0, 0, 0, 0, 0, given["absolute_min"])
    is_closed = or_(~Account.active, Account.ends_on < district_today())
    ending = case(
        (is_closed, "account_closed"), (now >= last_at, "absolute"), (now >= idle_at, "idle")
    )
    query = (
        select(
            LoginSession.id,
            LoginSession.account_id,
            ending.label("ending"),
            func.extract("epoch", func.least(idle_at, last_at) - now).label("ends_in_s"),
            func.extract("epoch", now - LoginSession.seen_at).label("unseen_s"),
        )
        .join(Account, Account.id == LoginSession.account_id)
        .where(LoginSession.token_sha256 == token_sha256(token), LoginSession.ended_at.is_(None))
    )
    return connection.execute(query).one_or_none()


def touch(store: Store, token: str, *, is_attended: bool = True) -> SignIn | None:
    """
    Look a sign-in up at a request of its person, who is thereby not idle.

    Parameters
    ----------
    store
        The store, role app.
    token
        The token of the cookie.
    is_attended
        False for a request that a page makes by itself, with nobody there: it keeps nobody awake.

    Returns
    -------
    SignIn | None
        The sign-in; None where it is unknown, ended, or over its limits: then it ends here.
    """
    with store.begin() as connection:
        row = _found(connection, token)
        if row is None:
            return None
        own = update(LoginSession).where(LoginSession.id == row.id)
        if row.ending is not None:
            ended = {"ended_at": func.clock_timestamp(), "ended_reason": row.ending}
            connection.execute(own.where(LoginSession.ended_at.is_(None)).values(ended))
            return None
        if is_attended and row.unseen_s >= _SEEN_EVERY_S:
            connection.execute(own.values(seen_at=func.clock_timestamp()))
    return SignIn(str(row.id), str(row.account_id), int(row.ends_in_s))


def is_alive(store: Store, token: str) -> bool:
    """
    Ask whether a sign-in holds, without keeping it awake: for requests that no person makes.

    Parameters
    ----------
    store
        The store, role app.
    token
        The token of the cookie.

    Returns
    -------
    bool
        Whether it holds.
    """
    with store.begin() as connection:
        row = _found(connection, token)
    return row is not None and row.ending is None


def end(store: Store, token: str, *, reason: Ending = "logout") -> bool:
    """
    End one sign-in; its cookie is worth nothing from then on.

    Parameters
    ----------
    store
        The store, role app.
    token
        The token of the cookie.
    reason
        Why.

    Returns
    -------
    bool
        Whether it held until now.
    """
    statement = (
        update(LoginSession)
        .where(LoginSession.token_sha256 == token_sha256(token), LoginSession.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp(), ended_reason=reason)
    )
    with store.begin() as connection:
        return connection.execute(statement).rowcount == 1


def end_all(connection: Connection, account_id: str, *, reason: Ending) -> int:
    """
    End every sign-in of an account, in the caller's transaction.

    Parameters
    ----------
    connection
        The connection of the command that is the reason.
    account_id
        The account.
    reason
        Why.

    Returns
    -------
    int
        How many held until now.
    """
    statement = (
        update(LoginSession)
        .where(LoginSession.account_id == UUID(account_id), LoginSession.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp(), ended_reason=reason)
    )
    # Flask-Security signs this into its cookie: a new one makes the old cookies strangers.
    fresh = update(Account).where(Account.id == UUID(account_id))
    connection.execute(fresh.values(fs_uniquifier=secrets.token_hex(16)))
    return connection.execute(statement).rowcount
