"""A sample is spread evenly, comes back as a delivery, and tells how sure its share is."""

import json
from datetime import date

import pandas as pd
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.products.crosschecks.asking import ask
from census.products.inspection import (
    NothingToInspectError,
    draw_sample,
    every_kth,
    qualities,
    share_interval,
)
from census.store.layers import read_layer, write_layer
from webapp import cli


@pytest.fixture
def inspected(small_place):
    """The example, of which nothing is inspected any more for those who come after."""
    yield small_place
    write_layer(
        small_place, "inspection", read_layer(small_place, "inspection").iloc[:0], delivery_id=None
    )


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 2**32))
def test_positions_differ_ascend_and_lie_at_equal_distances(there, count, seed):
    count = min(count, there)
    chosen = every_kth(there, count, seed)
    assert len(set(chosen.tolist())) == count
    assert (chosen >= 0).all()
    assert (chosen < there).all()
    gaps = chosen[1:] - chosen[:-1]
    step = there / count
    assert all(step - 1 <= gap <= step + 1 for gap in gaps)


def test_the_interval_of_a_share_is_that_of_clopper_and_pearson():
    # None wrong of 20: the upper end solves (1 - p) ** 20 = 0.025.
    assert share_interval(0, 20, 0.95) == pytest.approx((0.0, 1 - 0.025 ** (1 / 20)))
    assert share_interval(20, 20, 0.95) == pytest.approx((0.025 ** (1 / 20), 1.0))
    # 25 of 649, as a district was inspected on paper: 3.85 %, and the line of 5 % lies within.
    low, high = share_interval(25, 649, 0.95)
    assert low < 25 / 649
    assert high > 0.05


def judged(drawn, verdicts):
    """The sample with verdicts: position to verdict, all others right."""
    rows = drawn.assign(verdict="right", checked_on=date(2026, 7, 1))
    for position, verdict in verdicts.items():
        rows.loc[position, "verdict"] = verdict
    return rows.astype(object).where(rows.notna(), None)


@pytest.mark.postgis
def test_a_shelter_is_judged_by_its_people_and_its_place(small_place):
    drawn = draw_sample(small_place, "shelters", objects=3)
    stored = read_layer(small_place, "shelter").set_index("code")
    told = drawn[drawn["item"] == "可容纳人数"].set_index("object_code")["stated"]
    assert len(told) == 3
    assert {code: float(text) for code, text in told.items()} == {
        code: float(stored.loc[code, "capacity_people"]) for code in told.index
    }
    places = drawn[drawn["item"] == "位置"].set_index("object_code")["stated"]
    for code, text in places.items():
        x, y = map(float, text.split(", "))
        # Five decimals of a degree are a metre.
        assert stored.loc[code, "geom"].distance(Point(x, y)) < 1e-5


@pytest.mark.postgis
def test_a_judged_sample_comes_back_and_tells_its_share_of_errors(inspected, tmp_path):
    drawn = draw_sample(inspected, "rescue_teams", objects=2, seed=7)
    assert drawn["object_code"].nunique() == min(2, len(read_layer(inspected, "rescue_team")))
    # The code is how an object is found; everything else is judged, the place among it.
    assert set(drawn["item"]) == {
        "位置",
        *(each.heading for each in form_named("rescue_teams").fields if each.name != "code"),
    }
    path = tmp_path / "judged.xlsx"
    whole = len(drawn)
    write_table(form_named("inspections"), judged(drawn, {0: "wrong", 1: "untold", 2: None}), path)
    report = import_delivery(inspected, "inspections", [path])
    assert (report.imported, report.refused) == (whole, 0)
    (found,) = qualities(inspected)
    assert (found.items, found.judged, found.wrong, found.untold, found.open) == (
        whole, whole - 2, 1, 1, 1,
    )  # fmt: skip
    assert found.wrong_share == pytest.approx(1 / (whole - 2))
    assert found.passes is (1 / (whole - 2) <= 0.05)
    assert not found.is_sure
    # A line that nothing can miss, and one that is missed for certain.
    sure = qualities(inspected, overrides={"pass": {"most_wrong_share": 1.0}})[0]
    assert (sure.passes, sure.is_sure) == (True, True)
    (open_,) = ask(inspected, rules=["inspection_open"])
    assert [(each.table, each.code) for each in open_.findings] == [
        ("rescue_team", drawn["object_code"].iloc[0])
    ]


@pytest.mark.postgis
def test_the_commands_write_the_workbook_and_tell_the_quality(
    cluster_settings, inspected, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    out, place = tmp_path / "sample.xlsx", ["--place", inspected.place, "--json"]
    assert cli.main(["sample", "stations", "--objects", "1", "--out", str(out), *place]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = python_calamine.CalamineWorkbook.from_path(out).get_sheet_by_name("数据").to_python()
    assert rows[0][:7] == ["抽样编号", "表单", "对象编号", "对象名称", "指标", "成果值", "结论"]
    assert len(rows) - 1 == told["items"] > 0
    assert all(row[6] == "" for row in rows[1:])
    # Not a single verdict: nothing is said of the form, and nothing fails.
    assert cli.main(["import", "inspections", str(out), *place]) == 0
    capsys.readouterr()
    assert cli.main(["quality", *place]) in {0, 1}
    (found,) = [
        each for each in json.loads(capsys.readouterr().out)["forms"] if each["form"] == "stations"
    ]
    assert (found["judged"], found["open"], found["passes"]) == (0, told["items"], None)


@pytest.mark.postgis
@pytest.mark.parametrize("form", ["vulnerable_residents", "flood_depth", "road_states"])
def test_nothing_is_drawn_of_persons_of_rasters_and_of_what_is_not_there(small_place, form):
    with pytest.raises(NothingToInspectError, match=form):
        draw_sample(small_place, form)


def test_a_sample_is_a_delivery_like_any_other(tmp_path):
    frame = pd.DataFrame({"sample": ["s"], "form": ["stations"], "object_code": ["C1"]})
    write_table(form_named("inspections"), frame, tmp_path / "x.xlsx")
    assert (tmp_path / "x.xlsx").is_file()
