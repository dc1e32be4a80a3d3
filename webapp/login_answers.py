"""Read the forms of signing in, and answer them: shown again with a fault, or on to the page."""

from typing import Final
from urllib.parse import urlencode

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import LockedError, LoginRefusedError
from census.errors import CensusError
from census.store.accounts import Entrant
from census.store.database import Store
from webapp import entry, identity, session
from webapp.errors import SecondFactorError, SecondFactorLostError
from webapp.login_forms import Form, shown
from webapp.person_menu import workplace
from webapp.words import Say, speak

STATUS: Final[tuple[tuple[type[CensusError], int], ...]] = (
    (LockedError, 429),
    (LoginRefusedError, 401),
    (SecondFactorError, 401),
    (SecondFactorLostError, 409),
)
UNPROCESSABLE: Final = 422


def say_now() -> Say:
    """
    Speak the language of this visitor.

    Returns
    -------
    Say
        Puts a key into words.
    """
    return speak(session.language())


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
        As typed, blanks included: they may be part of a password.
    """
    return request.form.get(name, "")


def next_page() -> str:
    """
    Tell where the visitor wanted to go.

    Returns
    -------
    str
        An address of this server.
    """
    return entry.local(request.args.get("next"))


def here(path: str) -> str:
    """
    Address a page of signing in without losing where the visitor wanted to go.

    Parameters
    ----------
    path
        The page.

    Returns
    -------
    str
        Its address.
    """
    target = next_page()
    return path if target == "/" else f"{path}?{urlencode({'next': target})}"


def refused(store: Store, form: Form, fault: CensusError) -> Response:
    """
    Show a form again with what was wrong.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    form
        The form.
    fault
        What was wrong.

    Returns
    -------
    Response
        The page; a lock says how long to wait.
    """
    status = next((code for kind, code in STATUS if isinstance(fault, kind)), UNPROCESSABLE)
    answer = shown(store, form, fault=fault, status=status)
    if isinstance(fault, LockedError):
        answer.headers["Retry-After"] = str(fault.wait_s)
    return answer


def enter(entrant: Entrant) -> AnyResponse:
    """
    Let an account in.

    Parameters
    ----------
    entrant
        The account; every proof asked of it was right.

    Returns
    -------
    AnyResponse
        To where it wanted to go, else to its work, or to choose a password first.
    """
    target = next_page()
    identity.enter(entrant.account_id)
    if entrant.must_change_password:
        return redirect("/account/password", 303)
    return redirect(workplace(identity.current_actor()) if target == "/" else target, 303)
