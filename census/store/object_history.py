"""What became of one object: each change with its time, where it came from, and what was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from census.store.connection import Store

_STEPS = """
select s.applied_at, r.kind, s.origin, s.origin_id, s.reviewed_by, d.file_name,
       r.before, r.after, coalesce(r.changed, '[]') as changed, r.moved_m
from census.change_row r
join census.change_set s on s.id = r.change_set_id
left join census.delivery d on s.origin = 'delivery' and cast(d.id as text) = s.origin_id
where r.layer = :layer and r.code = :code
order by s.applied_at, s.id
"""
_STANDS = """
select to_jsonb(t) - 'geom' as says, d.file_name, d.received_at
from census.{table} t left join census.delivery d on d.id = t.delivery_id
where cast(t.{key} as text) = :code
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
    reviewed_by
        Who accepted it.
    file_name
        The delivered file; None for a report.
    changed
        Field to what it said before and after; the shape is left to ``moved_m``.
    moved_m
        Metres between the centres before and after; None where the shape stayed.
    """

    at: datetime
    kind: str
    origin: str
    origin_id: str
    reviewed_by: str
    file_name: str | None
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
    """

    says: Mapping[str, Any]
    file_name: str | None
    delivered_at: datetime | None


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
                row.applied_at, row.kind, row.origin, row.origin_id, row.reviewed_by,
                row.file_name, _differences(row.before, row.after, row.changed), row.moved_m,
            )
            for row in connection.execute(text(_STEPS), {"layer": table, "code": code})
        ]  # fmt: skip
        question = _STANDS.format(table=declared.name, key=key)
        found = connection.execute(text(question), {"code": code}).one_or_none()
    return steps, None if found is None else Standing(*found)


def _differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, changed: list[str]
) -> dict[str, tuple[Any, Any]]:
    was, now = before or {}, after or {}
    return {name: (was.get(name), now.get(name)) for name in changed if name != "geom"}
