"""Serve pages and live process of a district for browser tests: one app needs its own process.

Arguments: home of the cluster, place, port, and ``cookie`` where a cookie says who asks; without it
people sign in as people do.
"""

import sys
import threading
from dataclasses import replace
from pathlib import Path

import uvicorn
import waitress
from flask import request

from census.store.actors import Actor, Grant, visitor
from census.store.database import open_store
from census.store.settings import Settings
from webapp import identity
from webapp.app import create_app
from webapp.live import create_live
from webapp.sheets import render
from webapp.web_options import web_options

COOKIE = "cookie"
PEOPLE = {
    "anna": Actor("a-1", "安娜", (Grant("planner"),), "127.0.0.1"),
    "boris": Actor("b-2", "鲍里斯", (Grant("planner"),), "127.0.0.1"),
    "chief": Actor("c-3", "主任", (Grant("approver"),), "127.0.0.1"),
}


def who_asks():
    """The person of the cookie, else a visitor."""
    return PEOPLE.get(request.cookies.get("who")) or visitor("127.0.0.1")


def main(home, place, port, known_by="sign-in"):
    """Serve until told to stop."""
    settings = replace(Settings(home=Path(home)), port=int(port))
    if known_by == COOKIE:
        identity.current_actor = who_asks
    with (
        open_store(settings, place=place, pool_size=12) as office,
        open_store(settings, place=place, role="public", pool_size=10) as public,
    ):

        def printer(kind, village_code, language, address, hazard):
            return render(public, kind, village_code, language, address=address, hazard=hazard)

        app = create_app(settings, public, printer, accounts=office)
        web = waitress.create_server(app.server, **web_options(settings, threads=12))
        threading.Thread(target=web.run, daemon=True).start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        live = create_live(settings, public)
        uvicorn.run(live, host="127.0.0.1", port=settings.port + 1, log_config=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
