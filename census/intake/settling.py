"""Keep what a check of a proposal finds, and hold what its loading finds against it."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from census.intake.entering import Prepared
from census.intake.merging import Merging
from census.intake.problems import Problem
from census.proposal_errors import StoppedError
from census.store import proposal_differences as differing
from census.store import proposal_work as work
from census.store.connection import Store
from census.store.differences import Difference
from census.store.loading_rules import loading_rules
from census.store.outages import is_away
from census.store.proposal_reading import Proposal
from census.store.proposed_rows import leave_out_of_first, staged_places, tell_first

Asking = Callable[[Store, Any, Merging], Mapping[str, Any]]
"""Asks the district as it would be, in the transaction of the difference."""
# What a page says where the rules could not be asked.
NOT_ASKED: Final[Mapping[str, Any]] = {"is_broken_off": True}
log = logging.getLogger(__name__)


def told_of(
    problems: tuple[Problem, ...] | list[Problem], counts: tuple[int, int]
) -> dict[str, Any]:
    """
    Write down what a reading found.

    Parameters
    ----------
    problems
        Every fault, repair and remark.
    counts
        Rows that enter, and rows that were refused.

    Returns
    -------
    dict
        ``accepted``, ``refused``, ``levels``, ``problems``.
    """
    levels = Counter(str(each.level) for each in problems)
    return {
        "accepted": counts[0], "refused": counts[1], "levels": dict(levels),
        "problems": [each.as_row() | {"place": each.place} for each in problems],
    }  # fmt: skip


def _placed(connection: Any, prepared: Prepared, problems: list[Problem]) -> list[Problem]:
    """Place what was found between the parts of a delivery: its rows are with the server."""
    if prepared.held is None or prepared.merging is None:
        return problems
    rows = sorted({each.row for each in problems if each.row is not None and each.place is None})
    places = staged_places(connection, rows) if rows else {}
    return [
        each if each.place is not None or each.row not in places
        else replace(each, place=places[each.row])
        for each in problems
    ]  # fmt: skip


@dataclass
class Settling:
    """
    A review of one proposal: keeps what a check finds, and holds a loading against it.

    Attributes
    ----------
    store
        The store, role app.
    proposal
        The proposal, as it stood when the work began.
    proposed_by
        Who gave it.
    asks
        What is asked of the district as it would be; None to ask nothing.
    stage
        How far the work is.
    is_settled
        Whether something was found to be kept or loaded.
    stopped
        Set where somebody stopped the work.
    """

    store: Store
    proposal: Proposal
    proposed_by: str
    asks: Asking | None = None
    stage: str = ""
    is_settled: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def _who(self) -> tuple[str, str]:
        found = self.proposal
        return found.state_by or found.proposed_by, found.state_by_name or found.proposed_by_name

    def tell(self, stage: str, rows: int) -> None:
        """
        Write down the stage; break off where somebody stopped the work.

        Parameters
        ----------
        stage
            Its name.
        rows
            Rows that it is about.
        """
        self.stage = stage
        if self.stopped.is_set():
            raise StoppedError(self.proposal.number)
        work.tell_progress(self.store, self.proposal.number, stage, rows)

    def settle(
        self,
        connection: Any,
        prepared: Prepared,
        found: Difference | None,
        problems: list[Problem],
    ) -> tuple[Prepared, Difference | None]:
        """
        Keep what was found, or take out of it what was not accepted.

        Parameters
        ----------
        connection
            The transaction of the difference.
        prepared
            The checked delivery.
        found
            What would change; None for what is put whole.
        problems
            Every fault, repair and remark.

        Returns
        -------
        prepared : Prepared
            The delivery, as it is to be written.
        found : Difference or None
            What is to be written of it.
        """
        proposal = self.proposal
        digest = differing.digest_of(connection, proposal.layer, found, rows=prepared.accepted)
        self.is_settled = True
        if proposal.state == "sent":
            problems = _placed(connection, prepared, problems)
            told = told_of(problems, (prepared.accepted, prepared.refused)) | {"digest": digest}
            told |= self._told(connection, prepared, found)
            differing.keep_found(connection, proposal.number, told, who=self._who)
            return prepared, found
        differing.require_same(proposal.number, str(proposal.found.get("digest")), digest)
        left_out = list(proposal.decision.get("left_out") or [])
        if found is None or prepared.merging is None or not left_out:
            return prepared, found
        if found.stood:
            against = prepared.merging.against(self.store)
            return prepared, differing.leave_out(connection, against, found, left_out)
        return self._without(connection, prepared, prepared.merging, found, left_out)

    def _told(
        self, connection: Any, prepared: Prepared, found: Difference | None
    ) -> dict[str, Any]:
        if found is None or prepared.merging is None:
            whole = None if prepared.told_whole is None else prepared.told_whole()
            return {"counts": {}, "twins": [], "is_listed": False, "whole": whole}
        most = int(loading_rules(self.store)["review"]["first_rows_listed"])
        is_listed = bool(found.stood) or found.added <= most
        if is_listed and not found.stood:
            tell_first(
                self.store, connection, prepared.merging.against(self.store),
                prepared.merging.rows,
            )  # fmt: skip
        checks = self._asked(connection, prepared.merging) if is_listed else None
        twins = [vars(twin) for twin in found.twins]
        return {
            "counts": found.counts(), "twins": twins, "is_listed": is_listed, "checks": checks,
        }  # fmt: skip

    def _asked(self, connection: Any, merging: Merging) -> Mapping[str, Any] | None:
        """Ask the district as it would be; a delivery is not held up by a rule that breaks."""
        if self.asks is None:
            return None
        self.tell("asking", 0)
        try:
            with connection.begin_nested():
                return self.asks(self.store, connection, merging)
        except Exception as fault:
            if is_away(fault):
                raise
            log.exception("the delivery %d was not cross-checked", self.proposal.number)
            return NOT_ASKED

    def _without(
        self,
        connection: Any,
        prepared: Prepared,
        merging: Merging,
        found: Difference,
        codes: list[str],
    ) -> tuple[Prepared, Difference]:
        """Stage a first delivery without the rows that were not accepted."""
        against = merging.against(self.store)
        tell_first(self.store, connection, against, merging.rows)
        gone = leave_out_of_first(connection, against, codes)
        return (
            replace(prepared, merging=replace(merging, rows=None)),
            replace(found, added=found.added - gone),
        )

    def written(self, connection: Any, delivery_id: int) -> None:
        """
        Note that it is loaded, with what was left out.

        Parameters
        ----------
        connection
            The transaction.
        delivery_id
            Number of the delivery.
        """
        detail = {"delivery": delivery_id, **self.proposal.decision}
        differing.note_accepted(connection, self.proposal.number, who=self._who, detail=detail)
