"""Open a file that was held against its kind, in this process: into raw tables or a raw grid.

What stands here may fall with a hostile file: a delivery is opened by a child
(:mod:`census.intake.reading_room`), which comes here.
"""

from collections.abc import Callable
from pathlib import Path

from census.intake.fields import Form
from census.intake.kinds import kind_of
from census.intake.problems import Problem
from census.intake.raw import RawTable

Opened = tuple[list[RawTable], list[Problem]]
Opener = Callable[[Path, Form, str | None], Opened]


def open_here(path: Path, form: Form, encoding: str | None) -> Opened:
    """
    Open a workbook, a text table or a layer.

    Parameters
    ----------
    path
        A file without a :func:`census.intake.kinds.file_fault`.
    form
        The form it is delivered for.
    encoding
        Encoding of a text table or shapefile; None to find it.

    Returns
    -------
    tables : list of RawTable
        Its sheets or layers.
    problems : list of Problem
        What was found on the way.

    Raises
    ------
    UnreadableError
        When the file is not what its name says.
    """
    kind = kind_of(path)
    # Each reader is loaded where it is needed: a child that reads a text table starts sooner.
    if kind is not None and kind.family == "sheet":
        from census.intake.sheets import read_sheets  # noqa: PLC0415

        return read_sheets(path, form, encoding=encoding)
    from census.intake.layers import read_layers  # noqa: PLC0415

    return read_layers(path, form, encoding=encoding)
