"""Headings in one to three rows, merged or not, and what is said where they do not fit."""

import pytest
import xlsxwriter

from census.intake.forms import form_named
from census.intake.heading_advice import words_to_try
from census.intake.heading_rows import find_headings, match_parts
from census.intake.problems import Source
from census.intake.raw import distinct
from census.intake.reading import read

PEOPLE = form_named("people")
CODES = ["990001001001", "990001001002"]


def workbook(path, heading_rows, merged, rows):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("人口")
        for number, row in enumerate([*heading_rows, *rows]):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
        for top, left, bottom, right, text in merged:
            sheet.merge_range(top, left, bottom, right, text)
    return path


def test_a_group_with_its_total_and_its_parts_is_read_by_its_total(tmp_path):
    headings = [[None] * 5, [None, "总数", "65岁及以上人口", "0-14岁人口", None]]
    merged = [(0, 0, 1, 0, "村代码"), (0, 1, 0, 3, "常住人口"), (0, 4, 1, 4, "数据依据")]
    rows = [[code, 30, 8, 5, "统计"] for code in CODES]
    delivery = read(workbook(tmp_path / "p.xlsx", headings, merged, rows), PEOPLE)
    assert delivery.headings["people"] == "常住人口 / 总数"
    assert list(delivery.frame["people"]) == [30, 30]
    assert list(delivery.frame["elderly_people"]) == [8, 8]
    assert list(delivery.frame["row"]) == [3, 4]
    (told,) = [each for each in delivery.problems if each.rule == "headings"]
    assert "'常住人口 / 总数', of several rows, is read as the field people" in told.sentence_en


def test_the_group_of_a_total_is_not_taken_for_another_group(tmp_path):
    headings = [[None] * 5, [None, "总数", "其中老人", "总数", None]]
    merged = [
        (0, 0, 1, 0, "村代码"), (0, 1, 0, 2, "流动人口"), (0, 4, 1, 4, "数据依据"),
    ]  # fmt: skip
    rows = [[code, 30, 8, 5, "统计"] for code in CODES]
    delivery = read(workbook(tmp_path / "p.xlsx", headings, merged, rows), PEOPLE)
    assert [each.rule for each in delivery.problems if each.level == "error"] == ["headings"]


def test_groups_in_a_text_table_reach_over_the_empty_cells_after_them(tmp_path):
    text = "人口普查表,,,,\n村代码,常住人口,,户数,数据依据\n,总数,65岁及以上人口,总数,\n"
    text += "".join(f"{code},30,8,12,统计\n" for code in CODES)
    (tmp_path / "p.csv").write_text(text, "utf-8")
    frame = read(tmp_path / "p.csv", PEOPLE).frame
    assert list(frame["people"]) == ["30", "30"]
    assert list(frame["households"]) == ["12", "12"]
    assert list(frame["row"]) == [4, 5]


def test_three_rows_of_headings_are_joined(tmp_path):
    headings = [[None] * 4, [None] * 4, [None, "总数", "65岁及以上人口", None]]
    merged = [
        (0, 0, 2, 0, "村代码"), (0, 1, 0, 2, "人口情况"), (1, 1, 1, 2, "常住人口"),
        (0, 3, 2, 3, "数据依据"),
    ]  # fmt: skip
    rows = [[code, 30, 8, "统计"] for code in CODES]
    delivery = read(workbook(tmp_path / "p.xlsx", headings, merged, rows), PEOPLE)
    assert delivery.headings["people"] == "人口情况 / 常住人口 / 总数"
    assert list(delivery.frame["row"]) == [4, 5]


def test_rows_under_a_cell_merged_downwards_take_its_value(tmp_path):
    headings = [["村代码", "常住人口", "数据依据"]]
    rows = [[CODES[0], 3, None], [CODES[1], 4, None], [None, None, None]]
    # The last lies beyond all values: there is nothing to fill.
    merged = [(1, 2, 3, 2, "统计"), (7, 9, 9, 9, "")]
    delivery = read(workbook(tmp_path / "p.xlsx", headings, merged, rows), PEOPLE)
    assert list(delivery.frame["basis"]) == ["统计", "统计"]
    (told,) = [each for each in delivery.problems if each.rule == "merged"]
    assert "1 cells lie under cells merged downwards" in told.sentence_en


def test_columns_that_the_sender_names_show_where_the_headings_stand():
    rows = [["Report", None], ["2024", None], ["kode", "penduduk"], ["1", "2"]]
    mapping = {"kode": "division_code", "penduduk": "people"}
    found = find_headings(rows, PEOPLE, mapping)
    assert (found.first, found.names) == (2, ["kode", "penduduk"])


def test_a_lower_row_that_names_coordinates_alone_belongs_to_the_headings():
    rows = [
        ["场所一览表", None, None, None, None],
        ["编号", "名称", "位置", None, "备注"],
        [None, None, "东经", "北纬", None],
        ["S1", "甲校", 121.1, 31.9, ""],
    ]
    merged = [((1, 2), (1, 3)), ((1, 0), (2, 0)), ((1, 1), (2, 1)), ((1, 4), (2, 4))]
    found = find_headings(rows, form_named("shelters"), {}, merged)
    assert (found.first, found.last) == (1, 2)
    assert found.names[:4] == ["编号", "名称", "位置 / 东经", "位置 / 北纬"]


def test_the_headings_of_a_county_list_of_hazard_sites_are_known():
    listed = [
        "编号",
        "名称",
        "隐患点类型",
        "威胁对象 / 户数",
        "威胁对象 / 人数(人)",
        "灾种",
        "备注",
    ]
    assert list(match_parts(form_named("hazard_sites"), listed, {}).values()) == [
        "code", "name", "kind", "hazard", "description",
        "households_threatened", "people_threatened",
    ]  # fmt: skip
    assert match_parts(PEOPLE, ["村名"], {}) == {"村名": "village_name"}


def test_where_nothing_is_known_the_fullest_row_is_shown_as_headings():
    found = find_headings([["Report", None, None], ["a", "b", "c"], [1, 2, 3]], PEOPLE, {})
    assert (found.matched, found.first) == (0, 1)


def test_a_column_that_the_sender_names_goes_before_one_that_the_form_knows():
    matched = match_parts(PEOPLE, ["人口", "penduduk"], {"penduduk": "people"})
    assert matched == {"penduduk": "people"}


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        (["FID", "people_2010", "x"], "--map FID=division_code --map people_2010=people"),
        (["常住人口数（人）合计", "村庄代码"], "--map 村庄代码=division_code"),
        (["常住人口數", "村代碼"], "--map 村代碼=division_code --map 常住人口數=people"),
        (["甲", "乙"], "--map COLUMN=division_code --map COLUMN=people"),
    ],
)
def test_the_nearest_columns_are_named_with_the_words_to_try(headings, words):
    missing = [PEOPLE.field(name) for name in ("division_code", "people")]
    assert words in words_to_try(headings, {}, missing)


def test_a_column_with_spaces_is_quoted_as_a_shell_asks():
    missing = [PEOPLE.field("people")]
    assert words_to_try(["people (2010)"], {}, missing) == '--map "people (2010)"=people'


def test_a_heading_that_repeats_never_takes_the_name_of_another():
    problems = []
    assert distinct(["a", "a_2", "a"], Source("t"), problems) == ["a", "a_2", "a_3"]
    assert [each.rule for each in problems] == ["repeated_heading"]
