"""A supplement names photos as a report does: each comes once, and no more in all than are kept."""

import threading
from uuid import uuid4

import pytest

from census.report_errors import TooManyPhotosError, UnannouncedPhotoError, UnknownReportError
from census.store.report_commands import keep_photo, known_photo
from census.store.report_decisions import join_report, return_report
from census.store.report_statements import Photo, Sent, Supplement
from census.store.reports import own_reports, report_picture, reports
from tests.census.store.test_reports import CHECKER, LI, LIMITS, WANG, add, one, send, sent

pytestmark = pytest.mark.postgis

MOST = LIMITS["body"]["most_photos_in_all"]


def mark(number):
    """A hash that no other photo has."""
    return f"{number:064x}"


def marks(first, many):
    return tuple(mark(number) for number in range(first, first + many))


def adding(made, sequence, *photos, kind="amended", words=None):
    """A supplement that names photos."""
    sending: Sent = sent(sequence, f"{sequence:064d}")
    return Supplement(
        id=uuid4(), report_id=made.id, kind=kind, photos=photos, words=words, sent=sending
    )


def keep(store, made, sha256, actor=LI):
    photo = Photo(sha256=sha256, jpeg=sha256.encode(), width_px=4, height_px=3)
    return keep_photo(store, actor, report_id=made.id, photo=photo)


def test_a_photo_that_a_supplement_names_comes_as_one_of_the_report_does(desk_district):
    made = send(desk_district, photos=marks(1, 1))
    with pytest.raises(UnannouncedPhotoError):
        keep(desk_district, made, mark(2))
    return_report(desk_district, CHECKER, report_id=made.id, reason="请近拍裂缝")
    said = adding(made, 2, mark(2))
    assert [add(desk_district, said).is_new for _ in range(2)] == [True, False]
    assert known_photo(desk_district, LI, report_id=made.id, sha256=mark(2)) is None
    assert [keep(desk_district, made, mark(2)).is_new for _ in range(2)] == [True, False]
    card = one(desk_district, made.id)[0]
    assert (card.status, card.photos) == ("received", [mark(1), mark(2)])
    assert (card.photos_here, card.arrived_photos) == ([mark(2)], 1)
    read = report_picture(desk_district, CHECKER, report_id=made.id, sha256=mark(2))
    assert read == mark(2).encode()
    with pytest.raises(UnknownReportError):
        keep(desk_district, made, mark(2), WANG)


def test_the_photos_of_a_report_come_first_then_those_of_its_supplements_each_once(desk_district):
    made = send(desk_district, photos=(mark(9), mark(3)))
    add(desk_district, adding(made, 7, mark(5), mark(9)))
    add(desk_district, adding(made, 6, mark(1), mark(5)))
    # What came first stands first, whatever the device's count says: no list is shuffled.
    listed = [mark(9), mark(3), mark(5), mark(1)]
    assert one(desk_district, made.id)[0].photos == listed
    assert own_reports(desk_district, LI)[0][0].photos == listed
    shown = next(each for each in reports(desk_district, CHECKER) if each.id == made.id)
    assert shown.photos == listed
    # Words without a photo leave the photos as they are.
    add(desk_district, adding(made, 8, words="水位上涨"))
    assert one(desk_district, made.id)[0].photos == listed


def test_a_report_beside_another_shows_the_photos_that_were_added(desk_district):
    first, second = send(desk_district, x=121.0041), send(desk_district, x=121.0042)
    add(desk_district, adding(first, 2, mark(4)))
    keep(desk_district, first, mark(4))
    beside = {each.id: each for each in one(desk_district, second.id)[1]}
    assert (beside[first.id].photos, beside[first.id].photos_here) == ([mark(4)], [mark(4)])
    join_report(desk_district, CHECKER, report_id=second.id, to=first.id)
    assert one(desk_district, first.id)[0].photos_here == [mark(4)]


def test_a_report_and_its_supplements_have_no_more_photos_than_are_kept(desk_district):
    # Six of the report and six more are twelve; the thirteenth is refused, nothing of it is stored.
    made = send(desk_district, photos=marks(1, MOST - 6))
    add(desk_district, adding(made, 2, *marks(101, 6)))
    over = adding(made, 3, mark(200), words="再补一张")
    with pytest.raises(TooManyPhotosError, match=str(MOST)):
        add(desk_district, over)
    with pytest.raises(UnannouncedPhotoError):
        keep(desk_district, made, mark(200))
    card = one(desk_district, made.id)[0]
    assert (len(card.photos), card.words) == (MOST, "路口积水到膝盖")
    # One that is there already takes no room, and words need none.
    add(desk_district, adding(made, 4, mark(101), words="水退了"))
    assert one(desk_district, made.id)[0].words == "水退了"


def test_two_supplements_at_once_do_not_go_past_the_limit_together(desk_district):
    made = send(desk_district, photos=marks(1, 6))
    said = [adding(made, 2, *marks(101, 4)), adding(made, 3, *marks(201, 4))]
    gate, refused = threading.Barrier(2), []

    def once(each):
        gate.wait()
        try:
            add(desk_district, each)
        except TooManyPhotosError as fault:
            refused.append(fault)

    threads = [threading.Thread(target=once, args=(each,)) for each in said]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    # 6 + 4 are ten; 6 + 4 + 4 would be fourteen.
    assert (len(refused), len(one(desk_district, made.id)[0].photos)) == (1, 10)
