"""Files into rows that remember where they came from; strange files get a clear sentence."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from affine import Affine
from shapely.geometry import LineString, Point

from census.intake.forms import form_named
from census.intake.grids import check_grid
from census.intake.problems import has_errors
from census.intake.reading import read
from census.intake.writing import write_table, write_workbook

PEOPLE = form_named("people")
DEPTH = form_named("flood_depth")
CSV = "村代码,常住人口,数据依据\n990001001001,12,统计\n,,\n990001001002,30,推算\n"


def faults(delivery):
    return [problem.rule for problem in delivery.problems if problem.level == "error"]


def test_rows_keep_the_numbers_that_the_sheet_shows(tmp_path):
    (tmp_path / "p.csv").write_text("人口普查表\n" + CSV, "utf-8")
    delivery = read(tmp_path / "p.csv", PEOPLE)
    assert list(delivery.frame["row"]) == [3, 5]
    assert list(delivery.frame["people"]) == ["12", "30"]
    assert delivery.headings["people"] == "常住人口"


def test_a_chinese_encoding_is_found_and_said(tmp_path):
    (tmp_path / "p.csv").write_bytes(CSV.encode("gb18030"))
    delivery = read(tmp_path / "p.csv", PEOPLE)
    assert len(delivery.frame) == 2
    assert [problem.rule for problem in delivery.problems] == ["encoding"]


def test_a_byte_order_mark_and_tabs_do_not_hide_the_first_column(tmp_path):
    (tmp_path / "p.csv").write_text(CSV.replace(",", "\t"), "utf-8-sig")
    assert "division_code" in read(tmp_path / "p.csv", PEOPLE).frame.columns


def test_a_file_of_another_form_is_told_what_it_looks_like(tmp_path):
    frame = pd.DataFrame({"division_code": ["9"], "post": ["网格员"], "task": ["巡查"]})
    frame["role"] = "primary"
    write_table(form_named("duties"), frame, tmp_path / "p.xlsx")
    delivery = read(tmp_path / "p.xlsx", PEOPLE)
    assert delivery.frame.empty
    assert "it looks like the form duties" in delivery.problems[0].sentence_en
    assert "看起来是表单“责任清单”" in delivery.problems[0].sentence_zh


def test_an_empty_form_says_it_has_no_rows(tmp_path):
    write_workbook(PEOPLE, tmp_path / "p.xlsx")
    delivery = read(tmp_path / "p.xlsx", PEOPLE)
    assert [(p.rule, p.level) for p in delivery.problems] == [("no_rows", "warning")]
    assert delivery.frame.empty
    assert set(delivery.headings) == {each.name for each in PEOPLE.fields}


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("p.csv", b"", "empty_file"),
        ("p.docx", b"x", "file_kind"),
        ("p.xlsx", b"not a workbook", "file_kind"),
        ("p.csv", b"\xff\x81\xff\x81", "encoding"),
    ],
)
def test_a_file_that_is_no_table_gets_a_sentence(tmp_path, name, content, rule):
    (tmp_path / name).write_bytes(content)
    assert faults(read(tmp_path / name, PEOPLE)) == [rule]


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path):
    assert faults(read(tmp_path / "none.csv", PEOPLE)) == ["file"]


def test_personal_columns_are_refused_and_never_read(tmp_path):
    (tmp_path / "p.csv").write_text("村代码,常住人口,数据依据,姓名\n1,2,统计,张三\n", "utf-8")
    delivery = read(tmp_path / "p.csv", PEOPLE)
    assert "张三" not in delivery.frame.to_string()
    assert "个人信息列“姓名”不收" in delivery.problems[0].sentence_zh


def test_a_heading_may_be_mapped_by_the_sender(tmp_path):
    (tmp_path / "p.csv").write_text(CSV.replace("常住人口", "penduduk"), "utf-8")
    delivery = read(tmp_path / "p.csv", PEOPLE, mapping={"penduduk": "people"})
    assert list(delivery.frame["people"]) == ["12", "30"]


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp"])
def test_a_virtual_file_under_another_name_opens_nothing(tmp_path, suffix):
    secret = tmp_path / "secret.gpkg"
    gpd.GeoDataFrame({"区划代码": ["7"]}, geometry=[Point(0, 0)], crs=4326).to_file(secret)
    path = tmp_path / f"o{suffix}"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    delivery = read(path, form_named("divisions"))
    assert delivery.frame.empty
    assert faults(delivery) == ["file_kind"]


def test_geojson_that_quotes_a_virtual_file_opens_nothing(tmp_path):
    path = tmp_path / "o.geojson"
    path.write_text('{"x": "<OGRVRTDataSource>"}')
    assert faults(read(path, form_named("divisions"))) == ["file_kind"]


def test_a_virtual_raster_under_another_name_opens_nothing(tmp_path, context):
    path = tmp_path / "m.tif"
    path.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    assert faults(read(path, DEPTH)) == ["file_kind"]
    grid, problems = check_grid(path, DEPTH, context, source_crs=None)
    assert grid is None
    assert [problem.rule for problem in problems] == ["readable"]


def test_a_layer_without_crs_is_refused_and_not_guessed(tmp_path):
    frame = gpd.GeoDataFrame({"道路等级": ["path"]}, geometry=[LineString([(0, 0), (1, 1)])])
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(frame, tmp_path / "r.gpkg")
    delivery = read(tmp_path / "r.gpkg", form_named("roads"))
    assert faults(delivery) == ["crs"]
    declared = read(tmp_path / "r.gpkg", form_named("roads"), source_crs="EPSG:4490")
    assert not has_errors(declared.problems)


def depth_raster(path, value, crs="EPSG:4490", west=121.0):
    cells = np.full((20, 40), value, dtype="float32")
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=20, count=1, dtype="float32", crs=crs,
        nodata=-9999, transform=Affine(0.001, 0, west, 0, -0.001, 32.02),
    ) as target:  # fmt: skip
        target.write(cells, 1)


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"value": -1.0}, "range"),
        ({"value": float("nan")}, "range"),
        ({"value": -9999.0}, "empty_file"),
        ({"value": 1.0, "west": 10.0}, "district"),
        ({"value": 1.0, "crs": None}, "crs"),
    ],
)
def test_a_raster_with_a_fault_gets_a_sentence(tmp_path, context, facts, rule):
    depth_raster(tmp_path / "d.tif", **facts)
    grid, problems = check_grid(tmp_path / "d.tif", DEPTH, context, source_crs=None)
    assert grid is None
    assert rule in [problem.rule for problem in problems]


def test_a_right_raster_keeps_its_cells(tmp_path, context):
    depth_raster(tmp_path / "d.tif", 1.5)
    grid, problems = check_grid(tmp_path / "d.tif", DEPTH, context, source_crs=None)
    assert problems == []
    assert grid.cells == 800
    with rasterio.MemoryFile(grid.file) as memory, memory.open() as raster:
        assert raster.read(1).mean() == 1.5


def test_rows_ended_by_a_carriage_return_alone_are_rows(tmp_path):
    (tmp_path / "p.csv").write_bytes(CSV.replace("\n", "\r").encode())
    assert list(read(tmp_path / "p.csv", PEOPLE).frame["people"]) == ["12", "30"]


@pytest.mark.parametrize("cell", ['"12', "1" * 200_000])
def test_a_quote_never_closed_and_an_endless_cell_are_told_with_their_line(tmp_path, cell):
    (tmp_path / "p.csv").write_text(CSV.replace("12", cell), "utf-8")
    delivery = read(tmp_path / "p.csv", PEOPLE)
    assert faults(delivery) == ["readable"]
    assert "line " in delivery.problems[0].sentence_en


def test_an_encoding_that_cannot_decode_is_told(tmp_path):
    (tmp_path / "p.csv").write_text(CSV, "utf-8")
    assert faults(read(tmp_path / "p.csv", PEOPLE, encoding="undefined")) == ["readable"]


@pytest.mark.parametrize("mapping", [{"甲": "people", "乙": "people"}, {"甲": "nothing"}])
def test_a_mapping_to_no_field_or_twice_to_one_is_refused(tmp_path, mapping):
    (tmp_path / "p.csv").write_text("甲,乙,村代码,数据依据\n1,2,990001001001,统计\n", "utf-8")
    assert faults(read(tmp_path / "p.csv", PEOPLE, mapping=mapping)) == ["mapping"]


def test_sheets_that_are_read_together_are_named(tmp_path):
    with pd.ExcelWriter(tmp_path / "p.xlsx") as book:
        for sheet, code in (("一镇", "990001001001"), ("二镇", "990001002001")):
            pd.DataFrame({"村代码": [code], "常住人口": 1, "数据依据": "统计"}).to_excel(
                book, sheet_name=sheet, index=False
            )
    both = read(tmp_path / "p.xlsx", PEOPLE)
    assert len(both.frame) == 2
    assert [(each.rule, each.level, each.value) for each in both.problems] == [
        ("sheets", "warning", "一镇、二镇")
    ]
    assert read(tmp_path / "p.xlsx", PEOPLE, layers=["二镇"]).problems == ()


def test_a_sheet_or_layer_that_is_not_read_is_named(tmp_path):
    with pd.ExcelWriter(tmp_path / "p.xlsx") as book:
        pd.DataFrame({"村代码": ["990001001001"], "常住人口": 1, "数据依据": "统计"}).to_excel(
            book, sheet_name="好", index=False
        )
        pd.DataFrame({"村代码": ["990001001002"]}).to_excel(book, sheet_name="缺列", index=False)
    delivery = read(tmp_path / "p.xlsx", PEOPLE)
    assert len(delivery.frame) == 1
    assert [(each.rule, each.sheet) for each in delivery.problems] == [("sheet", "缺列")]
    for layer in ("a", "b"):
        frame = gpd.GeoDataFrame({"种类": ["住宅"]}, geometry=[Point(0, 0).buffer(1)], crs=4490)
        pyogrio.write_dataframe(frame, tmp_path / "b.gpkg", layer=layer, append=layer == "b")
    delivery = read(tmp_path / "b.gpkg", form_named("buildings"), layers=["b"])
    assert set(delivery.frame["sheet"]) == {"b"}


def test_layers_that_fit_equally_well_are_a_question_that_names_them(tmp_path):
    for layer in ("a", "b"):
        frame = gpd.GeoDataFrame({"种类": ["住宅"]}, geometry=[Point(0, 0).buffer(1)], crs=4490)
        pyogrio.write_dataframe(frame, tmp_path / "b.gpkg", layer=layer, append=layer == "b")
    delivery = read(tmp_path / "b.gpkg", form_named("buildings"))
    assert delivery.frame.empty
    assert faults(delivery) == ["layer"]
    assert "--layer a / --layer b" in delivery.problems[0].sentence_en
    absent = read(tmp_path / "b.gpkg", form_named("buildings"), layers=["c"])
    assert "it has: a, b" in absent.problems[0].sentence_en


def test_a_raster_of_too_many_cells_is_refused_before_it_is_read(tmp_path, context):
    size = 20_000
    with rasterio.open(
        tmp_path / "d.tif", "w", driver="GTiff", width=size, height=size, count=1, dtype="float32",
        crs="EPSG:4490", transform=Affine(1e-6, 0, 0, 0, -1e-6, 0), sparse_ok=True, tiled=True,
    ):  # fmt: skip
        pass
    grid, problems = check_grid(tmp_path / "d.tif", DEPTH, context, source_crs=None)
    assert grid is None
    assert [problem.rule for problem in problems] == ["size"]


@pytest.mark.parametrize(
    ("name", "content", "encoding", "sentence"),
    [
        ("p.xlsx", b"PK\x03\x04 cut off", None, "文件不能按工作簿读取：压缩包损坏或加密"),
        ("p.csv", ('人口普查,"\n' + CSV).encode(), None, "不能按文本表格读取：第 5 行：此前有引号"),
        ("p.csv", CSV.encode("gb18030"), "utf-8", "按 utf-8 编码的文字读取：第 1 个字节不属于"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_in_chinese(tmp_path, name, content, encoding, sentence):
    (tmp_path / name).write_bytes(content)
    told = read(tmp_path / name, PEOPLE, encoding=encoding).problems[0]
    assert sentence in told.sentence_zh
    assert "The file cannot be read as " in told.sentence_en
