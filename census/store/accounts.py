"""Find accounts by what people type, let them in, and make the codes that open a reset.

Account and AccountRole serve Flask-Security's SQLAlchemy datastore as user and role model; webapp
derives from them and adds Flask-Security's mixins. E-mail is not needed.
"""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import Connection, Row, func, or_, select, update

from census.access_errors import LoginRefusedError, UnknownAccountError
from census.store import lockout, passwords
from census.store.access_tables import Account, AccountRole, OneTimeCode
from census.store.actors import Actor, visitor
from census.store.audit import record
from census.store.connection import Store
from census.store.days import district_today
from census.store.lockout import Attempt
from census.store.rights import rights
from census.store.role_rules import need_factor

__all__ = ["Account", "AccountRole", "Entrant", "sign_in"]

LONGEST_NAME = 64
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O, 1 I L


@dataclass(frozen=True)
class Entrant:
    """
    An account whose password was right.

    Attributes
    ----------
    account_id
        Id of the account.
    login_key
        Its name in the form for comparison.
    name
        Name shown to others.
    needs_totp
        Whether a second factor is to come, because it has one or a role of it asks for one.
    must_change_password
        Whether it has to set a new password first.
    """

    account_id: str
    login_key: str
    name: str
    needs_totp: bool
    must_change_password: bool


def login_key_of(typed: str) -> str:
    """
    Bring a login name or staff number to the form in which names are compared.

    Parameters
    ----------
    typed
        What somebody typed, perhaps in full width or capitals.

    Returns
    -------
    str
        NFKC, case folded, no blanks around it, at most 64 characters.
    """
    # Cut first: what a stranger sends may be long.
    folded = unicodedata.normalize("NFKC", typed[: 4 * LONGEST_NAME]).casefold()
    plain = unicodedata.normalize("NFKC", folded).replace("\x00", "")
    return plain.strip()[:LONGEST_NAME].strip()


def find(connection: Connection, typed: str) -> "Row[Any] | None":
    """
    Find the account that somebody means.

    Parameters
    ----------
    connection
        A connection of role app.
    typed
        Login name or staff number, as typed.

    Returns
    -------
    Row[Any] | None
        Columns of ``access.account`` and ``is_open``; None if there is none.
    """
    key = login_key_of(typed)
    is_open = Account.active & (Account.ends_on.is_(None) | (Account.ends_on >= district_today()))
    table = Account.__table__
    query = select(*table.c, is_open.label("is_open"))
    means = or_(table.c.login_key == key, table.c.staff_number == key)
    found: Any = connection.execute(query.where(means)).one_or_none()
    return cast("Row[Any] | None", found)


def account_of(connection: Connection, account_id: str, *, locks: bool = False) -> "Row[Any]":
    """
    Read an account.

    Parameters
    ----------
    connection
        A connection of role app.
    account_id
        Id of the account.
    locks
        Whether other writers of it wait until the transaction ends.

    Returns
    -------
    Row[Any]
        Columns of ``access.account``.

    Raises
    ------
    UnknownAccountError
        If there is none.
    """
    try:
        wanted = UUID(account_id)
    except ValueError:
        raise UnknownAccountError(account_id) from None
    query = select(*Account.__table__.c).where(Account.id == wanted)
    row = connection.execute(query.with_for_update() if locks else query).one_or_none()
    if row is None:
        raise UnknownAccountError(account_id)
    return row


def void_codes(connection: Connection, account_id: UUID) -> None:
    """
    Void the one-time codes of an account.

    Parameters
    ----------
    connection
        The connection of the command that is the reason.
    account_id
        The account.
    """
    unused = (OneTimeCode.account_id == account_id) & OneTimeCode.used_at.is_(None)
    connection.execute(update(OneTimeCode).where(unused).values(used_at=func.clock_timestamp()))


def sign_in(store: Store, typed: str, password: str, *, address: str) -> Entrant:
    """
    Let an account in whose password is right; each failure counts, a known name or not.

    Where a second factor is to come, its tries are counted too, as purpose ``second``:
    ``lockout.admit`` before each and :func:`entered` after the right one.

    Parameters
    ----------
    store
        The store, role app.
    typed
        Login name or staff number, as typed.
    password
        The password.
    address
        Where the request came from.

    Returns
    -------
    Entrant
        The account.

    Raises
    ------
    LoginRefusedError
        If they do not fit, or the account is closed: the answer is the same.
    LockedError
        If there were too many failures.
    """
    with store.begin() as connection:
        account = find(connection, typed)
    key = str(account.login_key) if account else login_key_of(typed)
    attempt = lockout.admit(store, key, address=address)
    stored = account.password if account is not None else None
    is_right = passwords.is_right(stored, password)
    if account is None or not is_right or not account.is_open:
        _note_refusal(store, account, address, attempt)
        raise LoginRefusedError
    if passwords.is_outdated(str(stored)):
        _rehash(store, account.id, str(stored), password)
    entrant = Entrant(
        str(account.id), key, str(account.display_name),
        account.tf_totp_secret is not None or _needs_factor(store, account.id),
        bool(account.must_change_password),
    )  # fmt: skip
    if entrant.needs_totp:
        lockout.take_back(store, attempt)
    else:
        entered(store, entrant, address=address)
    return entrant


def entered(store: Store, entrant: Entrant, *, address: str) -> None:
    """
    Note that an account is in: its failures there are forgotten, the audit has an entry.

    Parameters
    ----------
    store
        The store, role app.
    entrant
        The account.
    address
        Where the request came from.
    """
    lockout.forgive(store, entrant.login_key, address=address)
    actor = Actor(entrant.account_id, entrant.name, address=address)
    with store.begin() as connection:
        record(
            connection, actor, "session.enter", object_kind="account",
            object_code=entrant.account_id, role="account",
        )  # fmt: skip


def _note_refusal(store: Store, account: "Row[Any] | None", address: str, attempt: Attempt) -> None:
    # The typed name stays out: people type their password into the wrong field.
    reason = "unknown" if account is None else "password" if account.is_open else "closed"
    with store.begin() as connection:
        record(
            connection, visitor(address), "session.enter", object_kind="account",
            object_code=str(account.id) if account else "", outcome="refused",
            detail={"reason": reason},
        )  # fmt: skip
        note_lock(connection, visitor(address), str(account.id) if account else "", attempt)


def note_lock(connection: Connection, actor: Actor, account_id: str, attempt: Attempt) -> None:
    """
    Record that a name or an address has to wait, once: who tries while it lasts adds nothing.

    Parameters
    ----------
    connection
        A connection of role app.
    actor
        Who tried.
    account_id
        The account; empty where none has the name.
    attempt
        The try that failed; nothing is recorded unless it filled a limit.
    """
    if attempt.locks_s:
        record(
            connection, actor, "session.enter", object_kind="account", object_code=account_id,
            outcome="refused", detail={"reason": "locked", "wait_s": attempt.locks_s},
        )  # fmt: skip


@contextmanager
def noting_lock(store: Store, actor: Actor, account_id: str, attempt: Attempt) -> Iterator[None]:
    """
    Do something that a try may be refused at, and record the lock that it fills then.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who tries.
    account_id
        The account; empty where none has the name.
    attempt
        The try.

    Yields
    ------
    None
        While it is done.
    """
    try:
        yield
    except LoginRefusedError:
        with store.begin() as connection:
            note_lock(connection, actor, account_id, attempt)
        raise


def refused_proof(
    store: Store, actor: Actor, attempt: Attempt, *, reason: Literal["second_factor", "password"]
) -> None:
    """
    Record that an account was asked for a further proof and gave a wrong one, or one used before.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The account.
    attempt
        The try.
    reason
        Which proof it was.
    """
    with store.begin() as connection:
        record(
            connection, actor, "session.enter", object_kind="account", object_code=actor.id,
            outcome="refused", role="account", detail={"reason": reason},
        )  # fmt: skip
        note_lock(connection, actor, actor.id, attempt)


def _rehash(store: Store, account_id: UUID, stored: str, password: str) -> None:
    fresh = passwords.hashed(password)
    own = update(Account).where(Account.id == account_id, Account.password == stored)
    with store.begin() as connection:
        connection.execute(own.values(password=fresh))


def keep_totp(connection: Connection, account_id: UUID, secret: str | None) -> None:
    """
    Keep the second factor of an account.

    Parameters
    ----------
    connection
        A connection of role app, in a transaction.
    account_id
        The account.
    secret
        The secret as the web process encrypted it; None takes it away.
    """
    method = "authenticator" if secret is not None else None
    values: dict[str, object] = {"tf_totp_secret": secret, "tf_primary_method": method}
    if secret is None:
        values["tf_last_counter"] = None
    connection.execute(update(Account).where(Account.id == account_id).values(values))


def _needs_factor(store: Store, account_id: UUID) -> bool:
    query = select(AccountRole.role).where(AccountRole.account_id == account_id)
    with store.begin() as connection:
        return need_factor(connection, connection.execute(query).scalars())


def new_code() -> str:
    """
    Make a one-time code that can be read out over the telephone.

    Returns
    -------
    str
        Ten letters and digits, none that looks like another.
    """
    length = rights().limits["codes"]["characters"]
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(length))


def code_sha256(typed: str) -> str:
    """
    Return what the database keeps of a one-time code.

    Parameters
    ----------
    typed
        The code as typed: small or full-width letters, blanks and hyphens make no difference.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_NAME]).upper()
    letters = "".join(each for each in plain if each not in " -")
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()
