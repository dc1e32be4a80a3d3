import secrets
from uuid import uuid4

import pytest
from sqlalchemy import text

from census.access_errors import (
    AccountExistsError,
    DisplayNameError,
    ForbiddenError,
    LoginRefusedError,
    OwnRoleError,
    RolesApartError,
    UnknownAccountError,
    UnknownRoleError,
    WeakPasswordError,
)
from census.errors import UnknownDivisionError
from census.store import commands, lockout, sessions
from census.store.access_tables import OneTimeCode
from census.store.accounts import sign_in
from census.store.actors import Actor, Grant, actor_of, system_actor, visitor
from census.store.audit import verify_chain
from census.store.audit_reading import entries
from census.store.rights import rights

pytestmark = pytest.mark.postgis

TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
SECURITY = Actor(str(uuid4()), "安全员", (Grant("security_admin"),), "10.0.0.1")
PASSWORD = "山高水长 riskless"
WORK = {
    "create_account": lambda store, actor, _one: commands.create_account(
        store, actor, login_name=f"n{secrets.token_hex(4)}", display_name="新"
    ),
    "grant_role": lambda store, actor, one: commands.grant_role(
        store, actor, account_id=one, role="officer"
    ),
    "revoke_role": lambda store, actor, one: commands.revoke_role(
        store, actor, account_id=one, role="officer"
    ),
    "accounts": lambda store, actor, _one: commands.accounts(store, actor),
    "issue_code": lambda store, actor, one: commands.issue_code(store, actor, account_id=one),
    "close_account": lambda store, actor, one: commands.close_account(store, actor, account_id=one),
}


def newest(store):
    """The newest entry of the audit, without the entry that reading it makes."""
    with store.begin() as connection:
        found = connection.execute(
            text("select * from access.audit_entry order by id desc limit 1")
        )
        return dict(found.mappings().one())


def account(store, name=None):
    return commands.create_account(
        store, system_actor(), login_name=name or f"u{secrets.token_hex(4)}", display_name="某人"
    )


def opened(store):
    """An account with its password set by a code, and its name."""
    name = f"u{secrets.token_hex(4)}"
    account_id = account(store, name)
    code = commands.issue_code(store, SECURITY, account_id=account_id)
    commands.redeem_code(
        store, visitor(f"setup {name}"), login_name=name, code=code, new_password=PASSWORD
    )
    return account_id, name


@pytest.mark.parametrize("command", WORK)
@pytest.mark.parametrize("role", [*rights().roles, "nobody"])
def test_each_role_may_what_the_table_says_and_every_try_is_in_the_audit(bureau, command, role):
    one = account(bureau)
    grants = () if role == "nobody" else (Grant(role),)
    actor = Actor(str(uuid4()), "某人", grants, "10.0.0.2")
    is_allowed = role == "security_admin"
    before = verify_chain(bureau).entries
    if is_allowed:
        WORK[command](bureau, actor, one)
    else:
        with pytest.raises(ForbiddenError, match="You may not"):
            WORK[command](bureau, actor, one)
    entry = newest(bureau)
    assert verify_chain(bureau).entries == before + 1
    assert (entry["actor"], entry["outcome"]) == (actor.id, "done" if is_allowed else "refused")
    assert entry["detail"]["command"] == command
    assert entry["action"] == rights().commands[command]


@pytest.mark.parametrize("command", WORK)
def test_a_security_administrator_of_one_town_keeps_no_accounts_of_the_district(bureau, command):
    local = Actor(str(uuid4()), "镇", (Grant("security_admin", TOWN),), "10.0.0.3")
    with pytest.raises(ForbiddenError):
        WORK[command](bureau, local, account(bureau))


def test_nobody_gives_himself_a_role(bureau):
    own = account(bureau)
    commands.grant_role(bureau, system_actor(), account_id=own, role="security_admin")
    actor = actor_of(bureau, own, address="10.0.0.4")
    with pytest.raises(OwnRoleError, match="give yourself a role"):
        commands.grant_role(bureau, actor, account_id=own, role="planner")
    assert newest(bureau)["outcome"] == "refused"
    assert actor_of(bureau, own, address="10.0.0.4").grants == (Grant("security_admin"),)
    # The same person may give it to another: only the own account was in the way.
    other = account(bureau)
    commands.grant_role(bureau, actor, account_id=other, role="planner")
    assert actor_of(bureau, other, address="").may("route.save", WEST)


@pytest.mark.parametrize("held", ["security_admin", "auditor", "district_admin"])
@pytest.mark.parametrize("asked", ["security_admin", "auditor", "district_admin"])
def test_no_account_holds_two_of_the_three_administrators(bureau, held, asked):
    one = account(bureau)
    commands.grant_role(bureau, SECURITY, account_id=one, role=held)
    if asked == held:
        commands.grant_role(bureau, SECURITY, account_id=one, role=asked)
        return
    with pytest.raises(RolesApartError, match="different people"):
        commands.grant_role(bureau, SECURITY, account_id=one, role=asked)
    assert actor_of(bureau, one, address="").grants == (Grant(held),)
    assert newest(bureau)["outcome"] == "failed"


def test_a_role_holds_within_its_scope(bureau):
    one = account(bureau)
    commands.grant_role(bureau, SECURITY, account_id=one, role="planner", scope_code=WEST)
    actor = actor_of(bureau, one, address="")
    assert actor.may("route.save", WEST)
    assert not actor.may("route.save", EAST)
    assert not actor.may("route.save", "")
    assert actor.may("route.save")
    commands.grant_role(bureau, SECURITY, account_id=one, role="planner", scope_code=TOWN[:9])
    assert actor_of(bureau, one, address="").may("route.save", EAST)
    assert commands.revoke_role(
        bureau, SECURITY, account_id=one, role="planner", scope_code=TOWN[:9]
    )
    assert not commands.revoke_role(bureau, SECURITY, account_id=one, role="planner")
    assert not actor_of(bureau, one, address="").may("route.save", EAST)


@pytest.mark.parametrize("scope", ["99000100", "990001002", "9", "x", "990001001009"])
def test_a_scope_that_is_no_division_is_refused(bureau, scope):
    with pytest.raises(UnknownDivisionError):
        commands.grant_role(
            bureau, SECURITY, account_id=account(bureau), role="planner", scope_code=scope
        )


@pytest.mark.parametrize("role", ["visitor", "screen", "emperor"])
def test_a_role_that_nobody_signs_in_with_is_refused(bureau, role):
    with pytest.raises(UnknownRoleError, match="no role"):
        commands.grant_role(bureau, SECURITY, account_id=account(bureau), role=role)


@pytest.mark.parametrize("account_id", ["", "no-uuid", str(uuid4())])
def test_an_account_that_is_not_there_is_named(bureau, account_id):
    with pytest.raises(UnknownAccountError):
        commands.close_account(bureau, SECURITY, account_id=account_id)


def test_a_name_or_number_of_another_account_is_taken_in_any_writing(bureau):
    taken = f"Name{secrets.token_hex(3)}"
    number = f"N{secrets.token_hex(3)}"
    commands.create_account(
        bureau, SECURITY, login_name=taken, display_name="甲", staff_number=number
    )
    for name, own_number in ((taken.upper(), None), (number.lower(), None), ("x1", taken)):
        with pytest.raises(AccountExistsError, match="already signs in"):
            commands.create_account(
                bureau, SECURITY, login_name=name, display_name="乙", staff_number=own_number
            )


def test_a_taken_staff_number_is_named_as_such(bureau):
    number = f"N{secrets.token_hex(3)}"
    commands.create_account(
        bureau, SECURITY, login_name=f"u{number}", display_name="甲", staff_number=number
    )
    with pytest.raises(AccountExistsError, match=number) as fault:
        commands.create_account(
            bureau, SECURITY, login_name="free-name", display_name="乙", staff_number=number
        )
    assert "free-name" not in fault.value.sentence_en


@pytest.mark.parametrize("name", ["a\x07b", "\u202etxt.exe", "a\u2028b", "a\u200bb", "x" * 65])
def test_a_name_shown_to_others_hides_nothing(bureau, name):
    with pytest.raises(DisplayNameError, match="display name"):
        commands.create_account(
            bureau, SECURITY, login_name=f"u{secrets.token_hex(4)}", display_name=name
        )


@pytest.mark.parametrize("event", ["grant", "revoke", "close", "password", "code"])
def test_an_old_session_is_dead_after_each_of_these(bureau, event):
    account_id, _ = opened(bureau)
    commands.grant_role(bureau, SECURITY, account_id=account_id, role="planner")
    tokens = [sessions.start(bureau, account_id, address="10.0.0.5") for _ in range(2)]
    actor = actor_of(bureau, account_id, address="10.0.0.5")
    if event == "grant":
        commands.grant_role(bureau, SECURITY, account_id=account_id, role="officer")
    elif event == "revoke":
        commands.revoke_role(bureau, SECURITY, account_id=account_id, role="planner")
    elif event == "close":
        commands.close_account(bureau, SECURITY, account_id=account_id)
    elif event == "password":
        commands.change_password(bureau, actor, old_password=PASSWORD, new_password=PASSWORD + "2")
    else:
        commands.issue_code(bureau, SECURITY, account_id=account_id)
    assert [sessions.touch(bureau, token) for token in tokens] == [None, None]


@pytest.mark.parametrize("drops_totp", [False, True])
def test_a_code_after_a_theft_leaves_the_thief_neither_session_nor_password(bureau, drops_totp):
    account_id, name = opened(bureau)
    token = sessions.start(bureau, account_id, address="10.0.0.5")
    code = commands.issue_code(bureau, SECURITY, account_id=account_id, drops_totp=drops_totp)
    assert newest(bureau)["detail"]["ended_sign_ins"] == 1
    assert sessions.touch(bureau, token) is None
    with pytest.raises(LoginRefusedError):
        sign_in(bureau, name, PASSWORD, address="10.0.0.8")
    commands.redeem_code(
        bureau, visitor("10.0.0.6"), login_name=name, code=code, new_password=PASSWORD + "2"
    )
    assert sign_in(bureau, name, PASSWORD + "2", address="10.0.0.8").account_id == account_id


def test_the_sessions_of_others_stay(bureau):
    account_id, _ = opened(bureau)
    token = sessions.start(bureau, account_id, address="10.0.0.7")
    commands.grant_role(bureau, SECURITY, account_id=account(bureau), role="officer")
    assert sessions.touch(bureau, token) is not None


def test_a_code_opens_an_account_once_and_only_for_its_bearer(bureau):
    account_id, name = opened(bureau)
    _, other = opened(bureau)
    code = commands.issue_code(bureau, SECURITY, account_id=account_id)
    guest = visitor("10.0.1.1")
    with pytest.raises(LoginRefusedError):
        commands.redeem_code(
            bureau, guest, login_name=other, code=code, new_password=PASSWORD + "3"
        )
    with pytest.raises(WeakPasswordError):
        commands.redeem_code(bureau, guest, login_name=name, code=code, new_password="12345678")
    commands.redeem_code(
        bureau, guest, login_name=name, code=code.lower(), new_password=PASSWORD + "3"
    )
    with pytest.raises(LoginRefusedError):
        commands.redeem_code(bureau, guest, login_name=name, code=code, new_password=PASSWORD + "4")
    assert sign_in(bureau, name, PASSWORD + "3", address="10.0.1.2").account_id == account_id


def test_a_password_set_with_a_code_is_neither_name_nor_number_of_the_account(bureau):
    name, number = f"u{secrets.token_hex(4)}", f"GH{secrets.token_hex(4)}"
    account_id = commands.create_account(
        bureau, SECURITY, login_name=name, display_name="某人", staff_number=number
    )
    code = commands.issue_code(bureau, SECURITY, account_id=account_id)
    guest = visitor("10.0.1.1")
    for typed, password in ((name, number), (number, name), (name, name), (number, number)):
        with pytest.raises(WeakPasswordError, match="name of the account"):
            commands.redeem_code(bureau, guest, login_name=typed, code=code, new_password=password)
    assert lockout.failures(bureau, name, purpose="code") == 0
    # Who does not have the code is not told by it whose number it is.
    with pytest.raises(LoginRefusedError):
        commands.redeem_code(bureau, guest, login_name=name, code="X", new_password=number)
    commands.redeem_code(bureau, guest, login_name=name, code=code, new_password=PASSWORD)


@pytest.mark.parametrize("why", ["expired", "newer", "closed"])
def test_a_code_past_its_time_or_replaced_or_of_a_closed_account_opens_nothing(bureau, why):
    account_id, name = opened(bureau)
    code = commands.issue_code(bureau, SECURITY, account_id=account_id)
    with bureau.begin() as connection:
        kept = connection.execute(text("select c::text from access.one_time_code c")).scalars()
        assert not [row for row in kept if code in row]
    if why == "expired":
        with bureau.begin() as connection:
            connection.execute(
                OneTimeCode.__table__.update()
                .where(OneTimeCode.account_id == account_id)
                .values(expires_at=text("now()"))
            )
    elif why == "newer":
        commands.issue_code(bureau, SECURITY, account_id=account_id)
    else:
        commands.close_account(bureau, SECURITY, account_id=account_id)
    with pytest.raises(LoginRefusedError):
        commands.redeem_code(
            bureau, visitor("10.0.1.3"), login_name=name, code=code, new_password=PASSWORD + "5"
        )


def test_a_code_cannot_be_guessed_beyond_five_tries(bureau):
    account_id, name = opened(bureau)
    code = commands.issue_code(bureau, SECURITY, account_id=account_id)
    faults = []
    for wrong in ["A2", "B2", "C2", "D2", "E2", code]:
        with pytest.raises(Exception, match=r"do not fit|Too many") as fault:
            commands.redeem_code(
                bureau, visitor("10.0.1.4"), login_name=name, code=wrong, new_password=PASSWORD
            )
        faults.append(type(fault.value).__name__)
    assert faults == ["LoginRefusedError"] * 5 + ["LockedError"]


def test_the_own_password_is_changed_with_the_old_one_alone(bureau):
    account_id, name = opened(bureau)
    actor = actor_of(bureau, account_id, address="10.0.1.5")
    with pytest.raises(LoginRefusedError):
        commands.change_password(bureau, actor, old_password="wrong", new_password=PASSWORD + "6")
    with pytest.raises(WeakPasswordError, match="name of the account"):
        commands.change_password(bureau, actor, old_password=PASSWORD, new_password=name.upper())
    commands.change_password(bureau, actor, old_password=PASSWORD, new_password=PASSWORD + "6")
    with pytest.raises(LoginRefusedError):
        sign_in(bureau, name, PASSWORD, address="10.0.1.6")
    assert sign_in(bureau, name, PASSWORD + "6", address="10.0.1.6").account_id == account_id


def test_a_visitor_has_no_password_to_change_and_no_second_factor(bureau):
    guest = visitor("10.0.1.7")
    with pytest.raises(ForbiddenError, match="manage the own sign-in"):
        commands.change_password(bureau, guest, old_password="x", new_password=PASSWORD)
    with pytest.raises(ForbiddenError):
        commands.set_totp(bureau, guest, secret="s")


def test_a_lost_telephone_is_dropped_with_a_code(bureau):
    account_id, _ = opened(bureau)
    actor = actor_of(bureau, account_id, address="10.0.1.8")
    commands.set_totp(bureau, actor, secret="encrypted secret")

    def has_totp():
        listed = commands.accounts(bureau, SECURITY)
        return next(each["has_totp"] for each in listed if each["id"] == account_id)

    assert has_totp()
    commands.issue_code(bureau, SECURITY, account_id=account_id)
    assert has_totp()
    commands.issue_code(bureau, SECURITY, account_id=account_id, drops_totp=True)
    assert not has_totp()


def test_no_password_code_or_secret_stands_in_the_audit(bureau):
    canary = f"canary-{secrets.token_hex(6)}"
    name = f"u{secrets.token_hex(4)}"
    account_id = account(bureau, name)
    code = commands.issue_code(bureau, SECURITY, account_id=account_id)
    commands.redeem_code(
        bureau, visitor("10.0.1.9"), login_name=name, code=code, new_password=f"{canary}-1"
    )
    actor = actor_of(bureau, account_id, address="10.0.1.9")
    commands.set_totp(bureau, actor, secret=f"{canary}-totp")
    commands.change_password(bureau, actor, old_password=f"{canary}-1", new_password=f"{canary}-2")
    with pytest.raises(LoginRefusedError):
        sign_in(bureau, f"{canary}-typed-as-name", "x" * 8, address="10.0.1.9")
    written = str(entries(bureau, system_actor(), limit=100))
    assert account_id in written
    assert canary not in written
    assert code not in written


def test_a_fault_of_the_database_leaves_neither_work_nor_entry(bureau, monkeypatch):
    before = verify_chain(bureau).entries
    name = f"u{secrets.token_hex(4)}"

    def fail(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr("census.store.audit.record", fail)
    with pytest.raises(ConnectionError):
        commands.create_account(bureau, SECURITY, login_name=name, display_name="x")
    monkeypatch.undo()
    assert verify_chain(bureau).entries == before
    # The name is free: without its entry in the audit nothing was kept.
    commands.create_account(bureau, SECURITY, login_name=name, display_name="x")
