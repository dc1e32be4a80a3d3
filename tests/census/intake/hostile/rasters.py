"""GeoTIFFs that are giants by their head, lies by their tags, or stand among other files."""

# ruff: noqa: E501  (one hostile file is one line)

import struct
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

from tests.census.intake.conftest import SOUTH, WEST
from tests.census.intake.hostile.cases import Case
from tests.census.intake.hostile.disguises import ADDRESS, CANARY, raster_vrt

PROFILE: Mapping[str, Any] = {
    "driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4490", "nodata": -9999,
    "transform": Affine(0.001, 0, WEST, 0, -0.001, SOUTH + 0.02), "width": 40, "height": 20,
}  # fmt: skip
WIDTH, HEIGHT, BITS, PACKING, STRIPS, ROWS, COUNTS = 256, 257, 258, 259, 273, 278, 279
SAMPLES, FORMAT, NODATA, METADATA, KEYS, SCALE = 277, 339, 42113, 42112, 34735, 33550


def write(path: Path, **more: Any) -> None:
    profile = {**PROFILE, **more}
    with rasterio.open(path, "w", **profile) as target:
        shape = (profile["count"], profile["height"], profile["width"])
        target.write(np.ones(shape, profile["dtype"]))


def sparse(**more: Any) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with rasterio.open(path, "w", **{**PROFILE, **more}, sparse_ok=True):
            pass

    return make


def tag(
    number: int, value: int, *, kind: int | None = None, count: int | None = None
) -> Callable[[Path], None]:
    """Write a value, a kind or a count over those of a tag of the first directory."""

    def make(path: Path) -> None:
        write(path, tiled=False)
        content = bytearray(path.read_bytes())
        (at,) = struct.unpack_from("<I", content, 4)
        (tags,) = struct.unpack_from("<H", content, at)
        for entry in range(at + 2, at + 2 + 12 * tags, 12):
            if struct.unpack_from("<H", content, entry)[0] == number:
                if kind is not None:
                    struct.pack_into("<H", content, entry + 2, kind)
                if count is not None:
                    struct.pack_into("<I", content, entry + 4, count)
                struct.pack_into("<I", content, entry + 8, value & 0xFFFFFFFF)
        path.write_bytes(content)

    return make


def head(form: str, *values: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        content = bytearray(path.read_bytes())
        struct.pack_into(form, content, 4, *values)
        path.write_bytes(content)

    return make


def ring(path: Path) -> None:
    """A directory whose next one is itself."""
    write(path)
    content = bytearray(path.read_bytes())
    (at,) = struct.unpack_from("<I", content, 4)
    (tags,) = struct.unpack_from("<H", content, at)
    struct.pack_into("<I", content, at + 2 + 12 * tags, at)
    path.write_bytes(content)


def cut(share: float) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path, width=400, height=200, transform=Affine(1e-4, 0, WEST, 0, -1e-4, SOUTH + 0.02))
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return make


def noise(seed: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        content = bytearray(path.read_bytes())
        chance = np.random.default_rng(seed)
        for position in chance.integers(4, 500, 25):
            content[position] = chance.integers(0, 256)
        path.write_bytes(content)

    return make


def among(**files: str) -> Callable[[Path], None]:
    """A sound raster with files beside it that name other files."""

    def make(path: Path) -> None:
        write(path)
        for suffix, text in files.items():
            path.with_name(path.name + "." + suffix.replace("_", ".")).write_text(text, "utf-8")
            path.with_suffix("." + suffix.replace("_", ".")).write_text(text, "utf-8")

    return make


def told(**tags: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        write(path)
        with rasterio.open(path, "r+") as raster:
            raster.update_tags(**tags)

    return make


def filled(value: float, **more: Any) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        profile = {**PROFILE, **more}
        with (
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
            rasterio.open(path, "w", **profile) as target,
        ):
            target.write(np.full((20, 40), value, profile["dtype"]), 1)

    return make


def rasters() -> list[Case]:
    tiny = Affine(1e-9, 0, WEST, 0, -1e-9, SOUTH)
    aux = (
        f"<PAMDataset><PAMRasterBand band='1'><NoDataValue>1</NoDataValue></PAMRasterBand><Metadata>"
        f"<MDI key='a'>{ADDRESS}</MDI></Metadata><SourceFilename>{CANARY}</SourceFilename></PAMDataset>"
    )
    makers: dict[str, Callable[[Path], object]] = {
        "a million by a million cells": sparse(width=10**6, height=10**6, tiled=True, blockxsize=4096, blockysize=4096, BIGTIFF="YES"),
        "a row of two billion cells": sparse(width=2**31 - 1, height=1, BIGTIFF="YES", compress="deflate"),
        "a small picture in a giant tile": sparse(tiled=True, blockxsize=16384, blockysize=16384),
        "101 million cells of zeros": sparse(width=10_050, height=10_050, compress="deflate", transform=Affine(4e-6, 0, WEST, 0, -2e-6, SOUTH + 0.02)),
        "10,000 bands": sparse(count=10_000),
        "two bands": sparse(count=2),
        "cells of two parts": sparse(dtype="complex64"),
        "a width of nothing": tag(WIDTH, 0),
        "a width of 4 billion": tag(WIDTH, -1, kind=4),
        "a height of 2 billion": tag(HEIGHT, 2**31 - 1, kind=4),
        "cells of no bits": tag(BITS, 0),
        "cells of 65,535 bits": tag(BITS, 65_535),
        "an unknown packing": tag(PACKING, 54_321),
        "packed pictures": tag(PACKING, 7),
        "cells packed that are not": tag(PACKING, 8),
        "cells packed another way that are not": tag(PACKING, 5),
        "cells beyond the file": tag(STRIPS, 0x7FFFFFFF),
        "cells of 4 billion bytes": tag(COUNTS, -1),
        "4 billion strips": tag(STRIPS, 8, count=0xFFFFFFFF),
        "rows of strips of nothing": tag(ROWS, 0),
        "65,535 samples": tag(SAMPLES, 65_535),
        "cells of an unknown format": tag(FORMAT, 77),
        "cells of two parts by a tag": tag(FORMAT, 6),
        "a text for no-data beyond the file": tag(NODATA, 0x7FFFFFFF, count=100),
        "keys of the CRS beyond the file": tag(KEYS, 0x7FFFFFFF),
        "four billion keys of the CRS": tag(KEYS, 8, count=0xFFFFFFFF),
        "a scale beyond the file": tag(SCALE, 0x7FFFFFFF),
        "a directory beyond the file": head("<I", 0x7FFFFFFF),
        "a directory at nothing": head("<I", 0),
        "a directory in the head": head("<I", 2),
        "a directory that follows itself": ring,
        "cells that are no number": filled(np.nan),
        "infinite cells": filled(np.inf),
        "cells below the ground": filled(-5.0),
        "cells of 1e38": filled(1e38),
        "all cells unknown": filled(-9999.0),
        "no CRS": filled(1.0, crs=None),
        "no place": filled(1.0, transform=Affine.identity()),
        "turned": filled(1.0, transform=Affine(1e-3, 1e-4, WEST, 1e-4, -1e-3, SOUTH)),
        "cells of no size": filled(1.0, transform=tiny),
        "another district": filled(1.0, transform=Affine(1e-3, 0, 10, 0, -1e-3, 10)),
        "a place that is no number": filled(1.0, transform=Affine(1e-3, 0, np.nan, 0, -1e-3, SOUTH)),
        "files beside it that name others": among(aux_xml=aux, ovr=raster_vrt(CANARY, "o"), msk=raster_vrt("/etc/passwd", "m"), tfw="1\n0\n0\n-1\n0\n0\n", prj=ADDRESS),
        "a tag that is a virtual file": told(a=raster_vrt(CANARY, "t")),
        "a tag that is an address": told(TIFFTAG_DOCUMENTNAME=ADDRESS),
        "a tag of a megabyte": told(a="x" * 1_000_000),
    }  # fmt: skip
    makers |= {f"cut to {share:.0%}": cut(share) for share in (0.001, 0.01, 0.3, 0.9)}
    makers |= {f"noise {seed}": noise(seed) for seed in range(12)}
    return [
        Case(f"raster: {name}", "d.tif", "flood_depth", make, HARMLESS.get(name, ""))
        for name, make in makers.items()
    ]


HARMLESS = {
    "cells of 4 billion bytes": "the cells are as many as the head tells",
    "a text for no-data beyond the file": "no value stands for none, and it is said",
    "a directory that follows itself": "only the first directory is read",
    "files beside it that name others": "nothing beside a raster is read",
    "a tag that is a virtual file": "tags are not looked at",
    "a tag that is an address": "tags are not looked at",
    "a tag of a megabyte": "tags are not looked at",
}
