"""Hold a one-time code between the form that asked for it and the page that shows it."""

import threading
import time
from dataclasses import dataclass, field
from typing import Final

SHOWN_S: Final = 60.0


@dataclass
class ShownCodes:
    """
    Codes that were just made, in memory alone: a double click shows the same, a late reload none.

    Attributes
    ----------
    shown_s
        How long a code can be looked at, seconds.
    """

    shown_s: float = SHOWN_S
    _door: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)

    def keep(self, holder: str, account_id: str, code: str) -> None:
        """
        Keep a code for the one who asked for it.

        Parameters
        ----------
        holder
            The sign-in that asked for it.
        account_id
            The account that it opens.
        code
            The code.
        """
        with self._door:
            self._forget_old()
            self._kept[holder, account_id] = (time.monotonic() + self.shown_s, code)

    def read(self, holder: str, account_id: str) -> str | None:
        """
        Read a code that was just made.

        Parameters
        ----------
        holder
            The sign-in that asks.
        account_id
            The account.

        Returns
        -------
        str | None
            The code; None for another sign-in, and once its time is over.
        """
        with self._door:
            self._forget_old()
            return self._kept.get((holder, account_id), (0.0, None))[1]

    def _forget_old(self) -> None:
        now = time.monotonic()
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
