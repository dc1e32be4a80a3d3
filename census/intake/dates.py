"""Dates and times as tables hold them: Chinese, Japanese and western spellings, and serial numbers.

What can be two days is an error that names both; what is left out, such as a time of day, is told.
"""

import datetime as dt
import re
import unicodedata
from typing import Final

from census.intake.parsing import NOT_KNOWN, Parsed, tidy

# Day 1 of the calendar of spreadsheets, by which day 61 and later are right.
_FIRST_DAY: Final = dt.date(1899, 12, 30)
# Serial numbers of 1954 to 2119: others are more likely a count than a day.
_SERIALS: Final = (20_000, 80_000)
_FIGURES: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_TENS: Final = re.compile(r"([1-9]?)十([1-9]?)")
_ERAS: Final = {
    "令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911,
    "民国": 1911, "民國": 1911,
}  # fmt: skip
_ERA: Final = re.compile(
    r"(令和|平成|昭和|大正|民国|民國|[rhs](?=\d))\s*(元|\d{1,3})\s*(?:年|[./-])\s*(.+)",
    re.IGNORECASE,
)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_MONTH: Final = "|".join(_MONTHS)
_CLOCK: Final = re.compile(
    r"(上午|午前|凌晨|早上|am|下午|午後|晚上|傍晚|pm)?\s*(\d{1,2})\s*(?::|时|時|点|點)\s*(?:(\d{1,2})\s*(?:分|:|$)?)?"
    r"\s*(?:(\d{1,2}(?:\.\d+)?)\s*秒?)?\s*(am|pm)?(?:z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_AFTERNOON: Final = frozenset({"下午", "午後", "晚上", "傍晚", "pm"})
_NOON: Final = 12
_DAY_MINUTES: Final = 24 * 60


def read_date(value: object) -> Parsed:
    """
    Read a date.

    Parameters
    ----------
    value
        A cell: a date, a serial number of a spreadsheet, or a text.

    Returns
    -------
    Parsed
        :class:`datetime.date`; level ``repair`` where it was written otherwise than in the order
        year, month, day; ``error`` where it is no day, or may be two.

    Examples
    --------
    >>> texts = ("2024年6月1日", "二〇二四年六月一日", "20240601", "2024.6.1", 45444)
    >>> {str(read_date(text).value) for text in texts}
    {'2024-06-01'}
    """
    if isinstance(value, dt.datetime):
        return _with_time_left(value.date(), value.time(), str(value))
    if isinstance(value, dt.date):
        return Parsed(value)
    text = tidy(value)
    return _unknown(text) or _written_day(text)


def _unknown(text: str) -> Parsed | None:
    if not text:
        return Parsed(None)
    if text.casefold() in NOT_KNOWN:
        return Parsed(None, "warning", f"{text!r} is taken as unknown", f"“{text}”按未知计")
    return None


def _written_day(text: str) -> Parsed:
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _serial_day(text)
    day, rest = _split(_in_figures(text))
    parsed = _ordered(day, text) or _with_month_name(day, text) or _western(day, text)
    clock = _clock(rest) if rest else dt.time(0)
    if parsed is None or clock is None:
        return Parsed(None, "error", f"{text!r} is no date", f"“{text}”不是日期")
    if parsed.value is None or clock == dt.time(0):
        return parsed
    return _with_time_left(parsed.value, clock, text)


def read_time(value: object) -> Parsed:
    """
    Read a time of day.

    Parameters
    ----------
    value
        A cell: a time, a fraction of a day as spreadsheets store it, or a text.

    Returns
    -------
    Parsed
        :class:`datetime.time` to the second; level ``repair`` where it was a fraction or a text of
        another form than hours and minutes, ``error`` where it is no time.

    Examples
    --------
    >>> [str(read_time(each).value) for each in (0.604166666666667, "14:30", "下午2时30分", "1430")]
    ['14:30:00', '14:30:00', '14:30:00', '14:30:00']
    """
    if isinstance(value, dt.datetime):
        value = value.time()
    if isinstance(value, dt.time):
        return Parsed(value)
    text = tidy(value)
    return _unknown(text) or _written_time(text)


def _written_time(text: str) -> Parsed:
    if re.fullmatch(r"0?\.\d+|0(\.0*)?", text):
        return _fraction(float(text), text)
    is_four = re.fullmatch(r"\d{4}", text)
    clock = _clock(f"{text[:2]}:{text[2:]}" if is_four else _in_figures(text))
    if clock is None:
        return Parsed(None, "error", f"{text!r} is no time of day", f"“{text}”不是时间")
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
        return Parsed(clock)
    return Parsed(clock, "repair", f"{text!r} is read as {clock}", f"“{text}”读作 {clock}")


def _fraction(share: float, text: str) -> Parsed:
    # Spreadsheets round: a minute is 0.0006944 of a day.
    seconds = round(share * _DAY_MINUTES * 60)
    minute = round(seconds / 60) * 60
    seconds = min(minute if abs(seconds - minute) <= 1 else seconds, _DAY_MINUTES * 60 - 1)
    clock = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    return Parsed(
        clock, "repair", f"the fraction of a day {text} is read as {clock}",
        f"一日的小数 {text} 读作 {clock}",
    )  # fmt: skip


def _serial_day(text: str) -> Parsed:
    number = float(text)
    if not _SERIALS[0] <= number <= _SERIALS[1]:
        return Parsed(None, "error", f"{text!r} is no date", f"“{text}”不是日期")
    day = _FIRST_DAY + dt.timedelta(days=int(number))
    return Parsed(
        day, "repair", f"the serial number {text} of a spreadsheet is the day {day}",
        f"表格软件的日期序号 {text} 即 {day}",
    )  # fmt: skip


def _with_time_left(day: dt.date, clock: dt.time, text: str) -> Parsed:
    if clock == dt.time(0):
        return Parsed(day)
    return Parsed(
        day, "repair", f"of {text!r} only the day {day} is taken, not the time",
        f"“{text}”只取日期 {day}，不取时间",
    )  # fmt: skip


def _in_figures(text: str) -> str:
    """Write the figures of a Chinese date in digits: 二〇二四年十二月二十一日."""
    figures = unicodedata.normalize("NFKC", text).translate(_FIGURES)
    return _TENS.sub(lambda match: (match[1] or "1") + (match[2] or "0"), figures)


def _split(text: str) -> tuple[str, str]:
    """Part a text into its day and what follows it: a day of the week goes, a time stays."""
    text = re.sub(
        r"[(\[]?(星期|周|週)[一二三四五六日天0-7][)\]]?|[(][月火水木金土日][)]", " ", text
    )
    match = re.match(r"(.*?\d(?:日|号|號)|\d{4}-\d{2}-\d{2}(?=T)|\S+(?=\s+\S*\d:\d))", text)
    if match is None:
        return text.strip(), ""
    return match[1].strip(), text[match.end() :].strip().lstrip("Tt").strip()


def _ordered(day: str, text: str) -> Parsed | None:
    """Read year, month and day in this order, of the western calendar or of an era."""
    plain, is_era = day, False
    match = _ERA.fullmatch(day)
    if match:
        year = _ERAS[match[1].casefold()] + (1 if match[2] == "元" else int(match[2]))
        plain, is_era = f"{year}-{match[3]}", True
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain) or re.fullmatch(
        r"(\d{4})\s*[-/.年,]\s*(\d{1,2})\s*[-/.月,]\s*(\d{1,2})\s*[日号號]?", plain
    )
    if match is None:
        return _partly(plain, text)
    made = _day(*(int(part) for part in match.groups()))
    if made is None:
        return Parsed(None, "error", f"{text!r} is no day", f"没有“{text}”这一天")
    if is_era:
        return Parsed(made, "repair", f"{text!r} is the day {made}", f"“{text}”即 {made}")
    return Parsed(made)


def _partly(plain: str, text: str) -> Parsed | None:
    if re.fullmatch(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?|\d{4}年?|\d{6}", plain):
        return Parsed(
            None, "error", f"{text!r} names no day, only a month or year", f"“{text}”没有写到日"
        )
    if (
        re.fullmatch(r"\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?", plain)
        and "月" in plain
    ):
        return Parsed(
            None, "error", f"the century of {text!r} is not told", f"“{text}”的年份没有写全"
        )
    return None


def _with_month_name(day: str, text: str) -> Parsed | None:
    match = re.fullmatch(
        rf"(?:(\d{{1,2}})[\s-]*({_MONTH})[a-z]*|({_MONTH})[a-z]*\s*(\d{{1,2}}))[\s,.-]*(\d{{4}})",
        day, re.IGNORECASE,
    )  # fmt: skip
    if match is None:
        return None
    month = _MONTHS.index((match[2] or match[3]).lower()) + 1
    made = _day(int(match[5]), month, int(match[1] or match[4]))
    if made is None:
        return Parsed(None, "error", f"{text!r} is no day", f"没有“{text}”这一天")
    return Parsed(made, "repair", f"{text!r} is the day {made}", f"“{text}”即 {made}")


def _western(day: str, text: str) -> Parsed | None:
    """Read a date that ends with its year; which of the others is the month may be a question."""
    match = re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", day)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    found = {made for made in (_day(year, first, second), _day(year, second, first)) if made}
    if not found:
        return Parsed(None, "error", f"{text!r} is no day", f"没有“{text}”这一天")
    if len(found) > 1:
        either = " / ".join(str(made) for made in sorted(found))
        return Parsed(
            None, "error", f"{text!r} may be {either}; write year, month and day in this order",
            f"“{text}”可能是 {either}；请按年、月、日的顺序书写",
        )  # fmt: skip
    made = found.pop()
    return Parsed(made, "repair", f"{text!r} is the day {made}", f"“{text}”即 {made}")


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _clock(text: str) -> dt.time | None:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second = int(match[2]), int(match[3] or 0), float(match[4] or 0)
    half = (match[1] or match[5] or "").casefold()
    if half in _AFTERNOON and hour < _NOON:
        hour += _NOON
    elif half in {"am", "上午", "午前", "凌晨"} and hour == _NOON:
        hour = 0
    try:
        return dt.time(hour, minute, int(second))
    except ValueError:
        return None
