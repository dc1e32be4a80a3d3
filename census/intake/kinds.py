"""The kinds of file that a delivery may be: one table for all readers.

A file is held against its kind before a library opens it: a GDAL virtual file under another name
could read any file of the machine, and a workbook saved under another ending is told as such.
"""

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from census.intake.fields import Form
from census.intake.problems import Problem, Source
from census.intake.untaken import way_out

Family = Literal["sheet", "layer", "raster", "archive"]

_MEGABYTE = 1024 * 1024
_ZIP = b"PK\x03\x04"
# Drivers that open other files look for these words anywhere near a file's start.
_VIRTUAL = (b"<OGRVRTDataSource", b"<VRTDataset", b"<GDAL_WMS", b"<WFSLayer", b"<OGRWFSDataSource")
_LOOKED_AT_BYTES = 65536
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NAMED_PARTS = 5


@dataclass(frozen=True)
class FileKind:
    """
    One kind of file.

    Attributes
    ----------
    name
        What it is called in a sentence.
    suffix
        Ending of its name, small letters, with the dot.
    family
        Which reader opens it.
    first_bytes
        How its content may begin; empty for text, which begins anyhow.
    largest_bytes
        A larger file is refused unread.
    drivers
        The only GDAL drivers that may open it; empty where GDAL does not.
    companions
        Endings of the files that must stand beside it.
    is_text
        Whether it is a text table, which any program may have written in any encoding.
    is_zipped
        Whether it is a workbook packed as an archive.
    is_folder
        Whether it is a folder of plain files.
    is_packed
        Whether other files have to be unpacked from it before it is read.
    """

    name: str
    suffix: str
    family: Family
    first_bytes: tuple[bytes, ...]
    largest_bytes: int
    drivers: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    is_text: bool = False
    is_zipped: bool = False
    is_folder: bool = False
    is_packed: bool = False


_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_XLS = (b"\xd0\xcf\x11\xe0",)
_DBF = (b"\x03", b"\x04", b"\x05", b"\x30", b"\x31", b"\x83", b"\x8b", b"\xf5")
_JSON, _SHP, _GPKG = (b"{",), (b"\x00\x00\x27\x0a",), (b"SQLite format 3\x00",)
KINDS = (
    FileKind("Excel", ".xlsx", "sheet", (_ZIP,), 200 * _MEGABYTE, is_zipped=True),
    FileKind("Excel", ".xlsm", "sheet", (_ZIP,), 200 * _MEGABYTE, is_zipped=True),
    FileKind("Excel 97", ".xls", "sheet", _XLS, 200 * _MEGABYTE),
    FileKind("OpenDocument", ".ods", "sheet", (_ZIP,), 200 * _MEGABYTE, is_zipped=True),
    FileKind("CSV", ".csv", "sheet", (), 500 * _MEGABYTE, is_text=True),
    FileKind("CSV", ".tsv", "sheet", (), 500 * _MEGABYTE, is_text=True),
    FileKind(
        "CSV (gzip)", ".csv.gz", "sheet", (b"\x1f\x8b",), 100 * _MEGABYTE, is_text=True,
        is_packed=True,
    ),
    FileKind("dBASE", ".dbf", "sheet", _DBF, 2048 * _MEGABYTE),
    FileKind("GeoPackage", ".gpkg", "layer", _GPKG, 4096 * _MEGABYTE, ("GPKG",)),
    FileKind(
        "Shapefile", ".shp", "layer", _SHP, 2048 * _MEGABYTE, ("ESRI Shapefile",), (".shx", ".dbf")
    ),
    FileKind("GeoJSON", ".geojson", "layer", _JSON, 500 * _MEGABYTE, ("GeoJSON",)),
    FileKind("GeoJSON", ".json", "layer", _JSON, 500 * _MEGABYTE, ("GeoJSON",)),
    FileKind("GeoParquet", ".parquet", "layer", (b"PAR1",), 1024 * _MEGABYTE),
    FileKind("KML", ".kml", "layer", (b"<",), 200 * _MEGABYTE, ("LIBKML", "KML")),
    FileKind(
        "File Geodatabase", ".gdb", "layer", (), 4096 * _MEGABYTE, ("OpenFileGDB",), is_folder=True
    ),
    FileKind("ZIP", ".zip", "archive", (_ZIP,), 2048 * _MEGABYTE, is_packed=True),
    FileKind("GeoTIFF", ".tif", "raster", _TIFF, 2048 * _MEGABYTE, ("GTiff",)),
    FileKind("GeoTIFF", ".tiff", "raster", _TIFF, 2048 * _MEGABYTE, ("GTiff",)),
    FileKind("ASCII grid", ".asc", "raster", (), 1024 * _MEGABYTE, ("AAIGrid",)),
)  # fmt: skip
_PARTS = frozenset({".shx", ".dbf", ".prj", ".cpg", ".cst", ".sbn", ".sbx", ".qpj", ".qix"})


def kind_of(path: Path) -> FileKind | None:
    """
    Tell the kind of a file by the ending of its name.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    FileKind or None
        None where no delivery has such an ending.
    """
    name = path.name.lower()
    return next((kind for kind in KINDS if name.endswith(kind.suffix)), None)


def bare_name(path: Path) -> str:
    """
    Give the name of a file without the ending of its kind.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        Such as ``people`` of ``people.csv.gz``; without its last ending where no kind has it.
    """
    kind = kind_of(path)
    return path.stem if kind is None else path.name[: -len(kind.suffix)]


def accepted_suffixes(form: Form) -> tuple[str, ...]:
    """
    Name the kinds of file that a form takes.

    Parameters
    ----------
    form
        The form.

    Returns
    -------
    tuple of str
        Endings of file names, with the dot.
    """
    families: set[Family] = {"layer", "archive"}
    if form.geometry == "raster":
        families = {"raster"}
    elif form.geometry == "none":
        families = {"sheet"}
    elif form.geometry in {"point", "any"}:
        families = {"sheet", "layer", "archive"}
    return tuple(kind.suffix for kind in KINDS if kind.family in families)


def taken_suffixes(form: Form) -> tuple[str, ...]:
    """
    Name the kinds of file that a form is read from, those not asked for among them.

    Parameters
    ----------
    form
        The form.

    Returns
    -------
    tuple of str
        :func:`accepted_suffixes`, and what an export of the form may be: a layer without shapes, a
        table that holds shapes as text.
    """
    accepted = accepted_suffixes(form)
    if form.geometry == "none":
        return (*accepted, ".gpkg", ".geojson", ".json", ".parquet")
    if form.geometry in {"line", "polygon"}:
        return (*accepted, *(kind.suffix for kind in KINDS if kind.family == "sheet"))
    return accepted


def without_parts(paths: Sequence[Path]) -> list[Path]:
    """
    Leave out what is no delivery of its own: the parts that stand beside a shapefile or a grid.

    Parameters
    ----------
    paths
        Files and folders.

    Returns
    -------
    list of Path
        The others, folders only where they are geodatabases.
    """
    whole = {path.stem for path in paths if path.suffix.lower() in {".shp", ".asc"}}
    return [
        path
        for path in paths
        if (path.is_file() or path.suffix.lower() == ".gdb")
        and not (path.stem in whole and path.suffix.lower() in _PARTS)
    ]


def file_fault(path: Path, form: Form) -> Problem | None:
    """
    Find what keeps a file from being opened at all.

    Parameters
    ----------
    path
        The file.
    form
        The form it is delivered for.

    Returns
    -------
    Problem or None
        The first fault: absent, of a kind the form does not take, empty, too large, content of
        another kind, without its companions.
    """
    here = Source(path.name)
    allowed = accepted_suffixes(form)
    kind = kind_of(path)
    if (absent := _absence(path, kind, here)) is not None:
        return absent
    if kind is None or kind.suffix not in taken_suffixes(form):
        way_zh, way_en = way_out(path, form.geometry)
        return here.problem(
            "file_kind",
            "error",
            value=path.suffix,
            zh=f"表单“{form.label_zh}”收 {', '.join(allowed)} 文件{way_zh}",
            en=f"The form {form.name} takes {', '.join(allowed)} files{way_en}",
        )
    if kind.is_folder and (fault := _folder_fault(path, kind, here)) is not None:
        return fault
    return _size_fault(path, kind, here) or _content_fault(path, kind, here)


def _absence(path: Path, kind: FileKind | None, here: Source) -> Problem | None:
    # A link in what somebody sent could lead to any file of this machine.
    if path.is_symlink():
        return here.problem(
            "file",
            "error",
            zh="这是指向别处的链接，不是文件本身；请交付文件本身",
            en="It is a link to something else; deliver the file itself",
        )
    is_folder = kind is not None and kind.is_folder
    if path.is_dir() if is_folder else path.is_file():
        return None
    if path.exists() and is_folder:
        return here.problem(
            "file",
            "error",
            zh="不是文件夹：.gdb 是装有若干文件的文件夹，请整个文件夹交付或打包为 .zip",
            en="It is no folder: a .gdb is a folder of files; deliver the whole of it, or as .zip",
        )
    if path.exists():
        return here.problem(
            "file",
            "error",
            zh="不是普通文件（是文件夹、管道或设备）",
            en="It is no plain file: a folder, a pipe or a device",
        )
    return here.problem("file", "error", zh="没有这个文件", en="There is no such file")


def _folder_fault(path: Path, kind: FileKind, here: Source) -> Problem | None:
    # Inside the one kind that is a folder the same holds as outside: neither links nor pipes.
    odd = sorted(part.name for part in path.iterdir() if not stat.S_ISREG(part.lstat().st_mode))
    if not odd:
        return None
    return here.problem(
        "file",
        "error",
        value="、".join(odd[:_NAMED_PARTS]),
        zh=f"{kind.suffix} 文件夹里只能有普通文件，却有链接、文件夹或管道：{odd[0]}",
        en=f"A {kind.suffix} folder holds plain files only, but this one has a link, a folder or a "
        f"pipe: {odd[0]}",
    )


def _size_fault(path: Path, kind: FileKind, here: Source) -> Problem | None:
    parts = path.iterdir() if kind.is_folder else [path]
    size_bytes = sum(part.lstat().st_size for part in parts)
    if size_bytes == 0:
        return here.problem(
            "empty_file",
            "error",
            zh="文件是空的，没有任何内容",
            en="The file is empty, it has no content",
        )
    if size_bytes > kind.largest_bytes:
        size, most = size_bytes // _MEGABYTE, kind.largest_bytes // _MEGABYTE
        return here.problem(
            "size",
            "error",
            value=f"{size} MB",
            zh=f"文件有 {size} MB，超过 {most} MB；请只交付本区，或分成几个文件",
            en=f"It has {size} MB, more than {most} MB; deliver the district alone, or in parts",
        )
    return None


def _content_fault(path: Path, kind: FileKind, here: Source) -> Problem | None:
    if kind.is_folder:
        return None
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT_BYTES)
    if kind.drivers and any(word in start for word in _VIRTUAL):
        return here.problem(
            "file_kind",
            "error",
            zh=f"内容引用其他文件，不是 {kind.name} 文件",
            en=f"It refers to other files: its content is not {kind.name}",
        )
    if _begins_as(start, kind):
        return _companion_fault(path, kind, here)
    found = [other.suffix for other in KINDS if other.first_bytes and _begins_as(start, other)]
    zh = f"文件名是 {kind.suffix}，内容却不是 {kind.name}"
    en = f"It is named {kind.suffix}, but its content is not {kind.name}"
    if found:
        zh += f"，像是 {'、'.join(found)}；请按原格式改名，或另存为 {kind.suffix}"
        en += f": it looks like {', '.join(found)}; rename it, or save it as {kind.suffix}"
    elif start.lstrip()[:1] == b"<":
        zh += "，像是网页或 XML；请在表格软件中打开，另存为 .xlsx"
        en += (
            ": it looks like a web page or XML; open it in a spreadsheet program, save it as .xlsx"
        )
    return here.problem("file_kind", "error", zh=zh, en=en)


def _begins_as(start: bytes, kind: FileKind) -> bool:
    if not kind.first_bytes:
        binary = [word for other in KINDS for word in other.first_bytes if len(word) > 1]
        return not start.startswith(tuple(binary))
    if kind.suffix == ".kml" and not any(word in start for word in (b"<kml", b":kml")):
        return False
    if len(kind.first_bytes[0]) == 1:
        # Text may have a byte-order mark and blank lines before its first sign.
        start = start.removeprefix(_BYTE_ORDER_MARK).lstrip()
    return start.startswith(kind.first_bytes)


def _companion_fault(path: Path, kind: FileKind, here: Source) -> Problem | None:
    # On the systems of bureaus names are the same in capitals.
    beside = {each.name.casefold() for each in path.parent.iterdir()} if kind.companions else set()
    wanted = [path.with_suffix(suffix).name for suffix in kind.companions]
    absent = [name for name in wanted if name.casefold() not in beside]
    if absent:
        return here.problem(
            "companions",
            "error",
            value="、".join(absent),
            zh=f"缺少同名文件 {'、'.join(absent)}；请把 .shp、.shx、.dbf、.prj、.cpg 一起交付",
            en=f"{', '.join(absent)} is missing beside it; deliver .shp, .shx, .dbf, .prj and "
            ".cpg together",
        )
    if kind.suffix == ".gpkg" and _size(path.with_name(f"{path.name}-wal")):
        return here.problem(
            "companions",
            "error",
            value=f"{path.name}-wal",
            zh="文件还在别的程序中打开（旁有 -wal 文件），部分改动尚未写入；请关闭该程序后再交付",
            en="It is still open in another program (a -wal file stands beside it) and lacks "
            "changes; close it there and deliver again",
        )
    return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
