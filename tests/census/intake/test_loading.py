"""Deliveries into a real database: all or nothing, the same twice over."""

import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from affine import Affine
from shapely.geometry import LineString, MultiLineString, Point

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.store.layers import generation, get_raster, read_layer
from tests.census.intake.conftest import SOUTH, WEST, square

pytestmark = pytest.mark.postgis


@pytest.fixture
def deliver(store, tmp_path, room):
    def write_and_import(form_name, frame, *, suffix="gpkg", **options):
        path = tmp_path / f"{form_name}.{suffix}"
        write_table(form_named(form_name), frame, path)
        return import_delivery(store, form_name, [path], room=room, **options)

    return write_and_import


def people(*counts):
    codes = [f"99000100{t}00{v}" for t in (1, 2) for v in (1, 2)]
    return pd.DataFrame({"division_code": codes, "people": counts, "basis": "counted"})


def test_divisions_know_town_village_area_and_cover(store):
    divisions = read_layer(store, "division").set_index("code")
    assert list(divisions["level"].value_counts().sort_index()) == [4, 2, 4]
    unit = divisions.loc["990001002001001"]
    assert (unit["town_code"], unit["village_code"]) == ("990001002000", "990001002001")
    # 0.01 degree x 0.02 degree at 32 N: about 945 m x 2,218 m
    assert unit["area_m2"] == pytest.approx(945 * 2218, rel=0.01)
    assert (divisions["covered_share"] > 0.9999).all()


def test_a_file_with_errors_changes_nothing(store, deliver):
    deliver("people", people(1, 2, 3, 4), suffix="xlsx")
    before = read_layer(store, "people"), generation(store)
    report = deliver("people", people(5, 6, -7, 8), suffix="xlsx")
    assert report.is_refused
    assert (report.imported, report.refused, report.delivery_id) == (0, 1, None)
    pd.testing.assert_frame_equal(read_layer(store, "people"), before[0])
    assert generation(store) == before[1]


def test_faulty_rows_may_be_left_out_by_choice_and_are_counted(store, deliver):
    report = deliver("people", people(5, 6, -7, 8), suffix="xlsx", accept_faulty=True)
    assert (report.imported, report.refused) == (3, 1)
    assert list(read_layer(store, "people")["people"]) == [5, 6, 8]
    delivery = read_layer(store, "delivery", where={"form": "people"}).iloc[-1]
    assert (delivery["rows_imported"], delivery["rows_refused"]) == (3, 1)
    assert len(delivery["sha256"]) == 64
    assert delivery["problems"][0]["value"] == "-7"


def test_checking_alone_changes_nothing(store, deliver):
    report = deliver("people", people(1, 2, 3, 4), suffix="xlsx", check_only=True)
    assert (report.imported, report.refused, report.problems) == (0, 0, ())
    assert read_layer(store, "people").empty


def test_the_same_file_twice_gives_the_same_rows(store, deliver):
    frame = gpd.GeoDataFrame(
        {"kind": ["住宅", "学校"], "levels": ["2", "10+"]},
        geometry=[square(0, 0, 0.1), square(9, 0, 0.1).buffer(0)], crs=4490,
    )  # fmt: skip
    frame = frame.set_geometry([square(0, 0, 0.1), square(4.2, 0, 0.1)]).set_crs(4490)
    first = deliver("buildings", frame)
    stored = read_layer(store, "building").drop(columns="delivery_id")
    second = deliver("buildings", frame)
    again = read_layer(store, "building").drop(columns="delivery_id")
    assert first.imported == second.imported == 2
    assert stored.equals(again)
    assert list(stored["id"]) == [1, 2]
    assert list(stored["levels"]) == [2, 10]
    assert list(stored["village_code"].fillna("-")) == ["990001001001", "-"]
    assert stored["notes"].iloc[1][0]["rule"] == "levels"


def test_divisions_delivered_again_keep_the_people(store, deliver, divisions):
    deliver("people", people(1, 2, 3, 4), suffix="xlsx")
    assert deliver("divisions", divisions).imported == 10
    assert list(read_layer(store, "people")["people"]) == [1, 2, 3, 4]


def test_people_of_a_village_that_is_gone_are_reported(store, deliver, divisions):
    deliver("people", people(1, 2, 3, 4), suffix="xlsx")
    kept = divisions[~divisions["code"].str.startswith("990001002002")]
    report = deliver("divisions", kept, accept_gone=True)
    assert list(read_layer(store, "people")["people"]) == [1, 2, 3]
    assert "990001002002" in next(p.value for p in report.problems if p.rule == "people_gone")


def test_a_road_in_parts_becomes_roads_with_lengths(store, deliver):
    lines = [
        LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)]),
        MultiLineString([[(WEST, SOUTH), (WEST, SOUTH + 0.01)],
                         [(WEST, SOUTH + 0.015), (WEST, SOUTH + 0.02)]]),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"class": ["local", "path"], "oneway": ["-1", None]}, geometry=lines, crs=4490
    )
    report = deliver("roads", frame)
    roads = read_layer(store, "road")
    assert list(roads["source_row"]) == [1, 2, 2]
    assert list(roads["oneway"]) == ["reverse", "no", "no"]
    assert roads["length_m"].iloc[0] == pytest.approx(945, rel=0.01)
    assert [problem.rule for problem in report.problems] == ["parts"]


def test_shelters_say_where_their_capacity_comes_from(store, deliver):
    frame = gpd.GeoDataFrame(
        {
            "code": ["S1", "S2"], "name": ["一小", "二小"], "kind": ["school", "school"],
            "capacity_text": ["500 - 1000", "Besar"], "levels": ["2", "2"],
            "is_candidate": [True, False],
        },
        geometry=[square(0, 0, 0.1), square(1, 0, 0.1)], crs=4490,
    )  # fmt: skip
    deliver("shelters", frame)
    shelters = read_layer(store, "shelter")
    assert list(shelters["capacity_source"]) == ["declared", "derived"]
    assert shelters["capacity_people"].iloc[0] == 500
    # footprint x 2 levels x 0.5 / 2 m2
    assert shelters["capacity_people"].iloc[1] == int(shelters["footprint_m2"].iloc[1] / 2)
    assert "待核" in shelters["capacity_note_zh"].iloc[1]
    assert list(shelters["capacity_text"]) == ["500 - 1000", "Besar"]
    assert list(shelters["is_candidate"]) == [True, False]
    assert list(shelters.geom_type) == ["Point", "Point"]


def test_enterprises_enter_by_longitude_and_latitude(store, deliver):
    frame = gpd.GeoDataFrame(
        {"code": ["Q1"], "name": ["厂"], "colour": ["red"]},
        geometry=[Point(WEST + 0.035, SOUTH + 0.005)], crs=4490,
    )  # fmt: skip
    deliver("enterprises", frame, suffix="xlsx")
    stored = read_layer(store, "enterprise").iloc[0]
    assert (stored["colour"], stored["village_code"]) == ("red", "990001002002")


def test_a_route_needs_a_shelter_that_is_loaded(store, deliver):
    line = LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    frame = gpd.GeoDataFrame(
        {"code": ["R1"], "name": ["线"], "unit_code": ["990001001001001"], "shelter_code": ["S9"]},
        geometry=[line], crs=4490,
    )  # fmt: skip
    report = deliver("evacuation_routes", frame)
    assert report.is_refused
    assert "No shelter has the code S9" in report.problems[0].sentence_en
    assert deliver("evacuation_routes", frame.assign(shelter_code=None)).imported == 1
    assert read_layer(store, "evacuation_route")["village_code"].iloc[0] == "990001001001"


def test_water_gets_its_surface_and_a_kind_of_the_list(store, deliver):
    # 0.001 degree each way: about 94.5 m x 110.9 m at 32 N.
    frame = gpd.GeoDataFrame(
        {"name": ["青河", None, None], "kind": ["河道", "海域", "泥潭"]},
        geometry=[square(0, 0, 0.1), square(1, 0, 0.1), square(2, 0, 0.1)], crs=4490,
    )  # fmt: skip
    report = deliver("water", frame, accept_faulty=True)
    assert (report.imported, report.refused) == (2, 1)
    water = read_layer(store, "water")
    assert list(water["kind"]) == ["river", "sea"]
    assert list(water["name"].fillna("-")) == ["青河", "-"]
    assert water["area_m2"].iloc[0] == pytest.approx(94.5 * 110.9, rel=0.01)


def test_a_raster_is_stored_as_delivered(store, tmp_path):
    path = tmp_path / "depth.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=20, count=1, dtype="float32",
        crs="EPSG:4490", nodata=-9999, transform=Affine(0.001, 0, WEST, 0, -0.001, SOUTH + 0.02),
    ) as target:  # fmt: skip
        target.write(np.full((20, 40), 1.5, dtype="float32"), 1)
    report = import_delivery(store, "flood_depth", [path])
    assert (report.imported, report.problems) == (1, ())
    with rasterio.MemoryFile(get_raster(store, "flood_depth")) as memory, memory.open() as raster:
        assert raster.read(1).mean() == 1.5


def test_a_packed_shapefile_of_a_chinese_system_is_loaded_with_its_archive_as_source(
    store, tmp_path
):
    columns = {"编号": ["1", "2"], "名称": ["悦来中学", "三星小学"], "种类": ["学校", "学校"]}
    points = [Point(WEST + 0.005, SOUTH + 0.005), Point(WEST + 0.015, SOUTH + 0.005)]
    path = tmp_path / "s.shp"
    frame = gpd.GeoDataFrame(columns, geometry=points, crs=4490)
    pyogrio.write_dataframe(frame, path, encoding="gb18030")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[29] = 0
    table.write_bytes(bytes(content))
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for part in tmp_path.glob("s.[sdp]*"):
            if part.suffix != ".zip":
                archive.write(part, f"交付/{part.name}")
    report = import_delivery(store, "shelters", [tmp_path / "s.zip"])
    assert (report.imported, report.is_refused) == (2, False)
    found = next(each for each in report.problems if each.rule == "encoding")
    assert found.value == "悦来中学 · 三星小学 · 学校"
    assert sorted(read_layer(store, "shelter")["name"]) == ["三星小学", "悦来中学"]
    delivery = read_layer(store, "delivery", where={"form": "shelters"}).iloc[-1]
    assert delivery["file_name"] == "s.zip"
