"""The real codes of a city of 2,005 villages, and of a district whose prefix changed in 2020."""

import pandas as pd
import pytest

from census.intake.loading import import_delivery
from census.products.demo import load_place
from census.store.database import drop_place, open_store
from census.store.editions import edition
from census.store.layers import read_layer, write_layer
from webapp import cli

pytestmark = pytest.mark.postgis

CITY = ("nantong_3206_streets.csv", "nantong_3206_villages.csv")


def test_all_villages_of_a_city_enter_by_their_lists_alone(empty_place, samples, room, tmp_path):
    files = [samples / "haimen" / name for name in CITY]
    report = import_delivery(empty_place, "division_codes", files, room=room)
    assert (report.imported, report.refused) == (136 + 2_005, 0)
    stored = read_layer(empty_place, "division")
    assert stored["level"].value_counts().to_dict() == {"village": 2_005, "town": 136}
    # Codes are text; development zones have towns of the 400s.
    zones = stored[(stored["level"] == "town") & (stored["code"].str[6] == "4")]
    assert len(zones) == sum(
        line.split(",")[0][6] == "4"
        for line in files[0].read_text("utf-8").splitlines()[1:]
    )  # fmt: skip
    assert len(zones) > 20
    own = stored[stored["level"] == "village"]
    assert (own["code"].str[:9] + "000" == own["town_code"]).all()
    again = import_delivery(empty_place, "division_codes", files, room=room)
    assert again.difference.counts()["unchanged"] == 2_141
    assert again.difference.is_none
    # Three marked as lists of real bureaus mark them: out of force, and kept.
    marked = pd.read_csv(files[1], dtype=str)
    marked.loc[[0, 7, 99], "name"] = "[已撤销]" + marked.loc[[0, 7, 99], "name"]
    marked.to_csv(tmp_path / "later.csv", index=False)
    later = import_delivery(empty_place, "division_codes", [tmp_path / "later.csv"], room=room)
    assert (later.difference.gone, later.difference.unchanged) == (3, 2_002)
    assert len(read_layer(empty_place, "former_division")) == 3
    assert not read_layer(empty_place, "former_division")["name"].str.contains("撤销").any()


@pytest.fixture(scope="module")
def district(cluster_settings, samples):
    report = load_place(cluster_settings, "haimen", samples=samples)
    with open_store(cluster_settings, place="haimen") as store:
        yield store, report
    drop_place(cluster_settings, "haimen")


def test_a_place_of_codes_alone_is_loaded_and_says_what_it_cannot_do(
    district, cluster_settings, monkeypatch, capsys
):
    store, report = district
    assert report["divisions"] == {"town": 22, "village": 307, "grid_unit": 0}
    assert report["imported"] == {"division_codes": 329, "division_changes": 1}
    assert report["refused"] == {"division_codes": 0, "division_changes": 0}
    assert report["not_made"]
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    assert cli.main(["layers", "--place", store.place]) == 0
    said = capsys.readouterr().out
    assert "It cannot: zone risks" in said
    assert "不能：风险区划" in said


def test_people_of_all_villages_under_the_prefix_until_2020_are_placed_in_todays(
    district, tmp_path, room
):
    store, _ = district
    codes = read_layer(store, "division", where={"level": "village"})["code"]
    old = "320684" + codes.str[6:]
    rows = pd.DataFrame({"村代码": old, "常住人口": range(307), "数据依据": "统计"})
    rows.to_csv(tmp_path / "people.csv", index=False)
    report = import_delivery(store, "people", [tmp_path / "people.csv"], room=room)
    (said,) = [each for each in report.problems if each.rule == "former_code"]
    assert "307 rows carry 307 codes that were in force until 2020-06-30" in said.sentence_en
    stored = read_layer(store, "people")
    assert set(stored["division_code"]) == set(codes)
    # 0 + 1 + ... + 306
    then = edition(store, pd.Timestamp("2019-01-01").date())
    assert sum(row.people for row in then) == sum(row.people for row in edition(store)) == 46_971
    assert {code[:6] for row in then for code in row.codes} == {"320684"}
    assert len(then) == 307
    write_layer(store, "people", stored.iloc[:0], delivery_id=None)
