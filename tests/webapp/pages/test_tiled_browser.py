"""Layers of tiles in Chromium: fetched when switched on, counted in words, named by a click."""

import json

import pytest
from playwright.sync_api import expect

HOST = "bureau.test"
HOUSE = (121.00205, 31.00205)
MARKUP = "<img src=x onerror=alert(1)>"

pytestmark = [pytest.mark.postgis, pytest.mark.browser]


class Visit:
    """A page at a desk with the faults that it met and the addresses that it asked for."""

    def __init__(self, browser):
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page = self.context.new_page()
        self.faults, self.asked = [], []
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, address):
        self.page.goto(address)
        self.page.wait_for_selector(".legend.known", state="attached")

    def tiles(self):
        return [url for url in self.asked if "/tiles/buildings/" in url]

    def switch(self):
        if not self.page.locator(".switches[open]").count():
            self.page.click(".switches > summary")
        self.page.locator(".switch-list input[value=buildings]").click()

    def click_on_the_house(self):
        """Click where the house lies, as a hand would."""
        x, y = self.page.evaluate(
            """([lng, lat]) => { const { map } = riskatlas;
            const box = map.getContainer().getBoundingClientRect();
            const at = map.latLngToContainerPoint([lat, lng]);
            return [box.left + at.x, box.top + at.y]; }""",
            list(HOUSE),
        )
        self.page.mouse.click(x, y)


@pytest.fixture
def visit(chromium):
    visitor = Visit(chromium)
    yield visitor
    visitor.context.close()


def _near(served, layers="villages,buildings"):
    return f"http://{HOST}:{served}/?lang=en#17/{HOUSE[1]}/{HOUSE[0]}/{layers}"


def test_no_tile_is_fetched_before_the_layer_is_switched_on_and_then_its_number_is_told(
    visit, served
):
    visit.open(f"http://{HOST}:{served}/?lang=en")
    assert visit.tiles() == []
    told = visit.page.locator("[data-told]")
    expect(told).to_have_text("")
    visit.switch()
    expect(told).to_contain_text("1")
    expect(told).to_contain_text("Buildings")
    expect(visit.page.locator("[data-legend-layer=buildings]")).to_be_visible()
    visit.switch()
    expect(told).to_have_text("")
    expect(visit.page.locator("[data-legend-layer=buildings]")).to_be_hidden()
    assert visit.faults == []


def test_a_click_names_the_building_and_opens_no_other_page(visit, served):
    visit.open(_near(served))
    expect(visit.page.locator("[data-told]")).to_have_text("Buildings: 1 of 1 shown")
    visit.click_on_the_house()
    card = visit.page.locator(".identified")
    expect(card).to_contain_text("Building without a name")
    expect(card).to_contain_text("footprint 100 m²")
    expect(card).to_contain_text("西河村")
    assert "/village/" not in visit.page.url
    assert visit.faults == []


def test_with_the_layer_off_the_same_click_opens_the_village(visit, served):
    visit.open(_near(served, "villages"))
    visit.click_on_the_house()
    visit.page.wait_for_url("**/village/990001001001**")
    assert [url for url in visit.asked if "/identify/" in url] == []


def test_what_a_tile_leaves_out_is_told(visit, served):
    visit.open(_near(served))
    told = visit.page.locator("[data-told]")
    expect(told).to_have_text("Buildings: 1 of 1 shown")
    visit.page.evaluate(
        """() => { const { tileCache } = riskatlas.tiledLayers.get('buildings').views.get('');
        tileCache.cache.forEach(({ data }) => (data.get('told') || []).forEach(
          ({ props }) => Object.assign(props, { n: 8000, of: 12345, how: 'large' })));
        riskatlas.map.fire('moveend'); }"""
    )
    expect(told).to_have_text("Buildings: 8,000 of 12,345 shown")


def test_markup_in_what_is_named_stays_text(visit, served):
    said = {"zh": [MARKUP], "en": [MARKUP]}
    found = [{"code": "1", "name": MARKUP, "said": said, "village_name": MARKUP}]
    body = json.dumps({"layer": "buildings", "count": 1, "found": found})
    visit.page.route(
        "**/identify/**",
        lambda route: route.fulfill(
            body=body,
            content_type="application/json",
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    visit.open(_near(served))
    expect(visit.page.locator("[data-told]")).to_have_text("Buildings: 1 of 1 shown")
    visit.click_on_the_house()
    expect(visit.page.locator(".identified span").first).to_have_text(MARKUP)
    assert visit.page.locator(".identified img").count() == 0
    assert visit.faults == []


def test_a_click_without_an_answer_says_so(visit, served):
    visit.page.route("**/identify/**", lambda route: route.abort())
    visit.open(_near(served))
    expect(visit.page.locator("[data-told]")).to_have_text("Buildings: 1 of 1 shown")
    visit.click_on_the_house()
    expect(visit.page.locator(".identified")).to_contain_text("click again")
