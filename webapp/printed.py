"""Print a village's sheet once for all who ask, one sheet at a time, and keep the latest few."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

KEPT_SHEETS: Final = 40  # about half a megabyte each


class SheetShelf:
    """
    The sheets printed lately, in memory: visitors may read the database, not write to it.

    Parameters
    ----------
    limit
        Most sheets kept; the one not asked for longest goes first.
    """

    def __init__(self, limit: int = KEPT_SHEETS) -> None:
        self._limit = limit
        self._sheets: OrderedDict[str, bytes] = OrderedDict()
        self._printing = threading.Lock()

    def take(self, fingerprint: str, printing: Callable[[], bytes]) -> bytes:
        """
        Return a sheet, printed now where it is not on the shelf.

        Parameters
        ----------
        fingerprint
            Names what the sheet shows.
        printing
            Prints it; runs for one caller at a time, since a sheet takes a processor for seconds.

        Returns
        -------
        bytes
            The PDF.
        """
        with self._printing:
            if fingerprint not in self._sheets:
                self._sheets[fingerprint] = printing()
            self._sheets.move_to_end(fingerprint)
            while len(self._sheets) > self._limit:
                self._sheets.popitem(last=False)
            return self._sheets[fingerprint]
