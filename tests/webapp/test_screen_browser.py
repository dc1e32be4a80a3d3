"""A wall screen in Chromium: it says at once what it cannot know, and comes back by itself."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from census.store import screens, server
from census.store.actors import system_actor
from census.store.cluster import open_cluster, place_server
from census.store.deliveries import bump_generation
from tests.ports import free_port

HERE = Path(__file__).resolve().parent


def _taken(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_store_tests = _taken(
    "store_conftest_for_screens", HERE.parent / "census" / "store" / "conftest.py"
)
desk_district = _store_tests.desk_district
stub = _taken("screen_stub", HERE / "screen_stub.py")
held_line = _taken("held_line", HERE / "held_line.py")

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
PATIENCE_S = 40.0
SOON_MS = 20_000
HALL = {"width": 1920, "height": 1080}
LOOKS = [
    (1920, 1080, "hall"), (3840, 2160, "hall"), (1080, 1920, "hall"),
    (1920, 1080, "hall_en"), (1080, 1920, "hall_en"),
]  # fmt: skip
IS_LONG = os.environ.get("RISKATLAS_TRUST") == "long"
AWAY_S = 235
FRESH = "#band[data-standing=fresh]"
ACTOR = system_actor()


class LiveHouse:
    """A live process that is killed and started again."""

    def __init__(self, home, place):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port + 1}"
        self.command = [sys.executable, str(HERE / "news_server.py"), str(home), place]
        self.process = None

    def begin(self, boot="first"):
        """Start it, if it does not run, and wait until it hears the database."""
        if self.process is None:
            command = [*self.command, str(self.port), "live", boot]
            self.process = subprocess.Popen(command, cwd=HERE.parents[1])
        until, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while not self._is_heard():
            assert self.process.poll() is None
            assert time.monotonic() < until
            pause.wait(0.1)

    def _is_heard(self):
        with (
            suppress(urllib.error.URLError, ConnectionError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}/live/streams") as answer,
        ):
            return json.load(answer)["heard"]
        return False

    def end(self, number=signal.SIGKILL):
        """Stop it, rudely unless told otherwise."""
        self.process.send_signal(number)
        self.process.wait()
        self.process = None

    def close(self):
        """Stop it if it runs."""
        if self.process is not None:
            self.end()


@pytest.fixture(scope="module")
def module_house(cluster_settings, desk_district):
    with closing(LiveHouse(cluster_settings.home, desk_district.place)) as made:
        yield made


@pytest.fixture
def house(module_house):
    """The live process, running."""
    module_house.begin()
    return module_house


@pytest.fixture
def wall(chromium, house, desk_district):
    """Opens a screen with a link of its own, in a browser of its own."""
    contexts = []

    def show(
        *, size=HALL, profile="hall", keeps_shell=False, reports=None, begin=None, address=None
    ):
        name = f"屏 {uuid4().hex[:8]}"
        token = screens.add_screen(desk_district, ACTOR, name=name, profile=profile)
        workers = "allow" if keeps_shell else "block"
        context = chromium.new_context(viewport=size, service_workers=workers)
        context.set_default_timeout(SOON_MS)
        contexts.append(context)
        page = context.new_page()
        page.faults, page.hosts, page.screen_name = [], set(), name
        page.link = f"{address or house.address}/display/{profile}/{token}"
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("request", lambda asked: page.hosts.add(asked.url.split("/")[2]))
        if reports is not None:
            page.reports = stub.Reports(page, reports)
        if begin:
            begin(page)
        page.goto(page.link)
        page.wait_for_selector(FRESH)
        page.evaluate("window.isSame = true")
        return page

    yield show
    for context in contexts:
        context.close()


def age(page):
    return page.locator("#age")


def is_same(page):
    return page.evaluate("window.isSame === true")


def turn_to(page, view):
    """Turn until a view is shown."""
    while page.get_attribute("#frame", "data-view") != view:
        before = page.get_attribute("#frame", "data-view")
        page.evaluate("riskatlas.next()")
        page.wait_for_selector(f"#frame:not([data-view={before}])")
    page.wait_for_selector("#stage:not(.is-turning)")


def rename_shelter(store, name):
    with store.begin() as connection:
        connection.execute(
            text("update census.shelter set name = :n where code = 'S1'"), {"n": name}
        )
        bump_generation(store, "shelter", connection=connection)


@pytest.mark.parametrize(("width", "height", "profile"), LOOKS)
def test_a_screen_is_whole_large_enough_and_asks_nobody_else(wall, house, width, height, profile):
    size, reports = {"width": width, "height": height}, [stub.report(1, 121.005, 31.004)]
    page = wall(size=size, profile=profile, reports=reports)
    least = 28 * min(width / 1920, height / 1080) if width > height else 28
    for view in ("risk", "reports", "shelters"):
        turn_to(page, view)
        small = page.evaluate(
            "(least) => [...document.querySelectorAll('#frame *')].filter((e) =>"
            " [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) &&"
            " parseFloat(getComputedStyle(e).fontSize) * (e.getScreenCTM ? e.getScreenCTM().a : 1)"
            " < least - 0.1)"
            ".map((e) => e.tagName + ' ' + e.textContent)",
            least,
        )
        assert small == []
        over = page.evaluate(
            "() => [...document.querySelectorAll('.card, .band, .map-seat, .head')].filter((e) => {"
            " const b = e.getBoundingClientRect(); const isText = e.matches('.card, .band');"
            " return b.right > innerWidth + 3 || b.bottom > innerHeight + 3 ||"
            " (isText && e.scrollHeight > e.clientHeight + 1); }).map((e) => e.className)"
        )
        assert over == []
    assert page.hosts == {house.address.removeprefix("http://")}
    assert page.faults == []


def test_no_name_stands_under_a_mark_or_its_word_and_towns_are_larger_than_villages(wall):
    page = wall()
    heights = [
        page.locator(f".name-{kind}").first.evaluate(
            "(e) => parseFloat(getComputedStyle(e).fontSize)"
        )
        for kind in ("town", "village")
    ]
    assert heights[0] > 1.1 * heights[1]
    # Where the town's name stood, a report that is verified and two that are not.
    x, y = page.evaluate(
        "() => { const b = document.querySelector('.name-town').getBoundingClientRect();"
        " const m = riskatlas.map.getContainer().getBoundingClientRect();"
        " const at = riskatlas.map.containerPointToLatLng("
        "[(b.left + b.right) / 2 - m.left, (b.top + b.bottom) / 2 - m.top]);"
        " return [at.lng, at.lat]; }"
    )
    page.close()
    reports = [stub.report(n, x, y, is_verified=n == 1) for n in (1, 2, 3)]
    page = wall(reports=reports)
    turn_to(page, "reports")
    expect(page.locator(".mark-report")).to_have_count(1)
    expect(page.locator(".mark-unverified")).to_contain_text("未核实 ×2")
    assert page.locator(".name-town").count() > 0
    covered = page.evaluate(
        "() => { const boxes = [...document.querySelectorAll('.name, .mark svg path, .mark span')]"
        ".map((e) => [e.outerHTML, e.getBoundingClientRect()]);"
        " const over = ([, a], [, b]) => a.left < b.right - 1 && b.left < a.right - 1 &&"
        " a.top < b.bottom - 1 && b.top < a.bottom - 1;"
        " return boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => over(a, b))"
        ".map((b) => [a[0], b[0]])); }"
    )
    assert covered == []


def test_a_killed_server_is_said_at_once_the_picture_stays_and_nothing_is_missed(
    wall, house, desk_district
):
    page = wall()
    turn_to(page, "shelters")
    house.end()
    expect(page.locator("#band")).to_have_class("band is-stale", timeout=3000)
    expect(age(page)).to_contain_text("数据连接中断，画面为")
    assert page.locator(".mark-shelter").count() > 0
    name = f"新校 {uuid4().hex[:6]}"
    rename_shelter(desk_district, name)
    house.begin()
    page.wait_for_selector(FRESH)
    turn_to(page, "shelters")
    expect(page.locator("#cards")).to_contain_text(name)
    assert is_same(page)
    assert page.faults == []


def test_a_new_program_is_loaded_by_itself_and_not_over_and_over(wall, house):
    page = wall()
    house.end(signal.SIGTERM)
    house.begin(f"boot{uuid4().hex[:6]}")
    page.wait_for_selector("html")
    expect(page.locator("html")).not_to_have_attribute("data-boot", "first", timeout=SOON_MS)
    page.wait_for_selector(FRESH)
    page.evaluate("window.isSame = true")
    house.end()
    house.begin(page.get_attribute("html", "data-boot"))
    page.wait_for_selector(FRESH)
    assert is_same(page)


def test_a_report_is_on_the_screen_within_two_seconds_and_an_unverified_one_says_so(
    wall, desk_district
):
    page = wall(reports=[])
    turn_to(page, "reports")
    expect(page.locator("#cards")).to_contain_text("目前没有险情报告")
    page.reports.features = [
        stub.report(1, 121.005, 31.004, kind="waterlogging"),
        stub.report(2, 121.015, 31.006, kind="landslide", is_verified=False),
    ]
    bump_generation(desk_district, "report")
    expect(page.locator(".mark-report")).to_have_count(1, timeout=2000)
    expect(page.locator(".mark-unverified")).to_contain_text("未核实")
    expect(page.locator(".tag")).to_have_count(1)
    expect(page.locator(".headline")).to_have_text("1")


@pytest.fixture
def line(house):
    """What lies between screen and server."""
    with closing(held_line.HeldLine(house.port + 1)) as made:
        yield made


def test_a_cut_network_is_said_at_once_and_nothing_is_missed_when_it_is_back(
    wall, line, desk_district
):
    page = wall(address=f"http://127.0.0.1:{line.port}")
    turn_to(page, "shelters")
    line.cut()
    expect(age(page)).to_contain_text("数据连接中断，画面为", timeout=3000)
    name = f"新校 {uuid4().hex[:6]}"
    rename_shelter(desk_district, name)
    line.carry()
    page.wait_for_selector(FRESH)
    turn_to(page, "shelters")
    expect(page.locator("#cards")).to_contain_text(name)
    assert is_same(page)


@pytest.mark.skipif(not IS_LONG, reason="minutes; RISKATLAS_TRUST=long")
def test_a_network_that_swallows_everything_is_noticed_by_the_heartbeats_that_are_missing(
    wall, line, desk_district
):
    page = wall(address=f"http://127.0.0.1:{line.port}")
    line.swallow()
    rename_shelter(desk_district, f"新校 {uuid4().hex[:6]}")
    expect(age(page)).to_contain_text("数据连接中断，画面为", timeout=25_000)
    page.wait_for_timeout(60_000)
    expect(age(page)).to_contain_text("分钟前")
    line.carry()
    page.wait_for_selector(FRESH, timeout=60_000)
    assert is_same(page)


@pytest.mark.skipif(not IS_LONG, reason="minutes; RISKATLAS_TRUST=long")
def test_a_server_that_is_away_for_minutes_is_found_again(wall, house):
    page = wall()
    house.end()
    page.wait_for_timeout(AWAY_S * 1000)
    expect(page.locator("#band")).to_have_class("band is-stale")
    expect(age(page)).to_contain_text(f"{AWAY_S // 60} 分钟前")
    house.begin()
    page.wait_for_selector(FRESH, timeout=45_000)
    assert is_same(page)
    assert page.faults == []


def test_a_line_that_says_nothing_is_not_believed(wall, house):
    page = wall(begin=lambda each: each.clock.install())
    house.process.send_signal(signal.SIGSTOP)
    try:
        page.clock.run_for(10_000)
        page.clock.run_for(10_000)
        page.wait_for_selector("#band.is-stale")
    finally:
        house.process.send_signal(signal.SIGCONT)
    page.clock.resume()
    page.wait_for_selector(FRESH)


def test_a_database_that_is_away_is_said_and_its_return_is_seen(wall, cluster_settings):
    page = wall()
    server.stop(place_server(cluster_settings))
    try:
        page.wait_for_selector("#band[data-standing=database]")
        expect(age(page)).to_contain_text("数据库没有应答")
    finally:
        with open_cluster(cluster_settings):
            pass
    page.wait_for_selector(FRESH, timeout=60_000)
    assert is_same(page)


def test_a_revoked_link_ends_an_open_screen_and_leaves_nothing_behind(wall, desk_district):
    page = wall()
    screens.revoke_screen(desk_district, ACTOR, name=page.screen_name)
    expect(page.locator("body")).to_contain_text("此屏幕链接已撤销", timeout=5000)
    assert page.locator("#map").count() == 0
    assert page.evaluate("riskatlas.kept.get('picture')") is None
    assert page.goto(page.link).status == 404
    expect(page.locator("body")).to_contain_text("此屏幕链接已撤销")
    expect(page.locator("body")).to_contain_text("revoked")


def test_after_a_power_cut_with_the_server_down_the_last_state_is_shown_with_its_time(wall, house):
    page = wall(keeps_shell=True)
    page.evaluate("riskatlas.kept.keepShell()")
    expect_kept(page)
    house.end()
    again = page.context.new_page()
    page.close()
    again.goto(page.link)
    again.wait_for_selector("#band[data-standing=lost]")
    expect(again.locator("#age")).to_contain_text("数据连接中断，画面为")
    expect(again.locator("#cards .card")).to_have_count(3)
    expect(again.locator(".name").first).to_be_visible()
    # A machine whose clock was lost with the power shows none, and does not make the picture young.
    lost = again.context.new_page()
    lost.clock.set_fixed_time("2001-01-01T00:00:00Z")
    lost.goto(page.link)
    expect(lost.locator("#clock")).to_have_text("--:--")
    expect(lost.locator("#age")).to_contain_text("时钟不准")
    lost.close()
    house.begin()
    again.wait_for_selector(FRESH)


def expect_kept(page):
    """Wait until the page and its parts are kept."""
    page.evaluate(
        "async () => { for (;;) { const shell = await caches.open('riskatlas-screen-shell');"
        " const kept = (await shell.keys()).map((each) => new URL(each.url).pathname);"
        " if (['screen.js', 'leaflet.js', 'theme.css'].every((part) =>"
        " kept.includes(`/display/parts/${part}`)) && kept.includes(location.pathname)) return;"
        " await new Promise((go) => setTimeout(go, 100)); } }"
    )


def heap(session):
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"]


# Two thousand answers through the test's own hands would take minutes: the page makes its reports
# itself; everything else comes from the server.
OWN_REPORTS = """(() => {
  const ask = window.fetch.bind(window);
  let asked = 0;
  const kinds = ["flood", "collapse", "landslide"];
  const one = (n) => ({ type: "Feature",
    geometry: { type: "Point", coordinates: [121.001 + n * 0.0009, 31.002 + (n % 5) * 0.001] },
    properties: { id: `r${asked}-${n}`, kind: kinds[(n + asked) % 3], severity: 1,
      is_verified: n % 3 > 0, reported_at: new Date(1.7e12 + asked * 1000 + n).toISOString() } });
  window.fetch = async (path, options) => {
    if (String(path).startsWith("/features/reports")) {
      asked += 1;
      return Response.json({ type: "FeatureCollection", features: [...Array(20).keys()].map(one) });
    }
    const answer = await ask(path, options);
    if (!String(path).endsWith("/state.json")) return answer;
    const state = await answer.json();
    state.layers.reports = ["report"];
    return Response.json(state);
  };
})()"""
UPDATES = """async (n) => {
  const { picture, next } = riskatlas;
  for (let i = 1; i <= n; i += 1) {
    const layer = i % 10 ? "report" : "shelter";
    picture.hear({ name: "generation", facts: { layer, generation: 1e6 + i } });
    await picture.refresh();
    if (i % 50 === 0) next();
  }
}"""


UPDATES_COUNTED = 2000 if IS_LONG else 400


def test_thousands_of_updates_leave_the_heap_as_it_was(wall, record_property):
    page = wall(begin=lambda each: each.add_init_script(OWN_REPORTS))
    session = page.context.new_cdp_session(page)

    def measured(updates):
        page.evaluate(UPDATES, updates)
        turn_to(page, "reports")
        return heap(session), page.evaluate("document.getElementsByTagName('*').length")

    before, elements = measured(300)
    after, more = measured(UPDATES_COUNTED)
    record_property("heap_bytes", f"{before} {after} after {UPDATES_COUNTED} updates")
    assert after < 1.1 * before, (before, after)
    assert more < 1.1 * elements
    assert page.locator(".mark").count() > 0
    assert page.faults == []
