"""An open editor has a seat: counted, never named, and gone when nobody takes it again in time."""

import threading
from uuid import uuid4

import pytest
from sqlalchemy import text

from census.access_errors import ForbiddenError
from census.route_errors import UnknownRouteError
from census.store import routes, seats
from census.store.actors import Actor, Grant
from census.store.rights import rights
from census.store.seats import MOST_TABS, editors, leave_seat, take_seat

pytestmark = pytest.mark.postgis

ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "10.0.0.2")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")
STRANGER = Actor("s-4", "外镇", (Grant("planner", "990002001000"),), "10.0.0.4")


def tab():
    return uuid4().hex


def told(monkeypatch):
    """Collects what is told to the live process."""
    heard = []
    monkeypatch.setattr(
        seats, "tell_live", lambda _connection, event, facts: heard.append((event, facts))
    )
    return heard


def test_people_are_counted_not_tabs_and_oneself_is_no_other(desk_district):
    mine, second, theirs = tab(), tab(), tab()
    assert take_seat(desk_district, ANNA, code="P-1", tab=mine) == 0
    assert take_seat(desk_district, ANNA, code="P-1", tab=second) == 0
    assert take_seat(desk_district, BORIS, code="P-1", tab=theirs) == 1
    assert take_seat(desk_district, ANNA, code="P-1", tab=mine) == 1
    assert editors(desk_district)["P-1"] == 2
    leave_seat(desk_district, ANNA, code="P-1", tab=mine)
    assert editors(desk_district)["P-1"] == 2
    leave_seat(desk_district, ANNA, code="P-1", tab=second)
    leave_seat(desk_district, BORIS, code="P-1", tab=theirs)
    assert "P-1" not in editors(desk_district)


def test_a_seat_not_taken_again_in_time_is_gone_and_the_next_one_who_comes_sweeps_it(
    desk_district, monkeypatch
):
    take_seat(desk_district, BORIS, code="P-2", tab=tab())
    with desk_district.begin() as connection:
        left = text("select extract(epoch from until - now()) from census.route_seat")
        assert (
            0 < connection.execute(left).scalar_one() <= rights().limits["presence"]["gone_after_s"]
        )
        connection.execute(text("update census.route_seat set until = now() - interval '1 s'"))
    assert "P-2" not in editors(desk_district)
    heard = told(monkeypatch)
    assert take_seat(desk_district, ANNA, code="P-3", tab=tab()) == 0
    assert heard == [
        ("editing", {"code": "P-2", "count": 0}),
        ("editing", {"code": "P-3", "count": 1}),
    ]
    with desk_district.begin() as connection:
        assert connection.execute(text("select count(*) from census.route_seat")).scalar_one() == 1
        connection.execute(text("delete from census.route_seat"))


def test_only_a_change_is_told(desk_district, monkeypatch):
    mine = tab()
    heard = told(monkeypatch)
    for _ in range(3):
        take_seat(desk_district, ANNA, code="P-4", tab=mine)
    assert heard == [("editing", {"code": "P-4", "count": 1})]
    for _ in range(2):
        leave_seat(desk_district, ANNA, code="P-4", tab=mine)
    assert heard[1:] == [("editing", {"code": "P-4", "count": 0})]


def test_nobody_leaves_for_somebody_else(desk_district):
    theirs = tab()
    take_seat(desk_district, BORIS, code="P-5", tab=theirs)
    leave_seat(desk_district, ANNA, code="P-5", tab=theirs)
    assert editors(desk_district)["P-5"] == 1
    leave_seat(desk_district, BORIS, code="P-5", tab=theirs)


def test_a_thousand_tabs_of_one_person_are_no_more_than_a_few_rows(desk_district):
    for _ in range(MOST_TABS + 5):
        take_seat(desk_district, ANNA, code="P-6", tab=tab())
    query = text("select count(*) from census.route_seat where code = 'P-6'")
    with desk_district.begin() as connection:
        assert connection.execute(query).scalar_one() == MOST_TABS
        connection.execute(text("delete from census.route_seat"))


@pytest.mark.parametrize("act", [take_seat, leave_seat])
def test_who_may_not_draft_there_has_no_seat(desk_district, act):
    for who in (CHIEF, STRANGER):
        with pytest.raises(ForbiddenError):
            act(desk_district, who, code="P-7", tab=tab())
    with pytest.raises(UnknownRouteError):
        act(desk_district, ANNA, code="nowhere", tab=tab())
    assert "P-7" not in editors(desk_district)


def test_a_seat_makes_no_version_and_no_audit(desk_district):
    def counts():
        queries = ("select count(*) from access.audit_entry", "select count(*) from census.route")
        with desk_district.engine.connect() as connection:
            return [connection.execute(text(query)).scalar_one() for query in queries]

    before = counts()
    take_seat(desk_district, ANNA, code="P-8", tab=tab())
    assert counts() == before
    assert routes.head(desk_district, "P-8").newest == 0


def test_many_who_come_and_go_at_once_neither_wait_for_ever_nor_remain(desk_district):
    faults = []

    def come_and_go(number):
        try:
            for _ in range(5):
                own = tab()
                code = f"P-{1 + number % 3}"
                take_seat(desk_district, (ANNA, BORIS)[number % 2], code=code, tab=own)
                leave_seat(desk_district, (ANNA, BORIS)[number % 2], code=code, tab=own)
        except Exception as fault:  # noqa: BLE001  (told below)
            faults.append(fault)

    people = [threading.Thread(target=come_and_go, args=(number,)) for number in range(6)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert faults == []
    assert not {"P-1", "P-2", "P-3"} & set(editors(desk_district))
