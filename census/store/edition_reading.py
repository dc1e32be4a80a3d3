"""Read the state of all layers in the loop that serves, over one connection that is kept.

Each answer of the live process begins with this question. Asked from a thread, over a connection of
a pool, it would wake up six others before it is answered; asked here, one.
"""

import asyncio
from typing import Final

import psycopg

from census.store.connection import Store
from census.store.deliveries import EDITIONS, Editions

CONNECT_WAIT_S: Final = 10
ANSWER_WAIT_S: Final = 10.0

Connection = psycopg.AsyncConnection[tuple[int, dict[str, int]]]


class EditionReader:
    """
    One connection that asks one question; it is not asked twice at the same time.

    Parameters
    ----------
    store
        The store, any role.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.connection: Connection | None = None
        self.given_up: set[asyncio.Task[Editions]] = set()

    async def read(self) -> Editions:
        """
        Read the state of all layers.

        Returns
        -------
        Editions
            What was committed when the server was asked.

        Raises
        ------
        psycopg.Error
            If the database does not answer, on a fresh connection neither.
        """
        is_fresh = self.connection is None
        try:
            return await self._asked()
        except psycopg.OperationalError:
            await self.close()
            if is_fresh:
                raise
        return await self._asked()

    async def _asked(self) -> Editions:
        asking = asyncio.create_task(self._answer())
        done, _ = await asyncio.wait([asking], timeout=ANSWER_WAIT_S)
        if done:
            return asking.result()
        # The driver takes as long again to give up a question that nobody hears: not waited for.
        self.connection = None
        self.given_up.add(asking)
        asking.add_done_callback(self.given_up.discard)
        asking.cancel()
        raise psycopg.OperationalError(f"no answer within {ANSWER_WAIT_S:g} s")

    async def _answer(self) -> Editions:
        if self.connection is None:
            self.connection = await Connection.connect(
                self.store.address, autocommit=True, connect_timeout=CONNECT_WAIT_S
            )
        connection = self.connection
        try:
            found = await (await connection.execute(EDITIONS)).fetchone()
        except asyncio.CancelledError:
            await connection.close()
            raise
        assert found is not None  # noqa: S101  (one row, whatever the table holds)
        return Editions(*found)

    async def close(self) -> None:
        """Give the connection back to the server, if there is one."""
        if self.connection is not None:
            connection, self.connection = self.connection, None
            await connection.close()
