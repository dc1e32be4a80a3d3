"""Shapefiles whose three files lie about lengths, counts and places in one another."""

# ruff: noqa: E501  (one hostile file is one line)

import struct
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio

from tests.census.intake.conftest import square
from tests.census.intake.hostile.cases import Case
from tests.census.intake.hostile.disguises import ADDRESS

# Of a shapefile: head of 100 bytes; a record has its number and length, then its content.
HEAD, RECORD = 100, 108
BIG = 0x7FFFFFFF


def write(path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"名称": ["甲", "乙", "丙"]}, geometry=[square(n, 0, 0.1) for n in range(3)], crs=4490
    )
    pyogrio.write_dataframe(frame, path, encoding="utf-8")


def at(suffix: str, position: int, form: str, value: float) -> Callable[[Path], None]:
    """Write a value over a place of one of the files."""

    def make(path: Path) -> None:
        write(path)
        file = path.with_suffix(suffix)
        content = bytearray(file.read_bytes())
        struct.pack_into(form, content, position, value)
        file.write_bytes(content)

    return make


def cut(suffix: str, share: float) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        file = path.with_suffix(suffix)
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * share)])

    return make


def beside(suffix: str, content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        path.with_suffix(suffix).write_bytes(content)

    return make


def noise(suffix: str, seed: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        file = path.with_suffix(suffix)
        content = bytearray(file.read_bytes())
        chance = np.random.default_rng(seed)
        for position in chance.integers(4, len(content), max(4, len(content) // 10)):
            content[position] = chance.integers(0, 256)
        file.write_bytes(content)

    return make


PLACES = {
    "a length of nothing": (".shp", HEAD + 4, ">i", 0),
    "a length below nothing": (".shp", HEAD + 4, ">i", -5),
    "a length beyond the file": (".shp", HEAD + 4, ">i", BIG),
    "an unknown kind of shape": (".shp", RECORD, "<i", 99),
    "a kind of shape of another": (".shp", RECORD, "<i", 3),
    "parts below nothing": (".shp", RECORD + 36, "<i", -1),
    "2 billion parts": (".shp", RECORD + 36, "<i", BIG),
    "100 million parts": (".shp", RECORD + 36, "<i", 100_000_000),
    "points below nothing": (".shp", RECORD + 40, "<i", -1),
    "2 billion points": (".shp", RECORD + 40, "<i", BIG),
    "a part that begins before the shape": (".shp", RECORD + 44, "<i", -7),
    "a part that begins beyond the shape": (".shp", RECORD + 44, "<i", 5_000),
    "a place that is no number": (".shp", RECORD + 48, "<d", float("nan")),
    "an infinite place": (".shp", RECORD + 48, "<d", float("inf")),
    "a place far away": (".shp", RECORD + 48, "<d", 1e308),
    "a file length below nothing": (".shp", 24, ">i", -1),
    "a file length beyond the file": (".shp", 24, ">i", BIG),
    "another version": (".shp", 28, "<i", 1),
    "the kind of no shape for all": (".shp", 32, "<i", 0),
    "the kind of patches for all": (".shp", 32, "<i", 31),
    "bounds that are no number": (".shp", 36, "<d", float("nan")),
    "an index beyond the file": (".shx", HEAD, ">i", BIG),
    "an index below nothing": (".shx", HEAD, ">i", -50),
    "an index into the head": (".shx", HEAD, ">i", 1),
    "an index that goes back": (".shx", HEAD + 8, ">i", 50),
    "an index length beyond the file": (".shx", HEAD + 4, ">i", BIG),
    "an index that says it is giant": (".shx", 24, ">i", BIG),
    "4 billion rows": (".dbf", 4, "<I", 0xFFFFFFFF),
    "100 million rows": (".dbf", 4, "<I", 100_000_000),
    "no rows": (".dbf", 4, "<I", 0),
    "a head of no bytes": (".dbf", 8, "<H", 0),
    "a head of 65,535 bytes": (".dbf", 8, "<H", 65_535),
    "rows of no bytes": (".dbf", 10, "<H", 0),
    "rows of 65,535 bytes": (".dbf", 10, "<H", 65_535),
    "an unknown kind of column": (".dbf", 32 + 11, "<B", 0),
    "a column of no width": (".dbf", 32 + 16, "<B", 0),
    "a column of 255 signs in rows of fewer": (".dbf", 32 + 16, "<B", 255),
    "an unknown kind of table": (".dbf", 0, "<B", 0xFF),
}  # fmt: skip
BESIDE = {
    "a CRS of an address": (".prj", ADDRESS.encode()),
    "a CRS with a grid file": (".prj", (b'GEOGCS["x",DATUM["d",SPHEROID["s",6378137,298]],PRIMEM["g",0],'
     b'UNIT["d",0.017],EXTENSION["PROJ4","+proj=longlat +nadgrids=/etc/passwd"]]')),
    "a CRS of a megabyte": (".prj", b'GEOGCS["' + b"x" * 1_000_000 + b'"]'),
    "a CRS 5,000 deep": (".prj", b"GEOGCS[" * 5_000),
    "a CRS of NUL bytes": (".prj", bytes(500)),
    "an unknown encoding": (".cpg", b"KLINGON"),
    "an encoding that is a path": (".cpg", b"../../../../etc/passwd\n"),
    "an encoding of a megabyte": (".cpg", b"U" * 1_000_000),
    "an empty index": (".shx", b""),
    "an empty table": (".dbf", b""),
    "a table that is a program": (".dbf", b"\x7fELF" + bytes(500)),
    "an index that is a virtual file": (".shx", b"<OGRVRTDataSource/>" + bytes(200)),
}  # fmt: skip
INDEXED = "the index tells where a shape stands and how long it is"
OWN_KIND = "each shape tells its own kind"
SHOWN = "what cannot be read is shown as it stands, and the column is named as unknown"
HARMLESS = {
    "a length of nothing": INDEXED,
    "a length below nothing": INDEXED,
    "a length beyond the file": INDEXED,
    "another version": "versions do not differ",
    "the kind of no shape for all": OWN_KIND,
    "the kind of patches for all": OWN_KIND,
    "an index that goes back": "a shape that comes twice is told",
    "beside it an unknown encoding": SHOWN,
    "beside it an encoding that is a path": SHOWN,
    "an unknown kind of table": "its rows and columns fit all the same",
    "bounds that are no number": "bounds are found from the shapes",
    "a file length below nothing": "the length of the file counts, not what its head says",
    "a file length beyond the file": "the length of the file counts, not what its head says",
}


def shapefiles() -> list[Case]:
    makers = {name: at(*where) for name, where in PLACES.items()}
    makers |= {f"beside it {name}": beside(*what) for name, what in BESIDE.items()}
    makers |= {
        f"{suffix} cut to {share:.0%}": cut(suffix, share)
        for suffix in (".shp", ".shx", ".dbf")
        for share in (0.3, 0.8)
    }
    makers |= {
        f"noise {seed} in {suffix}": noise(suffix, seed)
        for suffix in (".shp", ".shx", ".dbf")
        for seed in range(4)
    }
    return [
        Case(f"shapefile: {name}", "a.shp", "buildings", make, HARMLESS.get(name, ""))
        for name, make in makers.items()
    ]
