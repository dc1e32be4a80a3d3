"""Run the benches named on the command line, or all: ``python -m tests.bench [start ...]``."""

import platform
import sys

from tests.bench import (
    drag,
    evacuation,
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
    "ingest": products.ingest,
    "zoning": products.zoning,
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
GROUPS = {"web": ("village", "drag", "paint", "pan", "tiles"), "live": ("streams", "reports")}


def main():
    """Run and print."""
    asked = sys.argv[1:] or list(BENCHES)
    wanted = [one for name in asked for one in GROUPS.get(name, (name,))]
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        sys.exit(f"no such bench: {', '.join(unknown)}; there are {', '.join((*BENCHES, *GROUPS))}")
    tell("machine", f"{platform.node()} {platform.machine()} {platform.processor()}", 1, "machine")
    for name in wanted:
        BENCHES[name]()


main()
