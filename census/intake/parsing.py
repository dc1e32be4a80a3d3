"""Texts of a census cell to values, one stated rule each; nothing is guessed without saying so.

Every reader is pure and returns a :class:`Parsed`: the value, and where the text was not plainly
the value, a level (``repair``: read by a stated rule; ``warning``: left unknown; ``error``:
refused) with a sentence in English and Chinese.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["error", "repair", "warning"]

# 1.0 is a mark that passed through floating point, a circle one made by hand.
_YES = frozenset({
    "yes", "y", "true", "t", "是", "有", "对", "1", "1.0", "ya", "はい", "あり", "有り",
    "√", "✓", "✔", "☑", "○", "\u3007", "◯", "●", "◎",
})  # fmt: skip
_NO = frozenset({
    "no", "n", "false", "f", "否", "无", "無", "0", "0.0", "tidak", "いいえ", "なし", "無し",
    "×", "✗", "✘", "☒", "☐",
})  # fmt: skip
# What is typed into a cell of which nothing is known; "无" and "nil" may mean zero.
NOT_KNOWN = {
    "-",
    "--",
    "—",
    "——",
    "–",
    "/",
    "?",
    "n/a",
    "na",
    "不详",
    "未知",
    "unknown",
    "未统计",
    "缺",
    "待补",
}
_REVERSE = {"-1", "reverse", "反向", "逆向"}

# Words and signs for a lower bound, and for a range.
MORE = r"(?:lebih dari|more than|at least|over|大于|超过|不少于|至少|[>≥]=?)"
DASH = r"\s*(?:-|~|–|—|至|到|sampai)\s*"


@dataclass(frozen=True)
class Parsed:
    """
    What a text was read as.

    Attributes
    ----------
    value
        The value; None where the text gives none.
    level
        None where the text is plainly the value, else how it was read.
    en
        What was done, in English.
    zh
        What was done, in Chinese.
    at_most
        An upper bound that the text gives where it gives no value.
    """

    value: Any
    level: Level | None = None
    en: str = ""
    zh: str = ""
    at_most: int | None = None


def tidy(value: object) -> str:
    """
    Return a cell's text with full-width signs made half-width and surplus spaces removed.

    Whole numbers that a workbook stored as floating point lose their ``.0``.

    Parameters
    ----------
    value
        A cell; None and not-a-number count as empty.

    Returns
    -------
    str
        The text, ``""`` where the cell is empty.

    Examples
    --------
    >>> tidy(" 300  people "), tidy(990101001001.0), tidy(None)
    ('300 people', '990101001001', '')
    """
    if value is None or value != value:  # noqa: PLR0124  (not-a-number differs from itself)
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(value))).strip()


def read_digits(value: object) -> Parsed:
    """
    Read a code of digits that a spreadsheet, or a careful typist, has dressed up.

    Spaces, invisible signs, a leading apostrophe and ``.0`` at the end are removed; a number in
    scientific notation is written out where it shows every digit, and refused where it does not.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        The code as text, level ``repair`` where it was dressed; a text that is no code comes back
        as it is.

    Examples
    --------
    >>> [read_digits(text).value for text in (" 990101 001001", "9.90101001001e11", 990101001001.0)]
    ['990101001001', '990101001001', '990101001001']
    >>> read_digits("9.90101E+11").level
    'error'
    """
    text = tidy(value)
    if not text:
        return Parsed(None)
    bare = re.sub(r"[\s'’`\u200b-\u200f\u2060\ufeff]", "", text)
    bare = re.sub(r"(?<=\d)\.0+$", "", bare)
    short = re.fullmatch(r"(\d)\.?(\d*)[eE]\+?(\d{1,2})", bare)
    if short and len(short[2]) != int(short[3]):
        return Parsed(
            None,
            "error",
            f"{text!r} was shortened by a spreadsheet and its last digits are lost; format the "
            "column as text and enter it anew",
            f"“{text}”被表格软件缩写，末位数字已丢失；请把该列设为文本格式后重新填写",
        )
    code = short[1] + short[2] if short else bare
    if not (code.isascii() and code.isdecimal()):
        return Parsed(text)
    if isinstance(value, str) and code != value:
        return Parsed(code, "repair", f"{value!r} is written {code!r}", f"“{value}”改写为“{code}”")
    return Parsed(code)


def read_year(value: object) -> Parsed:
    """
    Read a year, or the year of a date.

    Parameters
    ----------
    value
        A cell: a number, a text such as ``2007-02-03``, or a date.

    Returns
    -------
    Parsed
        Year as int; level ``repair`` where it was taken from a date, ``error`` where there is none.

    Examples
    --------
    >>> [read_year(text).value for text in ("2007", "2007年", "2007/2/3", "20070203", 2007.0)]
    [2007, 2007, 2007, 2007, 2007]
    """
    text = tidy(value)
    if not text:
        return Parsed(None)
    if re.fullmatch(r"\d{4}(?:\.0+)?", text):
        return Parsed(int(text[:4]))
    date = r"(\d{4})(?:年|[-/.年]\d{1,2}(?:[-/.月]\d{0,2}日?)?|\d{2}\d{2})(?:[ T]\d{1,2}:\d{2}.*)?"
    match = re.fullmatch(date, text)
    if match is None:
        return Parsed(None, "error", f"{text!r} is no year", f"“{text}”不是年份")
    year = int(match[1])
    return Parsed(
        year, "repair", f"the year {year} of {text!r} is taken", f"取“{text}”的年份 {year}"
    )


def read_number(value: object, *, is_whole: bool = False, units: tuple[str, ...] = ()) -> Parsed:
    """
    Read a number: digits, sign, decimal point.

    Thousands commas or spaces and the field's own unit behind the number are removed and
    reported; a dash or a word for "not known" is unknown, and reported.

    Parameters
    ----------
    value
        A cell.
    is_whole
        Whether only whole numbers are allowed.
    units
        Words that may stand behind the number.

    Returns
    -------
    Parsed
        ``float`` or ``int``; None where empty; level ``error`` where the text is no number.

    Examples
    --------
    >>> read_number("1,371 人", is_whole=True, units=("人",)).value, read_number("3.5").value
    (1371, 3.5)
    """
    text = tidy(value)
    if not text:
        return Parsed(None)
    if text.casefold() in NOT_KNOWN:
        return Parsed(None, "warning", f"{text!r} is taken as unknown", f"“{text}”按未知计")
    plain = text
    for unit in units:
        plain = plain.removesuffix(unit).strip()
    plain = re.sub(r"(?<=\d)[, ](?=\d{3}(?!\d))", "", plain)
    if not re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", plain):
        return Parsed(None, "error", f"{text!r} is no number", f"“{text}”不是数字")
    number = float(plain)
    if not math.isfinite(number) or (is_whole and not number.is_integer()):
        return Parsed(None, "error", f"{text!r} is no whole number", f"“{text}”不是整数")
    result = int(number) if is_whole else number
    if plain != text:
        return Parsed(result, "repair", f"{text!r} is read as {result}", f"“{text}”读作 {result}")
    return Parsed(result)


def read_yes_no(value: object) -> Parsed:
    """
    Read yes or no: YES, Yes, yes, 是, 1 are yes; NO, No, 否, 0 are no; empty is unknown, not no.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        True, False or None for unknown; level ``error`` for any other text.

    Examples
    --------
    >>> [read_yes_no(text).value for text in ("YES", "Yes", "NO", "0", "")]
    [True, True, False, False, None]
    """
    text = tidy(value)
    if not text:
        return Parsed(None)
    if text.casefold() in NOT_KNOWN:
        return Parsed(None, "warning", f"{text!r} is taken as unknown", f"“{text}”按未知计")
    if text.casefold() in _YES:
        return Parsed(True)
    if text.casefold() in _NO:
        return Parsed(False)
    return Parsed(None, "error", f"{text!r} is neither yes nor no", f"“{text}”既不是“是”也不是“否”")


def read_mark(value: object) -> Parsed:
    """
    Read a mark: yes or no as :func:`read_yes_no`, and a plain "unknown", which an export writes.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        True, False or None for unknown; level ``error`` for any other text.

    Examples
    --------
    >>> [read_mark(text) for text in ("unknown", "未知")] == [Parsed(None), Parsed(None)]
    True
    """
    return Parsed(None) if tidy(value).casefold() in {"unknown", "未知"} else read_yes_no(value)


def read_oneway(value: object) -> Parsed:
    """
    Read the one-way mark of a road: yes is along the drawing direction, -1 against it, empty is no.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        ``"yes"``, ``"reverse"`` or ``"no"``; level ``error`` for any other text.

    Examples
    --------
    >>> [read_oneway(text).value for text in ("yes", "-1", "no", "", "反向")]
    ['yes', 'reverse', 'no', 'no', 'reverse']
    """
    text = tidy(value).casefold()
    if text in _REVERSE:
        return Parsed("reverse")
    answer = read_yes_no(text)
    if answer.level == "error":
        return Parsed(
            None,
            "error",
            f"{text!r} is neither yes, no nor -1",
            f"“{text}”不是“是”“否”或“反向（-1）”",
        )
    return Parsed("yes" if answer.value else "no")


def read_levels(value: object) -> Parsed:
    """
    Read a building's levels: a number; ``10+`` and ``>7`` give the number shown as a lower bound.

    A range gives its lower end. Zero and every other text are unknown, and reported.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        Levels as float, or None for unknown.

    Examples
    --------
    >>> [read_levels(text).value for text in ("2", "10+", "4-7", ">7", "fix me", "0", "")]
    [2.0, 10.0, 4.0, 7.0, None, None, None]
    """
    text = tidy(value)
    if not text:
        return Parsed(None)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:层|levels|lantai)?", text, re.IGNORECASE)
    if match and float(match[1]) > 0:
        return Parsed(float(match[1]))
    match = re.fullmatch(rf"(\d+)\s*\+|{MORE}\s*(\d+)|(\d+){DASH}\d+", text, re.IGNORECASE)
    if match:
        least = next(group for group in match.groups() if group)
        return Parsed(
            float(least),
            "repair",
            f"{text!r} gives a lower bound: {least} levels used",
            f"“{text}”只给出下限：按{least}层计",
        )
    return Parsed(
        None, "warning", f"{text!r} is no number of levels: unknown", f"“{text}”不是层数：按未知计"
    )


def read_numbered_name(value: object, *, pattern: str, template: str) -> Parsed:
    """
    Read a numbered name, such as that of a neighbourhood, into one spelling.

    Parameters
    ----------
    value
        A cell.
    pattern
        Regular expression whose first group is the number.
    template
        Spelling wanted, with ``{number}`` formatted as an integer.

    Returns
    -------
    Parsed
        The name; other names stay as they are; None where empty.

    Examples
    --------
    >>> rule = {"pattern": "RW 0*([0-9]+)", "template": "RW {number:02d}"}
    >>> [read_numbered_name(text, **rule).value for text in ("RW 2", "RW 012", "Kawasan", "")]
    ['RW 02', 'RW 12', 'Kawasan', None]
    """
    text = tidy(value)
    if not text:
        return Parsed(None)
    match = re.fullmatch(pattern, text, re.IGNORECASE)
    if match is None:
        return Parsed(text)
    name = template.format(number=int(match[1]))
    if name == text:
        return Parsed(name)
    return Parsed(name, "repair", f"{text!r} is written {name!r}", f"“{text}”统一写作“{name}”")
