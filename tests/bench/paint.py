"""Every kind of page in a browser that was never here: first paint, panel drawn, bytes by wire.

Each try has a browser context of its own, so nothing is kept from before. Bytes are those that came
over the wire, compressed as the server sends them, without tiles and until nothing more is loaded.
The machine has the fonts; where none is installed the browser fetches ours after the first paint.
"""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from passlib.totp import TOTP

from census.store.layers import read_layer
from tests.bench.browsers import (
    DESK,
    PASSWORD,
    READY_MS,
    chromium,
    hire,
    opened,
    sign_in,
)
from tests.bench.figures import tell
from tests.bench.places import load, open_home, samples, serving
from tests.ports import free_port

TRIES = 3
WAITERS = 3  # as many as may wait for a sheet at once
PAINT = """() => new Promise((tell) => new PerformanceObserver((list) => {
  const [first] = list.getEntriesByName("first-contentful-paint");
  if (first) tell(first.startTime);
}).observe({ type: "paint", buffered: true }))"""
NOW = "performance.now()"

ROLES = ("planner", "approver", "town_admin", "security_admin", "auditor")
WAITING = "sheet waiting"
# Kind of page -> address, who opens it, what stands there once it is drawn.
PAGES = {
    "district": ("/", None, ".headline h1"),
    "town": ("/town/{town}", None, ".headline h1"),
    "village": ("/village/{village}", None, ".headline h1"),
    "missing": ("/nowhere", None, ".fault h1"),
    "login": ("/login", None, "h1"),
    "code": ("/login/code", None, "h1"),
    "second factor": ("/login/second", "halfway", "[name=code]"),
    "refused": ("/village/nowhere/risk.pdf", None, "p"),
    WAITING: ("/village/{last}/risk.pdf", None, "p"),
    "account": ("/account", "planner", "h1"),
    "own password": ("/account/password", "planner", "h1"),
    "own second factor": ("/account/second", "planner", "h1"),
    "desk": ("/desk", "planner", "[data-route]"),
    "route, planner": ("/route/{route}", "planner", "[data-checks]"),
    "route, approver": ("/route/{route}", "approver", "[data-drawer-tab]"),
    "route, reader": ("/route/{route}", "town_admin", "[data-drawer-tab]"),
    "accounts": ("/accounts", "security_admin", "h1"),
    "roles": ("/accounts/roles", "security_admin", "h1"),
    "audit": ("/audit", "auditor", "h1"),
}


def _places(store):
    """Return the codes that the addresses need."""
    longest = read_layer(store, "evacuation_route").nlargest(1, "length_m").iloc[0]
    divisions = read_layer(store, "division").set_index("code")
    villages = sorted(divisions.index[divisions["level"] == "village"])
    return {
        "route": longest.code,
        "village": longest.village_code,
        "town": divisions.loc[longest.village_code, "town_code"],
        "last": villages[-1],
        "busy": villages[:WAITERS],
    }


def _halfway(browser, address, name):
    """Give a password to an account that has a second factor; return the state before the code."""
    page = browser.new_context().new_page()
    sign_in(page, address, name)
    page.goto(f"{address}/account/second")
    key = page.inner_text(".entry-key code").replace("-", "").strip()
    page.fill("[name=code]", TOTP(key=key, format="base32").generate().token)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/account")
    page.context.close()
    fresh = browser.new_context().new_page()
    sign_in(fresh, address, name)
    return fresh.context.storage_state()


def _states(browser, address, names):
    states = {None: None, "halfway": _halfway(browser, address, names["halfway"])}
    for role in ROLES:
        page = browser.new_context().new_page()
        sign_in(page, address, names[role])
        states[role] = page.context.storage_state()
        page.context.close()
    return states


@contextmanager
def _busy(address, villages):
    """Take all places of those who may wait for a sheet."""

    def ask(code):
        try:
            urllib.request.urlopen(f"{address}/village/{code}/risk.pdf", timeout=60).close()  # noqa: S310  (our own)
        except urllib.error.HTTPError as refused:
            refused.close()

    with ThreadPoolExecutor(WAITERS) as pool:
        asked = [pool.submit(ask, code) for code in villages]
        yield
        for each in asked:
            each.result()


def _open(browser, address, state, ready):
    """Return milliseconds until the first paint and until the page is drawn, and bytes."""
    context = browser.new_context(viewport=DESK, storage_state=state)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls, sizes = {}, {}
    wire.on(
        "Network.requestWillBeSent",
        lambda told: urls.__setitem__(told["requestId"], told["request"]["url"]),
    )
    wire.on(
        "Network.loadingFinished",
        lambda told: sizes.__setitem__(told["requestId"], told["encodedDataLength"]),
    )
    page.goto(address)
    page.wait_for_selector(ready, state="attached", timeout=READY_MS)
    drawn = page.evaluate(NOW)
    paint = page.evaluate(PAINT)
    # A page that listens for news is never idle: what it shows is.
    page.wait_for_timeout(1500)
    context.close()
    return paint, drawn, sum(n for one, n in sizes.items() if "/tiles/" not in urls.get(one, ""))


def _measure(browser, address, found, states, *, kind):
    path, who, ready = PAGES[kind]
    target = address + path.format(**found)
    if kind == WAITING:
        with _busy(address, found["busy"]):
            return [_open(browser, target, states[who], ready)]
    return [_open(browser, target, states[who], ready) for _ in range(TRIES)]


def _tell(place, kind, tries):
    paints, drawn, sizes = zip(*tries, strict=True)
    tell("paint", f"{place} {kind}: first paint, slowest of {len(tries)}", max(paints), "ms")
    tell("paint", f"{place} {kind}: drawn, slowest of {len(tries)}", max(drawn), "ms")
    tell("paint", f"{place} {kind}: by wire without tiles", max(sizes), "bytes")


def _place(place, *more):
    with open_home() as home:
        load(home, place, *more)
        with opened(home, place) as store:
            found = _places(store)
            names = {role: hire(store, role) for role in ROLES} | {"halfway": hire(store)}
        with serving(home, place, free_port(), *more) as (address, _), chromium() as browser:
            states = _states(browser, address, names)
            for kind in PAGES:
                _tell(place, kind, _measure(browser, address, found, states, kind=kind))


def run():
    """Measure the pages of the example district and, where its files are, of Jakarta."""
    _place("example")
    if samples():
        _place("jakarta", "--data", str(samples()))
