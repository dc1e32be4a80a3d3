"""Run the benches named on the command line, or all: ``python -m tests.bench [start ...]``."""

import platform
import sys
from pathlib import Path

from tests.bench import (
    drag,
    evacuation,
    floods,
    grids,
    indices,
    ingest,
    live,
    paint,
    pan,
    printing,
    products,
    reports,
    start,
    tiles,
    web,
)
from tests.bench.figures import tell

BENCHES = {
    "start": start.run,
    "districts": products.ingest,
    "bulk": ingest.run,
    "zoning_runs": products.zoning,
    "floods": floods.run,
    "grids": grids.run,
    "indices": indices.run,
    "evacuation": products.evacuation,
    "route_desk": evacuation.run,
    "village": web.run,
    "drag": drag.run,
    "paint": paint.run,
    "pan": pan.run,
    "tiles": tiles.run,
    "streams": live.run,
    "print": printing.run,
    "reports": reports.run,
}
# Several benches under one name.
GROUPS = {
    "ingest": ("districts", "bulk"),
    "zoning": ("zoning_runs", "indices", "floods", "grids"),
    "web": ("village", "drag", "paint", "pan", "tiles"),
    "live": ("streams", "reports"),
}


def _jiffies():
    """Time of the processors since the start, and of it what the host gave to other machines."""
    told = Path("/proc/stat")
    if not told.exists():
        return 0, 0
    each = [int(part) for part in told.read_text().splitlines()[0].split()[1:9]]
    return sum(each), each[7]


def _run(name):
    """Run a bench, and tell how much of the machine was not there, which makes figures doubtful."""
    all_before, taken_before = _jiffies()
    BENCHES[name]()
    all_after, taken_after = _jiffies()
    share = 100 * (taken_after - taken_before) / max(1, all_after - all_before)
    tell(name, "of the processors, taken by other machines of the host meanwhile", share, "%")


def main():
    """Run and print."""
    asked = sys.argv[1:] or list(BENCHES)
    wanted = [one for name in asked for one in GROUPS.get(name, (name,))]
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        sys.exit(f"no such bench: {', '.join(unknown)}; there are {', '.join((*BENCHES, *GROUPS))}")
    tell("machine", f"{platform.node()} {platform.machine()} {platform.processor()}", 1, "machine")
    for name in wanted:
        _run(name)


main()
