"""Hold a zipped workbook against limits before its reader unpacks it.

A few kilobytes of a workbook can unpack to gigabytes, one cell in the last corner makes the reader
fill a table of seventeen billion cells, and a document type could name other files.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from census.intake.problems import Problem, Source
from census.intake.raw import UnreadableError

# A workbook has a member per sheet and per picture.
MOST_MEMBERS = 2_000
MOST_UNPACKED_BYTES = 1024 * 1024 * 1024
# Repetitive sheets shrink to a fortieth; below the small size the ratio harms nobody.
MOST_RATIO = 100
SMALL_BYTES = 32 * 1024 * 1024
# The reader keeps a cell of the used rectangle in 32 bytes: about 640 MB.
MOST_CELLS = 20_000_000
LISTED_CELLS = 10

_CHUNK_BYTES = 1024 * 1024
# Texts of a workbook stand in one part without rows: it is looked through in pieces.
_LARGEST_ROW_BYTES = 8 * 1024 * 1024
_ROW = {".xlsx": b"<row", ".xlsm": b"<row", ".ods": b"<table:table-row"}
# A cell without content is closed at once: it bears a format only, and no reader keeps it.
_CELL = re.compile(rb"<c\b[^>]*[^/]>")
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"(?:[^>]*[^/])?>')
_ROW_NUMBER = re.compile(rb'<row [^>]*?\br="(\d+)"')
_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})')
_FAILED = re.compile(rb'<c r="([A-Z]{1,3}\d+)"[^>]*?t="e"')
_UNCOUNTED = re.compile(
    rb'<c r="([A-Z]{1,3}\d+)"[^>]*><f[^>]*(?:/>|>[^<]*</f>)(?:<v></v>|<v\s*/>)?</c>'
)
_ROWS_REPEATED = re.compile(rb'number-rows-repeated="(\d+)"')
_CELL_ODS = re.compile(rb"<table:table-cell\b([^>]*)>")
_COLUMNS_REPEATED = re.compile(rb'number-columns-repeated="(\d+)"')


def check_archive(path: Path) -> list[Problem]:
    """
    Check a zipped workbook without unpacking it to disk.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xlsm`` or ``.ods``.

    Returns
    -------
    list of Problem
        Formulas that failed or were never computed: their cells count as empty.

    Raises
    ------
    UnreadableError
        When it is no archive, locked by a password, unpacks to too much, spans too many cells or
        declares a document type.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _require_limits(members)
            failed: list[str] = []
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")):
                    _require_sound_member(archive, member, path.suffix.lower(), failed)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as fault:
        raise UnreadableError("a workbook", str(fault), f"压缩包损坏或加密（{fault}）") from fault
    return _formula_problems(failed, Source(path.name))


def _require_limits(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise _too_much(
            f"it has {len(members):,} parts, more than {MOST_MEMBERS:,}",
            f"内含 {len(members):,} 个部件，超过 {MOST_MEMBERS:,}",
        )
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > MOST_UNPACKED_BYTES or (
        unpacked > SMALL_BYTES and unpacked > MOST_RATIO * packed
    ):
        raise _too_much(
            f"it unpacks from {packed:,} to {unpacked:,} bytes",
            f"解压后从 {packed:,} 字节变为 {unpacked:,} 字节",
        )


def _too_much(en: str, zh: str) -> UnreadableError:
    return UnreadableError(
        "a workbook", f"{en}; copy the rows into a new workbook", f"{zh}；请把数据复制到新的工作簿"
    )


def _require_sound_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, suffix: str, failed: list[str]
) -> None:
    is_sheet = "worksheets/sheet" in member.filename or member.filename == "content.xml"
    rows, columns = 0, 0
    # The whole member is read: the size that an archive declares may be a lie.
    for position, block in enumerate(_blocks(archive, member, _ROW[suffix])):
        if not position and (b"<!DOCTYPE" in block or b"<!ENTITY" in block):
            raise UnreadableError(
                "a workbook", "it declares a document type", "内含文档类型声明（DTD）"
            )
        if not is_sheet:
            continue
        count, width = _extent(block, suffix, rows, columns)
        rows, columns = max(rows, count), max(columns, width)
        failed += _failed_formulas(block)
        if rows * columns > MOST_CELLS:
            raise _too_much(
                f"its cells span {rows:,} rows and {columns:,} columns",
                f"单元格范围达 {rows:,} 行、{columns:,} 列",
            )


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, mark: bytes) -> Iterator[bytes]:
    """Give a part of the workbook in blocks that end between two rows, where it has rows."""
    rest = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            rest += chunk
            cut = rest.rfind(mark)
            if cut <= 0 and len(rest) < _LARGEST_ROW_BYTES:
                continue
            cut = cut if cut > 0 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _failed_formulas(block: bytes) -> list[str]:
    # Most sheets hold no formula: the plain search spares the patterns.
    failed = _FAILED.findall(block) if b't="e"' in block else []
    uncounted = _UNCOUNTED.findall(block) if b"<f" in block else []
    return [cell.decode() for cell in (*failed, *uncounted)]


def _extent(block: bytes, suffix: str, rows: int, columns: int) -> tuple[int, int]:
    """Tell how far the rows and columns reach with the rows of a block."""
    if suffix == ".ods":
        return _repeated_extent(block, rows)
    numbers = _ROW_NUMBER.findall(block)
    last = max(map(int, numbers), default=0)
    last = max(last, rows + block.count(b"<row"))
    letters = _COLUMN.findall(block)
    widest = max((_column_number(each) for each in set(letters)), default=0)
    is_numbered = len(letters) == block.count(b"<c ") and b"<c>" not in block
    if is_numbered and last * max(widest, columns) <= MOST_CELLS:
        return last, widest
    # Slower: cells without content do not count, cells without a name count by their order.
    filled, widest = rows, columns
    for position, row in enumerate(block.split(b"<row")[1:], start=1):
        cells = _CELL.findall(row)
        if not cells:
            continue
        named = [name for name in map(_REFERENCE.match, cells) if name]
        widest = max(widest, len(cells), *(_column_number(name[1]) for name in named))
        filled = max(filled, rows + position, *(int(name[2]) for name in named))
    return filled, widest


def _repeated_extent(block: bytes, rows: int) -> tuple[int, int]:
    widest = 0
    for row in block.split(b"<table:table-row")[1:]:
        if b"value-type" not in row:
            continue
        repeated = _ROWS_REPEATED.search(row.partition(b">")[0])
        rows += int(repeated[1]) if repeated else 1
        width = 0
        for attributes in _CELL_ODS.findall(row):
            again = _COLUMNS_REPEATED.search(attributes)
            # The last cell of a row often stands for all the empty ones to the right edge.
            if b"value-type" in attributes or again is None:
                width += int(again[1]) if again else 1
        widest = max(widest, width)
    return rows, widest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _formula_problems(cells: list[str], here: Source) -> list[Problem]:
    if not cells:
        return []
    shown = "、".join(cells[:LISTED_CELLS]) + ("…" if len(cells) > LISTED_CELLS else "")
    return [
        here.problem(
            "formula",
            "warning",
            value=shown,
            zh=f"{len(cells)} 个单元格的公式出错或从未计算，按空值读取；请在表格软件中重算并保存",
            en=f"The formulas of {len(cells)} cells failed or were never computed and count as "
            "empty; compute them in a spreadsheet program and save",
        )
    ]
