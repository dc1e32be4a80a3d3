"""What stands on codes of divisions that went, carried to the one heir, in one transaction.

Nothing is guessed: where a code has several heirs, or none, and where two rows would be one, the
rows stay as they are and are listed as questions (:mod:`census.store.stated_codes`).
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select, text

from census.store.access_tables import Account
from census.store.actors import Actor, system_actor
from census.store.audit import record
from census.store.connection import Store
from census.store.crosswalks import stored_crosswalk
from census.store.deliveries import bump_generation
from census.store.stated_codes import codes_now, every_village, standing_on_former
from geo.crosswalk import Crosswalk

_COLUMN: Final = {"emergency_plan": "division_code", "village_group": "village_code"}
_PERSONS: Final = {
    "resident": ("village_code", "resident.write"),
    "duty_person": ("division_code", "duty.write"),
}
_COUNTS: Final = (
    "households", "elderly_alone_households", "low_income_households", "weak_house_households",
    "disabled_people",
)  # fmt: skip

_CARRY = """
with carried as (
    update census.{layer} l set {column} = h.now from heir h where l.{column} = h.was
    returning l.code, h.was, h.now
)
insert into census.change_row (change_set_id, layer, code, kind, before, after, changed)
select :set, '{layer}', code, 'update', jsonb_build_object('{column}', was),
       jsonb_build_object('{column}', now), '["{column}"]' from carried
"""
_DUTY_KEY = "concat_ws(' · ', division_code, post, role, task)"
# Villages may have had the same post with the same task: it is one post of the one village.
_TWICE = f"""
with ranked as (
    select l.id, h.was, row_number() over (
        partition by coalesce(h.now, l.division_code), l.post, l.role, l.task
        order by h.was is not null, l.id) as place
    from census.duty l left join heir h on h.was = l.division_code
), twice as (
    delete from census.duty l using ranked r
    where r.id = l.id and r.place > 1 and r.was is not null returning l.*
)
insert into census.change_row (change_set_id, layer, code, kind, before)
select :set, 'duty', {_DUTY_KEY}, 'delete', to_jsonb(twice) from twice
"""  # noqa: S608  (fixed names)
# The division is part of what a duty is known by: it goes under one key and comes under another.
_DUTIES = f"""
with gone as (
    select l.id, {_DUTY_KEY} as code, to_jsonb(l) as before
    from census.duty l join heir h on h.was = l.division_code
), carried as (
    update census.duty l set division_code = h.now from heir h where h.was = l.division_code
    returning l.*
)
insert into census.change_row (change_set_id, layer, code, kind, before, after)
select :set, 'duty', code, 'delete', before, null from gone
union all
select :set, 'duty', {_DUTY_KEY}, 'insert', null, to_jsonb(carried) from carried
"""  # noqa: S608  (fixed names)
_HOUSEHOLDS = "select to_jsonb(l) from census.household l where division_code = any(:codes)"
_PUT_HOUSEHOLD = """
insert into census.household as l
select * from jsonb_populate_record(null::census.household, cast(:row as jsonb))
on conflict (division_code) do update set {counts}
returning to_jsonb(l)
"""
_NOTE_HOUSEHOLD = """
insert into census.change_row (change_set_id, layer, code, kind, before, after, changed)
values (:set, 'household', :code, :kind, cast(:before as jsonb), cast(:after as jsonb),
        cast(:changed as jsonb))
"""
_DROP_HOUSEHOLDS = """
with gone as (delete from census.household l where division_code = any(:codes) returning l.*)
insert into census.change_row (change_set_id, layer, code, kind, before)
select :set, 'household', division_code, 'delete', to_jsonb(gone) from gone
"""
_PERSON = "update personal.{layer} set {column} = :now where {column} = :was"
_SCOPES = """
with gone as (
    delete from access.account_role where scope_code = :was returning *
), put as (
    insert into access.account_role (account_id, role, scope_code, granted_by, granted_at)
    select account_id, role, :now, granted_by, granted_at from gone on conflict do nothing
)
select account_id, role from gone order by account_id, role
"""
# A statement is never changed: where its place lies today is kept beside it.
_REPORTS = """
insert into census.report_place (report_id, village_code, unit_code)
select s.id, coalesce(v.code, h.now), u.code from census.report_state s
left join lateral (
    select min(d.code) as code from census.division d
    where d.level = 'village' and st_intersects(d.geom, s.geom)) v on true
left join lateral (
    select min(d.code) as code from census.division d
    where d.level = 'grid_unit' and st_intersects(d.geom, s.geom)) u on true
left join heir h on h.was = s.village_code
where coalesce(v.code, h.now) is distinct from s.village_code
  and (coalesce(v.code, h.now) is not null
       or exists (select from census.division where level = 'village' and geom is not null))
on conflict (report_id) do update set village_code = excluded.village_code,
    unit_code = excluded.unit_code
"""
_HEIRS = """
create temp table if not exists heir (was text primary key, now text not null) on commit drop
"""


def carry_rows(store: Store, connection: Connection, change_set: int, *, by: str) -> None:
    """
    Carry what stands on codes out of force to their heirs, where each has one.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction, its divisions or its crosswalk already changed.
    change_set
        The change set that notes it.
    by
        Who accepted the delivery: an account, or the program's own user.
    """
    walk = stored_crosswalk(connection)
    pairs: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for each in standing_on_former(connection, walk, codes_now(connection)):
        if len(each.heirs) == 1:
            pairs[each.layer][each.code] = each.heirs[0]
    _carry_layers(connection, pairs, change_set)
    if pairs["household"]:
        _carry_households(connection, pairs["household"], walk, change_set)
    # Where reports lie today tells their place, and the crosswalk where there are no outlines.
    _told_heirs(connection, pairs["report_state"])
    if connection.execute(text(_REPORTS)).rowcount:
        bump_generation(store, "report", connection=connection)
    for layer in filter(pairs.get, (*_COLUMN, "duty", "household")):
        bump_generation(store, layer, connection=connection)
    # The audit keeps its writers in line until the transaction ends: it comes last.
    who = _actor(connection, by)
    for layer in _PERSONS:
        _carry_persons(connection, layer, pairs[layer], who)
    _carry_scopes(connection, pairs["account_role"], who)


def _carry_layers(
    connection: Connection, pairs: Mapping[str, Mapping[str, str]], change_set: int
) -> None:
    questions = {
        layer: [_CARRY.format(layer=layer, column=column)] for layer, column in _COLUMN.items()
    } | {"duty": [_TWICE, _DUTIES]}
    for layer, asked in questions.items():
        if _told_heirs(connection, pairs[layer]):
            for question in asked:
                connection.execute(text(question), {"set": change_set})


def _told_heirs(connection: Connection, pairs: Mapping[str, str]) -> bool:
    """Put pairs of former code and heir into table ``heir``; whether there are any."""
    connection.execute(text(_HEIRS))
    connection.execute(text("truncate heir"))
    if pairs:
        rows = [{"was": was, "now": now} for was, now in pairs.items()]
        connection.execute(text("insert into heir values (:was, :now)"), rows)
    return bool(pairs)


def _carry_households(
    connection: Connection, pairs: Mapping[str, str], walk: Crosswalk, change_set: int
) -> None:
    """Add up the households of villages that became one, as their people are."""
    itself = {link.to_code for link in walk.links if link.from_code == link.to_code}
    taken: defaultdict[str, list[str]] = defaultdict(list)
    for was, now in pairs.items():
        taken[now].append(was)
    for heir, codes in taken.items():
        asked = text(_HOUSEHOLDS), {"codes": [heir, *codes]}
        rows = list(connection.execute(*asked).scalars())
        before = next((row for row in rows if row["division_code"] == heir), None)
        # A village that has its own figures and was not merged with itself may hold them already.
        if before is not None and heir not in itself:
            continue
        after = _put_households(connection, heir, rows)
        changed = None if before is None else [n for n in _COUNTS if before[n] != after[n]]
        note = {
            "set": change_set, "code": heir, "kind": "insert" if before is None else "update",
            "before": _json(before), "after": _json(after), "changed": _json(changed),
        }  # fmt: skip
        connection.execute(text(_NOTE_HOUSEHOLD), note)
        connection.execute(text(_DROP_HOUSEHOLDS), {"codes": codes, "set": change_set})


def _put_households(
    connection: Connection, heir: str, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    total = {
        name: None if any(row[name] is None for row in rows) else sum(row[name] for row in rows)
        for name in _COUNTS
    }
    row = {**rows[0], **total, "division_code": heir}
    counts = ", ".join(f"{name} = excluded.{name}" for name in _COUNTS)
    put = text(_PUT_HOUSEHOLD.format(counts=counts))
    after: dict[str, Any] = connection.execute(put, {"row": json.dumps(row)}).scalar_one()
    return after


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _carry_persons(
    connection: Connection, layer: str, pairs: Mapping[str, str], who: Actor
) -> None:
    column, action = _PERSONS[layer]
    question = text(_PERSON.format(layer=layer, column=column))
    for was, now in pairs.items():
        with every_village(connection):
            rows = connection.execute(question, {"was": was, "now": now}).rowcount
        record(
            connection, who, action, object_kind=layer, object_code=now, role="system",
            detail={"carried_from": was, "rows": rows},
        )  # fmt: skip


def _carry_scopes(connection: Connection, pairs: Mapping[str, str], who: Actor) -> None:
    for was, now in pairs.items():
        held = connection.execute(text(_SCOPES), {"was": was, "now": now}).all()
        for account_id, role in held:
            record(
                connection, who, "account.manage", object_kind="account",
                object_code=str(account_id), role="system",
                detail={"role": role, "carried_from": was, "scope_code": now},
            )  # fmt: skip


def _actor(connection: Connection, by: str) -> Actor:
    """Name who accepted the delivery, as the audit does."""
    try:
        number = UUID(by)
    except ValueError:
        return system_actor()
    query = select(Account.display_name).where(Account.id == number)
    return Actor(by, str(connection.execute(query).scalar() or ""))
