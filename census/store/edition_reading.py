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
        try:
            async with asyncio.timeout(ANSWER_WAIT_S):
                if self.connection is None:
                    self.connection = await Connection.connect(
                        self.store.address, autocommit=True, connect_timeout=CONNECT_WAIT_S
                    )
                found = await (await self.connection.execute(EDITIONS)).fetchone()
        except TimeoutError as fault:
            await self.close()
            said = f"no answer within {ANSWER_WAIT_S:g} s"
            raise psycopg.OperationalError(said) from fault
        assert found is not None  # noqa: S101  (one row, whatever the table holds)
        return Editions(*found)

    async def close(self) -> None:
        """Give the connection back to the server, if there is one."""
        if self.connection is not None:
            connection, self.connection = self.connection, None
            await connection.close()
