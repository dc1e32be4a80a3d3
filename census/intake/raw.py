"""What every reader of files gives: raw tables with row numbers, or the fault that kept it shut."""

from collections.abc import Iterable  # noqa: TC003  (what holds the parts says so)
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.errors import CensusError
from census.intake.problems import Problem, Source

# A form has some twenty columns; a file of a thousand is of another kind.
MOST_COLUMNS = 1_000
# Kinds of file that have a word in Chinese; the others go by their names, such as GeoPackage.
_KINDS_ZH = {
    "a table": "表格",
    "a workbook": "工作簿",
    "a text table": "文本表格",
    "a dBASE table": "dBASE 表",
    "an archive": "压缩包",
}


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
            f"文件不能按{_word_zh(kind)}读取：{reason_zh}。",
        )

    @classmethod
    def told(cls, sentence_en: str, sentence_zh: str) -> "UnreadableError":
        """
        Make the fault anew from sentences that another process told.

        Parameters
        ----------
        sentence_en, sentence_zh
            What is wrong.

        Returns
        -------
        UnreadableError
            The fault.
        """
        fault = cls("", "", "")
        fault.args = (sentence_en,)
        fault.sentence_en, fault.sentence_zh = sentence_en, sentence_zh
        return fault

    def problem(self, here: Source) -> Problem:
        """
        State the fault as a problem of a file.

        Parameters
        ----------
        here
            The file.

        Returns
        -------
        Problem
            An error of the whole file.
        """
        zh, en = (text.rstrip("。.") for text in (self.sentence_zh, self.sentence_en))
        return here.problem("readable", "error", zh=zh, en=en)


def _word_zh(kind: str) -> str:
    if kind.startswith("text in "):
        return f" {kind.removeprefix('text in ')} 编码的文字"
    return _KINDS_ZH.get(kind, f" {kind} ")


@dataclass(frozen=True)
class RawShapes:
    """
    Shapes of a layer as bytes: nothing has built them yet.

    Attributes
    ----------
    wkb
        Well-known binary of each shape, None where there is none.
    crs
        CRS that the file tells, as text; None where it tells none.
    """

    wkb: NDArray[np.object_]
    crs: str | None


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
    shapes
        Shapes with their CRS; None for tables.
    rest
        Where it is read in parts, the parts after this one; None where this is all of it. What a
        child reads can be gone through once, what its parent has of it as often as one likes.
    """

    sheet: str
    headings: list[str]
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    shapes: RawShapes | None = None
    rest: "Iterable[RawTable] | None" = None

    def of(self, chosen: NDArray[np.bool_]) -> "RawTable":
        """
        Choose some rows.

        Parameters
        ----------
        chosen
            A mask.

        Returns
        -------
        RawTable
            Those, without what comes after.
        """
        shapes = self.shapes
        return replace(
            self,
            frame=self.frame[chosen].reset_index(drop=True),
            rows=self.rows[chosen],
            shapes=None if shapes is None else replace(shapes, wkb=shapes.wkb[chosen]),
            rest=None,
        )


def require_columns(kind: str, count: int) -> None:
    """
    Refuse a table of more columns than any form has.

    Parameters
    ----------
    kind
        What the file should be.
    count
        Its columns.

    Raises
    ------
    UnreadableError
        When there are more than ``MOST_COLUMNS``.
    """
    if count > MOST_COLUMNS:
        raise UnreadableError(
            kind,
            f"it has {count:,} columns, more than {MOST_COLUMNS:,}; deliver those of the form",
            f"有 {count:,} 列，超过 {MOST_COLUMNS:,}；请只交付表单的列",
        )


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
    result: list[str] = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        if heading and seen[heading] > 1:
            number = seen[heading]
            while (name := f"{heading}_{number}") in (*headings, *result):
                number += 1
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
