"""Areas of one class: each village in one of them, named after its largest."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from census.products.zone_areas import named_areas

SRID = 4549
RULES = {"least_area_m2": 0.0, "gap_m": 2.0}


def villages(count):
    shapes = [
        box(600_000 + 1000 * i, 3_500_000, 601_000 + 1000 * i, 3_501_000) for i in range(count)
    ]
    codes = [f"v{i}" for i in range(count)]
    return gpd.GeoDataFrame(
        {"code": codes, "name": [f"{i}村" for i in range(count)]}, geometry=shapes, crs=SRID
    ).to_crs(4490)


def zones(classes, people):
    codes = [f"v{i}" for i in range(len(classes))]
    return pd.DataFrame({"division_code": codes, "risk_class": classes, "people": people})


def test_neighbours_of_one_class_are_an_area_named_after_the_largest():
    # Two of class 5 side by side, one of class 2, one of class 5 apart, one not assessed.
    classed = zones([5, 5, 2, 5, None], [100, 300, 50, 10, 0])
    found = named_areas(villages(5), classed, SRID, RULES)
    assert [each["code"] for each in found] == ["v1", "v3", "v2", "v4"]
    told = [(each["name"], each["risk_class"], each["villages"], each["people"]) for each in found]
    assert told == [
        ("1村", 5, ["v0", "v1"], 400), ("3村", 5, ["v3"], 10), ("2村", 2, ["v2"], 50),
        ("4村", None, ["v4"], 0),
    ]  # fmt: skip
    assert [each["area_m2"] for each in found] == pytest.approx([2e6, 1e6, 1e6, 1e6], rel=1e-6)


def test_small_areas_are_absorbed_and_every_village_stays_in_one():
    rules = {"least_area_m2": 1.5e6, "gap_m": 2.0}
    found = named_areas(villages(4), zones([3, 3, 5, 3], [1, 2, 3, 4]), SRID, rules)
    assert [(each["risk_class"], each["villages"]) for each in found] == [
        (3, ["v0", "v1", "v2", "v3"])
    ]


def test_villages_without_outlines_make_no_areas():
    bare = villages(2)
    bare = bare.set_geometry([None, None], crs=4490)
    assert named_areas(bare, zones([1, 1], [1, 1]), SRID, RULES) == []
