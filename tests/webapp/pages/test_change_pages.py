"""The pages of deliveries: given in pieces, checked, shown, decided on, by those who may."""

import csv
import io

import geopandas as gpd
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.proposing import work_on
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from census.store.layers import read_layer
from census.store.proposal_reading import read_proposal
from tests.webapp.pages.signed_in import Browser, account

pytestmark = pytest.mark.postgis

X, Y = 121.002, 31.004  # in the west village


@pytest.fixture(scope="module")
def room():
    with ReadingRoom() as opened:
        yield opened


@pytest.fixture
def officer(app, office):
    """A browser of a data officer of the whole district."""
    return Browser(app, office).hold(account(office, "data_officer", password=False)[0])


def frame_of(rows):
    """Hazard sites of the west village: code to (name, people), each beside the one before."""
    return gpd.GeoDataFrame(
        {
            "code": list(rows), "name": [name for name, _ in rows.values()],
            "kind": ["waterlogging"] * len(rows), "hazard": ["flood"] * len(rows),
            "people_threatened": [people for _, people in rows.values()],
        },
        geometry=[Point(X + 0.0001 * n, Y) for n in range(len(rows))], crs=4490,
    )  # fmt: skip


STORED = {f"H-{n:02}": (f"点{n}", n) for n in range(30)}


@pytest.fixture(scope="module", autouse=True)
def stored(office, room, tmp_path_factory):
    """Thirty sites are stored, and gone when the next module comes."""
    path = tmp_path_factory.mktemp("stored") / "first.gpkg"
    write_table(form_named("hazard_sites"), frame_of(STORED), path)
    assert import_delivery(office, "hazard_sites", [path], room=room).imported == 30
    yield
    with office.begin() as connection:
        connection.execute(text("delete from census.hazard_site where origin = 'delivered'"))


@pytest.fixture
def sites(tmp_path):
    """One site less, one that says something else, one new, and one that is a formula."""

    def written(people=7):
        rows = dict(list(STORED.items())[:29]) | {"H-neu": ("新点", people), "H-x": ("=1+1", 3)}
        rows["H-02"] = ("改名", 2)
        path = tmp_path / "sites.gpkg"
        write_table(form_named("hazard_sites"), frame_of(rows), path)
        return path

    return written


def send(browser, path, **declared):
    """Give a delivery as the page's script does."""
    content = path.read_bytes()
    files = [{"name": path.name, "bytes": len(content)}]
    begun = browser.ask(
        "POST", "/api/deliveries", {"form": "hazard_sites", "files": files, **declared}
    )
    assert begun.status_code == 201, begun.text
    number, size = begun.json["number"], begun.json["piece_bytes"]
    for piece in range(-(-len(content) // size)):
        answer = put(browser, number, piece, content[piece * size : (piece + 1) * size])
        assert answer.status_code == 204, answer.text
    assert browser.ask("POST", f"/api/deliveries/{number}/send").status_code == 200
    return number


def put(browser, number, piece, content):
    token = browser.client.get_cookie("_csrf_token").value
    return browser.client.put(
        f"/api/deliveries/{number}/files/0/{piece}", data=content,
        content_type="application/octet-stream", headers={"X-CSRFToken": token},
        environ_base={"REMOTE_ADDR": browser.from_address},
    )  # fmt: skip


def decide(browser, number, step, **fields):
    return browser.send(
        f"/changes/{number}/{step}", form_at=f"/changes/{number}", form_id="f" * 24, **fields
    )


def test_a_delivery_given_on_the_page_waits_for_the_worker_and_then_for_a_yes(
    officer, office, sites, room
):
    number = send(officer, sites())
    assert "data-progress" in officer.get(f"/changes/{number}").text
    with office.engine.connect() as connection:
        jobs = "select count(*) from queue.procrastinate_jobs where queueing_lock = :name"
        name = {"name": f"work_on_delivery:{number}"}
        assert connection.execute(text(jobs), name).scalar_one() == 1
    work_on(office, number, room=room)
    page = officer.get(f"/changes/{number}?lang=en").text
    assert "waiting for a decision" in page
    assert "H-neu" in page
    assert officer.get(f"/api/deliveries/{number}").json["state"] == "read"
    told = officer.get(f"/api/deliveries/{number}/map").json["changes"]
    new = next(each for each in told if each["code"] == "H-neu")
    assert (new["old"], new["new"]["coordinates"]) == (None, [pytest.approx(X + 0.0029), Y])
    rows = officer.get(f"/changes/{number}.csv")
    cells = [line[2] for line in csv.reader(io.StringIO(rows.data.decode("utf-8-sig")))]
    assert "'=1+1" in cells
    book = officer.get(f"/changes/{number}.xlsx")
    assert book.data[:2] == b"PK"
    assert officer.get(f"/changes/{number}.pdf").status_code == 404
    assert decide(officer, number, "reject", reason="只是试").status_code == 303
    assert read_proposal(office, number).reason == "只是试"
    # The object's page tells what was not accepted; who decided and why is told on its own page.
    page = officer.get("/census/hazard_sites/H-02").text
    assert "随交付退回" in page
    assert "改名" in page
    assert "只是试" not in page


def test_accepting_and_stopping_leave_word_and_change_nothing_by_themselves(
    officer, office, sites, room
):
    number = send(officer, sites())
    work_on(office, number, room=room)
    before = len(read_layer(office, "hazard_site"))
    answer = decide(officer, number, "accept", left_out="H-neu", codes="H-x")
    assert answer.status_code == 303, answer.text
    found = read_proposal(office, number)
    assert (found.state, found.decision["left_out"]) == ("accepting", ["H-neu", "H-x"])
    assert decide(officer, number, "reject", reason="x").status_code == 422
    assert decide(officer, number, "stop").status_code == 303
    assert work_on(office, number, room=room) == "halted"
    assert len(read_layer(office, "hazard_site")) == before
    wrong = decide(officer, number, "accept", codes="没有的")
    assert wrong.status_code == 422
    assert "没有的" in wrong.text
    decide(officer, number, "reject", reason="完")


def test_faults_are_shown_with_row_cell_rule_and_sentence_and_as_a_file(
    officer, office, sites, room
):
    number = send(officer, sites(people=-7))
    assert work_on(office, number, room=room) == "refused"
    page = officer.get(f"/changes/{number}").text
    assert "-7" in page
    assert "同意入库" not in page
    lines = officer.get(f"/changes/{number}/faults.csv").data.decode("utf-8-sig").splitlines()
    assert any("'-7" in line and "error" in line for line in lines[1:])
    assert decide(officer, number, "again").status_code == 303
    work_on(office, number, room=room)
    decide(officer, number, "reject", reason="有错")


def test_only_those_who_may_see_deliveries_and_only_for_the_whole_district(app, office, officer):
    for role, scope in (("planner", ""), ("data_officer", "990001001001")):
        one = account(office, role, scope=scope, password=False)[0]
        browser = Browser(app, office).hold(one)
        assert browser.get("/changes").status_code == 403
        assert browser.ask("POST", "/api/deliveries", {}).status_code == 403
    assert Browser(app, office).get("/changes").headers["Location"].startswith("/login?next=")
    admin = Browser(app, office).hold(account(office, "district_admin", password=False)[0])
    page = admin.get("/changes").text
    assert "data-upload" not in page
    assert "data-upload" in officer.get("/changes").text
    assert officer.get("/changes/999999").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, {"form": "hazard_sites"}, {"form": "hazard_sites", "files": [{}]},
        {"form": "hazard_sites", "files": [{"name": "../x.gpkg", "bytes": 3}]},
        {"form": "hazard_sites", "files": [{"name": "x.gpkg", "bytes": "3"}]},
        {"form": "hazard_sites", "files": [{"name": "x.gpkg", "bytes": 3}], "mapping": [1]},
        {"form": "hazard_sites", "files": [{"name": "x.gpkg", "bytes": 3}], "encoding": "x" * 300},
        {"form": "vulnerable_residents", "files": [{"name": "x.xlsx", "bytes": 3}]},
        {"form": "ghosts", "files": [{"name": "x.gpkg", "bytes": 3}]},
    ],
)  # fmt: skip
def test_what_no_page_sends_is_refused_in_words(officer, body):
    answer = officer.ask("POST", "/api/deliveries", body)
    assert answer.status_code in {404, 422}
    assert answer.json["error_zh"]
    assert answer.json["error_en"]


def test_a_piece_that_is_too_large_is_refused_unread(officer):
    files = [{"name": "x.gpkg", "bytes": 3}]
    begun = officer.ask("POST", "/api/deliveries", {"form": "hazard_sites", "files": files})
    number = begun.json["number"]
    assert put(officer, number, 0, bytes(2 * 1024 * 1024)).status_code == 413
    assert put(officer, number, 0, b"abcd").status_code == 422
    assert decide(officer, number, "reject", reason="x").status_code == 303


@pytest.mark.browser
def test_in_a_browser_a_file_is_given_and_its_changes_are_seen_and_sorted(
    chromium, served, officer, office, sites
):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    address = f"http://127.0.0.1:{served}"
    context.add_cookies([{"name": "riskatlas_session", "value": officer.cookie, "url": address}])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}/changes")
    page.select_option("[name=form]", "hazard_sites")
    page.set_input_files("[name=files]", sites())
    page.click("[data-upload] [type=submit]")
    page.wait_for_url("**/changes/*")
    number = int(page.url.rsplit("/", 1)[1])
    page.wait_for_selector("[data-progress]")
    work_on(office, number)
    page.wait_for_selector(".change-where[data-drawn]:not([hidden])")
    shown = page.locator(".change:visible")
    rows = shown.count()
    assert page.get_attribute(".change-where", "data-drawn") == str(rows)
    page.check(".change:has-text('H-neu') [name=left_out]")
    page.click(".kind[data-kind=gone]")
    page.wait_for_function("document.querySelector('.change-insert').hidden")
    page.click(".kind[data-kind=all]")
    assert shown.count() == rows
    assert page.is_checked(".change:has-text('H-neu') [name=left_out]")
    page.click(".change:has-text('H-neu') [data-show]")
    page.wait_for_selector(".leaflet-tooltip:has-text('新点')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert faults == []
    context.close()
    decide(officer, number, "reject", reason="完")
