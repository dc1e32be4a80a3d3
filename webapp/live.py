"""Serve tiles, features and news of the public schema to machines and crowds.

Every answer carries an ETag of its layer's generation: a browser asks again and mostly hears 304.
The process knows no login, no cookie and no personal data; its database role reads schema ``pub``.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from secrets import token_hex

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from census.errors import CensusError
from census.store import pages
from census.store.cell_tiles import CROWDED
from census.store.database import Store
from census.store.deliveries import generation
from census.store.found_at import found_at
from census.store.settings import Settings
from webapp import screen_live
from webapp.identified import worded
from webapp.live_asked import (
    FEATURE_LAYERS,
    RefusedError,
    filters_of,
    known_layer,
    place_of,
    tile_address,
)
from webapp.live_bodies import AT_ONCE, QUICK, WELL, Body, Live
from webapp.live_events import LiveEvents
from webapp.live_hub import Hub
from webapp.origin_gate import OriginGate
from webapp.passing import PassingError
from webapp.words import LANGUAGES, speak

TILE_TYPE = "application/vnd.mapbox-vector-tile"
FEATURE_TYPE = "application/geo+json"

log = logging.getLogger(__name__)
Answer = Callable[[Request], Awaitable[Response]]


def _tiles(live: Live) -> Answer:
    async def answer(request: Request) -> Response:
        layer, z, x, y = tile_address(request)
        hazard = filters_of(request)["hazard"]
        return await live.revalidated(
            request,
            Body(
                layer,
                f"{z}/{x}/{y}/{hazard}",
                lambda: pages.tile(live.store, layer, z, x, y, hazard=hazard),
                TILE_TYPE,
                QUICK if layer in CROWDED else WELL,
            ),
        )

    return answer


def _features(live: Live) -> Answer:
    async def answer(request: Request) -> Response:
        layer = known_layer(request, FEATURE_LAYERS)
        filters = filters_of(request)
        return await live.revalidated(
            request,
            Body(
                layer,
                "&".join(f"{name}={value}" for name, value in filters.items()),
                lambda: pages.features(
                    live.store,
                    layer,
                    level=filters["level"],
                    town_code=filters["town_code"],
                    village_code=filters["village_code"],
                    hazard=filters["hazard"],
                ),
                FEATURE_TYPE,
            ),
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
        now = await live.ask(lambda: generation(live.store))
        return JSONResponse(
            {"place": live.store.place, "generation": now},
            headers={"Cache-Control": "no-store"},
        )

    return answer


def _ready(live: Live) -> Answer:
    async def answer(_request: Request) -> Response:
        try:
            await live.ask(lambda: generation(live.store))
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
        /healthz and /readyz; its ``state`` holds the streams and the questions.
    """
    live = Live(store, boot=boot or token_hex(4))
    events = LiveEvents(store, Hub(live.boot))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        live.limiter = anyio.CapacityLimiter(AT_ONCE)
        log.info("live serves %s", store.place)
        async with events.running():
            yield
        await live.reader.close()

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
    app.state.live = live
    return app
