"""Ways on one long road, sites beside a line, and a reason that nobody gave."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from census.products.route_desk import Desk
from census.products.what_if import WhatIf

HERE = Path(__file__).with_name("test_route_desk.py")
_spec = importlib.util.spec_from_file_location("route_desk_tests", HERE)
_desk = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _desk
_spec.loader.exec_module(_desk)
district, layer, write, degrees, found, CODE, AROUND = (
    _desk.district, _desk.layer, _desk.write, _desk.degrees, _desk.found, _desk.CODE, _desk.AROUND,
)  # fmt: skip

pytestmark = pytest.mark.postgis
VILLAGE = "990001001001"


def one_road(store, group, *, oneway="no", line=((0, 0), (900, 0))):
    """One road and no junction; a group beside it and the school at 900, 20."""
    rows = {"class": ["local"], "name": ["大路"], "is_bridge": [False], "length_m": [1.0]}
    write(store, "road", layer(rows | {"oneway": [oneway]}, [LineString(line)]))
    plan = {
        "number": "P1", "hazard": "flood", "data_date": store.district.data_date,
        "rule_edition": "t", "code_version": "t", "parameters": {}, "inputs": {},
        "people": 80, "demand_people": 80, "served_people": 80, "unserved_people": 0,
        "summary": {},
    }  # fmt: skip
    write(store, "evacuation_plan", pd.DataFrame([{"id": 1, **plan}]))
    counts = dict.fromkeys(("people", "demand_people", "served_people"), 80)
    unit = {"plan_id": 1, "unit_code": ["U1"], "village_code": [VILLAGE], "unserved_people": 0}
    write(store, "evacuation_demand", layer({**unit, **counts}, [Point(*group)]))
    route = {
        "code": [CODE], "origin": ["delivered"], "village_code": [VILLAGE], "unit_code": ["U1"],
        "shelter_code": ["S1"], "name": ["甲"], "people": [80],
    }  # fmt: skip
    write(store, "evacuation_route", layer(route, [shapely.MultiLineString([[(0, 0), (9, 0)]])]))
    return Desk(store)


@pytest.mark.parametrize("oneway", ["no", "yes", "reverse"])
@pytest.mark.parametrize("ends", [((0, 0), (1000, 0)), ((1000, 0), (0, 0))])
def test_group_and_shelter_on_one_dry_road_have_the_piece_between_them(district, oneway, ends):
    desk = one_road(district, (600, 130), oneway=oneway, line=[(x, y + 120) for x, y in ends])
    found_ways = desk.alternatives(CODE)
    assert [way.length_m for way in found_ways] == [pytest.approx(10 + 300 + 100, abs=0.1)]


def test_water_elsewhere_on_a_long_road_does_not_close_the_piece_that_is_walked(district):
    desk = one_road(district, (600, 10))
    found_ways = desk.alternatives(CODE)
    assert [way.length_m for way in found_ways] == [pytest.approx(300 + 10 + 20, abs=0.1)]


def test_through_the_water_there_is_no_way_and_beside_a_lonely_road_people_go_on(district):
    desk = one_road(district, (100, 10))
    assert desk.alternatives(CODE).why_not_more == "no_way"  # the road is deep at 400 to 500
    lines = [LineString([(0, 0), (900, 0)]), LineString([(0, 40), (60, 40)]),
             LineString([(0, 200), (900, 200), (900, 30)])]  # fmt: skip
    rows = {"class": ["local"] * 3, "name": ["大路", "院内路", "北路"], "is_bridge": [False] * 3}
    write(district, "road", layer(rows | {"length_m": [1.0] * 3}, lines))
    # Nearest are the flooded road and one that leads nowhere: people walk to the northern road.
    (way,) = desk.alternatives(CODE)
    assert way.length_m == pytest.approx(190 + 800 + 170 + 10, abs=0.5)


def test_the_piece_between_two_is_closed_with_its_road(district):
    desk = one_road(district, (600, 10))
    road = desk.road_at(*degrees((700, 0), (701, 0))[0])
    closed = desk.alternatives(CODE, what_if=WhatIf(closed_roads=[road.id]))
    assert closed.why_not_more == "no_road"


def sites(store, *rows):
    kinds = {"point": "landslide", "line": "dike_defect"}
    shapes = [shape for _, _, shape in rows]
    write(store, "hazard_site", layer(
        {"code": [f"H{at}" for at in range(len(rows))], "name": [name for name, _, _ in rows],
         "kind": [kinds[kind] for _, kind, _ in rows], "hazard": ["flood"] * len(rows),
         "origin": ["delivered"] * len(rows)}, shapes,
    ))  # fmt: skip


def test_a_point_site_beside_the_way_and_a_dike_across_it_are_told_by_name(district):
    sites(
        district,
        ("近坡", "point", Point(-19.9, 200)),
        ("远坡", "point", Point(-20.1, 300)),
        ("老堤", "line", LineString([(450, 300), (450, 500)])),
        ("新堤", "line", LineString([(300, 419), (400, 419)])),
        ("桥下堤", "line", LineString([(450, 30), (450, 70)])),
    )
    desk = Desk(district)
    told = [each for each in desk.check(CODE, degrees(*AROUND)).findings if "site" in each["facts"]]
    by_name = {each["facts"]["name"]: each for each in told}
    assert set(by_name) == {"近坡", "老堤", "新堤"}
    near, dike = by_name["近坡"], by_name["老堤"]
    assert (near["code"], near["level"]) == ("passes_site", "warning")
    assert near["metres"] == pytest.approx(19.9, abs=0.01)
    assert near["facts"]["kind"] == "landslide"
    # 400 m north, then 450 m east.
    assert (dike["code"], dike["facts"]["places"]) == ("crosses_site", 1)
    assert dike["metres"] == pytest.approx(850, abs=0.1)
    assert by_name["新堤"]["metres"] == pytest.approx(19, abs=0.01)
    over = desk.check(CODE, degrees((0, 0), (300, 50), (600, 50), (900, 0), (900, 20)))
    assert "桥下堤" not in {each["facts"].get("name") for each in over.findings}


def test_what_was_reported_on_the_way_is_told_though_it_is_no_flood(district):
    write(district, "hazard_site", layer(
        {"code": ["R-1", "H2"], "name": ["倒树", "旧坡"], "kind": ["other", "landslide"],
         "hazard": ["other", "landslide"], "origin": ["reported", "delivered"]},
        [box(100, 390, 140, 410), box(300, 390, 340, 410)],
    ))  # fmt: skip
    checked = Desk(district).check(CODE, degrees(*AROUND))
    assert checked.hazard == {"other": pytest.approx(40, abs=0.1)}
    told = next(each for each in checked.findings if each["code"] == "reported_site")
    # No report is kept of it: its kind and time are not known.
    assert (told["facts"]["site"], told["facts"]["reported_at"]) == ("R-1", None)


def test_a_line_that_leaves_the_roads_without_a_reason_is_told_from_the_first_check_on(district):
    desk, line = Desk(district), degrees((0, 0), (0, 200), (100, 200), (100, 400), *AROUND[2:])
    told = found(desk.check(CODE, line))["no_off_road_reason"]
    assert told["level"] == "error"
    assert told["metres"] == found(desk.check(CODE, line))["off_network"]["metres"]
    for reason in ("", "  ", None):
        assert "no_off_road_reason" in found(desk.check(CODE, line, off_road_reason=reason))
    given = found(desk.check(CODE, line, off_road_reason="经学校操场"))
    assert "no_off_road_reason" not in given
    assert given["off_network"]["level"] == "warning"
    assert "no_off_road_reason" not in found(desk.check(CODE, degrees(*AROUND)))
