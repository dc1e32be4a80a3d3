"""Vector files into raw rows with feature numbers; only the drivers named here ever open one."""

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError

from census.intake.fields import Form, match_headings
from census.intake.problems import Problem, Source
from census.intake.sheets import RawTable, UnreadableError, distinct

DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
}
LAYER_SUFFIXES = tuple(DRIVERS)
_FIRST_BYTES = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a", ".geojson": b"{"}
# Drivers that read other files look for these words anywhere near a file's start.
_VIRTUAL = (b"<OGRVRTDataSource", b"<VRTDataset", b"<GDAL_WMS", b"<WFSLayer", b"<OGRWFSDataSource")
_LANGUAGE_BYTE = 29


def read_layers(
    path: Path, form: Form, *, encoding: str | None, source_crs: str | None
) -> tuple[list[RawTable], list[Problem]]:
    """
    Read the layer of a vector file that fits a form best.

    Parameters
    ----------
    path
        ``.gpkg``, ``.shp`` or ``.geojson``.
    form
        The form.
    encoding
        Encoding of a shapefile's table; None to find it.
    source_crs
        CRS declared by the sender, wins over the file's own.

    Returns
    -------
    tables : list of RawTable
        The layer; every layer's headings where none fits.
    problems : list of Problem
        A missing CRS, an encoding that was found, measures that were dropped.

    Raises
    ------
    UnreadableError
        When the file is not what its suffix says.
    """
    _require_kind(path)
    problems: list[Problem] = []
    suffix = path.suffix.lower()
    options = {"encoding": _dbf_encoding(path, encoding, problems)} if suffix == ".shp" else {}
    try:
        name, facts, others = _best_layer(path, form, options)
        if facts["driver"] != DRIVERS[suffix]:
            raise UnreadableError(DRIVERS[suffix], "it is another kind of file", "是别种文件")
        frame = pyogrio.read_dataframe(path, layer=name, **options)
    except (DataSourceError, DataLayerError, FieldError, ValueError) as fault:
        raise UnreadableError(DRIVERS[suffix], str(fault), str(fault)) from fault
    here = Source(path.name, name)
    problems += [_unused(path.name, other) for other in others]
    if "geometry" not in frame.columns:
        raise UnreadableError(DRIVERS[suffix], "the layer has no geometry", "图层没有空间位置")
    shapes = _with_crs(frame, source_crs, here, problems)
    headings = distinct([str(column) for column in frame.columns[:-1]], here, problems)
    values = frame.drop(columns="geometry").astype(object)
    values.columns = headings
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    return [RawTable(name, headings, values, rows, shapes)], problems


def _require_kind(path: Path) -> None:
    suffix = path.suffix.lower()
    with path.open("rb") as stream:
        start = stream.read(65536)
    kind = DRIVERS[suffix]
    first = _FIRST_BYTES[suffix]
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(first) and not start.startswith(
        first
    ):
        raise UnreadableError(kind, "its first bytes are those of another kind", "文件头是别种文件")
    if any(word in start for word in _VIRTUAL):
        raise UnreadableError(kind, "it refers to other files", "内容引用其他文件")
    if suffix == ".gpkg":
        _require_plain_sqlite(path)


def _require_plain_sqlite(path: Path) -> None:
    # A virtual table other than the spatial index could make GDAL open another file.
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True) as base:
            found = base.execute(
                "select name from sqlite_master where sql like 'create virtual table%' "
                "and sql not like '%using rtree%'"
            ).fetchall()
        base.close()
    except sqlite3.DatabaseError as fault:
        raise UnreadableError("GPKG", str(fault), str(fault)) from fault
    if found:
        raise UnreadableError("GPKG", "it holds virtual tables", "含有虚拟表")


def _dbf_encoding(path: Path, encoding: str | None, problems: list[Problem]) -> str | None:
    if encoding is not None or path.with_suffix(".cpg").exists():
        return encoding
    table = path.with_suffix(".dbf")
    if not table.exists():
        return None
    content = table.read_bytes()
    if len(content) > _LANGUAGE_BYTE and content[_LANGUAGE_BYTE]:
        return None
    for candidate in ("utf-8", "gb18030"):
        try:
            content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if candidate != "utf-8":
            problems.append(_encoding_warning(path))
        return candidate
    # The header holds binary numbers, so a strict reading of the whole file may fail by accident.
    problems.append(_encoding_warning(path))
    return "gb18030"


def _encoding_warning(path: Path) -> Problem:
    return Source(path.name).problem(
        "encoding",
        "warning",
        zh="没有 .cpg 文件，属性按 GB18030 读取；如有乱码请指定编码",
        en="Without a .cpg file texts were read as GB18030; name the encoding if they look wrong",
    )


def _unused(file: str, layer: str) -> Problem:
    return Source(file, layer).problem(
        "layer",
        "warning",
        value=layer,
        zh=f"一个文件只取最符合表单的图层，图层“{layer}”未读入",
        en=f"One layer is taken from a file, the one that fits best: {layer!r} is not read",
    )


def _best_layer(
    path: Path, form: Form, options: dict[str, Any]
) -> tuple[str, dict[str, Any], list[str]]:
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    facts = {name: pyogrio.read_info(path, layer=name, **options) for name in names}
    if not names:
        raise UnreadableError(DRIVERS[path.suffix.lower()], "it has no layer", "没有图层")
    best = max(
        names,
        key=lambda name: len(match_headings(form, [str(each) for each in facts[name]["fields"]])),
    )
    return best, facts[best], [name for name in names if name != best]


def _with_crs(frame: Any, source_crs: str | None, here: Source, problems: list[Problem]) -> Any:
    if source_crs is not None:
        return frame.geometry.set_crs(source_crs, allow_override=True)
    if frame.crs is None:
        problems.append(
            here.problem(
                "crs",
                "error",
                column="geometry",
                zh="没有坐标系；请用 --source-crs 声明，系统不作猜测",
                en="It has no CRS; declare it with --source-crs, it is never guessed",
            )
        )
    return frame.geometry
