"""Dates with a time of day as bureaus write them, into local times."""

import re
from datetime import date, datetime, time

from census.intake.dates import read_date
from census.intake.parsing import Parsed, tidy

_WRITTEN = re.compile(
    r"(?P<day>.+?)(?:[T ]\s*|(?<=日))"
    r"(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2})?)(?:[:分](?P<second>\d{1,2})?(?:\.0+)?)?秒?"
)


def read_moment(value: object) -> Parsed:
    """
    Read a date with a time of day.

    Parameters
    ----------
    value
        A cell: a date and time, or a text such as ``2024-06-01 08:30`` or ``2024年6月1日8时30分``.

    Returns
    -------
    Parsed
        A ``datetime`` without zone, in the district's time; level ``repair`` where no time of day
        is told and midnight is taken, ``error`` where the text is no date with a time.

    Examples
    --------
    >>> str(read_moment("2024年6月1日8时30分").value)
    '2024-06-01 08:30:00'
    """
    if isinstance(value, datetime):
        # pandas has a kind of its own, which no plain date is.
        value = value.isoformat(sep=" ", timespec="seconds")
    text = tidy(value)
    if not text:
        return Parsed(None)
    match = _WRITTEN.fullmatch(text)
    day = read_date(match["day"] if match else value)
    if isinstance(day.value, date):
        if match is None:
            return Parsed(
                datetime.combine(day.value, time()),
                "repair",
                f"{text!r} tells no time of day: 00:00 is taken",
                f"“{text}”没有时刻，按 0 时计",
            )
        hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
        try:
            return Parsed(datetime.combine(day.value, time(hour, minute, second)))
        except ValueError:
            pass
    return Parsed(None, "error", f"{text!r} is no date with a time", f"“{text}”不是日期和时刻")
