"""Show the desk of reports: what was reported from the place, where, and who has to look at it."""

import json

import dash
from dash import Dash, html
from dash.development.base_component import Component

from census.store.database import Store
from geo.vocabulary import ReportKind, Severity
from webapp import markup, route_office, shell
from webapp.markup import element
from webapp.place_shown import tab_title
from webapp.route_office import Office
from webapp.words import Language, catalogue, speak

READ = "report.read"
WORDS = "reports."


def desk_words(language: Language, timezone: str) -> str:
    """
    Give the desk's script its texts.

    Parameters
    ----------
    language
        The language.
    timezone
        IANA zone that times are shown in.

    Returns
    -------
    str
        JSON: name to text; ``kinds`` and ``severities`` by code; ``timezone``.
    """
    texts: dict[str, object] = {
        key.removeprefix(WORDS): catalogue()[key][language]
        for key in catalogue()
        if key.startswith(WORDS)
    }
    texts["kinds"] = {each.value: each.label(language) for each in ReportKind}
    say = speak(language)
    texts["glyphs"] = {each.value: say(f"screen_glyph.{each.value}") for each in ReportKind}
    texts["timezone"] = timezone
    texts["severities"] = {each.ordinal: each.label(language) for each in Severity}
    return json.dumps(texts, ensure_ascii=False)


def view(office: Office | None, language: Language) -> Component:
    """
    Build the desk's panel, which its script fills and keeps up to date.

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
    if office is None or actor is None or not actor.may(READ):
        return route_office.closed(language)
    zone = office.store.district.timezone
    words = desk_words(language, zone)
    seat = element(html.Div, **{"data-report-desk": language, "data-words": words})
    told = f"{say('reports.sentence')} {say('reports.times', zone=zone)}"
    head = markup.headline(say("reports.question"), "–", say("reports.unit"), told)
    return html.Div([head, seat])


def register(app: Dash, store: Store, office: Office | None) -> None:  # noqa: ARG001  (as every page)
    """
    Give the desk of reports its fixed link.

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

    dash.register_page(__name__, path="/reports", title=tab_title(store, "reports"), layout=layout)
