"""Show one town: which of its villages to look at first, and its totals."""

import dash
from dash import Dash, html
from dash.development.base_component import Component

from census.errors import UnknownDivisionError
from census.store import pages
from census.store.database import Store
from census.store.rankings import ranking
from geo.vocabulary import RiskLevel
from webapp import cards, hazards, markup, overview, rescue, shell
from webapp.place_shown import tab_title
from webapp.words import Language, count, speak


def view(store: Store, code: str, language: Language) -> Component:
    """
    Build the panel of a town.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    code
        The town's code.
    language
        Language of the page.

    Returns
    -------
    Component
        The panel.

    Raises
    ------
    UnknownDivisionError
        If no town has this code.
    """
    say = speak(language)
    town = pages.division(store, code)
    if town.level != "town":
        raise UnknownDivisionError(code, store.place)
    hazard = hazards.asked()
    risk = pages.risk_card(store, code, hazard=hazard)
    totals = pages.demand(store, code, hazard=hazard)
    ranked = ranking(store, level="village", town_code=code, hazard=hazard)
    worst = [one for one in ranked if (one.risk_class or 0) >= RiskLevel.RATHER_HIGH.ordinal]
    is_zoned = pages.zoning_card(store) is not None
    there = pages.delivered(store)
    parts = [
        hazards.picker(store, code, language, say),
        markup.headline(
            say("town.question", name=town.name),
            count(len(worst) if risk else None),
            say("town.unit", all=len(ranked)),
            overview.place_sentence(town, totals, risk, say),
        ),
        html.Div(
            cards.pill(risk.risk_class if risk else None, language, say), className="class-line"
        ),
        overview.partial(town, say),
        None if town.has_outline else overview.codes_alone(say),
        overview.ranking(say("town.villages"), ranked, language, say),
        rescue.demand(totals, language, say),
        rescue.needs(totals.demand_people, language, say) if totals else None,
        cards.why(risk, language, say)
        if risk
        else overview.not_zoned(say, delivered=there, is_run=is_zoned),
        cards.sureness(risk, language, say) if risk else None,
        cards.people(town, risk, language, say),
        rescue.shelters(
            pages.shelters(store, town_code=code),
            language,
            say,
            is_delivered=bool(there["shelters"]),
        ),
    ]
    return html.Div([part for part in parts if part])


def register(app: Dash, store: Store) -> None:  # noqa: ARG001  (every page registers alike)
    """
    Give every town its fixed link.

    Parameters
    ----------
    app
        The app.
    store
        The district's store, as the public may read it.
    """

    def layout(code: str = "", **_query: str) -> Component:
        return shell.panel(lambda language: view(store, code, language))

    title = tab_title(store, "town")
    dash.register_page(__name__, path_template="/town/<code>", title=title, layout=layout)
