"""Apply the difference that was found, and keep what was there before: the history of a layer."""

from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, func, insert, select, text

from census.store.cell_tiles import CROWDED
from census.store.connection import Store
from census.store.differences import Against, Difference
from census.store.former_divisions import (
    Inheritance,
    carry_people,
    inheritance,
    retire_divisions,
)
from census.store.layers import write_layer
from census.store.village_assignment import reassign_villages

DELIVERY: Final = "delivery"

_NOTE = """
insert into census.change_row (change_set_id, layer, code, kind, before, after, changed, moved_m)
select :set, :layer, code, kind, before, after, changed, moved_m from told
"""
_RETIRE = "delete from {table} t using difference d where d.kind = 'delete' and t.ctid = d.stood"
_CHANGE = """
update {table} t set {settings} from difference d join delivered s on s.at = d.at
where d.kind = 'update' and t.ctid = d.stood
"""
_ADD = """
insert into {table} ({columns}) select {values} from difference d join delivered s on s.at = d.at
where d.kind = 'insert' order by d.at
"""
_PEOPLE = """
with gone as (
    delete from census.people p
    where not exists (select 1 from census.division d where d.code = p.division_code) returning p.*
)
insert into census.change_row (change_set_id, layer, code, kind, before)
select :set, 'people', division_code, 'delete', to_jsonb(gone) from gone
"""

# What cells of tiles count of a layer, besides how many stand where.
_COUNTED: Final = {
    "building": ("footprint_m2",),
    "enterprise": ("colour",),
    "hazard_site": ("people_threatened",),
}
# Cells that count something else now; where that is most of them, all are counted anew.
_TOUCHED = """
create temp table touched on commit drop as
select distinct census.cell_x(place) as cx, census.cell_y(place) as cy
from (
    select unnest(array[st_centroid(t.geom), st_centroid(s.geom)]) as place
    from difference d
    left join {table} t on t.ctid = d.stood
    left join delivered s on s.at = d.at
    where row(cast(t.geom as bytea), {counted_t}) is distinct from
          row(cast(s.geom as bytea), {counted_s})
) placed where place is not null
"""
_FEW = """
select (select count(*) from touched)
    < :share * (select count(*) from census.tile_cell where layer = :layer and z = 13)
"""
_FEW_SHARE: Final = 0.3


def apply_difference(
    store: Store,
    connection: Connection,
    against: Against,
    difference: Difference,
    frame: pd.DataFrame | None,
    *,
    delivery_id: int,
    proposed_by: str,
    reviewed_by: str,
) -> int:
    """
    Change a layer by the difference found in the same transaction, and note what was before.

    A row that is gone leaves the layer and stands in the history; a first delivery, which finds an
    empty layer, is noted without its rows.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction of :func:`census.store.differences.find_difference`.
    against
        What it was found against.
    difference
        What was found.
    frame
        The rows of the delivery, for an empty layer; None where they are staged for it as well.
    delivery_id
        Number of the delivery.
    proposed_by, reviewed_by
        Who delivered it and who accepted it.

    Returns
    -------
    int
        Number of the change set.
    """
    columns = [column.name for column in against.table.columns]
    names = against.names() | _put(columns)
    put = insert(store.tables.change_set).values(
        origin=DELIVERY, origin_id=str(delivery_id), layer=difference.layer,
        counts=difference.counts(), proposed_by=proposed_by, reviewed_by=reviewed_by,
    )  # fmt: skip
    number = int(connection.execute(put.returning(store.tables.change_set.c.id)).scalar_one())

    def ask(question: str, **values: object) -> Any:
        return connection.execute(text(question.format(**names)), values)

    if not difference.stood and frame is not None:
        write_layer(
            store, difference.layer, frame, delivery_id=delivery_id, replace=False,
            connection=connection,
        )  # fmt: skip
        return number
    if not difference.stood:
        _fill(connection, names["table"], columns, delivery_id)
        _renew(connection, difference.layer)
        return number
    ask(_NOTE, set=number, layer=difference.layer)
    has_cells = difference.layer in CROWDED.values()
    if has_cells:
        names |= _counted(difference.layer)
        ask(_TOUCHED)
    inherited = Inheritance()
    if difference.layer == "division":
        inherited = inheritance(connection)
        retire_divisions(connection)
    ask(_RETIRE)
    for question in (_CHANGE, _ADD):
        ask(question, delivery=delivery_id)
    if difference.layer == "division":
        carry_people(connection, number, inherited)
        ask(_PEOPLE, set=number)
        reassign_villages(store, connection, number)
    is_few = has_cells and ask(_FEW, share=_FEW_SHARE, layer=difference.layer).scalar_one()
    _renew(connection, difference.layer, is_few=is_few)
    return number


def _counted(layer: str) -> dict[str, str]:
    """Name what the cells count of the row that stands and of the one that comes."""
    return {
        f"counted_{alias}": ", ".join(f'{alias}."{name}"' for name in _COUNTED[layer])
        for alias in "ts"
    }


def _put(columns: list[str]) -> dict[str, str]:
    """Say from where each column of a staged row is put."""
    sources = {name: f's."{name}"' for name in columns}
    sources |= {"id": "s.new_id"} if "id" in columns else {}
    sources["delivery_id"] = ":delivery"
    return {
        "settings": ", ".join(f'"{name}" = {sources[name]}' for name in columns if name != "id"),
        "columns": ", ".join(f'"{name}"' for name in columns),
        "values": ", ".join(sources.values()),
    }


def _fill(connection: Connection, table: str, columns: list[str], delivery_id: int) -> None:
    """Let all staged rows into an empty layer."""
    listed = ", ".join(f'"{name}"' for name in columns)
    sources = listed.replace('"delivery_id"', ":delivery")
    question = f"insert into {table} ({listed}) select {sources} from delivered order by at"  # noqa: S608  (fixed names)
    connection.execute(text(question), {"delivery": delivery_id})


def _renew(connection: Connection, layer: str, *, is_few: bool = False) -> None:
    connection.execute(select(func.census.analyze_layer(layer)))
    if layer in CROWDED.values():
        counted = func.census.renew_cells if is_few else func.census.rebuild_cells
        connection.execute(select(counted(layer)))
