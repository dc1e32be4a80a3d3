"""A layer as it would be once a delivery were accepted, and what the delivery says of its numbers.

Read in the transaction that holds the difference; nothing of the layer changes.
"""

from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from census.store.change_rows import number_new, tell_changes
from census.store.connection import Store
from census.store.differences import Against
from census.store.layers import stage_rows

_WOULD_BE: Final = """
select {stood} from {table} t
where not exists (select from difference d
                  where d.stood = t.ctid and d.kind in ('update', 'delete'))
union all
select {comes} from difference d
join delivered s on s.at = d.at left join {table} t on t.ctid = d.stood
where d.kind in ('insert', 'update')
"""
_ALL_NEW: Final = """
create temp table difference on commit drop as
select s.at, cast(null as tid) as stood, cast({key_s} as text) as key, 'insert' as kind
from delivered s
"""
_NUMBERS: Final = """
select code, f.field, cast(before ->> f.field as float) as was,
       cast(after ->> f.field as float) as now
from told cross join lateral jsonb_array_elements_text(changed) as f(field)
where kind = 'update' and jsonb_typeof(before -> f.field) = 'number'
  and jsonb_typeof(after -> f.field) = 'number'
order by code, f.field
"""
_PLACES: Final = """
select source_row, cast(st_asgeojson(geom, 7) as jsonb) as place from delivered
where source_row = any(:rows) and geom is not null
"""
_WITHOUT: Final = """
delete from delivered s using difference d
where d.at = s.at and coalesce(d.key, cast({number} as text)) = any(:codes)
"""


def tell_first(
    store: Store, connection: Connection, against: Against, frame: pd.DataFrame | None
) -> None:
    """
    Tell the rows of a delivery into an empty layer one by one, as those of any other.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction in which the layer was found to be empty.
    against
        What the rows were held against.
    frame
        The rows; None where they are staged.
    """
    names = against.names()
    if frame is not None:
        stage_rows(store, connection, against.table.name, frame)
    connection.execute(text(_ALL_NEW.format(**names)))
    if "id" in against.table.c:
        number_new(connection, names)
        # They are put as they are staged where some are left out.
        connection.execute(text("update delivered set id = new_id"))
    tell_changes(connection, against.table, names)


def leave_out_of_first(connection: Connection, against: Against, codes: list[str]) -> int:
    """
    Take rows out of what :func:`tell_first` staged.

    Parameters
    ----------
    connection
        The transaction.
    against
        What the rows were held against.
    codes
        Codes of the rows.

    Returns
    -------
    int
        How many were taken out.
    """
    number = "s.new_id" if "id" in against.table.c else "null"
    question = text(_WITHOUT.format(number=number))
    return connection.execute(question, {"codes": codes}).rowcount


def staged_places(connection: Connection, rows: list[int]) -> dict[int, dict[str, Any]]:
    """
    Say where staged rows are.

    Parameters
    ----------
    connection
        The transaction in which they are staged.
    rows
        Their numbers in the file.

    Returns
    -------
    dict
        Number to a GeoJSON geometry of seven decimals; rows that were not staged have none.
    """
    found = connection.execute(text(_PLACES), {"rows": rows})
    return {row.source_row: row.place for row in found}


def proposed_layer(store: Store, connection: Connection, against: Against) -> Any:
    """
    Read a layer as it would be.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction of the difference.
    against
        What the rows were held against.

    Returns
    -------
    Any
        As of :func:`census.store.layers.read_layer`; rows that come have no number of a delivery.
    """
    columns = [column.name for column in against.table.columns]
    stood = {name: f't."{name}"' for name in columns}
    comes = {name: f's."{name}"' for name in columns}
    if "id" in columns:
        comes["id"] = "coalesce(t.id, s.new_id)"
    if "geom" in columns:
        stood["geom"], comes["geom"] = (f"st_asbinary({side}.geom) as geom" for side in "ts")
    listed = {name: ", ".join(side.values()) for name, side in (("stood", stood), ("comes", comes))}
    question = _WOULD_BE.format(table=against.names()["table"], **listed)
    rows = connection.execute(text(question)).all()
    frame = pd.DataFrame.from_records(rows, columns=columns)
    if "geom" not in columns:
        return frame
    shapes = shapely.from_wkb([None if each is None else bytes(each) for each in frame["geom"]])
    return gpd.GeoDataFrame(
        frame.drop(columns="geom"), geometry=shapes, crs=store.district.srid
    ).rename_geometry("geom")


def proposed_numbers(connection: Connection) -> list[tuple[str, str, float, float]]:
    """
    List the numbers that a delivery would change.

    Parameters
    ----------
    connection
        The transaction of the difference.

    Returns
    -------
    list of tuple
        Code, column, what it is, what it would be; in the unit of the column.
    """
    return [(row.code, row.field, row.was, row.now) for row in connection.execute(text(_NUMBERS))]
