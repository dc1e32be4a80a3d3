"""How long a report and its photo of 200 kB wait for their receipts, which follow the commit.

Two hundred officers send one report a minute each, evenly spread: alone, then while visitors open
village pages in a closed loop. ``live`` has them send beside a thousand streams and busy tiles.
"""

import json
import subprocess
import sys
from contextlib import contextmanager

from census.store import pages
from tests.bench.browsers import opened
from tests.bench.figures import percentile, tell
from tests.bench.places import ROOT, load, open_home, samples, served
from tests.ports import free_port

VISITORS = 16
VILLAGES = 40
BAR_MS = 300.0
GOOD = {"200", "201"}


@contextmanager
def officers(home, place, port):
    """Give a function that has every officer send once within a minute and tells how it went."""
    command = [sys.executable, "-m", "tests.bench.officers", str(home), place, str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as crowd:

        def minute():
            crowd.stdin.write("\n")
            crowd.stdin.flush()
            return json.loads(crowd.stdout.readline())

        assert crowd.stdout.readline() == "ready\n"
        yield minute
        crowd.stdin.close()


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


def tell_minute(beside, told):
    """Tell how a minute of the officers went."""
    for name, what in (("report", "report"), ("photo", f"photo of {told['photo_bytes']:,} bytes")):
        times = told[name]
        tell("live", f"{what} accepted after commit, {beside}, p50", percentile(times, 0.5), "ms")
        p95 = percentile(times, 0.95)
        tell("live", f"{what} accepted after commit, {beside}, p95", p95, "ms", vs="bar 300 ms",
             ratio=p95 / BAR_MS)  # fmt: skip
    refused = sum(many for status, many in told["statuses"].items() if status not in GOOD)
    tell("live", f"sendings without a receipt, {beside}", refused, "sendings")


def villages(home, place):
    """Codes of some villages."""
    with opened(home, place) as store:
        found = json.loads(pages.features(store, "villages"))["features"]
    return [each["properties"]["code"] for each in found[:VILLAGES]]


def run():
    """Measure a served place, alone and with visitors."""
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    port = free_port()
    with open_home() as home:
        load(home, place, *more)
        with served(home, place, port), officers(home, place, port) as minute:
            tell_minute("alone", minute())
            with visited(port, villages(home, place)):
                tell_minute(f"with {VISITORS} visitors in a closed loop", minute())
