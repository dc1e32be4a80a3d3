"""Keep a spreadsheet from computing what people typed."""

from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


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
        The value; a text that starts like a formula with a ``'`` before it.
    """
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
