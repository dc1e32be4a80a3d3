"""The process that opens strangers' files, each in a child of its own, for a reading room.

It loads the libraries and opens nothing itself. For each line of its input it makes a child, which
gives up what it can, reads the file that the line names, writes its answer beside it, and ends;
then it tells in one line how the child ended and what it used. It ends with its input.
"""

import errno
import json
import os
import resource
import select
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from census.intake.confinement import (
    Surroundings,
    bound,
    held_bytes,
    leave_files,
    leave_network,
    leave_root,
)

TABLES: Final = "tables"
GRIDS: Final = "grids"
# What a job asks for, and the folder beside the file where its parts are put.
READ: Final = "read"
UNPACK: Final = "unpack"
PARTS: Final = "parts"
# Answers of a child that cannot write one.
NO_MEMORY: Final = 70
NO_ROOM: Final = 71
# A raster is copied and masked while it is read: so often are its cells held.
_GRID_TIMES: Final = 3

Job = dict[str, Any]
Reader = Callable[[Path, Job, dict[str, Any]], None]


def main(arguments: list[str]) -> None:
    """
    Read files until the input ends.

    Parameters
    ----------
    arguments
        One: ``tables`` or ``grids``.
    """
    is_alone = leave_network()
    reader = _reader_of_grids() if arguments[0] == GRIDS else _reader_of_tables()
    for line in sys.stdin:
        job: Job = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                _read(job, reader, is_alone=is_alone)
            finally:
                os._exit(1)
        sys.stdout.write(json.dumps(_waited(child, job["wall_s"])) + "\n")
        sys.stdout.flush()


def _waited(child: int, wall_s: int) -> dict[str, Any]:
    handle = os.pidfd_open(child)
    ready, _, _ = select.select([handle], [], [], wall_s)
    if not ready:
        os.kill(child, 9)
    _, status, used = os.wait4(child, 0)
    os.close(handle)
    return {
        "code": os.waitstatus_to_exitcode(status) if ready else None,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * 1024,
    }


def _read(job: Job, reader: Reader, *, is_alone: bool) -> None:
    folder = Path(job["folder"])
    # The lines to the reading room are no child's to write.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder), CPL_TMPDIR=str(folder))
    is_user = leave_root(folder)
    surroundings = Surroundings(is_alone, leave_files(folder), is_user)
    bound(
        memory_bytes=job["memory_bytes"], most_memory_bytes=job["most_memory_bytes"],
        cpu_s=job["cpu_s"], written_bytes=job["written_bytes"],
    )  # fmt: skip
    try:
        reader(folder, job, {"surroundings": asdict(surroundings), "problems": []})
    except MemoryError:
        os._exit(NO_MEMORY)
    except OSError as fault:
        os._exit(NO_MEMORY if fault.errno == errno.ENOMEM else NO_ROOM)
    os._exit(0)


def _reader_of_tables() -> Reader:
    from census.intake import layers, sheets  # noqa: F401, PLC0415  (after the network is left)
    from census.intake.carrying import write_answer  # noqa: PLC0415
    from census.intake.declared import read_declared  # noqa: PLC0415
    from census.intake.forms import form_named, forms  # noqa: PLC0415
    from census.intake.opening import read_here  # noqa: PLC0415
    from census.intake.raw import UnreadableError  # noqa: PLC0415
    from census.intake.unpacking import unpack  # noqa: PLC0415

    forms()

    def read(folder: Path, job: Job, facts: dict[str, Any]) -> None:
        try:
            if job["task"] == UNPACK:
                (folder / PARTS).mkdir()
                unpack(folder / job["file"], folder / PARTS, job["name"])
                return write_answer(folder, [], facts)
            tables, problems = read_here(
                folder / job["file"], form_named(job["form"]), read_declared(job["declared"]),
                job["file"],
            )  # fmt: skip
            # Of a layer in parts the most is read only while it is written.
            write_answer(folder, tables, facts, problems=problems)
        except UnreadableError as fault:
            write_answer(folder, [], facts | {"refusal": [fault.sentence_en, fault.sentence_zh]})
        return None

    return read


def _reader_of_grids() -> Reader:
    from census.intake.carrying import problem_rows, write_answer  # noqa: PLC0415
    from census.intake.raw import UnreadableError  # noqa: PLC0415
    from census.intake.raw_grids import open_grid_here, write_grid  # noqa: PLC0415

    def read(folder: Path, job: Job, facts: dict[str, Any]) -> None:
        def grant(cells_bytes: int) -> None:
            # Few bytes of a file may rightly be many cells: what the head told was accepted.
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            wanted = held_bytes() + job["memory_bytes"] + _GRID_TIMES * cells_bytes
            resource.setrlimit(resource.RLIMIT_AS, (min(hard, wanted), hard))

        try:
            grid, problems = open_grid_here(folder / job["file"], grant=grant)
        except UnreadableError as fault:
            write_answer(folder, [], facts | {"refusal": [fault.sentence_en, fault.sentence_zh]})
        else:
            told = None if grid is None else write_grid(folder, grid)
            write_answer(folder, [], facts | {"grid": told, "problems": problem_rows(problems)})

    return read


if __name__ == "__main__":
    main(sys.argv[1:])
