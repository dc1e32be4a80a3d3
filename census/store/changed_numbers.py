"""Numbers that deliveries changed, to be held against the others of their column."""

from datetime import date

from sqlalchemy import text

from census.store.connection import Store

# One number changed twice counts from its first state in the time asked about to its last.
_NUMBERS = """
select code, field, (array_agg(was order by applied_at, set_id))[1] as before,
       (array_agg(now order by applied_at desc, set_id desc))[1] as after
from (
    select r.code, f.field, s.applied_at, s.id as set_id,
           cast(r.before ->> f.field as float) as was, cast(r.after ->> f.field as float) as now
    from census.change_row r
    join census.change_set s on s.id = r.change_set_id
    cross join lateral jsonb_array_elements_text(r.changed) as f(field)
    where r.layer = :table and r.kind = 'update' and s.applied_at >= :since
      and jsonb_typeof(r.before -> f.field) = 'number'
      and jsonb_typeof(r.after -> f.field) = 'number'
) c
group by code, field
order by code, field
"""


def changed_numbers(store: Store, table: str, since: date) -> list[tuple[str, str, float, float]]:
    """
    List the numbers of a table that deliveries changed.

    Parameters
    ----------
    store
        The store, role app.
    table
        A delivered table of schema ``census``.
    since
        Changes of earlier days are left out.

    Returns
    -------
    list of tuple
        Code of the object, column, what it was before the first of these changes, what it is
        after the last; in the unit of the column.
    """
    asked = {"table": table, "since": since}
    with store.engine.connect() as connection:
        return [
            (row.code, row.field, row.before, row.after)
            for row in connection.execute(text(_NUMBERS), asked)
        ]
