"""Send every answer with its guard: token, policy, language; what is refused says why."""

import logging
from collections.abc import Iterable
from functools import partial
from html import escape
from typing import Final
from urllib.parse import urlsplit

from dash import Dash
from dash.exceptions import CallbackException, DependencyException
from flask import Flask, Response, has_request_context, jsonify, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
)

from census.access_errors import ForbiddenError
from census.store.connection import Store
from census.store.outages import is_away
from webapp import entry, hazards, identity, news, strict_json
from webapp.entry import PAGES, UPDATE_PATH, asked_page
from webapp.passing import Outage, PassingError
from webapp.web_options import ONE_ORIGIN
from webapp.words import LANGUAGES, Language, language_of, speak

log = logging.getLogger(__name__)

FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
TOKEN_COOKIE: Final = "_csrf_token"  # noqa: S105  (a name, no secret)
LANGUAGE_COOKIE: Final = "language"
PAGE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TAGS: Final = ("zh-CN", "en")  # of the sentences that are said in both languages
YEAR_SECONDS: Final = 365 * 24 * 3600
LARGEST_BODY_BYTES: Final = 256 * 1024
NOT_FOUND: Final = 404
FORBIDDEN: Final = 403
OK: Final = 200
INTERNAL_ERROR: Final = 500
UNAVAILABLE: Final = 503
# What no page is loads nothing and stands in no frame; a browser's reader of PDF adds its own.
FORM_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
BARE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
WAITING_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)
PDF_POLICY: Final = "script-src 'none'; frame-ancestors 'none'"


def language() -> Language:
    """
    Return the language of the request: the link's, else the cookie's, else Chinese.

    Returns
    -------
    Language
        The language to answer in.
    """
    if not has_request_context():  # Dash asks for the layout once before anyone has come
        return "zh"
    return language_of(_asked_language() or request.cookies.get(LANGUAGE_COOKIE))


def _asked_language() -> str | None:
    """Return the language of the link; one that is not spoken here changes nothing."""
    named = request.args.get("lang")
    return named if named in LANGUAGES else None


def is_page_asked() -> bool:
    """
    Tell whether a browser asks for a page's content.

    Returns
    -------
    bool
        False while Dash collects the layouts of all pages to check ids; they need no figures.
    """
    return has_request_context() and request.path == UPDATE_PATH


def live_origin(port: int) -> str:
    """
    Address the live process as the visitor's browser reaches it.

    Parameters
    ----------
    port
        Port of the live process.

    Returns
    -------
    str
        Origin with the host name by which the visitor came; behind a proxy that of the pages.
    """
    if not has_request_context():
        return f"http://127.0.0.1:{port}"
    if request.environ.get(ONE_ORIGIN):
        return request.host_url.rstrip("/")
    host = urlsplit(request.host_url).hostname or "127.0.0.1"
    named = f"[{host}]" if ":" in host else host
    return f"{request.scheme}://{named}:{port}"


def _again(retry_after_s: int) -> str:
    """Let a page ask unseen: one that loads itself anew takes the reader's place away each time."""
    words = " ".join(speak(each)("fault.again") for each in LANGUAGES)
    script = f'<script src="/assets/waiting/again.js" data-again="{retry_after_s}"></script>'
    return f'<p><a href="">{words}</a></p>{script}'


def _page_of(title: str, sentences: Iterable[str], *, retry_after_s: int | None = None) -> str:
    said = zip(TAGS, sentences, strict=True)
    lines = "".join(f'<p lang="{tag}">{escape(each)}</p>' for tag, each in said)
    body = lines + (_again(retry_after_s) if retry_after_s else "")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Riskatlas {title}</title>"
    )
    return (
        f'<!doctype html><html lang="zh-CN"><head>{head}</head><body><main>{body}</main></body>'
        "</html>"
    )


def _explain(
    fault: HTTPException,
) -> tuple[str | dict[str, str], int, dict[str, str]]:
    code = fault.code or INTERNAL_ERROR
    name = "no_page" if code == NOT_FOUND else "unexpected" if code >= INTERNAL_ERROR else "refused"
    allowed = {
        key: value for key, value in fault.get_headers() if key.lower() in {"allow", "retry-after"}
    }
    sentences = [speak(each)(f"fault.{name}") for each in LANGUAGES]
    if entry.is_api():
        return entry.told(*sentences), code, allowed
    return _page_of(str(code), sentences), code, allowed


def _explain_forbidden(fault: ForbiddenError) -> Response | tuple[str, int]:
    if entry.is_machine():
        return entry.explain_forbidden(fault)
    return _page_of(str(FORBIDDEN), (fault.sentence_zh, fault.sentence_en)), FORBIDDEN


def explain_passing(fault: PassingError) -> Response:
    """
    Answer what passes: 503, why, and when to ask again.

    Parameters
    ----------
    fault
        The fault.

    Returns
    -------
    Response
        Sentences for a script, a page that asks again for a reader.
    """
    zh, en = fault.sentence_zh, fault.sentence_en
    headers = {"Retry-After": str(fault.retry_after_s), "Cache-Control": "no-store"}
    if entry.is_machine():
        answer = jsonify(entry.told(zh, en))
    else:
        page = _page_of("503", (zh, en), retry_after_s=fault.retry_after_s)
        answer = Response(page, mimetype="text/html")
        answer.headers["Content-Security-Policy"] = WAITING_POLICY
    answer.status_code = UNAVAILABLE
    answer.headers.update(headers)
    return answer


def _explain_crash(
    outage: Outage, fault: Exception
) -> Response | tuple[str | dict[str, str], int, dict[str, str]]:
    if is_away(fault):
        return explain_passing(outage.met(fault))
    log.error("page %s: %s failed", asked_page(), request.path, exc_info=fault)
    return _explain(InternalServerError())


def policy(app: Dash, live: str) -> str:
    """
    Write the content security policy of a page.

    Parameters
    ----------
    app
        The app; its inline scripts are allowed by their hashes alone.
    live
        Origin of the live process.

    Returns
    -------
    str
        Value of the ``Content-Security-Policy`` header.
    """
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *app.csp_hashes()],
        # Dash, Leaflet and Mantine set style attributes; scripts stay strict.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:", live],
        "connect-src": ["'self'", live],
        "worker-src": ["'self'"],
        "font-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def _remember_choices(answer: Response) -> None:
    """Keep language and hazard of the link; the hazard's cookie is read by the map's script."""
    if answer.mimetype != "text/html":
        return
    lasts = {LANGUAGE_COOKIE: YEAR_SECONDS, hazards.COOKIE: None}
    chosen = {LANGUAGE_COOKIE: _asked_language(), hazards.COOKIE: hazards.asked_in_link()}
    for name, value in chosen.items():
        if value:
            answer.set_cookie(
                name, value, max_age=lasts[name], samesite="Lax", secure=request.is_secure
            )


def hand_out_token(answer: Response) -> None:
    """
    Give a page's script the token that its writes carry.

    Parameters
    ----------
    answer
        The answer, which takes it along as a cookie.
    """
    # Read by the page's script, so not HttpOnly; Secure only where the page itself is: on plain
    # http a Secure cookie vanishes and no callback would ever pass.
    answer.set_cookie(
        TOKEN_COOKIE, generate_csrf(), samesite="Lax", secure=request.is_secure, httponly=False
    )


def _explain_token(_fault: CSRFError) -> tuple[dict[str, str] | str, int]:
    sentences = [speak(each)("fault.token") for each in LANGUAGES]
    is_form = request.mimetype in FORMS and not entry.is_machine()
    if is_form:
        return _page_of("400", sentences), 400
    # A script of the editor fetches a new token and asks once more.
    kind = {"fault": "token"} if entry.is_api() else {}
    return entry.told(*sentences) | kind, 400


def _policy_of(answer: Response, live: str) -> str:
    if answer.mimetype == "application/pdf":
        return PDF_POLICY
    return news.stream_policy(live) if request.path == news.STREAM_PATH else BARE_POLICY


def _is_lasting(answer: Response) -> bool:
    """Tell whether an answer's address changes with its content: Dash writes the file's time."""
    rule = request.url_rule
    is_asset = rule is not None and rule.rule == "/assets/<path:filename>"
    return is_asset and "m" in request.args and answer.status_code == OK


def _protect(server: Flask) -> CSRFProtect:
    @server.before_request
    def refuse_what_no_link_holds() -> None:
        # Before anybody looks a code up, or writes down what was refused.
        if not strict_json.is_sound(request.path):
            raise NotFound
        # Dash would answer any address with a page.
        is_page = request.url_rule is not None and request.url_rule.rule in PAGES
        if entry.is_api() and is_page:
            adapter = server.create_url_adapter(request)
            allowed = set(adapter.allowed_methods() if adapter else ()) - PAGE_METHODS
            raise MethodNotAllowed(sorted(allowed)) if allowed else NotFound

    return CSRFProtect(server)


def guard(
    app: Dash, server: Flask, accounts: Store, *, secret_key: str, live_port: int
) -> CSRFProtect:
    """
    Put every route and callback behind the tables of rights, the token and the policy.

    Parameters
    ----------
    app
        The Dash app.
    server
        Its Flask server.
    accounts
        The store that persons read and write, role app.
    secret_key
        Key that signs the session cookie.
    live_port
        Port of the live process.

    Returns
    -------
    CSRFProtect
        The protection, which covers Dash's dispatch like every other POST.
    """
    server.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="riskatlas_session",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
    )
    protection = _protect(server)
    identity.set_up(server, accounts, secret_key=secret_key)
    server.register_error_handler(CSRFError, _explain_token)
    server.register_error_handler(HTTPException, _explain)
    server.register_error_handler(ForbiddenError, _explain_forbidden)
    server.register_error_handler(CallbackException, lambda _fault: _explain(BadRequest()))
    server.register_error_handler(DependencyException, lambda _fault: _explain(NotFound()))
    server.register_error_handler(PassingError, explain_passing)
    server.register_error_handler(Exception, partial(_explain_crash, Outage()))
    entry.guard(app, server)

    @server.after_request
    def send_guarded(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Frame-Options"] = "DENY"
        if entry.is_private():
            answer.headers["Cache-Control"] = "private, no-store"
        elif _is_lasting(answer):
            answer.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        _remember_choices(answer)
        if request.url_rule is not None and request.url_rule.rule in PAGES:
            answer.headers["Content-Security-Policy"] = policy(app, live_origin(live_port))
            hand_out_token(answer)
        else:
            own = _policy_of(answer, live_origin(live_port))
            answer.headers.setdefault("Content-Security-Policy", own)
        return answer

    return protection
