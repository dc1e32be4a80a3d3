"""Runs on the real store whose class limits are set by another method, or by an earlier run."""

import numpy as np
import pytest

from census.products.class_limits import BaseRunError
from census.products.zoning_run import run_zoning
from census.store.layers import read_layer
from census.store.zoning_runs import kept_run
from geo.breaks import classify, mean_sd_breaks, quantile_breaks

pytestmark = pytest.mark.postgis


def indices(store, run):
    zones = read_layer(store, "risk_zone", where={"run_id": run.run_id})
    return zones.loc[zones["level"] == "grid_unit", "risk_index"].dropna().to_numpy()


def test_a_run_by_mean_and_deviation_keeps_its_limits_and_how_they_were_set(small_place):
    run = run_zoning(small_place, parameters={"classes": {"method": "mean_sd"}})
    told, values = kept_run(small_place, run.number).scheme, indices(small_place, run)
    limits = mean_sd_breaks(values, (-1, -0.5, 0.5, 1))
    assert told["breaks"] == pytest.approx(limits.tolist())
    assert told["class_units"] == np.bincount(classify(values, limits), minlength=6)[1:].tolist()


def test_a_later_run_takes_the_limits_of_an_earlier_one_and_names_the_first(small_place):
    first = run_zoning(small_place, parameters={"classes": {"method": "quantile"}})
    values = indices(small_place, first)
    assert kept_run(small_place, first.number).scheme["breaks"] == pytest.approx(
        quantile_breaks(values, 5).tolist()
    )
    second = run_zoning(small_place, parameters={"classes": {"base_run": first.number}})
    third = run_zoning(small_place, parameters={"classes": {"base_run": second.number}})
    one, two, three = (
        kept_run(small_place, run.number).scheme for run in (first, second, third)
    )  # fmt: skip
    assert one["breaks"] == two["breaks"] == three["breaks"]
    assert one["density_percentiles_per_km2"] == three["density_percentiles_per_km2"]
    assert two["base_run"]["number"] == three["base_run"]["number"] == first.number


def test_a_base_run_of_another_method_is_refused_and_nothing_is_kept(small_place):
    first = run_zoning(small_place)
    before = len(read_layer(small_place, "zoning_run", columns=["id"]))
    changed = {"classes": {"base_run": first.number}, "index": {"k": 0.3}}
    with pytest.raises(BaseRunError, match="index"):
        run_zoning(small_place, parameters=changed)
    assert len(read_layer(small_place, "zoning_run", columns=["id"])) == before


def test_an_error_of_the_depths_is_in_the_doubt_of_a_run_and_refuses_the_finest_limit(small_place):
    plain = run_zoning(small_place)
    doubted = run_zoning(small_place, parameters={"depth_error": {"rmse_m": 0.3}})
    kept = plain.summary["depth_classes"]
    assert (kept["rmse_m"], kept["merged_m"]) == (None, [])
    told = doubted.summary["depth_classes"]
    assert (told["rmse_m"], told["merged_m"], told["limits_m"]) == (0.3, [0.15], [0.5, 1.0, 2.0])
    # What the class below the refused limit held is in the next.
    assert told["people"][0] == pytest.approx(sum(kept["people"][:2]))
    assert plain.summary["movers"]["unknown"] == ["depth"]
    assert doubted.summary["movers"]["unknown"] == []
    one, two = (
        read_layer(small_place, "risk_zone", where={"run_id": run.run_id})
        for run in (plain, doubted)
    )
    assert one["risk_index"].equals(two["risk_index"])
    assert not one["class_shares"].equals(two["class_shares"])
