import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask_security import SQLAlchemySessionUserDatastore, UserMixin
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.orm import scoped_session, sessionmaker

from census.access_errors import (
    AccountNameError,
    LockedError,
    LoginRefusedError,
    MixedScriptsError,
    UnknownAccountError,
    WeakPasswordError,
)
from census.store import lockout, passwords, sessions
from census.store.access_tables import LoginFailure, LoginSession
from census.store.account_list import account
from census.store.account_names import checked_key
from census.store.accounts import (
    CODE_LETTERS,
    Account,
    AccountRole,
    code_sha256,
    entered,
    login_key_of,
    new_code,
    sign_in,
)
from census.store.actors import actor_of, system_actor, visitor
from census.store.commands import create_account, grant_role, issue_code, redeem_code, set_totp
from census.store.presence import use_counter

PASSWORD = "三条河流在此 meet"


def wide(typed):
    """What a Chinese keyboard types in full width."""
    return "".join(chr(ord(each) + 0xFEE0) for each in typed)


def fresh_account(store, name=None, **further):
    """An account with the password above, opened by its code."""
    login_name = name or f"u{secrets.token_hex(4)}"
    account_id = create_account(
        store, system_actor(), login_name=login_name, display_name="某人", **further
    )
    code = issue_code(store, system_actor(), account_id=account_id)
    redeem_code(
        store, visitor(f"setup {login_name}"), login_name=login_name, code=code,
        new_password=PASSWORD,
    )  # fmt: skip
    return account_id, login_name


def asked(store, column, **row):
    """One column of the one row that has these values."""
    held = (getattr(column.class_, name) == value for name, value in row.items())
    with store.begin() as connection:
        return connection.execute(select(column).where(*held)).scalar_one()


def change(store, model, row, **values):
    held = (getattr(model, name) == value for name, value in row.items())
    with store.begin() as connection:
        connection.execute(update(model).where(*held).values(values))


def test_two_accounts_without_e_mail_stand_side_by_side(bureau):
    one, _ = fresh_account(bureau)
    other, _ = fresh_account(bureau)
    assert one != other
    assert asked(bureau, Account.email, id=one) is None
    assert asked(bureau, Account.email, id=other) is None


@pytest.mark.parametrize("typed", [wide("Wang.Li"), "WANG.LI", " wang.li ", wide("gh007"), "GH007"])
def test_an_account_is_found_however_its_name_or_number_is_typed(empty_place, typed):
    account_id, _ = fresh_account(empty_place, "Wang.Li", staff_number="Gh007")
    found = sign_in(empty_place, typed, PASSWORD, address="10.0.0.1")
    assert found.account_id == account_id


@given(st.text(max_size=100))
def test_the_form_for_comparison_is_stable_and_short(typed):
    key = login_key_of(typed)
    assert len(key) <= 64
    assert login_key_of(key) == key


@pytest.mark.parametrize("name", ["", "  ", "a b", "a\x00b", "a\u200bb", "x" * 65])
def test_a_text_that_cannot_be_a_name_is_refused(name):
    with pytest.raises(AccountNameError, match="cannot be a login name"):
        checked_key(name)


@pytest.mark.parametrize("name", ["\u0430dmin", "adm\u0456n", "\u03bfffice", "王a\u0430"])
def test_a_name_that_mixes_letters_which_look_alike_is_refused(name):
    with pytest.raises(MixedScriptsError, match="mixes letters of"):
        checked_key(name)


@pytest.mark.parametrize(
    "name", ["admin", "王wang-7", wide("Admin"), "\u0430\u0434\u043c\u0438\u043d", "gh007"]
)
def test_a_name_of_one_script_with_chinese_and_digits_passes(name):
    assert checked_key(name)


def test_a_password_is_kept_as_argon2id_at_19_mib(bureau):
    account_id, _ = fresh_account(bureau)
    kept = asked(bureau, Account.password, id=account_id)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in kept
    assert passwords.is_right(kept, PASSWORD)
    assert not passwords.is_right(kept, PASSWORD + "!")
    assert not passwords.is_right(kept, "x" * 5000)
    assert not passwords.is_right(None, PASSWORD)
    assert not passwords.is_right("no hash", PASSWORD)


def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(bureau):
    account_id, name = fresh_account(bureau)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    change(bureau, Account, {"id": account_id}, password=weak)
    sign_in(bureau, name, PASSWORD, address="10.0.0.2")
    kept = asked(bureau, Account.password, id=account_id)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    sign_in(bureau, name, PASSWORD, address="10.0.0.2")
    assert asked(bureau, Account.password, id=account_id) == kept


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short77", "fewer than 8"),
        ("x7" * 129, "more than 256"),
        ("Password123", "commonest"),
        (wide("12345678"), "commonest"),
        ("zzzzzzzzzzzz", "commonest"),
        ("Zhang.San", "name of the account"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, why):
    with pytest.raises(WeakPasswordError, match=why) as fault:
        passwords.require_strong(password, names=("zhang.san",))
    assert password not in fault.value.sentence_en + fault.value.sentence_zh


def test_no_more_than_two_hashes_are_computed_at_once(monkeypatch):
    # The real queue around a hasher that counts: each waits until another could have come in.
    inside, most, lock = 0, 0, Lock()

    class Counting:
        def hash(self, _password):
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            PasswordHasher(time_cost=1, memory_cost=8192).hash("x")
            with lock:
                inside -= 1
            return "hash"

    monkeypatch.setattr(passwords, "_hasher", Counting)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(passwords.hashed, ["pw"] * 24))
    assert most == 2


def test_five_failures_lock_a_name_at_an_address_for_a_quarter_of_an_hour_known_or_not(bureau):
    _, known = fresh_account(bureau)
    said = {}
    for name in (known, "nobody-of-this-name"):
        heard = []
        for _try in range(7):
            with pytest.raises((LoginRefusedError, LockedError)) as fault:
                sign_in(bureau, name, "wrong password", address="10.1.0.1")
            heard.append((type(fault.value), fault.value.sentence_en))
        said[name] = heard
        assert [kind for kind, _ in heard] == [LoginRefusedError] * 5 + [LockedError] * 2
    assert said[known] == said["nobody-of-this-name"]
    with pytest.raises(LockedError) as fault:
        sign_in(bureau, known, PASSWORD, address="10.1.0.1")
    assert 14 * 60 < fault.value.wait_s <= 15 * 60
    with pytest.raises(Exception, match="permission denied"):
        change(bureau, LoginFailure, {"login_key": known}, address="")


def test_a_lock_ends_after_its_time_and_a_sign_in_forgets_the_failures(bureau, bureau_owner):
    _, name = fresh_account(bureau)
    for _try in range(5):
        with pytest.raises(LoginRefusedError):
            sign_in(bureau, name, "wrong password", address="10.2.0.9")
    shift = text(
        "update access.login_failure set at = at - make_interval(mins => :mins) "
        "where login_key = :key"
    )
    with bureau_owner.begin() as connection:
        connection.execute(shift, {"mins": 14, "key": name})
    with pytest.raises(LockedError):
        sign_in(bureau, name, PASSWORD, address="10.2.0.9")
    with bureau_owner.begin() as connection:
        connection.execute(shift, {"mins": 1, "key": name})
    assert sign_in(bureau, name, PASSWORD, address="10.2.0.9").name == "某人"
    assert lockout.failures(bureau, name) == 0


def test_name_and_number_of_an_account_share_their_five_tries(bureau):
    number = f"n{secrets.token_hex(4)}"
    _, name = fresh_account(bureau, staff_number=number)
    for attempt in range(5):
        with pytest.raises(LoginRefusedError):
            sign_in(bureau, (name, number)[attempt % 2], "wrong password", address="10.3.0.1")
    with pytest.raises(LockedError):
        sign_in(bureau, number, PASSWORD, address="10.3.0.1")


def test_twenty_failures_a_minute_make_an_address_wait_but_no_other(bureau):
    _, name = fresh_account(bureau)
    for number in range(20):
        lockout.admit(bureau, f"somebody-{number}", address="10.4.0.1")
    with pytest.raises(LockedError) as fault:
        sign_in(bureau, name, PASSWORD, address="10.4.0.1")
    assert 0 < fault.value.wait_s <= 60
    assert sign_in(bureau, name, PASSWORD, address="10.4.0.2").name == "某人"


def test_many_tries_at_once_are_no_way_round_the_limit(bureau):
    def attempt(_number):
        try:
            return lockout.admit(bureau, "besieged", address="10.5.0.1")
        except LockedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        admitted = [each for each in pool.map(attempt, range(40)) if each is not None]
    assert len(admitted) == 5
    # One of them, and no more, is the one that locks.
    assert sorted(each.locks_s > 0 for each in admitted) == [False] * 4 + [True]


def test_a_time_step_of_a_second_factor_lets_one_of_many_in_and_no_older_one_after_it(bureau):
    account_id, _ = fresh_account(bureau)
    with ThreadPoolExecutor(8) as pool:
        let_in = list(pool.map(lambda _: use_counter(bureau, account_id, 700), range(16)))
    assert sorted(let_in) == [False] * 15 + [True]
    assert [use_counter(bureau, account_id, step) for step in (699, 700, 701)] == [
        False, False, True,
    ]  # fmt: skip


def test_a_closed_account_is_told_apart_by_nobody(bureau):
    account_id, name = fresh_account(bureau)
    today = datetime.now(ZoneInfo(bureau.district.timezone)).date()
    change(bureau, Account, {"id": account_id}, ends_on=today - timedelta(days=1))
    with pytest.raises(LoginRefusedError):
        sign_in(bureau, name, PASSWORD, address="10.6.0.1")
    with pytest.raises(UnknownAccountError):
        actor_of(bureau, account_id, address="10.6.0.1")
    change(bureau, Account, {"id": account_id}, ends_on=today)
    assert sign_in(bureau, name, PASSWORD, address="10.6.0.1").account_id == account_id


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_an_account_ends_with_the_day_of_the_district_not_of_the_database(
    bureau, bureau_owner, zone
):
    # 26 hours apart: at any moment one of the two has another day than UTC.
    account_id, name = fresh_account(bureau)
    token = sessions.start(bureau, account_id, address="10.6.0.2")
    today = datetime.now(ZoneInfo(zone)).date()
    moved = text("update census.district set timezone = :zone")
    with bureau_owner.begin() as connection:
        connection.execute(moved, {"zone": zone})
    try:
        change(bureau, Account, {"id": account_id}, ends_on=today)
        assert sign_in(bureau, name, PASSWORD, address="10.6.0.2").account_id == account_id
        assert actor_of(bureau, account_id, address="").id == account_id
        assert sessions.is_alive(bureau, token)
        change(bureau, Account, {"id": account_id}, ends_on=today - timedelta(days=1))
        with pytest.raises(LoginRefusedError):
            sign_in(bureau, name, PASSWORD, address="10.6.0.2")
        with pytest.raises(UnknownAccountError):
            actor_of(bureau, account_id, address="")
        assert account(bureau, system_actor(), account_id=account_id)["state"] == "ended"
        assert not sessions.is_alive(bureau, token)
    finally:
        with bureau_owner.begin() as connection:
            connection.execute(moved, {"zone": bureau.district.timezone})


def test_before_the_second_factor_only_the_own_try_is_taken_back(bureau):
    account_id, name = fresh_account(bureau)
    set_totp(bureau, actor_of(bureau, account_id, address="10.7.0.1"), secret="encrypted")
    with pytest.raises(LoginRefusedError):
        sign_in(bureau, name, "wrong password", address="10.7.0.1")
    entrant = sign_in(bureau, name, PASSWORD, address="10.7.0.1")
    assert entrant.needs_totp
    assert lockout.failures(bureau, name) == 1
    entered(bureau, entrant, address="10.7.0.1")
    assert lockout.failures(bureau, name) == 0


def test_a_sign_in_holds_until_its_end_and_its_token_is_kept_nowhere(bureau):
    account_id, _ = fresh_account(bureau)
    token = sessions.start(bureau, account_id, address="10.8.0.1", agent="x" * 999)
    assert sessions.touch(bureau, token).account_id == account_id
    with bureau.begin() as connection:
        kept = connection.execute(text("select s::text from access.login_session s")).scalars()
        assert not [row for row in kept if token in row]
    assert sessions.end(bureau, token)
    assert sessions.touch(bureau, token) is None
    assert not sessions.is_alive(bureau, token)
    assert not sessions.end(bureau, token)
    assert sessions.touch(bureau, "made up") is None


@pytest.mark.parametrize(
    ("column", "limit_min", "reason"),
    [(LoginSession.seen_at, 30, "idle"), (LoginSession.started_at, 720, "absolute")],
)
def test_a_sign_in_ends_when_idle_and_when_old(bureau, column, limit_min, reason):
    account_id, _ = fresh_account(bureau)
    token = sessions.start(bureau, account_id, address="10.9.0.1")
    own = {"token_sha256": sessions.token_sha256(token)}
    change(bureau, LoginSession, own, **{column.key: column - timedelta(minutes=limit_min - 1)})
    assert sessions.touch(bureau, token) is not None
    change(bureau, LoginSession, own, **{column.key: column - timedelta(minutes=limit_min)})
    assert not sessions.is_alive(bureau, token)
    assert sessions.touch(bureau, token) is None
    assert asked(bureau, LoginSession.ended_reason, **own) == reason


def test_a_look_without_a_person_keeps_no_sign_in_awake(bureau):
    account_id, _ = fresh_account(bureau)
    token = sessions.start(bureau, account_id, address="10.9.0.2")
    own = {"token_sha256": sessions.token_sha256(token)}
    aged = LoginSession.seen_at - timedelta(minutes=29)
    change(bureau, LoginSession, own, seen_at=aged)
    before = asked(bureau, LoginSession.seen_at, **own)
    assert sessions.is_alive(bureau, token)
    assert sessions.touch(bureau, token, is_attended=False)
    assert asked(bureau, LoginSession.seen_at, **own) == before
    sessions.touch(bureau, token)
    assert asked(bureau, LoginSession.seen_at, **own) > before


def test_a_code_has_ten_letters_that_cannot_be_mistaken_and_is_read_leniently():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 10 for code in codes)
    assert not set("01OIL") & set(CODE_LETTERS)
    assert (
        code_sha256("AB2CD-3EF4G")
        == code_sha256(" " + wide("ab2cd3ef4g"))
        == code_sha256("AB2CD3EF4G")
    )


def test_flask_securitys_datastore_works_on_these_models(bureau):
    class User(UserMixin, Account):
        pass

    account_id, name = fresh_account(bureau)
    grant_role(bureau, system_actor(), account_id=account_id, role="planner", scope_code="")
    app = Flask("test")
    app.config["SECURITY_JOIN_USER_ROLES"] = True
    session = scoped_session(sessionmaker(bureau.engine))
    store = SQLAlchemySessionUserDatastore(session, User, AccountRole)
    with app.app_context():
        user = store.find_user(login_key=name)
        assert str(user.id) == account_id
        assert user.has_role("planner")
        assert not user.has_role("auditor")
        assert user.is_active
        assert user.email is None
        assert store.find_user(fs_uniquifier=user.get_id()) is user
        assert store.find_role("planner").name == "planner"
        store.tf_set(user, "authenticator", totp_secret="encrypted")
        store.commit()
        assert store.find_user(login_key=name).tf_primary_method == "authenticator"
        store.tf_reset(user)
        store.commit()
    session.remove()
