"""Keep printed sheets, so that a download need not print again."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from census.store.connection import Store


def get_sheet(store: Store, kind: str, village_code: str, fingerprint: str) -> bytes | None:
    """
    Return a printed sheet, if it is still what would be printed now.

    Parameters
    ----------
    store
        The store, role app.
    kind
        ``risk`` or ``evacuation``.
    village_code
        The village.
    fingerprint
        Fingerprint of what the sheet shows.

    Returns
    -------
    bytes or None
        The PDF; None where there is none, or an outdated one.
    """
    table = store.tables.sheet
    query = select(table.c.pdf).where(
        table.c.kind == kind,
        table.c.village_code == village_code,
        table.c.fingerprint == fingerprint,
    )
    with store.engine.connect() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def put_sheet(store: Store, kind: str, village_code: str, fingerprint: str, pdf: bytes) -> None:
    """
    Keep a printed sheet in place of an older one of the same kind and village.

    Parameters
    ----------
    store
        The store, role app.
    kind
        ``risk`` or ``evacuation``.
    village_code
        The village.
    fingerprint
        Fingerprint of what the sheet shows.
    pdf
        The PDF.
    """
    values = {"fingerprint": fingerprint, "pdf": pdf}
    statement = (
        insert(store.tables.sheet)
        .values(kind=kind, village_code=village_code, **values)
        .on_conflict_do_update(
            index_elements=["kind", "village_code"], set_={**values, "made_at": func.now()}
        )
    )
    with store.begin() as connection:
        connection.execute(statement)
