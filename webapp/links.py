"""Read and write the fixed links of the pages."""

import re
from dataclasses import dataclass

from webapp.words import Language


@dataclass(frozen=True)
class Spot:
    """
    What an address of a page points to.

    Attributes
    ----------
    level
        ``district``, ``town`` or ``village``.
    code
        The division's code; empty for the district.
    """

    level: str
    code: str


def spot(pathname: str | None) -> Spot | None:
    """
    Read the address of a page.

    Parameters
    ----------
    pathname
        Path of the link.

    Returns
    -------
    Spot or None
        What it points to; None where no page has such an address.
    """
    if not isinstance(pathname, str | None):
        return None
    parts = [part for part in (pathname or "/").split("/") if part]
    if not parts:
        return Spot("district", "")
    if len(parts) != 2 or not re.fullmatch("[0-9A-Za-z]{1,24}", parts[1]):  # noqa: PLR2004  (level and code)
        return None
    if parts[0] in {"town", "village"}:
        return Spot(parts[0], parts[1])
    return None


def link(level: str, code: str, language: Language) -> str:
    """
    Write the fixed link of a page.

    Parameters
    ----------
    level
        ``district``, ``town`` or ``village``.
    code
        The division's code.
    language
        Language that the link keeps; Chinese needs no word.

    Returns
    -------
    str
        Path and query.
    """
    path = "/" if level == "district" else f"/{level}/{code}"
    return path if language == "zh" else f"{path}?lang=en"
