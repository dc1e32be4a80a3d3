"""A route of another place is answered in every way like a code that none has."""

import importlib.util
from pathlib import Path

import pytest

from census.store import new_routes
from census.store.actors import Actor, Grant
from webapp.session import TOKEN_COOKIE, UPDATE_PATH

HERE = Path(__file__).with_name("signed_in.py")
_spec = importlib.util.spec_from_file_location("signed_in_for_scopes", HERE)
_people = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_people)

pytestmark = pytest.mark.postgis
TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
PUBLISHED, NOWHERE = "R1", "R-none"
PAGE = {
    "output": ".._pages_content.children..._pages_store.data..",
    "outputs": [
        {"id": "_pages_content", "property": "children"},
        {"id": "_pages_store", "property": "data"},
    ],
    "changedPropIds": [],
    "state": [],
}


@pytest.fixture(scope="module")
def fresh(office):
    """Code of a new route of the west village that nobody has saved."""
    planner = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
    return new_routes.create_route(office, planner, village_code=WEST, shelter_code="S1")


@pytest.fixture
def seen(app, office):
    """What somebody with a scope is answered: status of the address, and the panel's text."""

    def look(role, scope, code):
        browser = _people.Browser(app, office)
        if role:
            browser.hold(_people.account(office, role, scope=scope, password=False)[0])
        path = f"/route/{code}"
        page = browser.get(path)
        inputs = [
            {"id": "_pages_location", "property": name, "value": value}
            for name, value in (("pathname", path), ("search", ""))
        ]
        assert browser.client.get_cookie(TOKEN_COOKIE) or not role
        panel = browser.ask("POST", UPDATE_PATH, {**PAGE, "inputs": inputs})
        return page.status_code, panel.status_code, panel.text.replace(code, "CODE")

    return look


@pytest.mark.parametrize("role", ["planner", "approver", "town_admin"])
def test_out_of_scope_and_unknown_are_one_answer(seen, fresh, role):
    unknown = seen(role, EAST, NOWHERE)
    assert unknown[:2] == (404, 200)
    assert "There is no evacuation route" in unknown[2]
    assert seen(role, EAST, PUBLISHED) == unknown
    assert seen(role, EAST, fresh) == unknown


@pytest.mark.parametrize("scope", [WEST, TOWN, ""])
def test_in_scope_the_same_routes_are_there(seen, fresh, scope):
    for code in (PUBLISHED, fresh):
        page, panel, text = seen("planner", scope, code)
        assert (page, panel) == (200, 200)
        assert "data-route-editor" in text
    assert seen("planner", scope, NOWHERE)[0] == 404


def test_whoever_may_see_no_route_learns_of_none(seen, fresh):
    for role in (None, "data_officer"):
        answers = {seen(role, EAST, code) for code in (PUBLISHED, fresh, NOWHERE)}
        assert len(answers) == 1


def test_the_frame_shows_the_village_of_a_code_whether_or_not_a_route_has_it(app, office, fresh):
    browser = _people.Browser(app, office)

    def place(code):
        body = {
            "output": "..place.data...trail.children..",
            "outputs": [
                {"id": "place", "property": "data"}, {"id": "trail", "property": "children"},
            ],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": f"/route/{code}"}
            ],
            "changedPropIds": [], "state": [],
        }  # fmt: skip
        return browser.ask("POST", UPDATE_PATH, body).text.replace(code, "CODE")

    assert place(fresh) == place(f"N-{WEST}-98")
    assert f'"village":"{WEST}"' in place(fresh)
