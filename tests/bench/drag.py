"""Drag to findings, browser to browser: from the release of the mouse to the findings in the page.

A planner signs in, opens each of the longest routes and drags their vertices with real mouse events
in Chromium. The clock is the page's own, from the time that the browser stamped on the release to
the mutation that shows the new findings: snapping, checks, both ways over HTTP and drawing are in
it. Each line is new to the server, so no answer was made before.
"""

import math
import random

from census.store.layers import read_layer
from tests.bench.browsers import DESK, READY_MS, chromium, hire, opened, sign_in
from tests.bench.figures import tell, tell_spread
from tests.bench.places import load, open_home, samples, serving
from tests.ports import free_port

DRAGS = 200
LONGEST = 20
ROUTES = 300
LEAST_PX, MOST_PX = 15, 40
STEPS = 6

WATCH = """() => {
  const shown = () => {
    const list = document.querySelector("[data-checks]");
    return list ? Number(list.dataset.checks) : 0;
  };
  const watch = { times: [], released: null, before: 0 };
  window.addEventListener("mouseup", (event) => {
    Object.assign(watch, { released: event.timeStamp, before: shown() });
  }, true);
  new MutationObserver(() => {
    if (watch.released === null || shown() <= watch.before) return;
    watch.times.push(performance.now() - watch.released);
    watch.released = null;
  }).observe(document.documentElement,
    { childList: true, subtree: true, attributes: true, attributeFilter: ["data-checks"] });
  window.dragWatch = watch;
}"""

# Vertices between the ends that a hand can reach: shown, and covered by nothing.
REACHABLE = """() => [...document.querySelectorAll(".marker-icon[data-index]")]
  .filter((icon) => !icon.matches(".is-crowded, .is-end"))
  .map((icon) => { const { x, y, width, height } = icon.getBoundingClientRect();
    return { icon, x: x + width / 2, y: y + height / 2 }; })
  .filter(({ icon, x, y }) => document.elementFromPoint(x, y) === icon)
  .map(({ x, y }) => [x, y])"""


def longest_routes(store):
    """Return the codes of the longest of 300 routes, every so-manieth of those that there are."""
    routes = read_layer(store, "evacuation_route").sort_values("code")
    chosen = routes.iloc[:: max(1, len(routes) // ROUTES)].head(ROUTES)
    tell("drag", f"{store.place} routes", len(chosen), "routes")
    return chosen.nlargest(LONGEST, "length_m")["code"].tolist()


def drag(page, dice):
    """Drag one reachable vertex somewhere near; wait for its findings."""
    (x, y) = dice.choice(page.evaluate(REACHABLE))
    angle, far = dice.uniform(0, 2 * math.pi), dice.uniform(LEAST_PX, MOST_PX)
    done = page.evaluate("dragWatch.times.length")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + far * math.cos(angle), y + far * math.sin(angle), steps=STEPS)
    page.mouse.up()
    page.wait_for_function("done => dragWatch.times.length > done", arg=done)


def _measure(page, address, codes, dice):
    times = []
    for code in codes:
        page.goto(f"{address}/route/{code}")
        page.wait_for_selector("[data-checks]", timeout=READY_MS)
        page.evaluate(WATCH)
        for _ in range(DRAGS // len(codes)):
            drag(page, dice)
        times += page.evaluate("dragWatch.times")
    return times


def _place(place, *more):
    dice = random.Random(7)
    with open_home() as home:
        load(home, place, *more)
        with opened(home, place) as store:
            codes, planner = longest_routes(store), hire(store, "planner")
        with serving(home, place, free_port(), *more) as (address, _), chromium() as browser:
            page = browser.new_context(viewport=DESK).new_page()
            sign_in(page, address, planner)
            times = _measure(page, address, codes, dice)
    tell_spread("drag", f"{place} {len(times)} drags, release to findings", times)


def run():
    """Drag on the example district and on Jakarta's road network."""
    _place("example")
    if samples():
        _place("jakarta", "--data", str(samples()))
