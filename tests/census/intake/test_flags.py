"""For which hazard a shelter serves: a mark, no mark in a marked column, and no column at all."""

import gzip
import os
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from census.intake.checking import check
from census.intake.context import Context, read_shelter_rules
from census.intake.dates import read_date
from census.intake.forms import form_named
from census.intake.moments import read_moment
from census.intake.reading import read
from census.store.settings import data_folder

SAMPLES = os.environ.get("RISKATLAS_SAMPLES")
JAPANESE = Path(SAMPLES or "") / "jp_shelters"
# As the publisher of the file counts its marks.
MARKS = {
    "usable_flood": 71_977, "usable_landslide": 67_294, "usable_storm_surge": 24_884,
    "usable_earthquake": 87_857, "usable_tsunami": 40_505, "usable_large_fire": 42_942,
    "usable_inland_flood": 38_503, "usable_volcano": 10_679,
}  # fmt: skip
HEAD = "编号,名称,种类,经度,纬度"


def checked(path, context):
    return check(read(path, form_named("shelters")), form_named("shelters"), context)


def written(path, marks, *rows):
    lines = [f"{HEAD},{marks}", *rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_an_empty_cell_of_a_marked_column_is_no_and_a_column_without_marks_is_unknown(
    tmp_path, context
):
    file = written(
        tmp_path / "s.csv", "洪水,津波",
        "S1,一小,学校,121.005,32.005,1,",
        "S2,二小,学校,121.005,32.005,,",
        "S3,三小,学校,121.005,32.005,否,",
    )  # fmt: skip
    accepted, problems = checked(file, context)
    assert accepted["usable_flood"].tolist() == [True, False, False]
    assert accepted["usable_tsunami"].tolist() == [None, None, None]
    # What no column told is not in the rows at all: unknown, too.
    assert "usable_volcano" not in accepted
    told = [(p.level, p.column, p.value) for p in problems if p.rule == "marks"]
    assert told == [("warning", "津波", "3"), ("repair", "洪水", "1")]


def test_columns_without_any_mark_are_told_together(tmp_path, context):
    row = "S1,一小,学校,121.005,32.005,,1,"
    _, problems = checked(written(tmp_path / "s.csv", "津波,洪水,火山", row), context)
    (told,) = (each for each in problems if each.rule == "marks")
    assert (told.column, told.value) == ("津波、火山", "1")
    assert told.sentence_zh.startswith("“津波”、“火山”整列为空，1 行按未知计")


def test_a_mark_that_is_no_mark_refuses_its_row(tmp_path, context):
    file = written(tmp_path / "s.csv", "洪水", "S1,一小,学校,121.005,32.005,大概")
    accepted, problems = checked(file, context)
    assert accepted.empty
    assert problems[0].sentence_en.startswith("'大概' is neither yes nor no")


@given(st.lists(st.sampled_from(["1", "", "是", "否"]), min_size=1, max_size=12))
def test_no_row_of_a_column_is_both_told_and_unknown(tmp_path_factory, marks):
    folder = tmp_path_factory.mktemp("marks")
    rows = [f"S{k},甲,学校,0.5,0.5,{mark}" for k, mark in enumerate(marks)]
    accepted, _ = checked(written(folder / "s.csv", "地震", *rows), wide_context(box(0, 0, 1, 1)))
    wanted = {"1": True, "是": True, "否": False, "": False if any(marks) else None}
    assert accepted["usable_earthquake"].tolist() == [wanted[mark] for mark in marks]


def wide_context(shape):
    """A district of one town and one village of this shape."""
    codes = ["990001001000", "990001001001"]
    columns = {
        "code": codes, "level": ["town", "village"], "name": ["镇", "村"],
        "parent_code": [None, codes[0]], "town_code": [codes[0]] * 2,
        "village_code": [None, codes[1]],
    }  # fmt: skip
    frame = gpd.GeoDataFrame(columns, geometry=[shape, shape], crs=4326).rename_geometry("geom")
    rules = read_shelter_rules(data_folder() / "reference" / "shelter_rules.toml")
    return Context(srid=4326, metric_srid=32654, divisions=frame, shelter_rules=rules)


@pytest.mark.skipif(
    not JAPANESE.is_dir(), reason="the shelters of Japan need RISKATLAS_SAMPLES, a folder of files"
)
def test_every_mark_of_the_shelters_of_japan_is_read(tmp_path):
    file = tmp_path / "jp.csv"
    with gzip.open(JAPANESE / "jp_emergency.csv.gz") as packed, file.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    accepted, problems = checked(file, wide_context(box(122, 20, 154, 46)))
    assert len(accepted) == 115_402
    assert {name: int((accepted[name] == True).sum()) for name in MARKS} == MARKS  # noqa: E712
    # The others are told as no: none is unknown, for every column has marks.
    assert not accepted[list(MARKS)].isna().any().any()
    assert [p for p in problems if p.level == "error"] == []
    unread = {p.column for p in problems if p.rule == "column"}
    assert unread == {"code", "NO", "都道府県名及び市町村名", "指定避難所との住所同一", "備考"}


def test_dates_are_read_as_they_are_written_and_no_other_text_is_one():
    texts = ["2024-06-01", "2024/6/1", "2024.6.1", "20240601", "2024年6月1日",
             "2024-06-01 00:00:00"]  # fmt: skip
    assert {str(read_date(text).value) for text in texts} == {"2024-06-01"}
    assert read_date(None).value is None
    assert {read_date(text).level for text in ("2024-02-30", "六月", "2024", "1")} == {"error"}


def test_times_are_read_with_their_minutes_and_a_bare_date_says_that_it_has_none():
    texts = ["2024-06-01 08:30", "2024-06-01T08:30:00", "2024/6/1 8:30", "2024年6月1日8时30分",
             pd.Timestamp("2024-06-01 08:30")]  # fmt: skip
    assert {str(read_moment(text).value) for text in texts} == {"2024-06-01 08:30:00"}
    assert read_moment("2024-06-01").level == "repair"
    assert str(read_moment("2024-06-01").value) == "2024-06-01 00:00:00"
    assert {read_moment(text).level for text in ("2024-06-01 25:00", "昨夜")} == {"error"}


def test_a_time_may_stand_behind_a_day_in_any_spelling_and_a_question_stays_one():
    # 45444 days after 1899-12-30 is 2024-06-01; 8 h 30 min are 510 of 1440 minutes.
    for text in (45444.3541667, "令和6年6月1日 8:30", "01 Jun 2024 08:30"):
        read = read_moment(text)
        assert (str(read.value), read.level) == ("2024-06-01 08:30:00", "repair")
    assert "2024-03-04 / 2024-04-03" in read_moment("03/04/2024 08:30").en
    assert (read_moment("-").value, read_moment("-").level) == (None, "warning")
