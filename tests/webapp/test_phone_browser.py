"""The phone in Chromium: five taps, a dead server, another account, plain http, the desk."""

import gzip
import hashlib
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import text

from tests.ports import free_port
from tests.webapp.pages.signed_in import PASSWORD, account

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location(
    "store_conftest_for_phone", HERE.parent / "census" / "store" / "conftest.py"
)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]

WEST, TOWN = "990001001001", "990001001000"
PLACE = {"longitude": 121.004, "latitude": 31.005, "accuracy": 9}
PHONE = {
    "viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True,
    "geolocation": PLACE, "permissions": ["geolocation"],
}  # fmt: skip
HOST = "bureau.test"
ENTRIES = "officer.keep.entries().then((all) => all.length)"


class Office:
    """The server, which can be killed and started again on its port."""

    def __init__(self, home, store):
        self.port, self.store = free_port(), store
        self.address = f"http://localhost:{self.port}"
        self.command = [
            sys.executable, str(HERE / "page_server.py"), str(home), store.place, str(self.port)
        ]  # fmt: skip
        self.process = None
        self.begin()

    def begin(self):
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1]
        )
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        """Kill it as a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def count(self, table="report"):
        """Rows of a table."""
        with self.store.engine.connect() as connection:
            return connection.execute(text(f"select count(*) from census.{table}")).scalar_one()  # noqa: S608  (fixed names)


@pytest.fixture(scope="module")
def served(cluster_settings, desk_district):
    """The office."""
    office = Office(cluster_settings.home, desk_district)
    yield office
    office.kill()


@pytest.fixture
def phone(chromium, served):
    """Opens the page on a phone of somebody's, signed in."""
    opened = []

    def show(name, host="localhost", **options):
        context = chromium.new_context(**PHONE | options)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("dialog", lambda dialog: dialog.accept())
        opened.append(page)
        sign_in(page, f"http://{host}:{served.port}", name)
        page.goto(f"http://{host}:{served.port}/report")
        page.wait_for_selector("#kinds button")
        page.wait_for_function("() => officer.outbox.me() && officer.village.shown()")
        return page

    yield show
    faults = [fault for page in opened for fault in page.faults]
    for page in opened:
        page.context.close()
    assert faults == []


def sign_in(page, address, name):
    page.goto(f"{address}/login?next=/account")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/account")


@pytest.fixture(scope="module")
def officer(desk_district):
    """Login name of an officer of the west village."""
    return account(desk_district, "officer", scope=WEST)[1]


def noise(width, height):
    """A photo that compresses badly, as one of rain and leaves does."""
    kept = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(
        kept, "JPEG", quality=90
    )
    return kept.getvalue()


def photograph(page, photo=None, name="rain.jpg"):
    before = page.locator("#pictures li").count()
    body = photo or noise(1200, 900)
    page.set_input_files("#camera", {"name": name, "mimeType": "image/jpeg", "buffer": body})
    page.wait_for_function(
        "(n) => document.querySelectorAll('#pictures li').length > n", arg=before
    )


def write(page, kind="waterlogging", severity=2):
    """Place, kind, severity: three of the five taps."""
    page.click("#here")
    page.wait_for_function("() => (officer.village.place() || {}).source === 'gps'")
    page.click(f"#kinds [data-value={kind}]")
    page.click(f"#severities [data-value='{severity}']")


def arrived(page):
    """When the page last heard a receipt."""
    return page.evaluate("officer.outbox.state.last && officer.outbox.state.last.at")


def sent(page, since=None):
    """Wait until something has its receipt and nothing waits any more."""
    page.wait_for_function(
        "(since) => officer.outbox.state.last && officer.outbox.state.last.at !== since"
        " && officer.outbox.state.entries.length === 0",
        arg=since,
    )


def wait_for_words(page, seat, words):
    page.wait_for_function(
        "([seat, words]) => document.getElementById(seat).textContent.includes(words)",
        arg=[seat, words],
    )


def test_five_taps_report_with_a_photo_that_arrives_small_and_is_told(phone, served, officer):
    page = phone(officer)
    reports, photos = served.count(), served.count("report_photo")
    write(page)
    assert "精度约 9 米" in page.inner_text("#place")
    photograph(page, noise(2400, 1800))
    size = page.evaluate(
        "officer.keep.all('draft ').then(([draft]) => draft.photos[0].bytes.length)"
    )
    assert size <= 600_000
    page.click("#send")
    sent(page)
    wait_for_words(page, "status", "已送达，受理号")
    assert (served.count(), served.count("report_photo")) == (reports + 1, photos + 1)
    page.click("[data-tab=mine]")
    page.wait_for_selector("[data-report] .state")
    assert "待核实" in page.inner_text("[data-report]")
    assert "1 张中已到 1 张" in page.inner_text("[data-report]")


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
    tab.wait_for_function(f"() => {ENTRIES}.then((left) => left === 1)")
    wait_for_words(tab, "status", "待发送 1 条")
    with tab.expect_download() as given:
        tab.click("#export")
    exported = json.loads(Path(given.value.path()).read_text("utf-8"))
    assert [len(each["parcels"]) for each in exported["entries"]] == [2]
    served.begin()
    sent(tab)
    assert served.count() == before + 1


def test_what_is_half_written_survives_the_camera_that_ends_the_page(phone, officer):
    page = phone(officer)
    write(page, "landslide", 1)
    photograph(page)
    page.fill("#text", "路边土坡开裂")
    page.wait_for_function(
        "() => officer.keep.all('draft ').then(([draft]) => draft.words === '路边土坡开裂')"
    )
    page.reload()
    page.wait_for_selector("#pictures li")
    assert page.input_value("#text") == "路边土坡开裂"
    assert page.get_attribute("#kinds [data-value=landslide]", "aria-checked") == "true"


def test_the_map_of_a_village_is_not_sent_again_while_it_is_the_same(phone, officer):
    page = phone(officer)
    with page.expect_response("**/api/report-villages/*") as again:
        page.reload()
    assert again.value.status == 304
    page.wait_for_function("() => officer.village.shown()")
    assert page.inner_text("#package")


def test_the_map_of_a_village_travels_compressed(served):
    path, told = f"/api/report-villages/{WEST}", {}
    for coding in ("identity", "gzip"):
        with closing(HTTPConnection("localhost", served.port, timeout=60)) as line:
            line.request("GET", path, headers={"Accept-Encoding": coding})
            with line.getresponse() as answer:
                told[coding] = answer.read()
    assert gzip.decompress(told["gzip"]) == told["identity"]
    assert len(told["gzip"]) < len(told["identity"]) / 2
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.headers["ETag"].startswith("W/")


def test_what_is_missing_is_said_and_nothing_is_queued(phone, officer):
    page = phone(officer)
    page.click("#send")
    said = page.inner_text("#missing")
    assert [word in said for word in ("位置", "种类", "程度")] == [True, True, True]
    assert page.evaluate(ENTRIES) == 0
    page.set_input_files(
        "#album", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
    )
    wait_for_words(page, "missing", "a.jpg")
    assert page.locator("#pictures li").count() == 0


def test_the_form_is_calm_until_something_is_missing_that_was_asked_for(phone, officer):
    page = phone(officer)
    red = "() => document.getElementById('place').classList.contains('is-doubtful')"
    assert page.evaluate(red) is False
    page.click("#send")
    assert page.evaluate(red) is True
    write(page, "flood", 1)
    assert page.inner_text("#missing") == ""
    page.click("#send")
    sent(page)
    wait_for_words(page, "missing", "已存入本机")
    assert page.evaluate(red) is False
    # What is said of a sending stands above the button, where the thumb is.
    told, button = page.locator("#missing").bounding_box(), page.locator("#send").bounding_box()
    assert 0 <= button["y"] - told["y"] - told["height"] < 20


@pytest.mark.parametrize("size", [(390, 844), (360, 640), (844, 390)])
def test_every_target_of_the_form_is_at_least_44_pixels(phone, officer, size):
    page = phone(officer, viewport={"width": size[0], "height": size[1]})
    photograph(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, a, select, input, summary, .camera")]
           .filter((each) => each.offsetParent && !each.closest(".camera input"))
           .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
           .filter(([, box]) => box.width > 1 && Math.min(box.width, box.height) < 43.9)
           .map(([name]) => name)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_place_kind_severity_and_send_are_on_one_screen_and_four_taps(phone, served, officer):
    page = phone(officer)
    before, foot = served.count(), page.locator("footer").bounding_box()["y"]
    for seat in ("#here", "#kinds", "#severities"):
        box = page.locator(seat).bounding_box()
        assert 0 <= box["y"] < box["y"] + box["height"] <= foot
    for seat in ("#here", "#kinds [data-value=flood]", "#severities [data-value='3']"):
        page.tap(seat)
    page.wait_for_function("() => (officer.village.place() || {}).source === 'gps'")
    page.tap("#send")
    sent(page)
    assert served.count() == before + 1


def test_times_are_those_of_the_district_wherever_the_phone_thinks_it_is(phone, officer):
    page = phone(officer, timezone_id="America/New_York")
    # 20:30 in Greenwich is 04:30 of the next day in Shanghai.
    assert page.evaluate("officer.moment('2020-03-01T20:30:00Z')") == "2020-3-02 04:30"


def test_a_phones_wrong_clock_is_told(phone, officer):
    page = phone(officer)
    page.add_init_script("const now = Date.now; Date.now = () => now() + 3600 * 1000;")
    page.reload()
    wait_for_words(page, "notice", "快 60 分钟")


def tab(page):
    """Open the page once more on the same phone."""
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(page.url)
    other.wait_for_function("() => officer.outbox.me() && officer.village.shown()")
    return other


def drafted(page, words):
    page.fill("#text", words)
    page.wait_for_function(
        "(words) => officer.keep.all('draft ').then((all) => all.some((one) => one.words === words)"
        ")",
        arg=words,
    )


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
    page.context.set_offline(True)
    page.locator("#reports details button").first.click()
    page.wait_for_function(f"() => {ENTRIES}.then((count) => count === 1)")
    told = page.evaluate("officer.keep.entries().then(([entry]) => entry.statement)")
    assert told == {"kind": "amended", "people": 40}
    page.context.set_offline(False)


def test_a_photo_that_is_still_made_smaller_holds_the_sending_up(phone, officer):
    page = phone(officer)
    write(page, "flood", 1)
    page.evaluate(
        """() => { const own = officer.shrink; officer.shrink = async (file) => {
           await new Promise((go) => { window.go = go; }); return own(file); }; }"""
    )
    file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": noise(300, 200)}
    page.set_input_files("#camera", file)
    page.wait_for_function("() => window.go")
    assert page.is_disabled("#send")
    page.evaluate("window.go()")
    page.wait_for_selector("#pictures li")
    assert page.is_enabled("#send")


def test_a_full_phone_says_so_and_keeps_what_is_written_in_the_form(phone, served, officer):
    page = phone(officer)
    before = served.count()
    write(page, "flood", 1)
    photograph(page)
    # As a browser tells it: the transaction is aborted, and why.
    page.evaluate(
        """() => { const store = IDBObjectStore.prototype; window.put = store.put;
           store.put = function () { this.transaction.abort(); };
           Object.defineProperty(IDBTransaction.prototype, "error", {
             get: () => new DOMException("no room", "QuotaExceededError") }); }"""
    )
    page.click("#send")
    wait_for_words(page, "missing", "存储空间已满")
    assert page.locator("#pictures li").count() == 1
    page.evaluate("() => { IDBObjectStore.prototype.put = window.put; }")
    page.click("#send")
    sent(page)
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
    page.wait_for_function(
        "() => officer.keep.read('me').then((me) => officer.outbox.me().account === me.account)"
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
    page.wait_for_function(f"() => {ENTRIES}.then((left) => left === 1)")
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


def cross_is_off_px(page):
    """Pixels between the cross and the place that is reported."""
    return page.evaluate(
        """() => { const { x, y } = officer.village.place();
           const at = officer.map.latLngToContainerPoint([y, x]);
           return at.distanceTo(officer.map.getSize().divideBy(2)); }"""
    )


def turned(page):
    """Look at the own reports and come back, then turn the phone on its side and back again."""
    page.click("[data-tab=mine]")
    page.wait_for_selector("#mine:not([hidden])")
    page.click("[data-tab=form]")
    page.wait_for_selector("#form:not([hidden])")
    for width, height in ((844, 390), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            """() => { const { x, y } = officer.map.getSize();
               const seat = officer.map.getContainer();
               return x > 0 && x === seat.clientWidth && y === seat.clientHeight; }"""
        )
    return page.evaluate("officer.village.place()")


def drag(page, dx, dy):
    box = page.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def test_neither_another_tab_of_the_page_nor_a_turned_phone_chooses_a_place(phone, officer):
    page = phone(officer)
    assert turned(page) is None
    page.evaluate("officer.map.setView([31.001, 121.001], 16, { animate: false })")
    assert page.evaluate("officer.village.place()") is None
    page.click("#send")
    wait_for_words(page, "missing", "请先指定位置")


def test_a_place_that_the_phone_found_stays_found_and_under_the_cross_until_it_is_moved_by_hand(
    phone, officer
):
    page = phone(officer)
    write(page)
    found = {"x": 121.004, "y": 31.005, "accuracy_m": 9, "source": "gps"}
    assert turned(page) == found
    assert cross_is_off_px(page) < 2
    page.evaluate("officer.map.setView([31.001, 121.001], 16, { animate: false })")
    assert page.evaluate("officer.village.place()") == found
    assert cross_is_off_px(page) < 2
    assert "精度约 9 米" in page.inner_text("#place")
    drag(page, -40, -20)
    page.wait_for_function("() => officer.village.place().source === 'map'")
    moved = page.evaluate("officer.village.place()")
    assert moved["accuracy_m"] is None
    assert moved["x"] > found["x"]
    assert moved["y"] < found["y"]
    assert turned(page)["source"] == "map"


def test_keys_and_wheel_choose_a_place_too(phone, officer):
    page = phone(officer)
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => (officer.village.place() || {}).source === 'map'")
    write(page)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.wheel(0, -200)
    page.wait_for_function("() => officer.village.place().source === 'map'")


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


def weigh_beside_a_route(desk):
    """55 m beside a route the desk names it, draws it and the extent, and asks for a reason."""
    past = desk.locator("[data-route-nearest]")
    expect(past).to_contain_text("范围内没有现行路线；最近的一条在上报点 55 米外")
    legend = desk.locator("[data-extent-legend]")
    expect(legend).to_have_text(["采纳后的隐患点范围（半径 20 米）", "范围外最近的现行路线"])
    assert desk.locator(".report-path-extent, .report-path-nearest").count() == 2
    desk.fill("[name=radius]", "33")
    expect(legend.first).to_have_text("采纳后的隐患点范围（半径 33 米）")
    desk.click("[data-act=return]")
    fault = desk.locator("#report-fault-reason")
    expect(fault).to_have_text("请先写退回理由，上报人要据此补充。")
    expect(desk.locator("[name=reason]")).to_be_focused()


def waits_for_the_officer(desk, number):
    """The list says for whom a returned report waits; no extent is proposed meanwhile."""
    row = desk.locator("[data-report-row]", has_text=f"{number} · ")
    expect(row.locator(".state-returned")).to_have_text("已退回，等上报人补充")
    expect(row).not_to_have_class("severity-3")
    expect(desk.locator(".report-path-extent")).to_have_count(0)


def test_the_desk_sees_a_report_at_once_and_the_officer_what_became_of_it(
    phone, chromium, served, officer, desk_district
):
    verifier = account(desk_district, "verifier", scope=TOWN)[1]
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    desk = context.new_page()
    faults = []
    desk.on("pageerror", lambda fault: faults.append(str(fault)))
    sign_in(desk, served.address, verifier)
    desk.goto(f"{served.address}/reports")
    desk.wait_for_selector(".report-list")
    page = phone(officer, geolocation=PLACE | {"longitude": 121.005, "latitude": 31.0055})
    write(page, "road_blocked", 3)
    page.fill("#text", "<img src=x onerror=alert(1)>")
    photograph(page)
    page.click("#send")
    sent(page)
    number = page.evaluate("officer.outbox.state.last.number")
    row = desk.locator(".report-open", has_text=f"{number} · 道路中断 · 严重")
    row.wait_for()
    row.click()
    desk.wait_for_selector(".report-photos img")
    assert desk.locator(".report-words").first.inner_text() == "<img src=x onerror=alert(1)>"
    weigh_beside_a_route(desk)
    desk.fill("[name=reason]", "请拍路牌")
    desk.click("[data-act=return]")
    desk.wait_for_selector(".report-card .state-returned")
    waits_for_the_officer(desk, number)
    page.click("[data-tab=mine]")
    wait_for_words(page, "reports", "请拍路牌")
    page.locator("#reports details summary").first.click()
    page.locator("#reports details textarea").first.fill("人民路口")
    since = arrived(page)
    page.locator("#reports details button").first.click()
    sent(page, since)
    desk.wait_for_selector("[data-act=accept]")
    # What the verifier typed before is still there.
    expect(desk.locator("[name=radius]")).to_have_value("33")
    expect(desk.locator("[data-extent-legend]").first).to_contain_text("半径 33 米")
    desk.click("[data-act=accept]")
    desk.wait_for_selector(".report-card .state-accepted")
    assert faults == []
    context.close()


def test_a_visitor_sees_neither_photo_nor_list(chromium, served):
    with served.store.engine.connect() as connection:
        query = text("select report_id, sha256 from census.report_photo limit 1")
        report_id, sha256 = connection.execute(query).one()
    context = chromium.new_context()
    for path in (f"/api/reports/{report_id}/photos/{sha256}", "/api/reports", "/api/reports/mine"):
        answer = context.request.get(served.address + path)
        assert answer.status == 401
        assert urlsplit(answer.url).path == path
    context.close()
