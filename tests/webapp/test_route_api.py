"""The editor's addresses: who may, what is refused and how, both versions where two saved."""

import importlib.util
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

from census.products.route_desk import Desk
from census.products.route_results import Judged
from census.store import routes
from census.store.actors import Actor, Grant
from webapp import route_api, route_bodies
from webapp.route_office import Office, nobody

HERE = Path(__file__).resolve().parents[1] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest_for_routes", HERE)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

pytestmark = pytest.mark.postgis

ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "10.0.0.2")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")
STRANGER = Actor("s-4", "外镇", (Grant("planner", "990002001000"),), "10.0.0.4")
AUDITOR = Actor("u-5", "审计", (Grant("auditor"),), "10.0.0.5")
TAB = "0123456789abcdef" * 2
WEST, UNIT = "990001001001", "990001001001001"
LINE = [[121.002, 31.005], [121.008, 31.005], [121.015, 31.005]]


class Caller:
    """One browser, whose person can be changed."""

    def __init__(self, store, desk):
        self.actor = ANNA
        server = Flask("route_api_test")
        server.config |= {"SECRET_KEY": "k" * 32, "MAX_CONTENT_LENGTH": 256 * 1024}
        CSRFProtect(server)
        server.get("/token")(generate_csrf)
        who = lambda: nobody() if self.actor is None else self.actor  # noqa: E731
        route_api.register(server, Office(store, lambda: desk, who))
        self.client = server.test_client()
        self.token = self.client.get("/token").text

    def __call__(
        self, method, path, body=None, *, base=None, token=True, who=ANNA, marked=None, **options
    ):
        self.actor = who
        headers = {"X-CSRFToken": self.token} if token else {}
        if marked is not None:
            headers["X-Account-Mark"] = marked
        if base is not None:
            headers["If-Match"] = base if isinstance(base, str) else f'"{base}"'
        if body is not None:
            options["json"] = body
        path = path if path[:1] in {"", "?"} else f"/{path}"
        return self.client.open(f"/api/routes{path}", method=method, headers=headers, **options)


@pytest.fixture(scope="module")
def call(desk_district):
    return Caller(desk_district, Desk(desk_district))


ENDPOINTS = [
    ("GET", "P-1", None, "route.read"),
    ("GET", "P-1/versions/0", None, "route.read"),
    ("POST", "P-1/check", {"line": LINE}, "route.draft"),
    ("POST", "P-1/snap", {"line": LINE}, "route.draft"),
    ("POST", "P-1/alternatives", {}, "route.draft"),
    ("DELETE", "P-1", None, "route.save"),
    ("PUT", "P-1/draft", {"base_version": 0, "lines": [LINE], "state": {}}, "route.draft"),
    ("DELETE", "P-1/draft", None, "route.draft"),
    ("POST", "P-1/presence", {"tab": TAB}, "route.draft"),
    ("DELETE", "P-1/presence", {"tab": TAB}, "route.draft"),
    ("POST", "P-1/versions", {"line": LINE}, "route.save"),
    ("POST", "P-1/restore", {"version": 0}, "route.save"),
    ("POST", "P-1/submit", {"version": 0}, "route.submit"),
    ("POST", "P-1/return", {"version": 0, "reason": "x"}, "route.approve"),
    ("POST", "P-1/approve", {"version": 0}, "route.approve"),
    ("POST", "P-1/publish", {"version": 0, "valid_from": "2099-01-01"}, "route.publish"),
    ("POST", "P-1/withdraw", {"version": 0, "reason": "x"}, "route.withdraw"),
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("who", [None, ANNA, CHIEF, STRANGER, AUDITOR])
def test_each_address_answers_those_alone_who_have_its_action_there(call, endpoint, who):
    method, path, body, action = endpoint
    answer = call(method, path, body, base=99, who=who)
    if who is not None and who.may(action, "990001001001"):
        assert answer.status_code not in {401, 403}
    elif who is STRANGER and who.may(action):
        unknown = call(method, path.replace("P-1", "P-none"), body, base=99, who=who)
        assert (answer.status_code, unknown.status_code) == (404, 404)
        assert answer.text == unknown.text.replace("P-none", "P-1")
    else:
        assert answer.status_code == (401 if who is None else 403)
        assert set(answer.json) == {"error_en", "error_zh"}
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_page_that_was_opened_by_another_account_writes_nothing(call, desk_district):
    mark = call("GET", "P-1", who=ANNA).json["account"]
    body = {"base_version": 0, "lines": [LINE], "state": {}}
    answer = call("PUT", "P-1/draft", body, who=BORIS, marked=mark)
    assert (answer.status_code, answer.json["fault"]) == (409, "account")
    assert routes.draft(desk_district, "P-1", BORIS) is None
    assert call("POST", "P-1/check", {"line": LINE}, who=BORIS, marked=mark).status_code == 409
    assert call("POST", "P-1/check", {"line": LINE}, who=ANNA, marked=mark).status_code == 200
    assert call("POST", "P-1/check", {"line": LINE}, who=None, marked=mark).status_code == 401
    assert call("POST", "P-1/check", {"line": LINE}, who=BORIS, marked="é").status_code == 409


def test_every_address_of_the_blueprint_is_in_the_list_above(call):
    rules = {
        (method, rule.rule.removeprefix(f"{route_api.ROOT}/<code>"))
        for rule in call.client.application.url_map.iter_rules()
        if rule.rule.startswith(route_api.ROOT)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    listed = {(m, p.removeprefix("P-1").replace("/0", "/<int:number>")) for m, p, *_ in ENDPOINTS}
    assert rules == listed | {("GET", route_api.ROOT), ("POST", route_api.ROOT)}


@pytest.mark.parametrize("endpoint", ENDPOINTS[2:])
def test_a_write_without_the_token_is_refused(call, endpoint):
    method, path, body, _action = endpoint
    assert call(method, path, body, token=False).status_code == 400


def test_a_route_is_told_with_its_version_as_etag_and_no_account_id(call):
    answer = call("GET", "P-2")
    assert answer.headers["ETag"] == '"0"'
    assert answer.json["newest"]["lines"] == [LINE]
    assert answer.json["may"] == {
        "draft": True, "save": True, "submit": True, "approve": False, "publish": False,
        "withdraw": False,
    }  # fmt: skip
    call("POST", "P-2/versions", {"line": LINE}, base=0)
    assert ANNA.id not in call("GET", "P-2").text


def test_a_save_needs_to_say_which_version_it_began_from(call):
    for base in (None, "3", '"x"', "*", 'W/"x"'):
        answer = call("POST", "P-3/versions", {"line": LINE}, base=base)
        assert answer.status_code == 428
        assert "If-Match" in answer.json["error_zh"]
    for base in ('"00"', '"01"', 'W/"00"'):
        assert call("POST", "P-3/versions", {"line": LINE}, base=base).status_code == 400
    assert call("POST", "P-3/versions", {"line": LINE}, base=0).json == {"version": 1}
    # A proxy that compresses makes a tag weak; it names the same version.
    assert call("POST", "P-3/versions", {"line": LINE}, base='W/"0"').status_code == 412
    assert call("POST", "P-3/versions", {"line": LINE}, base='W/"1"').json == {"version": 2}


def test_the_second_saver_gets_both_versions(call, desk_district):
    other = [LINE[0], [121.008, 31.006], LINE[2]]
    assert call("POST", "P-4/versions", {"line": other, "note": "经桥"}, base=0).status_code == 201
    answer = call("POST", "P-4/versions", {"line": LINE}, base=0, who=BORIS)
    assert answer.status_code == 412
    assert answer.json["current"] == 1
    assert answer.json["theirs"]["lines"] == [other]
    assert answer.json["theirs"]["author_name"] == "安娜"
    assert answer.json["base"]["lines"] == [LINE]
    assert routes.head(desk_district, "P-4").newest == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ([[121.0 + n * 1e-6, 31.005] for n in range(2001)], "2,001"),
        ([LINE[0]], "two different"),
        ([LINE[0], LINE[0]], "two different"),
        ([LINE[0], [121.0, "31"]], "no longitude and latitude"),
        ([LINE[0], [121.0, 31.0, 5.0]], "no longitude and latitude"),
        ([LINE[0], [500.0, 31.0]], "no longitude and latitude"),
        ("LINESTRING(0 0, 1 1)", "no list"),
        ({"type": "LineString"}, "no list"),
        ([LINE[0], [106.8, -6.2]], "leaves this district"),
        (None, "no list"),
    ],
)
@pytest.mark.parametrize("path", ["P-5/check", "P-5/versions"])
def test_a_broken_giant_or_foreign_line_is_refused_in_words(call, desk_district, path, line, told):
    answer = call("POST", path, {"line": line}, base=0)
    assert answer.status_code == 422
    assert told in answer.json["error_en"]
    assert routes.head(desk_district, "P-5").newest == 0


def test_a_line_of_100_000_vertices_is_too_large_a_body(call):
    line = [[121.0 + n * 1e-7, 31.005] for n in range(100_000)]
    answer = call("POST", "P-5/check", {"line": line})
    assert answer.status_code == 413
    assert "1 MB" in answer.json["error_zh"]


def test_a_body_between_the_visitors_limit_and_the_editors_is_read(call):
    state = {"past": ["x" * 300_000]}
    body = {"base_version": 0, "lines": [LINE], "state": state}
    assert call("PUT", "P-5/draft", body).status_code == 200
    assert call("GET", "P-5").json["draft"]["state"] == state
    assert call("DELETE", "P-5/draft").json == {"others": 0}


@pytest.mark.parametrize("text", ["[" * 60_000, "{", "5", '"x"', "NaN", ""])
def test_what_is_no_json_object_is_refused_and_crashes_nothing(call, text):
    answer = call("POST", "P-5/check", data=text, content_type="application/json")
    assert answer.status_code == 422


def test_a_line_with_a_word_that_is_no_number_never_reaches_geometry(call, monkeypatch):
    monkeypatch.setattr(route_api, "LineString", lambda *_: pytest.fail("reached geometry"))
    bad = [[[]] * 2] * 4000
    assert call("POST", "P-5/versions", {"line": bad}, base=0).status_code == 422


def test_a_check_measures_and_speaks_the_visitors_language(call):
    answer = call("POST", "P-6/check", {"line": LINE}).json
    assert answer["length_m"] == pytest.approx(1240, abs=10)
    assert answer["line"] == LINE
    back = {"line": LINE[::-1]}
    zh = call("POST", "P-6/check", back).json["findings"]
    en = call("POST", "P-6/check?lang=en", back).json["findings"]
    said = {each["code"]: each["sentence"] for each in zh}
    assert "反向" in said["ends_off_shelter"]
    assert any("Reverse" in each["sentence"] for each in en)
    assert all(each["at"] is None or len(each["at"]) == 2 for each in zh)


def test_a_snapped_line_lies_on_the_road_and_a_click_finds_it(call):
    drawn = [LINE[0], [121.008, 31.0051], LINE[2]]
    line = call("POST", "P-6/check", {"line": drawn, "snap": True}).json["line"]
    assert all(lat == pytest.approx(31.005, abs=1e-6) for _lon, lat in line)
    road = call("POST", "P-6/snap", {"point": [121.008, 31.0051]}).json
    assert road["name"] == "河滨路"
    shut = {"closed_roads": [road["road_id"]], "closed_shelters": ["S1"]}
    found = call("POST", "P-6/check", {"line": LINE, "what_if": shut}).json["findings"]
    assert {"closed_road", "shelter_closed"} <= {each["code"] for each in found}
    away = call("POST", "P-6/snap", {"point": [121.008, 31.0095]})
    assert away.status_code == 422


def test_a_draft_goes_and_comes_and_tells_of_others(call):
    body = {"base_version": 0, "lines": [LINE[:2], LINE[1:]], "state": {"now": {"a": 1}}}
    assert call("POST", "P-7/presence", {"tab": TAB}).json == {"others": 0, "beat_s": 15}
    kept = call("PUT", "P-7/draft", body).json
    assert (set(kept), kept["others"]) == ({"others", "mark"}, 0)
    assert call("PUT", "P-7/draft", body, who=BORIS).json["others"] == 1
    assert call("POST", "P-7/presence", {"tab": TAB}, who=BORIS).json["others"] == 1
    told = call("GET", "P-7").json
    wanted = {"base_version": 0, "state": {"now": {"a": 1}}, "mark": kept["mark"]}
    assert told["draft"] == wanted
    assert told["others"] == 1
    other = body | {"state": {"now": {"a": 2}}}
    moved = call("PUT", "P-7/draft", other)
    assert (moved.status_code, moved.json["draft"]) == (409, wanted)
    stale = call("DELETE", "P-7/draft?mark=2026-01-01T00:00:00%2B00:00")
    assert (stale.status_code, stale.json["draft"]) == (409, wanted)
    assert call("PUT", "P-7/draft", other | {"mark": kept["mark"]}).status_code == 200
    for mark in ("", "x", 5, "2026-01-01"):
        assert call("PUT", "P-7/draft", other | {"mark": mark}).status_code == 422


def test_the_people_of_one_browser_are_told_apart_by_what_names_none_of_them(call):
    anna, boris, again = (call("GET", "P-6", who=who) for who in (ANNA, BORIS, ANNA))
    assert anna.json["account"] == again.json["account"] != boris.json["account"]
    assert ANNA.id not in anna.json["account"]


def test_a_save_whose_answer_was_lost_ends_in_the_same_version(call):
    newest = call("GET", "P-6").json["newest"]["version"]
    body = {"line": LINE, "save": TAB}
    first = call("POST", "P-6/versions", body, base=newest)
    assert call("POST", "P-6/versions", body, base=newest).json == first.json
    assert call("POST", "P-6/versions", {"line": LINE}, base=newest).status_code == 412
    bad = call("POST", "P-6/versions", {"line": LINE, "save": "x"}, base=newest)
    assert bad.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"assembly_point_code": "nowhere"}, "nowhere"),
        ({"waypoints": [[106.8, -6.2]]}, "leaves this district"),
        ({"waypoints": "here"}, "no list"),
    ],
)
def test_a_start_or_a_waypoint_of_elsewhere_is_refused(call, desk_district, wrong, told):
    newest = routes.head(desk_district, "P-6").newest
    answer = call("POST", "P-6/versions", {"line": LINE} | wrong, base=newest)
    assert (answer.status_code, told in answer.json["error_en"]) == (422, True)
    assert routes.head(desk_district, "P-6").newest == newest


@pytest.mark.parametrize("tab", [None, "", "x" * 32, "A" * 32, "0" * 31, "0" * 33, 5, ["0" * 32]])
def test_a_tab_that_is_no_tab_gets_no_seat(call, tab):
    for method in ("POST", "DELETE"):
        answer = call(method, "P-6/presence", {"tab": tab})
        assert answer.status_code == 422
        assert "hexadecimal" in answer.json["error_en"]


def test_a_version_walks_to_the_people_over_http(call, desk_district):
    made = call("POST", "P-8/versions", {"line": LINE}, base=0).json["version"]
    found = routes.version(desk_district, "P-8", made).findings
    reasons = {each["code"]: "已核实" for each in found if each["level"] == "warning"}
    assert not [each for each in found if each["level"] == "error"]
    body = {"version": made, "explanations": reasons}
    assert call("POST", "P-8/submit", body).status_code == 200
    assert call("POST", "P-8/return", {"version": made}, who=CHIEF).status_code == 422
    assert call("POST", "P-8/approve", {"version": made}, who=CHIEF).status_code == 200
    assert call("POST", "P-8/approve", {"version": made}, who=CHIEF).status_code == 409
    day = call("GET", "P-8").json["today"]
    late = call("POST", "P-8/publish", {"version": made, "valid_from": "2000-01-01"}, who=CHIEF)
    assert (late.status_code, "已过" in late.json["error_zh"]) == (422, True)
    told = call("POST", "P-8/publish", {"version": made, "valid_from": day}, who=CHIEF).json
    assert told["reissue"] == ["西河村 避险转移路线图"]
    assert "西河村 · 村主任 · A角" in told["tell"]
    shown = call("GET", f"P-8/versions/{made}").json
    assert shown["against"] == [LINE]
    assert any("长度" in sentence or "加长" in sentence for sentence in shown["changes"])


def test_neither_version_nought_nor_an_old_finding_gets_past_the_checks_of_today(
    call, desk_district, monkeypatch
):
    newest = call("GET", "P-7").json["newest"]["version"]
    refused = call("POST", "P-7/submit", {"version": 0})
    assert (refused.status_code, "Restore it" in refused.json["error_en"]) == (409, True)
    flooded = {"code": "flooded_road", "level": "error", "facts": {}, "at": None}
    monkeypatch.setattr(Desk, "check", lambda *_, **__: Judged(length_m=7.0, findings=(flooded,)))
    made = call("POST", "P-7/restore", {"version": 0}, base=newest).json["version"]
    back = routes.version(desk_district, "P-7", made)
    assert (back.lines, back.length_m, back.findings) == ([LINE], 7.0, [flooded])
    monkeypatch.undo()
    found = call("POST", "P-7/check", {"line": LINE}).json["findings"]
    reasons = {each["code"]: "已核实" for each in found if each["level"] == "warning"}
    body = {"version": made, "explanations": reasons}
    monkeypatch.setattr(Desk, "check", lambda *_, **__: Judged(findings=(flooded,)))
    refused = call("POST", "P-7/submit", body)
    assert (refused.status_code, "flooded_road" in refused.json["error_en"]) == (422, True)
    monkeypatch.undo()
    # What was found when it was saved no longer holds: the road is dry again.
    assert call("POST", "P-7/submit", body).status_code == 200


def test_extra_fields_of_a_save_change_nothing_else(call, desk_district):
    forged = {
        "line": LINE,
        "author": "x",
        "version": 77,
        "made_at": "2000-01-01",
        "state": "approved",
    }
    made = call("POST", "P-9/versions", forged, base=0).json["version"]
    kept = routes.version(desk_district, "P-9", made)
    assert (kept.version, kept.author, kept.state) == (1, ANNA.id, "saved")


def test_a_shelter_that_does_not_exist_is_named(call):
    answer = call("POST", "P-9/versions", {"line": LINE, "shelter_code": "nowhere"}, base=1)
    assert answer.status_code == 422
    assert "nowhere" in answer.json["error_en"]


def test_an_unknown_route_is_404_for_those_who_may_and_401_for_a_visitor(call):
    assert call("GET", "nowhere").status_code == 404
    assert call("GET", "nowhere", who=None).status_code == 401


def test_the_limits_are_those_that_the_texts_name():
    assert (route_bodies.MOST_VERTICES, route_bodies.LARGEST_BODY_BYTES) == (2000, 1024 * 1024)


NEW = {"village": WEST, "shelter": "S1"}


def test_a_new_route_offers_what_its_village_has_and_begins_with_a_code_and_no_line(call):
    offered = call("GET", f"?village={WEST}").json
    assert [each["code"] for each in offered["points"]] == ["A1"]
    assert UNIT in {each["code"] for each in offered["groups"]}
    # The school first: the plan rules the temple out, however near it is.
    assert [each["code"] for each in offered["shelters"]] == ["S1", "S2"]
    assert "不可用" in offered["shelters"][1]["words"]
    begun = call("POST", "", {**NEW, "assembly_point": "A1", "people": 9})
    assert begun.status_code == 201
    code = begun.json["code"]
    assert begun.json["link"] == f"/route/{code}"
    told = call("GET", code)
    assert (told.headers["ETag"], told.json["newest"]["lines"], told.json["versions"]) == (
        '"0"', [], [],
    )  # fmt: skip
    assert told.json["newest"]["assembly_point_code"] == "A1"
    west, south, east, north = 121.0, 31.0, 121.01, 31.01
    assert told.json["frame"] == [[west, south], [east, north]]


def test_a_new_route_is_proposed_saved_once_and_told_as_new(call):
    code = call("POST", "", {**NEW, "unit": UNIT}).json["code"]
    (way, *_more) = call("POST", f"{code}/alternatives", {}).json["alternatives"]
    body = {"line": way["line"]}
    assert call("POST", f"{code}/check", body).status_code == 200
    assert call("POST", f"{code}/versions", body).status_code == 428
    assert call("POST", f"{code}/versions", body, base=0).json == {"version": 1}
    stale = call("POST", f"{code}/versions", body, base=0, who=BORIS)
    assert (stale.status_code, stale.json["theirs"]["version"]) == (412, 1)
    assert stale.json["base"]["lines"] == []
    (change,) = call("GET", f"{code}/versions/1").json["changes"]
    assert change.startswith("新路线：")
    assert call("DELETE", code).status_code == 422
    other = call("POST", "", NEW).json["code"]
    assert call("DELETE", other).json == {"link": "/desk"}
    assert call("GET", other).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"shelter": "S1"}, 422, "Choose a village"),
        ({"village": WEST}, 422, "Choose a shelter"),
        ({**NEW, "village": "990001009009"}, 422, "no village"),
        ({**NEW, "shelter": "S9"}, 422, "no shelter"),
        ({**NEW, "unit": "U9"}, 422, "no group or assembly point"),
        ({**NEW, "assembly_point": "A9"}, 422, "no group or assembly point"),
        ({**NEW, "people": -1}, 422, "no whole number"),
        ({**NEW, "name": "x" * 301}, 422, "at most 300"),
    ],
)
def test_a_new_route_that_cannot_be_is_refused_with_its_sentence(call, body, status, sentence):
    answer = call("POST", "", body)
    assert answer.status_code == status
    assert sentence in answer.json["error_en"]


@pytest.mark.parametrize("who", [None, CHIEF, STRANGER, AUDITOR])
def test_who_may_not_save_there_begins_no_route_there(call, who):
    for answer in (call("POST", "", NEW, who=who), call("GET", f"?village={WEST}", who=who)):
        assert answer.status_code == (401 if who is None else 403)
    assert call("POST", "", NEW, token=False).status_code == 400


def test_a_reason_for_leaving_the_road_is_wanted_from_the_first_check_and_may_come_later(call):
    off = [LINE[0], [121.008, 31.0068], LINE[2]]
    codes = lambda answer: {each["code"] for each in answer.json["findings"]}  # noqa: E731
    assert "no_off_road_reason" in codes(call("POST", "P-9/check", {"line": off}))
    given = {"line": off, "off_road_reason": "经操场"}
    assert "no_off_road_reason" not in codes(call("POST", "P-9/check", given))
    base = call("GET", "P-9").json["newest"]["version"]
    made = call("POST", "P-9/versions", {"line": off}, base=base).json["version"]
    found = call("GET", f"P-9/versions/{made}").json["findings"]
    reasons = {each["code"]: "已核实" for each in found if each["level"] == "warning"}
    without = {code: why for code, why in reasons.items() if code != "off_network"}
    refused = call("POST", "P-9/submit", {"version": made, "explanations": without})
    assert (refused.status_code, "no_off_road_reason" in refused.json["error_en"]) == (422, True)
    assert call("POST", "P-9/submit", {"version": made, "explanations": reasons}).status_code == 200
    told = {"line": off, "off_road_reason": "经操场"}
    made = call("POST", "P-9/versions", told, base=made).json["version"]
    assert call("GET", f"P-9/versions/{made}").json["explanations"] == {"off_network": "经操场"}
    answer = call("POST", "P-9/submit", {"version": made, "explanations": without})
    assert answer.status_code == 200
