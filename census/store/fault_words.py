"""Say what a fault of the database is without quoting the row that it was about."""

import traceback
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

# Class 22, data exceptions, quotes the value in its first line too.
QUOTING_CLASS: Final = "22"


def _of_database(fault: psycopg.Error) -> str:
    said = fault.diag
    named = {
        "table": said.table_name,
        "column": said.column_name,
        "constraint": said.constraint_name,
    }
    code = said.sqlstate or "-"
    words = "" if code.startswith(QUOTING_CLASS) else said.message_primary or ""
    facts = " ".join(f"{name}={value}" for name, value in named.items() if value)
    return f"{type(fault).__name__} {code} {words} {facts}".strip()


def said_of(fault: BaseException) -> str:
    """
    Say in one line what a fault is, without the row that it was about.

    Parameters
    ----------
    fault
        The fault.

    Returns
    -------
    str
        Kind and words; of a database fault its code and the names that it concerns.
    """
    cause = fault.orig if isinstance(fault, DBAPIError) else fault
    if isinstance(cause, psycopg.Error):
        # A fault of the connection has no code, and names the address alone.
        return _of_database(cause) if cause.diag.sqlstate else f"{type(cause).__name__}: {cause}"
    return "".join(traceback.format_exception_only(fault)).strip()
