"""A body that many ask for at once is made once, and what is known is not waited for."""

import asyncio
import threading
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from webapp.live_bodies import AT_ONCE, Body, Live


def _request(**headers):
    return SimpleNamespace(headers=headers)


@asynccontextmanager
async def opened(store):
    """Give the questions of a live process, and end them."""
    live = Live(store)
    try:
        yield live
    finally:
        await live.reader.close()


def _body(make, question="1/1/1"):
    return Body("towns", question, make, "application/geo+json")


def test_a_body_that_a_thousand_ask_for_at_once_is_made_once(small_district):
    made = []

    def make():
        made.append(1)
        return b"towns"

    async def story():
        async with opened(small_district) as live:
            answers = [live.revalidated(_request(), _body(make)) for _ in range(1000)]
            return await asyncio.gather(*answers)

    answers = asyncio.run(story())
    assert {(each.status_code, each.body) for each in answers} == {(200, b"towns")}
    assert len(made) == 1


def test_a_body_that_could_not_be_made_is_made_anew_for_the_next(small_district):
    faults = [ValueError("first"), None]

    def make():
        fault = faults.pop(0)
        if fault:
            raise fault
        return b"second"

    async def story():
        async with opened(small_district) as live:
            with pytest.raises(ValueError, match="first"):
                await live.revalidated(_request(), _body(make))
            assert (await live.revalidated(_request(), _body(make))).body == b"second"
            assert live.making == {}

    asyncio.run(story())


def test_who_has_a_copy_does_not_wait_behind_tiles_that_are_being_made(small_district):
    begun, gate = threading.Barrier(AT_ONCE + 1), threading.Event()

    def slow():
        begun.wait(20)
        gate.wait(20)
        return b"slow"

    async def story():
        async with opened(small_district) as live:
            tag = (await live.revalidated(_request(), _body(lambda: b"quick"))).headers["etag"]
            slow_ones = [
                asyncio.create_task(live.revalidated(_request(), _body(slow, f"{n}")))
                for n in range(AT_ONCE)
            ]
            await asyncio.to_thread(begun.wait, 20)
            kept = await live.revalidated(_request(**{"if-none-match": tag}), _body(slow))
            assert kept.status_code == 304
            assert not any(each.done() for each in slow_ones)
            gate.set()
            assert {each.body for each in await asyncio.gather(*slow_ones)} == {b"slow"}

    asyncio.run(story())
