"""Rows that state a code of a division themselves, and codes that go out of force under them."""

from typing import Final

from sqlalchemy import Connection, text

# People pass to the heirs of their village: census.store.former_divisions.
STATED_COLUMNS: Final = {
    "household": "division_code",
    "duty": "division_code",
    "emergency_plan": "division_code",
    "village_group": "village_code",
}
_STALE = """
select count(*), array_agg(distinct l.{column} order by l.{column}) from census.{layer} l
join difference d on d.kind = 'delete' and d.key = l.{column}
"""


def stale_codes(connection: Connection) -> list[tuple[str, int, list[str]]]:
    """
    Count the rows that state a code which a difference of divisions lets go.

    Parameters
    ----------
    connection
        The transaction of the difference.

    Returns
    -------
    list of tuple
        Layer, rows, and the codes in order; layers without any are left out.
    """
    found = []
    for layer, column in STATED_COLUMNS.items():
        question = text(_STALE.format(layer=layer, column=column))
        rows, codes = connection.execute(question).one()
        if rows:
            found.append((layer, int(rows), list(codes)))
    return found
