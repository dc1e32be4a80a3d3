"""Show in the top bar who is signed in, and the way in or to the own pages."""

from typing import Final

from dash import html
from dash.development.base_component import Component
from flask import has_request_context

from census.store.actors import Actor
from census.store.rights import EVERYWHERE, rights
from webapp import identity
from webapp.links import link
from webapp.right_words import role_word
from webapp.words import Language, Say

DESK_ACTION: Final = "route.read"
WORKPLACES: Final = (
    (DESK_ACTION, "/desk"),
    ("report.read", "/reports"),
    ("report.send", "/report"),
    ("account.manage", "/accounts"),
    ("audit.read", "/audit"),
)


def workplace(actor: Actor) -> str:
    """
    Tell where somebody's work lies.

    Parameters
    ----------
    actor
        Who has signed in.

    Returns
    -------
    str
        Path of the first page of their work; the first page of all for those who have none.
    """
    return next((path for action, path in WORKPLACES if actor.may(action)), "/")


def person(language: Language, say: Say) -> Component:
    """
    Build the person's corner of the top bar.

    Parameters
    ----------
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    Component
        A link to sign in, or the name with a menu.
    """
    actor = identity.current_actor() if has_request_context() else None
    if actor is None or not actor.is_signed_in:
        return html.A(say("person.sign_in"), href="/login", className="person")
    links = [
        html.A(say("person.account"), href="/account"),
        html.A(say("person.password"), href="/account/password"),
    ]
    if actor.may("audit.read", EVERYWHERE):
        links.insert(0, html.A(say("person.audit"), href="/audit"))
    if actor.may("screen.manage", EVERYWHERE):
        links.insert(0, html.A(say("person.screens"), href="/screens"))
    if actor.may("account.manage", EVERYWHERE):
        links.insert(0, html.A(say("person.accounts"), href="/accounts"))
    if actor.may("report.send"):
        links.insert(0, html.A(say("reports.send"), href="/report"))
    if actor.may("report.read"):
        links.insert(0, html.A(say("reports.name"), href=link("reports", "", language)))
    if actor.may(DESK_ACTION):
        links.insert(0, html.A(say("desk.name"), href=link("desk", "", language)))
    roles = html.P(_roles_of(actor, language) or say("person.visitor"), className="note")
    menu = html.Div([roles, *links], className="person-links")
    return html.Details([html.Summary(actor.name), menu], className="person-menu")


def _roles_of(actor: Actor, language: Language) -> str:
    held = sorted({grant.role for grant in actor.grants if grant.role in rights().roles})
    words = (role_word(name, language) for name in held)
    return ("、" if language == "zh" else ", ").join(words)
