"""Files of a bureau into rows that remember file, sheet and row number.

Workbooks, text tables and layers; which endings these have tells :mod:`census.intake.kinds`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from census.intake.crs import crs_fault, placed
from census.intake.fields import LATITUDE, LONGITUDE, Form, match_headings, plain
from census.intake.forms import forms
from census.intake.kinds import accepted_suffixes, file_fault
from census.intake.opening import Opener, open_here
from census.intake.problems import Problem, Source
from census.intake.raw import RawTable, UnreadableError
from census.intake.shape_bytes import built, without_harm

__all__ = ["COORDINATES", "PLACE_COLUMNS", "Delivery", "accepted_suffixes", "read"]

# Where a row came from, and the columns of coordinates in a table.
PLACE_COLUMNS = ("file", "sheet", "row")
COORDINATES = {
    "longitude": (LONGITUDE, "东经", "lon", "lng", "longitude", "x"),
    "latitude": (LATITUDE, "北纬", "lat", "latitude", "y"),
}


@dataclass(frozen=True)
class Delivery:
    """
    What a file holds, matched to a form but not yet checked.

    Attributes
    ----------
    form
        The form.
    path
        The file.
    frame
        Raw values in columns named like the form's fields, and ``file``, ``sheet``, ``row``;
        a GeoDataFrame where the file is a layer; columns ``longitude`` and ``latitude`` where a
        table carries coordinates.
    problems
        What is wrong with the file as a whole.
    headings
        Field to the heading it was delivered under.
    source_crs
        CRS declared for the delivery; None where the file tells it, or where it is the
        district's own.
    """

    form: Form
    path: Path
    frame: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    source_crs: str | None = None


def read(
    path: Path,
    form: Form,
    *,
    source_crs: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    opener: Opener = open_here,
) -> Delivery:
    """
    Read a file of a form.

    Parameters
    ----------
    path
        The file.
    form
        The form it is delivered for.
    source_crs
        CRS declared by the sender, such as ``"EPSG:4490"``; wins over the file's own.
    encoding
        Encoding of a text table or shapefile; None to find it.
    mapping
        Heading to field name, for headings that the form does not know.
    opener
        What opens the file: this process, for files of ours, or a child of it.

    Returns
    -------
    Delivery
        The rows; with problems and no rows where the file cannot be read or is of another form.
    """
    here = Source(path.name)
    empty = Delivery(form, path, pd.DataFrame(), source_crs=source_crs)
    fault = (
        file_fault(path, form)
        or _declared_fault(source_crs, form, here)
        or _mapping_fault(mapping or {}, form, here)
    )
    if fault is not None:
        return replace(empty, problems=(fault,))
    if form.geometry == "raster":
        return empty
    try:
        tables, problems = opener(path, form, encoding)
    except UnreadableError as unreadable:
        return replace(empty, problems=(unreadable.problem(here),))
    sheets = [_shaped(table, source_crs, path.name, problems) for table in tables]
    return _matched(empty, _in_one_crs(sheets), problems, mapping or {})


@dataclass(frozen=True)
class _Sheet:
    """A raw table whose shapes are built; None where it has none."""

    raw: RawTable
    shapes: GeoSeries | None

    @property
    def name(self) -> str:
        return self.raw.sheet

    @property
    def headings(self) -> list[str]:
        return self.raw.headings


def _shaped(table: RawTable, source_crs: str | None, file: str, problems: list[Problem]) -> _Sheet:
    if table.shapes is None:
        return _Sheet(table, None)
    here = Source(file, table.sheet)
    # Held against the limits once more: the bytes may come from a process that fell into others'
    # hands.
    kept, found = without_harm(table.shapes.wkb, here)
    array, broken = built(kept, here)
    problems += [*found, *broken]
    if source_crs is not None:
        return _Sheet(table, placed(GeoSeries(array), source_crs))
    fault = crs_fault(table.shapes.crs, here)
    if fault is not None:
        problems.append(fault)
    return _Sheet(table, GeoSeries(array, crs=None if fault else table.shapes.crs))


def _in_one_crs(sheets: list[_Sheet]) -> list[_Sheet]:
    crs = next((each.shapes.crs for each in sheets if each.shapes is not None), None)
    return [
        each
        if each.shapes is None or crs is None or each.shapes.crs is None
        else replace(each, shapes=each.shapes.to_crs(crs))
        for each in sheets
    ]


def _declared_fault(source_crs: str | None, form: Form, here: Source) -> Problem | None:
    if source_crs is None:
        return None
    return crs_fault(source_crs, here, is_raster=form.geometry == "raster")


def _mapping_fault(mapping: Mapping[str, str], form: Form, here: Source) -> Problem | None:
    known = {each.name for each in form.fields} | set(COORDINATES)
    named = list(mapping.values())
    wrong = [name for name in named if name not in known or named.count(name) > 1]
    if not wrong:
        return None
    return here.problem(
        "mapping",
        "error",
        value="、".join(wrong),
        zh=f"--map 指到的字段不存在或重复；表单“{form.label_zh}”的字段：{'、'.join(sorted(known))}",
        en=f"--map names a field twice or one that form {form.name} lacks; its fields: "
        f"{', '.join(sorted(known))}",
    )


def _matched(
    empty: Delivery, tables: list[_Sheet], problems: list[Problem], mapping: Mapping[str, str]
) -> Delivery:
    form = empty.form
    best: list[tuple[_Sheet, dict[str, str]]] = []
    for table in tables:
        matched = _match(form, table.headings, mapping)
        if not _missing(form, matched):
            best.append((table, matched))
    if not best:
        return replace(empty, problems=(*problems, *_wrong_form(empty, tables, mapping)))
    frames = []
    used = {id(table) for table, _ in best}
    problems += [_unused(form, table, empty.path.name) for table in tables if id(table) not in used]
    for table, matched in best:
        problems += _left_out(form, table, matched, empty.path.name)
        frames.append(_frame(table, matched, empty.path.name))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if frame.empty:
        problem = Source(empty.path.name, best[0][0].name).problem(
            "empty_file", "error", zh="只有表头，没有数据行", en="There are headings but no rows"
        )
        return replace(empty, problems=(*problems, problem))
    headings = {name: heading for _, matched in best for heading, name in matched.items()}
    return replace(empty, frame=frame, problems=tuple(problems), headings=headings)


def _match(form: Form, headings: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    declared = {heading: mapping[heading] for heading in headings if heading in mapping}
    found = {
        heading: name
        for heading, name in match_headings(form, headings).items()
        if name not in declared.values() and heading not in declared
    }
    if form.geometry in {"point", "any"}:
        for name, words in COORDINATES.items():
            for heading in headings:
                if plain(heading) in words and name not in found.values():
                    found[heading] = name
    return declared | found


def _missing(form: Form, matched: Mapping[str, str]) -> list[str]:
    names = set(matched.values())
    return [each.heading for each in form.fields if each.required and each.name not in names]


def _wrong_form(empty: Delivery, tables: list[_Sheet], mapping: Mapping[str, str]) -> list[Problem]:
    form, here = empty.form, Source(empty.path.name)
    if not any(table.headings for table in tables):
        return [here.problem("headings", "error", zh="没有找到表头", en="No headings were found")]
    closest = min(
        tables, key=lambda table: len(_missing(form, _match(form, table.headings, mapping)))
    )
    missing = "、".join(_missing(form, _match(form, closest.headings, mapping)))
    problem = Source(empty.path.name, closest.name).problem(
        "headings",
        "error",
        value="、".join(closest.headings),
        zh=f"缺少表单“{form.label_zh}”必需的列：{missing}{_looks_like(form, tables, 'zh')}",
        en=f"Columns that form {form.name} needs are missing: {missing}"
        f"{_looks_like(form, tables, 'en')}",
    )
    return [problem]


def _unused(form: Form, table: _Sheet, file: str) -> Problem:
    missing = "、".join(_missing(form, _match(form, table.headings, {})))
    return Source(file, table.name).problem(
        "sheet",
        "warning",
        value=table.name,
        zh=f"工作表“{table.name}”缺少必需的列（{missing}），整张未读入",
        en=f"The sheet {table.name!r} lacks needed columns ({missing}): none of it is read",
    )


def _looks_like(form: Form, tables: list[_Sheet], language: str) -> str:
    """Name the form, if any, whose needed columns are all there."""
    scores = {
        other.label_zh if language == "zh" else other.name: max(
            len(match_headings(other, table.headings)) for table in tables
        )
        for other in forms()
        if other.name != form.name
        and any(each.required for each in other.fields)
        and any(not _missing(other, match_headings(other, table.headings)) for table in tables)
    }
    if not scores:
        return ""
    name = max(scores, key=lambda other: scores[other])
    if language == "zh":
        return f"；看起来是表单“{name}”"
    return f"; it looks like the form {name}"


def _left_out(form: Form, table: _Sheet, matched: Mapping[str, str], file: str) -> list[Problem]:
    refused = {plain(heading) for heading in form.refused_headings}
    here = Source(file, table.name)
    problems = []
    for heading in table.headings:
        if heading in matched:
            continue
        if plain(heading) in refused:
            zh = f"个人信息列“{heading}”不收，未读入"
            en = f"The column {heading!r} tells of persons: it is refused and not read"
        else:
            zh = f"表单没有“{heading}”列，未读入"
            en = f"The form has no column {heading!r}: it is not read"
        problems.append(here.problem("column", "warning", column=heading, zh=zh, en=en))
    return problems


def _frame(table: _Sheet, matched: Mapping[str, str], file: str) -> pd.DataFrame:
    frame: Any = table.raw.frame[list(matched)].astype(object).rename(columns=dict(matched))
    if table.shapes is not None:
        frame = GeoDataFrame(frame, geometry=table.shapes)
    frame["file"] = file
    frame["sheet"] = table.name
    frame["row"] = table.raw.rows
    result: pd.DataFrame = frame.reset_index(drop=True)
    return result
