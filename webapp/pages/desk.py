"""Show the route desk: which routes are being changed, in what state, and whose turn it is."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from urllib.parse import parse_qs

import dash
from dash import Dash, dcc, html
from dash.development.base_component import Component
from flask import request

from census.store import pages, reissues
from census.store.actors import Actor
from census.store.blocked_routes import unweighed_routes
from census.store.database import Store
from census.store.reissues import Reissue
from census.store.routes import DeskRow, desk_list
from census.store.seats import editors
from webapp import asked, blocked, ids, links, markup, route_office, shell
from webapp.markup import element
from webapp.place_shown import tab_title
from webapp.route_office import Office
from webapp.words import Language, Say, catalogue, metres, speak

STATES: Final = (
    "untouched", "fresh", "saved", "restored", "submitted", "returned", "approved", "published",
    "withdrawn",
)  # fmt: skip
WAITING: Final = frozenset({"submitted", "approved", "returned"})
MOST_ROWS: Final = 200
BEGINNING: Final = "begin."
COMMA: Final[dict[Language, str]] = {"zh": "、", "en": ", "}
FILTERS: Final = ("town", "village", "state")


def chosen_filters() -> dict[str, str]:
    """
    Read the filter of the link.

    Returns
    -------
    dict of str to str
        Filter to the value chosen; only those that say something.
    """
    search = asked.value_of(asked.body_of(request), ids.LOCATION, "search") or ""
    read = parse_qs(search.removeprefix("?"))
    return {name: read[name][0] for name in FILTERS if read.get(name)}


def beginning_words(language: Language) -> str:
    """
    Give the script that begins a new route its texts.

    Parameters
    ----------
    language
        The language.

    Returns
    -------
    str
        JSON: name to text.
    """
    say, facts = speak(language), ("name", "people", "load", "capacity", "away")
    names = [key.removeprefix(BEGINNING) for key in catalogue() if key.startswith(BEGINNING)]
    # Facts stay as names in braces: the server fills in those that it says itself.
    braces = {name: f"{{{name}}}" for name in facts}
    texts = {name: say(f"begin.{name}", **braces) for name in names}
    return json.dumps(texts, ensure_ascii=False)


def fitting(
    rows: Iterable[DeskRow], chosen: dict[str, str], edited: Collection[str] = ()
) -> list[DeskRow]:
    """
    Keep the routes that a filter lets through, those that wait for somebody or are edited first.

    Parameters
    ----------
    rows
        The routes.
    chosen
        Filter to value.
    edited
        Codes of the routes that somebody edits now.

    Returns
    -------
    list of DeskRow
        The routes.
    """
    wanted = {"town": "town_code", "village": "village_code", "state": "state"}
    kept = [
        row for row in rows if all(getattr(row, wanted[name]) == chosen[name] for name in chosen)
    ]

    def turn(row: DeskRow) -> tuple[bool, bool, bool]:
        is_quiet = not row.drafts and row.code not in edited
        return row.state not in WAITING, is_quiet, row.state == "untouched"

    return sorted(kept, key=turn)


def view(office: Office | None, language: Language) -> Component:
    """
    Build the desk's panel.

    Parameters
    ----------
    office
        Store and who asks; None where nobody can sign in.
    language
        Language of the page.

    Returns
    -------
    Component
        The panel; a sentence for whom the desk is closed to.
    """
    say = speak(language)
    actor = office.current_actor() if office else None
    if office is None or actor is None or not actor.may("route.read"):
        return route_office.closed(language)
    office.warm()
    rows, chosen = desk_list(office.store, actor), chosen_filters()
    kept = fitting(rows, chosen, editors(office.store))
    waiting = sum(row.state in WAITING for row in rows)
    sentence = say(
        "desk.sentence",
        submitted=sum(row.state == "submitted" for row in rows),
        approved=sum(row.state == "approved" for row in rows),
        drafts=sum(row.drafts > 0 for row in rows),
    )
    title = say("desk.list", shown=len(kept), all=len(rows))
    more = say("desk.first", count=MOST_ROWS) if len(kept) > MOST_ROWS else None
    listed = [_row(row, language, say) for row in kept[:MOST_ROWS]]
    body = html.Ul(listed, className="rows") if listed else html.P(say("desk.none"))
    return html.Div(
        [
            markup.headline(
                say("desk.question"), str(waiting), say("desk.unit", all=len(rows)), sentence
            ),
            blocked.desk_card(office.store, unweighed_routes(office.store, actor), language, say),
            _beginning(office.store, actor, language, say),
            _to_print(reissues.to_print(office.store, actor), language, say),
            _filter(rows, chosen, say),
            markup.card(title, body, note=more),
        ]
    )


def _beginning(store: Store, actor: Actor, language: Language, say: Say) -> Component | None:
    villages = [each for each in pages.villages(store) if actor.may("route.save", each.code)]
    if not villages:
        return None
    listed = [[each.code, f"{each.town_name or '–'} · {each.name}"] for each in villages]
    told = {"data-villages": json.dumps(listed, ensure_ascii=False)}
    told |= {"data-new-route": "true", "data-words": beginning_words(language)}
    return html.Details(
        [html.Summary(say("begin.title")), element(html.Div, **told)], className="card begin"
    )


def _to_print(sheets: Sequence[Reissue], language: Language, say: Say) -> Component | None:
    if not sheets:
        return None
    rows = []
    for each in sheets:
        name = say(f"sheet.{each.kind}", name=each.village_name or each.village_code)
        address = f"/village/{each.village_code}/{each.kind}.pdf?lang={language}"
        link = html.A(name, href=address, target="_blank") if each.is_due else html.Span(name)
        day = each.valid_from.isoformat() if each.valid_from else "–"
        since = say("desk.print_since" if each.is_due else "desk.print_from", day=day)
        rows.append(markup.row(link, "", f"{since} · {COMMA[language].join(each.routes)}"))
    due = sum(each.is_due for each in sheets)
    return markup.card(say("desk.print", due=due), *markup.first_then_all(rows, say))


def _filter(rows: Sequence[DeskRow], chosen: dict[str, str], say: Say) -> Component:
    towns: dict[str, str | None] = {row.town_code: row.town_name for row in rows if row.town_code}
    villages: dict[str, str | None] = {
        row.village_code: row.village_name
        for row in rows
        if row.village_code and chosen.get("town") in {None, row.town_code}
    }
    states: dict[str, str | None] = {state: say(f"state.{state}") for state in STATES}
    boxes = [
        _choice(name, options, chosen.get(name), say)
        for name, options in (("town", towns), ("village", villages), ("state", states))
    ]
    return html.Div(boxes, className="desk-filter")


def _choice(name: str, options: dict[str, str | None], value: str | None, say: Say) -> Component:
    listed = [html.Option(say("desk.any"), value="")]
    for code, label in options.items():
        listed.append(html.Option(label or code, value=code, selected=code == value))
    select = element(html.Select, listed, **{"data-desk-filter": name})
    return html.Label([html.Span(say(f"desk.{name}")), select], className="field")


def _row(row: DeskRow, language: Language, say: Say) -> Component:
    facts = [row.town_name, row.village_name, metres(row.length_m, digits=0)]
    if row.in_force:
        facts.append(say("desk.in_force", number=row.in_force))
    parts: list[Component] = [html.Span(" · ".join(str(each) for each in facts if each))]
    if row.drafts:
        parts.append(html.Span(say("desk.drafts"), className="state state-draft"))
    told = {"data-editing-code": row.code, "data-words": say("desk.editing", count="{count}")}
    parts.append(element(html.Span, className="state state-draft", hidden=True, **told))
    head = html.Div(
        [
            dcc.Link(row.name, href=links.link("route", row.code, language)),
            html.Span(say(f"state.{row.state}"), className=f"state state-{row.state}"),
        ],
        className="row-line",
    )
    return element(html.Li, [head, html.Div(parts, className="detail")], **{"data-route": row.code})


def register(app: Dash, store: Store, office: Office | None) -> None:  # noqa: ARG001  (as every page)
    """
    Give the desk its fixed link.

    Parameters
    ----------
    app
        The app.
    store
        The district's store, as the public may read it.
    office
        Store and who asks.
    """

    def layout(**_query: str) -> Component:
        return shell.panel(lambda language: view(office, language))

    dash.register_page(__name__, path="/desk", title=tab_title(store, "desk"), layout=layout)
