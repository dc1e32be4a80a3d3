"""A new route in Chromium: chosen at the desk, proposed or drawn, approved, seen, printed, gone."""

import importlib.util
import sys
from pathlib import Path

import pytest

from census.store import pages, reissues, routes
from census.store.actors import Actor, Grant

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location(
    "editor_browser_for_new", HERE / "test_editor_browser.py"
)
_editor = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _editor
_spec.loader.exec_module(_editor)
desk_district, served = _editor.desk_district, _editor.served
SESSION, PLACE_OF = _editor.SESSION, _editor.PLACE_OF

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
WEST, EAST = "990001001001", "990001001002"
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "127.0.0.1")


@pytest.fixture
def browser(chromium, served):
    """Opens pages as somebody, in a browser of their own."""
    opened = []

    def show(who, path, **options):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        context.add_cookies([{"name": "who", "value": who, "url": served}])
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        opened.append(context)
        page.goto(f"{served}{path}")
        return page

    yield show
    for context in opened:
        context.close()


def choose(page, way, **fields):
    page.wait_for_selector("[data-new=village]", state="attached")
    page.click("details.begin > summary")
    page.select_option("[data-new=village]", WEST)
    page.wait_for_selector("[data-begin=draw]:not(:disabled)")
    for name, value in fields.items():
        page.fill(f"[data-new={name}]", value)
    page.click(f"[data-begin={way}]")
    page.wait_for_selector("[data-drawer-tab]")
    return page.evaluate("location.pathname.split('/').pop()")


def kept(page):
    page.wait_for_function(f"() => {SESSION} && {SESSION}.kept === 'kept'")


def step(page, name, state):
    page.click(f"[data-step={name}]")
    page.wait_for_selector(f"[data-version='1'][data-state={state}]")


def test_a_new_route_goes_from_the_desk_to_the_people_and_away_again(browser, desk_district):
    anna = browser("anna", f"/desk?village={WEST}")
    code = choose(anna, "propose", name="河堤老人", people="12")
    kept(anna)
    assert anna.evaluate(f"{SESSION}.history.now.parts.length") == 1
    # Two more people than the school has places for: a warning, which wants its reason.
    anna.wait_for_selector("[data-finding=shelter_over_capacity]")
    _editor.explain(anna)
    anna.click("[data-tool=save]")
    anna.wait_for_selector("[data-version='1'] [data-step=submit]")
    anna.wait_for_selector(".change-list >> text=新路线")
    step(anna, "submit", "submitted")
    assert code not in {each.code for each in pages.routes(desk_district, WEST)}
    chief = browser("chief", f"/route/{code}")
    chief.wait_for_selector(".new-line", state="attached")
    step(chief, "approve", "approved")
    chief.click("[data-step=publish]")
    chief.wait_for_selector("[data-published]")
    visitor = browser("", f"/village/{WEST}")
    # With ten routes of the village the list is folded.
    visitor.wait_for_selector("text=12 人", state="attached")
    assert (12, 1) in {
        (each.people, routes.head(desk_district, code).in_force)
        for each in pages.routes(desk_district, WEST)
    }
    desk = browser("chief", "/desk")
    desk.wait_for_selector(f"a[href^='/village/{WEST}/evacuation.pdf']")
    assert "河堤老人" in desk.inner_text("text=河堤老人 >> nth=0")
    with reissues.printing(desk_district, "evacuation", WEST):
        pass
    desk.reload()
    desk.wait_for_selector(f"[data-route='{code}']")
    assert desk.locator(f"a[href^='/village/{WEST}/evacuation.pdf']").count() == 0
    chief.wait_for_selector("[data-version='1'][data-state=published] [data-step=withdraw]")
    chief.fill("[data-step-reason]", "桥断")
    chief.click("[data-step=withdraw]")
    chief.wait_for_selector("text=各页面不再显示这条路线")
    assert routes.head(desk_district, code).in_force is None
    visitor.reload()
    visitor.wait_for_selector("h1")
    assert visitor.locator("text=12 人").count() == 0
    assert [page.faults for page in (anna, chief, desk, visitor)] == [[], [], [], []]


def test_a_new_route_is_drawn_by_hand_and_the_drawing_survives_a_reload(browser):
    anna = browser("anna", "/desk")
    choose(anna, "draw")
    anna.wait_for_selector("[data-tool=finish]")
    for place in ([121.002, 31.005], [121.008, 31.005], [121.015, 31.005]):
        anna.mouse.click(*anna.evaluate(PLACE_OF, place))
    anna.click("[data-tool=finish]")
    kept(anna)
    drawn = anna.evaluate(f"{SESSION}.history.now.parts")
    anna.reload()
    anna.wait_for_selector("[data-checks]")
    assert anna.evaluate(f"{SESSION}.history.now.parts") == drawn
    assert anna.faults == []


def test_a_new_route_that_is_given_up_is_gone(browser, desk_district):
    anna = browser("anna", "/desk")
    code = choose(anna, "draw")
    anna.on("dialog", lambda dialog: dialog.accept())
    anna.wait_for_selector("[data-tool=give_up]")
    anna.click("[data-tool=give_up]")
    anna.wait_for_url("**/desk*")
    assert code not in {row.code for row in routes.desk_list(desk_district, CHIEF)}


def test_what_the_server_refuses_is_told_beside_the_form(browser):
    anna = browser("anna", "/desk")
    anna.wait_for_selector("[data-new=village]", state="attached")
    anna.click("details.begin > summary")
    anna.select_option("[data-new=village]", WEST)
    anna.wait_for_selector("[data-begin=draw]:not(:disabled)")
    anna.evaluate("document.querySelector('[data-new=shelter]').add(new Option('x', 'S9', 1, 1))")
    anna.click("[data-begin=draw]")
    anna.wait_for_selector("text=没有编号为“S9”的避难场所")
    anna.context.add_cookies([{"name": "who", "value": "", "url": anna.url.split("/desk")[0]}])
    anna.click("[data-begin=draw]")
    anna.wait_for_selector(".begin-told a[href^='/login?next=']")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_the_form_is_wide_enough_for_a_finger(browser, language):
    size = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = browser("anna", f"/desk?lang={language}", **size)
    page.wait_for_selector("[data-new=village]", state="attached")
    page.click("details.begin > summary")
    low = page.evaluate(
        "[...document.querySelectorAll('.begin select, .begin input, .begin button')]"
        ".filter(each => each.getBoundingClientRect().height < 44).length"
    )
    assert low == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_map_of_the_desk_shows_its_routes_and_a_line_leads_to_its_page(browser):
    drawn = ".leaflet-ra-routes-pane path.leaflet-interactive"
    desk = browser("anna", f"/desk?village={EAST}")
    # As the list, the map keeps to the village that was chosen.
    with desk.expect_response(lambda answer: f"routes.geojson?village={EAST}" in answer.url):
        desk.reload()
    desk.goto(desk.url.partition("?")[0])
    desk.wait_for_selector(drawn, state="attached")
    desk.locator(drawn).last.dispatch_event("click")
    desk.wait_for_url("**/route/*")
    desk.wait_for_selector("[data-drawer-tab]")
    assert " · 路线工作台 · " in desk.title()
    assert desk.faults == []
