"""Who guesses keeps himself out and nobody else, and is slow from however many addresses."""

import secrets

import pytest
from sqlalchemy import text

from census.access_errors import LockedError, LoginRefusedError
from census.store import lockout
from census.store.accounts import refused_proof, sign_in
from census.store.actors import Actor, actor_of, system_actor, visitor
from census.store.commands import (
    change_password,
    issue_code,
    redeem_code,
    reset_second_factor,
)
from census.store.rights import rights
from tests.census.store.test_accounts import PASSWORD, fresh_account

pytestmark = pytest.mark.postgis

DESK = "10.1.1.1"
GIVEN = rights().limits["lockout"]


@pytest.fixture
def guesser():
    """An address at which nobody else's failures count."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.66"


def guess(store, name, address):
    for _try in range(5):
        with pytest.raises(LoginRefusedError):
            sign_in(store, name, "wrong password", address=address)


def refusals(store, account_id):
    """Details of the refusals about an account, oldest first."""
    query = text(
        "select detail from access.audit_entry where object_code = :id and outcome = 'refused' "
        "and action = 'session.enter' order by id"
    )
    with store.begin() as connection:
        return list(connection.execute(query, {"id": account_id}).scalars())


def later(owner, key, seconds):
    """Let time go by for the failures of a name."""
    earlier = text(
        "update access.login_failure set at = at - make_interval(secs => :secs) "
        "where login_key = :key"
    )
    with owner.begin() as connection:
        connection.execute(earlier, {"secs": seconds, "key": key})


def test_a_stranger_who_guesses_keeps_the_bearer_out_nowhere_else(bureau, guesser):
    account_id, name = fresh_account(bureau)
    guess(bureau, name, guesser)
    with pytest.raises(LockedError):
        sign_in(bureau, name, PASSWORD, address=guesser)
    assert sign_in(bureau, name, PASSWORD, address=DESK).account_id == account_id
    # That the bearer came in gives the guesser no new tries.
    with pytest.raises(LockedError):
        sign_in(bureau, name, "wrong password", address=guesser)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_guesser_is_in_the_way_of_no_code_and_no_change_of_password(bureau, guesser, is_there):
    account_id, name = fresh_account(bureau)
    address = guesser if is_there else DESK
    actor = actor_of(bureau, account_id, address=address)
    guess(bureau, name, guesser)
    change_password(bureau, actor, old_password=PASSWORD, new_password=PASSWORD + "2")
    code = issue_code(bureau, system_actor(), account_id=account_id)
    guess(bureau, name, guesser)
    redeem_code(bureau, visitor(address), login_name=name, code=code, new_password=PASSWORD + "3")
    assert sign_in(bureau, name, PASSWORD + "3", address=DESK).account_id == account_id


@pytest.mark.parametrize("command", [issue_code, reset_second_factor])
def test_an_administrator_lifts_the_lock(bureau, guesser, command):
    account_id, name = fresh_account(bureau)
    guess(bureau, name, guesser)
    for purpose in lockout.OTHER_PURPOSES:
        lockout.admit(bureau, name, address=guesser, purpose=purpose)
    with bureau.begin() as connection:
        assert 14 * 60 < lockout.locked(connection)[name] <= 15 * 60
    command(bureau, system_actor(), account_id=account_id)
    with bureau.begin() as connection:
        assert name not in lockout.locked(connection)
    for purpose in ("sign_in", *lockout.OTHER_PURPOSES):
        assert lockout.failures(bureau, name, purpose=purpose) == 0


def test_a_guesser_of_any_number_of_addresses_has_few_tries_a_day(bureau, bureau_owner):
    """An hour of one who tries every 20 s from an address that was never used before."""
    name = f"besieged-{secrets.token_hex(4)}"
    window_s, admitted = GIVEN["window_min"] * 60, []
    for when in range(0, 3600, 20):
        # At once as many as are let through, and from then on as long as it is allowed.
        while not lockout.wait_s(bureau, name, address="2001:db8::"):
            lockout.admit(bureau, name, address=f"2001:db8::{len(admitted) + 1:x}")
            admitted.append(when)
        assert lockout.wait_s(bureau, name, address="2001:db8::") <= GIVEN["name_wait_s"]
        later(bureau_owner, name, 20)
    most = GIVEN["failures_per_name"] + window_s // GIVEN["name_wait_s"]
    assert admitted.count(0) == GIVEN["failures_per_name"]
    for start in range(0, 3600, 20):
        assert sum(start <= at < start + window_s for at in admitted) <= most
    # 65 in a quarter of an hour are 6,240 a day: the 8 letters of a password that is none of the
    # commonest bear that, and the 31 ** 10 codes of a day all the more.
    a_day = most * 86400 // window_s
    assert a_day == 6240
    assert a_day / 31 ** rights().limits["codes"]["characters"] < 1e-10


def test_a_guesser_who_knows_the_password_has_few_second_factors_a_day(bureau):
    name = f"known-{secrets.token_hex(4)}"
    for number in range(GIVEN["failures_per_second_factor"]):
        lockout.admit(bureau, name, address=f"10.67.0.{number}", purpose="second")
    with pytest.raises(LockedError) as fault:
        lockout.admit(bureau, name, address="10.67.0.99", purpose="second")
    assert fault.value.wait_s > 14 * 60
    # 480 a day, with three codes of a million right at any moment: one in 694 days.
    a_day = GIVEN["failures_per_second_factor"] * 1440 // GIVEN["window_min"]
    assert a_day * 3 / 10**6 < 1 / 690


def test_a_name_that_looks_like_another_purpose_locks_no_account(bureau):
    account_id, name = fresh_account(bureau)
    guess(bureau, f"second {name}", DESK)
    assert sign_in(bureau, name, PASSWORD, address=DESK).account_id == account_id


def test_a_lock_is_in_the_audit_once_however_often_it_is_met(bureau, guesser):
    account_id, name = fresh_account(bureau)
    guess(bureau, name, guesser)
    for _try in range(7):
        with pytest.raises(LockedError):
            sign_in(bureau, name, PASSWORD, address=guesser)
    reasons = [each["reason"] for each in refusals(bureau, account_id)]
    assert reasons == ["password"] * 5 + ["locked"]
    assert 14 * 60 < refusals(bureau, account_id)[-1]["wait_s"] <= 15 * 60


def test_a_lock_of_codes_and_of_the_old_password_is_in_the_audit(bureau, guesser):
    account_id, name = fresh_account(bureau)
    actor = actor_of(bureau, account_id, address=DESK)
    for number in range(6):
        with pytest.raises((LoginRefusedError, LockedError)):
            redeem_code(
                bureau, visitor(guesser), login_name=name, code=f"X{number}",
                new_password=PASSWORD + "4",
            )  # fmt: skip
    assert [each["reason"] for each in refusals(bureau, account_id)] == ["locked"]
    for _try in range(6):
        with pytest.raises((LoginRefusedError, LockedError)):
            change_password(bureau, actor, old_password="wrong", new_password=PASSWORD + "4")
    assert [each["reason"] for each in refusals(bureau, account_id)] == ["locked"] * 2


def test_a_wrong_second_factor_is_in_the_audit_each_time(bureau, guesser):
    account_id, name = fresh_account(bureau)
    actor = Actor(account_id, "某人", address=guesser)
    for _try in range(5):
        attempt = lockout.admit(bureau, name, address=guesser, purpose="second")
        refused_proof(bureau, actor, attempt, reason="second_factor")
    reasons = [each["reason"] for each in refusals(bureau, account_id)]
    assert reasons == ["second_factor"] * 5 + ["locked"]
