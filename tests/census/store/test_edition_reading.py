"""The state of all layers is read over one connection, and a cut one is replaced at once."""

import asyncio
import os
import signal

import psycopg
import pytest

from census.store import edition_reading
from census.store.deliveries import bump_generation, editions
from census.store.edition_reading import EditionReader

pytestmark = pytest.mark.postgis


def _backends(store):
    """Cut all connections that read in a loop, and tell how many there were."""
    with psycopg.connect(store.address, autocommit=True) as connection:
        return connection.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
            "where query like 'select ''pub.layer_generation''%' and pid <> pg_backend_pid()"
        ).fetchone()[0]


def test_it_reads_what_was_committed_before_it_was_asked(desk_district):
    async def story():
        reader, seen = EditionReader(desk_district), set()
        for _ in range(3):
            await asyncio.to_thread(bump_generation, desk_district, "shelter")
            assert await reader.read() == await asyncio.to_thread(editions, desk_district)
            seen.add((await reader.read()).of("shelter"))
        assert len(seen) == 3
        await reader.close()

    asyncio.run(story())


def test_a_connection_that_was_cut_is_replaced_within_the_question(small_district):
    async def story():
        reader = EditionReader(small_district)
        before = await reader.read()
        first = reader.connection
        assert await asyncio.to_thread(_backends, small_district) >= 1
        assert await reader.read() == before
        assert reader.connection is not first
        await reader.close()

    asyncio.run(story())


def test_a_connection_that_says_nothing_is_replaced_before_the_driver_gives_it_up(
    small_district, monkeypatch
):
    monkeypatch.setattr(edition_reading, "ANSWER_WAIT_S", 1.0)

    async def story():
        reader = EditionReader(small_district)
        before = await reader.read()
        silent = reader.connection.info.backend_pid
        os.kill(silent, signal.SIGSTOP)
        try:
            assert await reader.read() == before
            assert len(reader.given_up) == 1
        finally:
            os.kill(silent, signal.SIGCONT)
        await asyncio.wait(reader.given_up)
        assert not reader.given_up
        await reader.close()

    asyncio.run(story())
