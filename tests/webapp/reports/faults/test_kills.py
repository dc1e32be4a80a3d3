"""Server and browser are killed at every step of a sending: nothing is lost, nothing is doubled.

``RISKATLAS_TRUST=long`` runs every step for report and photo, with server, browser and both killed,
twice; the short form strikes once at each step.
"""

import os
import secrets
from contextlib import closing, suppress
from functools import partial
from itertools import count, cycle, product

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.conftest import CHROMIUM
from tests.webapp.reports.cutting_proxy import ANSWER, REQUEST, is_photo, is_report
from tests.webapp.reports.faults import phone as phones
from tests.webapp.reports.faults.house import counted, picture

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
IS_LONG = os.environ.get("RISKATLAS_TRUST") == "long"
HELD = ("before_store", "after_store", "before_commit", "after_commit")
CUT = {"half_request": (REQUEST, {"report": 700, "photo": 9000}),
       "half_answer": (ANSWER, {"report": 120, "photo": 120})}  # fmt: skip
MEANT = {"report": is_report, "photo": is_photo}
RECEIPTS = {"receipt_before_note": phones.HOLD_NOTE, "receipt_before_drop": phones.HOLD_DROP}
if IS_LONG:
    CASES = [*product((*HELD, *CUT), ("report", "photo"), ("server", "browser", "both"), "12")]
    AFTER_RECEIPT = [*product(RECEIPTS, ("browser", "both"), "12")]
else:
    # Each step once: the report and the photo by turns, and so server and browser.
    CASES = [
        (step, what, victim, "1")
        for step, what, victim in zip(
            (*HELD, *CUT),
            cycle(("report", "photo")),
            cycle(("server", "browser", "browser", "server")),
        )
    ]
    AFTER_RECEIPT = [(name, "both", "1") for name in RECEIPTS]
seeds = count(1)


@pytest.fixture(scope="module")
def player():
    """Playwright, for phones that are killed."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}; apt-get install chromium")
    with sync_playwright() as play:
        yield play


@pytest.fixture(scope="module")
def only_phone(player, only_house, office, li):
    phone = phones.Phone(player, only_house, office, li)
    yield phone
    phone.forget()


@pytest.fixture
def phone(only_phone, house):
    """The phone with its page open and kept for use without a network."""
    assert house.process is not None
    if only_phone.context is None:
        only_phone.open()
    only_phone.keep_offline()
    return only_phone


def words_of(*_):
    return f"kill-{secrets.token_hex(8)}"


def bring_back(house, phone):
    """Start again what was killed."""
    if phone.context is None:
        phone.open()
    if house.process is None:
        house.begin()


def strike(house, phone, victim):
    if victim in {"server", "both"}:
        house.kill()
    if victim in {"browser", "both"}:
        phone.kill()


def bury(house, phone, victim):
    if victim in {"server", "both"}:
        house.buried()
    if victim in {"browser", "both"}:
        phone.buried()


def break_at(house, phone, step, what, victim):
    """Send a report with a photo and strike at the step; give its words."""
    words = words_of()
    phone.write(words, picture(next(seeds)))
    if step in CUT:
        side, after = CUT[step]
        house.proxy.cut(side, after[what], MEANT[what], partial(strike, house, phone, victim))
        phone.send()
        assert house.proxy.made.wait(60)
    else:
        house.arm(step, "hold", what)
        phone.send()
        house.hear("held")
        strike(house, phone, victim)
        if victim == "browser":
            house.tell("go")
    bury(house, phone, victim)
    return words


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_whoever_is_killed_at_whatever_step_the_report_and_its_photo_arrive_once(
    house, phone, office, case
):
    step, what, victim, _ = case
    words = break_at(house, phone, step, what, victim)
    bring_back(house, phone)
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]


@pytest.mark.parametrize("case", AFTER_RECEIPT, ids="-".join)
def test_a_receipt_that_could_not_be_written_down_doubles_nothing(house, phone, office, case):
    step, victim, _ = case
    phone.close()
    phone.open(script=RECEIPTS[step])
    words = words_of()
    phone.report(words, picture(next(seeds)))
    phone.page.wait_for_function("() => window.isHeld")
    strike(house, phone, victim)
    bury(house, phone, victim)
    bring_back(house, phone)
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]


def test_three_reports_written_without_a_server_outlive_the_browser_and_arrive(
    house, phone, office, record_property
):
    house.end()
    phone.close()
    page = phone.open()
    opened_ms = page.evaluate(
        "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    record_property("form_open_ms", opened_ms)
    print(f"\nform open with the server dead: {opened_ms:.0f} ms")  # noqa: T201  (a figure to read)
    words = [words_of() for _ in range(3)]
    for number, each in enumerate(words, 1):
        phone.report(each, picture(next(seeds)))
        page.wait_for_function(f"many => ({phones.LEFT})() === many", arg=number)
    phone.kill()
    phone.buried()
    phone.open()
    phone.page.wait_for_function(f"() => ({phones.LEFT})() === 3")
    tab = phone.context.new_page()
    tab.goto(phone.address + "/report")
    tab.wait_for_selector("#kinds [data-value=waterlogging]")
    house.begin()
    phone.delivered()
    assert counted(office, words) == [(1, 1)] * 3


def test_the_control_a_phone_that_forgets_what_it_begins_to_send_loses_it(
    player, only_house, office, li
):
    only_house.end()
    only_house.begin("outbox")
    with closing(phones.Phone(player, only_house, office, li)) as phone:
        phone.open()
        words = break_at(only_house, phone, "half_request", "report", "server")
        only_house.begin("outbox")
        phone.page.wait_for_function(f"() => ({phones.LEFT})() === 0")
        with suppress(Error):
            phone.page.evaluate("() => officer.outbox.hurry()")
    assert counted(office, [words]) == [(0, 0)]
    only_house.end()
