"""Ask for routes in SQL: what pages show, what only the desk knows, and what stands on a day."""

# Every route: those that pages show, and those that so far only the desk knows, because they were
# drawn from nothing, withdrawn, or left out by a later delivery.
KNOWN = """
select e.code, e.name, e.village_code, e.unit_code, e.shelter_code, e.people, e.version,
       e.length_m, e.origin, r.assembly_point_code, r.id as route_id
from census.evacuation_route e left join census.route r on r.code = e.code
union all
select r.code, r.name, r.village_code, r.unit_code, r.shelter_code, r.people, null, null,
       r.origin, r.assembly_point_code, r.id
from census.route r
where r.given_up_at is null
  and not exists (select from census.evacuation_route e where e.code = r.code)
"""

HEAD = f"""
select k.code, k.name, k.village_code, v.name as village_name, v.town_code, t.name as town_name,
       k.unit_code, k.shelter_code, s.name as shelter_name, k.people, k.version as in_force,
       k.origin, k.assembly_point_code,
       coalesce((select max(n.version) from census.route_version n
                 where n.route_id = k.route_id), 0) as newest
from ({KNOWN}) k
left join census.division v on v.code = k.village_code
left join census.division t on t.code = v.town_code
left join census.shelter s on s.code = k.shelter_code
"""  # noqa: S608  (fixed names)

VERSIONS = """
select n.version, n.parent_version, st_asgeojson(n.geom, 8) as line, n.waypoints, n.shelter_code,
       s.name as shelter_name, n.assembly_point_code, n.off_road_reason, n.length_m, n.minutes,
       n.hazard_m, n.depth_max_m, n.hazard,
       coalesce(asked.detail -> 'checked' -> 'findings', n.findings) as findings,
       n.explanations || coalesce(asked.detail -> 'explanations', '{}') as explanations, n.author,
       coalesce(made.actor_name, n.author) as author_name, n.made_at, n.note,
       coalesce(now.kind, 'saved') as state, coalesce(now.actor_name, n.author) as state_by,
       now.at as state_at, now.valid_from,
       now.reason
from census.route r
join census.route_version n on n.route_id = r.id
left join census.shelter s on s.code = n.shelter_code
left join lateral (select actor_name from census.route_event e
    where e.route_id = n.route_id and e.version = n.version order by e.id limit 1) made on true
left join lateral (select detail from census.route_event e
    where e.route_id = n.route_id and e.version = n.version and e.kind = 'submitted'
    order by e.id desc limit 1) asked on true
left join census.route_status now on now.route_id = n.route_id and now.version = n.version
where r.code = :code
"""

# What stands for version 0 where no row does: the stored line of a route that nobody has edited
# yet, and nothing, no line at all, for a route that is drawn from nothing.
BEFORE_ALL = f"""
select 0 as version, null::int as parent_version,
       st_asgeojson(st_linemerge(e.geom), 8) as line,
       '[]'::jsonb as waypoints, k.shelter_code, s.name as shelter_name,
       k.assembly_point_code, null as off_road_reason, e.length_m, e.minutes, e.hazard_m,
       e.depth_max_m, '{{}}'::jsonb as hazard, '[]'::jsonb as findings,
       '{{}}'::jsonb as explanations,
       k.origin as author, k.origin as author_name, null::timestamptz as made_at, null as note,
       'saved' as state, k.origin as state_by, null::timestamptz as state_at,
       null::date as valid_from, null as reason
from ({KNOWN}) k
left join census.evacuation_route e on e.code = k.code and k.origin <> 'drawn'
left join census.shelter s on s.code = k.shelter_code
where k.code = :code
"""  # noqa: S608  (fixed names)

DESK = f"""
select a.*, coalesce(now.kind, case when a.origin = 'drawn' then 'fresh' else 'untouched' end)
           as state,
       now.at as state_at, coalesce(d.drafts, 0) as drafts
from (select h.*, k.route_id, k.length_m from ({HEAD}) h join ({KNOWN}) k on k.code = h.code) a
left join census.route_status now on now.route_id = a.route_id and now.version = a.newest
left join (select route_id, count(*)::int as drafts from census.route_draft
           where updated_at > now() - make_interval(mins => :minutes) group by route_id) d
  on d.route_id = a.route_id
order by a.town_code, a.village_code, a.code
"""  # noqa: S608  (fixed names)

# The publication that stands on a day: that of the highest version whose day has come. A version
# that was withdrawn before its day never stood; one withdrawn since leaves what was there at first.
STANDING = """
select p.route_id, p.version, p.valid_from, p.actor_name as publisher_name,
       w.id is not null as is_withdrawn
from census.route_event p
left join census.route_event w on w.route_id = p.route_id and w.version = p.version
    and w.kind = 'withdrawn' and w.valid_from <= :day
where p.route_id = r.id and p.kind = 'published' and p.valid_from <= :day
  and not coalesce(w.valid_from < p.valid_from, false)
order by p.version desc limit 1
"""

IN_FORCE = f"""
select s.version, s.valid_from, s.publisher_name, s.is_withdrawn,
       (select b.actor_name from census.route_event b where b.route_id = s.route_id
        and b.version = s.version and b.kind in ('saved', 'restored')
        order by b.id limit 1) as author_name,
       (select b.actor_name from census.route_event b where b.route_id = s.route_id
        and b.version = s.version and b.kind = 'approved' order by b.id desc limit 1)
       as approver_name
from census.route r
join lateral ({STANDING}) s on true
where r.code = :code
"""  # noqa: S608  (fixed names)

# Routes that pages show otherwise than they stand on a day; a code of null asks for all of them.
DUE = f"""
select r.code, s.version, s.valid_from
from census.route r
join lateral ({STANDING}) s on not s.is_withdrawn
left join census.evacuation_route e on e.code = r.code
where e.version is distinct from s.version
  and (cast(:code as text) is null or r.code = :code)
order by r.code
"""  # noqa: S608  (fixed names)

POSTS = """
select u.division_code, u.post, u.role from census.duty u
where u.division_code = any(:codes)
order by u.division_code desc, u.sequence, u.role desc, u.post
"""
