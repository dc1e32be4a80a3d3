"""Put the pages together: one Dash app on Flask, guarded, for one district's store."""

import logging
import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from dash import Dash, ctx, html, page_registry, set_props
from dash.development.base_component import Component
from flask import Flask, Response, abort, g, request

from census.errors import CensusError
from census.products.printing import SheetLateError
from census.store import pages as stored
from census.store.database import Store
from census.store.outages import is_away
from census.store.settings import Settings, secret_key
from webapp import (
    account_pages,
    audit_pages,
    capacity_pages,
    cards,
    change_api,
    change_pages,
    entry,
    gate,
    hazards,
    identity,
    ids,
    links,
    login_pages,
    loss_pages,
    packing,
    role_pages,
    route_api,
    screen_pages,
    second_pages,
    session,
    shell,
    theme,
    zoning_pages,
)
from webapp.census_pages import checks as census_checks
from webapp.census_pages import pages as census_pages
from webapp.desk_turns import DeskInTurn
from webapp.pages import desk, district, missing, reports, route, town, village
from webapp.passing import RETRY_S, AwayError, PassingError
from webapp.reports import api as report_api
from webapp.reports import phone_page
from webapp.route_office import Office
from webapp.turns import Bounds
from webapp.words import speak

PAGES: Final = (district, town, village, missing)
ROOMS: Final = (
    login_pages, second_pages, account_pages, role_pages, audit_pages, phone_page,
    census_pages, census_checks, zoning_pages, loss_pages, capacity_pages,
)  # fmt: skip
OFFICE_PAGES: Final = (desk, route, reports)
# The route editor's parts are loaded on its page alone, those of accounts and audit on theirs, the
# stream of news beside all pages, Leaflet by itself on the wall screen.
LOADED_BY_PAGE: Final = (
    "^geoman$",
    "^leaflet$",
    "^editor$",
    "^office$",
    "^live$",
    "^waiting$",
    "^report_desk$",
    "^changes$",
)  # folders
MARK: Final = "mark.svg"
SHEETS: Final = frozenset({"risk", "evacuation"})
DAY_SECONDS: Final = 24 * 3600
# Dash sends these to every page: old browsers' gaps filled, and tables that no page has. They cost
# a phone most of a second before anything is drawn.
UNUSED_SCRIPTS: Final = re.compile(
    r'<script src="[^"]*/(?:polyfill@|dash_table/)[^"]*"></script>\s*'
)

Printer = Callable[[str, str, str, str, str | None], bytes]
"""(kind, village code, language, address of the pages) -> PDF."""

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
        opening = speak(session.language())("shell.opening")
        parts["app_entry"] = parts["app_entry"].replace("Loading...", opening)
        parts["scripts"] = UNUSED_SCRIPTS.sub("", parts["scripts"])
        # Dash's own icon may not be kept: a browser asks for it each time that the map moves.
        parts["favicon"] = f'<link rel="icon" type="image/svg+xml" href="{_lasting(self, MARK)}">'
        parts["metas"] += _said_by_script()
        page = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return str(page).replace("<html>", f'<html lang="{language}">', 1)

    def strip_relative_path(self, path: str | None) -> Any:
        """
        Return a path as the pages' addresses are compared; an absent one is the first page's.

        Parameters
        ----------
        path
            Path of the link.

        Returns
        -------
        str
            The path without its slashes.
        """
        return super().strip_relative_path(path or "/")


def _lasting(app: Dash, name: str) -> str:
    """Address a file of the assets so that browsers keep it until it changes."""
    changed = (Path(app.config.assets_folder) / name).stat().st_mtime
    return f"{app.get_asset_url(name)}?m={changed}"


def _said_by_script() -> str:
    """Write down what the page's script says when no answer of the server reaches it."""
    away, failed = AwayError(RETRY_S), "fault.unexpected"
    said = {
        "away-zh": away.sentence_zh,
        "away-en": away.sentence_en,
        "failed-zh": speak("zh")(failed),
        "failed-en": speak("en")(failed),
    }
    facts = "".join(f' data-{name}="{escape(sentence)}"' for name, sentence in said.items())
    return f'<meta name="said"{facts}>'


def _tell(fault: Exception) -> Any:
    """Say in the place that a callback should have filled that it cannot, and what to do."""
    if is_away(fault):
        raise fault
    outputs = ctx.outputs_list if isinstance(ctx.outputs_list, list) else [ctx.outputs_list]
    filled = [each["id"] for each in outputs]
    if isinstance(fault, CensusError):
        sentences = (fault.sentence_zh, fault.sentence_en)
    else:
        log.error("page %s: %s could not be filled", entry.asked_page(), filled, exc_info=fault)
        sentences = (speak("zh")("fault.unexpected"), speak("en")("fault.unexpected"))
    if filled[0] == ids.PAGE:
        title = speak(session.language())("fault.title")
        return cards.fault(title, *sentences), {"title": "Riskatlas"}
    set_props(ids.NOTICE, {"children": [html.P(each) for each in sentences]})
    return None


def _let_path_decide() -> None:
    """Give each page the code of its path alone: Dash would let ``?code=`` of a link win."""

    def from_path(layout: Callable[..., Component]) -> Callable[..., Component]:
        def shown(**_query: object) -> Component:
            at = links.spot(entry.asked_page()) if session.is_page_asked() else None
            return layout(code=at.code if at else "")

        return shown

    for page in page_registry.values():
        page["layout"] = from_path(page["layout"])


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
    # Whether there is a route depends on who asks: the office tells.
    if at is None or at.level in {"district", "desk", "route", "reports"}:
        return at is not None
    try:
        return bool(stored.division(store, at.code).level == at.level)
    except CensusError:
        return False


def _serve_theme_and_health(server: Flask, store: Store) -> None:
    @server.get("/theme.css")
    def theme_css() -> Response:
        answer = Response(theme.stylesheet(), mimetype="text/css")
        answer.cache_control.max_age = DAY_SECONDS
        return answer

    @server.get("/readyz")
    def ready() -> dict[str, str]:
        stored.generation(store)
        return {"place": store.place, "district": stored.district(store).code}


def _serve_sheets(server: Flask, store: Store, printer: Printer, address: str) -> None:
    @server.get("/village/<code>/<kind>.pdf")
    def sheet(code: str, kind: str) -> Response:
        if kind not in SHEETS or not exists(store, f"/village/{code}"):
            abort(404)
        if not stored.division(store, code).has_outline:
            # There is nothing to draw: the village's page says so and offers no sheet.
            abort(404)
        try:
            hazard = hazards.asked_in_link() if kind == "risk" else None
            pdf = printer(kind, code, session.language(), address, hazard)
        except SheetLateError as fault:
            raise PassingError(gate.SHEET_RETRY_S, fault.sentence_en, fault.sentence_zh) from fault
        answer = Response(pdf, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="{kind}-{code}.pdf"'
        return answer


def _answer_unknown(server: Flask, store: Store, office: Office) -> None:
    @server.before_request
    def look_up() -> None:
        rule = request.url_rule
        is_page = rule is not None and rule.rule in entry.PAGES
        at = links.spot(request.path) if is_page else None
        is_hidden = at is not None and at.level == "route" and office.hides(at.code)
        g.is_missing = is_page and (is_hidden or not exists(store, request.path))

    @server.after_request
    def mark_missing(answer: Response) -> Response:
        if g.get("is_missing"):
            answer.status_code = 404
        return answer


def _serve_screens_and_deliveries(
    server: Flask, store: Store, accounts: Store, live_port: int
) -> None:
    screen_pages.register(server, store, live_port=live_port)
    change_pages.register(server, store, live_port=live_port)
    change_api.register(server, accounts)


def _office_of(accounts: Store) -> Office:
    def make_desk() -> DeskInTurn:
        from census.products.route_desk import Desk  # noqa: PLC0415  (seconds; no visitor needs it)

        return DeskInTurn(Desk(accounts))

    return Office(accounts, make_desk, identity.current_actor)


def create_app(
    settings: Settings,
    store: Store,
    printer: Printer,
    *,
    accounts: Store,
    bounds: Mapping[str, Bounds] = gate.VISITOR_BOUNDS,
    office: Office | None = None,
) -> Dash:
    """
    Build the pages of a district, for visitors and for those who sign in.

    Dash keeps its list of pages per process: one app per process.

    Parameters
    ----------
    settings
        Settings of the deployment.
    store
        The district's store, opened with role ``public``: what visitors see comes from it.
    printer
        Brings a village's sheet.
    accounts
        The same district's store, opened with role ``app``: sign-ins and what persons write.
    bounds
        How many visitors are served at once, per action.
    office
        What the route editor works with; None for the accounts' store and those who sign in.

    Returns
    -------
    Dash
        The app; ``app.server`` is the Flask server to run.
    """
    app = Riskatlas(
        "webapp",
        assets_folder=str(Path(__file__).with_name("assets")),
        assets_path_ignore=list(LOADED_BY_PAGE),
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
    session.guard(app, app.server, accounts, secret_key=secret_key(settings), live_port=live_port)
    packing.pack(app.server)
    gate.bound_visitors(app.server, bounds)
    _serve_theme_and_health(app.server, store)
    # Not the name by which somebody asks: what is printed and kept leads where the office says.
    _serve_sheets(app.server, store, printer, settings.public_address)
    desk_office = office or _office_of(accounts)
    _answer_unknown(app.server, store, desk_office)
    for room in ROOMS:
        room.register(app.server, store)
    _serve_screens_and_deliveries(app.server, store, accounts, live_port)
    app.layout = lambda: shell.layout(store, live_port=live_port)
    shell.register(app, store)
    for page in PAGES:
        page.register(app, store)
    for page in OFFICE_PAGES:
        page.register(app, store, desk_office)
    route_api.register(app.server, desk_office)
    report_api.register(app.server, accounts, store)
    _let_path_decide()
    # Dash completes itself at the first request: better now than while two visitors come at once,
    # or while the database is away.
    with app.server.test_request_context("/healthz"):
        app.server.preprocess_request()
    return app
