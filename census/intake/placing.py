"""Layers as they were read into shapes: built, in the CRS that was declared, in one CRS for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from geopandas import GeoSeries

from census.intake.crs import crs_fault, placed
from census.intake.ordinates import crs_misfit
from census.intake.problems import Problem, Source
from census.intake.raw import RawShapes, RawTable
from census.intake.shape_bytes import built, without_harm


@dataclass(frozen=True)
class Sheet:
    """
    A raw table whose shapes are built.

    Attributes
    ----------
    raw
        The table.
    shapes
        Its shapes with their CRS; None where it has none.
    """

    raw: RawTable
    shapes: GeoSeries | None

    @property
    def name(self) -> str:
        """
        Name the sheet or layer.

        Returns
        -------
        str
            Its name.
        """
        return self.raw.sheet

    @property
    def headings(self) -> list[str]:
        """
        List the headings.

        Returns
        -------
        list of str
            Made distinct.
        """
        return self.raw.headings


def place_tables(
    tables: Sequence[RawTable], source_crs: str | None, file: str
) -> tuple[list[Sheet], list[Problem]]:
    """
    Build the shapes of layers, give them the CRS declared, and hold their numbers against it.

    Parameters
    ----------
    tables
        Layers as read; tables without shapes come back without.
    source_crs
        CRS declared by the sender; None where the files' own holds.
    file
        What the delivered file is called.

    Returns
    -------
    sheets : list of Sheet
        The layers, all in the CRS of the first.
    problems : list of Problem
        Shapes that would harm or cannot be built; a CRS that is missing, tells no place, or does
        not fit the coordinates.
    """
    problems: list[Problem] = []
    sheets: list[Sheet] = []
    first = None
    for table in tables:
        if table.shapes is None or not len(table.rows):
            sheets.append(Sheet(table, None))
            continue
        here = Source(file, table.sheet)
        shapes, fault = _in_crs(_built(table, table.shapes, here, problems), source_crs, here)
        if fault is not None:
            problems.append(fault)
        elif first is None:
            first = shapes.crs
        else:
            shapes = shapes.to_crs(first)
        sheets.append(Sheet(table, shapes))
    return sheets, problems


def _built(table: RawTable, given: RawShapes, here: Source, problems: list[Problem]) -> RawShapes:
    # Held against the limits once more: the bytes may come from a process that fell into others'
    # hands.
    kept, found = without_harm(given.wkb, table.rows, here)
    array, broken = built(kept, table.rows, here)
    problems += [*found, *broken]
    return replace(given, wkb=array)


def _in_crs(
    given: RawShapes, source_crs: str | None, here: Source
) -> tuple[GeoSeries, Problem | None]:
    """Give shapes the CRS declared, else the file's own; without one where that is none."""
    if source_crs is not None:
        shapes = placed(GeoSeries(given.wkb), source_crs)
    elif given.crs is not None and (fault := crs_fault(given.crs, here)) is not None:
        return GeoSeries(given.wkb), fault
    else:
        shapes = GeoSeries(given.wkb, crs=given.crs)
    return shapes, crs_misfit(shapes, here) or crs_fault(shapes.crs, here)
