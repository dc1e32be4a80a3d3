"""Read the audit for the auditor: newest entries, all of them as a file, whether none is changed.

Each reading is itself recorded.
"""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Select, Text, cast, func, or_, select

from census.store.access_tables import Account, AuditEntry
from census.store.accounts import login_key_of
from census.store.actors import Actor
from census.store.audit import ChainFinding, deed, verify_chain
from census.store.connection import Store
from census.store.formulas import guard

_BATCH_ROWS = 1000
_COLUMNS = (
    "id", "at", "actor", "actor_name", "role", "address", "action", "object_kind", "object_code",
    "outcome", "detail", "previous_hash", "hash",
)  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """
    Which entries are asked for.

    Attributes
    ----------
    who
        Id of an actor, his login name or staff number, or part of his name; empty for all.
    action
        An action of ``access.toml``; empty for all.
    day
        A day, in the district's own time; None for all.
    """

    who: str = ""
    action: str = ""
    day: date | None = None


def _asked(store: Store, asked: Filter) -> Select[Any]:
    query = select(AuditEntry.__table__)
    if asked.who:
        key = login_key_of(asked.who)
        named = select(cast(Account.id, Text)).where(
            or_(Account.login_key == key, Account.staff_number == key)
        )
        part = AuditEntry.actor_name.icontains(asked.who, autoescape=True)
        query = query.where(or_(AuditEntry.actor == asked.who, part, AuditEntry.actor.in_(named)))
    if asked.action:
        query = query.where(AuditEntry.action == asked.action)
    if asked.day is not None:
        local_day = cast(func.timezone(store.district.timezone, AuditEntry.at), Date)
        query = query.where(local_day == asked.day)
    return query


def entries(
    store: Store,
    actor: Actor,
    *,
    before_id: int | None = None,
    limit: int = 100,
    asked: Filter = Filter(),
) -> list[Mapping[str, Any]]:
    """
    Read the audit, newest first; the reading itself is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    before_id
        Only older entries than this one; None begins with the newest.
    limit
        Most entries returned.
    asked
        Which entries.

    Returns
    -------
    list[Mapping[str, Any]]
        Columns of ``access.audit_entry``, and ``object_name``: the name of the account that was
        acted on.

    Raises
    ------
    ForbiddenError
        If the actor may not; the refusal is recorded.
    """
    is_meant = cast(Account.id, Text) == AuditEntry.object_code
    object_name = select(Account.display_name).where(is_meant).scalar_subquery()
    query = _asked(store, asked).add_columns(object_name.label("object_name"))
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    facts = {"before_id": before_id, "limit": limit, **vars(asked)}
    with deed(store, actor, "entries", object_kind="audit", detail=facts) as work:
        newest = query.order_by(AuditEntry.id.desc()).limit(limit)
        return [dict(row) for row in work.connection.execute(newest).mappings()]


def export_entries(store: Store, actor: Actor, *, asked: Filter, out: Path) -> int:
    """
    Write entries to a file, oldest first, for a spreadsheet; the export itself is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who exports.
    asked
        Which entries.
    out
        The file, CSV in UTF-8 with its mark; times are those of the district.

    Returns
    -------
    int
        Entries written.

    Raises
    ------
    ForbiddenError
        If the actor may not; the refusal is recorded.
    """
    query = _asked(store, asked).order_by(AuditEntry.id)
    zone, count = ZoneInfo(store.district.timezone), 0
    with deed(store, actor, "export_entries", object_kind="audit", detail=vars(asked)) as work:
        # With its mark a spreadsheet reads UTF-8 as UTF-8; without, Chinese turns to noise.
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            rows = work.connection.execution_options(yield_per=_BATCH_ROWS).execute(query)
            for row in rows.mappings():
                writer.writerow([guard(_cell(row[name], zone)) for name in _COLUMNS])
                count += 1
        work.detail |= {"rows": count, "sha256": hashlib.sha256(out.read_bytes()).hexdigest()}
    return count


def _cell(value: Any, zone: ZoneInfo) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.astimezone(zone).isoformat() if hasattr(value, "astimezone") else value


def check_chain(store: Store, actor: Actor, *, known_head: str | None = None) -> ChainFinding:
    """
    Recompute the whole chain for the auditor; that he did is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks.
    known_head
        A head hash that he keeps elsewhere; the chain must still contain it.

    Returns
    -------
    ChainFinding
        Where it is broken, if anywhere, as it was before this entry.

    Raises
    ------
    ForbiddenError
        If the actor may not; the refusal is recorded.
    """
    asked = {"known_head": known_head}
    with deed(store, actor, "check_chain", object_kind="audit", detail=asked) as work:
        found = verify_chain(store, known_head=known_head)
        work.detail |= {"entries": found.entries, "broken_at": found.broken_at}
    return found
