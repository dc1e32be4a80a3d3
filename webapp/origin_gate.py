"""Let the pages of the same host read what the live process answers, and nobody else's pages."""

from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

POLICY: Final = b"content-security-policy"


class OriginGate:
    """
    Let the pages of the same host, on the web port, read the answers (CORS); nobody else's pages.

    Parameters
    ----------
    app
        The application behind.
    web_port
        Port of the pages.
    """

    def __init__(self, app: ASGIApp, web_port: int) -> None:
        self.app = app
        self.web_port = web_port

    def allows(self, origin: str, host: str) -> bool:
        """
        Tell whether an origin is the pages of this host.

        Parameters
        ----------
        origin
            Header ``Origin``.
        host
            Header ``Host``.

        Returns
        -------
        bool
            True for http on the same host name and the web port.
        """
        try:
            page, here = urlsplit(origin), urlsplit(f"//{host}")
            port = page.port or 80
        except ValueError:
            return False
        same_host = page.hostname is not None and page.hostname == here.hostname
        return page.scheme == "http" and same_host and port == self.web_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to each answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = asked.get(b"origin", "")
        is_ours = bool(origin) and self.allows(origin, asked.get(b"host", ""))

        async def send_with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                added = [(b"x-content-type-options", b"nosniff"), (b"vary", b"Origin")]
                # The pages of wall screens bring their own, under which their parts load.
                if POLICY not in {name.lower() for name, _ in message["headers"]}:  # type: ignore[attr-defined]
                    added.append((POLICY, b"default-src 'none'; frame-ancestors 'none'"))
                if is_ours:
                    added.append((b"access-control-allow-origin", origin.encode("latin-1")))
                    added.append((b"access-control-expose-headers", b"ETag"))
                message["headers"] = [*message["headers"], *added]  # type: ignore[misc]
            await send(message)

        await self.app(scope, receive, send_with_headers)  # type: ignore[arg-type]
