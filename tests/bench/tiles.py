"""Tiles of a million buildings and a million enterprises: made, compared with tipg, drawn.

The fifty densest tiles of each zoom are asked for once each, so that none was made before: from the
store, which is what the goal is about, and over HTTP in turns with tipg, which reads the same view
of the same table with the same columns. Tipg leaves out what goes beyond 10,000 features a tile.
"""

import http.client
import json
import os
import subprocess
import time
from contextlib import contextmanager
from statistics import median

from sqlalchemy import text

from census.store.cell_tiles import CROWDED, cell_tile, edges
from census.store.cluster import open_cluster
from census.store.database import open_store
from census.store.places import places
from census.store.settings import Settings
from tests.bench import millions
from tests.bench.browsers import DESK, READY_MS, chromium
from tests.bench.figures import percentile, tell
from tests.bench.pan import PAN
from tests.bench.places import ROOT, answers, open_home, served
from tests.ports import free_port

ZOOMS = range(8, 17)
PEER_ZOOMS = range(12, 17)
DENSEST = 50
COLUMN = {"buildings": "kind", "enterprises": "colour"}
PEER = ROOT / ".venv" / "peers" / "bin" / "python"
START_S = 60

_DENSEST = """
select cx >> :shift as x, cy >> :shift as y from pub.tile_cell
where layer = :table and z = :z group by 1, 2 order by sum(n) desc, 1, 2 limit :most
"""

# Milliseconds from the click on the switch until the last tile in view is drawn.
SWITCH = """async (name) => {
  const begun = performance.now();
  document.querySelector(`.switch-list input[value=${name}]`).click();
  while (!riskatlas.tiledLayers.has(name)) await new Promise(requestAnimationFrame);
  const tiles = riskatlas.tiledLayers.get(name);
  await new Promise((drawn) => tiles.once("load", drawn));
  return [performance.now() - begun, document.querySelector("[data-told]").textContent];
}"""


def densest(store, layer, z):
    """Return the columns and rows of the tiles that hold most."""
    cell_z = min(z, 13)
    values = {"table": CROWDED[layer], "z": cell_z, "shift": 6 - (z - cell_z), "most": DENSEST}
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(_DENSEST), values)]


def _from_store(store, layer):
    for z in ZOOMS:
        times = []
        for x, y in densest(store, layer, z):
            began = time.perf_counter()
            cell_tile(store, layer, z, x, y)
            times.append((time.perf_counter() - began) * 1000)
        what = f"{layer}, z{z}, {len(times)} densest tiles, uncached"
        tell("tiles", f"{what}, p50", median(times), "ms")
        tell("tiles", f"{what}, p95", percentile(times, 0.95), "ms")


@contextmanager
def _tipg(address):
    """Serve tipg on the place; give its port, or None where it is not installed."""
    if not PEER.exists():
        tell("tiles", "tipg is not installed: .ci/peers", 0, "servers")
        yield None
        return
    port = free_port()
    schemas = {"TIPG_DB_SCHEMAS": json.dumps(["pub"]), "TIPG_CATALOG_TTL": "86400"}
    command = [str(PEER), str(ROOT / "tests" / "bench" / "peer_tipg.py"), address, str(port)]
    server = subprocess.Popen(command, env={**os.environ, **schemas})
    try:
        until = time.monotonic() + START_S
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            if server.poll() is not None or time.monotonic() > until:
                message = "tipg did not start"
                raise RuntimeError(message)
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _ask(connection, path):
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status, body[:200])
    return (time.perf_counter() - began) * 1000


def _against_tipg(store, layer, live_port, peer_port):
    """Ask both for the same tiles, by turns."""
    ours = http.client.HTTPConnection("127.0.0.1", live_port)
    theirs = http.client.HTTPConnection("127.0.0.1", peer_port)
    collection = f"/collections/pub.{CROWDED[layer]}/tiles/WebMercatorQuad"
    for z in PEER_ZOOMS:
        times = [
            (
                _ask(ours, f"/tiles/{layer}/{z}/{x}/{y}.mvt"),
                _ask(theirs, f"{collection}/{z}/{x}/{y}?properties={COLUMN[layer]}"),
            )
            for x, y in densest(store, layer, z)
        ]
        mine, peers = (list(side) for side in zip(*times, strict=True))
        what = f"{layer}, z{z}, {len(times)} densest tiles over HTTP"
        vs = "tipg 1.6.1, same table, same run"
        tell("tiles", f"{what}, tipg p50", median(peers), "ms")
        tell("tiles", f"{what}, p50", median(mine), "ms", vs=vs, ratio=median(peers) / median(mine))


def _drawn(browser, address, layer, zoom, place):
    """Switch the layer on at a view nobody looked at before, and move the map."""
    page = browser.new_context(viewport=DESK).new_page()
    view = f"#{zoom}/{place[1]}/{place[0]}/villages"
    page.goto(f"{address}/?lang=en{view}")
    page.wait_for_selector(".legend.known", timeout=READY_MS)
    page.wait_for_load_state("load")
    drawn_ms, told = page.evaluate(SWITCH, layer)
    gaps = page.evaluate(PAN)
    what = f"1,000,000 {layer}, zoom {zoom:g}"
    tell("tiles", f"{what}, last tile in view drawn ({told})", drawn_ms, "ms")
    tell("tiles", f"{what}, pan", 1000 * len(gaps) / sum(gaps), "frames/s")
    tell("tiles", f"{what}, pan, frame p95", percentile(gaps, 0.95), "ms")
    page.context.close()


def _middle(tile, z):
    """Return longitude and latitude of the middle of a tile."""

    west, south, east, north = edges(z, *tile)
    return (west + east) / 2, (south + north) / 2


def measure(home):
    """Measure on a home, whose place is made where it is missing."""
    settings = Settings(home=home)
    with open_cluster(settings):
        if millions.PLACE not in places(settings):
            began = time.perf_counter()
            millions.make(settings)
            tell("tiles", "2,000,000 features made and loaded", time.perf_counter() - began, "s")
        with open_store(settings, place=millions.PLACE) as store:
            began = time.perf_counter()
            with store.begin() as connection:
                connection.execute(text("select census.rebuild_cells('building')"))
            tell("tiles", "cells of 1,000,000 buildings", time.perf_counter() - began, "s")
            # As the live process asks: in the role of the public, one process of the server each.
            with open_store(settings, place=millions.PLACE, role="public") as public:
                for layer in COLUMN:
                    _from_store(public, layer)
            spots = {layer: _middle(densest(store, layer, 13)[0], 13) for layer in COLUMN}
            with served(home, millions.PLACE, port := free_port()) as (address, _):
                with _tipg(store.address) as peer_port:
                    for layer in COLUMN if peer_port else ():
                        _against_tipg(store, layer, port + 1, peer_port)
                with chromium() as browser:
                    for layer, place in spots.items():
                        for zoom in (11, 14, 15.5):
                            _drawn(browser, address, layer, zoom, place)


def run():
    """Measure on a place of its own."""
    with open_home() as home:
        measure(home)
