"""Let in who may: every route, page and callback is asked for in the tables of rights."""

from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlsplit

from dash import Dash
from dash._pages import _path_to_page  # Dash's own choice of a page, so that ours cannot differ
from flask import Flask, Response, abort, g, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import ForbiddenError
from census.store.audit import record
from census.store.rights import EVERYWHERE, rights
from webapp import asked, identity, ids
from webapp.words import LANGUAGES, speak

UPDATE_PATH: Final = "/_dash-update-component"
PAGES: Final = frozenset({"/", "/<path:path>"})
MISSING_PAGE: Final = "/not-found"
API: Final = "/api/"
MACHINE_PATHS: Final = ("/_dash-", API)
UNAUTHORISED: Final = 401
FORBIDDEN: Final = 403
LONGEST_NEXT: Final = 500


def asked_page() -> str:
    """
    Name the page that a request is about.

    Returns
    -------
    str
        Its path: for a callback that of the page that it fills or that sent it.
    """
    if request.path != UPDATE_PATH:
        return request.path
    filled = asked.value_of(asked.body_of(request), ids.LOCATION, "pathname")
    return filled if filled is not None else urlsplit(request.referrer or "").path


def page_action(path: str) -> str | None:
    """
    Say what reading a page takes.

    Parameters
    ----------
    path
        Path of the link.

    Returns
    -------
    str | None
        The action; None where no row names the page.
    """
    page, _ = _path_to_page(path.strip("/"))
    template = page.get("path_template") or page.get("path") or MISSING_PAGE
    return rights().action_of_page(str(template))


def asked_action() -> str | None:
    """
    Say what the request would do.

    Returns
    -------
    str | None
        The action of its route, or of the page where all pages share the route; None where no row
        names it.
    """
    if request.url_rule is None:
        return None
    if request.url_rule.rule in PAGES and request.method in {"GET", "HEAD"}:
        return page_action(request.path)
    return rights().action_of_route(request.url_rule.rule, request.method)


def local(address: str | None) -> str:
    """
    Return where to go after signing in, if it is a page of ours.

    Parameters
    ----------
    address
        What the link says.

    Returns
    -------
    str
        The path with its query; the first page for any other address.
    """
    if not address or len(address) > LONGEST_NEXT or not address.isprintable():
        return "/"
    is_ours = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_ours else "/"


def is_machine() -> bool:
    """
    Tell whether a script of a page asks, which reads JSON and keeps its work.

    Returns
    -------
    bool
        False for a browser that goes to a page or sends a form.
    """
    return request.path.startswith(MACHINE_PATHS)


def is_api() -> bool:
    """
    Tell whether a request goes to an address that answers JSON alone.

    Returns
    -------
    bool
        True below ``/api/``, where nothing is as well.
    """
    return request.path.startswith(API)


def told(sentence_zh: str, sentence_en: str) -> dict[str, str]:
    """
    Say to a script why it is refused.

    Parameters
    ----------
    sentence_zh, sentence_en
        The reason in both languages.

    Returns
    -------
    dict
        ``error_zh`` and ``error_en`` below ``/api/``; ``zh`` and ``en`` for a page's callbacks.
    """
    if is_api():
        return {"error_en": sentence_en, "error_zh": sentence_zh}
    return {"zh": sentence_zh, "en": sentence_en}


def _sentences(key: str) -> dict[str, str]:
    return told(*(speak(each)(f"fault.{key}") for each in LANGUAGES))


def _ask_to_enter() -> AnyResponse:
    if is_machine():
        answer = jsonify(**_sentences("sign_in"), login="/login")
        answer.status_code = UNAUTHORISED
        return answer
    is_read = request.method in {"GET", "HEAD"}
    asked_for = request.full_path.rstrip("?") if is_read else "/"
    return redirect(f"/login?next={quote(local(asked_for), safe='/')}", 303)


def _ask_for_password() -> AnyResponse:
    if is_machine():
        answer = jsonify(**_sentences("must_change"), login="/account/password")
        answer.status_code = FORBIDDEN
        return answer
    return redirect("/account/password", 303)


def _refuse(action: str | None, what: str) -> AnyResponse:
    actor = identity.current_actor()
    if action is not None and not actor.is_signed_in:
        return _ask_to_enter()
    word_zh, word_en = rights().actions.get(action or "", ("执行此操作", "do this"))
    if actor.is_signed_in:
        with identity.office().begin() as connection:
            record(
                connection, actor, action or "unnamed", object_kind="address",
                object_code=what[:200], outcome="refused",
            )  # fmt: skip
    if action is None:
        abort(FORBIDDEN)
    raise ForbiddenError(word_en, word_zh)


def require(action: str | None, what: str) -> AnyResponse | None:
    """
    Hold a request up that its sender may not make.

    Parameters
    ----------
    action
        The action; None, which no row names, is refused to everybody.
    what
        Route, page or callback, for the audit.

    Returns
    -------
    Response | None
        What to answer instead; None to go on.

    Raises
    ------
    ForbiddenError
        If no role of a signed-in account allows it anywhere; the refusal is recorded.
    """
    if action in rights().everybody:
        return None
    place = EVERYWHERE if rights().is_of_district(action) else None
    if not identity.current_actor().may(action, place):
        return _refuse(action, what)
    there = identity.current_presence()
    is_own = action in rights().signed_in
    return _ask_for_password() if there and there.must_change_password and not is_own else None


def _admit(app: Dash) -> AnyResponse | None:
    if request.url_rule is None:
        return None
    answer = require(asked_action(), f"{request.method} {request.path}")
    if answer is not None or request.url_rule.rule != UPDATE_PATH:
        return answer
    return _admit_callback(app, asked.body_of(request))


def _admit_callback(app: Dash, body: dict[str, Any]) -> AnyResponse | None:
    output = body.get("output")
    if not isinstance(output, str):
        abort(FORBIDDEN)
    answer = require(rights().action_of_callback(output), output)
    if answer is None and ids.PAGE in output:
        answer = require(page_action(asked_page()), asked_page())
    if answer is None and not asked.is_sound(body, app.callback_map[output]):
        abort(400)
    return answer


def explain_forbidden(fault: ForbiddenError) -> Response:
    """
    Answer a script that asked for what its user may not.

    Parameters
    ----------
    fault
        The fault.

    Returns
    -------
    Response
        JSON with both sentences.
    """
    answer = jsonify(told(fault.sentence_zh, fault.sentence_en))
    answer.status_code = FORBIDDEN
    return answer


def is_private() -> bool:
    """
    Tell whether an answer depends on who asks, so that no cache may keep it.

    Returns
    -------
    bool
        False for scripts, styles, printed sheets and the health check.
    """
    action = g.get("asked_action")
    return action not in {"parts.load", "health.check", "sheet.wait"}


def guard(app: Dash, server: Flask) -> None:
    """
    Put every route, page and callback behind the tables of rights.

    Parameters
    ----------
    app
        The Dash app.
    server
        Its Flask server.
    """

    @server.before_request
    def note_action() -> None:
        g.asked_action = asked_action()

    server.before_request(partial(_admit, app))
