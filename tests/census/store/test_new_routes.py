"""A route from nothing, and the day on which a published version begins to count."""

import threading
from datetime import timedelta

import pytest
from shapely.geometry import LineString
from sqlalchemy import text

from census.access_errors import ForbiddenError
from census.route_errors import (
    BegunRouteError,
    RouteStateError,
    StaleVersionError,
    UnknownRouteError,
    UnknownShelterError,
    UnknownStartError,
    UnknownVillageError,
    ValidFromError,
)
from census.store import new_routes, pages, reissues, route_commands, route_effects, routes
from census.store import route_workflow as office
from census.store.actors import Actor, Grant, visitor
from census.store.database import open_store
from census.store.deliveries import generation
from census.store.route_commands import Checked, Choices
from census.store.route_effects import take_effect
from census.store.route_keeping import today_of

pytestmark = pytest.mark.postgis

WEST, EAST, UNIT = "990001001001", "990001001002", "990001001001001"
ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")
OF_EAST = Actor("e-4", "东村", (Grant("planner", EAST),), "10.0.0.4")
OF_WEST = Actor("w-5", "西村", (Grant("approver", WEST),), "10.0.0.5")


def begin(store, who=ANNA, **given):
    return new_routes.create_route(
        store, who, **{"village_code": WEST, "shelter_code": "S1"} | given
    )


def save(store, code, base, lat=31.006, who=ANNA):
    line = LineString([(121.002, 31.005), (121.008, lat), (121.015, 31.005)])
    return route_commands.save_version(
        store, who, code=code, base_version=base, line=line,
        checked=Checked(length_m=1300.0, minutes=20.0, hazard_m=5.0), choices=Choices(),
    )  # fmt: skip


def publish(store, code, base, *, days=0, lat=31.006):
    made = save(store, code, base, lat)
    office.submit(store, ANNA, code=code, version=made, checked=Checked())
    office.approve(store, CHIEF, checked=office.Checked(), code=code, version=made)
    day = today_of(store) + timedelta(days=days)
    return made, office.publish(
        store, CHIEF, checked=office.Checked(), code=code, version=made, valid_from=day
    )


def shown(store, code):
    """Version and middle latitude as the public sees them; None where it sees nothing."""
    query = text(
        "select version, st_y(st_pointn(st_geometryn(geom, 1), 2)) as lat "
        "from pub.evacuation_route where code = :code"
    )
    with store.engine.connect() as connection:
        row = connection.execute(query, {"code": code}).one_or_none()
    return None if row is None else tuple(row)


def states(store, code):
    return {each.version: each.state for each in routes.versions(store, code)}


def test_a_new_route_has_no_line_until_it_is_saved_as_version_one(desk_district):
    code = begin(desk_district, unit_code=UNIT, people=12)
    assert code.startswith(f"N-{WEST}-")
    head = routes.head(desk_district, code)
    assert (head.newest, head.in_force, head.people, head.origin) == (0, None, 12, "drawn")
    (blank,) = routes.versions(desk_district, code)
    assert (blank.version, blank.lines, blank.shelter_name) == (0, [], "东河小学")
    assert save(desk_district, code, 0) == 1
    assert routes.version(desk_district, code, 1).parent_version is None
    with pytest.raises(StaleVersionError, match="began from version 0, the newest is 1"):
        save(desk_district, code, 0)
    assert shown(desk_district, code) is None


def test_its_name_is_where_it_starts_and_leads_unless_somebody_names_it(desk_district):
    name = lambda **given: routes.head(desk_district, begin(desk_district, **given)).name  # noqa: E731
    assert name() == "西河村 → 东河小学"
    assert name(assembly_point_code="A1", unit_code=UNIT) == "村口 → 东河小学"
    assert name(name="  河边老人  ") == "河边老人"


def test_what_cannot_be_is_refused_with_its_own_sentence(desk_district):
    with pytest.raises(UnknownVillageError, match="no village '990001009009'"):
        begin(desk_district, village_code="990001009009")
    with pytest.raises(UnknownVillageError, match="990001001000"):  # a town
        begin(desk_district, village_code="990001001000")
    with pytest.raises(UnknownShelterError, match="no shelter 'S9'"):
        begin(desk_district, shelter_code="S9")
    with pytest.raises(UnknownStartError, match="has no group or assembly point 'U9'"):
        begin(desk_district, unit_code="U9")
    with pytest.raises(UnknownStartError, match="'A1'"):  # that of the other village
        begin(desk_district, village_code=EAST, assembly_point_code="A1")
    with pytest.raises(ForbiddenError, match="Nothing was changed"):
        begin(desk_district, OF_EAST)
    with pytest.raises(ForbiddenError):
        begin(desk_district, visitor("10.0.0.9"))


def test_planners_who_begin_at_once_get_a_code_each(desk_district):
    codes, gate = [], threading.Barrier(6)

    def make():
        gate.wait()
        codes.append(begin(desk_district, village_code=EAST))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [f"N-{EAST}-{number:02d}" for number in range(1, 7)]


def test_without_the_lock_two_who_begin_at_once_meet_in_one_code(desk_district, monkeypatch):
    """The control: both read the same last number before either has written."""
    monkeypatch.setattr(new_routes, "LOCK", "select 1")
    with desk_district.engine.connect() as first, desk_district.engine.connect() as second:
        prefix = {"prefix": f"N-{WEST}-"}
        numbers = [
            each.execute(text(new_routes.NUMBER), prefix).scalar_one() for each in (first, second)
        ]
    assert numbers[0] == numbers[1]


def test_a_code_that_is_given_up_is_not_given_again(desk_district):
    code = begin(desk_district)
    route_commands.keep_draft(
        desk_district, ANNA, code=code, base_version=0, lines=[], state={"now": {}}
    )
    new_routes.give_up_route(desk_district, ANNA, code=code)
    with pytest.raises(UnknownRouteError, match="There is no evacuation route"):
        routes.head(desk_district, code)
    assert code not in {row.code for row in routes.desk_list(desk_district, ANNA)}
    assert begin(desk_district) > code
    begun = begin(desk_district)
    save(desk_district, begun, 0)
    for kept in (begun, "P-1"):
        with pytest.raises(BegunRouteError, match="cannot be given up"):
            new_routes.give_up_route(desk_district, ANNA, code=kept)


def test_pages_show_a_new_route_from_its_publication_to_its_withdrawal(desk_district):
    code = begin(desk_district, unit_code=UNIT, shelter_code="S2", people=7)
    made, told = publish(desk_district, code, 0)
    assert shown(desk_district, code) == (made, 31.006)
    card = next(each for each in pages.routes(desk_district, WEST) if each.code == code)
    assert (card.origin, card.people, card.minutes) == ("drawn", 7, 20.0)
    assert "S2" in {each.code for each in pages.shelters(desk_district, WEST)}
    assert (WEST, "evacuation") in told.reissue
    assert states(desk_district, code) == {0: "saved", made: "published"}
    assert routes.version(desk_district, code, 0).lines == []
    before = generation(desk_district, "evacuation_route")
    office.withdraw(desk_district, CHIEF, code=code, version=made, reason="桥断")
    assert shown(desk_district, code) is None
    assert generation(desk_district, "evacuation_route") == before + 1
    assert routes.responsible_on(desk_district, code, today_of(desk_district)).version == 0
    row = next(each for each in routes.desk_list(desk_district, ANNA) if each.code == code)
    assert (row.state, row.in_force) == ("withdrawn", None)
    again, _ = publish(desk_district, code, made, lat=31.007)
    assert shown(desk_district, code) == (again, 31.007)


def test_a_new_route_has_no_version_nought_to_go_back_to(desk_district):
    code = begin(desk_district)
    with pytest.raises(UnknownRouteError, match="has no version 0"):
        office.submit(desk_district, ANNA, code=code, version=0, checked=Checked())
    save(desk_district, code, 0)
    with pytest.raises(UnknownRouteError, match="has no version 0"):
        route_commands.restore(
            desk_district, ANNA, code=code, version=0, base_version=1, checked=Checked()
        )


def test_a_version_of_a_later_day_is_shown_on_that_day_and_the_older_one_until_then(desk_district):
    code, today = begin(desk_district), today_of(desk_district)
    first, _ = publish(desk_district, code, 0)
    second, _ = publish(desk_district, code, first, days=3, lat=31.007)
    third, _ = publish(desk_district, code, second, days=5, lat=31.008)
    assert states(desk_district, code) == {0: "saved", first: "published", second: "published",
                                           third: "published"}  # fmt: skip
    days = [today + timedelta(days=number) for number in range(7)]
    wanted = [first] * 3 + [second] * 2 + [third] * 2
    answers = [routes.responsible_on(desk_district, code, day).version for day in days]
    assert answers == wanted
    for day, version in zip(days, wanted, strict=True):
        take_effect(desk_district, day)
        assert shown(desk_district, code)[0] == version
    assert states(desk_district, code)[first] == states(desk_district, code)[second] == "superseded"
    again = [routes.responsible_on(desk_district, code, day).version for day in days]
    assert again == wanted


def test_taking_effect_again_changes_nothing_and_is_audited_once_as_the_system(desk_district):
    code = begin(desk_district)
    made, _ = publish(desk_district, code, 0, days=2)
    assert shown(desk_district, code) is None
    day = today_of(desk_district) + timedelta(days=2)
    before = generation(desk_district, "evacuation_route")
    assert code in take_effect(desk_district, day)
    after = generation(desk_district, "evacuation_route")
    assert after > before
    assert take_effect(desk_district, day) == []
    assert generation(desk_district, "evacuation_route") == after
    query = text(
        "select actor, action, detail ->> 'version' as version from access.audit_entry "
        "where object_code = :code and detail ->> 'command' = 'take_effect'"
    )
    with desk_district.engine.connect() as connection:
        (entry,) = connection.execute(query, {"code": code}).all()
    assert entry.actor.startswith("system:")
    assert (entry.action, entry.version) == ("route.publish", str(made))


def effects_at_once(store, day, workers=4):
    gate, changed = threading.Barrier(workers), []

    def work():
        gate.wait()
        changed.extend(take_effect(store, day))

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return changed


def test_workers_who_meet_at_midnight_bring_each_route_in_once(desk_district):
    codes = [begin(desk_district) for _ in range(4)]
    for code in codes:
        publish(desk_district, code, 0, days=7)
    changed = effects_at_once(desk_district, today_of(desk_district) + timedelta(days=7))
    assert sorted(each for each in changed if each in codes) == sorted(codes)


def test_without_a_second_look_under_the_lock_they_would_do_it_twice(desk_district, monkeypatch):
    """The control: what was due before the lock is taken as due behind it."""
    code = begin(desk_district)
    made, _ = publish(desk_district, code, 0, days=8)
    day = today_of(desk_district) + timedelta(days=8)

    def blind(held, due_day):
        route_effects.put_in_force(held, made, due_day)
        return made

    monkeypatch.setattr(route_effects, "catch_up", blind)
    assert [route_effects._effected(desk_district, code, day) for _ in range(2)] == [True, True]


def test_a_publication_withdrawn_before_its_day_leaves_what_is_shown(desk_district):
    code, today = begin(desk_district), today_of(desk_district)
    first, _ = publish(desk_district, code, 0)
    second, _ = publish(desk_district, code, first, days=3, lat=31.007)
    office.withdraw(desk_district, CHIEF, code=code, version=second, reason="改期")
    later = today + timedelta(days=4)
    assert shown(desk_district, code) == (first, 31.006)
    assert code not in take_effect(desk_district, later)
    assert routes.responsible_on(desk_district, code, later).version == first
    assert states(desk_district, code)[first] == "published"


def test_the_version_shown_until_then_may_be_withdrawn_before_the_next_ones_day(desk_district):
    code, today = begin(desk_district), today_of(desk_district)
    first, _ = publish(desk_district, code, 0)
    second, _ = publish(desk_district, code, first, days=3, lat=31.007)
    office.withdraw(desk_district, CHIEF, code=code, version=first, reason="桥断")
    assert shown(desk_district, code) is None
    assert code not in take_effect(desk_district, today + timedelta(days=2))
    assert code in take_effect(desk_district, today + timedelta(days=3))
    assert shown(desk_district, code) == (second, 31.007)


@pytest.mark.parametrize(("days", "sentence"), [(-1, "day is over"), (367, "too far ahead")])
def test_a_day_that_is_over_or_absurd_is_refused_with_its_sentence(desk_district, days, sentence):
    code = begin(desk_district)
    with pytest.raises(ValidFromError, match=sentence):
        publish(desk_district, code, 0, days=days)
    assert states(desk_district, code)[1] == "approved"


def test_a_publication_whose_day_the_worker_missed_is_withdrawn_from_history_too(desk_district):
    code = begin(desk_district)
    first, _ = publish(desk_district, code, 0)
    second, _ = publish(desk_district, code, first, days=0, lat=31.007)
    with pytest.raises(RouteStateError, match="superseded"):
        office.withdraw(desk_district, CHIEF, code=code, version=first, reason="x")
    office.withdraw(desk_district, CHIEF, code=code, version=second, reason="桥断")
    assert shown(desk_district, code) is None


def waiting(store, who=CHIEF, village=EAST):
    return [each for each in reissues.to_print(store, who) if each.village_code == village]


def test_a_sheet_is_to_be_printed_until_somebody_prints_it(desk_district):
    with reissues.printing(desk_district, "evacuation", EAST):
        pass
    code = begin(desk_district, village_code=EAST, name="甲线")
    made, _ = publish(desk_district, code, 0)
    (row,) = waiting(desk_district)
    assert (row.kind, row.is_due, row.routes) == ("evacuation", True, ["甲线"])
    assert waiting(desk_district, OF_WEST) == []
    with reissues.printing(desk_district, "risk", EAST):
        pass
    assert waiting(desk_district) == [row]
    with (
        pytest.raises(OSError, match="no paper"),
        reissues.printing(desk_district, "evacuation", EAST),
    ):
        raise OSError("no paper")
    assert waiting(desk_district) == [row]
    with reissues.printing(desk_district, "evacuation", EAST):
        pass
    assert waiting(desk_district) == []
    office.withdraw(desk_district, CHIEF, code=code, version=made, reason="桥断")
    assert [each.routes for each in waiting(desk_district)] == [["甲线"]]
    with reissues.printing(desk_district, "evacuation", EAST):
        pass


def test_a_drawing_begun_before_a_publication_does_not_count_for_it(desk_district):
    with reissues.printing(desk_district, "evacuation", EAST):
        pass
    code = begin(desk_district, village_code=EAST, name="乙线")
    with reissues.printing(desk_district, "evacuation", EAST):
        made, _ = publish(desk_district, code, 0)
    assert [each.routes for each in waiting(desk_district)] == [["乙线"]]
    with reissues.printing(desk_district, "evacuation", EAST):
        office.withdraw(desk_district, CHIEF, code=code, version=made, reason="桥断")
    assert [each.routes for each in waiting(desk_district)] == [["乙线"]]
    with reissues.printing(desk_district, "evacuation", EAST):
        pass
    assert waiting(desk_district) == []


def test_a_sheet_for_a_later_day_is_announced_and_counts_from_that_day_on(desk_district):
    code = begin(desk_district, village_code=EAST, name="丙线")
    publish(desk_district, code, 0, days=9)
    for _ in range(2):
        with reissues.printing(desk_district, "evacuation", EAST):
            pass
        (row,) = waiting(desk_district)
        assert (row.is_due, row.routes) == (False, ["丙线"])
    take_effect(desk_district, row.valid_from)
    assert [each.is_due for each in waiting(desk_district)] == [True]
    with reissues.printing(desk_district, "evacuation", EAST):
        pass
    assert waiting(desk_district) == []


def test_the_public_role_sees_nothing_of_a_route_that_is_not_published(
    desk_district, cluster_settings
):
    code = begin(desk_district, name="未公开的路线")
    save(desk_district, code, 0)
    with open_store(cluster_settings, place=desk_district.place, role="public") as public:
        assert routes.route_place(public, code) is None
        assert code not in {each.code for each in pages.routes(public, WEST)}
        assert b"\xe6\x9c\xaa\xe5\x85\xac\xe5\xbc\x80" not in pages.features(public, "routes")
