"""Keep zoning runs and derived hazard sites; the newest run of a hazard is the current one."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Table, func, insert, select, update
from sqlalchemy.sql import and_

from census.store.connection import Store
from census.store.layers import bump_generation, write_layer
from census.store.rasters import put_raster


def next_number(connection: Connection, table: Table, prefix: str) -> str:
    """
    Give a product its number: a prefix and a running count.

    Parameters
    ----------
    connection
        The caller's transaction.
    table
        Table with the column ``number``.
    prefix
        For example ``FLOOD-R-20250630``.

    Returns
    -------
    str
        For example ``FLOOD-R-20250630-002``.
    """
    # One product is numbered at a time; readers are not held up.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(prefix))))
    counted = select(func.count()).where(table.c.number.startswith(prefix, autoescape=True))
    return f"{prefix}-{int(connection.execute(counted).scalar_one()) + 1:03d}"


def supersede(connection: Connection, table: Table, hazard: str) -> None:
    """
    Mark the products of a hazard as no longer current.

    Parameters
    ----------
    connection
        The caller's transaction.
    table
        Table with the columns ``hazard`` and ``is_current``.
    hazard
        The hazard.
    """
    older = and_(table.c.hazard == hazard, table.c.is_current)
    connection.execute(update(table).where(older).values(is_current=False))


def save_zoning(
    store: Store,
    run: Mapping[str, Any],
    zones: pd.DataFrame,
    *,
    cells: Mapping[str, bytes] | None = None,
) -> tuple[int, str]:
    """
    Keep a zoning run, its zones and its cells, and make it the current one; all or nothing.

    Parameters
    ----------
    store
        The store, role app.
    run
        Columns of ``zoning_run`` without id, number and time.
    zones
        Columns of ``risk_zone`` without the run.
    cells
        Cloud-optimised GeoTIFF bytes by raster name, kept as rasters of the same kind.

    Returns
    -------
    tuple
        Id and number of the run.
    """
    table = store.tables.zoning_run
    with store.begin() as connection:
        number = _next_of(connection, table, run, "R")
        supersede(connection, table, str(run["hazard"]))
        row = {**run, "number": number, "is_current": True}
        run_id = _put(store, row, zones, connection)
        for name, file in (cells or {}).items():
            put_raster(
                store, name, name, str(run["hazard"]), "1", file,
                data_date=run["data_date"], is_made_up=store.district.is_made_up,
                connection=connection,
            )  # fmt: skip
        bump_generation(store, "risk_zone", connection=connection)
    return run_id, number


def save_recomputed(
    store: Store, run: Mapping[str, Any], zones: pd.DataFrame, *, original: int
) -> tuple[int, str]:
    """
    Keep an earlier run that was recomputed under a later method; no run ceases to be current.

    Parameters
    ----------
    store
        The store, role app.
    run
        Columns of ``zoning_run`` without id, number and time.
    zones
        Columns of ``risk_zone`` without the run.
    original
        Id of the run that was recomputed.

    Returns
    -------
    tuple
        Id and number of the recomputed run, which is counted apart: ``FLOOD-RC-20240630-001``.
    """
    table = store.tables.zoning_run
    with store.begin() as connection:
        number = _next_of(connection, table, run, "RC")
        row = {**run, "number": number, "is_current": False, "recomputed_from": original}
        return _put(store, row, zones, connection), number


def _next_of(connection: Connection, table: Table, run: Mapping[str, Any], kind: str) -> str:
    prefix = f"{str(run['hazard']).upper()}-{kind}-{run['data_date']:%Y%m%d}"
    return next_number(connection, table, prefix)


def _put(store: Store, row: Mapping[str, Any], zones: pd.DataFrame, connection: Connection) -> int:
    """Keep a run that has its number, and its zones."""
    table = store.tables.zoning_run
    made = connection.execute(insert(table).values(row).returning(table.c.id))
    run_id = int(made.scalar_one())
    write_layer(
        store, "risk_zone", zones.assign(run_id=run_id),
        delivery_id=None, replace=False, connection=connection,
    )  # fmt: skip
    return run_id


def current_run(store: Store, hazard: str) -> dict[str, Any] | None:
    """
    Read the current zoning run of a hazard.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard.

    Returns
    -------
    dict or None
        All columns of ``zoning_run``; None before the first run.
    """
    return _current(store, store.tables.zoning_run, hazard)


def current_plan(store: Store, hazard: str) -> dict[str, Any] | None:
    """
    Read the current evacuation plan of a hazard.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard.

    Returns
    -------
    dict or None
        All columns of ``evacuation_plan``; None before the first plan.
    """
    return _current(store, store.tables.evacuation_plan, hazard)


def _current(store: Store, table: Table, hazard: str) -> dict[str, Any] | None:
    query = select(table).where(table.c.hazard == hazard, table.c.is_current)
    with store.engine.connect() as connection:
        found = connection.execute(query).mappings().one_or_none()
    return dict(found) if found else None


def save_hazard_sites(store: Store, sites: gpd.GeoDataFrame) -> int:
    """
    Replace the derived hazard sites; delivered ones stay.

    Parameters
    ----------
    store
        The store, role app.
    sites
        Columns of ``hazard_site``, origin ``derived``.

    Returns
    -------
    int
        Rows kept.
    """
    with store.begin() as connection:
        count = write_layer(
            store, "hazard_site", sites, delivery_id=None,
            where={"origin": "derived"}, connection=connection,
        )  # fmt: skip
        bump_generation(store, "hazard_site", connection=connection)
    return count
