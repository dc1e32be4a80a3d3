"""Keep loss runs; the newest of a hazard is the current one."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import insert

from census.store.connection import Store
from census.store.layers import bump_generation, write_layer
from census.store.zoning import next_number, supersede


def save_losses(
    store: Store, run: Mapping[str, Any], losses: pd.DataFrame, annual: pd.DataFrame | None
) -> tuple[int, str]:
    """
    Keep a loss run and make it the current one of its hazard; all or nothing.

    Parameters
    ----------
    store
        The store, role app.
    run
        Columns of ``loss_run`` without id, number and time.
    losses
        Columns of ``unit_loss`` without the run.
    annual
        Columns of ``unit_annual_loss`` without the run; None where there are none.

    Returns
    -------
    tuple
        Id and number of the run.
    """
    table = store.tables.loss_run
    with store.begin() as connection:
        prefix = f"{str(run['hazard']).upper()}-L-{run['data_date']:%Y%m%d}"
        number = next_number(connection, table, prefix)
        supersede(connection, table, str(run["hazard"]))
        row = {**run, "number": number, "is_current": True}
        made = connection.execute(insert(table).values(row).returning(table.c.id))
        run_id = int(made.scalar_one())
        for name, frame in (("unit_loss", losses), ("unit_annual_loss", annual)):
            if frame is not None:
                write_layer(
                    store, name, frame.assign(run_id=run_id),
                    delivery_id=None, replace=False, connection=connection,
                )  # fmt: skip
        bump_generation(store, "unit_loss", connection=connection)
    return run_id, number
