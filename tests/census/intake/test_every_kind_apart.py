"""Every kind of file is opened by children alone, and what was declared about it reaches them."""

import gzip
import os
import shutil
import zipfile
from contextlib import nullcontext

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import rasterio
from shapely.geometry import Point

from census.intake import opening, reading_room
from census.intake.declared import Declared, declared_row, read_declared
from census.intake.forms import form_named
from census.intake.grids import check_grid
from census.intake.kinds import KINDS, kind_of
from census.intake.reading import read
from census.intake.unpacking import parts_of, plain_name
from census.intake.writing import write_table
from tests.census.intake.conftest import SOUTH, WEST
from tests.census.intake.test_reading_room import same

PEOPLE, SHELTERS, DEPTH = (form_named(name) for name in ("people", "shelters", "flood_depth"))
TABLE = pd.DataFrame(
    {"村代码": ["990001001001", "990001001002"], "常住人口": [12, 30], "数据依据": ["统计", "统计"]}
)
POINTS = [Point(WEST + 0.005, SOUTH + 0.005), Point(WEST + 0.015, SOUTH + 0.005)]
LAYER = gpd.GeoDataFrame(
    {"编号": ["1", "2"], "名称": ["甲校", "乙校"], "种类": ["学校", "学校"]},
    geometry=POINTS, crs=4326,
)  # fmt: skip


def packed(path, folder):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.rglob("*")):
            if part.is_file():
                archive.write(part, part.relative_to(folder))
    return path


def workbook(path):
    made = path.with_name("made.xlsx")
    write_table(PEOPLE, TABLE.set_axis(["division_code", "people", "basis"], axis=1), made)
    return made.rename(path)


def dbase(path):
    frame = gpd.GeoDataFrame(TABLE, geometry=POINTS, crs=4326)
    pyogrio.write_dataframe(frame, path.with_suffix(".shp"), encoding="gb18030")
    for suffix in (".shp", ".shx", ".prj"):
        path.with_suffix(suffix).unlink()
    return path


def layer(path, name="shelters"):
    if path.suffix == ".zip":
        folder = path.with_name("inside")
        folder.mkdir()
        layer(folder / f"{name}.shp")
        return packed(path, folder)
    if path.suffix == ".parquet":
        LAYER.to_parquet(path)
        return path
    driver = {".kml": "LIBKML", ".json": "GeoJSON", ".gdb": "OpenFileGDB"}.get(path.suffix)
    options = {"encoding": "gb18030"} if path.suffix == ".shp" else {}
    pyogrio.write_dataframe(LAYER, path, driver=driver, layer=path.stem, **options)
    return path


def table(path):
    if path.suffix in {".xlsx", ".xlsm"}:
        return workbook(path)
    if path.suffix == ".dbf":
        return dbase(path)
    text = TABLE.to_csv(index=False, sep="\t" if path.suffix == ".tsv" else ",").encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def grid(path):
    head = f"ncols 40\nnrows 20\nxllcorner {WEST}\nyllcorner {SOUTH}\ncellsize 0.001\n"
    path.write_text(head + "NODATA_value -9999\n" + ("1.5 " * 40 + "\n") * 20)
    path.with_suffix(".prj").write_text(rasterio.crs.CRS.from_epsg(4490).to_wkt())
    return path


def closed(*_arguments, **_options):
    raise AssertionError("a stranger's file was opened by this process")


@pytest.fixture
def shut(monkeypatch):
    """Shut every reader of this process; those of the children are their own."""

    def shut_now():
        for module, name in (
            (zipfile, "ZipFile"), (gzip, "open"), (pyogrio, "list_layers"), (pyogrio, "read_info"),
            (pyogrio.raw, "read"), (rasterio, "open"), (opening, "read_here"),
            (pq, "ParquetFile"),
        ):  # fmt: skip
            monkeypatch.setattr(module, name, closed)

    return shut_now


TABLES = (".csv", ".tsv", ".csv.gz", ".xlsx", ".xlsm", ".dbf")
LAYERS = (".gpkg", ".shp", ".geojson", ".json", ".kml", ".gdb", ".zip", ".parquet")


@pytest.mark.parametrize("suffix", [*TABLES, *LAYERS])
def test_a_file_of_every_kind_read_by_children_is_the_file_read_here(tmp_path, room, shut, suffix):
    form, make = (PEOPLE, table) if suffix in TABLES else (SHELTERS, layer)
    path = make(tmp_path / f"交付{suffix}")
    here, before = read(path, form), len(room.spent)
    assert len(here.frame) == 2
    shut()
    apart = read(path, form, opener=room.open_tables)
    same(here, apart)
    # What is packed takes two: one unpacks, the other reads.
    assert len(room.spent) - before == (2 if kind_of(path).is_packed else 1)


def test_these_are_all_the_kinds_but_those_that_no_library_of_ours_writes():
    assert {kind.suffix for kind in KINDS} == {
        *TABLES, *LAYERS, ".asc", ".tif", ".tiff", ".xls", ".ods",
    }  # fmt: skip


def test_a_grid_of_text_is_looked_through_by_the_child_with_the_crs_beside_it(
    tmp_path, room, context, shut
):
    path = grid(tmp_path / "水深.asc")
    here, remarks = check_grid(path, DEPTH, context, source_crs=None)
    shut()
    assert read(path, DEPTH, opener=room.open_tables).problems == ()
    apart, others = check_grid(path, DEPTH, context, source_crs=None, opener=room.open_grid)
    assert (apart.cells, apart.file) == (here.cells, here.file) == (800, here.file)
    assert remarks == others == []
    path.write_text(path.read_text().replace("1.5", "deep", 1))
    _, (problem,) = check_grid(path, DEPTH, context, source_crs=None, opener=room.open_grid)
    assert "line 7 holds text" in problem.sentence_en
    assert problem.file == "水深.asc"


def test_what_may_be_used_follows_what_was_unpacked(tmp_path, room, monkeypatch):
    asked = []
    real = reading_room.allowance_for
    monkeypatch.setattr(
        reading_room, "allowance_for", lambda *each: asked.append(each) or real(*each)
    )
    text = TABLE.to_csv(index=False) + "990001001001,1,统计\n" * 50_000
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert len(read(path, PEOPLE, opener=room.open_tables).frame) == 50_002
    assert asked == [(".csv.gz", path.stat().st_size), (".csv", len(text.encode()))]
    # The text shrinks to less than a hundredth: by its packed size it would have had nothing.
    assert asked[1][1] > 100 * asked[0][1]


def test_an_encoding_that_was_declared_is_the_one_the_child_reads_in(tmp_path, room):
    path = tmp_path / "p.csv"
    path.write_bytes("村代码,常住人口,数据依据,備註\n990001001001,1,统计,\n".encode("gb18030"))
    bad = read(path, PEOPLE, encoding="Big5", opener=room.open_tables)
    assert [each.rule for each in bad.problems] == ["readable"]
    assert "text in Big5" in bad.problems[0].sentence_en
    nothing = read(path, PEOPLE, encoding="Klingon", opener=room.open_tables)
    assert "no encoding Klingon" in nothing.problems[0].sentence_en
    good = read(path, PEOPLE, encoding="gbk", opener=room.open_tables)
    assert list(good.frame["basis"]) == ["统计"]
    assert "encoding" not in {each.rule for each in good.problems}


def test_a_question_about_an_encoding_comes_back_from_the_child(tmp_path, room):
    path = tmp_path / "p.csv"
    # The same bytes are 高雄 in Big5 and 蔼动 in GB18030.
    path.write_bytes("code,name\n1,高雄\n".encode("cp950"))
    here, apart = read(path, PEOPLE), read(path, PEOPLE, opener=room.open_tables)
    assert [each.rule for each in apart.problems] == ["encoding"]
    same(here, apart)


def test_columns_that_were_declared_find_their_rows_of_headings_in_the_child(tmp_path, room):
    path = tmp_path / "p.csv"
    # Undeclared, the first row of texts would be taken for the headings.
    path.write_text("表,一,二\n甲,乙,丙\n990001001001,5,统计\n", "utf-8")
    mapping = {"甲": "division_code", "乙": "people", "丙": "basis"}
    delivery = read(path, PEOPLE, mapping=mapping, opener=room.open_tables)
    assert list(delivery.frame["people"]) == ["5"]
    assert list(delivery.frame["row"]) == [3]


def test_a_layer_that_was_asked_for_is_the_one_the_child_reads(tmp_path, room):
    path = tmp_path / "all.gpkg"
    for name in ("甲", "乙"):
        columns = LAYER.assign(**{f"{name}列": "x"})
        pyogrio.write_dataframe(columns, path, layer=name, append=name == "乙")
    question = read(path, SHELTERS, opener=room.open_tables)
    assert [each.rule for each in question.problems] == ["layer"]
    delivery = read(path, SHELTERS, layers=["乙"], opener=room.open_tables)
    assert set(delivery.frame["sheet"]) == {"乙"}
    absent = read(path, SHELTERS, layers=["丙"], opener=room.open_tables)
    assert "it has: 甲, 乙" in absent.problems[0].sentence_en


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".dbf", ".shp", ".geojson", ".zip"])
def test_a_file_that_is_its_own_layer_may_be_asked_for_by_its_name(tmp_path, room, suffix):
    form, make = (PEOPLE, table) if suffix in TABLES else (SHELTERS, layer)
    path = make(tmp_path / f"交付{suffix}")
    name = "shelters" if suffix == ".zip" else "交付"
    assert len(read(path, form, layers=[name], opener=room.open_tables).frame) == 2
    absent = read(path, form, layers=["别的"], opener=room.open_tables)
    assert [each.rule for each in absent.problems if each.level == "error"] == ["layer"]
    assert name in absent.problems[0].sentence_en
    assert "riskatlas-delivery" not in absent.problems[0].sentence_en


def test_several_layers_of_an_archive_are_a_question_and_its_answer(tmp_path, room):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("甲", "乙"):
        layer(folder / f"{name}.shp")
    path = packed(tmp_path / "d.zip", folder)
    (problem,) = read(path, SHELTERS, opener=room.open_tables).problems
    assert "--layer 乙 / --layer 甲" in problem.sentence_en
    delivery = read(path, SHELTERS, layers=["甲"], opener=room.open_tables)
    assert (set(delivery.frame["file"]), set(delivery.frame["sheet"])) == ({"d.zip"}, {"甲"})


def test_a_question_of_a_file_in_an_archive_names_the_archive(tmp_path, room):
    (tmp_path / "in").mkdir()
    for name in ("甲", "乙"):
        columns = LAYER.assign(**{f"{name}列": "x"})
        pyogrio.write_dataframe(
            columns, tmp_path / "in" / "all.gpkg", layer=name, append=name == "乙"
        )
    path = packed(tmp_path / "d.zip", tmp_path / "in")
    (problem,) = read(path, SHELTERS, opener=room.open_tables).problems
    assert (problem.rule, problem.file) == ("layer", "d.zip")
    assert len(read(path, SHELTERS, layers=["乙"], opener=room.open_tables).frame) == 2


def test_what_is_no_declaration_never_reaches_a_reader():
    declared = Declared("GCJ02", "gbk", {"甲": "people"}, ("乙",), "丙")
    assert read_declared(declared_row(declared)) == declared
    for key, value in (("encoding", 5), ("layers", [None]), ("mapping", {"a": 1}), ("more", "x")):
        with pytest.raises(TypeError):
            read_declared(declared_row(declared) | {key: value})


def geodatabase(folder):
    pyogrio.write_dataframe(LAYER, folder / "d.gdb", driver="OpenFileGDB", layer="shelters")
    return folder / "d.gdb"


ODD = {
    "a link": lambda part: part.symlink_to("/etc/passwd"),
    "a link to a folder": lambda part: part.symlink_to("/etc"),
    "a folder": lambda part: part.mkdir(),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("odd", ODD)
def test_a_geodatabase_with_more_than_plain_files_in_it_is_not_opened(tmp_path, room, odd):
    path, before = geodatabase(tmp_path), len(room.spent)
    ODD[odd](path / "a00000099.gdbtable")
    (problem,) = read(path, SHELTERS, opener=room.open_tables).problems
    assert (problem.rule, problem.value) == ("file", "a00000099.gdbtable")
    assert "holds plain files only" in problem.sentence_en
    assert len(room.spent) == before


def test_a_geodatabase_that_is_a_link_or_a_file_is_named_for_what_it_is(tmp_path, room):
    (tmp_path / "l.gdb").symlink_to(geodatabase(tmp_path))
    (tmp_path / "f.gdb").write_bytes(b"x")
    for name, words in {"l": "It is a link", "f": "It is no folder"}.items():
        (problem,) = read(tmp_path / f"{name}.gdb", SHELTERS, opener=room.open_tables).problems
        assert problem.rule == "file"
        assert words in problem.sentence_en


def test_of_a_geodatabase_marks_stay_behind_and_strange_names_are_refused(tmp_path, room):
    path = geodatabase(tmp_path)
    (path / "_gdb.机器-1.2.sr.lock").write_bytes(b"")
    assert len(read(path, SHELTERS, opener=room.open_tables).frame) == 2
    (path / "说明 .txt").write_bytes(b"x")
    (problem,) = read(path, SHELTERS, opener=room.open_tables).problems
    assert "说明 .txt is no file of a geodatabase" in problem.sentence_en


def test_a_geodatabase_of_many_layers_is_read_by_a_child_of_few_open_files(tmp_path, room):
    path = tmp_path / "d.gdb"
    for number in range(40):
        name = "shelters" if number == 20 else f"层{number}"
        pyogrio.write_dataframe(LAYER, path, driver="OpenFileGDB", layer=name, append=number > 0)
    delivery = read(path, SHELTERS, opener=room.open_tables)
    assert set(delivery.frame["sheet"]) == {"shelters"}


def test_what_a_child_unpacked_is_looked_at_and_not_believed(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "a.gpkg").symlink_to("/etc/passwd")
    (part,) = parts_of(folder)
    tables, (problem,) = opening.opened(
        tmp_path / "d.zip", SHELTERS, Declared(), unpack=lambda _: nullcontext([part]),
        reader=closed,
    )  # fmt: skip
    assert (tables, problem.rule, problem.file) == ([], "file", "d.zip")
    assert "It is a link" in problem.sentence_en
    (folder / "b\n.gpkg").write_bytes(b"")
    with pytest.raises(ValueError, match="2"):
        parts_of(folder)


def test_a_plain_name_stays_plain_and_keeps_its_ending():
    for name in ("a.shp", "..", ".hidden.gpkg", "x" * 300 + ".shp", "a/b\n$.kml", "甲 (1).zip"):
        plain = plain_name(name)
        assert plain_name(plain) == plain
        assert len(plain.encode()) < 255
        assert "/" not in plain
    assert plain_name("x" * 300 + ".shp").endswith(".shp")


def test_nothing_of_an_archive_stays_behind(tmp_path, room, monkeypatch):
    monkeypatch.setattr(reading_room.tempfile, "tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir(mode=0o755)
    path = layer(tmp_path / "d.zip")
    assert len(read(path, SHELTERS, opener=room.open_tables).frame) == 2
    assert list((tmp_path / "t").iterdir()) == []
    shutil.rmtree(tmp_path / "t")
