"""Divisions that go out of force: kept with their last outline, their people carried to heirs."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, text

from census.store.crosswalks import stored_crosswalk

_RETIRE = """
insert into census.former_division as f (code, level, name, parent_code, town_code, kind,
    valid_from, valid_to, origin, people, area_m2, geom, delivery_id, source_row)
select t.code, t.level, t.name, t.parent_code, t.town_code, t.kind, t.valid_from,
       greatest(t.valid_from, cast(now() at time zone
           (select timezone from census.district) as date) - 1),
       'retired', p.people, t.area_m2, t.geom, t.delivery_id, t.source_row
from difference d join census.division t on t.ctid = d.stood
left join census.people p on p.division_code = t.code
where d.kind = 'delete'
on conflict (code) do update set people = excluded.people, area_m2 = excluded.area_m2,
    geom = excluded.geom, valid_from = coalesce(f.valid_from, excluded.valid_from),
    valid_to = coalesce(f.valid_to, excluded.valid_to)
"""
_LAST_DAY = """
update census.former_division set valid_to = greatest(valid_from, cast(:day as date))
where code = :code and origin = 'retired'
"""
_GONE = "select key from difference where kind = 'delete' order by key"
_BACK = """
delete from census.former_division f using difference d where d.kind = 'insert' and f.code = d.key
"""
_KEEP = """
insert into census.former_division as f (code, level, name, parent_code, town_code, kind,
    valid_from, valid_to, origin, delivery_id, source_row)
values (:code, :level, :name, :parent_code, :town_code, :kind, :valid_from, :valid_to, 'marked',
        :delivery_id, :source_row)
on conflict (code) do update set name = excluded.name,
    valid_from = coalesce(excluded.valid_from, f.valid_from),
    valid_to = coalesce(excluded.valid_to, f.valid_to)
"""
# Of the codes that will be in force: what stands and stays, and what comes.
_IN_FORCE = """
select t.code from census.division t
where not exists (select from difference d where d.kind = 'delete' and d.key = t.code)
union select key from difference where kind = 'insert'
"""
_COUNTS: Final = ("people", "children_people", "elderly_people", "households")
_PEOPLE = """
select division_code, people, children_people, elderly_people, households, basis, delivery_id,
       source_row from census.people where division_code = any(:codes) order by division_code
"""
_PUT = """
insert into census.people as p (division_code, people, children_people, elderly_people, households,
    basis, delivery_id, source_row, notes)
values (:code, :people, :children_people, :elderly_people, :households, :basis, :delivery_id,
        :source_row, '[]')
on conflict (division_code) do update set people = excluded.people,
    children_people = excluded.children_people, elderly_people = excluded.elderly_people,
    households = excluded.households, basis = excluded.basis
returning to_jsonb(p)
"""
_NOTE = """
insert into census.change_row (change_set_id, layer, code, kind, before, after, changed)
values (:set, 'people', :code, :kind, cast(:before as jsonb), cast(:after as jsonb),
        cast(:changed as jsonb))
"""


@dataclass(frozen=True)
class Inheritance:
    """
    What becomes of the people who stand on codes that go.

    Attributes
    ----------
    heirs
        Code of today to the former codes whose people it takes.
    left
        Former codes whose people nobody takes: they go into the history.
    """

    heirs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def codes_in_force(connection: Connection) -> frozenset[str]:
    """
    List the codes that will be in force once a difference of divisions is applied.

    Parameters
    ----------
    connection
        The transaction of the difference.

    Returns
    -------
    frozenset of str
        The codes.
    """
    return frozenset(connection.execute(text(_IN_FORCE)).scalars())


def inheritance(connection: Connection) -> Inheritance:
    """
    Find who takes the people of divisions that a difference lets go.

    Parameters
    ----------
    connection
        The transaction of the difference.

    Returns
    -------
    Inheritance
        A division with one heir leaves its people to it, unless the heir has people of its own and
        no link says that it was merged with itself.
    """
    gone = list(connection.execute(text(_GONE)).scalars())
    if not gone:
        return Inheritance()
    counted = [row.division_code for row in connection.execute(text(_PEOPLE), {"codes": gone})]
    if not counted:
        return Inheritance()
    walk, in_force = stored_crosswalk(connection), codes_in_force(connection)
    taken: defaultdict[str, list[str]] = defaultdict(list)
    for code in counted:
        heirs = walk.fate(code, in_force).heirs
        if len(heirs) == 1:
            taken[heirs[0]].append(code)
    have = connection.execute(text(_PEOPLE), {"codes": list(taken)})
    for row in have:
        own = row.division_code
        if not any(link.from_code == own for link in walk.links if link.to_code == own):
            del taken[own]
    kept = {code for codes in taken.values() for code in codes}
    return Inheritance(
        {heir: tuple(codes) for heir, codes in taken.items()},
        tuple(code for code in counted if code not in kept),
    )


def retire_divisions(connection: Connection) -> None:
    """
    Keep the divisions that a difference lets go, with their last day, outline and people.

    Parameters
    ----------
    connection
        The transaction of the difference, before it is applied.
    """
    connection.execute(text(_RETIRE))
    walk = stored_crosswalk(connection)
    days = [
        {"code": code, "day": min(link.changed_on for link in links) - timedelta(days=1)}
        for code in connection.execute(text(_GONE)).scalars()
        if (links := walk.links_of(code))
    ]
    if days:
        connection.execute(text(_LAST_DAY), days)
    connection.execute(text(_BACK))


def carry_people(connection: Connection, change_set: int, inherited: Inheritance) -> None:
    """
    Give heirs the people of the divisions that went; their former rows still stand.

    Parameters
    ----------
    connection
        The transaction, the difference applied.
    change_set
        The change set that notes it.
    inherited
        What :func:`inheritance` found before.
    """
    for heir, codes in inherited.heirs.items():
        found = connection.execute(text(_PEOPLE), {"codes": [heir, *codes]}).mappings()
        rows = [dict(row) for row in found]
        before = next((row for row in rows if row["division_code"] == heir), None)
        after = connection.execute(text(_PUT), {"code": heir, **_sum(rows)}).scalar_one()
        changed = (
            None if before is None else [name for name in _COUNTS if before[name] != after[name]]
        )
        connection.execute(
            text(_NOTE),
            {
                "set": change_set, "code": heir, "kind": "insert" if before is None else "update",
                "before": None if before is None else json.dumps(before),
                "after": json.dumps(after),
                "changed": None if changed is None else json.dumps(changed),
            },
        )  # fmt: skip


def _sum(rows: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {
        name: None if any(row[name] is None for row in rows) else sum(row[name] for row in rows)
        for name in _COUNTS
    }
    counted = all(row["basis"] == "counted" for row in rows)
    return total | {
        "basis": "counted" if counted else "derived",
        "delivery_id": rows[0]["delivery_id"], "source_row": rows[0]["source_row"],
    }  # fmt: skip


def keep_withdrawn(connection: Connection, former: pd.DataFrame, delivery_id: int) -> None:
    """
    Keep the divisions that a list calls withdrawn.

    Parameters
    ----------
    connection
        The transaction of the delivery.
    former
        Rows with code, level, name, parent_code, town_code, kind, valid_from, valid_to, source_row.
    delivery_id
        Number of the delivery.
    """
    rows = former.drop(columns="notes", errors="ignore").astype(object)
    rows = rows.where(rows.notna(), None).assign(delivery_id=delivery_id)
    connection.execute(text(_KEEP), _records(rows))


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    found: Any = rows.to_dict("records")
    return list(found)
