"""Coping capacity as pages: the list, one unit, and who may see them."""

import pytest

from census.products.coping_capacity import run_capacity
from tests.webapp.pages.signed_in import Browser, account

TOWN, WEST = "990001001000", "990001001001"

pytestmark = pytest.mark.postgis


@pytest.fixture
def assessed(office):
    run_capacity(office, parameters={"quality": {"least_weight_share": 0.1}})


@pytest.fixture
def leader(app, office):
    return Browser(app, office).hold(account(office, "district_admin", password=False)[0])


def test_before_an_assessment_the_page_says_how_to_make_one(leader, office):
    with office.begin() as connection:
        connection.exec_driver_sql("update census.capacity_run set is_current = false")
    assert "riskatlas capacity" in leader.get("/capacity?lang=en").text
    assert leader.get(f"/capacity/{WEST}").status_code == 404


@pytest.mark.usefixtures("assessed")
def test_a_leader_reads_who_is_weak_and_that_the_numbers_are_not_verified(leader):
    answer = leader.get("/capacity?lang=en")
    assert answer.status_code == 200
    assert f'href="/capacity/{WEST}"' in answer.text
    assert "have not been checked against GB/T 43981-2024" in answer.text
    assert "swatch-capacity-" in answer.text
    assert "待核" in answer.text


@pytest.mark.usefixtures("assessed")
def test_a_unit_says_its_values_and_what_would_help(leader):
    answer = leader.get(f"/capacity/{WEST}?lang=en")
    assert answer.status_code == 200
    assert "Primary and deputy duty holders" in answer.text
    assert f'href="/village/{WEST}"' in answer.text
    assert "takes no part: not delivered" in answer.text
    assert f"/capacity?town={TOWN}" in leader.get(f"/capacity/{TOWN}").text
    assert leader.get("/capacity/990001001555").status_code == 404


@pytest.mark.usefixtures("assessed")
def test_a_town_is_listed_alone_with_its_villages(leader):
    assert f'href="/capacity/{WEST}"' in leader.get(f"/capacity?town={TOWN}").text
    assert f'href="/capacity/{WEST}"' not in leader.get("/capacity?town=990001009000").text


def test_the_menu_leads_there_and_a_visitor_is_sent_to_sign_in(app, office, leader):
    assert 'href="/capacity"' in leader.get("/census").text
    assert Browser(app, office).get("/capacity").status_code == 303
    assert Browser(app, office).get(f"/capacity/{WEST}").status_code == 303
