"""A stranger's file is opened by a child that has little, and its answer is the file's own."""

import json
import math
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from affine import Affine
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from census.intake import copying, reading_room
from census.intake.allowance import Allowance, allowance_for
from census.intake.carrying import problem_rows, read_answer, write_answer
from census.intake.declared import Declared, declared_row
from census.intake.fallen import ending
from census.intake.forms import form_named
from census.intake.gdal_drivers import pinned_environment
from census.intake.grids import check_grid
from census.intake.kinds import KINDS, kind_of
from census.intake.raw import RawShapes, RawTable, UnreadableError
from census.intake.reading import read
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from tests.census.intake.conftest import SOUTH, WEST, square

BUILDINGS = form_named("buildings")
PEOPLE = form_named("people")
DEPTH = form_named("flood_depth")
MEGABYTE = 1024 * 1024


def same(one, other):
    assert [asdict(p) for p in one.problems] == [asdict(p) for p in other.problems]
    assert dict(one.headings) == dict(other.headings)
    assert list(one.frame.columns) == list(other.frame.columns)
    for name in one.frame.columns:
        if name == "geometry":
            assert one.frame.geometry.to_wkb().equals(other.frame.geometry.to_wkb())
            assert one.frame.crs == other.frame.crs
            continue
        pairs = list(zip(one.frame[name], other.frame[name], strict=True))
        assert [(type(a), type(b)) for a, b in pairs if type(a) is not type(b)] == []
        assert [(a, b) for a, b in pairs if a != b and not (pd.isna(a) and pd.isna(b))] == []


def test_a_layer_read_by_a_child_is_the_layer_read_here(tmp_path, room):
    path = tmp_path / "房屋.gpkg"
    shapes = [square(0, 0, 0.1), MultiPolygon([square(1, 0, 0.1), square(2, 0, 0.1)]), None]
    frame = gpd.GeoDataFrame(
        {
            "名称": ["甲", None, "丙"], "层数": [1.5, np.nan, 3.0], "编号": [1, 2, 3],
            "日期": pd.to_datetime(["2024-01-02T00:00:00", None, "2025-03-04T05:06:07"]),
        },
        geometry=shapes, crs=4490,
    )  # fmt: skip
    pyogrio.write_dataframe(frame, path)
    here, apart = read(path, BUILDINGS), read(path, BUILDINGS, opener=room.open_tables)
    assert len(here.frame) == 3
    same(here, apart)


def test_a_shapefile_in_gbk_keeps_its_texts_its_crs_and_the_name_of_its_layer(tmp_path, room):
    path = tmp_path / "道路 2025.shp"
    frame = gpd.GeoDataFrame(
        {"道路等级": ["小路"]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4490
    )
    pyogrio.write_dataframe(frame, path, encoding="gb18030")
    path.with_suffix(".cpg").unlink()
    form = form_named("roads")
    here, apart = read(path, form), read(path, form, opener=room.open_tables)
    assert set(apart.frame["sheet"]) == {"道路 2025"}
    same(here, apart)


def test_a_workbook_keeps_numbers_texts_dates_and_gaps(tmp_path, room):
    path = tmp_path / "p.xlsx"
    frame = pd.DataFrame(
        {
            "division_code": ["990001001001", "990001001002"],
            "people": ["\uff11\uff12", "约30"], "basis": ["counted", None],
        }
    )  # fmt: skip
    write_table(PEOPLE, frame, path)
    same(read(path, PEOPLE), read(path, PEOPLE, opener=room.open_tables))


@pytest.mark.parametrize(
    "values",
    [
        ["a", None, ""],
        [1, "1", 1.0, True, None],
        [2**80, -1, float("nan"), float("inf")],
        [
            datetime(2024, 1, 2, 3, 4, 5, 678, UTC),
            date(2024, 1, 2),
            time(3, 4),
            timedelta(days=-1, seconds=5),
        ],
        [[1, 2], '中文\n\t"', "\x00"],
    ],
    ids=["texts", "mixed", "numbers", "times", "others"],
)
def test_the_cells_of_a_table_arrive_as_they_left(tmp_path, values):
    frame = pd.DataFrame(
        {"甲": np.array([*values, None], dtype=object)[: len(values)]}, dtype=object
    )
    rows = np.arange(3, 3 + len(values))
    write_answer(tmp_path, [RawTable("表", ["甲"], frame, rows)], {"problems": []})
    (table,), facts = read_answer(tmp_path)
    assert facts == {"problems": []}
    assert table.sheet == "表"
    assert table.rows.tolist() == rows.tolist()
    arrived = [str(value) if isinstance(value, list) else value for value in values]
    for value, other in zip(table.frame["甲"], arrived, strict=True):
        assert type(value) is type(other)
        assert value == other or math.isnan(value)


def test_an_answer_that_is_a_link_or_a_pipe_is_no_answer(tmp_path):
    frame = pd.DataFrame({"a": [1]})
    write_answer(tmp_path, [RawTable("s", ["a"], frame, np.array([1]))], {"problems": []})
    (tmp_path / "0.arrow").rename(tmp_path / "kept.arrow")
    (tmp_path / "0.arrow").symlink_to(tmp_path / "kept.arrow")
    with pytest.raises(OSError, match="symbolic"):
        read_answer(tmp_path)
    (tmp_path / "0.arrow").unlink()
    os.mkfifo(tmp_path / "0.arrow")
    with pytest.raises(OSError, match=r"0\.arrow"):
        read_answer(tmp_path)


def test_shapes_that_a_child_sends_are_held_against_the_limits_once_more(tmp_path):
    # What a child that fell into others' hands could send: collections nested 30,000 deep.
    point = b"\x01\x01\x00\x00\x00" + np.array([WEST, SOUTH]).tobytes()
    deep = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 30_000 + point
    frame = pd.DataFrame({"名称": ["x", "y"]})
    shapes = RawShapes(np.array([deep, point], dtype=object), "EPSG:4490")
    table = RawTable("b", ["名称"], frame, np.array([1, 2]), shapes)
    (tmp_path / "b.gpkg").write_bytes(b"SQLite format 3\x00")
    delivery = read(tmp_path / "b.gpkg", BUILDINGS, opener=lambda *_: ([table], []))
    assert [(p.rule, p.row) for p in delivery.problems] == [("shape", 1)]
    assert "nested more than 8 deep" in delivery.problems[0].sentence_en
    assert list(delivery.frame.geometry.isna()) == [True, False]


def test_a_raster_read_by_a_child_is_the_raster_read_here(tmp_path, room, context):
    path = tmp_path / "d.tif"
    cells = np.linspace(0, 3, 800, dtype="float32").reshape(20, 40)
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=20, count=1, dtype="float32", nodata=-9999,
        crs="EPSG:4490", transform=Affine(0.001, 0, WEST, 0, -0.001, SOUTH + 0.02),
    ) as target:  # fmt: skip
        target.write(cells, 1)
    here, remarks = check_grid(path, DEPTH, context, source_crs=None)
    apart, others = check_grid(path, DEPTH, context, source_crs=None, opener=room.open_grid)
    assert here.file == apart.file
    assert problem_rows(remarks) == problem_rows(others)


def surroundings(tmp_path, room):
    path = tmp_path / "p.csv"
    path.write_text("村代码,常住人口\n1,2\n", "utf-8")
    job = {"task": "read", "form": "people", "declared": declared_row(Declared())}
    return room.asked(path, "tables", job).surroundings


# Asked of the kernel itself: a network of one's own, and the version of Landlock.
OFFERS = """
import ctypes
kernel = ctypes.CDLL(None)
landlock = kernel.syscall(444, None, ctypes.c_size_t(0), 1) >= 1
print(int(kernel.unshare(0x40000000) == 0 or kernel.unshare(0x50000000) == 0), int(landlock))
"""


@pytest.fixture(scope="module")
def offers():
    """Whether this machine offers an empty network, and walls around files."""
    command = [sys.executable, "-c", OFFERS]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return [word == "1" for word in said.stdout.split()]


def test_the_child_has_no_network_and_no_file_but_its_own_where_the_machine_offers_it(
    tmp_path, room, offers
):
    told = surroundings(tmp_path, room)
    assert [told["no_network"], told["no_files"]] == offers


# What a reader would do that fell into a stranger's hands; run with the same walls around it.
PROBE = """
import os, socket, sys
from pathlib import Path
from census.intake.confinement import bound, leave_files, leave_network
folder, canary, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
walls = sys.argv[4] == "walls"
if walls:
    leave_network(); leave_files(folder)
    bound(memory_bytes=2**28, most_memory_bytes=2**28, cpu_s=5, written_bytes=2**20)
for name, deed in {
    "read": lambda: Path(canary).read_text(),
    "write": lambda: Path(canary).with_name("new").write_text("x"),
    "list": lambda: os.listdir("/etc"),
    "connect": lambda: socket.create_connection(("127.0.0.1", port), 2).close(),
    "memory": lambda: bytearray(2**29),
    "size": lambda: (folder / "big").write_bytes(bytes(2**21)),
    "own": lambda: (folder / "own").write_text("x"),
}.items():
    try:
        deed(); print(name, "done")
    except BaseException as fault:
        print(name, type(fault).__name__)
"""


def probed(tmp_path, walls):
    folder, canary = tmp_path / "folder", tmp_path / "canary.txt"
    folder.mkdir()
    canary.write_text("CANARY")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = subprocess.run(
            [sys.executable, "-c", PROBE, str(folder), str(canary),
             str(listener.getsockname()[1]), walls],
            capture_output=True, text=True, check=True, cwd=folder,
            env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": os.environ["PATH"]},
        )  # fmt: skip
    return dict(line.split() for line in said.stdout.splitlines())


def test_behind_the_walls_nothing_of_the_machine_is_in_reach(tmp_path, offers):
    if not all(offers):
        pytest.skip("this machine offers no empty network, or no Landlock")
    # SIGXFSZ is ignored by the interpreter: a file too large is an error of writing.
    assert probed(tmp_path, "walls") == {
        "read": "PermissionError", "write": "PermissionError", "list": "PermissionError",
        "connect": "PermissionError", "memory": "MemoryError", "size": "OSError", "own": "done",
    }  # fmt: skip


def test_without_the_walls_all_of_it_is(tmp_path):
    assert set(probed(tmp_path, "none").values()) == {"done"}


def test_only_the_drivers_of_our_kinds_are_left_to_gdal():
    ask = "import pyogrio; print(sorted(pyogrio.list_drivers()))"
    environment = {**pinned_environment(is_raster=False), "PYTHONPATH": ":".join(sys.path)}
    said = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=environment
    )
    left = set(eval(said.stdout))  # noqa: S307  (what we printed)
    assert left <= {"MEM", *(driver for kind in KINDS for driver in kind.drivers)}
    assert "GPKG" in left


def test_a_keeper_that_is_killed_costs_one_file_and_no_more(tmp_path):
    with ReadingRoom() as room:
        assert surroundings(tmp_path, room)
        room._keepers["tables"].kill()
        room._keepers["tables"].wait()
        assert surroundings(tmp_path, room)
        assert [spent.code for spent in room.spent] == [0, 0]


def test_a_child_that_falls_takes_nobody_along(tmp_path, monkeypatch, room):
    # A limit of memory below what the libraries need on top of their start.
    little = Allowance(MEGABYTE, MEGABYTE, 6, 20, 64 * MEGABYTE)
    monkeypatch.setattr(reading_room, "allowance_for", lambda *_: little)
    path = tmp_path / "p.csv"
    path.write_text("村代码,常住人口\n" + "990001001001,2\n" * 300_000, "utf-8")
    (problem,) = read(path, PEOPLE, opener=room.open_tables).problems
    assert problem.rule == "readable"
    assert "more than 1 MB of memory" in problem.sentence_en
    monkeypatch.undo()
    assert surroundings(tmp_path, room)


def test_each_end_of_a_child_has_its_sentence():
    allowance = allowance_for(".csv", MEGABYTE)
    kind = kind_of(Path("a.csv"))
    sentences = {code: ending(code, kind, allowance) for code in (None, -24, 70, 71, -11, -6, 1)}
    assert "more than 7 seconds of the processor" in sentences[None].sentence_en
    assert sentences[-24].sentence_en == sentences[None].sentence_en
    # 512 MB, and twenty times the megabyte of the file
    assert "more than 532 MB of memory" in sentences[70].sentence_en
    assert "532 MB" in sentences[70].sentence_zh
    assert "free space" in sentences[71].sentence_en
    for code in (-11, -6, 1):
        assert "fell" in sentences[code].sentence_en
        assert "崩溃" in sentences[code].sentence_zh


def test_what_a_file_may_use_follows_its_size_up_to_a_bound():
    small, large = allowance_for(".gpkg", 100_000), allowance_for(".gpkg", 300 * MEGABYTE)
    assert small.memory_bytes == 512 * MEGABYTE + 8 * 100_000
    assert large.memory_bytes == (512 + 8 * 300) * MEGABYTE
    assert allowance_for(".gpkg", 4096 * MEGABYTE).memory_bytes == 3072 * MEGABYTE
    assert small.cpu_s == 6
    assert large.cpu_s == 156
    assert {kind.suffix for kind in KINDS if allowance_for(kind.suffix, 1)} == {
        kind.suffix for kind in KINDS
    }


def test_a_name_that_means_something_elsewhere_means_nothing_here(tmp_path, room):
    for name in ("a\nb.csv", "--form.csv", "vrt:.csv", "'; drop.csv", "$(x).csv", "%s.csv"):
        path = tmp_path / name
        path.write_text("村代码,常住人口,数据依据\n990001001001,2,统计\n", "utf-8")
        delivery = read(path, PEOPLE, opener=room.open_tables)
        assert set(delivery.frame["file"]) == {name}


def test_our_name_for_the_file_never_shows(tmp_path, room):
    path = tmp_path / "河道.geojson"
    path.write_text('{"type":"FeatureCollection","features":[', "utf-8")
    (problem,) = read(path, form_named("water"), opener=room.open_tables).problems
    assert "riskatlas" not in problem.sentence_en
    assert problem.file == "河道.geojson"


def test_a_file_that_a_fault_refuses_is_not_opened_at_all(tmp_path, room):
    before = len(room.spent)
    path = tmp_path / "b.gpkg"
    path.write_bytes(b"no database")
    assert read(path, BUILDINGS, opener=room.open_tables).problems[0].rule == "file_kind"
    assert len(room.spent) == before


def test_a_refusal_of_the_child_is_told_as_here(tmp_path, room):
    path = tmp_path / "b.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + b"no database" * 100)
    here, apart = read(path, BUILDINGS), read(path, BUILDINGS, opener=room.open_tables)
    assert [p.sentence_en for p in here.problems] == [p.sentence_en for p in apart.problems]
    with pytest.raises(UnreadableError):
        room.open_tables(path, BUILDINGS, Declared())


def test_polygons_that_cannot_be_built_cost_their_row_alone(tmp_path, room):
    path = tmp_path / "b.geojson"
    good = square(0, 0, 0.1).__geo_interface__
    thin = {"type": "Polygon", "coordinates": [[[WEST, SOUTH], [WEST, SOUTH]]]}
    frame = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"名称": "x"}, "geometry": each} for each in (good, thin)
    ]}  # fmt: skip
    path.write_text(json.dumps(frame), "utf-8")
    delivery = read(path, BUILDINGS, opener=room.open_tables)
    assert [p.row for p in delivery.problems] == [2]
    assert isinstance(delivery.frame.geometry.iloc[0], Polygon)
    assert not isinstance(delivery.frame.geometry.iloc[0], Point)


def test_a_link_a_folder_and_a_pipe_are_named_for_what_they_are(tmp_path, room):
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, words in {"link": "link", "folder": "a folder", "pipe": "a pipe"}.items():
        (problem,) = read(tmp_path / f"{name}.csv", PEOPLE, opener=room.open_tables).problems
        assert problem.rule == "file"
        assert words in problem.sentence_en


def test_a_companion_that_is_a_link_is_not_followed(tmp_path, room):
    path = tmp_path / "roads.shp"
    frame = gpd.GeoDataFrame({"n": ["x"]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4490)
    pyogrio.write_dataframe(frame, path)
    path.with_suffix(".prj").unlink()
    path.with_suffix(".prj").symlink_to("/etc/passwd")
    (problem,) = read(path, form_named("roads"), opener=room.open_tables).problems
    assert problem.rule == "readable"
    assert "roads.prj" in problem.sentence_en


def test_a_file_that_shrinks_while_it_is_read_is_sent_back(tmp_path, room, monkeypatch):
    path = tmp_path / "p.csv"
    path.write_text("村代码,常住人口,数据依据\n" + "990001001001,2,统计\n" * 9, "utf-8")
    whole = shutil.copyfileobj

    def cut_short(source, target, length):
        os.truncate(path, 40)
        whole(source, target, length)

    monkeypatch.setattr(copying.shutil, "copyfileobj", cut_short)
    (problem,) = read(path, PEOPLE, opener=room.open_tables).problems
    assert "changed while it was read" in problem.sentence_en
