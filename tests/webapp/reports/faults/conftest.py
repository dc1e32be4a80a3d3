"""The small district of the store's tests, written into by officers, and a server to be killed."""

import importlib.util
from contextlib import closing
from pathlib import Path

import pytest

from census.store.database import open_store
from tests.webapp.pages.signed_in import account
from tests.webapp.reports.faults.house import WEST, House, Officer

STORE_TESTS = Path(__file__).resolve().parents[3] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest_for_reports", STORE_TESTS)
_store_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_store_tests)
small_district = _store_tests.small_district


@pytest.fixture(scope="session")
def office(cluster_settings, small_district):
    """The district of these tests alone, as persons read and write it."""
    with open_store(cluster_settings, place=small_district.place) as store:
        yield store


@pytest.fixture(scope="session")
def only_house(cluster_settings, small_district):
    """One server of reports and its proxy for the run."""
    with closing(House(cluster_settings, small_district.place)) as made:
        yield made


@pytest.fixture
def house(only_house):
    """The server, alive and with every defence."""
    if only_house.process is None:
        only_house.begin()
    return only_house


@pytest.fixture(scope="session")
def li(office):
    """Id of an officer of the west village."""
    return account(office, "officer", scope=WEST, password=False)[0]


@pytest.fixture
def officer(house, office, li):
    """The officer, signed in and with a token."""
    return Officer(house.settings, office, li, house.port).meet()
