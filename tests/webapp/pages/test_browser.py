"""A visitor in Chromium: open, search, click, switch layers, by host name as well as localhost."""

import pytest

from webapp import mapping

HOST = "bureau.test"
WEST, EAST = "990001001001", "990001001002"
AREAS = ".leaflet-ra-villages-pane path"

pytestmark = [pytest.mark.postgis, pytest.mark.browser]


class Visit:
    """A page with the faults and the hosts that it met."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.faults, self.hosts = [], set()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _hear(self, message):
        if message.type == "error":
            self.faults.append(message.text)

    def open(self, address):
        self.page.goto(address)
        self.page.wait_for_selector(".headline")
        self.page.wait_for_selector(AREAS, state="attached")


@pytest.fixture
def visit(chromium):
    """A visitor at a desk."""
    visitor = Visit(chromium, viewport={"width": 1440, "height": 900})
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", HOST])
def test_the_page_works_under_every_name_of_the_server_and_asks_nobody_else(visit, served, host):
    visit.open(f"http://{host}:{served}/village/{WEST}")
    assert "110" in visit.page.inner_text(".headline")
    visit.page.wait_for_selector(".leaflet-ra-routes-pane path", state="attached")
    assert visit.faults == []
    assert visit.hosts == {f"{host}:{served}", f"{host}:{served + 1}"}


def test_a_click_on_a_village_opens_its_card_and_the_map_stays(visit, served):
    visit.open(f"http://{HOST}:{served}/")
    visit.page.evaluate("window.sameMap = window.riskatlas.map")
    visit.page.locator(AREAS).first.click(force=True)
    visit.page.wait_for_url(f"**/village/{WEST}**")
    visit.page.locator("h1", has_text="西河村").wait_for()
    assert visit.page.evaluate("window.sameMap === window.riskatlas.map")
    assert visit.faults == []


def test_a_village_is_found_by_its_name_and_by_its_code(visit, served):
    visit.open(f"http://{HOST}:{served}/")
    for typed, code in (("东河", EAST), (WEST, WEST)):
        visit.page.fill("#search", typed)
        visit.page.get_by_role("option").filter(has_text=code).click()
        visit.page.wait_for_url(f"**/village/{code}**")
    assert visit.faults == []


def test_a_layer_that_is_switched_off_leaves_map_legend_and_link(visit, served):
    visit.open(f"http://{HOST}:{served}/village/{WEST}")
    row = visit.page.locator("[data-legend-layer=routes]")
    row.wait_for(state="visible")
    visit.page.click(".switches > summary")
    visit.page.get_by_label("转移路线").uncheck()
    row.wait_for(state="hidden")
    assert visit.page.locator(".leaflet-ra-routes-pane").is_hidden()
    assert "routes" not in visit.page.url


def test_a_sent_link_shows_the_same_part_of_the_map_and_the_same_layers(visit, served):
    visit.open(f"http://{HOST}:{served}/village/{WEST}#16/31.00500/121.00700/villages")
    visit.page.wait_for_selector("[data-legend-layer=shelters]", state="hidden")
    centre = visit.page.evaluate("[riskatlas.map.getZoom(), riskatlas.map.getCenter().lng]")
    assert centre == [16, pytest.approx(121.007, abs=1e-4)]
    assert not visit.page.get_by_label("避难场所", exact=True).is_checked()


@pytest.mark.parametrize(
    "mark",
    [
        "#99/999/999/junk", "#1e400/0/0", "#-5/1/1/,,,", "#12/31/", "#//", "#13/-80/-170/",
        "#%00/%ff/<b>/__proto__,constructor", "#" + "9/" * 5000,
    ],
)  # fmt: skip
def test_a_link_with_a_senseless_view_shows_the_pages_own_place_and_layers(visit, served, mark):
    visit.open(f"http://{HOST}:{served}/village/{WEST}{mark}")
    visit.page.wait_for_selector("[data-legend-layer=routes]", state="visible")
    assert visit.page.evaluate("riskatlas.map.getBounds().contains([31.005, 121.005])")
    assert visit.page.get_by_label("避难场所", exact=True).is_checked()
    assert visit.faults == []


def test_the_icon_is_fetched_once_however_often_the_map_moves(visit, served):
    asked, over_the_wire = {}, []
    listener = visit.context.new_cdp_session(visit.page)
    listener.send("Network.enable")
    listener.on(
        "Network.requestWillBeSent",
        lambda told: asked.__setitem__(told["requestId"], told["request"]["url"]),
    )

    def came(told):
        if not told["response"].get("fromDiskCache"):
            over_the_wire.append(asked.get(told["requestId"], ""))

    listener.on("Network.responseReceived", came)
    visit.open(f"http://{HOST}:{served}/village/{WEST}")
    for east in (121.004, 121.006, 121.008):
        before = visit.page.evaluate("location.hash")
        visit.page.evaluate(f"riskatlas.map.setView([31.005, {east}], 15, {{animate: false}})")
        visit.page.wait_for_function("before => location.hash !== before", arg=before)
    icons = [url for url in over_the_wire if "mark.svg" in url or "favicon" in url]
    assert len(icons) <= 1
    assert all("m=" in url for url in icons)


def test_the_maps_controls_have_names_in_the_pages_language(visit, served):
    visit.open(f"http://{HOST}:{served}/")
    named = "[...document.querySelectorAll('.leaflet-control-zoom a, .leaflet-container')]"
    names = visit.page.evaluate(f"{named}.map(each => each.getAttribute('aria-label'))")
    assert {"放大", "缩小"} <= set(names)
    assert any("方向键" in name for name in names)


def press_until(page, key, is_reached, most=200):
    """Press a key until the focused element is the one looked for; False where it never is."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(
            f"(() => {{ const at = document.activeElement; return {is_reached}; }})()"
        ):
            return True
    return False


def test_every_village_and_route_on_the_map_is_reached_by_keyboard_alone(visit, served):
    """Areas and lines on the map take no focus: the list beside it has the same ones."""
    page = visit.page
    visit.open(f"http://{HOST}:{served}/")
    on_map = set(page.evaluate("Object.values(riskatlas.map._layers).filter(each => each.feature &&"
                               " each.options.pane === 'ra-villages').map(each =>"
                               " each.feature.properties.code)"))  # fmt: skip
    assert on_map == {WEST, EAST}
    reached = set()
    for village in sorted(on_map):
        visit.open(f"http://{HOST}:{served}/")
        assert press_until(page, "Tab", "at.matches('.panel a[href^=\"/town/\"]')")
        page.keyboard.press("Enter")
        page.wait_for_url("**/town/**")
        # The district's panel may name the village too: the focus would be lost with it.
        page.wait_for_selector(".panel >> text=先看哪些村")
        page.wait_for_selector(f".panel a[href='/village/{village}']")
        assert press_until(page, "Tab", f"at.matches('.panel a[href=\"/village/{village}\"]')")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/village/{village}**")
        reached.add(village)
    assert reached == on_map
    visit.open(f"http://{HOST}:{served}/village/{WEST}")
    page.wait_for_selector(".leaflet-ra-routes-pane path", state="attached")
    lines = page.locator(".leaflet-ra-routes-pane path").count()
    told = page.inner_text(".panel").count("西河一组 → 东河小学")
    assert lines == 2 * told == 4
    assert visit.faults == []


@pytest.fixture
def crowded(monkeypatch):
    """Two villages are already too many for shapes of their own."""
    monkeypatch.setattr(mapping, "MOST_SHAPES", 1)


COLOUR = """([lng, lat]) => { const { x, y } = riskatlas.map.latLngToContainerPoint([lat, lng]);
  const canvas = document.querySelector(".leaflet-ra-villages-pane canvas");
  const box = canvas.getBoundingClientRect();
  const frame = riskatlas.map.getContainer().getBoundingClientRect();
  const fine = canvas.width / box.width;
  const at = [(x + frame.left - box.left) * fine, (y + frame.top - box.top) * fine];
  return [...canvas.getContext("2d").getImageData(at[0] - 12, at[1] - 12, 24, 24).data]
    .filter((_value, at) => at % 4 === 3).reduce((sum, alpha) => sum + alpha, 0) / (24 * 24); }"""
IN_WEST, IN_EAST, OUTSIDE = [121.007, 31.008], [121.013, 31.002], [121.03, 31.005]


@pytest.mark.usefixtures("crowded")
def test_many_areas_lie_on_one_canvas_that_answers_to_the_mouse(visit, served):
    page = visit.page
    page.goto(f"http://{HOST}:{served}/")
    page.wait_for_selector(".legend.known")
    assert page.locator(AREAS).count() == 0
    tint = {name: page.evaluate(COLOUR, at)
            for name, at in (("west", IN_WEST), ("east", IN_EAST), ("out", OUTSIDE))}  # fmt: skip
    assert tint["out"] == 0
    assert tint["east"] > tint["west"] > 90  # dots on a ground of 70 %, a hatch on one of 40 %
    page.mouse.click(*page.evaluate("([lng, lat]) => { const { x, y } = riskatlas.map"
                                    ".latLngToContainerPoint([lat, lng]); const box = riskatlas.map"
                                    ".getContainer().getBoundingClientRect();"
                                    " return [x + box.left, y + box.top]; }", IN_EAST))  # fmt: skip
    page.wait_for_url(f"**/village/{EAST}**")
    assert visit.faults == []


@pytest.mark.usefixtures("crowded")
def test_a_canvas_keeps_what_it_drew_and_draws_what_comes_into_view(visit, served):
    page = visit.page
    page.goto(f"http://{HOST}:{served}/#15/31.00500/121.01000/villages")
    page.wait_for_selector(".legend.known")
    page.evaluate("""() => { window.drawn = 0;
      const { _updatePoly: draw } = L.Canvas.prototype;
      L.Canvas.prototype._updatePoly = function (...given) {
        window.drawn += this._drawing ? 1 : 0; return draw.apply(this, given); }; }""")
    page.evaluate("riskatlas.map.panBy([200, 100], { animate: false })")
    assert page.evaluate("drawn") == 0
    before = page.evaluate(COLOUR, IN_WEST)
    for _ in range(6):
        page.evaluate("riskatlas.map.panBy([300, 0], { animate: false })")
    assert page.evaluate("riskatlas.map.getBounds().contains([31.005, 121.005])") is False
    for _ in range(7):
        page.evaluate("riskatlas.map.panBy([-320, -40], { animate: false })")
    assert page.evaluate("drawn") > 0
    assert page.evaluate(COLOUR, IN_WEST) == pytest.approx(before, abs=2)


def test_what_the_pointer_passes_is_told_to_nobody_but_its_tooltip(visit, served):
    page = visit.page
    page.goto(f"http://{HOST}:{served}/")
    page.wait_for_selector(".legend.known")
    heard = """() => Object.values(riskatlas.map._layers)
      .filter((layer) => layer instanceof L.GeoJSON)
      .map((layer) => (((layer._events || {}).mouseover) || []).length)"""
    counts = page.evaluate(heard)
    assert len(counts) > 1
    assert sum(counts) == 0
    page.locator(AREAS).first.hover()
    page.wait_for_selector(".leaflet-tooltip")


def test_the_language_is_kept_from_page_to_page(visit, served):
    visit.open(f"http://{HOST}:{served}/?lang=en")
    visit.page.get_by_role("link", name="河口镇").first.click()
    visit.page.locator("h1", has_text="which villages first").wait_for()
    assert "Made-up sample data" in visit.page.inner_text(".top-bar")
    assert "lang=en" in visit.page.url


def test_the_villages_are_never_counted_before_they_have_come(visit, served):
    page, held = visit.page, []
    page.route("**/features/villages.geojson*", lambda route: held.append(route))  # noqa: PLW0108  (Playwright marks its handlers)
    page.goto(f"http://{HOST}:{served}/town/990001001000")
    page.wait_for_selector(".headline")
    page.wait_for_selector(".leaflet-ra-ring-pane path", state="attached")
    assert page.inner_text("[data-count]") == ""
    assert page.locator(".legend.known").count() == 0
    held[0].continue_()
    page.wait_for_selector(".legend.known")
    assert "2 / 2" in page.inner_text("[data-count]")


def test_a_village_without_a_class_is_dotted_and_its_page_says_why(visit, served):
    visit.open(f"http://{HOST}:{served}/town/990001001000")
    dotted = visit.page.locator(f"{AREAS}[fill='url(#risk-unknown)']")
    assert dotted.count() == 1
    assert visit.page.locator("#risk-unknown circle").count() == 1
    visit.page.goto(f"http://{HOST}:{served}/village/{EAST}")
    visit.page.get_by_text("当前的风险区划没有评估这里").wait_for()


@pytest.mark.parametrize(
    ("kind", "members", "said"),
    [
        ("clusterShelters", [{"usable": True}, {"usable": True}], "2"),
        ("clusterShelters", [{"usable": True}, {"usable": False}], "2×1"),
        ("clusterShelters", [{"usable": False}, {"usable": False}], "2 ×"),
        ("clusterEnterprises", [{"colour": "blue"}, {"colour": "orange"}], "2 橙"),
    ],
)
def test_a_cluster_says_how_many_and_the_worst(visit, served, kind, members, said):
    visit.open(f"http://{HOST}:{served}/")
    words = {"letters": {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}}
    shown = visit.page.evaluate(
        """([kind, members, words]) => {
        const index = {getLeaves: () => members.map((properties) => ({properties}))};
        const feature = {properties: {point_count: members.length, cluster_id: 1}};
        const context = {hideout: {words}, pane: 'ra-shelters'};
        const made = riskatlas[kind](feature, L.latLng(0, 0), index, context);
        return made.options.icon.options.html.textContent; }""",
        [kind, members, words],
    )
    assert shown == said


def test_a_name_of_forty_letters_without_a_space_stays_within_the_panel(visit, served):
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.open(f"http://{HOST}:{served}/village/{WEST}")
    visit.page.evaluate("document.querySelector('.headline h1').textContent = 'W'.repeat(60)")
    assert visit.page.evaluate(
        "[...document.querySelectorAll('.panel, html')].every(e => e.scrollWidth <= e.clientWidth)"
    )


def test_markup_in_a_name_stays_text(visit, served):
    visit.open(f"http://{HOST}:{served}/")
    shown = visit.page.evaluate(
        """() => { const layer = {bindTooltip(box) { this.box = box; return this; }, on() {}};
        const words = {classes: {}, unknown: '?', people: '{people}'};
        const properties = {name: '<img src=x onerror=alert(1)>', people: 1, code: 'x'};
        riskatlas.nameUnit({properties}, layer, {hideout: {words}});
        return layer.box.innerHTML; }"""
    )
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_on_a_phone_the_panel_is_a_sheet_with_three_stops(chromium, served):
    phone = Visit(chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.open(f"http://{HOST}:{served}/village/{WEST}")
    heights = []
    for _stop in range(3):
        heights.append(phone.page.locator(".panel").bounding_box()["height"])
        phone.page.locator(".grip").click(position={"x": 195, "y": 14})
    assert len({round(height) for height in heights}) == 3
    smallest = min(box.bounding_box()["height"] for box in phone.page.locator(".tabs button").all())
    assert smallest >= 48
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    assert phone.faults == []
    phone.context.close()
