"""Give visitors their turn: a few at once, a short queue, and a refusal for the rest."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """
    How many may be inside at once.

    Attributes
    ----------
    at_once
        How many have their turn at the same time.
    waiting
        How many may wait for it.
    longest_wait_s
        Longest wait, seconds.
    """

    at_once: int
    waiting: int
    longest_wait_s: float

    @property
    def inside(self) -> int:
        """
        Count those who may be inside: each holds a thread.

        Returns
        -------
        int
            Who has a turn and who waits.
        """
        return self.at_once + self.waiting


class Turns:
    """
    Turns within bounds, for the threads of one process.

    Parameters
    ----------
    bounds
        The bounds.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.inside = 0
        self._door = threading.Lock()
        self._turns = threading.BoundedSemaphore(bounds.at_once)

    def queue_up(self) -> bool:
        """
        Step inside where there is a place.

        Returns
        -------
        bool
            False where all places are taken; True asks for ``leave`` later.
        """
        with self._door:
            if self.inside >= self.bounds.inside:
                return False
            self.inside += 1
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._door:
            self.inside -= 1

    def take(self) -> bool:
        """
        Queue up and wait for a turn.

        Returns
        -------
        bool
            False where no place is free or the wait grew too long; True asks for ``give_back``.
        """
        if not self.queue_up():
            return False
        if self._turns.acquire(timeout=self.bounds.longest_wait_s):
            return True
        self.leave()
        return False

    def give_back(self) -> None:
        """Give a turn back."""
        self._turns.release()
        self.leave()
