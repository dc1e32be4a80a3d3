"""What is stated of a raster: each return period is kept beside the others, with its error."""

import math

import numpy as np
import pytest
import rasterio
from affine import Affine

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.problems import Source
from census.intake.proposing import propose_files, work_on
from census.intake.stated_facts import stated_faults, stored_name
from census.store.actors import system_actor
from census.store.proposal_decisions import accept_delivery
from census.store.rasters import rasters
from tests.census.intake.conftest import SOUTH, WEST


@pytest.fixture
def depth(tmp_path):
    path = tmp_path / "depth.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=20, count=1, dtype="float32",
        crs="EPSG:4490", nodata=-9999, transform=Affine(0.001, 0, WEST, 0, -0.001, SOUTH + 0.02),
    ) as target:  # fmt: skip
        target.write(np.full((20, 40), 1.5, dtype="float32"), 1)
    return path


def test_a_return_period_gives_a_depth_raster_a_name_of_its_own():
    form = form_named("flood_depth")
    assert stored_name(form, {}) == "flood_depth"
    assert stored_name(form, {"return_period_years": 100.0}) == "flood_depth_T100"
    assert stored_name(form, {"return_period_years": 2.5}) == "flood_depth_T2.5"


@pytest.mark.parametrize(
    ("form", "stated", "said"),
    [
        ("elevation", {"return_period_years": 100.0}, "no return period in years is stated"),
        ("people", {"vertical_rmse_m": 0.1}, "no vertical error (RMSE) in metres is stated"),
        ("flood_depth", {"return_period_years": 0.5}, "between 1 and 100000"),
        ("flood_depth", {"return_period_years": math.nan}, "between 1 and 100000"),
        ("elevation", {"vertical_rmse_m": -0.1}, "between 0 and 100"),
        ("elevation", {"colour": 1.0}, "no colour is stated"),
    ],
)
def test_a_fact_that_the_form_does_not_have_or_no_such_number_is_a_fault(form, stated, said):
    faults = stated_faults(form_named(form), stated, Source("file.tif"))
    assert [said in fault.sentence_en for fault in faults] == [True]


@pytest.mark.postgis
def test_depths_of_several_return_periods_stand_beside_each_other(store, depth):
    import_delivery(store, "flood_depth", [depth])
    report = import_delivery(
        store, "flood_depth", [depth],
        stated={"return_period_years": 100.0, "vertical_rmse_m": 0.25},
    )  # fmt: skip
    assert report.imported == 1
    kept = rasters(store).set_index("name")
    row = kept.loc["flood_depth_T100"]
    assert (row["scenario"], row["return_period_years"], row["vertical_rmse_m"]) == (
        "T=100", 100.0, 0.25,
    )  # fmt: skip
    assert (row["hazard"], row["rung"]) == ("flood", "imported")
    assert math.isnan(kept.loc["flood_depth", "return_period_years"])


@pytest.mark.postgis
def test_a_stated_fact_that_cannot_be_taken_changes_nothing(store, depth):
    before = rasters(store).to_dict("records")
    report = import_delivery(store, "elevation", [depth], stated={"return_period_years": 50.0})
    assert (report.imported, report.delivery_id) == (0, None)
    assert [problem.rule for problem in report.problems] == ["stated_fact"]
    assert str(rasters(store).to_dict("records")) == str(before)


@pytest.mark.postgis
def test_what_is_stated_of_a_proposed_raster_holds_when_it_is_accepted(store, depth):
    stated = {"stated": {"return_period_years": 20.0}}
    number = propose_files(store, system_actor(), "flood_depth", [depth], stated)
    assert work_on(store, number) == "read"
    accept_delivery(store, system_actor(), number=number)
    assert work_on(store, number) == "accepted"
    kept = rasters(store).set_index("name")
    assert kept.loc["flood_depth_T20", "return_period_years"] == 20.0
