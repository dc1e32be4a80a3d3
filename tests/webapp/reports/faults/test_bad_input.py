"""What should not come is told so in both languages, is not stored, and holds nobody else up."""

import hashlib
import io
import json
import socket
import struct
import threading
import time
import zlib
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import text

from tests.webapp.pages.signed_in import account
from tests.webapp.reports.faults.house import WEST, Officer, counted, picture, statement
from tests.webapp.reports.faults.test_cuts import exchange, raw_request

pytestmark = [pytest.mark.postgis, pytest.mark.slow]
SIDE = 20_000
LEAST_PATIENCE_S = 10.0
STALLED = 20
EXIF = b"Exif\0\0"


def is_told(answer, status, fault=None):
    """Assert that an answer has this status and says why in both languages."""
    code, told = answer
    assert code == status, told
    assert told["error_en"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told["error_zh"])
    if fault:
        assert told["fault"] == fault
    return True


def announced(officer, *photos, **changes):
    """Send a report that names photos; its id and words."""
    said, report_id = statement(photos, **changes), uuid4()
    assert officer.send(report_id, said)[0] == 201
    return report_id, said["words"]


def resident_mb(pid):
    """Memory of a process that is in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1024 / 1024


def bomb():
    """A PNG of 400 million pixels in 400 kB."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    packer = zlib.compressobj(9)
    row = b"\0" * (SIDE + 1)
    rows = b"".join(packer.compress(row) for _ in range(SIDE)) + packer.flush()
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_a_photo_of_30_mb_is_refused_before_it_is_read(house, officer, office):
    large = b"\xff\xd8" + b"\0" * 30_000_000
    report_id, words = announced(officer, large)
    path = f"/api/reports/{report_id}/photos/{hashlib.sha256(large).hexdigest()}"
    before = resident_mb(house.process.pid)
    head, _, body = exchange(house.port, raw_request(officer, path, large, "image/jpeg")).partition(
        b"\r\n\r\n"
    )
    assert is_told((int(head.split()[1]), json.loads(body)), 413)
    assert resident_mb(house.process.pid) < before + 20
    assert counted(office, [words]) == [(1, 0)]


def test_a_photo_a_little_too_large_is_refused(officer, office):
    large = picture(1) + b"\0" * 2_600_000
    report_id, words = announced(officer, large)
    assert is_told(officer.photo(report_id, large), 413)
    assert counted(office, [words]) == [(1, 0)]


def test_a_statement_too_large_is_refused(officer, office):
    said = statement(more="x" * 70_000)
    assert is_told(officer.send(uuid4(), said), 413)
    assert counted(office, [said["words"]]) == [(0, 0)]


def test_a_text_that_calls_itself_a_photo_is_refused_and_the_next_photo_is_taken(officer, office):
    false, true = b"I am no picture, whatever my name.jpg says", picture(2)
    report_id, words = announced(officer, false, true)
    assert is_told(officer.photo(report_id, false), 422)
    assert officer.photo(report_id, true)[0] == 201
    assert counted(office, [words]) == [(1, 1)]


def test_a_bomb_is_refused_with_little_memory_and_the_next_photo_is_taken(house, officer, office):
    large, true = bomb(), picture(3)
    report_id, words = announced(officer, large, true)
    before = resident_mb(house.process.pid)
    assert is_told(officer.photo(report_id, large), 422)
    assert resident_mb(house.process.pid) < before + 20
    assert officer.photo(report_id, true)[0] == 201
    assert counted(office, [words]) == [(1, 1)]


def test_what_a_camera_wrote_into_a_photo_is_not_kept(officer, office):
    exif = Image.Exif()
    exif[0x010F] = "canary-maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 0.0, 14.4), 3: "E", 4: (121.0, 0.0, 7.2)})
    kept = io.BytesIO()
    Image.open(io.BytesIO(picture(4))).save(kept, "JPEG", exif=exif, comment=b"canary-comment")
    raw = kept.getvalue()
    assert EXIF in raw  # the control
    assert b"canary-maker" in raw
    report_id, _ = announced(officer, raw)
    assert officer.photo(report_id, raw)[0] == 201
    query = text("select jpeg from census.report_photo where report_id = :id")
    with office.engine.connect() as connection:
        stored = bytes(connection.execute(query, {"id": report_id}).scalar_one())
    for trace in (EXIF, b"canary", b"\xff\xe1"):
        assert trace not in stored
    assert not Image.open(io.BytesIO(stored)).getexif()


def test_a_place_in_another_district_is_refused(officer, office):
    said = statement(place={"x": 116.4, "y": 39.9, "accuracy_m": 5.0, "source": "gps"})
    answer = officer.send(uuid4(), said)
    assert is_told(answer, 422)
    assert "河口区" in answer[1]["error_zh"]
    assert counted(office, [said["words"]]) == [(0, 0)]


@pytest.mark.parametrize("days", [-366, 366])
def test_a_clock_a_year_off_is_taken_and_marked(officer, office, days):
    then = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    said, report_id = statement(written_at=then), uuid4()
    assert officer.send(report_id, said, **{"X-Sent-At": then})[0] == 201
    query = text("select clock_off_s, doubts from census.report where id = :id")
    with office.engine.connect() as connection:
        off_s, doubts = connection.execute(query, {"id": report_id}).one()
    assert off_s == pytest.approx(days * 86400, abs=600)
    assert "clock" in doubts


def test_a_body_cut_in_the_middle_stores_nothing(house, officer, office):
    photo = picture(5)
    said = statement([photo])
    body = json.dumps(said).encode()
    raw = raw_request(officer, f"/api/reports/{uuid4()}", body, "application/json")
    with socket.create_connection(("127.0.0.1", house.port), 30) as line:
        line.sendall(raw[: -len(body) // 2])
        line.shutdown(socket.SHUT_WR)
        heard = line.recv(65536)
    assert heard == b"" or heard.split()[1] == b"400"
    report_id, words = announced(officer, photo)
    path = f"/api/reports/{report_id}/photos/{said['photos'][0]}"
    status, told = officer.ask(
        "PUT", path, photo[: len(photo) // 2], **{"Content-Type": "image/jpeg"}
    )
    assert is_told((status, told), 422)
    assert counted(office, [said["words"], words]) == [(0, 0), (1, 0)]


@pytest.mark.parametrize("field", ["kind", "severity", "photos", "village", "place", "device"])
@pytest.mark.parametrize("value", [{}, [[]], True])
def test_a_field_of_another_shape_is_refused(officer, office, field, value):
    said = statement() | {field: value}
    assert is_told(officer.send(uuid4(), said), 422)
    assert counted(office, [said["words"]]) == [(0, 0)]


@pytest.mark.parametrize("written_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_leaves_the_calendar_is_refused_and_the_list_can_be_read(
    officer, office, written_at
):
    said = statement(written_at=written_at)
    assert is_told(officer.send(uuid4(), said), 422)
    assert counted(office, [said["words"]]) == [(0, 0)]
    assert officer.ask("GET", "/api/reports/mine", b"")[0] == 200


def test_another_report_under_an_id_that_is_taken_is_refused(officer, office):
    one, other, report_id = statement(), statement(), uuid4()
    assert officer.send(report_id, one)[0] == 201
    assert is_told(officer.send(report_id, other), 409, "conflict")
    assert counted(office, [one["words"], other["words"]]) == [(1, 0), (0, 0)]


def test_a_photo_before_its_report_is_told_so(officer, office):
    photo, report_id = picture(6), uuid4()
    assert is_told(officer.photo(report_id, photo), 404)
    said = statement([photo])
    assert officer.send(report_id, said)[0] == 201
    assert officer.photo(report_id, photo)[0] == 201
    assert counted(office, [said["words"]]) == [(1, 1)]


def test_without_sign_in_or_token_nothing_is_stored(house, officer, office):
    said, report_id = statement(), uuid4()
    token, officer.token = officer.token, "stale"
    assert is_told(officer.send(report_id, said), 400, "token")
    officer.token = token
    cookie, officer.cookie = officer.cookie, "nobody"
    status, told = officer.send(report_id, said)
    assert status in {400, 401}
    assert told["error_zh"]
    officer.cookie = cookie
    assert is_told(officer.send(report_id, said, **{"X-Account-Mark": "0" * 16}), 409, "account")
    assert counted(office, [said["words"]]) == [(0, 0)]
    assert house.process.poll() is None


def test_who_may_not_report_is_refused(house, office):
    planner = account(office, "planner", password=False)[0]
    other = Officer(house.settings, office, planner, house.port)
    assert is_told(other.ask("GET", "/api/reports/me"), 403)
    said = statement()
    assert other.send(uuid4(), said)[0] in {400, 403}
    assert counted(office, [said["words"]]) == [(0, 0)]


def test_twenty_stalled_uploads_hold_nobody_up(house, officer, office, record_property):
    photo = picture(9)
    report_id, words = announced(officer, photo)
    path = f"/api/reports/{report_id}/photos/{hashlib.sha256(photo).hexdigest()}"
    raw = raw_request(officer, path, photo, "image/jpeg")
    verifier = account(office, "verifier", password=False)[0]
    desk = Officer(house.settings, office, verifier, house.port)
    with ExitStack() as lines:
        for _ in range(STALLED):
            line = socket.create_connection(("127.0.0.1", house.port), 30)
            lines.enter_context(line)
            line.sendall(raw[: len(raw) // 2])
        for each in ("/readyz", "/api/reports"):
            began = time.monotonic()
            assert desk.ask("GET", each)[0] == 200
            seconds = time.monotonic() - began
            record_property(each, seconds)
            print(f"\n{each} with {STALLED} stalled uploads: {seconds:.3f} s")  # noqa: T201
            assert seconds < LEAST_PATIENCE_S
        assert officer.photo(report_id, photo)[0] == 201
    assert counted(office, [words]) == [(1, 1)]


def test_many_bad_photos_at_once_leave_the_good_one_its_turn(officer, office):
    bad = [b"no picture %d" % number for number in range(5)]
    good = picture(10)
    report_id, words = announced(officer, *bad, good)
    told = []

    def one(raw):
        with suppress(OSError):
            told.append(officer.photo(report_id, raw)[0])

    threads = [threading.Thread(target=one, args=(raw,)) for raw in (*bad, good)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == [201, 422, 422, 422, 422, 422]
    assert counted(office, [words]) == [(1, 1)]


def test_the_small_district_has_the_village_of_these_tests(officer):
    _, told = officer.ask("GET", "/api/reports/me")
    assert [each["code"] for each in told["villages"]] == [WEST]
