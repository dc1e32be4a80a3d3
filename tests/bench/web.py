"""The village page: server time of its callbacks over all villages, and what a browser sees."""

import time

from playwright.sync_api import sync_playwright

from tests.bench.figures import tell, tell_spread
from tests.bench.places import open_home, samples, serving

PORT = 18060
CHROMIUM = "/usr/bin/chromium"


def _codes(context, address):
    live = address.replace(str(PORT), str(PORT + 1))
    found = context.request.get(f"{live}/features/villages.geojson").json()["features"]
    return [f["properties"]["code"] for f in found]


def _round(page, address, codes):
    """Open each village once; return the browser's milliseconds of every callback."""
    timed = []

    def finished(request):
        if "_dash-update-component" in request.url:
            timing = request.timing
            timed.append(timing["responseStart"] - timing["requestStart"])

    page.on("requestfinished", finished)
    for code in codes:
        page.goto(f"{address}/village/{code}")
        page.wait_for_load_state("networkidle")
    page.remove_listener("requestfinished", finished)
    return timed


def _paint(page, address, code):
    began = time.perf_counter()
    page.goto(f"{address}/village/{code}", wait_until="commit")
    page.wait_for_selector(".panel .headline h1", state="attached")
    page.wait_for_selector(".leaflet-ra-villages-pane path", state="attached")
    card_s = time.perf_counter() - began
    paint_ms = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0]"
    )
    return paint_ms, card_s * 1000


def run():
    """Measure the pages of a served place, twice over all its villages."""
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    with (
        open_home() as home,
        serving(home, place, PORT, *more) as (address, _),
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        codes = _codes(context, address)
        for name in ("first round", "second round"):
            tell_spread(
                "web",
                f"{place} callbacks, {len(codes)} villages, {name}",
                _round(page, address, codes),
            )
        paints = [_paint(page, address, code) for code in codes[:15]]
        tell_spread("web", f"{place} village page, first paint, warm", [p for p, _ in paints])
        tell_spread("web", f"{place} village page, card drawn, warm", [c for _, c in paints])
        browser.close()
    tell("web", "villages opened", len(codes), "pages")
