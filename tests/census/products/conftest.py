"""A small example district, loaded once through the same door as any other, with its products."""

from collections.abc import Iterator
from typing import Any

import pytest

from census.products.demo import load_place
from census.store.database import Store, open_store
from census.store.layers import read_layer, write_layer
from census.store.settings import Settings


@pytest.fixture(scope="session")
def small_report(cluster_settings: Settings) -> dict[str, Any]:
    """Report of loading an example district of six villages."""
    return load_place(cluster_settings, "example", villages=6, seed=7)


@pytest.fixture
def small_place(cluster_settings: Settings, small_report: dict[str, Any]) -> Iterator[Store]:
    """The small example district, open as role app."""
    assert small_report["place"] == "example"
    with open_store(cluster_settings, place="example") as store:
        yield store


@pytest.fixture
def runs_of_others_go(small_place: Store) -> Iterator[None]:
    """Take away a test's runs of other hazards: other tests look at the one run of the flood."""
    yield
    runs = read_layer(small_place, "zoning_run")
    for run in runs[runs["hazard"] != "flood"].to_dict("records"):
        for table, column in (("risk_zone", "run_id"), ("zoning_run", "id")):
            where = {column: int(run["id"])}
            rows = read_layer(small_place, table, where=where)
            write_layer(small_place, table, rows.iloc[:0], delivery_id=None, where=where)
