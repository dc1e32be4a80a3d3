"""Count failed sign-ins in the database, and make the next one wait: who fails, and from where.

A name waits where it failed, from one address: a stranger who guesses keeps nobody out but himself.
Over all addresses a name has a ceiling that is much higher and a wait that is short, so that one
who guesses from many is slow as well. Codes, changes of password and second factors are counted
under keys of their own, so that guessing a password is in nobody's way there.

A try is counted before it is made and taken back where it succeeds, so that many at once are no way
round the limit. Names are counted whether an account has them or not: the answer tells nothing.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, delete, func, insert, select, text

from census.access_errors import LockedError
from census.store.access_tables import LoginFailure
from census.store.connection import Store
from census.store.rights import rights

Purpose = Literal["sign_in", "code", "password", "second"]
"""A password at the door; a one-time code; the old password at its change; a second factor."""

SIGN_IN: Final = "sign_in"
OTHER_PURPOSES: Final[tuple[Purpose, ...]] = ("code", "password", "second")
_KEPT = "1 day"
# A lock begins with the failure that filled the window; tries while it lasts are not counted, or it
# would never end.
_WAIT = text(
    """
    select extract(epoch from newest.at + make_interval(secs => :wait_s) - clock_timestamp())
    from (
        select max(at) as at from access.login_failure
        where login_key = :key and address = coalesce(cast(:address as text), address)
    ) as newest
    where :failures <= (
        select count(*) from access.login_failure as f
        where f.login_key = :key and f.address = coalesce(cast(:address as text), f.address)
          and f.at > newest.at - make_interval(mins => :window_min)
    )
    """
)
_ADDRESS_WAIT = text(
    """
    select extract(epoch from at + interval '1 minute' - clock_timestamp())
    from access.login_failure where address = :address
    order by at desc offset :failures - 1 limit 1
    """
)
_TRIED = text(
    """
    select distinct login_key, address from access.login_failure
    where at > clock_timestamp() - make_interval(mins => :window_min)
    """
)


@dataclass(frozen=True)
class Attempt:
    """
    A try that was let through and is counted.

    Attributes
    ----------
    number
        Its number.
    locks_s
        Seconds that the next one has to wait if this one fails; 0 if it need not. Of the tries
        that fill a limit exactly one has it.
    """

    number: int
    locks_s: int


def _key(login_key: str, purpose: Purpose) -> str:
    # No name of an account holds a blank.
    return login_key if purpose == SIGN_IN else f"{purpose} {login_key}"


def _wait_of_key_s(connection: Connection, key: str, purpose: Purpose, address: str) -> int:
    given = rights().limits["lockout"]
    whole_s = given["window_min"] * 60
    by_pair = (address, given["failures_per_pair"], whole_s)
    by_name = (None, given["failures_per_name"], given["name_wait_s"])
    # Only who knows the password fails there, so a strict limit over all addresses locks nobody
    # out whom a stranger picks; six digits would not bear a higher one.
    by_factor = (None, given["failures_per_second_factor"], whole_s)
    waits = [0]
    for where, failures, wait_s in (by_factor,) if purpose == "second" else (by_pair, by_name):
        asked = {"key": key, "address": where, "failures": failures, "wait_s": wait_s}
        left = connection.execute(_WAIT, {**asked, "window_min": given["window_min"]}).scalar()
        waits.append(-int(-left // 1) if left is not None else 0)
    return max(waits)


def _wait_s(connection: Connection, key: str, purpose: Purpose, address: str) -> int:
    most = rights().limits["lockout"]["failures_per_address_per_min"]
    left = connection.execute(_ADDRESS_WAIT, {"address": address, "failures": most}).scalar()
    by_address = -int(-left // 1) if left is not None else 0
    return max(by_address, _wait_of_key_s(connection, key, purpose, address))


def wait_s(store: Store, login_key: str, *, address: str, purpose: Purpose = "sign_in") -> int:
    """
    Tell how long a name has to wait at an address.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison, known or not.
    address
        Where the request comes from.
    purpose
        What is tried.

    Returns
    -------
    int
        Seconds; 0 if it need not.
    """
    with store.begin() as connection:
        return _wait_s(connection, _key(login_key, purpose), purpose, address)


def locked(connection: Connection) -> dict[str, int]:
    """
    List the names that have to wait at the moment, at some address at least.

    Parameters
    ----------
    connection
        A connection of role app.

    Returns
    -------
    dict[str, int]
        Name in its form for comparison to the longest time it has to wait anywhere, seconds.
    """
    window_min = rights().limits["lockout"]["window_min"]
    tried = connection.execute(_TRIED, {"window_min": window_min}).all()
    waits: dict[str, int] = {}
    for key, address in tried:
        word, _, rest = str(key).partition(" ")
        purpose: Purpose = next((each for each in OTHER_PURPOSES if each == word), "sign_in")
        name = str(key) if purpose == SIGN_IN else rest
        left = _wait_of_key_s(connection, str(key), purpose, str(address))
        if left:
            waits[name] = max(left, waits.get(name, 0))
    return waits


def admit(store: Store, login_key: str, *, address: str, purpose: Purpose = "sign_in") -> Attempt:
    """
    Count a try before it is made.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison, known or not.
    address
        Where the request comes from.
    purpose
        What is tried.

    Returns
    -------
    Attempt
        The try, for :func:`take_back`.

    Raises
    ------
    LockedError
        If name or address has to wait; the try is not counted.
    """
    key = _key(login_key, purpose)
    with store.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('riskatlas sign-in'))"))
        wait = _wait_s(connection, key, purpose, address)
        if not wait:
            old = LoginFailure.at < func.clock_timestamp() - text(f"interval '{_KEPT}'")
            connection.execute(delete(LoginFailure).where(old))
            counted = insert(LoginFailure).values(login_key=key, address=address)
            number = connection.execute(counted.returning(LoginFailure.id)).scalar_one()
            return Attempt(int(number), _wait_s(connection, key, purpose, address))
    raise LockedError(wait)


def take_back(store: Store, attempt: Attempt) -> None:
    """
    Take one try back, whose first part was right: what was wrong before stays counted.

    Parameters
    ----------
    store
        The store, role app.
    attempt
        What :func:`admit` returned.
    """
    with store.begin() as connection:
        connection.execute(delete(LoginFailure).where(LoginFailure.id == attempt.number))


def forgive(store: Store, login_key: str, *, address: str) -> None:
    """
    Forget the failures of a name at an address, from which its bearer has signed in.

    What failed elsewhere stays counted: somebody else may be guessing there.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison.
    address
        Where the bearer is.
    """
    own = LoginFailure.login_key.in_(_keys(login_key)) & (LoginFailure.address == address)
    with store.begin() as connection:
        connection.execute(delete(LoginFailure).where(own))


def lift(connection: Connection, login_key: str) -> None:
    """
    Forget every failure of a name, because an administrator vouches for its bearer.

    Parameters
    ----------
    connection
        The connection of the command that is the reason.
    login_key
        Name in its form for comparison.
    """
    all_of_it = LoginFailure.login_key.in_(_keys(login_key))
    connection.execute(delete(LoginFailure).where(all_of_it))


def _keys(login_key: str) -> list[str]:
    return [login_key, *(_key(login_key, each) for each in OTHER_PURPOSES)]


def failures(store: Store, login_key: str, *, purpose: Purpose = "sign_in") -> int:
    """
    Count the failures kept of a name, over all addresses.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison.
    purpose
        What was tried.

    Returns
    -------
    int
        Failures of the last day that no sign-in made forgotten.
    """
    query = select(func.count()).where(LoginFailure.login_key == _key(login_key, purpose))
    with store.begin() as connection:
        return int(connection.execute(query).scalar_one())
