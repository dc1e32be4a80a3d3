"""Files out of a packed delivery: held against limits, unpacked under plain names, gone after.

Sizes are counted while they stream, because those that an archive declares may be a lie; no path of
the archive is kept, links and archives within it are left inside.
"""

import gzip
import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from census.intake.archives import MOST_MEMBERS, MOST_RATIO, SMALL_BYTES
from census.intake.encodings import preferred, readings
from census.intake.kinds import KINDS, FileKind, bare_name, kind_of
from census.intake.problems import Problem, Source
from census.intake.raw import UnreadableError

MOST_UNPACKED_BYTES: Final = 4 * 1024 * 1024 * 1024
MOST_TABLE_BYTES: Final = 500 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_UTF8_NAMES: Final = 0x800
_LINK: Final = 0o120000
_FILE_TYPE: Final = 0o170000
_GEODATABASE: Final = ".gdb"
_COMPANIONS: Final = (".shx", ".dbf", ".prj", ".cpg", ".cst")
_LONGEST_NAME: Final = 60
# What the libraries raise where the packed bytes are damaged or locked.
_DAMAGED: Final = (
    zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, zlib.error,
    lzma.LZMAError, OSError,
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """
    A file of a packed delivery, unpacked.

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
    Unpack a packed delivery in this process, for as long as it is read.

    Parameters
    ----------
    path
        A ``.zip`` or ``.csv.gz`` file.

    Yields
    ------
    list of Part
        What :func:`parts_of` finds.

    Raises
    ------
    UnreadableError
        As :func:`unpack`.
    """
    with tempfile.TemporaryDirectory(prefix="riskatlas-delivery-") as folder:
        unpack(path, Path(folder), bare_name(path))
        yield parts_of(Path(folder))


def unpack(path: Path, folder: Path, name: str) -> None:
    """
    Unpack the layers of an archive, or a packed text table.

    Parameters
    ----------
    path
        A ``.zip`` or ``.csv.gz`` file.
    folder
        An empty folder, where nothing but files under plain names and geodatabases will be.
    name
        What a packed text table is called, without ending.

    Raises
    ------
    UnreadableError
        When it is damaged, locked, holds links, too many members, or unpacks to too much.
    """
    most_bytes = most_unpacked_bytes(path)
    kind = kind_of(path)
    if kind is not None and kind.family == "sheet":
        with _told("a packed text table"):
            table = cast("IO[bytes]", gzip.open(path))  # noqa: SIM115  (closed by what streams it)
        _stream(table, folder / f"{plain_name(name)}.csv", path, most_bytes, "a packed text table")
        return
    with _told("an archive"):
        archive = zipfile.ZipFile(path)
    with archive:
        with _told("an archive"):
            members = _wanted(archive)
        for member, target in zip(members, _targets(members, folder), strict=True):
            with _told("an archive"):
                stream = archive.open(member[0])
            most_bytes -= _stream(stream, target, path, most_bytes, "an archive")


def most_unpacked_bytes(path: Path) -> int:
    """
    Tell to how much a packed delivery may unpack.

    Parameters
    ----------
    path
        A ``.zip`` or ``.csv.gz`` file.

    Returns
    -------
    int
        Bytes of all that is in it.
    """
    most = MOST_UNPACKED_BYTES if path.suffix.lower() == ".zip" else MOST_TABLE_BYTES
    return min(most, max(SMALL_BYTES, MOST_RATIO * path.stat().st_size))


@contextmanager
def _told(kind: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as fault:
        raise UnreadableError(kind, str(fault), f"压缩包损坏或加密（{fault}）") from fault


def _stream(stream: IO[bytes], target: Path, packed: Path, most_bytes: int, kind: str) -> int:
    """Write a member piece by piece, and stop before it fills the disk; return its bytes."""
    size_bytes = 0
    with stream, target.open("xb") as out:
        while True:
            # A full disk is no fault of the file: only what is read is told as damage.
            with _told(kind):
                chunk = stream.read(_CHUNK_BYTES)
            if not chunk:
                return size_bytes
            size_bytes += len(chunk)
            if size_bytes > most_bytes:
                raise _swollen(kind, packed.stat().st_size)
            out.write(chunk)


def _swollen(kind: str, packed_bytes: int) -> UnreadableError:
    return UnreadableError(
        kind,
        f"it unpacks from {packed_bytes:,} bytes to far more than such a file should",
        f"{packed_bytes:,} 字节解压后远超应有大小",
    )


def parts_of(folder: Path) -> list[Part]:
    """
    List what was unpacked and can be read.

    Parameters
    ----------
    folder
        What :func:`unpack` filled; another process may have done so, and is not believed.

    Returns
    -------
    list of Part
        Shapefiles, GeoPackages, GeoJSON and KML files, geodatabases and text tables, by name.

    Raises
    ------
    ValueError
        When it holds names that no unpacking makes, or too many.
    """
    found = sorted(folder.iterdir())
    if len(found) > MOST_MEMBERS or any(each.name != plain_name(each.name) for each in found):
        raise ValueError(len(found))
    return [
        Part(bare_name(each), each, kind)
        for each in found
        if (kind := kind_of(each)) is not None and (kind.family == "layer" or each.suffix == ".csv")
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


def _targets(
    members: Sequence[tuple[zipfile.ZipInfo, PurePosixPath]], folder: Path
) -> Iterator[Path]:
    """Give the place of each member, its folder made; no two have the same."""
    for _, parts in members:
        base = _in_geodatabase(parts)
        target = folder / plain_name(base) if base else folder
        target.mkdir(exist_ok=True)
        target /= plain_name(parts.name)
        if target.exists():
            raise UnreadableError(
                "an archive", f"{parts.name} is in it twice", f"其中有两个 {parts.name}"
            )
        yield target


def plain_name(name: str) -> str:
    """
    Make a name plain: letters, digits and a few signs, not too long.

    Parameters
    ----------
    name
        Name of a file, which is shown, and asked for with ``--layer``.

    Returns
    -------
    str
        The name, other signs as ``_``; its ending is kept.
    """
    kept = re.sub(r"[^\w.() \-]", "_", PurePosixPath(name).name).lstrip(".") or "layer"
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{ending[:_LONGEST_NAME]}"


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
