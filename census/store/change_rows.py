"""Tell a difference object by object: what it was, what it will be, which fields, how far moved."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, text

from census.store.columns import COMPUTED

BOOKKEEPING: Final = ("id", "delivery_id", "source_row", "notes")

# A function takes a hundred arguments.
_MOST_PAIRS: Final = 50

_NUMBERED = """
alter table delivered add column new_id bigint;
update delivered s set new_id = n.id
from (select d.at, (select greatest(coalesce(max(id), 0), {gone}) from {table})
             + row_number() over (order by d.at) as id
      from difference d where d.kind = 'insert') n
where n.at = s.at
"""
# Where the number is all that names an object, that of one that went is never given again.
_HIGHEST_GONE = """coalesce((
    select max(cast(r.code as bigint)) from census.change_row r
    where r.layer = '{layer}' and r.code ~ '^[0-9]{{1,18}}$'), 0)"""
_TOLD = """
create temp table told on commit drop as
select code, kind, before, after,
       case when kind = 'update' then
           to_jsonb(array_remove(array[{changed}], null)) end as changed,
       {way} as moved_m
from (
    select d.kind, {before} as before, {after} as after, {shapes}
           coalesce(d.key, cast({number} as text)) as code
    from difference d
    left join delivered s on s.at = d.at
    left join {table} t on t.ctid = d.stood
    offset 0  -- so that each object is written once, not wherever it is named
) c
"""
_WAY = """case when kind = 'update' and not st_orderingequals(was, now)
    then st_distance(cast(st_centroid(was) as geography), cast(st_centroid(now) as geography)) end
"""


@dataclass(frozen=True)
class Change:
    """
    What a delivery would do to an object, or did.

    Attributes
    ----------
    code
        Its code, or its number where the layer has no codes.
    kind
        insert, update or delete.
    changed
        Fields that say something else; empty but for an update.
    moved_m
        Metres between the centres before and after; None where the shape is the same.
    """

    code: str
    kind: str
    changed: tuple[str, ...] = ()
    moved_m: float | None = None


def number_new(connection: Connection, names: dict[str, str]) -> None:
    """
    Give the rows that come their numbers, after the last that stands or ever stood.

    Parameters
    ----------
    connection
        The transaction of the difference.
    names
        What the questions name: :meth:`census.store.differences.Against.names`.
    """
    layer = names["table"].split(".")[1]
    gone = _HIGHEST_GONE.format(layer=layer) if names["key_t"] == "null" else "0"
    for question in _NUMBERED.format(**names, gone=gone).split(";"):
        connection.execute(text(question))


def tell_changes(connection: Connection, table: Table, names: dict[str, str]) -> None:
    """
    Tell a difference in the temporary table ``told``, one row for each object.

    Parameters
    ----------
    connection
        The transaction of the difference.
    table
        The layer's table.
    names
        What the questions name.
    """
    computed = [each.name for each in table.columns if COMPUTED.items() <= each.info.items()]
    after = _as_json("s", table)
    number = "null"
    if "id" in table.c:
        number = "coalesce(t.id, s.new_id)"
        after += f" || jsonb_build_object('id', {number})"
    has_shape = "geom" in table.c
    parts = {
        "number": number,
        "before": f"case when d.kind <> 'insert' then {_as_json('t', table)} end",
        "after": f"case when d.kind <> 'delete' then {after} end",
        "shapes": "t.geom as was, s.geom as now," if has_shape else "",
        "way": _WAY if has_shape else "cast(null as float)",
    }
    beside = {*BOOKKEEPING, *computed}
    parts["changed"] = ", ".join(
        f"case when after -> '{each}' is distinct from before -> '{each}' then '{each}' end"
        for each in sorted(column.name for column in table.columns)
        if each not in beside
    )
    connection.execute(text(_TOLD.format(**names, **parts)))


def _as_json(alias: str, table: Table) -> str:
    """Write a row as a JSON object, as ``to_jsonb`` of the row does."""
    names = [column.name for column in table.columns]
    values = [
        # Turned for itself: inside of a row each shape would look for the name of its CRS anew.
        f'cast({alias}."{name}" as jsonb)' if name == "geom" else f'{alias}."{name}"'
        for name in names
    ]
    pairs = [f"'{name}', {value}" for name, value in zip(names, values, strict=True)]
    parts = [pairs[at : at + _MOST_PAIRS] for at in range(0, len(pairs), _MOST_PAIRS)]
    return " || ".join(f"jsonb_build_object({', '.join(part)})" for part in parts)


def told_changes(connection: Connection) -> list[Change]:
    """
    Read what was told.

    Parameters
    ----------
    connection
        The transaction of the difference.

    Returns
    -------
    list of Change
        By kind and code; none where the layer was empty before.
    """
    found: Any = connection.execute(
        text("select code, kind, changed, moved_m from told order by kind, code")
    )
    return [Change(code, kind, tuple(changed or ()), m) for code, kind, changed, m in found]
