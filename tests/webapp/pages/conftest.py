"""The small district of the store's tests, served as pages."""

import importlib.util
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from census.store.database import open_store
from tests.webapp.pages.signed_in import Browser, account
from webapp.app import create_app
from webapp.sheets import render

STORE_TESTS = Path(__file__).resolve().parents[2] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest", STORE_TESTS)
_store_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_store_tests)
small_district = _store_tests.small_district


def _is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="session")
def web_settings(cluster_settings):
    """Settings with two free ports in a row, for the pages and the live process."""
    ports = range(18050, 19050, 2)
    port = next(port for port in ports if _is_free(port) and _is_free(port + 1))
    return replace(cluster_settings, port=port)


@pytest.fixture(scope="session")
def office(cluster_settings, small_district):
    """The small district as persons read and write it."""
    with open_store(cluster_settings, place=small_district.place) as store:
        yield store


@pytest.fixture(scope="session")
def app(web_settings, small_district, office):
    """The pages of the small district; Dash knows one app per process."""

    def printer(kind, village_code, language, address):
        return render(small_district, kind, village_code, language, address=address)

    return create_app(web_settings, small_district, printer, accounts=office)


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
