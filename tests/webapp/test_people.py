"""Accounts from the command line: nobody is there by default, and the audit names who typed."""

import getpass
import json
import secrets

import pytest
from sqlalchemy import select

from census.access_errors import LoginRefusedError
from census.store.access_tables import AuditEntry
from census.store.accounts import sign_in
from census.store.actors import actor_of, visitor
from census.store.commands import redeem_code
from census.store.database import open_store
from census.store.presence import account_id_of
from webapp.cli import main

TOWN, WEST = "990001001000", "990001001001"
PASSWORD = "三条河流在此 meet"

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def office(cluster_settings, small_district):
    """The small district as persons read and write it."""
    with open_store(cluster_settings, place=small_district.place) as store:
        yield store


@pytest.fixture
def user(cluster_settings, small_district, monkeypatch, capsys):
    """Type ``riskatlas user ...`` and read the answer."""
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    for name in ("RISKATLAS_DSN", "RISKATLAS_PLACE", "RISKATLAS_PORT"):
        monkeypatch.delenv(name, raising=False)

    def typed(*arguments):
        code = main(["user", *arguments, "--place", small_district.place, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if code == 0 else said.err

    return typed


@pytest.fixture
def name():
    """A login name that nobody has."""
    return f"u{secrets.token_hex(4)}"


def test_an_added_account_has_its_role_and_signs_in_after_its_code(user, office, name):
    code, said = user("add", name, "--role", "planner", "--scope", TOWN)
    assert code == 0
    actor = actor_of(office, said["id"], address="")
    assert [(each.role, each.scope_code) for each in actor.grants] == [("planner", TOWN)]
    assert (actor.may("route.draft", WEST), actor.may("route.draft", "990002001001")) == (
        True,
        False,
    )
    redeem_code(office, visitor(name), login_name=name, code=said["code"], new_password=PASSWORD)
    assert sign_in(office, name, PASSWORD, address=name).account_id == said["id"]


def test_the_audit_names_the_user_of_the_operating_system_and_keeps_no_code(user, office, name):
    _, said = user("add", name, "--role", "planner")
    kept = select(AuditEntry.actor, AuditEntry.detail).where(AuditEntry.object_code == said["id"])
    with office.engine.connect() as connection:
        rows = connection.execute(kept).all()
    assert {row.actor for row in rows} == {f"system:{getpass.getuser()}"}
    assert [row.detail["command"] for row in rows] == ["create_account", "issue_code"]
    assert said["code"] not in str(rows)


@pytest.mark.parametrize(
    ("further", "told"),
    [(["--role", "king"], "no role 'king'"), (["--role", "planner", "--scope", "123"], "123")],
)
def test_an_account_that_cannot_be_whole_is_not_begun(user, name, further, told):
    code, said = user("add", name, *further)
    assert code in {1, 2}
    assert told in said
    assert user("add", name, "--role", "planner")[0] == 0


def test_roles_are_given_and_taken_and_listed_with_their_scope(user, name):
    user("add", name, "--role", "planner")
    user("grant", name, "--role", "approver", "--scope", WEST)
    assert user("revoke", name, "--role", "planner")[1]["had_it"] is True
    assert user("revoke", name, "--role", "planner")[1]["had_it"] is False
    listed = {row["login_name"]: row for row in user("list")[1]["accounts"]}
    assert listed[name]["roles"] == [{"role": "approver", "scope": WEST}]


def test_a_closed_account_signs_in_no_more_and_gets_no_code(user, office, name):
    _, said = user("add", name, "--role", "planner")
    redeem_code(office, visitor(name), login_name=name, code=said["code"], new_password=PASSWORD)
    assert user("close", name)[0] == 0
    with pytest.raises(LoginRefusedError):
        sign_in(office, name, PASSWORD, address=name)
    assert user("code", name)[0] == 1


def test_a_second_step_is_required_of_a_role_and_released_again(user):
    def needs(said):
        return {row["role"]: row["needs_totp"] for row in said["roles"]}

    assert needs(user("factor")[1])["approver"] is False
    assert needs(user("factor", "--require", "approver")[1])["approver"] is True
    assert needs(user("factor")[1])["approver"] is True
    assert needs(user("factor", "--release", "approver")[1])["approver"] is False
    code, said = user("factor", "--require", "king")
    assert code == 1
    assert "no role 'king'" in said


def test_a_name_that_nobody_has_is_told(user):
    code, said = user("code", "nobody-at-all")
    assert code == 1
    assert "nobody-at-all" in said


def test_a_staff_number_finds_the_account_too(user, office, name):
    _, said = user("add", name, "--role", "planner", "--staff-number", f"N{name}")
    assert account_id_of(office, f"n{name}") == said["id"]
