"""Whether the table beside a shapefile fits it: its reader drops one that does not in silence."""

import struct
from pathlib import Path
from typing import Final

from census.intake.raw import UnreadableError

_HEAD_BYTES: Final = 32
_COLUMN_BYTES: Final = 32
_TYPE, _WIDTH = 11, 16
_END: Final = b"\x0d"
_TYPES: Final = b"CNDLFIMBGPTYVWQ@O+0"
# Of the head of a shapefile's index, and of each entry.
_INDEX_HEAD_BYTES, _ENTRY_BYTES = 100, 8


def require_fitting_table(path: Path) -> None:
    """
    Hold the head of a shapefile's table against its size, its columns and the number of shapes.

    Parameters
    ----------
    path
        The ``.shp``; nothing is held where its companions are spelled in capitals.

    Raises
    ------
    UnreadableError
        When the table is not as long as its head says, its columns are not as wide as its rows, or
        it has not a row for each shape.
    """
    table, index = path.with_suffix(".dbf"), path.with_suffix(".shx")
    if not table.exists() or not index.exists():
        return
    size_bytes = table.stat().st_size
    with table.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES:
            raise _unfit("has no head", "没有文件头")
        rows, head_bytes, row_bytes = struct.unpack_from("<IHH", head, 4)
        columns = stream.read(max(0, head_bytes - _HEAD_BYTES))
    widths = _widths(columns)
    if not widths or sum(widths) + 1 != row_bytes:
        raise _unfit("has columns that do not make up its rows", "各列宽度与行长不符")
    if size_bytes < head_bytes + rows * row_bytes:
        raise _unfit(f"has fewer rows than the {rows:,} of its head", f"行数不足所报的 {rows:,}")
    shapes = (index.stat().st_size - _INDEX_HEAD_BYTES) // _ENTRY_BYTES
    if shapes != rows:
        raise _unfit(
            f"has {rows:,} rows for {shapes:,} shapes", f"有 {rows:,} 行，图形却有 {shapes:,} 个"
        )


def _widths(columns: bytes) -> list[int]:
    """List the widths of the columns; none where the list has no end or a column is of no kind."""
    widths: list[int] = []
    for start in range(0, len(columns), _COLUMN_BYTES):
        column = columns[start : start + _COLUMN_BYTES]
        if column[:1] == _END:
            return widths
        if len(column) < _COLUMN_BYTES or column[_TYPE] not in _TYPES or not column[_WIDTH]:
            return []
        # The width of a text may take two bytes, the second of which counts decimals elsewhere.
        widths.append(
            column[_WIDTH] + (column[_WIDTH + 1] << 8 if column[_TYPE] == _TYPES[0] else 0)
        )
    return []


def _unfit(en: str, zh: str) -> UnreadableError:
    return UnreadableError(
        "Shapefile",
        f"its table (.dbf) {en}; export it anew, all its files together",
        f"属性表（.dbf）{zh}；请重新导出并一起交付各文件",
    )
