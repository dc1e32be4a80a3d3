"""Officers in a process of their own: each minute that is asked for, everyone sends a report.

Arguments: folder of the deployment, place, port of the pages. Says ``ready`` once all are signed
in; each line of standard input is one minute of sending, answered by a line of JSON; ends when it
ends. Times count from the moment at which a sending was due, so a server that falls behind is not
flattered.
"""

import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from shapely import from_geojson

from census.store import pages
from census.store.settings import Settings
from tests.bench.browsers import opened
from tests.webapp.pages.signed_in import account
from tests.webapp.reports.faults.house import Officer, picture, statement

OFFICERS = 200
EVERY_S = 60.0 / OFFICERS
HANDS = 48
PHOTO = (900, 600)


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
        """Let everybody send once; tell milliseconds of reports and of photos, and statuses."""
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
        size = len(self.photos[0])
        return {"report": reports, "photo": photos, "statuses": statuses, "photo_bytes": size}


def main(home, place, port):
    """Sign in, and send whenever asked to."""
    home = Path(home)
    with opened(home, place) as store:
        crowd = Crowd(Settings(home=home, port=int(port)), store, int(port))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            sys.stdout.write(json.dumps(crowd.minute()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
