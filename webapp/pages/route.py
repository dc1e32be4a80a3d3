"""Show one route to those who edit and approve it; the editor itself opens beside the map."""

import json
from typing import Final

import dash
from dash import Dash, dcc, html
from dash.development.base_component import Component

from census.route_errors import UnknownRouteError
from census.store import routes
from census.store.blocked_routes import blocked_routes
from census.store.database import Store
from census.store.rights import EVERYWHERE
from census.store.route_keeping import today_of
from webapp import blocked, links, markup, route_office, shell
from webapp.markup import element
from webapp.place_shown import tab_title
from webapp.route_office import Office
from webapp.words import Language, Say, catalogue, count, metres, speak

ROOM: Final = "editor."
FACTS: Final = (
    "number", "all", "value", "count", "id", "by", "at", "day", "length", "reason", "minutes",
)  # fmt: skip


def editor_words(language: Language) -> str:
    """
    Give the editor's script its texts.

    Parameters
    ----------
    language
        The language.

    Returns
    -------
    str
        JSON: name to text.
    """
    say = speak(language)
    names = [key.removeprefix(ROOM) for key in catalogue() if key.startswith(ROOM)]
    # Facts stay as names in braces: the script fills them in.
    braces = {name: f"{{{name}}}" for name in FACTS}
    texts = {name: say(f"editor.{name}", **braces) for name in names}
    return json.dumps(texts, ensure_ascii=False)


def view(office: Office | None, code: str, language: Language) -> Component:
    """
    Build the panel of a route, with the seat of its editor.

    Parameters
    ----------
    office
        Store and who asks; None where nobody can sign in.
    code
        The route's code.
    language
        Language of the page.

    Returns
    -------
    Component
        The panel; a sentence for whom it is closed to.

    Raises
    ------
    UnknownRouteError
        If no route has this code, or none that they may read.
    """
    actor = office.current_actor() if office else None
    if office is None or actor is None or not actor.may("route.read"):
        return route_office.closed(language)
    store, say = office.store, speak(language)
    office.warm()
    head = routes.head(store, code)
    if not actor.may("route.read", head.village_code or EVERYWHERE):
        # As the editor's addresses answer: nobody learns which codes other places have.
        raise UnknownRouteError(code)
    shown = routes.version(store, code, head.in_force or 0)
    seat = element(html.Div, **{"data-route-editor": code, "data-words": editor_words(language)})
    return html.Div(
        [
            _headline(head, shown, say),
            _blocked(store, code, language, say),
            _in_force(head, shown, language, say),
            _responsible(store, code, say),
            html.Div(
                dcc.Link(say("route.desk"), href=links.link("desk", "", language)),
                className="card",
            ),
            seat,
        ]
    )


def _headline(head: routes.RouteHead, shown: routes.RouteVersion, say: Say) -> Component:
    question = say("route.question", name=head.name)
    if not shown.lines:
        told = say("route.new_sentence", shelter=head.shelter_name or "–")
        return markup.headline(question, count(None), say("route.unit"), told)
    told = say(
        "route.sentence",
        people=count(head.people),
        length=metres(shown.length_m, digits=0),
        shelter=head.shelter_name or "–",
        hazard=metres(shown.hazard_m, digits=0),
    )
    return markup.headline(question, count(shown.minutes), say("route.unit"), told)


def _in_force(
    head: routes.RouteHead, shown: routes.RouteVersion, language: Language, say: Say
) -> Component:
    village = None
    if head.village_code:
        href = links.link("village", head.village_code, language)
        name = dcc.Link(head.village_name or head.village_code, href=href)
        village = html.P([say("route.village"), " ", name])
    if not shown.lines:
        return markup.card(say("route.not_in_force"), village)
    number = str(head.in_force) if head.in_force else say("route.planned")
    rows = [
        (say("route.version"), number),
        (say("route.length"), metres(shown.length_m, digits=0)),
        (say("route.hazard"), metres(shown.hazard_m, digits=0)),
        (say("route.depth"), metres(shown.depth_max_m, digits=2)),
    ]
    return markup.card(say("route.in_force"), markup.facts(rows), village)


def _blocked(store: Store, code: str, language: Language, say: Say) -> Component | None:
    found = blocked_routes(store, route_code=code)
    told = blocked.warnings(store, found, language, say, is_desk=True)
    return markup.card(say("route.blocked"), *told) if told else None


def _responsible(store: Store, code: str, say: Say) -> Component:
    found = routes.responsible_on(store, code, today_of(store))
    rows = [
        (say("route.made_by"), found.author_name),
        (say("route.approved_by"), found.approver_name),
        (say("route.valid_from"), found.valid_from.isoformat() if found.valid_from else None),
    ]
    roles = {"primary": say("role.primary"), "deputy": say("role.deputy")}
    posts = [html.Li(f"{post} · {roles.get(role, role)}") for _, post, role in found.posts]
    return markup.card(
        say("route.posts"),
        markup.facts([(name, value) for name, value in rows if value]),
        html.Div(markup.first_then_all(posts, say)) if posts else None,
    )


def register(app: Dash, store: Store, office: Office | None) -> None:  # noqa: ARG001  (as every page)
    """
    Give every route its fixed link.

    Parameters
    ----------
    app
        The app.
    store
        The district's store, as the public may read it.
    office
        Store and who asks.
    """

    def layout(code: str = "", **_query: str) -> Component:
        return shell.panel(lambda language: view(office, code, language))

    # The editor adds the name: told here, it would tell which codes there are out of scope.
    title = tab_title(store, "desk")
    dash.register_page(__name__, path_template="/route/<code>", title=title, layout=layout)
