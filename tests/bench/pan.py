"""Ten thousand areas moved under the hand: frames of the app's own map page against a bare one.

Both pages show the same features at the same view and size in one run, take turns, and are moved by
the same script: drags of the map, one step per frame, each let go and waited for. The app's page is
the product as it is served, base map, labels and all; the bare one is Leaflet with its canvas.
"""

from statistics import median

from census.store.cluster import open_cluster
from census.store.places import places
from census.store.settings import Settings
from tests.bench import crowd
from tests.bench.browsers import DESK, READY_MS, chromium
from tests.bench.figures import percentile, tell
from tests.bench.places import ROOT, open_home, served
from tests.ports import free_port

ROUNDS = 5
AREAS = crowd.SIDE**2
VERTICES = 13
BARE = "http://bare.test"
LEAFLET = ROOT / "tests" / "vendor"

# Ten drags to and fro, so that the view ends where it began; a real hand's events are the same.
PAN = """async () => {
  const box = document.querySelector(".leaflet-container").getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const fire = (target, type, dx, dy) => target.dispatchEvent(new MouseEvent(type,
    { bubbles: true, cancelable: true, view: window, button: 0, buttons: 1,
      clientX: x + dx, clientY: y + dy }));
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const [STEPS, STEP_PX, REST] = [40, 8, 15];
  const gaps = [];
  let last = await frame();
  const next = async () => { const now = await frame(); gaps.push(now - last); last = now; };
  for (const [east, south] of [[1, 0], [-1, 0], [0, 1], [0, -1], [-1, 0], [1, 0], [1, 1], [-1, -1],
    [0, -1], [0, 1]]) {
    const held = document.elementFromPoint(x, y);
    fire(held, "mousedown", 0, 0);
    for (let step = 1; step <= STEPS; step += 1) {
      fire(held, "mousemove", east * step * STEP_PX, south * step * STEP_PX);
      await next();
    }
    fire(held, "mouseup", east * STEPS * STEP_PX, south * STEPS * STEP_PX);
    for (let rest = 0; rest < REST; rest += 1) await next();
  }
  return gaps;
}"""

SHOWN = """most => Object.values(riskatlas.map.crowds || {})
  .some((crowd) => Object.keys(crowd._layers).length >= most)"""

VIEW = """() => { const { map } = riskatlas, { lat, lng } = map.getCenter();
  const box = map.getContainer().getBoundingClientRect();
  return { lat, lng, zoom: map.getZoom(), width: box.width, height: box.height }; }"""

PAGE = """<!doctype html><html><head><link rel="stylesheet" href="/leaflet.css">
<script src="/leaflet.js"></script></head>
<body style="margin:0"><div id="map"></div></body></html>"""

DRAW = """async ({ lat, lng, zoom, width, height }) => {
  const map = document.getElementById("map");
  Object.assign(map.style, { width: `${width}px`, height: `${height}px` });
  const areas = await (await fetch("/areas.json")).json();
  const colours = ["#3B7DB5", "#A6D0E4", "#FDDB7F", "#EF8A62", "#B2182B"];
  window.bare = L.map("map", { preferCanvas: true, zoomSnap: 0.5 }).setView([lat, lng], zoom);
  L.geoJSON(areas, { style: ({ properties }) => ({ weight: 1.2, color: "#555555", opacity: 0.75,
    fillColor: colours[properties.risk_class - 1], fillOpacity: 0.4 }) }).addTo(window.bare);
}"""


def _open_app(browser, address, live):
    page = browser.new_context(viewport=DESK).new_page()
    page.goto(address)
    page.wait_for_selector(".legend.known", timeout=READY_MS)
    # A page that listens for news is never idle: all areas lie on its canvas once it has them.
    page.wait_for_function(SHOWN, arg=AREAS, timeout=READY_MS)
    areas = page.request.get(f"{live}/features/villages.geojson").body()
    return page, areas


def _open_bare(browser, view, areas):
    page = browser.new_context(viewport=DESK).new_page()
    bodies = {
        "/": (PAGE, "text/html"),
        "/leaflet.js": ((LEAFLET / "leaflet.js").read_text(), "text/javascript"),
        "/leaflet.css": ((LEAFLET / "leaflet.css").read_text(), "text/css"),
        "/areas.json": (areas, "application/json"),
    }

    def answer(route):
        body, kind = bodies.get(route.request.url.removeprefix(BARE), ("", "text/plain"))
        route.fulfill(body=body, content_type=kind)

    page.route(f"{BARE}/**", answer)
    page.goto(f"{BARE}/")
    page.evaluate(DRAW, view)
    return page


def _frames(page):
    """Move the map by the script; return frames per second and the 95th longest frame of 100."""
    page.bring_to_front()
    gaps = page.evaluate(PAN)
    return 1000 * len(gaps) / sum(gaps), percentile(gaps, 0.95)


def _compare(app, bare, view):
    rounds = [(_frames(app), _frames(bare)) for _ in range(ROUNDS)]
    (ours, ours_p95), (theirs, theirs_p95) = (
        [median(each) for each in zip(*side, strict=True)] for side in zip(*rounds, strict=True)
    )
    what = f"{AREAS} areas of {VERTICES} vertices, zoom {view['zoom']:g}"
    tell("pan", f"{what}, bare Leaflet canvas", theirs, "frames/s")
    tell("pan", f"{what}, bare Leaflet canvas, frame p95", theirs_p95, "ms")
    tell("pan", f"{what}, frame p95", ours_p95, "ms")
    vs = "bare Leaflet canvas, same run"
    tell("pan", what, ours, "frames/s", vs=vs, ratio=ours / theirs)


def run():
    """Measure with the whole district in view, and close up."""
    with open_home() as home:
        settings = Settings(home=home)
        with open_cluster(settings):
            if crowd.PLACE not in places(settings):
                crowd.make(settings)
        port = free_port()
        with served(home, crowd.PLACE, port) as (address, _), chromium() as browser:
            for mark in ("", f"#14/{crowd.SOUTH_WEST[1] + 0.12}/{crowd.SOUTH_WEST[0] + 0.12}"):
                live = f"http://127.0.0.1:{port + 1}"
                app, areas = _open_app(browser, f"{address}/{mark}", live)
                view = app.evaluate(VIEW)
                bare = _open_bare(browser, view, areas)
                _compare(app, bare, view)
                app.context.close()
                bare.context.close()
