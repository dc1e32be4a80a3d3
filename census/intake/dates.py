"""Dates as bureaus write them into dates: ISO, Chinese, with points or strokes, or a cell's own."""

import re
from datetime import date, datetime

from census.intake.parsing import Parsed, tidy

_WRITTEN = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"[T ]0{1,2}:00(?::00(?:\.0+)?)?$")


def read_date(value: object) -> Parsed:
    """
    Read a date.

    Parameters
    ----------
    value
        A cell: a date, or a text such as ``2024-06-01``, ``2024/6/1``, ``20240601`` or
        ``2024年6月1日``; midnight behind it says nothing.

    Returns
    -------
    Parsed
        A ``datetime.date``; None where empty; level ``error`` where the text is no date.

    Examples
    --------
    >>> str(read_date("2024年6月1日").value), read_date("2024-02-30").level
    ('2024-06-01', 'error')
    """
    if isinstance(value, datetime):
        value = value.isoformat(sep=" ")
    if isinstance(value, date):
        return Parsed(value)
    text = tidy(value)
    if not text:
        return Parsed(None)
    match = _WRITTEN.fullmatch(_MIDNIGHT.sub("", text))
    try:
        if match is not None:
            return Parsed(date(*(int(part) for part in match.groups() if part)))
    except ValueError:
        pass
    return Parsed(None, "error", f"{text!r} is no date", f"“{text}”不是日期")
