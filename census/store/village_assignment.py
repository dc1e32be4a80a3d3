"""After new outlines of villages: whatever got its village by its place gets it anew."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Table, text

from census.store.connection import Store
from census.store.deliveries import bump_generation

# Layers whose rows say themselves which village they belong to, and products of a plan.
STATED: Final = frozenset({"division", "village_group", "evacuation_route", "evacuation_demand"})

_VILLAGES = """
create temp table village_now on commit drop as
select t.code, t.geom from census.division t
where t.level = 'village' and t.geom is not null
    and not exists (select from difference d where d.stood = t.ctid)
union all
select s.code, s.geom from difference d join delivered s on s.at = d.at
where d.kind <> 'delete' and s.level = 'village' and s.geom is not null
"""
# The outlines that went, and those that came: nothing else can change its village.
_TOUCHED = """
create temp table touched on commit drop as
select t.code, t.geom as was, s.geom as now from difference d
left join census.division t on t.ctid = d.stood
left join delivered s on s.at = d.at
where coalesce(t.level, s.level) = 'village'
    and (t.geom is null or s.geom is null or t.code <> s.code
         or not st_orderingequals(t.geom, s.geom))
"""
_FOUND = """
create temp table reassigned (layer text, code text, was text, now text) on commit drop
"""
_FIND = """
insert into reassigned
select '{layer}', cast(l.{key} as text), l.village_code, n.code
from census.{layer} l
cross join lateral (select st_pointonsurface(l.geom) as point) p
left join lateral (
    select min(v.code) as code from village_now v where st_intersects(v.geom, p.point)
) n on true
where (l.village_code in (select code from touched)
       or exists (select from touched c where c.was && l.geom or c.now && l.geom))
    and l.village_code is distinct from n.code
"""
_COUNTS = """
select layer, count(*) as rows, count(*) filter (where now is null) as outside
from reassigned group by layer order by layer
"""
_NOTE = """
insert into census.change_row (change_set_id, layer, code, kind, before, after, changed)
select :set, layer, code, 'update', jsonb_build_object('village_code', was),
       jsonb_build_object('village_code', now), '["village_code"]' from reassigned
"""
_ASSIGN = """
update census.{layer} l set village_code = r.now from reassigned r
where r.layer = '{layer}' and l.{key} = cast(r.code as {type})
"""


def _assigned(store: Store) -> Iterator[tuple[Table, str]]:
    """List the layers that get their village by their place, each with its key."""
    for table in store.tables.metadata.sorted_tables:
        has_place = {"geom", "village_code", "delivery_id"} <= set(table.c.keys())
        if has_place and table.name not in STATED:
            yield table, next(iter(table.primary_key)).name


def find_reassigned(store: Store, connection: Connection) -> dict[str, tuple[int, int]]:
    """
    Find which rows of other layers a difference of divisions moves into another village.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction of the difference, before it is applied.

    Returns
    -------
    dict
        Layer to rows that get another village, and how many of them lie in none any more. A point
        inside each shape decides, on a shared border the lowest code, as when it was loaded.
    """
    for question in (_VILLAGES, "create index on village_now using gist (geom)", _TOUCHED, _FOUND):
        connection.execute(text(question))
    if not connection.execute(text("select exists (select from touched)")).scalar_one():
        return {}
    for table, key in _assigned(store):
        connection.execute(text(_FIND.format(layer=table.name, key=key)))
    return {layer: (rows, outside) for layer, rows, outside in connection.execute(text(_COUNTS))}


def reassign_villages(store: Store, connection: Connection, change_set: int) -> None:
    """
    Give the rows that were found their villages, and note what they said before.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction of :func:`find_reassigned`.
    change_set
        The change set of the divisions.
    """
    layers = list(connection.execute(text("select distinct layer from reassigned")).scalars())
    if not layers:
        return
    connection.execute(text(_NOTE), {"set": change_set})
    for table, key in _assigned(store):
        if table.name in layers:
            kind = "bigint" if key == "id" else "text"
            connection.execute(text(_ASSIGN.format(layer=table.name, key=key, type=kind)))
            bump_generation(store, table.name, connection=connection)
