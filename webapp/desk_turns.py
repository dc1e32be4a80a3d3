"""Bound how many lines are judged at once: a check takes a processor, and there are few."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from webapp.passing import PassingError
from webapp.turns import Bounds, Turns

if TYPE_CHECKING:
    from census.products.route_desk import Desk
    from census.products.route_results import Judged, Proposals, Road, Snapped

# Fewer than the threads of those who work here, so that the rest of the desk still answers.
DESK_BOUNDS: Final = Bounds(at_once=2, waiting=2, longest_wait_s=4.0)
RETRY_S: Final = 2


class DeskBusyError(PassingError):
    """Too many lines are judged at the same time."""

    def __init__(self) -> None:
        super().__init__(
            RETRY_S,
            "The server is checking other lines at the moment. Nothing that you drew is lost; try "
            "again in a few seconds.",
            "服务器正在检查别的线路。您画的内容没有丢失，请几秒后重试。",
        )


class DeskInTurn:
    """
    A desk whose work is done a few at a time.

    Parameters
    ----------
    desk
        The desk.
    bounds
        How many work and wait at once.

    Attributes
    ----------
    turns
        Who works and who waits.
    """

    def __init__(self, desk: "Desk", bounds: Bounds = DESK_BOUNDS) -> None:
        self._desk = desk
        self.turns = Turns(bounds)

    @contextmanager
    def _turn(self) -> Iterator["Desk"]:
        if not self.turns.take():
            raise DeskBusyError
        try:
            yield self._desk
        finally:
            self.turns.give_back()

    def warm(self) -> None:
        """Read everything now: it is read once, however many ask."""
        self._desk.warm()

    def check(self, code: str, line: Any, **options: Any) -> "Judged":
        """
        Judge a line when it is its turn.

        Parameters
        ----------
        code, line, **options
            As of `Desk.check`.

        Returns
        -------
        Judged
            What `Desk.check` tells.

        Raises
        ------
        DeskBusyError
            If too many ask at once.
        """
        with self._turn() as desk:
            return desk.check(code, line, **options)

    def snap(self, line: Any, **options: Any) -> "Snapped":
        """
        Lay a line onto the roads when it is its turn.

        Parameters
        ----------
        line, **options
            As of `Desk.snap`.

        Returns
        -------
        Snapped
            What `Desk.snap` tells.

        Raises
        ------
        DeskBusyError
            If too many ask at once.
        """
        with self._turn() as desk:
            return desk.snap(line, **options)

    def alternatives(self, code: str, **options: Any) -> "Proposals":
        """
        Propose ways when it is its turn.

        Parameters
        ----------
        code, **options
            As of `Desk.alternatives`.

        Returns
        -------
        Proposals
            What `Desk.alternatives` tells.

        Raises
        ------
        DeskBusyError
            If too many ask at once.
        """
        with self._turn() as desk:
            return desk.alternatives(code, **options)

    def road_at(self, lon: float, lat: float) -> "Road":
        """
        Find the road at a place; that is quick.

        Parameters
        ----------
        lon, lat
            The place, degrees.

        Returns
        -------
        Road
            What `Desk.road_at` tells.
        """
        return self._desk.road_at(lon, lat)

    def require_shelter(self, code: str) -> None:
        """
        Refuse a shelter that does not exist; that is quick.

        Parameters
        ----------
        code
            Code of the shelter.
        """
        self._desk.require_shelter(code)
