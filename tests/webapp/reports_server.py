"""Serve pages and live process of a district for browser tests of phones: a process of its own.

Arguments: home of the cluster, place, port. People sign in as people do.
"""

import sys
import threading
from dataclasses import replace
from pathlib import Path

import uvicorn
import waitress

from census.store.database import open_store
from census.store.settings import Settings
from webapp.app import create_app
from webapp.live import create_live
from webapp.sheets import render
from webapp.web_options import web_options


def main(home, place, port):
    """Serve until told to stop."""
    settings = replace(Settings(home=Path(home)), port=int(port))
    with (
        open_store(settings, place=place, pool_size=12) as office,
        open_store(settings, place=place, role="public", pool_size=8) as public,
    ):

        def printer(kind, village_code, language, address):
            return render(public, kind, village_code, language, address=address)

        app = create_app(settings, public, printer, accounts=office)
        web = waitress.create_server(app.server, **web_options(settings, threads=12))
        threading.Thread(target=web.run, daemon=True).start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        live = create_live(settings, public)
        uvicorn.run(live, host="127.0.0.1", port=settings.port + 1, log_config=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
