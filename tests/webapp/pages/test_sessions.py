"""When a cookie is worth nothing any more, and what a browser may do with it."""

import pytest
from sqlalchemy import select

from census.store import sessions
from census.store.access_tables import LoginSession
from census.store.commands import close_account, grant_role, revoke_role
from tests.webapp.pages.signed_in import (
    Browser,
    change,
    elsewhere,
    log_out,
    shift,
    signed_in,
)
from webapp import identity

pytestmark = pytest.mark.postgis


ENDINGS = {
    "logout": log_out,
    "password_change": change,
    "role_given": elsewhere(grant_role, role="approver"),
    "role_taken": elsewhere(revoke_role, role="planner"),
    "closed": elsewhere(close_account),
    "idle": shift(LoginSession.seen_at, 30),
    "absolute": shift(LoginSession.started_at, 720),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_replayed_cookie_is_worth_nothing_after(app, office, planner, ending):
    browser, thief = signed_in(app, office, planner), Browser(app, office)
    thief.cookie = browser.cookie
    assert thief.is_in  # the control: until then the copy works
    thief.cookie = browser.cookie
    ENDINGS[ending](browser, office, planner)
    assert not thief.is_in
    answer = thief.ask("POST", "/api/routes/R1/check", {})
    assert answer.status_code == 401
    assert thief.get("/account").headers["Location"] == "/login?next=/account"


@pytest.mark.parametrize("minutes", [(LoginSession.seen_at, 29), (LoginSession.started_at, 719)])
def test_a_minute_before_its_limit_a_sign_in_still_holds(app, office, planner, minutes):
    browser = signed_in(app, office, planner)
    shift(*minutes)(browser, office, planner)
    assert browser.is_in


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in_who_went_away(app, office, planner):
    browser = signed_in(app, office, planner)
    browser.get("/")  # the token that scripts need
    go_on = shift(LoginSession.seen_at, 20)
    go_on(browser, office, planner)
    assert browser.ask("GET", "/api/routes/R1", **{"X-Unattended": "1"}).status_code == 200
    go_on(browser, office, planner)
    assert browser.ask("GET", "/api/routes/R1", **{"X-Unattended": "1"}).status_code == 401


def test_who_asks_within_the_limit_stays_signed_in(app, office, planner):
    browser = signed_in(app, office, planner)
    go_on = shift(LoginSession.seen_at, 20)
    for _look in range(3):
        go_on(browser, office, planner)
        assert browser.ask("GET", "/api/routes/R1").status_code == 200


def test_a_cookie_planted_before_the_sign_in_is_not_the_one_after_it(app, office, planner):
    victim, attacker = Browser(app, office), Browser(app, office)
    attacker.token()
    planted = attacker.cookie
    victim.cookie = planted
    victim.sign_in(planner[1])
    assert victim.cookie != planted
    attacker.cookie = planted
    assert not attacker.is_in
    first = victim.cookie
    victim.send("/logout", form_at="/account")
    victim.sign_in(planner[1])
    assert victim.cookie != first


def test_a_token_that_the_cookie_does_not_sign_is_nobody(app, office, planner):
    browser = signed_in(app, office, planner)
    body, _, signature = browser.cookie.rpartition(".")
    browser.cookie = f"{body}.{signature[::-1]}"
    assert not browser.is_in


def test_a_sign_in_is_a_row_and_the_token_is_not_in_it(app, office, planner):
    browser = signed_in(app, office, planner)
    with browser.client.session_transaction() as cookie:
        token = cookie[identity.TOKEN]
    query = select(LoginSession).where(LoginSession.account_id == planner[0])
    with office.engine.connect() as connection:
        row = connection.execute(query).one()
    assert token not in str(row)
    assert row.token_sha256 == sessions.token_sha256(token)


def test_an_expired_session_while_editing_is_401_with_a_sentence_and_the_draft_stays(
    app, office, planner
):
    browser = signed_in(app, office, planner)
    drawn = {
        "base_version": 0,
        "lines": [[[121.002, 31.005], [121.008, 31.005]]],
        "state": {"n": 1},
    }
    assert browser.ask("PUT", "/api/routes/R1/draft", drawn).status_code == 200
    shift(LoginSession.seen_at, 30)(browser, office, planner)
    answer = browser.ask("PUT", "/api/routes/R1/draft", {**drawn, "state": {"n": 2}})
    assert answer.status_code == 401
    assert {"error_zh", "error_en", "login"} == set(answer.json)
    browser.sign_in(planner[1])
    browser.get("/")
    assert browser.ask("GET", "/api/routes/R1").json["draft"]["state"] == {"n": 1}
    assert browser.ask("DELETE", "/api/routes/R1/draft").status_code == 200


def test_answers_that_depend_on_who_asks_are_kept_by_no_cache(app, office, planner):
    browser = signed_in(app, office, planner)
    for path in ("/", "/_dash-layout", "/account", "/login", "/api/routes/R1", "/desk"):
        assert browser.get(path).headers["Cache-Control"] == "private, no-store", path
    assert "no-store" not in browser.get("/theme.css").headers["Cache-Control"]


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
def test_the_cookie_is_secure_where_the_page_is_and_no_script_reads_it(browser, scheme, is_secure):
    answer = browser.client.get("/login", base_url=f"{scheme}://atlas.test")
    made = next(c for c in answer.headers.getlist("Set-Cookie") if "riskatlas_session" in c)
    assert ("Secure" in made) is is_secure
    assert "HttpOnly" in made
    assert "SameSite=Lax" in made


def test_an_open_editor_keeps_nobody_signed_in_who_has_gone_away(app, office, planner):
    browser = signed_in(app, office, planner)
    seat = ("POST", "/api/routes/R1/presence", {"tab": "0" * 32})
    unattended = {identity.UNATTENDED_HEADER: "1"}
    browser.get("/")
    shift(LoginSession.seen_at, 20)(browser, office, planner)
    assert browser.ask(*seat, **unattended).status_code == 200
    shift(LoginSession.seen_at, 20)(browser, office, planner)
    assert browser.ask(*seat, **unattended).status_code == 401
    # The control: somebody who does something stays.
    browser.sign_in(planner[1])
    browser.get("/")
    shift(LoginSession.seen_at, 20)(browser, office, planner)
    assert browser.ask(*seat).status_code == 200
    shift(LoginSession.seen_at, 20)(browser, office, planner)
    assert browser.ask(*seat).status_code == 200
