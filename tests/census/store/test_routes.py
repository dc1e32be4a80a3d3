"""Two planners, one route: nothing is overwritten, another person approves, history answers."""

import random
import threading
from datetime import date, timedelta

import geopandas as gpd
import psycopg
import pytest
from shapely.geometry import LineString
from sqlalchemy import text

from census.access_errors import ForbiddenError
from census.route_errors import (
    OwnWorkError,
    RouteStateError,
    StaleVersionError,
    UnexplainedError,
    UnfitRouteError,
    UnknownRouteError,
    ValidFromError,
)
from census.store import route_commands as desk
from census.store import route_workflow as office
from census.store import routes
from census.store.actors import Actor, Grant, visitor
from census.store.plans import save_plan
from census.store.route_commands import Checked, Choices
from census.store.route_effects import take_effect
from census.store.route_keeping import today_of

pytestmark = pytest.mark.postgis

ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "10.0.0.2")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")
STRANGER = Actor("s-4", "外镇", (Grant("planner", "990002001000"),), "10.0.0.4")
OLD = [[121.002, 31.005], [121.008, 31.005], [121.015, 31.005]]


def line(lat):
    return LineString([(121.002, 31.005), (121.008, lat), (121.015, 31.005)])


def save(store, who, code, base, lat=31.006, *, findings=(), draft=None, **choices):
    checked = Checked(length_m=1300.0, minutes=20.0, hazard_m=5.0, findings=findings)
    return desk.save_version(
        store, who, code=code, base_version=base, line=line(lat), checked=checked,
        choices=Choices(**choices), draft=draft,
    )  # fmt: skip


def publish_one(store, code, lat=31.006, day=None):
    made = save(store, ANNA, code, routes.head(store, code).newest, lat)
    office.submit(store, ANNA, code=code, version=made, checked=Checked())
    office.approve(store, CHIEF, checked=Checked(), code=code, version=made)
    office.publish(
        store,
        CHIEF,
        checked=Checked(),
        code=code,
        version=made,
        valid_from=day or today_of(store),
    )
    return made


def shown(store, code):
    query = text(
        "select version, length_m, st_y(st_pointn(st_geometryn(geom, 1), 2)) as lat "
        "from pub.evacuation_route where code = :code"
    )
    with store.engine.connect() as connection:
        return connection.execute(query, {"code": code}).one()


def audited(store, code):
    query = text(
        "select action, outcome from access.audit_entry where object_code = :code order by id"
    )
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query, {"code": code})]


def test_the_first_save_keeps_the_planned_line_as_version_nought(desk_district):
    assert [each.version for each in routes.versions(desk_district, "P-1")] == [0]
    assert save(desk_district, ANNA, "P-1", 0) == 1
    new, old = routes.versions(desk_district, "P-1")
    assert (new.version, new.parent_version, new.state, new.author_name) == (1, 0, "saved", "安娜")
    assert old.lines == [OLD]
    assert shown(desk_district, "P-1").version is None  # saved is not published


def test_the_second_of_two_savers_is_told_the_newest_version(desk_district):
    save(desk_district, ANNA, "P-2", 0, 31.006)
    with pytest.raises(
        StaleVersionError, match="you began from version 0, the newest is 1"
    ) as told:
        save(desk_district, BORIS, "P-2", 0, 31.007)
    assert told.value.current == 1
    assert routes.head(desk_district, "P-2").newest == 1
    assert audited(desk_district, "P-2")[-1] == ("route.save", "failed")


def test_two_who_save_in_the_same_moment_make_one_version(desk_district):
    outcomes = []

    def attempt(who):
        try:
            outcomes.append(save(desk_district, who, "P-3", 0))
        except StaleVersionError:
            outcomes.append("stale")

    threads = [threading.Thread(target=attempt, args=(who,)) for who in (ANNA, BORIS) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1"] + ["stale"] * 5


def interleave(store, code, seed):
    """
    Two planners mark the route, one twice and one once, in a random order of their steps.

    A step reads the newest version or saves what was read plus an own mark; who is told of a newer
    version reads again. Returns the marks acknowledged and those that the newest version carries.
    """
    order = random.Random(seed)
    start = routes.version(store, code, routes.head(store, code).newest)
    base_marks = [tuple(each) for each in start.waypoints]
    todo = {
        who.id: [(who.id, seed, n) for n in marks] for who, marks in ((ANNA, (0, 1)), (BORIS, (0,)))
    }
    read = {}
    done = []
    while any(todo.values()):
        who = order.choice([each for each in (ANNA, BORIS) if todo[each.id]])
        if who.id not in read:
            newest = routes.version(store, code, routes.head(store, code).newest)
            read[who.id] = (newest.version, [tuple(each) for each in newest.waypoints])
            continue
        version, marks = read.pop(who.id)
        mark = todo[who.id][0]
        try:
            save(store, who, code, version, waypoints=[*marks, mark])
        except StaleVersionError:
            continue
        todo[who.id].pop(0)
        done.append(mark)
    end = routes.version(store, code, routes.head(store, code).newest)
    found = [tuple(each) for each in end.waypoints]
    return done, found[len(base_marks) :], found[: len(base_marks)] == base_marks


def test_200_interleavings_of_two_planners_end_as_some_serial_order(desk_district):
    for seed in range(200):
        if seed % 10 == 0:  # a fresh route now and then keeps the history, and the run, short
            with desk_district.begin() as connection:
                connection.execute(
                    text(
                        "insert into census.evacuation_route"
                        " (code, origin, name, village_code, geom)"
                        " select :code, origin, name, village_code, geom"
                        " from census.evacuation_route where code = 'P-9'"
                    ),
                    {"code": f"I-{seed}"},
                )
        acknowledged, kept, is_whole = interleave(desk_district, f"I-{seed - seed % 10}", seed)
        assert is_whole
        assert kept == acknowledged


def test_without_the_look_at_the_base_the_same_interleavings_lose_work(desk_district, monkeypatch):
    monkeypatch.setattr(desk, "_require_newest", lambda _held, _base: None)
    lost = sum(
        interleave(desk_district, "P-4", seed)[1] != interleave(desk_district, "P-4", seed)[0]
        for seed in range(10)
    )
    assert lost > 0


def test_a_draft_survives_by_itself_and_locks_nobody_out(desk_district):
    state = {"now": {"parts": [OLD]}, "past": [1, 2], "future": []}
    told = {"code": "P-5", "base_version": 0, "lines": [OLD], "state": state}
    assert desk.keep_draft(desk_district, ANNA, **told).others == 0
    mark = desk.keep_draft(desk_district, BORIS, **told).at
    kept = routes.draft(desk_district, "P-5", ANNA)
    assert (kept.base_version, kept.lines, kept.state["past"]) == (0, [OLD], [1, 2])
    assert save(desk_district, BORIS, "P-5", 0, draft=mark) == 1
    assert routes.draft(desk_district, "P-5", BORIS) is None
    assert routes.draft(desk_district, "P-5", ANNA) is not None
    desk.drop_draft(desk_district, ANNA, code="P-5")
    assert routes.draft(desk_district, "P-5", ANNA) is None


def test_a_road_that_was_closed_on_the_way_stops_approval_and_publication(desk_district):
    def found(code, level="error"):
        return Checked(findings=[{"code": code, "level": level, "metres": 40.0}])

    newest = routes.head(desk_district, "P-4").newest
    made = save(desk_district, ANNA, "P-4", newest, off_road_reason="经学校操场")
    office.submit(desk_district, ANNA, code="P-4", version=made, checked=Checked())
    asked = {"code": "P-4", "version": made}
    with pytest.raises(UnfitRouteError, match="closed_road"):
        office.approve(desk_district, CHIEF, **asked, checked=found("closed_road"))
    # That the line leaves the roads was answered when it was submitted; a warning is for the chief.
    office.approve(desk_district, CHIEF, **asked, checked=found("no_off_road_reason"))
    day = today_of(desk_district)
    with pytest.raises(UnfitRouteError, match="closed_road"):
        office.publish(desk_district, CHIEF, **asked, checked=found("closed_road"), valid_from=day)
    office.publish(
        desk_district, CHIEF, **asked, checked=found("deep_water", "warning"), valid_from=day
    )
    assert shown(desk_district, "P-4").version == made


def test_a_draft_may_be_in_pieces_or_empty(desk_district):
    mark = None
    for lines in ([OLD[:2], OLD[1:]], [], [OLD[:1]]):
        told = {"code": "P-5", "base_version": 0, "lines": lines, "state": {"now": lines}}
        mark = desk.keep_draft(desk_district, ANNA, **told, known=mark).at
        assert routes.draft(desk_district, "P-5", ANNA).state == {"now": lines}


def test_a_version_goes_from_its_author_by_another_person_to_the_people(desk_district):
    made = save(desk_district, ANNA, "P-6", 0)
    office.submit(desk_district, ANNA, code="P-6", version=made, checked=Checked())
    with pytest.raises(ForbiddenError, match="approve"):
        office.approve(desk_district, ANNA, checked=Checked(), code="P-6", version=made)
    both = Actor(ANNA.id, ANNA.name, (Grant("planner"), Grant("approver")), "")
    with pytest.raises(OwnWorkError, match="your own work"):
        office.approve(desk_district, both, checked=Checked(), code="P-6", version=made)
    office.approve(desk_district, CHIEF, checked=Checked(), code="P-6", version=made)
    yesterday = today_of(desk_district) - timedelta(days=1)
    with pytest.raises(ValidFromError, match="that day is over"):
        office.publish(
            desk_district,
            CHIEF,
            checked=Checked(),
            code="P-6",
            version=made,
            valid_from=yesterday,
        )
    day = today_of(desk_district)
    told = office.publish(
        desk_district, CHIEF, checked=Checked(), code="P-6", version=made, valid_from=day
    )
    assert told.reissue == [("990001001001", "evacuation")]
    assert ("990001001001", "村主任", "primary") in told.tell
    assert tuple(shown(desk_district, "P-6")) == (made, 1300.0, 31.006)
    assert [pair[1] for pair in audited(desk_district, "P-6")] == [
        "done", "done", "refused", "failed", "done", "failed", "done",
    ]  # fmt: skip


def test_a_step_out_of_order_is_refused_and_says_what_it_needs(desk_district):
    made = save(desk_district, ANNA, "P-7", 0)
    with pytest.raises(RouteStateError, match="is saved; this step needs one that is submitted"):
        office.approve(desk_district, CHIEF, checked=Checked(), code="P-7", version=made)
    with pytest.raises(RouteStateError, match="needs one that is approved"):
        office.publish(
            desk_district,
            CHIEF,
            checked=Checked(),
            code="P-7",
            version=made,
            valid_from=today_of(desk_district),
        )
    office.submit(desk_district, ANNA, code="P-7", version=made, checked=Checked())
    office.return_to_author(desk_district, CHIEF, code="P-7", version=made, reason="太远")
    assert routes.version(desk_district, "P-7", made).reason == "太远"
    office.submit(desk_district, ANNA, code="P-7", version=made, checked=Checked())
    save(desk_district, BORIS, "P-7", made)
    office.return_to_author(desk_district, CHIEF, code="P-7", version=made, reason="有新版")
    with pytest.raises(StaleVersionError):
        office.submit(desk_district, ANNA, code="P-7", version=made, checked=Checked())


def submit_found(store, code, version, findings, **reasons):
    checked = Checked(findings=findings)
    office.submit(
        store, ANNA, code=code, version=version, checked=checked, explanations=reasons
    )  # fmt: skip


def test_errors_stop_a_submission_and_warnings_want_a_reason(desk_district):
    error = {"code": "closed_edges", "level": "error", "facts": {}}
    warning = {"code": "crosses_town", "level": "warning", "facts": {}}
    note = {"code": "runs_back", "level": "note", "facts": {}}
    bad = save(desk_district, ANNA, "P-8", 0, findings=[error, warning])
    with pytest.raises(UnfitRouteError, match=r"has 1 errors \(closed_edges\)"):
        submit_found(desk_district, "P-8", bad, [error, warning])
    fair = save(desk_district, ANNA, "P-8", bad, findings=[warning, note])
    with pytest.raises(UnexplainedError, match=r"\(crosses_town\)"):
        submit_found(desk_district, "P-8", fair, [warning, note], crosses_town=" ")
    submit_found(desk_district, "P-8", fair, [warning, note], crosses_town="近路")
    assert routes.version(desk_district, "P-8", fair).state == "submitted"


def test_any_version_comes_back_as_the_newest_and_the_history_keeps_all(desk_district):
    save(desk_district, ANNA, "P-1", routes.head(desk_district, "P-1").newest, 31.009)
    newest = routes.head(desk_district, "P-1").newest
    again = Checked(length_m=1.5, findings=[{"code": "deep_water", "level": "warning"}])
    made = desk.restore(
        desk_district, BORIS, code="P-1", version=0, base_version=newest, checked=again
    )
    back = routes.version(desk_district, "P-1", made)
    assert (back.lines, back.state, back.author_name) == ([OLD], "restored", "鲍里斯")
    assert (back.length_m, back.findings) == (1.5, again.findings)
    assert len(routes.versions(desk_district, "P-1")) == made + 1
    with pytest.raises(UnknownRouteError, match="has no version 99"):
        desk.restore(desk_district, BORIS, code="P-1", version=99, base_version=made, checked=again)


def test_history_answers_who_was_responsible_on_a_day(desk_district):
    code, today = "P-9", today_of(desk_district)
    first = publish_one(desk_district, code, 31.006)
    second = publish_one(desk_district, code, 31.007, day=today + timedelta(days=10))
    before = routes.responsible_on(desk_district, code, today - timedelta(days=1))
    assert (before.version, before.author_name) == (0, None)
    now = routes.responsible_on(desk_district, code, today + timedelta(days=9))
    assert (now.version, now.author_name, now.approver_name) == (first, "安娜", "主任")
    later = routes.responsible_on(desk_district, code, today + timedelta(days=10))
    assert later.version == second
    assert shown(desk_district, code).version == first
    assert take_effect(desk_district, today + timedelta(days=9)) == []
    assert take_effect(desk_district, today + timedelta(days=10)) == [code]
    assert shown(desk_district, code).version == second
    assert routes.version(desk_district, code, first).state == "superseded"


def test_a_withdrawn_route_is_the_planned_one_again(desk_district):
    made = publish_one(desk_district, "P-4")
    office.withdraw(desk_district, CHIEF, code="P-4", version=made, reason="桥断")
    assert tuple(shown(desk_district, "P-4")) == (None, 1240.0, 31.005)
    today = today_of(desk_district)
    assert routes.responsible_on(desk_district, "P-4", today).version == 0


def test_a_new_plan_leaves_published_routes_as_they_are(desk_district):
    made = publish_one(desk_district, "P-2", 31.008)
    codes = ["P-2", "P-3", "Q-1"]
    new = gpd.GeoDataFrame(
        {"code": codes, "origin": "planned", "name": codes, "people": [77, 5, 6]},
        geometry=[line(31.001)] * 3, crs=4490,
    )  # fmt: skip
    plan = {
        "hazard": "flood", "data_date": date(2026, 1, 1), "rule_edition": "1", "code_version": "0",
        "parameters": {}, "inputs": {}, "people": 1, "demand_people": 1, "served_people": 1,
        "unserved_people": 0, "summary": {},
    }  # fmt: skip
    columns = {"unit_code": [], "village_code": [], "people": [], "demand_people": [],
               "served_people": [], "unserved_people": []}  # fmt: skip
    demand = gpd.GeoDataFrame(columns, geometry=[], crs=4490)
    save_plan(desk_district, plan, demand, new)
    assert (shown(desk_district, "P-2").version, shown(desk_district, "P-2").lat) == (made, 31.008)
    assert routes.head(desk_district, "P-8").newest == 2  # in work, and not in the new plan
    assert shown(desk_district, "P-3").lat == 31.001
    with desk_district.engine.connect() as connection:
        people = text("select people from census.evacuation_route where code = 'P-2'")
        assert connection.execute(people).scalar_one() == 77


@pytest.mark.parametrize("who", [visitor("10.0.0.9"), CHIEF, STRANGER])
def test_who_has_no_right_here_saves_nothing_and_is_noted(desk_district, who):
    before = len(audited(desk_district, "P-6"))
    with pytest.raises(ForbiddenError, match="Nothing was changed"):
        save(desk_district, who, "P-6", 1)
    with pytest.raises(ForbiddenError):
        desk.keep_draft(desk_district, who, code="P-6", base_version=0, lines=[OLD], state={})
    assert [pair[1] for pair in audited(desk_district, "P-6")[before:]] == ["refused"] * 2


def test_the_desk_lists_what_lies_in_the_scope_with_its_state(desk_district):
    rows = {row.code: row for row in routes.desk_list(desk_district, ANNA)}
    assert rows["P-6"].state == "published"
    assert rows["P-8"].state == "submitted"
    assert rows["P-5"].drafts == 1
    assert (rows["P-6"].village_name, rows["P-6"].town_name) == ("西河村", "河口镇")
    assert routes.desk_list(desk_district, STRANGER) == []


@pytest.mark.parametrize("table", ["route_version", "route_event"])
def test_what_is_written_of_a_route_stays(desk_district, table):
    forget = f"delete from census.{table}"  # noqa: S608  (fixed names)
    for sentence in (f"update census.{table} set version = 9", forget):  # noqa: S608  (the same)
        with pytest.raises(Exception, match="permission denied"), desk_district.begin() as own:
            own.execute(text(sentence))
    owner = desk_district.address.replace("riskatlas_app@", "riskatlas_owner@")
    with psycopg.connect(owner) as connection, pytest.raises(psycopg.Error, match="append-only"):
        connection.execute(forget)


def test_a_route_that_does_not_exist_is_named(desk_district):
    with pytest.raises(UnknownRouteError, match="no evacuation route 'nowhere'"):
        routes.head(desk_district, "nowhere")
    with pytest.raises(UnknownRouteError, match="no evacuation route 'nowhere'"):
        save(desk_district, ANNA, "nowhere", 0)
