"""Walk through everything that the three processes answer, over the network, as a visitor does."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from itertools import product
from urllib.parse import quote, urlencode

from census.store.settings import data_folder
from tests.webapp.privacy.canaries import EAST, SIGN, WEST

TOWN, UNIT = "990001001000", "990001001001001"
TABLES = tomllib.loads((data_folder() / "reference" / "access.toml").read_text("utf-8"))
PAGES = ["/", f"/town/{TOWN}", f"/village/{WEST}", f"/village/{EAST}", "/nowhere", "/desk",
         "/route/R1"]  # fmt: skip
FILLED = {"code": "R1", "int:number": "1", "kind": "risk", "path:path": "nowhere"}
UPDATE = "/_dash-update-component"
TILES = [("basemap", z) for z in (9, 12, 14, 15)] + [
    (layer, z)
    for layer in ("towns", "villages", "grid_units", "buildings", "enterprises", "hazard_sites")
    for z in (11, 14)
]


class Visitor:
    """Asks over the network and keeps its cookies; remembers every answer with its channel."""

    def __init__(self, port):
        self.port, self.cookies, self.heard = port, {}, []

    def ask(self, method, path, body=None, *, channel, port=None, **headers):
        sent = body.encode() if isinstance(body, str) else body
        line = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if "_csrf_token" in self.cookies:
            headers["X-CSRFToken"] = self.cookies["_csrf_token"]
        line.request(method, path, sent, headers)
        answer = line.getresponse()
        told, read = answer.getheaders(), answer.read()
        line.close()
        for name, value in told:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        head = "\n".join(f"{name}: {value}" for name, value in told)
        self.heard.append((channel, path + (body if isinstance(body, str) else ""), head, read))
        return answer.status, read.decode("utf-8", "replace")

    def send(self, path, fields, *, channel, form_at=None, **headers):
        _, page = self.ask("GET", form_at or path, channel=channel)
        fields["csrf_token"] = re.search('name="csrf_token" value="([^"]+)"', page)[1]
        kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.ask("POST", path, urlencode(fields), channel=channel, **kind)

    def callback(self, listed, path, language, typed="x"):
        """Ask as Dash's script does, with what the page's own list of callbacks names."""
        values = {"pathname": path, "search": f"?lang={language}", "searchValue": typed}

        def parts(asked, other):
            return [{**each, "value": values.get(each["property"], other)} for each in asked]

        pairs = [each.rpartition(".") for each in listed["output"].strip(".").split("...")]
        outputs = [{"id": one, "property": name} for one, _, name in pairs]
        body = {
            "output": listed["output"],
            "outputs": outputs if listed["output"].startswith("..") else outputs[0],
            "inputs": parts(listed["inputs"], None),
            "changedPropIds": [],
            "state": parts(listed["state"], []),
        }
        kind = {"Content-Type": "application/json"}
        channel = f"search {language}" if "search.data" in listed["output"] else f"page {language}"
        return self.ask("POST", UPDATE, json.dumps(body), channel=channel, **kind)


def walk_pages(visitor, languages=("zh", "en")):
    """Every page in both languages with all its callbacks, and the search by parts of names."""
    _, listed = visitor.ask("GET", "/_dash-dependencies", channel="page zh")
    served = [each for each in json.loads(listed) if each["output"] in TABLES["callbacks"]]
    assert {each["output"] for each in served} == set(TABLES["callbacks"])
    for language in languages:
        visitor.ask("GET", f"/_dash-layout?lang={language}", channel=f"page {language}")
    for language, path in product(languages, PAGES):
        visitor.ask("GET", f"{path}?lang={language}", channel=f"page {language}")
        for each in served:
            visitor.callback(each, path, language)
    search = next(each for each in served if each["output"] == "search.data")
    for typed in (SIGN, SIGN.upper(), "东河", "99000", "%", "_", "' or '1'='1"):
        visitor.callback(search, "/", "zh", typed)


def walk_endpoints(visitor):
    """Every row of the table of routes, with every method, as nobody."""
    for rule, methods in TABLES["routes"].items():
        path = re.sub("<([^>]*)>", lambda found: FILLED.get(found[1], "x"), rule)
        for method in sorted({*methods, "GET", "POST", "DELETE"}):
            visitor.ask(method, path, "{}" if method != "GET" else None, channel="endpoint",
                        **{"Content-Type": "application/json"})  # fmt: skip
    for code, kind in product((WEST, EAST), ("risk", "evacuation")):
        for language in ("zh", "en"):
            path = f"/village/{code}/{kind}.pdf?lang={language}"
            status, _ = visitor.ask("GET", path, channel="sheet")
            assert status == 200, path


def _tile(z):
    """Tiles of a zoom that the district lies in: 121.00-121.02 E, 31.00-31.01 N."""
    from math import asinh, pi, radians, tan  # noqa: PLC0415

    def at(east, north):
        return (
            int((east + 180) / 360 * 2**z),
            int((1 - asinh(tan(radians(north))) / pi) / 2 * 2**z),
        )

    (west, north), (east, south) = at(121.0, 31.01), at(121.02, 31.0)
    return product(range(west, east + 1), range(north, south + 1))


def walk_live(visitor):
    """Every tile, raw and packed, every layer of features with every filter, and refusals."""
    port = visitor.port + 1
    for layer, z in TILES:
        for (x, y), coding in product(_tile(z), ("gzip", "identity")):
            path, wish = f"/tiles/{layer}/{z}/{x}/{y}.mvt", {"Accept-Encoding": coding}
            visitor.ask("GET", path, channel="tile", port=port, **wish)
    status, said = visitor.ask("GET", "/features/none.geojson", channel="live", port=port)
    assert status == 404
    for layer in re.findall(r"[a-z_]+", said.split("Layers: ")[1].split(".")[0]):
        for asked in (
            "",
            f"?village={EAST}",
            f"?town={TOWN}",
            "?level=village",
            "?level=grid_unit",
        ):
            path = f"/features/{layer}.geojson{asked}"
            visitor.ask("GET", path, channel="feature", port=port)
            visitor.ask("GET", path, channel="feature", port=port, **{"Accept-Encoding": "gzip"})
    for layer, z in product(("buildings", "enterprises", "hazard_sites"), (11, 15, 18)):
        for x, y in ((121.0021, 31.0021), (121.015, 31.005), (121.003, 31.003), (121.001, 31.001)):
            path = f"/identify/{layer}?x={x}&y={y}&z={z}"
            visitor.ask("GET", path, channel="feature", port=port)
    for path in ("/generation", "/live/streams", "/healthz", "/readyz", "/tiles/x/1/1/1.mvt",
                 f"/features/villages.geojson?village={SIGN}", "/features/villages.geojson?level=9",
                 "/tiles/villages/a/b/c.mvt", "/openapi.json", "/"):  # fmt: skip
        visitor.ask("GET", path, channel="live", port=port)


def walk_refusals(visitor, login_name):
    """What is refused, and why: names that are somebody's, forms that are none, addresses."""
    for name, password in ((login_name, "wrong"), (f"{SIGN}-nobody", "wrong"), ("", "")):
        visitor.send("/login", {"name": name, "password": password}, channel="refusal")
        fields = {"name": name, "code": "ABCDE23456", "new_password": "三条河流在此 meet",
                  "again": "三条河流在此 meet"}  # fmt: skip
        visitor.send("/login/code", fields, channel="refusal")
    for path in (f"/village/{quote(SIGN)}", "/village/%00", "/route/none", "/account", "/accounts",
                 "/audit", "/audit.csv", f"/accounts/{SIGN}"):  # fmt: skip
        visitor.ask("GET", path, channel="refusal")
    visitor.ask("POST", UPDATE, "{", channel="refusal", **{"Content-Type": "application/json"})
    visitor.ask("PUT", "/", "x", channel="refusal")


@contextmanager
def three_processes(settings, place, port, folder):
    """Web, live and worker as `riskatlas serve` starts them, with a log each in the folder."""
    environ = {**os.environ, "RISKATLAS_HOME": str(settings.home), "RISKATLAS_PLACE": place,
               "RISKATLAS_PORT": str(port)}  # fmt: skip
    children = []
    for name in ("web", "live", "worker"):
        command = [sys.executable, "-m", "webapp.web_process", name]
        with (folder / f"{name}.log").open("wb") as log:
            children.append(
                subprocess.Popen(
                    command, env=environ, stdin=subprocess.PIPE, stderr=log, stdout=log
                )
            )
    try:
        for at in (port, port + 1):
            until_ready(at, children)
        yield
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
        for child in children:
            child.stdin.close()
            child.wait(30)


def until_ready(port, children):
    """Wait until a process answers; one that ended will not."""
    import time  # noqa: PLC0415

    deadline = time.monotonic() + 120
    while all(child.poll() is None for child in children) and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(port)
