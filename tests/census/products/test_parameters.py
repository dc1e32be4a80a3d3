"""Method files: every number with a source, overrides that exist."""

import pytest

from census.products.parameters import load_parameters, unverified
from census.products.zoning_run import method
from census.store.settings import data_folder
from geo.errors import ParameterError

METHODS = ("flood_zoning", "flood_evacuation")


@pytest.mark.parametrize("name", METHODS)
def test_every_table_of_a_method_names_its_source_and_its_check(name):
    tables = [t for t in load_parameters(data_folder(), name).values() if isinstance(t, dict)]
    assert tables
    for table in tables:
        assert table["source"]
        assert table["check"] in {"", "待核"}


def test_an_override_replaces_one_number_and_leaves_the_rest():
    changed = load_parameters(data_folder(), "flood_zoning", {"index": {"k": 0.3}})
    assert changed["index"]["k"] == 0.3
    assert changed["index"]["powers"] == [1.0, 0.5, 0.5]


def test_overrides_that_do_not_exist_are_all_named():
    with pytest.raises(ParameterError, match=r"index\.kk, colour"):
        load_parameters(data_folder(), "flood_zoning", {"index": {"kk": 1}, "colour": 1})


def test_unverified_tables_are_listed():
    assert "walking" in unverified(load_parameters(data_folder(), "flood_evacuation"))


def test_a_hazard_without_a_zoning_is_told_the_zonings_that_there_are_and_no_other_method():
    with pytest.raises(ParameterError) as refused:
        method("avalanche_zoning", None)
    assert "flood_zoning, pluvial_zoning, storm_surge_zoning." in str(refused.value)
    assert "intake" not in str(refused.value)
