"""Write what a delivery would change as a file to be looked at: a workbook, or a text table."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

import xlsxwriter

from census.intake.change_words import ChangeWords
from census.store.formulas import guard
from census.store.proposal_reading import ToldChange

SUFFIXES: Final = (".xlsx", ".csv")
KINDS: Final = {
    "insert": ("新增", "added"),
    "update": ("变更", "changed"),
    "delete": ("消失", "gone"),
}
_HEADINGS: Final = (
    ("改动", "Change"), ("编号", "Code"), ("名称", "Name"), ("列", "Field"), ("原为", "Before"),
    ("改为", "After"), ("位移（米）", "Moved (m)"),
)  # fmt: skip
_SHEET: Final = ("改动清单", "Changes")
_WIDTHS: Final = (10, 22, 24, 24, 36, 36, 12)
# A sheet of Excel ends there; the text table does not.
MOST_ROWS: Final = 1_048_575

Row = tuple[str, str, str, str, str, str, float | None]


def change_rows(changes: Iterable[ToldChange], words: ChangeWords) -> Iterator[Row]:
    """
    Write changes as rows of a table.

    Parameters
    ----------
    changes
        The changes.
    words
        Their words.

    Yields
    ------
    tuple
        Kind, code, name, field, before, after, metres moved: one row for each field that differs,
        and one for each object that comes or goes.
    """
    for change in changes:
        kind = KINDS[change.kind][0 if words.is_chinese else 1]
        name, lines = words.name(change), words.lines(change)
        if change.kind != "update":
            said = "；".join(f"{each.field}={each.after}" for each in lines)
            was = "；".join(f"{each.field}={each.before}" for each in lines)
            before, after = (was, "") if change.kind == "delete" else ("", said)
            yield kind, change.code, name, "", before, after, None
        for line in lines if change.kind == "update" else ():
            is_place = line.field == words.field("geom")
            moved = change.moved_m if is_place else None
            yield kind, change.code, name, line.field, line.before, line.after, moved


def changes_csv(changes: Iterable[ToldChange], words: ChangeWords) -> bytes:
    """
    Write changes as a text table.

    Parameters
    ----------
    changes
        The changes.
    words
        Their words.

    Returns
    -------
    bytes
        UTF-8 with a byte order mark, for Excel; no cell is read as a formula.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([each[0 if words.is_chinese else 1] for each in _HEADINGS])
    for row in change_rows(changes, words):
        writer.writerow([guard(value) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def changes_xlsx(changes: Iterable[ToldChange], words: ChangeWords) -> bytes:
    """
    Write changes as a workbook.

    Parameters
    ----------
    changes
        The changes.
    words
        Their words.

    Returns
    -------
    bytes
        One sheet, texts as texts; what does not fit into it is told in its last row.
    """
    column = 0 if words.is_chinese else 1
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(_SHEET[column])
        bold = book.add_format({"bold": True, "border": 1})
        for at, width in enumerate(_WIDTHS):
            sheet.set_column(at, at, width)
        sheet.write_row(0, 0, [each[column] for each in _HEADINGS], bold)
        sheet.freeze_panes(1, 0)
        for at, row in enumerate(change_rows(changes, words), start=1):
            if at == MOST_ROWS:
                more = ("其余见 .csv 文件", "the rest is in the .csv file")
                sheet.write_string(at, 0, more[column])
                break
            sheet.write_row(at, 0, row)
    return file.getvalue()
