"""Vector files into raw rows with feature numbers; only the drivers of their kinds open one."""

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from census.intake.dbase import require_fitting_table
from census.intake.fields import Form, match_headings
from census.intake.json_nesting import require_shallow
from census.intake.kinds import FileKind, kind_of
from census.intake.problems import Problem, Source
from census.intake.raw import RawShapes, RawTable, UnreadableError, distinct, require_columns
from census.intake.shape_bytes import without_harm

# More points in one file are no district's: they fill the memory before they can be checked.
MOST_FEATURES = 5_000_000
_LANGUAGE_BYTE = 29
# "GPKG", "GP10" and "GP11" in the header of the database.
_GEOPACKAGE_IDS = (0x47504B47, 0x47503130, 0x47503131)


def read_layers(
    path: Path, form: Form, *, encoding: str | None
) -> tuple[list[RawTable], list[Problem]]:
    """
    Read the layers of a vector file that fit a form.

    Parameters
    ----------
    path
        ``.gpkg``, ``.shp`` or ``.geojson``.
    form
        The form.
    encoding
        Encoding of a shapefile's table; None to find it.

    Returns
    -------
    tables : list of RawTable
        Every layer with all the columns that the form needs; the layer that fits best where none
        has them, or where the form needs none. Shapes are bytes, without those that would harm.
    problems : list of Problem
        An encoding that was found, layers left out, shapes taken out, remarks of the reader.

    Raises
    ------
    UnreadableError
        When the file is not what its suffix says.
    """
    kind = kind_of(path)
    assert kind is not None  # noqa: S101  (reading held the file against its kind)
    if kind.suffix == ".gpkg":
        _require_geopackage(path)
    if kind.suffix == ".shp":
        require_fitting_table(path)
    if kind.suffix == ".geojson":
        require_shallow(path)
    problems: list[Problem] = []
    options: dict[str, Any] = {}
    if kind.suffix == ".shp":
        options = {"encoding": _dbf_encoding(path, encoding, problems)}
    try:
        with _remarks_told(Source(path.name), problems):
            names, others = _fitting_layers(path, kind, form, options)
            problems += [_unused(path.name, other) for other in others]
            tables = [_layer(path, kind, name, options, problems) for name in names]
    except UnicodeDecodeError as fault:
        raise UnreadableError(
            kind.name,
            f"its texts are not in the encoding {fault.encoding} (name theirs with --encoding), or "
            "headings were cut at ten bytes (deliver a GeoPackage)",
            f"属性文字不是 {fault.encoding} 编码（请用 --encoding 指明，如 gb18030），"
            "或字段名被截断为十个字节（请改交 GeoPackage）",
        ) from fault
    except (DataSourceError, DataLayerError, FieldError, GeometryError, ValueError) as fault:
        raise UnreadableError(kind.name, str(fault), str(fault)) from fault
    return tables, problems


@contextmanager
def _remarks_told(here: Source, problems: list[Problem]) -> Iterator[None]:
    """Turn what the library warns of into remarks of the report."""
    with warnings.catch_warnings(record=True) as remarks, np.errstate(invalid="ignore"):
        warnings.simplefilter("always")
        yield
    problems += [
        here.problem(
            "reader", "warning", zh=f"读取程序提示：{text}", en=f"The reader remarks: {text}"
        )
        for text in dict.fromkeys(str(remark.message) for remark in remarks)
    ]


def _layer(
    path: Path, kind: FileKind, name: str, options: dict[str, Any], problems: list[Problem]
) -> RawTable:
    here = Source(path.name, name)
    told, _, wkb, columns = raw.read(path, layer=name, datetime_as_string=True, **options)
    if wkb is None:
        raise UnreadableError(kind.name, "the layer has no geometry", "图层没有空间位置")
    shapes, found = without_harm(wkb, here)
    problems += found
    headings = distinct([str(heading) for heading in told["fields"]], here, problems)
    values = [
        _values(column, str(dtype)) for column, dtype in zip(columns, told["dtypes"], strict=True)
    ]
    rows = np.arange(1, len(wkb) + 1, dtype=np.int64)
    frame = pd.DataFrame(dict(enumerate(values)), index=range(len(wkb)))
    frame.columns = headings
    return RawTable(name, headings, frame, rows, RawShapes(shapes, told["crs"]))


def _values(column: NDArray[Any], dtype: str) -> Any:
    """Give the values of a column as texts, numbers and times; lists become texts."""
    if dtype.startswith("datetime"):
        try:
            return pd.to_datetime(pd.Series(column), format="ISO8601").dt.as_unit("ms")
        except (ValueError, AttributeError):
            return column
    if dtype.startswith("list"):
        return np.array([_listed(value) for value in column], dtype=object)
    return column


def _listed(value: Any) -> str | None:
    return None if value is None else "、".join(str(each) for each in value)


def _require_geopackage(path: Path) -> None:
    # A virtual table other than the spatial index could make GDAL open another file.
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True) as base:
            found = base.execute(
                "select name from sqlite_master where sql like 'create virtual table%' "
                "and sql not like '%using rtree%'"
            ).fetchall()
            (mark,) = base.execute("pragma application_id").fetchone()
        base.close()
    except sqlite3.DatabaseError as fault:
        raise UnreadableError("GeoPackage", str(fault), f"数据库损坏（{fault}）") from fault
    if found:
        raise UnreadableError("GeoPackage", "it holds virtual tables", "含有虚拟表")
    if mark not in _GEOPACKAGE_IDS:
        raise UnreadableError(
            "GeoPackage",
            f"its application id 0x{mark & 0xFFFFFFFF:08X} is not that of a GeoPackage; export it "
            "anew",
            f"应用标识 0x{mark & 0xFFFFFFFF:08X} 不是 GeoPackage 的标识；请重新导出",
        )


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
        zh=f"图层“{layer}”不如所取图层符合表单，未读入",
        en=f"The layer {layer!r} fits the form less well than what is taken: it is not read",
    )


def _fitting_layers(
    path: Path, kind: FileKind, form: Form, options: dict[str, Any]
) -> tuple[list[str], list[str]]:
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    if not names:
        raise UnreadableError(kind.name, "it has no layer", "没有图层")
    known: dict[str, set[str]] = {}
    for name in names:
        facts = pyogrio.read_info(path, layer=name, **options)
        _require_limits(facts, kind)
        headings = [str(each) for each in facts["fields"]]
        known[name] = (
            set(match_headings(form, headings).values()) if facts["geometry_type"] else set()
        )
    needed = {each.name for each in form.fields if each.required}
    fitting = [name for name in names if needed and needed <= known[name]]
    if not fitting:
        fitting = [max(names, key=lambda name: len(known[name]))]
    return fitting, [name for name in names if name not in fitting]


def _require_limits(facts: dict[str, Any], kind: FileKind) -> None:
    require_columns(kind.name, len(facts["fields"]))
    if facts["driver"] != kind.driver:
        raise UnreadableError(kind.name, "it is another kind of file", "是别种文件")
    if facts["features"] > MOST_FEATURES:
        raise UnreadableError(
            kind.name,
            f"it has {facts['features']:,} features, more than {MOST_FEATURES:,}; deliver the "
            "district alone",
            f"有 {facts['features']:,} 个要素，超过 {MOST_FEATURES:,}；请只交付本区",
        )
