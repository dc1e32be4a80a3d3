"""What is added to a report arrives once with its photo, whoever is killed, wherever it is cut."""

import json
import secrets
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from uuid import uuid4

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import text

from tests.conftest import CHROMIUM
from tests.webapp.reports.cutting_proxy import ANSWER, REQUEST, is_photo, is_report
from tests.webapp.reports.faults import phone as phones
from tests.webapp.reports.faults.house import counted, picture, statement, supplement
from tests.webapp.reports.faults.test_cuts import Cutter
from tests.webapp.reports.faults.test_kills import bring_back, bury, strike

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]

ADDED = """
select count(distinct e.id), count(distinct p.sha256)
from census.report_event e left join census.report_photo p on e.photos ? p.sha256
where e.words = :words and (p.report_id is null or p.report_id = e.report_id)"""
STEPS = ("before_store", "after_store", "before_commit", "after_commit")
SEEDS = {"event": 301, "photo": 302}


def added(office, words):
    """Rows and photos of what was added with these words."""
    with office.engine.connect() as connection:
        return tuple(connection.execute(text(ADDED), {"words": words}).one())


def test_what_is_added_is_one_row_wherever_its_sending_is_cut(house, officer, office):
    said, report_id, words = statement(), uuid4(), []
    assert officer.send(report_id, said)[0] == 201
    cutter = Cutter(house, officer)
    places = [*((REQUEST, after) for after in range(0, 700, 70)), (ANSWER, 0), (ANSWER, 120)]
    for side, after in places:
        more = supplement()
        words.append(more["words"])
        path = f"/api/reports/{report_id}/events/{uuid4()}"
        cutter.cut(side, after, path, json.dumps(more).encode())
    assert [added(office, each) for each in words] == [(1, 0)] * len(places)
    assert {status for status, _ in cutter.receipts} == {200, 201}


def test_a_photo_that_was_added_is_one_row_wherever_its_sending_is_cut(house, officer, office):
    cutter = Cutter(house, officer)
    for number, (side, after) in enumerate([(REQUEST, 9000), (ANSWER, 0), (ANSWER, 90)]):
        said, report_id, photo = statement(), uuid4(), picture(310 + number)
        more = supplement([photo])
        assert officer.send(report_id, said)[0] == 201
        assert officer.add(report_id, uuid4(), more)[0] == 201
        path = f"/api/reports/{report_id}/photos/{more['photos'][0]}"
        cutter.cut(side, after, path, photo, "image/jpeg")
        assert added(office, more["words"]) == (1, 1)


@pytest.mark.parametrize("what", ["event", "photo"])
@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_dies_at_any_step_of_what_is_added_has_it_once(
    house, officer, office, step, what
):
    said, report_id, event_id = statement(), uuid4(), uuid4()
    photo = picture(SEEDS[what])
    more = supplement([photo])
    assert officer.send(report_id, said)[0] == 201
    sending = [partial(officer.add, report_id, event_id, more)]
    sending.append(partial(officer.photo, report_id, photo))
    if what == "photo":
        assert sending.pop(0)()[0] == 201
    house.arm(step, "kill", what)
    with suppress(OSError, HTTPException):
        sending[0]()
    house.buried()
    house.begin()
    is_there = step == "after_commit"
    assert sending[0]()[0] == (200 if is_there else 201)
    assert [each()[0] in {200, 201} for each in sending] == [True] * len(sending)
    assert added(office, more["words"]) == (1, 1)


def test_a_photo_before_what_names_it_is_refused_and_taken_afterwards(officer, office):
    said, report_id, photo = statement(), uuid4(), picture(330)
    more = supplement([photo])
    assert officer.send(report_id, said)[0] == 201
    status, told = officer.photo(report_id, photo)
    assert (status, "没有列出照片" in told["error_zh"]) == (422, True)
    assert officer.add(report_id, uuid4(), more)[0] == 201
    assert officer.photo(report_id, photo)[0] == 201
    assert added(office, more["words"]) == (1, 1)


def test_more_photos_than_are_kept_in_all_and_photos_of_a_withdrawal_are_refused(officer, office):
    report_id = uuid4()
    marks = [f"{number:064x}" for number in range(1, 15)]
    assert officer.send(report_id, statement() | {"photos": marks[:6]})[0] == 201
    assert officer.add(report_id, uuid4(), supplement() | {"photos": marks[6:12]})[0] == 201
    over = supplement() | {"photos": marks[12:13]}
    status, told = officer.add(report_id, uuid4(), over)
    assert (status, "最多 12 张" in told["error_zh"]) == (422, True)
    seven = supplement() | {"photos": marks[:7]}
    assert officer.add(report_id, uuid4(), seven)[1]["fields"] == ["photos"]
    gone = supplement(kind="withdrawn") | {"photos": marks[:1]}
    assert officer.add(report_id, uuid4(), gone)[1]["fields"] == ["photos"]
    assert added(office, over["words"]) == (0, 0)


@pytest.fixture(scope="module")
def player():
    """Playwright, for phones that are killed."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}; apt-get install chromium")
    with sync_playwright() as play:
        yield play


@pytest.fixture
def phone(player, house, office, li):
    """A phone of its own whose officer has reported something."""
    made = phones.Phone(player, house, office, li)
    made.open()
    made.keep_offline()
    made.words = f"more-{secrets.token_hex(8)}"
    made.report(made.words)
    made.delivered()
    yield made
    made.forget()


@pytest.mark.parametrize(
    "case",
    [
        ("before_commit", "event", "browser"),
        ("after_commit", "event", "both"),
        ("half_answer", "photo", "browser"),
        ("half_request", "photo", "server"),
    ],
    ids="-".join,
)
def test_whoever_is_killed_what_was_added_and_its_photo_arrive_once(house, phone, office, case):
    step, what, victim = case
    words = f"added-{secrets.token_hex(8)}"
    photo = picture(int(words[-4:], 16))
    if step.startswith("half"):
        side, after = (ANSWER, 120) if step == "half_answer" else (REQUEST, 9000)
        meant = is_photo if what == "photo" else is_report
        house.proxy.cut(side, after, meant, partial(strike, house, phone, victim))
        phone.add(words, photo)
        assert house.proxy.made.wait(60)
    else:
        house.arm(step, "hold", what)
        phone.add(words, photo)
        house.hear("held")
        strike(house, phone, victim)
        if victim == "browser":
            house.tell("go")
    bury(house, phone, victim)
    bring_back(house, phone)
    phone.delivered()
    assert added(office, words) == (1, 1)
    # The report itself is there once, and has the photo that was added to it.
    assert counted(office, [phone.words]) == [(1, 1)]
