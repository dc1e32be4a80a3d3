"""My reports: what is added to one waits and arrives as a report does; news takes nothing away."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from census.products.parameters import load_parameters
from census.store.actors import Actor, Grant
from census.store.report_decisions import Site, accept_report, return_report
from census.store.settings import data_folder
from tests.webapp.phone.taps import (
    ENTRIES,
    TOWN,
    arrived,
    cut_off,
    drafted,
    noise,
    photograph,
    sent,
    until,
    wait_for_words,
    write,
)

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]

CHECKER = Actor("v-9", "核查", (Grant("verifier", TOWN),), "10.0.0.9")
SITE = Site(name="积水", kind="waterlogging", hazard="flood", radius_m=20.0, description="上报")
SMALL = (160, 120)
BEGUN = "officer.keep.all('more ').then((all) => all.length)"
# The page looks for news every 20 seconds; a test that waits for a receipt does without.
NO_LOOKS = """(() => { const each = window.setInterval;
  window.setInterval = (act, ms, ...more) => (ms === 20000 ? 0 : each(act, ms, ...more)); })()"""


def reported(page, *photos, kind="flood"):
    """Send a report and look at it among the own; give its id."""
    write(page, kind, 1)
    for photo in photos:
        photograph(page, photo)
    since = arrived(page)
    page.click("#send")
    sent(page, since)
    page.click("[data-tab=mine]")
    number = page.evaluate("officer.outbox.state.last.number")
    card = page.locator("[data-report]", has_text=f"{number} · ")
    card.locator("summary").wait_for()
    return UUID(card.get_attribute("data-report"))


def seat(page, report_id):
    """Where something is added to a report, unfolded."""
    more = page.locator(f"[data-report='{report_id}'] .more")
    if not more.locator(".fields").is_visible():
        more.locator("summary").click()
    return more


def add_photo(more, *photos, by=0):
    files = [
        {"name": f"near-{number}.jpg", "mimeType": "image/jpeg", "buffer": each}
        for number, each in enumerate(photos)
    ]
    before = more.locator(".taken li").count()
    more.locator("input[type=file]").nth(by).set_input_files(files)
    expect(more.locator(".taken li")).to_have_count(before + len(photos))
    expect(more.locator("[data-act=amend]")).to_be_enabled()


def renewed(page):
    page.evaluate("officer.mine.refresh()")


def test_a_photo_that_a_verifier_asks_for_is_added_to_the_report_that_is_there(
    phone, served, officer
):
    page = phone(officer)
    report_id = reported(page, noise(*SMALL))
    reports, photos = served.count(), served.count("report_photo")
    return_report(served.store, CHECKER, report_id=report_id, reason="请近拍裂缝")
    renewed(page)
    card = page.locator(f"[data-report='{report_id}']")
    expect(card).to_contain_text("请近拍裂缝")
    more, since = seat(page, report_id), arrived(page)
    add_photo(more, noise(2400, 1800))
    more.locator("textarea").fill("裂缝近照")
    size = page.evaluate("officer.keep.all('more ').then(([one]) => one.photos[0].bytes.length)")
    assert size <= 600_000
    more.locator("[data-act=amend]").click()
    sent(page, since)
    expect(card).to_contain_text("待核实")
    expect(card).to_contain_text("2 张中已到 2 张")
    expect(more.locator("textarea")).to_have_value("裂缝近照")
    assert (served.count(), served.count("report_photo")) == (reports, photos + 1)
    assert page.evaluate(BEGUN) == 0


def test_what_is_added_is_begun_and_queued_without_a_server_and_arrives_once(
    phone, served, officer
):
    page = phone(officer)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    report_id = reported(page)
    events, photos = served.count("report_event"), served.count("report_photo")
    until(page, "() => officer.keep.read('mine').then((mine) => mine && mine.reports.length > 0)")
    served.kill()
    more = seat(page, report_id)
    add_photo(more, noise(*SMALL), by=1)
    more.locator("input[type=number]").fill("40")
    until(
        page,
        "() => officer.keep.all('more ')"
        ".then(([one]) => one && one.people === 40 && one.photos.length)",
    )
    # As where the camera ends the page: what is begun stands there unfolded.
    page.reload()
    more = page.locator(f"[data-report='{report_id}'] .more")
    expect(more.locator(".taken li")).to_have_count(1)
    expect(more.locator("input[type=number]")).to_have_value("40")
    # Two taps of a wet thumb are one.
    more.locator("[data-act=amend]").evaluate("(button) => { button.click(); button.click(); }")
    wait_for_words(page, "waiting", "2 份中还有 2 份没有回执")
    expect(more.locator("[role=status]")).to_have_text("已存入本机，收到服务器回执后才会移出。")
    assert page.evaluate(BEGUN) == 0
    page.reload()
    page.wait_for_selector("#waiting .is-waiting")
    served.begin()
    sent(page)
    assert served.count("report_event") == events + 1
    assert served.count("report_photo") == photos + 1


def test_a_receipt_renews_my_reports_and_news_takes_no_half_written_word_away(
    phone, served, officer
):
    page = phone(officer, before=NO_LOOKS)
    report_id = reported(page)
    other = reported_elsewhere(page)
    more = seat(page, report_id)
    words = more.locator("textarea")
    words.fill("水位上涨到膝")
    words.evaluate("(box) => box.setSelectionRange(2, 2)")
    return_report(served.store, CHECKER, report_id=report_id, reason="请补充")
    page.context.set_offline(False)
    sent(page)
    # The receipt of the one brings the state of both.
    expect(page.locator(f"[data-report='{other}']")).to_contain_text("待核实")
    expect(page.locator(f"[data-report='{report_id}']")).to_contain_text("请补充")
    expect(words).to_be_focused()
    assert words.evaluate("(box) => [box.value, box.selectionStart]") == ["水位上涨到膝", 2]
    # Nor does what comes once she has left the box.
    words.blur()
    accept_report(served.store, CHECKER, report_id=UUID(other), site=SITE)
    renewed(page)
    expect(page.locator(f"[data-report='{other}']")).to_contain_text("已采纳")
    expect(words).to_have_value("水位上涨到膝")
    assert more.locator("details").evaluate("(each) => each.open")


def reported_elsewhere(page):
    """Queue a second report while there is no network; give its id."""
    page.click("[data-tab=form]")
    write(page, "collapse", 2)
    cut_off(page)
    page.click("#send")
    queued = until(page, "() => officer.keep.entries().then(([entry]) => entry && entry.id)")
    page.click("[data-tab=mine]")
    return queued


def test_a_decided_report_keeps_the_seat_of_what_is_half_written_alone(phone, served, officer):
    page = phone(officer)
    begun, other = reported(page), reported_again(page)
    more = seat(page, begun)
    more.locator("textarea").fill("写到一半")
    for each in (begun, other):
        accept_report(served.store, CHECKER, report_id=each, site=SITE)
    renewed(page)
    expect(page.locator(f"[data-report='{other}'] .more")).to_have_count(0)
    expect(more.locator("textarea")).to_have_value("写到一半")
    expect(more.locator("[data-act=withdraw]")).to_be_hidden()


def reported_again(page):
    page.click("[data-tab=form]")
    return reported(page, kind="collapse")


def test_no_more_photos_are_taken_than_a_report_may_have_in_all(phone, officer):
    page = phone(officer)
    body = load_parameters(data_folder(), "hazard_reports")["body"]
    most = page.evaluate("officer.mostPhotos")
    assert most == {"once": body["most_photos"], "inAll": body["most_photos_in_all"]}
    report_id = reported(page, *(noise(*SMALL) for _ in range(3)))
    more = seat(page, report_id)
    # Twelve in all: three are there, six go at once, three are left.
    expect(more.locator("legend")).to_have_text("补充照片（还可加 6 张）")
    cut_off(page)
    add_photo(more, *(noise(*SMALL) for _ in range(6)), by=1)
    expect(more.locator("legend")).to_have_text("照片已满")
    expect(more.locator(".camera").first).to_be_hidden()
    more.locator("[data-act=amend]").click()
    wait_for_words(page, "waiting", "7 份")
    # Those that wait are counted too.
    more = seat(page, report_id)
    expect(more.locator("legend")).to_have_text("补充照片（还可加 3 张）")
    files = [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": noise(*SMALL)} for _ in range(4)]
    more.locator("input[type=file]").nth(1).set_input_files(files)
    expect(more.locator("[role=status]")).to_have_text("这次最多可加 3 张照片。")
    expect(more.locator(".taken li")).to_have_count(3)
    more.locator(".taken button").first.click()
    expect(more.locator(".taken li")).to_have_count(2)
    page.context.set_offline(False)
    sent(page)
    more.locator("[data-act=amend]").click()
    sent(page, arrived(page))
    expect(page.locator(f"[data-report='{report_id}']")).to_contain_text("11 张中已到 11 张")


def test_what_is_no_photo_or_nothing_at_all_is_told_and_not_queued(phone, officer):
    page = phone(officer)
    more = seat(page, reported(page))
    more.locator("[data-act=amend]").click()
    expect(more.locator("[role=status]")).to_have_text("请先补充人数、照片或说明。")
    file = {"name": "a.txt", "mimeType": "image/jpeg", "buffer": b"no picture"}
    more.locator("input[type=file]").first.set_input_files(file)
    expect(more.locator("[role=status]")).to_contain_text("a.txt")
    assert page.evaluate(ENTRIES) == 0


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_each_field_of_a_supplement_says_what_it_is_and_fits_a_thumb(phone, officer, tongue):
    page = phone(officer)
    more = seat(page, reported(page))
    add_photo(more, noise(*SMALL))
    if tongue == "en":
        page.click("#language")
    names = {
        "zh": ("受威胁人数（可不填）", "说明（可不填）", "补充照片（还可加 5 张）"),
        "en": ("People threatened (if known)", "A few words (optional)", "More photos (up to 5)"),
    }
    people, words, photos = names[tongue]
    for name in (people, words):
        expect(more.get_by_text(name)).to_be_visible()
        expect(more.get_by_label(name)).to_be_visible()
    expect(more.get_by_role("group", name=photos)).to_be_visible()
    small = more.evaluate(
        """(root) => [...root.querySelectorAll("button, input, textarea, summary, .camera")]
           .filter((each) => each.offsetParent && !each.closest(".camera input"))
           .map((each) => [each.textContent, each.getBoundingClientRect()])
           .filter(([, box]) => box.width > 1 && Math.min(box.width, box.height) < 43.9)
           .map(([name]) => name)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_network_is_said_at_once_in_the_top_line_and_so_is_a_server_that_is_away(
    phone, served, officer
):
    page = phone(officer)
    wait_for_words(page, "status", "没有待发送")
    page.context.set_offline(True)
    wait_for_words(page, "status", "没有网络 · 没有待发送")
    page.click("#language")
    wait_for_words(page, "status", "No network · Nothing waits")
    page.click("#language")
    page.context.set_offline(False)
    page.wait_for_function(
        "() => !document.getElementById('status').textContent.includes('没有网络')"
    )
    served.kill()
    page.click("[data-tab=mine]")
    wait_for_words(page, "status", "连不上服务器 · 没有待发送")
    # With nothing to send the phone finds out by itself that the server is there again.
    served.begin()
    page.wait_for_function(
        "() => !document.getElementById('status').textContent.includes('连不上')"
    )


def test_a_supplement_leaves_the_forms_draft_alone(phone, officer):
    page = phone(officer)
    drafted(page, "写到一半")
    page.evaluate("officer.outbox.queueEvent(officer.uuid(), { kind: 'withdrawn' }, 1)")
    assert page.evaluate("officer.keep.all('draft ').then((all) => all.length)") == 1


def test_a_supplement_says_what_was_changed_and_nothing_else(phone, officer):
    page = phone(officer)
    write(page, "flood", 1)
    page.fill("#text", "积水")
    page.click("#send")
    sent(page)
    page.click("[data-tab=mine]")
    page.locator("#reports details summary").first.click()
    page.locator("#reports details input").first.fill("40")
    cut_off(page)
    page.locator("#reports details button").first.click()
    told = until(page, "() => officer.keep.entries().then(([entry]) => entry && entry.statement)")
    assert told == {"kind": "amended", "people": 40}
    page.context.set_offline(False)
