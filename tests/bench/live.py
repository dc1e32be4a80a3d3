"""A thousand streams beside busy callers: how soon an event reaches all, and who is back when."""

import asyncio
import contextlib
import json
import math
import os
import re
import resource
import signal
import subprocess
import time
import urllib.request

from shapely import union_all
from shapely.geometry import shape

from census.store.deliveries import bump_generation
from tests.bench.browsers import opened
from tests.bench.figures import percentile, tell
from tests.bench.places import COMMAND, answers, environment, load, open_home, samples
from tests.ports import free_port

STREAMS = 1000
CALLERS = 16
EVENTS = 20
BETWEEN_S = 1.0
BACK_S = 30.0
# The layer of the callers' tile: each event empties its cache.
LAYER = "building"
GENERATION = re.compile(rb'"layer":"building","generation":(\d+)')
ZOOMS = (8, 11, 13, 14, 15)


class Streams:
    """Clients that listen as browsers do: a cut line is opened again after a pause."""

    def __init__(self, port):
        self.port = port
        self.heard = {}  # generation to times of hearing it
        self.open, self.faults = set(), []
        self.is_over = False

    async def listen(self, number):
        """Listen until the bench is over."""
        while not self.is_over:
            try:
                await self._once(number)
            except OSError as fault:
                self.faults.append(str(fault))
            self.open.discard(number)
            await asyncio.sleep(1 + 3 * (number % 100) / 100)

    async def _once(self, number):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
        try:
            while line := await reader.readline():
                if line.startswith(b"HTTP/1.1") and b" 200 " not in line:
                    self.faults.append(line.decode().strip())
                    return
                if line.startswith(b"event: hello"):
                    self.open.add(number)
                if found := GENERATION.search(line):
                    self.heard.setdefault(int(found[1]), []).append(time.perf_counter())
        finally:
            writer.close()


async def call(port, path, done):
    """Ask for one address again and again; no copy of it is kept."""
    while not done.is_set():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()


def slowest(port):
    """Find the tile in the middle of the district that takes longest when it is first asked for."""
    towns = f"http://127.0.0.1:{port}/features/towns.geojson"
    with urllib.request.urlopen(towns) as answer:
        shapes = [shape(each["geometry"]) for each in json.load(answer)["features"]]
    west, south, east, north = union_all(shapes).bounds
    found = []
    for z in ZOOMS:
        x, y = tile_of((west + east) / 2, (south + north) / 2, z)
        began = time.perf_counter()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/tiles/buildings/{z}/{x}/{y}.mvt"):
            found.append((time.perf_counter() - began, f"/tiles/buildings/{z}/{x}/{y}.mvt"))
    return max(found)[1]


def tile_of(longitude, latitude, z):
    """Return column and row of the web-Mercator tile that holds a place."""
    across = (longitude + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int(across * 2**z), int(down * 2**z)


async def all_open(streams, patience_s):
    """Wait until everybody listens; return the seconds, or None."""
    began = time.perf_counter()
    while len(streams.open) < STREAMS:
        if time.perf_counter() - began > patience_s:
            return None
        await asyncio.sleep(0.05)
    return time.perf_counter() - began


async def measure(port, pid_of_live, bump):
    """Open the streams, tell events beside busy callers, then kill the process."""
    streams, done = Streams(port), asyncio.Event()
    tasks = [asyncio.create_task(streams.listen(number)) for number in range(STREAMS)]
    tell("live", f"{STREAMS} streams open", await all_open(streams, 60) or -1, "s")
    path = await asyncio.to_thread(slowest, port)
    callers = [asyncio.create_task(call(port, path, done)) for _ in range(CALLERS)]
    reached = []
    for _ in range(EVENTS):
        at = time.perf_counter()
        number = await asyncio.to_thread(bump)
        await asyncio.sleep(BETWEEN_S)
        reached.append([1000 * (heard - at) for heard in streams.heard.get(number, [])])
    done.set()
    everyone = [each for one in reached for each in one]
    tell("live", "events that reached everybody", sum(len(o) == STREAMS for o in reached), "events",
         vs=f"of {EVENTS}")  # fmt: skip
    if everyone:
        tell("live", "event to a stream p95", percentile(everyone, 0.95), "ms", vs="bar 1000")
        tell("live", "event to a stream max", max(everyone), "ms")
    streams.faults.clear()
    streams.open.clear()
    os.kill(pid_of_live(), signal.SIGKILL)
    tell("live", "all back after a killed process", await all_open(streams, 60) or -1, "s",
         vs=f"bar {BACK_S:g}")  # fmt: skip
    told = [fault for fault in streams.faults if fault.startswith("HTTP")]
    tell("live", "refused while coming back", len(told), "streams")
    streams.is_over = True
    for task in (*tasks, *callers):
        task.cancel()
    await asyncio.gather(*tasks, *callers, return_exceptions=True)


def run():
    """Measure on a real place, its server started with 1,024 open files granted."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    with open_home() as home:
        load(home, place, *more)
        port = free_port()
        serve = [*COMMAND, "serve", "--place", place, "--port", str(port)]
        command = ["bash", "-c", 'ulimit -Sn 1024; exec "$@"', "serve", *serve]
        with subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL) as server:
            while not answers(f"http://127.0.0.1:{port + 1}/readyz"):
                time.sleep(0.05)

            def pid_of_live():
                own = ["pgrep", "-P", str(server.pid), "-f", "web_process live"]
                return int(subprocess.check_output(own, text=True).split()[0])

            with opened(home, place) as store:
                asyncio.run(measure(port + 1, pid_of_live, lambda: bump_generation(store, LAYER)))
            server.terminate()
            server.wait(60)
