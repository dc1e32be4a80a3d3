"""Earlier runs recomputed under a later method: what a fresh run on their inputs would give."""

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from census.products.class_limits import lent_scheme
from census.products.history import earlier_runs, history_of_new_method, recompute_history
from census.products.history_factors import from_factors
from census.products.inputs import gather
from census.products.run_methods import compares, counterpart, needing_inputs, unlike
from census.products.zones import zone
from census.products.zoning_run import run_zoning
from census.store.database import Store
from census.store.layers import read_layer, write_layer
from census.store.zoning_runs import kept_run, kept_runs

FACTORS = ("hazard_index", "exposure_index", "vulnerability_index", "capacity_index")
METHOD = {
    "edition": "e", "index": {"k": 0.5, "floor": 0.01}, "depth": {"raster": "d"},
    "hazard_score": {"score": [0, 1]}, "exposure": {"measure": "people", "percentiles": 101},
    "vulnerability": {"neutral": 0.5}, "capacity": {"distance_m": 1000.0}, "dasymetric": {},
    "classes": {"method": "quantile", "base_run": ""},
}  # fmt: skip


def card(number, *, k=0.5, breaks=(0.2,), made_of="a", recomputed_from=None, **more):
    return SimpleNamespace(
        id=number, number=f"R-{number}", hazard="flood", data_date=date(2024, 6, 30),
        parameters=METHOD | {"index": {"k": k, "floor": 0.01}},
        scheme={"breaks": list(breaks), "density_percentiles_per_km2": [1.0, 9.0]},
        inputs={"layers": {"people": {"sha256": made_of}}}, recomputed_from=recomputed_from,
        is_current=False, **more,
    )  # fmt: skip


def test_of_each_state_of_the_data_the_newest_run_is_taken_and_none_twice():
    new = card(9, k=0.3, made_of="now")
    trials = [card(4, made_of="b"), card(3, made_of="b"), card(2)]
    same = [card(8, made_of="now"), card(7, k=0.3, made_of="c")]
    assert [each.id for each in earlier_runs([new, *same, *trials], new)] == [4, 2]
    done = card(10, k=0.3, made_of="b", recomputed_from=4)
    assert [each.id for each in earlier_runs([done, new, *same, *trials], new)] == [2]


def test_runs_compare_only_where_index_and_limits_are_made_alike():
    old, new = card(1), card(2, k=0.3)
    assert unlike(old, new) == ["index"]
    assert not compares(old, new)
    assert not compares(old, card(3, breaks=[0.3]))
    assert compares(old, card(4, made_of="b"))
    runs = [card(6, k=0.3, recomputed_from=1), card(5, k=0.3, breaks=[0.7], recomputed_from=1)]
    assert counterpart(old, new, runs) == "R-6"
    assert counterpart(new, old, runs) is None


def test_limits_that_were_lent_make_no_other_method():
    lent = card(2)
    lent.parameters["classes"] = {"method": "natural_breaks", "base_run": "R-1"}
    assert unlike(card(1), lent) == []


@pytest.mark.parametrize(
    ("table", "numbers", "stops"),
    [
        ("index", {"k": 0.1}, False),
        ("vulnerability", {"neutral": 0.4}, False),
        ("exposure", {"measure": "people", "percentiles": 51}, False),
        ("exposure", {"measure": "day", "percentiles": 101}, True),
        ("hazard_score", {"score": [0, 0.9]}, True),
        ("capacity", {"distance_m": 500.0}, True),
        ("capacity", {"distance_m": 1000.0, "source": "looked up"}, False),
    ],
)
def test_what_was_kept_of_a_unit_bears_other_powers_but_no_other_depths(table, numbers, stops):
    assert needing_inputs(METHOD, METHOD | {table: numbers}) == ([table] if stops else [])


@pytest.fixture
def changing_place(small_place: Store) -> Iterator[Store]:
    """The example district; its residents, and the runs, are put back afterwards."""
    people = read_layer(small_place, "people")
    known = set(read_layer(small_place, "zoning_run", columns=["id"])["id"])
    yield small_place
    write_layer(small_place, "people", people, delivery_id=None)
    runs = read_layer(small_place, "zoning_run").sort_values("id", ascending=False)
    for run_id in [int(each) for each in runs["id"] if each not in known]:
        for table, column in (("risk_zone", "run_id"), ("zoning_run", "id")):
            rows = read_layer(small_place, table, where={column: run_id})
            write_layer(small_place, table, rows.iloc[:0], delivery_id=None, where={column: run_id})
    run_zoning(small_place)


def move_in(store, times=3):
    """Some villages grow: another year."""
    people = read_layer(store, "people")
    people.loc[::2, "people"] *= times
    write_layer(store, "people", people, delivery_id=None)


def zones_of(store, number):
    found = read_layer(store, "risk_zone", where={"run_id": kept_run(store, number).id})
    return found.sort_values("division_code").reset_index(drop=True)


def assert_same_risk(one, other):
    for name in (*FACTORS, "risk_index"):
        assert np.array_equal(one[name], other[name], equal_nan=True), name
    assert one["risk_class"].equals(other["risk_class"])


@pytest.mark.postgis
def test_an_old_run_gets_the_bits_that_a_fresh_one_on_its_inputs_would_give(changing_place):
    old = run_zoning(changing_place)
    then = gather(changing_place, kept_run(changing_place, old.number).parameters)
    before = zones_of(changing_place, old.number)
    move_in(changing_place)
    new = run_zoning(changing_place, parameters={"index": {"k": 0.3, "powers": [0.8, 0.8, 0.4]}})
    told = recompute_history(changing_place)
    assert (told[0].original, told[0].way) == (old.number, "factors")
    card = kept_run(changing_place, told[0].number)
    model = kept_run(changing_place, new.number)
    assert (card.original, card.is_current, model.is_current) == (old.number, False, True)
    assert card.number.startswith("FLOOD-RC-")
    assert compares(card, model)
    fresh = zone(then, model.parameters, lent_scheme(model))
    want = fresh.zones.sort_values("division_code").reset_index(drop=True)
    got = zones_of(changing_place, card.number)
    assert_same_risk(got, want)
    assert [list(each) for each in got["why_zh"]] == [list(each) for each in want["why_zh"]]
    assert card.summary["classes"] == fresh.summary["classes"]
    # What was published says what it said.
    assert_same_risk(zones_of(changing_place, old.number), before)
    assert recompute_history(changing_place) == []


def told_of(store, number):
    return next(each for each in recompute_history(store) if each.original == number)


@pytest.mark.postgis
def test_under_its_own_method_and_limits_a_run_keeps_every_bit(changing_place):
    old = run_zoning(changing_place)
    move_in(changing_place)
    run_zoning(changing_place, parameters={"classes": {"base_run": old.number}})
    # The limits are those of the old run: there is nothing to recompute.
    assert old.number not in {each.original for each in recompute_history(changing_place)}
    run = kept_run(changing_place, old.number)
    zones, told = from_factors(changing_place, run, dict(run.parameters), lent_scheme(run), [])
    kept = zones_of(changing_place, old.number)
    made = zones.sort_values("division_code").reset_index(drop=True)
    assert_same_risk(made, kept)
    shares = [
        [each if each is None else list(each) for each in zones["class_shares"]]
        for zones in (made, kept)
    ]
    assert shares[0] == shares[1]
    assert told["scheme"]["class_units"] == run.scheme["class_units"]


@pytest.mark.postgis
def test_another_curve_is_zoned_anew_while_the_inputs_are_there_and_else_refused(changing_place):
    old = run_zoning(changing_place)
    people = read_layer(changing_place, "people")
    move_in(changing_place)
    steep = {"hazard_score": {"score": [0.0, 0.4, 0.8, 0.9, 1.0]}}
    new = run_zoning(changing_place, parameters=steep)
    refused = told_of(changing_place, old.number)
    assert (refused.number, refused.way) == (None, "")
    assert "hazard_score differ" in refused.reason_en
    assert "changed since: people" in refused.reason_en
    assert "people" in refused.reason_zh
    # The residents of then are delivered again.
    write_layer(changing_place, "people", people, delivery_id=None)
    again = told_of(changing_place, old.number)
    assert again.way == "inputs"
    model = kept_run(changing_place, new.number)
    inputs = gather(changing_place, dict(model.parameters))
    want = zone(inputs, model.parameters, lent_scheme(model))
    assert_same_risk(
        zones_of(changing_place, again.number),
        want.zones.sort_values("division_code").reset_index(drop=True),
    )


@pytest.mark.postgis
def test_only_a_new_method_recomputes_by_itself(changing_place):
    run_zoning(changing_place)
    move_in(changing_place)
    run_zoning(changing_place)
    assert history_of_new_method(changing_place) == []
    run_zoning(changing_place, parameters={"index": {"k": 0.2}})
    assert history_of_new_method(changing_place)
    # A run that was recomputed lends its limits as any other.
    recomputed = next(each for each in kept_runs(changing_place) if each.recomputed_from)
    rules = {"index": {"k": 0.2}, "classes": {"base_run": recomputed.number}}
    run = run_zoning(changing_place, parameters=rules)
    assert compares(kept_run(changing_place, run.number), recomputed)
