"""Grids written as text: a header of names and numbers, then numbers alone, line by line."""

import re
from pathlib import Path
from typing import Any, Final

import pyproj
from pyproj.exceptions import CRSError

from census.intake.problems import Problem, Source

_HEADER: Final = re.compile(
    rb"\s*(ncols|nrows|xll(?:corner|center)|yll(?:corner|center)|cellsize|dx|dy|nodata_value)\s+"
    rb"([-+.\deE]+|nan)\s*",
    re.IGNORECASE,
)
_NEEDED: Final = (b"ncols", b"nrows")
# What a line of cells is made of: numbers, and the word of some programs for no number.
_CELLS: Final = re.compile(rb"(?:[-+.,\deE\s]|nan|inf)*", re.IGNORECASE)
_MOST_HEADER_LINES: Final = 12
_LONGEST_SHOWN: Final = 40
_LONGEST_PRJ: Final = 10_000


def grid_fault(path: Path, here: Source) -> Problem | None:
    """
    Find the first line of an ASCII grid that is neither header nor numbers.

    Parameters
    ----------
    path
        The ``.asc`` file.
    here
        What the problem names.

    Returns
    -------
    Problem or None
        An error that names the line.
    """
    named: set[bytes] = set()
    is_header = True
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            match = _HEADER.fullmatch(line) if is_header and number <= _MOST_HEADER_LINES else None
            if match:
                named.add(match[1].lower())
                continue
            is_header = False
            absent = [word.decode() for word in _NEEDED if word not in named]
            if absent:
                return _no_header(here, absent)
            if not _CELLS.fullmatch(line):
                return _text(here, number, line)
    return None if not is_header else _no_header(here, ["cells"])


def _no_header(here: Source, absent: list[str]) -> Problem:
    words = ", ".join(absent)
    return here.problem(
        "grid",
        "error",
        value=words,
        zh=f"不是栅格：文件头缺少 {words}",
        en=f"Not a grid: its header lacks {words}",
    )


def _text(here: Source, number: int, line: bytes) -> Problem:
    shown = line.decode("utf-8", "replace").strip()[:_LONGEST_SHOWN]
    return Source(here.file, here.sheet, None).problem(
        "grid",
        "error",
        value=shown,
        zh=f"不是栅格：第 {number} 行是文字（{shown}），应为数字；未读入任何内容",
        en=f"Not a grid: line {number} holds text ({shown}) where numbers belong; nothing is read",
    )


def told_beside(path: Path) -> Any:
    """
    Read the CRS that stands beside an ASCII grid, which has no place for one.

    Parameters
    ----------
    path
        The raster.

    Returns
    -------
    str or None
        Well-known text of the ``.prj`` file of an ``.asc`` file; None where there is none.
    """
    if path.suffix.lower() != ".asc":
        return None
    wanted = path.with_suffix(".prj").name.casefold()
    beside = next((each for each in path.parent.iterdir() if each.name.casefold() == wanted), None)
    if beside is None:
        return None
    text = beside.read_bytes()[:_LONGEST_PRJ].decode("ascii", "ignore")
    try:
        return pyproj.CRS.from_wkt(text).to_wkt()
    except CRSError:
        return None
