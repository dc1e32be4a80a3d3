"""Show one village: its risk and why, its hazard sites, shelters, routes, posts and sheets."""

import dash
from dash import Dash, html
from dash.development.base_component import Component

from census.errors import UnknownDivisionError
from census.store import pages
from census.store.blocked_routes import blocked_routes
from census.store.database import Store
from webapp import blocked, cards, hazards, markup, overview, rescue, shell
from webapp.place_shown import tab_title
from webapp.words import Language, Say, count, speak


def view(store: Store, code: str, language: Language) -> Component:
    """
    Build the panel of a village.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    code
        The village's code.
    language
        Language of the page.

    Returns
    -------
    Component
        The panel.

    Raises
    ------
    UnknownDivisionError
        If no village has this code.
    """
    say = speak(language)
    village = pages.division(store, code)
    if village.level != "village":
        raise UnknownDivisionError(code, store.place)
    hazard = hazards.asked()
    risk = pages.risk_card(store, code, hazard=hazard)
    totals = pages.demand(store, code, hazard=hazard)
    deep = risk.people_in_hazard if risk else None
    parts = [
        hazards.picker(store, code, language, say),
        markup.headline(
            say("village.question", name=village.name),
            count(totals.demand_people if totals else deep),
            say("village.unit" if totals or deep is None else "village.unit_deep"),
            overview.place_sentence(village, totals, risk, say),
        ),
        html.Div(
            cards.pill(risk.risk_class if risk else None, language, say), className="class-line"
        ),
        cards.downloads(code, language, say, hazard=hazard)
        if village.has_outline
        else overview.codes_alone(say),
        cards.why(risk, language, say)
        if risk
        else overview.not_zoned(
            say, delivered=pages.delivered(store), is_run=pages.zoning_card(store) is not None
        ),
        cards.sureness(risk, language, say) if risk else None,
        cards.people(village, risk, language, say),
        rescue.demand(totals, language, say),
        rescue.needs(totals.demand_people, language, say) if totals else None,
        rescue.routes(pages.routes(store, village_code=code), say, _blocked(store, code, language)),
        *_what_stands_here(store, code, language, say),
    ]
    return html.Div([part for part in parts if part])


def _blocked(store: Store, code: str, language: Language) -> dict[str, list[Component]]:
    found, say = blocked_routes(store, village_code=code), speak(language)
    return {
        each.code: blocked.warnings(
            store, [one for one in found if one.code == each.code], language, say
        )
        for each in found
    }


def _what_stands_here(
    store: Store, code: str, language: Language, say: Say
) -> list[Component | None]:
    there = {form: bool(rows) for form, rows in pages.delivered(store).items()}
    shelters = pages.shelters(store, village_code=code)
    posts = pages.duties(store, code)
    firms = pages.enterprises(store, village_code=code)
    return [
        rescue.shelters(shelters, language, say, is_delivered=there["shelters"]),
        cards.hazard_sites(pages.hazard_sites(store, village_code=code), language, say),
        cards.history(pages.history(store, village_code=code), say),
        rescue.duties(posts, language, say, is_delivered=there["duties"]),
        cards.enterprises(firms, language, say, is_delivered=there["enterprises"]),
    ]


def register(app: Dash, store: Store) -> None:  # noqa: ARG001  (every page registers alike)
    """
    Give every village its fixed link.

    Parameters
    ----------
    app
        The app.
    store
        The district's store, as the public may read it.
    """

    def layout(code: str = "", **_query: str) -> Component:
        return shell.panel(lambda language: view(store, code, language))

    title = tab_title(store, "village")
    dash.register_page(__name__, path_template="/village/<code>", title=title, layout=layout)
