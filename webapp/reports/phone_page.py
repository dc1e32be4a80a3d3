"""Serve the phone's page: a shell of plain files that a service worker keeps, told its words."""

import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort

from census.store.connection import Store
from geo.vocabulary import ReportKind, Severity
from webapp import session, theme
from webapp.words import catalogue

FOLDER: Final = Path(__file__).resolve().parents[1] / "phone"
LEAFLET: Final = Path(__file__).resolve().parents[1] / "assets" / "vendor" / "leaflet"
MARK: Final = Path(__file__).resolve().parents[1] / "assets" / "mark.svg"
WORKER: Final = "worker.js"
TYPES: Final = {
    ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}  # fmt: skip
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PLACE: Final = "%EDITION%"
WORDS: Final = "phone."


@cache
def files() -> dict[str, bytes]:
    """
    Read the files of the page.

    Returns
    -------
    dict of str to bytes
        Content by name, without the page and the worker.
    """
    own = {each.name: each for each in sorted(FOLDER.iterdir()) if each.suffix in TYPES}
    own |= {"leaflet.js": LEAFLET / "leaflet.js", "leaflet.css": LEAFLET / "leaflet.css"}
    own["mark.svg"] = MARK
    read = {name: each.read_bytes() for name, each in own.items() if name != WORKER}
    return read | {"theme.css": theme.stylesheet().encode()}


@cache
def edition(zone: str) -> str:
    """
    Name this edition of the page; another one when any of its files or words changes.

    Parameters
    ----------
    zone
        IANA zone that times are shown in.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    parts = [name.encode() + body for name, body in files().items()]
    parts += [(FOLDER / "page.html").read_bytes(), (FOLDER / WORKER).read_bytes()]
    parts += [json.dumps(said(), ensure_ascii=False, sort_keys=True).encode()]
    parts += [zone.encode()]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()[:12]


@cache
def said() -> dict[str, Any]:
    """
    Collect what the page says.

    Returns
    -------
    dict
        ``zh`` and ``en``: words by name; ``kinds`` and ``severities``: code, Chinese, English.
    """
    keys = [key for key in catalogue() if key.startswith(WORDS)]
    words: dict[str, Any] = {
        language: {key.removeprefix(WORDS): catalogue()[key][language] for key in keys}
        for language in ("zh", "en")
    }
    words["kinds"] = [[each.value, each.zh, each.en] for each in ReportKind]
    words["severities"] = [[each.ordinal, each.zh, each.en] for each in Severity]
    return words


def page(zone: str) -> str:
    """
    Write the page; it is the same for everybody, so that it can be kept.

    Parameters
    ----------
    zone
        IANA zone that times are shown in.

    Returns
    -------
    str
        HTML.
    """
    shell = (FOLDER / "page.html").read_text("utf-8")
    words = escape(json.dumps(said(), ensure_ascii=False), quote=False)
    filled = shell.replace(PLACE, edition(zone)).replace("%ZONE%", escape(zone))
    return filled.replace("%WORDS%", words)


def worker(zone: str) -> str:
    """
    Write the service worker, which knows what belongs to this edition.

    Parameters
    ----------
    zone
        IANA zone that the page shows times in.

    Returns
    -------
    str
        JavaScript.
    """
    kept = ["/report", *(f"/report/{name}?e={edition(zone)}" for name in files())]
    script = (FOLDER / WORKER).read_text("utf-8")
    return script.replace(PLACE, edition(zone)).replace('"%KEPT%"', json.dumps(kept))


def register(server: Flask, store: Store) -> None:
    """
    Give the page its addresses.

    Parameters
    ----------
    server
        The Flask server.
    store
        The district's store, which knows in which zone people live.
    """
    zone = store.district.timezone

    @server.get("/report")
    def report_page() -> Response:
        answer = Response(page(zone), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = POLICY
        session.hand_out_token(answer)
        return answer

    @server.get("/report/<path:name>")
    def report_part(name: str) -> Response:
        if name == WORKER:
            answer = Response(worker(zone), mimetype="text/javascript")
            answer.headers["Service-Worker-Allowed"] = "/report"
            answer.headers["Cache-Control"] = "no-cache"
            answer.headers["Content-Security-Policy"] = POLICY
            return answer
        body = files().get(name)
        if body is None:
            abort(404)
        return Response(body, mimetype=TYPES[Path(name).suffix])
