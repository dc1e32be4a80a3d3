"""Say how waitress serves the pages: threads, the largest body, and whom it believes."""

from typing import TYPE_CHECKING, Any, Final

from census.store.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# More than a line of 100,000 vertices, which the editor's addresses refuse in words; what is larger
# is refused before it is read. Pictures will come at an address of their own.
LARGEST_REQUEST_BYTES: Final = 4 * 1024 * 1024
# More than the officers and browsers of a district; the library's default of 100 is not.
WEB_CONNECTIONS: Final = 1000
# `Host` goes through a proxy unchanged; a forwarded one could be the visitor's own.
BELIEVED: Final = frozenset({"x-forwarded-for", "x-forwarded-proto"})
# Key of a request's surroundings: a proxy serves pages and live process as one origin.
ONE_ORIGIN: Final = "riskatlas.one_origin"


def web_options(settings: Settings, *, threads: int) -> dict[str, Any]:
    """
    Say how waitress serves the pages.

    Parameters
    ----------
    settings
        The deployment.
    threads
        Requests that are answered at once.

    Returns
    -------
    dict
        Options of ``waitress.serve``. What a proxy says of a visitor is believed from the address
        of the settings alone; anybody else's words are struck out.
    """
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "threads": threads,
        "connection_limit": WEB_CONNECTIONS,
        "max_request_body_size": LARGEST_REQUEST_BYTES,
        "asyncore_use_poll": True,
        "ident": None,
        "clear_untrusted_proxy_headers": True,
    }
    if settings.trusted_proxy:
        options["trusted_proxy"] = settings.trusted_proxy
        options["trusted_proxy_headers"] = set(BELIEVED)
    return options


def behind_proxy(application: "WSGIApplication", settings: Settings) -> "WSGIApplication":
    """
    Let pages know what a proxy in front of them changes.

    Parameters
    ----------
    application
        The pages.
    settings
        The deployment.

    Returns
    -------
    WSGIApplication
        The pages, which find the live process at their own origin, and whose cookies are Secure
        where the address of the settings is https; unchanged where no proxy is.
    """
    if not settings.is_behind_proxy:
        return application
    is_https = settings.public_address.startswith("https:")

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> "Iterable[bytes]":
        environ[ONE_ORIGIN] = True
        if is_https:
            environ["wsgi.url_scheme"] = "https"
        return application(environ, start)

    return answer
