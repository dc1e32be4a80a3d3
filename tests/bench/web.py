"""The village page: server time of its callbacks over all villages, and what a browser sees."""

from tests.bench.browsers import DESK, chromium
from tests.bench.figures import tell, tell_spread
from tests.bench.places import open_home, samples, serving
from tests.ports import free_port

VILLAGES = 15
# Milliseconds since the navigation until figures and classes stand there, and until the line does.
MOMENTS = """() => new Promise((tell) => {
  const seen = (what) => document.querySelector(what);
  let figures = null;
  const look = () => {
    const isThere = seen(".panel .headline h1") && seen(".leaflet-ra-villages-pane path");
    if (figures === null && isThere) figures = performance.now();
    if (figures === null || !seen(".leaflet-ra-routes-pane path")) return;
    watch.disconnect();
    tell([figures, performance.now()]);
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { childList: true, subtree: true });
  look();
})"""


def _features(context, address, path):
    port = int(address.rsplit(":", 1)[1])
    live = address.replace(str(port), str(port + 1))
    return context.request.get(f"{live}/features/{path}").json()["features"]


def _codes(context, address):
    return [f["properties"]["code"] for f in _features(context, address, "villages.geojson")]


def _has_route(context, address, code):
    return bool(_features(context, address, f"routes.geojson?village={code}"))


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


def _drawn(page, address, code):
    """Return milliseconds to the first paint, to figures and classes, and to the route's line."""
    page.goto(f"{address}/village/{code}", wait_until="commit")
    moments = page.evaluate(MOMENTS)
    paint_ms = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0]"
    )
    return paint_ms, *moments


def run():
    """Measure the pages of a served place, twice over all its villages."""
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    with (
        open_home() as home,
        serving(home, place, free_port(), *more) as (address, _),
        chromium() as browser,
    ):
        context = browser.new_context(viewport=DESK)
        page = context.new_page()
        codes = _codes(context, address)
        for name in ("first round", "second round"):
            tell_spread(
                "web",
                f"{place} callbacks, {len(codes)} villages, {name}",
                _round(page, address, codes),
            )
        with_routes = [code for code in codes if _has_route(context, address, code)][:VILLAGES]
        moments = [_drawn(page, address, code) for code in with_routes]
        for name, times in zip(("first paint", "figures and classes drawn", "route drawn"),
                               zip(*moments, strict=True), strict=True):  # fmt: skip
            tell_spread("web", f"{place} village page, {name}, warm", times)
    tell("web", "villages opened", len(codes), "pages")
