"""What holds of a report: each field as it was added last; what was joined to nothing waits again.

A report that was joined to another which its officer withdrew, or which was returned, tells of a
hazard that nobody else tells of any more: it stands on the desk again.
"""

from importlib import import_module

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# A device counts from one again once its store was emptied: the device that was heard last comes
# first, and its own count within it. The offset keeps the few that are joined from being looked for
# among all.
STATE = """
create or replace view census.report_state as
with decided as not materialized (
select r.*, a.severity as severity_added, a.people_threatened as people_added,
       a.words as words_added,
       case when d.kind in ('accepted', 'joined') then d.kind
            when w.id is not null then 'withdrawn'
            when d.kind = 'returned' and coalesce(l.number, 0) < d.number then 'returned'
            else 'received' end as status,
       d.reason, d.actor as decided_by, d.actor_name as decided_by_name,
       d.received_at as decided_at, d.joined_to, d.site_code,
       greatest(r.received_at, d.received_at, l.received_at) as changed_at
from census.report r
left join lateral (
    select e.* from census.report_event e
    where e.report_id = r.id and e.kind in ('accepted', 'returned', 'joined')
    order by e.number desc limit 1) d on true
left join lateral (
    select (array_agg(e.severity order by e.heard desc, e.sequence desc, e.number desc)
              filter (where e.severity is not null))[1] as severity,
           (array_agg(e.people_threatened order by e.heard desc, e.sequence desc, e.number desc)
              filter (where e.people_threatened is not null))[1] as people_threatened,
           (array_agg(e.words order by e.heard desc, e.sequence desc, e.number desc)
              filter (where e.words is not null))[1] as words
    from (select e.*, max(e.number) over (partition by e.device) as heard
          from census.report_event e where e.report_id = r.id and e.kind = 'amended') e) a on true
left join lateral (
    select e.id from census.report_event e where e.report_id = r.id and e.kind = 'withdrawn'
    limit 1) w on true
left join lateral (
    select e.number, e.received_at from census.report_event e
    where e.report_id = r.id and e.kind in ('amended', 'withdrawn')
    order by e.number desc limit 1) l on true
)
select r.id, r.number, r.account_id, r.reporter_name, r.named_village, r.village_code, r.unit_code,
       r.geom, r.accuracy_m, r.place_source, r.doubts, r.kind,
       coalesce(r.severity_added, r.severity) as severity,
       coalesce(r.people_added, r.people_threatened) as people_threatened,
       coalesce(r.words_added, r.words) as words,
       r.photos, r.device, r.sequence, r.written_at, r.clock_off_s, r.received_at,
       case when o.status in ('withdrawn', 'returned') then 'received' else r.status end as status,
       r.reason, r.decided_by, r.decided_by_name, r.decided_at, r.joined_to, r.site_code,
       r.changed_at
from decided r
left join lateral (
    select x.status from decided x where x.id = r.joined_to and r.status = 'joined' offset 0
) o on true
"""


def upgrade() -> None:
    """Compute the state anew."""
    op.execute(STATE)


def downgrade() -> None:
    """Compute it as before."""
    before: str = import_module("census.store.migrations.versions.0017_reports").STATE
    op.execute(before.replace("create view", "create or replace view"))
