"""Empty workbooks and tables as a bureau would write them."""

import hashlib
import re
import zipfile
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from python_calamine import CalamineWorkbook
from shapely.geometry import Point, box

from census.intake.forms import form_named, forms
from census.intake.reading import read
from census.intake.writing import GUIDE_SHEET, SHEET, WritingError, write_table, write_workbook

TABLES = [form for form in forms() if form.geometry != "raster"]


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
def test_an_empty_workbook_has_every_heading_and_a_guide(tmp_path, form):
    write_workbook(form, tmp_path / "form.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "form.xlsx")
    assert book.sheet_names == [SHEET, GUIDE_SHEET]
    headings = book.get_sheet_by_name(SHEET).to_python()[0]
    assert headings[: len(form.fields)] == [each.heading for each in form.fields]
    guide = book.get_sheet_by_name(GUIDE_SHEET).to_python()
    places = 2 if form.geometry in {"point", "any"} else 0
    assert len(guide) == 1 + len(form.fields) + places
    for each, row in zip(form.fields, guide[1:], strict=False):
        told = dict(zip(guide[0], row, strict=True))
        assert (told["列名"], told["Column"], told["规则"], told["Rule"]) == (
            each.heading, each.label_en, each.rule_zh, each.rule_en,
        )  # fmt: skip
        # Words of a list may hold a comma themselves: "fixed, short term".
        assert [word for word in told["Words"].split("; ") if word] == [c.en for c in each.codes]
        assert (told["单位"], told["Unit"], told["条款"]) == (each.unit, each.unit_en, each.clause)
        assert (told["必填"] == "是", told["个人信息"] == "是") == (each.required, each.is_personal)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
def test_a_cell_offers_its_words_and_keeps_to_its_range(tmp_path, form):
    write_workbook(form, tmp_path / "form.xlsx")
    with zipfile.ZipFile(tmp_path / "form.xlsx") as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  (our own)
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    guards = sheet.findall(f".//{name}dataValidation")
    assert len(guards) == len(form.fields)
    for each, guard in zip(form.fields, guards, strict=True):
        first = guard.findtext(f"{name}formula1")
        if each.codes:
            assert first == f'"{",".join(code.zh for code in each.codes)}"'
        elif each.type in {"yes_no", "flag"}:
            assert first == '"是,否"'
        elif each.type in {"integer", "number"} and each.minimum is not None:
            assert float(first) == each.minimum
            assert float(guard.findtext(f"{name}formula2")) == each.maximum
        assert guard.get("errorStyle") == "warning" or guard.get("type") is None


def test_a_code_of_many_digits_is_kept_as_text(tmp_path):
    write_workbook(form_named("people"), tmp_path / "people.xlsx")
    with zipfile.ZipFile(tmp_path / "people.xlsx") as book:
        styles, sheet = (
            book.read(f"xl/{part}.xml").decode() for part in ("styles", "worksheets/sheet1")
        )
    texts = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])
    style = re.search(r'<col min="1" max="\d+" [^>]*style="(\d+)"', sheet)[1]
    # 49 is what Excel calls text.
    assert texts[int(style)] == "49"


def test_codes_are_written_as_chinese_words_and_strange_texts_as_they_are(tmp_path):
    frame = pd.DataFrame(
        {
            "division_code": ["990101001001"] * 2,
            "people": [12, "约三百"],
            "basis": ["derived", "guess"],
        }
    )
    write_table(form_named("people"), frame, tmp_path / "people.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "people.xlsx").get_sheet_by_index(0).to_python()
    assert rows == [
        ["村代码", "常住人口", "数据依据"],
        ["990101001001", 12.0, "推算"],
        ["990101001001", "约三百", "guess"],
    ]


def test_points_enter_a_workbook_as_longitude_and_latitude(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code": ["E1"], "colour": ["red"]}, geometry=[Point(121, 32)], crs=4490
    )
    write_table(form_named("enterprises"), frame, tmp_path / "e.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "e.xlsx").get_sheet_by_index(0).to_python()
    assert rows == [["企业编号", "风险等级", "经度", "纬度"], ["E1", "红", 121.0, 32.0]]


@pytest.mark.parametrize("suffix", ["xlsx", "gpkg"])
def test_equal_content_is_written_as_equal_bytes(tmp_path, suffix):
    frame = gpd.GeoDataFrame({"code": ["A"], "name": ["集合点"]}, geometry=[Point(1, 2)], crs=4326)
    digests = set()
    for name in ("first", "second"):
        write_table(form_named("assembly_points"), frame, tmp_path / f"{name}.{suffix}")
        content = (tmp_path / f"{name}.{suffix}").read_bytes()
        digests.add(hashlib.sha256(content).hexdigest())
    assert len(digests) == 1


def test_a_geopackage_keeps_crs_and_chinese_headings(tmp_path):
    frame = gpd.GeoDataFrame({"level": ["village"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    write_table(form_named("divisions"), frame, tmp_path / "d.gpkg")
    facts = pyogrio.read_info(tmp_path / "d.gpkg")
    assert list(facts["fields"]) == ["级别"]
    assert facts["crs"] == "EPSG:4326"


def test_a_column_that_is_no_field_is_refused(tmp_path):
    with pytest.raises(WritingError, match="no fields colour"):
        write_table(form_named("people"), pd.DataFrame({"colour": [1]}), tmp_path / "p.xlsx")


def test_a_ring_is_refused_before_it_crashes_the_writer(tmp_path):
    ring = gpd.GeoDataFrame({"class": ["path"]}, geometry=[box(0, 0, 1, 1).exterior], crs=4326)
    with pytest.raises(WritingError, match="a ring is no line"):
        write_table(form_named("roads"), ring, tmp_path / "r.gpkg")


def test_areas_go_into_a_workbook_as_text_and_come_out_as_they_were(tmp_path):
    shapes = [box(121, 32, 121.1, 32.1), box(121.3, 32, 121.4, 32.1)]
    frame = gpd.GeoDataFrame({"code": ["1", "2"], "name": ["甲", "乙"]}, geometry=shapes, crs=4326)
    form = form_named("shelters")
    write_table(form, frame, tmp_path / "s.xlsx")
    back = read(tmp_path / "s.xlsx", form)
    assert back.problems == ()
    assert back.frame.crs.to_epsg() == 4326
    assert list(back.frame.geometry) == shapes
    with pytest.raises(WritingError, match="no CRS"):
        write_table(form, frame.set_crs(None, allow_override=True), tmp_path / "s.xlsx")


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("POINT (121 32)", "crs", "has no CRS; declare it"),
        ("SRID=4326;POINT (121", "shape", "no WKT of points, lines or polygons"),
        ("SRID=4326;GEOMETRYCOLLECTION (POINT (121 32))", "shape", "no WKT"),
        ("SRID=4326;" + "(" * 5000, "shape", "no WKT"),
    ],
)
def test_a_text_that_is_no_shape_is_told(tmp_path, text, rule, words):
    (tmp_path / "s.csv").write_text(f'编号,名称,WKT\n1,甲,"{text}"\n', "utf-8")
    found = read(tmp_path / "s.csv", form_named("shelters")).problems
    assert (rule, "error") in {(each.rule, each.level) for each in found}
    assert any(words in each.sentence_en for each in found)


def test_shapes_of_one_table_in_several_crs_are_refused(tmp_path):
    rows = "1,甲,SRID=4326;POINT (121 32)\n2,乙,SRID=4490;POINT (121 32)\n"
    (tmp_path / "s.csv").write_text(f"编号,名称,WKT\n{rows}", "utf-8")
    found = read(tmp_path / "s.csv", form_named("shelters")).problems
    assert "several CRS: 4326、4490" in found[0].sentence_en
