"""The crosswalk as it will be once a delivery of it has entered, and what the delivery corrects."""

from typing import Any, Final

import pandas as pd

from census.store.crosswalks import stored_crosswalk
from geo.crosswalk import Crosswalk, Link
from geo.crosswalk_corrections import corrected

TABLE: Final = "division_change"


def corrected_keys(connection: Any, rows: pd.DataFrame) -> tuple[str, ...]:
    """
    Name the stored links that a delivery corrects, as its form's key does.

    Parameters
    ----------
    connection
        The transaction.
    rows
        Rows of the table of the crosswalk.

    Returns
    -------
    tuple of str
        Keys.
    """
    wrong = corrected(stored_crosswalk(connection).links, _links(rows))
    return tuple(
        " · ".join(filter(None, (each.from_code, each.to_code, str(each.changed_on))))
        for each in wrong
    )


def crosswalk_after(connection: Any, rows: pd.DataFrame) -> Crosswalk:
    """
    Give the crosswalk as it will be.

    Parameters
    ----------
    connection
        The transaction, the delivery not yet written.
    rows
        Rows of the table of the crosswalk.

    Returns
    -------
    Crosswalk
        What stays of the stored links, and those delivered.
    """
    stored, delivered = stored_crosswalk(connection).links, _links(rows)
    wrong = set(corrected(stored, delivered))
    return Crosswalk((*(each for each in stored if each not in wrong), *delivered))


def _links(rows: pd.DataFrame) -> tuple[Link, ...]:
    records: Any = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return tuple(
        Link(
            from_code=each["from_code"], to_code=each.get("to_code"), kind=str(each.get("kind")),
            changed_on=pd.Timestamp(each["changed_on"]).date(), share=each.get("share"),
        )
        for each in records
    )  # fmt: skip
