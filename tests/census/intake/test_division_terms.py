"""Divisions with time: former codes taken as today's, villages merged, withdrawn, redrawn."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from census.intake.stored_context import district_context
from census.store.database import create_place, drop_place, open_store
from census.store.deliveries import generation
from census.store.editions import edition
from census.store.layers import read_layer
from census.store.object_history import object_history
from tests.census.intake.conftest import SOUTH, WEST, square
from tests.census.intake.terms import (
    EAST,
    MIDDLE,
    NEW,
    PROFILE,
    TOWN,
    TWO,
    changes,
    delivering,
    drawn,
    emptied,
    people,
)
from webapp import cli

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def place(cluster_settings):
    create_place(cluster_settings, "terms", PROFILE)
    with open_store(cluster_settings, place="terms") as store:
        yield store
    drop_place(cluster_settings, "terms")


@pytest.fixture
def district(place):
    return emptied(place)


@pytest.fixture
def deliver(district, tmp_path, room):
    return delivering(district, tmp_path, room)


def told(report, rule):
    return [each for each in report.problems if each.rule == rule]


def people_of(store):
    rows = read_layer(store, "people")
    return dict(zip(rows["division_code"], rows["people"], strict=True))


def test_rows_under_the_former_code_of_the_county_are_taken_as_todays_and_counted(
    district, deliver
):
    deliver("divisions", TWO)
    deliver("division_changes", changes(["990099", "990001", "代码变更", "2020-07-01"]))
    report = deliver("people", people(c990099001001=3, c990099001002=4))
    assert not report.is_refused
    assert people_of(district) == {EAST: 3, MIDDLE: 4}
    (said,) = told(report, "former_code")
    assert "2 rows carry 2 codes that were in force until 2020-06-30" in said.sentence_en
    assert "990099001001 → 990001001001" in said.sentence_zh


def test_a_code_list_that_comes_again_after_a_crosswalk_changes_nothing(district, deliver):
    rows = pd.DataFrame({"区划代码": ["990001001", EAST], "名称": ["镇", "东村"]})
    deliver("division_codes", rows)
    deliver("division_changes", changes(["990099", "990001", "代码变更", "2020-07-01"]))
    assert deliver("division_codes", rows).difference.is_none
    assert read_layer(district, "division").geometry.isna().all()


def test_people_of_villages_that_are_one_now_add_up(district, deliver):
    deliver("divisions", TWO)
    deliver("division_changes", changes(
        ["990001001008", EAST, "合并", "2021-01-01"], ["990001001009", EAST, "合并", "2021-01-01"]
    ))  # fmt: skip
    report = deliver("people", people(c990001001008=10, c990001001009=20, c990001001002=4))
    assert people_of(district) == {EAST: 30, MIDDLE: 4}
    assert "10 + 20 = 30" in told(report, "added_up")[0].sentence_en


def test_a_village_under_its_former_and_its_present_code_stands_there_twice(district, deliver):
    deliver("divisions", TWO)
    deliver("division_changes", changes(["990099", "990001", "代码变更", "2020-07-01"]))
    report = deliver("people", people(c990099001001=3, c990001001001=3))
    assert report.is_refused
    assert told(report, "key")
    assert people_of(district) == {}


def test_a_code_with_several_heirs_is_a_question_and_none_is_guessed(district, deliver):
    deliver("divisions", TWO)
    deliver("division_changes", changes(
        ["990001001007", EAST, "拆分", "2022-03-01", 0.6],
        ["990001001007", MIDDLE, "拆分", "2022-03-01", 0.4],
    ))  # fmt: skip
    report = deliver("people", people(c990001001007=10, c990001001002=4), accept_faulty=True)
    assert people_of(district) == {MIDDLE: 4}
    fault = next(each for each in report.problems if each.level == "error")
    assert (fault.row, fault.column) == (2, "division_code")
    assert "990001001001（东村）" in fault.sentence_zh
    assert "1 former codes have several heirs" in told(report, "several_heirs")[0].sentence_en


def test_parts_of_a_split_that_do_not_make_one_are_refused(deliver):
    deliver("divisions", TWO)
    rows = [["990001001007", EAST, "拆分", "2022-03-01", 0.6],
            ["990001001007", MIDDLE, "拆分", "2022-03-01", 0.6]]  # fmt: skip
    report = deliver("division_changes", changes(*rows))
    assert "make 1.2, not 1" in told(report, "share")[0].sentence_en
    loose = changes(["990001001007", None, "合并", "2022-03-01"],
                    ["990001001006", "990001", "代码变更", "2022-03-01"])  # fmt: skip
    assert [each.rule for each in deliver("division_changes", loose).problems] == ["change"] * 2


def test_a_village_marked_withdrawn_is_kept_as_former_and_its_code_is_an_error_with_a_way_out(
    district, deliver
):
    deliver("divisions", TWO)
    codes = pd.DataFrame({
        "区划代码": ["990001001", EAST, MIDDLE, "990001001005"],
        "名称": ["镇", "东村", "中村", "[已撤销]北村"],
    })  # fmt: skip
    report = deliver("division_codes", codes)
    assert (report.difference.counts()["unchanged"], report.difference.is_none) == (3, True)
    former = read_layer(district, "former_division").set_index("code")
    assert former.loc["990001001005", ["name", "level", "origin"]].tolist() == [
        "北村", "village", "marked"
    ]  # fmt: skip
    assert "990001001005" not in set(read_layer(district, "division")["code"])
    # Codes alone leave the outlines as they are.
    assert read_layer(district, "division").geometry.notna().all()
    fault = next(
        each for each in deliver("people", people(c990001001005=9)).problems
        if each.level == "error"
    )  # fmt: skip
    assert "990001001005 北村 was withdrawn and nothing says what became of it" in fault.sentence_en
    assert "division_changes" in fault.sentence_zh
    # Once its heir is delivered, the same file enters.
    deliver("division_changes", changes(["990001001005", EAST, "合并", "2023-01-01"]))
    assert not deliver("people", people(c990001001005=9)).is_refused
    assert people_of(district) == {EAST: 9}


def test_a_village_that_is_merged_goes_out_of_force_and_leaves_its_people_and_buildings(
    district, deliver
):
    deliver("divisions", TWO)
    deliver("people", people(c990001001001=10, c990001001002=20))
    homes = [square(0, 0, 0.1), square(3, 0, 0.1)]
    deliver("buildings", gpd.GeoDataFrame({"name": ["甲", "乙"]}, geometry=homes, crs=4490))
    deliver("division_changes", changes([EAST, NEW, "合并", "2024-01-01"],
                                        [MIDDLE, NEW, "合并", "2024-01-01"]))  # fmt: skip
    before = generation(district, "building")
    merged = drawn((NEW, "新村", 0, 4))
    looked = deliver("divisions", merged, accept_gone=True, check_only=True)
    assert [(each.column, each.value) for each in told(looked, "reassigned")] == [("building", "2")]
    assert people_of(district) == {EAST: 10, MIDDLE: 20}
    report = deliver("divisions", merged, accept_gone=True)
    assert told(report, "people_gone") == []
    assert people_of(district) == {NEW: 30}
    assert set(read_layer(district, "building")["village_code"]) == {NEW}
    assert generation(district, "building") == before + 1
    former = read_layer(district, "former_division").set_index("code")
    assert former["people"].to_dict() == {EAST: 10, MIDDLE: 20}
    assert [str(day) for day in former["valid_to"]] == ["2023-12-31"] * 2
    # Two columns of the lattice each, as it stood.
    assert shapely.area(former.geometry.to_numpy()).tolist() == pytest.approx([2e-4, 2e-4])
    assert str(read_layer(district, "division").set_index("code").loc[NEW, "valid_from"]) == (
        "2024-01-01"
    )
    number = str(read_layer(district, "building")["id"].iloc[0])
    steps, _ = object_history(district, "building", number)
    assert steps[-1].changed == {"village_code": (EAST, NEW)}
    assert object_history(district, "people", NEW)[0][-1].kind == "insert"
    assert object_history(district, "people", EAST)[0][-1].kind == "delete"


def test_the_same_outlines_again_assign_nothing_anew(district, deliver):
    deliver("divisions", TWO)
    shape = [square(0, 0, 0.1)]
    deliver("buildings", gpd.GeoDataFrame({"name": ["甲"]}, geometry=shape, crs=4490))
    before = generation(district, "building")
    assert deliver("divisions", TWO).problems == ()
    renamed = TWO.assign(name=["镇", "东新村", "中村"])
    assert told(deliver("divisions", renamed), "reassigned") == []
    assert generation(district, "building") == before


def test_rows_that_state_a_code_that_goes_are_counted_and_left(district, deliver):
    deliver("divisions", TWO)
    deliver("village_groups", gpd.GeoDataFrame(
        {"code": ["Z1"], "name": ["一组"], "village_code": [MIDDLE]},
        geometry=[Point(WEST + 0.035, SOUTH + 0.005)], crs=4490,
    ))  # fmt: skip
    report = deliver("divisions", drawn((EAST, "东村", 0, 4)), accept_gone=True)
    (said,) = told(report, "stated_code_gone")
    assert (said.column, said.value) == ("village_group", MIDDLE)
    assert read_layer(district, "village_group")["village_code"].tolist() == [MIDDLE]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edge=st.integers(1, 3), seed=st.integers(0, 99))
def test_whatever_was_redrawn_every_building_is_where_a_first_loading_would_put_it(
    district, deliver, edge, seed
):
    """The oracle: the village that the intake finds for the same shapes today."""
    deliver("divisions", TWO, accept_gone=True)
    columns = np.random.default_rng(seed).uniform(-0.5, 4.4, 12)
    homes = [square(column, 0.2, 0.05) for column in columns]
    deliver("buildings", gpd.GeoDataFrame({"kind": ["x"] * 12}, geometry=homes, crs=4490),
            accept_gone=True)  # fmt: skip
    deliver("divisions", drawn((EAST, "东村", 0, edge), (NEW, "新村", edge, 4 - edge)),
            accept_gone=True)  # fmt: skip
    stored = read_layer(district, "building")
    wanted = district_context(district).village_codes(stored.geometry)
    assert stored["village_code"].fillna("").tolist() == [code or "" for code in wanted]


def totals(rows):
    return (
        sum(row.people or 0 for row in rows),
        sum(row.area_m2 or 0 for row in rows),
        sum(row.shelters or 0 for row in rows),
    )


def test_figures_are_told_in_the_divisions_of_any_day_and_add_up_alike(
    district, deliver, cluster_settings, capsys, monkeypatch
):
    deliver("divisions", TWO)
    deliver("people", people(c990001001001=10, c990001001002=20))
    places = [Point(WEST + 0.005, SOUTH + 0.005), Point(WEST + 0.015, SOUTH + 0.005),
              Point(WEST + 0.035, SOUTH + 0.005)]  # fmt: skip
    deliver("shelters", gpd.GeoDataFrame(
        {"code": ["S1", "S2", "S3"], "name": ["甲", "乙", "丙"]}, geometry=places, crs=4490
    ))  # fmt: skip
    old = edition(district)
    deliver("division_changes", changes([EAST, NEW, "合并", "2024-01-01"],
                                        [MIDDLE, NEW, "合并", "2024-01-01"]))  # fmt: skip
    deliver("divisions", drawn((NEW, "新村", 0, 4)), accept_gone=True)
    deliver("people", people(c990001001003=33))
    now = edition(district)
    assert [(row.codes, row.name, row.people, row.shelters) for row in now] == [
        ((NEW,), "新村", 33, 3)
    ]
    then = edition(district, dt.date(2023, 6, 1))
    # 33 people by 10:20; two shelters stand in the old east, one in the old middle.
    assert [(row.codes, row.name, row.people, row.shelters, row.is_parted) for row in then] == [
        ((EAST,), "东村", 11, 2, True), ((MIDDLE,), "中村", 22, 1, True)
    ]  # fmt: skip
    assert totals(then) == pytest.approx(totals(now))
    assert [row.area_m2 for row in then] == pytest.approx([row.area_m2 for row in old], rel=1e-6)
    (town,) = edition(district, dt.date(2023, 6, 1), level="town")
    assert (town.codes, town.name, town.people, town.shelters) == ((TOWN,), "镇", 33, 3)
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    assert cli.main(["divisions", "--of", "2023-06-01", "--place", district.place]) == 0
    said = capsys.readouterr().out
    assert "11 人 people" in said
    assert "estimates" in said


def test_a_point_that_states_a_former_village_is_held_against_todays(deliver):
    deliver("divisions", TWO)
    deliver("division_changes", changes(
        ["990099", "990001", "代码变更", "2020-07-01"], ["990001001005", EAST, "合并", "2023-01-01"]
    ))  # fmt: skip
    codes = pd.DataFrame({
        "区划代码": ["990001001", EAST, MIDDLE, "990001001005"],
        "名称": ["镇", "东村", "中村", "北村【已撤销】"],
    })  # fmt: skip
    deliver("division_codes", codes)
    here, far = Point(WEST + 0.005, SOUTH + 0.005), Point(WEST + 0.035, SOUTH + 0.005)
    report = deliver("shelters", gpd.GeoDataFrame(
        {"code": ["S1", "S2", "S3", "S4"], "name": ["甲", "乙", "丙", "丁"],
         "stated_village": ["990099001001", "北村村委会", "北村", "无此村"]},
        geometry=[here, here, far, here], crs=4490,
    ))  # fmt: skip
    found = told(report, "stated_village")
    assert [each.row for each in found] == [3, 4]
    # Not compared with the village of yore, but with the one that took it in.
    assert "m outside the stated village '北村'" in found[0].sentence_en
    assert "no village called '无此村'" in found[1].sentence_en
