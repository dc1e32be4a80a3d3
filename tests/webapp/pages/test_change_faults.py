"""The faults of a delivery as list and map, and what it means for the tables beside its own."""

import csv
import io

import geopandas as gpd
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from census.intake.forms import form_named
from census.intake.proposing import propose_files, work_on
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from census.products.crosschecks.proposed import proposed_checks
from census.store.actors import Actor, Grant
from census.store.proposal_decisions import accept_delivery, reject_delivery
from tests.webapp.pages.signed_in import Browser, account
from webapp.change_faults import on_page

pytestmark = pytest.mark.postgis

X, Y = 121.002, 31.004  # in the west village


@pytest.fixture(scope="module")
def room():
    with ReadingRoom() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def nothing_stays(office):
    yield
    with office.begin() as connection:
        connection.execute(text("delete from census.hazard_site where origin = 'delivered'"))


@pytest.fixture
def officer(app, office):
    return Browser(app, office).hold(account(office, "data_officer", password=False)[0])


def written(folder, rows):
    """Hazard sites: code to (name, people, place)."""
    frame = gpd.GeoDataFrame(
        {
            "code": list(rows), "name": [row[0] for row in rows.values()],
            "kind": ["waterlogging"] * len(rows), "hazard": ["flood"] * len(rows),
            "people_threatened": [row[1] for row in rows.values()],
        },
        geometry=[row[2] for row in rows.values()], crs=4490,
    )  # fmt: skip
    path = folder / "sites.gpkg"
    write_table(form_named("hazard_sites"), frame, path)
    return path


GOOD = {f"F-{n:02}": (f"点{n}", n, Point(X + 0.0002 * n, Y)) for n in range(20)}
# Row 3 has less than no people, row 21 lies in the Gulf of Guinea, and row 22 has no name.
BAD = GOOD | {
    "F-02": ("点2", -7, Point(X, Y)), "F-far": ("远点", 1, Point(0, 0)),
    "F-mute": (None, 1, Point(X, Y)),
}  # fmt: skip


@pytest.fixture
def proposed(office, room, tmp_path):
    """Propose sites and have them checked; what waits is rejected afterwards."""
    one = account(office, "data_officer", password=False)[0]
    actor = Actor(one, "某人", (Grant("data_officer"),), "::1")
    numbers = []

    def given(rows, asks=None):
        path = written(tmp_path, rows)
        numbers.append(propose_files(office, actor, "hazard_sites", [path], {}))
        work_on(office, numbers[-1], room=room, asks=asks)
        return numbers[-1]

    yield given
    for number in numbers:
        reject_delivery(office, actor, number=number, reason="完")


def test_each_fault_has_row_cell_rule_clause_sentence_fix_and_its_place(officer, proposed):
    number = proposed(BAD)
    page = officer.get(f"/changes/{number}?lang=en").text
    assert '<details class="found" id="faults" open>' in page
    assert "3 errors" in page
    told = officer.get(f"/api/deliveries/{number}/faults").json["faults"]
    places = {each["rule"]: each["place"]["coordinates"] for each in told}
    assert places["district"] == [0, 0]
    assert places["people_threatened"] == [pytest.approx(X), pytest.approx(Y)]
    text_of = officer.get(f"/changes/{number}/faults.csv?lang=en").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text_of)))
    far = next(row for row in rows if row["Rule"] == "district")
    assert (far["Row"], far["Clause"]) == ("21", "this project's rule")
    assert far["What to do"].startswith("Correct the place")


def test_a_sentence_sends_to_the_field_of_the_page_and_not_to_an_option_of_the_command():
    said = "where one is meant, say so with --map A=code --map B=name"
    field = "the field “Columns for fields”"
    assert on_page(said, "en") == f"where one is meant, say so with {field} A=code {field} B=name"
    assert on_page("请用 --source-crs 声明", "zh") == "请用 “坐标系”一栏 声明"
    assert on_page("--mapping", "en") == "--mapping"


def test_one_rule_alone_can_be_asked_for_and_a_strange_one_asks_for_all(officer, proposed):
    number = proposed(BAD)
    one = officer.get(f"/changes/{number}?fault=district").text
    assert one.count('class="fault fault-error"') == 1
    assert officer.get(f"/changes/{number}?fault=ghost").text.count("fault fault-error") == 3


def test_notes_of_a_good_delivery_are_folded_away_so_that_its_changes_come_first(officer, proposed):
    twin = GOOD | {"F-19": ("点19", 19, GOOD["F-18"][2])}
    page = officer.get(f"/changes/{proposed(twin)}").text
    assert '<details class="found" id="faults">' in page
    assert page.count("fault fault-warning") >= 1


def test_the_cross_checks_of_a_proposal_are_shown_and_said_to_be_old_once_a_layer_changed(
    officer, office, proposed
):
    number = proposed(GOOD | {"F-a": ("点0", 1, Point(X, Y))}, asks=proposed_checks)
    page = officer.get(f"/changes/{number}?lang=en").text
    assert "It has the name of F-00, 0 m away" in page
    assert "Have it checked again" not in page
    with office.begin() as connection:
        connection.execute(
            text(
                "insert into census.layer_generation (layer, generation) values ('duty', 1) "
                "on conflict (layer) do update set generation = layer_generation.generation + 1"
            )
        )
    assert "Have it checked again" in officer.get(f"/changes/{number}?lang=en").text


def test_a_first_delivery_shows_its_rows_with_a_box_to_leave_each_out(officer, proposed):
    page = officer.get(f"/changes/{proposed(GOOD)}").text
    assert page.count('name="left_out"') == 20


def test_the_page_of_an_object_names_who_accepted_its_values_to_those_who_read_deliveries(
    app, office, officer, room, tmp_path
):
    one = account(office, "data_officer", password=False)[0]
    actor = Actor(one, "刘审核", (Grant("data_officer"),), "::1")
    path = written(tmp_path, GOOD)
    number = propose_files(office, actor, "hazard_sites", [path], {})
    work_on(office, number, room=room)
    accept_delivery(office, actor, number=number)
    assert work_on(office, number, room=room) == "accepted"
    page = officer.get("/census/hazard_sites/F-03?lang=zh").text
    assert "sites.gpkg 第 4 行" in " ".join(page.split())
    assert "刘审核 审核同意" in page
    planner = Browser(app, office).hold(account(office, "planner", password=False)[0])
    assert "刘审核" not in planner.get("/census/hazard_sites/F-03").text


# While a map still moves to a mark, a click in its middle meets another place.
STANDS_STILL = """() => {
  const at = JSON.stringify(document.querySelector(".fault-tip").getBoundingClientRect());
  const stood = at === window.tipStoodAt;
  window.tipStoodAt = at;
  return stood && !document.querySelector(".leaflet-zoom-anim, .leaflet-pan-anim");
}"""


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_in_a_browser_a_mark_finds_its_row_and_a_row_its_mark(
    chromium, served, officer, proposed, size
):
    number = proposed(BAD)
    address = f"http://127.0.0.1:{served}"
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_cookies([{"name": "riskatlas_session", "value": officer.cookie, "url": address}])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"{address}/changes/{number}?lang=en")
    page.wait_for_selector(".fault-where[data-drawn]:not([hidden])")
    assert "1 lie far outside the district" in page.inner_text(".fault-where")
    page.click("#faults .fault[data-rule='people_threatened'] [data-show-fault]")
    page.wait_for_selector("#faults .fault.is-shown[data-rule='people_threatened']")
    page.wait_for_selector(".fault-tip")
    page.wait_for_function(STANDS_STILL, polling=200)
    # The map goes to the mark; a click in its middle finds the row, whatever was shown before.
    page.evaluate("document.querySelector('.is-shown').classList.remove('is-shown')")
    frame = page.locator(".fault-where .change-map")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#faults .fault.is-shown")
    page.click(".fault-kinds [data-rule='district']")
    page.wait_for_selector("#faults .fault[data-rule='people_threatened']", state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert faults == []
    context.close()
