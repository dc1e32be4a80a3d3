"""Keep evacuation plans with demand and routes; the newest plan of a hazard is the current one."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
from sqlalchemy import insert

from census.store.connection import Store
from census.store.layers import bump_generation, write_layer
from census.store.zoning import next_number, supersede


def save_plan(
    store: Store,
    plan: Mapping[str, Any],
    demand: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
) -> tuple[int, str]:
    """
    Keep a plan and make it the current one; routes of older plans go, delivered routes stay.

    Parameters
    ----------
    store
        The store, role app.
    plan
        Columns of ``evacuation_plan`` without id, number and time.
    demand
        Columns of ``evacuation_demand`` without the plan.
    routes
        Columns of ``evacuation_route`` without the plan, origin ``planned``.

    Returns
    -------
    tuple
        Id and number of the plan.
    """
    table = store.tables.evacuation_plan
    with store.begin() as connection:
        prefix = f"{str(plan['hazard']).upper()}-E-{plan['data_date']:%Y%m%d}"
        number = next_number(connection, table, prefix)
        supersede(connection, table, str(plan["hazard"]))
        row = {**plan, "number": number, "is_current": True}
        made = connection.execute(insert(table).values(row).returning(table.c.id))
        plan_id = int(made.scalar_one())
        write_layer(
            store, "evacuation_demand", demand.assign(plan_id=plan_id),
            delivery_id=None, replace=False, connection=connection,
        )  # fmt: skip
        write_layer(
            store, "evacuation_route", routes.assign(plan_id=plan_id),
            delivery_id=None, where={"origin": "planned"}, connection=connection,
        )  # fmt: skip
        for layer in ("evacuation_plan", "evacuation_demand", "evacuation_route"):
            bump_generation(store, layer, connection=connection)
    return plan_id, number
