"""Say of routes in force which reported hazards lie on them: at the desk, and to everybody."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from census.store.blocked_routes import BlockedRoute
from census.store.connection import Store
from census.store.reported_sites import local_minute
from geo.vocabulary import ReportKind
from webapp import links, markup
from webapp.markup import element
from webapp.words import Language, Say, metres


def _kind(found: BlockedRoute, language: Language) -> str:
    return markup.label(ReportKind, found.report_kind, language)


def _at(store: Store, found: BlockedRoute) -> str:
    zone = store.district.timezone
    return local_minute(found.reported_at, zone) if found.reported_at else "–"


def desk_card(
    store: Store, found: Sequence[BlockedRoute], language: Language, say: Say
) -> Component | None:
    """
    List the routes that somebody has to lead round a reported hazard.

    Parameters
    ----------
    store
        The district's store.
    found
        Routes in force through sites accepted since they were approved.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component or None
        The card, each route a link to its editor; None where there is none.
    """
    if not found:
        return None
    rows = [_row(store, each, language, say) for each in found]
    title = say("desk.blocked", count=len({each.code for each in found}))
    return element(
        html.Section,
        [html.H2(title), *markup.first_then_all(rows, say)],
        className="card",
        **{"data-blocked": str(len(found))},
    )


def _row(store: Store, found: BlockedRoute, language: Language, say: Say) -> Component:
    inside = metres(found.metres, digits=0)
    return markup.row(
        dcc.Link(found.name, href=links.link("route", found.code, language)),
        say("desk.blocked_row", metres=inside, site=found.site_code),
        say(
            "desk.blocked_why",
            village=found.village_name or "–",
            kind=_kind(found, language),
            at=_at(store, found),
        ),
    )


def warnings(
    store: Store,
    found: Sequence[BlockedRoute],
    language: Language,
    say: Say,
    *,
    is_desk: bool = False,
) -> list[Component]:
    """
    Warn of the reported hazards on a route that people are shown.

    Parameters
    ----------
    store
        The district's store.
    found
        The route and each site on it.
    language
        The language.
    say
        The texts.
    is_desk
        Whether those read it who can change the route, not those who walk it.

    Returns
    -------
    list of Component
        One sentence for each site.
    """
    return [
        html.P(
            say(
                "route.blocked_site" if is_desk else "routes.blocked",
                site=each.site_code,
                kind=_kind(each, language),
                at=_at(store, each),
                metres=metres(each.metres, digits=0),
            ),
            className="partial",
        )
        for each in found
    ]
