"""Files of a bureau into rows that remember file, sheet and row number.

Workbooks, text tables and layers; which endings these have tells :mod:`census.intake.kinds`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from census.intake.crs import crs_fault
from census.intake.declared import Declared
from census.intake.emptied import no_rows
from census.intake.fields import Field, Form, match_headings, plain
from census.intake.forms import forms
from census.intake.heading_advice import columns_shown, words_to_try
from census.intake.heading_rows import COORDINATES, PART, match_columns
from census.intake.kinds import accepted_suffixes, file_fault
from census.intake.layer_choice import sheets_together
from census.intake.opening import Opener, open_here
from census.intake.own_products import computed_columns, computed_remark, without_products
from census.intake.parts import Parts, row_frame
from census.intake.placing import Sheet, place_tables
from census.intake.problems import Problem, Source, has_errors
from census.intake.raw import RawTable, UnreadableError

__all__ = ["COORDINATES", "PLACE_COLUMNS", "Delivery", "accepted_suffixes", "read"]

# Where a row came from.
PLACE_COLUMNS = ("file", "sheet", "row")
# Problems of a whole layer or file, told even where that layer is not read.
_OF_WHOLES = frozenset({"layer", "sheet", "encoding", "crs", "reader", "plane", "formula"})


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
    rest
        Where it is read in parts, the parts after this one as deliveries, read anew each time that
        they are gone through; None where this is all of it.
    raw
        Where it is a part, its table as it was read.
    """

    form: Form
    path: Path
    frame: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    source_crs: str | None = None
    rest: "Parts | None" = None
    raw: RawTable | None = None


def read(
    path: Path,
    form: Form,
    *,
    source_crs: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    layers: Sequence[str] = (),
    opener: Opener = open_here,
    part_rows: int = 0,
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
    layers
        Names of the layers or sheets to read; empty for all that fit the form.
    opener
        What opens the file: this process, for files of ours, or a child of it.
    part_rows
        A layer of more rows may come in parts of so many; 0 where it is wanted whole.

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
    declared = Declared(source_crs, encoding, mapping or {}, tuple(layers), part_rows=part_rows)
    try:
        tables, problems = opener(path, form, declared)
    except UnreadableError as unreadable:
        return replace(empty, problems=(unreadable.problem(here),))
    sheets, faults = place_tables(tables, source_crs, path.name)
    problems = [*problems, *faults]
    if not sheets and has_errors(problems):
        return replace(empty, problems=tuple(problems))
    return _matched(empty, sheets, problems, declared.mapping)


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
    empty: Delivery, tables: list[Sheet], problems: list[Problem], mapping: Mapping[str, str]
) -> Delivery:
    form = empty.form
    tables = [without_products(form, table, empty.path.name, problems) for table in tables]
    best: list[tuple[Sheet, dict[str, str]]] = []
    for table in tables:
        matched = match_columns(form, table.headings, mapping)
        # A form that needs no column is no reason to take a table of whatever for an empty layer.
        if not _missing(form, matched) and (matched or len(table.raw.rows)):
            best.append((table, matched))
    if not best:
        return replace(empty, problems=_wrong_form(empty, tables, problems, mapping))
    frames = []
    used = {id(table) for table, _ in best}
    # What is odd about a sheet that is not read is nobody's concern.
    shown = {"", *(table.name for table, _ in best)}
    problems = [each for each in problems if each.sheet in shown or each.rule in _OF_WHOLES]
    problems += [_unused(form, table, empty.path.name) for table in tables if id(table) not in used]
    sheets = [table.name for table, _ in best if table.raw.shapes is None]
    problems += sheets_together(empty.path.name, sheets)
    for table, matched in best:
        problems += _left_out(form, table, matched, empty.path.name)
        frames.append(row_frame(table, matched, empty.path.name))
    # A layer without rows has no place either: it does not mix with those that have.
    filled = [each for each in frames if len(each)] or frames[:1]
    frame = filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)
    if frame.empty:
        problems.append(no_rows(Source(empty.path.name, best[0][0].name)))
    headings = {name: heading for _, matched in best for heading, name in matched.items()}
    whole = replace(empty, frame=frame, problems=tuple(problems), headings=headings)
    if best[0][0].raw.rest is None:
        return whole
    first, matched = best[0]
    rest = Parts(replace(whole, problems=()), first, matched)
    return replace(whole, rest=rest, raw=first.raw)


def _missing(form: Form, matched: Mapping[str, str]) -> list[Field]:
    names = set(matched.values())
    return [each for each in form.fields if each.required and each.name not in names]


def _words(fields: Sequence[Field]) -> str:
    return "、".join(each.heading for each in fields)


def _wrong_form(
    empty: Delivery, tables: list[Sheet], problems: list[Problem], mapping: Mapping[str, str]
) -> tuple[Problem, ...]:
    form, here = empty.form, Source(empty.path.name)
    if not any(table.headings for table in tables):
        problem = here.problem("headings", "error", zh="没有找到表头", en="No headings were found")
        return (*problems, problem)
    closest = min(
        tables, key=lambda table: len(_missing(form, match_columns(form, table.headings, mapping)))
    )
    kept = [each for each in problems if each.rule in _OF_WHOLES or each.sheet == closest.name]
    kept.append(_absent_columns(empty, closest, tables, mapping))
    is_table = closest.shapes is None and form.geometry in {"point", "any"}
    found = set(match_columns(form, closest.headings, mapping).values())
    if is_table and not found >= set(COORDINATES):
        kept.append(no_coordinates(Source(empty.path.name, closest.name), closest.headings))
    return tuple(kept)


def no_coordinates(here: Source, headings: Sequence[str] = ()) -> Problem:
    """
    State that a table of places has no columns of coordinates.

    Parameters
    ----------
    here
        The sheet.
    headings
        Its headings, among which those are named that speak of coordinates.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    options = " ".join(
        f'--map "{_holding(headings, words) or "COLUMN"}"={name}'
        for name, words in COORDINATES.items()
    )
    return here.problem(
        "coordinates",
        "error",
        column="geometry",
        zh=f"没有坐标列：需要“经度”和“纬度”，列名不同时用 {options} 指明；地址不会自动换成坐标，"
        "请先在地图上定位",
        en="There are no columns of coordinates: 经度 (longitude), 纬度 (latitude); where they are "
        f"named otherwise, say so with {options}; addresses are not turned into places: put them "
        "on a map first",
    )


def _holding(headings: Sequence[str], words: Sequence[str]) -> str:
    """Find the first heading that holds one of the words; letters alone tell nothing."""
    long = [word for word in words if len(word) > 1]
    return next((each for each in headings if any(word in plain(each) for word in long)), "")


def _absent_columns(
    empty: Delivery, closest: Sheet, tables: list[Sheet], mapping: Mapping[str, str]
) -> Problem:
    form = empty.form
    matched = match_columns(form, closest.headings, mapping)
    missing = _missing(form, matched)
    words, columns = _words(missing), columns_shown(closest.headings)
    options = words_to_try(closest.headings, matched, missing)
    return Source(empty.path.name, closest.name).problem(
        "headings",
        "error",
        value="、".join(closest.headings),
        zh=f"缺少表单“{form.label_zh}”必需的列：{words}{_looks_like(form, tables, 'zh')}；"
        f"文件中的列：{columns}；如列名不同，请用 {options} 指明",
        en=f"Columns that form {form.name} needs are missing: {words}"
        f"{_looks_like(form, tables, 'en')}; the file has the columns {columns}; where one of them "
        f"is meant, say so with {options}",
    )


def _unused(form: Form, table: Sheet, file: str) -> Problem:
    missing = _words(_missing(form, match_columns(form, table.headings, {})))
    return Source(file, table.name).problem(
        "sheet",
        "warning",
        value=table.name,
        zh=f"工作表“{table.name}”缺少必需的列（{missing}），整张未读入",
        en=f"The sheet {table.name!r} lacks needed columns ({missing}): none of it is read",
    )


def _looks_like(form: Form, tables: list[Sheet], language: str) -> str:
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


def _left_out(form: Form, table: Sheet, matched: Mapping[str, str], file: str) -> list[Problem]:
    refused = {plain(heading) for heading in form.refused_headings}
    here = Source(file, table.name)
    computed = computed_columns(form, [each for each in table.headings if each not in matched])
    problems = [computed_remark(here, computed)] if computed else []
    for heading in table.headings:
        if heading in computed:
            continue
        if heading in matched:
            problems += _joined(form, heading, matched[heading], here)
            continue
        if plain(heading) in refused:
            zh = f"个人信息列“{heading}”不收，未读入"
            en = f"The column {heading!r} tells of persons: it is refused and not read"
        else:
            zh = f"表单没有“{heading}”列，未读入"
            en = f"The form has no column {heading!r}: it is not read"
        problems.append(here.problem("column", "warning", column=heading, zh=zh, en=en))
    return problems


def _joined(form: Form, heading: str, name: str, here: Source) -> list[Problem]:
    """Tell how a heading in several rows was understood, where its last part alone is no field."""
    if PART not in heading or heading.rpartition(PART)[2] in match_headings(
        form, [heading.rpartition(PART)[2]]
    ):
        return []
    return [
        here.problem(
            "headings",
            "repair",
            column=heading,
            zh=f"多行表头“{heading}”读作字段 {name}",
            en=f"The heading {heading!r}, of several rows, is read as the field {name}",
        )
    ]
