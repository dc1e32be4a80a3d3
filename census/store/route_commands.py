"""Draw and save routes: drafts kept from the first change, versions that nobody can overwrite."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geoalchemy2 import WKBElement
from geoalchemy2.shape import from_shape
from shapely import LineString, MultiLineString
from sqlalchemy import delete, func, insert, text
from sqlalchemy.dialects.postgresql import insert as insert_or

from census.route_errors import StaleVersionError, UnknownRouteError, UnknownShelterError
from census.store.actors import Actor
from census.store.connection import Store
from census.store.route_keeping import Held, holding, sketching
from census.store.routes import others_editing

LEAST_POINTS = 2
SOURCE = """
select geom, waypoints, shelter_code, assembly_point_code, off_road_reason, explanations
from census.route_version where route_id = :route and version = :version
"""


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
) -> int:
    """
    Keep what a planner has drawn so far; a draft locks nobody out.

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

    Returns
    -------
    int
        How many other planners have this route open.

    Raises
    ------
    UnknownRouteError
        If there is no such route or version.
    ForbiddenError
        If the actor may not draft here.
    """
    with sketching(store, actor, "keep_draft", code) as held:
        if not 0 <= base_version <= held.newest:
            raise UnknownRouteError(code, base_version)
        drawn = MultiLineString([part for part in lines if len(part) >= LEAST_POINTS])
        changed = {
            "base_version": base_version,
            "geom": from_shape(drawn, srid=store.district.srid),
            "state": dict(state),
            "updated_at": func.now(),
        }
        row = insert_or(store.tables.route_draft).values(
            route_id=held.route_id, account_id=actor.id, **changed
        )
        keys = ["route_id", "account_id"]
        held.connection.execute(row.on_conflict_do_update(index_elements=keys, set_=changed))
        return others_editing(held.connection, code, actor.id)


def drop_draft(store: Store, actor: Actor, *, code: str) -> int:
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

    Returns
    -------
    int
        How many other planners have this route open.

    Raises
    ------
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not draft here.
    """
    with holding(store, actor, "drop_draft", code) as held:
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
    UnknownRouteError
        If no route has this code.
    ForbiddenError
        If the actor may not save here.
    """
    chosen = choices or Choices()
    with holding(store, actor, "save_version", code) as held:
        _require_newest(held, base_version)
        _require_shelter(held, chosen.shelter_code)
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
        held.note(made, "saved")
        _forget_draft(held)
        return made


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


def _forget_draft(held: Held) -> None:
    table = held.store.tables.route_draft
    own = (table.c.route_id == held.route_id, table.c.account_id == held.actor.id)
    held.connection.execute(delete(table).where(*own))
