"""The security administrator keeps accounts on the web: by forms, once each, and with reasons."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from census.store import lockout, sessions
from census.store.access_tables import Account, AccountRole, AuditEntry, OneTimeCode
from census.store.actors import Actor, Grant, actor_of, system_actor
from census.store.commands import close_account, set_totp
from tests.webapp.pages.signed_in import PASSWORD, Browser, account
from webapp import account_pages, identity
from webapp.shown_codes import ShownCodes

TOWN, WEST = "990001001000", "990001001001"

pytestmark = pytest.mark.postgis


@pytest.fixture
def keeper(app, office):
    """A security administrator, signed in."""
    return Browser(app, office).hold(account(office, "security_admin", password=False)[0])


@pytest.fixture
def officer(office):
    """Id and name of an account whose roles may be changed."""
    return account(office, "officer", password=False)


def form_id(page, action):
    """What the form with this action calls itself."""
    form = page.split(f'action="{action}"')[1].split("</form>")[0]
    return re.search('name="form_id" value="([^"]+)"', form)[1]


def deed(keeper, account_id, step, **fields):
    """Send a form of an account's page, as the page shows it."""
    page, path = keeper.get(f"/accounts/{account_id}").text, f"/accounts/{account_id}/{step}"
    named = fields.pop("form_id", None) or form_id(page, path)
    return keeper.send(path, form_at=f"/accounts/{account_id}", form_id=named, **fields)


def new(keeper, **fields):
    named = fields.pop("form_id", None) or form_id(keeper.get("/accounts/new").text, "/accounts")
    typed = {"display_name": "李新", "login_name": f"n{secrets.token_hex(4)}", **fields}
    return keeper.send("/accounts", form_at="/accounts/new", form_id=named, **typed)


def said(office, account_id):
    """Command and outcome of the entries about an account, newest first."""
    about = select(AuditEntry.detail, AuditEntry.outcome).where(
        AuditEntry.object_code == account_id, AuditEntry.detail["command"].astext != "account"
    )
    with office.begin() as connection:
        rows = connection.execute(about.order_by(AuditEntry.id.desc())).all()
    return [(row.detail.get("command"), row.outcome) for row in rows]


def roles_of(office, account_id):
    held = select(AccountRole.role, AccountRole.scope_code).where(
        AccountRole.account_id == account_id
    )
    with office.begin() as connection:
        return set(map(tuple, connection.execute(held)))


def test_an_account_is_made_with_its_role_and_scope_and_without_an_e_mail(keeper, office):
    answer = new(keeper, staff_number="", role="planner", scope=WEST)
    assert answer.status_code == 303
    made = re.fullmatch("/accounts/([0-9a-f-]+)[?]said=created", answer.headers["Location"])[1]
    assert roles_of(office, made) == {("planner", WEST)}
    page = keeper.get(f"/accounts/{made}?said=created").text
    for words in ("李新", "规划员", "西河村", "未设密码", "账号已建立"):
        assert words in page
    assert "Planner" not in page
    assert "planner" in keeper.get(f"/accounts/{made}?lang=en").text


def test_a_staff_number_alone_is_enough_to_sign_in_with(keeper, office):
    number = f"GH{secrets.token_hex(3)}"
    answer = new(keeper, login_name="", staff_number=number)
    made = answer.headers["Location"].split("/")[2].split("?")[0]
    with office.begin() as connection:
        row = connection.execute(select(Account).where(Account.id == made)).one()
    assert (row.login_name, row.staff_number, row.email) == (number, number.lower(), None)


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ({"login_name": "a b"}, 422, "cannot be a login name"),
        ({"login_name": ""}, 422, "cannot be a login name"),
        ({"ends_on": "31.12.2026"}, 422, "is no day"),
        ({"role": "king"}, 422, "no role"),
        ({"role": "planner", "scope": "990001009001"}, 422, "990001009001"),
        ({"role": "auditor", "scope": WEST}, 422, "whole district only"),
        ({"role": "visitor"}, 422, "no role"),
    ],
)
def test_what_cannot_be_is_told_and_no_half_account_is_left(keeper, office, typed, status, told):
    count = select(func.count()).select_from(Account)
    with office.begin() as connection:
        before = connection.execute(count).scalar_one()
    answer = new(keeper, **typed)
    assert answer.status_code == status
    assert told in answer.text
    assert 'role="alert"' in answer.text
    assert "李新" in answer.text  # what was typed stays
    with office.begin() as connection:
        assert connection.execute(count).scalar_one() == before


def test_a_name_that_is_taken_is_told(keeper, officer):
    answer = new(keeper, login_name=officer[1].upper())
    assert (answer.status_code, "already signs in" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("security_admin", "auditor"), ("auditor", "district_admin"),
        ("district_admin", "security_admin"),
    ],
)  # fmt: skip
def test_the_three_administrators_stay_three_people_and_the_page_says_why(
    keeper, office, held, asked
):
    one = account(office, held, password=False)[0]
    refused = deed(keeper, one, "grant", role=asked, scope="")
    assert refused.status_code == 409
    assert "three different people" in refused.text
    assert "三员分立" in refused.text
    assert roles_of(office, one) == {(held, "")}
    # The page still offers the role that was chosen, and the control: another role passes.
    assert f'value="{asked}" selected' in refused.text
    passed = deed(keeper, one, "grant", role="officer", scope="")
    assert passed.headers["Location"].endswith("said=granted")


def test_a_role_is_given_and_taken_and_the_sign_ins_end(keeper, app, office, officer):
    person = Browser(app, office).hold(officer[0])
    assert person.is_in
    assert deed(keeper, officer[0], "grant", role="planner", scope=TOWN).status_code == 303
    assert not person.is_in
    assert roles_of(office, officer[0]) == {("officer", ""), ("planner", TOWN)}
    assert deed(keeper, officer[0], "revoke", role="planner", scope=TOWN).status_code == 303
    assert roles_of(office, officer[0]) == {("officer", "")}
    assert said(office, officer[0])[:2] == [("revoke_role", "done"), ("grant_role", "done")]


def test_a_replayed_form_does_nothing_the_second_time(keeper, office, officer):
    page = keeper.get(f"/accounts/{officer[0]}").text
    named = form_id(page, f"/accounts/{officer[0]}/revoke")
    again = {"role": "officer", "scope": "", "form_id": named}
    first = keeper.send(
        f"/accounts/{officer[0]}/revoke", form_at=f"/accounts/{officer[0]}", **again
    )
    assert first.headers["Location"].endswith("said=revoked")
    deed(keeper, officer[0], "grant", role="officer", scope="")
    replayed = deed(keeper, officer[0], "revoke", **again)
    assert replayed.headers["Location"].endswith("said=again")
    assert roles_of(office, officer[0]) == {("officer", "")}
    assert ("revoke_role", "failed") in said(office, officer[0])
    # The control: a form of its own takes the role.
    deed(keeper, officer[0], "revoke", role="officer", scope="")
    assert roles_of(office, officer[0]) == set()


def test_a_double_click_on_create_makes_one_account(keeper, office):
    named = form_id(keeper.get("/accounts/new").text, "/accounts")
    login_name, token = f"n{secrets.token_hex(4)}", keeper.token("/accounts/new")
    fields = {
        "form_id": named,
        "login_name": login_name,
        "display_name": "双击",
        "csrf_token": token,
    }

    def click(_number):
        one = Browser(keeper.app, office)
        one.cookie = keeper.cookie
        return one.send("/accounts", **fields).headers["Location"].split("?")[0]

    with ThreadPoolExecutor(2) as pool:
        places = list(pool.map(click, range(2)))
    assert places[0] == places[1]
    # The control: without its name the second form is another account's, whose name is taken.
    assert new(keeper, login_name=login_name).status_code == 409


def test_a_double_click_on_hand_out_gives_one_code_and_shows_that_one(keeper, office, officer):
    page = keeper.get(f"/accounts/{officer[0]}").text
    path = f"/accounts/{officer[0]}/code"
    fields = {"form_id": form_id(page, path), "csrf_token": keeper.token(f"/accounts/{officer[0]}")}
    for _click in range(2):
        assert keeper.send(path, **fields).headers["Location"] == path
    shown = re.search("<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", keeper.get(path).text)[1]
    unused = select(func.count()).where(
        OneTimeCode.account_id == officer[0], OneTimeCode.used_at.is_(None)
    )
    with office.begin() as connection:
        assert connection.execute(unused).scalar_one() == 1
    assert [each for each in said(office, officer[0]) if each[0] == "issue_code"] == [
        ("issue_code", "failed"), ("issue_code", "done"),
    ]  # fmt: skip
    answer = Browser(keeper.app, office).send(
        "/login/code", name=officer[1], code=shown, new_password=PASSWORD, again=PASSWORD
    )
    assert answer.headers["Location"] == "/login?said=password"


def test_a_code_is_shown_to_the_sign_in_that_asked_and_not_later(keeper, app, office, officer):
    assert deed(keeper, officer[0], "code").status_code == 303
    path = f"/accounts/{officer[0]}/code"
    page = keeper.get(path)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "若有原密码，已作废" in page.text
    code = re.search("<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", page.text)[1]
    other = Browser(app, office).hold(account(office, "security_admin", password=False)[0])
    assert "<code>" not in other.get(path).text
    assert "只显示一次" in other.get(path).text
    # The cookie does not carry it, nor the audit.
    assert code.replace("-", "") not in keeper.cookie
    with office.begin() as connection:
        entries = connection.execute(select(AuditEntry.detail)).scalars().all()
    assert code.replace("-", "") not in str(entries)


def test_a_code_that_was_not_read_in_its_time_is_gone():
    codes = ShownCodes(shown_s=0.0)
    codes.keep("sign-in", "account", "ABCDEFGHJK")
    assert codes.read("sign-in", "account") is None
    patient = ShownCodes()
    patient.keep("sign-in", "account", "ABCDEFGHJK")
    assert patient.read("sign-in", "account") == "ABCDEFGHJK"


def test_a_second_factor_is_reset_on_the_page_and_the_lost_key_is_seen_in_the_list(
    keeper, office, officer
):
    secret = identity.Factors(office, "the key of last year").generate_totp_secret()
    set_totp(office, Actor(officer[0], "某人"), secret=secret)
    assert "密钥已更换" in keeper.get(f"/accounts?search={officer[1]}").text
    assert deed(keeper, officer[0], "second").headers["Location"].endswith("said=second")
    assert said(office, officer[0])[0] == ("reset_second_factor", "done")
    page = keeper.get(f"/accounts/{officer[0]}").text
    assert "未启用" in page
    assert f"/accounts/{officer[0]}/second" not in page


def test_an_account_is_closed_after_a_question_and_offers_nothing_more(
    keeper, app, office, officer
):
    person = Browser(app, office).hold(officer[0])
    question = keeper.get(f"/accounts/{officer[0]}/close").text
    assert "不能恢复" in question
    named = form_id(question, f"/accounts/{officer[0]}/close")
    path = f"/accounts/{officer[0]}/close"
    assert keeper.send(path, form_id=named).headers["Location"].endswith("said=closed")
    assert not person.is_in
    page = keeper.get(f"/accounts/{officer[0]}").text
    assert "已关闭" in page
    assert f'action="/accounts/{officer[0]}/code"' not in page
    assert f'action="/accounts/{officer[0]}/grant"' not in page


@pytest.mark.parametrize("step", ["grant", "revoke", "code", "second", "close"])
def test_nobody_keeps_the_own_account(app, office, step):
    own = account(office, "security_admin", password=False)[0]
    keeper = Browser(app, office).hold(own)
    page = keeper.get(f"/accounts/{own}").text
    assert "自己的账号" in page
    assert f'action="/accounts/{own}/{step}"' not in page
    named = secrets.token_urlsafe(18)
    answer = keeper.send(
        f"/accounts/{own}/{step}", form_at="/accounts/new", form_id=named, role="security_admin",
        scope="",
    )  # fmt: skip
    assert answer.status_code == 403
    assert "own account" in answer.text or "yourself" in answer.text
    assert keeper.is_in
    assert actor_of(office, own, address="").grants == (Grant("security_admin"),)


def test_the_list_is_searched_and_filtered_by_state(keeper, app, office):
    mark = secrets.token_hex(4)
    made = {each: account(office, "officer", staff_number=f"{each}-{mark}") for each in "ab"}
    close_account(office, system_actor(), account_id=made["b"][0])
    guesser = Browser(app, office)
    for _try in range(5):
        guesser.sign_in(made["a"][1], "wrong")

    def listed(query):
        rows = keeper.get(f"/accounts?search={query}").text.split("<tbody>")[-1]
        return {each for each in made if f"{each}-{mark}" in rows}

    assert listed(mark) == {"a", "b"}
    assert listed(f"{mark.upper()}&state=closed") == {"b"}
    assert listed(f"{mark}&state=locked") == {"a"}
    assert "已锁定，还有 15 分钟" in keeper.get(f"/accounts?search={mark}&state=locked").text
    lockout.forgive(office, made["a"][1], address=guesser.from_address)
    nobody = keeper.get(f"/accounts?search={mark}&state=locked").text
    assert "没有符合条件的账号" in nobody


def test_what_the_list_says_of_a_sign_in(keeper, office):
    one, name = account(office, "planner", scope=WEST)
    assert "从未登录" in keeper.get(f"/accounts?search={name}").text
    sessions.start(office, one, address="10.0.0.9")
    row = keeper.get(f"/accounts?search={name}").text.split("<tbody>")[1]
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", row)
    assert "正常" in row
    assert f"西河村 {WEST}" in row


def test_an_account_that_nobody_has_is_404(keeper):
    for path in ("x", "0e7f4a30-0000-4000-8000-000000000000"):
        assert keeper.get(f"/accounts/{path}").status_code == 404
        assert keeper.get(f"/accounts/{path}/close").status_code == 404
        assert keeper.get(f"/accounts/{path}/code").status_code == 404
        answer = keeper.send(f"/accounts/{path}/code", form_at="/accounts/new", form_id="x" * 24)
        assert answer.status_code == 404


@pytest.mark.parametrize("named", ["", "short", "x" * 65, "ä" * 24])
def test_a_form_without_its_name_is_refused(keeper, officer, named):
    answer = keeper.send(f"/accounts/{officer[0]}/close", form_at="/accounts/new", form_id=named)
    assert answer.status_code == 400


def test_the_forms_load_no_script_and_stand_in_no_frame(keeper, officer):
    for path in ("/accounts", "/accounts/new", f"/accounts/{officer[0]}"):
        rules = keeper.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in rules
        assert "script-src" not in rules


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_people_typed_is_shown_as_text(keeper, text):
    place = new(keeper, display_name=text).headers["Location"]
    for path in (place, "/accounts?search=" + "script"):
        page = keeper.get(path).text
        assert text not in page
    assert "&lt;" in keeper.get(place).text


def test_every_choice_of_state_has_its_words():
    assert set(account_pages.STATES) == {"open", "new", "locked", "ended", "closed"}
