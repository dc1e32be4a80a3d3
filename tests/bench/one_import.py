"""One import of buildings in a process of its own, whose memory can be watched."""

import json
import sys
import time
from pathlib import Path

from census.intake.loading import import_delivery
from census.intake.reading_room import ReadingRoom
from census.store.database import open_store
from census.store.settings import Settings


def main(home, place, path):
    """Import the file and tell the seconds, and those of the processor that its reading took."""
    with open_store(Settings(home=Path(home)), place=place) as store, ReadingRoom() as room:
        began = time.perf_counter()
        report = import_delivery(store, "buildings", [Path(path)], room=room)
        seconds = time.perf_counter() - began
    found = report.difference
    sys.stdout.write(
        json.dumps(
            {
                "seconds": seconds, "reading_s": sum(each.cpu_s for each in room.spent),
                "imported": report.imported, "problems": len(report.problems),
                "changed": None if found is None else found.changed,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
