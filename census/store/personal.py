"""Read and write what is personal: each transaction names its scope, each reading is recorded.

The scope is set with SET LOCAL, so it ends with the transaction and no pooled connection carries it
to the next reader; row-level security refuses where it is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, text, update

from census.errors import UnknownDivisionError
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.days import district_today
from census.store.layers import read_layer
from census.store.rights import (
    EVERYWHERE,
    TOWN_CODE_DIGITS,
    TOWN_PREFIX_DIGITS,
    prefix_of,
    rights,
)

WHOLE_DISTRICT = "*"
EXPORT_TEXTS = "export.texts"


def set_scope(connection: Connection, actor: Actor, action: str) -> None:
    """
    Open personal rows of the actor's scopes for the rest of the transaction.

    Parameters
    ----------
    connection
        A connection in a transaction.
    actor
        Who acts.
    action
        The action that is allowed to him there.
    """
    scopes = actor.scopes_of(action)
    is_whole = EVERYWHERE in scopes
    named = WHOLE_DISTRICT if is_whole else ",".join(prefix_of(scope) for scope in scopes)
    # The third argument makes it SET LOCAL.
    connection.execute(text("select set_config('app.scope', :scope, true)"), {"scope": named})


def residents(store: Store, actor: Actor, *, village_code: str) -> list[Mapping[str, Any]]:
    """
    Read the residents of a village who need help to leave; the reading is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    village_code
        The village.

    Returns
    -------
    list[Mapping[str, Any]]
        Columns of ``personal.resident``.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it for that village; the refusal is recorded.
    """
    table = store.tables.personal.resident
    query = select(table).where(table.c.village_code == village_code).order_by(table.c.id)
    with deed(
        store, actor, "residents", village_code=village_code, object_kind="resident",
        object_code=village_code,
    ) as work:  # fmt: skip
        set_scope(work.connection, actor, rights().commands["residents"])
        rows: list[Mapping[str, Any]] = [
            dict(row) for row in work.connection.execute(query).mappings()
        ]
        work.detail["rows"] = len(rows)
    return rows


@contextmanager
def enter_residents(store: Store, actor: Actor, *, villages: Sequence[str]) -> Iterator[Connection]:
    """
    Open the work of entering the residents of villages who need help; it is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who enters them.
    villages
        Codes of the villages.

    Yields
    ------
    Connection
        A connection in a transaction that sees the rows of the actor's scopes alone.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it for all of these villages; the refusal is recorded.
    """
    with deed(
        store, actor, "enter_residents", village_code=_common(villages), object_kind="resident",
        detail={"villages": len(villages)},
    ) as work:  # fmt: skip
        set_scope(work.connection, actor, rights().commands["enter_residents"])
        yield work.connection


def _common(villages: Sequence[str]) -> str:
    """Name the smallest place that holds all of these villages: village, town or district."""
    if len(villages) == 1:
        return villages[0]
    towns = {code[:TOWN_PREFIX_DIGITS] for code in villages}
    filled = [town.ljust(TOWN_CODE_DIGITS, "0") for town in towns]
    return filled[0] if len(filled) == 1 else EVERYWHERE


def put_residents(store: Store, connection: Connection, rows: Sequence[Mapping[Any, Any]]) -> None:
    """
    Put residents in the place of all that were entered for their villages.

    Parameters
    ----------
    store
        The store, role app.
    connection
        What :func:`enter_residents` opened.
    rows
        Columns of ``personal.resident``; others are left out.
    """
    table = store.tables.personal.resident
    villages = {row["village_code"] for row in rows}
    connection.execute(delete(table).where(table.c.village_code.in_(villages)))
    names = [each.name for each in table.columns if each.name != "id"]
    connection.execute(insert(table), [{name: row.get(name) for name in names} for row in rows])


def export_residents(store: Store, actor: Actor) -> list[Mapping[str, Any]]:
    """
    Read the residents of all villages within reach, to be taken out; it is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who takes them out.

    Returns
    -------
    list[Mapping[str, Any]]
        Columns of ``personal.resident`` without its id, by village.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it; the refusal is recorded.
    """
    table = store.tables.personal.resident
    columns = [each for each in table.columns if each.name != "id"]
    query = select(*columns).order_by(table.c.village_code, table.c.id)
    with deed(store, actor, "export_residents", village_code=None, object_kind="resident") as work:
        set_scope(work.connection, actor, rights().commands["export_residents"])
        rows: list[Mapping[str, Any]] = [
            dict(row) for row in work.connection.execute(query).mappings()
        ]
        work.detail["rows"] = len(rows)
    return rows


def export_texts(store: Store, actor: Actor, *, table_name: str) -> Any:
    """
    Read a layer with the texts that people type freely, to be taken out; it is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who takes them out; a text may name anybody, so only who may for the whole district.
    table_name
        A table of schema ``census``, such as ``shelter``.

    Returns
    -------
    Any
        What :func:`census.store.layers.read_layer` gives.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it; the refusal is recorded.
    """
    with deed(store, actor, "export_texts", object_kind=table_name) as work:
        frame = read_layer(store, table_name)
        work.detail["rows"] = len(frame)
    return frame


def duty_people(
    store: Store, actor: Actor, *, division_code: str, day: date | None = None
) -> list[Mapping[str, Any]]:
    """
    Read who holds or held the posts of a division; the reading is recorded.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    division_code
        The village or town.
    day
        The day asked for; None for today in the district.

    Returns
    -------
    list[Mapping[str, Any]]
        Columns of ``personal.duty_person``, by post.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it for that division; the refusal is recorded.
    """
    table = store.tables.personal.duty_person
    asked = district_today() if day is None else day
    query = select(table).where(
        table.c.division_code == division_code,
        table.c.valid_from <= asked,
        or_(table.c.valid_to.is_(None), table.c.valid_to >= asked),
    )
    with deed(
        store, actor, "duty_people", village_code=division_code, object_kind="duty_person",
        object_code=division_code, detail={"day": day},
    ) as work:  # fmt: skip
        set_scope(work.connection, actor, rights().commands["duty_people"])
        found = work.connection.execute(query.order_by(table.c.post, table.c.id)).mappings()
        rows: list[Mapping[str, Any]] = [dict(row) for row in found]
        work.detail["rows"] = len(rows)
    return rows


def assign_duty(
    store: Store,
    actor: Actor,
    *,
    division_code: str,
    post: str,
    name: str,
    phone: str | None,
    valid_from: date,
) -> int:
    """
    Enter who holds a post from a day on; the one before held it until the day before.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    division_code
        The village or town.
    post
        The post, as the list of duties names it.
    name
        Name of the person.
    phone
        Telephone; None where there is none.
    valid_from
        First day.

    Returns
    -------
    int
        Id of the row.

    Raises
    ------
    ForbiddenError
        If no role of the actor allows it for that division; the refusal is recorded.
    UnknownDivisionError
        If the list of duties has no such post there.
    """
    duty, table = store.tables.duty, store.tables.personal.duty_person
    held = duty.c.division_code == division_code, duty.c.post == post
    asked = {"post": post, "valid_from": valid_from}
    with deed(
        store, actor, "assign_duty", village_code=division_code, object_kind="duty_person",
        object_code=division_code, detail=asked,
    ) as work:  # fmt: skip
        set_scope(work.connection, actor, rights().commands["assign_duty"])
        duty_id = work.connection.execute(
            select(duty.c.id).where(*held).order_by(duty.c.sequence).limit(1)
        ).scalar()
        if duty_id is None:
            raise UnknownDivisionError(division_code, store.place)
        before = update(table).where(
            table.c.division_code == division_code,
            table.c.post == post,
            table.c.valid_to.is_(None),
        )
        work.connection.execute(before.values(valid_to=valid_from - timedelta(days=1)))
        row = {
            "duty_id": duty_id, "division_code": division_code, "post": post, "name": name,
            "phone": phone, "valid_from": valid_from,
        }  # fmt: skip
        made = work.connection.execute(insert(table).values(row).returning(table.c.id))
        work.detail["row"] = int(made.scalar_one())
    return int(work.detail["row"])
