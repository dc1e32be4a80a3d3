"""Decide who may ask for what, and send every answer with its guard: token, policy, language."""

from enum import Enum
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from dash import Dash
from dash.exceptions import CallbackException, DependencyException
from flask import Flask, Response, abort, has_request_context, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from webapp.words import Language, language_of, speak

TOKEN_COOKIE: Final = "_csrf_token"  # noqa: S105  (a name, no secret)
LANGUAGE_COOKIE: Final = "language"
YEAR_SECONDS: Final = 365 * 24 * 3600
LARGEST_BODY_BYTES: Final = 256 * 1024
NOT_FOUND: Final = 404
INTERNAL_ERROR: Final = 500
# What no page is loads nothing and stands in no frame; a browser's reader of PDF adds its own.
BARE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
PDF_POLICY: Final = "script-src 'none'; frame-ancestors 'none'"


class Action(Enum):
    """What a route or a callback does for the one who asks."""

    READ_PUBLIC = "read what the public may see"
    LOAD_PARTS = "load scripts, styles and fonts"
    CHECK_HEALTH = "ask whether the process is well"


ROLES: Final = MappingProxyType({"visitor": frozenset(Action)})

ROUTES: Final = MappingProxyType(
    {
        "/": Action.READ_PUBLIC,
        "/<path:path>": Action.READ_PUBLIC,
        "/_dash-layout": Action.READ_PUBLIC,
        "/_dash-dependencies": Action.READ_PUBLIC,
        "/_dash-update-component": Action.READ_PUBLIC,
        "/village/<code>/<kind>.pdf": Action.READ_PUBLIC,
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": (
            Action.LOAD_PARTS
        ),
        "/assets/<path:filename>": Action.LOAD_PARTS,
        "/theme.css": Action.LOAD_PARTS,
        "/_favicon.ico": Action.LOAD_PARTS,
        "/healthz": Action.CHECK_HEALTH,
        "/readyz": Action.CHECK_HEALTH,
    }
)

CALLBACKS: Final = MappingProxyType(
    {
        ".._pages_content.children..._pages_store.data..": Action.READ_PUBLIC,
        "..place.data...trail.children..": Action.READ_PUBLIC,
        "search.data": Action.READ_PUBLIC,
    }
)

UPDATE_PATH: Final = "/_dash-update-component"
PAGES: Final = frozenset({"/", "/<path:path>"})


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
    return language_of(request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE))


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
        Origin with the host name by which the visitor came.
    """
    if not has_request_context():
        return f"http://127.0.0.1:{port}"
    host = urlsplit(request.host_url).hostname or "127.0.0.1"
    named = f"[{host}]" if ":" in host else host
    return f"{request.scheme}://{named}:{port}"


def allows(role: str, action: Action | None) -> bool:
    """
    Tell whether a role has an action; what no table names is allowed to nobody.

    Parameters
    ----------
    role
        The role.
    action
        The action, or None where the table has no row.

    Returns
    -------
    bool
        Whether to go on.
    """
    return action is not None and action in ROLES.get(role, frozenset())


def _refuse_unnamed() -> None:
    if request.url_rule is None:
        return
    if not allows("visitor", ROUTES.get(request.url_rule.rule)):
        abort(403)
    if request.url_rule.rule == UPDATE_PATH:
        asked = request.get_json(silent=True)
        body: dict[str, Any] = asked if isinstance(asked, dict) else {}
        output = body.get("output")
        if not isinstance(output, str) or not allows("visitor", CALLBACKS.get(output)):
            abort(403)
        if not all(_is_text(value) for value in _values(body.get("inputs"))):
            abort(400)


def _values(inputs: Any) -> list[Any]:
    if not isinstance(inputs, list):
        return []
    return [each.get("value") if isinstance(each, dict) else None for each in inputs]


def _is_text(value: Any) -> bool:
    """Tell what a visitor's page may send: every input of the callbacks is text or nothing."""
    return value is None or (isinstance(value, str) and "\x00" not in value)


def _explain(fault: HTTPException) -> tuple[str, int, dict[str, str]]:
    code = fault.code or INTERNAL_ERROR
    name = "no_page" if code == NOT_FOUND else "unexpected" if code >= INTERNAL_ERROR else "refused"
    lines = "".join(f"<p>{speak(each)(f'fault.{name}')}</p>" for each in ("zh", "en"))
    page = f'<!doctype html><html lang="zh-CN"><title>Riskatlas {code}</title>{lines}'
    allowed = {
        key: value for key, value in fault.get_headers() if key.lower() in {"allow", "retry-after"}
    }
    return page, code, allowed


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
        "font-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def _remember(answer: Response) -> None:
    asked = request.args.get("lang")
    if asked:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            language_of(asked),
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=request.is_secure,
        )
    # Read by the page's script, so not HttpOnly; Secure only where the page itself is: on plain
    # http a Secure cookie vanishes and no callback would ever pass.
    answer.set_cookie(
        TOKEN_COOKIE, generate_csrf(), samesite="Lax", secure=request.is_secure, httponly=False
    )


def _explain_token(_fault: CSRFError) -> tuple[dict[str, str], int]:
    return {"zh": speak("zh")("fault.token"), "en": speak("en")("fault.token")}, 400


def guard(app: Dash, server: Flask, *, secret_key: str, live_port: int) -> CSRFProtect:
    """
    Put every route and callback behind the table, the token and the policy.

    Parameters
    ----------
    app
        The Dash app.
    server
        Its Flask server.
    secret_key
        Key that signs the anonymous session.
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
    protection = CSRFProtect(server)
    server.register_error_handler(CSRFError, _explain_token)
    server.register_error_handler(HTTPException, _explain)
    server.register_error_handler(CallbackException, lambda _fault: _explain(BadRequest()))
    server.register_error_handler(DependencyException, lambda _fault: _explain(NotFound()))
    server.before_request(_refuse_unnamed)

    @server.after_request
    def send_guarded(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Frame-Options"] = "DENY"
        if request.url_rule is not None and request.url_rule.rule in PAGES:
            answer.headers["Content-Security-Policy"] = policy(app, live_origin(live_port))
            answer.headers["Cache-Control"] = "no-store"
            _remember(answer)
        else:
            is_pdf = answer.mimetype == "application/pdf"
            answer.headers["Content-Security-Policy"] = PDF_POLICY if is_pdf else BARE_POLICY
        return answer

    return protection
