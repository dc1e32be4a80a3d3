"""Answer with bodies made once for all who ask, and 304 to those who have them.

A change makes every screen and browser ask for the same at the same moment: the state of the layers
is read once for all of them, and a body that is being made is waited for, not made again.
"""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from census.store.connection import Store
from census.store.deliveries import Editions
from census.store.edition_reading import EditionReader
from census.store.features import SOURCES
from census.store.outages import is_away
from webapp.body_cache import BodyCache
from webapp.passing import RETRY_S, Outage, PassingError
from webapp.shared_reading import SharedReading

# Database questions asked at once, and callers that may wait for their turn.
AT_ONCE = 8
MOST_WAITING = 64
# Whoever moves a map waits for the tiles of a crowded layer: packed a twelfth less, they are there
# sooner. What every page loads is packed well.
QUICK, WELL = 1, 6

T = TypeVar("T")


class BusyError(PassingError):
    """Too many callers wait for the database."""

    def __init__(self) -> None:
        super().__init__(
            RETRY_S,
            "Too many requests wait at the moment. Try again in a few seconds.",
            "当前请求过多，请稍候几秒再试。",
        )


@dataclass(frozen=True)
class Body:
    """
    A body that can be asked for.

    Attributes
    ----------
    layer
        Layer whose edition counts.
    question
        Names what is asked within the layer.
    make
        Makes it.
    kind
        Content type.
    level
        How well it is packed, 1 to 9.
    """

    layer: str
    question: str
    make: Callable[[], bytes]
    kind: str
    level: int = WELL


@dataclass
class Live:
    """
    The questions that the live process answers.

    Attributes
    ----------
    store
        The district's database, role public.
    cache
        Bodies made before.
    boot
        Part of every ETag: another program may draw the same layers otherwise.
    outage
        Tells the log of a database that is away.
    waiting
        Callers whose question is being asked, or waits for its turn.
    limiter
        Lets ``AT_ONCE`` questions pass; made where the loop runs.
    making
        Bodies that are being made, by their names.
    """

    store: Store
    cache: BodyCache = field(default_factory=BodyCache)
    boot: str = field(default_factory=lambda: token_hex(4))
    outage: Outage = field(default_factory=Outage)
    waiting: int = 0
    limiter: anyio.CapacityLimiter | None = None
    making: dict[str, "asyncio.Task[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reader = EditionReader(self.store)
        # Not limited: one at a time, and who has a copy must not wait behind those who have none.
        self.standing = SharedReading[Editions](lambda: self._answered(self.reader.read()))

    async def _answered(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except Exception as fault:
            if is_away(fault):
                raise self.outage.met(fault) from fault
            raise

    async def ask(self, question: Callable[[], T]) -> T:
        """
        Ask the database in a thread, a bounded number at once.

        Parameters
        ----------
        question
            Called in the thread.

        Returns
        -------
        T
            What it returns.

        Raises
        ------
        BusyError
            If too many wait already.
        AwayError
            If the database does not answer.
        """
        if self.waiting >= MOST_WAITING:
            raise BusyError
        if self.limiter is None:
            self.limiter = anyio.CapacityLimiter(AT_ONCE)
        self.waiting += 1
        try:
            return await self._answered(anyio.to_thread.run_sync(question, limiter=self.limiter))
        finally:
            self.waiting -= 1

    async def revalidated(self, request: Request, body: Body) -> Response:
        """
        Answer 304 to a copy of this edition, 204 where nothing lies, else the body.

        Parameters
        ----------
        request
            The request.
        body
            What is asked for.

        Returns
        -------
        Response
            With ETag and ``Cache-Control: no-cache``.
        """
        now = (await self.standing.now()).of(*SOURCES[body.layer])
        tag = f'W/"{self.boot}-{body.layer}-{now}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if _matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        packed = await self._packed(f"{body.layer}:{now}:{body.question}", body)
        if not packed:
            return Response(status_code=204, headers=headers)
        return _sent(request, packed, body.kind, headers)

    async def _packed(self, key: str, body: Body) -> bytes:
        """Return a kept body, one that is being made for another caller, or make it."""
        kept = self.cache.get(key)
        if kept is not None:
            return kept
        if key not in self.making:
            self.making[key] = asyncio.create_task(self._made(key, body))
        # A caller who goes away does not take the body from the others.
        return await asyncio.shield(self.making[key])

    async def _made(self, key: str, body: Body) -> bytes:
        try:
            packed = await self.ask(lambda: _pack(body.make(), body.level))
            self.cache.put(key, packed)
            return packed
        finally:
            del self.making[key]


def _pack(body: bytes, level: int) -> bytes:
    return gzip.compress(body, compresslevel=level, mtime=0) if body else b""


def _matches(seen: str, tag: str) -> bool:
    return any(one.strip() in {tag, tag.removeprefix("W/"), "*"} for one in seen.split(","))


def _sent(request: Request, packed: bytes, kind: str, headers: dict[str, str]) -> Response:
    if re.search(
        r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", request.headers.get("accept-encoding", "")
    ):
        return Response(packed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=kind, headers=headers)
