import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.access_errors import RightsError
from census.store.actors import Actor, Grant, system_actor, visitor
from census.store.rights import Rights, commands_of_program, is_within, rights
from census.store.settings import data_folder

TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
OTHER_TOWN, OTHER_VILLAGE = "990001002000", "990001002001"


def changed(tmp_path, old, new):
    text = (data_folder() / "reference" / "access.toml").read_text("utf-8")
    assert old in text
    file = tmp_path / "access.toml"
    file.write_text(text.replace(old, new), "utf-8")
    return file


def person(role, scope=""):
    return Actor("11111111-1111-1111-1111-111111111111", "某人", (Grant(role, scope),), "127.0.0.1")


def test_every_command_of_the_program_has_a_row_and_every_row_a_command():
    rights().check_commands(commands_of_program())


def test_a_command_without_a_row_and_a_row_without_a_command_are_named():
    names = [*commands_of_program(), "burn_archive"]
    names.remove("grant_role")
    with pytest.raises(RightsError, match="burn_archive") as fault:
        rights().check_commands(names)
    assert "grant_role" in fault.value.sentence_en
    assert "burn_archive" in fault.value.sentence_zh


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('actions = ["audit.read"]', 'actions = ["audit.burn"]', "roles.auditor"),
        ('grant_role = "account.manage"', 'grant_role = "account.own"', "commands.grant_role"),
        ('"/healthz" = { GET = "health.check" }', '"/healthz" = { GET = "x" }', "routes./healthz"),
        ('"search.data" = "public.read"', '"search.data" = "y"', "callbacks.search.data"),
        ('apart = ["security_admin"', 'apart = ["nobody"', "apart"),
    ],
)
def test_a_row_that_names_what_has_no_row_is_refused_by_name(tmp_path, old, new, named):
    with pytest.raises(RightsError, match="which has no row") as fault:
        Rights.load(changed(tmp_path, old, new))
    assert named in fault.value.sentence_en


def test_the_three_administrators_cannot_do_each_others_work():
    tables = rights()
    of = {name: tables.roles[name].actions for name in tables.apart}
    assert set(of) == {"security_admin", "auditor", "district_admin"}
    for one, actions in of.items():
        assert actions
        for other, others in of.items():
            assert one == other or not actions & others
    for name, row in tables.roles.items():
        assert name == "security_admin" or not row.actions & of["security_admin"]
        assert name == "auditor" or not row.actions & of["auditor"]


def test_a_planner_does_not_approve_and_an_approver_does_not_draft():
    assert not person("planner").may("route.approve")
    assert not person("planner").may("route.publish")
    assert not person("approver").may("route.save")


def test_what_no_row_names_is_allowed_to_nobody_not_even_to_the_system():
    for actor in (system_actor(), person("district_admin"), visitor("127.0.0.1")):
        assert not actor.may(None)
        assert not actor.may("no.such.action")


def test_every_role_and_every_action_has_words_in_both_languages():
    read = tomllib.loads((data_folder() / "reference" / "access.toml").read_text("utf-8"))
    for row in [*read["roles"].values(), *read["actions"].values()]:
        assert row["word_zh"]
        assert row["word_en"].isascii()


def test_an_account_without_a_role_may_manage_its_own_sign_in_a_visitor_not():
    bare = Actor("11111111-1111-1111-1111-111111111111", "某人")
    assert bare.may("session.own")
    assert bare.may("public.read")
    assert not visitor("127.0.0.1").may("session.own")
    assert not person("auditor").may("account.manage")


def test_a_role_given_to_visitor_or_screen_signs_nobody_in():
    assert "session.own" not in rights().actions_of("visitor")
    assert "session.own" not in rights().actions_of("screen")
    assert "session.own" in rights().actions_of("officer")
    assert rights().actions_of("unknown") == rights().everybody


def test_a_route_is_named_with_its_method():
    tables = rights()
    assert tables.action_of_route("/healthz", "GET") == "health.check"
    assert tables.action_of_route("/healthz", "HEAD") == "health.check"
    assert tables.action_of_route("/_dash-update-component", "POST") == "public.read"
    assert tables.action_of_route("/_dash-update-component", "OPTIONS") == "public.read"
    assert tables.action_of_route("/healthz", "POST") is None
    assert tables.action_of_route("/no/such", "GET") is None
    assert tables.action_of_callback("no.such") is None


@pytest.mark.parametrize(
    ("village", "scope", "expected"),
    [
        (WEST, "", True),
        (WEST, TOWN, True),
        (WEST, "990001001", True),
        (WEST, WEST, True),
        (WEST + "001", WEST, True),
        (TOWN, TOWN, True),
        (EAST, WEST, False),
        (TOWN, WEST, False),
        (OTHER_VILLAGE, TOWN, False),
        (OTHER_TOWN, TOWN, False),
        ("", TOWN, False),
        ("", "", True),
    ],
)
def test_a_place_lies_in_its_village_its_town_and_the_district(village, scope, expected):
    assert is_within(village, scope) is expected
    assert person("planner", scope).may("route.save", village) is expected


@given(st.integers(1, 999), st.integers(1, 999), st.integers(1, 999), st.integers(1, 999))
def test_a_town_holds_its_own_villages_and_no_others(town, village, other_town, other_village):
    own = f"990001{town:03d}{village:03d}"
    other = f"990001{other_town:03d}{other_village:03d}"
    assert is_within(own, f"990001{town:03d}000")
    assert is_within(other, f"990001{town:03d}000") == (town == other_town)
    assert is_within(other, own) == (other == own)
