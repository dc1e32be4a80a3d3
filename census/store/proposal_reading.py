"""Read what was proposed: where each delivery stands, what was found, what it would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from census.proposal_errors import UnknownProposalError
from census.store.actors import Actor
from census.store.audit import require
from census.store.connection import Store
from census.store.proposal_events import BEGUN
from census.store.rights import rights

LARGEST: Final = 2**31 - 1

_ALL = """
select p.id as number, p.form, p.layer, p.declared, p.files, p.proposed_by, p.proposed_by_name,
       p.proposed_at, coalesce(e.kind, 'begun') as state, coalesce(e.at, p.proposed_at) as state_at,
       e.actor as state_by, e.actor_name as state_by_name, e.reason, r.id as reading,
       r.detail - 'problems' as found, a.detail as decision, g.stage, g.rows
from census.proposal p
left join lateral (select * from census.proposal_event e where e.proposal_id = p.id
                   order by e.id desc limit 1) e on true
left join lateral (
    select * from census.proposal_event e
    where e.proposal_id = p.id and e.kind in ('read', 'refused') and e.id > (
        select max(s.id) from census.proposal_event s
        where s.proposal_id = p.id and s.kind = 'sent')
    order by e.id desc limit 1) r on true
left join lateral (select * from census.proposal_event e
                   where e.proposal_id = p.id and e.kind in ('accepting', 'accepted')
                   order by e.id desc limit 1) a on true
left join census.proposal_progress g on g.proposal_id = p.id and not g.is_over
where {which} order by p.id desc limit :most
"""
_EVENTS = """
select kind, actor, actor_name, at, reason, detail - 'problems' as detail
from census.proposal_event where proposal_id = :number order by id
"""
_PROBLEMS = "select detail -> 'problems' from census.proposal_event where id = :reading"
_CHANGES = """
select place, code, kind, before, after, coalesce(changed, '[]') as changed, moved_m
from census.proposal_change
where event_id = :reading and {which} order by place offset :offset limit :most
"""
# As a person sorts them; what moved is changed as well.
KINDS: Final[Mapping[str, str]] = {
    "all": "true",
    "added": "kind = 'insert'",
    "changed": "kind = 'update'",
    "moved": "moved_m is not null",
    "gone": "kind = 'delete'",
    "doubtful": "code = any(cast(:codes as text[]))",
}


@dataclass(frozen=True)
class Proposal:
    """
    A delivery that was proposed.

    Attributes
    ----------
    number
        Its number.
    form, layer
        Name of its form, and the table that it goes to.
    declared
        What its sender declared of it.
    files
        ``name`` and ``bytes`` of each.
    proposed_by, proposed_by_name, proposed_at
        Who gave it, and when.
    state
        A key of :data:`census.store.proposal_events.STATES`.
    state_at, state_by, state_by_name, reason
        Since when, by whom, and why.
    reading
        Number of the last reading; None before it was read.
    found
        What it found: ``accepted``, ``refused`` (rows), ``counts`` (kind to rows), ``twins``,
        ``levels`` (level of problem to number); empty before.
    decision
        What was decided: ``left_out``, ``says_gone``; ``delivery`` once it is loaded.
    stage, rows
        How far the work is; None where nobody works.
    """

    number: int
    form: str
    layer: str
    declared: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    state: str
    state_at: datetime
    state_by: str | None
    state_by_name: str | None
    reason: str | None
    reading: int | None
    found: Mapping[str, Any]
    decision: Mapping[str, Any]
    stage: str | None
    rows: int | None

    @property
    def file_names(self) -> str:
        """
        Name its files.

        Returns
        -------
        str
            Their names, one after the other.
        """
        return "、".join(str(each["name"]) for each in self.files)

    @property
    def counts(self) -> Mapping[str, int]:
        """
        Count what it would change.

        Returns
        -------
        mapping
            Kind to rows; empty where that is not known.
        """
        return self.found.get("counts") or {}


@dataclass(frozen=True)
class ToldChange:
    """
    What a delivery would do to one object.

    Attributes
    ----------
    place
        Its place in the list, from 1.
    code
        Its code, or its number where the layer has no codes.
    kind
        insert, update or delete.
    before, after
        Column to value; empty for what comes, and for what goes.
    changed
        Columns that say something else.
    moved_m
        Metres between the centres; None where the shape stays.
    """

    place: int
    code: str
    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changed: tuple[str, ...]
    moved_m: float | None


@dataclass(frozen=True)
class ProposalStep:
    """
    One step of a proposal.

    Attributes
    ----------
    kind
        State that it entered.
    actor, actor_name, at
        Who did it, and when.
    reason
        Why.
    detail
        What was found or decided, without the problems.
    """

    kind: str
    actor: str
    actor_name: str
    at: datetime
    reason: str | None
    detail: Mapping[str, Any]


def proposed_deliveries(store: Store, actor: Actor, *, most: int = 200) -> list[Proposal]:
    """
    List what was proposed, the newest first.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    most
        How many at most.

    Returns
    -------
    list of Proposal
        The proposals.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    require(actor, rights().commands["proposed_deliveries"])
    with store.engine.connect() as connection:
        rows = connection.execute(text(_ALL.format(which="true")), {"most": most})
        return [_proposal(row) for row in rows]


def proposal_of(store: Store, actor: Actor, *, number: int) -> Proposal:
    """
    Read one proposal.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    number
        Its number.

    Returns
    -------
    Proposal
        The proposal.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    UnknownProposalError
        If there is none of this number.
    """
    require(actor, rights().commands["proposal_of"])
    return read_proposal(store, number)


def read_proposal(store: Store, number: int) -> Proposal:
    """
    Read one proposal for the program's own work.

    Parameters
    ----------
    store
        The store, role app.
    number
        Its number.

    Returns
    -------
    Proposal
        The proposal.

    Raises
    ------
    UnknownProposalError
        If there is none of this number.
    """
    if not 0 < number <= LARGEST:
        raise UnknownProposalError(number)
    with store.engine.connect() as connection:
        question = text(_ALL.format(which="p.id = :number"))
        found = connection.execute(question, {"number": number, "most": 1}).one_or_none()
    if found is None:
        raise UnknownProposalError(number)
    return _proposal(found)


def _proposal(row: Any) -> Proposal:
    facts = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name for it)
    facts |= {"found": facts["found"] or {}, "decision": facts["decision"] or {}}
    facts["state"] = facts["state"] or BEGUN
    return Proposal(**facts)


def proposal_steps(store: Store, actor: Actor, *, number: int) -> list[ProposalStep]:
    """
    List what became of a proposal.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    number
        Its number.

    Returns
    -------
    list of ProposalStep
        The first one first.
    """
    require(actor, rights().commands["proposal_steps"])
    with store.engine.connect() as connection:
        rows = connection.execute(text(_EVENTS), {"number": number})
        return [ProposalStep(*row) for row in rows]


def proposal_problems(store: Store, actor: Actor, *, reading: int | None) -> list[dict[str, Any]]:
    """
    List every fault, repair and remark that a reading found.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    reading
        Number of the reading; None where there was none.

    Returns
    -------
    list of dict
        Fields of :class:`census.intake.problems.Problem`, in reading order.
    """
    require(actor, rights().commands["proposal_problems"])
    with store.engine.connect() as connection:
        found = connection.execute(text(_PROBLEMS), {"reading": reading}).scalar_one_or_none()
    return list(found or [])


def proposal_changes(
    store: Store,
    actor: Actor,
    *,
    found: Proposal,
    kind: str = "all",
    offset: int = 0,
    most: int | None = None,
) -> list[ToldChange]:
    """
    List what a proposal would change, object by object.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    found
        The proposal.
    kind
        A key of ``KINDS``.
    offset
        How many to pass over.
    most
        How many at most; None for all.

    Returns
    -------
    list of ToldChange
        By kind and code; none where the layer was empty: then everything is new.
    """
    require(actor, rights().commands["proposal_changes"])
    twins = found.found.get("twins") or []
    values = {
        "reading": found.reading, "offset": offset, "most": most,
        "codes": [code for twin in twins for code in (twin["gone"], twin["came"])],
    }  # fmt: skip
    question = text(_CHANGES.format(which=KINDS[kind]))
    with store.engine.connect() as connection:
        rows = connection.execute(question, values).all()
    return [
        ToldChange(
            row.place, row.code, row.kind, row.before or {}, row.after or {}, tuple(row.changed),
            row.moved_m,
        )
        for row in rows
    ]  # fmt: skip
