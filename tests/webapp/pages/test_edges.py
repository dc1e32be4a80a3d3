"""What comes from outside: hosts, proxies, addresses with zeros, numbers without end."""

import json
from dataclasses import replace

import pytest

from tests.webapp.pages.signed_in import signed_in
from webapp import session
from webapp.web_options import behind_proxy

WEST = "990001001001"
LINE = [[121.002, 31.005], [121.008, 31.005]]
HTTPS = "https://risk.example"
SHAPE = {"error_en", "error_zh"}

pytestmark = pytest.mark.postgis


@pytest.fixture
def editor(app, office, planner):
    """The browser of a planner."""
    return signed_in(app, office, planner)


def raw(browser, method, path, text):
    """Send a body as it stands, with the token."""
    browser.get("/")
    token = browser.client.get_cookie(session.TOKEN_COOKIE).value
    return browser.client.open(
        path,
        method=method,
        data=text,
        content_type="application/json",
        headers={"X-CSRFToken": token, "If-Match": '"0"'},
        environ_base={"REMOTE_ADDR": browser.from_address},
    )


# --- who says where the pages are -------------------------------------------------------------


@pytest.fixture
def printed(app):
    """Addresses for which sheets were asked."""
    asked = []
    view = app.server.view_functions["sheet"]
    cell = dict(zip(view.__code__.co_freevars, view.__closure__, strict=True))["printer"]
    before = cell.cell_contents
    cell.cell_contents = lambda *facts: asked.append(facts[3]) or b"%PDF-1.7"
    yield asked
    cell.cell_contents = before


def test_no_host_header_reaches_the_code_on_a_sheet(client, web_settings, printed):
    for host in ("http://evil.example", "http://127.0.0.1:9", "http://evil.example:8050"):
        answer = client.get(f"/village/{WEST}/risk.pdf", base_url=host)
        assert answer.status_code == 200
    # One address, hence one sheet to print, however many names are made up.
    assert set(printed) == {f"http://127.0.0.1:{web_settings.port}"}


@pytest.fixture
def proxied(app, web_settings):
    """Serve the pages as behind a proxy with the https address of the settings."""
    plain = app.server.wsgi_app
    app.server.wsgi_app = behind_proxy(plain, replace(web_settings, address=HTTPS))
    yield app.server.test_client()
    app.server.wsgi_app = plain


def test_behind_a_proxy_with_https_pages_and_live_process_are_one_origin(proxied, web_settings):
    page = proxied.get("/", base_url="http://risk.example")
    rules = page.headers["Content-Security-Policy"]
    assert f"connect-src 'self' {HTTPS};" in rules
    assert str(web_settings.port + 1) not in rules
    layout = str(proxied.get("/_dash-layout", base_url="http://risk.example").json)
    assert HTTPS in layout
    assert f":{web_settings.port + 1}" not in layout


def test_behind_a_proxy_with_https_cookies_are_secure(proxied):
    for path in ("/", "/login", "/?lang=en"):
        cookies = proxied.get(path, base_url="http://risk.example").headers.getlist("Set-Cookie")
        assert all("Secure" in each for each in cookies)
        assert cookies or path != "/"


def test_without_a_proxy_the_live_process_has_a_port_of_its_own(client, web_settings):
    rules = client.get("/").headers["Content-Security-Policy"]
    assert f"http://localhost:{web_settings.port + 1}" in rules


def test_only_a_proxy_of_the_settings_changes_anything(app, web_settings):
    assert behind_proxy(app.server.wsgi_app, web_settings) is not None
    plain = replace(web_settings, address="http://risk.example")
    assert behind_proxy(app.server.wsgi_app, plain) == app.server.wsgi_app


# --- what is asked below /api -----------------------------------------------------------------

BROKEN = [
    f'{{"line": [[{"9" * 400}, 31.0], [121.0, 31.0]]}}',
    f'{{"line": [[121.0, 31.0], [121.0, -{"9" * 4301}]]}}',
    '{"line": [[1e400, 31.0], [121.0, 31.0]]}',
    '{"line": [[NaN, 31.0], [121.0, 31.0]]}',
    json.dumps({"line": LINE})[:-1] + r', "note": "\ud800"}',
    json.dumps({"line": LINE})[:-1] + r', "note": "\u0000"}',
    json.dumps({"line": LINE})[:-1] + r', "shelter_code": "\udc00"}',
    json.dumps({"line": LINE})[:-1] + r', "explanations": {"\ud800": "x"}}',
    json.dumps({"line": LINE})[:-1] + ', "more": ' + "[" * 500 + "]" * 500 + "}",
]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("path", ["check", "versions"])
def test_a_body_that_no_page_sends_is_told_so(editor, path, text):
    answer = raw(editor, "POST", f"/api/routes/R1/{path}", text)
    assert answer.status_code == 422
    assert set(answer.json) == SHAPE


@pytest.mark.parametrize(
    "state",
    [
        '{"a": NaN}', '{"a": [Infinity]}', '{"a": -1e400}', r'{"a": "\u0000"}', r'{"\u0000": 1}',
        r'{"a": "\ud83d"}', f'{{"a": {"9" * 200}}}',
        f'{{"a": {"[" * 200}1{"]" * 200}}}', f'{{"a": {"[" * 100_000}}}',
    ],
)  # fmt: skip
def test_a_draft_that_the_database_cannot_keep_is_told_so(editor, state):
    text = json.dumps({"base_version": 0, "lines": [LINE]})[:-1] + f', "state": {state}}}'
    answer = raw(editor, "PUT", "/api/routes/R1/draft", text)
    assert answer.status_code == 422
    assert set(answer.json) == SHAPE
    assert editor.ask("GET", "/api/routes/R1").json["draft"] is None


@pytest.mark.parametrize("code", ["%00", "R1%00", "x" * 81, "R" * 4000])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/check"),
        ("PUT", "/draft"),
        ("POST", "/publish"),
        ("GET", "/versions/1"),
    ],
)
def test_an_address_that_no_code_can_have_is_not_found(editor, client, method, path, code):
    for answer in (
        editor.ask(method, f"/api/routes/{code}{path}", {}),
        client.open(f"/api/routes/{code}{path}", method=method),
    ):
        assert answer.status_code in {400, 404}
        assert set(answer.json) >= SHAPE


@pytest.mark.parametrize("path", ["/village/%00", "/town/9%00", "/%00", "/route/%00"])
def test_no_page_has_an_address_with_a_zero(editor, client, path):
    assert (client.get(path).status_code, editor.get(path).status_code) == (404, 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api/nothing", 404),
        ("PATCH", "/api/routes/R1", 405),
        ("GET", "/api/routes/R1/check", 405),
    ],
)
def test_what_is_not_below_api_is_told_as_json(editor, method, path, status):
    answer = editor.ask(method, path)
    assert answer.status_code == status
    assert set(answer.json) == SHAPE
    assert status != 405 or answer.headers["Allow"]


def test_refusals_below_api_have_one_shape(client, editor):
    entered = client.get("/api/routes/R1")
    assert (entered.status_code, set(entered.json)) == (401, SHAPE | {"login"})
    forged = editor.client.post(
        "/api/routes/R1/check", json={}, environ_base={"REMOTE_ADDR": editor.from_address}
    )
    # The editor knows by ``fault`` that a new token helps.
    assert (forged.status_code, set(forged.json)) == (400, SHAPE | {"fault"})
    assert forged.json["fault"] == "token"
    assert set(editor.ask("POST", "/api/routes/R1/publish", {}).json) == SHAPE
    assert set(editor.ask("POST", "/api/routes/none/check", {}).json) == SHAPE
