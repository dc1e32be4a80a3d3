"""Imprints of the rows of a layer: which of a delivery's rows stand already, byte for byte.

An imprint is a number of 128 bits of a row as it was delivered, and of the rules that it was held
against. It is kept of rows that nothing was told about; whatever else writes to the layer empties
the table (a trigger does), so that what is found in it is so.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, text

# Layers so large that it pays.
IMPRINTED: Final = frozenset({"building"})

# A row of binary COPY of three numbers, each behind its length.
_ROW: Final = np.dtype(
    [("fields", ">i2"), ("n0", ">i4"), ("v0", ">i8"), ("n1", ">i4"), ("v1", ">i8"),
     ("n2", ">i4"), ("v2", ">i8")]
)  # fmt: skip
_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_BYTES: Final = 8

# One answer instead of a message for each row.
_NUMBERS: Final = np.dtype([("high", ">i8"), ("low", ">i8"), ("id", ">i8")])
_KNOWN: Final = """
select string_agg(int8send(high) || int8send(low) || int8send(id), cast('' as bytea))
from census.{layer}_imprint
"""

_TAKEN: Final = """
create temp table if not exists taken_imprint (
    source_row bigint, high bigint, low bigint) on commit drop
"""
_STANDING: Final = "create temp table standing (high bigint, low bigint, id bigint) on commit drop"
_VILLAGES: Final = """
select t.village_code, count(*) from standing w join census.{layer} t on t.id = w.id
where t.village_code is not null group by 1
"""
# Rows that enter an empty layer keep the numbers that they were staged with.
_OF_FIRST: Final = """
create temp table imprinted on commit drop as
select m.high, m.low, s.id from taken_imprint m join delivered s on s.source_row = m.source_row
"""
# A row whose change was not accepted stands as it was, and is looked at again.
_OF_CHANGED: Final = """
create temp table imprinted on commit drop as
select m.high, m.low, coalesce(t.id, s.new_id) as id
from taken_imprint m
join delivered s on s.source_row = m.source_row
join (select at, stood from difference where at is not null
      union all select at, stood from paired where at is not null and stood is not null) f
    on f.at = s.at
left join census.{layer} t on t.ctid = f.stood
union all select high, low, id from standing
"""


@dataclass(frozen=True)
class Imprints:
    """
    Imprints of rows.

    Attributes
    ----------
    high, low
        Halves of each, 64 bits, shape ``(n,)``.
    """

    high: NDArray[np.int64]
    low: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.high)

    def of(self, chosen: NDArray[Any]) -> "Imprints":
        """
        Choose some.

        Parameters
        ----------
        chosen
            Positions, or a mask.

        Returns
        -------
        Imprints
            Those.
        """
        return Imprints(self.high[chosen], self.low[chosen])


def known_imprints(connection: Connection, layer: str) -> tuple[Imprints, NDArray[np.int64]]:
    """
    Read the imprints of a layer; nobody writes to it until the transaction ends.

    Parameters
    ----------
    connection
        The transaction.
    layer
        Name of the layer.

    Returns
    -------
    imprints : Imprints
        One per row that is known.
    ids : ndarray of int
        Number of that row.
    """
    connection.execute(text(f"lock table census.{_named(layer)} in share row exclusive mode"))
    with _cursor(connection, binary=True) as cursor:
        (received,) = cursor.execute(_KNOWN.format(layer=layer)).fetchone()
    rows = np.frombuffer(received or b"", _NUMBERS)
    high, low, ids = (rows[name].astype(np.int64) for name in ("high", "low", "id"))
    return Imprints(high, low), ids


def stand_by(connection: Connection, imprints: Imprints, ids: NDArray[np.int64]) -> None:
    """
    Name the rows that come as they stand, in the temporary table ``standing``.

    Parameters
    ----------
    connection
        The transaction.
    imprints
        Their imprints.
    ids
        Their numbers.
    """
    connection.execute(text(_STANDING))
    _copy(connection, "standing", imprints.high, imprints.low, ids)
    connection.execute(text("analyze standing (id)"))


def standing_by_village(connection: Connection, layer: str) -> pd.Series:
    """
    Count the rows that come as they stand.

    Parameters
    ----------
    connection
        The transaction of :func:`stand_by`.
    layer
        Name of the layer.

    Returns
    -------
    Series
        Rows of each village that has some, by its code.
    """
    counts = connection.execute(text(_VILLAGES.format(layer=_named(layer)))).all()
    return pd.Series({code: float(count) for code, count in counts}, dtype=float)


def take_imprints(
    connection: Connection, source_rows: NDArray[np.int64], imprints: Imprints
) -> None:
    """
    Remember the imprints of staged rows until it is known what became of them.

    Parameters
    ----------
    connection
        The transaction in which they are staged.
    source_rows
        Their numbers in the file.
    imprints
        Their imprints.
    """
    connection.execute(text(_TAKEN))
    _copy(connection, "taken_imprint", source_rows, imprints.high, imprints.low)


def drop_imprints(connection: Connection, source_rows: list[int]) -> None:
    """
    Forget the imprints of staged rows, because something is to be told of them each time.

    Parameters
    ----------
    connection
        The transaction in which they are staged.
    source_rows
        Their numbers in the file.
    """
    connection.execute(text(_TAKEN))
    connection.execute(
        text(
            "delete from taken_imprint t using unnest(cast(:rows as bigint[])) as told (source_row)"
            " where t.source_row = told.source_row"
        ),
        {"rows": source_rows},
    )


def settle_imprints(connection: Connection, layer: str, *, is_first: bool) -> None:
    """
    Find under which number each staged row will stand, before the layer is changed.

    Parameters
    ----------
    connection
        The transaction of the difference.
    layer
        Name of the layer.
    is_first
        Whether the layer was empty.
    """
    connection.execute(text(_TAKEN))
    connection.execute(text(_STANDING.replace("table", "table if not exists")))
    connection.execute(text(_OF_FIRST if is_first else _OF_CHANGED.format(layer=_named(layer))))


def keep_imprints(connection: Connection, layer: str) -> None:
    """
    Keep what :func:`settle_imprints` found in place of what was kept before.

    Parameters
    ----------
    connection
        The same transaction, when the layer is changed.
    layer
        Name of the layer.
    """
    kept = f"census.{_named(layer)}_imprint"
    connection.execute(text(f"truncate {kept}"))
    connection.execute(text(f"insert into {kept} select high, low, id from imprinted"))  # noqa: S608  (fixed names)


def _named(layer: str) -> str:
    assert layer in IMPRINTED  # noqa: S101  (nothing else has such a table)
    return layer


def _cursor(connection: Connection, *, binary: bool = False) -> Any:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  (a checked-out connection has a driver)
    return driver.cursor(binary=binary)


def _copy(connection: Connection, target: str, *columns: NDArray[np.int64]) -> None:
    rows = np.empty(len(columns[0]), _ROW)
    rows["fields"] = len(columns)
    for i, column in enumerate(columns):
        rows[f"n{i}"], rows[f"v{i}"] = _BYTES, column
    with (
        _cursor(connection) as cursor,
        cursor.copy(f"copy pg_temp.{target} from stdin (format binary)") as copy,
    ):
        copy.write(_SIGNATURE + rows.tobytes() + _END)
