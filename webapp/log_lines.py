"""Write the log so that it tells what failed and where, and nothing of a person.

The database's words for a fault quote the row that it was about, so of a database fault only its
kind, code and the names of table, column and constraint are written; the lines of the program stay.
"""

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Final, TextIO

from census.store.fault_words import said_of

LOG_FORMAT: Final = "%(asctime)s %(name)s %(levelname)s %(message)s"
LONGEST: Final = 10
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """List a fault and what it came from, the first cause last."""
    found: BaseException | None = fault
    for _ in range(LONGEST):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


class DiscreetFormatter(logging.Formatter):
    """Formats a record; of its fault the lines of the program, and words without rows."""

    def formatException(self, ei: Raised) -> str:  # noqa: N802  (logging's name)
        """
        Write a fault down.

        Parameters
        ----------
        ei
            Kind, fault, traceback.

        Returns
        -------
        str
            Where it happened and what it is, the first cause first.
        """
        if ei[1] is None:
            return ""
        parts = [
            "".join(traceback.format_tb(each.__traceback__)) + said_of(each)
            for each in reversed(list(_chain(ei[1])))
        ]
        return "Traceback (most recent call last):\n" + "\nwhich led to\n".join(parts)


def begin(stream: TextIO) -> None:
    """
    Begin the log of a process.

    Parameters
    ----------
    stream
        Where it is written.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter(LOG_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
