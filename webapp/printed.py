"""Let a few visitors at a time wait for a printed sheet, and tell the others to come again."""

import threading
from collections.abc import Callable
from typing import Final

from census.errors import CensusError

PLACES_TO_WAIT: Final = 3  # of the eight threads that serve pages

Printer = Callable[[str, str, str, str], bytes]
"""(kind, village code, language, address of the pages) -> PDF."""


class CrowdedError(CensusError):
    """All places to wait for a sheet are taken."""

    def __init__(self) -> None:
        super().__init__(
            "Several sheets are being printed for others. Ask again in a minute.",
            "正在为他人出图。请一分钟后再试。",
        )


def waiting_room(printer: Printer, places: int = PLACES_TO_WAIT) -> Printer:
    """
    Bound how many ask a printer at once, so that pages are served while sheets are printed.

    Parameters
    ----------
    printer
        Brings a sheet, seconds later.
    places
        How many may wait.

    Returns
    -------
    Printer
        The same printer; raises ``CrowdedError`` where no place is free.
    """
    free = threading.BoundedSemaphore(places)

    def take(kind: str, village_code: str, language: str, address: str) -> bytes:
        if not free.acquire(blocking=False):
            raise CrowdedError
        try:
            return printer(kind, village_code, language, address)
        finally:
            free.release()

    return take
