"""Read JSON as strictly as the database takes it: finite numbers, sound text, bounded depth."""

import json
import math
import re
from typing import Any, Final

DEEPEST: Final = 32
MOST_DIGITS: Final = 18
LONGEST_CODE: Final = 80
# No database text holds a zero, nor half of a pair that stands for one letter.
UNSOUND: Final = re.compile("[\x00\ud800-\udfff]")


class StrictJsonError(ValueError):
    """Bytes are no JSON, or hold what no page sends and no database takes."""


def read(raw: bytes, *, deepest: int = DEEPEST) -> Any:
    """
    Read JSON.

    Parameters
    ----------
    raw
        UTF-8 text; its size is already bounded.
    deepest
        Most lists and objects in each other.

    Returns
    -------
    Any
        What it says.

    Raises
    ------
    StrictJsonError
        If it is no JSON; if a number is not finite or an integer has more than 18 digits; if a text
        or name holds a zero or half a surrogate pair; if it is nested too deep.
    """
    try:
        found = json.loads(
            raw.decode("utf-8"), parse_constant=_refuse, parse_float=_finite, parse_int=_bounded
        )
    except (ValueError, RecursionError) as fault:
        raise StrictJsonError(str(fault)) from fault
    _require_sound(found, deepest)
    return found


def is_sound(text: str) -> bool:
    """
    Tell whether a database takes a text.

    Parameters
    ----------
    text
        The text.

    Returns
    -------
    bool
        False with a zero or half a surrogate pair.
    """
    return UNSOUND.search(text) is None


def is_code(text: str) -> bool:
    """
    Tell whether a text of an address can be the code of something.

    Parameters
    ----------
    text
        The text.

    Returns
    -------
    bool
        False for one that is empty, too long or that no database takes.
    """
    return 0 < len(text) <= LONGEST_CODE and is_sound(text)


def _refuse(constant: str) -> Any:
    raise StrictJsonError(f"{constant} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise StrictJsonError("a number is too large")
    return value


def _bounded(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise StrictJsonError("a whole number has too many digits")
    return int(digits)


def _require_sound(found: Any, deepest: int) -> None:
    level = [found]
    for _depth in range(deepest + 1):
        below: list[Any] = []
        for each in level:
            if isinstance(each, str):
                if not is_sound(each):
                    raise StrictJsonError("a text holds what no database takes")
            elif isinstance(each, dict):
                below += each
                below += each.values()
            elif isinstance(each, list):
                below += each
        if not below:
            return
        level = below
    raise StrictJsonError(f"it is nested deeper than {deepest}")
