"""A thousand streams beside busy tiles and sending officers: how soon an event reaches all.

All at once: the streams, callers of tiles that were not made before, and two hundred officers who
send a report with a photo each minute. Then the same with visitors on the pages, then a kill.
"""

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
from collections import Counter
from itertools import cycle
from statistics import median

from shapely import union_all
from shapely.geometry import shape

from census.store.deliveries import bump_generation
from tests.bench.browsers import opened
from tests.bench.figures import percentile, tell
from tests.bench.places import COMMAND, answers, environment, load, open_home, samples
from tests.bench.reports import VISITORS, officers, tell_minute, villages, visited
from tests.ports import free_port

STREAMS = 1000
CALLERS = 16
BETWEEN_S = 1.0
BACK_S = 30.0
# Each event of it makes the callers' tiles anew.
LAYER = "building"
TILED = ("basemap", "buildings")
GENERATION = re.compile(rb'"layer":"building","generation":(\d+)')
ZOOMS = (11, 12, 13, 14, 15)
SAMPLED = 5
ENOUGH = 60


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


async def call(port, paths, done, answered):
    """Ask for the next address as soon as the last is there; no copy is kept."""
    while not done.is_set():
        path = next(paths)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        with contextlib.suppress(OSError):
            status = (await reader.readline()).split()[1:2]
            answered.update(each.decode() for each in status)
            await reader.read()
        writer.close()


def uncached(port):
    """Find the tiles that take longest when they are first asked for, more than a second's worth.

    Each event, one a second, makes all of them anew; between events they differ from call to call.
    """
    towns = f"http://127.0.0.1:{port}/features/towns.geojson"
    with urllib.request.urlopen(towns) as answer:
        shapes = [shape(each["geometry"]) for each in json.load(answer)["features"]]
    west, south, east, north = union_all(shapes).bounds
    found = []
    for layer in TILED:
        for z in ZOOMS:
            left, top = tile_of(west, north, z)
            right, bottom = tile_of(east, south, z)
            paths = [
                f"/tiles/{layer}/{z}/{x}/{y}.mvt"
                for x in range(left, right + 1)
                for y in range(top, bottom + 1)
            ]
            middle = paths[len(paths) // 2 :][:SAMPLED]
            if len(paths) >= ENOUGH:
                found.append((median(took(port, path) for path in middle), paths))
    return max(found)


def took(port, path):
    """Seconds for a tile."""
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        answer.read()
    return time.perf_counter() - began


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


async def tell_events(streams, bump, done, beside):
    """Bump each second until done, and tell how soon that reached all."""
    reached = []
    while not done.is_set():
        at = time.perf_counter()
        number = await asyncio.to_thread(bump)
        await asyncio.sleep(BETWEEN_S)
        reached.append([1000 * (heard - at) for heard in streams.heard.pop(number, [])])
    everyone = [each for one in reached for each in one]
    whole = sum(len(one) == STREAMS for one in reached)
    tell("live", f"events that reached everybody, {beside}", whole, "events",
         vs=f"of {len(reached)}")  # fmt: skip
    if everyone:
        p95 = percentile(everyone, 0.95)
        tell("live", f"event to a stream, {beside}, p95", p95, "ms", vs="bar 1000", ratio=p95 / 1e3)
        tell("live", f"event to a stream, {beside}, max", max(everyone), "ms")


async def together(streams, port, bump, minute, beside):
    """One minute of officers, tiles and events at the same time."""
    took_s, tiles = await asyncio.to_thread(uncached, port)
    tell("live", f"a tile as {tiles[0]}, first asked for", 1000 * took_s, "ms")
    done, answered, paths = asyncio.Event(), Counter(), cycle(tiles)
    callers = [asyncio.create_task(call(port, paths, done, answered)) for _ in range(CALLERS)]
    events = asyncio.create_task(tell_events(streams, bump, done, beside))
    told = await asyncio.to_thread(minute)
    done.set()
    await asyncio.gather(events, *callers)
    tell("live", f"tiles answered, {beside}", answered["200"] + answered["204"], "tiles",
         vs=f"{answered['503']} asked to wait")  # fmt: skip
    tell_minute(beside, told)


async def come_back(streams, pid_of_live):
    """Kill the process, and tell when everybody is back."""
    streams.faults.clear()
    streams.open.clear()
    os.kill(pid_of_live(), signal.SIGKILL)
    tell("live", "all back after a killed process", await all_open(streams, 60) or -1, "s",
         vs=f"bar {BACK_S:g}")  # fmt: skip
    told = [fault for fault in streams.faults if fault.startswith("HTTP")]
    tell("live", "refused while coming back", len(told), "streams")


async def measure(port, pid_of_live, bump, minute, visit):
    """Open the streams, tell events beside all the others, then kill the process."""
    streams = Streams(port + 1)
    tasks = [asyncio.create_task(streams.listen(number)) for number in range(STREAMS)]
    tell("live", f"{STREAMS} streams open", await all_open(streams, 60) or -1, "s")
    busy = f"with {STREAMS} streams and {CALLERS} callers of tiles"
    await together(streams, port + 1, bump, minute, busy)
    with visit():
        await together(streams, port + 1, bump, minute, f"{busy} and {VISITORS} visitors")
    await come_back(streams, pid_of_live)
    streams.is_over = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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

            codes = villages(home, place)
            with opened(home, place) as store, officers(home, place, port) as minute:
                asyncio.run(
                    measure(port, pid_of_live, lambda: bump_generation(store, LAYER), minute,
                            lambda: visited(port, codes))
                )  # fmt: skip
            server.terminate()
            server.wait(60)
