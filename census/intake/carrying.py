"""Raw tables to a folder and back: columns as Arrow, shapes as bytes, nothing that can run.

A child writes them and its parent reads them. The parent trusts nothing in the folder: what is no
plain file, or no sound table, is refused.
"""

import json
import os
import stat
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import ipc

from census.intake.problems import Problem
from census.intake.raw import RawShapes, RawTable

ANSWER: Final = "answer.json"
_LARGEST_ANSWER_BYTES: Final = 256 * 1024 * 1024
_ROW, _SHAPE = "row", "shape"

# A cell of a column of mixed kinds travels as its text and the sign of its kind.
_TO_TEXT: Mapping[type, tuple[str, Callable[[Any], str]]] = {
    str: ("s", str), bool: ("b", lambda value: "1" if value else ""), int: ("i", str),
    float: ("f", repr), datetime: ("t", datetime.isoformat), date: ("d", date.isoformat),
    time: ("h", time.isoformat), timedelta: ("l", lambda value: repr(value.total_seconds())),
}  # fmt: skip
_FROM_TEXT: Mapping[str, Callable[[str], Any]] = {
    "s": str, "b": bool, "i": int, "f": float, "t": datetime.fromisoformat,
    "d": date.fromisoformat, "h": time.fromisoformat,
    "l": lambda text: timedelta(seconds=float(text)),
}  # fmt: skip


def write_answer(
    folder: Path,
    tables: list[RawTable],
    facts: Mapping[str, Any],
    *,
    problems: list[Problem] | None = None,
) -> None:
    """
    Write tables part by part, and then the facts that go with them.

    Parameters
    ----------
    folder
        Folder to write to.
    tables
        The tables.
    facts
        Plain values for JSON.
    problems
        What was found, also while the parts were read.
    """
    told = [_write_table(folder / f"{number}.arrow", each) for number, each in enumerate(tables)]
    found = {} if problems is None else {"problems": problem_rows(problems)}
    text = json.dumps({**facts, **found, "tables": told}, ensure_ascii=False)
    (folder / ANSWER).write_text(text, "utf-8", errors="backslashreplace")


def problem_rows(problems: list[Problem]) -> list[dict[str, Any]]:
    """
    Write problems as plain values.

    Parameters
    ----------
    problems
        The problems.

    Returns
    -------
    list of dict
        One per problem.
    """
    return [asdict(problem) for problem in problems]


def _write_table(path: Path, table: RawTable) -> dict[str, Any]:
    parts = 1
    written = _as_arrow(table)
    with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, written.schema) as writer:
        writer.write_table(written)
        for part in table.rest or ():
            parts += 1
            # A column without a number in one part and with some in another is of one kind.
            writer.write_table(_as_arrow(part).cast(written.schema, safe=False))
    return {
        "parts": parts,
        "sheet": table.sheet,
        "headings": table.headings,
        "columns": [str(each) for each in table.frame.columns],
        "crs": None if table.shapes is None else table.shapes.crs,
    }


def _as_arrow(table: RawTable) -> pa.Table:
    columns: dict[str, pa.Array] = {_ROW: pa.array(table.rows)}
    for number in range(table.frame.shape[1]):
        columns |= _column(str(number), table.frame.iloc[:, number])
    if table.shapes is not None:
        columns[_SHAPE] = pa.array(table.shapes.wkb, pa.large_binary())
    # One block for each part.
    return pa.table(columns).combine_chunks()


def _column(name: str, column: pd.Series) -> dict[str, pa.Array]:
    if column.dtype != object:
        return {name: pa.Array.from_pandas(column)}
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        try:
            return {f"{name}.text": pa.array(column.to_list(), pa.large_string())}
        except pa.ArrowTypeError:
            pass  # something that is no text and no None stands between them
    # A time of pandas is a datetime of its own kind.
    pairs = [
        _TO_TEXT.get(type(value)) or (_TO_TEXT[datetime] if isinstance(value, datetime) else None)
        if value is not None
        else ("n", lambda _: None)
        for value in column
    ]
    signs = [pair[0] if pair else "s" for pair in pairs]
    texts = [
        pair[1](value) if pair else str(value) for pair, value in zip(pairs, column, strict=True)
    ]
    if set(signs) <= {"s", "n"}:
        return {f"{name}.text": pa.array(texts, pa.large_string())}
    return {
        f"{name}.text": pa.array(texts, pa.large_string()),
        f"{name}.kind": pa.array(signs, pa.string()).dictionary_encode(),
    }


def read_answer(folder: Path) -> tuple[list[RawTable], dict[str, Any]]:
    """
    Read what a child wrote.

    Parameters
    ----------
    folder
        Its folder.

    Returns
    -------
    tables : list of RawTable
        The tables, shapes as bytes.
    facts : dict
        The facts that go with them.

    Raises
    ------
    OSError
        When a file is not there or is no plain file.
    ValueError
        When a file is damaged.
    """
    with open(_plain_file(folder / ANSWER), "rb") as file:
        text = file.read(_LARGEST_ANSWER_BYTES + 1)
    if len(text) > _LARGEST_ANSWER_BYTES:
        raise ValueError(len(text))
    facts = json.loads(text)
    tables = [
        _read_table(folder / f"{number}.arrow", told)
        for number, told in enumerate(facts.pop("tables"))
    ]
    return tables, facts


def _plain_file(path: Path) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(str(path.name))
    return handle


def _read_table(path: Path, told: Mapping[str, Any]) -> RawTable:
    handle = _plain_file(path)
    if told["parts"] > 1:
        parts = _Parts(handle, told)
        return replace(next(parts.begin_at(0)), rest=parts)
    try:
        with pa.memory_map(f"/proc/self/fd/{handle}") as source:
            return _from_arrow(ipc.open_file(source).read_all(), told)
    finally:
        os.close(handle)


class _Parts:
    """The parts of a table, read one by one; the open file outlives the folder that it stood in."""

    def __init__(self, handle: int, told: Mapping[str, Any]) -> None:
        self.handle = handle
        self.told = told
        weakref.finalize(self, os.close, handle)

    def begin_at(self, first: int) -> Iterator[RawTable]:
        with Path(f"/proc/self/fd/{self.handle}").open("rb") as file:
            source = ipc.open_file(pa.PythonFile(file, mode="r"))
            for number in range(first, source.num_record_batches):
                table = pa.Table.from_batches([source.get_batch(number)])
                yield _from_arrow(table, self.told)

    def __iter__(self) -> Iterator[RawTable]:
        """Go through all but the first, which whoever holds these has."""
        return self.begin_at(1)


def _from_arrow(table: pa.Table, told: Mapping[str, Any]) -> RawTable:
    table.validate(full=True)
    columns = [_values(table, str(number)) for number in range(len(told["columns"]))]
    rows = table.column(_ROW).to_numpy().astype(np.int64)
    shapes = None
    if _SHAPE in table.column_names:
        wkb = table.column(_SHAPE).to_numpy(zero_copy_only=False)
        shapes = RawShapes(wkb, told["crs"])
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(len(rows)))
    frame.columns = list(told["columns"])
    return RawTable(told["sheet"], list(told["headings"]), frame, rows, shapes)


def _values(table: pa.Table, name: str) -> Any:
    if f"{name}.text" not in table.column_names:
        return table.column(name).to_pandas()
    texts = table.column(f"{name}.text").to_numpy(zero_copy_only=False)
    if f"{name}.kind" not in table.column_names:
        return pd.Series(texts, dtype=object)
    kinds = table.column(f"{name}.kind").combine_chunks().dictionary_decode().to_pylist()
    values = np.empty(len(texts), dtype=object)
    values[:] = [
        None if kind == "n" else _FROM_TEXT[kind](text)
        for kind, text in zip(kinds, texts, strict=True)
    ]
    return pd.Series(values, dtype=object)
