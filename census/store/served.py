"""Answer which sites, shelters, routes, duties and past disasters belong to a village or town."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text

from census.store.cards import (
    AssemblyPointCard,
    DemandCard,
    DutyCard,
    EnterpriseCard,
    HazardSiteCard,
    HistoryCard,
    RouteCard,
    ShelterCard,
)
from census.store.connection import Store
from census.store.shown import OWN_PLAN, PLAN
from census.store.terms import HOLDS_TODAY
from census.store.unseen import UNSEEN_SHARE

# Outlines of two hands differ by slivers: less of a place than this is not told as unseen.
LEAST_UNSEEN_SHARE: Final = 0.001

# Both filters are always bound; one that is null does not filter.
IN_DIVISION = """
(cast(:village as text) is null or {table}.village_code = :village)
and (cast(:town as text) is null or {table}.village_code in (
    select code from pub.division where level = 'village' and town_code = :town))
"""

# A shelter's load is what the current plan and new routes send there; the plan's summary lists
# those that it rules out as {"code", "reason"}.
SHELTERS = f"""
select s.code, s.name, s.kind, s.village_code, s.capacity_people, s.capacity_source,
       s.capacity_note_zh, s.capacity_note_en, s.is_candidate,
       coalesce(l.people, 0)::int as load_people,
       u.code is null as usable, u.reason as unusable_reason,
       st_x(s.geom) as x, st_y(s.geom) as y, s.geom
from pub.shelter s
left join (
    select shelter_code, sum(people) as people from pub.evacuation_route
    where (origin = 'planned' and plan_id = {PLAN}) or origin = 'drawn' group by shelter_code
) l on l.shelter_code = s.code
left join (
    select distinct on (e.code) e.code, e.reason
    from pub.evacuation_plan p,
         jsonb_to_recordset(coalesce(p.summary -> 'unusable_shelters', '[]'))
             as e(code text, reason text)
    where p.id = {PLAN} order by e.code
) u on u.code = s.code
"""  # noqa: S608  (fixed names)

ROUTES = f"""
select r.code, r.origin, r.name, r.unit_code, d.name as unit_name, r.village_code,
       r.shelter_code, s.name as shelter_name, r.people, r.length_m, r.minutes, r.hazard_m,
       r.depth_max_m,
       row_number() over (partition by r.origin, r.unit_code
                          order by r.people desc nulls last, r.code)::int as rank,
       r.geom
from pub.evacuation_route r
left join pub.division d on d.code = r.unit_code
left join pub.shelter s on s.code = r.shelter_code
where (r.plan_id is null or r.plan_id = {PLAN} or r.version is not null)
"""  # noqa: S608  (fixed names)


def _rows(
    store: Store, query: str, village: str | None, town: str | None, **further: object
) -> list[dict[str, Any]]:
    with store.engine.connect() as connection:
        found = connection.execute(text(query), {"village": village, "town": town, **further})
        return [dict(row) for row in found.mappings()]


def hazard_sites(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[HazardSiteCard]:
    """
    List hazard sites, those that threaten most people first.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        Only those of this village.
    town_code
        Only those of this town.

    Returns
    -------
    list[HazardSiteCard]
        The sites.
    """
    query = f"""
        select h.code, h.name, h.kind, h.hazard, h.origin, h.village_code, h.people_threatened,
               h.depth_max_m, h.area_m2, h.description, st_x(o.point) as x, st_y(o.point) as y
        from pub.hazard_site h
        cross join lateral (select st_pointonsurface(h.geom) as point) o
        where {IN_DIVISION.format(table="h")}
        order by h.people_threatened desc nulls last, h.code"""  # noqa: S608  (fixed names)
    return [HazardSiteCard(**row) for row in _rows(store, query, village_code, town_code)]


def shelters(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[ShelterCard]:
    """
    List shelters that stand in a division or that its planned or published routes lead to.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        Only those of this village.
    town_code
        Only those of this town.

    Returns
    -------
    list[ShelterCard]
        The shelters, those that take most people first.
    """
    query = f"""
        select a.code, a.name, a.kind, a.village_code, a.capacity_people, a.capacity_source,
               a.capacity_note_zh, a.capacity_note_en, a.is_candidate, a.load_people, a.usable,
               a.unusable_reason, a.x, a.y
        from ({SHELTERS}) a
        where ({IN_DIVISION.format(table="a")})
           or a.code in (select r.shelter_code from pub.evacuation_route r
                         where (r.plan_id = {PLAN} or r.version is not null)
                           and ({IN_DIVISION.format(table="r")}))
        order by a.load_people desc, a.code"""  # noqa: S608  (fixed names)
    return [ShelterCard(**row) for row in _rows(store, query, village_code, town_code)]


def routes(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[RouteCard]:
    """
    List the routes of the current plan, the delivered ones and those that somebody published.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        Only those that start in this village.
    town_code
        Only those that start in this town.

    Returns
    -------
    list[RouteCard]
        The routes, by unit and rank.
    """
    query = f"""
        select a.code, a.origin, a.name, a.unit_code, a.unit_name, a.village_code,
               a.shelter_code, a.shelter_name, a.people, a.length_m, a.minutes, a.hazard_m,
               a.depth_max_m, a.rank
        from ({ROUTES} and {IN_DIVISION.format(table="r")}) a
        order by a.origin desc, a.unit_code, a.rank"""  # noqa: S608  (fixed names)
    return [RouteCard(**row) for row in _rows(store, query, village_code, town_code)]


def assembly_points(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[AssemblyPointCard]:
    """
    List assembly points.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        Only those of this village.
    town_code
        Only those of this town.

    Returns
    -------
    list[AssemblyPointCard]
        The points, by code.
    """
    query = f"""
        select a.code, a.name, a.village_code, a.capacity_people,
               st_x(a.geom) as x, st_y(a.geom) as y
        from pub.assembly_point a where {IN_DIVISION.format(table="a")} order by a.code"""  # noqa: S608  (fixed names)
    return [AssemblyPointCard(**row) for row in _rows(store, query, village_code, town_code)]


def duties(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[DutyCard]:
    """
    List the duties of today by post: of a village with its grid units, or of a town itself.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        The village.
    town_code
        The town.

    Returns
    -------
    list[DutyCard]
        The duties, the division's own first, then by sequence.
    """
    query = f"""
        select u.division_code, d.name as division_name, d.level, u.post, u.task, u.role,
               u.sequence
        from pub.duty u left join pub.division d on d.code = u.division_code
        where (cast(:village as text) is null
               or u.division_code = :village or d.village_code = :village)
          and (cast(:town as text) is null or u.division_code = :town)
          and {HOLDS_TODAY}
        order by array_position(array['town', 'village', 'grid_unit'], d.level),
                 u.division_code, u.sequence, u.role desc, u.post"""  # noqa: S608  (fixed names)
    return [DutyCard(**row) for row in _rows(store, query, village_code, town_code)]


def enterprises(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[EnterpriseCard]:
    """
    List enterprises, red ones first.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        Only those of this village.
    town_code
        Only those of this town.

    Returns
    -------
    list[EnterpriseCard]
        The enterprises.
    """
    query = f"""
        select e.code, e.name, e.colour, e.kind, e.village_code,
               st_x(e.geom) as x, st_y(e.geom) as y
        from pub.enterprise e where {IN_DIVISION.format(table="e")}
        order by array_position(array['red', 'orange', 'yellow', 'blue'], e.colour), e.code"""  # noqa: S608  (fixed names)
    return [EnterpriseCard(**row) for row in _rows(store, query, village_code, town_code)]


def history(
    store: Store, village_code: str | None = None, *, town_code: str | None = None
) -> list[HistoryCard]:
    """
    List past disasters, newest first, with the part of the division that each touched.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        In this village.
    town_code
        In this town; without both, in the whole district and without a share.

    Returns
    -------
    list[HistoryCard]
        One entry per event.
    """
    code = village_code or town_code
    # Shares of one small area: degrees cancel out of the ratio.
    query = """
        select h.event, h.hazard, h.year, min(h.began_on) as began_on,
               bool_or(h.is_made_up) as is_made_up, count(*)::int as areas,
               case when min(d.code) is not null then least(1.0,
                   st_area(st_union(st_intersection(h.geom, d.geom))) / min(st_area(d.geom)))
               end as affected_share
        from pub.historical_disaster h
        left join pub.division d on d.code = :village
        where cast(:village as text) is null or st_intersects(h.geom, d.geom)
        group by h.event, h.hazard, h.year
        order by h.year desc, h.event"""
    known = _rows(store, query, code, None)
    unseen = _rows(store, UNSEEN_SHARE, code, None) if code is not None else []
    return [HistoryCard(**row) for row in (*known, *unseen) if not _is_whole(row)]


def _is_whole(row: Mapping[str, Any]) -> bool:
    """Tell whether a survey saw all of a place; slivers are what rounding leaves."""
    return bool(row.get("is_unseen")) and row["affected_share"] < LEAST_UNSEEN_SHARE


def demand(
    store: Store, code: str | None = None, *, hazard: str | None = None
) -> DemandCard | None:
    """
    Add up the current plan's people of a division.

    Parameters
    ----------
    store
        The store, any role.
    code
        Code of a town, village or grid unit; None for the whole district.
    hazard
        Hazard that is looked at; None for the leading one.

    Returns
    -------
    DemandCard | None
        The people; None before the first plan, and where the plan is that of another hazard.
    """
    query = f"""
        select coalesce(sum(people), 0)::int as people,
               coalesce(sum(demand_people), 0)::int as demand_people,
               coalesce(sum(served_people), 0)::int as served_people,
               coalesce(sum(unserved_people), 0)::int as unserved_people, reason
        from pub.evacuation_demand e
        where e.plan_id = {OWN_PLAN} and (cast(:village as text) is null
              or e.unit_code = :village or e.village_code = :village
              or e.village_code in (select code from pub.division
                                    where level = 'village' and town_code = :village))
        group by reason"""  # noqa: S608  (fixed names)
    rows = _rows(store, query, code, None, hazard=hazard)
    if not rows:
        return None
    names = ("people", "demand_people", "served_people", "unserved_people")
    sums = {name: sum(row[name] for row in rows) for name in names}
    reasons = {row["reason"]: row["unserved_people"] for row in rows if row["unserved_people"]}
    return DemandCard(**sums, reasons=reasons)
