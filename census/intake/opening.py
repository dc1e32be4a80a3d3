"""Open a file that was held against its kind, in this process: into raw tables or a raw grid.

What stands here may fall with a hostile file: a delivery is opened by a child
(:mod:`census.intake.reading_room`), which comes here. What is packed is unpacked first.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from census.intake.declared import Declared
from census.intake.fields import Form
from census.intake.kinds import file_fault, kind_of
from census.intake.problems import Problem, Source
from census.intake.raw import RawTable
from census.intake.unpacking import Part, chosen_part, unpacked

Opened = tuple[list[RawTable], list[Problem]]
Opener = Callable[[Path, Form, Declared], Opened]
# The last is what the delivered file is called: an archive, where the file came out of one.
Reader = Callable[[Path, Form, Declared, str], Opened]
Unpacker = Callable[[Path], AbstractContextManager[list[Part]]]


def open_here(path: Path, form: Form, declared: Declared) -> Opened:
    """
    Open a workbook, a text table or a layer.

    Parameters
    ----------
    path
        A file without a :func:`census.intake.kinds.file_fault`.
    form
        The form it is delivered for.
    declared
        What its sender declared: encoding, columns, layers.

    Returns
    -------
    tables : list of RawTable
        Its sheets or layers.
    problems : list of Problem
        What was found on the way; errors where it is a question which of them is meant.

    Raises
    ------
    UnreadableError
        When the file is not what its name says.
    """
    return opened(path, form, declared, unpack=unpacked, reader=read_here)


def opened(
    path: Path, form: Form, declared: Declared, *, unpack: Unpacker, reader: Reader
) -> Opened:
    """
    Open a file by a reader, unpacked first where it is packed.

    Parameters
    ----------
    path, form, declared
        As :func:`open_here`.
    unpack
        Unpacks a packed file for as long as it is read.
    reader
        Reads a file that is not packed.

    Returns
    -------
    tables : list of RawTable
        Its sheets or layers.
    problems : list of Problem
        What was found on the way; errors where it is a question which of them is meant.

    Raises
    ------
    UnreadableError
        As the reader, or when it cannot be unpacked.
    """
    kind = kind_of(path)
    if kind is None or not kind.is_packed:
        return reader(path, form, declared, path.name)
    with unpack(path) as parts:
        part = chosen_part(parts, declared.layers, Source(path.name))
        if isinstance(part, Problem):
            return [], [part]
        fault = file_fault(part.path, form)
        if fault is not None:
            return [], [replace(fault, file=path.name, sheet=part.name)]
        inner = tuple(name for name in declared.layers if name != part.name)
        return reader(part.path, form, replace(declared, layers=inner), path.name)


def read_here(path: Path, form: Form, declared: Declared, file: str) -> Opened:
    """
    Read a file that is not packed, in this process.

    Parameters
    ----------
    path, form, declared
        As :func:`open_here`.
    file
        What the delivered file is called: an archive, where the file came out of one.

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
    assert kind is not None  # noqa: S101  (reading held the file against its kind)
    # Each reader is loaded where it is needed: a child that reads a text table starts sooner.
    if kind.family == "sheet":
        from census.intake.sheets import read_sheets  # noqa: PLC0415

        return read_sheets(path, kind, form, declared, file=file)
    if kind.suffix == ".parquet":
        from census.intake.geoparquet import read_geoparquet  # noqa: PLC0415

        return read_geoparquet(path, form, file=file)
    from census.intake.layers import read_layers  # noqa: PLC0415

    return read_layers(path, kind, form, declared, file=file)
