"""Serve wall screens on the live process: a page of plain HTML, its parts, and what it asks.

The address of a screen is its key: no answer repeats it, and no other server is told it.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from time import time
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from census.errors import CensusError
from census.screen_errors import LinkOverError, UnknownProfileError
from census.store.displays import VIEW_LAYERS, Profile, profile_of
from census.store.features import SOURCES
from census.store.screen_state import frame, link_town
from geo.vocabulary import ReportKind, RiskLevel
from webapp import theme
from webapp.passing import PassingError
from webapp.words import Language, catalogue, speak

if TYPE_CHECKING:
    from webapp.live_bodies import Live

ASSETS: Final = Path(__file__).with_name("assets")
SCREEN: Final = Path(__file__).with_name("screen")
VENDOR: Final = ASSETS / "vendor"
THEME: Final = "theme.css"
WORKER: Final = "worker.js"
PARTS: Final = {
    "leaflet.js": VENDOR / "leaflet" / "leaflet.js",
    "leaflet.css": VENDOR / "leaflet" / "leaflet.css",
    "protomaps-leaflet.js": VENDOR / "protomaps-leaflet.js",
    "font.woff2": VENDOR / "fonts" / "NotoSansSC-Regular.woff2",
    "mark.svg": ASSETS / "mark.svg",
    "plate.js": ASSETS / "12_plate.js",
    "basemap.js": ASSETS / "10_basemap.js",
    "stream.js": ASSETS / "live" / "stream.js",
    **{
        name: SCREEN / name
        for name in ("keep.js", "picture.js", "map.js", "cards.js", "screen.js", "screen.css")
    },
}
KINDS: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
# What the screen's script says, and the facts that it fills in.
WORDS: Final = tuple(key.removeprefix("screen.") for key in catalogue() if key[:7] == "screen.")
FACTS: Final = {
    name: f"{{{name}}}"
    for name in ("all", "people", "count", "word", "time", "age", "n", "h", "source", "date")
} | {"edition": "{edition}"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
}
OVER_STATUS: Final = 404

Answer = Callable[[Request], Awaitable[Response]]


@cache
def _part(name: str) -> tuple[bytes, str]:
    """Read a part once, with its tag."""
    path = PARTS.get(name, SCREEN / name)
    body = theme.screen_stylesheet().encode() if name == THEME else path.read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def _tagged(request: Request, body: bytes, tag: str, kind: str) -> Response:
    headers = {**HEADERS, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


async def _parts(request: Request) -> Response:
    name = request.path_params["name"]
    if name != THEME and name not in PARTS:
        return Response(status_code=404)
    body, tag = _part(name)
    return _tagged(request, body, tag, KINDS[Path(name).suffix])


async def _worker(request: Request) -> Response:
    body, tag = _part(WORKER)
    return _tagged(request, body, tag, KINDS[".js"])


def script_words(language: Language) -> dict[str, Any]:
    """
    Write down what the script of a screen says.

    Parameters
    ----------
    language
        Language of the screen.

    Returns
    -------
    dict
        ``language``, ``words`` with facts in braces, ``classes`` by ordinal, ``kinds`` of reports
        and their ``glyphs``.
    """
    say = speak(language)
    return {
        "language": language,
        "words": {name: say(f"screen.{name}", **FACTS) for name in WORDS},
        "classes": {level.ordinal: level.label(language) for level in RiskLevel},
        "kinds": {each.value: each.label(language) for each in ReportKind},
        "glyphs": {each.value: say(f"screen_glyph.{each.value}") for each in ReportKind},
    }


def _shell(template: Template, live: "Live", language: Language) -> bytes:
    say = speak(language)
    told = {
        "boot": live.boot, "timezone": live.store.district.timezone, **script_words(language),
    }  # fmt: skip
    facts = json.dumps(told, ensure_ascii=False)
    page = template.substitute(
        lang="zh-CN" if language == "zh" else "en",
        boot=escape(live.boot),
        title=escape(say("screen.title")),
        opening=escape(say("screen.opening")),
        # Nothing in it may end the element that it stands in.
        facts=facts.replace("<", "\\u003c"),
    )
    return page.encode()


def _over(fault: CensusError) -> Response:
    template = Template((SCREEN / "over.html").read_text("utf-8"))
    page = template.substitute(zh=escape(fault.sentence_zh), en=escape(fault.sentence_en))
    return Response(page, status_code=OVER_STATUS, media_type="text/html", headers=HEADERS)


def _page(live: "Live", template: Template) -> Answer:
    async def answer(request: Request) -> Response:
        name, token = request.path_params["profile"], request.path_params["token"]
        try:
            profile = profile_of(name)
            await live.ask(lambda: link_town(live.store, name, token))
        except (LinkOverError, UnknownProfileError) as fault:
            return _over(fault)
        except PassingError:
            # The page itself tells that nothing answers, and shows what it kept.
            profile = profile_of(name)
        body = _shell(template, live, profile.language)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        return _tagged(request, body, tag, "text/html")

    return answer


def _layers(profile: Profile) -> dict[str, tuple[str, ...]]:
    """Name the layers of a profile that there are, each with the tables that change it."""
    drawn = {"villages", "towns", *(name for view in profile.views for name in VIEW_LAYERS[view])}
    return {name: SOURCES[name] for name in sorted(drawn) if name in SOURCES}


def _standing(live: "Live", name: str, token: str) -> bytes:
    profile, district = profile_of(name), live.store.district
    town = link_town(live.store, name, token)
    told = {
        "boot": live.boot,
        "views": profile.views,
        "view_s": profile.view_s,
        "town_code": town,
        "district": district.name_zh if profile.language == "zh" else district.name_en,
        "attribution": district.attribution,
        "data_date": district.data_date.isoformat(),
        "is_made_up": district.is_made_up,
        "layers": _layers(profile),
        "basemap": SOURCES["basemap"],
        **frame(live.store, town),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _state(live: "Live") -> Answer:
    async def answer(request: Request) -> Response:
        name, token = request.path_params["profile"], request.path_params["token"]
        # Older than what is read after it: a screen never takes its picture for newer than it is.
        now_ms = int(time() * 1000)
        try:
            told = await live.ask(lambda: _standing(live, name, token))
        except (LinkOverError, UnknownProfileError) as fault:
            said = {"over": True, "error_zh": fault.sentence_zh, "error_en": fault.sentence_en}
            return JSONResponse(said, status_code=OVER_STATUS, headers=HEADERS)
        facts = {**json.loads(told), "now_ms": now_ms}
        return JSONResponse(facts, headers={**HEADERS, "Cache-Control": "no-store"})

    return answer


def routes(live: "Live") -> list[Route]:
    """
    Make the routes of wall screens.

    Parameters
    ----------
    live
        The live process.

    Returns
    -------
    list
        ``/display/worker.js``, ``/display/parts/…``, ``/display/<profile>/<token>`` and its state.
    """
    # All is read now: where files are replaced under a running program, page and parts still agree.
    for name in (THEME, WORKER, *PARTS):
        _part(name)
    page = Template((SCREEN / "screen.html").read_text("utf-8"))
    return [
        Route(f"/display/{WORKER}", _worker),
        Route("/display/parts/{name}", _parts),
        Route("/display/{profile}/{token}", _page(live, page)),
        Route("/display/{profile}/{token}/state.json", _state(live)),
    ]
