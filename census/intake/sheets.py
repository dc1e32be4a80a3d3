"""Workbooks and text tables into raw rows with their row numbers."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from census.intake.archives import check_archive
from census.intake.fields import Form, match_headings
from census.intake.parsing import tidy
from census.intake.problems import Problem, Source
from census.intake.raw import RawTable, UnreadableError, distinct, require_columns
from census.intake.writing import GUIDE_SHEET

# Bureaus put a title and a date above the headings: they are sought in the first rows.
HEADING_ROWS = 10
# Rows of a table that are no rows of the census.
_TOTALS = {"合计", "总计", "小计", "共计", "总和", "total", "totals", "sum", "jumlah"}
_FOOTNOTE = re.compile(
    r"(注|备注|说明|填表人|填报人|制表人?|审核人?|负责人|填报单位|填报日期|日期|note|source)\s*[:：].*",
    re.IGNORECASE,
)
_MARKED_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}

Rows = list[list[Any]]


def read_sheets(
    path: Path, form: Form, *, encoding: str | None
) -> tuple[list[RawTable], list[Problem]]:
    """
    Read the sheets of a workbook, or a text table.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xls``, ``.ods`` or ``.csv``.
    form
        The form; the heading row is the one of the first ten that knows most of its fields.
    encoding
        Encoding of a text table; None for UTF-8, else GB18030 with a warning.

    Returns
    -------
    tables : list of RawTable
        One per sheet with content; the guide sheet is left out.
    problems : list of Problem
        Headings that repeat, an encoding that was found.

    Raises
    ------
    UnreadableError
        When the file is no workbook, or no text in the encoding.
    """
    problems: list[Problem] = []
    if path.suffix.lower() == ".csv":
        sheets: Iterator[tuple[str, Rows]] = iter([("", _csv_rows(path, encoding, problems))])
    else:
        if path.suffix.lower() != ".xls":
            problems += check_archive(path)
        sheets = _workbook_rows(path, problems)
    tables = []
    for sheet, rows in sheets:
        table = _table(rows, form, Source(path.name, sheet), problems)
        if table is not None:
            tables.append(table)
    return tables, problems


def _workbook_rows(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Rows]]:
    try:
        book = CalamineWorkbook.from_path(path)
        shown = [sheet for sheet in book.sheets_metadata if sheet.name != GUIDE_SHEET]
        for sheet in shown:
            if sheet.visible != SheetVisibleEnum.Visible:
                problems.append(_hidden(Source(path.name, sheet.name)))
                continue
            yield sheet.name, book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
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


def _csv_rows(path: Path, encoding: str | None, problems: list[Problem]) -> Rows:
    text = _csv_text(path, encoding, problems)
    top = text.splitlines()[:HEADING_ROWS]
    delimiter = max(",;\t", key=lambda sign: sum(line.count(sign) for line in top))
    # newline: old machines end a row with a carriage return alone. strict: a quote that is never
    # closed would swallow the rows after it.
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
    try:
        return [list(row) for row in reader]
    except csv.Error as fault:
        line = reader.line_num
        raise UnreadableError(
            "a text table", f"line {line}: {fault}", f"第 {line} 行：{fault}"
        ) from fault


def _csv_text(path: Path, encoding: str | None, problems: list[Problem]) -> str:
    content = path.read_bytes()
    marked = next(
        (name for mark, name in _MARKED_ENCODINGS.items() if content.startswith(mark)), ""
    )
    used = encoding or marked or "utf-8"
    try:
        return content.decode(used)
    except LookupError as fault:
        raise UnreadableError("a text table", f"no encoding {used}", f"没有编码 {used}") from fault
    except UnicodeError as fault:
        if encoding is not None:
            raise UnreadableError(f"text in {encoding}", str(fault), str(fault)) from fault
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as second:
        raise UnreadableError(
            "text", "it is neither UTF-8 nor GB18030", "既不是 UTF-8 也不是 GB18030"
        ) from second
    problems.append(
        Source(path.name).problem(
            "encoding",
            "warning",
            zh="不是 UTF-8，按 GB18030 读取；如有乱码请指定编码",
            en="It is not UTF-8 and was read as GB18030; name the encoding if names look wrong",
        )
    )
    return text


@dataclass(frozen=True)
class _Top:
    """The row of headings, or two of them of which the upper one groups the lower."""

    matched: int
    last: int
    headings: list[str]


def _top(rows: Rows, form: Form) -> _Top | None:
    best: _Top | None = None
    # One row goes before two: a title above the headings adds nothing to them.
    for height in (1, 2):
        for first in range(min(HEADING_ROWS, len(rows) + 1 - height)):
            last = first + height - 1
            headings = _headings(rows[first], rows[last])
            matched = len(match_headings(form, [each for each in headings if each]))
            if any(headings) and (best is None or matched > best.matched):
                best = _Top(matched, last, headings)
    return best


def _headings(upper: list[Any], lower: list[Any]) -> list[str]:
    width = max(len(upper), len(lower))
    above, below = ([*row, *[None] * width][:width] for row in (upper, lower))
    return [tidy(low) or tidy(high) for high, low in zip(above, below, strict=True)]


def _table(rows: Rows, form: Form, here: Source, problems: list[Problem]) -> RawTable | None:
    top = _top(rows, form)
    if top is None:
        return None
    require_columns("a table", len(top.headings))
    headings = distinct(top.headings, here, problems)
    body = [
        (number, row)
        for number, row in enumerate(rows[top.last + 1 :], start=top.last + 2)
        if any(tidy(cell) for cell in row)
    ]
    body = _without_asides(body, here, problems)
    problems += _nameless(body, headings, here)
    width = len(headings)
    cells = [[*row, *[None] * width][:width] for _, row in body]
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
    texts = [text for text in (tidy(cell) for cell in row) if text]
    first = re.sub(r"[\s:：]", "", texts[0])
    return texts[0] if first.casefold() in _TOTALS else None


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
