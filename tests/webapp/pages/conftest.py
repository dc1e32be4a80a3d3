"""The small district of the store's tests, served as pages."""

import importlib.util
from pathlib import Path

import pytest

from webapp.app import create_app

STORE_TESTS = Path(__file__).resolve().parents[2] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest", STORE_TESTS)
_store_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_store_tests)
small_district = _store_tests.small_district


@pytest.fixture(scope="session")
def app(cluster_settings, small_district):
    """The visitor's pages of the small district; Dash knows one app per process."""
    return create_app(cluster_settings, small_district)


@pytest.fixture
def client(app):
    """A browser without a memory of earlier visits."""
    return app.server.test_client()
