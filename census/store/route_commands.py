"""Draw and save routes: drafts kept from the first change, versions that nobody can overwrite."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from geoalchemy2 import WKBElement
from geoalchemy2.shape import from_shape
from shapely import LineString, MultiLineString
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or

from census.route_errors import (
    DraftMovedError,
    StaleVersionError,
    UnknownRouteError,
    UnknownShelterError,
    UnknownStartError,
)
from census.store.actors import Actor
from census.store.connection import Store
from census.store.route_keeping import Held, holding, sketching
from census.store.routes import others_editing

LEAST_POINTS = 2
SOURCE = """
select geom, waypoints, shelter_code, assembly_point_code, off_road_reason, explanations
from census.route_version where route_id = :route and version = :version
"""


REPEATED = """
select version from census.route_event
where route_id = :route and kind = 'saved' and actor = :actor and detail ->> 'save' = :save
"""
POINT = """
select exists (select from census.assembly_point
               where code = :code and village_code is not distinct from :village)
"""


@dataclass(frozen=True)
class KeptDraft:
    """How many other planners have the route open, and when this draft was kept: its mark."""

    others: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks found of a line when it was saved; every figure may be unknown."""

    length_m: float | None = None
    minutes: float | None = None
    hazard_m: float | None = None
    depth_max_m: float | None = None
    hazard: Mapping[str, float] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    road_ids: Sequence[int] | None = None
    network_hash: str | None = None
    hazard_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a planner states beside a line; a shelter of None keeps the route's."""

    waypoints: Sequence[Sequence[float]] = ()
    shelter_code: str | None = None
    assembly_point_code: str | None = None
    off_road_reason: str | None = None
    explanations: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None


def keep_draft(
    store: Store,
    actor: Actor,
    *,
    code: str,
    base_version: int,
    lines: Sequence[Sequence[Sequence[float]]],
    state: Mapping[str, Any],
    known: datetime | None = None,
) -> KeptDraft:
    """
    Keep what a planner has drawn so far; a draft locks nobody out, and no tab another of theirs.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    code
        The route's code.
    base_version
        Version that the planner began from.
    lines
        Pieces of the line, longitude and latitude in degrees; a cut line has several.
    state
        Undo stack and form, as the editor gave them.
    known
        Mark of the draft that this one goes on from; None where there was none.

    Returns
    -------
    KeptDraft
        Its mark, and how many other planners have this route open.

    Raises
    ------
    DraftMovedError
        If another tab of the planner kept something else meanwhile; nothing is changed.
    UnknownRouteError
        If there is no such route or version.
    ForbiddenError
        If the actor may not draft here.
    """
    with sketching(store, actor, "keep_draft", code) as held:
        if not 0 <= base_version <= held.newest:
            raise UnknownRouteError(code, base_version)
        at = _draft_mark(held, known, same={"base_version": base_version, "state": dict(state)})
        if at is not None:
            return KeptDraft(others_editing(held.connection, code, actor.id), at)
        drawn = MultiLineString([part for part in lines if len(part) >= LEAST_POINTS])
        changed = {
            "base_version": base_version,
            "geom": from_shape(drawn, srid=store.district.srid),
            "state": dict(state),
            "updated_at": func.clock_timestamp(),
        }
        row = insert_or(store.tables.route_draft).values(
            route_id=held.route_id, account_id=actor.id, **changed
        )
        keys = ["route_id", "account_id"]
        row = row.on_conflict_do_update(index_elements=keys, set_=changed)
        mark = store.tables.route_draft.c.updated_at
        at = held.connection.execute(row.returning(mark)).scalar_one()
        return KeptDraft(others_editing(held.connection, code, actor.id), at)


def _draft_mark(held: Held, known: datetime | None, *, same: Mapping[str, Any]) -> datetime | None:
    """Refuse to go on from another draft than is kept; give its mark if it says the same."""
    table = held.store.tables.route_draft
    own = (table.c.route_id == held.route_id, table.c.account_id == held.actor.id)
    row = held.connection.execute(select(table).where(*own)).one_or_none()
    if row is None or row.updated_at == known:
        return None
    # An answer that was lost: what is kept is what comes again.
    if same and all(getattr(row, name) == value for name, value in same.items()):
        return cast("datetime", row.updated_at)
    raise DraftMovedError(held.head.code)


def drop_draft(store: Store, actor: Actor, *, code: str, known: datetime | None = None) -> int:
    """
    Throw a planner's own draft away.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    code
        The route's code.
    known
        Mark of the draft that is thrown away; None for whatever there is.

    Returns
    -------
    int
        How many other planners have this route open.

    Raises
    ------
    DraftMovedError
        If another tab of the planner kept something else meanwhile; nothing is changed.
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not draft here.
    """
    with holding(store, actor, "drop_draft", code) as held:
        if known is not None:
            _draft_mark(held, known, same={})
        _forget_draft(held)
        return others_editing(held.connection, code, actor.id)


def save_version(
    store: Store,
    actor: Actor,
    *,
    code: str,
    base_version: int,
    line: LineString,
    checked: Checked,
    choices: Choices | None = None,
    draft: datetime | None = None,
    save_id: str | None = None,
) -> int:
    """
    Save a line as the next version, if nobody saved one since the planner began.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    code
        The route's code.
    base_version
        Version that the planner began from.
    line
        The line, in the district's geographic CRS.
    checked
        What the checks found of it.
    choices
        What the planner states beside it.
    draft
        Mark of the draft that is saved, which goes; one that another tab kept stays.
    save_id
        The editor's own id of this save: asked again with the same content, it is done once.

    Returns
    -------
    int
        The new version.

    Raises
    ------
    StaleVersionError
        If a newer version was saved meanwhile; nothing is changed.
    UnknownShelterError
        If the shelter does not exist.
    UnknownStartError
        If the route's village has no such assembly point.
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not save here.
    """
    chosen = choices or Choices()
    with holding(store, actor, "save_version", code) as held:
        save = _content_of(save_id, base_version, line, chosen)
        values = {"route": held.route_id, "actor": actor.id, "save": save}
        done = held.connection.execute(text(REPEATED), values).scalar_one_or_none()
        if done is not None:
            if draft is not None:
                _forget_draft(held, draft)
            return int(done)
        _require_newest(held, base_version)
        _require_shelter(held, chosen.shelter_code)
        _require_point(held, chosen.assembly_point_code)
        made = held.newest + 1
        row = {
            "route_id": held.route_id,
            "version": made,
            "parent_version": base_version if base_version >= held.oldest else None,
            "geom": from_shape(line, srid=store.district.srid),
            "waypoints": [list(each) for each in chosen.waypoints],
            "shelter_code": chosen.shelter_code or held.head.shelter_code,
            "assembly_point_code": chosen.assembly_point_code,
            "off_road_reason": chosen.off_road_reason,
            "explanations": dict(chosen.explanations),
            "note": chosen.note,
            "author": actor.id,
            **as_stored(checked),
        }
        held.connection.execute(insert(store.tables.route_version).values(row))
        held.note(made, "saved", detail={"save": save} if save else None)
        if draft is not None:
            _forget_draft(held, draft)
        return made


def _content_of(save_id: str | None, base: int, line: LineString, chosen: Choices) -> str | None:
    """Name a save by its id and all that it says: the same id with another line is another."""
    if save_id is None:
        return None
    told = f"{save_id} {base} {line.wkb_hex} {json.dumps(asdict(chosen), sort_keys=True)}"
    return sha256(told.encode()).hexdigest()


def as_stored(checked: Checked) -> dict[str, Any]:
    """
    Prepare what was found of a line for its row or its event.

    Parameters
    ----------
    checked
        What the checks found.

    Returns
    -------
    dict of str to Any
        Column to value; findings as JSON holds them.
    """
    columns = {name: getattr(checked, name) for name in Checked.__dataclass_fields__}
    # Facts come from the checks as they are; what JSON cannot hold is a fault, not a guess.
    columns["findings"] = json.loads(json.dumps(list(checked.findings)))
    columns["hazard"] = dict(checked.hazard)
    columns["road_ids"] = None if checked.road_ids is None else list(checked.road_ids)
    return columns


def restore(
    store: Store, actor: Actor, *, code: str, version: int, base_version: int, checked: Checked
) -> int:
    """
    Save the line of an earlier version as the next one; the history keeps both.

    Parameters
    ----------
    store
        The store, role app.
    actor
        The planner.
    code
        The route's code.
    version
        Version to bring back.
    base_version
        Newest version that the planner saw.
    checked
        What the checks find of the line now.

    Returns
    -------
    int
        The new version.

    Raises
    ------
    StaleVersionError
        If a newer version was saved meanwhile.
    UnknownRouteError
        If there is no such route or version.
    UnknownShelterError
        If its shelter no longer exists.
    UnknownStartError
        If its assembly point no longer exists.
    ForbiddenError
        If the actor may not save here.
    """
    with holding(store, actor, "restore", code) as held:
        _require_newest(held, base_version)
        held.require_there(version)
        made = held.newest + 1
        values = {"route": held.route_id, "version": version}
        source = held.connection.execute(text(SOURCE), values).mappings().one()
        _require_shelter(held, source["shelter_code"])
        _require_point(held, source["assembly_point_code"])
        row = {
            **source,
            "geom": WKBElement(source["geom"], srid=store.district.srid, extended=True),
            "route_id": held.route_id,
            "version": made,
            "parent_version": base_version if base_version >= held.oldest else None,
            "author": actor.id,
            **as_stored(checked),
        }
        held.connection.execute(insert(store.tables.route_version).values(row))
        held.note(made, "restored", detail={"from": version})
        return made


def _require_newest(held: Held, base_version: int) -> None:
    if base_version != held.newest:
        raise StaleVersionError(held.head.code, base_version, held.newest)


def _require_shelter(held: Held, code: str | None) -> None:
    query = text("select exists (select from census.shelter where code = :code)")
    if code is not None and not held.connection.execute(query, {"code": code}).scalar_one():
        raise UnknownShelterError(code)


def _require_point(held: Held, code: str | None) -> None:
    village = held.head.village_code
    values = {"code": code, "village": village}
    if code is not None and not held.connection.execute(text(POINT), values).scalar_one():
        raise UnknownStartError(code, village or "–")


def _forget_draft(held: Held, mark: datetime | None = None) -> None:
    table = held.store.tables.route_draft
    own = [table.c.route_id == held.route_id, table.c.account_id == held.actor.id]
    if mark is not None:
        own.append(table.c.updated_at == mark)
    held.connection.execute(delete(table).where(*own))
