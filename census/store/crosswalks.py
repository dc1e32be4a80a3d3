"""Read what codes of divisions became, and which divisions are no longer in force."""

from datetime import date

from sqlalchemy import select

from census.store.connection import Store
from geo.crosswalk import Crosswalk, Link


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
    table = store.tables.objects["division_change"]
    columns = (table.c.from_code, table.c.to_code, table.c.kind, table.c.changed_on, table.c.share)
    query = select(*columns).order_by(table.c.from_code, table.c.changed_on, table.c.id)
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
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
