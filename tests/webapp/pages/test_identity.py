"""Who signs in, who is kept out, and when a cookie is worth nothing any more."""

import importlib.util
import secrets
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from census.store import lockout, presence, sessions
from census.store.access_tables import Account, AuditEntry, LoginSession
from census.store.accounts import login_key_of
from census.store.actors import Actor, system_actor
from census.store.commands import (
    close_account,
    grant_role,
    issue_code,
    revoke_role,
    set_totp,
)
from census.store.rights import Role, rights
from webapp import entry, identity

HERE = Path(__file__).with_name("signed_in.py")
_spec = importlib.util.spec_from_file_location("signed_in_for_identity", HERE)
_people = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_people)
PASSWORD, Browser, account, digits_of = (
    _people.PASSWORD, _people.Browser, _people.account, _people.digits_of,
)  # fmt: skip

pytestmark = pytest.mark.postgis


@pytest.fixture
def browser(app, office):
    """A browser at an address of its own."""
    return Browser(app, office)


@pytest.fixture
def planner(office):
    """Id and name of a planner of the whole district."""
    return account(office, "planner")


def newest(office, account_id):
    """Action, outcome and detail of the newest entries about an account."""
    about = (AuditEntry.object_code == account_id) | (AuditEntry.actor == account_id)
    query = select(AuditEntry.action, AuditEntry.outcome, AuditEntry.detail).where(about)
    with office.engine.connect() as connection:
        return connection.execute(query.order_by(AuditEntry.id.desc())).all()


def test_name_or_staff_number_signs_in_without_an_e_mail(office, app):
    number = f"N{secrets.token_hex(3)}"
    for login_name in (account(office, staff_number=number)[1], number, number.upper()):
        one = Browser(app, office)
        answer = one.sign_in(login_name)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert one.is_in


def test_two_accounts_without_an_e_mail_stand_beside_each_other(office):
    first, second = account(office, password=False)[0], account(office, password=False)[0]
    with office.engine.connect() as connection:
        mails = select(Account.email).where(Account.id.in_([first, second]))
        assert connection.execute(mails).scalars().all() == [None, None]


def test_the_login_library_knows_the_account_and_its_roles(browser, planner, app):
    browser.sign_in(planner[1])
    with app.server.test_request_context(headers={"Cookie": f"riskatlas_session={browser.cookie}"}):
        from flask_security import current_user  # noqa: PLC0415  (needs a request)

        assert str(current_user.id) == planner[0]
        assert current_user.has_role("planner")
        assert not current_user.has_role("approver")


def test_a_wrong_password_is_told_in_both_languages_and_audited(office, browser, planner):
    answer = browser.sign_in(planner[1], "wrong")
    assert answer.status_code == 401
    assert "do not fit" in answer.text
    assert "不符" in answer.text
    assert not browser.is_in
    done = newest(office, planner[0])[0]
    assert (done.action, done.outcome) == ("session.enter", "refused")


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(app, office, planner):
    pages = []
    for name in (planner[1], "nobody" + planner[1][6:], planner[1].upper()):
        one = Browser(app, office)
        text = one.send("/login", csrf_token=(token := one.token()), name=name, password="x").text
        pages.append(text.replace(token, "").replace(name, ""))
    assert pages[0] == pages[1] == pages[2]


def test_an_unknown_name_takes_a_hash_as_well(browser, planner, monkeypatch):
    hashed = []
    from census.store import passwords  # noqa: PLC0415  (to watch its hasher)

    real = passwords._hasher().verify
    watch = type("Watch", (), {"verify": lambda _self, *a: hashed.append(1) or real(*a)})()
    watch.check_needs_rehash = lambda _stored: False
    monkeypatch.setattr(passwords, "_hasher", lambda: watch)
    browser.sign_in(planner[1], "x")
    browser.sign_in("nobody-" + secrets.token_hex(4), "x")
    assert len(hashed) == 2


def test_the_sixth_try_is_locked_even_with_the_right_password(app, office, planner):
    for _try in range(5):
        assert Browser(app, office).sign_in(planner[1], "x").status_code == 401
    answer = Browser(app, office).sign_in(planner[1])
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert "Too many failures" in answer.text
    # The control: without the failures of this name the same password is right.
    lockout.forgive(office, login_key_of(planner[1]))
    assert Browser(app, office).sign_in(planner[1]).status_code == 303


def test_one_address_that_guesses_many_names_waits(browser):
    tries = [browser.sign_in(f"nobody{n}", "x").status_code for n in range(21)]
    assert tries == [401] * 20 + [429]


def signed_in(app, office, planner):
    browser = Browser(app, office)
    assert browser.sign_in(planner[1]).status_code == 303
    return browser


def log_out(browser, _office, _planner):
    assert browser.send("/logout", form_at="/account").headers["Location"] == "/login?said=out"


def change(browser, _office, _planner):
    fields = {"old_password": PASSWORD, "new_password": PASSWORD + "2", "again": PASSWORD + "2"}
    assert browser.send("/account/password", **fields).status_code == 303


def shift(column, minutes):
    def shifted(_browser, office, planner):
        earlier = column - func.make_interval(0, 0, 0, 0, 0, minutes)
        own = update(LoginSession).where(LoginSession.account_id == planner[0])
        with office.begin() as connection:
            connection.execute(own.values({column: earlier}))

    return shifted


def elsewhere(command, **options):
    def done(_browser, office, planner):
        command(office, system_actor(), account_id=planner[0], **options)

    return done


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


def test_a_visitor_leaves_no_row(browser, office):
    def rows():
        with office.engine.connect() as connection:
            counts = [select(func.count()).select_from(t) for t in (LoginSession, AuditEntry)]
            return [connection.execute(each).scalar_one() for each in counts]

    before = rows()
    browser.get("/")
    browser.get("/village/990001001001")
    browser.ask("POST", "/api/routes/R1/check", {})
    assert rows() == before


def test_sign_in_and_out_are_in_the_audit(app, office, planner):
    browser = signed_in(app, office, planner)
    browser.send("/logout", form_at="/account")
    left, came = newest(office, planner[0])[:2]
    assert (came.action, came.outcome) == ("session.enter", "done")
    assert (left.action, left.outcome, left.detail["command"]) == ("session.own", "done", "leave")


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "/\\evil", "javascript:alert(1)", "\n/x"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(browser, planner, address):
    browser.token()
    answer = browser.client.post(
        "/login",
        query_string={"next": address},
        data={"csrf_token": browser.token(), "name": planner[1], "password": PASSWORD},
    )
    assert answer.headers["Location"] == "/"
    assert entry.local("/desk?lang=en") == "/desk?lang=en"


def test_the_page_that_asked_for_the_sign_in_comes_back(browser, planner):
    sent = browser.get("/desk?lang=en").headers["Location"]
    assert sent == "/login?next=/desk%3Flang%3Den"
    assert browser.sign_in(planner[1], path=sent).headers["Location"] == "/desk?lang=en"
    assert browser.get("/desk").status_code == 200


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
    assert (refused.status_code, "新密码" in refused.json["zh"]) == (403, True)
    change(browser, office, planner)
    assert browser.sign_in(planner[1], PASSWORD + "2").headers["Location"] == "/"
    assert browser.get("/desk").status_code == 200


def key_in(page):
    return page.text.split("<code>")[1].split("</code>")[0]


def test_a_role_that_needs_it_sets_a_second_factor_up_and_every_code_is_good_once(
    app, office, planner, monkeypatch
):
    given = rights().roles["planner"]
    strict = Role(given.name, given.word_zh, given.word_en, given.actions, True, True)
    monkeypatch.setitem(rights().roles, "planner", strict)
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
    replayed = another.send("/login/second", code=digits_of(key))
    assert (replayed.status_code, "used before" in replayed.text) == (401, True)
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


def test_an_own_second_factor_is_set_up_on_the_account_page_and_asked_from_then_on(
    app, office, planner
):
    browser = signed_in(app, office, planner)
    key = key_in(browser.get("/account/second"))
    assert browser.send("/account/second", code="000000").status_code == 401
    assert browser.send("/account/second", code=digits_of(key)).status_code == 303
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
    assert {"zh", "en", "login"} <= set(answer.json)
    browser.sign_in(planner[1])
    browser.get("/")
    assert browser.ask("GET", "/api/routes/R1").json["draft"]["state"] == {"n": 1}
    assert browser.ask("DELETE", "/api/routes/R1/draft").status_code == 200


def test_answers_that_depend_on_who_asks_are_kept_by_no_cache(app, office, planner):
    browser = signed_in(app, office, planner)
    for path in ("/", "/_dash-layout", "/account", "/login", "/api/routes/R1", "/desk"):
        assert browser.get(path).headers["Cache-Control"] == "private, no-store", path
    assert "no-store" not in browser.get("/theme.css").headers["Cache-Control"]


def test_forms_load_no_script_and_stand_in_no_frame(browser):
    rules = browser.get("/login").headers["Content-Security-Policy"]
    assert "default-src 'none'" in rules
    assert "script-src" not in rules
    assert "form-action 'self'" in rules
    assert "frame-ancestors 'none'" in rules


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
def test_the_cookie_is_secure_where_the_page_is_and_no_script_reads_it(browser, scheme, is_secure):
    answer = browser.client.get("/login", base_url=f"{scheme}://atlas.test")
    made = next(c for c in answer.headers.getlist("Set-Cookie") if "riskatlas_session" in c)
    assert ("Secure" in made) is is_secure
    assert "HttpOnly" in made
    assert "SameSite=Lax" in made


def test_the_top_bar_names_who_is_signed_in_and_offers_the_desk_to_those_who_may(
    app, office, planner
):
    def bar(browser):
        return str(browser.ask("GET", "/_dash-layout").json)

    visitor_bar = bar(Browser(app, office))
    assert "'href': '/login'" in visitor_bar
    browser = signed_in(app, office, planner)
    assert "'href': '/desk'" in bar(browser)
    officer = Browser(app, office).hold(account(office, "officer", password=False)[0])
    assert "'href': '/account'" in bar(officer)
    assert "'href': '/desk'" not in bar(officer)


def test_one_who_is_signed_in_waits_for_no_visitor(app, office, planner):
    from webapp import gate  # noqa: PLC0415  (only here)

    browser = signed_in(app, office, planner)
    turns = app.server.extensions[gate.TURNS][gate.READ]
    queued = [turns.queue_up() for _ in range(turns.bounds.inside)]
    try:
        told = [browser.get("/").status_code, Browser(app, office).get("/").status_code]
    finally:
        for _ in queued:
            turns.leave()
    assert told == [200, 503]
