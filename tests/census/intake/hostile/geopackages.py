"""GeoPackages that hold more than a layer, lie about it, or whose shapes are none."""

# ruff: noqa: E501  (one hostile file is one line)

import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio

from tests.census.intake.conftest import SOUTH, WEST, square
from tests.census.intake.hostile.cases import Case
from tests.census.intake.hostile.disguises import ADDRESS

HEADER = b"GP\x00\x01" + struct.pack("<i", 4490)
PLACE = struct.pack("<dd", WEST, SOUTH)


def write(path: Path, count: int = 2) -> None:
    frame = gpd.GeoDataFrame(
        {"名称": ["x"] * count}, geometry=[square(n, 0, 0.1) for n in range(count)], crs=4490
    )
    pyogrio.write_dataframe(frame, path, layer="a", SPATIAL_INDEX="NO")


def changed(*statements: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        base = sqlite3.connect(path)
        for statement in statements:
            base.executescript(statement)
        base.commit()
        base.close()

    return make


def with_shape(blob: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        base = sqlite3.connect(path)
        base.execute("update a set geom = ? where fid = 2", (blob,))
        base.commit()
        base.close()

    return make


def bytes_changed(change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path, 200)
        content = bytearray(path.read_bytes())
        kept = change(content)
        path.write_bytes(kept if isinstance(kept, bytes | bytearray) else content)

    return make


def _noise(seed: int) -> Callable[[bytearray], None]:
    def change(content: bytearray) -> None:
        chance = np.random.default_rng(seed)
        for at in chance.integers(100, len(content), 400):
            content[at] = chance.integers(0, 256)

    return change


def wkb(code: int, body: bytes) -> bytes:
    return b"\x01" + struct.pack("<I", code) + body


POINT = wkb(1, PLACE)
SHAPES = {
    "collections 20,000 deep": wkb(7, struct.pack("<I", 1)) * 20_000 + POINT,
    "collections 20 deep": wkb(7, struct.pack("<I", 1)) * 20 + POINT,
    "4 billion points": wkb(2, struct.pack("<I", 0xFFFFFFFF) + PLACE),
    "4 billion rings": wkb(3, struct.pack("<I", 0xFFFFFFFF) + PLACE),
    "4 billion parts": wkb(6, struct.pack("<I", 0xFFFFFFFF) + POINT),
    "2 billion members": wkb(7, struct.pack("<I", 0x7FFFFFFF) + POINT),
    "a ring of no points": wkb(3, struct.pack("<II", 1, 0)),
    "a ring of one point": wkb(3, struct.pack("<II", 1, 1) + PLACE),
    "a curve": wkb(8, struct.pack("<I", 3) + PLACE * 3),
    "a polygon of curves": wkb(10, struct.pack("<I", 1) + wkb(8, struct.pack("<I", 3) + PLACE * 3)),
    "an unknown kind": wkb(4711, PLACE),
    "no kind": wkb(0, PLACE),
    "an unknown order of bytes": b"\x07" + POINT[1:],
    "half a point": POINT[:12],
    "no bytes": b"",
    "not a number": wkb(1, struct.pack("<dd", float("nan"), float("nan"))),
    "infinite": wkb(2, struct.pack("<I", 2) + PLACE + struct.pack("<dd", float("inf"), SOUTH)),
    "lines among polygons": wkb(2, struct.pack("<I", 2) + PLACE + struct.pack("<dd", 121.1, 32.1)),
    "a surface of triangles": wkb(16, struct.pack("<I", 1) + wkb(17, struct.pack("<II", 1, 4) + PLACE * 4)),
}  # fmt: skip
CRS = {
    "a CRS with a grid file": 'GEOGCS["x",DATUM["d",SPHEROID["s",6378137,298]],PRIMEM["g",0],UNIT["d",0.01745],'
    'EXTENSION["PROJ4","+proj=longlat +nadgrids=/etc/passwd"]]',
    "a CRS of an address": ADDRESS,
    "a CRS of a megabyte": 'GEOGCS["' + "x" * 1_000_000 + '"]',
    "a CRS 50,000 deep": "GEOGCS[" * 50_000,
}  # fmt: skip
STATEMENTS = {
    "another mark": "pragma application_id = 12345",
    "no mark": "pragma application_id = 0",
    "a text index": "create virtual table words using fts5(text)",
    "an old text index": "create virtual table words using fts4(text)",
    "a view without end": "drop table if exists b; create view b as with recursive n(x) as (select 1 "
    "union all select x+1 from n) select x as fid, null as geom, 'x' as 名称 from n; insert into "
    "gpkg_contents(table_name, data_type, identifier, srs_id) values ('b','features','b',4490); insert "
    "into gpkg_geometry_columns values ('b','geom','POLYGON',4490,0,0); delete from gpkg_contents where "
    "table_name='a'; delete from gpkg_geometry_columns where table_name='a'",
    "a view that reads a file": "create view b as select 1 as fid, readfile('/etc/passwd') as geom; insert "
    "into gpkg_contents(table_name, data_type, identifier, srs_id) values ('b','features','b',4490); "
    "insert into gpkg_geometry_columns values ('b','geom','POLYGON',4490,0,0); delete from gpkg_contents "
    "where table_name='a'; delete from gpkg_geometry_columns where table_name='a'",
    "a view that loads a library": "create view b as select 1 as fid, load_extension('/lib/evil') as geom; "
    "insert into gpkg_contents(table_name, data_type, identifier, srs_id) values ('b','features','b',4490); "
    "insert into gpkg_geometry_columns values ('b','geom','POLYGON',4490,0,0); delete from gpkg_contents "
    "where table_name='a'; delete from gpkg_geometry_columns where table_name='a'",
    "no list of layers": "drop table gpkg_contents",
    "an empty list of layers": "delete from gpkg_contents",
    "a layer without a table": "drop table a",
    "no shapes in the layer": "update gpkg_geometry_columns set column_name = 'none'",
    "numbers for shapes": "update a set geom = 12345",
    "texts for shapes": "update a set geom = 'POLYGON((0 0,1 1,1 0,0 0))'",
    "a name of 20 MB": "update a set 名称 = replace(hex(zeroblob(10000000)), '0', 'x')",
    "a name with a control sign": "update a set 名称 = char(7)",
    "a column beyond the form": "alter table a add column passwort text",
}  # fmt: skip
TRIGGER = "create trigger t after update on a begin insert into a(名称) select 名称 from a; end;"


def geopackages() -> list[Case]:
    makers: dict[str, Callable[[Path], object]] = {n: changed(s) for n, s in STATEMENTS.items()}
    makers["a trigger"] = changed(TRIGGER)
    makers |= {f"shape: {name}": with_shape(HEADER + blob) for name, blob in SHAPES.items()}
    makers["shape: no header"] = with_shape(POINT)
    makers["shape: a header that lies"] = with_shape(b"GP\x00\x0f" + HEADER[4:] + POINT)
    makers |= {
        name: changed(f"update gpkg_spatial_ref_sys set definition = '{text}', organization='x' "  # noqa: S608  (a file of ours)
                      "where srs_id = 4490")
        for name, text in CRS.items()
    }  # fmt: skip
    makers |= {f"noise {seed}": bytes_changed(_noise(seed)) for seed in range(10)}
    makers |= {
        f"cut to {share:.0%}": bytes_changed(lambda c, s=share: c[: int(len(c) * s)])
        for share in (0.01, 0.1, 0.3, 0.6, 0.9)
    }
    makers["pages of 1 byte"] = bytes_changed(lambda c: c.__setitem__(slice(16, 18), b"\x00\x03"))
    makers["pages that follow themselves"] = bytes_changed(
        lambda c: c.__setitem__(slice(4096, 4108), struct.pack(">BHHHBI", 5, 0, 9, 4000, 0, 2))
    )
    return [
        Case(f"GeoPackage: {name}", "a.gpkg", "buildings", make, HARMLESS.get(name, ""))
        for name, make in makers.items()
    ]


HARMLESS = {
    "a trigger": "nothing is written to it: no trigger runs",
    "a column beyond the form": "unknown columns are named and not read",
}
