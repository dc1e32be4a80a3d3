"""Tell which routes in force run through what was reported from the place and accepted.

In force is what people are shown and what sheets print: routes of the current plan, delivered ones
and published ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from census.store.actors import Actor
from census.store.connection import Store
from census.store.rights import EVERYWHERE
from census.store.shown import PLAN

LEAST_M: Final = 0.05
"""Fewer metres inside are the rounding of two coordinates."""

DECIMALS: Final = 6
"""A decimetre, in degrees."""

IN_FORCE = f"(r.plan_id is null or r.plan_id = {PLAN} or r.version is not null)"

# From the routes to the sites, by the index of the sites: there may be a million of them.
BLOCKED = f"""
select b.* from (
    select r.code, r.name, r.village_code, v.name as village_name, r.version,
           h.code as site_code, h.name as site_name, p.kind as report_kind, p.reported_at,
           st_length(st_intersection(st_transform(r.geom, :metric_srid),
                                     st_transform(h.geom, :metric_srid))) as metres
    from pub.evacuation_route r
    join pub.hazard_site h on h.geom && r.geom and h.origin = 'reported'
                          and st_intersects(h.geom, r.geom)
    left join pub.division v on v.code = r.village_code
    left join lateral (
        select kind, reported_at from pub.reported_hazard where code = h.code limit 1) p on true
    where {IN_FORCE}
      and (cast(:village as text) is null or r.village_code = :village)
      and (cast(:route as text) is null or r.code = :route)
) b where b.metres > {LEAST_M}
"""  # noqa: S608  (fixed names)

# Whoever approved a version after the report was accepted has weighed it.
UNWEIGHED = f"""
select b.* from ({BLOCKED}) b
join census.report_event s on s.kind = 'accepted' and s.site_code = b.site_code
left join lateral (
    select max(e.at) as at from census.route r join census.route_event e on e.route_id = r.id
    where r.code = b.code and e.version = b.version and e.kind = 'approved') a on true
where a.at is null or a.at < s.received_at
order by b.reported_at desc, b.site_code, b.code
"""  # noqa: S608  (fixed names)

# The area that an accepted report has, or the one that it would get; around it, by the index of the
# routes, those that run through it and the nearest of the others. Lines are asked of these alone.
AROUND = f"""
with area as (
    select st_transform(o.geom, :metric_srid) as place,
           coalesce((select st_transform(h.geom, :metric_srid) from census.hazard_site h
                     where h.code = :site),
                    st_buffer(st_transform(o.geom, :metric_srid), :radius_m)) as geom
    from census.report o where o.id = :id
), met as (
    select r.code, r.name, r.village_code, r.geom, l.away_m, l.metres,
           row_number() over (partition by l.metres > {LEAST_M} order by l.away_m, r.code) as turn
    from area
    join pub.evacuation_route r
      on st_intersects(r.geom, st_transform(st_buffer(area.geom, :beyond_m), :srid))
    cross join lateral (select st_transform(r.geom, :metric_srid) as geom) m
    cross join lateral (select st_distance(m.geom, area.place) as away_m,
                               st_length(st_intersection(m.geom, area.geom)) as metres) l
    where {IN_FORCE}
)
select met.code, met.name, met.village_code, v.name as village_name, met.away_m,
       met.metres > {LEAST_M} as is_within, met.metres,
       cast(st_asgeojson(met.geom, {DECIMALS}, 0) as json) as line
from met left join pub.division v on v.code = met.village_code
where met.metres > {LEAST_M} or met.turn = 1
order by met.metres desc, met.code
"""  # noqa: S608  (fixed names)


@dataclass(frozen=True, kw_only=True)
class NearRoute:
    """
    A route in force that runs through an area, or past it.

    Attributes
    ----------
    code, name, village_code, village_name
        The route and where it starts.
    metres
        Metres in the area.
    is_within
        Whether it runs through the area.
    away_m
        Metres between it and the reported place.
    line
        GeoJSON geometry.
    """

    code: str
    name: str
    village_code: str | None
    village_name: str | None
    metres: float
    is_within: bool
    away_m: float
    line: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RoutesAround:
    """
    The routes in force at an area.

    Attributes
    ----------
    within
        Those that run through it, most metres first.
    nearest
        The nearest of the others; None where none is near.
    """

    within: tuple[NearRoute, ...] = ()
    nearest: NearRoute | None = None


@dataclass(frozen=True, kw_only=True)
class BlockedRoute:
    """
    A route in force and a reported site on it.

    Attributes
    ----------
    code, name, village_code, village_name
        The route and where it starts.
    version
        The published version; None for a planned or delivered line.
    site_code, site_name
        The hazard site.
    report_kind
        Code of :class:`geo.vocabulary.ReportKind`; None for a site without a report.
    reported_at
        When the report came in.
    metres
        Metres of the route in the site.
    """

    code: str
    name: str
    village_code: str | None
    village_name: str | None
    version: int | None
    site_code: str
    site_name: str
    report_kind: str | None
    reported_at: datetime | None
    metres: float


def blocked_routes(
    store: Store, *, village_code: str | None = None, route_code: str | None = None
) -> list[BlockedRoute]:
    """
    List the routes in force that run through reported sites.

    Parameters
    ----------
    store
        The store, any role.
    village_code
        Only routes that start in this village.
    route_code
        Only this route.

    Returns
    -------
    list of BlockedRoute
        By route and site, one entry for each pair.
    """
    query = f"{BLOCKED} order by b.code, b.site_code"
    return _listed(store, query, village_code, route_code)


def unweighed_routes(store: Store, actor: Actor) -> list[BlockedRoute]:
    """
    List the routes in force that run through a site accepted since they were approved.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks; routes outside their scope are left out.

    Returns
    -------
    list of BlockedRoute
        Newest report first; planned and delivered lines that nobody approved are among them.
    """
    return [
        each
        for each in _listed(store, UNWEIGHED, None, None)
        if actor.may("route.read", each.village_code or EVERYWHERE)
    ]


def routes_around(
    store: Store, report_id: UUID, site_code: str | None, *, radius_m: float, beyond_m: float
) -> RoutesAround:
    """
    List the routes in force that run through the extent of a report, and the nearest past it.

    Parameters
    ----------
    store
        The store, role app.
    report_id
        The report.
    site_code
        The hazard site that it became; None where it is none yet.
    radius_m
        Extent around the reported place that it would get.
    beyond_m
        As far from the extent a route past it is looked for.

    Returns
    -------
    RoutesAround
        The routes.
    """
    values = {
        "id": report_id, "site": site_code, "radius_m": radius_m, "beyond_m": beyond_m,
        "srid": store.district.srid, "metric_srid": store.district.metric_srid,
    }  # fmt: skip
    with store.engine.connect() as connection:
        rows = connection.execute(text(AROUND), values).mappings()
        found = [NearRoute(**row) for row in rows]
    past = (each for each in found if not each.is_within)
    return RoutesAround(
        within=tuple(each for each in found if each.is_within), nearest=next(past, None)
    )


def _listed(
    store: Store, query: str, village_code: str | None, route_code: str | None
) -> list[BlockedRoute]:
    values: dict[str, Any] = {
        "village": village_code, "route": route_code, "metric_srid": store.district.metric_srid,
    }  # fmt: skip
    with store.engine.connect() as connection:
        found = connection.execute(text(query), values)
        return [BlockedRoute(**row) for row in found.mappings()]
