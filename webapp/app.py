"""Put the pages together: one Dash app on Flask, guarded, for one district's store."""

import logging
import re
from pathlib import Path
from typing import Any, Final

from dash import Dash, set_props
from flask import Flask, Response, abort, request

from census.errors import CensusError
from census.products.printing import SheetLateError
from census.store import pages as stored
from census.store.database import Store
from census.store.settings import Settings, secret_key
from webapp import ids, links, session, shell, theme
from webapp.pages import district, missing, town, village
from webapp.printed import CrowdedError, Printer, waiting_room
from webapp.words import speak

PAGES: Final = (district, town, village, missing)
SHEETS: Final = frozenset({"risk", "evacuation"})
DAY_SECONDS: Final = 24 * 3600
# Dash sends these to every page: old browsers' gaps filled, and tables that no page has. They cost
# a phone most of a second before anything is drawn.
UNUSED_SCRIPTS: Final = re.compile(
    r'<script src="[^"]*/(?:polyfill@|dash_table/)[^"]*"></script>\s*'
)

log = logging.getLogger(__name__)


class Riskatlas(Dash):
    """The app, whose page says in which language it is written."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash names each part
        """
        Write the page around the app.

        Parameters
        ----------
        **parts
            Scripts, styles and the entry, from Dash.

        Returns
        -------
        str
            The HTML page.
        """
        language = "zh-CN" if session.language() == "zh" else "en"
        parts["scripts"] = UNUSED_SCRIPTS.sub("", parts["scripts"])
        page = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return str(page).replace("<html>", f'<html lang="{language}">', 1)


def _tell(fault: Exception) -> Any:
    log.error("a callback failed", exc_info=fault)
    language = session.language()
    if isinstance(fault, CensusError):
        sentence = fault.sentence_zh if language == "zh" else fault.sentence_en
    else:
        sentence = speak(language)("fault.unexpected")
    set_props(ids.NOTICE, {"children": sentence})


def exists(store: Store, pathname: str) -> bool:
    """
    Tell whether a page has this address.

    Parameters
    ----------
    store
        The district's store.
    pathname
        Path of the link.

    Returns
    -------
    bool
        False where the level or the code does not exist.
    """
    at = links.spot(pathname)
    if at is None or at.level == "district":
        return at is not None
    try:
        return bool(stored.division(store, at.code).level == at.level)
    except CensusError:
        return False


def _serve_theme(server: Flask) -> None:
    @server.get("/theme.css")
    def theme_css() -> Response:
        answer = Response(theme.stylesheet(), mimetype="text/css")
        answer.cache_control.max_age = DAY_SECONDS
        return answer


def _serve_health(server: Flask, store: Store) -> None:
    @server.get("/readyz")
    def ready() -> dict[str, str]:
        return {"place": store.place, "district": stored.district(store).code}


def _serve_sheets(server: Flask, store: Store, printer: Printer) -> None:
    take = waiting_room(printer)

    @server.get("/village/<code>/<kind>.pdf")
    def sheet(code: str, kind: str) -> Response:
        if kind not in SHEETS or not exists(store, f"/village/{code}"):
            abort(404)
        try:
            pdf = take(kind, code, session.language(), request.host_url.rstrip("/"))
        except (CrowdedError, SheetLateError) as fault:
            sentences = f"{fault.sentence_zh}\n{fault.sentence_en}\n"
            return Response(sentences, 503, {"Retry-After": "60"}, mimetype="text/plain")
        answer = Response(pdf, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="{kind}-{code}.pdf"'
        return answer


def _answer_unknown(server: Flask, store: Store) -> None:
    @server.after_request
    def mark_missing(answer: Response) -> Response:
        rule = request.url_rule
        if rule is not None and rule.rule in session.PAGES and not exists(store, request.path):
            answer.status_code = 404
        return answer


def create_app(settings: Settings, store: Store, printer: Printer) -> Dash:
    """
    Build the visitor's pages of a district.

    Dash keeps its list of pages per process: one app per process.

    Parameters
    ----------
    settings
        Settings of the deployment.
    store
        The district's store, opened with role ``public``.
    printer
        Brings a village's sheet.

    Returns
    -------
    Dash
        The app; ``app.server`` is the Flask server to run.
    """
    app = Riskatlas(
        "webapp",
        assets_folder=str(Path(__file__).with_name("assets")),
        external_stylesheets=[f"/theme.css?v={theme.edition()}"],
        health_endpoint="healthz",
        include_pages_meta=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        on_error=_tell,
        pages_folder="",
        title="Riskatlas",
        update_title="",
        use_pages=True,
    )
    live_port = settings.port + 1
    session.guard(app, app.server, secret_key=secret_key(settings), live_port=live_port)
    _serve_theme(app.server)
    _serve_health(app.server, store)
    _serve_sheets(app.server, store, printer)
    _answer_unknown(app.server, store)
    app.layout = lambda: shell.layout(store, live_port=live_port)
    shell.register(app, store)
    for page in PAGES:
        page.register(app, store)
    return app
