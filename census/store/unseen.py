"""Where a survey did not look, or could not see: nothing was found there, which is not none."""

from typing import Final

# Of each survey the ground of the district that it did not see, in pieces; the public's views.
UNSEEN: Final = """
select 'U-' || s.number || '-' || p.path[1] as code, s.hazard, s.survey as event,
       cast(null as text) as name, s.year, false as is_made_up, p.geom
from (
    select row_number() over (order by survey, hazard) as number, survey, hazard,
           cast(extract(year from min(surveyed_on)) as integer) as year,
           st_union(geom) filter (where coverage = 'looked') as looked,
           st_union(geom) filter (where coverage = 'hidden') as hidden
    from pub.surveyed_extent group by survey, hazard
) s
cross join lateral (
    select st_union(d.geom) as geom from pub.division d where d.level = 'town'
) w
cross join lateral (
    select case when s.looked is null then w.geom
                when s.hidden is null then st_difference(w.geom, s.looked)
                else st_difference(w.geom, st_difference(s.looked, s.hidden)) end as geom
) u
cross join lateral st_dump(st_collectionextract(u.geom, 3)) p
"""
# Of a place: what part of it each survey did not see.
UNSEEN_SHARE: Final = """
select s.survey as event, s.hazard,
       cast(extract(year from s.surveyed_on) as integer) as year, s.surveyed_on as began_on,
       false as is_made_up, 1 as areas,
       least(1.0, st_area(case
           when s.looked is null then d.geom
           when s.hidden is null then st_difference(d.geom, s.looked)
           else st_difference(d.geom, st_difference(s.looked, s.hidden)) end
       ) / st_area(d.geom)) as affected_share,
       true as is_unseen
from (select code, geom from pub.division where code = :village and geom is not null) d
cross join lateral (
    select survey, hazard, min(surveyed_on) as surveyed_on,
           st_union(st_intersection(geom, d.geom)) filter (where coverage = 'looked') as looked,
           st_union(st_intersection(geom, d.geom)) filter (where coverage = 'hidden') as hidden
    from pub.surveyed_extent group by survey, hazard
) s
order by s.surveyed_on desc, s.survey
"""
