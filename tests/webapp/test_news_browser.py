"""News in Chromium: who else edits, a version by another, a cut line, new data, a new program."""

import importlib.util
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import pytest
from playwright.sync_api import expect
from shapely.geometry import LineString
from sqlalchemy import text

from census.store import route_commands, route_workflow, routes
from census.store.actors import Actor, Grant
from census.store.deliveries import bump_generation
from census.store.route_commands import Checked
from census.store.route_keeping import today_of
from tests.ports import free_port

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location(
    "store_conftest_for_news", HERE.parent / "census" / "store" / "conftest.py"
)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
VILLAGE = "990001001001"
SESSION = "riskatlas.editor.session"
ANNA = Actor("a-1", "安娜", (Grant("planner"),), "127.0.0.1")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "127.0.0.1")
PATIENCE_S = 40.0
NOTHING_LESS_MS = 20_000


class House:
    """The pages, and a live process that can be killed and started again."""

    def __init__(self, home, place):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.arguments = [str(home), place, str(self.port)]
        self.live = None
        self.boot = "first"
        self.web = self._start("web", "-")

    def open(self):
        """Wait until both answer."""
        assert self.web.stdout.readline() == "ready\n"
        self.begin()

    def _start(self, half, boot):
        command = [sys.executable, str(HERE / "news_server.py"), *self.arguments, half, boot]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1])

    def begin(self, boot=None):
        """Start the live process, if it does not run, and wait until it hears the database."""
        self.boot = boot or self.boot
        if self.live is None:
            self.live = self._start("live", self.boot)
        self.wait_for("heard", True)

    def end(self, number=signal.SIGKILL):
        """Stop the live process, rudely unless told otherwise."""
        self.live.send_signal(number)
        self.live.communicate()
        self.live = None

    def close(self):
        """Stop both."""
        for process in (self.web, self.live):
            if process is not None:
                process.kill()
                process.communicate()

    def count(self):
        with (
            suppress(urllib.error.URLError, ConnectionError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}/live/streams") as answer,
        ):
            return json.load(answer)
        return {}

    def wait_for(self, name, value):
        """Ask the live process until its answer is this."""
        until, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while (found := self.count().get(name)) != value:
            assert self.live.poll() is None
            assert time.monotonic() < until, f"{name} is {found}, not {value}"
            pause.wait(0.1)


@pytest.fixture(scope="module")
def module_house(cluster_settings, desk_district):
    with closing(House(cluster_settings.home, desk_district.place)) as made:
        made.open()
        yield made


@pytest.fixture
def house(module_house):
    """The house with its live process running."""
    module_house.begin()
    return module_house


@pytest.fixture
def browsers(chromium, house):
    """Opens pages as somebody, all tabs of a person in one browser of their own."""
    opened = {}

    def show(who, path, *, alone=False, **options):
        if who not in opened:
            size = {"viewport": {"width": 1440, "height": 900}}
            opened[who] = chromium.new_context(**size | options)
            opened[who].set_default_timeout(NOTHING_LESS_MS)
            opened[who].add_cookies([{"name": "who", "value": who, "url": house.address}])
            if alone:
                opened[who].add_init_script("delete window.SharedWorker;")
        page = opened[who].new_page()
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.goto(house.address + path)
        page.wait_for_function("() => riskatlas.news.isHeard === true")
        if path.startswith("/route/"):
            page.wait_for_selector("[data-drawer-tab]", state="attached")
        return page

    yield show
    for context in opened.values():
        context.close()


def presence(page):
    return page.locator(".drawer-presence")


def lost(page):
    return page.locator("[data-news-line=lost]")


def mark(page):
    """Leave something on a page that a reload would wipe away."""
    page.evaluate("window.isSame = true")


def is_same(page):
    return page.evaluate("window.isSame === true")


def view(page):
    x, y = page.evaluate("[riskatlas.map.getCenter().lng, riskatlas.map.getCenter().lat]")
    # A link writes five decimals, about a metre.
    return page.evaluate("riskatlas.map.getZoom()"), round(x, 4), round(y, 4)


def move(page):
    """Somebody changes the line in front of them."""
    page.wait_for_function(f"() => {SESSION}.checks > 0")
    page.evaluate(f"{SESSION}.reverse()")
    page.wait_for_function(f"() => {SESSION}.kept === 'kept'")


def save_elsewhere(store, code, lat=31.0058):
    line = LineString([(121.002, 31.005), (121.008, lat), (121.015, 31.005)])
    return route_commands.save_version(
        store, ANNA, code=code, base_version=routes.head(store, code).newest, line=line,
        checked=Checked(length_m=1300.0, minutes=20.0),
    )  # fmt: skip


def test_two_editors_see_each_other_without_names_and_one_who_leaves_goes(browsers):
    anna = browsers("anna", "/route/P-1")
    desk = browsers("chief", "/desk")
    seat = desk.locator("[data-editing-code='P-1']")
    expect(seat).to_have_text("1 人正在编辑")
    expect(presence(anna)).to_be_empty()
    boris = browsers("boris", "/route/P-1")
    expect(presence(anna)).to_contain_text("另有 1 人正在编辑")
    expect(presence(boris)).to_contain_text("另有 1 人正在编辑")
    expect(seat).to_have_text("2 人正在编辑")
    assert "鲍里斯" not in anna.inner_text(".drawer") + desk.inner_text("body")
    second_tab = browsers("boris", "/route/P-1")
    expect(presence(second_tab)).to_contain_text("另有 1 人正在编辑")
    expect(seat).to_have_text("2 人正在编辑")
    second_tab.close()
    boris.close()
    expect(presence(anna)).to_be_empty()
    expect(seat).to_have_text("1 人正在编辑")
    anna.goto("about:blank")
    expect(seat).to_be_hidden()
    assert (anna.faults, desk.faults) == ([], [])


def test_a_tab_that_died_without_a_word_is_gone_when_its_time_is_up(browsers, desk_district):
    anna, boris = browsers("anna", "/route/P-2"), browsers("boris", "/route/P-2")
    expect(presence(anna)).to_contain_text("另有 1 人正在编辑")
    boris.context.set_offline(True)  # what it says when it leaves does not arrive
    boris.close()
    own = text("update census.route_seat set until = now() where account_id = 'b-2'")
    with desk_district.begin() as connection:
        assert connection.execute(own).rowcount == 1
    # Told by the next look of either page at the seats, which on a busy machine takes its time.
    expect(presence(anna)).to_be_empty(timeout=60_000)


def test_a_version_by_another_is_told_at_once_and_the_draft_stays(browsers, desk_district):
    boris = browsers("boris", "/route/P-3")
    move(boris)
    drawn = boris.evaluate(f"{SESSION}.history.now.parts")
    made = save_elsewhere(desk_district, "P-3")
    expect(boris.locator(f"[data-newer='{made}']")).to_contain_text("您的草稿没有被改动")
    assert boris.evaluate(f"{SESSION}.history.now.parts") == drawn
    boris.click("[data-look-at=newer]")
    boris.wait_for_selector("[data-conflict]")
    expect(boris.locator("[data-newer]")).to_have_count(0)
    boris.click("[data-conflict-take=theirs]")
    boris.wait_for_selector("[data-conflict]", state="detached")
    assert boris.evaluate(f"{SESSION}.base") == made
    assert boris.faults == []


def test_who_changed_nothing_is_shown_the_new_version_and_sees_it_move_on(browsers, desk_district):
    boris, chief = browsers("boris", "/route/P-4"), browsers("chief", "/route/P-4")
    made = save_elsewhere(desk_district, "P-4")
    for page in (boris, chief):
        page.click("[data-look-at=newer]")
        page.wait_for_selector(f"[data-version='{made}']", state="attached")
        assert page.locator("[data-conflict]").count() == 0
    route_workflow.submit(desk_district, ANNA, code="P-4", version=made, checked=Checked())
    chief.wait_for_selector(f"[data-version='{made}'][data-state=submitted]")
    assert (boris.faults, chief.faults) == ([], [])


def test_ones_own_version_is_no_news(browsers):
    anna = browsers("anna", "/route/P-5")
    anna.evaluate(
        "window.seen = 0; new MutationObserver(() => {"
        " window.seen += document.querySelectorAll('[data-newer]').length; })"
        ".observe(document.body, {childList: true, subtree: true})"
    )
    move(anna)
    anna.click("[data-tool=save]")
    anna.wait_for_selector("[data-version='1']", state="attached")
    anna.wait_for_function("() => Object.keys(riskatlas.news.layers).length > 0")
    assert anna.evaluate("window.seen") == 0


def test_a_cut_line_is_said_at_once_and_no_longer_when_it_is_back(browsers, house, desk_district):
    page, editor = browsers("nobody", f"/village/{VILLAGE}"), browsers("anna", "/route/P-6")
    for each in (page, editor):
        mark(each)
    house.end()
    expect(lost(page)).to_have_text("数据连接中断，正在重新连接……")
    expect(lost(editor)).to_be_visible()
    number = bump_generation(desk_district, "shelter")
    house.begin()
    for each in (page, editor):
        expect(lost(each)).to_have_count(0, timeout=NOTHING_LESS_MS)
        assert each.evaluate("riskatlas.news.layers.shelter") == number
        assert is_same(each)
    expect(page.locator("[data-news-line=fresh]")).to_be_visible()
    late = browsers("nobody", "/")
    assert late.locator("[data-news-line]").count() == 0


def test_a_page_opened_while_nothing_is_heard_says_so(browsers, house):
    first = browsers("nobody", "/")
    house.end()
    expect(lost(first)).to_be_visible()
    page = first.context.new_page()
    page.goto(house.address)
    expect(lost(page)).to_be_visible()
    house.begin()
    expect(lost(page)).to_have_count(0, timeout=NOTHING_LESS_MS)


def test_a_new_program_is_loaded_where_nothing_would_be_lost(browsers, house):
    page, editor = browsers("nobody", f"/village/{VILLAGE}"), browsers("anna", "/route/P-7")
    move(editor)
    for each in (page, editor):
        mark(each)
    before = view(page)
    house.end(signal.SIGTERM)
    house.begin("second")
    page.wait_for_function("() => window.isSame !== true")
    page.wait_for_function("() => riskatlas.map && riskatlas.news.isHeard")
    page.wait_for_function("(zoom) => riskatlas.map.getZoom() === zoom", arg=before[0])
    assert view(page) == before
    expect(editor.locator("[data-news-line=program]")).to_contain_text("未保存的改动")
    assert is_same(editor)
    assert editor.evaluate(f"{SESSION}.kept") == "kept"


def lines_on_map(page):
    return page.evaluate(
        "(() => { const found = []; riskatlas.map.eachLayer((layer) => {"
        " if (layer.feature && layer.options.pane === 'ra-routes')"
        "   found.push(JSON.stringify(layer.feature.geometry.coordinates)); });"
        " return found; })()"
    )


def test_a_published_route_is_drawn_on_an_open_village_page_and_the_view_stays(
    browsers, desk_district
):
    page = browsers("nobody", f"/village/{VILLAGE}")
    page.wait_for_function(
        "() => { let n = 0; riskatlas.map.eachLayer((l) => {"
        " n += l.feature && l.options.pane === 'ra-routes' ? 1 : 0; }); return n > 0; }"
    )
    mark(page)
    page.evaluate("riskatlas.map.setView([31.004, 121.006], 15, {animate: false})")
    before = view(page)
    assert not any("31.0071" in each for each in lines_on_map(page))
    made = save_elsewhere(desk_district, "P-8", lat=31.0071)
    route_workflow.submit(desk_district, ANNA, code="P-8", version=made, checked=Checked())
    route_workflow.approve(
        desk_district, CHIEF, checked=route_workflow.Checked(), code="P-8", version=made
    )
    day = today_of(desk_district)
    route_workflow.publish(
        desk_district,
        CHIEF,
        checked=route_workflow.Checked(),
        code="P-8",
        version=made,
        valid_from=day,
    )
    page.wait_for_function(
        "() => { let found = false; riskatlas.map.eachLayer((l) => {"
        " found = found || (l.feature && l.options.pane === 'ra-routes' &&"
        " JSON.stringify(l.feature.geometry).includes('31.0071')); }); return found; }"
    )
    assert view(page) == before
    asked = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.click("[data-news-line=fresh] button")
    expect(page.locator("[data-news-line=fresh]")).to_have_count(0)
    with page.expect_response("**/_dash-update-component*"):
        bump_generation(desk_district, "evacuation_route")
        page.click("[data-news-line=fresh] button")
    assert any("_pages_content" in each for each in asked)
    assert view(page) == before
    assert is_same(page)
    assert page.faults == []


def test_all_tabs_of_a_browser_share_one_stream(browsers, house):
    house.wait_for("streams", 0)
    for _ in range(3):
        page = browsers("nobody", "/")
    browsers("anna", "/desk")
    house.wait_for("streams", 2)
    page.context.close()
    house.wait_for("streams", 1)


def test_without_a_shared_worker_each_tab_has_a_stream_of_its_own(browsers, house):
    """The control: the count at the server can tell, and such a browser hears as well."""
    house.wait_for("streams", 0)
    for number in range(3):
        browsers("nobody", "/", alone=True)
        house.wait_for("streams", number + 1)


def test_a_line_that_says_nothing_for_16_seconds_is_opened_anew(browsers, house):
    page = browsers("nobody", "/", alone=True)
    page.clock.install()
    page.reload()
    page.wait_for_function("() => riskatlas.news.isHeard === true")
    house.live.send_signal(signal.SIGSTOP)
    page.clock.run_for(12_000)
    assert lost(page).count() == 0
    page.clock.run_for(8_000)
    expect(lost(page)).to_be_visible()
    house.live.send_signal(signal.SIGCONT)
    expect(lost(page)).to_have_count(0, timeout=NOTHING_LESS_MS)
