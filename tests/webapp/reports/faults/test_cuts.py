"""The line is cut after every byte of a sending and of its answer: one row, one receipt.

Every byte of a report is cut in the long form (``RISKATLAS_TRUST=long``), every 17th in the short.
"""

import json
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from itertools import chain
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.webapp.reports.cutting_proxy import ANSWER, REQUEST, is_photo, is_report
from tests.webapp.reports.faults.house import counted, picture, statement

pytestmark = [pytest.mark.postgis, pytest.mark.slow]
IS_LONG = os.environ.get("RISKATLAS_TRUST") == "long"
EVERY = 1 if IS_LONG else 17
PHOTO_CUTS = 60 if IS_LONG else 12
SENT_TWICE = "select count(*) from census.report where words = :words"


def raw_request(officer, path, body, kind):
    """The bytes that a client writes."""
    head = officer.headers(**{"Content-Type": kind, "Content-Length": len(body), "Host": "here"})
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"PUT {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode() + body


def exchange(port, raw):
    """Write bytes and hear what comes until the line ends, also where not all was taken."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        with suppress(OSError):
            line.sendall(raw)
        with suppress(OSError):
            while piece := line.recv(65536):
                heard += piece
    return heard


def receipt_of(heard):
    """Status and hash of a whole answer."""
    head, _, body = heard.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["sha256"]


class Cutter:
    """Cuts one sending, sends again, and keeps what must be one and the same."""

    def __init__(self, house, officer):
        self.house, self.officer = house, officer
        self.receipts = []

    def cut(self, side, after, path, body, kind="application/json"):
        raw = raw_request(self.officer, path, body, kind)
        self.house.proxy.cut(side, after, is_photo if "/photos/" in path else is_report)
        exchange(self.house.proxy.port, raw)
        assert self.house.proxy.made.wait(30)
        again = [receipt_of(exchange(self.house.port, raw)) for _ in range(2)]
        assert again[1][0] == 200
        assert again[0][1] == again[1][1]
        self.receipts.append(again[0])


@pytest.fixture
def lengths(house, officer):
    """Bytes of a report's request and of its answer."""
    said = statement(words="w-0123456789abcdef")
    raw = raw_request(officer, path_of(), json.dumps(said).encode(), "application/json")
    return len(raw), len(exchange(house.port, raw))


def path_of(report_id=None):
    return f"/api/reports/{report_id or uuid4()}"


def test_a_report_cut_after_any_byte_of_it_or_of_its_answer_is_one_row(
    house, officer, office, lengths
):
    asked, answered = lengths
    cutter, words = Cutter(house, officer), []
    places = chain(
        ((REQUEST, after) for after in range(0, asked + 1, EVERY)),
        ((ANSWER, after) for after in range(0, answered + 1, EVERY)),
        [(REQUEST, asked), (ANSWER, answered)],
    )
    for side, after in places:
        said = statement()
        words.append(said["words"])
        cutter.cut(side, min(after, asked if side == REQUEST else answered - 8), path_of(),
                   json.dumps(said).encode())  # fmt: skip
    print(f"\n{len(words)} cuts of a report")  # noqa: T201  (a figure to read)
    assert counted(office, words) == [(1, 0)] * len(words)
    # Both happened: what had arrived was acknowledged, what had not was taken.
    assert {status for status, _ in cutter.receipts} == {200, 201}


def test_a_photo_cut_anywhere_is_one_row(house, officer, office):
    photo = picture(7)
    whole = len(raw_request(officer, path_of() + "/photos/" + "0" * 64, photo, "image/jpeg"))
    cutter, words = Cutter(house, officer), []
    request_places = [whole * number // PHOTO_CUTS for number in range(PHOTO_CUTS + 1)]
    for side, after in [*((REQUEST, n) for n in request_places), (ANSWER, 0), (ANSWER, 90)]:
        said, report_id = statement([photo]), uuid4()
        words.append(said["words"])
        assert officer.send(report_id, said)[0] == 201
        path = f"{path_of(report_id)}/photos/{said['photos'][0]}"
        cutter.cut(side, after, path, photo, "image/jpeg")
    print(f"\n{len(words)} cuts of a photo")  # noqa: T201  (a figure to read)
    assert counted(office, words) == [(1, 1)] * len(words)


def at_once(many, work):
    """Do the same in several threads that begin together."""
    gate = threading.Barrier(many)

    def one(number):
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def test_five_sendings_at_once_are_one_row_and_five_receipts(officer, office):
    photo = picture(8)
    said, report_id = statement([photo]), uuid4()
    sent = at_once(5, lambda _: officer.send(report_id, said))
    assert sorted(status for status, _ in sent) == [200, 200, 200, 200, 201]
    assert len({told["sha256"] for _, told in sent}) == 1
    photos = at_once(5, lambda _: officer.photo(report_id, photo))
    assert sorted(status for status, _ in photos) == [200, 200, 200, 200, 201]
    assert counted(office, [said["words"]]) == [(1, 1)]


def test_a_killed_server_had_stored_whatever_it_acknowledged(house, officer, office):
    words, heard = [], []

    def one(_number):
        said, report_id = statement(), uuid4()
        words.append(said["words"])
        with suppress(OSError, HTTPException):
            if officer.send(report_id, said)[0] in {200, 201}:
                heard.append(said["words"])
        return report_id, said

    house.arm("before_commit", "kill", "report")
    sent = at_once(5, one)
    house.buried()
    assert counted(office, heard) == [(1, 0)] * len(heard)
    house.begin()
    for report_id, said in sent:
        assert officer.send(report_id, said)[0] in {200, 201}
    assert counted(office, words) == [(1, 0)] * 5


def stored(office, words):
    with office.engine.connect() as connection:
        return connection.execute(text(SENT_TWICE), {"words": words}).scalar_one()


def test_the_control_without_the_phones_id_five_sendings_and_cuts_double(
    only_house, officer, office, lengths
):
    only_house.end()
    only_house.begin("id")
    said, report_id = statement(), uuid4()
    at_once(5, lambda _: officer.send(report_id, said))
    assert stored(office, said["words"]) == 5
    other = statement()
    cutter = Cutter(only_house, officer)
    with pytest.raises(AssertionError):  # the second receipt is a new one again
        cutter.cut(ANSWER, lengths[1] // 2, path_of(), json.dumps(other).encode())
    assert stored(office, other["words"]) == 3
    only_house.end()


def test_the_control_a_server_that_answers_before_it_stores_loses(only_house, officer, office):
    only_house.end()
    only_house.begin("commit")
    only_house.arm("after_commit", "kill", "report")
    said = statement()
    assert officer.send(uuid4(), said)[0] == 201
    only_house.buried()
    assert counted(office, [said["words"]]) == [(0, 0)]
