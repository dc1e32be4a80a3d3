"""Hold what is new for every open page: what waits for whom, and what holds now.

A stream for whom more than ``MOST_WAITING`` events wait is dropped and told to come again, which
brings it the present state; more than ``MOST_STREAMS``, or than the system grants open files for,
are turned away. All of it runs on the event loop of the live process.
"""

import asyncio
import json
import logging
import random
import resource
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from census.store.listening import Silence, Standing
from census.store.telling import Told
from webapp.passing import PassingError

MOST_STREAMS: Final = 2000
MOST_WAITING: Final = 64
# Files that the process needs beside its streams: tiles, features, the database.
OTHER_FILES: Final = 256
# Those who lost their stream together do not come back together, milliseconds and seconds.
SOONEST_RETRY_MS, LATEST_RETRY_MS = 1000, 4000
SOONEST_AGAIN_S, LATEST_AGAIN_S = 5, 30

log = logging.getLogger(__name__)


class FullHouseError(PassingError):
    """As many pages listen as this machine can hold."""

    def __init__(self) -> None:
        super().__init__(
            random.randint(SOONEST_AGAIN_S, LATEST_AGAIN_S),  # noqa: S311  (no secret)
            "As many pages as this machine can hold listen for changes. This one asks again by "
            "itself; until then reload it to see what is new.",
            "监听变化的页面已达上限。本页会自动重试，在此之前请刷新页面查看新内容。",
        )


def written(event: str, facts: Mapping[str, Any]) -> bytes:
    """
    Write an event as a stream carries it.

    Parameters
    ----------
    event
        Its name.
    facts
        What it carries.

    Returns
    -------
    bytes
        Name and facts as JSON on one line, and the empty line that ends an event.
    """
    said = json.dumps(facts, ensure_ascii=True, separators=(",", ":"))
    return f"event: {event}\ndata: {said}\n\n".encode("ascii")


def most_streams() -> int:
    """
    Count the streams that this process can hold.

    Returns
    -------
    int
        ``MOST_STREAMS``, or fewer where the system grants fewer open files.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = MOST_STREAMS if files == resource.RLIM_INFINITY else files - OTHER_FILES
    return max(1, min(MOST_STREAMS, granted))


class Subscriber:
    """
    One open stream: what waits to be sent, and whether it is over.

    Parameters
    ----------
    most_waiting
        How many events may wait.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self.most_waiting = most_waiting
        self.is_over = False
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()

    def put(self, frame: bytes) -> bool:
        """
        Let an event wait to be sent.

        Parameters
        ----------
        frame
            The event as written.

        Returns
        -------
        bool
            False where too many wait: then they are dropped, and the stream ends.
        """
        if self.is_over:
            return False
        if len(self._waiting) >= self.most_waiting:
            self._waiting.clear()
            self.end(written("dropped", {}))
            return False
        self._waiting.append(frame)
        self._woken.set()
        return True

    def end(self, last: bytes | None = None) -> None:
        """
        End the stream once what waits is sent.

        Parameters
        ----------
        last
            A last event.
        """
        if last is not None:
            self._waiting.append(last)
        self.is_over = True
        self._woken.set()

    async def next(self) -> bytes | None:
        """
        Wait for what is to be sent.

        Returns
        -------
        bytes | None
            All events that wait; None where the stream is over.
        """
        while not self._waiting:
            if self.is_over:
                return None
            self._woken.clear()
            await self._woken.wait()
        frames = b"".join(self._waiting)
        self._waiting.clear()
        return frames


@dataclass
class Hub:
    """
    Who listens, and what holds now.

    Attributes
    ----------
    boot
        Says which start of the program speaks.
    most
        How many may listen.
    standing
        What holds; None while the database has not answered.
    is_heard
        Whether the database's words arrive.
    """

    boot: str
    most: int = field(default_factory=most_streams)
    standing: Standing | None = None
    is_heard: bool = False
    subscribers: set[Subscriber] = field(default_factory=set)

    def join(self) -> Subscriber:
        """
        Let one more listen; what holds waits for it already.

        Returns
        -------
        Subscriber
            Its stream.

        Raises
        ------
        FullHouseError
            If as many listen as may.
        """
        if len(self.subscribers) >= self.most:
            raise FullHouseError
        subscriber = Subscriber()
        retry_ms = random.randint(SOONEST_RETRY_MS, LATEST_RETRY_MS)  # noqa: S311  (no secret)
        subscriber.put(f"retry: {retry_ms}\n".encode("ascii") + self._hello())
        self.subscribers.add(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """
        Forget a stream.

        Parameters
        ----------
        subscriber
            The stream.
        """
        subscriber.end()
        self.subscribers.discard(subscriber)

    def close(self) -> None:
        """End every stream: the process is about to stop."""
        for subscriber in list(self.subscribers):
            self.leave(subscriber)

    def hear(self, message: Told | Standing | Silence) -> None:
        """
        Pass on what the database says, where it says something new.

        Parameters
        ----------
        message
            What changed, what holds, or that the database is away.
        """
        if isinstance(message, Silence):
            self._fall_silent(message)
        elif isinstance(message, Told):
            self._learn(message)
        else:
            self._compare(message)

    def beat(self) -> None:
        """Tell every page that the line holds."""
        facts = {"boot": self.boot, "at": _now(), "heard": self.is_heard}
        self._send(written("heartbeat", facts))

    def _send(self, frame: bytes) -> None:
        for subscriber in list(self.subscribers):
            if not subscriber.put(frame):
                self.subscribers.discard(subscriber)

    def _hello(self) -> bytes:
        there = self.standing or Standing()
        return written(
            "hello",
            {
                "boot": self.boot,
                "at": _now(),
                "heard": self.is_heard,
                "generation": sum(there.generations.values()) if self.standing else None,
                "edition": there.edition,
                "layers": dict(there.generations),
                "editing": dict(there.editing),
            },
        )

    def _fall_silent(self, message: Silence) -> None:
        if self.is_heard or self.standing is None:
            log.warning("the database does not tell what changes: %s", message.said)
        if self.is_heard:
            self.is_heard = False
            self.beat()

    def _learn(self, told: Told) -> None:
        there = self.standing or Standing()
        if told.event == "generation":
            layer, number = str(told.facts["layer"]), int(told.facts["generation"])
            if there.generations.get(layer) == number:
                return
            generations = {**there.generations, layer: number}
            self.standing = Standing(there.edition, generations, there.editing)
        elif told.event == "editing":
            code, count = str(told.facts["code"]), int(told.facts["count"])
            if there.editing.get(code, 0) == count:
                return
            editing = {**there.editing, code: count}
            editing = {name: number for name, number in editing.items() if number > 0}
            self.standing = Standing(there.edition, there.generations, editing)
        self._send(written(told.event, told.facts))

    def _compare(self, now: Standing) -> None:
        before, was_heard = self.standing, self.is_heard
        if before is None or not was_heard or before.edition != now.edition:
            self.standing, self.is_heard = now, True
            self._send(self._hello())
            before = before or now
        for layer, number in now.generations.items():
            if before.generations.get(layer) != number:
                self._send(written("generation", {"layer": layer, "generation": number}))
        for code in {*before.editing, *now.editing}:
            if before.editing.get(code, 0) != now.editing.get(code, 0):
                facts = {"code": code, "count": now.editing.get(code, 0)}
                self._send(written("editing", facts))
        self.standing = now


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
