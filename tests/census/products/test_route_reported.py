"""What was reported from the place and accepted: ways lead round it, and the checks name it."""

import importlib.util
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from shapely.geometry import LineString, Point

from census.products.parameters import load_parameters
from census.products.route_desk import Desk
from census.store.actors import Actor, Grant
from census.store.report_commands import send_report
from census.store.report_decisions import Site, accept_report
from census.store.report_statements import Sent, Statement
from census.store.reported_sites import local_minute
from census.store.settings import data_folder

HERE = Path(__file__).with_name("test_route_desk_ends.py")
_spec = importlib.util.spec_from_file_location("route_ends_for_reported", HERE)
_ends = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _ends
_spec.loader.exec_module(_ends)
district, layer, write, degrees, found, CODE, AROUND = (
    _ends.district, _ends.layer, _ends.write, _ends.degrees, _ends.found, _ends.CODE, _ends.AROUND,
)  # fmt: skip

pytestmark = pytest.mark.postgis
VILLAGE = _ends.VILLAGE
LI = Actor("o-1", "李某", (Grant("officer", VILLAGE),), "10.0.0.1")
CHECKER = Actor("v-3", "核查", (Grant("verifier"),), "10.0.0.3")
LIMITS = load_parameters(data_folder(), "hazard_reports")
SITE = Site(name="道路中断", kind="other", hazard="other", radius_m=20.0, description="上报")
BRIDGE = [(0, 0), (300, 50), (600, 50), (900, 0), (900, 20)]


def accepted(store, place):
    """Report that a road is blocked, and accept it; the code of its site and when it came in."""
    x, y = degrees(place, (0, 0))[0]
    sent = Sent(
        device="d", sequence=1, written_at=datetime.now(UTC), clock_off_s=0.0,
        content_sha256=uuid4().hex * 2,
    )  # fmt: skip
    made = Statement(
        id=uuid4(), x=x, y=y, accuracy_m=8.0, place_source="gps", kind="road_blocked", severity=3,
        sent=sent,
    )  # fmt: skip
    receipt = send_report(store, LI, statement=made, limits=LIMITS)
    code = accept_report(store, CHECKER, report_id=made.id, site=SITE)
    return code, local_minute(receipt.received_at, store.district.timezone)


@pytest.fixture
def two_ways(district):
    """The desk of a group with two dry ways, over the bridge and around, and its own roads."""
    roads = {
        "class": ["local"] * 3, "name": ["大路", "绕行路", "桥"],
        "is_bridge": [False, False, True], "length_m": [1.0] * 3,
    }  # fmt: skip
    desk = _ends.one_road(district, (0, 10))
    lines = [
        LineString([(0, 0), (900, 0)]),
        LineString([(0, 0), (0, 400), (900, 400), (900, 0)]),
        LineString(BRIDGE[:-1]),
    ]
    write(district, "road", layer(roads, lines))
    return desk


def lengths(ways):
    return [round(way.length_m, -1) for way in ways]


def test_ways_lead_round_a_reported_site_and_where_none_does_they_say_so_with_its_metres(two_ways):
    assert lengths(two_ways.alternatives(CODE)) == [940, 1670]
    bridge, _ = accepted(two_ways.store, (450, 50))
    left = two_ways.alternatives(CODE)
    assert (lengths(left), left.why_not_more) == ([1670], "no_other_way")
    assert "reported_site" not in found(left[0].checked)
    # Now both ways are blocked for 40 m: the shorter one is shown, and never the other as well.
    accepted(two_ways.store, (450, 400))
    (through,) = ways = two_ways.alternatives(CODE)
    assert (lengths(ways), ways.why_not_more) == ([940], "through_reported")
    told = found(through.checked)["reported_site"]
    assert (told["facts"]["site"], told["metres"]) == (bridge, pytest.approx(40, abs=0.3))


def test_a_check_names_the_reported_site_its_kind_and_time_on_a_bridge_too(two_ways):
    code, came_in = accepted(two_ways.store, (450, 50))
    checked = two_ways.check(CODE, degrees(*BRIDGE))
    told = found(checked)["reported_site"]
    assert (told["level"], told["metres"]) == ("warning", pytest.approx(40, abs=0.3))
    named = {key: told["facts"][key] for key in ("site", "name", "report_kind", "reported_at")}
    assert named == {
        "site": code, "name": "道路中断", "report_kind": "road_blocked", "reported_at": came_in,
    }  # fmt: skip
    # Told once: not as a crossing of some other hazard as well.
    assert "hazard_crossing" not in found(checked)
    assert checked.hazard == {"other": pytest.approx(40, abs=0.3)}
    assert "reported_site" not in found(two_ways.check(CODE, degrees(*AROUND)))


def test_a_crossing_names_the_first_surveyed_sites_and_counts_all(district):
    codes = [f"H{number}" for number in range(1, 6)]
    rows = {
        "code": codes, "name": [f"易涝点{code}" for code in codes], "kind": ["waterlogging"] * 5,
        "hazard": ["flood"] * 5, "origin": ["delivered"] * 5,
    }  # fmt: skip
    # Ten metres each, on the way round.
    write(district, "hazard_site", layer(rows, [Point(0, y).buffer(5) for y in range(50, 300, 50)]))
    told = found(Desk(district).check(CODE, degrees(*AROUND)))["hazard_crossing"]
    assert told["facts"]["named"] == [[code, f"易涝点{code}"] for code in codes[:3]]
    assert (told["facts"]["sites"], told["metres"]) == (codes, pytest.approx(50, abs=0.1))
