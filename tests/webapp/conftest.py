"""The small district of the store's tests, served by the live process."""

import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from census.store import server
from census.store.cluster import open_cluster, place_server
from webapp.live import create_live

HERE = Path(__file__).resolve().parent
_TAKEN = {
    "store_conftest_for_live": HERE.parent / "census" / "store" / "conftest.py",
    "asgi_caller": HERE / "asgi_caller.py",
}


def _taken(name):
    spec = importlib.util.spec_from_file_location(name, _TAKEN[name])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


small_district = _taken("store_conftest_for_live").small_district


@pytest.fixture
def ask(cluster_settings, small_district):
    """Ask one live process for paths."""
    app, caller = create_live(cluster_settings, small_district), _taken("asgi_caller")
    return lambda path, **headers: caller.call(app, path, **headers)


@pytest.fixture
def database_away(cluster_settings):
    """Stop the database server for the length of a ``with`` block."""

    @contextmanager
    def away():
        server.stop(place_server(cluster_settings))
        try:
            yield
        finally:
            # Whoever opens the cluster starts its server where it does not run.
            with open_cluster(cluster_settings):
                pass

    return away
