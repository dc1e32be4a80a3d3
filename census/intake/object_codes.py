"""Codes that people gave to objects: one spelling each, however they were typed.

A code tells two deliveries of one object together. Typed in full-width signs, or with a sign that
nobody sees, it would be another object: the one stored would be gone and a twin stand beside it.
"""

import re
import unicodedata

from census.intake.fields import Field
from census.intake.parsing import Parsed, tidy

# Full-width "!" to "~" stand at one distance from their half-width signs. Others that look alike
# (a circled figure, a unit in one sign) may be meant: they are kept.
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def is_object_code(each: Field) -> bool:
    """
    Tell whether a field holds the code of an object, its own or that of another.

    Parameters
    ----------
    each
        A field.

    Returns
    -------
    bool
        True for free texts called ``code`` or ``…_code``; codes of figures have their own reader.
    """
    is_free = each.type == "text" and each.pattern is None
    return is_free and (each.name == "code" or each.name.endswith("_code"))


def read_object_code(value: object) -> Parsed:
    r"""
    Read the code of an object.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        The code with half-width letters, figures and marks, without invisible signs; level
        ``repair`` where it was typed otherwise; None where empty.

    Examples
    --------
    >>> [read_object_code(text).value for text in ("\uff22\uff2e-3", "BN-3\u200b", " BN-3 ", 7.0)]
    ['BN-3', 'BN-3', 'BN-3', '7']
    """
    if not isinstance(value, str):
        return Parsed(tidy(value) or None)
    typed = re.sub(r"\s+", " ", value).strip()
    if typed.isascii():
        return Parsed(typed or None)
    unseen = {ord(sign) for sign in typed if unicodedata.category(sign) == "Cf"}
    seen = typed.translate(dict.fromkeys(unseen))
    code = re.sub(r"\s+", " ", seen.translate(_HALF_WIDTH)).strip()
    if code == typed:
        return Parsed(code or None)
    shown = typed.translate({sign: f"[U+{sign:04X}]" for sign in unseen})
    return Parsed(
        code or None,
        "repair",
        f"the code {shown!r} is written {code!r}, in half-width signs that all can see",
        f"编号“{shown}”改写为“{code}”（半角、不含看不见的字符）",
    )
