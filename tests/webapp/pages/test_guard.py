"""Every route and callback is named in one table, needs its token, and carries its policy."""

import base64
import hashlib
import re

import pytest

from census.store.rights import rights
from webapp import session

INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", flags=re.DOTALL
)
DISPATCH = session.UPDATE_PATH
SEARCH = {
    "output": "search.data",
    "outputs": {"id": "search", "property": "data"},
    "inputs": [{"id": "search", "property": "searchValue", "value": "西河"}],
    "changedPropIds": ["search.searchValue"],
    "state": [{"id": "search", "property": "data", "value": []}],
}

pytestmark = pytest.mark.postgis


def token_of(client, path="/"):
    client.get(path)
    return client.get_cookie(session.TOKEN_COOKIE).value


def ask(client, body, token=None, **options):
    headers = {"X-CSRFToken": token} if token else {}
    return client.post(DISPATCH, json=body, headers=headers, **options)


def test_every_route_is_named_in_the_table_but_those_that_nobody_needs(app, client):
    client.get("/")
    on_server = {rule.rule for rule in app.server.url_map.iter_rules()}
    assert on_server - set(rights().routes) == {"/_reload-hash", "/static/<path:filename>"}


def test_every_callback_of_the_server_is_named_in_the_table(app, client):
    client.get("/")
    on_server = {
        name
        for name, callback in app.callback_map.items()
        if "callback" in callback and callback.get("no_output") is not True
    }
    assert on_server == set(rights().callbacks)


@pytest.mark.parametrize("path", ["/_reload-hash", "/static/x.css"])
def test_a_route_that_no_row_names_is_refused(client, path):
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_visitor_can_write_nowhere(app, client, method):
    token = token_of(client)
    for rule in app.server.url_map.iter_rules():
        if rule.arguments or rule.rule == DISPATCH:
            continue
        if rights().action_of_route(rule.rule, method.upper()) == "session.enter":
            continue
        answer = getattr(client, method)(rule.rule, headers={"X-CSRFToken": token})
        is_sent_to_sign_in = answer.headers.get("Location", "").startswith("/login")
        assert answer.status_code in {401, 403, 405} or is_sent_to_sign_in, rule.rule


def test_a_callback_without_the_token_is_refused_in_both_languages(client):
    client.get("/")
    answer = ask(client, SEARCH)
    assert answer.status_code == 400
    assert set(answer.json) == {"zh", "en"}


def test_a_callback_with_the_token_answers(client):
    answer = ask(client, SEARCH, token_of(client))
    assert answer.status_code == 200
    found = answer.json["response"]["search"]["data"]
    assert [hit["value"] for hit in found] == ["village/990001001001"]


def test_the_token_of_another_visitor_is_refused(app, client):
    stranger = token_of(app.server.test_client())
    client.get("/")
    assert ask(client, SEARCH, stranger).status_code == 400


def test_a_callback_that_no_row_names_is_refused_even_with_the_token(client):
    token = token_of(client)
    assert ask(client, SEARCH | {"output": "district.delete"}, token).status_code == 403
    assert ask(client, SEARCH | {"output": ["search.data"]}, token).status_code == 403
    assert ask(client, [], token).status_code == 403


def test_a_body_larger_than_any_page_sends_is_refused(client):
    large = SEARCH | {"state": ["x" * session.LARGEST_BODY_BYTES]}
    assert ask(client, large, token_of(client)).status_code in {403, 413}


def test_the_token_cookie_reaches_a_plain_http_visitor_and_is_secure_on_https(app):
    def cookies(origin):
        answer = app.server.test_client().get("/", base_url=origin)
        return "; ".join(answer.headers.getlist("Set-Cookie"))

    assert "Secure" not in cookies("http://bureau.example:8050")
    assert "_csrf_token" in cookies("http://bureau.example:8050")
    assert "Secure" in cookies("https://bureau.example")


def test_inline_scripts_run_only_by_their_hash(client):
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    page = re.sub(r"<!--.*?-->", "", answer.text, flags=re.DOTALL)
    inline = INLINE_SCRIPT.findall(page)
    assert len(inline) == 2
    for script in inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in scripts


def test_the_policy_names_the_live_process_by_the_visitors_host(client, web_settings):
    answer = client.get("/", base_url="http://bureau.example:8050")
    policy = answer.headers["Content-Security-Policy"]
    assert f"connect-src 'self' http://bureau.example:{web_settings.port + 1}" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("value", ["\x00", 5, ["a", {"b": 1}], {"a": 1}])
def test_a_callback_takes_text_alone(client, value):
    forged = SEARCH | {"inputs": [SEARCH["inputs"][0] | {"value": value}]}
    assert ask(client, forged, token_of(client)).status_code == 400


def test_a_callback_without_its_inputs_is_refused(client):
    assert ask(client, {"output": "search.data"}, token_of(client)).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/village/%00", "/town/%00", "/village/%00/risk.pdf", "/_dash-component-suites/dash/../x"],
)
def test_an_address_that_no_division_can_have_is_404_not_a_crash(client, path):
    assert client.get(path).status_code == 404


def test_a_refusal_is_explained_in_both_languages(client):
    unknown, refused = client.get("/village/9/risk.pdf"), client.delete("/")
    assert (unknown.status_code, refused.status_code) == (404, 405)
    assert "没有这个地址的页面" in unknown.text
    assert "No page has this address" in unknown.text
    assert "Such a request is not accepted" in refused.text
    assert "GET" in refused.headers["Allow"]


@pytest.mark.parametrize("path", ["/theme.css", "/healthz", "/readyz", "/_reload-hash", "/x.pdf"])
def test_every_answer_carries_a_policy(client, path):
    assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_every_answer_says_that_types_are_not_to_be_guessed(client):
    for path in ("/", "/theme.css", "/healthz", "/village/none"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_health_and_readiness_answer(client):
    assert client.get("/healthz").text == "OK"
    assert client.get("/readyz").json["district"] == "990001"
