"""Who asks at the same time shares one reading, and nobody hears one older than his question."""

import asyncio

import pytest

from webapp.shared_reading import SharedReading


class Source:
    """A source whose readings take as long as the test wants, and count up."""

    def __init__(self):
        self.readings = 0
        self.gate = asyncio.Event()

    async def read(self):
        self.readings += 1
        mine = self.readings
        await self.gate.wait()
        return mine


async def _begun(reading):
    """Ask, and let the question get under way."""
    task = asyncio.create_task(reading.now())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


def test_hundred_who_ask_together_share_one_reading():
    async def story():
        source = Source()
        source.gate.set()
        reading = SharedReading(source.read)
        assert await asyncio.gather(*(reading.now() for _ in range(100))) == [1] * 100
        assert await reading.now() == 2

    asyncio.run(story())


def test_who_comes_while_a_reading_is_under_way_hears_the_next():
    async def story():
        source = Source()
        reading = SharedReading(source.read)
        first = await _begun(reading)
        later = [await _begun(reading) for _ in range(3)]
        assert source.readings == 1
        source.gate.set()
        assert await first == 1
        assert await asyncio.gather(*later) == [2, 2, 2]

    asyncio.run(story())


def test_who_goes_away_does_not_take_the_answer_from_the_others():
    async def story():
        source = Source()
        reading = SharedReading(source.read)
        leaving, staying = await _begun(reading), await _begun(reading)
        leaving.cancel()
        source.gate.set()
        assert await staying == 2
        with pytest.raises(asyncio.CancelledError):
            await leaving

    asyncio.run(story())


def test_a_fault_goes_to_all_who_share_it_and_the_next_reads_again():
    async def story():
        faults = [OSError("away"), None]

        async def read():
            fault = faults.pop(0)
            if fault:
                raise fault
            return "back"

        reading = SharedReading(read)
        heard = await asyncio.gather(reading.now(), reading.now(), return_exceptions=True)
        assert [str(each) for each in heard] == ["away", "away"]
        assert await reading.now() == "back"

    asyncio.run(story())
