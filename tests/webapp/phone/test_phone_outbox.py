"""What an officer wrote waits: a dead server, another tab or account, a full phone, plain http."""

import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.webapp.pages.signed_in import account
from tests.webapp.phone.taps import (
    ENTRIES,
    HOST,
    ONE_WAITS,
    WEST,
    drafted,
    drag,
    photograph,
    sent,
    sign_in,
    tab,
    until,
    wait_for_words,
    write,
)

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]


def test_with_the_server_dead_a_new_tab_opens_the_form_and_what_is_written_arrives_later(
    phone, served, officer
):
    page = phone(officer)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    before = served.count()
    served.kill()
    tab = page.context.new_page()
    tab.goto(f"{served.address}/report")
    tab.wait_for_selector("#kinds button")
    tab.wait_for_function("() => officer.village.shown()")
    opened_ms = tab.evaluate(
        "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    print(f"form opened by the service worker in {opened_ms:.0f} ms")  # noqa: T201  (a figure of the run)
    write(tab, "collapse", 3)
    photograph(tab)
    tab.click("#send")
    until(tab, ONE_WAITS)
    wait_for_words(tab, "status", "待发送 1 条")
    with tab.expect_download() as given:
        tab.click("#export")
    exported = json.loads(Path(given.value.path()).read_text("utf-8"))
    assert [len(each["parcels"]) for each in exported["entries"]] == [2]
    served.begin()
    sent(tab)
    assert served.count() == before + 1


@pytest.mark.parametrize("host", ["localhost", HOST])
def test_two_tabs_have_a_draft_each_and_the_next_tab_goes_on_with_what_a_closed_one_left(
    phone, officer, host
):
    first = phone(officer, host=host)
    first.click("#kinds [data-value=flood]")
    photograph(first)
    drafted(first, "甲")
    second = tab(first)
    second.wait_for_timeout(1000)  # longer than tabs are asked for
    assert (second.input_value("#text"), second.locator("#pictures li").count()) == ("", 0)
    photograph(second)
    drafted(second, "乙")
    first.reload()
    first.wait_for_selector("#pictures li")
    assert (first.input_value("#text"), first.locator("#pictures li").count()) == ("甲", 1)
    first.close()
    third = tab(second)
    third.wait_for_selector("#pictures li")
    assert (third.input_value("#text"), third.locator("#pictures li").count()) == ("甲", 1)
    assert second.input_value("#text") == "乙"


def test_a_draft_that_another_tab_goes_on_with_is_sent_once(phone, served, officer):
    first = phone(officer)
    before = served.count()
    write(first, "collapse", 2)
    drafted(first, "丙")
    second = tab(first)
    second.evaluate("officer.drafts.others().then(([one]) => officer.form.turnTo(one.id))")
    second.wait_for_function("() => document.getElementById('text').value === '丙'")
    first.bring_to_front()
    first.evaluate("document.getElementById('send').click()")
    wait_for_words(first, "missing", "另一标签页")
    assert first.evaluate(ENTRIES) == 0
    second.click("#send")
    sent(second)
    assert served.count() == before + 1


def test_a_store_that_the_browser_closed_is_opened_again(phone, served, officer):
    page = phone(officer)
    before = served.count()
    write(page, "other", 1)
    page.evaluate(
        """() => { const own = IDBDatabase.prototype.transaction;
           IDBDatabase.prototype.transaction = function (...how) {
             IDBDatabase.prototype.transaction = own; this.close();
             return own.apply(this, how); }; }"""
    )
    page.click("#send")
    sent(page)
    assert served.count() == before + 1


def test_a_clock_set_back_while_waiting_delays_nothing(phone, served, officer):
    page = phone(officer)
    before = served.count()
    page.route("**/api/reports/*-*", lambda route: route.fulfill(status=503, json={}))
    write(page, "other", 1)
    with page.expect_response(lambda answer: answer.status == 503):
        page.click("#send")
    page.unroute("**/api/reports/*-*")
    page.evaluate("() => { const now = Date.now; Date.now = () => now() - 366 * 864e5; }")
    sent(page)
    assert served.count() == before + 1


def test_the_worker_leaves_the_desk_alone_and_keeps_the_parts_of_the_edition_before(phone, officer):
    page = phone(officer)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    kept = page.evaluate(
        """async () => { const cache = await caches.open("phone-before");
           await cache.put("/report/10_words.js?e=before", new Response("before"));
           return (await fetch("/report/10_words.js?e=before")).text(); }"""
    )
    assert kept == "before"
    page.goto(page.url.replace("/report", "/reports"))
    assert page.locator("#kinds").count() == 0


def test_drafts_and_reports_of_one_account_are_not_shown_to_another(
    phone, served, officer, desk_district
):
    other = account(desk_district, "officer", scope=WEST)[1]
    page = phone(officer)
    write(page, "flood", 1)
    page.click("#send")
    sent(page)
    page.click("[data-tab=mine]")
    page.wait_for_selector("[data-report]")
    page.click("[data-tab=form]")
    drafted(page, "只给自己看")
    page.context.clear_cookies()
    sign_in(page, served.address, other)
    page.route("**/api/reports/mine", lambda route: route.abort())
    page.goto(f"{served.address}/report#mine")
    page.wait_for_selector("#drafts li")
    until(
        page,
        "() => officer.keep.read('me')"
        ".then((me) => me && officer.outbox.me().account === me.account)",
    )
    wait_for_words(page, "drafts", "等其登录后继续")
    wait_for_words(page, "mine-age", "尚未取得")
    assert (page.locator("[data-report]").count(), page.input_value("#text")) == (0, "")
    page.context.clear_cookies()
    sign_in(page, served.address, officer)
    page.goto(f"{served.address}/report")
    page.wait_for_function("() => document.getElementById('text').value === '只给自己看'")


def test_a_sign_in_that_ended_keeps_the_report_and_asks_for_it(phone, served, officer):
    page = phone(officer)
    before = served.count()
    with served.store.begin() as connection:
        connection.execute(
            text("update access.login_session set ended_at = now(), ended_reason = 'idle' "
                 "where ended_at is null")
        )  # fmt: skip
    write(page, "building", 3)
    page.click("#send")
    page.wait_for_selector("#notice a[href^='/login']")
    assert page.evaluate(ENTRIES) == 1
    assert served.count() == before
    sign_in(page, served.address, officer)
    page.goto(f"{served.address}/report")
    sent(page)
    assert served.count() == before + 1


def test_what_one_account_wrote_is_not_sent_as_anothers(phone, served, officer, desk_district):
    other = account(desk_district, "officer", scope=WEST)[1]
    page = phone(officer)
    before = served.count()
    page.route("**/api/reports/*", lambda route: route.abort())
    write(page, "other", 1)
    page.click("#send")
    until(page, ONE_WAITS)
    # First the cookies: nothing is sent as hers in between.
    page.context.clear_cookies()
    page.unroute("**/api/reports/*")
    sign_in(page, served.address, other)
    page.goto(f"{served.address}/report#mine")
    page.wait_for_selector("#waiting li")
    wait_for_words(page, "waiting", "登录后发送")
    assert served.count() == before
    page.context.clear_cookies()
    sign_in(page, served.address, officer)
    page.goto(f"{served.address}/report")
    sent(page)
    assert served.count() == before + 1


def test_over_plain_http_by_name_it_works_with_less_and_says_so(phone, served, officer):
    page = phone(officer, host=HOST)
    assert page.evaluate("window.isSecureContext") is False
    assert "http 打开" in page.inner_text("#notice")
    assert page.is_hidden("#here")
    before = served.count()
    drag(page, -40, -20)
    page.wait_for_function("() => (officer.village.place() || {}).source === 'map'")
    page.click("#kinds [data-value=flood]")
    page.click("#severities [data-value='1']")
    photograph(page)
    page.click("#send")
    sent(page)
    assert served.count() == before + 1
    # The hash of the page's own is that of everybody: FIPS 180-4, example "abc".
    own = page.evaluate("officer.computed(new TextEncoder().encode('abc'))")
    assert own == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    long = page.evaluate("officer.computed(new TextEncoder().encode('水'.repeat(1000)))")
    assert long == hashlib.sha256(("水" * 1000).encode()).hexdigest()
