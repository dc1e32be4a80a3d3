"""Read the forms of the office pages: accounts, roles, audit; each says what it calls itself."""

import secrets
from datetime import date
from typing import Final

from flask import abort, request

from census.access_errors import AccountExistsError, ForbiddenError, RolesApartError
from census.errors import CensusError
from webapp.errors import DayError

FORM_ID: Final = "form_id"
FORM_ID_BYTES: Final = 18
LONGEST_TEXT: Final = 64
STATUS: Final[tuple[tuple[type[CensusError], int], ...]] = (
    (ForbiddenError, 403),
    (RolesApartError, 409),
    (AccountExistsError, 409),
)
UNPROCESSABLE: Final = 422


def new_form_id() -> str:
    """
    Name a form that is about to be shown.

    Returns
    -------
    str
        Its id; two forms are two requests.
    """
    return secrets.token_urlsafe(FORM_ID_BYTES)


def given(name: str) -> str:
    """
    Read a field of the form that arrived.

    Parameters
    ----------
    name
        Name of the field.

    Returns
    -------
    str
        What was typed, without blanks around it.
    """
    return request.form.get(name, "").strip()


def day_of(text: str) -> date | None:
    """
    Read a day.

    Parameters
    ----------
    text
        What a form or a link says.

    Returns
    -------
    date | None
        The day; None where nothing was said.

    Raises
    ------
    DayError
        If it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DayError(text[:LONGEST_TEXT]) from None


def status_of(fault: CensusError) -> int:
    """
    Tell with which HTTP status a fault is shown.

    Parameters
    ----------
    fault
        The fault.

    Returns
    -------
    int
        The status.
    """
    return next((code for kind, code in STATUS if isinstance(fault, kind)), UNPROCESSABLE)


def form_id() -> str:
    """
    Read what the form that arrived calls itself; without, it is refused with 400.

    Returns
    -------
    str
        Its id.
    """
    sent = request.form.get(FORM_ID, "")
    if not FORM_ID_BYTES <= len(sent) <= LONGEST_TEXT or not sent.isascii():
        abort(400)
    return sent
