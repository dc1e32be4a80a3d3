"""Layers as they were read into the CRS that was declared for them, and into one for all."""

from collections.abc import Sequence

from census.intake.crs import crs_fault, placed
from census.intake.ordinates import crs_misfit
from census.intake.problems import Problem, Source
from census.intake.raw import RawTable


def place_tables(
    tables: Sequence[RawTable], source_crs: str | None, file: str
) -> tuple[list[RawTable], list[Problem]]:
    """
    Give layers the CRS that was declared for them, and hold their numbers against it.

    Parameters
    ----------
    tables
        Layers as read; tables without shapes come back as they are.
    source_crs
        CRS declared by the sender; None where the files' own holds.
    file
        What the delivered file is called.

    Returns
    -------
    tables : list of RawTable
        The layers, all in the CRS of the first.
    problems : list of Problem
        A CRS that is missing, tells no place, or does not fit the coordinates.
    """
    problems: list[Problem] = []
    result: list[RawTable] = []
    first = None
    for table in tables:
        shapes = table.geometry
        if shapes is None:
            result.append(table)
            continue
        here = Source(file, table.sheet)
        if source_crs is not None:
            shapes = placed(shapes, source_crs)
        fault = crs_misfit(shapes, here) or crs_fault(shapes.crs, here)
        if fault is not None:
            problems.append(fault)
        elif first is None:
            first = shapes.crs
        else:
            shapes = shapes.to_crs(first)
        result.append(RawTable(table.sheet, table.headings, table.frame, table.rows, shapes))
    return result, problems
