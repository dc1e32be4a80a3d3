"""The office reads the census: layers, objects with where each value came from, what disagrees."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from census.intake.forms import form_named
from census.store.deliveries import bump_generation
from census.store.object_history import Standing, Step
from census.store.object_list import Mark
from tests.webapp.pages.signed_in import Browser, account
from webapp.census_pages.drawing import picture, sign, tint_steps
from webapp.census_pages.origins import origins
from webapp.census_pages.pages import layer_forms
from webapp.census_pages.told import (
    SOURCE,
    cells_of,
    label_of,
    listed_columns,
    value_text,
)

TOWN, WEST = "990001001000", "990001001001"
ZONE = ZoneInfo("Asia/Shanghai")


def body(answer):
    return answer.text.split("<main")[1]


def listed(answer):
    """What the list names, as its links say it."""
    return re.findall(r'<th scope="row"><a href="([^"]+)">', answer.text)


@pytest.fixture
def data_officer(app, office):
    """Somebody who may see the census, signed in."""
    return Browser(app, office).hold(account(office, "data_officer", password=False)[0])


@pytest.mark.postgis
def test_each_form_that_is_not_about_persons_has_a_page_with_its_count(data_officer):
    overview = data_officer.get("/census")
    assert listed(overview) == [f"/census/{form.name}" for form in layer_forms().values()]
    assert "/census/vulnerable_residents" not in overview.text
    for path in listed(overview):
        answer = data_officer.get(f"{path}?lang=en")
        assert answer.status_code == 200, path
        assert form_named(path.split("/")[-1]).label_en in answer.text


@pytest.mark.postgis
def test_who_may_not_see_the_census_sees_none_of_it(app, office):
    auditor = Browser(app, office).hold(account(office, "auditor", password=False)[0])
    for path in ("/census", "/census/shelters", "/census/shelters/S1", "/census/checks"):
        assert auditor.get(path).status_code == 403
        assert Browser(app, office).get(path).status_code == 303
    # The menu offers it only to whom it is open.
    assert 'href="/census"' not in auditor.get("/audit").text


@pytest.mark.postgis
def test_forms_about_persons_and_names_of_nothing_are_not_found(data_officer):
    for path in (
        "/census/vulnerable_residents", "/census/flood_depth", "/census/nothing",
        "/census/shelters/nothing", "/census/vulnerable_residents/1",
        "/census/shelters/'%20or%20'1'='1", "/census/buildings/not-a-number",
    ):  # fmt: skip
        assert data_officer.get(path).status_code == 404, path


@pytest.mark.postgis
def test_a_list_is_narrowed_by_town_words_and_code_and_keeps_them_in_its_links(data_officer):
    whole = listed(data_officer.get("/census/divisions"))
    assert f"/census/divisions/{WEST}" in whole
    villages = listed(data_officer.get(f"/census/divisions?level=village&town={TOWN}"))
    assert f"/census/divisions/{WEST}" in villages
    assert f"/census/divisions/{TOWN}" not in villages
    # The village, and its grid unit, whose code begins with it.
    named = listed(data_officer.get(f"/census/divisions?level=village&words={WEST}"))
    assert named == [f"/census/divisions/{WEST}"]
    # A sign of the search's own, or a code that is none, is a letter like others.
    assert listed(data_officer.get("/census/divisions?words=%25")) == []
    assert listed(data_officer.get("/census/divisions?level=moon&page=x")) == whole


@pytest.mark.postgis
def test_an_object_shows_what_it_says_where_it_lies_and_what_became_of_it(data_officer):
    (path, *_) = listed(data_officer.get("/census/shelters"))
    page = body(data_officer.get(path))
    assert '<svg class="drawing"' in page
    assert "自首次交付以来没有变更" in page
    # Nothing that people type freely, nor how the row came in.
    for hidden in ("capacity_text", "delivery_id", "source_row", ">notes<"):
        assert hidden not in page
    # Of a route that names its village and its shelter both are links.
    path = "/census/evacuation_routes/R1"
    page = body(data_officer.get(path))
    assert f'href="/census/divisions/{WEST}"' in page
    assert 'href="/census/shelters/S1"' in page
    # And the shelter tells who names it.
    assert path in body(data_officer.get("/census/shelters/S1"))


@pytest.mark.postgis
def test_findings_are_asked_anew_when_a_layer_has_changed(data_officer, office):
    first = body(data_officer.get("/census/checks?lang=en"))
    assert "18 rules" in first
    assert "no rows, not asked" in first
    assert body(data_officer.get("/census/checks?lang=en")) == first
    bump_generation(office, "shelter")
    again = data_officer.get("/census/checks?lang=en&rule=plan_overdue")
    assert again.status_code == 200
    assert body(again).count("<section>") == 1


def test_equal_numbers_have_one_tint_and_each_tint_stands_for_something():
    assert tint_steps([]) == ()
    assert tint_steps([7, 7, 7]) == ((4, 7, 7),)
    # Eight villages, two to each tint.
    assert tint_steps([1, 2, 3, 4, 5, 6, 7, 8]) == ((1, 1, 2), (2, 3, 4), (3, 5, 6), (4, 7, 8))
    assert tint_steps([1, 1, 1, 1, 1, 1, 9, 9]) == ((3, 1, 1), (4, 9, 9))


def test_a_district_without_outlines_is_drawn_by_its_points_and_an_empty_one_not_at_all():
    assert picture([], []) is None
    drawn = picture([], [], points=[(1000.0, -500.0), (3000.0, -700.0)])
    # 2000 m wide, 3 % of that beside; at least 1000 m are counted.
    assert drawn.box == "940 -760 2120 320"


def test_a_point_is_a_dot_and_what_has_no_name_is_told_by_its_code():
    dot = sign(Mark("S1", "", None, 3.4, -7.8, "red"), "/x", {"red": "sign-red"})
    assert (dot.path, dot.title, dot.kind, dot.colour) == ("M 3 -8 h 0", "S1", "dot", "sign-red")
    area = sign(Mark("S1", "校", "M 0 0 l 1 1 0 1 Z", 0, 0, None), "/x", {})
    assert (area.title, area.kind, area.colour) == ("S1 校", "area", "")


def test_a_value_says_its_word_and_its_unit_in_both_languages():
    zone, form = ZONE, form_named("shelters")
    kind = form.field("kind")
    assert value_text(kind, "school", zone, "en") == kind_word(kind, "school", "en")
    area = form.field("effective_area_m2")
    assert value_text(area, 1200.5, zone, "zh") == f"1200.5 {area.unit}"
    assert value_text(None, False, zone, "zh") == "否"
    assert value_text(area, None, zone, "zh") == ""
    assert label_of(form, "made_m2", "基底面积；算得", "zh") == "基底面积"


def test_where_a_capacity_comes_from_is_said_in_words_and_a_list_shows_how_many_fit():
    form = form_named("shelters")
    columns = {"capacity_people": "可容纳人数；空为未知", SOURCE: "declared、derived、unknown"}
    row = {"capacity_people": 300, SOURCE: "derived"}
    told = cells_of(form, columns, row, ZONE, "zh")
    assert [(each.label, each.text) for each in told] == [
        ("可容纳人数", "300"), ("可容纳人数的来源", "推算"),
    ]  # fmt: skip
    assert cells_of(form, columns, row, ZONE, "en")[1].text == "derived"
    every = ["kind", "grade", "duration", "setting", "scope", "capacity_people", "levels"]
    assert listed_columns(form, every) == [
        "kind",
        "grade",
        "duration",
        "setting",
        "capacity_people",
    ]


def kind_word(field, code, language):
    (word,) = [
        each.zh if language == "zh" else each.en for each in field.codes if each.code == code
    ]
    return word


def test_a_value_came_with_the_last_delivery_that_changed_it():
    form = form_named("hazard_sites")
    changed = Step(
        at=datetime(2026, 3, 1, 1, tzinfo=UTC), kind="update", origin="delivery", origin_id="2",
        proposed_by="x", reviewed_by="x", accepted_by="审核员", source_row=7, file_name="2026.xlsx",
        changed={"name": ("甲", "乙")}, moved_m=None,
    )  # fmt: skip
    notes = [{"column": "受威胁人数", "zh": "全角数字已改", "en": "full-width digits"}]
    says = {"code": "H1", "name": "乙", "people_threatened": 7, "village_code": "V1",
            "notes": notes, "source_row": 5}  # fmt: skip
    standing = Standing(says, "2026.xlsx", datetime(2026, 3, 1, 1, tzinfo=UTC), "审核员")
    came = origins(form, [changed], standing, ZONE, "zh")
    assert (came["name"].file, came["name"].at) == ("2026.xlsx", "2026-03-01 09:00")
    # Who accepted it is told to those who may read deliveries alone.
    assert (came["name"].row, came["name"].by) == (7, "")
    named = origins(form, [changed], standing, ZONE, "zh", names_people=True)
    assert (named["name"].by, named["people_threatened"].by) == ("审核员", "审核员")
    assert came["people_threatened"].remarks == ("全角数字已改",)
    # The village is found by the place, whatever file brought it.
    assert "village_code" not in came
