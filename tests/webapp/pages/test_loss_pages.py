"""Losses as pages: what visitors read, what the office reads, and the curves behind it."""

import pytest

from census.products.damage_curves import damage_curves
from census.store.settings import data_folder
from tests.webapp.pages.made_up_losses import EAST, TOWN, WEST, kept_losses
from tests.webapp.pages.signed_in import Browser, account
from webapp.loss_figures import figure, round_steps
from webapp.loss_told import amount, plain


def test_amounts_have_the_unit_of_their_language_and_decimals_worth_their_size():
    assert amount(12_345_678.0, "zh") == "1,235"  # 万元
    assert amount(12_345_678.0, "en") == "12.3"  # million yuan
    assert amount(None, "zh") == "–"
    assert [plain(each) for each in (0.0, 0.0432, 3.14159, 31.4159, 314.159)] == [
        "0", "0.043", "3.14", "31.4", "314",
    ]  # fmt: skip


def test_a_curve_is_placed_between_its_marks():
    drawn = figure(
        [(1.0, 0.0), (10.0, 50.0), (100.0, 100.0)], [(1.0, "1"), (100.0, "100")],
        [(0.0, "0"), (100.0, "100")], "words", is_logarithmic=True,
    )  # fmt: skip
    # 56 to 344 across, half way at 200; 188 down to 16 up, half way at 102.
    assert drawn.points == ((56.0, 188.0), (200.0, 102.0), (344.0, 16.0))
    assert [tick.at for tick in drawn.up] == [188.0, 16.0]
    # Straight in numbers: 5.5 lies half way from 1 to 10, at log 5.5 = 0.740 of the axis' 2.
    assert "162.6,145.0" in drawn.line.split()


def test_marks_of_an_axis_are_round_and_reach_the_highest_number():
    assert round_steps(3.2) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert round_steps(100.0) == [0.0, 50.0, 100.0]


@pytest.fixture(scope="module")
def kept(office):
    """Losses of the small district."""
    with kept_losses(office):
        yield


@pytest.fixture
def planner_browser(app, office):
    return Browser(app, office).hold(account(office, "planner", password=False)[0])


@pytest.mark.postgis
def test_before_the_first_run_the_page_says_what_to_type(app, office):
    answer = Browser(app, office).get("/losses?lang=en")
    assert "riskatlas losses" in answer.text


@pytest.mark.postgis
@pytest.mark.usefixtures("kept")
def test_a_visitor_reads_the_sums_of_district_and_towns_and_no_class_of_house(app, office):
    page = Browser(app, office).get("/losses?lang=en").text
    assert "0.64 million yuan a year" in page
    assert "12.5 people a year" in page
    assert "not known: rarer than any flood given" in page
    assert "once in 100 years" in page
    assert "other homes" not in page
    assert f"/losses/{TOWN}" not in page
    assert "待核" in page
    zh = Browser(app, office).get("/losses").text
    assert "64.0 万元/年" in zh
    assert "洼地蓄满" in zh


@pytest.mark.postgis
@pytest.mark.usefixtures("kept")
def test_a_hazard_of_one_flood_has_no_mean_and_few_houses_are_kept_back(app, office):
    page = Browser(app, office).get("/losses?lang=en&hazard=storm_surge").text
    assert "One return period alone gives no mean of a year" in page
    assert "the office alone sees it" in page
    assert Browser(app, office).get("/losses?hazard=volcano").status_code == 404


@pytest.mark.postgis
@pytest.mark.usefixtures("kept")
def test_the_office_reads_a_town_with_its_villages_and_classes(planner_browser):
    page = planner_browser.get(f"/losses/{TOWN}?lang=en").text
    assert "other homes" in page
    assert page.index(WEST) < page.index(EAST)
    village = planner_browser.get(f"/losses/{WEST}?lang=en").text
    assert "0.45 million yuan a year" in village
    assert planner_browser.get("/losses/990001999999").status_code == 404


@pytest.mark.postgis
@pytest.mark.usefixtures("kept")
def test_a_visitor_is_sent_to_sign_in_for_one_unit(app, office):
    assert Browser(app, office).get(f"/losses/{TOWN}").status_code == 303


@pytest.mark.postgis
def test_each_curve_stands_with_its_points_source_and_mark(app, office):
    page = Browser(app, office).get("/curves?lang=en").text
    assert page.count('role="img"') == len(damage_curves(data_folder()).curves)
    assert "JRC, EUR 28552 EN" in page
    assert "1,800 yuan per m² (prices of 2020)" in page
    assert "72%" in page
