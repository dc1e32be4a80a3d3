"""Rank the divisions of a district by risk, with people and demand, in one query."""

from dataclasses import dataclass

from sqlalchemy import text

from census.store.connection import Store
from census.store.shown import OWN_PLAN, RUN

_RANKING = f"""
with demand as (
    select case when :level = 'town' then v.town_code else v.code end as code,
           sum(e.demand_people)::int as demand_people,
           sum(e.unserved_people)::int as unserved_people
    from pub.evacuation_demand e join pub.division v on v.code = e.village_code
    where e.plan_id = {OWN_PLAN}
    group by 1
), counted as (
    select case when :level = 'town' then v.town_code else v.code end as code,
           sum(p.people)::int as people
    from pub.people p join pub.division v on v.code = p.division_code
    group by 1
)
select d.code, d.name, d.level, z.risk_class, z.risk_index,
       coalesce(c.people, round(z.people)::int) as people,
       e.demand_people, e.unserved_people,
       round(z.people_in_hazard)::int as people_in_hazard
from pub.division d
left join counted c on c.code = d.code
left join demand e on e.code = d.code
left join pub.risk_zone z on z.division_code = d.code
    and z.run_id = {RUN}
where d.level = :level and (cast(:town as text) is null or d.town_code = :town)
order by z.risk_class desc nulls last, z.risk_index desc nulls last, d.code
"""  # noqa: S608  (fixed names)


@dataclass(frozen=True, kw_only=True)
class RankedDivision:
    """
    A division in its rank: risk class 1-5 (None: not assessed), people, and who must leave.

    ``people_in_hazard`` live where the run has the water too deep to stay; ``demand_people`` and
    ``unserved_people`` are those of the hazard's own plan, None without one.
    """

    code: str
    name: str
    level: str
    risk_class: int | None
    risk_index: float | None
    people: int | None
    demand_people: int | None
    unserved_people: int | None
    people_in_hazard: int | None


def ranking(
    store: Store, level: str, *, town_code: str | None = None, hazard: str | None = None
) -> list[RankedDivision]:
    """
    Rank towns or villages, highest risk first.

    Parameters
    ----------
    store
        The store, any role.
    level
        Either ``town`` or ``village``.
    town_code
        Only those of this town.
    hazard
        Hazard whose run ranks them; None for the leading one.

    Returns
    -------
    list[RankedDivision]
        The divisions; those that no run covers come last.
    """
    with store.engine.connect() as connection:
        found = connection.execute(
            text(_RANKING), {"level": level, "town": town_code, "hazard": hazard}
        )
        return [RankedDivision(**row) for row in found.mappings()]
