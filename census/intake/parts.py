"""Rows of a layer under the names of a form's fields: whole, or part by part as they were read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd
from geopandas import GeoDataFrame

from census.intake.placing import Sheet, place_tables
from census.intake.raw import RawTable

if TYPE_CHECKING:
    from census.intake.reading import Delivery


def row_frame(table: Sheet, matched: Mapping[str, str], file: str) -> pd.DataFrame:
    """
    Give the rows of a table the names of a form's fields.

    Parameters
    ----------
    table
        The table.
    matched
        Heading to field; other columns are left out.
    file
        What the delivered file is called.

    Returns
    -------
    pandas.DataFrame
        Raw values and ``file``, ``sheet``, ``row``; a GeoDataFrame where the table has shapes.
    """
    frame: Any = table.raw.frame[list(matched)].astype(object).rename(columns=dict(matched))
    if table.shapes is not None:
        frame = GeoDataFrame(frame, geometry=table.shapes)
    frame["file"] = file
    frame["sheet"] = table.name
    frame["row"] = table.raw.rows
    result: pd.DataFrame = frame.reset_index(drop=True)
    return result


@dataclass(frozen=True)
class Parts:
    """
    The parts of a layer after the first, whose columns are those of the first.

    Attributes
    ----------
    like
        The first as a delivery.
    sheet
        The first as it was read.
    matched
        Heading to field.
    """

    like: "Delivery"
    sheet: Sheet
    matched: Mapping[str, str]

    def __iter__(self) -> Iterator["Delivery"]:
        return map(self.made, self.sheet.raw.rest or ())

    def raws(self) -> Iterator[RawTable]:
        """
        Go through all parts as they were read, the first among them.

        Returns
        -------
        iterator of RawTable
            Tables whose shapes nobody has built yet.
        """
        return chain([replace(self.sheet.raw, rest=None)], self.sheet.raw.rest or ())

    def made(self, raw: RawTable) -> "Delivery":
        """
        Match a part to the form.

        Parameters
        ----------
        raw
            All or some of its rows.

        Returns
        -------
        Delivery
            The part; its problems are those of its rows.
        """
        like = self.like
        (part,), problems = place_tables([raw], like.source_crs, like.path.name)
        frame = row_frame(part, self.matched, like.path.name)
        return replace(like, frame=frame, problems=tuple(problems), raw=raw)
