"""The form in Chromium: five taps, what is missing, the place, photos, the map of the village."""

import gzip
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.webapp.phone.taps import (
    ENTRIES,
    WEST,
    drag,
    noise,
    photograph,
    sent,
    until,
    wait_for_words,
    write,
)

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]


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


def test_a_page_that_has_not_started_takes_no_tap_that_nobody_would_hear(phone, officer):
    page = phone(officer)
    page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        " window.wasInert = window.wasInert ?? document.querySelector('main').inert; })"
    )
    page.reload()
    page.wait_for_selector("main:not([inert])")
    assert page.evaluate("wasInert") is True
    page.click("#here")
    page.wait_for_function("() => officer.village.place() !== null")


def test_what_is_half_written_survives_the_camera_that_ends_the_page(phone, officer):
    page = phone(officer)
    write(page, "landslide", 1)
    photograph(page)
    page.fill("#text", "路边土坡开裂")
    until(
        page,
        "() => officer.keep.all('draft ')"
        ".then(([draft]) => draft && draft.words === '路边土坡开裂')",
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
