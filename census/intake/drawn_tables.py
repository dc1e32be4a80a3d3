"""Shapes that stand in a table as text: well-known text, long ones over several columns.

A cell of a spreadsheet holds 32,767 signs and the outline of a town has more, so a shape goes on in
the columns ``geom_wkt_2``, ``geom_wkt_3`` and so on. ``SRID=4490;`` in front names its CRS.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.fields import Form, plain
from census.intake.problems import Problem, Source
from census.intake.raw import RawShapes, RawTable

SHAPE: Final = "geom_wkt"
SHAPE_ZH: Final = "图形WKT"
"""Headings of the first column; a number behind them tells those that go on."""
SIGNS_PER_CELL: Final = 32_000

_HEADING: Final = re.compile(
    rf"(?:{SHAPE}|{plain(SHAPE_ZH)}|wkt|wkt_geom|the_geom_wkt)(?:_(\d{{1,3}}))?"
)
# Collections could nest until the library falls: only plain kinds are built.
_WRITTEN: Final = re.compile(
    r"\s*(?:SRID\s*=\s*(\d{1,6})\s*;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\b[^;]*",
    re.IGNORECASE,
)
_SRID: Final = re.compile(r"\s*SRID\s*=\s*\d{1,6}\s*;", re.IGNORECASE)


def shape_cells(shapes: Sequence[Any], srid: int) -> pd.DataFrame:
    """
    Write shapes as the cells of a table.

    Parameters
    ----------
    shapes
        Shapes; None for none.
    srid
        EPSG code of their CRS.

    Returns
    -------
    pandas.DataFrame
        Columns ``geom_wkt``, ``geom_wkt_2`` and so on as far as the longest shape needs them; None
        where a shape has no more. Coordinates are written with every digit.
    """
    texts = [
        None if text is None else f"SRID={srid};{text}"
        for text in shapely.to_wkt(np.asarray(shapes, dtype=object), rounding_precision=-1)
    ]
    longest = max((len(text) for text in texts if text is not None), default=1)
    cells = {
        SHAPE if begin == 0 else f"{SHAPE}_{begin // SIGNS_PER_CELL + 1}": [
            (text or "")[begin : begin + SIGNS_PER_CELL] or None for text in texts
        ]
        for begin in range(0, longest, SIGNS_PER_CELL)
    }
    return pd.DataFrame(cells, dtype=object)


def with_shapes(table: RawTable, form: Form, here: Source, problems: list[Problem]) -> RawTable:
    """
    Turn the columns of a table that hold shapes as text into its shapes.

    Parameters
    ----------
    table
        A table without shapes.
    form
        The form; one without geometry leaves the table as it is.
    here
        The sheet.
    problems
        List that a fault of a row, or several CRS in one table, is added to.

    Returns
    -------
    RawTable
        With shapes, and without those columns; as it was where it has none.
    """
    numbered = _columns(table.headings)
    if form.geometry == "none" or not numbered:
        return table
    names = [numbered[number] for number in sorted(numbered)]
    texts = table.frame[names].map(lambda cell: cell if isinstance(cell, str) else "")
    joined = texts.agg("".join, axis=1).tolist() if len(names) > 1 else texts[names[0]].tolist()
    wkb, srids = _built(joined, table.rows, here, problems)
    if len(srids) > 1:
        problems.append(_several(here, srids))
    headings = [each for each in table.headings if each not in names]
    crs = f"EPSG:{min(srids)}" if srids else None
    frame = table.frame.drop(columns=names)
    return RawTable(table.sheet, headings, frame, table.rows, RawShapes(wkb, crs))


def _columns(headings: Sequence[str]) -> dict[int, str]:
    """Find the columns that hold shapes by number; without a first one there are none."""
    found: dict[int, str] = {}
    for heading in headings:
        match = _HEADING.fullmatch(plain(heading))
        if match:
            found.setdefault(int(match[1] or 1), heading)
    return {number: found[number] for number in sorted(found)} if 1 in found else {}


def _built(
    texts: list[str], rows: NDArray[np.int64], here: Source, problems: list[Problem]
) -> tuple[NDArray[np.object_], set[str]]:
    wkb = np.full(len(texts), None, dtype=object)
    srids: set[str] = set()
    for place, text in enumerate(texts):
        match = _WRITTEN.fullmatch(text) if text.strip() else None
        shape = None
        if match is not None:
            srids |= {match[1]} - {None}
            shape = shapely.from_wkt(_SRID.sub("", text, count=1), on_invalid="ignore")
        if shape is not None:
            wkb[place] = shapely.to_wkb(shape)
        elif text.strip():
            problems.append(_unreadable(Source(here.file, here.sheet, int(rows[place])), text))
    return wkb, srids


def _unreadable(here: Source, text: str) -> Problem:
    return here.problem(
        "shape",
        "error",
        column="geometry",
        value=text,
        zh="图形文字不是 WKT 的点、线或面（如 SRID=4490;POINT (121.1 31.9)）",
        en="The text of its shape is no WKT of points, lines or polygons such as "
        "SRID=4490;POINT (121.1 31.9)",
    )


def _several(here: Source, srids: set[str]) -> Problem:
    told = "、".join(sorted(srids))
    return here.problem(
        "crs",
        "error",
        column="geometry",
        value=told,
        zh=f"同一张表的图形有几种坐标系：{told}；请统一后重新交付",
        en=f"The shapes of one table are in several CRS: {told}; deliver them in one",
    )


def shapeless(here: Source, form: Form) -> Problem:
    """
    State that a form of lines or areas cannot be taken from a table without shapes.

    Parameters
    ----------
    here
        The file.
    form
        The form.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    return here.problem(
        "file_kind",
        "error",
        zh=f"表格没有图形：请把各列作为图层的属性交付，或在“{SHAPE_ZH}”列填写图形的文字"
        f"（表单“{form.label_zh}”）",
        en="a table has no shapes: deliver a layer with these columns as its values, or put the "
        f"shapes as text into a column {SHAPE} (form {form.name})",
    )
