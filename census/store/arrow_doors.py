"""Connections that answer in Arrow: the types of a database are asked for once, not for each."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql
from adbc_driver_manager import dbapi

ArrowConnection = dbapi.Connection
"""A connection whose cursors give Arrow tables; for one thread."""


class ArrowDoor:
    """
    The way by which one store is read in Arrow.

    A driver that opens a database asks it for all its types, which takes ten times as long as a
    connection and thirty times as long as a small layer; so what it learned is kept.

    Parameters
    ----------
    address
        URL of the database in libpq's form.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._database: Any = None

    def _known(self) -> Any:
        with self._lock:
            if self._database is None:
                self._database = adbc_driver_postgresql.connect(self._address)
            return self._database

    @contextmanager
    def open(self) -> Iterator[ArrowConnection]:
        """
        Open a connection of its own for the length of a block.

        Yields
        ------
        ArrowConnection
            The connection.
        """
        database = self._known()
        connection = adbc_driver_manager.AdbcConnection(database)
        with dbapi.Connection(_Lent(), connection) as opened:  # type: ignore[arg-type]
            yield opened

    def close(self) -> None:
        """Forget what was learned; the next connection learns it anew."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None


class _Lent:
    """In the place of the database that a connection would close behind itself."""

    def close(self) -> None:
        """Leave it open for the next."""
