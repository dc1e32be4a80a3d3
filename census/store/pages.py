"""Answer what pages and sheets ask of one division, from schema ``pub``, one query a card."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from census.errors import UnknownDivisionError
from census.store.cards import (
    AssemblyPointCard,
    DemandCard,
    DivisionCard,
    DutyCard,
    EnterpriseCard,
    HazardSiteCard,
    HistoryCard,
    Hit,
    PlanCard,
    RiskCard,
    RouteCard,
    ShelterCard,
)
from census.store.connection import District, Store
from census.store.deliveries import generation
from census.store.features import features
from census.store.served import (
    assembly_points,
    demand,
    duties,
    enterprises,
    hazard_sites,
    history,
    routes,
    shelters,
)
from census.store.shown import LEADING_RUN, PLAN, RUN
from census.store.tiles import tile
from census.store.zoning_runs import zoning_card

__all__ = [
    "AssemblyPointCard",
    "DemandCard",
    "DivisionCard",
    "DutyCard",
    "EnterpriseCard",
    "HazardSiteCard",
    "HistoryCard",
    "Hit",
    "PlanCard",
    "RiskCard",
    "RouteCard",
    "ShelterCard",
    "assembly_points",
    "delivered",
    "demand",
    "district",
    "division",
    "duties",
    "enterprises",
    "features",
    "generation",
    "grid_units",
    "hazard_sites",
    "history",
    "plan_card",
    "risk_card",
    "routes",
    "search",
    "shelters",
    "tile",
    "towns",
    "villages",
    "zoning_card",
]

_DIVISION = """
with counted as (
    select v.town_code, sum(p.people)::int as people,
           case when bool_and(p.basis = 'counted') then 'counted' else 'derived' end as basis
    from pub.people p join pub.division v on v.code = p.division_code
    group by v.town_code
)
select d.code, d.name, d.level, d.parent_code, d.town_code, d.village_code,
       t.name as town_name, v.name as village_name, d.kind, d.area_m2, d.covered_share,
       coalesce(p.people, c.people, round(z.people)::int) as people,
       coalesce(p.basis, c.basis, case when z.people is not null then 'derived' end)
           as people_basis,
       array[st_xmin(d.geom), st_ymin(d.geom), st_xmax(d.geom), st_ymax(d.geom)] as bounds,
       array[st_x(o.point), st_y(o.point)] as centre
from pub.division d
cross join lateral (select st_pointonsurface(d.geom) as point) o
left join pub.division t on t.code = d.town_code
left join pub.division v on v.code = d.village_code
left join pub.people p on p.division_code = d.code
left join counted c on d.level = 'town' and c.town_code = d.code
left join pub.risk_zone z
    on d.level = 'grid_unit' and z.run_id = {run} and z.division_code = d.code
where {condition}
order by d.code
"""

_WORLD = (-180.0, -85.0, 180.0, 85.0)

_RISK = f"""
select z.*, r.number, r.hazard, r.made_at, r.data_date, r.rule_edition, r.code_version,
       r.scheme, r.validation, r.summary -> 'reference' as reference,
       coalesce(r.inputs -> 'sources', '{{}}') as sources,
       coalesce(r.summary -> 'depth', '{{}}') as depth,
       (select count(*) from pub.risk_zone o
        where o.run_id = z.run_id and o.level = z.level and o.risk_class is not null) as units
from pub.zoning_run r join pub.risk_zone z on z.run_id = r.id
where r.id = {RUN} and z.division_code = :code
"""  # noqa: S608  (fixed names)

_SEARCH = """
select d.code, d.name, d.level, t.name as town_name, v.name as village_name
from pub.division d
left join pub.division t on t.code = d.town_code and t.code <> d.code
left join pub.division v on v.code = d.village_code and v.code <> d.code
where d.name ilike :part escape '!' or d.code like :start escape '!'
order by d.name <> :whole and d.code <> :whole,
         array_position(array['town', 'village', 'grid_unit'], d.level), d.code
limit :limit
"""

# How each form's rows are counted; derived rows are products, not deliveries.
_DELIVERED = {
    "divisions": "pub.division",
    "people": "pub.people",
    "buildings": "pub.building",
    "roads": "pub.road",
    "water": "pub.water",
    "hazard_sites": "pub.hazard_site where origin = 'delivered'",
    "shelters": "pub.shelter",
    "assembly_points": "pub.assembly_point",
    "evacuation_routes": "pub.evacuation_route where origin = 'delivered'",
    "enterprises": "pub.enterprise",
    "duties": "pub.duty",
    "historical_disasters": "pub.historical_disaster",
    "flood_depth": "pub.raster where kind = 'flood_depth'",
    "elevation": "pub.raster where kind = 'elevation'",
    "people_pattern": "pub.raster where kind = 'people_pattern'",
}


def _rows(store: Store, query: str, **values: object) -> list[dict[str, Any]]:
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _divisions(store: Store, condition: str, **values: object) -> list[DivisionCard]:
    rows = _rows(store, _DIVISION.format(condition=condition, run=LEADING_RUN), **values)
    return [DivisionCard(**{**row, **_placed(row, store.district)}) for row in rows]


def _placed(row: Mapping[str, Any], district: District) -> dict[str, Any]:
    """Frame a division; one without an outline lies somewhere in the district."""
    if row["bounds"][0] is not None:
        return {
            "has_outline": True, "bounds": tuple(row["bounds"]), "centre": tuple(row["centre"]),
        }  # fmt: skip
    west, south, east, north = district.extent or _WORLD
    centre = ((west + east) / 2, (south + north) / 2)
    return {"has_outline": False, "bounds": (west, south, east, north), "centre": centre}


def district(store: Store) -> District:
    """
    Return the district.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    District
        The district as it was when the store was opened.
    """
    return store.district


def towns(store: Store) -> list[DivisionCard]:
    """
    List the towns, ordered by code.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    list[DivisionCard]
        The towns; people are the sum of their villages.
    """
    return _divisions(store, "d.level = 'town'")


def villages(store: Store, town_code: str | None = None) -> list[DivisionCard]:
    """
    List the villages, ordered by code.

    Parameters
    ----------
    store
        The store, any role.
    town_code
        Only those of this town; None for all.

    Returns
    -------
    list[DivisionCard]
        The villages.
    """
    if town_code is None:
        return _divisions(store, "d.level = 'village'")
    return _divisions(store, "d.level = 'village' and d.town_code = :town", town=town_code)


def grid_units(store: Store, village_code: str) -> list[DivisionCard]:
    """
    List the grid units of a village, ordered by code.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        The village.

    Returns
    -------
    list[DivisionCard]
        The units; people are those of the current zoning run.
    """
    return _divisions(
        store, "d.level = 'grid_unit' and d.village_code = :village", village=village_code
    )


def division(store: Store, code: str) -> DivisionCard:
    """
    Return one division.

    Parameters
    ----------
    store
        The store, any role.
    code
        Its code.

    Returns
    -------
    DivisionCard
        The division.

    Raises
    ------
    UnknownDivisionError
        If none has that code.
    """
    found = _divisions(store, "d.code = :code", code=code)
    if not found:
        raise UnknownDivisionError(code, store.place)
    return found[0]


def risk_card(store: Store, code: str, *, hazard: str | None = None) -> RiskCard | None:
    """
    Return the risk of a division in the current zoning run.

    Parameters
    ----------
    store
        The store, any role.
    code
        Code of a town, village or grid unit.
    hazard
        Hazard whose run tells; None for the leading one.

    Returns
    -------
    RiskCard | None
        Its risk; None where no run covers it. ``reference`` is what the run's summary names so.
    """
    found = _rows(store, _RISK, code=code, hazard=hazard)
    if not found:
        return None
    row = found[0]
    del row["run_id"]
    why = {name: tuple(row[name] or ()) for name in ("why_zh", "why_en")}
    shares = {
        name: tuple(row[name]) if row[name] else None for name in ("contributions", "class_shares")
    }
    return RiskCard(**{**row, **why, **shares})


def plan_card(store: Store) -> PlanCard | None:
    """
    Return the current evacuation plan.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    PlanCard | None
        The plan; None before the first.
    """
    query = f"select * from pub.evacuation_plan where id = {PLAN}"  # noqa: S608  (fixed names)
    plans = _rows(store, query)
    if not plans:
        return None
    del plans[0]["is_current"]
    return PlanCard(**plans[0])


def delivered(store: Store) -> Mapping[str, int]:
    """
    Count the stored rows of each form; 0 means that it was not delivered.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    Mapping[str, int]
        Rows by form.
    """
    parts = [
        f"select '{form}' as form, count(*) as rows from {rows}"  # noqa: S608  (fixed names)
        for form, rows in _DELIVERED.items()
    ]
    return {row["form"]: row["rows"] for row in _rows(store, " union all ".join(parts))}


def search(store: Store, words: str, limit: int = 10) -> list[Hit]:
    """
    Find divisions by part of their name or the start of their code.

    Parameters
    ----------
    store
        The store, any role.
    words
        What was typed; blanks around it do not count, an empty text finds nothing.
    limit
        Most hits.

    Returns
    -------
    list[Hit]
        Whole matches first, then towns, villages and grid units by code.
    """
    typed = words.strip()
    if not typed:
        return []
    safe = typed.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    rows = _rows(store, _SEARCH, part=f"%{safe}%", start=f"{safe}%", whole=typed, limit=limit)
    return [Hit(**row) for row in rows]
