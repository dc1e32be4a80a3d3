"""A million building polygons into the store, against the bare COPY of the same rows.

Everything is measured in one run and told as a ratio to that COPY: encoding and staging, with
geopandas.to_postgis and ogr2ogr beside; the whole checked load; the same file again with one row in
twenty changed; and what four million rows take of memory, which must not grow with the rows.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import text

from census.intake.stored_context import district_context
from census.store.cluster import open_cluster
from census.store.database import drop_place, open_store
from census.store.layers import stage_rows
from census.store.settings import Settings
from tests.bench import wards
from tests.bench.figures import tell
from tests.bench.places import ROOT, environment, open_home

COUNT = int(os.environ.get("RISKATLAS_BENCH_ROWS", "1000000"))
MANY_TIMES = 4  # as many rows to see whether memory grows with them
CHANGED_SHARE = 0.05
REPEATS = 3
WATCH_S = 0.05
RAW = "binary COPY of the same rows, same run"
_NAMES = "select indexname from pg_indexes where schemaname = 'census' and tablename = 'building'"
_INDEXES = f"{_NAMES.replace('indexname', 'indexdef')} and indexname <> 'building_pkey'"
NAMES = {"用途": "kind", "名称": "name", "结构": "structure", "层数": "levels"}


def run():
    """Measure staging, the load, the load again and the memory, on places of their own."""
    with open_home() as home, tempfile.TemporaryDirectory(prefix="riskatlas-bench-") as folder:
        settings = Settings(home=home)
        with open_cluster(settings):
            raw_s = _staged(settings)
            small = _imported(settings, Path(folder), COUNT, raw_s)
            many = _imported(settings, Path(folder), MANY_TIMES * COUNT, None)
    tell("ingest", f"peak memory, {MANY_TIMES * COUNT:,} rows", many, "MB",
         vs=f"{COUNT:,} rows", ratio=many / small)  # fmt: skip


def _frame(count):
    """Return rows of the table of buildings, as an import makes them."""
    frame = pd.concat(list(wards.blocks(count)), ignore_index=True).rename(columns=NAMES)
    frame["id"] = np.arange(1, count + 1)
    frame["levels"] = frame["levels"].astype(float)
    frame["footprint_m2"] = 90.0
    frame["village_code"] = "990004001001"
    frame["source_row"] = frame["id"]
    frame["notes"] = [[] for _ in range(count)]
    return frame


def _staged(settings):
    """Measure encoding and staging, its peers, and the village of each place; seconds of a COPY."""
    wards.make(settings, COUNT)
    frame = _frame(COUNT)
    with open_store(settings, place=wards.PLACE) as store:
        _assigned(store, frame)
        with store.begin() as connection:
            began = time.perf_counter()
            stage_rows(store, connection, "building", frame)
            ours_s = time.perf_counter() - began
            raw_s = _raw(connection)
        tell("ingest", f"{COUNT:,} polygons, bare binary COPY", raw_s, "s")
        tell("ingest", f"{COUNT:,} polygons, encoded and staged", ours_s, "s",
             vs=RAW, ratio=ours_s / raw_s)  # fmt: skip
        _to_postgis(store, frame, ours_s)
    _ogr2ogr(raw_s)
    drop_place(settings, wards.PLACE)
    return raw_s


def _raw(connection):
    """Copy the staged rows out, and the same bytes in again: the least that a load can take."""
    driver = connection.connection.driver_connection
    with driver.cursor() as cursor:
        columns = (
            "id, kind, name, levels, structure, footprint_m2, village_code, geom, source_row, notes"
        )
        asked = f"copy (select {columns} from delivered order by at) to stdout (format binary)"  # noqa: S608  (fixed names)
        with cursor.copy(asked) as copy:
            pieces = [bytes(piece) for piece in copy]
        joined = b"".join(pieces)
        chunks = [joined[at : at + 1_000_000] for at in range(0, len(joined), 1_000_000)]
        times = []
        for _ in range(REPEATS):
            cursor.execute("create temp table bare (like census.building including defaults)")
            began = time.perf_counter()
            with cursor.copy(f"copy bare ({columns}) from stdin (format binary)") as copy:
                for chunk in chunks:
                    copy.write(chunk)
            times.append(time.perf_counter() - began)
            cursor.execute("drop table bare")
    return median(times)


def _to_postgis(store, frame, ours_s):
    peer = frame.drop(columns="notes").assign(notes="[]")
    with store.engine.connect() as connection:
        began = time.perf_counter()
        peer.to_postgis("to_postgis_peer", connection, index=False, chunksize=50_000,
                        schema="pg_temp")  # fmt: skip
        theirs_s = time.perf_counter() - began
        connection.rollback()
    tell("ingest", f"{COUNT:,} polygons, geopandas.to_postgis", theirs_s, "s",
         vs="encoded and staged, same rows, same run", ratio=theirs_s / ours_s)  # fmt: skip


def _ogr2ogr(raw_s):
    program = shutil.which("ogr2ogr")
    if program is None:
        tell("ingest", "ogr2ogr is not installed (Debian: gdal-bin): skipped", 0, "programs")
        return
    with tempfile.TemporaryDirectory(prefix="riskatlas-bench-") as folder:
        source, target = Path(folder) / "buildings.gpkg", Path(folder) / "buildings.sql"
        wards.write_file(source, COUNT)
        began = time.perf_counter()
        # Its half of the way, without a server: what it would send as COPY.
        subprocess.run([program, "-f", "PGDump", target, source], check=True, capture_output=True)
        seconds = time.perf_counter() - began
        tell("ingest", f"{COUNT:,} polygons, ogr2ogr to COPY text alone", seconds, "s",
             vs=RAW, ratio=seconds / raw_s)  # fmt: skip


def _assigned(store, frame):
    """Measure the village of each point against the bare query, border rule and strays included."""
    context = district_context(store)
    points = gpd.GeoSeries(shapely.centroid(frame.geometry.to_numpy()), crs=4490)
    areas = context.villages.geometry.to_numpy()
    bare, ours = [], []
    for _ in range(REPEATS):
        began = time.perf_counter()
        shapely.STRtree(points.to_numpy()).query(areas, predicate="intersects")
        bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        codes = context.village_codes(points)
        strays = np.flatnonzero(codes == None)  # noqa: E711  (element by element)
        ours.append(time.perf_counter() - began)
    tell("ingest", f"{COUNT:,} points to {len(areas)} villages, {len(strays)} in none",
         median(ours), "s", vs='STRtree(points).query(villages, "intersects")',
         ratio=median(ours) / median(bare))  # fmt: skip


def _imported(settings, folder, count, raw_s):
    """Measure the load, and of a million the load of a changed file; megabytes at the peak."""
    path = folder / "buildings.gpkg"
    wards.write_file(path, count)
    wards.make(settings, count)
    with open_store(settings, place=wards.PLACE) as store:
        with _without_indexes(settings):
            first, peak_mb = _watched(settings.home, path)
        began = time.perf_counter()
        with store.begin() as connection:
            connection.execute(text("select census.rebuild_cells('building')"))
        cells_s = time.perf_counter() - began
    path.unlink()
    assert first["imported"] == count, first
    what = f"{count:,} rows"
    tell("ingest", f"{what}, peak memory of parent and reading child", peak_mb, "MB")
    tell("ingest", f"{what}, whole import", first["seconds"], "s",
         vs=raw_s and RAW, ratio=raw_s and first["seconds"] / raw_s)  # fmt: skip
    tell("ingest", f"{what}, of it the reading child", first["reading_s"], "s")
    tell("ingest", f"{what}, of it the cells of the tiles (an index)", cells_s, "s")
    if raw_s:
        load_s = first["seconds"] - first["reading_s"] - cells_s
        tell("ingest", f"{what}, checked load without reading and indexes", load_s, "s",
             vs=RAW, ratio=load_s / raw_s)  # fmt: skip
        wards.write_file(path, count, changed_share=CHANGED_SHARE)
        again, _ = _watched(settings.home, path)
        path.unlink()
        seconds = again["seconds"]
        tell("ingest", f"{what} again, {again['changed']:,} changed, indexes kept", seconds, "s",
             vs="first load", ratio=seconds / first["seconds"])  # fmt: skip
    drop_place(settings, wards.PLACE)
    return peak_mb


@contextmanager
def _without_indexes(settings):
    """Take the indexes of the buildings away while they are loaded, and build them afterwards."""
    with open_store(settings, place=wards.PLACE, role="owner") as store:
        with store.begin() as connection:
            built = connection.execute(text(_INDEXES)).scalars().all()
            connection.execute(text("alter table census.building drop constraint building_pkey"))
            for name in connection.execute(text(_NAMES)).scalars().all():
                connection.execute(text(f"drop index census.{name}"))
        yield
        began = time.perf_counter()
        with store.begin() as connection:
            for line in built:
                connection.execute(text(line))
            connection.execute(text("alter table census.building add primary key (id)"))
        tell("ingest", "indexes built anew", time.perf_counter() - began, "s")


def _watched(home, path):
    """Import in another process; its answer, and the most memory that it and its children held."""
    command = [sys.executable, "-m", "tests.bench.one_import", str(home), wards.PLACE, str(path)]
    peaks = [0.0]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, text=True
    ) as program:
        watch = threading.Thread(target=_watch, args=(program, peaks))
        watch.start()
        told = program.stdout.read()
        program.wait()
        watch.join()
    assert program.returncode == 0, "the import fell"
    return json.loads(told), peaks[0]


def _watch(program, peaks):
    while program.poll() is None:
        peaks[0] = max(peaks[0], sum(_held_mb(pid) for pid in _family(program.pid)))
        time.sleep(WATCH_S)


def _family(pid):
    """Return a process and all that came of it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _held_mb(pid):
    """Return the memory of a process; what it shares with others is shared out among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
