"""Workbooks and text tables into raw rows with their row numbers."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoSeries
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineWorkbook

from census.errors import CensusError
from census.intake.fields import Form, match_headings
from census.intake.parsing import tidy
from census.intake.problems import Problem, Source
from census.intake.writing import GUIDE_SHEET

WORKBOOK_SUFFIXES = (".xlsx", ".xls", ".ods")
SHEET_SUFFIXES = (*WORKBOOK_SUFFIXES, ".csv")
# Bureaus put a title and a date above the headings: they are sought in the first rows.
HEADING_ROWS = 10


class UnreadableError(CensusError):
    """
    A file cannot be opened as what its name says.

    Parameters
    ----------
    kind
        What it should be.
    reason_en
        What the reader said, in English.
    reason_zh
        The same in Chinese, or in the words of the library.
    """

    def __init__(self, kind: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(
            f"The file cannot be read as {kind}: {reason_en}.",
            f"文件不能按 {kind} 读取：{reason_zh}。",
        )


@dataclass(frozen=True)
class RawTable:
    """
    A sheet or layer as it stands in the file.

    Attributes
    ----------
    sheet
        Name of the sheet or layer.
    headings
        Headings, made distinct.
    frame
        Values, one column per heading.
    rows
        Row number of each row as the sheet counts it, or number of the feature from 1.
    geometry
        Shapes with their CRS; None for tables.
    """

    sheet: str
    headings: list[str]
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    geometry: GeoSeries | None = None


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
        sheets: Iterator[tuple[str, list[list[Any]]]] = iter(
            [("", _csv_rows(path, encoding, problems))]
        )
    else:
        sheets = _workbook_rows(path)
    tables = []
    for sheet, rows in sheets:
        table = _table(sheet, rows, form, path.name, problems)
        if table is not None:
            tables.append(table)
    return tables, problems


def _workbook_rows(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            if name != GUIDE_SHEET:
                yield name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as fault:
        raise UnreadableError("a workbook", str(fault), str(fault)) from fault


def _csv_rows(path: Path, encoding: str | None, problems: list[Problem]) -> list[list[Any]]:
    content = path.read_bytes()
    used = encoding or "utf-8-sig"
    try:
        text = content.decode(used)
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
    first = text.splitlines()[0] if text else ""
    delimiter = max(",;\t", key=first.count)
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


def _table(
    sheet: str, rows: list[list[Any]], form: Form, file: str, problems: list[Problem]
) -> RawTable | None:
    candidates = [
        (len(match_headings(form, [tidy(cell) for cell in row])), -position)
        for position, row in enumerate(rows[:HEADING_ROWS])
        if any(tidy(cell) for cell in row)
    ]
    if not candidates:
        return None
    top = -max(candidates)[1]
    headings = distinct([tidy(cell) for cell in rows[top]], Source(file, sheet), problems)
    body = [
        (number, row)
        for number, row in enumerate(rows[top + 1 :], start=top + 2)
        if any(tidy(cell) for cell in row)
    ]
    width = len(headings)
    cells = [[*row, *[None] * width][:width] for _, row in body]
    frame = pd.DataFrame(cells, columns=headings, dtype=object)
    named = [heading for heading in headings if heading]
    return RawTable(sheet, named, frame, np.array([number for number, _ in body], dtype=np.int64))


def distinct(headings: list[str], here: Source, problems: list[Problem]) -> list[str]:
    """
    Make repeated headings distinct by a number, and say so; empty headings stay empty.

    Parameters
    ----------
    headings
        Headings as delivered.
    here
        The sheet.
    problems
        List that a warning is added to.

    Returns
    -------
    list of str
        The headings, the second ``x`` as ``x_2``.
    """
    seen: dict[str, int] = {}
    result = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        if heading and seen[heading] > 1:
            name = f"{heading}_{seen[heading]}"
            problems.append(
                here.problem(
                    "repeated_heading",
                    "warning",
                    column=heading,
                    zh=f"列名“{heading}”重复，第{seen[heading]}个记作“{name}”",
                    en=f"The heading {heading!r} repeats: one is now called {name!r}",
                )
            )
            result.append(name)
        else:
            result.append(heading)
    return result
