"""Keep what a delivery would change, know it again, and take out of it what was not accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, text

from census.proposal_errors import OvertakenError, StoppedError
from census.store.change_rows import BOOKKEEPING
from census.store.differences import Against, Difference
from census.store.proposal_events import move, state_of
from census.store.proposal_work import as_json

_KEEP = """
insert into census.proposal_change (event_id, place, code, kind, before, after, changed, moved_m)
select :event, row_number() over (order by array_position(
           array['update', 'delete', 'insert'], kind), code),
       code, kind, before, after, changed, moved_m from told
"""
# What the program keeps of a row is no part of what somebody looked at.
_DIGEST = """
select md5(coalesce(string_agg(one, '' order by one), '')) from (
    select md5(concat_ws('|', kind, code, before - cast(:beside as text[]),
                         after - cast(:beside as text[]))) as one from told) o
"""
_GENERATIONS = """
select coalesce(string_agg(layer || ':' || generation, ' ' order by layer), '')
from census.layer_generation where layer = any(:layers)
"""
_LEAVE_OUT = """
delete from difference d using (
    select d.at, d.stood, coalesce(d.key, cast({number} as text)) as code
    from difference d left join delivered s on s.at = d.at
    left join {table} t on t.ctid = d.stood) c
where d.at is not distinct from c.at and d.stood is not distinct from c.stood
  and c.code = any(:codes)
"""
_COUNTED = """
select count(*) filter (where kind = 'insert') as added,
       count(*) filter (where kind = 'update') as changed,
       count(*) filter (where moved_m is not null) as moved,
       count(*) filter (where kind = 'delete') as gone from told
"""
# What the checks of a delivery know beside its own layer.
KNOWN: Final = ("division", "division_change", "former_division", "shelter")


def keep_found(
    connection: Connection,
    number: int,
    found: Mapping[str, Any],
    *,
    who: tuple[str, str],
) -> None:
    """
    Keep what a reading found, in the transaction that found it; of the layer nothing changes.

    Parameters
    ----------
    connection
        The transaction of the difference.
    number
        Number of the proposal.
    found
        What is kept of it; the changes are told one by one where ``is_listed``.
    who
        Id and name of who asked for the reading.

    Raises
    ------
    StoppedError
        If somebody stopped it meanwhile.
    """
    if state_of(connection, number) != "sent":
        raise StoppedError(number)
    event = move(connection, number, "read", allowed={"sent"}, who=who, detail=as_json(found))
    if found["is_listed"]:
        connection.execute(text(_KEEP), {"event": event})


def digest_of(
    connection: Connection, layer: str, difference: Difference | None, *, rows: int
) -> str:
    """
    Sum up what would change, so that the same can be known again.

    Parameters
    ----------
    connection
        The transaction of the difference.
    layer
        The layer.
    difference
        What would change; None for what is put whole.
    rows
        Rows that would enter.

    Returns
    -------
    str
        Of an empty layer, and of what is put whole, what the checks know stands in for the rows.
    """
    if difference is not None and difference.stood:
        return str(connection.execute(text(_DIGEST), {"beside": list(BOOKKEEPING)}).scalar_one())
    known = connection.execute(text(_GENERATIONS), {"layers": [layer, *KNOWN]}).scalar_one()
    return f"{rows} {known}"


def require_same(number: int, looked_at: str, now: str) -> None:
    """
    Refuse to load what nobody looked at.

    Parameters
    ----------
    number
        Number of the proposal.
    looked_at
        Digest of what was looked at.
    now
        Digest of what would change now.

    Raises
    ------
    OvertakenError
        If they differ.
    """
    if looked_at != now:
        raise OvertakenError(number)


def leave_out(
    connection: Connection, against: Against, difference: Difference, codes: Sequence[str]
) -> Difference:
    """
    Take changes out of a difference: what is stored of these objects stays.

    Parameters
    ----------
    connection
        The transaction of the difference.
    against
        What it was found against.
    difference
        What was found.
    codes
        Codes of the changes.

    Returns
    -------
    Difference
        What is left of it; what was left out counts as kept.
    """
    number = "coalesce(t.id, s.new_id)" if "id" in against.table.c else "null"
    values = {"codes": list(codes)}
    taken_out = connection.execute(
        text(_LEAVE_OUT.format(table=against.names()["table"], number=number)), values
    )
    connection.execute(text("delete from told where code = any(:codes)"), values)
    left = connection.execute(text(_COUNTED)).one()
    without = set(codes)
    return replace(
        difference, added=left.added, changed=left.changed, moved=left.moved, gone=left.gone,
        kept=difference.kept + taken_out.rowcount,
        twins=tuple(t for t in difference.twins if not {t.gone, t.came} & without),
        changes=tuple(c for c in difference.changes if c.code not in without),
    )  # fmt: skip


def note_accepted(
    connection: Connection,
    number: int,
    *,
    who: tuple[str, str],
    detail: Mapping[str, Any],
) -> None:
    """
    Note that a proposal is loaded, in the transaction that loads it.

    Parameters
    ----------
    connection
        The transaction.
    number
        Number of the proposal.
    who
        Id and name of who accepted it.
    detail
        Number of the delivery, what was left out.

    Raises
    ------
    StoppedError
        If somebody stopped it meanwhile; the transaction is to be undone.
    """
    if state_of(connection, number) != "accepting":
        raise StoppedError(number)
    move(
        connection, number, "accepted", allowed={"accepting"}, who=who, detail=as_json(detail)
    )  # fmt: skip
