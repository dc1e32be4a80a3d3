"""Loading a place: figures that the outside reads, and nothing done twice."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from census.access_errors import PeoplesWorkError
from census.errors import UnknownPlaceError
from census.intake.recipes import SamplesMissingError
from census.products import demo
from census.products.demo import load_place
from census.products.hazard_sites import derive_hazard_sites
from census.products.jobs import run_worker
from census.products.lists import gaps
from census.products.printing import SheetLateError, printed_sheet, sheet_fingerprint
from census.products.queueing import defer, job_status, queue
from census.store.actors import system_actor
from census.store.commands import create_account
from census.store.counting import layer_rows
from census.store.layers import read_layer
from census.store.sheets import get_sheet, put_sheet
from webapp.cli import main

pytestmark = pytest.mark.postgis


def test_the_report_has_the_keys_that_the_outside_reads(small_report):
    assert set(small_report["divisions"]) == {"town", "village", "grid_unit"}
    assert small_report["divisions"]["village"] == 6
    assert set(small_report["imported"]) == set(small_report["refused"])
    assert sum(small_report["refused"].values()) > 0
    assert {"hit_rate", "false_alarm", "csi", "auc", "n"} <= set(small_report["validation"])
    served, unserved = small_report["people_served"], small_report["people_unserved"]
    assert served + unserved == small_report["people_demand"] <= small_report["people"]
    assert {"zoning", "plan", "total"} <= set(small_report["seconds"])


def test_an_equal_loading_is_used_again_and_another_seed_is_not(
    cluster_settings, small_report, monkeypatch
):
    again = load_place(cluster_settings, "example", villages=6, seed=7)
    assert again == {**small_report, "is_reused": True}

    class PreparedAnewError(Exception):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise PreparedAnewError

    monkeypatch.setattr(demo, "_prepare", refuse)
    with pytest.raises(PreparedAnewError):
        load_place(cluster_settings, "example", villages=6, seed=8)


@pytest.fixture
def planner_at_work(small_place):
    """An account in the small place, which nobody else needs afterwards."""
    yield create_account(small_place, system_actor(), login_name="planner", display_name="规划")
    address = small_place.address.replace("riskatlas_app@", "riskatlas_owner@")
    with psycopg.connect(address) as owner:
        owner.execute("delete from access.account")


def test_a_loading_over_peoples_work_is_refused_before_anything_is_prepared(
    cluster_settings, small_report, planner_at_work, monkeypatch
):
    assert planner_at_work
    prepared = []
    monkeypatch.setattr(demo, "_prepare", lambda *_a, **_k: prepared.append(1))
    with pytest.raises(PeoplesWorkError, match="1 accounts"):
        load_place(cluster_settings, "example", villages=6, seed=8)
    assert prepared == []
    # The same loading as before asks nothing, whoever works there.
    again = load_place(cluster_settings, "example", villages=6, seed=7)
    assert again == {**small_report, "is_reused": True}


def test_the_command_says_what_would_be_lost_and_ends_with_1(
    cluster_settings, planner_at_work, monkeypatch, capsys
):
    assert planner_at_work
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    assert main(["demo", "--villages", "6", "--seed", "8", "--no-serve"]) == 1
    said = capsys.readouterr().err
    assert "账号 1 个" in said
    assert "--drop-work" in said


def test_a_command_that_finds_the_place_loaded_never_imports_what_loads(
    cluster_settings, small_report
):
    code = (
        "import sys; from webapp.cli import main\n"
        "main(['demo', '--villages', '6', '--seed', '7', '--no-serve', '--json'])\n"
        "print(sorted({'census.products.demo', 'geopandas', 'numba'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "RISKATLAS_HOME": str(cluster_settings.home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    said, imported = done.stdout.splitlines()
    assert json.loads(said) == {**small_report, "is_reused": True}
    assert imported == "[]"


@pytest.mark.parametrize(
    ("command", "prefix"), [("zone", "FLOOD-R"), ("evacuate propose", "FLOOD-E")]
)
def test_a_product_made_by_a_command_is_told_as_one_object(
    small_place, monkeypatch, capsys, command, prefix
):
    monkeypatch.setenv("RISKATLAS_HOME", str(small_place.folder))
    assert main([*command.split(), "--place", small_place.place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["number"].startswith(prefix)


def test_an_unknown_place_is_answered_with_the_known_ones(cluster_settings):
    with pytest.raises(UnknownPlaceError, match="example"):
        load_place(cluster_settings, "atlantis")


def test_missing_samples_are_named(cluster_settings, tmp_path):
    with pytest.raises(SamplesMissingError, match="jakarta"):
        load_place(cluster_settings, "jakarta", samples=tmp_path)


def test_derived_sites_replace_only_derived_ones(small_place):
    before = read_layer(small_place, "hazard_site")
    result = derive_hazard_sites(small_place)
    after = read_layer(small_place, "hazard_site")
    assert sorted(before["code"]) == sorted(after["code"])
    derived = after[after["origin"] == "derived"]
    assert len(derived) == result.count
    assert (derived["depth_max_m"] > 0.5).all()
    assert (derived["area_m2"] >= 20_000).all()


def test_gaps_name_divisions_and_kinds(small_place):
    found = gaps(small_place)
    villages = read_layer(small_place, "division", where={"level": "village"}, columns=["code"])
    people = read_layer(small_place, "people", columns=["division_code"])
    without = {gap.division_code for gap in found if gap.kind == "no_people"}
    assert without == set(villages["code"]) - set(people["division_code"])
    unserved = sum(gap.people or 0 for gap in found if gap.kind == "unserved")
    plans = read_layer(small_place, "evacuation_plan")
    assert unserved == plans.loc[plans["is_current"], "unserved_people"].sum()


def test_queued_jobs_are_done_and_their_fault_is_kept(small_place):
    with queue(small_place).open() as app:
        zoning = defer(app, "zone", hazard="flood")
        sheet = defer(app, "print_sheet", kind="risk", village_code="x", language="zh", address="")
        run_worker(small_place, wait=False)
        assert job_status(app, zoning) == "succeeded"
        assert job_status(app, sheet) == "failed"


def draw(_store, kind, village_code, language, *, address, hazard=None):
    asked = (kind, village_code, language, address, *([hazard] if hazard else []))
    return f"%PDF {' '.join(asked)}".encode()


def test_a_worker_with_a_printer_keeps_the_sheet_until_the_district_changes(small_place):
    with queue(small_place).open() as app:
        defer(app, "print_sheet", kind="risk", village_code="v1", language="en", address="a")
        run_worker(small_place, renderer=draw, wait=False)
    now = sheet_fingerprint(small_place, "en", "a")
    assert get_sheet(small_place, "risk", "v1", now) == b"%PDF risk v1 en a"
    derive_hazard_sites(small_place)
    assert sheet_fingerprint(small_place, "en", "a") != now


def test_a_sheet_asked_for_twice_is_queued_once_and_brought_by_the_worker(small_place):
    wanted = (small_place, "risk", "v2", "zh")
    for _visitor in range(2):
        with pytest.raises(SheetLateError, match="not printed within 0 s"):
            printed_sheet(*wanted, address="b", wait_s=0)
    drawn = []

    def count(*asked, address, hazard=None):
        drawn.append(asked)
        return draw(*asked, address=address, hazard=hazard)

    run_worker(small_place, renderer=count, wait=False)
    assert len(drawn) == 1
    assert printed_sheet(*wanted, address="b", wait_s=0) == b"%PDF risk v2 zh b"


def test_a_sheet_is_found_again_until_its_content_changes(small_place):
    put_sheet(small_place, "risk", "980101001001", "one", b"%PDF-1")
    assert get_sheet(small_place, "risk", "980101001001", "one") == b"%PDF-1"
    put_sheet(small_place, "risk", "980101001001", "two", b"%PDF-2")
    assert get_sheet(small_place, "risk", "980101001001", "one") is None


MADE_UP = {
    "households", "installations", "installation_substances", "emergency_plans", "shelter_rounds",
    "rescue_teams", "rescue_equipment", "material_depots", "stock_movements", "stations",
    "station_readings",
}  # fmt: skip


def test_the_example_has_some_of_each_object_that_helps_and_none_of_it_is_refused(
    small_place, small_report
):
    # So small a district may have no chemical works, and then nothing is delivered of them.
    there = MADE_UP & set(small_report["imported"])
    assert there >= MADE_UP - {"installations", "installation_substances"}
    assert {form: small_report["refused"][form] for form in there} == dict.fromkeys(there, 0)
    rows = layer_rows(small_place)
    assert {form: rows[form] for form in there} == {
        form: small_report["imported"][form] for form in there
    }
    # Six villages are one town with one team and one station of twenty-four hours.
    assert (rows["rescue_teams"], rows["station_readings"]) == (1, 24)
    assert (rows["households"], rows["emergency_plans"]) == (6, 7)
    shelters = read_layer(small_place, "shelter")
    assert not shelters["usable_flood"].isna().any()
    assert shelters["usable_tsunami"].isna().all()


def test_the_stock_of_the_example_adds_up(small_place):
    stock = read_layer(small_place, "stock_movement")
    sums = stock.pivot_table(index=["depot_code", "material"], columns="movement", values="amount")
    assert (sums["in"] - sums["out"] == sums["count"]).all()
