"""Draw the pages on which somebody signs in: one form each, in one language, without a script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from flask import Response, render_template, request

from census.errors import CensusError
from census.store import pages
from census.store.database import Store
from webapp import identity, session, theme
from webapp.person_menu import held_roles, own_pages
from webapp.words import Language, speak

OTHER: Final[dict[Language, Language]] = {"zh": "en", "en": "zh"}
OK: Final = 200


@dataclass(frozen=True)
class Field:
    """
    One field of a form.

    Attributes
    ----------
    name
        Name under which it is sent.
    label
        What stands above it.
    kind
        ``text`` or ``password``.
    autocomplete
        What the browser may fill in.
    value
        What stands in it; never a password.
    note
        Small print below the label.
    digits
        Whether a telephone shows its digits.
    """

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    value: str = ""
    note: str = ""
    digits: bool = False


@dataclass(frozen=True)
class Form:
    """
    A page with one form.

    Attributes
    ----------
    title
        What is asked.
    action
        Where it is sent.
    button
        What sends it; empty for a page without a form.
    fields
        Its fields.
    lead
        A sentence below the title.
    said
        What happened before.
    facts
        Names and figures.
    links
        Address and words of further pages.
    picture
        Address of a picture to be scanned, ``data:``.
    picture_words
        What the picture is.
    key
        The same as letters.
    """

    title: str
    action: str
    button: str
    fields: Sequence[Field] = ()
    lead: str = ""
    said: str = ""
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = field(default_factory=tuple)
    picture: str = ""
    picture_words: str = ""
    key: str = ""


def shown(
    store: Store, form: Form, *, fault: CensusError | None = None, status: int = OK
) -> Response:
    """
    Draw a form.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    form
        The form.
    fault
        What was wrong with the last try; told in both languages.
    status
        HTTP status.

    Returns
    -------
    Response
        The page.
    """
    facts = {name: getattr(form, name) for name in Form.__dataclass_fields__}
    return drawn(store, "form.html", fault=fault, status=status, **facts)


def drawn(
    store: Store,
    template: str,
    *,
    fault: CensusError | None = None,
    status: int = OK,
    here: str = "",
    **facts: object,
) -> Response:
    """
    Draw a page without a script, with the top bar that all of them have.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    template
        Name of the template.
    fault
        What was wrong with the last try; told in both languages.
    status
        HTTP status.
    here
        Path of the page, where it is the answer to a form of another path.
    **facts
        What the template shows; ``say`` has the texts.

    Returns
    -------
    Response
        The page.
    """
    language = session.language()
    say = speak(language)
    district = pages.district(store)
    other = OTHER[language]
    actor = identity.current_actor()
    query = urlencode({**request.args, "lang": other})
    page = render_template(
        template,
        say=say,
        language=language,
        product=say("shell.name"),
        district=district.name_zh if language == "zh" else district.name_en,
        badge=say("shell.made_up") if district.is_made_up else "",
        other=other,
        other_language=say("shell.other_language"),
        other_address=f"{here or request.path}?{query}",
        edition=theme.edition(),
        person=actor.name if actor.is_signed_in else "",
        held_roles=held_roles(actor, language, say),
        own_pages=own_pages(actor, language, say) if actor.is_signed_in else [],
        fault=(fault.sentence_zh, fault.sentence_en) if fault else (),
        **facts,
    )
    answer = Response(page, status=status, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = session.FORM_POLICY
    return answer
