"""Deliveries as a careless office makes them: read by a stated rule that is noted, or listed."""

import datetime as dt
import shutil

import geopandas as gpd
import pyogrio
import pytest
import xlsxwriter
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from census.intake.checking import check
from census.intake.forms import form_named
from census.intake.reading import read
from tests.census.intake.conftest import SOUTH, WEST, square, tiny_divisions

PEOPLE = form_named("people")
HEADINGS = ["村代码", "村名称", "常住人口", "数据依据"]
CODES = ["990001001001", "990001001002", "990001002001", "990001002002"]
NAMES = ["村11", "村12", "村21", "村22"]
ROWS = [[code, name, 10, "统计"] for code, name in zip(CODES, NAMES, strict=True)]


def wide(text):
    """Write a text in full-width signs, as an input method for Chinese does."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def told(problems, level="error"):
    return [(problem.rule, problem.row) for problem in problems if problem.level == level]


def said(problems, rule):
    return next(problem for problem in problems if problem.rule == rule)


@pytest.fixture
def delivered(context):
    """Read and check a file; every problem speaks both languages and names its file."""

    def checked(form_name, path, **options):
        form = form_named(form_name)
        accepted, problems = check(read(path, form, **options), form, context)
        for problem in problems:
            assert problem.file == path.name
            assert problem.sentence_en.endswith(".")
            assert problem.sentence_zh.endswith("。")
        return accepted, problems

    return checked


@pytest.fixture
def workbook(tmp_path, delivered):
    """Fill the first sheet of a workbook of people from a cell on, and check it."""

    def made(rows, *, top=0, more=None):
        path = tmp_path / "p.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("人口")
            for number, row in enumerate(rows, start=top):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, column, value)
            if more is not None:
                more(book, sheet)
        return delivered("people", path)

    return made


def test_a_title_over_merged_cells_and_a_row_of_groups_are_passed_over(workbook):
    def merge(_, sheet):
        sheet.merge_range(0, 0, 0, 3, "人口普查表")
        sheet.merge_range(1, 0, 1, 1, "村")
        sheet.merge_range(1, 2, 1, 3, "人口情况")

    accepted, problems = workbook([HEADINGS, *ROWS], top=2, more=merge)
    assert list(accepted["row"]) == [4, 5, 6, 7]
    assert problems == []


def test_a_group_over_two_headings_gives_the_lower_ones(workbook):
    def merge(_, sheet):
        for column, heading in ((0, "村代码"), (1, "村名称"), (4, "数据依据")):
            sheet.merge_range(0, column, 1, column, heading)
        sheet.merge_range(0, 2, 0, 3, "人口")
        sheet.write_row(1, 2, ["常住人口", "户数"])

    rows = [[code, name, 10, 3, "统计"] for code, name in zip(CODES, NAMES, strict=True)]
    accepted, problems = workbook(rows, top=2, more=merge)
    assert problems == []
    assert list(accepted["people"]) == [10] * 4
    assert list(accepted["households"]) == [3] * 4


def test_empty_columns_between_cost_nothing_and_values_without_a_heading_are_told(workbook):
    rows = [[*row[:1], None, *row[1:]] for row in (HEADINGS, *ROWS)]
    accepted, problems = workbook(rows)
    assert len(accepted) == 4
    assert problems == []
    rows[2][1] = "某值"
    _, problems = workbook(rows)
    assert told(problems, "warning") == [("column", 3)]
    assert "1 values are not read" in said(problems, "column").sentence_en


def test_totals_and_footnotes_are_left_out_and_no_name_of_a_person_is_kept(workbook):
    asides = [["合计", None, 40, None], ["填表人：张三"], ["注：截至2025年底"]]
    accepted, problems = workbook([HEADINGS, *ROWS, *asides])
    assert len(accepted) == 4
    assert told(problems, "repair") == [("aside", 6), ("aside", 7), ("aside", 8)]
    assert [each.value for each in problems] == ["合计", "填表人", "注"]
    assert "张三" not in str(problems)


def test_a_total_between_the_rows_is_left_out_too(workbook):
    accepted, problems = workbook([HEADINGS, *ROWS[:2], [None, "小计", 20, None], *ROWS[2:]])
    assert list(accepted["row"]) == [2, 3, 5, 6]
    assert told(problems, "repair") == [("aside", 4)]


@pytest.mark.parametrize(
    "code",
    [
        990001001001.0, "9.90001001001e11", "990001001001.0", " 990001 001001 ", "'990001001001",
        wide("990001001001"), "990001001001\u200b",
    ],
)  # fmt: skip
def test_a_code_in_disguise_is_read_and_every_text_changed_is_noted(workbook, code):
    accepted, problems = workbook([HEADINGS, [code, *ROWS[0][1:]], *ROWS[1:]])
    assert list(accepted["division_code"]) == CODES
    assert told(problems, "repair") == ([("division_code", 2)] if isinstance(code, str) else [])


def test_a_code_whose_digits_a_spreadsheet_lost_is_refused_with_the_way_out(workbook):
    _, problems = workbook([HEADINGS, ["9.90001E+11", *ROWS[0][1:]], *ROWS[1:]])
    assert told(problems) == [("division_code", 2)]
    assert "format the column as text" in said(problems, "division_code").sentence_en


@pytest.mark.parametrize(("text", "people"), [(wide("123"), 123), ("1 234", 1234), ("12人", 12)])
def test_a_number_in_disguise_is_read_and_shown_as_it_stood(workbook, text, people):
    accepted, problems = workbook([HEADINGS, [*ROWS[0][:2], text, "统计"], *ROWS[1:]])
    assert accepted["people"][0] == people
    assert told(problems, "repair") == [("people", 2)]
    assert said(problems, "people").value == text


@pytest.mark.parametrize("cell", [dt.date(2025, 3, 1), True, "—", "未统计", "12,5"])
def test_what_is_no_number_of_people_refuses_its_row(workbook, cell):
    def fill(book, sheet):
        sheet.write(1, 2, cell, book.add_format({"num_format": "yyyy-mm-dd"}))

    rows = [HEADINGS, [*ROWS[0][:2], None, "统计"], *ROWS[1:]]
    accepted, problems = workbook(rows, more=fill)
    assert told(problems) == [("people", 2)]
    assert len(accepted) == 3


def test_formulas_that_failed_or_were_never_computed_are_named_by_cell(workbook):
    def formulas(_, sheet):
        sheet.write_formula("C2", "=5+5", None, 10)
        sheet.write_formula("C3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("C4", "=5+6", None, "")

    accepted, problems = workbook([HEADINGS, *ROWS], more=formulas)
    assert said(problems, "formula").value == "C3、C4"
    assert told(problems) == [("people", 3), ("people", 4)]
    assert list(accepted["people"]) == [10, 10]


def test_a_hidden_sheet_is_not_read_and_a_picture_does_no_harm(workbook):
    def old(book, sheet):
        hidden = book.add_worksheet("旧")
        hidden.write_row(0, 0, HEADINGS)
        hidden.write_row(1, 0, [*ROWS[0][:2], 99, "统计"])
        hidden.hide()
        sheet.insert_textbox(5, 5, "图")

    accepted, problems = workbook([HEADINGS, *ROWS], more=old)
    assert list(accepted["people"]) == [10] * 4
    assert told(problems, "warning") == [("sheet", None)]
    assert said(problems, "sheet").value == "旧"


@pytest.mark.parametrize(
    ("people", "sentence"), [(11, "they differ in 常住人口 10 / 11"), (10, "all values are equal")]
)
def test_a_code_twice_tells_in_what_the_rows_differ(workbook, people, sentence):
    _, problems = workbook([HEADINGS, *ROWS, [*ROWS[0][:2], people, "统计"]])
    assert told(problems) == [("key", 6)]
    assert sentence in said(problems, "key").sentence_en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_text_table_of_any_sign_and_encoding_is_read_under_its_title(
    delivered, tmp_path, encoding, sign
):
    lines = ["人口表", *(sign.join(str(cell) for cell in row) for row in [HEADINGS, *ROWS])]
    (tmp_path / "p.csv").write_text("\n".join(lines), encoding)
    accepted, problems = delivered("people", tmp_path / "p.csv")
    assert list(accepted["row"]) == [3, 4, 5, 6]
    assert told(problems, "warning") == ([("encoding", None)] if encoding == "gbk" else [])


@pytest.mark.parametrize(("named", "is_really"), [("p.xls", ".xlsx"), ("p.csv", ".xlsx")])
def test_a_file_under_a_wrong_ending_is_told_what_it_is(
    workbook, delivered, tmp_path, named, is_really
):
    workbook([HEADINGS, *ROWS])
    shutil.copy(tmp_path / "p.xlsx", tmp_path / named)
    _, problems = delivered("people", tmp_path / named)
    assert told(problems) == [("file_kind", None)]
    assert is_really in problems[0].sentence_en
    assert "renam" in problems[0].sentence_en


def test_the_year_of_a_date_in_any_style_is_taken(delivered, tmp_path):
    styles = ["2007", "2007年", "2007-02-03", "2007/2/3", "2007.2", "2007年2月3日", "20070203"]
    shapes = [square(0, 0, 0.1 + 0.01 * i) for i in range(len(styles))]
    columns = {"灾种": "洪涝", "事件": "洪水", "年份": styles}
    path = tmp_path / "h.gpkg"
    pyogrio.write_dataframe(gpd.GeoDataFrame(columns, geometry=shapes, crs=4490), path)
    accepted, problems = delivered("historical_disasters", path)
    assert list(accepted["year"]) == [2007] * 7
    assert told(problems, "repair") == [("year", row) for row in range(2, 8)]


def divisions():
    words = {"town": "乡镇", "village": "村", "grid_unit": "网格"}
    frame = tiny_divisions()
    frame["level"] = frame["level"].map(words)
    names = {"code": "区划代码", "name": "名称", "level": "级别", "parent_code": "上级代码"}
    return frame.rename(columns=names)


def shapefile(folder, *, without=()):
    path = folder / "d.shp"
    pyogrio.write_dataframe(divisions(), path, encoding="gbk")
    for suffix in without:
        path.with_suffix(suffix).unlink()
    return path


def test_a_shapefile_without_prj_needs_its_crs_declared(delivered, tmp_path):
    path = shapefile(tmp_path, without=[".prj", ".cpg"])
    accepted, problems = delivered("divisions", path)
    assert accepted.empty
    assert ("crs", None) in told(problems)
    accepted, _ = delivered("divisions", path, source_crs="EPSG:4490", encoding="gbk")
    assert list(accepted["name"][:2]) == ["镇1", "村11"]


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_shapefile_without_its_companions_is_told_which(delivered, tmp_path, suffix):
    _, problems = delivered("divisions", shapefile(tmp_path, without=[suffix]))
    assert told(problems) == [("companions", None)]
    assert problems[0].value == f"d{suffix}"


def test_a_shapefile_with_a_wrong_encoding_file_is_told_the_way_out(delivered, tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".cpg").write_text("UTF-8")
    _, problems = delivered("divisions", path)
    assert told(problems) == [("readable", None)]
    assert "--encoding" in problems[0].sentence_en


def test_a_layer_for_each_level_is_read_as_one_delivery(delivered, tmp_path):
    path = tmp_path / "d.gpkg"
    for number, (level, part) in enumerate(divisions().groupby("级别", sort=False)):
        crs = 4490 if number else 4549
        pyogrio.write_dataframe(part.to_crs(crs), path, layer=level, append=number > 0)
    accepted, problems = delivered("divisions", path)
    assert len(accepted) == 10
    assert told(problems) == []


def test_an_old_layer_beside_the_new_one_refuses_both_with_the_rows_named(delivered, tmp_path):
    path = tmp_path / "d.gpkg"
    for layer in ("旧", "新"):
        pyogrio.write_dataframe(divisions(), path, layer=layer, append=layer == "新")
    _, problems = delivered("divisions", path)
    assert told(problems) == [("key", row) for row in range(1, 11)]
    assert "row 1 of '旧'" in said(problems, "key").sentence_en


def layer(path, columns, shapes):
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)
    pyogrio.write_dataframe(frame, path, geometry_type="Unknown")
    return path


def test_mixed_and_flat_and_standing_shapes_of_buildings(delivered, tmp_path):
    corners = [(WEST + 0.002, SOUTH), (WEST + 0.003, SOUTH), (WEST + 0.003, SOUTH + 0.001)]
    shapes = [
        square(0, 0, 0.1),
        MultiPoint([(WEST, SOUTH)]),
        LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)]),
        GeometryCollection([square(1, 1, 0.1), Point(WEST, SOUTH)]),
        MultiPolygon([square(2, 0, 0.1)]),
        Polygon([(*corner, 5.0) for corner in corners]),
    ]
    accepted, problems = delivered(
        "buildings", layer(tmp_path / "b.gpkg", {"名称": list("abcdef")}, shapes)
    )
    assert told(problems) == [("shape", 2), ("shape", 3), ("shape", 4)]
    assert list(accepted["name"]) == ["a", "e", "f"]
    assert ("plane", None) in told(problems, "warning")


def test_roads_in_parts_and_with_units_enter_and_a_point_like_one_does_not(delivered, tmp_path):
    line = LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    parts = MultiLineString([line, LineString([(WEST, SOUTH + 0.01), (WEST + 0.01, SOUTH + 0.01)])])
    still = LineString([(WEST, SOUTH), (WEST, SOUTH)])
    columns = {"道路等级": ["小路"] * 3, "宽度(米)": ["3.5米", "5m", "4-6"]}
    accepted, problems = delivered(
        "roads", layer(tmp_path / "r.gpkg", columns, [line, parts, still])
    )
    assert list(accepted["width_m"]) == [3.5, 5.0]
    assert told(problems, "repair") == [("width_m", 1), ("width_m", 2)]
    assert sorted(told(problems)) == [("valid", 3), ("width_m", 3)]


def test_shelters_by_degrees_and_minutes_enter_and_exchanged_ones_are_told(delivered, tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(
        "编号,名称,种类,可容纳人数,经度,纬度\n"
        "1,甲,学校,约300人,121°00\u203236″,32°00\u203236″\n"
        "2,乙,学校,500,121.015E,32.01N\n"
        f"3,丙,学校,无,{wide('121.02')},32.01\n"
        "4,丁,学校,10,32.01,121.01\n",
        "utf-8",
    )
    accepted, problems = delivered("shelters", path)
    assert [round(point.x, 6) for point in accepted.geometry] == [121.01, 121.015, 121.02]
    assert told(problems) == [("district", 5)]
    assert told(problems, "repair").count(("coordinates", 4)) == 1
    assert len([each for each in problems if each.rule == "coordinates"]) == 5


def test_a_file_that_fits_no_form_is_not_said_to_look_like_one(delivered, tmp_path):
    (tmp_path / "p.csv").write_text("甲,乙\n1,2\n", "utf-8")
    _, problems = delivered("people", tmp_path / "p.csv")
    assert told(problems) == [("headings", None)]
    assert "looks like" not in problems[0].sentence_en
