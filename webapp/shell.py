"""Build what stays on every page: the top bar, the frame of panel and map, the bottom line."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from census.errors import CensusError
from census.store import counting, pages
from census.store.cards import Hit
from census.store.database import District, Store
from census.store.shown import zoned_hazards
from geo.vocabulary import RiskLevel
from webapp import cards, hazards, ids, mapping, news, session, theme
from webapp.links import spot
from webapp.markup import element
from webapp.person_menu import person
from webapp.place_shown import extent, place_of
from webapp.words import Language, Say, speak

TABS: Final = ("map", "panel", "layers")
OTHER: Final[dict[Language, Language]] = {"zh": "en", "en": "zh"}


def trail(steps: list[tuple[str, str]]) -> list[Component]:
    """
    Build the path from the district down to the place of the page.

    Parameters
    ----------
    steps
        Name and link per level, district first; the last is the page itself.

    Returns
    -------
    list of Component
        Links with marks between them.
    """
    parts: list[Component] = []
    for name, href in steps[:-1]:
        parts += [dcc.Link(name, href=href), element(html.Span, "/", **{"aria-hidden": "true"})]
    return [*parts, element(html.Span, steps[-1][0], **{"aria-current": "page"})]


def options(hits: Sequence[Hit]) -> list[dict[str, str]]:
    """
    Offer what a search found.

    Parameters
    ----------
    hits
        Divisions found, best first.

    Returns
    -------
    list of dict
        ``value`` (level and code) and ``label`` (name, town and code) for the search box.
    """
    return [
        {
            "value": f"{hit.level}/{hit.code}",
            "label": " · ".join(part for part in (hit.name, hit.town_name, hit.code) if part),
        }
        for hit in hits
        if hit.level in {"town", "village"}
    ]


def _search_box(say: Say) -> Component:
    return element(
        dmc.Select,
        id=ids.SEARCH,
        data=[],
        searchable=True,
        clearable=True,
        limit=10,
        placeholder=say("shell.search_hint"),
        nothingFoundMessage=say("shell.nothing_found"),
        className="search",
        **{"aria-label": say("shell.search")},
    )


def top_bar(district: District, language: Language, say: Say) -> Component:
    """
    Build the bar above every page.

    Parameters
    ----------
    district
        The district.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    Component
        Path, search, language, person and, where the district is made up, the badge that says so.
    """
    other = OTHER[language]
    badge = [html.Span(say("shell.made_up"), className="badge")] if district.is_made_up else []
    switch = element(
        html.A,
        say("shell.other_language"),
        href=f"?lang={other}",
        lang=other,
        className="language",
        **{"data-keeps-view": "true"},
    )
    name = html.Span(say("shell.name"), className="product")
    steps = element(html.Nav, id=ids.TRAIL, className="trail", **{"aria-label": say("shell.trail")})
    parts = [name, steps, *badge, _search_box(say), switch, person(language, say)]
    return html.Header(parts, className="top-bar")


def bottom_line(district: District, rule_edition: str | None, say: Say) -> Component:
    """
    Build the line below every page.

    Parameters
    ----------
    district
        The district.
    rule_edition
        Edition of the rules behind the current zoning; None before the first one.
    say
        The texts.

    Returns
    -------
    Component
        Date of the figures, edition, villages shown, scale, and whose figures they are.
    """
    shown = say("shell.shown", shown="{shown}", all="{all}")
    parts = [
        html.Span(say("shell.data_date", date=district.data_date)),
        html.Span(say("shell.rule_edition", edition=rule_edition or "–")),
        html.Span(say("shell.times", zone=district.timezone)),
        element(html.Span, **{"data-count": shown}),
        element(html.Span, **{"data-told": "true"}),
        element(html.Span, className="scale", **{"data-scale": "true"}),
        html.Span(district.attribution, className="attribution", title=district.attribution),
    ]
    # On a phone it is wider than the screen: who has no finger scrolls it by keys.
    named = {"aria-label": say("shell.about")}
    return element(html.Footer, parts, className="bottom-line", tabIndex="0", **named)


def _tabs(say: Say) -> Component:
    buttons = [
        element(html.Button, say(f"tab.{name}"), type="button", **{"data-tab": name})
        for name in TABS
    ]
    return element(html.Nav, buttons, className="tabs", **{"aria-label": say("tab.label")})


def skeleton() -> Component:
    """
    Hold the panel's place until its figures are there.

    Returns
    -------
    Component
        Grey bars.
    """
    bars = [html.Div(className=f"bar bar-{width}") for width in ("wide", "short", "wide", "wide")]
    return element(html.Div, bars, className="skeleton", **{"aria-hidden": "true"})


def panel(view: Callable[[Language], Component]) -> Component:
    """
    Build a page's panel, or say why it cannot be shown.

    Parameters
    ----------
    view
        Builds the panel in a language.

    Returns
    -------
    Component
        The panel; the fault in both languages; or the grey bars.
    """
    if not session.is_page_asked():
        return skeleton()
    try:
        return view(session.language())
    except CensusError as fault:
        title = speak(session.language())("fault.title")
        return cards.fault(title, fault.sentence_zh, fault.sentence_en)


def _chart(store: Store, live: str, zoned: list[str], language: Language, say: Say) -> Component:
    """Build the map with its switches and its legend."""
    hazard = hazards.shown_of(zoned)
    bounds = extent(pages.towns(store))
    delivered = pages.delivered(store)
    crowded = mapping.tiled(counting.marks(store, mapping.MOST_FETCHED))
    villages = counting.villages(store)
    return html.Main(
        [
            mapping.district_map(
                live, bounds, villages, language, say,
                crowded=crowded, zoned=zoned, hazard=hazard,
            ),
            *([] if counting.has_outlines(store) else [empty_map(say)]),
            mapping.switches(delivered, say),
            mapping.legend(
                {level.ordinal for level in RiskLevel}, language, say,
                hazard=hazard if len(zoned) > 1 else None,
            ),
        ]
    )  # fmt: skip


def layout(store: Store, *, live_port: int) -> Component:
    """
    Build the frame of all pages for the visitor's language.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    live_port
        Port of the live process.

    Returns
    -------
    Component
        The app's layout.
    """
    language = session.language()
    say = speak(language)
    zoned = zoned_hazards(store)
    hazard = hazards.shown_of(zoned)
    district, zoning = pages.district(store), pages.zoning_card(store, hazard)
    live = session.live_origin(live_port)
    panel = element(
        html.Aside,
        [element(html.Div, className="grip", **{"data-grip": "true"}), dash.page_container],
        className="panel",
        **{"aria-live": "polite"},
    )
    chart = _chart(store, live, zoned, language, say)
    parts = [
        dcc.Store(id=ids.PLACE),
        dcc.Store(id=ids.LAYER_URLS, data=mapping.layer_urls(live)),
        top_bar(district, language, say),
        html.Div([panel, chart], className="body"),
        _tabs(say),
        bottom_line(district, zoning.rule_edition if zoning else None, say),
        html.Div(id=ids.NOTICE, className="notice", role="alert"),
        news.seat(store, live, say),
    ]
    look = {"fontFamily": theme.FONT, "primaryColor": "teal"}
    return element(dmc.MantineProvider, html.Div(parts, className="app"), theme=look)


def empty_map(say: Say) -> Component:
    """
    Say why there is nothing on the map.

    Parameters
    ----------
    say
        The texts.

    Returns
    -------
    Component
        The sentence, over the map.
    """
    return html.P(say("codes.map"), className="map-empty", role="status")


def register(app: Dash, store: Store) -> None:
    """
    Connect the frame: the place of the address, the search box, the switches of the map.

    Parameters
    ----------
    app
        The app.
    store
        The district's store, as the public may read it.
    """

    @app.callback(
        Output(ids.PLACE, "data"), Output(ids.TRAIL, "children"), Input(ids.LOCATION, "pathname")
    )
    def follow(pathname: str) -> tuple[dict[str, Any], list[Component]]:
        place = place_of(store, spot(pathname), session.language())
        return place, trail(place["steps"])

    @app.callback(
        Output(ids.SEARCH, "data"),
        Input(ids.SEARCH, "searchValue"),
        State(ids.SEARCH, "data"),
        prevent_initial_call=True,
    )
    def find(text: str | None, offered: list[dict[str, str]]) -> list[dict[str, str]]:
        # The text of a chosen option is no new search: without it the box would drop the choice.
        is_choice = any(option["label"] == text for option in offered)
        return offered if is_choice else options(pages.search(store, text or ""))

    _connect_scripts(app)


def _connect_scripts(app: Dash) -> None:
    def connect(name: str, *links: Output | Input | State, skip_start: bool = False) -> None:
        function = ClientsideFunction("riskatlas", name)
        app.clientside_callback(function, *links, prevent_initial_call=skip_start)

    place_layers = [Output(ids.layer(name), "data") for name in mapping.OF_THE_PLACE]
    fetched_layers = [Output(ids.layer(name), "url") for name in mapping.FETCHED]
    switched, addresses = (ids.SWITCHES, "value"), (ids.LAYER_URLS, "data")
    connect("show", *place_layers, Input(ids.PLACE, "data"))
    connect("switchLayers", *fetched_layers, Input(*switched), State(*addresses))
    connect("startLayers", Output(*switched), Input(*addresses), State(*switched))
    opened = (Output(ids.LOCATION, "pathname"), Output(ids.SEARCH, "value"))
    connect("openFound", *opened, Input(ids.SEARCH, "value"), skip_start=True)
