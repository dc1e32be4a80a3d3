"""Two tabs of one planner, and an answer that was lost: nothing is overwritten or done twice."""

import pytest
from shapely.geometry import LineString
from sqlalchemy import text

from census.route_errors import DraftMovedError, StaleVersionError, UnknownStartError
from census.store import new_routes, routes
from census.store import route_commands as desk
from census.store.actors import Actor, Grant
from census.store.route_commands import Checked, Choices

pytestmark = pytest.mark.postgis

ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "10.0.0.2")
SAVE = "0123456789abcdef" * 2
OLD = [[121.002, 31.005], [121.008, 31.005], [121.015, 31.005]]


@pytest.fixture
def code(desk_district):
    return new_routes.create_route(
        desk_district, ANNA, village_code="990001001001", shelter_code="S1"
    )


def keep(store, code, word, known=None):
    return desk.keep_draft(
        store, ANNA, code=code, base_version=0, lines=[OLD], state={"now": word}, known=known
    ).at


def save(store, code, base, who=ANNA, lat=31.006, *, point=None, **more):
    line = LineString([(121.002, 31.005), (121.008, lat), (121.015, 31.005)])
    return desk.save_version(
        store, who, code=code, base_version=base, line=line, checked=Checked(),
        choices=Choices(assembly_point_code=point), **more,
    )  # fmt: skip


def word(store, code):
    kept = routes.draft(store, code, ANNA)
    return kept and kept.state["now"]


def test_a_tab_that_knows_an_older_draft_overwrites_nothing(desk_district, code):
    first = keep(desk_district, code, "one")
    second = keep(desk_district, code, "two", known=first)
    for known in (first, None):
        with pytest.raises(DraftMovedError, match="another tab"):
            keep(desk_district, code, "three", known=known)
        assert word(desk_district, code) == "two"
    with pytest.raises(DraftMovedError):
        desk.drop_draft(desk_district, ANNA, code=code, known=first)
    assert second > first
    third = keep(desk_district, code, "three", known=second)
    desk.drop_draft(desk_district, ANNA, code=code, known=third)
    assert word(desk_district, code) is None


def test_without_the_mark_the_second_tab_would_overwrite_the_first(
    desk_district, code, monkeypatch
):
    """The control: no look at what is kept."""
    monkeypatch.setattr(desk, "_draft_mark", lambda *_, **__: None)
    keep(desk_district, code, "one")
    keep(desk_district, code, "two")
    assert word(desk_district, code) == "two"


def test_a_draft_whose_answer_was_lost_may_come_again(desk_district, code):
    first = keep(desk_district, code, "one")
    assert keep(desk_district, code, "one") == first


def test_a_save_takes_away_the_draft_that_was_saved_and_no_other(desk_district, code):
    saved = keep(desk_district, code, "one")
    keep(desk_district, code, "two", known=saved)
    assert save(desk_district, code, 0, draft=saved) == 1
    assert word(desk_district, code) == "two"
    mark = routes.draft(desk_district, code, ANNA).updated_at
    assert save(desk_district, code, 1, lat=31.0065, draft=mark) == 2
    assert word(desk_district, code) is None


def test_a_save_that_comes_again_is_done_once(desk_district, code):
    assert save(desk_district, code, 0, save_id=SAVE) == 1
    mark = keep(desk_district, code, "one")
    assert save(desk_district, code, 0, save_id=SAVE, draft=mark) == 1
    assert (routes.head(desk_district, code).newest, word(desk_district, code)) == (1, None)
    # Neither another line, nor another person, nor a save without an id is the same save.
    for other in ({"lat": 31.007}, {"who": BORIS}, {"save_id": None}):
        with pytest.raises(StaleVersionError):
            save(desk_district, code, 0, **({"save_id": SAVE} | other))


def test_an_assembly_point_that_the_village_does_not_have_is_refused(desk_district, code):
    for point in ("nowhere", "A9"):
        with pytest.raises(UnknownStartError, match=point):
            save(desk_district, code, 0, point=point)
    assert routes.head(desk_district, code).newest == 0
    with desk_district.engine.connect() as connection:
        own = text("select code from census.assembly_point where village_code = '990001001001'")
        point = connection.execute(own).scalars().first()
    assert save(desk_district, code, 0, point=point) == 1
