"""Say of each stored text whether it tells of a person: tests plant canaries by these marks.

A column carries its mark as ``info``. Every text of the schemas ``access`` and ``personal`` has
one; in schema ``census``, which holds no persons by design, those texts that people type freely.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Column, MetaData, Table

MARK: Final = "privacy"
PERSONAL: Final = {MARK: "personal"}
"""Tells of a person: a name, a number, an address, or free words that may hold one."""
SECRET: Final = {MARK: "secret"}
"""Opens an account; kept hashed or encrypted."""
PLAIN: Final = {MARK: "plain"}
"""A code, a term or an id."""


def personal_of(table: Table) -> "list[Column[object]]":
    """
    List the columns of a table that tell of a person.

    Parameters
    ----------
    table
        The table.

    Returns
    -------
    list[Column]
        In their order.
    """
    return [column for column in table.columns if column.info.get(MARK) == PERSONAL[MARK]]


def personal_columns(metadatas: Iterable[MetaData]) -> "list[Column[object]]":
    """
    List the columns that tell of a person.

    Parameters
    ----------
    metadatas
        Metadata of the schemas.

    Returns
    -------
    list[Column]
        By table and column.
    """
    return [
        column
        for metadata in metadatas
        for table in metadata.sorted_tables
        for column in personal_of(table)
    ]
