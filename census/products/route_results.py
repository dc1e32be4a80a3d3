"""What the route desk answers: a line on the roads, ways proposed, findings told in degrees."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pyproj
import shapely

from census.errors import CensusError
from census.store.route_commands import Checked
from geo.along import Course
from geo.checks import Finding

_REFUSALS = {
    "too_many_vertices": (
        "The line has {vertices} vertices, at most {limit} are taken. Draw it with fewer.",
        "线有 {vertices} 个顶点，最多 {limit} 个。请减少顶点。",
    ),
    "too_long": (
        "The line is {metres:.0f} m long, at most {limit_m:.0f} m are taken. Draw a shorter one.",
        "线长 {metres:.0f} 米，最多 {limit_m:.0f} 米。请画短一些。",
    ),
    "not_finite": (
        "Vertices {vertices} of the line are not numbers. Draw them again.",
        "线的第 {vertices} 个顶点坐标不是有效数。请重新绘制。",
    ),
    "too_few_vertices": (
        "The line has {vertices} vertices; a route needs at least 2. Draw its start and its end.",
        "线只有 {vertices} 个顶点，路线至少需要 2 个。请画出起点和终点。",
    ),
    "no_length": (
        "All vertices of the line are at one place. Draw its start and its end.",
        "线的所有顶点在同一位置。请画出起点和终点。",
    ),
}


class LineRefusedError(CensusError):
    """
    A line cannot be laid onto the roads because it is none, or is too large.

    Parameters
    ----------
    finding
        What is wrong with it, as a check tells it.
    """

    def __init__(self, finding: Mapping[str, Any]) -> None:
        english, chinese = _REFUSALS[finding["code"]]
        facts = {"metres": finding["metres"], **finding["facts"]}
        super().__init__(english.format_map(facts), chinese.format_map(facts))
        self.finding = finding


class Closures(Protocol):
    """What is closed for a trial: ids of roads, codes of shelters."""

    @property
    def closed_roads(self) -> Collection[int]:
        """
        Roads.

        Returns
        -------
        Collection
            Ids.
        """

    @property
    def closed_shelters(self) -> Collection[str]:
        """
        Shelters.

        Returns
        -------
        Collection
            Codes.
        """


class NoRoadHereError(CensusError):
    """
    There is no road near a place.

    Parameters
    ----------
    metres
        How far was looked.
    """

    def __init__(self, metres: float) -> None:
        super().__init__(
            f"There is no road within {metres:g} m of this place. Point to a road.",
            f"此处 {metres:g} 米内没有道路。请点在道路上。",
        )


class UnknownShelterError(CensusError):
    """
    No shelter has this code.

    Parameters
    ----------
    code
        The code asked for.
    """

    def __init__(self, code: str) -> None:
        super().__init__(
            f"There is no shelter {code!r}. Choose one from the map or the list of shelters.",
            f"没有编号为“{code}”的避难场所。请从地图或名录中选择。",
        )


class Judged(Checked):
    """Figures and findings of a line; the findings carry their places as longitude, latitude."""

    def as_checked(self) -> Checked:
        """
        Return what is stored with a version.

        Returns
        -------
        Checked
            The same figures and findings.
        """
        return Checked(**vars(self))


@dataclass(frozen=True, kw_only=True)
class Road:
    """A road at a place that somebody pointed to; its line in degrees."""

    id: int
    name: str | None
    line: shapely.LineString


@dataclass(frozen=True, kw_only=True)
class Snapped:
    """
    A line laid onto the roads, in degrees.

    Attributes
    ----------
    line
        The line.
    road_ids
        Roads passed, in order.
    off_m
        Metres that stay off the road, the legs at the ends included.
    off_road
        These stretches.
    moved_m
        Farthest that a vertex was moved.
    """

    line: shapely.LineString
    road_ids: list[int]
    off_m: float
    off_road: list[shapely.LineString]
    moved_m: float


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """
    A way proposed in place of a route.

    Attributes
    ----------
    line
        In degrees, legs at both ends included.
    length_m, minutes, hazard_m
        Its length, walking time and metres in water.
    shelter_code, shelter_name
        Where it leads.
    checked
        All that the checks say of it.
    overlap_share
        Share of its roads in common with the ways listed before it.
    is_pareto
        False where another way is no slower and no wetter, and better in one.
    """

    line: shapely.LineString
    length_m: float
    minutes: float | None
    hazard_m: float | None
    shelter_code: str | None
    shelter_name: str | None
    checked: Judged
    overlap_share: float
    is_pareto: bool


@dataclass(frozen=True)
class Proposals(Sequence[Proposed]):
    """
    Ways proposed, quickest first.

    Attributes
    ----------
    found
        The ways.
    why_not_more
        None, ``no_way``, ``same_place``, ``no_other_way``, ``no_shelter``, ``no_group``,
        ``no_road`` (a group or shelter without an open road within reach), or
        ``through_reported`` (every way runs through a site reported from the place).
    """

    found: tuple[Proposed, ...]
    why_not_more: str | None

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, index: Any) -> Any:
        return self.found[index]


def by_level(found: list[Finding]) -> list[Finding]:
    """
    Put errors first, then warnings, then notes.

    Parameters
    ----------
    found
        Findings.

    Returns
    -------
    list
        The same, sorted.
    """
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda each: rank[each.level])


def too_long(course: Course | None, limit_m: float) -> list[Finding]:
    """
    Judge whether anybody could walk a line.

    Parameters
    ----------
    course
        The line; None where it is none.
    limit_m
        Longest line that is looked at, metres.

    Returns
    -------
    list
        An error ``too_long`` with its metres (fact ``limit_m``), or nothing.
    """
    if course is None or course.length_m <= limit_m:
        return []
    facts = {"limit_m": limit_m}
    return [Finding(code="too_long", level="error", metres=course.length_m, facts=facts)]


def capped(found: list[Finding], *, most: int) -> list[Finding]:
    """
    Tell only the first findings of each kind; the last of them says how many more there are.

    Parameters
    ----------
    found
        Findings.
    most
        How many of one code and level are told.

    Returns
    -------
    list
        The first ones in their order; fact ``more`` of the last of a kind counts those left out.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for each in found:
        groups.setdefault((each.code, each.level), []).append(each)
    kept = []
    for every in groups.values():
        kept += every[:most]
        if len(every) > most:
            kept[-1] = replace(kept[-1], facts={**kept[-1].facts, "more": len(every) - most})
    return kept


def told(found: Finding, to_metric: pyproj.Transformer | None) -> dict[str, Any]:
    """
    Write a finding as the store and the web take it.

    Parameters
    ----------
    found
        The finding.
    to_metric
        From degrees to the CRS of its place; None where the place is in degrees.

    Returns
    -------
    dict
        ``code``, ``level``, ``at`` (longitude, latitude), ``metres``, ``people``, ``facts``.
    """
    at = None
    if found.at is not None:
        at = [found.at.x, found.at.y]
        if to_metric is not None:
            at = list(to_metric.transform(at[0], at[1], direction="INVERSE"))
    return {
        "code": found.code,
        "level": found.level,
        "at": None if at is None else [round(float(value), 7) for value in at],
        "metres": None if found.metres is None else round(found.metres, 3),
        "people": found.people,
        "facts": dict(found.facts),
    }
