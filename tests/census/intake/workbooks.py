"""Fills an empty workbook as a clerk does: cells are put into the sheet, all else stays."""

import re
import zipfile
from xml.sax.saxutils import escape

SHEET = "xl/worksheets/sheet1.xml"


def column_name(position):
    """Letters of a column, from 0."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def fill(path, *rows):
    """Put rows of texts and numbers under the headings of the first sheet of a workbook."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    xml = parts[SHEET].decode()
    written = "".join(_row(number, row) for number, row in enumerate(rows, start=2))
    # What the sheet says of its size no longer holds.
    xml = re.sub(r"<dimension [^>]*/>", "", xml).replace("</sheetData>", f"{written}</sheetData>")
    parts[SHEET] = xml.encode()
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)


def _row(number, row):
    cells = [
        _cell(f"{column_name(position)}{number}", value)
        for position, value in enumerate(row)
        if value is not None
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place, value):
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
