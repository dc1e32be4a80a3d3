"""A plan of a small district on the real store: nobody is lost, routes are what they say."""

import numpy as np
import pytest

from census.products.evacuation_plan import propose_plan
from census.store.database import Store
from census.store.layers import read_layer

pytestmark = pytest.mark.postgis


@pytest.fixture
def plan(small_place: Store):
    return propose_plan(small_place)


def test_served_and_unserved_are_the_demand_everywhere(small_place, plan):
    assert plan.served_people + plan.unserved_people == plan.demand_people
    rows = read_layer(small_place, "evacuation_demand", where={"plan_id": plan.plan_id})
    assert (rows["served_people"] + rows["unserved_people"] == rows["demand_people"]).all()
    assert (rows["demand_people"] <= rows["people"]).all()
    assert rows["people"].sum() == plan.people
    assert rows["demand_people"].sum() == plan.demand_people


def test_the_people_in_deep_water_on_every_card_are_those_the_plan_asks_places_for(
    small_place, plan
):
    rows = read_layer(small_place, "evacuation_demand", where={"plan_id": plan.plan_id})
    zones = read_layer(small_place, "risk_zone")
    newest = zones[zones["run_id"] == zones["run_id"].max()]
    zones = newest.set_index("division_code")["people_in_hazard"]
    villages = rows.groupby("village_code")["demand_people"].sum()
    assert villages.sum() > 0
    assert zones.loc[villages.index].tolist() == villages.tolist()
    towns = read_layer(small_place, "division").set_index("code")["town_code"]
    by_town = villages.groupby(towns.loc[villages.index].to_numpy()).sum()
    assert zones.loc[by_town.index].tolist() == by_town.tolist()


def test_everybody_unserved_has_a_reason_and_the_reasons_add_up(small_place, plan):
    rows = read_layer(small_place, "evacuation_demand", where={"plan_id": plan.plan_id})
    unserved = rows[rows["unserved_people"] > 0]
    assert unserved["reason"].isin(["no_place", "cut_off", "no_road"]).all()
    assert sum(plan.summary["unserved_by_reason"].values()) == plan.unserved_people


def test_routes_carry_the_served_and_no_shelter_takes_more_than_it_holds(small_place, plan):
    routes = read_layer(small_place, "evacuation_route", where={"origin": "planned"})
    assert routes["people"].sum() == plan.served_people
    shelters = read_layer(small_place, "shelter").set_index("code")
    load = routes.groupby("shelter_code")["people"].sum()
    assert (load <= shelters.loc[load.index, "capacity_people"]).all()
    unusable = {row["code"] for row in plan.summary["unusable_shelters"]}
    assert not unusable & set(load.index)


def test_a_route_is_as_long_as_its_line_and_the_total_is_the_objective(small_place, plan):
    routes = read_layer(small_place, "evacuation_route", where={"origin": "planned"})
    drawn = routes.geometry.to_crs(small_place.district.metric_srid).length
    # Stored to about a millimetre per vertex.
    assert np.allclose(drawn, routes["length_m"], atol=0.5)
    assert np.allclose(routes["minutes"], routes["length_m"] / 60)
    total = (routes["people"] * routes["length_m"]).sum()
    assert total == pytest.approx(plan.summary["objective_person_m"], rel=1e-6)
    assert (routes["hazard_m"] <= routes["length_m"] + 1e-6).all()


def test_the_plan_is_proven_to_be_the_best(plan):
    assert plan.summary["gap"] < 1e-6
    assert plan.summary["bound_person_m"] <= plan.summary["objective_person_m"]


def test_a_second_plan_supersedes_the_first(small_place, plan):
    second = propose_plan(small_place)
    plans = read_layer(small_place, "evacuation_plan", columns=["id", "number", "is_current"])
    assert plans.loc[plans["is_current"], "id"].tolist() == [second.plan_id]
    assert second.number != plan.number
    routes = read_layer(small_place, "evacuation_route", where={"origin": "planned"})
    assert (routes["plan_id"] == second.plan_id).all()


def test_with_a_higher_wading_depth_no_fewer_are_served(small_place, plan):
    brave = propose_plan(small_place, parameters={"road": {"wading_depth_m": 5.0}})
    assert brave.served_people >= plan.served_people
    assert brave.summary["closed_km"] <= plan.summary["closed_km"]
