"""Hold what is told of a route: head, versions, drafts, the desk's rows, who answered for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Coordinates = list[list[float]]


@dataclass(frozen=True, kw_only=True)
class RouteHead:
    """
    A route; ``in_force`` is the published version, None for the planned or delivered line.

    ``origin`` is ``planned``, ``delivered`` or ``drawn``: a drawn route has no line before its
    first version.
    """

    code: str
    name: str
    village_code: str | None
    village_name: str | None
    town_code: str | None
    town_name: str | None
    unit_code: str | None
    shelter_code: str | None
    shelter_name: str | None
    people: int | None
    newest: int
    in_force: int | None
    origin: str
    assembly_point_code: str | None


@dataclass(frozen=True, kw_only=True)
class RouteVersion:
    """A version with its state; ``lines`` has one line, or several where a delivery was broken."""

    version: int
    parent_version: int | None
    lines: list[Coordinates]
    waypoints: list[Any]
    shelter_code: str | None
    shelter_name: str | None
    assembly_point_code: str | None
    off_road_reason: str | None
    length_m: float | None
    minutes: float | None
    hazard_m: float | None
    depth_max_m: float | None
    hazard: Mapping[str, float]
    findings: Sequence[Mapping[str, Any]]
    explanations: Mapping[str, str]
    author: str
    author_name: str
    made_at: datetime | None
    note: str | None
    state: str
    state_by: str
    state_at: datetime | None
    valid_from: date | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class RouteDraft:
    """What a planner has drawn and not yet saved."""

    base_version: int
    lines: list[Coordinates]
    state: Mapping[str, Any]
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeskRow:
    """A route in the desk's list, with the state of its newest version."""

    code: str
    name: str
    village_code: str | None
    village_name: str | None
    town_code: str | None
    town_name: str | None
    people: int | None
    length_m: float | None
    newest: int
    in_force: int | None
    state: str
    state_at: datetime | None
    drafts: int


@dataclass(frozen=True, kw_only=True)
class Responsible:
    """Who answered for a route on a day: version 0 is the plan's or the delivered line."""

    version: int
    valid_from: date | None
    author_name: str | None
    approver_name: str | None
    publisher_name: str | None
    posts: list[tuple[str, str, str]]


@dataclass(frozen=True, kw_only=True)
class RoutePlace:
    """Name, village and bounds (west, south, east, north, degrees) of a route."""

    name: str
    village_code: str | None
    bounds: tuple[float, float, float, float]
