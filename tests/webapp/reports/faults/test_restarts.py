"""The database is restarted while twenty officers send: nothing lost, nothing doubled, no fault."""

import json
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from http.client import HTTPException
from uuid import uuid4

import pytest

from census.store import server
from census.store.cluster import open_cluster, place_server
from census.store.database import create_place, open_store
from census.store.settings import Settings
from tests.bench.figures import percentile
from tests.webapp.pages.signed_in import account
from tests.webapp.reports.faults.conftest import _store_tests
from tests.webapp.reports.faults.house import WEST, House, Officer, counted, picture, statement

pytestmark = [pytest.mark.postgis, pytest.mark.slow]
OFFICERS = 20
RESTARTS = 3
BETWEEN_S = 2.0
RETRY_S = 0.25
PATIENCE_S = 60.0
GOOD = {200, 201}
PASSING = 503
PROFILE = {
    "code": "990001", "name_zh": "河口区", "name_en": "River Mouth", "srid": 4490,
    "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
    "attribution": "made up", "data_date": "2026-01-01",
}  # fmt: skip
home = _store_tests.home


@pytest.fixture
def town(home):
    """A cluster of its own with a district, its store and a server of reports."""
    settings = Settings(home=home)
    with open_cluster(settings):
        create_place(settings, "restarts", PROFILE)
        with (
            open_store(settings, place="restarts") as store,
            closing(House(settings, "restarts")) as house,
        ):
            _store_tests._write_divisions(store)
            house.begin()
            yield settings, store, house


class Sender:
    """An officer who sends one report after the other, each until it has its receipt."""

    def __init__(self, house, store, number):
        one = account(store, "officer", scope=WEST, password=False)[0]
        self.officer = Officer(house.settings, store, one, house.port).meet()
        self.photo = picture(200 + number, (160, 120))
        self.words, self.seconds, self.statuses = [], [], Counter()

    def until_receipt(self, send):
        """Send until it is acknowledged."""
        until = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < until
            with suppress(OSError, HTTPException):
                status, _ = send()
                self.statuses[status] += 1
                if status in GOOD:
                    return
            time.sleep(RETRY_S)

    def run(self, stop):
        while not stop.is_set():
            said, report_id = statement([self.photo]), uuid4()
            began = time.monotonic()
            body = json.dumps(said).encode()
            self.until_receipt(lambda i=report_id, b=body: self.officer.send(i, b))
            self.until_receipt(lambda i=report_id: self.officer.photo(i, self.photo))
            self.seconds.append(time.monotonic() - began)
            self.words.append(said["words"])


def test_reports_outlive_restarts_of_the_database(town, record_property):
    settings, store, house = town
    senders = [Sender(house, store, number) for number in range(OFFICERS)]
    stop = threading.Event()
    threads = [threading.Thread(target=each.run, args=(stop,)) for each in senders]
    for each in threads:
        each.start()
    for _ in range(RESTARTS):
        stop.wait(BETWEEN_S)
        server.stop(place_server(settings))
        with open_cluster(settings):  # whoever opens it starts its server where it does not run
            stop.wait(BETWEEN_S)
    stop.set()
    for each in threads:
        each.join()
    words = [one for each in senders for one in each.words]
    seconds = [one for each in senders for one in each.seconds]
    statuses = sum((each.statuses for each in senders), Counter())
    p95 = percentile(seconds, 0.95)
    record_property("p95_s", p95)
    print(f"\n{len(words)} reports, {RESTARTS} restarts, p95 {p95:.2f} s, {dict(statuses)}")  # noqa: T201
    assert counted(store, words) == [(1, 1)] * len(words)
    assert set(statuses) <= {*GOOD, PASSING}
