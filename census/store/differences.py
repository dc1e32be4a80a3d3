"""What a delivery would change: its rows stand in a table of their own, held against the stored.

Rows that say the same are left alone. Where a form has a key, it tells which row is which; else the
content does, and of what then is left the shape. Nothing is guessed beyond that: an object that
comes back under another code, at the same place and with the same name, is told as doubtful.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, Table, text

from census.store.change_rows import (
    BOOKKEEPING,
    Change,
    number_new,
    tell_changes,
    told_changes,
)
from census.store.columns import COMPUTED
from census.store.connection import Store
from census.store.layers import stage_rows

# Metres along a meridian, to turn a tolerance into degrees.
DEGREE_M: Final = 111_320.0

_BY_KEY = """
create temp table difference on commit drop as
with come as materialized (select s.at, {key_s} as key, {content_s} as content from delivered s),
stood as materialized (select t.ctid as stood, {key_t} as key, {content_t} as content
                       from {table} t where {where})
select come.at, stood.stood, coalesce(come.key, stood.key) as key,
       case when stood.key is null then 'insert' when come.key is null then 'delete'
            else 'update' end as kind
from come full join stood on come.key = stood.key
where come.content is distinct from stood.content
"""
# Of rows that say the same, as many as there are on both sides are the same.
_BY_CONTENT = """
create temp table paired on commit drop as
with come as materialized (
    select at, content, row_number() over (partition by content order by at) as n
    from (select s.at, {content_s} as content from delivered s) c
), stood as materialized (
    select stood, content, row_number() over (partition by content order by stood) as n
    from (select t.ctid as stood, {content_t} as content from {table} t where {where}{beside}) c
)
select come.at, stood.stood
from come full join stood on come.content = stood.content and come.n = stood.n
"""
_UNPAIRED = """
create temp table difference on commit drop as
select at, stood, cast(null as text) as key,
       case when stood is null then 'insert' else 'delete' end as kind
from paired where at is null or stood is null
"""
_SAME_SHAPE = """
with gone as (
    select d.stood, md5(st_asbinary(t.geom)) as shape,
           row_number() over (partition by md5(st_asbinary(t.geom)) order by d.stood) as n
    from difference d join {table} t on t.ctid = d.stood where d.kind = 'delete'
), come as (
    select d.at, md5(st_asbinary(s.geom)) as shape,
           row_number() over (partition by md5(st_asbinary(s.geom)) order by d.at) as n
    from difference d join delivered s on s.at = d.at where d.kind = 'insert'
), paired as (
    update difference d set kind = 'update', stood = gone.stood
    from come join gone on gone.shape = come.shape and gone.n = come.n
    where d.at = come.at returning d.stood
)
delete from difference d using paired where d.kind = 'delete' and d.stood = paired.stood
"""
_NEGLIGIBLE = """
delete from difference d using delivered s, {table} t
where d.kind = 'update' and s.at = d.at and t.ctid = d.stood
    and {rest_s} is not distinct from {rest_t}
    and st_hausdorffdistance(s.geom, t.geom) < :grain
"""
_NOT_STANDING: Final = " and not exists (select from standing w where w.id = t.id)"
# Millions of rows are held against one another in the memory: sixteen bytes and a place for each.
_ROOM: Final = "set local work_mem = '256MB'"
_COUNTS = """
select (select count(*) from delivered) as delivered,
       (select count(*) from {table} t where {where}) as stood,
       count(*) filter (where d.kind = 'insert') as added,
       count(*) filter (where d.kind = 'update') as changed,
       {moved} as moved,
       count(*) filter (where d.kind = 'delete') as gone
from difference d left join delivered s on s.at = d.at left join {table} t on t.ctid = d.stood
"""
_MOVED = "count(*) filter (where d.kind = 'update' and not st_orderingequals(s.geom, t.geom))"
_TWINS = """
select a.code, a.name, b.code, st_distance(cast(a.geom as geography), cast(b.geom as geography))
from (select {key_t} as code, t.name, t.geom from difference d join {table} t on t.ctid = d.stood
      where d.kind = 'delete') a
join (select {key_s} as code, s.name, s.geom from difference d join delivered s on s.at = d.at
      where d.kind = 'insert') b
on a.name = b.name and st_dwithin(cast(a.geom as geography), cast(b.geom as geography), :within_m)
order by 1, 4
"""
_NOTED = """
update delivered s set notes = s.notes || n.more
from jsonb_to_recordset(cast(:told as jsonb)) as n("row" bigint, more jsonb)
where s.source_row = n."row"
"""


@dataclass(frozen=True)
class Twin:
    """
    An object that goes, and one of the same name that comes at the same place.

    Attributes
    ----------
    gone
        Code of the one that goes.
    name
        Name of both.
    came
        Code of the one that comes.
    apart_m
        Metres between them.
    """

    gone: str
    name: str
    came: str
    apart_m: float


@dataclass(frozen=True)
class Difference:
    """
    What a delivery would change in a layer.

    Attributes
    ----------
    layer
        Name of the layer: that of its table.
    stood
        Rows that were held against it.
    added
        Rows that come.
    changed
        Rows that say something else.
    moved
        Of the changed, those whose shape differs.
    gone
        Rows that are no longer delivered.
    kept
        Rows that would be gone, but whose new state was refused: they stay as they are.
    unchanged
        Rows that stay as they are.
    twins
        Pairs of gone and added that may be one object.
    changes
        Object by object; none where the layer was empty.
    """

    layer: str
    stood: int
    added: int
    changed: int
    moved: int
    gone: int
    kept: int
    unchanged: int
    twins: tuple[Twin, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def is_none(self) -> bool:
        """
        Tell whether nothing differs.

        Returns
        -------
        bool
            True where all rows stay as they are.
        """
        return not (self.added or self.changed or self.gone)

    @property
    def gone_share(self) -> float:
        """
        Tell which part of the layer would go.

        Returns
        -------
        float
            0 to 1; 0 for an empty layer.
        """
        return self.gone / self.stood if self.stood else 0.0

    def counts(self) -> dict[str, int]:
        """
        Count the rows of each kind.

        Returns
        -------
        dict
            Kind to number.
        """
        names = ("stood", "added", "changed", "moved", "gone", "kept", "unchanged")
        return {name: getattr(self, name) for name in names} | {"doubtful": len(self.twins)}


@dataclass(frozen=True)
class Against:
    """
    What a delivery is held against.

    Attributes
    ----------
    table
        The table.
    key
        Columns that tell which row is which; none where only content and shape do.
    where
        Columns and values, or their list, of the rows that deliveries own; None for all.
    keeps_gone
        Whether rows that are not delivered again stay, as the lines of a log do.
    standing
        How many rows come as they stand, named in :mod:`census.store.imprints`: they are left out
        on both sides.
    corrected
        Keys of rows that go nevertheless, for the delivery says what is right instead.
    """

    table: Table
    key: tuple[str, ...] = ()
    where: Mapping[str, str | tuple[str, ...] | None] | None = None
    keeps_gone: bool = False
    standing: int = 0
    corrected: tuple[str, ...] = ()

    def condition(self) -> str:
        """
        Write the rows that deliveries own as a condition on ``t``.

        Returns
        -------
        str
            SQL; names and values are the program's own.
        """
        return " and ".join(_owned(*each) for each in (self.where or {}).items()) or "true"

    def names(self) -> dict[str, str]:
        """
        Write what the questions of this module name.

        Returns
        -------
        dict
            Placeholder to SQL.
        """
        compared = [
            column.name
            for column in self.table.columns
            if column.name not in BOOKKEEPING and not COMPUTED.items() <= column.info.items()
        ]
        rest = [name for name in compared if name != "geom"]
        # A shape as text is twice as long as its bytes, and the hash of both says the same.
        shape = "md5(cast({}.geom as bytea))" if "geom" in compared else "null"
        return {
            "table": f"{self.table.schema}.{self.table.name}",
            "where": self.condition(),
            "beside": _NOT_STANDING if self.standing else "",
            "key_s": self._key("s"), "key_t": self._key("t"),
            "content_s": f"cast(md5(row({shape.format('s')}, {_row('s', rest)})::text) as uuid)",
            "content_t": f"cast(md5(row({shape.format('t')}, {_row('t', rest)})::text) as uuid)",
            "rest_s": _row("s", rest), "rest_t": _row("t", rest),
            "moved": _MOVED if "geom" in self.table.c else "0",
        }  # fmt: skip

    def _key(self, alias: str) -> str:
        columns = ", ".join(f'{alias}."{name}"' for name in self.key)
        return f"concat_ws(' · ', {columns})" if self.key else "null"


def _owned(name: str, value: str | tuple[str, ...] | None) -> str:
    if value is None:
        return f't."{name}" is null'
    if isinstance(value, str):
        return f"t.\"{name}\" = '{value}'"
    listed = ", ".join(f"'{each}'" for each in value)
    return f't."{name}" in ({listed})'


def _row(alias: str, names: Iterable[str]) -> str:
    columns = ", ".join(f'{alias}."{name}"' for name in names)
    return f"row({columns})"


def find_difference(
    store: Store,
    connection: Connection,
    against: Against,
    frame: pd.DataFrame | None,
    *,
    refused_keys: Sequence[str],
    rules: Mapping[str, Any],
) -> Difference:
    """
    Stage the rows of a delivery and find what they would change; nobody else writes meanwhile.

    Parameters
    ----------
    store
        The store, role app.
    connection
        A transaction; the staged rows and the difference live as long as it.
    against
        What the rows are held against.
    frame
        Rows of the table, as for :func:`census.store.layers.write_layer`; None where they were
        staged before, part by part.
    refused_keys
        Keys of rows that were refused: what stands under them is neither changed nor gone.
    rules
        Table ``difference`` of ``data/methods/census_loading.toml``.

    Returns
    -------
    Difference
        The numbers; the rows themselves are in the temporary tables ``delivered`` (column ``at``)
        and ``difference`` (``at``, ``stood``, ``key``, ``kind``), unless the layer is empty.
    """
    names = against.names()
    has_shape, has_name = "geom" in against.table.c, "name" in against.table.c

    def ask(question: str, **values: object) -> Any:
        return connection.execute(text(question.format(**names)), values)

    ask("lock table {table} in share row exclusive mode")
    ask(_ROOM)
    if not ask("select exists (select from {table} t where {where})").scalar_one():
        count = ask("select count(*) from delivered").scalar_one() if frame is None else len(frame)
        return Difference(against.table.name, 0, count, 0, 0, 0, 0, 0)
    if frame is not None:
        stage_rows(store, connection, against.table.name, frame)
    # How many rows there are is all that the questions about them need.
    ask("analyze delivered (at)")
    _compare(ask, against, grain=rules["negligible_m"] / DEGREE_M)
    if against.keeps_gone:
        # Of a log goes only what the delivery corrects.
        question = "delete from difference where kind = 'delete' and key <> all(:keys)"
        ask(question, keys=list(against.corrected))
    kept = 0
    if against.key and refused_keys:
        question = "delete from difference where kind = 'delete' and key = any(:keys)"
        kept = ask(question, keys=list(refused_keys)).rowcount
    told = ask(_COUNTS).one()
    twins = []
    if against.key and has_shape and has_name and told.gone and told.added:
        twins = [Twin(*row) for row in ask(_TWINS, within_m=rules["same_place_m"])]
    if "id" in against.table.c:
        number_new(connection, names)
    tell_changes(connection, against.table, names)
    return Difference(
        against.table.name, told.stood, told.added, told.changed, told.moved, told.gone, kept,
        against.standing + told.delivered - told.added - told.changed, tuple(twins),
        tuple(told_changes(connection)),
    )  # fmt: skip


def _compare(ask: Callable[..., Any], against: Against, *, grain: float) -> None:
    """Find which staged row is which stored one; what says the same is left out."""
    for question in (_BY_KEY,) if against.key else (_BY_CONTENT, _UNPAIRED):
        ask(question)
    ask("analyze difference")
    if "geom" in against.table.c:
        if not against.key:
            ask(_SAME_SHAPE)
        ask(_NEGLIGIBLE, grain=grain)


def add_notes(connection: Connection, notes: Mapping[int, list[dict[str, str]]]) -> None:
    """
    Add notes to staged rows, behind those that they have.

    Parameters
    ----------
    connection
        The transaction in which they were staged.
    notes
        Notes by the number of the row in its file.
    """
    told = [{"row": row, "more": more} for row, more in notes.items()]
    connection.execute(text(_NOTED), {"told": json.dumps(told, ensure_ascii=False)})
