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
    ("delivery.read", "/changes"),
    ("census.read", "/census"),
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
    table = rights()
    return next(
        (
            path
            for action, path in WORKPLACES
            if actor.may(action, EVERYWHERE if table.is_of_district(action) else None)
        ),
        "/",
    )


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
    links = [html.A(word, href=href) for word, href in own_pages(actor, language, say)]
    roles = html.P(held_roles(actor, language, say), className="note")
    menu = html.Div([roles, *links], className="person-links")
    return html.Details([html.Summary(actor.name), menu], className="person-menu")


def own_pages(actor: Actor, language: Language, say: Say) -> list[tuple[str, str]]:
    """
    List the pages of somebody's work and account.

    Parameters
    ----------
    actor
        Who has signed in.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    list of tuple
        Word and address, work first.
    """
    found = [
        (actor.may(DESK_ACTION), say("desk.name"), link("desk", "", language)),
        (actor.may("census.read"), say("person.census"), "/census"),
        (actor.may("census.read"), say("losses.title"), "/losses"),
        (actor.may("census.read"), say("person.capacity"), "/capacity"),
        (actor.may("report.read"), say("reports.name"), link("reports", "", language)),
        (actor.may("report.send"), say("reports.send"), "/report"),
        (actor.may("delivery.read", EVERYWHERE), say("person.changes"), "/changes"),
        (actor.may("account.manage", EVERYWHERE), say("person.accounts"), "/accounts"),
        (actor.may("screen.manage", EVERYWHERE), say("person.screens"), "/screens"),
        (actor.may("audit.read", EVERYWHERE), say("person.audit"), "/audit"),
        (True, say("person.account"), "/account"),
        (True, say("person.password"), "/account/password"),
    ]
    return [(word, href) for may, word, href in found if may]


def held_roles(actor: Actor, language: Language, say: Say) -> str:
    """
    Name the roles that somebody holds.

    Parameters
    ----------
    actor
        Who has signed in.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    str
        Their words; that of a visitor for nobody's.
    """
    held = sorted({grant.role for grant in actor.grants if grant.role in rights().roles})
    words = [role_word(name, language) for name in held]
    return ("、" if language == "zh" else ", ").join(words) or say("person.visitor")
