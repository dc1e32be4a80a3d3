"""Coordinates as people write them: decimals, or degrees, minutes and seconds in many spellings."""

import re
from typing import Final, Literal

from census.intake.parsing import Parsed, read_number, tidy

Axis = Literal["longitude", "latitude"]

# Signs that are typed for the degree sign, and would be taken apart by the normalisation of texts.
_DEGREE_SIGNS: Final = str.maketrans(dict.fromkeys("º˚゜∘", "°"))
_MINUTE_SIGNS: Final = str.maketrans({
    "\u2032": "'", "\u2019": "'", "\u2018": "'", "`": "'", "\u00b4": "'", "\u2033": '"',
    "\u201d": '"', "\u201c": '"', "\u3003": '"',
})  # fmt: skip
# Words and letters for the half of the earth, in the languages of the deliveries seen; the letters
# B and U of "BT", "BB" and "LU" are the Indonesian words for longitude, east, west and north.
_HALVES: Final = {
    "东经": ("longitude", 1), "東経": ("longitude", 1), "東經": ("longitude", 1),
    "西经": ("longitude", -1), "西経": ("longitude", -1), "西經": ("longitude", -1),
    "北纬": ("latitude", 1), "北緯": ("latitude", 1), "南纬": ("latitude", -1),
    "南緯": ("latitude", -1), "bt": ("longitude", 1), "bb": ("longitude", -1),
    "lu": ("latitude", 1), "ls": ("latitude", -1), "e": ("longitude", 1), "w": ("longitude", -1),
    "n": ("latitude", 1), "s": ("latitude", -1),
}  # fmt: skip
_HALF: Final = "|".join(sorted(_HALVES, key=len, reverse=True))
_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_SPELLINGS: Final = (
    # 121°10'30.5", 121度10分30秒, 121°10.5', 121°
    rf"{_NUMBER}\s*(?:°|度|deg|d|o)\s*(?:{_NUMBER}\s*(?:'|分|min|m)\s*(?:{_NUMBER}\s*(?:\"|''|秒|sec|s)?)?)?",
    # 121-10-30, 121:10:30, 121 10 30, 121.10.30
    r"(\d{1,3})([-:.\s])\s?(\d{1,2})\2\s?(\d{1,2}(?:\.\d+)?)",
)
_LARGEST: Final = {"longitude": 180.0, "latitude": 90.0}
# Degrees, minutes and seconds in one number: 1211030.5 is no longitude in degrees.
_PACKED: Final = re.compile(r"(\d{2,3})(\d{2})(\d{2}(?:\.\d+)?)")


def read_coordinate(value: object, axis: Axis | None = None) -> Parsed:
    """
    Read a coordinate: a decimal number, or degrees, minutes and seconds.

    Parameters
    ----------
    value
        A cell.
    axis
        Which of the two it is meant to be: a letter of the other one is then refused, and seven
        figures are degrees, minutes and seconds in one number where nothing else can be meant.

    Returns
    -------
    Parsed
        The number, degrees south and west negative; level ``repair`` where it was written
        otherwise, ``error`` where it is none.

    Examples
    --------
    >>> read_coordinate("121度00分36秒").value, read_coordinate("32.01N").value
    (121.01, 32.01)
    >>> read_coordinate("6°12分36秒S").value, read_coordinate("1210036", "longitude").value
    (-6.21, 121.01)
    """
    text = tidy(str(value).translate(_DEGREE_SIGNS) if isinstance(value, str) else value)
    text = text.translate(_MINUTE_SIGNS)
    number = read_number(text)
    if number.level is None or not text:
        packed = _packed(text, number.value, axis)
        if packed is not None:
            return packed
        if isinstance(value, str) and text != value.strip():
            zh, en = f"“{value}”读作 {text}", f"{value!r} is read as {text}"
            return Parsed(number.value, "repair", en, zh)
        return number
    if number.level == "warning":
        return number
    return _in_sixtieths(text, axis) or Parsed(
        None, "error", f"{text!r} is no coordinate", f"“{text}”不是坐标"
    )


def _in_sixtieths(text: str, axis: Axis | None) -> Parsed | None:
    bare = text.casefold()
    sign, half = 1, None
    for pattern in (rf"^({_HALF})[\s:]*(?=\d)", rf"(?<=[\d\s'\"°度分秒])({_HALF})$"):
        match = re.search(pattern, bare)
        if match and half is None:
            half, sign = _HALVES[match[1]]
            bare = (bare[: match.start()] + bare[match.end() :]).strip()
    if half is None and bare.startswith("-"):
        sign, bare = -1, bare[1:].strip()
    parts = _parts(bare)
    if parts is None:
        return None
    if half is not None and axis is not None and half != axis:
        zh, en = ("经度", "longitude") if half == "longitude" else ("纬度", "latitude")
        return Parsed(
            None, "error", f"{text!r} is a {en}; the columns may be exchanged",
            f"“{text}”是{zh}，两列可能颠倒",
        )  # fmt: skip
    degrees, minutes, seconds = parts
    if minutes >= 60 or seconds >= 60 or (minutes % 1 and seconds):  # noqa: PLR2004  (sixtieths)
        return Parsed(
            None, "error", f"{text!r} has 60 or more minutes or seconds",
            f"“{text}”的分或秒不小于 60",
        )  # fmt: skip
    read = sign * round(degrees + minutes / 60 + seconds / 3600, 9)
    return Parsed(read, "repair", f"{text!r} is read as {read:.9g}", f"“{text}”读作 {read:.9g}")


def _parts(bare: str) -> tuple[float, float, float] | None:
    if re.fullmatch(_NUMBER, bare):
        return float(bare), 0.0, 0.0
    match = re.fullmatch(_SPELLINGS[0], bare)
    if match:
        degrees, minutes, seconds = (float(each or 0) for each in match.groups())
        return degrees, minutes, seconds
    match = re.fullmatch(_SPELLINGS[1], bare)
    if match:
        return float(match[1]), float(match[3]), float(match[4])
    return None


def _packed(text: str, number: float | None, axis: Axis | None) -> Parsed | None:
    """Read degrees, minutes and seconds in one number, where it can be nothing else."""
    match = _PACKED.fullmatch(text)
    if number is None or axis is None or match is None or number <= _LARGEST[axis]:
        return None
    degrees, minutes, seconds = (float(part) for part in match.groups())
    if minutes >= 60 or seconds >= 60 or degrees > _LARGEST[axis]:  # noqa: PLR2004  (sixtieths)
        return None
    read = round(degrees + minutes / 60 + seconds / 3600, 9)
    return Parsed(
        read, "repair", f"{text!r} is read as degrees, minutes and seconds: {read:.9g}",
        f"“{text}”按度分秒读作 {read:.9g}",
    )  # fmt: skip
