"""Serve one half of the editable district for the tests of news: live is killed and comes back.

Arguments: home of the cluster, place, port of the pages, ``web`` or ``live``, start of the program.
"""

import sys
from dataclasses import replace
from pathlib import Path

import waitress

from census.store.database import open_store
from census.store.settings import Settings
from tests.webapp.page_server import who_asks
from webapp import identity, live_server
from webapp.app import create_app
from webapp.live import create_live


def serve_web(settings, place):
    """Serve the pages."""
    identity.current_actor = who_asks
    with (
        open_store(settings, place=place, pool_size=10) as office,
        open_store(settings, place=place, role="public", pool_size=10) as public,
    ):
        app = create_app(settings, public, lambda *_: b"", accounts=office)
        web = waitress.create_server(app.server, host="127.0.0.1", port=settings.port, threads=8)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        web.run()


def serve_live(settings, place, boot):
    """Serve the news."""
    with open_store(settings, place=place, role="public", pool_size=10) as public:
        live_server.run(
            create_live(settings, public, boot=boot), host="127.0.0.1", port=settings.port + 1
        )


def main(home, place, port, half, boot):
    """Serve until told to stop."""
    settings = replace(Settings(home=Path(home)), port=int(port))
    if half == "web":
        serve_web(settings, place)
    else:
        serve_live(settings, place, boot)


if __name__ == "__main__":
    main(*sys.argv[1:])
