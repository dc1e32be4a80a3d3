"""Files that would hurt: each ends in a sentence, and the process that read it lives on."""

import sqlite3
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from shapely.geometry import LineString, Point, Polygon, box

from census.intake import archives
from census.intake.checking import check
from census.intake.forms import form_named
from census.intake.grids import check_grid
from census.intake.reading import read
from census.intake.writing import write_table
from tests.census.intake.conftest import SOUTH, WEST, square

PEOPLE = form_named("people")
ROADS = form_named("roads")
BUILDINGS = form_named("buildings")
DEPTH = form_named("flood_depth")
WATER = form_named("water")
NEAR = LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH + 0.01)])
SITE = 'ENGCRS["site",EDATUM["d"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["m",1]]'


def told(problems, level="error"):
    return [(problem.rule, problem.row) for problem in problems if problem.level == level]


@pytest.fixture
def layer(tmp_path, context):
    """Write shapes as a delivery of roads or buildings and check it."""

    def checked(shapes, *, crs=4490, **options):
        form = ROADS if shapes[0].geom_type == "LineString" else BUILDINGS
        heading = (
            {"道路等级": ["小路"] * len(shapes)} if form is ROADS else {"名称": ["x"] * len(shapes)}
        )
        path = tmp_path / "layer.gpkg"
        with np.errstate(invalid="ignore"):
            pyogrio.write_dataframe(gpd.GeoDataFrame(heading, geometry=shapes, crs=crs), path)
        return check(read(path, form, **options), form, context)

    return checked


@pytest.fixture
def grid(tmp_path, context):
    """Write cells as a GeoTIFF over the district and check it."""

    def checked(cells, *, source_crs=None, transform=None, scale=1.0, **profile):
        path = tmp_path / "d.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=40, height=20, count=1, dtype=cells.dtype,
            crs="EPSG:4490",
            transform=transform or Affine(0.001, 0, WEST, 0, -0.001, SOUTH + 0.02), **profile,
        ) as target:  # fmt: skip
            target.write(cells, 1)
            target.scales = (scale,)
        problems = list(read(path, DEPTH, source_crs=source_crs).problems)
        if problems:
            return None, problems
        return check_grid(path, DEPTH, context, source_crs=source_crs)

    return checked


@pytest.mark.parametrize("kind", ["complex64", "complex128"])
def test_complex_cells_are_refused_with_a_sentence_not_a_warning(grid, kind):
    made, problems = grid(np.ones((20, 40), kind))
    assert made is None
    assert told(problems) == [("cells", None)]
    assert f"of type {kind}" in problems[0].sentence_en


@pytest.mark.parametrize(
    ("crs", "word"),
    [("EPSG:5773", "Vertical"), ("EPSG:4978", "Geocentric"), (SITE, "Engineering")],
)
def test_a_crs_that_tells_no_place_is_named_for_what_it_is(grid, layer, crs, word):
    _, of_grid = grid(np.ones((20, 40), "float32"), source_crs=crs)
    _, of_layer = layer([NEAR], source_crs=crs)
    for problems in (of_grid, of_layer):
        assert told(problems) == [("crs", None)]
        assert f"is of the kind {word} CRS" in problems[0].sentence_en
        assert "不能定平面位置" in problems[0].sentence_zh


def test_an_engineering_crs_in_the_file_itself_is_named_too(layer):
    _, problems = layer([NEAR], crs=SITE)
    assert told(problems) == [("crs", None)]


def test_a_compound_crs_places_things_by_its_plane_part(layer):
    accepted, _ = layer([NEAR], source_crs="EPSG:9705")
    assert len(accepted) == 1


def test_a_raster_without_a_place_or_turned_is_refused(grid):
    turned = Affine(0.001, 0.0001, WEST, 0.0001, -0.001, SOUTH + 0.02)
    _, problems = grid(np.ones((20, 40), "float32"), transform=turned)
    assert ("place", None) in told(problems)


def test_cells_in_centimetres_are_read_in_metres_and_it_is_noted(grid):
    made, problems = grid(np.full((20, 40), 150, "int16"), scale=0.01, nodata=-1)
    assert told(problems, "repair") == [("scale", None)]
    with rasterio.MemoryFile(made.file) as memory, memory.open() as raster:
        assert raster.read(1).max() == pytest.approx(1.5)


def test_cells_without_a_value_inside_the_villages_are_counted(grid):
    cells = np.ones((20, 40), "float32")
    cells[0, :10] = -9999
    _, problems = grid(cells, nodata=-9999)
    assert told(problems, "warning") == [("no_data", None)]
    # 10 of 20 x 40 cells, all of them in a village
    assert problems[0].sentence_en.startswith("10 cells inside the villages (1.2%)")


def test_a_header_of_a_million_by_a_million_cells_is_refused_by_the_header(tmp_path, context):
    path = tmp_path / "d.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=10**6, height=10**6, count=1, dtype="float32",
        crs="EPSG:4490", transform=Affine(1e-6, 0, WEST, 0, -1e-6, SOUTH), sparse_ok=True,
        tiled=True, blockxsize=16384, blockysize=16384, BIGTIFF="YES",
    ):  # fmt: skip
        pass
    assert told(check_grid(path, DEPTH, context, source_crs=None)[1]) == [("size", None)]


def test_a_small_picture_in_a_giant_tile_is_refused(tmp_path, context):
    path = tmp_path / "d.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=20, count=1, dtype="float32", crs="EPSG:4490",
        transform=Affine(1e-3, 0, WEST, 0, -1e-3, SOUTH + 0.02), sparse_ok=True, tiled=True,
        blockxsize=16384, blockysize=16384,
    ):  # fmt: skip
        pass
    assert told(check_grid(path, DEPTH, context, source_crs=None)[1]) == [("size", None)]


def test_what_stands_beside_a_raster_is_not_read(grid, tmp_path):
    (tmp_path / "d.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>1</NoDataValue></PAMRasterBand>'
        "</PAMDataset>"
    )
    (tmp_path / "d.tif.aux.xml").chmod(0o444)
    made, _ = grid(np.ones((20, 40), "float32"), nodata=-9999)
    assert made.cells == 800


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (box(-180, -90, 180, 90), "district"),
        (box(WEST, SOUTH, WEST + 1, SOUTH + 0.01), "district"),
        (box(10, 10, 10.1, 10.1), "district"),
    ],
)
def test_a_shape_far_beyond_the_district_is_refused_and_the_others_enter(layer, shape, reason):
    accepted, problems = layer([square(0, 0, 0.1), shape, square(1, 0, 0.1)])
    assert told(problems) == [(reason, 2)]
    assert list(accepted["row"]) == [1, 3]


def test_a_road_with_a_point_at_zero_is_refused_and_one_that_overhangs_enters(layer):
    overhanging = LineString([(WEST, SOUTH), (WEST + 0.1, SOUTH)])
    to_zero = LineString([(WEST, SOUTH), (0, 0)])
    accepted, problems = layer([NEAR, overhanging, to_zero])
    assert told(problems) == [("district", 3)]
    assert "such as 0, 0" in next(p.sentence_en for p in problems if p.level == "error")
    assert list(accepted["row"]) == [1, 2]


def test_a_sea_that_reaches_far_out_of_the_district_enters(tmp_path, context):
    sea = box(WEST, SOUTH, WEST + 1, SOUTH + 1)
    path = tmp_path / "water.gpkg"
    pyogrio.write_dataframe(gpd.GeoDataFrame({"类型": ["海域"]}, geometry=[sea], crs=4490), path)
    accepted, problems = check(read(path, WATER), WATER, context)
    assert len(accepted) == 1
    assert told(problems) == []
    assert told(problems, "warning") == [("district", None)]


def test_easting_and_northing_exchanged_are_told_as_exchanged(layer):
    lines = gpd.GeoSeries([NEAR], crs=4490).to_crs(4549)
    turned = shapely.transform(lines[0], lambda pairs: pairs[:, ::-1])
    _, problems = layer([turned], crs=4549)
    assert told(problems) == [("crs", None)]
    assert "easting and northing" in problems[0].sentence_en


@pytest.mark.parametrize("ordinate", [np.inf, -np.inf, np.nan])
def test_a_coordinate_that_is_none_refuses_its_row_alone(layer, ordinate):
    with np.errstate(invalid="ignore"):
        broken = LineString([(WEST, SOUTH), (ordinate, SOUTH)])
    accepted, problems = layer([NEAR, broken])
    assert told(problems) == [("coordinates", 2)]
    assert list(accepted["row"]) == [1]


def test_a_shape_of_too_many_points_is_refused(layer):
    turn = np.linspace(0, 2 * np.pi, 200_002)
    ring = Polygon(np.c_[WEST + 0.01 + 0.005 * np.cos(turn), SOUTH + 0.01 + 0.005 * np.sin(turn)])
    _, problems = layer([square(0, 0, 0.1), ring])
    assert told(problems) == [("vertices", 2)]


@pytest.mark.parametrize("depth", [9, 100, 30_000])
def test_nested_collections_in_geojson_are_refused(tmp_path, context, depth):
    point = f'{{"type":"Point","coordinates":[{WEST},{SOUTH}]}}'
    nested = '{"type":"GeometryCollection","geometries":[' * depth + point + "]}" * depth
    path = tmp_path / "deep.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":'
        f'{{"道路等级":"小路"}},"geometry":{nested}}}]}}'
    )
    accepted, problems = check(read(path, ROADS), ROADS, context)
    assert accepted.empty
    assert told(problems)[0][0] in {"shape", "readable"}


def test_nested_collections_in_a_geopackage_are_refused(tmp_path, context):
    path = tmp_path / "deep.gpkg"
    frame = gpd.GeoDataFrame({"道路等级": ["小路"] * 2}, geometry=[NEAR, NEAR], crs=4490)
    pyogrio.write_dataframe(frame, path, layer="a", SPATIAL_INDEX="NO")
    nested = b"\x01\x01\x00\x00\x00" + struct.pack("<dd", WEST, SOUTH)
    for _ in range(20_000):
        nested = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" + nested
    header = b"GP\x00\x01" + struct.pack("<i", 4490)
    base = sqlite3.connect(path)
    base.execute("update a set geom = ? where fid = 2", (header + nested,))
    base.commit()
    base.close()
    accepted, problems = check(read(path, ROADS), ROADS, context)
    assert list(accepted["row"]) == [1]
    assert told(problems) == [("shape", 2)]


@pytest.fixture
def geopackage(tmp_path):
    path = tmp_path / "b.gpkg"
    frame = gpd.GeoDataFrame({"名称": ["x"]}, geometry=[square(0, 0, 0.1)], crs=4490)
    pyogrio.write_dataframe(frame, path, layer="a")
    return path


def change(path, *statements):
    base = sqlite3.connect(path)
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()


def test_a_geopackage_with_another_application_id_gets_a_sentence(geopackage):
    change(geopackage, "pragma application_id = 12345")
    problems = read(geopackage, BUILDINGS).problems
    assert told(problems) == [("readable", None)]
    assert "application id 0x00003039" in problems[0].sentence_en


def test_what_the_reader_warns_of_stands_in_the_report(geopackage):
    change(geopackage, "pragma user_version = 99999")
    problems = read(geopackage, BUILDINGS).problems
    assert told(problems, "warning") == [("reader", None)]
    assert "partially supported" in problems[0].sentence_en


def test_a_geopackage_with_a_virtual_table_opens_nothing(geopackage):
    change(geopackage, "create virtual table words using fts4(text)")
    assert told(read(geopackage, BUILDINGS).problems) == [("readable", None)]


def test_a_geopackage_still_open_elsewhere_is_sent_back(geopackage):
    geopackage.with_name("b.gpkg-wal").write_bytes(b"unwritten rows")
    assert told(read(geopackage, BUILDINGS).problems) == [("companions", None)]


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "p.xlsx"
    frame = pd.DataFrame({"division_code": ["990001001001"], "people": [1], "basis": ["counted"]})
    write_table(PEOPLE, frame, path)
    return path


def test_a_workbook_that_unpacks_to_a_thousand_times_its_size_is_refused(workbook):
    with zipfile.ZipFile(workbook, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(64 * 1024 * 1024))
    problems = read(workbook, PEOPLE).problems
    assert told(problems) == [("readable", None)]
    assert "unpacks from" in problems[0].sentence_en


def test_a_workbook_of_too_many_parts_is_refused(workbook):
    with zipfile.ZipFile(workbook, "a") as archive:
        for number in range(archives.MOST_MEMBERS):
            archive.writestr(f"xl/media/{number}.bin", b"")
    assert "parts, more than" in read(workbook, PEOPLE).problems[0].sentence_en


def test_a_part_larger_than_the_archive_declares_is_refused(workbook):
    with zipfile.ZipFile(workbook, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/extra.xml", b"<a>" + b" " * 100_000 + b"</a>")
    content = workbook.read_bytes()
    size, lie = struct.pack("<I", 100_007), struct.pack("<I", 10)
    assert content.count(size) == 2
    workbook.write_bytes(content.replace(size, lie))
    assert told(read(workbook, PEOPLE).problems) == [("readable", None)]


def test_a_workbook_that_declares_a_document_type_is_refused(workbook):
    bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    with zipfile.ZipFile(workbook, "a") as archive:
        archive.writestr("xl/other.xml", bomb)
    assert "document type" in read(workbook, PEOPLE).problems[0].sentence_en


@pytest.mark.parametrize(
    ("cell", "is_refused"),
    [('<c r="XFD1048576"><v>1</v></c>', True), ('<c r="XFD1048576" s="0"/>', False)],
)
def test_a_value_in_the_last_corner_is_refused_and_a_mere_format_is_not(
    workbook, tmp_path, cell, is_refused
):
    path = tmp_path / "far.xlsx"
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            text = old.read(member)
            if member.filename == "xl/worksheets/sheet1.xml":
                row = f'<row r="1048576">{cell}</row></sheetData>'.encode()
                text = text.replace(b"</sheetData>", row)
            new.writestr(member, text)
    problems = read(path, PEOPLE).problems
    assert told(problems) == ([("readable", None)] if is_refused else [])


def test_rows_that_repeat_a_million_times_in_ods_are_refused(tmp_path):
    path = tmp_path / "p.ods"
    cell = '<table:table-cell table:number-columns-repeated="16000" office:value-type="float"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>',
        )
    assert "1,000,000 rows and 16,000 columns" in read(path, PEOPLE).problems[0].sentence_en


def test_a_point_of_a_table_far_away_is_refused(tmp_path, context):
    path = tmp_path / "points.csv"
    path.write_text(
        "编号,名称,经度,纬度\n1,a,121.01,32.01\n2,b,1e400,32\n3,c,32.01,121.01\n4,d,121.02,32.01\n"
    )
    form = form_named("assembly_points")
    accepted, problems = check(read(path, form), form, context)
    assert list(accepted["row"]) == [2, 5]
    assert told(problems) == [("coordinates", 3), ("district", 4)]
    assert "look exchanged" in problems[-1].sentence_en
    assert accepted.geometry.iloc[0] == Point(121.01, 32.01)
