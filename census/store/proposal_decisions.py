"""Decide what becomes of a proposed delivery: accepted whole or row by row, rejected, stopped.

Nothing of a layer changes here: who accepts leaves word of it, and the worker then loads the file
that was kept (``census.intake.proposing``).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from census.proposal_errors import (
    LeftOutError,
    OwnProposalError,
    SecondYesError,
    UnknownChangeError,
)
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.loading_rules import loading_rules
from census.store.proposal_events import AGAIN, BEGUN, OPEN, WORKING, move, state_of
from census.store.proposals import KIND

# Rows of these stand on each other: a town without its villages is no division.
WHOLE_ONLY: Final = frozenset({"division"})

_OWN = "select proposed_by, layer from census.proposal where id = :number"
_READING = """
select e.id, e.detail -> 'counts' as counts from census.proposal_event e
where e.proposal_id = :number and e.kind = 'read' order by e.id desc limit 1
"""
_STRANGE = """
select c.code from unnest(cast(:codes as text[])) c (code)
where not exists (select from census.proposal_change p
                  where p.event_id = :event and p.code = c.code) order by 1
"""


def check_delivery_again(store: Store, actor: Actor, *, number: int) -> None:
    """
    Have a delivery checked once more against what is stored now.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks.
    number
        Number of a proposal that was overtaken, stopped, broken off or refused.
    """
    with deed(
        store, actor, "check_delivery_again", object_kind=KIND, object_code=str(number)
    ) as work:
        who = (actor.id, actor.name)
        move(work.connection, number, "sent", allowed=AGAIN | OPEN, who=who)


def accept_delivery(
    store: Store,
    actor: Actor,
    *,
    number: int,
    left_out: Sequence[str] = (),
    says_gone: bool = False,
    reason: str | None = None,
) -> None:
    """
    Accept a delivery, whole or without some rows; the worker then loads it.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who accepts it.
    number
        Number of the proposal.
    left_out
        Codes of changes that are not accepted: what is stored of them stays.
    says_gone
        Whether it was said a second time that many rows go.
    reason
        Why, where something is to be said.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnProposalError
        If another person has to, by the rules of the place.
    ProposalStateError
        If there is nothing to decide on.
    UnknownChangeError
        If a code to be left out is not changed.
    LeftOutError
        If the layer is accepted whole or not at all.
    SecondYesError
        If more rows would go than pass unsaid, and it was not said.
    """
    rules = loading_rules(store)
    with deed(
        store, actor, "accept_delivery", object_kind=KIND, object_code=str(number)
    ) as work:  # fmt: skip
        without = sorted(set(left_out))
        detail = {"left_out": without, "says_gone": says_gone}
        move(
            work.connection, number, "accepting", allowed=OPEN, who=(actor.id, actor.name),
            reason=reason, detail=json.dumps(detail),
        )  # fmt: skip
        own = work.connection.execute(text(_OWN), {"number": number}).one()
        if rules["review"]["by_another_person"] and own.proposed_by == actor.id:
            raise OwnProposalError
        if left_out and own.layer in WHOLE_ONLY:
            raise LeftOutError(own.layer)
        reading = work.connection.execute(text(_READING), {"number": number}).one()
        _require_second_yes(work.connection, reading, left_out, rules, says_gone=says_gone)
        work.detail |= {"left_out": len(without), "says_gone": says_gone}


def _require_second_yes(
    connection: Connection,
    reading: Any,
    left_out: Sequence[str],
    rules: Mapping[str, Mapping[str, Any]],
    *,
    says_gone: bool,
) -> None:
    codes = {"event": reading.id, "codes": list(left_out)}
    strange = list(connection.execute(text(_STRANGE), codes).scalars())
    if strange:
        raise UnknownChangeError(strange)
    counts = reading.counts or {}
    stays = (
        "select count(*) from census.proposal_change "
        "where event_id = :event and kind = 'delete' and code = any(:codes)"
    )
    kept = int(connection.execute(text(stays), codes).scalar_one())
    gone, stood = counts.get("gone", 0) - kept, counts.get("stood", 0)
    limit = rules["difference"]["most_gone_share"]
    if stood and gone / stood > limit and not says_gone:
        raise SecondYesError(gone, stood, limit)


def reject_delivery(store: Store, actor: Actor, *, number: int, reason: str) -> None:
    """
    Reject a delivery whole: nothing of it enters.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who rejects it; who proposed it may take it back.
    number
        Number of the proposal.
    reason
        Why; what its sender has to change.
    """
    with deed(
        store, actor, "reject_delivery", object_kind=KIND, object_code=str(number)
    ) as work:  # fmt: skip
        move(
            work.connection, number, "rejected", allowed=OPEN | AGAIN | {BEGUN},
            who=(actor.id, actor.name), reason=reason or None,
        )  # fmt: skip


def stop_delivery(store: Store, actor: Actor, *, number: int) -> None:
    """
    Stop the work on a delivery: it is then as before it began.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who stops it.
    number
        Number of a proposal that is being checked or loaded.
    """
    with deed(
        store, actor, "stop_delivery", object_kind=KIND, object_code=str(number)
    ) as work:  # fmt: skip
        state = state_of(work.connection, number)
        # A stopped loading waits for a decision again; a stopped check is over.
        kind = "halted" if state == "accepting" else "stopped"
        move(work.connection, number, kind, allowed=WORKING, who=(actor.id, actor.name))
