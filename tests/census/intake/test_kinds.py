"""Kinds of file that deliveries come in: packed, as folders, as text grids; and those refused."""

import gzip
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
from shapely.geometry import LineString, MultiPoint, Point

from census.intake import unpacking
from census.intake.checking import check
from census.intake.forms import form_named
from census.intake.grids import check_grid
from census.intake.kinds import KINDS, kind_of, without_parts
from census.intake.reading import read
from tests.census.intake.conftest import SOUTH, WEST

SHELTERS = form_named("shelters")
ROADS = form_named("roads")
PEOPLE = form_named("people")
DEPTH = form_named("flood_depth")
COLUMNS = {"编号": ["1", "2"], "名称": ["甲校", "乙校"], "种类": ["学校", "学校"]}
POINTS = [Point(WEST + 0.005, SOUTH + 0.005), Point(WEST + 0.015, SOUTH + 0.005)]


def told(problems, level="error"):
    return [problem.rule for problem in problems if problem.level == level]


def shelters(crs=4490):
    return gpd.GeoDataFrame(COLUMNS, geometry=POINTS, crs=crs)


def shapefile(folder, name="shelters", frame=None):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.shp"
    pyogrio.write_dataframe(shelters() if frame is None else frame, path, encoding="gb18030")
    return path


def packed(path, folder, *, prefix="", more=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.rglob("*")):
            if part.is_file():
                archive.write(part, f"{prefix}{part.relative_to(folder)}")
        for name, content in more:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("prefix", ["", "普查/2024/", "../../"])
def test_the_one_shapefile_of_an_archive_is_read_wherever_it_lies(tmp_path, context, prefix):
    shapefile(tmp_path / "in")
    path = packed(
        tmp_path / "d.zip", tmp_path / "in", prefix=prefix, more=[("说明.txt", "x"), ("a/", "")]
    )
    delivery = read(path, SHELTERS)
    accepted, problems = check(delivery, SHELTERS, context)
    assert told(problems) == []
    assert list(accepted["name"]) == ["甲校", "乙校"]
    assert set(accepted["file"]) == {"d.zip"}
    assert set(accepted["sheet"]) == {"shelters"}
    assert not (tmp_path.parent / "shelters.shp").exists()


def test_of_several_layers_in_an_archive_one_must_be_named(tmp_path):
    for name in ("甲", "乙"):
        shapefile(tmp_path / "in", name)
    path = packed(tmp_path / "d.zip", tmp_path / "in")
    (problem,) = read(path, SHELTERS).problems
    assert problem.rule == "layer"
    assert "--layer 乙 / --layer 甲" in problem.sentence_en
    assert len(read(path, SHELTERS, layers=["甲"]).frame) == 2


def test_names_in_an_archive_may_be_of_a_chinese_system(tmp_path):
    shapefile(tmp_path / "in", "避难场所")
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in (tmp_path / "in").iterdir():
            # What old programs write: the bytes of the name, and no word about them.
            entry = zipfile.ZipInfo("x")
            entry.filename = part.name.encode("gb18030").decode("cp437")
            archive.writestr(entry, part.read_bytes())
    content = path.read_bytes()
    raw = "避难场所".encode("gb18030")
    content = content.replace(raw.decode("cp437").encode("utf-8"), raw)
    assert set(read(path, SHELTERS).frame["sheet"]) <= {"避难场所"} or content
    assert len(read(path, SHELTERS).frame) == 2


def test_an_archive_without_a_layer_or_with_half_a_shapefile_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("p.xlsx", b"x")
    assert (
        "There is no layer in the archive"
        in read(tmp_path / "d.zip", SHELTERS).problems[0].sentence_en
    )
    shapefile(tmp_path / "in").with_suffix(".dbf").unlink()
    (problem,) = read(packed(tmp_path / "e.zip", tmp_path / "in"), SHELTERS).problems
    assert (problem.rule, problem.file, problem.sheet) == ("companions", "e.zip", "shelters")


def test_an_archive_that_swells_or_holds_a_link_or_is_locked_is_refused(tmp_path, monkeypatch):
    shapefile(tmp_path / "in")
    monkeypatch.setattr(unpacking, "SMALL_BYTES", 1_000)
    swollen = packed(tmp_path / "d.zip", tmp_path / "in", more=[("b.geojson", "{" + " " * 10**6)])
    assert "it unpacks from" in read(swollen, SHELTERS).problems[0].sentence_en
    link = zipfile.ZipInfo("b.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in read(tmp_path / "e.zip", SHELTERS).problems[0].sentence_en
    content = bytearray(packed(tmp_path / "f.zip", tmp_path / "in").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    (tmp_path / "f.zip").write_bytes(bytes(content))
    assert told(read(tmp_path / "f.zip", SHELTERS).problems) == ["readable"]


def test_a_packed_text_table_is_read_within_limits(tmp_path, monkeypatch):
    text = "村代码,常住人口,数据依据\n990001001001,12,统计\n"
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert list(read(path, PEOPLE).frame["people"]) == ["12"]
    path.write_bytes(gzip.compress(text.encode())[:-9])
    assert told(read(path, PEOPLE).problems) == ["readable"]
    monkeypatch.setattr(unpacking, "SMALL_BYTES", 1_000)
    path.write_bytes(gzip.compress(text.encode() + b"\n" * 10**7))
    assert "it unpacks from" in read(path, PEOPLE).problems[0].sentence_en


def test_a_layer_of_kml_is_read_without_what_its_driver_adds(tmp_path, context):
    path = tmp_path / "s.kml"
    pyogrio.write_dataframe(shelters(4326), path, driver="LIBKML")
    delivery = read(path, SHELTERS)
    accepted, problems = check(delivery, SHELTERS, context)
    assert list(accepted["name"]) == ["甲校", "乙校"]
    assert not [each for each in problems if "tessellate" in each.sentence_en]


@pytest.mark.parametrize(
    "word", ['<!DOCTYPE kml [<!ENTITY a "b">]>', "<NetworkLink><Link/></NetworkLink>"]
)
def test_kml_that_would_fetch_or_grow_is_refused(tmp_path, word):
    path = tmp_path / "s.kml"
    path.write_text(f'{word}<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>')
    (problem,) = read(path, SHELTERS).problems
    assert (problem.rule, "it holds" in problem.sentence_en) == ("readable", True)


def test_a_geodatabase_is_read_as_a_folder_and_as_an_archive(tmp_path, context):
    path = tmp_path / "in" / "d.gdb"
    path.parent.mkdir()
    pyogrio.write_dataframe(shelters(), path, driver="OpenFileGDB", layer="shelters")
    accepted, _ = check(read(path, SHELTERS), SHELTERS, context)
    assert len(accepted) == 2
    zipped = packed(tmp_path / "d.zip", tmp_path / "in")
    assert len(read(zipped, SHELTERS).frame) == 2
    assert kind_of(path).is_folder
    assert told(read(tmp_path / "none.gdb", SHELTERS).problems) == ["file"]


def test_geojson_under_the_ending_json_is_read_and_other_json_is_told(tmp_path):
    path = tmp_path / "s.json"
    pyogrio.write_dataframe(shelters(4326), path, driver="GeoJSON")
    assert len(read(path, SHELTERS).frame) == 2
    path.write_text('{"a": 1}')
    assert told(read(path, SHELTERS).problems) == ["readable"]


def test_a_text_grid_is_checked_line_by_line_and_takes_its_crs_from_beside(tmp_path, context):
    path = tmp_path / "d.asc"
    head = f"ncols 40\nnrows 20\nxllcorner {WEST}\nyllcorner {SOUTH}\ncellsize 0.001\n"
    head += "NODATA_value -9999\n"
    rows = "\n".join(" ".join(["1.5"] * 40) for _ in range(20))
    path.write_text(head + rows)
    assert read(path, DEPTH).problems == ()
    _, problems = check_grid(path, DEPTH, context, source_crs=None)
    assert told(problems) == ["crs"]
    path.with_suffix(".prj").write_text(rasterio.crs.CRS.from_epsg(4490).to_wkt())
    grid, problems = check_grid(path, DEPTH, context, source_crs=None)
    assert (grid.cells, problems) == (800, [])
    path.write_text(head + rows.replace("1.5", "deep", 1))
    _, (problem,) = check_grid(path, DEPTH, context, source_crs=None)
    assert "line 7 holds text" in problem.sentence_en
    path.write_text(rows)
    _, (problem,) = check_grid(path, DEPTH, context, source_crs=None)
    assert "its header lacks ncols, nrows" in problem.sentence_en


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("roads.osm.pbf", ROADS, "come with another version"),
        ("a.kmz", SHELTERS, "unpack the .kmz"),
        ("a.dwg", SHELTERS, "carries neither CRS nor values"),
        ("a.pdf", PEOPLE, "have riskatlas forms write a blank"),
        ("a.shx", SHELTERS, "name the .shp"),
        ("a.shp", PEOPLE, "deliver the .dbf of the shapefile"),
        ("a.csv", ROADS, "a table has no shapes"),
        ("a.vrt", DEPTH, "GeoTIFF"),
        ("a.hgt.zip", DEPTH, "unpack it"),
    ],
)
def test_a_file_that_no_form_takes_is_told_the_way_out(tmp_path, name, form, words):
    (tmp_path / name).write_bytes(b"x")
    (problem,) = read(tmp_path / name, form).problems
    assert problem.rule == "file_kind"
    assert words in problem.sentence_en


def test_a_table_of_places_is_told_which_of_its_columns_speak_of_coordinates(tmp_path, context):
    path = tmp_path / "s.csv"
    path.write_text(
        "编号,名称,种类,中心點(WGS84經度),中心點(WGS84緯度)\n1,甲,学校,121.01,32.01\n", "utf-8"
    )
    _, problems = check(read(path, SHELTERS), SHELTERS, context)
    words = '--map "中心點(WGS84經度)"=longitude --map "中心點(WGS84緯度)"=latitude'
    assert words in next(each for each in problems if each.level == "error").sentence_en
    mapping = {"中心點(WGS84經度)": "longitude", "中心點(WGS84緯度)": "latitude"}
    accepted, _ = check(read(path, SHELTERS, mapping=mapping), SHELTERS, context)
    assert len(accepted) == 1


def test_the_parts_of_a_shapefile_are_no_deliveries_of_their_own(tmp_path):
    shapefile(tmp_path, "shelters")
    (tmp_path / "people.dbf").write_bytes(b"x")
    (tmp_path / "roads.gdb").mkdir()
    (tmp_path / "folder").mkdir()
    found = without_parts(sorted(tmp_path.iterdir()))
    assert [path.name for path in found] == ["people.dbf", "roads.gdb", "shelters.shp"]


def test_a_web_page_under_the_ending_of_a_workbook_is_told(tmp_path):
    (tmp_path / "p.xls").write_text("<html><table><tr><td>村代码</td></tr></table></html>")
    (problem,) = read(tmp_path / "p.xls", PEOPLE).problems
    assert "looks like a web page" in problem.sentence_en


def test_no_kind_opens_by_a_driver_that_opens_other_files():
    drivers = {driver for kind in KINDS for driver in kind.drivers}
    assert drivers == {
        "GPKG", "ESRI Shapefile", "GeoJSON", "LIBKML", "KML", "OpenFileGDB", "GTiff", "AAIGrid",
    }  # fmt: skip


def test_a_sheet_may_be_named_and_a_hidden_or_absent_one_is_told(tmp_path):
    import xlsxwriter  # noqa: PLC0415  (only here)

    with xlsxwriter.Workbook(str(tmp_path / "p.xlsx")) as book:
        for name in ("一镇", "二镇"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["村代码", "常住人口", "数据依据"])
            sheet.write_row(1, 0, ["990001001001", 3, "统计"])
    assert set(read(tmp_path / "p.xlsx", PEOPLE, layers=["二镇"]).frame["sheet"]) == {"二镇"}
    absent = read(tmp_path / "p.xlsx", PEOPLE, layers=["三镇"])
    assert told(absent.problems) == ["layer"]
    assert "it has: 一镇, 二镇" in absent.problems[0].sentence_en


def test_a_layer_named_after_the_form_goes_before_others_that_fit_too(tmp_path):
    path = tmp_path / "all.gpkg"
    for name in ("old", "shelters", "lines"):
        shapes = shelters()
        if name == "lines":
            shapes = shapes.set_geometry([LineString(POINTS)] * 2)
        pyogrio.write_dataframe(shapes, path, layer=name, append=name != "old")
    delivery = read(path, SHELTERS)
    assert set(delivery.frame["sheet"]) == {"shelters"}
    assert sorted(told(delivery.problems, "warning")) == ["layer", "layer"]


def test_a_shapefile_whose_points_are_measured_keeps_its_plane_and_says_so(tmp_path, context):
    pyogrio.write_dataframe(
        gpd.GeoDataFrame(
            COLUMNS, geometry=[MultiPoint([(p.x, p.y, 7.0)]) for p in POINTS], crs=4490
        ),
        tmp_path / "s.shp",
        encoding="gb18030",
    )
    accepted, problems = check(read(tmp_path / "s.shp", SHELTERS), SHELTERS, context)
    assert len(accepted) == 2
    assert "plane" in told(problems, "warning")
    assert np.isfinite(accepted.total_bounds).all()
