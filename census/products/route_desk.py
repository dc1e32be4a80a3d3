"""Check, snap and propose evacuation routes while somebody draws: lon, lat in, findings out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.route_ground import RouteRow
from census.products.route_judging import (
    end_findings,
    hazard_findings,
    post_findings,
    road_findings,
    shelter_findings,
    town_findings,
)
from census.products.route_memory import Ground, Memory
from census.products.route_results import (
    Closures,
    Judged,
    LineRefusedError,
    NoRoadHereError,
    Proposals,
    Proposed,
    Road,
    Snapped,
    UnknownShelterError,
    by_level,
    capped,
    told,
    too_long,
)
from census.products.route_roads import Roads
from census.products.route_sites import reason_findings, site_findings
from census.products.route_water import wading_findings, water_on
from census.products.route_ways import Wanted, ways_between
from census.products.ways import lead_out
from census.products.what_if import WhatIf
from census.products.zoning_run import method
from census.store import routes
from census.store.connection import Store
from geo.along import Course
from geo.alternatives import Alternative
from geo.barriers import through_water
from geo.checks import Finding, off_stretches, runs_back, vertices
from geo.crossings import self_crossing
from geo.edge_runs import Trace, ordered, trace
from geo.matching import match
from geo.roads import Network

F = NDArray[np.float64]
Positions = Sequence[Sequence[float]] | shapely.LineString
"""A line in degrees of the district's geographic CRS, or longitude and latitude of its vertices."""


class Desk:
    """
    One district's editing: what it needs stays in memory and is read anew where a layer changed.

    Safe to use from several threads.

    Parameters
    ----------
    store
        The store, role app, open as long as the desk is used.
    hazard
        ``flood`` is the one hazard of this edition.
    """

    def __init__(self, store: Store, *, hazard: str = "flood") -> None:
        self.store = store
        self.rules = method(f"{hazard}_evacuation", None)
        self.limits = method(f"{hazard}_route_editing", None)
        self._to_metric = pyproj.Transformer.from_crs(
            store.district.srid, store.district.metric_srid, always_xy=True
        )
        self._memory = Memory(self.rules, hazard)

    def warm(self) -> None:
        """Read everything now, so that the first drag does not wait."""
        self._memory.of(self.store)

    def snap(self, line: Positions, *, what_if: Closures | None = None) -> Snapped:
        """
        Lay a drawn line onto the open roads.

        Parameters
        ----------
        line
            Longitude and latitude of each vertex.
        what_if
            Roads closed for trial; nobody is laid onto them, nor onto flooded ones.

        Returns
        -------
        Snapped
            The line, exactly on the roads but for the stretches off them.

        Raises
        ------
        LineRefusedError
            If the line has too many vertices, or none to speak of.
        """
        course, faults = self._course(line)
        if course is None:
            raise LineRefusedError(told(faults[0], None))
        roads = self._memory.of(self.store).roads
        network = self._passable(roads, what_if or WhatIf())
        found = match(network, course.xy, snap_m=self.limits["network"]["snap_m"])
        return Snapped(
            line=self._degrees(found.line),
            road_ids=ordered(roads.ids(np.array(found.edges, dtype=np.int64))),
            off_m=float(sum(part.length for part in found.off_road)),
            off_road=[self._degrees(part) for part in found.off_road],
            moved_m=found.moved_m,
        )

    def check(
        self,
        code: str,
        line: Positions,
        *,
        what_if: Closures | None = None,
        shelter_code: str | None = None,
        off_road_reason: str | None = None,
    ) -> Judged:
        """
        Tell what a line would mean as the route of its group.

        Parameters
        ----------
        code
            Code of the route.
        line
            Longitude and latitude of each vertex.
        what_if
            Roads and shelters closed for trial.
        shelter_code
            The shelter it leads to; None for the route's own.
        off_road_reason
            Why it leaves the roads; where it does and nobody says why, that is a finding.

        Returns
        -------
        Judged
            Figures and findings, errors first; ``hazard`` is metres by kind of hazard site,
            ``hazard_m`` metres in water as the plan counts them. A line that is none has findings
            alone.

        Raises
        ------
        UnknownRouteError
            If there is no such route.
        """
        ground = self._memory.of(self.store)
        row = self._row(ground, code, shelter_code)
        course, faults = self._course(line)
        if course is None:
            # A place in degrees is kept as it came.
            return Judged(findings=tuple(told(fault, None) for fault in faults))
        reason, trial = off_road_reason, what_if or WhatIf()
        return self._judge(ground, row, course, trial, off_road_reason=reason)

    def alternatives(
        self,
        code: str,
        *,
        count: int = 3,
        what_if: Closures | None = None,
        shelter_code: str | None = None,
        assembly_point_code: str | None = None,
    ) -> Proposals:
        """
        Propose ways from a route's group to its shelter.

        Parameters
        ----------
        code
            Code of the route.
        count
            Most ways wanted.
        what_if
            Roads and shelters closed for trial.
        shelter_code
            The shelter they lead to; None for the route's own.
        assembly_point_code
            Where they start; None for the route's assembly point or group.

        Returns
        -------
        Proposals
            Ways with their checks, or why there are none. None runs through a site reported from
            the place where a way leads round it; else the checks tell its metres there.

        Raises
        ------
        UnknownRouteError
            If there is no such route.
        """
        trial, ground = what_if or WhatIf(), self._memory.of(self.store)
        row, roads = self._row(ground, code, shelter_code), ground.roads
        shelter = ground.shelters.get(row.shelter_code or "")
        start = ground.routes.point.get(assembly_point_code or row.assembly_point_code or "")
        start = start or ground.routes.group.get(row.unit_code or "")
        if shelter is None or start is None or shelter.code in trial.closed_shelters:
            return Proposals((), "no_group" if start is None else "no_shelter")
        ends = np.array([start, shelter.xy])
        limit_m = self.rules["access"]["distance_m"]
        dry = self._passable(roads, trial)
        led = lead_out(dry, roads.drowned, ends[:1], ends[1:], ground.water, limit_m=limit_m)
        if min(led.start[0], led.goal[0]) < 0:
            return Proposals((), "no_road")
        wanted = Wanted(
            count=count, limits=self.limits["alternatives"],
            speed_m_s=self.rules["walking"]["speed_m_s"],
        )  # fmt: skip
        found, why_not_more = ways_between(led, roads, ground.hazards, wanted)
        ways = [self._proposed(ground, row, each, trial) for each in found.found]
        return Proposals(tuple(ways), why_not_more)

    def road_at(self, lon: float, lat: float) -> Road:
        """
        Find the road at a place.

        Parameters
        ----------
        lon, lat
            The place.

        Returns
        -------
        Road
            The nearest road, between its junctions.

        Raises
        ------
        NoRoadHereError
            If none is within the snapping distance.
        """
        roads, limit_m = self._memory.of(self.store).roads, self.limits["network"]["snap_m"]
        place = shapely.Point(*self._to_metric.transform(lon, lat))
        piece, away = roads.pieces.tree.query_nearest(
            place, max_distance=limit_m, return_distance=True
        )
        if not len(piece) or roads.network.geometry is None or not np.isfinite(away).all():
            raise NoRoadHereError(limit_m)
        edge = int(roads.pieces.edge[piece].min())
        return Road(
            id=int(roads.ids(np.array([edge]))[0]),
            name=roads.road_name[roads.network.line[edge]],
            line=self._degrees(roads.network.geometry[edge]),
        )

    def require_shelter(self, code: str) -> None:
        """
        Refuse a shelter that does not exist.

        Parameters
        ----------
        code
            Code of the shelter.

        Raises
        ------
        UnknownShelterError
            If there is none with this code.
        """
        if code not in self._memory.of(self.store).shelters:
            raise UnknownShelterError(code)

    def _proposed(
        self, ground: Ground, row: RouteRow, way: Alternative, trial: Closures
    ) -> Proposed:
        """Draw a way and check it."""
        course = Course.through(shapely.get_coordinates(way.route.geometry))
        checked = self._judge(ground, row, course, trial)
        return Proposed(
            line=self._degrees(shapely.LineString(course.xy)),
            length_m=course.length_m,
            minutes=checked.minutes,
            hazard_m=checked.hazard_m,
            shelter_code=row.shelter_code,
            shelter_name=ground.shelters[row.shelter_code or ""].name,
            checked=checked,
            overlap_share=way.overlap_share,
            is_pareto=way.is_pareto,
        )

    def _judge(
        self,
        ground: Ground,
        row: RouteRow,
        course: Course,
        what_if: Closures,
        *,
        off_road_reason: str | None = None,
    ) -> Judged:
        """Run every check on a line that is one."""
        roads, hazards = ground.roads, ground.hazards
        tolerance_m = self.limits["network"]["off_network_m"]
        traced = trace(course, roads.pieces, tolerance_m=tolerance_m)
        water = water_on(course, traced, roads, self.rules)
        hazard, found = hazard_findings(course, traced, roads, hazards)
        found += wading_findings(water)
        on_road = traced.between(~roads.flooded)
        found += road_findings(course, traced, roads, what_if.closed_roads, roads_m=on_road)
        found += self_crossing(shapely.LineString(course.xy))
        leg_m = self.rules["access"]["distance_m"]
        most = self.limits["findings"]["most_of_a_kind"]
        off = off_stretches(
            course, traced, roads.pieces, leg_m=leg_m, roads_m=on_road, measured=2 * most
        )
        found += [self._with_snapping(each) for each in off]
        found += reason_findings(off, off_road_reason)
        found += through_water(course, traced, ground.water)
        near_m = self.limits["sites"]["distance_m"]
        found += site_findings(course, traced, roads, hazards, limit_m=near_m)
        lines = self.limits["line"]
        found += runs_back(
            course, hazards.areas, step_m=lines["back_step_m"], least_m=lines["least_back_m"]
        )
        kept = by_level(capped(found + self._around(ground, row, course, what_if), most=most))
        return Judged(
            length_m=course.length_m,
            minutes=course.length_m / self.rules["walking"]["speed_m_s"] / 60,
            hazard_m=water.wet_m,
            depth_max_m=water.depth_max_m,
            hazard=hazard,
            findings=tuple(told(each, self._to_metric) for each in kept),
            road_ids=_roads_on(roads, traced),
            network_hash=roads.network_hash,
            hazard_hash=hazards.hazard_hash,
        )

    def _with_snapping(self, off: Finding) -> Finding:
        """Tell beside a stretch off the roads from where a vertex would have snapped."""
        return replace(off, facts={**off.facts, "snap_m": self.limits["network"]["snap_m"]})

    def _around(
        self, ground: Ground, row: RouteRow, course: Course, what_if: Closures
    ) -> list[Finding]:
        """Judge what a line leads to and through."""
        shelter = ground.shelters.get(row.shelter_code or "")
        limit_m, border_m = self.limits["ends"]["distance_m"], self.limits["line"]["outside_m"]
        found = end_findings(course, row, shelter, ground.routes, ground.places, limit_m=limit_m)
        if shelter is not None:
            found += shelter_findings(shelter, row, ground.routes, self.rules, what_if)
        found += town_findings(course, row, shelter, ground.places, border_m)
        return found + post_findings(row, ground.posts)

    def _passable(self, roads: Roads, what_if: Closures) -> Network:
        """Close flooded roads and those closed for trial."""
        every = roads.ids(np.arange(roads.network.edge_count))
        closed = roads.flooded | np.isin(every, list(what_if.closed_roads))
        return roads.network.close(np.flatnonzero(closed))

    def _row(self, ground: Ground, code: str, shelter_code: str | None) -> RouteRow:
        """Find a route; another shelter may be tried in place of its own."""
        row = ground.routes.row.get(code)
        if row is None:
            # Not among those that people are shown: a new one, or one that was withdrawn.
            head = routes.head(self.store, code)
            row = RouteRow(
                code=head.code, unit_code=head.unit_code, village_code=head.village_code,
                shelter_code=head.shelter_code, people=head.people,
                assembly_point_code=head.assembly_point_code,
            )  # fmt: skip
        return replace(row, shelter_code=shelter_code or row.shelter_code)

    def _course(self, line: Positions) -> tuple[Course | None, list[Finding]]:
        """Measure a line, or tell why it is none that anything is computed from."""
        limits = self.limits["line"]
        faults = vertices(_array(line), limit=limits["most_vertices"])
        course = None if faults else Course.through(self._metric(line))
        faults = faults or too_long(course, limits["longest_m"])
        return None if faults else course, faults

    def _metric(self, line: Positions) -> F:
        degrees = _array(line)
        return np.column_stack(self._to_metric.transform(degrees[:, 0], degrees[:, 1]))

    def _degrees(self, line: shapely.LineString) -> shapely.LineString:
        xy = shapely.get_coordinates(line)
        moved = self._to_metric.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        return shapely.LineString(np.column_stack(moved))


def _array(line: Positions) -> F:
    given = shapely.get_coordinates(line) if isinstance(line, shapely.LineString) else line
    return np.asarray(given, dtype=np.float64).reshape(-1, 2)


def _roads_on(roads: Roads, traced: Trace) -> list[int]:
    return ordered(roads.ids(traced.edge))
