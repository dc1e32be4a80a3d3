"""Read and write the fixed links of the pages."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from webapp.words import Language

DIVISION_CODE: Final = "[0-9A-Za-z]{1,24}"
CODES: Final = {"town": DIVISION_CODE, "village": DIVISION_CODE, "route": r"[\w.:+-]{1,80}"}


@dataclass(frozen=True)
class Spot:
    """
    What an address of a page points to.

    Attributes
    ----------
    level
        ``district``, ``town``, ``village``, ``desk``, ``route`` or ``reports``.
    code
        Code of the division or route; empty for district, desk and reports.
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
    if parts in (["desk"], ["reports"]):
        return Spot(parts[0], "")
    level, code = parts[0], unquote(parts[-1])
    pattern = CODES.get(level)
    if len(parts) != 2 or pattern is None or not re.fullmatch(pattern, code):  # noqa: PLR2004  (level and code)
        return None
    return Spot(level, code)


def link(level: str, code: str, language: Language) -> str:
    """
    Write the fixed link of a page.

    Parameters
    ----------
    level
        ``district``, ``town``, ``village``, ``desk``, ``route`` or ``reports``.
    code
        Code of the division or route.
    language
        Language that the link keeps; Chinese needs no word.

    Returns
    -------
    str
        Path and query.
    """
    path = {"district": "/", "desk": "/desk", "reports": "/reports"}.get(
        level, f"/{level}/{quote(code)}"
    )
    return path if language == "zh" else f"{path}?lang=en"
