"""Take what officers report, exactly once: the same again is acknowledged, another is refused.

The device makes every id. A second sending waits for the first to end and finds its row, so five
at once leave one; a receipt is given only for what is committed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.dialects.postgresql import insert

from census.report_errors import (
    OutsideDistrictError,
    ReportConflictError,
    TooManyPhotosError,
    UnannouncedPhotoError,
    UnknownReportError,
)
from census.store.actors import Actor
from census.store.audit import deed, require
from census.store.connection import Store
from census.store.deliveries import bump_generation
from census.store.report_statements import Photo, Receipt, Sent, Statement, Supplement
from census.store.rights import rights

REPORT: Final = "report"
LAYER: Final = "report"
NOWHERE: Final = None  # the command itself looks at the place

# Where a point lies, and how far from the district and from the village that was named.
WHERE = """
with here as (select st_setsrid(st_makepoint(:x, :y), :srid) as geom),
     metric as (select st_transform(geom, :metric_srid) as geom from here)
select (select code from census.division d, here where d.level = 'village'
          and st_intersects(d.geom, here.geom) order by code limit 1) as village_code,
       (select code from census.division d, here where d.level = 'grid_unit'
          and st_intersects(d.geom, here.geom) order by code limit 1) as unit_code,
       (select min(st_distance(st_transform(d.geom, :metric_srid), metric.geom))
          from census.division d, metric where d.level = 'town') as outside_m,
       (select st_distance(st_transform(d.geom, :metric_srid), metric.geom)
          from census.division d, metric where d.code = :named) as from_village_m
"""
STORED = """
select r.number, r.received_at, r.content_sha256, r.account_id
from census.report r where r.id = :id
"""
# The photos that the report names and those that were added to it.
OWN = "select account_id, number, photos from census.report_state where id = :id"


def send_report(
    store: Store, actor: Actor, *, statement: Statement, limits: Mapping[str, Any]
) -> Receipt:
    """
    Store a report, or acknowledge that it is stored.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The officer.
    statement
        What is reported.
    limits
        Tables ``place`` and ``clock`` of the method ``hazard_reports``.

    Returns
    -------
    Receipt
        Given after the commit alone.

    Raises
    ------
    ReportConflictError
        If the id stands for something else.
    OutsideDistrictError
        If the place lies farther outside the district than the method allows.
    ForbiddenError
        If the actor may not report.
    """
    with deed(
        store, actor, "send_report", village_code=NOWHERE,
        object_kind=REPORT, object_code=str(statement.id),
    ) as work:  # fmt: skip
        known = _known(work.connection, actor, statement)
        if known is not None:
            return known
        row = _row(store, work.connection, actor, statement, limits)
        put = insert(store.tables.report).values(row).on_conflict_do_nothing()
        made = work.connection.execute(
            put.returning(store.tables.report.c.number, store.tables.report.c.received_at)
        ).one_or_none()
        if made is None:  # another sending of the same was quicker
            return cast("Receipt", _known(work.connection, actor, statement))
        bump_generation(store, LAYER, connection=work.connection)
        work.detail |= {"number": made.number, "photos": len(statement.photos)}
        return Receipt(statement.sent.content_sha256, True, made.received_at, made.number)


def _known(connection: Connection, actor: Actor, statement: Statement) -> Receipt | None:
    row = connection.execute(text(STORED), {"id": statement.id}).one_or_none()
    if row is None:
        return None
    if (row.content_sha256, row.account_id) != (statement.sent.content_sha256, actor.id):
        raise ReportConflictError(str(statement.id))
    return Receipt(row.content_sha256, False, row.received_at, row.number)


def _row(
    store: Store,
    connection: Connection,
    actor: Actor,
    statement: Statement,
    limits: Mapping[str, Any],
) -> dict[str, Any]:
    district = store.district
    found = connection.execute(
        text(WHERE),
        {
            "x": statement.x, "y": statement.y, "srid": district.srid,
            "metric_srid": district.metric_srid, "named": statement.named_village,
        },
    ).one()  # fmt: skip
    outside_m = found.outside_m
    if outside_m is None or outside_m > limits["place"]["outside_m"]:
        raise OutsideDistrictError(statement.x, statement.y, district.name_zh, district.name_en)
    return {
        "id": statement.id,
        "account_id": actor.id,
        "reporter_name": actor.name,
        "named_village": statement.named_village,
        "village_code": found.village_code,
        "unit_code": found.unit_code,
        "geom": f"SRID={district.srid};POINT({statement.x!r} {statement.y!r})",
        "accuracy_m": statement.accuracy_m,
        "place_source": statement.place_source,
        "doubts": _doubts(statement, found, limits),
        "kind": statement.kind,
        "severity": statement.severity,
        "people_threatened": statement.people_threatened,
        "words": statement.words,
        "photos": list(statement.photos),
        **_sent(statement.sent),
    }


def _doubts(statement: Statement, found: Any, limits: Mapping[str, Any]) -> list[str]:
    """List what is doubtful, by code: a doubtful report is flagged, never refused."""
    place, off_s = limits["place"], statement.sent.clock_off_s
    from_village_m, accuracy_m = found.from_village_m, statement.accuracy_m
    doubts = {
        "map_tap": statement.place_source == "map",
        "inaccurate": accuracy_m is not None and accuracy_m > place["doubtful_accuracy_m"],
        "too_exact": statement.place_source == "gps" and accuracy_m == 0,
        "far_from_village": from_village_m is not None
        and from_village_m > place["far_from_village_m"],
        "outside_villages": found.village_code is None,
        "clock": off_s is not None and abs(off_s) > limits["clock"]["off_s"],
    }
    return [code for code, is_so in doubts.items() if is_so]


def _sent(sent: Sent) -> dict[str, Any]:
    return {
        "device": sent.device,
        "sequence": sent.sequence,
        "written_at": sent.written_at,
        "clock_off_s": sent.clock_off_s,
        "content_sha256": sent.content_sha256,
    }


def add_to_report(
    store: Store, actor: Actor, *, supplement: Supplement, limits: Mapping[str, Any]
) -> Receipt:
    """
    Store what an officer adds to a report of theirs, or acknowledge that it is stored.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The officer.
    supplement
        What is added; the device's count says what holds, in whatever order it comes.
    limits
        Table ``body`` of the method ``hazard_reports``: how many photos are kept in all.

    Returns
    -------
    Receipt
        Given after the commit alone.

    Raises
    ------
    UnknownReportError
        If the report is not there yet, or is somebody else's.
    ReportConflictError
        If the id stands for something else.
    TooManyPhotosError
        If the report and what is added to it would name more than are kept.
    ForbiddenError
        If the actor may not report.
    """
    table, sent = store.tables.report_event, supplement.sent
    with deed(
        store, actor, "add_to_report", village_code=NOWHERE,
        object_kind=REPORT, object_code=str(supplement.report_id),
        detail={"event": str(supplement.id), "kind": supplement.kind},
    ) as work:  # fmt: skip
        number, _ = _own(work.connection, actor, supplement.report_id)
        row = {
            "id": supplement.id, "report_id": supplement.report_id, "kind": supplement.kind,
            "actor": actor.id, "actor_name": actor.name, "severity": supplement.severity,
            "people_threatened": supplement.people_threatened, "words": supplement.words,
            "photos": list(supplement.photos), **_sent(sent),
        }  # fmt: skip
        at, is_new = _put(work.connection, table, row)
        if is_new:
            # Whoever counts waits here for the others, and so finds what they added.
            bump_generation(store, LAYER, connection=work.connection)
            _require_room(work.connection, actor, supplement, limits["body"]["most_photos_in_all"])
        return Receipt(sent.content_sha256, is_new, at, number)


def _own(connection: Connection, actor: Actor, report_id: UUID) -> tuple[int, Sequence[str]]:
    row = connection.execute(text(OWN), {"id": report_id}).one_or_none()
    if row is None or row.account_id != actor.id:
        raise UnknownReportError(str(report_id))
    return row.number, row.photos


def _require_room(connection: Connection, actor: Actor, supplement: Supplement, most: int) -> None:
    if supplement.photos and len(_own(connection, actor, supplement.report_id)[1]) > most:
        raise TooManyPhotosError(most)


def _put(connection: Connection, table: Table, row: dict[str, Any]) -> tuple[datetime, bool]:
    put = insert(table).values(row).on_conflict_do_nothing(index_elements=[table.c.id])
    made = connection.execute(put.returning(table.c.received_at)).scalar_one_or_none()
    if made is not None:
        return made, True
    same = ("report_id", "kind", "actor", "content_sha256")
    stored = connection.execute(select(table).where(table.c.id == row["id"])).mappings().one()
    if any(stored[name] != row[name] for name in same):
        raise ReportConflictError(str(row["id"]))
    return stored["received_at"], False


def keep_photo(store: Store, actor: Actor, *, report_id: UUID, photo: Photo) -> Receipt:
    """
    Store a photo of a report, or acknowledge that it is stored.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The officer.
    report_id
        The report, which names the photo's hash itself or in what was added to it.
    photo
        The photo, encoded anew.

    Returns
    -------
    Receipt
        Given after the commit alone.

    Raises
    ------
    UnknownReportError
        If the report is not there yet, or is somebody else's.
    UnannouncedPhotoError
        If neither the report nor what was added to it names the photo.
    ForbiddenError
        If the actor may not report.
    """
    table = store.tables.report_photo
    with deed(
        store, actor, "keep_photo", village_code=NOWHERE,
        object_kind=REPORT, object_code=str(report_id), detail={"photo": photo.sha256},
    ) as work:  # fmt: skip
        number = _require_announced(work.connection, actor, report_id, photo.sha256)
        row = {
            "report_id": report_id, "sha256": photo.sha256, "jpeg": photo.jpeg,
            "width_px": photo.width_px, "height_px": photo.height_px,
        }  # fmt: skip
        put = insert(table).values(row).on_conflict_do_nothing().returning(table.c.received_at)
        made = work.connection.execute(put).scalar_one_or_none()
        if made is not None:
            bump_generation(store, LAYER, connection=work.connection)
        at = made or photo_received_at(work.connection, report_id, photo.sha256)
        return Receipt(photo.sha256, made is not None, cast("datetime", at), number)


def _require_announced(connection: Connection, actor: Actor, report_id: UUID, sha256: str) -> int:
    number, photos = _own(connection, actor, report_id)
    if sha256 not in photos:
        raise UnannouncedPhotoError(sha256)
    return number


def photo_received_at(connection: Connection, report_id: UUID, sha256: str) -> datetime | None:
    """
    Tell when a photo was stored.

    Parameters
    ----------
    connection
        A connection of role app.
    report_id
        The report.
    sha256
        Hash of the photo as it was sent.

    Returns
    -------
    datetime | None
        By the server's clock; None where it is not there.
    """
    query = text(
        "select received_at from census.report_photo where report_id = :id and sha256 = :sha256"
    )
    found = connection.execute(query, {"id": report_id, "sha256": sha256}).scalar_one_or_none()
    return cast("datetime | None", found)


def known_photo(store: Store, actor: Actor, *, report_id: UUID, sha256: str) -> Receipt | None:
    """
    Acknowledge a photo that is stored, before it is developed once more.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The officer.
    report_id
        The report.
    sha256
        Hash of the photo as it was sent.

    Returns
    -------
    Receipt | None
        None where it is not there yet, and may come.

    Raises
    ------
    UnknownReportError, UnannouncedPhotoError, ForbiddenError
        As :func:`keep_photo`.
    """
    require(actor, rights().action_of_command("known_photo"), NOWHERE)
    with store.engine.connect() as connection:
        number = _require_announced(connection, actor, report_id, sha256)
        at = photo_received_at(connection, report_id, sha256)
    return Receipt(sha256, False, at, number) if at else None
