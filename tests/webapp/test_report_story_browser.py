"""A report in Chromium: written without signal, on the wall, verified, a route led round it."""

import importlib.util
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from census.store import reported_sites, routes, screens
from census.store.actors import system_actor
from tests.webapp.pages.signed_in import account
from tests.webapp.phone import taps
from webapp.sheets.sentences import distance_text
from webapp.words import metres

HERE = Path(__file__).resolve().parent


def _taken(name):
    spec = importlib.util.spec_from_file_location(f"{name}_for_story", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_editor, _wall = (_taken(f"test_{name}_browser") for name in ("editor", "screen"))
desk_district, served = taps.desk_district, taps.served

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
WEST, TOWN = taps.WEST, taps.TOWN
MIDDLE, ROUND = _editor.MIDDLE, (121.0085, 31.008)
STANDING = {"longitude": MIDDLE[0], "latitude": MIDDLE[1], "accuracy": 9}
SCOPES = {"officer": WEST, "verifier": TOWN, "planner": "", "approver": ""}
# The screen stays at the view that it was turned to: a turn of its own is told by other tests.
NO_TURNS = """(() => { const later = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => (ms === 20000 ? 0 : later(act, ms, ...more)); })()"""
SITES = "[data-finding=reported_site]"
CODE = "P-1"


@pytest.fixture
def window(chromium, served, desk_district):
    """Opens browsers of their own: of somebody signed in, or of nobody."""
    opened = []

    def show(role=None, *, before="", **options):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        page = context.new_page()
        page.add_init_script(before)
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("dialog", lambda dialog: dialog.accept())
        opened.append(page)
        if role:
            name = account(desk_district, role, scope=SCOPES[role])[1]
            taps.sign_in(page, served.address, name)
        return page

    yield show
    faults = [fault for page in opened for fault in page.faults]
    for page in opened:
        page.context.close()
    assert faults == []


def live(served):
    return f"http://localhost:{served.port + 1}"


def features(page, served, layer):
    """What everybody may fetch of a layer, by code."""
    answer = page.request.get(f"{live(served)}/features/{layer}.geojson")
    return {each["properties"]["code"]: each for each in answer.json()["features"]}


def place_of(page, served, code):
    """Where everybody is shown a report."""
    return features(page, served, "reports")[code]["geometry"]["coordinates"]


def hang_up(window, served, store):
    """A screen in the hall, turned to the reports, of which there are none."""
    token = screens.add_screen(store, system_actor(), name="大厅", profile="hall")
    wall = window(before=NO_TURNS, viewport=_wall.HALL)
    wall.goto(f"{live(served)}/display/hall/{token}")
    wall.wait_for_selector(_wall.FRESH)
    _wall.turn_to(wall, "reports")
    expect(wall.locator("#cards")).to_contain_text("目前没有险情报告")
    return wall


def write_without_signal(window, served, kind):
    """An officer who stands on the route opens the form without a signal and writes."""
    page = window("officer", **taps.PHONE | {"geolocation": STANDING})
    page.goto(f"{served.address}/report")
    page.wait_for_function("() => officer.outbox.me() && officer.village.shown()")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#kinds button")
    page.wait_for_function("() => officer.village.shown()")
    taps.write(page, kind, 3)
    taps.photograph(page)
    page.click("#send")
    taps.until(page, taps.ONE_WAITS)
    taps.wait_for_words(page, "status", "待发送 1 条")
    assert (served.count(), served.count("report_photo")) == (0, 0)
    return page


def send_to_the_wall(officer, wall, served):
    """The signal is back: two seconds after the receipt the wall shows it; its number is told."""
    officer.context.set_offline(False)
    taps.sent(officer)
    expect(wall.locator(".mark-unverified")).to_contain_text("未核实", timeout=2000)
    expect(wall.locator("#cards .tag")).to_have_text("未核实")
    assert (served.count(), served.count("report_photo")) == (1, 1)
    number = officer.evaluate("officer.outbox.state.last.number")
    assert place_of(wall, served, f"R-{number}") != pytest.approx(MIDDLE, abs=1e-4)
    return number


def weigh(desk, served, number, store):
    """A verifier reads the district's time wherever they are, and on which routes it would lie."""
    desk.goto(f"{served.address}/reports")
    desk.locator(".report-open", has_text=f"{number} · ").click()
    desk.wait_for_selector(".report-photos img")
    extent = desk.locator("[data-extent-legend]")
    expect(extent).to_have_text(["采纳后的隐患点范围（半径 20 米）", "范围内的现行路线"])
    expect(desk.locator(".headline")).to_contain_text(store.district.timezone)
    came_in = reported_sites.local_minute(_came_in(store, number), store.district.timezone)
    expect(desk.locator(".report-list .detail")).to_contain_text(came_in[-5:])
    within = desk.locator(f"[data-route-within='{CODE}']")
    expect(within).to_contain_text("40 米在范围内")
    desk.fill(".report-decisions [name=radius]", "30")
    expect(within).to_contain_text("60 米在范围内")
    # The circle follows the box: 30 m across the screen are half again as many as 20 m.
    at_30 = width_on_map(desk)
    expect(extent.first).to_have_text("采纳后的隐患点范围（半径 30 米）")
    desk.fill(".report-decisions [name=radius]", "20")
    expect(extent.first).to_have_text("采纳后的隐患点范围（半径 20 米）")
    assert at_30 / width_on_map(desk) == pytest.approx(1.5, abs=0.1)
    expect(within).to_contain_text("40 米在范围内")
    # What is drawn on the map stands in its legend.
    legend = desk.locator("[data-report-legend]")
    expect(legend).to_have_text(["待核实上报，严重", "字：路 道路中断"])


def width_on_map(desk):
    """Pixels across the circle of the extent that is drawn."""
    return desk.evaluate("document.querySelector('.report-path-extent').getBBox().width")


def _came_in(store, number):
    query = text("select received_at from census.report where number = :number")
    with store.engine.connect() as connection:
        return connection.execute(query, {"number": number}).scalar_one()


def accept(desk, wall, served, number):
    """A verifier takes it for true: it is a hazard site, and on the wall at its place."""
    code = f"R-{number}"
    assert code not in features(wall, served, "hazard_sites")
    desk.click("[data-act=accept]")
    desk.wait_for_selector(".report-card .state-accepted")
    expect(wall.locator(".mark-report")).to_have_count(1)
    expect(wall.locator(".mark-unverified")).to_have_count(0)
    expect(wall.locator(".headline")).to_have_text("1")
    assert place_of(wall, served, code) == pytest.approx(MIDDLE, abs=1e-4)
    assert code in features(wall, served, "hazard_sites")
    expect(desk.locator("[data-report-legend]").first).to_have_text("已采纳的上报")


def told_to_all(window, served, number):
    """The desk of routes and the village's page say which route runs through it."""
    planner = window("planner")
    planner.goto(f"{served.address}/desk")
    planner.click(f"[data-blocked] a[href='/route/{CODE}']")
    expect(planner.locator(".card .partial")).to_contain_text(f"R-{number}（道路中断")
    visitor = window()
    visitor.goto(f"{served.address}/village/{WEST}")
    expect(visitor.locator(".rows .partial").first).to_contain_text(f"R-{number}（道路中断")


def open_route(window, served, role):
    page = window(role)
    page.goto(f"{served.address}/route/{CODE}")
    page.wait_for_selector("[data-drawer-tab]")
    return page


def lead_round(planner):
    """The planner leads the route round the site, says why, and hands it in."""
    # The site is a circle of 20 m on the line.
    assert "40 m 穿过现场上报、已核实的隐患 R-" in planner.inner_text(SITES)
    _editor.drag(planner, MIDDLE, ROUND)
    planner.wait_for_selector(SITES, state="detached")
    _editor.kept(planner)
    _editor.explain(planner)
    planner.click("[data-tool=save]:not(:disabled)")
    planner.click("[data-version='1'] [data-step=submit]")
    planner.wait_for_selector("[data-version='1'][data-state=submitted]")


def put_in_force(chief):
    """Another person approves the route and publishes it."""
    chief.wait_for_selector(".new-line", state="attached")
    chief.click("[data-step=approve]")
    chief.click("[data-step=publish]")
    chief.wait_for_selector("[data-published]")


def test_what_an_officer_writes_without_signal_is_on_the_wall_and_the_route_leads_round_it(
    window, chromium, served, desk_district
):
    wall = hang_up(window, served, desk_district)
    planner = open_route(window, served, "planner")
    planner.wait_for_selector("[data-checks]")
    assert planner.locator(SITES).count() == 0
    # No flood, and yet on the way: the checks of a flood's routes tell of it as well.
    officer = write_without_signal(window, served, "road_blocked")
    number = send_to_the_wall(officer, wall, served)
    desk = window("verifier", timezone_id="America/New_York")
    weigh(desk, served, number, desk_district)
    accept(desk, wall, served, number)
    told_to_all(window, served, number)
    # The open editor is told, and who draws looks again.
    planner.click("[data-news-line=sites] button")
    planner.wait_for_selector(SITES)
    lead_round(planner)
    put_in_force(open_route(window, served, "approver"))
    length_m = routes.version(desk_district, CODE, 1).length_m
    told = _editor.shown_to_all(chromium, served.address)
    figures = metres(length_m, digits=0), distance_text(length_m)
    assert [text.count(each) for text, each in zip(told, figures, strict=True)] == [1, 1]
    line = features(wall, served, "routes")[CODE]["geometry"]["coordinates"]
    assert MIDDLE not in {tuple(at) for part in line for at in part}
    expect(wall.locator(_wall.FRESH)).to_have_count(1)
    expect(wall.locator(".mark-report")).to_have_count(1)
    officer.click("[data-tab=mine]")
    taps.wait_for_words(officer, "reports", "已采纳")
