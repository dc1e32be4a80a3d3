"""Append to the audit, and find out whether anything in it was changed.

The database writes each entry with its hash (function ``access.append_audit``, revision 0007, which
says what the hash is taken of); this room recomputes the hashes. Neither rights nor the trigger
hold a superuser, who can switch a trigger off and change a row: the chain then breaks there. Who
rewrites every later entry and the stored head as well is found only by a head that was kept
elsewhere, so keep :attr:`ChainFinding.head_hash` where the database's administrator cannot write.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from census.access_errors import AlreadyDoneError, ForbiddenError
from census.errors import CensusError
from census.store.access_tables import AuditEntry, AuditHead
from census.store.actors import Actor
from census.store.connection import Store
from census.store.rights import EVERYWHERE, rights

log = logging.getLogger(__name__)

Outcome = Literal["done", "refused", "failed"]
FIRST_HASH = "0" * 64
_BATCH_ROWS = 1000
_REQUEST = "request"
_FIELDS = (
    AuditEntry.actor,
    AuditEntry.actor_name,
    AuditEntry.role,
    AuditEntry.address,
    AuditEntry.action,
    AuditEntry.object_kind,
    AuditEntry.object_code,
    AuditEntry.outcome,
)


@dataclass(frozen=True)
class ChainFinding:
    """
    What a look at the whole chain found.

    Attributes
    ----------
    entries
        Entries that are there.
    broken_at
        Id of the first entry that is changed, missing or out of place; None if there is none.
    head_hash
        Hash of the newest entry.
    """

    entries: int
    broken_at: int | None
    head_hash: str


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    *,
    object_kind: str,
    object_code: str = "",
    outcome: Outcome = "done",
    detail: Mapping[str, Any] | None = None,
    role: str | None = None,
) -> int:
    """
    Append an entry in the caller's transaction: it is kept if the work is, and only then.

    Other writers wait for the chain until that transaction ends, so record last.

    Parameters
    ----------
    connection
        A connection of role app.
    actor
        Who acts.
    action
        An action of ``access.toml``.
    object_kind
        What it is done to: account, route, resident...
    object_code
        Which one.
    outcome
        ``done``, ``refused`` or ``failed``.
    detail
        Further facts; never a password, a code, a name or a phone of a person.
    role
        Role by which it was allowed; None for all that the actor has.

    Returns
    -------
    int
        Id of the entry.
    """
    held = ",".join(sorted({grant.role for grant in actor.grants}))
    plain = json.dumps(dict(detail or {}), default=str, ensure_ascii=False)
    texts = [
        actor.id, actor.name, role or held or actor.id.partition(":")[0], actor.address, action,
        object_kind, object_code, outcome,
    ]  # fmt: skip
    call = func.access.append_audit(*texts, cast(literal(plain, Text), JSONB))
    made = connection.execute(select(call))
    return int(made.scalar_one())


def chained_hash(previous_hash: str, texts: list[str]) -> str:
    """
    Recompute the hash of an entry.

    Parameters
    ----------
    previous_hash
        Hash of the entry before.
    texts
        Its fields as texts, in the order that revision 0007 names.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    canonical = previous_hash + "".join(f"\n{len(t.encode())}:{t}" for t in texts)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _is_next(row: Sequence[Any], last_id: int, last_hash: str) -> bool:
    number, at, previous_hash, own_hash, *texts = row
    canonical = chained_hash(last_hash, [str(number), _written(at), *texts])
    return (number, previous_hash, own_hash) == (last_id + 1, last_hash, canonical)


def verify_chain(store: Store, *, known_head: str | None = None) -> ChainFinding:
    """
    Recompute every hash of the audit, from the first entry to the head.

    Parameters
    ----------
    store
        The store, role app.
    known_head
        A head hash that was kept elsewhere; the chain must still contain it.

    Returns
    -------
    ChainFinding
        Where it is broken, if anywhere.
    """
    query = select(
        AuditEntry.id, AuditEntry.at, AuditEntry.previous_hash, AuditEntry.hash,
        *_FIELDS, cast(AuditEntry.detail, Text),
    ).order_by(AuditEntry.id)  # fmt: skip
    count, last_id, last_hash, broken_at = 0, 0, FIRST_HASH, None
    is_head_seen = known_head in (None, FIRST_HASH)
    # Chain and head are read as they stood at one moment.
    with store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        head = connection.execute(select(AuditHead.entry_id, AuditHead.hash)).one_or_none()
        for row in connection.execution_options(yield_per=_BATCH_ROWS).execute(query):
            count += 1
            if broken_at is None and not _is_next(row, last_id, last_hash):
                broken_at = last_id + 1
            last_id, last_hash = row.id, row.hash
            is_head_seen = is_head_seen or last_hash == known_head
    is_whole = head is not None and tuple(head) == (last_id, last_hash) and is_head_seen
    if broken_at is None and not is_whole:
        broken_at = last_id + 1
    return ChainFinding(count, broken_at, last_hash)


@dataclass
class Deed:
    """
    Work of a person under way, in one transaction with its audit entry.

    Attributes
    ----------
    connection
        The transaction; the entry is written at its end.
    object_code
        Which object; to be set where the work makes it.
    detail
        Facts for the entry; the work may add some, never personal ones.
    """

    connection: Connection
    object_code: str
    detail: dict[str, Any]


@contextmanager
def deed(
    store: Store,
    actor: Actor,
    command: str,
    *,
    village_code: str | None = EVERYWHERE,
    object_kind: str,
    object_code: str = "",
    detail: Mapping[str, Any] | None = None,
    request_id: str | None = None,
) -> Iterator[Deed]:
    """
    Do what a command does: the right is asked, then work and audit entry are kept together.

    A refusal or a fault, also one of the database or the program, is recorded in a transaction of
    its own, for that of the work is undone. What was done is known from the audit itself: a request
    that comes again within a day finds its entry, and nothing is done twice.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    command
        Name of the command, a row of ``access.toml``.
    village_code
        Code of the place concerned, empty for the whole district; None where the command itself
        keeps to the actor's scopes.
    object_kind
        What it is done to.
    object_code
        Which one.
    detail
        Facts for the entry, never personal ones.
    request_id
        What the form calls itself; None where no form asks.

    Yields
    ------
    Deed
        The work, with its connection.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it there.
    AlreadyDoneError
        If this request of the actor was done before.
    """
    action = rights().action_of_command(command)
    facts = {"command": command, **(detail or {})}
    if request_id is not None:
        facts[_REQUEST] = request_id
    named = action or command
    try:
        role = require(actor, action, village_code)
        with store.begin() as connection:
            if request_id is not None:
                _refuse_repeated(connection, actor, request_id)
            work = Deed(connection, object_code, facts)
            yield work
            record(
                connection, actor, named, role=role,
                object_kind=object_kind, object_code=work.object_code, detail=work.detail,
            )  # fmt: skip
    except Exception as fault:
        told = {**facts, **_named(fault)}
        outcome: Outcome = "refused" if isinstance(fault, ForbiddenError) else "failed"
        _record_fault(store, actor, _Fault(named, object_kind, object_code, outcome, told))
        raise


def _named(fault: Exception) -> dict[str, str]:
    # The kind alone: the words of a fault quote rows and parameters.
    cause = fault.orig if isinstance(fault, DBAPIError) and fault.orig is not None else fault
    state = getattr(cause, "sqlstate", None)
    return {"fault": type(cause).__name__} | ({"state": state} if state else {})


@dataclass(frozen=True)
class _Fault:
    """What is recorded of a deed that was not done."""

    action: str
    object_kind: str
    object_code: str
    outcome: Outcome
    detail: dict[str, Any]


def _record_fault(store: Store, actor: Actor, fault: _Fault) -> None:
    try:
        with store.begin() as connection:
            record(
                connection, actor, fault.action, object_kind=fault.object_kind,
                object_code=fault.object_code, outcome=fault.outcome, detail=fault.detail,
            )  # fmt: skip
    except (CensusError, SQLAlchemyError, OSError) as second:
        # The database is away: what went wrong first is what the caller has to hear. The words of
        # a fault quote rows, so its kind alone is logged.
        kind = type(second).__name__
        log.error("the audit could not record a fault of %s: %s", fault.action, kind)  # noqa: TRY400


def _refuse_repeated(connection: Connection, actor: Actor, request_id: str) -> None:
    # The second of two clicks waits for the end of the first, and then finds its entry.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(request_id))))
    day_ago = func.clock_timestamp() - timedelta(days=1)
    done = select(AuditEntry.object_code).where(
        AuditEntry.actor == actor.id,
        AuditEntry.outcome == "done",
        AuditEntry.at > day_ago,
        AuditEntry.detail[_REQUEST].astext == request_id,
    )
    found = connection.execute(done.limit(1)).one_or_none()
    if found is not None:
        raise AlreadyDoneError(str(found.object_code))


def require(actor: Actor, action: str | None, village_code: str | None = EVERYWHERE) -> str:
    """
    Refuse an actor who may not.

    Parameters
    ----------
    actor
        Who asks.
    action
        The action; None, which no row names, is refused to everybody.
    village_code
        Code of the place concerned, empty for the whole district; None for anywhere.

    Returns
    -------
    str
        The role that allows it.

    Raises
    ------
    ForbiddenError
        If none does.
    """
    role = actor.role_for(action, village_code)
    if role is None:
        word_zh, word_en = rights().actions.get(action or "", ("执行此操作", "do this"))
        raise ForbiddenError(word_en, word_zh, village_code or "")
    return role
