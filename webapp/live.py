"""Serve tiles, features and news of the public schema to machines and crowds.

Every answer carries an ETag of its layer's generation: a browser asks again and mostly hears 304.
The process knows no login, no cookie and no personal data; its database role reads schema ``pub``.
"""

import gzip
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from census.errors import CensusError
from census.store import pages
from census.store.cell_tiles import CROWDED
from census.store.database import Store
from census.store.deliveries import edition, generation
from census.store.features import SOURCES
from census.store.found_at import found_at
from census.store.outages import is_away
from census.store.settings import Settings
from webapp import screen_live
from webapp.body_cache import BodyCache
from webapp.identified import worded
from webapp.live_asked import (
    FEATURE_LAYERS,
    RefusedError,
    filters_of,
    known_layer,
    place_of,
    tile_address,
)
from webapp.live_events import LiveEvents
from webapp.live_hub import Hub
from webapp.origin_gate import OriginGate
from webapp.passing import RETRY_S, Outage, PassingError
from webapp.words import LANGUAGES, speak

# Database questions asked at once, and callers that may wait for their turn.
AT_ONCE = 8
MOST_WAITING = 64
TILE_TYPE = "application/vnd.mapbox-vector-tile"
FEATURE_TYPE = "application/geo+json"
# Whoever moves a map waits for the tiles of a crowded layer: packed a twelfth less, they are there
# sooner. What every page loads is packed well.
QUICK, WELL = 1, 6

log = logging.getLogger(__name__)
Answer = Callable[[Request], Awaitable[Response]]


class BusyError(PassingError):
    """Too many callers wait for the database."""

    def __init__(self) -> None:
        super().__init__(
            RETRY_S,
            "Too many requests wait at the moment. Try again in a few seconds.",
            "当前请求过多，请稍候几秒再试。",
        )


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
    """

    store: Store
    cache: BodyCache = field(default_factory=BodyCache)
    boot: str = field(default_factory=lambda: token_hex(4))
    outage: Outage = field(default_factory=Outage)
    waiting: int = 0
    limiter: anyio.CapacityLimiter | None = None

    async def ask(self, question: Callable[[], bytes | None]) -> bytes | None:
        """
        Ask the database in a thread, a bounded number at once.

        Parameters
        ----------
        question
            Called in the thread.

        Returns
        -------
        bytes | None
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
            return await anyio.to_thread.run_sync(question, limiter=self.limiter)
        except Exception as fault:
            if is_away(fault):
                raise self.outage.met(fault) from fault
            raise
        finally:
            self.waiting -= 1

    async def revalidated(
        self, request: Request, layer: str, question: str, make: Callable[[], bytes], kind: str
    ) -> Response:
        """
        Answer 304 to a copy of this edition, 204 where nothing lies, else the body.

        Parameters
        ----------
        request
            The request.
        layer
            Layer whose edition counts.
        question
            Names what is asked within the layer.
        make
            Makes the body.
        kind
            Content type.

        Returns
        -------
        Response
            With ETag and ``Cache-Control: no-cache``.
        """
        seen = request.headers.get("if-none-match", "")
        found: dict[str, str] = {}

        def look() -> bytes | None:
            now = edition(self.store, *SOURCES[layer])
            found["tag"] = f'W/"{self.boot}-{layer}-{now}"'
            if _matches(seen, found["tag"]):
                return None
            key = f"{layer}:{now}:{question}"
            packed = self.cache.get(key)
            if packed is None:
                is_crowd = layer in CROWDED and kind == TILE_TYPE
                packed = _packed(make(), QUICK if is_crowd else WELL)
                self.cache.put(key, packed)
            return packed

        packed = await self.ask(look)
        headers = {"ETag": found["tag"], "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if packed is None:
            return Response(status_code=304, headers=headers)
        if not packed:
            return Response(status_code=204, headers=headers)
        return _body(request, packed, kind, headers)


def _packed(body: bytes, so_much: int) -> bytes:
    return gzip.compress(body, compresslevel=so_much, mtime=0) if body else b""


def _matches(seen: str, tag: str) -> bool:
    return any(one.strip() in {tag, tag.removeprefix("W/"), "*"} for one in seen.split(","))


def _body(request: Request, packed: bytes, kind: str, headers: dict[str, str]) -> Response:
    if re.search(
        r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", request.headers.get("accept-encoding", "")
    ):
        return Response(packed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=kind, headers=headers)


def _tiles(live: Live) -> Answer:
    async def answer(request: Request) -> Response:
        layer, z, x, y = tile_address(request)
        return await live.revalidated(
            request,
            layer,
            f"{z}/{x}/{y}",
            lambda: pages.tile(live.store, layer, z, x, y),
            TILE_TYPE,
        )

    return answer


def _features(live: Live) -> Answer:
    async def answer(request: Request) -> Response:
        layer = known_layer(request, FEATURE_LAYERS)
        filters = filters_of(request)
        return await live.revalidated(
            request,
            layer,
            "&".join(f"{name}={value}" for name, value in filters.items()),
            lambda: pages.features(
                live.store,
                layer,
                level=filters["level"],
                town_code=filters["town_code"],
                village_code=filters["village_code"],
            ),
            FEATURE_TYPE,
        )

    return answer


def _identify(live: Live) -> Answer:
    async def answer(request: Request) -> Response:
        layer = known_layer(request, tuple(CROWDED))
        x, y, z = place_of(request)
        found = await live.ask(lambda: worded(found_at(live.store, layer, x, y, z), layer))
        no_copy = {"Cache-Control": "no-store"}
        return Response(found, media_type="application/json", headers=no_copy)

    return answer


def _generation(live: Live) -> Answer:
    async def answer(_request: Request) -> Response:
        now = await live.ask(lambda: str(generation(live.store)).encode())
        return JSONResponse(
            {"place": live.store.place, "generation": int(now or 0)},
            headers={"Cache-Control": "no-store"},
        )

    return answer


def _ready(live: Live) -> Answer:
    async def answer(_request: Request) -> Response:
        try:
            await live.ask(lambda: str(generation(live.store)).encode())
        except PassingError:
            return PlainTextResponse("database away", status_code=503)
        return PlainTextResponse("ready", headers={"Cache-Control": "no-store"})

    return answer


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("OK")


def _sentences(fault: CensusError) -> dict[str, str]:
    return {"error_en": fault.sentence_en, "error_zh": fault.sentence_zh}


async def _say(_request: Request, fault: Exception) -> Response:
    if not isinstance(fault, CensusError):
        raise fault
    if isinstance(fault, PassingError):
        retry = {"Retry-After": str(fault.retry_after_s)}
        return JSONResponse(_sentences(fault), status_code=503, headers=retry)
    status = fault.status if isinstance(fault, RefusedError) else 422
    return JSONResponse(_sentences(fault), status_code=status)


async def _say_broken(_request: Request, _fault: Exception) -> Response:
    said = {f"error_{each}": speak(each)("fault.unexpected") for each in LANGUAGES}
    return JSONResponse(said, status_code=500)


def create_live(settings: Settings, store: Store, *, boot: str | None = None) -> Starlette:
    """
    Make the application of the live process.

    Parameters
    ----------
    settings
        The deployment; its port is that of the pages.
    store
        The district's database, role public.
    boot
        Which start of the program this is; None for one of its own.

    Returns
    -------
    Starlette
        Routes /tiles, /features, /identify, /generation, /live, /live/streams, /display,
        /healthz and /readyz; its ``state.events`` holds the streams.
    """
    live = Live(store, boot=boot or token_hex(4))
    events = LiveEvents(store, Hub(live.boot))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        live.limiter = anyio.CapacityLimiter(AT_ONCE)
        log.info("live serves %s", store.place)
        async with events.running():
            yield

    app = Starlette(
        routes=[
            Route("/tiles/{layer}/{z}/{x}/{y}.mvt", _tiles(live)),
            Route("/features/{layer}.geojson", _features(live)),
            Route("/identify/{layer}", _identify(live)),
            Route("/generation", _generation(live)),
            Route("/live", events.answer),
            Route("/live/streams", events.count),
            *screen_live.routes(live),
            Route("/healthz", _healthy),
            Route("/readyz", _ready(live)),
        ],
        middleware=[Middleware(OriginGate, web_port=settings.port)],
        exception_handlers={CensusError: _say, Exception: _say_broken},
        lifespan=lifespan,
    )
    app.state.events = events
    return app
