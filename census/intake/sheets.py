"""Workbooks and text tables into raw rows with their row numbers."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from census.intake.archives import MOST_CELLS, check_archive
from census.intake.dbf import read_dbf
from census.intake.declared import Declared
from census.intake.drawn_tables import shapeless, with_shapes
from census.intake.fields import Form
from census.intake.heading_rows import Merged, find_headings
from census.intake.kinds import FileKind, bare_name
from census.intake.layer_choice import absent_layers
from census.intake.parsing import tidy
from census.intake.problems import Problem, Source
from census.intake.raw import RawTable, UnreadableError, distinct, require_columns
from census.intake.text_tables import text_rows
from census.intake.writing import GUIDE_SHEET
from census.store.formulas import unguarded

# Rows of a table that are no rows of the census.
_TOTALS = {"合计", "总计", "小计", "共计", "总和", "total", "totals", "sum", "jumlah"}
_FOOTNOTE = re.compile(
    r"(注|备注|说明|填表人|填报人|制表人?|审核人?|负责人|填报单位|填报日期|日期|note|source)\s*[:：].*",
    re.IGNORECASE,
)
# More merged cells are no table of people.
_MOST_MERGED = 100_000

Rows = list[list[Any]]


def read_sheets(
    path: Path, kind: FileKind, form: Form, declared: Declared, *, file: str
) -> tuple[list[RawTable], list[Problem]]:
    """
    Read the sheets of a workbook, a text table, or a dBASE table.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xlsm``, ``.xls``, ``.ods``, ``.csv``, ``.tsv`` or ``.dbf``.
    kind
        Its kind.
    form
        The form; the headings are those rows of the first ten that name most of its fields.
    declared
        What the sender declared: encoding of a text table, columns, sheets.
    file
        What the delivered file is called: an archive, where the table came out of one.

    Returns
    -------
    tables : list of RawTable
        One per sheet with content; the guide sheet is left out.
    problems : list of Problem
        Headings that repeat, an encoding that was found or is asked for.

    Raises
    ------
    UnreadableError
        When the file is no workbook, or no text in the encoding.
    """
    here = Source(file)
    problems: list[Problem] = []
    if kind.is_text or kind.suffix == ".dbf":
        own_name = [bare_name(path)]
        problems += absent_layers(file, declared.asked(own_name, *own_name), own_name)
    if kind.suffix == ".dbf":
        own = read_dbf(path, here, encoding=declared.encoding)
        problems += own.problems
        rows = own.records + 1
        tables = [RawTable("", own.headings, own.frame, rows)] if own.headings else []
        return tables, problems
    if kind.is_text:
        lines = text_rows(path, here, declared.encoding, problems)
        sheets: Iterator[tuple[str, Rows, Merged]] = iter(
            [] if lines is None else [("", lines, ())]
        )
    else:
        if kind.is_zipped:
            problems += [replace(each, file=file) for each in check_archive(path)]
        sheets = _workbook_rows(path, file, declared.layers, problems)
    tables = []
    for sheet, cells, merged in sheets:
        table = _table(cells, merged, form, declared, Source(file, sheet), problems)
        if table is not None:
            tables.append(with_shapes(table, form, Source(file, sheet), problems))
    if form.geometry in {"line", "polygon"}:
        drawn = [table for table in tables if table.shapes is not None]
        return drawn, problems if drawn else [*problems, shapeless(here, form)]
    return tables, problems


def _workbook_rows(
    path: Path, file: str, asked: tuple[str, ...], problems: list[Problem]
) -> Iterator[tuple[str, Rows, Merged]]:
    try:
        book = CalamineWorkbook.from_path(path)
        problems += absent_layers(file, asked, book.sheet_names)
        shown = [
            sheet
            for sheet in book.sheets_metadata
            if (sheet.name in asked if asked else sheet.name != GUIDE_SHEET)
        ]
        for each in shown:
            if each.visible != SheetVisibleEnum.Visible and not asked:
                problems.append(_hidden(Source(file, each.name)))
                continue
            sheet = book.get_sheet_by_name(each.name)
            yield each.name, sheet.to_python(skip_empty_area=False), _merged(sheet)
    except CalamineError as fault:
        raise UnreadableError("a workbook", str(fault), str(fault)) from fault


def _hidden(here: Source) -> Problem:
    return here.problem(
        "sheet",
        "warning",
        value=here.sheet,
        zh=f"工作表“{here.sheet}”是隐藏的，未读入；需要时请取消隐藏",
        en=f"The sheet {here.sheet!r} is hidden: it is not read; unhide it where it is needed",
    )


def _merged(sheet: Any) -> Merged:
    """Give the merged cells of a sheet; those of old workbooks are not told by the reader."""
    merged = tuple(sheet.merged_cell_ranges or ())
    if len(merged) > _MOST_MERGED:
        raise UnreadableError(
            "a workbook",
            f"it has {len(merged):,} merged cells, more than {_MOST_MERGED:,}",
            f"有 {len(merged):,} 个合并单元格，超过 {_MOST_MERGED:,}",
        )
    return merged


def _filled_down(rows: Rows, merged: Merged, first: int, here: Source) -> list[Problem]:
    """Give each row under a merged cell of one column its value: that is what the cell says."""
    count, looked_at = 0, 0
    for (top, left), (bottom, right) in merged:
        is_there = first <= top < len(rows) and left < len(rows[top])
        if left != right or not is_there or not tidy(rows[top][left]):
            continue
        looked_at += min(bottom, len(rows)) - top
        if looked_at > MOST_CELLS:
            raise UnreadableError("a workbook", "its merged cells overlap", "合并单元格互相重叠")
        for row in rows[top + 1 : bottom + 1]:
            # A row that is empty otherwise is none.
            if any(tidy(cell) for cell in row):
                row[left] = rows[top][left]
                count += 1
    if not count:
        return []
    return [
        here.problem(
            "merged",
            "repair",
            value=count,
            zh=f"{count} 个单元格在纵向合并的单元格之下，取合并单元格的值",
            en=f"{count} cells lie under cells merged downwards and take their value",
        )
    ]


def _table(  # noqa: PLR0917  (a step of read_sheets, in its words)
    rows: Rows,
    merged: Merged,
    form: Form,
    declared: Declared,
    here: Source,
    problems: list[Problem],
) -> RawTable | None:
    top = find_headings(rows, form, declared.mapping, merged)
    if top is None:
        return None
    require_columns("a table", len(top.names))
    headings = distinct(top.names, here, problems)
    problems += _filled_down(rows, merged, top.last + 1, here)
    body = [
        (number, row)
        for number, row in enumerate(rows[top.last + 1 :], start=top.last + 2)
        if any(tidy(cell) for cell in row)
    ]
    body = _without_asides(body, here, problems)
    problems += _nameless(body, headings, here)
    width = len(headings)
    cells = [[*map(unguarded, row), *[None] * width][:width] for _, row in body]
    frame = pd.DataFrame(cells, columns=headings, dtype=object)
    named = [heading for heading in headings if heading]
    numbers = np.array([number for number, _ in body], dtype=np.int64)
    return RawTable(here.sheet, named, frame, numbers)


def _without_asides(
    body: list[tuple[int, list[Any]]], here: Source, problems: list[Problem]
) -> list[tuple[int, list[Any]]]:
    """Leave out rows of totals, and the footnotes at the end; each is told."""
    asides: dict[int, str] = {
        number: word for number, row in body if (word := _total(row)) is not None
    }
    notes: dict[int, str] = {}
    for number, row in reversed(body):
        word = _footnote(row)
        if word is None and number not in asides:
            break
        if word is not None:
            notes[number] = word
    for number, word in sorted((asides | notes).items()):
        problems.append(
            Source(here.file, here.sheet, number).problem(
                "aside",
                "repair",
                value=word,
                zh=f"“{word}”行是合计或表注，不是普查数据，未读入",
                en=f"The row {word!r} is a total or a footnote, no row of the census: it is left "
                "out",
            )
        )
    return [each for each in body if each[0] not in asides and each[0] not in notes]


def _total(row: list[Any]) -> str | None:
    """Find a word for a total in front of figures: the first text of the row that is no number."""
    text = next(text for text in map(tidy, row) if text)
    return text if re.sub(r"[\s:：]", "", text).casefold() in _TOTALS else None


def _footnote(row: list[Any]) -> str | None:
    """Find a footnote: a row of one text; only its first word is told, a name may follow."""
    texts = [text for text in (tidy(cell) for cell in row) if text]
    match = _FOOTNOTE.fullmatch(texts[0])
    return match[1] if match and len(texts) <= 2 else None  # noqa: PLR2004  (a word and its text)


def _nameless(
    body: list[tuple[int, list[Any]]], headings: list[str], here: Source
) -> Iterator[Problem]:
    """Tell values that stand in a column without a heading: they are read into nothing."""
    lost: dict[int, list[int]] = {}
    for number, row in body:
        for column, cell in enumerate(row):
            if (column >= len(headings) or not headings[column]) and tidy(cell):
                lost.setdefault(column, []).append(number)
    for column, numbers in sorted(lost.items()):
        yield Source(here.file, here.sheet, numbers[0]).problem(
            "column",
            "warning",
            column=str(column + 1),
            value=len(numbers),
            zh=f"第 {column + 1} 列没有列名，{len(numbers)} 个值未读入，首见于第 {numbers[0]} 行",
            en=f"Column {column + 1} has no heading: its {len(numbers)} values are not read, the "
            f"first in row {numbers[0]}",
        )
