"""Tell a database that is away for a while from a fault of ours."""

import psycopg
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# No connection, none free, or no tables yet because the place is being loaded anew.
_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.UndefinedTable,
    PoolTimeoutError,
)


def is_away(fault: BaseException | None) -> bool:
    """
    Tell whether a fault means that the database does not answer, or is just being made anew.

    Parameters
    ----------
    fault
        What was raised.

    Returns
    -------
    bool
        True where asking again later helps.
    """
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:  # a fault may be its own cause
        if isinstance(fault, _AWAY):
            return True
        seen.add(id(fault))
        fault = fault.__cause__
    return False
