"""Move a proposed delivery from state to state; every step is an event that is never changed."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from census.proposal_errors import ProposalStateError, UnknownProposalError

BEGUN: Final = "begun"
# State to its words in Chinese and English, as sentences say them.
STATES: Final[Mapping[str, tuple[str, str]]] = {
    BEGUN: ("上传中", "being sent"),
    "sent": ("检查中", "being checked"),
    "read": ("待审核", "waiting for a decision"),
    "refused": ("有错误", "refused for its faults"),
    "failed": ("检查中断", "broken off"),
    "accepting": ("入库中", "being loaded"),
    "accepted": ("已入库", "accepted"),
    "halted": ("待审核", "waiting for a decision"),
    "overtaken": ("已过时", "overtaken"),
    "rejected": ("已退回", "rejected"),
    "stopped": ("已停止", "stopped"),
}
# Somebody can decide.
OPEN: Final = frozenset({"read", "halted"})
# The program works, or is about to.
WORKING: Final = frozenset({"sent", "accepting"})
# Nobody waits for anything.
DONE: Final = frozenset({"accepted", "rejected", "refused", "stopped"})
# It can be checked once more.
AGAIN: Final = frozenset({"failed", "overtaken", "stopped", "refused"})

# One step at a time for each proposal; the second number is the proposal's.
_LOCK = "select pg_advisory_xact_lock(hashtext('proposal'), cast(:number as int))"
_STATE = """
select p.id, (select e.kind from census.proposal_event e where e.proposal_id = p.id
              order by e.id desc limit 1) as state
from census.proposal p where p.id = :number
"""
_PUT = """
insert into census.proposal_event (proposal_id, kind, actor, actor_name, reason, detail)
values (:number, :kind, :actor, :name, :reason, cast(:detail as jsonb)) returning id
"""
_LARGEST: Final = 2**31 - 1


def state_of(connection: Connection, number: int) -> str:
    """
    Tell where a proposal stands, and let nobody else move it until the transaction ends.

    Parameters
    ----------
    connection
        A transaction of role app.
    number
        Number of the proposal.

    Returns
    -------
    str
        A key of ``STATES``.

    Raises
    ------
    UnknownProposalError
        If there is no such proposal.
    """
    if not 0 < number <= _LARGEST:
        raise UnknownProposalError(number)
    connection.execute(text(_LOCK), {"number": number})
    found = connection.execute(text(_STATE), {"number": number}).one_or_none()
    if found is None:
        raise UnknownProposalError(number)
    return str(found.state or BEGUN)


def move(
    connection: Connection,
    number: int,
    kind: str,
    *,
    allowed: Collection[str],
    who: tuple[str, str],
    reason: str | None = None,
    detail: str = "{}",
) -> int:
    """
    Take the next step of a proposal.

    Parameters
    ----------
    connection
        A transaction of role app.
    number
        Number of the proposal.
    kind
        The state that it enters.
    allowed
        States from which that can be done.
    who
        Id and name of who does it.
    reason
        Why, where somebody says so.
    detail
        What is kept with it, JSON.

    Returns
    -------
    int
        Number of the event.

    Raises
    ------
    UnknownProposalError
        If there is no such proposal.
    ProposalStateError
        If it stands somewhere else.
    """
    state = state_of(connection, number)
    if state not in allowed:
        raise ProposalStateError(number, *STATES[state])
    values: dict[str, Any] = {
        "number": number, "kind": kind, "actor": who[0], "name": who[1], "reason": reason,
        "detail": detail,
    }  # fmt: skip
    return int(connection.execute(text(_PUT), values).scalar_one())
