"""The second factor: set up, asked, good once, lost with the key, reset by the administrator."""

import pytest

from census.store import presence
from census.store.actors import Actor, system_actor
from census.store.commands import grant_role, require_factor, reset_second_factor, set_totp
from tests.webapp.pages.signed_in import (
    PASSWORD,
    Browser,
    digits_of,
    elsewhere,
    key_in,
    newest,
    signed_in,
)
from webapp import identity

pytestmark = pytest.mark.postgis


@pytest.fixture
def strict(office):
    """Planners sign in with a second factor while a test runs."""
    assert require_factor(office, system_actor(), role="planner", is_needed=True)
    yield
    require_factor(office, system_actor(), role="planner", is_needed=False)


@pytest.mark.usefixtures("strict")
def test_a_role_that_needs_it_sets_a_second_factor_up_and_every_code_is_good_once(
    app, office, planner
):
    browser = Browser(app, office)
    assert browser.sign_in(planner[1]).headers["Location"] == "/login/second"
    assert not browser.is_in  # the password alone opens nothing
    page = browser.get("/login/second")
    assert "data:image/svg+xml" in page.text
    key = key_in(page)
    assert browser.send("/login/second", code="000000").status_code == 401
    assert browser.send("/login/second", code=digits_of(key)).status_code == 303
    assert browser.is_in
    another = Browser(app, office)
    another.sign_in(planner[1])
    assert "data:image" not in another.get("/login/second").text
    before = newest(office, planner[0])
    replayed = another.send("/login/second", code=digits_of(key))
    assert (replayed.status_code, "used before" in replayed.text) == (401, True)
    wrong = another.send("/login/second", code="12345")
    assert wrong.status_code == 401
    noted = newest(office, planner[0])[: -len(before)]
    refused = ("session.enter", "refused", {"reason": "second_factor"})
    assert [tuple(each) for each in noted] == [refused] * 2
    assert another.send("/login/second", code=digits_of(key, 1)).status_code == 303
    assert another.is_in


def test_five_wrong_codes_lock_the_second_step(app, office, planner):
    secret = identity.Factors(office, "k").generate_totp_secret()
    set_totp(office, Actor(planner[0], "某人"), secret=secret)
    browser = Browser(app, office)
    browser.sign_in(planner[1])
    with app.server.app_context():
        # Encrypted with another key than this deployment's: no code of it can be right.
        own = identity.factors().generate_totp_secret()
    set_totp(office, Actor(planner[0], "某人"), secret=own)
    tries = [browser.send("/login/second", code="000000").status_code for _try in range(6)]
    assert tries == [401] * 5 + [429]
    reasons = [row.detail["reason"] for row in newest(office, planner[0])[:6]]
    assert reasons == ["locked"] + ["second_factor"] * 5


def test_an_own_second_factor_is_set_up_on_the_account_page_and_asked_from_then_on(
    app, office, planner
):
    browser = signed_in(app, office, planner)
    key = key_in(browser.get("/account/second"))
    stolen = browser.send("/account/second", code=digits_of(key), password="guessed")
    assert (stolen.status_code, browser.send("/account/second", code="1").status_code) == (401, 401)
    refused = ("session.enter", "refused", {"reason": "password"})
    assert [tuple(each) for each in newest(office, planner[0])[:2]] == [refused] * 2
    answer = browser.send("/account/second", code="000000", password=PASSWORD)
    assert answer.status_code == 401
    answer = browser.send("/account/second", code=digits_of(key), password=PASSWORD)
    assert answer.status_code == 303
    assert browser.get("/account/second").headers["Location"] == "/account"
    again = Browser(app, office)
    assert again.sign_in(planner[1]).headers["Location"] == "/login/second"
    assert presence.second_factor(office, planner[0]).secret.find(key.replace("-", "")) == -1


def test_the_second_step_is_worth_nothing_once_the_password_changed(app, office, planner):
    browser = Browser(app, office)
    with app.server.app_context():
        secret = identity.factors().generate_totp_secret()
        key = identity.factors().get_totp_pretty_key(secret)
    set_totp(office, Actor(planner[0], "某人"), secret=secret)
    browser.sign_in(planner[1])
    assert browser.get("/login/second").status_code == 200
    elsewhere(grant_role, role="approver")(browser, office, planner)
    answer = browser.send("/login/second", form_at="/login", code=digits_of(key))
    assert answer.headers["Location"] == "/login"
    assert not browser.is_in


@pytest.fixture
def planner_of_another_key(office, planner):
    """A planner whose secret was encrypted before the deployment's key changed."""
    secret = identity.Factors(office, "the key of last year").generate_totp_secret()
    set_totp(office, Actor(planner[0], "某人"), secret=secret)
    return planner


def test_a_secret_of_another_key_is_told_at_once_and_no_try_is_counted(
    app, office, planner_of_another_key
):
    browser = Browser(app, office)
    assert browser.sign_in(planner_of_another_key[1]).headers["Location"] == "/login/second"
    page = browser.get("/login/second")
    assert page.status_code == 409
    assert "key has changed" in page.text
    assert "请找安全管理员解除二次验证" in page.text
    assert 'name="code"' not in page.text
    came = newest(office, planner_of_another_key[0])[0]
    assert (came.outcome, came.detail) == ("failed", {"reason": "second_factor_unreadable"})
    tries = [
        browser.send("/login/second", form_at="/login", code="000000").status_code
        for _try in range(7)
    ]
    assert tries == [409] * 7
    assert not browser.is_in


def test_without_the_look_at_the_key_every_code_would_just_be_wrong(
    app, office, planner_of_another_key, monkeypatch
):
    """The control: a code is refused as wrong, and the account is locked for nothing."""
    monkeypatch.setattr(identity.Factors, "is_right", lambda _self, _code, _secret, _factor: False)
    monkeypatch.setattr(identity.Factors, "is_readable", lambda _self, _secret: True)
    browser = Browser(app, office)
    browser.sign_in(planner_of_another_key[1])
    tries = [browser.send("/login/second", code="000000").status_code for _try in range(6)]
    assert tries == [401] * 5 + [429]


def test_a_reset_second_factor_lets_the_person_in_again_to_set_it_up_anew(
    app, office, planner_of_another_key
):
    account_id, name = planner_of_another_key
    waiting = Browser(app, office)
    waiting.sign_in(name)
    assert reset_second_factor(office, system_actor(), account_id=account_id)
    done = newest(office, account_id)[0]
    assert (done.action, done.outcome) == ("account.reset", "done")
    assert done.detail == {"command": "reset_second_factor", "had_one": True}
    # Who had given the password before gives it again.
    assert waiting.get("/login/second").headers["Location"] == "/login"
    browser = signed_in(app, office, planner_of_another_key)
    key = key_in(browser.get("/account/second"))
    sent = browser.send("/account/second", code=digits_of(key), password=PASSWORD)
    assert sent.status_code == 303
    assert reset_second_factor(office, system_actor(), account_id=account_id)
    assert not reset_second_factor(office, system_actor(), account_id=account_id)


def test_each_key_has_a_name_of_its_own_and_reads_its_own_secrets(office):
    old, new = identity.Factors(office, "one"), identity.Factors(office, "two")
    secret = old.generate_totp_secret()
    assert old.is_readable(secret)
    assert not new.is_readable(secret)
    assert "one" not in secret
    assert not new.is_readable("what no program wrote")
