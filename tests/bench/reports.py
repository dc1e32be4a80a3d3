"""How long a report and its photo of 200 kB wait for their receipts, which follow the commit.

Two hundred officers send one report a minute each, evenly spread; then the same while visitors open
village pages in a closed loop. Times count from the moment at which a sending was due, so a server
that falls behind is not flattered.
"""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

from shapely import from_geojson

from census.store import pages
from census.store.settings import Settings
from tests.bench.browsers import opened
from tests.bench.figures import percentile, tell
from tests.bench.places import ROOT, load, open_home, samples, served
from tests.ports import free_port
from tests.webapp.pages.signed_in import account
from tests.webapp.reports.faults.house import Officer, picture, statement

OFFICERS = 200
EVERY_S = 60.0 / OFFICERS
VISITORS = 16
HANDS = 48
PHOTO = (900, 600)
BAR_MS = 300.0
GOOD = {200, 201}


def places_of(store):
    """Give each village with a point inside it."""
    found = json.loads(pages.features(store, "villages"))["features"]
    return [
        (each["properties"]["code"], from_geojson(json.dumps(each["geometry"])).point_on_surface())
        for each in found
    ]


class Crowd:
    """The officers, each signed in, and what their sendings took."""

    def __init__(self, settings, store, port):
        self.villages = places_of(store)
        self.photos = [picture(number, PHOTO) for number in range(20)]
        self.officers = []
        for number in range(OFFICERS):
            code = self.villages[number % len(self.villages)][0]
            one = account(store, "officer", scope=code, password=False)[0]
            self.officers.append(Officer(settings, store, one, port).meet())

    def minute(self):
        """Let everybody send once; milliseconds of reports and of photos, and statuses."""
        reports, photos, statuses = [], [], Counter()
        begin = time.perf_counter() + 1.0

        def send(number):
            due = begin + number * EVERY_S
            threading.Event().wait(max(0.0, due - time.perf_counter()))
            code, point = self.villages[number % len(self.villages)]
            photo, officer = self.photos[number % len(self.photos)], self.officers[number]
            place = {"x": point.x, "y": point.y, "accuracy_m": 8.0, "source": "gps"}
            report_id, said = uuid4(), statement([photo], village=code, place=place)
            statuses[officer.send(report_id, said)[0]] += 1
            reports.append((time.perf_counter() - due) * 1000)
            began = time.perf_counter()
            statuses[officer.photo(report_id, photo)[0]] += 1
            photos.append((time.perf_counter() - began) * 1000)

        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(send, range(OFFICERS)))
        return reports, photos, statuses


@contextmanager
def visited(port, codes):
    """Have visitors on the village pages meanwhile."""
    command = [sys.executable, "-m", "tests.bench.visitors", str(port), str(VISITORS), *codes]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as visitors:
        yield
        counts = json.loads(visitors.communicate()[0])
    tell("live", "visitors' requests answered meanwhile", counts.get("200", 0), "requests")
    tell("live", "visitors asked to wait meanwhile", counts.get("503", 0), "requests")


def _told(beside, reports, photos, statuses):
    for name, times in (("report", reports), ("photo of 200 kB", photos)):
        tell("live", f"{name} accepted after commit, {beside}, p50", percentile(times, 0.5), "ms")
        p95 = percentile(times, 0.95)
        tell("live", f"{name} accepted after commit, {beside}, p95", p95, "ms", vs="bar 300 ms",
             ratio=p95 / BAR_MS)  # fmt: skip
    refused = sum(many for status, many in statuses.items() if status not in GOOD)
    tell("live", f"sendings without a receipt, {beside}", refused, "sendings")


def run():
    """Measure a served place, alone and with visitors."""
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    port = free_port()
    with open_home() as home:
        load(home, place, *more)
        with served(home, place, port), opened(home, place) as store:
            crowd = Crowd(Settings(home=home, port=port), store, port)
            tell("live", "bytes of a photo", len(crowd.photos[0]), "bytes")
            _told("alone", *crowd.minute())
            codes = [code for code, _ in crowd.villages[:40]]
            with visited(port, codes):
                _told(f"with {VISITORS} visitors in a closed loop", *crowd.minute())
