"""List and draw the stored objects of a layer, some at a time: what a page of a layer asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, text

from census.store.connection import Store
from census.store.privacy import personal_of

PLACE_COLUMNS: Final = ("village_code", "division_code")
BOOKKEEPING: Final = ("delivery_id", "source_row", "notes")

_OF_TOWN: Final = "(select code from census.division where code = :town or town_code = :town)"
_TOWN_SHAPE: Final = "(select geom from census.division where code = :town)"
_OUTLINES = """
select code, name, town_code, st_assvg(st_simplifypreservetopology(shape, :step), 0, 0) as path,
       st_xmin(shape) as west, -st_ymax(shape) as north,
       st_xmax(shape) as east, -st_ymin(shape) as south
from (select code, name, town_code, st_transform(geom, 3857) as shape
      from census.division where level = 'village' and geom is not null) v
order by code
"""


@dataclass(frozen=True)
class Asked:
    """
    Which objects of a layer are asked for.

    Attributes
    ----------
    words
        Part of a code or name; empty for any.
    town_code
        Town in which they lie; empty for the whole district.
    codes
        Column to the code that it must hold.
    """

    words: str = ""
    town_code: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """
    An object as it is drawn.

    Attributes
    ----------
    code
        Its code, or its number in a layer without codes.
    name
        Its name; empty where it has none.
    path
        Its line or area as the path of a drawing; None for a point.
    x, y
        A point on it, metres of Web Mercator, y downwards.
    colour
        What stands in the column that was asked for; None where none was.
    """

    code: str
    name: str
    path: str | None
    x: float
    y: float
    colour: str | None


@dataclass(frozen=True)
class Outline:
    """
    A village as it is drawn below the objects.

    Attributes
    ----------
    code, name, town_code
        The village.
    path
        Its border as the path of a drawing.
    box
        West, north, east, south, metres of Web Mercator, y downwards.
    """

    code: str
    name: str
    town_code: str
    path: str
    box: tuple[float, float, float, float]


def _declared(store: Store, table_name: str) -> Table:
    return store.tables.metadata.tables[f"census.{table_name}"]


def key_of(store: Store, table_name: str) -> str:
    """
    Name the column by which an object of a table is found.

    Parameters
    ----------
    store
        The store.
    table_name
        A delivered table of schema ``census``.

    Returns
    -------
    str
        The first column of its primary key.
    """
    return next(iter(_declared(store, table_name).primary_key)).name


def shown_columns(store: Store, table_name: str) -> dict[str, str]:
    """
    Name the columns of a table that a page may show.

    Parameters
    ----------
    store
        The store.
    table_name
        A delivered table of schema ``census``.

    Returns
    -------
    dict
        Column to what the table says of it, in Chinese, in their order; without the shape, what
        people type freely, and how the row came in.
    """
    table = _declared(store, table_name)
    hidden = {each.name for each in personal_of(table)} | {"geom", *BOOKKEEPING}
    return {each.name: each.comment or "" for each in table.columns if each.name not in hidden}


def has_places(store: Store, table_name: str) -> bool:
    """
    Tell whether the objects of a table can be asked for by town.

    Parameters
    ----------
    store
        The store.
    table_name
        A delivered table of schema ``census``.

    Returns
    -------
    bool
        False for tables that neither name a division nor have shapes.
    """
    columns = _declared(store, table_name).c
    return any(name in columns for name in (*PLACE_COLUMNS, "town_code", "geom"))


def _where(table: Table, asked: Asked) -> tuple[str, dict[str, str]]:
    """Say the conditions; every name in them is that of a declared column."""
    said, values = ["true"], {}
    for number, (name, code) in enumerate(asked.codes.items()):
        said.append(f"cast(t.{table.c[name].name} as text) = :code_{number}")
        values[f"code_{number}"] = code
    if asked.words:
        searched = [n for n in ("name", *(k.name for k in table.primary_key)) if n in table.c]
        any_of = " or ".join(f"strpos(lower(cast(t.{n} as text)), :words) > 0" for n in searched)
        said.append(f"({any_of})")
        values["words"] = asked.words.lower()
    if asked.town_code:
        said.append(_in_town(table))
        values["town"] = asked.town_code
    return " and ".join(said), values


def _in_town(table: Table) -> str:
    if "town_code" in table.c:
        return "t.town_code = :town"
    named = next((name for name in PLACE_COLUMNS if name in table.c), None)
    if named is not None:
        return f"t.{named} in {_OF_TOWN}"
    return f"st_intersects(t.geom, {_TOWN_SHAPE})"


def count_objects(store: Store, table_name: str, asked: Asked) -> int:
    """
    Count the objects that are asked for.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A delivered table of schema ``census``.
    asked
        Which.

    Returns
    -------
    int
        How many.
    """
    table = _declared(store, table_name)
    where, values = _where(table, asked)
    question = f"select count(*) from census.{table.name} t where {where}"  # noqa: S608  (declared names)
    with store.engine.connect() as connection:
        return int(connection.execute(text(question), values).scalar_one())


def list_objects(
    store: Store, table_name: str, asked: Asked, *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """
    List the objects that are asked for, by their key.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A delivered table of schema ``census``.
    asked
        Which.
    limit
        At most so many.
    offset
        So many are left out first.

    Returns
    -------
    list of dict
        :func:`shown_columns` of each, and ``place_name``, the division it names; None where it
        names none.
    """
    table = _declared(store, table_name)
    where, values = _where(table, asked)
    columns = ", ".join(f't."{name}"' for name in shown_columns(store, table_name))
    named = next((f"t.{name}" for name in PLACE_COLUMNS if name in table.c), "null")
    question = f"""
        select {columns},
               (select name from census.division where code = {named}) as place_name
        from census.{table.name} t where {where}
        order by t.{key_of(store, table_name)} limit :most offset :first
    """  # noqa: S608  (declared names)
    asked_for = {**values, "most": limit, "first": offset}
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(question), asked_for).mappings()]


def draw_objects(
    store: Store, table_name: str, asked: Asked, *, most: int, colour: str | None = None
) -> list[Mark]:
    """
    Draw the objects that are asked for.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A delivered table of schema ``census`` with shapes.
    asked
        Which.
    most
        At most so many.
    colour
        Column that tells their colour; None for none.

    Returns
    -------
    list of Mark
        By their key.
    """
    table = _declared(store, table_name)
    where, values = _where(table, asked)
    key = key_of(store, table_name)
    name = "t.name" if "name" in table.c else "''"
    told = f"t.{table.c[colour].name}" if colour else "cast(null as text)"
    question = f"""
        select code, name, colour, st_x(st_pointonsurface(shape)) as x,
               -st_y(st_pointonsurface(shape)) as y,
               case when st_dimension(shape) > 0
                    then st_assvg(st_simplifypreservetopology(shape, 5), 0, 0) end as path
        from (select cast(t.{key} as text) as code, coalesce({name}, '') as name,
                     {told} as colour, st_transform(t.geom, 3857) as shape
              from census.{table.name} t where t.geom is not null and {where}
              order by t.{key} limit :most) o
    """  # noqa: S608  (declared names)
    with store.engine.connect() as connection:
        found = connection.execute(text(question), {**values, "most": most})
        return [Mark(row.code, row.name, row.path, row.x, row.y, row.colour) for row in found]


def count_by_division(store: Store, table_name: str, asked: Asked) -> dict[str, int]:
    """
    Count the objects that are asked for by the division that they name.

    Parameters
    ----------
    store
        The store, role app.
    table_name
        A delivered table of schema ``census``.
    asked
        Which.

    Returns
    -------
    dict
        Code to number; empty for a table that names no division.
    """
    table = _declared(store, table_name)
    named = next((name for name in PLACE_COLUMNS if name in table.c), None)
    if named is None:
        return {}
    where, values = _where(table, asked)
    question = f"""
        select t.{named} as code, count(*) as number from census.{table.name} t
        where {where} and t.{named} is not null group by 1
    """  # noqa: S608  (declared names)
    with store.engine.connect() as connection:
        return {row.code: row.number for row in connection.execute(text(question), values)}


def village_outlines(store: Store, *, step_m: float) -> list[Outline]:
    """
    Draw the villages of a district.

    Parameters
    ----------
    store
        The store, role app.
    step_m
        Bends smaller than this are left out, metres of Web Mercator.

    Returns
    -------
    list of Outline
        Those that have an outline, lowest code first.
    """
    with store.engine.connect() as connection:
        return [
            Outline(
                row.code, row.name, row.town_code, row.path,
                (row.west, row.north, row.east, row.south),
            )
            for row in connection.execute(text(_OUTLINES), {"step": step_m})
        ]  # fmt: skip
