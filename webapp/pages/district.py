"""Show the district: where the risk is high, who must move, how far the zoning is to be trusted."""

import dash
from dash import Dash, html
from dash.development.base_component import Component

from census.store import counting, pages
from census.store.database import Store
from census.store.rankings import ranking
from geo.vocabulary import RiskLevel
from webapp import hazards, markup, overview, rescue, shell
from webapp.place_shown import tab_title
from webapp.words import Language, count, speak


def view(store: Store, language: Language) -> Component:
    """
    Build the panel of the district.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    language
        Language of the page.

    Returns
    -------
    Component
        The panel.
    """
    say = speak(language)
    hazard = hazards.asked()
    villages = ranking(store, level="village", hazard=hazard)
    towns = ranking(store, level="town", hazard=hazard)
    worst = [one for one in villages if (one.risk_class or 0) >= RiskLevel.RATHER_HIGH.ordinal]
    zoning, totals = pages.zoning_card(store, hazard), pages.demand(store, hazard=hazard)
    there = pages.delivered(store)
    parts = [
        hazards.picker(store, None, language, say),
        None if counting.has_outlines(store) else overview.codes_alone(say),
        markup.headline(
            say("district.question"),
            count(len(worst) if zoning else None),
            say("district.unit", all=len(villages)),
            overview.district_sentence(worst, totals, zoning, say)
            if zoning
            else say("district.not_zoned"),
        ),
        overview.meaning(zoning, language, say) if zoning else None,
        rescue.demand(totals, language, say),
        overview.ranking(say("district.towns"), towns, language, say),
        overview.ranking(say("district.worst"), worst, language, say) if worst else None,
        overview.validation(zoning, language, say)
        if zoning
        else overview.not_zoned(say, delivered=there),
        overview.missing_forms(there, say),
    ]
    return html.Div([part for part in parts if part])


def register(app: Dash, store: Store) -> None:  # noqa: ARG001  (every page registers alike)
    """
    Give the district its page.

    Parameters
    ----------
    app
        The app.
    store
        The district's store, as the public may read it.
    """

    def layout(**_query: str) -> Component:
        return shell.panel(lambda language: view(store, language))

    dash.register_page(__name__, path="/", title=tab_title(store, "district"), layout=layout)
