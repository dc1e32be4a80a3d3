"""Dates with a time of day as bureaus write them, into local times."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from census.intake.dates import read_date, read_time
from census.intake.parsing import Parsed, tidy

# A day and its part as spreadsheets count them: 45444.354167.
_SERIAL = re.compile(r"(?P<day>\d{5})(?P<part>\.\d+)")
_WRITTEN = re.compile(
    r"(?P<day>.+?)(?:[T ]\s*|(?<=日))"
    r"(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2})?)(?:[:分](?P<second>\d{1,2})?(?:\.0+)?)?秒?"
)


# What a GIS or a program writes behind a time: how far its clock is from that of Greenwich.
_OFFSET = re.compile(
    r"(?P<clock>.*\d:\d{2}:\d{2}(?:\.\d+)?)"
    r"(?:Z|(?P<sign>[+-])(?P<hour>[01]\d):?(?P<minute>[0-5]\d)?)"
)


def read_moment(value: object, zone: str | None = None) -> Parsed:
    """
    Read a date with a time of day.

    Parameters
    ----------
    value
        A cell: a date and time, or a text such as ``2024-06-01 08:30`` or ``2024年6月1日8时30分``.
    zone
        Zone of the district, to whose clock a time with an offset is turned; without one such a
        time is an error.

    Returns
    -------
    Parsed
        A ``datetime`` without zone, in the district's time; level ``repair`` where no time of day
        is told and midnight is taken, and where the day was written otherwise than in the order
        year, month, day; ``error`` where the text is no date with a time, or may be two.

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
    match = _OFFSET.fullmatch(text) if zone else None
    if zone and match:
        return _on_the_wall(read_moment(match["clock"]), match, zone)
    serial = _SERIAL.fullmatch(text)
    match = serial or _WRITTEN.fullmatch(text)
    day = read_date(match["day"] if match else value)
    if not isinstance(day.value, date):
        return day
    if match is None:
        return Parsed(
            datetime.combine(day.value, time()),
            "repair",
            f"{text!r} tells no time of day: 00:00 is taken",
            f"“{text}”没有时刻，按 0 时计",
        )
    clock = read_time(serial["part"]).value if serial else _clock(match)
    if clock is None:
        return Parsed(None, "error", f"{text!r} is no date with a time", f"“{text}”不是日期和时刻")
    return replace(day, value=datetime.combine(day.value, clock))


def _on_the_wall(told: Parsed, offset: re.Match[str], zone: str) -> Parsed:
    """Turn a time with an offset, which says it all, to the clock of the district."""
    if told.value is None:
        return told
    way = timedelta(hours=int(offset["hour"] or 0), minutes=int(offset["minute"] or 0))
    clock = timezone(-way if offset["sign"] == "-" else way)
    here = told.value.replace(tzinfo=clock).astimezone(ZoneInfo(zone))
    return replace(told, value=here.replace(tzinfo=None))


def _clock(match: re.Match[str]) -> time | None:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    try:
        return time(hour, minute, second)
    except ValueError:
        return None
