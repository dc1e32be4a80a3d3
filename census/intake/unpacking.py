"""Layers out of a zipped delivery: held against limits, unpacked under plain names, and gone after.

Sizes are counted while they stream, because those that an archive declares may be a lie; no path of
the archive is kept, links and archives within it are left inside.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from census.intake.archives import MOST_MEMBERS, MOST_RATIO, SMALL_BYTES
from census.intake.encodings import preferred, readings
from census.intake.kinds import KINDS, FileKind, kind_of
from census.intake.problems import Problem, Source
from census.intake.raw import UnreadableError

MOST_UNPACKED_BYTES: Final = 4 * 1024 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_UTF8_NAMES: Final = 0x800
_LINK: Final = 0o120000
_FILE_TYPE: Final = 0o170000
_GEODATABASE: Final = ".gdb"
_COMPANIONS: Final = (".shx", ".dbf", ".prj", ".cpg", ".cst")


@dataclass(frozen=True)
class Part:
    """
    A layer file of an archive, unpacked.

    Attributes
    ----------
    name
        Its name without ending.
    path
        Where it is while it is read.
    kind
        Its kind.
    """

    name: str
    path: Path
    kind: FileKind


@contextmanager
def unpacked(path: Path) -> Iterator[list[Part]]:
    """
    Unpack the layers of an archive for as long as they are read.

    Parameters
    ----------
    path
        A ``.zip`` file.

    Yields
    ------
    list of Part
        Shapefiles, GeoPackages, GeoJSON and KML files and geodatabases, by name.

    Raises
    ------
    UnreadableError
        When it is damaged, locked, holds links, too many members, or unpacks to too much.
    """
    with tempfile.TemporaryDirectory(prefix="riskatlas-delivery-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                members = _wanted(archive)
                _unpack(archive, members, Path(folder), path.stat().st_size)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as fault:
            raise UnreadableError(
                "an archive", str(fault), f"压缩包损坏或加密（{fault}）"
            ) from fault
        yield _parts(Path(folder))


def _parts(folder: Path) -> list[Part]:
    return [
        Part(each.stem, each, kind)
        for each in sorted(folder.iterdir())
        if (kind := kind_of(each)) is not None and kind.family == "layer"
    ]


_LAYER_SUFFIXES: Final = (*(each.suffix for each in KINDS if each.family == "layer"), *_COMPANIONS)


def _wanted(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Pick the members that make up layers, with their names in plain letters."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_MEMBERS:
        raise _too_much(f"{len(members):,} members", f"内含 {len(members):,} 个文件")
    wanted = []
    for member, name in zip(members, _names(members), strict=True):
        parts = PurePosixPath(name.replace("\\", "/"))
        if (member.external_attr >> 16) & _FILE_TYPE == _LINK:
            raise UnreadableError("an archive", f"{name} is a link", f"{name} 是链接")
        if parts.name.startswith("._") or "__MACOSX" in parts.parts:
            continue
        if _in_geodatabase(parts) or parts.suffix.lower() in _LAYER_SUFFIXES:
            wanted.append((member, parts))
    return wanted


def _names(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Give the names of the members; those that say no encoding are of the sender's own."""
    raw = [
        b"" if member.flag_bits & _UTF8_NAMES else member.filename.encode("cp437", "replace")
        for member in members
    ]
    telling = [name for name in raw if not name.isascii()]
    reading, _ = preferred(readings(telling), None) if telling else (None, False)
    if reading is None:
        return [member.filename for member in members]
    return [
        name.decode(reading.encoding) if name and not name.isascii() else member.filename
        for name, member in zip(raw, members, strict=True)
    ]


def _in_geodatabase(parts: PurePosixPath) -> str:
    """Name the geodatabase that a member is a part of, empty where it is of none."""
    folder = parts.parent.name
    return folder if folder.lower().endswith(_GEODATABASE) else ""


def _unpack(
    archive: zipfile.ZipFile,
    members: Sequence[tuple[zipfile.ZipInfo, PurePosixPath]],
    folder: Path,
    packed: int,
) -> None:
    total = 0
    for member, parts in members:
        base = _in_geodatabase(parts)
        target = folder / _plain(base) / _plain(parts.name) if base else folder / _plain(parts.name)
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            raise UnreadableError(
                "an archive", f"{parts.name} is in it twice", f"其中有两个 {parts.name}"
            )
        with archive.open(member) as stream, target.open("wb") as out:
            while chunk := stream.read(_CHUNK_BYTES):
                total += len(chunk)
                if total > MOST_UNPACKED_BYTES or (
                    total > SMALL_BYTES and total > MOST_RATIO * packed
                ):
                    raise _too_much(
                        f"more than {total:,} bytes out of {packed:,}",
                        f"{packed:,} 字节解压后超过 {total:,} 字节",
                    )
                out.write(chunk)


def _plain(name: str) -> str:
    # Nothing but letters, digits and a few signs: a name is shown, and asked for with --layer.
    kept = re.sub(r"[^\w.() \-]", "_", PurePosixPath(name).name)
    return kept.lstrip(".") or "layer"


def _too_much(en: str, zh: str) -> UnreadableError:
    return UnreadableError("an archive", f"it holds {en}", f"{zh}")


def chosen_part(parts: Sequence[Part], asked: Sequence[str], here: Source) -> Part | Problem:
    """
    Choose the one layer file of an archive, or say why there is no choice.

    Parameters
    ----------
    parts
        The layer files.
    asked
        What ``--layer`` names: a file of the archive, or layers of its only file.
    here
        The archive.

    Returns
    -------
    Part or Problem
        The file, or an error of the whole archive.
    """
    named = [part for part in parts if part.name in asked]
    if len(named) == 1 or len(parts) == 1:
        return (named or list(parts))[0]
    if not parts:
        return here.problem(
            "layer",
            "error",
            zh="压缩包里没有图层（.shp、.gpkg、.geojson、.kml、.gdb）；表格请解压后交付",
            en="There is no layer in the archive (.shp, .gpkg, .geojson, .kml, .gdb); deliver "
            "tables unpacked",
        )
    names = [part.name for part in parts]
    options = " / ".join(f"--layer {name}" for name in names)
    return here.problem(
        "layer",
        "error",
        value="、".join(names),
        zh=f"压缩包里有 {len(names)} 个图层文件：{'、'.join(names)}；请用 {options} 指明",
        en=f"There are {len(names)} layer files in the archive: {', '.join(names)}; say which with "
        f"{options}",
    )
