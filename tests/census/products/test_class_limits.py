"""Limits of classes by each method, told by hand, and the runs that may lend theirs."""

import tomllib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.products import class_limits
from census.products.class_limits import BaseRunError, base_scheme, class_scheme
from census.products.run_methods import differing_tables
from census.store.settings import data_folder
from geo.errors import ParameterError

METHOD = data_folder() / "methods" / "flood_zoning.toml"
VALUES = np.array([0.1, 0.2, 0.3, 0.4, 0.9])


def parameters(**classes):
    read = tomllib.loads(METHOD.read_text(encoding="utf-8"))
    read["classes"] |= classes
    return read


def scheme(values=VALUES, earlier=None, **classes):
    given_so = np.asarray(values, dtype=float)
    return class_scheme(
        given_so, parameters(**classes), base="village", percentiles=np.zeros(3), earlier=earlier
    )


def test_quantiles_put_as_many_units_into_each_class():
    # 11 values 0, 0.1 ... 1: the quintiles are the values themselves, 0.2, 0.4, 0.6 and 0.8.
    told = scheme(np.arange(11) / 10, method="quantile")
    assert told["breaks"] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert (told["method"], told["base_units"]) == ("quantile", 11)
    assert "sd_multiples" not in told


def test_mean_and_standard_deviation_on_skewed_units_leave_a_class_empty_and_count_it():
    # Mean 0.38; squares of the distances 0.0784 + 0.0324 + 0.0064 + 0.0004 + 0.2704 = 0.388, over
    # n - 1 = 4: sd 0.3114. Limits 0.0686, 0.2243, 0.5357, 0.6914.
    told = scheme(method="mean_sd")
    assert told["breaks"] == pytest.approx([0.0686, 0.2243, 0.5357, 0.6914], abs=5e-5)
    assert told["class_units"] == [0, 2, 2, 0, 1]
    assert told["sd_multiples"] == [-1.0, -0.5, 0.5, 1.0]


def test_units_of_index_zero_take_no_part_in_mean_and_deviation():
    with_zeros = scheme([0, 0, *VALUES], method="mean_sd")
    assert with_zeros["breaks"] == scheme(method="mean_sd")["breaks"]


def test_fixed_limits_do_not_follow_the_data():
    limits = [0.05, 0.1, 0.2, 0.5]
    told = scheme(method="fixed", limits=limits)
    assert (told["breaks"], told["class_units"]) == (limits, [0, 1, 1, 2, 1])
    assert scheme([0.3], method="fixed", limits=limits)["breaks"] == limits


@pytest.mark.parametrize(
    "limits", [[], [0.1, 0.2, 0.3], [0.1, 0.3, 0.2, 0.4], [0.0, 0.1, 0.2, 0.3], [0.1, 0.2, 0.3, 1]]
)
def test_fixed_limits_that_are_none_are_refused(limits):
    with pytest.raises(ParameterError):
        scheme(method="fixed", limits=limits)


def test_a_method_that_is_not_known_and_multiples_of_another_scheme_are_refused():
    with pytest.raises(ParameterError, match="natural_breaks, quantile, mean_sd, fixed"):
        scheme(method="jenks")
    with pytest.raises(ParameterError, match="make 4 classes, the scheme has 5"):
        scheme(method="mean_sd", sd_multiples=[-1.0, 0.0, 1.0])


def test_fewer_values_than_classes_give_each_value_a_class_and_say_so():
    told = scheme([0.2, 0.2, 0.5], method="quantile")
    assert (told["breaks"], told["method"], told["class_units"]) == ([0.2], "fewer_breaks", [2, 1])


def test_a_base_run_lends_its_limits_and_the_units_that_set_them():
    first = {"number": "R-1", "data_date": "2025-06-30"}
    lent = scheme(method="quantile") | first | {"breaks": [0.15, 0.25, 0.35, 0.45]}
    told = scheme([0.3, 0.3, 0.5], earlier=lent)
    assert told["breaks"] == [0.15, 0.25, 0.35, 0.45]
    assert (told["base_run"], told["base_units"], told["method"]) == (first, 5, "quantile")
    assert told["class_units"] == [0, 0, 2, 0, 1]


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=30), st.sampled_from(["mean_sd", "fixed"]))
def test_the_classes_hold_every_unit_once(values, method):
    try:
        told = scheme(values, method=method, limits=[0.1, 0.2, 0.3, 0.4])
    except ParameterError:
        return  # deviations so small that limits coincide
    assert sum(told["class_units"]) == told["base_units"] == len(values)


def lent_by(monkeypatch, **row):
    run = SimpleNamespace(hazard="flood", parameters=parameters(), scheme={}, number="R-1", **row)
    monkeypatch.setattr(class_limits, "kept_run", lambda _store, number: {"R-1": run}.get(number))
    return run


def test_no_base_run_is_asked_for_by_default():
    assert base_scheme(None, "flood", parameters()) is None


def test_a_base_run_that_is_not_there_of_another_hazard_or_another_method_is_refused(monkeypatch):
    run = lent_by(monkeypatch)
    with pytest.raises(BaseRunError, match="no run has this number"):
        base_scheme(None, "flood", parameters(base_run="R-2"))
    with pytest.raises(BaseRunError, match="zones flood, this run storm_surge") as told:
        base_scheme(None, "storm_surge", parameters(base_run="R-1"))
    assert "storm_surge" in told.value.sentence_zh
    run.parameters["index"]["k"] = 0.3
    with pytest.raises(BaseRunError, match=r"made otherwise \(index\)"):
        base_scheme(None, "flood", parameters(base_run="R-1"))


def test_words_about_a_number_make_no_other_method():
    other = parameters()
    other["index"]["source"] = "somebody looked it up"
    other["classes"]["method"] = "quantile"
    assert differing_tables(parameters(), other) == []


def test_every_zoning_method_has_the_same_tables_and_entries():
    # Hazard sites are derived from the delivered depths alone.
    first = {name: table for name, table in parameters().items() if name != "hazard_sites"}
    for path in sorted((data_folder() / "methods").glob("*_zoning.toml")):
        other = tomllib.loads(path.read_text(encoding="utf-8"))
        missing = [
            f"{name}.{key}"
            for name, table in first.items()
            # Only some hazards leave sites behind.
            if isinstance(table, dict) and name != "hazard_sites"
            for key in table
            if key not in other.get(name, {})
        ]
        assert missing == [], path.name
