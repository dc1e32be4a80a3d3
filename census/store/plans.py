"""Keep evacuation plans with demand and routes; the newest plan of a hazard is the current one."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
from sqlalchemy import Connection, insert, text

from census.store.connection import Store
from census.store.kept_routes import hold_published
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

    A published route stays as people published it; where the new plan proposes it too, it joins
    that plan and takes the plan's count of people. A route that people have begun to edit and that
    the new plan does not propose stays in the desk's list, outside the plan.

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
        published = _keep_work(connection, plan_id, routes)
        write_layer(
            store, "evacuation_route",
            routes.loc[~routes["code"].isin(published)].assign(plan_id=plan_id),
            delivery_id=None, replace=False, connection=connection,
        )  # fmt: skip
        for layer in ("evacuation_plan", "evacuation_demand", "evacuation_route"):
            bump_generation(store, layer, connection=connection)
    return plan_id, number


# Planned rows that nobody has worked on go; so do those that the new plan proposes anew.
GO = """
delete from census.evacuation_route e
where e.origin = 'planned' and e.version is null
  and (e.code = any(:proposed) or not exists (select from census.route r where r.code = e.code))
"""


def _keep_work(connection: Connection, plan_id: int, routes: gpd.GeoDataFrame) -> list[str]:
    proposed = [str(code) for code in routes["code"]]
    there = hold_published(connection)
    connection.execute(text(GO), {"proposed": proposed})
    joins = text(
        "update census.evacuation_route set plan_id = :plan, people = :people "
        "where code = :code and version is not null returning code"
    )
    joined: list[str] = []
    for code, people in zip(proposed, routes["people"], strict=True):
        if code in there:
            values = {"plan": plan_id, "people": int(people), "code": code}
            joined += connection.execute(joins, values).scalars().all()
    return joined
