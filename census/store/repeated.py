"""Lines of a log that are delivered again: found by their key, and dropped for the later ones."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from census.store.connection import Store


def count_repeated(store: Store, table_name: str, key: Sequence[str], rows: pd.DataFrame) -> int:
    """
    Count the stored rows that have the key of a delivered one.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A table of schema ``census``.
    key
        Columns that together may not repeat.
    rows
        Delivered rows, with these columns.

    Returns
    -------
    int
        The rows.
    """
    same, values = _same(store, table_name, key, rows)
    query = f"select count(*) from census.{table_name} t, {same}"  # noqa: S608  (fixed names)
    with store.engine.connect() as connection:
        return int(connection.execute(text(query), values).scalar_one())


def drop_repeated(
    store: Store,
    table_name: str,
    key: Sequence[str],
    rows: pd.DataFrame,
    *,
    connection: Connection,
) -> None:
    """
    Drop the stored rows that have the key of a delivered one.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A table of schema ``census``.
    key
        Columns that together may not repeat.
    rows
        Delivered rows, with these columns.
    connection
        The transaction that writes the delivered rows.
    """
    same, values = _same(store, table_name, key, rows)
    connection.execute(text(f"delete from census.{table_name} t using {same}"), values)  # noqa: S608  (fixed names)


def _same(
    store: Store, table_name: str, key: Sequence[str], rows: pd.DataFrame
) -> tuple[str, dict[str, Any]]:
    # Lists, not a row of parameters each: a year of readings has a million keys.
    columns = store.tables.metadata.tables[f"census.{table_name}"].c
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    lists = ", ".join(f"cast(:{name} as {columns[name].type.compile(dialect)}[])" for name in key)
    met = " and ".join(f"t.{name} = k.{name}" for name in key)
    values = {name: [_plain(value) for value in rows[name]] for name in key}
    return f"unnest({lists}) as k({', '.join(key)}) where {met}", values


def _plain(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
