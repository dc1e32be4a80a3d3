"""Run the benches named on the command line, or all: ``python -m tests.bench [start ...]``."""

import platform
import sys

from tests.bench import evacuation, printing, products, start, web
from tests.bench.figures import tell

BENCHES = {
    "start": start.run,
    "ingest": products.ingest,
    "zoning": products.zoning,
    "evacuation": products.evacuation,
    "route_desk": evacuation.run,
    "web": web.run,
    "print": printing.run,
}


def main():
    """Run and print."""
    wanted = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        sys.exit(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    tell("machine", f"{platform.node()} {platform.machine()} {platform.processor()}", 1, "machine")
    for name in wanted:
        BENCHES[name]()


main()
