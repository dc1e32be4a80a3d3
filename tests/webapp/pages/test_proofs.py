"""Passwords, one-time codes, second factors and the forms that take them."""

import pytest
from sqlalchemy import update

from census.store.access_tables import Account
from census.store.actors import system_actor
from census.store.commands import issue_code
from tests.webapp.pages.signed_in import PASSWORD, Browser, account, change, signed_in

pytestmark = pytest.mark.postgis


def test_a_form_without_its_token_or_with_one_of_before_is_refused(app, office, planner):
    browser = Browser(app, office)
    fields = {"name": planner[1], "password": PASSWORD}
    bare = browser.client.post("/login", data=fields)
    assert bare.status_code == 400
    assert "Reload the page" in bare.text
    assert "重新载入" in bare.text
    token = browser.token()
    assert browser.send("/login", csrf_token=token, **fields).status_code == 303
    replayed = browser.send("/login", csrf_token=token, **fields)
    assert replayed.status_code == 400
    # The control: with the token of now the same form passes.
    assert browser.send("/login", form_at="/account", **fields).status_code == 303


def test_a_replayed_logout_is_refused(app, office, planner):
    browser = signed_in(app, office, planner)
    token = browser.token("/account")
    assert browser.send("/logout", csrf_token=token).status_code == 303
    browser.sign_in(planner[1])
    assert browser.send("/logout", csrf_token=token).status_code == 400
    assert browser.is_in


def test_a_one_time_code_sets_a_password_once(app, office):
    one, name = account(office, "officer", password=False)
    code = issue_code(office, system_actor(), account_id=one)
    fields = {"name": name, "code": code.lower(), "new_password": PASSWORD, "again": PASSWORD}
    browser = Browser(app, office)
    unlike = browser.send("/login/code", **{**fields, "again": "other"})
    assert (unlike.status_code, "differ" in unlike.text) == (422, True)
    weak = browser.send(
        "/login/code", **{**fields, "new_password": "12345678", "again": "12345678"}
    )
    assert (weak.status_code, "commonest" in weak.text) == (422, True)
    done = browser.send("/login/code", **fields)
    assert done.headers["Location"] == "/login?said=password"
    assert browser.send("/login/code", **fields).status_code == 401
    assert browser.sign_in(name).status_code == 303


def test_who_must_change_the_password_does_that_first(app, office, planner):
    browser = signed_in(app, office, planner)
    assert browser.ask("POST", "/api/routes/R1/check", {}).status_code == 422
    with office.begin() as connection:
        own = update(Account).where(Account.id == planner[0])
        connection.execute(own.values(must_change_password=True))
    assert browser.get("/desk").headers["Location"] == "/account/password"
    refused = browser.ask("POST", "/api/routes/R1/check", {})
    assert (refused.status_code, "新密码" in refused.json["error_zh"]) == (403, True)
    change(browser, office, planner)
    assert browser.sign_in(planner[1], PASSWORD + "2").headers["Location"] == "/desk"
    assert browser.get("/desk").status_code == 200


def test_forms_load_no_script_and_stand_in_no_frame(browser):
    rules = browser.get("/login").headers["Content-Security-Policy"]
    assert "default-src 'none'" in rules
    assert "script-src" not in rules
    assert "form-action 'self'" in rules
    assert "frame-ancestors 'none'" in rules
