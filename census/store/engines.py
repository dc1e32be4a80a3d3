"""Make pools of connections: each dead one is replaced, and what a crowd asks is asked quickly."""

import math
import time

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from census.store.connection import with_options

RECOVERY_WAIT_S = 20.0
# A connection that rested for longer may have been cut meanwhile.
LONG_REST_S = 0.5
# What a connection is told while the server opens itself again.
_PASSING = ("the database system is", "server closed the connection unexpectedly")


def _connect(address: str) -> "psycopg.Connection[tuple[object, ...]]":
    # After a crash of one backend the server cuts every session and is back within seconds.
    until = time.monotonic() + RECOVERY_WAIT_S
    while True:
        try:
            return psycopg.connect(address)
        except psycopg.OperationalError as fault:
            is_passing = any(words in str(fault) for words in _PASSING)
            if not is_passing or time.monotonic() > until:
                raise
        time.sleep(0.1)


def engine_for(address: str, *, pool_size: int = 5, is_for_crowds: bool = False) -> Engine:
    """
    Make a pool of connections that replaces dead ones.

    Parameters
    ----------
    address
        URL in libpq's form.
    pool_size
        Connections kept open.
    is_for_crowds
        Whether many ask small questions at once: each is then asked without a transaction, which
        would be three questions, and by one process of the server, whose others serve the others.

    Returns
    -------
    Engine
        The pool; connections open on first use.
    """
    alone = with_options(address, "-c max_parallel_workers_per_gather=0")
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect(alone if is_for_crowds else address),
        isolation_level="AUTOCOMMIT" if is_for_crowds else None,
        # Else the words of a fault would quote what people typed.
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        # The one used last is the warmest.
        pool_use_lifo=True,
    )
    event.listen(engine, "checkin", _rest)
    event.listen(engine, "checkout", _look_after_rest)
    return engine


def _rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _look_after_rest(
    connection: "psycopg.Connection[tuple[object, ...]]", record: ConnectionPoolEntry, _: object
) -> None:
    # To ask before each use whether a connection is alive would be half of the questions.
    if time.monotonic() - record.info.get("rests_since", math.inf) < LONG_REST_S:
        return
    try:
        was = connection.autocommit
        connection.autocommit = True
        connection.execute("select")
        connection.autocommit = was
    except psycopg.Error as fault:
        raise DisconnectionError from fault
