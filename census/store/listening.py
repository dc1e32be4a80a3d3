"""Hear what is told at commit: one connection that listens, looks for itself, and comes back.

A notification says that something changed; what holds is read from schema ``pub``, when the
connection is made, after each outage, and every few seconds: so nothing stays missed, and somebody
who leaves without a word is noticed. Role public is enough.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import psycopg

from census.store.connection import Store
from census.store.telling import LIVE_CHANNEL, Told, read

LOOK_S: Final = 5.0
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
CONNECT_WAIT_S: Final = 10
ANSWER_WAIT_S: Final = 10.0

_GENERATIONS = "select layer, generation from pub.layer_generation"
_EDITING = "select code, editors from pub.route_editing"
# The server gives the table another number when a place is loaded anew: see deliveries.edition.
_EDITION = "select 'pub.layer_generation'::regclass::oid::bigint"


@dataclass(frozen=True)
class Standing:
    """
    What holds at a moment, as the public may see it.

    Attributes
    ----------
    edition
        Another number after a place was loaded anew, when generations begin again.
    generations
        Generation of each layer.
    editing
        How many people edit a route, by its code; routes that nobody edits are left out.
    """

    edition: int = 0
    generations: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    editing: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Silence:
    """
    The database does not answer.

    Attributes
    ----------
    said
        What the driver said of it.
    """

    said: str


Connection = psycopg.AsyncConnection[tuple[object, ...]]


async def _standing(connection: Connection) -> Standing:
    async def rows(query: str) -> dict[str, int]:
        found = await (await connection.execute(query)).fetchall()
        return {str(name): int(str(number)) for name, number in found}

    async with asyncio.timeout(ANSWER_WAIT_S):
        edition = await (await connection.execute(_EDITION)).fetchone()
        return Standing(
            int(str(edition[0])) if edition else 0, await rows(_GENERATIONS), await rows(_EDITING)
        )


async def _listened(connection: Connection, look_s: float) -> AsyncIterator[Told | Standing]:
    # Listening begins before the first look, so nothing falls between the two.
    await connection.execute(f"listen {LIVE_CHANNEL}")
    while True:
        yield await _standing(connection)
        async for notice in connection.notifies(timeout=look_s):
            told = read(notice.payload)
            if told is not None:
                yield told


async def heard(
    store: Store, *, look_s: float = LOOK_S
) -> AsyncIterator[Told | Standing | Silence]:
    """
    Hear what changes, for as long as the caller goes on asking.

    Parameters
    ----------
    store
        The store, any role.
    look_s
        Seconds between two looks at what holds.

    Yields
    ------
    Told | Standing | Silence
        What changed; what holds, first and again and again; that the database is away, once per
        try to reach it.
    """
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            async with await Connection.connect(
                store.address, autocommit=True, connect_timeout=CONNECT_WAIT_S
            ) as connection:
                async for each in _listened(connection, look_s):
                    pause_s = FIRST_PAUSE_S
                    yield each
        except (psycopg.Error, TimeoutError) as fault:
            yield Silence(" ".join(str(fault).split())[:300] or type(fault).__name__)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
