"""Read what codes of divisions became, and which divisions are no longer in force."""

from datetime import date

from sqlalchemy import Connection, select, text

from census.store.connection import Store
from geo.crosswalk import Crosswalk, Link

_LINKS = """
select from_code, to_code, kind, changed_on, share from census.division_change
order by from_code, changed_on, id
"""


def read_crosswalk(store: Store) -> Crosswalk:
    """
    Read the crosswalk of a district.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    Crosswalk
        All links, in the order of their codes.
    """
    with store.engine.connect() as connection:
        return stored_crosswalk(connection)


def stored_crosswalk(connection: Connection) -> Crosswalk:
    """
    Read the crosswalk as the transaction sees it.

    Parameters
    ----------
    connection
        A transaction, role app.

    Returns
    -------
    Crosswalk
        All links.
    """
    rows = connection.execute(text(_LINKS))
    return Crosswalk(
        tuple(
            Link(from_code=old, to_code=new, kind=kind, changed_on=day, share=share)
            for old, new, kind, day, share in rows
        )
    )


def former_divisions(store: Store) -> list[tuple[str, str, date | None]]:
    """
    List the divisions that are no longer in force.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    list of tuple
        Code, last name, and last day or None, by code.
    """
    table = store.tables.objects["former_division"]
    query = select(table.c.code, table.c.name, table.c.valid_to).order_by(table.c.code)
    with store.engine.connect() as connection:
        return [(code, name, last) for code, name, last in connection.execute(query)]
