"""While somebody draws, the desk tells what is wrong with the line, and reads anew what changed."""

import threading

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from rasterio.io import MemoryFile
from shapely.geometry import LineString, Point, box

from census.products import route_memory
from census.products.route_desk import Desk
from census.products.route_results import LineRefusedError, UnknownShelterError
from census.products.what_if import WhatIf
from census.route_errors import UnknownRouteError
from census.store.layers import bump_generation, put_raster, write_layer

# A square town around 121.2 E, 32.0 N; metres below count from this corner in EPSG:4549.
X, Y = 613_000.0, 3_542_000.0
METRIC = 4549
CODE = "R1"


def layer(rows, geometry):
    moved = [shapely.transform(shape, lambda xy: xy + np.array([X, Y])) for shape in geometry]
    return gpd.GeoDataFrame(rows, geometry=moved, crs=METRIC)


def degrees(*places):
    moved = gpd.GeoSeries([LineString([(x + X, y + Y) for x, y in places])], crs=METRIC)
    return [list(xy) for xy in moved.to_crs(4490).iloc[0].coords]


def depth_raster():
    """Cells of 10 m in the metric CRS: 1 m deep for x in 400..500 at y below 100, else dry."""
    cells = np.zeros((120, 220), dtype="float32")
    # Row 0 is y = 1100; the raster begins at x = -100, y = -100.
    cells[100:120, 50:60] = 1.0
    transform = Affine(10, 0, X - 100, 0, -10, Y + 1100)
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=120, width=220, count=1, dtype="float32",
            crs=f"EPSG:{METRIC}", transform=transform, nodata=-9999,
        ) as raster:  # fmt: skip
            raster.write(cells, 1)
        return memory.read()


def write(store, table, frame, **options):
    write_layer(store, table, frame, delivery_id=None, **options)
    bump_generation(store, table)


@pytest.fixture
def district(empty_place):
    """Two towns side by side, a flooded main road, a dry way round, a bridge, three shelters."""
    store = empty_place
    put_raster(
        store, "flood_depth", "flood_depth", "current", "m", depth_raster(),
        data_date=None, provider=None, is_made_up=True, delivery_id=None,
    )  # fmt: skip
    bump_generation(store, "raster")
    codes = ["990001001000", "990001002000", "990001001001"]
    write(store, "division", layer(
        {"code": codes, "level": ["town", "town", "village"], "name": ["甲镇", "乙镇", "甲一村"],
         "parent_code": [None, None, codes[0]], "town_code": [codes[0], codes[1], codes[0]],
         "village_code": [None, None, codes[2]], "area_m2": [1.0, 1.0, 1.0]},
        [box(-50, -50, 1000, 1000), box(1000, -50, 2000, 1000), box(-50, -50, 1000, 1000)],
    ))  # fmt: skip
    write(store, "road", layer(
        {"class": ["local"] * 4, "name": ["大路", "绕行路", "桥", "外路"],
         "is_bridge": [False, False, True, False], "length_m": [1.0] * 4},
        [LineString([(0, 0), (900, 0)]),
         LineString([(0, 0), (0, 400), (900, 400), (900, 0)]),
         LineString([(0, 0), (300, 50), (600, 50), (900, 0)]),
         LineString([(900, 0), (1500, 0)])],
    ))  # fmt: skip
    write(store, "shelter", layer(
        {"code": ["S1", "S2", "S3"], "name": ["学校", "广场", "礼堂"], "kind": ["school"] * 3,
         "capacity_people": [100, 100, None], "capacity_source": ["declared"] * 3},
        [Point(900, 20), Point(450, 20), Point(1500, 20)],
    ))  # fmt: skip
    write(store, "hazard_site", layer(
        {"code": ["H1"], "name": ["易涝点"], "kind": ["waterlogging"], "hazard": ["flood"],
         "origin": ["delivered"]},
        [box(400, -100, 500, 100)],
    ))  # fmt: skip
    lines = [shapely.MultiLineString([[(0, 0), (900, 0)]])] * 2
    write(store, "evacuation_route", layer(
        {"code": [CODE, "R2"], "origin": ["delivered"] * 2, "village_code": [codes[2]] * 2,
         "shelter_code": ["S1", "S1"], "name": ["甲", "乙"], "people": [80, 30]},
        lines,
    ))  # fmt: skip
    return store


AROUND = [(0, 0), (0, 400), (900, 400), (900, 20)]


def found(checked):
    return {each["code"]: each for each in checked.findings}


def test_a_dry_way_on_roads_has_its_length_and_minutes_and_only_the_shelter_is_too_full(district):
    checked = Desk(district).check(CODE, degrees(*AROUND))
    assert checked.length_m == pytest.approx(1680, abs=0.5)
    assert checked.minutes == pytest.approx(1680 / 60, abs=0.01)
    assert (checked.hazard_m, checked.depth_max_m, checked.hazard) == (0, 0, {})
    codes = {code: each["level"] for code, each in found(checked).items()}
    # 80 + 30 people for 100 places; nobody has a post.
    assert codes["shelter_over_capacity"] == "warning"
    assert found(checked)["shelter_over_capacity"]["people"] == 10
    assert found(checked)["no_post"]["level"] == "warning"
    assert "error" not in codes.values()
    assert "off_network" not in codes


def test_the_flooded_road_is_an_error_with_its_metres_and_the_bridge_over_it_is_dry(district):
    desk = Desk(district)
    wet = desk.check(CODE, degrees((0, 0), (900, 0), (900, 20)))
    assert found(wet)["flooded_road"]["level"] == "error"
    assert found(wet)["flooded_road"]["metres"] == pytest.approx(100, abs=1)
    assert found(wet)["flooded_road"]["facts"]["roads"] == "大路"
    assert wet.hazard["waterlogging"] == pytest.approx(100, abs=0.1)
    assert wet.hazard_m == pytest.approx(100, abs=10)
    assert wet.depth_max_m == 1
    over = desk.check(CODE, degrees((0, 0), (300, 50), (600, 50), (900, 0), (900, 20)))
    assert (over.hazard_m, over.depth_max_m, over.hazard) == (0, 0, {})
    assert "flooded_road" not in found(over)


def test_a_closed_road_and_a_closed_shelter_are_errors_while_tried_and_gone_after(district):
    desk = Desk(district)
    road = desk.road_at(*degrees((0, 200), (0, 201))[0])
    assert road.name == "绕行路"
    trial = WhatIf(closed_roads={road.id}, closed_shelters={"S1"})
    tried = found(desk.check(CODE, degrees(*AROUND), what_if=trial))
    assert tried["closed_road"]["level"] == tried["shelter_closed"]["level"] == "error"
    assert tried["closed_road"]["metres"] == pytest.approx(1680, abs=10)
    assert not {"closed_road", "shelter_closed"} & found(desk.check(CODE, degrees(*AROUND))).keys()


def test_shelters_in_deep_water_of_unknown_capacity_or_elsewhere_are_named(district):
    desk = Desk(district)
    deep = found(desk.check(CODE, degrees((0, 0), (450, 20)), shelter_code="S2"))
    assert deep["shelter_too_deep"]["level"] == "error"
    far = found(
        desk.check(CODE, degrees(*AROUND[:-1], (900, 0), (1500, 0), (1500, 20)), shelter_code="S3")
    )
    assert far["shelter_capacity_unknown"]["level"] == "warning"
    assert (far["crosses_town"]["level"], far["crosses_town"]["facts"]["name"]) == ("note", "乙镇")
    with pytest.raises(UnknownShelterError, match="S9"):
        desk.require_shelter("S9")


def test_a_line_that_ends_elsewhere_or_runs_backwards_is_an_error(district):
    desk = Desk(district)
    short = found(desk.check(CODE, degrees(*AROUND[:3])))["ends_off_shelter"]
    assert (short["level"], short["metres"]) == ("error", pytest.approx(380, abs=1))
    back = found(desk.check(CODE, degrees(*AROUND[::-1])))["ends_off_shelter"]
    assert back["facts"]["is_reversed"] is True


def test_a_line_in_another_district_is_an_error(district):
    away = found(Desk(district).check(CODE, degrees((5000, 0), (6000, 0))))
    assert away["outside_district"]["level"] == "error"
    assert away["outside_district"]["metres"] == pytest.approx(1000, abs=1)


def test_bad_lines_are_answered_before_anything_is_computed(district):
    desk = Desk(district)
    (many,) = desk.check(CODE, np.zeros((100_000, 2))).findings
    assert (many["code"], many["level"]) == ("too_many_vertices", "error")
    with pytest.raises(LineRefusedError, match="100000 vertices, at most 2000"):
        desk.snap(np.zeros((100_000, 2)))
    (point,) = desk.check(CODE, [[121.0, 32.0], [121.0, 32.0]]).findings
    assert point["code"] == "no_length"
    crossing = found(desk.check(CODE, degrees((0, 0), (50, 50), (50, 0), (0, 50))))
    assert crossing["self_crossing"]["at"] == pytest.approx(degrees((25, 25), (0, 0))[0], abs=1e-6)
    with pytest.raises(UnknownRouteError, match="R9"):
        desk.check("R9", degrees(*AROUND))


def test_leaving_the_roads_in_the_middle_is_told_with_its_metres(district):
    line = degrees((0, 0), (0, 200), (100, 200), (100, 400), *AROUND[2:])
    off = found(Desk(district).check(CODE, line))["off_network"]
    assert off["level"] == "warning"
    # 5 m at each end are still beside the road.
    assert off["metres"] == pytest.approx(290, abs=0.5)


def test_a_drawn_line_is_laid_onto_passable_roads_and_keeps_its_ends(district):
    snapped = Desk(district).snap(degrees((0, 0), (8, 395), (895, 408), (900, 20)))
    assert snapped.moved_m == pytest.approx(8, abs=0.1)
    checked = Desk(district).check(CODE, snapped.line)
    assert "off_network" not in found(checked)
    assert checked.road_ids == snapped.road_ids
    assert len(snapped.road_ids) == 1


def test_ways_from_the_group_to_the_shelter_are_proposed_or_it_is_said_why_not(district):
    desk = Desk(district)
    assert desk.alternatives(CODE).why_not_more == "no_group"
    plan = {
        "number": "P1", "hazard": "flood", "data_date": district.district.data_date,
        "rule_edition": "t", "code_version": "t", "parameters": {}, "inputs": {},
        "people": 80, "demand_people": 80, "served_people": 80, "unserved_people": 0,
        "summary": {},
    }  # fmt: skip
    write(district, "evacuation_plan", pd.DataFrame([{"id": 1, **plan}]))
    group = {"plan_id": 1, "unit_code": ["U1"], "village_code": ["990001001001"]}
    counts = dict.fromkeys(("people", "demand_people", "served_people"), 80)
    write(
        district, "evacuation_demand",
        layer({**group, **counts, "unserved_people": 0}, [Point(0, 10)]),
    )  # fmt: skip
    write(district, "evacuation_route", layer(
        {"code": [CODE], "origin": ["delivered"], "village_code": ["990001001001"],
         "unit_code": ["U1"], "shelter_code": ["S1"], "name": ["甲"], "people": [80]},
        [shapely.MultiLineString([[(0, 0), (900, 0)]])],
    ))  # fmt: skip
    ways = desk.alternatives(CODE)
    # Over the bridge, and around; the main road is flooded.
    assert [round(way.length_m, -1) for way in ways] == [940, 1670]
    assert all("flooded_road" not in found(way.checked) for way in ways)
    assert ways.why_not_more == "no_other_way"
    bridge = desk.road_at(*degrees((450, 50), (0, 0))[0])
    assert bridge.name == "桥"
    (around,) = desk.alternatives(CODE, what_if=WhatIf(closed_roads=[bridge.id]))
    assert around.length_m == pytest.approx(1670, abs=1)
    assert desk.alternatives(CODE, what_if=WhatIf(closed_shelters=["S1"])).why_not_more == (
        "no_shelter"
    )


def test_only_what_changed_is_read_again_and_many_askers_build_it_once(district, monkeypatch):
    built = []
    for name in ("read_roads", "read_posts"):
        whole = getattr(route_memory, name)

        def counting(*given, name=name, whole=whole):
            built.append(name)
            return whole(*given)

        monkeypatch.setattr(route_memory, name, counting)
    desk = Desk(district)
    askers = [threading.Thread(target=desk.check, args=(CODE, degrees(*AROUND))) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(built) == ["read_posts", "read_roads"]
    duty = {"division_code": ["990001001001"], "post": ["村主任"], "task": ["组织转移"]}
    write(district, "duty", pd.DataFrame({**duty, "role": ["deputy"]}))
    assert "no_primary_post" in found(desk.check(CODE, degrees(*AROUND)))
    write(district, "duty", pd.DataFrame({**duty, "role": ["primary"]}))
    assert not {"no_post", "no_primary_post"} & found(desk.check(CODE, degrees(*AROUND))).keys()
    assert built.count("read_roads") == 1
