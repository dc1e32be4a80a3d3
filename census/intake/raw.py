"""What every reader of files gives: raw tables with row numbers, or the fault that kept it shut."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from geopandas import GeoSeries
from numpy.typing import NDArray

from census.errors import CensusError
from census.intake.problems import Problem, Source


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
            f"文件不能按 {kind} 读取：{reason_zh}。",
        )


@dataclass(frozen=True)
class Declared:
    """
    What the sender of a delivery declared about it.

    Attributes
    ----------
    source_crs
        CRS, such as ``"EPSG:4490"``; wins over the file's own; None where nothing was declared.
    encoding
        Encoding of texts; None to find it.
    mapping
        Heading to field name, for headings that the form does not know.
    layers
        Names of the layers or sheets to read; empty for all that fit.
    """

    source_crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[str, ...] = ()


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
    geometry
        Shapes with their CRS; None for tables.
    """

    sheet: str
    headings: list[str]
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    geometry: GeoSeries | None = None


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
