"""The table of a shapefile, or one that stands alone, read byte by byte: no text is guessed.

Layout after dBASE III: a header with the language byte, one descriptor of 32 bytes per column, then
records of one length. Headings end at ten bytes, which may cut a sign in two or make two equal.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.intake.encodings import (
    Reading,
    decoded,
    encoding_found,
    encoding_question,
    known_encoding,
    preferred,
    readings,
)
from census.intake.problems import Problem, Source
from census.intake.raw import UnreadableError, distinct, require_columns

_HEADER_BYTES: Final = 32
_LANGUAGE_BYTE: Final = 29
_END_OF_COLUMNS: Final = 0x0D
# A record that was deleted, and the end of the table.
_NO_RECORD: Final = (b"*", b"\x1a")
# The language bytes that say something; the western ones are set by programs that know no better.
_LANGUAGES: Final = {
    0x13: "cp932", 0x7B: "cp932", 0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950", 0x78: "cp950",
    0x4E: "cp949", 0x79: "cp949", 0x7C: "cp874", 0x65: "cp866", 0xC9: "cp1251", 0xC8: "cp1250",
    0x7D: "cp1255", 0x7E: "cp1256",
}  # fmt: skip
_TEXT_BYTES: Final = 50


@dataclass(frozen=True)
class _Column:
    name: bytes
    type: str
    width: int
    decimals: int


@dataclass(frozen=True)
class DbfTable:
    """
    A dBASE table.

    Attributes
    ----------
    headings
        Headings, made distinct.
    frame
        Values, one column per heading: text, int, float, date, bool or None.
    records
        Number of each record in the file, from 0; deleted ones are left out.
    problems
        The encoding found or asked for, headings that repeat, texts and columns that were cut.
    """

    headings: list[str]
    frame: pd.DataFrame
    records: NDArray[np.int64]
    problems: list[Problem]


def read_dbf(path: Path, here: Source, *, encoding: str | None) -> DbfTable:
    """
    Read a dBASE table.

    Parameters
    ----------
    path
        The file.
    here
        What its problems name.
    encoding
        Encoding of its texts as declared by the sender; None to take that of a ``.cpg`` file, of
        the language byte, or to find it.

    Returns
    -------
    DbfTable
        The table; without rows where its encoding is a question.

    Raises
    ------
    UnreadableError
        When it is no such table, or its texts are not in the declared encoding.
    """
    columns, first, record_bytes, language = _header(path)
    types = [("deleted", "S1"), *((f"c{n}", f"S{c.width}") for n, c in enumerate(columns))]
    size = path.stat().st_size - first
    dtype, count = np.dtype(types), max(0, size // record_bytes)
    records: Any = np.zeros(0, dtype)
    if count:
        records = np.memmap(path, dtype, mode="r", offset=first, shape=(count,))
    kept = np.flatnonzero(~np.isin(records["deleted"], _NO_RECORD)).astype(np.int64)
    unique = {
        number: _distinct(records[f"c{number}"][kept])
        for number, column in enumerate(columns)
        if column.type == "C"
    }
    problems: list[Problem] = []
    used = _settled(path, columns, unique, encoding, language, here, problems)
    if used is None:
        return DbfTable([], pd.DataFrame(), kept[:0], problems)
    headings = _headings(columns, used, here, problems)
    values: dict[str, Any] = {}
    cut = 0
    for number, (heading, column) in enumerate(zip(headings, columns, strict=True)):
        if column.type == "C":
            places, texts = unique[number]
            read = [_text(text, column.width, used) for text in texts]
            cut += sum(is_cut for _, is_cut in read)
            values[heading] = _objects([text for text, _ in read])[places]
        else:
            values[heading] = _objects(_plain(records[f"c{number}"][kept], column))
    problems += _remarks(columns, headings, cut, here)
    return DbfTable(headings, pd.DataFrame(values, dtype=object), kept, problems)


def _distinct(cells: NDArray[np.bytes_]) -> tuple[NDArray[np.intp], list[bytes]]:
    """Give the place of each cell among the distinct ones, which stand in the order of the rows."""
    places, found = pd.factorize(cells.astype(object))
    return places, list(found)


def _header(path: Path) -> tuple[list[_Column], int, int, int]:
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES)
        if len(head) < _HEADER_BYTES:
            raise UnreadableError("a dBASE table", "its header is cut off", "文件头不完整")
        told_rows = int.from_bytes(head[4:8], "little")
        first = int.from_bytes(head[8:10], "little")
        record_bytes = int.from_bytes(head[10:12], "little")
        rest = stream.read(max(0, first - _HEADER_BYTES))
    columns = []
    for start in range(0, len(rest) - _HEADER_BYTES + 1, _HEADER_BYTES):
        part = rest[start : start + _HEADER_BYTES]
        if part[0] == _END_OF_COLUMNS:
            break
        kind = chr(part[11]).upper()
        # Texts of more than 255 bytes keep the high byte of their width among the decimals.
        width, decimals = part[16], part[17]
        if kind == "C":
            width, decimals = width + 256 * decimals, 0
        columns.append(_Column(part[:11].split(b"\0")[0].strip(), kind, width, decimals))
    if not columns or 1 + sum(column.width for column in columns) != record_bytes:
        raise UnreadableError(
            "a dBASE table", "its columns do not make up its records", "列定义与记录长度不符"
        )
    if any(column.width == 0 for column in columns):
        raise UnreadableError("a dBASE table", "it has columns of no width", "有宽度为零的列")
    require_columns("a dBASE table", len(columns))
    if path.stat().st_size < first + told_rows * record_bytes:
        raise UnreadableError(
            "a dBASE table",
            f"it has fewer rows than the {told_rows:,} of its head; export it anew",
            f"行数不足文件头所报的 {told_rows:,}；请重新导出",
        )
    return columns, first, record_bytes, head[_LANGUAGE_BYTE]


def _settled(  # noqa: PLR0917  (a step of read_dbf, in its words)
    path: Path,
    columns: list[_Column],
    unique: dict[int, tuple[NDArray[np.intp], list[bytes]]],
    encoding: str | None,
    language: int,
    here: Source,
    problems: list[Problem],
) -> str | None:
    """Settle the encoding; None where it is a question."""
    texts: dict[bytes, bool] = {}
    for number, (_, cells) in unique.items():
        for text in cells:
            if not text.isascii():
                bare = text.rstrip()
                texts[bare] = texts.get(bare, False) or len(bare) == columns[number].width
    # Where no value tells, a heading may; ten bytes may have cut it.
    texts = texts or {each.name: True for each in columns if not each.name.isascii()}
    named = _named(path)
    declared = known_encoding(named) if named else _LANGUAGES.get(language)
    if encoding is not None:
        _require_decoded(texts, encoding, [])
        return known_encoding(encoding)
    if not texts:
        return declared or "utf-8"
    maybe_cut = {text for text, is_full in texts.items() if is_full}
    found = readings(list(texts), maybe_cut=maybe_cut, declared=declared)
    if declared is not None and all(each.encoding != declared for each in found):
        _require_decoded(texts, declared, found)
        return declared
    reading, is_declared = preferred(found, declared)
    if reading is None:
        problems.append(encoding_question(here, found, named or declared or ""))
        return None
    if not is_declared and reading.encoding != "utf-8":
        problems.append(encoding_found(here, reading))
    return reading.encoding


def _named(path: Path) -> str:
    beside = {each.name.casefold(): each for each in path.parent.iterdir()}
    page = beside.get(path.with_suffix(".cpg").name.casefold())
    if page is None:
        return ""
    return page.read_bytes()[:_TEXT_BYTES].decode("ascii", "ignore").strip()


def _require_decoded(texts: dict[bytes, bool], encoding: str, found: list[Reading]) -> None:
    codec = known_encoding(encoding)
    if codec is None:
        raise UnreadableError("a table", f"no encoding {encoding}", f"没有编码 {encoding}")
    if all(decoded(text, codec, may_be_cut=is_full) for text, is_full in texts.items()):
        return
    likely = f"--encoding {found[0].label}" if found else ""
    raise UnreadableError(
        "a table",
        f"its texts are not in the encoding {encoding}; name theirs with --encoding"
        + (f", such as {likely}" if likely else ""),
        f"属性文字不是 {encoding} 编码；请用 --encoding 指明"
        + (f"，如 {likely}" if likely else ""),
    )


def _text(text: bytes, width: int, codec: str) -> tuple[str | None, bool]:
    """Decode a text; one that fills its column may end within a sign, which is left out."""
    bare = text.rstrip()
    read, is_cut = decoded(bare, codec, may_be_cut=len(bare) == width) or ("", True)
    return read.strip(" \0") or None, is_cut


def _headings(
    columns: list[_Column], codec: str, here: Source, problems: list[Problem]
) -> list[str]:
    # Ten bytes are all that a heading has: half a sign at its end is no sign.
    names = [column.name.decode(codec, "ignore").strip() for column in columns]
    return distinct(
        [name or f"column_{number}" for number, name in enumerate(names, start=1)], here, problems
    )


def _objects(values: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _plain(cells: NDArray[np.bytes_], column: _Column) -> list[Any]:
    reader = {"N": _number, "F": _number, "D": _date, "L": _truth}.get(column.type)
    if reader is None:
        return [None] * len(cells)
    return [reader(cell.strip(b" \0")) for cell in cells.tolist()]


def _number(cell: bytes) -> int | float | str | None:
    if not cell or not cell.strip(b"*"):
        return None
    try:
        return int(cell) if cell.lstrip(b"+-").isdigit() else float(cell)
    except ValueError:
        return cell.decode("latin-1")


def _date(cell: bytes) -> dt.date | str | None:
    if not cell.strip(b"0"):
        return None
    text = cell.decode("latin-1")
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  (a bare date)
    except ValueError:
        return text


def _truth(cell: bytes) -> bool | None:
    return {b"T": True, b"Y": True, b"F": False, b"N": False}.get(cell.upper())


def _remarks(columns: list[_Column], headings: list[str], cut: int, here: Source) -> list[Problem]:
    problems = []
    if cut:
        problems.append(
            here.problem(
                "cut_text",
                "warning",
                value=cut,
                zh=f"{cut} 个文字值在列宽处截断了半个字，末字已去掉；"
                "请交付方改用 GeoPackage 或加宽该列",
                en=f"{cut} texts were cut within a sign at the width of their column; the half "
                "sign is left out: ask for a GeoPackage or wider columns",
            )
        )
    for heading, column in zip(headings, columns, strict=True):
        if column.type not in "CNFDL":
            problems.append(
                here.problem(
                    "column",
                    "warning",
                    column=heading,
                    value=column.type,
                    zh=f"列“{heading}”是 {column.type} 类型（备注或二进制），未读入",
                    en=f"The column {heading!r} is of the type {column.type} (memo or binary): it "
                    "is not read",
                )
            )
    return problems
