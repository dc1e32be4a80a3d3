"""A zoning of a small district on the real store: people, classes, blindness to the past."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from census.errors import NotYetMadeError
from census.products import raster_list
from census.products.exports import export_run
from census.products.inputs import gather
from census.products.raster_list import RasterList
from census.products.zoning_run import method, run_zoning
from census.store import pages
from census.store.database import Store
from census.store.layers import read_layer, write_layer
from census.store.rasters import rasters as stored_rasters
from census.store.zoning import current_run
from geo.errors import ParameterError
from geo.zoning import classify, natural_breaks, risk_index
from webapp import cards
from webapp.words import speak

pytestmark = pytest.mark.postgis


@pytest.fixture
def zones(small_place: Store) -> pd.DataFrame:
    run = run_zoning(small_place)
    return read_layer(small_place, "risk_zone", where={"run_id": run.run_id})


def scheme(store: Store) -> dict:
    runs = read_layer(store, "zoning_run", columns=["id", "scheme", "is_current"])
    return runs.loc[runs["is_current"], "scheme"].iloc[0]


def test_people_add_back_to_the_totals_of_the_villages(small_place, zones):
    people = read_layer(small_place, "people").set_index("division_code")["people"]
    villages = zones[zones["level"] == "village"].set_index("division_code")["people"]
    assert np.allclose(villages.loc[people.index], people, atol=1e-6, rtol=0)
    units = zones.loc[zones["level"] == "grid_unit", "people"].sum()
    assert units <= people.sum() + 1e-6


def test_every_division_has_a_row_and_those_without_a_class_say_why(small_place, zones):
    divisions = read_layer(small_place, "division", columns=["code"])
    assert set(zones["division_code"]) == set(divisions["code"])
    missing = zones[zones["risk_class"].isna()]
    assert all(sentences[0].startswith("未评估") for sentences in missing["why_zh"])


def test_the_index_is_the_formula_and_the_class_its_place_between_the_breaks(small_place, zones):
    assessed = zones[zones["risk_class"].notna()]
    names = ("hazard_index", "exposure_index", "vulnerability_index", "capacity_index")
    index = risk_index(*(assessed[n].to_numpy() for n in names), powers=(1.0, 0.5, 0.5), k=0.5)
    assert np.allclose(index, assessed["risk_index"])
    classes = classify(index, np.array(scheme(small_place)["breaks"]))
    assert classes.tolist() == assessed["risk_class"].astype(int).tolist()


def test_contributions_add_up_to_the_distance_from_the_median_unit(zones):
    units = zones[(zones["level"] == "grid_unit") & zones["risk_class"].notna()]
    sums = np.array([sum(row) for row in units["contributions"]])
    offsets = np.log(units["risk_index"].to_numpy()) - sums
    assert np.allclose(offsets, offsets[0])


def test_a_change_that_is_named_really_lowers_the_class(small_place, zones):
    breaks = scheme(small_place)["breaks"]
    high = zones[(zones["risk_class"] > 1) & zones["counterfactual_en"].str.contains("would be")]
    assert len(high)
    assert (high["risk_index"] > np.array(breaks)[high["risk_class"].astype(int) - 2]).all()


def test_a_run_says_what_it_was_made_from(small_place, zones):
    del zones
    run = read_layer(small_place, "zoning_run").iloc[-1]
    assert {"divisions", "people", "shelters", "buildings", "flood_depth"} <= set(
        run["inputs"]["layers"]
    )
    assert run["parameters"]["index"]["k"] == 0.5
    assert run["rule_edition"] == run["parameters"]["edition"]
    assert "hazard_score" in run["summary"]["unverified_parameters"]


def test_past_floods_are_no_input_without_them_the_bytes_are_the_same(small_place, tmp_path):
    run_zoning(small_place)
    before = {k: p.read_bytes() for k, p in export_run(small_place, tmp_path / "a").items()}
    past = read_layer(small_place, "historical_disaster")
    write_layer(small_place, "historical_disaster", past.iloc[:0], delivery_id=None)
    try:
        run = run_zoning(small_place)
        after = {k: p.read_bytes() for k, p in export_run(small_place, tmp_path / "b").items()}
    finally:
        write_layer(small_place, "historical_disaster", past, delivery_id=None)
    assert before == after
    assert not run.validation["is_validated"]
    assert run.validation["reason"] == "no_event"


def test_scores_of_a_made_up_district_are_called_made_up(small_place):
    assert run_zoning(small_place).validation["is_made_up"]


def test_an_unknown_hazard_is_refused_with_the_methods_there_are(small_place):
    with pytest.raises(ParameterError, match="no method volcano_zoning"):
        run_zoning(small_place, hazard="volcano")


def test_the_list_of_rasters_is_read_once_for_a_zoning(small_place, monkeypatch):
    reads = []
    monkeypatch.setattr(
        raster_list, "rasters", lambda store: reads.append(store) or stored_rasters(store)
    )
    inputs = gather(small_place, method("flood_zoning", None))
    assert len(reads) == 1
    assert (
        inputs.hashes["flood_depth"]["sha256"] == RasterList.of(small_place).hashes["flood_depth"]
    )


def test_a_district_without_depths_is_told_what_to_import(empty_place):
    with pytest.raises(NotYetMadeError, match="riskatlas import flood_depth"):
        run_zoning(empty_place)


@pytest.mark.parametrize("unit", ["village", "town", "grid_unit"])
def test_the_level_asked_for_sets_the_breaks(small_place, unit):
    run = run_zoning(small_place, parameters={"classes": {"unit": unit}})
    zones = read_layer(small_place, "risk_zone", where={"run_id": run.run_id})
    values = zones.loc[zones["level"] == unit, "risk_index"].dropna().to_numpy()
    told = scheme(small_place)
    assert (told["base_level"], told["base_units"]) == (unit, len(values))
    distinct = np.unique(values)
    expected = natural_breaks(values, 5) if len(distinct) >= 5 else distinct[:-1]
    assert told["breaks"] == list(expected)


def test_a_level_that_is_not_there_cannot_set_the_breaks(small_place):
    with pytest.raises(ParameterError, match="there are: town, village"):
        run_zoning(small_place, parameters={"classes": {"unit": "county"}})


def test_a_run_keeps_date_provider_and_arrival_of_each_layer_and_the_card_links_them(small_place):
    run = run_zoning(small_place)
    kept = current_run(small_place, "flood")["inputs"]["sources"]
    assert set(kept) >= {"divisions", "people", "shelters", "flood_depth"}
    district = small_place.district
    assert {each["provider"] for each in kept.values()} == {district.attribution}
    assert kept["people"]["data_date"] == district.data_date.isoformat()
    assert kept["people"]["received_on"] is not None
    village = read_layer(small_place, "risk_zone", where={"run_id": run.run_id, "level": "village"})
    card = pages.risk_card(small_place, village["division_code"].iloc[0])
    shown = str(cards.why(card, "en", speak("en")))
    assert f"/zonings/{run.number}#input-people" in shown
    # One provider is named once.
    assert shown.count(district.attribution) == 1


def test_providers_that_differ_are_named_layer_by_layer(small_place):
    run_zoning(small_place)
    village = read_layer(small_place, "division", where={"level": "village"})["code"].iloc[0]
    card = pages.risk_card(small_place, village)
    told = {**card.sources, "people": {**card.sources["people"], "provider": "Statistics bureau"}}
    shown = str(cards.why(replace(card, sources=told), "en", speak("en")))
    assert "Statistics bureau" in shown
    assert shown.count(small_place.district.attribution) == len(told) - 1
