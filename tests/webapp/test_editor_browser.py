"""The editor in Chromium: drag and be told, undo after a reload, two planners, a third approves."""

import importlib.util
import io
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from census.store import routes
from census.store.actors import Actor, Grant
from tests.ports import free_port
from webapp.sheets.sentences import distance_text
from webapp.words import metres

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location(
    "store_conftest_for_editor", HERE.parent / "census" / "store" / "conftest.py"
)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
ANNA = Actor("a-1", "安娜", (Grant("planner"),), "127.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "127.0.0.1")
WEST = "990001001001"
MIDDLE = (121.008, 31.005)
PLACE_OF = """([x, y]) => { const at = riskatlas.map.latLngToContainerPoint([y, x]);
  const box = riskatlas.map.getContainer().getBoundingClientRect();
  return [at.x + box.left, at.y + box.top]; }"""
SESSION = "riskatlas.editor.session"


@pytest.fixture(scope="module")
def served(cluster_settings, desk_district):
    """Pages and live process of the editable district; gives their address."""
    port = free_port()
    command = [sys.executable, str(HERE / "page_server.py"), str(cluster_settings.home)]
    with subprocess.Popen(
        [*command, desk_district.place, str(port), "cookie"],
        stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1],
    ) as server:  # fmt: skip
        assert server.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def window(chromium, served):
    """Opens a route as somebody, in a browser of their own."""
    opened = []

    def show(who, code, **options):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        context.add_cookies([{"name": "who", "value": who, "url": served}])
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        opened.append(context)
        page.goto(f"{served}/route/{code}")
        page.wait_for_selector("[data-drawer-tab]")
        return page

    yield show
    for context in opened:
        context.close()


def drag(page, start, end):
    page.wait_for_function(f"() => {SESSION} && {SESSION}.checks > 0")
    before = page.evaluate(f"{SESSION}.checks")
    (x, y), (u, v) = page.evaluate(PLACE_OF, start), page.evaluate(PLACE_OF, end)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + u) / 2, (y + v) / 2, steps=4)
    page.mouse.move(u, v, steps=4)
    page.mouse.up()
    page.wait_for_function(f"before => {SESSION}.checks > before", arg=before)


def parts(page):
    return page.evaluate(f"{SESSION}.history.now.parts")


def kept(page):
    page.wait_for_function(f"() => {SESSION}.kept === 'kept'")


def discard(page):
    page.click("[data-tool=discard]")
    page.wait_for_function(f"() => {SESSION}.kept === 'clean'")


def test_a_drag_is_judged_kept_undone_and_undone_again_after_a_reload(window):
    page = window("anna", "P-1")
    drag(page, MIDDLE, (121.008, 31.0075))
    assert "离开道路" in page.inner_text("[data-finding=off_network]")
    kept(page)
    drawn = parts(page)
    page.reload()
    page.wait_for_selector("[data-checks]")
    assert parts(page) == drawn
    page.keyboard.press("Control+z")
    page.wait_for_function(f"() => {SESSION}.history.past.length === 0")
    assert parts(page)[0][1] == list(MIDDLE)
    page.keyboard.press("Control+y")
    page.wait_for_function(f"() => {SESSION}.history.past.length === 1")
    assert page.faults == []


def test_nothing_drawn_is_lost_while_nobody_is_signed_in(window):
    page = window("anna", "P-2")
    page.context.add_cookies([{"name": "who", "value": "", "url": page.url.split("/route")[0]}])
    before = page.evaluate(f"{SESSION}.asked")
    drag(page, MIDDLE, (121.008, 31.0075))
    page.wait_for_selector("[data-draft=signed_out]")
    assert "/login?next=" in page.get_attribute(".drawer-notice a", "href")
    drawn = parts(page)
    assert before < page.evaluate(f"{SESSION}.asked")
    page.context.add_cookies([{"name": "who", "value": "anna", "url": page.url.split("/route")[0]}])
    page.reload()
    page.wait_for_selector("[data-checks]")
    kept(page)
    assert parts(page) == drawn


def be(page, who):
    page.context.add_cookies([{"name": "who", "value": who, "url": page.url.split("/route")[0]}])


def opened_again(page):
    page.reload()
    page.wait_for_selector("[data-checks]")


def test_what_one_person_drew_and_did_not_send_is_not_the_next_ones_in_the_same_tab(window):
    page = window("anna", "P-7")
    page.wait_for_selector("[data-checks]")
    planned = parts(page)
    be(page, "")
    drag(page, MIDDLE, (121.008, 31.0075))
    page.wait_for_selector("[data-draft=signed_out]")
    drawn = parts(page)
    be(page, "boris")
    opened_again(page)
    assert parts(page) == planned
    be(page, "anna")
    opened_again(page)
    assert parts(page) == drawn


def test_what_one_person_draws_is_not_sent_as_anothers_who_signed_in_beside(window, desk_district):
    page = window("anna", "P-6")
    page.wait_for_selector("[data-checks]")
    be(page, "boris")
    drag(page, MIDDLE, (121.008, 31.0075))
    page.wait_for_selector("[data-draft=signed_out]")
    assert "另一人在此浏览器中登录" in page.inner_text(".drawer-notice")
    assert routes.draft(desk_district, "P-6", BORIS) is None
    drawn = parts(page)
    be(page, "anna")
    opened_again(page)
    kept(page)
    assert parts(page) == drawn
    discard(page)
    assert page.faults == []


def test_a_busy_server_says_so_and_what_is_drawn_is_kept_when_it_is_free(window):
    page = window("anna", "P-3")
    page.wait_for_selector("[data-checks]")
    busy = {"error_zh": "当前请求过多，请稍候几秒再试。", "error_en": "Too many requests wait."}
    page.route("**/draft", lambda route: route.fulfill(status=503, json=busy))
    drag(page, MIDDLE, (121.008, 31.0075))
    page.wait_for_selector("[data-draft=away]")
    assert "当前请求过多" in page.inner_text(".drawer-notice")
    page.unroute("**/draft")
    kept(page)
    page.wait_for_function("() => !document.querySelector('.drawer-notice').innerText")
    discard(page)


def test_what_is_drawn_while_a_version_is_saved_stays_and_follows_on_it(window, desk_district):
    page, held = window("anna", "P-4"), []
    drag(page, MIDDLE, (121.008, 31.0075))
    kept(page)
    page.route("**/versions", lambda route, _request: held.append(route))
    page.click("[data-tool=save]")
    page.wait_for_function(f"() => {SESSION}.isSaving")
    drag(page, parts(page)[0][1], (121.0085, 31.0082))
    drawn = parts(page)
    held[0].continue_()
    page.wait_for_selector("[data-version='1']", state="attached")
    kept(page)
    assert parts(page) == drawn
    assert routes.version(desk_district, "P-4", 1).lines[0] != drawn[0]
    assert routes.draft(desk_district, "P-4", ANNA).base_version == 1
    assert page.faults == []
    discard(page)


def test_words_written_while_a_version_or_a_draft_is_sent_stay(window):
    page, held = window("anna", "P-2"), []
    page.wait_for_selector("[data-checks]")
    drag(page, parts(page)[0][1], (121.0081, 31.0077))
    kept(page)
    page.route("**/draft", lambda route, _request: held.append(route), times=1)
    page.evaluate(f"{SESSION}.state({{ note: 'one' }})")
    page.wait_for_function(f"() => Boolean({SESSION}.inFlight)")
    page.evaluate(f"{SESSION}.state({{ note: 'two' }})")
    be(page, "boris")
    held[0].fulfill(json={"others": 0, "mark": "2026-01-01T00:00:00+00:00"})
    page.wait_for_selector("[data-draft=signed_out]")
    assert "two" in page.evaluate(f"sessionStorage.getItem({SESSION}.local)")
    be(page, "anna")


def test_what_is_drawn_during_a_step_is_sent_after_it(window):
    page, held = window("anna", "P-4"), []
    page.wait_for_selector("[data-checks]")
    page.route("**/submit", lambda route, _request: held.append(route))
    page.click("[data-drawer-tab=review]")
    page.locator("[data-version='1'] button").first.click()
    page.click("[data-version='1'] [data-step=submit]")
    page.wait_for_function(f"() => {SESSION}.isSaving")
    page.evaluate(f"{SESSION}.state({{ note: 'while it is submitted' }})")
    held[0].fulfill(status=422, json={"error_zh": "不行", "error_en": "no"})
    kept(page)


def test_a_half_drawn_line_is_not_reloaded_away_when_another_person_is_seen(window):
    page = window("anna", "P-7")
    page.wait_for_selector("[data-checks]")
    page.evaluate(f"{SESSION}.isDrawing = true")
    be(page, "boris")
    page.evaluate(f"window.isSame = true; {SESSION}.lookAround()")
    page.wait_for_selector("[data-draft=signed_out]")
    assert page.evaluate("window.isSame")


def test_two_tabs_of_one_planner_overwrite_nothing_and_they_choose(window):
    one = window("anna", "P-8")
    two = window("anna", "P-8")
    drag(one, MIDDLE, (121.008, 31.0075))
    kept(one)
    first = parts(one)
    drag(two, MIDDLE, (121.008, 31.0030))
    two.wait_for_selector("[data-rival]")
    two.click("[data-rival-choice=take]")
    kept(two)
    assert parts(two) == first
    drag(two, first[0][1], (121.0085, 31.0080))
    kept(two)
    drag(one, first[0][1], (121.0075, 31.0078))
    one.wait_for_selector("[data-rival]")
    mine = parts(one)
    one.click("[data-rival-choice=keep]")
    kept(one)
    opened_again(one)
    assert parts(one) == mine
    assert [page.faults for page in (one, two)] == [[], []]


def test_an_unsent_line_older_than_the_draft_is_offered_and_does_not_replace_it(window):
    away = window("anna", "P-9")
    away.wait_for_selector("[data-checks]")
    away.route("**/draft", lambda route: route.abort())
    drag(away, MIDDLE, (121.008, 31.0075))
    away.wait_for_selector("[data-draft=away]")
    unsent = parts(away)
    other = window("anna", "P-9")
    drag(other, MIDDLE, (121.008, 31.0030))
    kept(other)
    away.unroute("**/draft")
    opened_again(away)
    assert parts(away) == parts(other)
    away.click("[data-rival-choice=take]")
    kept(away)
    assert parts(away) == unsent


def test_a_note_that_is_discarded_with_its_line_leaves_its_box(window):
    page = window("anna", "P-1")
    page.wait_for_selector("[data-checks]")
    drag(page, parts(page)[0][1], (121.0082, 31.0072))
    note = page.get_by_label("本版说明")
    note.fill("改走东侧")
    note.press("Enter")
    kept(page)
    discard(page)
    assert note.input_value() == ""


def test_arrow_keys_move_and_delete_removes_the_chosen_vertex(window):
    page = window("anna", "P-3")
    page.wait_for_selector("[data-checks]")
    page.locator("[data-index='1'][data-part='0']").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_function(f"() => {SESSION}.history.past.length === 1")
    page.wait_for_selector("[data-tool=remove]:not(:disabled)")
    # The line is laid onto the road once the server has answered; only then its vertices stand.
    kept(page)
    before = parts(page)[0]
    page.locator(".marker-icon.is-chosen").focus()
    page.keyboard.press("Delete")
    page.wait_for_function(f"() => {SESSION}.history.past.length === 2")
    kept(page)
    assert parts(page)[0] != before


@pytest.mark.parametrize("event", ["pm:markerdragend", "pm:vertexclick"])
def test_a_vertex_that_was_drawn_anew_while_it_was_held_breaks_nothing(window, event):
    anna = window("anna", "P-6")
    anna.wait_for_selector(".marker-icon")
    # Geoman names no place for a vertex that is no longer among its own.
    anna.evaluate(
        f"event => {SESSION}.canvas.layers[0].fire(event, {{ indexPath: undefined }})", event
    )
    assert anna.evaluate(f"{SESSION}.canvas.chosen") is None


def test_a_proposal_is_taken_and_a_closed_road_is_told(window):
    page = window("anna", "P-4")
    page.wait_for_selector("[data-checks]")
    page.click("[data-tool=propose]")
    page.wait_for_selector("[data-take='1']")
    page.click("[data-take='1']")
    page.wait_for_function(f"() => {SESSION}.history.past.length === 1 && !{SESSION}.isChecking")
    page.click("[data-tool=close_road]")
    page.mouse.click(*page.evaluate(PLACE_OF, [121.0125, 31.005]))
    page.wait_for_selector("[data-closed-road]")
    assert "假设封闭" in page.inner_text("[data-finding=closed_road]")


def explain(page):
    number = 0
    # A reason for leaving the road is checked at once, and the list is another one after that.
    while number < page.locator("[data-reason]").count():
        page.locator("[data-reason]").nth(number).fill("经核实可走")
        page.keyboard.press("Tab")
        page.wait_for_function(f"() => !{SESSION}.isChecking")
        number += 1


def test_reasons_alone_make_a_version_and_the_next_step_is_seen_without_opening_it(window):
    anna = window("anna", "P-7")
    anna.wait_for_selector("[data-checks]")
    if anna.locator("[data-tool=discard]:not(:disabled)").count():
        discard(anna)  # what the tests above drew
    drag(anna, MIDDLE, (121.0085, 31.008))
    kept(anna)
    anna.click("[data-tool=save]")
    anna.wait_for_selector("[data-version='1']")
    anna.click("[data-drawer-tab=edit]")
    anna.wait_for_selector("[data-tool=save]:disabled")
    explain(anna)
    anna.wait_for_selector("[data-finding=no_off_road_reason]", state="detached")
    anna.click("[data-tool=save]:not(:disabled)")
    anna.wait_for_selector("[data-version='2']")
    anna.reload()
    anna.click("[data-drawer-tab=review]")
    anna.click("[data-version='2'] [data-step=submit]")
    anna.wait_for_selector("[data-version='2'][data-state=submitted]")
    assert anna.faults == []


def test_a_vertex_that_comes_back_one_digit_beside_itself_is_no_change(window):
    old = [[121.0, 31.96544995], [121.01, 31.96544995], [121.02, 31.97]]
    new = [[121.0, 31.9654499], [121.01, 31.9654499], [121.02, 31.98], [121.02, 31.97]]
    anna = window("anna", "P-6")
    found = anna.evaluate("([a, b]) => riskatlas.editor.line.stretches(a, b)", [new, old])
    assert [(each["same"], len(each["mine"])) for each in found] == [(True, 2), (False, 3)]


def shown_to_all(chromium, served):
    """Return the routes of the village's page and the text of its printed sheet."""
    visitor = chromium.new_page()
    visitor.goto(f"{served}/village/{WEST}")
    visitor.wait_for_selector(".leaflet-ra-routes-pane path", state="attached")
    card = visitor.locator(".card", has_text="转移路线（").last.text_content()
    sheet = visitor.request.get(f"{served}/village/{WEST}/evacuation.pdf").body()
    visitor.close()
    return card, "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sheet)).pages)


def test_two_planners_edit_one_route_and_a_third_person_decides(
    window, desk_district, chromium, served
):
    anna, boris = window("anna", "P-5"), window("boris", "P-5")
    drag(anna, MIDDLE, (121.0085, 31.008))
    kept(anna)
    drag(boris, MIDDLE, (121.0082, 31.003))
    boris.wait_for_selector("text=另有 1 人正在编辑")
    anna.click("[data-tool=save]")
    anna.wait_for_selector("[data-version='1']")
    boris.click("[data-tool=save]")
    boris.wait_for_selector("[data-conflict]")
    assert routes.head(desk_district, "P-5").newest == 1
    boris.click("[data-side=theirs]")
    boris.click("[data-conflict-take=merge]")
    boris.wait_for_selector("[data-conflict]", state="detached")
    assert parts(boris)[0] == routes.version(desk_district, "P-5", 1).lines[0]
    drag(boris, parts(boris)[0][1], (121.0095, 31.0070))
    explain(boris)
    boris.click("[data-tool=save]")
    boris.wait_for_selector("[data-version='2'] [data-step=submit]")
    boris.click("[data-step=submit]")
    boris.wait_for_selector("[data-version='2'][data-state=submitted]")
    chief = window("chief", "P-5")
    chief.wait_for_selector(".new-line", state="attached")
    assert "加长" in chief.inner_text(".change-list")
    made = routes.version(desk_district, "P-5", 2)
    figures = metres(made.length_m, digits=0), distance_text(made.length_m)
    before = shown_to_all(chromium, served)
    assert [text.count(each) for text, each in zip(before, figures, strict=True)] == [0, 0]
    chief.click("[data-step=approve]")
    chief.click("[data-step=publish]")
    chief.wait_for_selector("[data-published]")
    assert "避险转移路线图" in chief.inner_text("[data-published]")
    assert routes.head(desk_district, "P-5").in_force == 2
    now = shown_to_all(chromium, served)
    assert [text.count(each) for text, each in zip(now, figures, strict=True)] == [1, 1]
    assert [page.faults for page in (anna, boris, chief)] == [[], [], []]


def test_on_a_phone_every_control_is_wide_enough_for_a_finger(window):
    size = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = window("anna", "P-6", **size)
    page.wait_for_selector("[data-checks]", state="attached")
    low = page.evaluate(
        "[...document.querySelectorAll('.drawer button, .drawer input, .marker-icon.is-end')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).length"
    )
    assert low == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_is_drawn_while_a_save_waits_for_a_draft_is_saved_or_stays(window, desk_district):
    page, held = window("anna", "P-8"), []
    page.wait_for_selector("[data-checks]")
    page.route("**/draft", lambda route, _request: held.append(route), times=1)
    drag(page, parts(page)[0][1], (121.0081, 31.0077))
    page.wait_for_function(f"() => Boolean({SESSION}.inFlight)")
    page.click("[data-tool=save]")
    drag(page, parts(page)[0][1], (121.0086, 31.0083))
    drawn = parts(page)
    held[0].continue_()
    page.wait_for_selector("[data-version='1']", state="attached")
    page.wait_for_function(f"() => !{SESSION}.isSaving")
    assert parts(page) == drawn
    assert routes.version(desk_district, "P-8", 1).lines[0] == drawn[0]
    assert page.faults == []


def test_a_visitor_gets_no_editor(chromium, served):
    page = chromium.new_page()
    page.goto(f"{served}/route/P-7")
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-drawer-tab]").count() == 0
    page.close()
