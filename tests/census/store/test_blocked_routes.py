"""Who weighs a report, and who plans, is told which routes in force it lies on."""

import importlib.util
import sys
from pathlib import Path

import pytest

from census.access_errors import ForbiddenError
from census.report_errors import UnknownReportError
from census.store.actors import Actor, Grant
from census.store.blocked_routes import RoutesAround, blocked_routes, unweighed_routes
from census.store.report_decisions import accept_report, return_report
from census.store.reports import routes_of_report

HERE = Path(__file__).resolve().parent


def _taken(name):
    spec = importlib.util.spec_from_file_location(f"{name}_for_blocked", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_reports, _routes = _taken("test_reports"), _taken("test_routes")

pytestmark = pytest.mark.postgis
# On the straight line of every route of this village; 31.006 is some 110 m north of it.
ON_THE_WAY = {"x": 121.005, "y": 31.005}
STRANGER = Actor("s-4", "外镇", (Grant("planner", "990002001000"),), "10.0.0.4")
CODE, OTHER = "P-1", "P-2"


def metres(found, code=CODE):
    return {each.code: each.metres for each in found}.get(code)


def around(store, made, radius_m=20.0, actor=_reports.CHECKER, beyond_m=500.0):
    return routes_of_report(store, actor, report_id=made.id, radius_m=radius_m, beyond_m=beyond_m)


def within(store, made, radius_m=20.0, actor=_reports.CHECKER):
    return around(store, made, radius_m, actor).within


def test_whoever_weighs_a_report_sees_the_routes_in_its_extent_and_nobody_else_does(desk_district):
    made = _reports.send(desk_district, **ON_THE_WAY)
    # A circle of 20 m on a straight line.
    assert metres(within(desk_district, made)) == pytest.approx(40, abs=0.3)
    assert metres(within(desk_district, made, 30.0)) == pytest.approx(60, abs=0.4)
    beside = _reports.send(desk_district, x=121.005, y=31.0055)
    # 55 m away: out of 20 m, and in 100 m for 2 * sqrt(100² - 55.4²) = 167 m.
    assert metres(within(desk_district, beside)) is None
    assert metres(within(desk_district, beside, 100.0)) == pytest.approx(167, abs=2)
    with pytest.raises(UnknownReportError):
        within(desk_district, made, actor=_reports.ELSEWHERE)
    with pytest.raises(ForbiddenError):
        within(desk_district, made, actor=_reports.LI)
    return_report(desk_district, _reports.CHECKER, report_id=beside.id, reason="看不清")
    assert around(desk_district, beside, 100.0) == RoutesAround()


def test_the_nearest_route_past_the_extent_is_told_with_its_metres_and_its_line(desk_district):
    beside = _reports.send(desk_district, x=121.005, y=31.0055)
    found = around(desk_district, beside)
    # 0.0005° north of the line, where a degree has 110.87 km: 55.4 m.
    assert (found.within, found.nearest.is_within) == ((), False)
    assert found.nearest.away_m == pytest.approx(55.4, abs=0.2)
    assert (found.nearest.metres, found.nearest.village_code) == (0.0, _reports.WEST)
    # As it is stored, to six digits, and without a word on its reference system.
    assert set(found.nearest.line) == {"type", "coordinates"}
    ends = found.nearest.line["coordinates"]
    while isinstance(ends[0][0], list):
        ends = ends[0]
    assert {each[1] for each in ends} == {31.005}
    # The extent ends 35.4 m before it: looked for no further than 35 m, it is not there.
    assert around(desk_district, beside, beyond_m=35.0) == RoutesAround()
    assert around(desk_district, beside, beyond_m=36.0).nearest is not None
    # In the extent of 100 m it is the nearest no more.
    wide = around(desk_district, beside, 100.0)
    assert found.nearest.code in {each.code for each in wide.within}
    assert wide.nearest is None or wide.nearest.code != found.nearest.code


def test_planners_are_told_until_somebody_approves_a_line_that_knows_of_it(desk_district):
    before = _routes.publish_one(desk_district, OTHER, 31.005)
    made = _reports.send(desk_district, **ON_THE_WAY)
    assert metres(unweighed_routes(desk_district, _routes.ANNA), OTHER) is None
    code = accept_report(
        desk_district, _reports.CHECKER, report_id=made.id, site=_reports.SITE
    )  # fmt: skip
    told = [
        each for each in unweighed_routes(desk_district, _routes.ANNA) if each.site_code == code
    ]
    # The planned line of one route, and the published one of another.
    assert {each.code: each.version for each in told}[CODE] is None
    assert {each.code: each.version for each in told}[OTHER] == before
    assert metres(told, OTHER) == pytest.approx(40, abs=0.3)
    assert told[0].report_kind == "waterlogging"
    assert unweighed_routes(desk_district, STRANGER) == []
    # The site that it became counts now, whatever extent is asked for.
    assert metres(within(desk_district, made, 100.0)) == pytest.approx(40, abs=0.3)
    # Approved again, on the same line: weighed, and everybody is still told.
    _routes.publish_one(desk_district, OTHER, 31.005)
    asked = [each.code for each in unweighed_routes(desk_district, _routes.ANNA)]
    assert (CODE in asked, OTHER in asked) == (True, False)
    shown = blocked_routes(desk_district, route_code=OTHER)
    assert {each.site_code for each in shown} == {code}
    # Led round it, nobody is told any more.
    _routes.publish_one(desk_district, OTHER, 31.008)
    assert blocked_routes(desk_district, route_code=OTHER) == []
