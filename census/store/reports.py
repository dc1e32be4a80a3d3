"""Read what was reported: the desk's list, one report beside what may be the same, an own list.

Reading names persons, so it is kept to the scopes of who reads, and each look at one report is
noted in the audit; the public reads view ``pub.reported_hazard``, which names none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from census.report_errors import UnknownReportError
from census.store.actors import Actor
from census.store.audit import record, require
from census.store.blocked_routes import RoutesAround, routes_around
from census.store.connection import Store
from census.store.rights import EVERYWHERE, prefix_of, rights

MOST_LISTED: Final = 500

_FIELDS = """
select s.id, s.number, s.account_id, s.reporter_name, s.village_code, s.unit_code,
       v.name as village_name, t.name as town_name, st_x(s.geom) as x, st_y(s.geom) as y,
       s.accuracy_m, s.place_source,
       s.doubts, s.kind, s.severity, s.people_threatened, s.words, s.photos, s.written_at,
       s.clock_off_s, s.received_at, s.status, s.reason, s.decided_by_name, s.decided_at,
       s.joined_to, j.number as joined_number, s.site_code, s.changed_at,
       coalesce((select jsonb_agg(p.sha256 order by p.received_at, p.sha256)
                 from census.report_photo p where p.report_id = s.id), '[]') as photos_here
from census.report_state s
left join census.division v on v.code = s.village_code
left join census.division t on t.code = v.town_code
left join census.report j on j.id = s.joined_to
"""
_WITHIN = """
(:all or exists (select from unnest(cast(:scopes as text[])) as scope
                 where s.village_code like scope || '%'))
"""
# Those that wait come first, the gravest and oldest of them; then the newest of the rest.
_LIST = f"""
{_FIELDS}
where {_WITHIN}
order by s.status <> 'received', case when s.status = 'received' then -s.severity end,
         case when s.status = 'received' then s.received_at end, s.changed_at desc
limit :most
"""
_NEAR = f"""
select near.*, st_distance(near_at.geom, own_at.geom) as distance_m
from ({_FIELDS} where {_WITHIN}) near
join census.report n on n.id = near.id
join census.report o on o.id = :id,
     lateral (select st_transform(n.geom, :metric_srid) as geom) near_at,
     lateral (select st_transform(o.geom, :metric_srid) as geom) own_at
where near.id <> :id and near.status in ('received', 'accepted')
  and abs(extract(epoch from near.received_at - o.received_at)) <= :within_h * 3600
  and st_distance(near_at.geom, own_at.geom) <= :within_m
order by near.kind <> o.kind, distance_m, near.id limit :most
"""  # noqa: S608  (fixed names)
_STEPS = """
select report_id, kind, actor_name, reason, received_at
from census.report_event where report_id = any(:ids) order by number
"""


@dataclass(frozen=True, kw_only=True)
class ReportCard:
    """
    A report as it stands; figures that are unknown are None.

    Attributes
    ----------
    id, number
        Id that the device made, and the number under which it was received.
    account_id, reporter_name
        Who reported it.
    x, y
        Longitude and latitude, degrees.
    accuracy_m
        Accuracy that the device stated.
    doubts
        Codes of what is doubtful.
    kind, severity
        Code of the kind; ordinal of the severity.
    written_at, received_at, clock_off_s
        The device's time, the server's, and by how much the first was ahead.
    status
        received, accepted, returned, joined or withdrawn.
    photos, photos_here
        Hashes of the photos that the report and what was added to it announced, and of those that
        have come, each in its order.
    distance_m
        Distance to the report beside which it is shown.
    """

    id: UUID
    number: int
    account_id: str
    reporter_name: str
    village_code: str | None
    unit_code: str | None
    village_name: str | None
    town_name: str | None
    x: float
    y: float
    accuracy_m: float | None
    place_source: str
    doubts: Sequence[str]
    kind: str
    severity: int
    people_threatened: int | None
    words: str | None
    photos: Sequence[str]
    photos_here: Sequence[str]
    written_at: datetime
    clock_off_s: float | None
    received_at: datetime
    status: str
    reason: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    joined_to: UUID | None
    joined_number: int | None
    site_code: str | None
    changed_at: datetime
    distance_m: float | None = None

    @property
    def arrived_photos(self) -> int:
        """
        Count the photos that have come.

        Returns
        -------
        int
            At most as many as were announced.
        """
        return len(self.photos_here)


@dataclass(frozen=True)
class Step:
    """
    Something that happened to a report.

    Attributes
    ----------
    kind
        amended, withdrawn, accepted, returned or joined.
    actor_name
        Who did it.
    reason
        The word given; None for none.
    at
        When, by the server's clock.
    """

    kind: str
    actor_name: str
    reason: str | None
    at: datetime


def reports(store: Store, actor: Actor) -> list[ReportCard]:
    """
    List what was reported within the actor's scopes.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.

    Returns
    -------
    list of ReportCard
        Those that wait first, the gravest and oldest of them; at most ``MOST_LISTED``.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    action = rights().action_of_command("reports")
    require(actor, action, None)
    values = {**_within(actor, "reports"), "most": MOST_LISTED}
    return [ReportCard(**row) for row in _rows(store, _LIST, values)]


def report_of(
    store: Store, actor: Actor, *, report_id: UUID, near: Mapping[str, float]
) -> tuple[ReportCard, list[ReportCard], list[Step]]:
    """
    Read one report, what may be the same, and its steps.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who reads.
    report_id
        The report.
    near
        Table ``duplicates`` of the method ``hazard_reports``.

    Returns
    -------
    tuple
        The report; others within the actor's scopes that are near in place and time, of its kind
        first, then nearest; its steps.

    Raises
    ------
    UnknownReportError
        If there is none, or none within the actor's scopes.
    ForbiddenError
        If the actor may not.
    """
    card = _readable(store, actor, "report_of", report_id)
    values = {
        "id": report_id, "metric_srid": store.district.metric_srid, **near,
        **_within(actor, "report_of"),
    }  # fmt: skip
    beside = [ReportCard(**row) for row in _rows(store, _NEAR, values)]
    _note_reading(store, actor, "report_of", card, beside)
    return card, beside, _steps(store, [report_id]).get(report_id, [])


def _note_reading(
    store: Store, actor: Actor, command: str, card: ReportCard, beside: Sequence[ReportCard]
) -> None:
    """Write down who looked at what officers wrote: it may tell of persons."""
    action = str(rights().action_of_command(command))
    detail = {"command": command, "number": card.number, "beside": [one.number for one in beside]}
    with store.begin() as connection:
        record(
            connection, actor, action, object_kind="report", object_code=str(card.id),
            detail=detail,
        )  # fmt: skip


def _within(actor: Actor, command: str) -> dict[str, Any]:
    """Narrow what is read to the actor's scopes."""
    scopes = actor.scopes_of(str(rights().action_of_command(command)))
    return {"all": EVERYWHERE in scopes, "scopes": [prefix_of(each) for each in scopes]}


def _readable(store: Store, actor: Actor, command: str, report_id: UUID) -> ReportCard:
    action = rights().action_of_command(command)
    require(actor, action, None)
    found = _rows(store, f"{_FIELDS} where s.id = :id", {"id": report_id})
    card = ReportCard(**found[0]) if found else None
    if card is None or not actor.may(action, card.village_code or EVERYWHERE):
        raise UnknownReportError(str(report_id))
    return card


def report_picture(store: Store, actor: Actor, *, report_id: UUID, sha256: str) -> bytes:
    """
    Read a photo.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who looks.
    report_id
        The report.
    sha256
        Hash of the photo as it was sent.

    Returns
    -------
    bytes
        JPEG.

    Raises
    ------
    UnknownReportError
        If there is none, or none within the actor's scopes.
    ForbiddenError
        If the actor may not.
    """
    _readable(store, actor, "report_picture", report_id)
    query = text("select jpeg from census.report_photo where report_id = :id and sha256 = :sha256")
    with store.engine.connect() as connection:
        found = connection.execute(query, {"id": report_id, "sha256": sha256})
        jpeg = found.scalar_one_or_none()
    if jpeg is None:
        raise UnknownReportError(str(report_id))
    return bytes(jpeg)


def routes_of_report(
    store: Store, actor: Actor, *, report_id: UUID, radius_m: float, beyond_m: float
) -> RoutesAround:
    """
    List the routes in force in the extent that a report has or would get, and the nearest past it.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who looks.
    report_id
        The report.
    radius_m
        The extent that it would get; an accepted one has that of its hazard site.
    beyond_m
        As far from the extent a route past it is looked for.

    Returns
    -------
    RoutesAround
        None for a report that waits no more and became no site.

    Raises
    ------
    UnknownReportError
        If there is none, or none within the actor's scopes.
    ForbiddenError
        If the actor may not.
    """
    card = _readable(store, actor, "routes_of_report", report_id)
    if card.status not in {"received", "accepted"}:
        return RoutesAround()
    return routes_around(store, report_id, card.site_code, radius_m=radius_m, beyond_m=beyond_m)


def own_reports(store: Store, actor: Actor) -> list[tuple[ReportCard, list[Step]]]:
    """
    List what an officer reported and what became of it.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The officer.

    Returns
    -------
    list
        Reports with their steps, newest first; at most ``MOST_LISTED``.

    Raises
    ------
    ForbiddenError
        If the actor may not report.
    """
    require(actor, rights().action_of_command("own_reports"), None)
    query = f"{_FIELDS} where s.account_id = :account order by s.number desc limit :most"
    found = _rows(store, query, {"account": actor.id, "most": MOST_LISTED})
    cards = [ReportCard(**row) for row in found]
    steps = _steps(store, [each.id for each in cards])
    return [(each, steps.get(each.id, [])) for each in cards]


def _steps(store: Store, ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
    told: dict[UUID, list[Step]] = {}
    for row in _rows(store, _STEPS, {"ids": list(ids)}):
        step = Step(row["kind"], row["actor_name"], row["reason"], row["received_at"])
        told.setdefault(row["report_id"], []).append(step)
    return told


def _rows(store: Store, query: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), dict(values)).mappings()]
