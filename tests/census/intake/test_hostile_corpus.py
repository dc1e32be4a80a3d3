"""Three hundred files that would hurt: each refused with a sentence, or read for what it is.

Each is opened by a child whose use of the processor and of memory is measured, and held against the
district by this process, which lives on. No file but the delivered one is read, no address asked.
"""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from census.intake.checking import check
from census.intake.declared import Declared
from census.intake.forms import form_named
from census.intake.grids import check_grid
from census.intake.problems import has_errors
from census.intake.raw import UnreadableError
from census.intake.reading import read
from tests.census.intake.hostile.cases import Case
from tests.census.intake.hostile.disguises import CANARY, disguises
from tests.census.intake.hostile.geojson import geojson
from tests.census.intake.hostile.geopackages import geopackages
from tests.census.intake.hostile.packed import packed_files
from tests.census.intake.hostile.rasters import rasters
from tests.census.intake.hostile.shapefiles import shapefiles
from tests.census.intake.hostile.tables import tables

MOST_CPU_S = 10.0
MOST_BYTES = 1024**3
SECRET = "CANARY-5f2c"
CASES = [
    *disguises(),
    *geojson(),
    *geopackages(),
    *shapefiles(),
    *rasters(),
    *tables(),
    *packed_files(),
]


@pytest.fixture(scope="module")
def listener():
    """A port of this machine that nothing may ask; it tells how often it was."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def asked(server):
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def address_filled(folder: Path, port: int) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_size < 5_000_000:
            content = path.read_bytes()
            if b"127.0.0.1:PORT" in content:
                # As many signs as before: what lies behind it stays in its place.
                path.write_bytes(content.replace(b"127.0.0.1:PORT", b"127.0.0.1:%04d" % port))


def told(path: Path, form_name: str, context, room) -> tuple[list, str]:
    """The problems of a delivery, and every byte that the reading gave."""
    form = form_named(form_name)
    delivery = read(path, form, opener=room.open_tables)
    if form.geometry == "raster":
        problems = list(delivery.problems)
        grid = None
        if not has_errors(problems):
            grid, found = check_grid(path, form, context, source_crs=None, opener=room.open_grid)
            problems += found
        given = "" if grid is None else repr(grid.file)
    else:
        accepted, problems = check(delivery, form, context)
        given = pd.DataFrame(delivery.frame).to_csv() + pd.DataFrame(accepted).to_csv()
    return problems, given + json.dumps([each.as_row() for each in problems], ensure_ascii=False)


def own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_is_refused_with_a_sentence(case: Case, tmp_path, context, room, listener):
    (tmp_path / CANARY).write_text(f"canary,编号,名称\n{SECRET},{SECRET},{SECRET}\n", "utf-8")
    path = tmp_path / case.file
    case.make(path)
    address_filled(tmp_path, listener.getsockname()[1])
    before, started = len(room.spent), own_cpu_s()
    problems, given = told(path, case.form, context, room)
    assert SECRET not in given
    assert "root:x:0" not in given
    assert not asked(listener)
    for spent in room.spent[before:]:
        assert spent.cpu_s <= MOST_CPU_S
        assert spent.peak_bytes <= MOST_BYTES
    assert own_cpu_s() - started <= MOST_CPU_S
    for each in problems:
        assert each.sentence_zh
        assert each.sentence_en
        assert "riskatlas-" not in each.sentence_en + each.sentence_zh
    # Headings alone are an empty layer, which changes nothing without a second yes.
    is_empty = any(each.rule == "no_rows" for each in problems)
    assert has_errors(problems) is not (bool(case.harmless) or is_empty)


def test_there_are_three_hundred_of_them_and_no_two_are_called_alike():
    names = Counter(case.name for case in CASES)
    assert max(names.values()) == 1
    assert len(CASES) >= 300


def test_no_two_of_them_are_the_same_bytes(tmp_path):
    seen: dict[tuple[str, bytes], str] = {}
    for number, case in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        case.make(folder / case.file)
        parts = sorted(path for path in folder.rglob("*") if path.is_file())
        whole = b"".join(path.name.encode() + path.read_bytes() for path in parts)
        key = (case.file, whole)
        assert seen.setdefault(key, case.name) == case.name
        shutil.rmtree(folder)


# What a reader without our walls does with the same files.
OPENED = "import pyogrio, sys; print(pyogrio.read_dataframe(sys.argv[1]).to_csv())"


def opened_bare(path: Path) -> str:
    environment = {**os.environ, "GDAL_HTTP_TIMEOUT": "1", "GDAL_HTTP_MAX_RETRY": "0"}
    said = subprocess.run(
        [sys.executable, "-c", OPENED, str(path)],
        capture_output=True, text=True, check=False, env=environment, timeout=60,
    )  # fmt: skip
    return said.stdout


def named(words: str) -> Case:
    return next(case for case in CASES if case.name == words)


def test_without_the_walls_such_a_file_gives_away_its_neighbour(tmp_path):
    (tmp_path / CANARY).write_text(f"canary,编号,名称\n{SECRET},{SECRET},{SECRET}\n", "utf-8")
    case = named("vector vrt to file behind the head of .geojson")
    case.make(tmp_path / case.file)
    assert SECRET in opened_bare(tmp_path / case.file)


def test_without_the_walls_such_a_file_asks_an_address(tmp_path, listener):
    case = named("vector vrt to curl behind the head of .geojson")
    case.make(tmp_path / case.file)
    address_filled(tmp_path, listener.getsockname()[1])
    opened_bare(tmp_path / case.file)
    assert asked(listener)


def test_a_child_that_is_given_such_a_file_unlooked_at_gives_nothing_away(tmp_path, room):
    # The look at the first bytes is left out: the child alone stands between file and neighbour.
    (tmp_path / CANARY).write_text(f"canary,编号,名称\n{SECRET},{SECRET},{SECRET}\n", "utf-8")
    chosen = [case for case in CASES if case.name.endswith(("head of .geojson", "head of .gpkg"))]
    assert len(chosen) >= 20
    for case in chosen:
        path = tmp_path / case.file
        case.make(path)
        with pytest.raises(UnreadableError) as refusal:
            room.open_tables(path, form_named(case.form), Declared())
        assert SECRET not in str(refusal.value)
