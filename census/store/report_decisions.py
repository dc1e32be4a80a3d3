"""Decide on what was reported: accept, return with a word, or join to another report.

Nothing is merged by itself and nobody decides on their own report. An accepted report becomes a
hazard site through a change set of one row: what the officer proposed, and who reviewed it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, func, insert, select, text

from census.report_errors import (
    DecidedReportError,
    OwnReportError,
    ReasonMissingError,
    UnknownReportError,
)
from census.store.actors import Actor
from census.store.audit import Deed, deed, require
from census.store.connection import Store
from census.store.deliveries import bump_generation
from census.store.report_commands import LAYER, REPORT
from census.store.rights import EVERYWHERE, rights

SITE_LAYER: Final = "hazard_site"
OPEN: Final = "received"
JOINED: Final = "joined"
STANDING: Final = frozenset({OPEN, "accepted"})

# Verifiers wait for each other, whichever report each decides on: of two that are joined to each
# other at once, none would be left.
HOLD = "select pg_advisory_xact_lock(hashtextextended('report', 17))"
STATE = "select * from census.report_state where id = :id"
SITE = """
insert into census.hazard_site
    (code, name, kind, hazard, origin, village_code, people_threatened, area_m2, description, geom)
select :code, :name, :kind, :hazard, 'reported', r.village_code, r.people_threatened,
       st_area(a.geom), :description, st_transform(a.geom, :srid)
from census.report_state r,
     lateral (select st_buffer(st_transform(r.geom, :metric_srid), :radius_m) as geom) a
where r.id = :id
returning to_jsonb(hazard_site) - 'geom' || jsonb_build_object('geom', st_asgeojson(geom)::jsonb)
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """
    The hazard site that a verifier makes of a report.

    Attributes
    ----------
    name
        Its name on maps.
    kind
        Code of :class:`geo.vocabulary.HazardSiteKind`.
    hazard
        Code of the hazard.
    radius_m
        Extent around the reported place.
    description
        What maps say of it; never the officer's own words.
    """

    name: str
    kind: str
    hazard: str
    radius_m: float
    description: str


@contextmanager
def _deciding(
    store: Store, actor: Actor, command: str, report_id: UUID
) -> Iterator[tuple[Deed, Row[Any]]]:
    # Who may do it nowhere learns nothing of which reports there are.
    require(actor, rights().action_of_command(command), None)
    place = _place_of(store, report_id)
    with deed(
        store, actor, command, village_code=place, object_kind=REPORT, object_code=str(report_id)
    ) as work:
        work.connection.execute(text(HOLD))
        held = work.connection.execute(text(STATE), {"id": report_id}).one()
        if held.account_id == actor.id:
            raise OwnReportError(held.number)
        if held.status != OPEN:
            raise DecidedReportError(held.number)
        yield work, held
        bump_generation(store, LAYER, connection=work.connection)


def _place_of(store: Store, report_id: UUID) -> str:
    query = text("select village_code from census.report_state where id = :id")
    with store.engine.connect() as connection:
        row = connection.execute(query, {"id": report_id}).one_or_none()
    if row is None:
        raise UnknownReportError(str(report_id))
    return row.village_code or EVERYWHERE


def _decide(work: Deed, store: Store, actor: Actor, report_id: UUID, **facts: Any) -> None:
    row = {
        "id": uuid4(), "report_id": report_id, "actor": actor.id, "actor_name": actor.name, **facts
    }  # fmt: skip
    work.connection.execute(insert(store.tables.report_event).values(row))
    work.detail |= {name: str(facts[name]) for name in ("joined_to", "site_code") if name in facts}


def accept_report(store: Store, actor: Actor, *, report_id: UUID, site: Site) -> str:
    """
    Accept a report: it becomes a hazard site.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The verifier.
    report_id
        The report.
    site
        What is made of it.

    Returns
    -------
    str
        Code of the hazard site.

    Raises
    ------
    UnknownReportError
        If there is no such report.
    OwnReportError
        If the actor reported it.
    DecidedReportError
        If it no longer waits for a decision.
    ForbiddenError
        If the actor may not decide there.
    """
    with _deciding(store, actor, "accept_report", report_id) as (work, held):
        code = f"R-{held.number}"
        made = work.connection.execute(
            text(SITE),
            {
                "code": code, "id": report_id, "name": site.name, "kind": site.kind,
                "hazard": site.hazard, "radius_m": site.radius_m, "description": site.description,
                "srid": store.district.srid, "metric_srid": store.district.metric_srid,
            },
        ).scalar_one()  # fmt: skip
        change = {"proposed_by": held.account_id, "reviewed_by": actor.id}
        work.connection.execute(select(func.census.rebuild_cells(SITE_LAYER)))
        _note_change(store, work, change | {"origin_id": str(held.id)}, code, made)
        _decide(work, store, actor, report_id, kind="accepted", site_code=code)
        bump_generation(store, SITE_LAYER, connection=work.connection)
    return code


def _note_change(store: Store, work: Deed, change: dict[str, str], code: str, after: Any) -> None:
    table = store.tables.change_set
    put = insert(table).values(origin=REPORT, **change).returning(table.c.id)
    row = {
        "change_set_id": work.connection.execute(put).scalar_one(), "layer": SITE_LAYER,
        "code": code, "kind": "insert", "before": None, "after": after,
    }  # fmt: skip
    work.connection.execute(insert(store.tables.change_row).values(row))


def return_report(store: Store, actor: Actor, *, report_id: UUID, reason: str) -> None:
    """
    Give a report back to its officer with a word.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The verifier.
    report_id
        The report.
    reason
        What is missing or wrong; the officer reads it.

    Raises
    ------
    ReasonMissingError
        If no word is given.
    UnknownReportError, OwnReportError, DecidedReportError, ForbiddenError
        As :func:`accept_report`.
    """
    if not reason.strip():
        raise ReasonMissingError
    with _deciding(store, actor, "return_report", report_id) as (work, _held):
        _decide(work, store, actor, report_id, kind="returned", reason=reason.strip())


def join_report(store: Store, actor: Actor, *, report_id: UUID, to: UUID) -> None:
    """
    Join a report to another that tells of the same; both stay as they are, with their photos.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The verifier.
    report_id
        The report.
    to
        The one it tells of again; where that is joined itself, the one it was joined to.

    Raises
    ------
    UnknownReportError
        If either is not there or not within the actor's scopes, or both are the same.
    DecidedReportError
        If either no longer stands.
    OwnReportError, ForbiddenError
        As :func:`accept_report`.
    """
    with _deciding(store, actor, "join_report", report_id) as (work, _held):
        original = _original(work, actor, to)
        if original is None or original.id == report_id:
            raise UnknownReportError(str(to))
        if original.status not in STANDING:
            raise DecidedReportError(original.number)
        _decide(work, store, actor, report_id, kind=JOINED, joined_to=original.id)


def _original(work: Deed, actor: Actor, to: UUID) -> Row[Any] | None:
    """Find the report itself, or what it was joined to; None where the actor knows of none."""
    found = work.connection.execute(text(STATE), {"id": to}).one_or_none()
    action = rights().action_of_command("join_report")
    if found is None or not actor.may(action, found.village_code or EVERYWHERE):
        return None
    if found.status != JOINED:
        return found
    return work.connection.execute(text(STATE), {"id": found.joined_to}).one()
