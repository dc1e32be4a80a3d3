"""Every route, page, callback and command, called as everybody: what the tables say, and no more.

The expectation is read from access.toml by a few lines of its own, not by the program's room of
rights. Roles hold for one village, where the route of the test lies, or for the one beside it.
"""

import inspect
import os
import re
import tomllib
from collections import Counter
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from census.access_errors import ForbiddenError
from census.errors import CensusError
from census.products.parameters import load_parameters
from census.store.access_tables import AccountRole, AuditEntry
from census.store.actors import Actor, Grant, visitor
from census.store.audit_reading import Filter
from census.store.report_commands import send_report
from census.store.report_statements import Photo, Sent, Statement, Supplement
from census.store.rights import COMMAND_ROOMS, commands_of_program, rights
from census.store.settings import data_folder
from tests.webapp.pages.signed_in import Browser, account
from webapp import entry

TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
ROUTE = "R1"  # of the west village
TABLES = tomllib.loads((data_folder() / "reference" / "access.toml").read_text("utf-8"))
ROLES = [name for name, row in TABLES["roles"].items() if row.get("signs_in", True)]
DISTRICT = ""
SCOPES = {
    name: (DISTRICT, WEST, EAST) if TABLES["roles"][name].get("is_of_district") else (WEST, EAST)
    for name in ROLES
}
WHO = ["nobody", *((role, scope) for role in ROLES for scope in SCOPES[role])]
PATHS = [
    "/",
    f"/town/{TOWN}",
    f"/village/{WEST}",
    "/desk",
    f"/route/{ROUTE}",
    "/reports",
    "/nowhere",
]
PAGES_OUTPUT = ".._pages_content.children..._pages_store.data.."
REPORT = uuid4()  # in the west village
OF_THE_DISTRICT = ("account.", "audit.", "screen.", "delivery.", "export.texts")
NEEDED_BY_NOBODY = {"/_reload-hash", "/static/<path:filename>"}

pytestmark = pytest.mark.postgis


def named(who):
    places = {DISTRICT: "district", WEST: "west", EAST: "east"}
    return who if isinstance(who, str) else f"{who[0]}@{places[who[1]]}"


def may(who, action, at=None):
    """Whether the tables allow it, there or, where no place is named, anywhere."""
    if action in TABLES["everybody"]:
        return True
    if who == "nobody" or action is None:
        return False
    if action in TABLES["signed_in"]:
        return True
    is_there = who[1] == DISTRICT or at in {None, who[1]}
    return is_there and action in TABLES["roles"][who[0]]["actions"]


@pytest.fixture(scope="module", autouse=True)
def report(office):
    """A report from the west village, which nobody of the matrix has sent."""
    other = Actor(str(uuid4()), "另一人", (Grant("officer"),), "10.9.9.8")
    send_report(office, other, statement=VALUES["statement"], limits=VALUES["limits"])


@pytest.fixture(scope="module")
def browsers(app, office):
    """A browser of everybody."""
    return {
        who: Browser(app, office)
        if who == "nobody"
        else Browser(app, office).hold(holder(office, *who))
        for who in WHO
    }


def holder(office, role, scope):
    """An account with a role for one village, also one that no command gives for less than all."""
    if scope not in {WEST, EAST} or DISTRICT not in SCOPES[role]:
        return account(office, role, scope=scope, password=False)[0]
    one = account(office, password=False)[0]
    row = {"account_id": one, "role": role, "scope_code": scope, "granted_by": "the test"}
    with office.begin() as connection:
        connection.execute(insert(AccountRole).values(row))
    return one


def endpoints(server):
    """Every rule and method of a server, with a path that the rule answers."""
    filled = {
        "account_id": str(uuid4()),
        "code": ROUTE,
        "int:number": "0",
        "int:file": "0",
        "int:piece": "0",
        "kind": "none",
        "path:path": "nowhere",
        "report_id": str(REPORT),
        "event_id": str(REPORT),
        "village_code": WEST,
    }
    for rule in server.url_map.iter_rules():
        path = re.sub("<([^>]*)>", lambda found: filled.get(found[1], "x"), rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            if rule.rule in entry.PAGES and method == "GET":
                pages = PATHS if rule.rule != "/" else ["/"]
                yield from ((rule.rule, method, each) for each in pages)
            elif rule.rule != entry.UPDATE_PATH:
                yield rule.rule, method, path


def action_of(rule, method, path):
    if rule in entry.PAGES:
        first = path.split("/")[1]
        templates = {"": "/", "nowhere": "/not-found", "desk": "/desk"}
        templates["reports"] = "/reports"
        return TABLES["pages"][templates.get(first, f"/{first}/<code>")]
    return TABLES["routes"].get(rule, {}).get(method)


def heard(answer):
    """What an answer says about the right: let in, to sign in, refused, unknown."""
    if answer.status_code == 401 and answer.json:
        return "sign in"
    if answer.headers.get("Location", "").startswith("/login?next="):
        return "sign in"
    return {403: "refused"}.get(answer.status_code, "let in")


def wanted(who, action):
    if action is None:
        return "refused"
    # What concerns the whole district is not done by who has the role for a village of it.
    if may(who, action, "the district" if action.startswith(OF_THE_DISTRICT) else None):
        return "let in"
    return "sign in" if who == "nobody" else "refused"


@pytest.mark.parametrize("who", WHO, ids=named)
def test_every_route_and_page_answers_those_alone_who_may(app, browsers, who):
    wrong = []
    for rule, method, path in endpoints(app.server):
        if rule == "/logout" and may(who, "session.own"):
            continue  # it would end the sign-in that the matrix goes on with
        answer = browsers[who].ask(method, path)
        if rule.startswith("/login"):
            assert answer.status_code in {200, 303, 401, 422, 429}, path
            continue
        expected = wanted(who, action_of(rule, method, path))
        if heard(answer) != expected:
            wrong.append((method, path, expected, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("who", WHO, ids=named)
def test_a_route_of_another_village_is_one_that_does_not_exist(app, browsers, who):
    for rule, method, path in endpoints(app.server):
        action = action_of(rule, method, path)
        if not (rule.startswith("/api/") and "<code>" in rule) or not may(who, action):
            continue
        answer = browsers[who].ask(method, path)
        unknown = browsers[who].ask(method, path.replace(ROUTE, "R-none"))
        assert unknown.status_code == 404, path
        is_there = may(who, "route.read", WEST)
        assert (answer.status_code != 404) is is_there, path
        if not is_there:
            assert answer.text == unknown.text.replace("R-none", ROUTE)


def body_of(app, output, pathname="/"):
    """A valid-looking request of a callback."""
    callback = app.callback_map[output]
    values = {"pathname": pathname, "search": "", "searchValue": "x"}

    def parts(listed, other):
        return [{**each, "value": values.get(each["property"], other)} for each in listed]

    pairs = [each.rpartition(".") for each in output.strip(".").split("...")]
    outputs = [{"id": one, "property": name} for one, _, name in pairs]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": parts(callback["inputs"], None),
        "changedPropIds": [],
        "state": parts(callback["state"], []),
    }


def callbacks(app):
    return [name for name, each in app.callback_map.items() if "callback" in each]


@pytest.mark.parametrize("who", WHO, ids=named)
def test_every_callback_answers_those_alone_who_may(app, browsers, who):
    for output in callbacks(app):
        is_page = output == PAGES_OUTPUT
        for path in PATHS if is_page else ["/"]:
            action = action_of("/<path:path>", "GET", path) if is_page else None
            action = action or TABLES["callbacks"].get(output)
            answer = browsers[who].ask("POST", entry.UPDATE_PATH, body_of(app, output, path))
            assert heard(answer) == wanted(who, action), (output, path, answer.text[:200])


def test_a_page_of_the_desk_that_a_link_in_disguise_asks_for_is_refused_as_well(app, browsers):
    for path in ("//desk", "/desk/", "/desk//", "///desk", f"/route/{ROUTE}/"):
        answer = browsers["nobody"].ask("POST", entry.UPDATE_PATH, body_of(app, PAGES_OUTPUT, path))
        assert heard(answer) == "sign in" or "route-editor" not in answer.text, path
        assert "desk-filter" not in answer.text, path


SENT = Sent(
    device="d", sequence=1, written_at=datetime.now(UTC), clock_off_s=None, content_sha256="0" * 64
)
VALUES = {
    "report_id": REPORT,
    "statement": Statement(
        id=REPORT,
        x=121.002,
        y=31.004,
        accuracy_m=5.0,
        place_source="gps",
        kind="other",
        severity=1,
        sent=SENT,
    ),
    "supplement": Supplement(id=uuid4(), report_id=REPORT, kind="withdrawn", sent=SENT),
    "photo": Photo(sha256="0" * 64, jpeg=b"", width_px=1, height_px=1),
    "limits": load_parameters(data_folder(), "hazard_reports"),
    "near": {"within_m": 1.0, "within_h": 1.0, "most": 1},
    "radius_m": 20.0,
    "beyond_m": 500.0,
    "account_id": str(uuid4()),
    "village_code": WEST,
    "villages": [WEST],
    "division_code": WEST,
    "code": ROUTE,
    "role": "planner",
    "duty_id": 10**9,
    "version": 0,
    "is_needed": False,
    "base_version": 99,
    "limit": 1,
    "table_name": "shelter",
    "asked": Filter(),
    "out": Path(os.devnull),
}


def given(function):
    """Valid-looking arguments, of which a route's are for a version that is not there."""
    taken = list(inspect.signature(function).parameters.values())[2:]
    return {
        each.name: VALUES.get(each.name, "x")
        for each in taken
        if each.default is inspect.Parameter.empty
    }


def command(name):
    rooms = [import_module(f"census.store.{room}") for room in COMMAND_ROOMS]
    return next(
        getattr(room, name)
        for room in rooms
        if getattr(getattr(room, name, None), "__module__", None) == room.__name__
    )


# Reports are kept to scopes by what is listed and found: tests/census/store/test_reports; what is
# taken out of persons by the rows that are seen: tests/census/store/test_personal.
NEEDS_NO_PLACE = {"session.enter", "session.own", "report.send", "report.read", "export.personal"}


def carried_out(function, office, actor):
    """Call a command; work that it opens is entered, with nothing done."""
    answer = function(office, actor, **given(function))
    if hasattr(answer, "__enter__"):
        with answer:
            pass


@pytest.mark.parametrize("who", WHO, ids=named)
@pytest.mark.parametrize("name", commands_of_program())
def test_every_command_refuses_those_who_may_not_there(office, who, name):
    action = TABLES["commands"][name]
    grants = () if who == "nobody" else (Grant(*who),)
    own = str(uuid4())
    actor = visitor("10.9.9.9") if who == "nobody" else Actor(own, "某人", grants, "10.9.9.9")
    at = "the district" if action.startswith(OF_THE_DISTRICT) else WEST
    is_allowed = may(who, action, None if action in NEEDS_NO_PLACE else at)
    function = command(name)
    if not is_allowed:
        with pytest.raises(ForbiddenError):
            carried_out(function, office, actor)
        return
    try:
        carried_out(function, office, actor)
    except ForbiddenError:
        pytest.fail(f"{name} was refused to {named(who)}")
    except (CensusError, AttributeError, TypeError, ValueError):
        pass  # let in, and stopped by the empty work that it was given


def test_the_tables_and_the_program_name_the_same(app):
    client = app.server.test_client()
    client.get("/")
    rules = {
        (rule.rule, method)
        for rule in app.server.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule not in NEEDED_BY_NOBODY
    }
    rows = {(rule, method) for rule, row in TABLES["routes"].items() for method in row}
    assert rules == rows | {(rule, "POST") for rule in entry.PAGES if ("/", "POST") in rules}
    assert set(callbacks(app)) == set(TABLES["callbacks"])
    assert set(commands_of_program()) == set(TABLES["commands"])
    pages = {page.get("path_template") or page["path"] for page in _registry()}
    assert pages == set(TABLES["pages"])


def _registry():
    from dash import page_registry  # noqa: PLC0415  (filled by the app)

    return page_registry.values()


def test_an_endpoint_that_no_row_names_is_refused_to_everybody(app, browsers, monkeypatch):
    """The control: the row goes, and the same address is closed."""
    browser = next(each for who, each in browsers.items() if who == ("planner", WEST))
    assert browser.ask("POST", f"/api/routes/{ROUTE}/check", {}).status_code == 422
    assert browser.get("/desk").status_code == 200
    search = body_of(app, "search.data")
    assert browser.ask("POST", entry.UPDATE_PATH, search).status_code == 200
    monkeypatch.delitem(rights().routes, "/api/routes/<code>/check")
    monkeypatch.delitem(rights().pages, "/desk")
    monkeypatch.delitem(rights().callbacks, "search.data")
    assert browser.ask("POST", f"/api/routes/{ROUTE}/check", {}).status_code == 403
    assert browser.get("/desk").status_code == 403
    assert browser.ask("POST", entry.UPDATE_PATH, search).status_code == 403


def test_a_server_without_the_guard_lets_everybody_in():
    """The control: the matrix would see it."""
    server = Flask("open")
    server.get("/account")(lambda: "open")
    answer = server.test_client().get("/account")
    assert heard(answer) == "let in" != wanted("nobody", "session.own")


def test_a_viewer_who_calls_a_planners_address_by_hand_is_told_and_audited(office, browsers):
    refused = select(func.count()).where(AuditEntry.outcome == "refused")
    with office.engine.connect() as connection:
        before = connection.execute(refused).scalar_one()
    viewer = browsers["town_admin", WEST]
    answer = viewer.ask("POST", f"/api/routes/{ROUTE}/versions", {"line": []})
    assert answer.status_code == 403
    assert "You may not save" in str(answer.json)
    assert "您无权" in str(answer.json)
    with office.engine.connect() as connection:
        assert connection.execute(refused).scalar_one() == before + 1


def test_the_matrix_is_as_large_as_it_is_said_to_be(app):
    """A matrix that lost its endpoints would pass: its size is counted."""
    counted = Counter(
        routes=len(list(endpoints(app.server))),
        callbacks=len(callbacks(app)) - 1 + len(PATHS),
        commands=len(commands_of_program()),
    )
    assert counted["routes"] >= 56
    assert counted["callbacks"] >= 8
    assert counted["commands"] >= 29
    assert len(WHO) == 1 + 2 * len(ROLES) + 2 == 21
