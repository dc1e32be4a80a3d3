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
from census.store.database import Store
from census.store.deliveries import edition, generation
from census.store.features import SOURCES
from census.store.outages import is_away
from census.store.settings import Settings
from census.store.tiles import LAYERS as TILE_LAYERS
from webapp import screen_live
from webapp.body_cache import BodyCache
from webapp.live_events import LiveEvents
from webapp.live_hub import Hub
from webapp.origin_gate import OriginGate
from webapp.passing import RETRY_S, Outage, PassingError
from webapp.words import LANGUAGES, speak

FEATURE_LAYERS = tuple(layer for layer in SOURCES if layer != "basemap")
LEVELS = ("town", "village", "grid_unit")
LARGEST_ZOOM = 20
MOST_DIGITS = 9
# Database questions asked at once, and callers that may wait for their turn.
AT_ONCE = 8
MOST_WAITING = 64
TILE_TYPE = "application/vnd.mapbox-vector-tile"
FEATURE_TYPE = "application/geo+json"

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


class RefusedError(CensusError):
    """
    A request asks for something that is not offered or makes no sense.

    Parameters
    ----------
    status
        HTTP status, 404 or 422.
    sentence_en
        What is wrong, in English.
    sentence_zh
        The same in Chinese.
    """

    def __init__(self, status: int, sentence_en: str, sentence_zh: str) -> None:
        super().__init__(sentence_en, sentence_zh)
        self.status = status


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
        Answer 304 where the caller's copy is of this edition, else the body.

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
                packed = gzip.compress(make(), compresslevel=5, mtime=0)
                self.cache.put(key, packed)
            return packed

        packed = await self.ask(look)
        headers = {"ETag": found["tag"], "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if packed is None:
            return Response(status_code=304, headers=headers)
        return _body(request, packed, kind, headers)


def _matches(seen: str, tag: str) -> bool:
    return any(one.strip() in {tag, tag.removeprefix("W/"), "*"} for one in seen.split(","))


def _body(request: Request, packed: bytes, kind: str, headers: dict[str, str]) -> Response:
    if re.search(
        r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", request.headers.get("accept-encoding", "")
    ):
        return Response(packed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=kind, headers=headers)


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS:
        raise RefusedError(
            422,
            f"{name} of a tile is a whole number, not {text[:20]!r}.",
            f"瓦片的 {name} 应为整数，不是“{text[:20]}”。",
        )
    return int(text)


def _tile_address(request: Request) -> tuple[str, int, int, int]:
    layer = request.path_params["layer"]
    if layer not in TILE_LAYERS:
        raise _no_layer(layer, TILE_LAYERS)
    z, x, y = (_whole(request.path_params[name], name) for name in ("z", "x", "y"))
    if z > LARGEST_ZOOM or x >= 2**z or y >= 2**z:
        raise RefusedError(
            404,
            f"There is no tile {z}/{x}/{y}: zoom is 0 to {LARGEST_ZOOM}, x and y are below 2^zoom.",
            f"没有瓦片 {z}/{x}/{y}：级别为 0 至 {LARGEST_ZOOM}，x、y 小于 2 的级别次方。",
        )
    return layer, z, x, y


def _no_layer(layer: str, known: tuple[str, ...]) -> RefusedError:
    names = ", ".join(known)
    return RefusedError(
        404,
        f"There is no layer {layer[:40]!r} here. Layers: {names}.",
        f"没有图层“{layer[:40]}”。可用图层：{names}。",
    )


def _filters(request: Request) -> dict[str, str | None]:
    asked = request.query_params
    codes = {f"{name}_code": asked.get(name) for name in ("town", "village")}
    for name, code in codes.items():
        if code is not None and not re.fullmatch(r"[0-9A-Za-z]{1,24}", code):
            raise RefusedError(
                422,
                f"{name} is a division code of digits, not {code[:30]!r}.",
                f"{name} 应为区划代码，不是“{code[:30]}”。",
            )
    level = asked.get("level")
    if level is not None and level not in LEVELS:
        raise RefusedError(
            422,
            f"level is one of {', '.join(LEVELS)}, not {level[:20]!r}.",
            f"level 只能是 {'、'.join(LEVELS)}，不是“{level[:20]}”。",
        )
    return {**codes, "level": level}


def _tiles(live: Live) -> Answer:
    async def answer(request: Request) -> Response:
        layer, z, x, y = _tile_address(request)
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
        layer = request.path_params["layer"]
        if layer not in FEATURE_LAYERS:
            raise _no_layer(layer, FEATURE_LAYERS)
        filters = _filters(request)
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
        Routes /tiles, /features, /generation, /live, /live/streams, /display, /healthz, /readyz;
        its ``state.events`` holds the streams.
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
