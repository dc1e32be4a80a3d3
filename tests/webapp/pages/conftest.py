"""The small district of the store's tests, served as pages."""

import importlib.util
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
import waitress

from census.store.database import open_store
from tests.ports import close_server, free_port
from tests.webapp.pages.signed_in import Browser, account
from webapp.app import create_app
from webapp.live import create_live
from webapp.sheets import render

STORE_TESTS = Path(__file__).resolve().parents[2] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest", STORE_TESTS)
_store_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_store_tests)
small_district = _store_tests.small_district


@pytest.fixture(scope="session")
def web_settings(cluster_settings):
    """Settings with two free ports in a row, for the pages and the live process."""
    return replace(cluster_settings, port=free_port())


@pytest.fixture(scope="session")
def office(cluster_settings, small_district):
    """The small district as persons read and write it."""
    with open_store(cluster_settings, place=small_district.place) as store:
        yield store


@pytest.fixture(scope="session")
def app(web_settings, small_district, office):
    """The pages of the small district; Dash knows one app per process."""

    def printer(kind, village_code, language, address, hazard):
        return render(small_district, kind, village_code, language, address=address, hazard=hazard)

    return create_app(web_settings, small_district, printer, accounts=office)


@pytest.fixture(scope="session")
def served(app, web_settings, small_district):
    """Port of the pages; they and the live process serve as threads until the run ends.

    Once for the run: a port that one module closes is not at once free for the next, because the
    loop that listens holds it until it wakes.
    """
    web = waitress.create_server(app.server, host="127.0.0.1", port=web_settings.port, threads=12)
    threading.Thread(target=web.run, daemon=True).start()
    config = uvicorn.Config(
        create_live(web_settings, small_district),
        host="127.0.0.1", port=web_settings.port + 1, log_config=None,
    )  # fmt: skip
    live = uvicorn.Server(config)
    thread = threading.Thread(target=live.run, daemon=True)
    thread.start()
    yield web_settings.port
    live.should_exit = True
    thread.join(timeout=10)
    close_server(web)


@pytest.fixture
def client(app):
    """A browser without a memory of earlier visits."""
    return app.server.test_client()


@pytest.fixture
def browser(app, office):
    """A browser at an address of its own."""
    return Browser(app, office)


@pytest.fixture
def planner(office):
    """Id and name of a planner of the whole district."""
    return account(office, "planner")
