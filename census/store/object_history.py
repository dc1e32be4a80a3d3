"""What became of one object: each change with its time, where it came from, and what was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from census.store.connection import Store

DELIVERY: Final = "delivery"

# The name that they had then, where a proposal noted it; else the one that the account has.
_WHO = """
left join lateral (select e.actor_name from census.proposal_event e
                   where s.origin = 'delivery' and e.kind = 'accepted'
                     and e.detail ->> 'delivery' = s.origin_id
                   order by e.id desc limit 1) a on true
left join access.account u on cast(u.id as text) = s.reviewed_by
"""
_STEPS = """
select s.applied_at, r.kind, s.origin, s.origin_id, s.proposed_by, s.reviewed_by,
       coalesce(a.actor_name, u.display_name) as accepted_by, d.file_name,
       cast(r.after ->> 'source_row' as bigint) as source_row,
       r.before, r.after, coalesce(r.changed, '[]') as changed, r.moved_m
from census.change_row r
join census.change_set s on s.id = r.change_set_id
{who}
left join census.delivery d on s.origin = 'delivery' and cast(d.id as text) = s.origin_id
where r.layer = :layer and r.code = :code
order by s.applied_at, s.id
"""
_STANDS = """
select to_jsonb(t) - 'geom' as says, d.file_name, d.received_at,
       coalesce(a.actor_name, u.display_name) as accepted_by
from census.{table} t left join census.delivery d on d.id = t.delivery_id
left join census.change_set s on s.origin = 'delivery' and s.origin_id = cast(d.id as text)
    and s.layer = :layer
{who}
where cast(t.{key} as text) = :code order by s.id desc limit 1
"""
# What was looked at last before it was rejected, or accepted without this object.
_LEFT_OUT = """
select e.at, case when e.kind = 'rejected' then e.kind else 'left_out' end as outcome,
       p.id as number, p.proposed_by_name, e.actor_name,
       (select s.reason from census.proposal_event s
        where s.proposal_id = p.id and s.kind in ('accepting', 'rejected') and s.id <= e.id
        order by s.id desc limit 1) as reason,
       (select string_agg(f ->> 'name', '、') from jsonb_array_elements(p.files) f) as file_name,
       c.kind, c.before, c.after, coalesce(c.changed, '[]') as changed, c.moved_m
from census.proposal_change c
join census.proposal_event r on r.id = c.event_id
join census.proposal p on p.id = r.proposal_id and p.layer = :layer
join census.proposal_event e on e.proposal_id = p.id and (
    e.kind = 'rejected' or (e.kind = 'accepted' and e.detail -> 'left_out' ? :code))
where c.code = :code and r.id = (
    select max(l.id) from census.proposal_event l
    where l.proposal_id = p.id and l.kind = 'read' and l.id < e.id)
order by e.at, e.id
"""


@dataclass(frozen=True)
class Step:
    """
    One change of an object.

    Attributes
    ----------
    at
        When it took effect.
    kind
        insert, update or delete.
    origin
        delivery or report.
    origin_id
        Number of the delivery, id of the report.
    proposed_by, reviewed_by
        Who gave it and who accepted it.
    accepted_by
        Name of who accepted it; None where it was loaded by a command, without an account.
    file_name
        The delivered file; None for a report.
    source_row
        Its row in that file; None for a report, and for what went.
    changed
        Field to what it said before and after; the shape is left to ``moved_m``.
    moved_m
        Metres between the centres before and after; None where the shape stayed.
    """

    at: datetime
    kind: str
    origin: str
    origin_id: str
    proposed_by: str
    reviewed_by: str
    accepted_by: str | None
    file_name: str | None
    source_row: int | None
    changed: Mapping[str, tuple[Any, Any]]
    moved_m: float | None


@dataclass(frozen=True)
class Standing:
    """
    What an object says now.

    Attributes
    ----------
    says
        Column to value, without the shape.
    file_name
        The file that its present state came with; None where no delivery brought it.
    delivered_at
        When that was loaded.
    accepted_by
        Name of who accepted it; None where it was loaded by a command, without an account.
    """

    says: Mapping[str, Any]
    file_name: str | None
    delivered_at: datetime | None
    accepted_by: str | None = None


def object_history(store: Store, table: str, code: str) -> tuple[list[Step], Standing | None]:
    """
    Tell what became of an object.

    Parameters
    ----------
    store
        The store, role app.
    table
        A delivered table of schema ``census``.
    code
        Its code, or its number in a layer without codes.

    Returns
    -------
    steps : list of Step
        Its changes, the first one first; none where it stands as it was first delivered.
    standing : Standing or None
        What it says now; None where it is gone, or never was.
    """
    declared = store.tables.metadata.tables[f"census.{table}"]
    key = next(iter(declared.primary_key)).name
    with store.engine.connect() as connection:
        steps = [
            Step(
                row.applied_at, row.kind, row.origin, row.origin_id, row.proposed_by,
                row.reviewed_by, row.accepted_by, row.file_name,
                row.source_row if row.origin == DELIVERY else None,
                _differences(row.before, row.after, row.changed), row.moved_m,
            )
            for row in connection.execute(
                text(_STEPS.format(who=_WHO)), {"layer": table, "code": code}
            )
        ]  # fmt: skip
        question = _STANDS.format(table=declared.name, key=key, who=_WHO)
        asked = {"code": code, "layer": declared.name}
        found = connection.execute(text(question), asked).one_or_none()
    return steps, None if found is None else Standing(*found)


@dataclass(frozen=True)
class LeftOut:
    """
    A change of an object that was proposed and not accepted.

    Attributes
    ----------
    at
        When that was decided.
    outcome
        left_out where the rest was accepted, rejected where all of it was not.
    number
        Number of the proposal.
    proposed_by, decided_by
        Names of who gave it and who decided.
    reason
        Why; None where nobody said.
    file_name
        The delivered files.
    kind
        insert, update or delete.
    changed
        Field to what it says, and would have said.
    moved_m
        Metres between the centres; None where the shape is the same.
    """

    at: datetime
    outcome: str
    number: int
    proposed_by: str
    decided_by: str
    reason: str | None
    file_name: str
    kind: str
    changed: Mapping[str, tuple[Any, Any]]
    moved_m: float | None


def left_out_of(store: Store, table: str, code: str) -> list[LeftOut]:
    """
    List what was proposed for an object and not accepted.

    Parameters
    ----------
    store
        The store, role app.
    table
        A delivered table of schema ``census``.
    code
        Its code, or its number in a layer without codes.

    Returns
    -------
    list of LeftOut
        The first one first.
    """
    with store.engine.connect() as connection:
        found = connection.execute(text(_LEFT_OUT), {"layer": table, "code": code})
        return [
            LeftOut(
                row.at, row.outcome, row.number, row.proposed_by_name, row.actor_name, row.reason,
                row.file_name, row.kind, _differences(row.before, row.after, row.changed),
                row.moved_m,
            )
            for row in found
        ]  # fmt: skip


def _differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, changed: list[str]
) -> dict[str, tuple[Any, Any]]:
    was, now = before or {}, after or {}
    return {name: (was.get(name), now.get(name)) for name in changed if name != "geom"}
