"""The phone keeps what is not acknowledged, whatever stands in the way, and sends it afterwards."""

import json
import secrets
from contextlib import closing

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import text

from census.store import sessions
from tests.conftest import CHROMIUM
from tests.webapp.pages.signed_in import account
from tests.webapp.phone.taps import until
from tests.webapp.reports.faults import phone as phones
from tests.webapp.reports.faults.house import WEST, counted, picture

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
BY = "select account_id from census.report where words = :words"
EMPTIED = "() => officer.keep.entries().then((all) => all.length === 0)"
LOGIN = "#notice a[href='/login?next=/report']"


@pytest.fixture(scope="module")
def player():
    """Playwright, for phones with a memory."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}; apt-get install chromium")
    with sync_playwright() as play:
        yield play


@pytest.fixture
def phone(player, house, office, li):
    """A phone of its own, with its page open."""
    with closing(phones.Phone(player, house, office, li)) as made:
        made.open()
        made.page.wait_for_function("() => officer.outbox.me() !== null")
        yield made
    made.forget()


def words_of():
    return f"phone-{secrets.token_hex(8)}"


def waits(phone, many=1):
    phone.page.wait_for_function(f"many => ({phones.LEFT})() === many", arg=many)


def test_a_report_stays_when_the_sign_in_has_ended_and_goes_after_the_next(phone, office):
    sessions.end(office, phone.sign_in)
    words = words_of()
    phone.report(words, picture(101))
    phone.page.wait_for_selector(LOGIN)
    waits(phone)
    assert counted(office, [words]) == [(0, 0)]
    phone.enter(phone.account_id)
    phone.show()
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]
    assert phone.page.locator(LOGIN).count() == 0


def test_a_stale_token_is_replaced_without_a_word(phone, office):
    phone.keep_offline()  # the worker fetches the page, and with it a token
    phone.context.add_cookies([{"name": "_csrf_token", "value": "stale", "url": phone.address}])
    words, refused = words_of(), []
    phone.page.on("response", lambda answer: refused.append(answer.status))
    phone.report(words, picture(102))
    phone.delivered()
    assert 400 in refused
    assert counted(office, [words]) == [(1, 1)]


def test_what_one_officer_wrote_is_not_sent_as_anothers(phone, office, house):
    words = words_of()
    other = account(office, "officer", scope=WEST, password=False)[0]
    house.end()
    phone.report(words, picture(103))
    waits(phone)
    house.begin()
    phone.enter(other)
    phone.show()
    phone.page.wait_for_function(
        "() => officer.outbox.me() && officer.outbox.state.entries.length"
        " && officer.outbox.me().account !== officer.outbox.state.entries[0].account"
    )
    phone.page.evaluate("() => { window.location.hash = '#mine'; }")
    phone.page.wait_for_selector("#waiting .is-waiting")
    assert "某人" in phone.page.inner_text("#waiting .is-waiting")
    phone.page.evaluate("() => officer.outbox.hurry()")
    phone.page.wait_for_load_state("networkidle")
    waits(phone)
    assert counted(office, [words]) == [(0, 0)]
    phone.enter(phone.account_id)
    phone.show()
    phone.delivered()
    with office.engine.connect() as connection:
        assert connection.execute(text(BY), {"words": words}).scalars().all() == [phone.account_id]


def test_a_photo_whose_report_is_not_there_sends_it_once_more(phone, office, house):
    words = words_of()
    house.end()
    phone.report(words, picture(104))
    waits(phone)
    # As after a database that was set back: the phone has a receipt for what is not there.
    phone.page.evaluate(
        """async () => { const [entry] = await officer.keep.entries();
           entry.parcels[0].isDone = true; await officer.keep.updateEntry(entry); }"""
    )
    house.begin()
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]


def test_two_tabs_that_send_at_once_leave_one_row_each(phone, office):
    words = [words_of() for _ in range(2)]
    first, second = phone.page, phone.context.new_page()
    second.goto(phone.address + "/report")
    second.wait_for_function("() => window.officer && officer.outbox && officer.outbox.me()")
    for each, page in zip(words, (first, second), strict=True):
        phone.page = page
        phone.write(each, picture(len(each) + int(each[-4:], 16)))
    for page in (first, second):
        page.evaluate("() => document.getElementById('send').click()")
    for page in (first, second):
        page.wait_for_function("() => !officer.form.isBegun()")
    while first.evaluate("async () => (await officer.keep.entries()).length"):
        first.wait_for_timeout(100)
    assert counted(office, words) == [(1, 1), (1, 1)]


def test_two_tabs_without_a_lock_between_them_are_told_apart_by_the_server(phone, office):
    """The phone's lock is a courtesy to the network; that nothing doubles rests on the id."""
    without = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });"
    phone.close()
    phone.open(script=without)
    second = phone.context.new_page()
    second.goto(phone.address + "/report")
    words = words_of()
    phone.report(words, picture(105))
    for page in (phone.page, second):
        page.evaluate("() => officer.outbox && officer.outbox.hurry()")
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]


def test_what_is_queued_at_once_in_two_tabs_is_counted_one_by_one(phone):
    phone.keep_offline()
    phone.context.set_offline(True)
    second = phone.context.new_page()
    second.goto(phone.address + "/report")
    second.wait_for_function("() => window.officer && officer.outbox && officer.form")
    for page in (phone.page, second):
        page.evaluate(
            """() => { window.queued = Promise.all([1, 2, 3].map(() => officer.outbox.queueEvent(
               officer.uuid(), { kind: "withdrawn" }, 1))); }"""
        )
    for page in (phone.page, second):
        page.evaluate("() => window.queued.then(() => true)")
    found = phone.page.evaluate(
        """async () => (await officer.keep.entries()).map(({ sequence, parcels }) =>
           [sequence, JSON.parse(new TextDecoder().decode(parcels[0].body)).device])"""
    )
    assert sorted(number for number, _ in found) == [1, 2, 3, 4, 5, 6]
    assert len({device for _, device in found}) == 1


def test_what_the_server_refuses_is_kept_with_its_reason_and_can_be_exported(phone, office):
    words = words_of()
    phone.context.set_geolocation({"latitude": 39.9, "longitude": 116.4, "accuracy": 8})
    phone.report(words, picture(106))
    phone.page.wait_for_function("() => (officer.outbox.state.entries[0] || {}).fault")
    phone.page.evaluate("() => { window.location.hash = '#mine'; }")
    refused = phone.page.locator("#waiting .is-refused")
    assert "河口区" in refused.inner_text()
    kept = json.loads(phone.page.evaluate("() => officer.outbox.exported()"))
    assert kept["entries"][0]["statement"]["words"] == words
    assert len(kept["entries"][0]["parcels"][1]["body"]) > 10_000
    assert counted(office, [words]) == [(0, 0)]


def refused(phone, many=1):
    phone.page.wait_for_function(
        "many => officer.outbox.state.entries.filter(({ fault }) => fault).length === many",
        arg=many,
    )


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
def test_what_anybody_refuses_for_good_is_told_kept_and_sent_again_when_asked(
    phone, office, status
):
    words, page, asked = words_of(), phone.page, []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=status, content_type="text/html", body="<h1>no</h1>")

    phone.context.route("**/api/reports/*-*", refuse)
    phone.report(words, picture(108))
    refused(phone)
    page.evaluate("() => { window.location.hash = '#mine'; }")
    said = page.locator("#waiting .is-refused")
    assert any(part in said.inner_text() for part in (str(status), "过大"))
    page.evaluate("() => officer.outbox.hurry()")
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1
    assert page.locator(LOGIN).count() == 0
    phone.context.unroute("**/api/reports/*-*")
    said.locator("button").first.click()
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]


@pytest.mark.parametrize("status", [408, 425, 429])
def test_what_is_refused_for_now_is_sent_again_by_itself(phone, office, status):
    words, page = words_of(), phone.page
    phone.context.route("**/api/reports/*-*", lambda route: route.fulfill(status=status, json={}))
    with page.expect_response(lambda answer: answer.status == status):
        phone.report(words, picture(109))
    waits(phone)
    assert page.evaluate("() => officer.outbox.state.entries[0].fault") is None
    phone.context.unroute("**/api/reports/*-*")
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]


def test_a_refused_photo_stops_no_other_and_its_report_is_not_made_twice(phone, office):
    words, page, first = words_of(), phone.page, []

    def refuse(route):
        first.append(route.request.url)
        is_first = route.request.url == first[0]
        route.fulfill(status=413, body="no") if is_first else route.continue_()

    phone.context.route("**/api/reports/*/photos/*", refuse)
    phone.report(words, picture(110), picture(111))
    refused(phone)
    assert counted(office, [words]) == [(1, 1)]
    page.evaluate("() => { window.location.hash = '#mine'; }")
    said = page.locator("#waiting .is-refused")
    assert "上报已送达" in said.inner_text()
    assert said.locator("button").all_inner_texts() == ["再次发送", "删除"]
    phone.context.unroute("**/api/reports/*/photos/*")
    said.locator("button").first.click()
    phone.delivered()
    assert counted(office, [words]) == [(1, 2)]


def test_a_photo_whose_report_never_is_there_ends_in_words_not_in_a_circle(phone):
    words, asked = words_of(), []

    def deny(route):
        asked.append(route.request.url)
        route.fulfill(status=404, json={"error_zh": "没有", "error_en": "none"})

    phone.context.route("**/api/reports/*/photos/*", deny)
    phone.report(words, picture(112))
    refused(phone)
    assert len(asked) == 2


def test_what_another_tab_has_sent_is_not_put_back(phone):
    phone.keep_offline()
    phone.context.set_offline(True)
    page = phone.page
    there = page.evaluate(
        """async () => {
          await officer.outbox.queueEvent(officer.uuid(), { kind: "withdrawn" }, 1);
          const [entry] = await officer.keep.entries();
          const found = [await officer.keep.updateEntry(entry)];
          await officer.keep.dropEntry(entry.id);
          found.push(await officer.keep.updateEntry(entry));
          return [...found, (await officer.keep.entries()).length];
        }"""
    )
    assert there == [True, False, 0]


@pytest.mark.parametrize("meanwhile", ["on its way", "received", "already told"])
def test_what_was_refused_has_one_successor_from_whichever_tab(phone, office, meanwhile):
    words, page = words_of(), phone.page
    phone.context.set_geolocation({"latitude": 39.9, "longitude": 116.4, "accuracy": 8})
    phone.report(words, picture(113))
    refused(phone)
    phone.context.set_geolocation(phones.HERE)
    second = phone.context.new_page()
    second.goto(phone.address + "/report")
    second.wait_for_function("() => window.officer && officer.outbox && officer.outbox.me()")
    for each in (page, second):
        each.evaluate("() => { window.location.hash = '#mine'; }")
        each.locator("#waiting .is-refused button", has_text="修改后重报").click()
        each.wait_for_function(
            "words => document.getElementById('text').value === words", arg=words
        )
        each.click("#here")
        # The place it was refused at came from the GPS too.
        each.wait_for_function(
            "here => officer.village.place().x === here", arg=phones.HERE["longitude"]
        )
    second.evaluate("() => document.getElementById('send').click()")
    second.wait_for_function("() => !officer.form.isBegun()")
    elsewhere = "#missing:has-text('已在另一标签页')"
    if meanwhile == "received":
        until(second, EMPTIED)
    if meanwhile == "already told":
        page.evaluate("() => officer.outbox.hurry()")
        page.wait_for_selector(elsewhere)
    page.evaluate("() => document.getElementById('send').click()")
    page.wait_for_selector(elsewhere)
    # Whichever tab it was that sent it.
    until(second, EMPTIED)
    assert counted(office, [words]) == [(1, 1)]


def test_a_page_that_learns_of_another_sign_in_goes_on_with_hers(phone, office):
    words = [words_of(), words_of()]
    other = account(office, "officer", scope=WEST, password=False)[0]
    phone.enter(other)  # in another tab, which this page does not know of
    phone.report(words[0])
    phone.page.wait_for_function("() => officer.outbox.state.entries.some(officer.outbox.isOthers)")
    phone.report(words[1])
    phone.page.wait_for_function("() => officer.outbox.state.last !== null")
    assert counted(office, words) == [(0, 0), (1, 0)]


@pytest.mark.parametrize("status", [500, 503, 507])
def test_whatever_a_server_answers_the_report_stays_until_its_receipt(phone, office, status):
    words, page = words_of(), phone.page
    told = {"error_zh": "暂时不行", "error_en": "not now"}
    phone.context.route("**/api/reports/*-*", lambda route: route.fulfill(status=status, json=told))
    with page.expect_response(lambda answer: answer.status == status):
        phone.report(words, picture(107))
    waits(phone)
    assert counted(office, [words]) == [(0, 0)]
    phone.context.unroute("**/api/reports/*-*")
    phone.delivered()
    assert counted(office, [words]) == [(1, 1)]
