"""No request, however made, ends in a crash: it is answered, or refused with a sentence."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from census.store import pages as stored
from census.store.rights import rights
from webapp import gate, session

TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
PAGES_OUTPUT = ".._pages_content.children..._pages_store.data.."
LONG = "x" * 10_000

pytestmark = pytest.mark.postgis


def text_input(part, name, value):
    return {"id": part, "property": name, "value": value}


def panel_body(pathname="/", search=""):
    return {
        "output": PAGES_OUTPUT,
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [
            text_input("_pages_location", "pathname", pathname),
            text_input("_pages_location", "search", search),
        ],
        "changedPropIds": ["_pages_location.pathname"],
        "state": [],
    }


FOLLOW = {
    "output": "..place.data...trail.children..",
    "outputs": [{"id": "place", "property": "data"}, {"id": "trail", "property": "children"}],
    "inputs": [text_input("_pages_location", "pathname", "/")],
    "changedPropIds": ["_pages_location.pathname"],
    "state": [],
}
SEARCH = {
    "output": "search.data",
    "outputs": {"id": "search", "property": "data"},
    "inputs": [text_input("search", "searchValue", "西河")],
    "changedPropIds": ["search.searchValue"],
    "state": [text_input("search", "data", [])],
}
BODIES = (panel_body(), FOLLOW, SEARCH)


class Visitor:
    """Holds the token, and posts what no page would send."""

    def __init__(self, client):
        self.client = client
        client.get("/")
        self.headers = {"X-CSRFToken": client.get_cookie(session.TOKEN_COOKIE).value}

    def post(self, body):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            session.UPDATE_PATH, data=raw, headers=self.headers, content_type="application/json"
        )

    def panel(self, pathname, search=""):
        answer = self.post(panel_body(pathname, search))
        assert answer.status_code == 200
        return answer.text.encode().decode("unicode_escape")


@pytest.fixture
def visitor(client):
    return Visitor(client)


@pytest.fixture(scope="module")
def fuzzer(app):
    return Visitor(app.server.test_client())


@pytest.mark.parametrize("body", BODIES, ids=["panel", "follow", "search"])
@pytest.mark.parametrize("part", ["inputs", "outputs", "state", "changedPropIds"])
@pytest.mark.parametrize("value", [None, 5, "a", {}, [5], [[]], [{}], [{"id": "place"}]])
def test_a_part_of_the_wrong_shape_is_refused(visitor, body, part, value):
    if body[part] != value:
        assert visitor.post(body | {part: value}).status_code == 400


@pytest.mark.parametrize(("body", "part"), [(SEARCH, "state"), (SEARCH, "inputs")])
def test_a_callback_that_lacks_a_part_is_refused(visitor, body, part):
    rest = {name: value for name, value in body.items() if name != part}
    assert visitor.post(rest).status_code == 400


@pytest.mark.parametrize("state", [None, 5, [5], [{}], [{"label": 5}], {"a": 1}])
def test_choices_that_no_page_offered_are_refused(visitor, state):
    assert (
        visitor.post(SEARCH | {"state": [text_input("search", "data", state)]}).status_code == 400
    )


@pytest.mark.parametrize(
    "raw", [b"[" * 90_000, b'{"output":' * 20_000, b"", b"{", b"\xff\xfe", b"9" * 5000]
)
def test_what_is_no_json_or_nested_too_deep_is_refused(visitor, raw):
    assert visitor.post(raw).status_code in {400, 403}


def test_half_a_character_is_refused(visitor):
    raw = json.dumps(SEARCH).replace(json.dumps("西河"), r'"\ud800"').encode()
    assert visitor.post(raw).status_code in {400, 403}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def forged(draw):
    """One of the pages' questions with parts of it replaced by anything."""
    body = json.loads(json.dumps(draw(st.sampled_from(BODIES))))
    names = draw(st.lists(st.sampled_from([*body, "cancel", "dist"]), max_size=3))
    body |= {name: draw(ANYTHING) for name in names}
    if "inputs" not in names:
        forged_input = st.dictionaries(st.sampled_from(["id", "property", "value"]), ANYTHING)
        body["inputs"][0] |= draw(forged_input)
    return body


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=forged() | ANYTHING)
def test_no_body_ever_crashes_the_server_or_a_callback(fuzzer, caplog, body):
    caplog.clear()
    assert fuzzer.post(body).status_code < 500
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "search",
    [f"?code={EAST}", f"?code={EAST}&code={EAST}", "?code=", f"?code={LONG}", "?self=1&store=2"],
)
def test_the_path_says_which_village_is_shown_whatever_the_query_says(visitor, search):
    shown = visitor.panel(f"/village/{WEST}", search)
    assert "西河村" in shown
    assert "东河村：" not in shown


@pytest.mark.parametrize("name", ["lang", "layer", "zoom", "code", "pathname", "__proto__", "%00"])
@pytest.mark.parametrize("value", ["", "junk", "-1e400", "%00", "%ff", "../..", "<b>", LONG])
@pytest.mark.parametrize("path", ["/", f"/village/{WEST}"])
def test_a_page_bears_any_query(visitor, path, name, value):
    query = f"?{name}={value}&{name}=2"
    assert visitor.client.get(path + query).status_code == 200
    assert "headline" in visitor.panel(path, query)


def test_a_language_that_nobody_speaks_here_changes_nothing(client):
    client.get("/?lang=en")
    assert 'lang="en"' in client.get("/?lang=klingon").text
    assert 'lang="en"' in client.get("/?lang=en&lang=zh").text


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "X"]
)
def test_every_route_answers_every_method_with_its_guard(app, visitor, method):
    for rule in app.server.url_map.iter_rules():
        path = re.sub("<[^>]*>", "x", rule.rule)
        for headers in ({}, visitor.headers):
            answer = visitor.client.open(path, method=method, headers=headers)
            assert answer.status_code < 500, (method, rule.rule)
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if rule.rule not in rights().routes and method != "OPTIONS":
                assert answer.status_code in {400, 403, 405}, rule.rule


@pytest.mark.parametrize("path", ["/", f"/village/{WEST}", "/_dash-layout"])
def test_a_visitor_too_many_hears_in_both_languages_when_to_come_again(app, client, path):
    turns = app.server.extensions[gate.TURNS][gate.READ]
    queued = [turns.queue_up() for _ in range(turns.bounds.inside)]
    try:
        answer = client.get(path)
        free = [client.get(each).status_code for each in ("/theme.css", "/healthz", "/readyz")]
    finally:
        for _ in queued:
            turns.leave()
    assert free == [200, 200, 200]
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 3
    assert "many visitors" in answer.text
    said = answer.json["zh"] if answer.is_json else answer.text
    assert "访客较多" in said
    assert client.get(path).status_code == 200


def test_a_page_that_is_refused_asks_again_by_itself(app, client):
    turns = app.server.extensions[gate.TURNS][gate.READ]
    queued = [turns.queue_up() for _ in range(turns.bounds.inside)]
    answer = client.get("/")
    for _ in queued:
        turns.leave()
    assert f'again.js" data-again="{answer.headers["Retry-After"]}"' in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    with client.get("/assets/waiting/again.js") as script:
        assert script.status_code == 200


@pytest.mark.parametrize(
    "path", [f"/village/{WEST}", "/_dash-layout", f"/village/{WEST}/risk.pdf", "/readyz"]
)
def test_without_the_database_each_page_is_503_and_recovers_by_itself(client, database_away, path):
    with database_away():
        answer = client.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) <= 3
    assert client.get(path).status_code == 200


def test_without_the_database_callbacks_are_503_and_no_traceback_is_logged(
    visitor, database_away, caplog
):
    with database_away():
        answers = [visitor.post(body) for body in (*BODIES, *BODIES)]
    assert [answer.status_code for answer in answers] == [503] * 6
    assert set(answers[0].json) == {"zh", "en"}
    told = [line for line in caplog.records if line.levelname in {"WARNING", "ERROR"}]
    # At most: an outage is told once a minute, and another test may have met one just now.
    assert len(told) <= 1
    assert all(line.exc_info is None for line in told)
    assert "西河村" in visitor.panel(f"/village/{WEST}")


def test_a_page_that_fails_says_so_in_its_panel_and_the_log_names_page_and_fault_once(
    visitor, monkeypatch, caplog
):
    def broken(_store, code, **_asked):
        message = f"no figures of {code}"
        raise ValueError(message)

    monkeypatch.setattr(stored, "risk_card", broken)
    shown = visitor.panel(f"/village/{WEST}")
    assert "服务器没能回答" in shown
    assert "The server could not answer this step" in shown
    told = [line for line in caplog.records if line.levelname == "ERROR"]
    assert len(told) == 1
    assert f"/village/{WEST}" in told[0].getMessage()
    assert str(told[0].exc_info[1]) == f"no figures of {WEST}"
