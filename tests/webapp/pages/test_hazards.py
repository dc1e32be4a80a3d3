"""More than one hazard on the pages: one is chosen, and list, map and legend are of it."""

import json

import pytest
from sqlalchemy import delete, insert

from tests.census.store import test_shown
from tests.census.store.conftest import EAST, SCHEME, WEST, ZONING
from tests.webapp.pages.test_pages import panel
from tests.webapp.sheets.test_sheets import text_of
from webapp.cards import downloads
from webapp.sheets import render
from webapp.words import speak

pytestmark = pytest.mark.postgis
surge = test_shown.surge


@pytest.fixture
def older_flood(office):
    """An earlier run of the flood, no longer current."""
    runs = office.tables.zoning_run
    values = ZONING | {"number": "FZ-0", "scheme": SCHEME, "summary": {}, "is_current": False}
    with office.begin() as connection:
        connection.execute(insert(runs).values(**values))
    yield
    with office.begin() as connection:
        connection.execute(delete(runs).where(runs.c.number == "FZ-0"))


def test_one_hazard_is_no_choice(client):
    page = client.get("/_dash-layout").get_data(as_text=True)
    assert "hazard-link" not in page
    assert json.loads(page)["props"]


def test_the_hazard_of_a_link_is_kept_and_an_unknown_one_is_not(client):
    answer = client.get("/?hazard=storm_surge")
    cookies = {each.split("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}
    assert cookies["hazard"].startswith("hazard=storm_surge;")
    odd = client.get("/?hazard=<b>").headers.getlist("Set-Cookie")
    assert not [each for each in odd if each.startswith("hazard=")]


@pytest.mark.usefixtures("surge")
def test_map_and_legend_are_of_the_hazard_that_was_chosen(client):
    plain = client.get("/_dash-layout").get_data(as_text=True)
    assert "villages.geojson?hazard=flood" in plain
    client.set_cookie("hazard", "storm_surge")
    chosen = client.get("/_dash-layout").get_data(as_text=True)
    assert "villages.geojson?hazard=storm_surge" in chosen
    assert '"data-hazards":"flood storm_surge"' in chosen
    assert "图例 · 风暴潮" in json.dumps(json.loads(chosen), ensure_ascii=False)


@pytest.mark.usefixtures("surge")
def test_a_village_tells_its_class_in_each_hazard_and_whose_plan_it_shows(client):
    client.set_cookie("hazard", "storm_surge")
    told = " ".join(panel(client, f"/village/{EAST}"))
    assert "风暴潮 高" in told.replace("\n", " ")
    assert "洪涝 未评估" in told
    assert "风暴潮还没有转移方案" in told
    # What the flood's plan says of its people is not said of the storm surge; its own water is.
    assert "50 人住在深水里（尚无方案）" in told
    assert "50 人住在深得不能留人的水里" in told
    assert "居民 300 人，无人住在深得不能留人的水里" in " ".join(panel(client, f"/village/{WEST}"))


@pytest.mark.usefixtures("surge")
def test_the_district_counts_who_is_in_deep_water_where_a_hazard_has_no_plan(client):
    client.set_cookie("hazard", "storm_surge")
    told = " ".join(panel(client, "/"))
    assert "全区有 50 人住在深得不能留人的水里" in told
    assert "居民 在深水里" in told
    assert "须转移" not in told
    assert "深水：水深超过 0.5 米" in told
    assert "等级是本区各单元之间的相对比较" in told
    client.set_cookie("hazard", "flood")
    told = " ".join(panel(client, "/"))
    assert "须转移" in told
    assert "居民 在深水里" not in told


@pytest.mark.usefixtures("surge")
def test_the_risk_sheet_is_of_the_hazard_whose_page_offers_it(small_district):
    asked = {"language": "zh", "address": "http://a"}
    surge_text = text_of(render(small_district, "risk", EAST, hazard="storm_surge", **asked))
    plain_text = text_of(render(small_district, "risk", EAST, **asked))
    assert "风险隐患分布图（风暴潮）" in surge_text
    assert "东河村风暴潮风险：高" in surge_text
    assert "Storm surge risk of 东河村" in surge_text
    assert "洪涝风险" not in surge_text
    assert "SS-1" in surge_text
    assert "风险隐患分布图（洪涝）" in plain_text
    assert "SS-1" not in plain_text


@pytest.mark.usefixtures("surge", "older_flood")
def test_a_run_is_held_against_earlier_ones_of_its_own_hazard_alone(client):
    page = client.get("/zonings/FZ-1").get_data(as_text=True)
    assert "/zonings/FZ-1/against/FZ-0" in page
    assert "/zonings/FZ-1/against/SS-1" not in page
    listed = client.get("/zonings").get_data(as_text=True)
    assert "风暴潮" in listed


@pytest.mark.usefixtures("surge")
def test_the_button_of_the_risk_sheet_asks_for_the_hazard_and_that_of_the_plan_does_not():
    buttons = str(downloads("1", "en", speak("en"), hazard="storm_surge"))
    assert "risk.pdf?lang=en&hazard=storm_surge" in buttons
    assert "evacuation.pdf?lang=en'" in buttons
