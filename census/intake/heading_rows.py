"""Where the headings of a sheet stand: under titles, in one to three rows, in merged cells.

A heading that groups others, such as "residents" over "total" and "aged 65", becomes the first part
of theirs: "residents / total". A part alone, both together, or the group of a total name a field.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from census.intake.fields import LATITUDE, LONGITUDE, Form, match_headings, plain
from census.intake.parsing import tidy

# Bureaus put a title and a date above the headings: they are sought in the first rows.
HEADING_ROWS: Final = 10
_MOST_HEIGHT: Final = 3
_MOST_GROUPS: Final = 1_000
PART: Final = " / "
# The columns of coordinates in a table.
COORDINATES: Final = {
    "longitude": (
        LONGITUDE, "东经", "經度", "経度", "lon", "lng", "long", "longitude", "x", "x坐标", "坐标x",
        "东坐标", "easting",
    ),
    "latitude": (
        LATITUDE, "北纬", "緯度", "lat", "latitude", "y", "y坐标", "坐标y", "北坐标", "northing",
    ),
}  # fmt: skip
# A heading under a group that stands for the whole group.
_WHOLE: Final = frozenset(
    plain(word)
    for word in (
        "总数", "合计", "总计", "小计", "共计", "计", "数量", "总量", "全部", "total", "sum", "all",
        "jumlah", "総数", "合計",
    )
)  # fmt: skip

Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True)
class Headings:
    """
    The row of headings, or several of which the upper group the lower.

    Attributes
    ----------
    matched
        How many fields of the form they name.
    first
        Position of the first of their rows, from 0.
    last
        Position of the last.
    names
        One per column, parts joined by " / "; empty where a column has none.
    """

    matched: int
    first: int
    last: int
    names: list[str]


def find_headings(
    rows: Sequence[Sequence[Any]],
    form: Form,
    mapping: Mapping[str, str],
    merged: Merged = (),
) -> Headings | None:
    """
    Find the rows among the first ten that name most fields of a form.

    Parameters
    ----------
    rows
        The sheet.
    form
        The form.
    mapping
        Heading to field, as the sender declared.
    merged
        Merged cells: corners as (row, column), from 0, both included.

    Returns
    -------
    Headings or None
        None where the sheet has no text. Where no row names a field, the first of those with most
        texts, so that it can be shown.
    """
    best: Headings | None = None
    merged = [each for each in merged if each[0][0] < HEADING_ROWS + _MOST_HEIGHT][:_MOST_GROUPS]
    fewest = min(HEADING_ROWS, len(rows))
    # Fewer rows go before more: a title above the headings adds nothing to them.
    for height in range(1, _MOST_HEIGHT + 1):
        for first in range(fewest + 1 - height):
            names = _joined(rows, first, height, merged)
            if not any(names):
                continue
            matched = len(match_columns(form, [name for name in names if name], mapping))
            found = Headings(matched, first, first + height - 1, names)
            if best is None or matched > best.matched:
                best = found
    if best is not None and best.matched == 0:
        return _fullest(rows, fewest)
    return best


def match_parts(form: Form, headings: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """
    Match headings to the fields of a form, those in several parts by whole, end and group.

    Parameters
    ----------
    form
        The form.
    headings
        Headings, parts joined by " / ".
    mapping
        Heading to field, as the sender declared; goes before all else.

    Returns
    -------
    dict
        Heading to field name, each field once.
    """
    declared = {heading: mapping[heading] for heading in headings if heading in mapping}
    found: dict[str, str] = {}
    taken = set(declared.values())
    rest = [heading for heading in headings if heading not in declared]
    # Headings in one part first, then those together, at the end, and the group of a total.
    for spelled in (_alone, _together, _end, _group):
        spellings = {spelled(heading): heading for heading in reversed(rest) if spelled(heading)}
        ordered = [spelled(heading) for heading in rest if spelled(heading)]
        for spelling, name in match_headings(form, list(dict.fromkeys(ordered))).items():
            if name not in taken and spellings[spelling] not in found:
                found[spellings[spelling]] = name
                taken.add(name)
    return declared | found


def match_columns(
    form: Form, headings: Sequence[str], mapping: Mapping[str, str]
) -> dict[str, str]:
    """
    Match headings to the fields of a form, and to coordinates where a table of it has places.

    Parameters
    ----------
    form
        The form.
    headings
        Headings, parts joined by " / ".
    mapping
        Heading to field, as the sender declared.

    Returns
    -------
    dict
        Heading to field name, ``longitude`` or ``latitude``, each once.
    """
    found = match_parts(form, headings, mapping)
    if form.geometry in {"point", "any"}:
        for name, words in COORDINATES.items():
            for heading in headings:
                word = re.sub(r"\(.*?\)$", "", plain(heading.rpartition(PART)[2]))
                if word in words and heading not in found and name not in found.values():
                    found[heading] = name
    return found


def _alone(heading: str) -> str:
    return heading if PART not in heading else ""


def _together(heading: str) -> str:
    return heading.replace(PART, "") if PART in heading else ""


def _end(heading: str) -> str:
    return heading.rpartition(PART)[2] if PART in heading else ""


def _group(heading: str) -> str:
    group, part, end = heading.rpartition(PART)
    return group.rpartition(PART)[2] if part and plain(end) in _WHOLE else ""


def _joined(rows: Sequence[Sequence[Any]], first: int, height: int, merged: Merged) -> list[str]:
    lines = rows[first : first + height]
    width = max((len(line) for line in lines), default=0)
    grid = [[tidy(cell) for cell in line] + [""] * (width - len(line)) for line in lines]
    _spread(grid, first, merged)
    names = []
    for column in range(width):
        parts: list[str] = []
        for row in grid:
            if row[column] and (not parts or parts[-1] != row[column]):
                parts.append(row[column])
        names.append(PART.join(parts))
    return names


def _spread(grid: list[list[str]], first: int, merged: Merged) -> None:
    """Write the text of a group over all its columns."""
    for (top, left), (bottom, right) in merged:
        row = top - first
        if not 0 <= row < len(grid) or left >= len(grid[row]):
            continue
        for line in grid[row : bottom - first + 1]:
            line[left : right + 1] = [grid[row][left]] * len(line[left : right + 1])
    if merged:
        return
    # Text tables know no merged cells: an empty cell over a heading belongs to the group before.
    for upper, lower in pairwise(grid):
        for column in range(1, len(upper)):
            if not upper[column] and lower[column] and lower[column - 1]:
                upper[column] = upper[column - 1]


def _fullest(rows: Sequence[Sequence[Any]], fewest: int) -> Headings | None:
    counts = [sum(bool(tidy(cell)) for cell in rows[place]) for place in range(fewest)]
    if not any(counts):
        return None
    place = counts.index(max(counts))
    return Headings(0, place, place, [tidy(cell) for cell in rows[place]])
