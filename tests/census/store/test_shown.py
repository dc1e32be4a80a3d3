"""Runs of several hazards stand beside each other; the leading one is shown unless asked."""

import json

import pandas as pd
import pytest
from sqlalchemy import delete, insert, update

from census.store import pages
from census.store.database import open_store
from census.store.layers import write_layer
from census.store.rankings import ranking
from census.store.shown import classes_by_hazard, zoned_hazards
from tests.census.store.conftest import EAST, SCHEME, UNIT, WEST, ZONING

pytestmark = pytest.mark.postgis


@pytest.fixture
def office(cluster_settings, small_district):
    with open_store(cluster_settings, place=small_district.place) as store:
        yield store


@pytest.fixture
def surge(office):
    """A newer run, of storm surge: the village in the east is the one at risk."""
    runs, zones = office.tables.zoning_run, office.tables.risk_zone
    with office.begin() as connection:
        run = connection.execute(
            insert(runs)
            .values(
                **ZONING | {"hazard": "storm_surge"},
                number="SS-1",
                scheme=SCHEME,
                summary={"people_in_hazard": 50.0},
            )
            .returning(runs.c.id)
        ).scalar_one()
    rows = {
        "run_id": run, "division_code": [WEST, EAST, UNIT],
        "level": ["village", "village", "grid_unit"], "risk_class": [1, 5, 2],
        "risk_index": [0.05, 0.9, 0.15], "people": [300.0, 50.0, 999.0],
        "people_in_hazard": [0.0, 50.0, 0.0],
    }  # fmt: skip
    write_layer(office, "risk_zone", pd.DataFrame(rows), delivery_id=None, replace=False)
    yield run
    with office.begin() as connection:
        connection.execute(delete(zones).where(zones.c.run_id == run))
        connection.execute(delete(runs).where(runs.c.id == run))


@pytest.fixture
def led_by_surge(office):
    district = office.tables.district
    with office.begin() as connection:
        connection.execute(update(district).values(leading_hazard="storm_surge"))
    yield
    with office.begin() as connection:
        connection.execute(update(district).values(leading_hazard="flood"))


def village_classes(store, **asked):
    return {each.code: each.risk_class for each in ranking(store, "village", **asked)}


@pytest.mark.usefixtures("surge")
def test_the_leading_hazard_is_shown_although_another_run_is_newer(small_district):
    assert zoned_hazards(small_district) == ["flood", "storm_surge"]
    assert pages.zoning_card(small_district).number == "FZ-1"
    assert pages.risk_card(small_district, WEST).risk_class == 4
    assert village_classes(small_district) == {WEST: 4, EAST: None}


@pytest.mark.usefixtures("surge")
def test_a_hazard_that_is_asked_for_is_shown_everywhere(small_district):
    assert pages.zoning_card(small_district, "storm_surge").number == "SS-1"
    assert pages.risk_card(small_district, EAST, hazard="storm_surge").risk_class == 5
    assert village_classes(small_district, hazard="storm_surge") == {EAST: 5, WEST: 1}
    drawn = json.loads(pages.features(small_district, "villages", hazard="storm_surge"))
    classes = {
        each["properties"]["code"]: each["properties"]["risk_class"] for each in drawn["features"]
    }
    assert classes == {WEST: 1, EAST: 5}
    # 121.01 E, 31.005 N at zoom 12.
    at = ("villages", 12, 3424, 1676)
    assert pages.tile(small_district, *at) != pages.tile(small_district, *at, hazard="storm_surge")


@pytest.mark.usefixtures("surge")
def test_a_hazard_without_a_run_falls_back_on_the_leading_one(small_district):
    assert pages.zoning_card(small_district, "landslide").number == "FZ-1"
    assert village_classes(small_district, hazard="landslide") == {WEST: 4, EAST: None}


@pytest.mark.usefixtures("surge", "led_by_surge")
def test_a_district_says_which_hazard_leads(small_district):
    assert zoned_hazards(small_district) == ["storm_surge", "flood"]
    assert pages.zoning_card(small_district).number == "SS-1"
    # The one plan is that of the flood; it is shown until the leading hazard has one.
    assert pages.plan_card(small_district).number == "EP-1"


@pytest.mark.usefixtures("surge")
def test_a_division_has_a_class_for_each_hazard(small_district):
    assert classes_by_hazard(small_district, EAST) == {
        "flood": (None, False), "storm_surge": (5, False),
    }  # fmt: skip


@pytest.mark.usefixtures("surge")
def test_two_runs_make_no_grid_unit_twice(small_district):
    units = pages.grid_units(small_district, WEST)
    assert [(unit.code, unit.people) for unit in units] == [(UNIT, 180)]
