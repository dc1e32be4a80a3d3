"""Choose the hazard that pages and map speak of, where more than one was zoned.

The choice is kept in a cookie as the language is, so that it holds on every page; an address with
``?hazard=`` sets it. The map's script loads a page anew whose map shows another hazard.
"""

from typing import Final

from dash import html
from dash.development.base_component import Component
from flask import has_request_context, request

from census.store import pages
from census.store.database import Store
from census.store.shown import classes_by_hazard, zoned_hazards
from geo.vocabulary import HazardType
from webapp.cards import pill
from webapp.markup import element, label
from webapp.words import Language, Say

COOKIE: Final = "hazard"
KNOWN: Final = frozenset(each.value for each in HazardType)


def asked_in_link() -> str | None:
    """
    Return the hazard of the link.

    Returns
    -------
    str or None
        Its code; None where the link names none that there is.
    """
    named = request.args.get(COOKIE)
    return named if named in KNOWN else None


def asked() -> str | None:
    """
    Return the hazard that the visitor asked for: the link's, else the cookie's.

    Returns
    -------
    str or None
        Its code; None where nobody asked for one.
    """
    if not has_request_context():
        return None
    kept = request.cookies.get(COOKIE)
    return asked_in_link() or (kept if kept in KNOWN else None)


def shown_of(zoned: list[str]) -> str | None:
    """
    Tell which hazard pages show.

    Parameters
    ----------
    zoned
        Hazards that were zoned, the leading one first.

    Returns
    -------
    str or None
        The one asked for where it was zoned, else the first; None before the first run.
    """
    wanted = asked()
    return wanted if wanted in zoned else next(iter(zoned), None)


def picker(store: Store, code: str | None, language: Language, say: Say) -> Component | None:
    """
    Offer the hazards that were zoned, for a division with its class in each.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    code
        Code of the division; None for the district.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    Component or None
        Links, the shown one marked, and a warning where the plan is another hazard's; None where
        there is nothing to choose.
    """
    classes = classes_by_hazard(store, code) if code else dict.fromkeys(zoned_hazards(store))
    zoned = list(classes)
    if len(zoned) < 2:  # noqa: PLR2004  (a choice needs two)
        return None
    shown = shown_of(zoned)
    links = [
        element(
            html.A,
            [
                html.Span(label(HazardType, hazard, language)),
                *([pill(known[0], language, say)] if known else []),
            ],
            href=f"?{COOKIE}={hazard}",
            className="hazard-link",
            **{"data-keeps-view": "true"},
            **({"aria-current": "true"} if hazard == shown else {}),
        )
        for hazard, known in classes.items()
    ]
    plan = pages.plan_card(store)
    note = None
    if plan is not None and plan.hazard != shown:
        note = say(
            "hazards.plan",
            hazard=label(HazardType, plan.hazard, language),
            shown=label(HazardType, shown, language),
        )
    named = {"aria-label": say("hazards.choose")}
    return html.Div(
        [
            element(html.Nav, [html.Span(say("hazards.shown"), className="hazard-lead"), *links],
                    className="hazard-links", **named),
            *([html.P(note, className="partial")] if note else []),
        ],
        className="hazards",
    )  # fmt: skip
