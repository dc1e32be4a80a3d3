"""Design storms of a cited formula on the example district: refusals, still water, simulation."""

import numpy as np
import pandas as pd
import pytest
from rasterio.io import MemoryFile

from census.errors import NotYetMadeError
from census.products.design_storm import chosen, design_storm, refuse_beyond
from census.products.inputs import read_cells
from census.products.jobs import run_worker
from census.products.parameters import load_parameters
from census.products.pluvial import run_simulation, run_spill
from census.products.queueing import FLOOD, defer, queue
from census.products.storm_windows import refuse_large
from census.products.zoning_run import run_zoning
from census.store.layers import read_layer, write_layer
from census.store.rasters import get_raster, rasters
from census.store.settings import data_folder
from geo.errors import ParameterError

FORMULA = {
    "place": "示例区", "edition": "2025", "least_duration_min": 5.0, "most_duration_min": 1440.0,
    "least_return_period_years": 2.0, "most_return_period_years": 100.0,
}  # fmt: skip


def test_a_storm_that_the_formula_does_not_hold_for_is_refused_with_all_its_faults():
    with pytest.raises(ParameterError) as told:
        refuse_beyond(FORMULA, 500.0, 2880.0)
    assert "a return period of 500 years, it holds for 2 to 100" in told.value.sentence_en
    assert "历时 2880 分钟，公式适用 5 至 1440 分钟" in told.value.sentence_zh
    refuse_beyond(FORMULA, 100.0, 5.0)


def test_of_several_formulas_one_has_to_be_named():
    formulas = pd.DataFrame([FORMULA, {**FORMULA, "edition": "2013"}])
    with pytest.raises(ParameterError, match="2 storm formulas fit"):
        chosen(formulas, None)
    assert chosen(formulas, "2013")["edition"] == "2013"
    with pytest.raises(ParameterError, match="0 storm formulas fit"):
        chosen(formulas, "1999")


def test_windows_without_cells_and_with_too_many_are_refused_together():
    boxes = [
        (slice(0, 10), slice(0, 10)),
        (slice(0, 0), slice(0, 10)),
        (slice(0, 20), slice(0, 20)),
    ]
    with pytest.raises(ParameterError, match=r"2 windows .*B: 0, C: 400"):
        refuse_large(["A", "B", "C"], boxes, 100)


@pytest.mark.postgis
def test_without_a_formula_that_names_its_source_there_is_no_storm(small_place):
    formulas = read_layer(small_place, "storm_formula")
    write_layer(small_place, "storm_formula", formulas.iloc[:0], delivery_id=None)
    try:
        with pytest.raises(NotYetMadeError, match="no storm is made up"):
            run_spill(small_place, years=10.0, duration_min=60.0)
    finally:
        write_layer(small_place, "storm_formula", formulas, delivery_id=None)


@pytest.mark.postgis
def test_the_rain_is_that_of_the_formula_in_either_of_its_units(small_place):
    rules = load_parameters(data_folder(), "pluvial")
    row = read_layer(small_place, "storm_formula").iloc[0]
    storm = design_storm(small_place, rules, years=10.0, duration_min=60.0)
    # q = 167 A1 (1 + 0.7) / 72^0.7 L/(s ha), 0.36 mm/h each, for an hour.
    wanted = 167 * row["a1"] * 1.7 / 72**0.7 * 0.36
    assert storm.rain.depth_mm.sum() == pytest.approx(wanted)
    assert storm.rain.source == "示例数据，虚构 / made-up example data"
    formulas = read_layer(small_place, "storm_formula")
    in_mm = formulas.assign(intensity_unit="mm_min")
    write_layer(small_place, "storm_formula", in_mm, delivery_id=None)
    try:
        storm = design_storm(small_place, rules, years=10.0, duration_min=60.0)
    finally:
        write_layer(small_place, "storm_formula", formulas, delivery_id=None)
    # i = A1 (1 + 0.7) / 72^0.7 mm/min, for sixty minutes.
    assert storm.rain.depth_mm.sum() == pytest.approx(row["a1"] * 1.7 / 72**0.7 * 60)


@pytest.mark.postgis
def test_what_the_spill_stores_is_the_water_of_its_depths(small_place):
    made = run_spill(small_place, years=50.0, duration_min=120.0)
    depth = read_cells(small_place, "pluvial_depth")
    area_m2 = abs(depth.transform.a * depth.transform.e)
    assert np.nansum(depth.cells) * area_m2 == pytest.approx(made.summary["stored_m3"], rel=1e-6)
    # Ten millimetres an hour of two hours went into drains.
    runoff = made.summary["runoff_mm"]
    assert made.summary["standing_runoff_mm"] == pytest.approx(runoff - 20.0, abs=0.01)
    row = rasters(small_place).set_index("name").loc["pluvial_depth"]
    assert (row["rung"], row["return_period_years"], row["hazard"]) == ("spill", 50.0, "pluvial")


@pytest.mark.postgis
def test_a_village_is_simulated_in_time_and_nothing_is_known_outside_of_it(small_place):
    village = min(read_layer(small_place, "people")["division_code"])
    heard = []
    made = run_simulation(
        small_place, years=50.0, duration_min=60.0, windows=[village], progress=heard.append,
        parameters={"simulation": {"after_min": 30.0}},
    )  # fmt: skip
    assert made.rung == "simulation"
    assert made.summary["windows"] == [village]
    assert made.summary["mass_error"] < 1e-10
    assert any(word.startswith(village) for word in heard)
    names = ("depth", "flow_people_hazard", "flow_arrival", "flow_lasting")
    depth, hazard, arrival, lasting = (
        read_cells(small_place, f"pluvial_{name}").cells for name in names
    )
    known = ~np.isnan(depth)
    assert 0 < known.sum() < known.size / 3
    # Depth x (speed + 0.5) is at least half the depth, metre by metre.
    assert (hazard[known] >= 0.5 * depth[known] - 1e-9).all()
    # Who was never deeper than 0.15 m was never reached; 90 minutes were simulated.
    assert np.isnan(arrival[known & (depth < 0.15)]).all()
    assert np.nanmax(lasting) <= 90.0
    assert (lasting[known & (depth <= 0.3)] == 0).all()
    file = get_raster(small_place, "pluvial_flow_lasting")
    with MemoryFile(file) as memory, memory.open() as raster:
        assert raster.tags()["unit"] == "min"
    # A later storm at rest leaves no speeds of this one beside its depths.
    run_spill(small_place, years=20.0, duration_min=60.0)
    assert not rasters(small_place)["name"].str.startswith("pluvial_flow_").any()


@pytest.mark.postgis
def test_the_district_is_zoned_for_pluvial_flood_and_the_run_says_on_which_rung(
    small_place, runs_of_others_go
):
    del runs_of_others_go
    run_spill(small_place, years=20.0, duration_min=60.0)
    run = run_zoning(small_place, hazard="pluvial")
    assert run.summary["depth"]["rung"] == "spill"
    assert run.summary["depth"]["return_period_years"] == 20.0
    assert run.summary["depth"]["sources"] == ["示例数据，虚构 / made-up example data"]
    missing = [each for each in run.summary["not_assessed"] if each["level"] == "village"]
    assert sum(run.summary["classes"]["village"]) + len(missing) == 6


@pytest.mark.postgis
def test_an_unknown_window_is_refused(small_place):
    with pytest.raises(ParameterError, match="No town or village has the code 1"):
        run_simulation(small_place, years=50.0, duration_min=60.0, windows=["1"])


@pytest.mark.postgis
def test_the_worker_floods_too(small_place):
    with queue(small_place).open() as app:
        assert defer(app, FLOOD, years=10.0, duration_min=30.0) is not None
    run_worker(small_place, wait=False)
    row = rasters(small_place).set_index("name").loc["pluvial_depth"]
    assert (row["scenario"], row["rung"]) == ("10-year storm of 30 min", "spill")
