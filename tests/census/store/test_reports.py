"""A report is stored once, whatever is sent how often and in what order, and decided by another."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from census.access_errors import ForbiddenError
from census.products.parameters import load_parameters
from census.report_errors import (
    DecidedReportError,
    OutsideDistrictError,
    OwnReportError,
    ReasonMissingError,
    ReportConflictError,
    UnannouncedPhotoError,
    UnknownReportError,
)
from census.store.actors import Actor, Grant
from census.store.features import features
from census.store.report_commands import add_to_report, keep_photo, send_report
from census.store.report_decisions import Site, accept_report, join_report, return_report
from census.store.report_statements import Photo, Sent, Statement, Supplement
from census.store.reports import own_reports, report_of, report_picture, reports
from census.store.settings import data_folder
from geo.vocabulary import ReportKind

pytestmark = pytest.mark.postgis

WEST, EAST, UNIT = "990001001001", "990001001002", "990001001001001"
LI = Actor("o-1", "李某", (Grant("officer", WEST),), "10.0.0.1")
WANG = Actor("o-2", "王某", (Grant("officer", WEST),), "10.0.0.2")
CHECKER = Actor("v-3", "核查", (Grant("verifier", "990001001000"),), "10.0.0.3")
ELSEWHERE = Actor("v-4", "外镇", (Grant("verifier", "990002001000"),), "10.0.0.4")
LIMITS = load_parameters(data_folder(), "hazard_reports")
NEAR = {name: LIMITS["duplicates"][name] for name in ("within_m", "within_h", "most")}
# Ten metres east of here are 0.000105 degrees.
X, Y = 121.002, 31.004
SITE = Site(name="积水", kind="waterlogging", hazard="flood", radius_m=20.0, description="上报")
HASH = "ab" * 32


def sent(sequence=1, content=HASH, off_s=0.0):
    at = datetime.now(UTC) + timedelta(seconds=off_s)
    return Sent(
        device="d-1", sequence=sequence, written_at=at, clock_off_s=off_s, content_sha256=content
    )


def statement(**changes):
    facts = {
        "id": uuid4(), "x": X, "y": Y, "accuracy_m": 8.0, "place_source": "gps",
        "kind": "waterlogging", "severity": 2, "named_village": WEST, "people_threatened": 30,
        "words": "路口积水到膝盖", "photos": (), "sent": sent(),
    }  # fmt: skip
    return Statement(**facts | changes)


def send(store, actor=LI, **changes):
    made = statement(**changes)
    send_report(store, actor, statement=made, limits=LIMITS)
    return made


def one(store, report_id, actor=CHECKER):
    return report_of(store, actor, report_id=report_id, near=NEAR)


def rows(store, table):
    with store.engine.connect() as connection:
        return connection.execute(text(f"select count(*) from census.{table}")).scalar_one()  # noqa: S608  (fixed names)


def in_cells(store):
    """Hazard sites that tiles of low zooms count."""
    query = "select coalesce(sum(n), 0) from pub.tile_cell where layer = 'hazard_site' and z = 0"
    with store.engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def test_the_same_again_is_acknowledged_and_another_under_its_id_is_refused(desk_district):
    made = statement()
    first = send_report(desk_district, LI, statement=made, limits=LIMITS)
    again = send_report(desk_district, LI, statement=made, limits=LIMITS)
    assert (first.is_new, again.is_new) == (True, False)
    assert (first.sha256, first.number, first.received_at) == (
        again.sha256, again.number, again.received_at,
    )  # fmt: skip
    other = statement(id=made.id, sent=sent(content="cd" * 32))
    with pytest.raises(ReportConflictError):
        send_report(desk_district, LI, statement=other, limits=LIMITS)
    # Nor does another officer learn what stands under an id.
    with pytest.raises(ReportConflictError):
        send_report(desk_district, WANG, statement=made, limits=LIMITS)


def test_five_sendings_at_once_leave_one_report_and_five_receipts(desk_district):
    made, before = statement(), rows(desk_district, "report")
    receipts, gate = [], threading.Barrier(5)

    def once():
        gate.wait()
        receipts.append(send_report(desk_district, LI, statement=made, limits=LIMITS))

    threads = [threading.Thread(target=once) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.is_new for each in receipts) == [False, False, False, False, True]
    assert rows(desk_district, "report") == before + 1


def test_a_place_tells_its_village_and_what_is_doubtful_of_it(desk_district):
    sound = one(desk_district, send(desk_district).id)[0]
    assert (sound.village_code, sound.unit_code, sound.doubts) == (WEST, UNIT, [])
    # 0.009 degrees east of the village of the form are 858 m: in the next village, flagged.
    far = send(desk_district, x=121.019, accuracy_m=80.0, sent=sent(off_s=366 * 86400.0))
    card = one(desk_district, far.id)[0]
    assert (card.village_code, card.unit_code) == (EAST, None)
    assert card.doubts == ["inaccurate", "far_from_village", "clock"]
    assert card.clock_off_s == pytest.approx(366 * 86400, abs=5)
    tapped = send(desk_district, accuracy_m=None, place_source="map")
    assert one(desk_district, tapped.id)[0].doubts == ["map_tap"]


def test_a_place_in_another_district_is_refused_with_a_sentence(desk_district):
    before = rows(desk_district, "report")
    with pytest.raises(OutsideDistrictError, match="116"):
        send(desk_district, x=116.4, y=39.9)
    # 1,000 m outside is still taken: the border on the map is drawn to some metres.
    card = one(desk_district, send(desk_district, y=31.019).id, LI_AS_READER)[0]
    assert card.doubts == ["far_from_village", "outside_villages"]
    assert rows(desk_district, "report") == before + 1


LI_AS_READER = Actor("d-9", "全区", (Grant("verifier"),), "10.0.0.9")


def test_a_photo_comes_with_its_report_and_no_other(desk_district):
    made = send(desk_district, photos=(HASH,))
    photo = Photo(sha256=HASH, jpeg=b"jpeg", width_px=4, height_px=3)
    first = keep_photo(desk_district, LI, report_id=made.id, photo=photo)
    again = keep_photo(desk_district, LI, report_id=made.id, photo=photo)
    assert (first.is_new, again.is_new, again.sha256) == (True, False, HASH)
    assert one(desk_district, made.id)[0].photos_here == [HASH]
    assert report_picture(desk_district, CHECKER, report_id=made.id, sha256=HASH) == b"jpeg"
    stranger = Photo(sha256="ef" * 32, jpeg=b"x", width_px=1, height_px=1)
    with pytest.raises(UnannouncedPhotoError):
        keep_photo(desk_district, LI, report_id=made.id, photo=stranger)
    for report_id, actor in ((uuid4(), LI), (made.id, WANG)):
        with pytest.raises(UnknownReportError):
            keep_photo(desk_district, actor, report_id=report_id, photo=photo)


def supplement(made, sequence, **facts):
    content = f"{sequence:064d}"
    kind = facts.pop("kind", "amended")
    return Supplement(
        id=uuid4(), report_id=made.id, kind=kind, sent=sent(sequence, content), **facts
    )


def add(store, made, actor=LI):
    return add_to_report(store, actor, supplement=made, limits=LIMITS)


def test_what_is_added_holds_by_the_devices_count_in_whatever_order_it_comes(desk_district):
    made = send(desk_district)
    late = supplement(made, 3, people_threatened=80, words="水位上涨")
    early = supplement(made, 2, people_threatened=50)
    lost = Supplement(id=uuid4(), report_id=uuid4(), kind="amended", sent=sent(2))
    with pytest.raises(UnknownReportError):  # what it belongs to is still in the telephone
        add(desk_district, lost)
    for each in (late, early, late):
        add(desk_district, each)
    card = one(desk_district, made.id)[0]
    assert (card.people_threatened, card.words, card.severity) == (80, "水位上涨", 2)
    assert [each.kind for each in one(desk_district, made.id)[2]] == ["amended", "amended"]


def test_each_field_is_as_it_was_added_last_and_a_phone_that_counts_anew_is_heard(desk_district):
    made = send(desk_district)
    add(desk_district, supplement(made, 5, people_threatened=50))
    add(desk_district, supplement(made, 6, words="水位上涨"))
    card = one(desk_district, made.id)[0]
    assert (card.people_threatened, card.words) == (50, "水位上涨")
    other = supplement(made, 1, words="水已退")
    emptied = replace(other, sent=replace(other.sent, device="d-2"))
    add(desk_district, emptied)
    card = one(desk_district, made.id)[0]
    assert (card.people_threatened, card.words) == (50, "水已退")


def test_a_returned_report_waits_again_once_something_is_added(desk_district):
    made = send(desk_district)
    with pytest.raises(ReasonMissingError):
        return_report(desk_district, CHECKER, report_id=made.id, reason="  ")
    return_report(desk_district, CHECKER, report_id=made.id, reason="请补充照片")
    assert own_reports(desk_district, LI)[0][0].status == "returned"
    assert own_reports(desk_district, LI)[0][1][0].reason == "请补充照片"
    with pytest.raises(DecidedReportError):
        accept_report(desk_district, CHECKER, report_id=made.id, site=SITE)
    add(desk_district, supplement(made, 2, words="已补充"))
    assert own_reports(desk_district, LI)[0][0].status == "received"
    accept_report(desk_district, CHECKER, report_id=made.id, site=SITE)
    # A withdrawal that comes late changes nothing of what was decided.
    add(desk_district, supplement(made, 3, kind="withdrawn"))
    assert own_reports(desk_district, LI)[0][0].status == "accepted"


def test_an_accepted_report_is_a_hazard_site_by_a_reviewed_change(desk_district):
    made, before = send(desk_district), in_cells(desk_district)
    code = accept_report(desk_district, CHECKER, report_id=made.id, site=SITE)
    assert in_cells(desk_district) == before + 1
    query = """
        select h.origin, h.village_code, h.people_threatened, h.area_m2, s.proposed_by,
               s.reviewed_by, r.kind, r.before, r.after ->> 'code'
        from census.hazard_site h join census.change_row r on r.code = h.code
        join census.change_set s on s.id = r.change_set_id where h.code = :code"""
    with desk_district.engine.connect() as connection:
        found = connection.execute(text(query), {"code": code}).one()
    assert found[:3] == ("reported", WEST, 30)
    # A circle of 20 m: 3.14 * 400 = 1,257 m2; the polygon of 32 sides has 0.6 % less.
    assert found[3] == pytest.approx(1248.6, abs=1)
    assert found[4:] == ("o-1", "v-3", "insert", None, code)
    with pytest.raises(DecidedReportError):
        accept_report(desk_district, CHECKER, report_id=made.id, site=SITE)


def test_nobody_decides_on_an_own_report_or_outside_their_scope(desk_district):
    own = send(desk_district, CHECKER)
    with pytest.raises(OwnReportError):
        accept_report(desk_district, CHECKER, report_id=own.id, site=SITE)
    made = send(desk_district)
    for actor in (ELSEWHERE, LI):
        with pytest.raises(ForbiddenError):
            accept_report(desk_district, actor, report_id=made.id, site=SITE)
    assert reports(desk_district, ELSEWHERE) == []
    with pytest.raises(UnknownReportError):
        one(desk_district, made.id, ELSEWHERE)


def test_each_look_at_a_report_is_in_the_audit(desk_district):
    made = send(desk_district, words="王某家进水")
    one(desk_district, made.id)
    query = text(
        "select actor, action, detail::text from access.audit_entry where object_code = :code "
        "order by id desc limit 1"
    )
    with desk_district.engine.connect() as connection:
        actor, action, detail = connection.execute(query, {"code": str(made.id)}).one()
    assert (actor, action) == ("v-3", "report.read")
    assert "王某" not in detail


def test_what_may_be_the_same_is_shown_with_its_distance_and_joined_by_hand(desk_district):
    first = send(desk_district, x=121.004, kind="building")
    # 0.001 degrees of longitude at 31 degrees north are 95.5 m; 0.003 are beyond 200 m.
    second = send(desk_district, x=121.005, kind="building")
    send(desk_district, x=121.0075, kind="building")
    _, beside, _ = one(desk_district, second.id)
    same = [each for each in beside if each.kind == "building"]
    assert [each.id for each in same] == [first.id]
    assert same[0].distance_m == pytest.approx(95.5, abs=0.5)
    join_report(desk_district, CHECKER, report_id=second.id, to=first.id)
    assert one(desk_district, second.id)[0].joined_number == one(desk_district, first.id)[0].number
    third = send(desk_district, x=121.0051, kind="building")
    # Joined to one that is joined itself, it belongs to the original.
    join_report(desk_district, CHECKER, report_id=third.id, to=second.id)
    assert one(desk_district, third.id)[0].joined_to == first.id
    with pytest.raises(UnknownReportError):
        join_report(desk_district, CHECKER, report_id=first.id, to=third.id)


def waiting(store, count):
    """Wait until as many questions stand before a lock."""
    query = text(
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 30
    with store.engine.connect() as connection:
        while connection.execute(query).scalar_one() < count:
            connection.rollback()
            assert time.monotonic() < until


def test_two_verifiers_who_join_two_reports_to_each_other_leave_one_of_them(desk_district):
    first, second = send(desk_district), send(desk_district)
    faults = []

    def join(one_id, to):
        try:
            join_report(desk_district, CHECKER, report_id=one_id, to=to)
        except UnknownReportError as fault:
            faults.append(fault)

    pairs = ((first.id, second.id), (second.id, first.id))
    threads = [threading.Thread(target=join, args=pair) for pair in pairs]
    # Nobody counts a change of reports before both have begun.
    count = text("select from census.layer_generation where layer = 'report' for update")
    with desk_district.engine.connect() as connection:
        connection.execute(count)
        for each in threads:
            each.start()
        waiting(desk_district, 2)
    for each in threads:
        each.join()
    states = [one(desk_district, each)[0].status for each in (first.id, second.id)]
    assert sorted(states) == ["joined", "received"]
    assert len(faults) == 1


@pytest.mark.parametrize("ending", ["withdrawn", "returned"])
def test_what_was_joined_to_a_report_that_no_longer_stands_waits_again(desk_district, ending):
    first, second = send(desk_district), send(desk_district, WANG)
    join_report(desk_district, CHECKER, report_id=second.id, to=first.id)
    assert one(desk_district, second.id)[0].status == "joined"
    if ending == "withdrawn":
        add(desk_district, supplement(first, 2, kind=ending))
    else:
        return_report(desk_district, CHECKER, report_id=first.id, reason="看不清")
    assert one(desk_district, first.id)[0].status == ending
    assert one(desk_district, second.id)[0].status == "received"
    with pytest.raises(DecidedReportError):
        join_report(desk_district, CHECKER, report_id=second.id, to=first.id)
    accept_report(desk_district, CHECKER, report_id=second.id, site=SITE)
    assert one(desk_district, second.id)[0].status == "accepted"


def test_what_may_be_the_same_is_shown_and_joined_within_the_scope_alone(desk_district):
    # The border of the two villages is at 121.01: 0.0002 degrees are 19 m.
    west, east = send(desk_district, x=121.0099), send(desk_district, x=121.0101, words="王某家")
    assert [each.village_code for each in (one(desk_district, x.id)[0] for x in (west, east))] == [
        WEST, EAST,
    ]  # fmt: skip
    keeper = Actor("v-5", "西村", (Grant("verifier", WEST),), "10.0.0.5")
    assert east.id not in [each.id for each in one(desk_district, west.id, keeper)[1]]
    assert east.id in [each.id for each in one(desk_district, west.id)[1]]
    with pytest.raises(UnknownReportError):
        join_report(desk_district, keeper, report_id=west.id, to=east.id)


def test_the_public_sees_a_grid_unit_until_it_is_verified_and_never_a_word(desk_district):
    made = send(desk_district, words="canary-42")
    number = one(desk_district, made.id)[0].number

    def shown():
        told = features(desk_district, "reports")
        assert b"canary-42" not in told
        assert "李某".encode() not in told
        query = text(
            "select is_verified, st_x(geom), st_y(geom) from pub.reported_hazard where code = :code"
        )
        with desk_district.engine.connect() as connection:
            return connection.execute(query, {"code": f"R-{number}"}).one()

    # The unit is the box from 121.000 to 121.005 and 31.00 to 31.01.
    assert tuple(shown()) == pytest.approx((False, 121.0025, 31.005), abs=1e-4)
    accept_report(desk_district, CHECKER, report_id=made.id, site=SITE)
    assert tuple(shown()) == pytest.approx((True, X, Y), abs=1e-9)


def test_what_was_reported_is_never_changed(desk_district):
    made = send(desk_district)
    for change in ("update census.report set words = 'x'", "delete from census.report_event"):
        with pytest.raises(DBAPIError), desk_district.begin() as connection:
            connection.execute(text(change))
    assert one(desk_district, made.id)[0].words == "路口积水到膝盖"


@pytest.mark.parametrize("kind", list(ReportKind))
def test_every_kind_becomes_a_hazard_site(kind):
    site_kind, hazard = kind.site
    assert site_kind
    assert hazard
