"""Coping capacity of a small district on the real store: kept, frozen, told, and repeated."""

import numpy as np
import pytest

from census.errors import NotYetMadeError
from census.products.coping_capacity import run_capacity
from census.store.capacity_runs import capacity_of, current_capacity
from census.store.database import Store, open_store
from census.store.layers import read_layer
from geo.breaks import classify
from geo.errors import ParameterError

pytestmark = pytest.mark.postgis


@pytest.fixture
def units(small_place: Store):
    run_capacity(small_place)
    run = current_capacity(small_place)
    assert run is not None
    return run, capacity_of(small_place, run)


def test_loading_a_district_assesses_it(small_report):
    assert small_report["capacity"].startswith("CAPACITY-20250630-")
    assert "capacity" in small_report["seconds"]


def test_every_town_and_village_has_a_row_the_weakest_first(small_place, units):
    _, rows = units
    divisions = read_layer(small_place, "division", columns=["code", "level"])
    wanted = divisions.loc[divisions["level"] != "grid_unit", "code"]
    assert sorted(each.code for each in rows) == sorted(wanted)
    indices = [each.capacity_index for each in rows if each.capacity_index is not None]
    assert indices == sorted(indices)


def test_index_and_class_follow_from_the_stored_scores_weights_and_limits(units):
    run, rows = units
    for each in rows:
        scales = run.scheme["levels"][each.level]["scales"]
        known = {name: s for name, s in each.indicator_scores.items() if s is not None}
        weights = {name: scales[name]["weight"] for name in known}
        index = sum(weights[n] * s for n, s in known.items()) / sum(weights.values())
        assert each.capacity_index == pytest.approx(index)
        breaks = np.array(run.scheme["levels"][each.level]["breaks"])
        above = classify([each.capacity_index], breaks)[0] <= len(breaks)
        assert (each.lift_en == "It is in the highest class.") is not above


def test_what_the_example_does_not_deliver_takes_no_part_and_is_told(units):
    run, rows = units
    told = run.summary["indicators"]["village"]
    assert told["phones_checked"]["reason"] == "no_value"
    assert "phones_checked" not in rows[0].indicator_values
    assert set(run.summary["unverified_parameters"]) > {"classes", "shelter_places"}


def test_the_same_tables_give_the_same_run_and_the_newest_is_the_current_one(small_place, units):
    before, rows = units
    again = run_capacity(small_place)
    after = current_capacity(small_place)
    assert after is not None
    assert after.number == again.number != before.number
    assert after.inputs == before.inputs
    assert capacity_of(small_place, after) == rows


def test_the_public_sees_class_and_index_and_no_value(cluster_settings, units):
    _, rows = units
    with (
        open_store(cluster_settings, place="example", role="public") as store,
        store.engine.connect() as connection,
    ):
        shown = connection.exec_driver_sql("select * from pub.unit_capacity limit 1").keys()
    assert list(shown) == [
        "run_id", "division_code", "level", "capacity_class", "capacity_word", "capacity_index",
    ]  # fmt: skip
    assert rows


def test_where_too_little_is_known_of_every_unit_there_is_no_run_and_the_old_one_stays(
    small_place, units
):
    before, _ = units
    with pytest.raises(NotYetMadeError, match="deliver duties, plans"):
        run_capacity(small_place, parameters={"quality": {"least_weight_share": 1.0}})
    assert current_capacity(small_place) == before


def test_a_parameter_that_does_not_exist_is_refused(small_place):
    with pytest.raises(ParameterError, match=r"has no parameter indicator\.luck"):
        run_capacity(small_place, parameters={"indicator": {"luck": {"low": 1}}})
