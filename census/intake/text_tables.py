"""Text tables into rows: parted by commas, semicolons or tabs, in any encoding."""

import csv
import io
from pathlib import Path
from typing import Any, Final

from census.intake.encodings import (
    Reading,
    encoding_found,
    encoding_question,
    known_encoding,
    preferred,
    table_readings,
)
from census.intake.problems import Problem, Source
from census.intake.raw import UnreadableError

# Zeros among so many first bytes are those of wide signs.
_LOOKED_AT_BYTES: Final = 1024 * 1024
# Longer marks first: that of UTF-32 begins like that of UTF-16.
_MARKED_ENCODINGS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"),
)  # fmt: skip
_SEPARATORS: Final = ",;\t"
# Rows that tell the separator: a title above the headings holds none.
_LOOKED_AT_LINES: Final = 10
_SHARE_OF_ZEROS: Final = 0.05
# What the reader says at the end of the file, and what it means.
_OPEN_QUOTE: Final = "unexpected end of data"
_NEVER_CLOSED: Final = (
    'a quote (") opened before it is never closed', '此前有引号（"）没有闭合'
)  # fmt: skip


def text_rows(
    path: Path, here: Source, encoding: str | None, problems: list[Problem]
) -> list[list[Any]] | None:
    """
    Read a text table.

    Parameters
    ----------
    path
        ``.csv`` or ``.tsv``.
    here
        What its problems name.
    encoding
        Encoding as declared by the sender; None to take a byte order mark, or to find it.
    problems
        List that the encoding found, or the question, is added to.

    Returns
    -------
    list of list, or None
        Rows of cells; None where the encoding is a question.

    Raises
    ------
    UnreadableError
        When it is not in the declared encoding, or has a quote never closed.
    """
    text = _decoded(path.read_bytes(), here, encoding, problems)
    if text is None:
        return None
    top = text.splitlines()[:_LOOKED_AT_LINES]
    delimiter = max(_SEPARATORS, key=lambda sign: sum(line.count(sign) for line in top))
    # newline: old machines end a row with a carriage return alone. strict: a quote that is never
    # closed would swallow the rows after it.
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
    try:
        return [list(row) for row in reader]
    except csv.Error as fault:
        line = reader.line_num
        is_open = str(fault) == _OPEN_QUOTE
        en, zh = _NEVER_CLOSED if is_open else (str(fault), str(fault))
        raise UnreadableError(
            "a text table", f"line {line}: {en}", f"第 {line} 行：{zh}"
        ) from fault


def _decoded(
    content: bytes, here: Source, encoding: str | None, problems: list[Problem]
) -> str | None:
    marked = next((name for mark, name in _MARKED_ENCODINGS if content.startswith(mark)), None)
    if encoding is not None or marked is not None:
        return _declared(content, encoding, marked)
    is_wide = content[:_LOOKED_AT_BYTES].count(0) > _SHARE_OF_ZEROS * min(
        len(content), _LOOKED_AT_BYTES
    )
    if is_wide:
        content = content[: len(content) // 2 * 2]
    elif content.isascii():
        return content.decode("ascii")
    found = table_readings(content, is_wide=is_wide)
    reading, _ = preferred(found, None)
    if reading is None:
        problems.append(encoding_question(here, found))
        return None
    return _read_as(content, reading, here, problems)


def _read_as(content: bytes, reading: Reading, here: Source, problems: list[Problem]) -> str:
    if reading.encoding != "utf-8":
        problems.append(encoding_found(here, reading))
    return content.decode(reading.encoding)


def _declared(content: bytes, encoding: str | None, marked: str | None) -> str:
    used = marked or "utf-8" if encoding is None else known_encoding(encoding)
    if used is None:
        raise UnreadableError("a text table", f"no encoding {encoding}", f"没有编码 {encoding}")
    if marked is not None and used in {"utf-8", "utf-16", "utf-32"}:
        used = marked
    try:
        return content.decode(used)
    except UnicodeError as fault:
        raise UnreadableError(
            f"text in {encoding or marked}", str(fault), _not_in_it(fault)
        ) from fault


def _not_in_it(fault: UnicodeError) -> str:
    """Say in Chinese which byte is none of the encoding."""
    if isinstance(fault, UnicodeDecodeError):
        return f"第 {fault.start + 1:,} 个字节不属于该编码"
    return str(fault)
