"""Keep a spreadsheet from computing what people typed, and take the guard off again."""

import re
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
# A text that begins like a guarded one is guarded too: what is taken off is what was put on.
_TO_GUARD: Final = re.compile(r"'*[=+\-@\t\r]")


def guard(value: object) -> object:
    """
    Keep a spreadsheet from reading a text as a formula.

    Parameters
    ----------
    value
        Value of a cell.

    Returns
    -------
    object
        The value; a text that starts like a formula, or like a guarded one, with a ``'`` before it.
    """
    if isinstance(value, str) and _TO_GUARD.match(value):
        return f"'{value}"
    return value


def unguarded(value: object) -> object:
    """
    Take off what :func:`guard` put on.

    Parameters
    ----------
    value
        Value of a cell.

    Returns
    -------
    object
        The value; of a guarded text the text.
    """
    if isinstance(value, str) and value.startswith("'") and _TO_GUARD.match(value):
        return value[1:]
    return value
