"""A large GeoPackage read in parts: never more of its rows than one part are in the memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from census.intake.kinds import FileKind
from census.intake.problems import Problem, Source
from census.intake.raw import RawShapes, RawTable, UnreadableError, distinct
from census.intake.shape_bytes import MOST_VERTICES_IN_ALL, too_many, vertices_at_most, without_harm

# Kinds of files whose driver reads rows in their order without holding them all.
PARTED: Final = frozenset({".gpkg"})
# Columns of these kinds come in parts as they come whole; a day or a list is turned by others.
_PLAIN: Final = frozenset({"OFTString", "OFTInteger", "OFTInteger64", "OFTReal"})


def is_plain(told: dict[str, Any]) -> bool:
    """
    Tell whether all columns are texts and numbers, and its shapes carry no measures.

    Parameters
    ----------
    told
        What the library tells of the layer.

    Returns
    -------
    bool
        True where it is so: it comes in parts as it comes whole.
    """
    if "M" in str(told["geometry_type"]).replace("Multi", ""):
        return False
    return set(told["ogr_types"]) <= _PLAIN and set(told["ogr_subtypes"]) <= {"OFSTNone"}


def in_parts(
    path: Path, kind: FileKind, here: Source, part_rows: int, problems: list[Problem]
) -> RawTable:
    """
    Read a layer in parts.

    Parameters
    ----------
    path
        The file.
    kind
        Its kind.
    here
        The layer.
    part_rows
        Most rows of a part.
    problems
        List that is added to while the parts are gone through.

    Returns
    -------
    RawTable
        The first part, which holds the others.

    Raises
    ------
    UnreadableError
        When the layer cannot be read, also while the parts are gone through.
    """
    parts = _parts(path, kind, here, part_rows, problems)
    return replace(next(parts), rest=parts)


def _parts(
    path: Path, kind: FileKind, here: Source, part_rows: int, problems: list[Problem]
) -> Iterator[RawTable]:
    begun, vertices, headings = 0, 0, None
    try:
        with raw.open_arrow(path, layer=here.sheet, batch_size=part_rows, use_pyarrow=True) as (
            told,
            batches,
        ):
            if told["geometry_type"] is None:
                raise UnreadableError(kind.name, "the layer has no geometry", "图层没有空间位置")
            headings = distinct([str(each) for each in told["fields"]], here, problems)
            for batch in batches:
                rows = np.arange(begun + 1, begun + 1 + batch.num_rows, dtype=np.int64)
                begun += batch.num_rows
                wkb = batch.column(len(told["fields"])).to_numpy(zero_copy_only=False)
                vertices += vertices_at_most(wkb)
                if vertices > MOST_VERTICES_IN_ALL:
                    problems.append(too_many(here))
                    return
                kept, found = without_harm(wkb, rows, here)
                problems += found
                frame = _frame(batch, headings)
                yield RawTable(here.sheet, headings, frame, rows, RawShapes(kept, told["crs"]))
    except (DataSourceError, DataLayerError, FieldError, GeometryError, ValueError) as fault:
        raise UnreadableError(kind.name, str(fault), str(fault)) from fault


def _frame(batch: pa.RecordBatch, headings: list[str]) -> pd.DataFrame:
    columns = [_values(batch.column(number)) for number in range(len(headings))]
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(batch.num_rows))
    frame.columns = headings
    return frame


def _values(column: pa.Array) -> Any:
    """Give texts as texts and numbers as one kind of number in all parts."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pd.Series(column.to_numpy(zero_copy_only=False), dtype=object)
    return column.to_pandas()
