"""Vector files into raw rows with feature numbers; only the drivers of their kinds open one."""

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from census.intake.dbase import require_fitting_table
from census.intake.dbf import read_dbf
from census.intake.declared import Declared
from census.intake.emptied import columns_of_empty
from census.intake.fields import Form
from census.intake.json_crs import stated_crs
from census.intake.json_nesting import require_shallow
from census.intake.kinds import FileKind
from census.intake.layer_choice import Choice, choose_layers, facts_of
from census.intake.layer_parts import PARTED, in_parts, is_plain
from census.intake.problems import Problem, Source
from census.intake.raw import RawShapes, RawTable, UnreadableError, distinct, require_columns
from census.intake.shape_bytes import without_harm
from census.intake.untaken import WITHOUT_SHAPES_EN, WITHOUT_SHAPES_ZH

NO_GEOMETRY: Final = ("the layer has no geometry", "图层没有空间位置")
# More points in one file are no district's: they fill the memory before they can be checked.
MOST_FEATURES = 5_000_000
# "GPKG", "GP10" and "GP11" in the header of the database.
_GEOPACKAGE_IDS = (0x47504B47, 0x47503130, 0x47503131)
_SHAPEFILE: Final = ".shp"
# Texts of a shapefile are read by our own hand: what the library makes of its headings is not used.
_ANY_BYTES: Final = {"encoding": "ISO-8859-1"}
_JSON: Final = frozenset({".geojson", ".json"})
# JSON knows texts alone: whether one is a day tells the form, not the library.
_AS_WRITTEN: Final = {"DATE_AS_STRING": "YES"}
# The styles that QGIS keeps beside the layers of a GeoPackage.
_STYLES: Final = "layer_styles"
# Columns that the driver of KML adds to those of the file.
_HOUSEKEEPING: Final = frozenset({
    "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
    "drawOrder", "icon", "id",
})  # fmt: skip
_MAY_BE_EMPTY: Final = frozenset({"Name", "description"})


def read_layers(
    path: Path, kind: FileKind, form: Form, declared: Declared, *, file: str
) -> tuple[list[RawTable], list[Problem]]:
    """
    Read the layers of a vector file that fit a form.

    Parameters
    ----------
    path
        ``.gpkg``, ``.shp``, ``.geojson``, ``.json``, ``.kml`` or the folder of a ``.gdb``.
    kind
        Its kind.
    form
        The form.
    declared
        What the sender declared: encoding of a shapefile, columns, layers.
    file
        What the delivered file is called: an archive, where the layer came out of one.

    Returns
    -------
    tables : list of RawTable
        The layers that :func:`~census.intake.layer_choice.choose_layers` takes. Shapes are bytes,
        without those that would harm.
    problems : list of Problem
        An encoding that was found, layers left out, shapes taken out, remarks of the reader.

    Raises
    ------
    UnreadableError
        When the file is not what its suffix says.
    """
    if kind.suffix == ".gpkg":
        _require_geopackage(path)
    if kind.suffix == ".shp":
        require_fitting_table(path)
    if kind.suffix == ".kml":
        _require_plain_kml(path)
    if kind.suffix in _JSON:
        require_shallow(path)
    if not set(kind.drivers) & set(pyogrio.list_drivers()):
        raise UnreadableError(
            kind.name,
            "this installation has no reader of it; export a GeoPackage",
            "本机没有它的读取程序；请另存为 GeoPackage",
        )
    problems: list[Problem] = []
    try:
        with _remarks_told(Source(file), problems):
            choice = _choice(path, kind, form, declared, file)
            problems += choice.problems
            tables = [
                table
                for name in choice.names
                if (table := _read(path, kind, form, Source(file, name), declared, problems))
                is not None
            ]
    except UnicodeDecodeError as fault:
        raise UnreadableError(
            kind.name,
            f"its texts are not in the encoding {fault.encoding}",
            f"属性文字不是 {fault.encoding} 编码",
        ) from fault
    except (DataSourceError, DataLayerError, FieldError, GeometryError, ValueError) as fault:
        raise UnreadableError(kind.name, str(fault), str(fault)) from fault
    return tables, problems


def _choice(path: Path, kind: FileKind, form: Form, declared: Declared, file: str) -> Choice:
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0] if name != _STYLES]
    if not names:
        raise UnreadableError(kind.name, "it has no layer", "没有图层")
    facts = []
    for name in names:
        told = pyogrio.read_info(path, layer=name, **_options(kind))
        _require_limits(told, kind)
        facts.append(facts_of(name, told))
    asked = declared.asked(names, path.stem)
    return choose_layers(facts, form, file, mapping=declared.mapping, asked=asked)


def _read(  # noqa: PLR0917  (a step of read_layers, in its words)
    path: Path,
    kind: FileKind,
    form: Form,
    here: Source,
    declared: Declared,
    problems: list[Problem],
) -> RawTable | None:
    if kind.suffix == _SHAPEFILE:
        return _shapefile(path, kind, here, declared.encoding, problems)
    if declared.part_rows and kind.suffix in PARTED and form.geometry != "none":
        told = pyogrio.read_info(path, layer=here.sheet)
        if told["features"] > declared.part_rows and is_plain(told):
            return in_parts(path, kind, here, declared.part_rows, problems)
    table = _layer(path, kind, here, problems)
    if form.geometry != "none":
        if table.shapes is None:
            raise UnreadableError(kind.name, *NO_GEOMETRY)
        return table
    if table.shapes is not None and any(each is not None for each in table.shapes.wkb):
        raise UnreadableError(kind.name, WITHOUT_SHAPES_EN, WITHOUT_SHAPES_ZH)
    return replace(table, shapes=None)


def _options(kind: FileKind) -> dict[str, Any]:
    if kind.suffix in _JSON:
        return dict(_AS_WRITTEN)
    return dict(_ANY_BYTES) if kind.suffix == _SHAPEFILE else {}


@contextmanager
def _remarks_told(here: Source, problems: list[Problem]) -> Iterator[None]:
    """Turn what the library warns of into remarks of the report."""
    with warnings.catch_warnings(record=True) as remarks, np.errstate(invalid="ignore"):
        warnings.simplefilter("always")
        yield
    problems += [
        _remark(here, text) for text in dict.fromkeys(str(remark.message) for remark in remarks)
    ]


def _remark(here: Source, text: str) -> Problem:
    if text.startswith("Measured (M) geometry"):
        return here.problem(
            "plane",
            "warning",
            zh="图形带有测量值（M），已舍去，只保留坐标",
            en="Its shapes carry measures (M): these are dropped, the coordinates are kept",
        )
    return here.problem(
        "reader", "warning", zh=f"读取程序提示：{text}", en=f"The reader remarks: {text}"
    )


def _layer(path: Path, kind: FileKind, here: Source, problems: list[Problem]) -> RawTable:
    told, numbers, wkb, columns = raw.read(
        path, layer=here.sheet, datetime_as_string=True, return_fids=True, **_options(kind)
    )
    rows = np.arange(1, 1 + len(numbers), dtype=np.int64)
    if kind.suffix in _JSON and wkb is not None:
        told["crs"] = stated_crs(path, told["crs"], here, problems)
    shapes = None if wkb is None else _shapes(told, wkb, rows, here, problems)
    values = [
        _values(column, str(dtype)) for column, dtype in zip(columns, told["dtypes"], strict=True)
    ]
    frame = pd.DataFrame(dict(enumerate(values)), index=range(len(rows)))
    frame.columns = [str(heading) for heading in told["fields"]]
    if kind.suffix in _JSON and frame.empty:
        frame = pd.DataFrame(columns=columns_of_empty(path), dtype=object)
    if kind.suffix == ".kml":
        frame = frame.drop(columns=[name for name in frame if _is_spare(str(name), frame[name])])
    headings = distinct(list(frame.columns), here, problems)
    frame.columns = headings
    return RawTable(here.sheet, headings, frame, rows, shapes)


def _shapes(
    told: dict[str, Any],
    wkb: NDArray[np.object_],
    rows: NDArray[np.int64],
    here: Source,
    problems: list[Problem],
) -> RawShapes:
    kept, found = without_harm(wkb, rows, here)
    problems += found
    return RawShapes(kept, told["crs"])


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


def _is_spare(name: str, column: Any) -> bool:
    """Tell whether a column is one that the driver adds, and says nothing here."""
    texts = column.dropna().astype(str).str.strip().replace("", None).dropna()
    return bool(
        (name in _HOUSEKEEPING and len(set(texts)) <= 1) or (name in _MAY_BE_EMPTY and texts.empty)
    )


def _shapefile(
    path: Path, kind: FileKind, here: Source, encoding: str | None, problems: list[Problem]
) -> RawTable | None:
    """Read shapes by the library and their table by our own hand, joined by record number."""
    beside = {each.name.casefold(): each for each in path.parent.iterdir()}
    own = read_dbf(beside[path.with_suffix(".dbf").name.casefold()], here, encoding=encoding)
    problems += own.problems
    if any(problem.level == "error" for problem in own.problems):
        return None
    told, numbers, wkb, _ = raw.read(
        path, layer=here.sheet, columns=[], return_fids=True, **_options(kind)
    )
    if wkb is None:
        raise UnreadableError(kind.name, *NO_GEOMETRY)
    shapes = _shapes(told, wkb, numbers + 1, here, problems)
    values = own.frame.set_axis(own.records, axis=0).reindex(numbers)
    without = int((~np.isin(numbers, own.records)).sum())
    if without:
        problems.append(_without_values(here, without))
    values = values.astype(object).where(values.notna(), None).reset_index(drop=True)
    return RawTable(here.sheet, own.headings, values, numbers + 1, shapes)


def _without_values(here: Source, count: int) -> Problem:
    return here.problem(
        "companions",
        "warning",
        value=count,
        zh=f".dbf 的记录比 .shp 少：{count} 个图形没有属性",
        en=f"The .dbf has fewer records than the .shp: {count} shapes have no values",
    )


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


def _require_plain_kml(path: Path) -> None:
    # A document type could name other files or grow without end, a link would be fetched.
    content = path.read_bytes()
    for word in (b"<!DOCTYPE", b"<!ENTITY", b"<NetworkLink"):
        if word in content:
            name = word.decode().lstrip("<!")
            raise UnreadableError("KML", f"it holds {name}", f"含有 {name}")


def _require_limits(facts: dict[str, Any], kind: FileKind) -> None:
    require_columns(kind.name, len(facts["fields"]))
    if facts["driver"] not in kind.drivers:
        raise UnreadableError(kind.name, "it is another kind of file", "是别种文件")
    if facts["features"] > MOST_FEATURES:
        raise UnreadableError(
            kind.name,
            f"it has {facts['features']:,} features, more than {MOST_FEATURES:,}; deliver the "
            "district alone",
            f"有 {facts['features']:,} 个要素，超过 {MOST_FEATURES:,}；请只交付本区",
        )
