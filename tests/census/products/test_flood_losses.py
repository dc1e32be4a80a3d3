"""Losses of a district that a reader can redo: two villages, three buildings, three floods."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box

from census.errors import NotYetMadeError
from census.products.flood_losses import run_losses
from census.products.loss_inputs import ScenariosClashError
from census.store.database import Store
from census.store.layers import read_layer, write_layer
from census.store.loss_reading import current_loss_runs, unit_annual_losses, unit_losses
from census.store.rasters import RasterTerms, put_raster
from geo.errors import ParameterError
from webapp.cli import main

TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
# Ten cells by four of 0.001 degrees; the west half is one village, the east half the other.
GRID = Affine(0.001, 0, 121.0, 0, -0.001, 31.004)
HOMES = {
    # 100 m2, two storeys of brick: 200 m2 x 1,800 = 360,000 yuan
    "home": (121.0010, 31.0010, WEST, "住宅", "砖混", 2.0, 100.0),
    # 50 m2, storeys unknown, timber: 50 m2 x 1,000 = 50,000 yuan
    "light": (121.0030, 31.0010, WEST, "住宅", "砖木", None, 50.0),
    # 1,000 m2, twenty storeys, of which water reaches two: 2,000 m2 x 2,000 = 4,000,000 yuan
    "works": (121.0060, 31.0010, EAST, "工业厂房", "钢结构", 20.0, 1000.0),
}


def depth(west: float, east: float) -> bytes:
    cells = np.zeros((4, 10), dtype=np.float32)
    cells[:, :5], cells[:, 5:] = west, east
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=4, width=10, count=1, dtype="float32", crs="EPSG:4490",
            transform=GRID, nodata=-1,
        ) as raster:  # fmt: skip
            raster.write(cells, 1)
        return memory.read()


def put(store: Store, years: float | None, west: float, east: float, name: str = "") -> None:
    put_raster(
        store, name or f"flood_depth_T{years:g}", "flood_depth", "made up", "m", depth(west, east),
        terms=RasterTerms(hazard="flood", return_period_years=years, rung="imported"),
    )  # fmt: skip


@pytest.fixture
def place(empty_place: Store) -> Store:
    frame = {
        "code": [TOWN, WEST, EAST], "level": ["town", "village", "village"],
        "name": ["河口镇", "西河村", "东河村"], "parent_code": [None, TOWN, TOWN],
        "town_code": [TOWN] * 3, "village_code": [None, WEST, EAST],
        "area_m2": [4e5, 2e5, 2e5], "covered_share": [1.0] * 3,
    }  # fmt: skip
    shapes = [
        box(121.0, 31.0, 121.01, 31.004),
        box(121.0, 31.0, 121.005, 31.004),
        box(121.005, 31.0, 121.01, 31.004),
    ]
    divisions = gpd.GeoDataFrame(pd.DataFrame(frame), geometry=shapes, crs=4490)
    write_layer(empty_place, "division", divisions, delivery_id=None)
    people = pd.DataFrame(
        {"division_code": [WEST, EAST], "people": [300, 50], "basis": ["counted", "derived"]}
    )
    write_layer(empty_place, "people", people, delivery_id=None)
    write_buildings(empty_place, list(HOMES.values()))
    return empty_place


def write_buildings(store: Store, rows: list[tuple]) -> None:
    names = ["x", "y", "village_code", "kind", "structure", "levels", "footprint_m2"]
    frame = pd.DataFrame(rows, columns=names)
    shapes = [
        box(x, y, x + 0.0002, y + 0.0002) for x, y in zip(frame["x"], frame["y"], strict=True)
    ]
    houses = gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=shapes, crs=4490)
    write_layer(store, "building", houses, delivery_id=None)


def three_floods(store: Store) -> None:
    put(store, 5, 0.1, 0.0)
    put(store, 20, 0.5, 0.0)
    put(store, 100, 1.0, 2.0)


def table(rows: list[dict], *columns: str) -> dict:
    return {
        (row["division_code"], row["return_period_years"]): tuple(row[name] for name in columns)
        for row in rows
    }


def test_losses_are_those_that_a_reader_computes_by_hand(place):
    three_floods(place)
    run_losses(place)
    run = current_loss_runs(place)[0]
    rows = unit_losses(place, run, is_office=True)
    found = table(rows, "people_affected", "wet_buildings", "wet_footprint_m2", "loss_yuan")
    # Once in 5 years: 0.1 m, a fifth of the way to 0.33 at 0.5 m: 0.066 of 360,000 + 50,000 =
    # 27,060; 0.1 m is below the 0.15 m that affect people.
    assert found[WEST, 5] == pytest.approx((0.0, 2, 150.0, 27_060.0), rel=1e-6)
    assert found[EAST, 5] == (0.0, 0, 0.0, 0.0)
    # Once in 20 years: 0.5 m, 0.33 of 410,000; all 300 people of the west.
    assert found[WEST, 20] == pytest.approx((300.0, 2, 150.0, 135_300.0), rel=1e-6)
    # Once in 100 years: 1 m, 0.49 of 410,000; 2 m, 0.72 of 4,000,000.
    assert found[WEST, 100] == pytest.approx((300.0, 2, 150.0, 200_900.0), rel=1e-6)
    assert found[EAST, 100] == pytest.approx((50.0, 1, 1000.0, 2_880_000.0), rel=1e-6)
    for whole in (TOWN, "990001"):
        assert found[whole, 100] == pytest.approx((350.0, 3, 1150.0, 3_080_900.0), rel=1e-6)


def test_the_mean_of_a_year_is_the_area_below_the_losses(place):
    three_floods(place)
    result = run_losses(place)
    # (1/5-1/20)(27,060+135,300)/2 + (1/20-1/100)(135,300+3,080,900)/2 + 3,080,900/100
    # = 12,177 + 64,324 + 30,809 = 107,310 yuan a year.
    assert result.annual["loss_yuan_per_year"] == pytest.approx(107_310.0, rel=1e-6)
    assert result.annual["rarer_yuan_per_year"] == pytest.approx(30_809.0, rel=1e-6)
    # 0.15 (0+300)/2 + 0.04 (300+350)/2 + 350/100 = 22.5 + 13 + 3.5 = 39 people a year.
    assert result.annual["people_per_year"] == pytest.approx(39.0, rel=1e-6)
    # At 2, 5, 10, 20, 50, 100 and 200 years: unknown before 5 and after 100; 10 lies a third of
    # the way from 5 to 20 years, 50 three eighths of the way from 20 to 100.
    ten = 27_060 + (135_300 - 27_060) / 3
    fifty = 135_300 + (3_080_900 - 135_300) * 3 / 8
    assert result.annual["loss_yuan_at"] == [
        None, *(pytest.approx(each, rel=1e-6) for each in (27_060, ten, 135_300, fifty, 3_080_900)),
        None,
    ]  # fmt: skip


def test_villages_add_up_to_their_town_and_the_district(place):
    three_floods(place)
    run_losses(place)
    run = current_loss_runs(place)[0]
    annual = {
        each["division_code"]: each for each in unit_annual_losses(place, run, is_office=True)
    }
    for name in ("people_per_year", "loss_yuan_per_year"):
        villages = annual[WEST][name] + annual[EAST][name]
        assert villages == pytest.approx(annual[TOWN][name], rel=1e-12)
        assert villages == pytest.approx(annual["990001"][name], rel=1e-12)


def test_one_flood_alone_tells_its_losses_and_no_mean_of_a_year(place):
    put(place, 20, 0.5, 0.0)
    result = run_losses(place)
    assert [each["loss_yuan"] for each in result.district] == [pytest.approx(135_300.0, rel=1e-6)]
    assert result.annual is None
    assert not result.summary["has_annual"]
    assert read_layer(place, "unit_annual_loss").empty


def test_buildings_without_class_or_storeys_and_of_unknown_depth_are_counted(place):
    odd = (121.0070, 31.0010, EAST, None, None, None, 80.0)
    beyond = (121.0200, 31.0010, EAST, "住宅", "砖混", 1.0, 90.0)
    outside = (121.0300, 31.0010, None, "住宅", "砖混", 1.0, 90.0)
    write_buildings(place, [*HOMES.values(), odd, beyond, outside])
    put(place, 20, 0.5, 0.5)
    told = run_losses(place).summary
    assert told["buildings"] == 5
    assert told["buildings_without_class"] == 1
    assert told["buildings_without_levels"] == 2
    assert told["buildings_of_unknown_depth"] == [1]
    assert told["buildings_outside_villages"] == 1
    run = current_loss_runs(place)[0]
    east = unit_losses(place, run, code=EAST, is_office=True)[0]
    # The odd one stands in water and has no curve: counted, without a loss.
    assert east["by_class"]["unclassed"] == {
        "wet_buildings": 1, "wet_footprint_m2": 80.0, "loss_yuan": 0.0,
    }  # fmt: skip
    assert east["wet_buildings"] == 2


def test_the_public_sees_no_sum_of_a_few_houses(place):
    three_floods(place)
    run_losses(place)
    run = current_loss_runs(place)[0]
    assert unit_losses(place, run) == []
    run_losses(place, parameters={"public": {"least_wet_buildings": 1}})
    run = current_loss_runs(place)[0]
    assert {each["level"] for each in unit_losses(place, run)} == {"district", "town"}
    assert "by_class" not in unit_losses(place, run)[0]


def test_the_newest_run_is_current_and_says_what_it_was_made_from(place):
    three_floods(place)
    first = run_losses(place)
    second = run_losses(place)
    assert (first.number, second.number) == ("FLOOD-L-20260101-001", "FLOOD-L-20260101-002")
    kept = read_layer(place, "loss_run").set_index("number")
    assert kept["is_current"].tolist() == [False, True]
    prints = [each["fingerprint"] for each in kept["inputs"]]
    assert prints[0] == prints[1]
    assert {"divisions", "people", "buildings", "flood_depth_T20"} <= set(
        kept["inputs"].iloc[0]["layers"]
    )


def test_two_floods_of_one_return_period_are_refused_unless_they_are_the_same(place):
    put(place, 20, 0.5, 0.0)
    put(place, 20, 0.5, 0.0, name="flood_depth")
    assert [each["name"] for each in run_losses(place).scenarios] == ["flood_depth_T20"]
    put(place, 20, 0.6, 0.0, name="flood_depth")
    with pytest.raises(ScenariosClashError, match="once in 20 years"):
        run_losses(place)


def test_without_a_return_period_and_for_other_hazards_it_says_what_is_needed(place):
    put(place, None, 0.5, 0.0, name="flood_depth")
    with pytest.raises(NotYetMadeError, match="--return-period"):
        run_losses(place)
    with pytest.raises(ParameterError, match="landslide has none"):
        run_losses(place, hazard="landslide")


def test_the_command_tells_a_program_one_object_and_a_person_both_languages(
    place, monkeypatch, capsys
):
    three_floods(place)
    monkeypatch.setenv("RISKATLAS_HOME", str(place.folder))
    assert main(["losses", "--place", place.place, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["number"].startswith("FLOOD-L")
    assert told["annual"]["people_per_year"] == pytest.approx(39.0, rel=1e-6)
    assert main(["losses", "--place", place.place]) == 0
    said = capsys.readouterr().out
    assert "年均受影响 39.0 人" in said
    assert "39.0 people and 107,310 yuan: low at both ends" in said


def test_the_example_districts_losses_grow_with_the_return_period_and_add_up(
    small_place, small_report
):
    assert small_report["losses"]["flood"].startswith("FLOOD-L")
    run = next(each for each in current_loss_runs(small_place) if each.hazard == "flood")
    assert [each["return_period_years"] for each in run.scenarios] == [5.0, 20.0, 100.0]
    rows = pd.DataFrame(unit_losses(small_place, run, is_office=True))
    for name in ("people_affected", "wet_buildings", "loss_yuan"):
        sums = rows.pivot_table(name, "return_period_years", "level", aggfunc="sum")
        assert sums["district"].is_monotonic_increasing
        assert sums["district"].iloc[-1] > sums["district"].iloc[0]
        assert np.allclose(sums["village"], sums["district"], rtol=1e-12)
        assert np.allclose(sums["town"], sums["district"], rtol=1e-12)
    assert rows["people_affected"].max() <= run.summary["people"]
    assert run.summary["villages_where_a_rarer_flood_takes_less"] == 0
