"""Hand out public layers whole, as GeoJSON bytes built by the database."""

from typing import Any

from sqlalchemy import text

from census.errors import UnknownLayerError
from census.store.connection import Store
from census.store.served import ROUTES, SHELTERS
from census.store.shown import PLAN, RUN
from census.store.unseen import UNSEEN

DECIMALS = 5  # of a degree: less than a pixel at the closest zoom

_RISK_OF = """
select d.code, d.name, d.level, d.kind, d.town_code, d.village_code, d.parent_code, d.area_m2,
       z.risk_class, z.risk_word, z.is_unsure, z.people_in_hazard, z.depth_max_m, z.wet_share,
       coalesce(p.people, round(z.people)::int) as people, d.geom
from pub.division d
left join pub.people p on p.division_code = d.code
left join (
    select z.* from pub.risk_zone z
    where z.run_id = {run}
) z on z.division_code = d.code
where d.level = '{level}' and d.geom is not null
"""

_DEMAND = f"""
select unit_code as code, village_code, people, demand_people, served_people, unserved_people,
       reason, geom
from pub.evacuation_demand where plan_id = {PLAN} and geom is not null
"""  # noqa: S608  (fixed names)

# Each layer: its rows, and whether they carry a village or are found by their geometry.
_LAYERS: dict[str, tuple[str, str]] = {
    "towns": (_RISK_OF.format(level="town", run=RUN), "division"),
    "villages": (_RISK_OF.format(level="village", run=RUN), "division"),
    "grid_units": (_RISK_OF.format(level="grid_unit", run=RUN), "division"),
    "hazard_sites": (
        (
            "select code, name, kind, hazard, origin, village_code, people_threatened, "
            "depth_max_m, area_m2, description, geom from pub.hazard_site"
        ),
        "village",
    ),
    "shelters": (SHELTERS, "village"),
    "routes": (ROUTES, "village"),
    "assembly_points": (
        "select code, name, village_code, capacity_people, geom from pub.assembly_point",
        "village",
    ),
    "enterprises": (
        "select code, name, colour, kind, village_code, geom from pub.enterprise",
        "village",
    ),
    "historical_disasters": (
        (
            "select id::text as code, hazard, event, name, year, is_made_up, "  # noqa: S608  (fixed)
            "false as is_unseen, geom from pub.historical_disaster union all "
            "select code, hazard, event, name, year, is_made_up, true, geom "
            f"from ({UNSEEN}) unseen"
        ),
        "geometry",
    ),
    "evacuation_demand": (_DEMAND, "village"),
    "buildings": (
        (
            "select id::text as code, kind, name, levels, structure, village_code, geom "
            "from pub.building"
        ),
        "village",
    ),
    "roads": (
        (
            "select id::text as code, class, name, oneway, width_m, is_bridge, is_underpass, geom "
            "from pub.road"
        ),
        "geometry",
    ),
    "reports": (
        (
            "select code, kind, severity, is_verified, village_code, reported_at, geom "
            "from pub.reported_hazard"
        ),
        "village",
    ),
    "water": ("select id::text as code, kind, name, area_m2, geom from pub.water", "geometry"),
}

# The layers whose change changes a served layer: for ETags.
SOURCES: dict[str, tuple[str, ...]] = {
    "towns": ("division", "people", "risk_zone"),
    "villages": ("division", "people", "risk_zone"),
    "grid_units": ("division", "people", "risk_zone"),
    "hazard_sites": ("hazard_site",),
    "shelters": ("shelter", "evacuation_route"),
    "routes": ("evacuation_route", "shelter", "division"),
    "assembly_points": ("assembly_point",),
    "enterprises": ("enterprise",),
    "historical_disasters": ("historical_disaster", "surveyed_extent", "division"),
    "evacuation_demand": ("evacuation_route",),
    "buildings": ("building",),
    "roads": ("road",),
    "water": ("water",),
    "reports": ("report",),
    "basemap": ("division", "road", "building", "water"),
}

_VILLAGE = {
    "division": "(a.village_code = :village or a.code = :village)",
    "village": "a.village_code = :village",
    "geometry": "st_intersects(a.geom, (select geom from pub.division where code = :village))",
}
_TOWN = {
    "division": "a.town_code = :town",
    "village": (
        "a.village_code in "
        "(select code from pub.division where level = 'village' and town_code = :town)"
    ),
    "geometry": "st_intersects(a.geom, (select geom from pub.division where code = :town))",
}

Bounds = tuple[float, float, float, float]


def layer_query(
    store: Store,
    layer: str,
    village_code: str | None,
    town_code: str | None,
    bounds: Bounds | None,
    *,
    hazard: str | None = None,
) -> tuple[str, dict[str, Any]]:
    """
    Write the query of a layer.

    Parameters
    ----------
    store
        The store, any role.
    layer
        As in ``features``.
    village_code
        Only what belongs to this village.
    town_code
        Only what belongs to this town.
    bounds
        Only what touches west, south, east, north; the district's CRS.
    hazard
        Hazard whose classes the divisions have; None for the leading one.

    Returns
    -------
    tuple of str and dict
        The query, ordered by code, and the values of its parameters.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    """
    if layer not in _LAYERS:
        raise UnknownLayerError(layer, list(_LAYERS))
    rows, found_by = _LAYERS[layer]
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if hazard is None:
        rows = rows.replace(":hazard", "null")
    else:
        values["hazard"] = hazard
    if village_code is not None:
        conditions.append(_VILLAGE[found_by])
        values["village"] = village_code
    if town_code is not None:
        conditions.append(_TOWN[found_by])
        values["town"] = town_code
    if bounds is not None:
        conditions.append("a.geom && st_makeenvelope(:west, :south, :east, :north, :srid)")
        values |= dict(zip(("west", "south", "east", "north"), bounds, strict=True))
        values["srid"] = store.district.srid
    where = " and ".join(conditions) or "true"
    return f"select a.* from ({rows}) a where {where} order by a.code", values  # noqa: S608  (fixed names)


def features(
    store: Store,
    layer: str,
    *,
    level: str | None = None,
    town_code: str | None = None,
    village_code: str | None = None,
    bounds: Bounds | None = None,
    hazard: str | None = None,
) -> bytes:
    """
    Return a layer as GeoJSON, built by the database.

    Parameters
    ----------
    store
        The store, any role.
    layer
        One of towns, villages, grid_units, hazard_sites, shelters, routes, assembly_points,
        enterprises, historical_disasters, evacuation_demand, buildings, roads, reports or water;
        or divisions with ``level``.
    level
        One of town, village or grid_unit, for layer ``divisions``.
    town_code
        Only what belongs to this town.
    village_code
        Only what belongs to this village.
    bounds
        Only what touches west, south, east, north; the district's CRS.
    hazard
        Hazard whose classes the divisions have; None for the leading one.

    Returns
    -------
    bytes
        A FeatureCollection in UTF-8, longitude before latitude, 5 decimals (about 1 m).

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    """
    name = f"{level}s" if layer == "divisions" and level else layer
    query, values = layer_query(store, name, village_code, town_code, bounds, hazard=hazard)
    collect = f"""
        select convert_to('{{"type":"FeatureCollection","features":['
            || coalesce(string_agg(st_asgeojson(f, 'geom', {DECIMALS}), ','), '') || ']}}', 'UTF8')
        from ({query}) f"""  # noqa: S608  (fixed names)
    with store.engine.connect() as connection:
        answer = connection.execute(text(collect), values).scalar_one()
    return bytes(answer)
