"""Work on proposed deliveries: whose turn it is, its files, how far it is, what became of it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from census.store.connection import Store
from census.store.loading_rules import loading_rules
from census.store.proposal_events import WORKING, move, state_of

_PENDING = """
select p.id from census.proposal p
where (select e.kind from census.proposal_event e where e.proposal_id = p.id
       order by e.id desc limit 1) = any(:working)
order by p.id
"""
_TAKE = "select pg_try_advisory_lock(hashtext('proposal work'), cast(:number as int))"
_GIVE_BACK = "select pg_advisory_unlock(hashtext('proposal work'), cast(:number as int))"
_STATE = """
select kind from census.proposal_event where proposal_id = :number order by id desc limit 1
"""
_FILES = """
select p.file, f.value ->> 'name' as name, p.content
from census.proposal_piece p
join census.proposal o on o.id = p.proposal_id,
lateral (select o.files -> p.file as value) f
where p.proposal_id = :number order by p.file, p.piece
"""
_PROGRESS = """
insert into census.proposal_progress as g (proposal_id, stage, rows, is_over)
values (:number, :stage, :rows, :over)
on conflict (proposal_id) do update
set stage = excluded.stage, rows = excluded.rows, is_over = excluded.is_over,
    changed_at = clock_timestamp()
"""


def piece_bytes(store: Store) -> int:
    """
    Say in what pieces files are kept.

    Parameters
    ----------
    store
        The store.

    Returns
    -------
    int
        Bytes of a piece.
    """
    return int(loading_rules(store)["upload"]["piece_bytes"])


def pending(store: Store) -> list[int]:
    """
    List the proposals that wait for the program.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    list of int
        Numbers, the oldest first.
    """
    with store.engine.connect() as connection:
        rows = connection.execute(text(_PENDING), {"working": sorted(WORKING)})
        return [int(number) for number in rows.scalars()]


@contextmanager
def taken(store: Store, number: int) -> Iterator[bool]:
    """
    Take a proposal to work on; the hold dies with the process.

    Parameters
    ----------
    store
        The store, role app.
    number
        Its number.

    Yields
    ------
    bool
        False where somebody else works on it.
    """
    with store.engine.connect() as connection:
        is_ours = bool(connection.execute(text(_TAKE), {"number": number}).scalar_one())
        connection.commit()
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(text(_GIVE_BACK), {"number": number})
                connection.commit()


def current_state(store: Store, number: int) -> str:
    """
    Tell where a proposal stands at this moment, without holding anybody up.

    Parameters
    ----------
    store
        The store, role app.
    number
        Its number.

    Returns
    -------
    str
        The state; empty where it was only begun.
    """
    with store.engine.connect() as connection:
        found = connection.execute(text(_STATE), {"number": number}).scalar_one_or_none()
    return str(found or "")


def write_files(store: Store, number: int, folder: Path) -> list[Path]:
    """
    Write the files of a proposal as they came.

    Parameters
    ----------
    store
        The store, role app.
    number
        Its number.
    folder
        An empty folder.

    Returns
    -------
    list of Path
        The files, in order.
    """
    found: list[Path] = []
    few = {"yield_per": 8}
    with (
        store.engine.connect() as connection,
        connection.execute(text(_FILES), {"number": number}, execution_options=few) as rows,
    ):
        for row in rows:
            path = folder / Path(row.name).name
            if path not in found:
                found.append(path)
            with path.open("ab") as file:
                file.write(row.content)
    return found


def tell_progress(
    store: Store, number: int, stage: str, rows: int, *, is_over: bool = False
) -> None:
    """
    Say how far the work is; seen at once, whatever becomes of the work.

    Parameters
    ----------
    store
        The store, role app.
    number
        Number of the proposal.
    stage
        Name of the stage.
    rows
        Rows that it is about; 0 where that is not known.
    is_over
        Whether nobody works any more.
    """
    values = {"number": number, "stage": stage, "rows": rows, "over": is_over}
    with store.begin() as connection:
        connection.execute(text(_PROGRESS), values)


def note_step(
    store: Store,
    number: int,
    kind: str,
    *,
    allowed: str,
    who: tuple[str, str],
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Note what became of the work, unless somebody stopped it before.

    Parameters
    ----------
    store
        The store, role app.
    number
        Number of the proposal.
    kind
        State that it enters.
    allowed
        State in which the work began.
    who
        Id and name of who asked for the work.
    reason
        Why, where it broke off.
    detail
        What was found.
    """
    with store.begin() as connection:
        if state_of(connection, number) == allowed:
            move(
                connection, number, kind, allowed={allowed}, who=who, reason=reason,
                detail=as_json(detail or {}),
            )  # fmt: skip


def as_json(detail: Mapping[str, Any]) -> str:
    """
    Write what is kept with a step.

    Parameters
    ----------
    detail
        Plain values, dates among them.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(detail, ensure_ascii=False, default=str)
