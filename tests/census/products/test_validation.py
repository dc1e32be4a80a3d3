"""Scores against a past flood: arithmetic on twenty squares."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from census.products.validation import hit_units, validate

RULES = {"observed_share": 0.5, "seen_share": 0.5, "forecast_class": 4, "least_units": 20}
SRID = 4549


def squares(count: int) -> gpd.GeoDataFrame:
    shapes = [box(600_000 + 100 * i, 3_500_000, 600_100 + 100 * i, 3_500_100) for i in range(count)]
    return gpd.GeoDataFrame(
        {"code": [f"u{i:02d}" for i in range(count)]}, geometry=shapes, crs=SRID
    )


def event(squares_hit: float) -> gpd.GeoDataFrame:
    shape = box(600_000, 3_500_000, 600_000 + 100 * squares_hit, 3_500_100)
    return gpd.GeoDataFrame(
        {"event": ["past"], "year": [2007], "is_made_up": [False]}, geometry=[shape], crs=SRID
    )


def zones(classes: list[int | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "division_code": [f"u{i:02d}" for i in range(len(classes))],
            "risk_class": classes,
            "risk_index": [0.0 if c is None else c / 5 for c in classes],
            "hazard_index": [0.5] * len(classes),
            "depth_mean_m": [0.1 * (c or 0) for c in classes],
        }
    )


NO_SURVEY = gpd.GeoDataFrame({"coverage": []}, geometry=[], crs=SRID)


def scored(units, classed, past, surveyed=NO_SURVEY):
    return validate(units, classed, past, surveyed, metric_srid=SRID, table=RULES)


def extent(coverage: str, first: float, last: float) -> dict[str, object]:
    shape = box(600_000 + 100 * first, 3_500_000, 600_000 + 100 * last, 3_500_100)
    return {"coverage": coverage, "geometry": shape}


def test_half_a_unit_under_water_is_a_hit_and_less_is_not():
    assert hit_units(squares(3), event(1.5), SRID, 0.5).tolist() == [True, True, False]
    assert hit_units(squares(3), event(1.49), SRID, 0.5).tolist() == [True, False, False]


def test_hits_misses_and_false_alarms_are_counted():
    # Four of twenty flooded; five forecast, three of them rightly.
    found = scored(squares(20), zones([5, 4, 4, 1, 4, 4, *[1] * 14]), event(4))
    assert found["is_validated"]
    assert found["n"] == 20
    assert found["hit_rate"] == pytest.approx(3 / 4)
    assert found["false_alarm"] == pytest.approx(2 / 5)
    assert found["csi"] == pytest.approx(3 / 6)
    assert found["base_rate"] == pytest.approx(0.2)
    assert found["everything_floods"]["csi"] == pytest.approx(0.2)


def test_fewer_than_twenty_units_are_not_validated():
    found = scored(squares(19), zones([1] * 19), event(4))
    assert not found["is_validated"]
    assert found["reason"] == "too_few_units"
    assert found["n"] == 19


def test_an_event_that_flooded_nothing_scores_nothing():
    found = scored(squares(20), zones([1] * 20), event(0.1))
    assert found["reason"] == "one_sided"


def test_units_without_a_class_take_no_part():
    found = scored(squares(21), zones([None, *[4] * 20]), event(4))
    assert found["n"] == 20


def test_a_unit_that_no_survey_saw_was_not_spared():
    # Of 30 units the survey looked at the first 25, and clouds hid the 10th and 11th; the fourth
    # was hit, seen or not. Units 26 to 30 and the two are left out: 23 remain.
    extents = [extent("looked", 0, 3), extent("looked", 4, 25), extent("hidden", 9, 11)]
    surveyed = gpd.GeoDataFrame(extents, crs=SRID)
    found = scored(squares(30), zones([5, 4, 4, 4, *[1] * 5, 4, 4, *[1] * 19]), event(4), surveyed)
    assert (found["n"], found["unseen_units"], found["observed_units"]) == (23, 7, 4)
    # Both that were forecast under the clouds are no false alarms.
    assert (found["hit_rate"], found["false_alarm"]) == (1.0, 0.0)


def test_where_no_survey_told_its_extent_all_units_take_part():
    found = scored(squares(30), zones([1] * 30), event(4))
    assert (found["n"], found["unseen_units"]) == (30, 0)
