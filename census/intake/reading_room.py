"""Open strangers' files in children that have little: what they send back is checked, not trusted.

Reading libraries take most of a second to load. A room keeps one process that has loaded them and
opens nothing; for each file it makes a child of itself, which gives up what it can, reads a copy of
the file, writes its answer to the folder of the copy, and ends. What is packed is unpacked by one
child and read by another. A child that falls, takes too much or takes too long becomes a sentence;
this process lives on.
"""

import json
import logging
import os
import select
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from census.intake.allowance import Allowance, allowance_for
from census.intake.carrying import read_answer
from census.intake.copying import NAME, copied
from census.intake.declared import Declared, declared_row
from census.intake.fallen import ending, fell
from census.intake.fields import Form
from census.intake.gdal_drivers import pinned_environment
from census.intake.kinds import FileKind, bare_name, kind_of
from census.intake.opening import Opened, opened
from census.intake.problems import Problem
from census.intake.raw import RawTable, UnreadableError
from census.intake.raw_grids import RawGrid, read_grid
from census.intake.reading_child import GRIDS, PARTS, READ, TABLES, UNPACK
from census.intake.unpacking import Part, most_unpacked_bytes, parts_of, plain_name

# The keeper itself ends a child in time; only a keeper that fell keeps one waiting longer.
_GRACE_S: Final = 30
_LARGEST_LINE_BYTES: Final = 4096

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spent:
    """
    What a child used.

    Attributes
    ----------
    code
        Its exit code, below 0 for a signal; None where the clock ended it.
    cpu_s
        Seconds of the processor.
    peak_bytes
        Most memory that it held at once.
    """

    code: int | None
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True)
class Answer:
    """
    What a child sent back.

    Attributes
    ----------
    tables
        Raw tables; none for a raster.
    grid
        The raster; None for tables, and where it is refused.
    problems
        What it found.
    surroundings
        What it gave up, by the names of :class:`census.intake.confinement.Surroundings`.
    """

    tables: list[RawTable]
    grid: RawGrid | None
    problems: list[Problem]
    surroundings: dict[str, bool]


@dataclass
class ReadingRoom:
    """
    The place where strangers' files are opened; used with ``with``.

    Attributes
    ----------
    spent
        What each child used, in order.
    part_rows
        Layers of more rows come in parts of so many, where a delivery can be taken in parts.
    """

    spent: list[Spent] = field(default_factory=list, repr=False)
    part_rows: int = 50_000
    _keepers: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; the next file has others."""
        for keeper in self._keepers.values():
            keeper.kill()
            keeper.communicate()
        self._keepers.clear()

    def open_tables(self, path: Path, form: Form, declared: Declared) -> Opened:
        """
        Open a workbook, a text table or a layer in a child; what is packed in two.

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
            What was found on the way.

        Raises
        ------
        UnreadableError
            When the file is not what its name says, or its reader fell or was stopped.
        """
        return opened(path, form, declared, unpack=self._unpacked, reader=self._read)

    def _read(self, path: Path, form: Form, declared: Declared, file: str) -> Opened:
        told = replace(declared, name=bare_name(path))
        job = {"task": READ, "form": form.name, "declared": declared_row(told)}
        answer = self.asked(path, TABLES, job, file=file)
        return answer.tables, answer.problems

    @contextmanager
    def _unpacked(self, path: Path) -> Iterator[list[Part]]:
        job = {"task": UNPACK, "name": plain_name(bare_name(path))}
        with self._answered(path, TABLES, job, file=path.name) as (folder, _):
            try:
                parts = parts_of(folder / PARTS)
            except (OSError, ValueError) as fault:
                log.warning("what was unpacked of %r is no delivery: %r", path.name, fault)
                raise fell(_kind(path)) from fault
            # There is room for what was in it, once.
            (folder / f"{NAME}{_kind(path).suffix}").unlink()
            yield parts

    def open_grid(self, path: Path) -> tuple[RawGrid | None, list[Problem]]:
        """
        Open a raster in a child.

        Parameters
        ----------
        path
            A file without a :func:`census.intake.kinds.file_fault`.

        Returns
        -------
        grid : RawGrid or None
            None where its head tells of cells that are not read.
        problems : list of Problem
            Why.

        Raises
        ------
        UnreadableError
            When it is not what its name says, or its reader fell or was stopped.
        """
        answer = self.asked(path, GRIDS, {"task": READ})
        return answer.grid, answer.problems

    def surroundings(self) -> dict[str, bool]:
        """
        Tell what a child gives up on this machine.

        Returns
        -------
        dict
            By the names of :class:`census.intake.confinement.Surroundings`.
        """
        with tempfile.TemporaryDirectory(prefix="riskatlas-") as name:
            path = Path(name) / "empty.csv"
            path.write_text("-\n", "utf-8")
            job = {"task": READ, "form": "people", "declared": declared_row(Declared())}
            return self.asked(path, TABLES, job).surroundings

    def asked(self, path: Path, what: str, job: dict[str, Any], *, file: str = "") -> Answer:
        """
        Let a child read a file.

        Parameters
        ----------
        path
            The file.
        what
            Whether it holds tables or a grid.
        job
            What to do, and what to look for.
        file
            What the delivered file is called, where this one came out of it.

        Returns
        -------
        Answer
            What it sent back, with the names of the file instead of ours.

        Raises
        ------
        UnreadableError
            When the file cannot be read.
        """
        with self._answered(path, what, job, file=file or path.name) as (_, answer):
            return answer

    @contextmanager
    def _answered(
        self, path: Path, what: str, job: dict[str, Any], *, file: str
    ) -> Iterator[tuple[Path, Answer]]:
        kind = _kind(path)
        with tempfile.TemporaryDirectory(prefix="riskatlas-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            allowance = allowance_for(kind.suffix, copied(path, kind, folder))
            ours = f"{NAME}{kind.suffix}"
            if kind.is_packed:
                allowance = replace(allowance, written_bytes=most_unpacked_bytes(folder / ours))
            told = {**job, **vars(allowance), "file": ours, "folder": str(folder)}
            spent = self._sent(what, told, allowance)
            self.spent.append(spent)
            if spent.code != 0:
                log.warning("the reader of %r ended with %s", path.name, spent.code)
                raise ending(spent.code, kind, allowance)
            try:
                answer, refusal = _answer(folder)
            except (OSError, ValueError, KeyError, TypeError) as fault:
                log.warning("the answer about %r was no answer: %r", path.name, fault)
                raise fell(kind) from fault
            names = {f"{folder}/": "", ours: path.name, NAME: bare_name(path)}
            if refusal is not None:
                raise UnreadableError.told(*(_renamed(text, names) for text in refusal))
            yield folder, _under_its_name(answer, names, file)

    def _sent(self, what: str, job: dict[str, Any], allowance: Allowance) -> Spent:
        keeper = self._keeper(what)
        assert keeper.stdin is not None  # noqa: S101  (started with pipes)
        assert keeper.stdout is not None  # noqa: S101
        try:
            keeper.stdin.write(json.dumps(job).encode() + b"\n")
            keeper.stdin.flush()
            ready, _, _ = select.select([keeper.stdout], [], [], allowance.wall_s + _GRACE_S)
            line = keeper.stdout.readline(_LARGEST_LINE_BYTES) if ready else b""
            return Spent(**json.loads(line))
        except (OSError, ValueError, TypeError) as fault:
            log.warning("the keeper of the reading room fell: %r", fault)
            self.close()
            return Spent(1, 0.0, 0)

    def _keeper(self, what: str) -> "subprocess.Popen[bytes]":
        keeper = self._keepers.get(what)
        if keeper is not None:
            if keeper.poll() is None:
                return keeper
            keeper.communicate()
        environment = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            **pinned_environment(is_raster=what == GRIDS),
        }  # fmt: skip
        self._keepers[what] = subprocess.Popen(
            [sys.executable, "-m", "census.intake.reading_child", what],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, cwd="/", start_new_session=True, bufsize=0,
        )  # fmt: skip
        return self._keepers[what]


def _answer(folder: Path) -> tuple[Answer, list[str] | None]:
    tables, facts = read_answer(folder)
    problems = [Problem(**row) for row in facts["problems"]]
    answer = Answer(tables, _grid(folder, facts.get("grid")), problems, facts["surroundings"])
    return answer, facts.get("refusal")


def _kind(path: Path) -> FileKind:
    kind = kind_of(path)
    assert kind is not None  # noqa: S101  (reading held the file against its kind)
    return kind


def _under_its_name(answer: Answer, names: dict[str, str], file: str) -> Answer:
    tables = [replace(each, sheet=_renamed(each.sheet, names)) for each in answer.tables]
    problems = [
        Problem(
            **{key: _renamed(value, names) for key, value in vars(each).items()} | {"file": file}
        )
        for each in answer.problems
    ]
    return replace(answer, tables=tables, problems=problems)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        for ours, theirs in names.items():
            value = value.replace(ours, theirs)
    return value


def _grid(folder: Path, facts: dict[str, Any] | None) -> RawGrid | None:
    if facts is None:
        return None
    return read_grid(_array(folder / "cells.npy"), _array(folder / "mask.npy"), facts)


def _array(path: Path) -> Any:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:  # noqa: PTH123  (a handle, no path)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(path.name)
        return np.load(file, allow_pickle=False)
