"""The sea over the dykes of the example district: rasters, breaches, refusals, and its zoning."""

import json

import numpy as np
import pytest
from rasterio.io import MemoryFile
from sqlalchemy import update

from census.errors import NotYetMadeError
from census.products.datums import DatumError
from census.products.inputs import read_cells
from census.products.run_items import export_item
from census.products.surge import run_surge
from census.products.zoning_run import run_zoning
from census.store.layers import read_layer, write_layer
from census.store.rasters import get_raster, rasters
from geo.errors import ParameterError

pytestmark = pytest.mark.postgis


@pytest.fixture
def surge(small_place):
    return run_surge(small_place)


def level_of(store, years):
    levels = read_layer(store, "sea_level").set_index("return_period_years")["level_m"]
    return float(levels[years])


def test_the_example_has_a_dyke_along_its_coast_with_one_low_section(small_place):
    dykes = read_layer(small_place, "dyke").set_index("code")
    lowest, next_one, *_ = sorted(dykes["crest_m"])
    assert lowest == 5.4
    assert next_one >= 6.0
    assert set(dykes["name"]) <= {"示例海堤", "示例江堤"}
    levels = read_layer(small_place, "sea_level").sort_values("return_period_years")
    assert levels["return_period_years"].tolist() == [10, 20, 50, 100, 200]
    assert levels["level_m"].is_monotonic_increasing
    assert set(levels["source"]) == {"示例数据，虚构 / made-up example data"}
    assert len(read_layer(small_place, "storm_formula")) == 1


def test_the_sea_comes_over_the_low_section_first(small_place, surge):
    dykes = read_layer(small_place, "dyke").set_index("code")["crest_m"]
    (low,) = dykes.index[dykes == 5.4]
    assert [row["code"] for row in surge.sections] == [low]
    assert surge.sections[0]["onset_m"] == 5.4
    # Below 5.4 m every dyke holds.
    ground = read_cells(small_place, "elevation").cells
    tenth = read_cells(small_place, "storm_surge_depth_T10").cells
    onset = read_cells(small_place, "storm_surge_onset").cells
    behind = onset == 5.4
    assert behind.sum() > 1000
    assert (tenth[behind] == 0).all()
    depth = read_cells(small_place, "storm_surge_depth").cells
    wanted = np.maximum(level_of(small_place, 100) - ground[behind], 0.0)
    assert np.allclose(depth[behind], wanted)


def test_each_return_period_has_a_raster_that_says_what_it_is(small_place, surge):
    wanted = {f"storm_surge_depth_T{years}" for years in (10, 20, 50, 100, 200)}
    assert wanted < set(surge.rasters)
    table = rasters(small_place).set_index("name")
    row = table.loc["storm_surge_depth_T50"]
    assert (row["hazard"], row["rung"], row["return_period_years"]) == (
        "storm_surge",
        "connected",
        50,
    )
    assert row["unit"] == "m"
    assert set(row["provenance"]["inputs"]) == {"elevation", "water", "dykes", "sea_levels"}
    file = get_raster(small_place, "storm_surge_depth_T50")
    with MemoryFile(file) as memory, memory.open() as raster:
        tags = raster.tags()
    assert (tags["unit"], tags["return_period_years"], tags["rung"]) == ("m", "50", "connected")
    assert "no time and no friction" in tags["limits"]
    flooded = [surge.flooded_km2[years] for years in sorted(surge.flooded_km2)]
    assert flooded == sorted(flooded)


def test_a_breached_section_lets_a_lower_sea_in_and_leaves_the_other_rasters_alone(
    small_place, surge
):
    before = get_raster(small_place, "storm_surge_depth")
    low = surge.sections[0]["code"]
    broken = run_surge(small_place, breaches=[low])
    assert broken.scenario == f"breach {low}"
    assert broken.flooded_km2[10] > surge.flooded_km2[10]
    assert "storm_surge_breach_depth_T10" in broken.rasters
    assert get_raster(small_place, "storm_surge_depth") == before


def test_what_is_not_there_is_refused_with_what_there_is(small_place):
    with pytest.raises(ParameterError, match="No dyke section has the code S0"):
        run_surge(small_place, breaches=["S0"])
    with pytest.raises(ParameterError, match="there are levels for 10, 20, 50, 100, 200"):
        run_surge(small_place, return_period_years=75)


def test_without_elevation_there_is_no_surge(empty_place):
    with pytest.raises(NotYetMadeError, match="riskatlas import elevation"):
        run_surge(empty_place)


def test_levels_in_another_datum_are_refused_unless_a_shift_is_stated(small_place, surge):
    levels = read_layer(small_place, "sea_level")
    write_layer(
        small_place, "sea_level", levels.assign(datum="吴淞高程", level_m=levels["level_m"] + 1.7),
        delivery_id=None,
    )  # fmt: skip
    try:
        with pytest.raises(DatumError, match="吴淞高程"):
            run_surge(small_place)
        shifted = run_surge(small_place, shifts_m={"吴淞高程": -1.7})
    finally:
        write_layer(small_place, "sea_level", levels, delivery_id=None)
    assert shifted.flooded_km2 == surge.flooded_km2


def test_the_district_is_zoned_for_storm_surge_and_each_unit_says_how_the_sea_comes(
    small_place, surge, runs_of_others_go, tmp_path
):
    del runs_of_others_go
    flood = run_zoning(small_place)
    run = run_zoning(small_place, hazard="storm_surge")
    assert run.number.startswith("STORM_SURGE-R-")
    assert run.summary["depth"]["rung"] == "connected"
    made_from = read_layer(small_place, "zoning_run", where={"id": run.run_id}).iloc[0]["inputs"]
    assert {"dykes", "sea_levels", "storm_surge_depth"} <= set(made_from["layers"])
    assert {"dykes", "sea_levels", "storm_surge_depth"} <= set(made_from["sources"])
    assert "时间和糙率" in run.summary["depth"]["limits_zh"]
    item = json.loads(export_item(small_place, run.number, tmp_path)["item"].read_bytes())
    assert item["properties"]["riskatlas:depth"] == run.summary["depth"]
    zones = read_layer(small_place, "risk_zone", where={"run_id": run.run_id})
    told = zones[zones["risk_class"].notna()]
    assert len(told)
    low, level = surge.sections[0]["code"], level_of(small_place, 100)
    wet = told[told["depth_max_m"] > 0]
    over = [row[1] for row in wet["why_en"] if f"comes over dyke section {low}" in row[1]]
    assert over
    assert all("at 5.40 m" in each and f"level of {level:.2f} m" in each for each in over)
    assert any("海水在5.40米时漫过堤段" in row[1] for row in wet["why_zh"])
    dry = told[told["depth_max_m"] == 0]
    assert all("does not reach here" in row[1] for row in dry["why_en"])
    # The flood's own run stays current beside it.
    runs = read_layer(small_place, "zoning_run").set_index("id")
    assert runs.loc[flood.run_id, "is_current"]
    assert {"zoning_cells_flood", "zoning_cells_storm_surge"} <= set(rasters(small_place)["name"])


@pytest.mark.usefixtures("runs_of_others_go")
def test_the_depths_are_no_more_exact_than_the_ground_below_them(small_place):
    table = small_place.tables.raster
    ground = update(table).where(table.c.name == "elevation")
    with small_place.begin() as connection:
        connection.execute(ground.values(vertical_rmse_m=0.3))
    try:
        run_surge(small_place)
        stated = rasters(small_place).set_index("name")["vertical_rmse_m"]
        assert stated["storm_surge_depth"] == stated["storm_surge_depth_T10"] == 0.3
        # Limits of 0.15 m would be finer than the error: they are merged and told.
        told = run_zoning(small_place, hazard="storm_surge").summary
        assert 0.15 in told["depth_classes"]["merged_m"]
    finally:
        with small_place.begin() as connection:
            connection.execute(ground.values(vertical_rmse_m=None))
        run_surge(small_place)
