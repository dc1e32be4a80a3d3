"""Keep assessments of coping capacity; the newest is the current one."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import insert, update

from census.store.connection import Store
from census.store.layers import bump_generation, write_layer
from census.store.zoning import next_number


def save_capacity(store: Store, run: Mapping[str, Any], units: pd.DataFrame) -> tuple[int, str]:
    """
    Keep an assessment with its units and make it the current one; all or nothing.

    Parameters
    ----------
    store
        The store, role app.
    run
        Columns of ``capacity_run`` without id, number and time.
    units
        Columns of ``unit_capacity`` without the run.

    Returns
    -------
    tuple
        Id and number of the run.
    """
    table = store.tables.capacity_run
    with store.begin() as connection:
        number = next_number(connection, table, f"CAPACITY-{run['data_date']:%Y%m%d}")
        connection.execute(update(table).where(table.c.is_current).values(is_current=False))
        row = {**run, "number": number, "is_current": True}
        made = connection.execute(insert(table).values(row).returning(table.c.id))
        run_id = int(made.scalar_one())
        write_layer(
            store, "unit_capacity", units.assign(run_id=run_id),
            delivery_id=None, replace=False, connection=connection,
        )  # fmt: skip
        bump_generation(store, "unit_capacity", connection=connection)
    return run_id, number
