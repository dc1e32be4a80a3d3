"""Count failed sign-ins in the database, per name and per address, and make the next one wait.

A try is counted before it is made and taken back where it succeeds, so that many at once are no way
round the limit. Names are counted whether an account has them or not: the answer tells nothing.
"""

from sqlalchemy import Connection, delete, func, insert, select, text

from census.access_errors import LockedError
from census.store.access_tables import LoginFailure
from census.store.connection import Store
from census.store.rights import rights

_KEPT = "1 day"
# A lock begins with the failure that filled the window and lasts for the window's length; tries
# while it lasts are not counted, or it would never end.
_NAME_WAIT = text(
    """
    select extract(epoch from newest.at + make_interval(mins => :window_min) - clock_timestamp())
    from (select max(at) as at from access.login_failure where login_key = :login_key) as newest
    where :failures <= (
        select count(*) from access.login_failure as f
        where f.login_key = :login_key
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

_LOCKED = text(
    """
    select n.login_key,
           extract(epoch from n.at + make_interval(mins => :window_min) - clock_timestamp())
    from (select login_key, max(at) as at from access.login_failure group by login_key) as n
    where n.at + make_interval(mins => :window_min) > clock_timestamp()
      and :failures <= (
        select count(*) from access.login_failure as f
        where f.login_key = n.login_key
          and f.at > n.at - make_interval(mins => :window_min)
      )
    """
)


def _wait_s(connection: Connection, login_key: str, address: str) -> int:
    given = rights().limits["lockout"]
    by_name = connection.execute(
        _NAME_WAIT,
        {
            "login_key": login_key,
            "window_min": given["window_min"],
            "failures": given["failures_per_account"],
        },
    ).scalar()
    by_address = connection.execute(
        _ADDRESS_WAIT, {"address": address, "failures": given["failures_per_address_per_min"]}
    ).scalar()
    return max(0, *(-int(-s // 1) for s in (by_name, by_address) if s is not None), 0)


def wait_s(store: Store, login_key: str, *, address: str) -> int:
    """
    Tell how long a name or an address has to wait.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison, known or not.
    address
        Where the request comes from.

    Returns
    -------
    int
        Seconds; 0 if it need not.
    """
    with store.begin() as connection:
        return _wait_s(connection, login_key, address)


def locked(connection: Connection) -> dict[str, int]:
    """
    List the names that have to wait at the moment.

    Parameters
    ----------
    connection
        A connection of role app.

    Returns
    -------
    dict[str, int]
        Name in its form for comparison to the seconds it has to wait.
    """
    given = rights().limits["lockout"]
    rows = connection.execute(
        _LOCKED, {"window_min": given["window_min"], "failures": given["failures_per_account"]}
    )
    return {str(key): int(-(-wait // 1)) for key, wait in rows}


def admit(store: Store, login_key: str, *, address: str) -> int:
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

    Returns
    -------
    int
        Number of the try, for :func:`take_back`.

    Raises
    ------
    LockedError
        If name or address has to wait; the try is not counted.
    """
    with store.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('riskatlas sign-in'))"))
        wait = _wait_s(connection, login_key, address)
        if not wait:
            old = LoginFailure.at < func.clock_timestamp() - text(f"interval '{_KEPT}'")
            connection.execute(delete(LoginFailure).where(old))
            counted = insert(LoginFailure).values(login_key=login_key, address=address)
            return int(connection.execute(counted.returning(LoginFailure.id)).scalar_one())
    raise LockedError(wait)


def take_back(store: Store, attempt: int) -> None:
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
        connection.execute(delete(LoginFailure).where(LoginFailure.id == attempt))


def forgive(store: Store, login_key: str) -> None:
    """
    Forget the failures of a name, whose bearer has signed in.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison.
    """
    with store.begin() as connection:
        connection.execute(delete(LoginFailure).where(LoginFailure.login_key == login_key))


def failures(store: Store, login_key: str) -> int:
    """
    Count the failures kept of a name.

    Parameters
    ----------
    store
        The store, role app.
    login_key
        Name in its form for comparison.

    Returns
    -------
    int
        Failures since the last sign-in, of the last day.
    """
    query = select(func.count()).where(LoginFailure.login_key == login_key)
    with store.begin() as connection:
        return int(connection.execute(query).scalar_one())
