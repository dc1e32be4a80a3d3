"""Archives, packed tables, geodatabases, KML, dBASE tables and grids of text that lie or swell."""

# ruff: noqa: E501  (one hostile file is one line)

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio

from tests.census.intake.conftest import SOUTH, WEST, square
from tests.census.intake.hostile.cases import Case, of_bytes
from tests.census.intake.hostile.disguises import ADDRESS, CANARY, PAYLOADS
from tests.census.intake.hostile.tables import ENTITIES, HEAD, OUTSIDE, ROW, link, packed

KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
)
MARK = "<Placemark><name>甲</name>{}</Placemark>"
NCOLS = "ncols {}\nnrows {}\nxllcorner 121\nyllcorner 32\ncellsize 0.001\nNODATA_value -9999\n"


def layer(path: Path, driver: str) -> Path:
    frame = gpd.GeoDataFrame(
        {"名称": ["甲", "乙"]}, geometry=[square(n, 0, 0.1) for n in range(2)], crs=4490
    )
    pyogrio.write_dataframe(frame, path, driver=driver, layer="buildings")
    return path


def feature() -> bytes:
    ring = [[WEST, SOUTH], [WEST + 0.001, SOUTH], [WEST + 0.001, SOUTH + 0.001], [WEST, SOUTH]]
    return (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"名称":"甲"},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    ).encode()


def _zips() -> dict[str, bytes]:
    good = packed({"a.geojson": feature()})
    locked = bytearray(good)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(mark) + at] |= 1
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        for folder in ("a", "b"):
            archive.writestr(f"{folder}/a.geojson", feature())
    named = feature().replace(
        b'"type":"FeatureCollection"',
        b'"type":"FeatureCollection","name":"' + CANARY.encode() + b'"',
    )
    return {
        "a gigabyte of blanks": packed({"a.geojson": feature() + b" " * (1 << 30)}),
        "100 MB of zeros as a geopackage": packed({"a.gpkg": bytes(100 << 20)}),
        "100,000 members": packed({f"m{n}": b"" for n in range(100_000)}),
        "a link for a layer": packed({}, link("a.geojson", "/etc/passwd")),
        "a link beside a layer": packed({"a.geojson": feature()}, link("b.geojson", CANARY)),
        "an archive in an archive": packed({"a.zip": good}),
        "the same layer twice": twice.getvalue(),
        "climbing names": packed({"../../../canary.geojson": feature()}),
        "a name from the root": packed({"/etc/cron.d/a.geojson": feature()}),
        "a name with a line end": packed({"a\nb.geojson": feature()}),
        "a name of 60,000 signs": packed({"x" * 60_000 + ".geojson": feature()}),
        "a name that is a command": packed({"$(touch x).geojson": feature()}),
        "a layer called like its neighbour": packed({"a.geojson": named}),
        "a locked layer": bytes(locked),
        "no list of members": good[: good.find(b"PK\x01\x02")],
        "a member cut short": good.replace(good[60:90], b""),
        "noise for a member": good.replace(good[50:80], bytes(30)),
        "nothing": packed({}),
        "only a workbook": packed({"a.xlsx": b"PK"}),
        "a geodatabase of one file": packed({"a.gdb/a00000001.gdbtable": b"x" * 100}),
        "half a shapefile": packed({"a.shp": b"\x00\x00\x27\x0a" + bytes(96)}),
        **{f"{name} in it": packed({"a.geojson": text.replace("LAYER", "geojson").encode()}) for name, text in PAYLOADS.items()},
    }  # fmt: skip


def _gzips() -> dict[str, bytes]:
    good = gzip.compress((HEAD + ROW).encode())
    return {
        "a gigabyte of blanks": gzip.compress(HEAD.encode() + b" " * (1 << 30)),
        "a gigabyte in many pieces": gzip.compress(b"\n" * (16 << 20)) * 64,
        "cut short": good[:-9],
        "a wrong check sum": good[:-8] + bytes(8),
        "noise behind it": good + b"noise",
        "noise in it": good[:20] + bytes(20) + good[40:],
        "an archive in it": gzip.compress(packed({"a.csv": b"x"})),
        "itself in it": gzip.compress(good),
        "a workbook in it": gzip.compress(b"PK\x03\x04" + bytes(100)),
        "NUL bytes in it": gzip.compress(bytes(100_000)),
        "a quote that never closes": gzip.compress(
            (HEAD + '"990001001001,1\n' + ROW * 100).encode()
        ),
        "only a head": good[:10],
    }


def _kmls() -> dict[str, bytes]:
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{WEST},{SOUTH} {WEST + 1},{SOUTH} {WEST},{SOUTH}</coordinates></LinearRing></outerBoundaryIs>"
    deep = "<MultiGeometry>" * 30_000 + f"<Polygon>{ring}</Polygon>" + "</MultiGeometry>" * 30_000
    many = " ".join(f"{WEST + n * 1e-6},{SOUTH}" for n in range(300_000))
    texts = {
        "names that grow": ENTITIES + KML.format(MARK.format("&j;")),
        "a name from another file": OUTSIDE + KML.format(MARK.format("&b;")),
        "a link": KML.format(f"<NetworkLink><Link><href>{ADDRESS}</href></Link></NetworkLink>"),
        "a picture from an address": KML.format(f"<GroundOverlay><Icon><href>{ADDRESS}</href></Icon></GroundOverlay>"),
        "shapes 30,000 deep": KML.format(MARK.format(deep)),
        "folders 30,000 deep": KML.format("<Folder>" * 30_000 + "</Folder>" * 30_000),
        "a ring of 300,000 points": KML.format(MARK.format(f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{many} {WEST},{SOUTH}</coordinates></LinearRing></outerBoundaryIs></Polygon>")),
        "a coordinate that is none": KML.format(MARK.format("<Point><coordinates>nan,inf</coordinates></Point>")),
        "an end that never comes": KML.format("")[:-20],
        "an attribute of 8 MB": KML.format(f'<Folder a="{"x" * 8_000_000}"/>'),
        "no mark in it": KML.format(""),
    }  # fmt: skip
    return {name: text.encode() for name, text in texts.items()}


def dbf(rows: int, head: int, row: int, columns: bytes, content: bytes) -> bytes:
    return (
        b"\x03\x18\x01\x01" + struct.pack("<IHH", rows, head, row) + bytes(20) + columns + content
    )


def _dbfs() -> dict[str, bytes]:
    column = "村代码".encode("gb18030").ljust(11, b"\0") + b"C" + bytes(4) + b"\x0c\0" + bytes(14)
    row = b" 990001001001"
    return {
        "only a head": dbf(1, 65, 13, b"", b""),
        "four thousand million rows": dbf(0xFFFFFFFF, 65, 13, column + b"\r", row),
        "rows of no width": dbf(5, 65, 0, column + b"\r", row),
        "rows wider than their columns": dbf(5, 65, 60_000, column + b"\r", row),
        "columns without end": dbf(1, 65_535, 13, column * 2, row),
        "two thousand columns": dbf(1, 65_535, 1 + 12 * 2_046, column * 2_046 + b"\r" * 31, b" " * 25_000),
        "a column of no kind": dbf(1, 65, 13, column.replace(b"C\0", b"\x07\0") + b"\r", row),
        "a head of no length": dbf(1, 0, 13, column + b"\r", row),
        "fewer rows than told": dbf(100, 65, 13, column + b"\r", row),
        "NUL bytes for a code": dbf(1, 65, 13, column + b"\r", b" " + bytes(12)),
    }  # fmt: skip


def _grids() -> dict[str, bytes]:
    rows = ("1.5 " * 20 + "\n") * 10
    texts = {
        "a million by a million cells": NCOLS.format(10**6, 10**6) + rows,
        "minus cells": NCOLS.format(-20, -10) + rows,
        "2**63 columns": NCOLS.format(2**63, 1) + rows,
        "cells of no size": NCOLS.format(20, 10).replace("0.001", "0") + rows,
        "a size that is none": NCOLS.format(20, 10).replace("0.001", "nan") + rows,
        "numbers beyond all": NCOLS.format(20, 10) + rows.replace("1.5", "1e999"),
        "numbers that are none": NCOLS.format(20, 10) + rows.replace("1.5", "nan"),
        "one line of 20 MB": NCOLS.format(20, 10) + "x" * 20_000_000,
        "words": NCOLS.format(20, 10) + rows.replace("1.5", CANARY, 1),
        "a head without end": "ncols 20\n" * 100_000,
        "no rows": NCOLS.format(20, 10),
    }
    return {name: text.encode() for name, text in texts.items()}


def _broken_geodatabase(number: int, content: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        layer(path, "OpenFileGDB")
        part = sorted(each for each in path.iterdir() if each.suffix == ".gdbtable")[number]
        part.write_bytes(content(part.read_bytes()))

    return make


def _odd_geodatabase(make_odd: Callable[[Path], object]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        layer(path, "OpenFileGDB")
        make_odd(path)

    return make


def _geodatabases() -> dict[str, Callable[[Path], None]]:
    broken: dict[str, Callable[[bytes], bytes]] = {
        "zeros": lambda content: bytes(len(content)),
        "ones": lambda content: content[:8] + b"\xff" * (len(content) - 8),
        "half": lambda content: content[: len(content) // 2],
        "nothing": lambda _: b"",
    }
    return {
        **{
            f"{name} for its table {number}": _broken_geodatabase(number, content)
            for name, content in broken.items()
            for number in (0, 1, -1)
        },
        "a link in it": _odd_geodatabase(lambda path: (path / "a00000099.gdbtable").symlink_to("/etc/passwd")),
        "a folder in it": _odd_geodatabase(lambda path: (path / "a").mkdir()),
        "a table that is a link": _odd_geodatabase(_linked),
        "a name that climbs": _odd_geodatabase(lambda path: (path / "..a").write_bytes(b"x")),
        "3,000 files": _odd_geodatabase(lambda path: [(path / f"a{n}.gdbtable").write_bytes(b"x%d" % n) for n in range(3_000)]),
    }  # fmt: skip


def _linked(path: Path) -> None:
    part = path / "a00000001.gdbtable"
    part.unlink()
    part.symlink_to(path.parent / CANARY)


HARMLESS = {
    "zip": {
        "climbing names": "no path of the archive is kept",
        "a name from the root": "no path of the archive is kept",
        "a name with a line end": "its name is made plain",
        "a name of 60,000 signs": "its name is cut",
        "a name that is a command": "its name is made plain",
        "a layer called like its neighbour": "a name of a layer is a text",
    },
}


def packed_files() -> list[Case]:
    families = {
        "zip": ("a.zip", "buildings", _zips()),
        "gzip": ("a.csv.gz", "people", _gzips()),
        "kml": ("a.kml", "buildings", _kmls()),
        "dbf": ("a.dbf", "people", _dbfs()),
        "asc": ("a.asc", "flood_depth", _grids()),
    }
    cases = [
        of_bytes(f"{kind}: {name}", file, form, content, HARMLESS.get(kind, {}).get(name, ""))
        for kind, (file, form, contents) in families.items()
        for name, content in contents.items()
    ]
    for name, make in _geodatabases().items():
        harmless = "settings of the program that made it, which no reader needs"
        why = harmless if name.endswith("for its table 1") else ""
        cases.append(Case(f"gdb: {name}", "a.gdb", "buildings", make, why))
    return cases
