"""What the live process answers a wall screen: who has the link sees it, and nobody learns it."""

import importlib.util
import json
import logging
import re
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from census.screen_errors import (
    DisplayFileError,
    ScreenExistsError,
    ScreenNameError,
    ScreenTownError,
    UnknownProfileError,
    UnknownScreenError,
)
from census.store import displays, screens
from census.store.actors import system_actor
from census.store.database import open_store
from census.store.deliveries import generations
from webapp import cli, serve
from webapp.live import create_live
from webapp.screen_links import live_address

HERE = Path(__file__).resolve().parent


def _taken(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


desk_district = _taken(
    "store_conftest_for_links", HERE.parent / "census" / "store" / "conftest.py"
).desk_district
caller = _taken("asgi_caller_of_screens", HERE / "asgi_caller.py")

pytestmark = pytest.mark.postgis
TOWN = "990001001000"
ACTOR = system_actor()


def named():
    return f"屏 {uuid4().hex[:8]}"


@pytest.fixture
def ask(cluster_settings, desk_district):
    """Ask one live process for paths."""
    with open_store(cluster_settings, place=desk_district.place, role="public") as store:
        app = create_live(cluster_settings, store)
        yield lambda path, **headers: caller.call(app, path, **headers)


@pytest.fixture
def token(desk_district):
    """Token of a screen of the hall."""
    return screens.add_screen(desk_district, ACTOR, name=named(), profile="hall")


def test_a_link_shows_the_page_and_all_it_draws_from_without_a_login(ask, token):
    page = ask(f"/display/hall/{token}")
    assert page.status == 200
    html = page.body.decode()
    for part in re.findall(r'(?:src|href)="(/display/parts/[^"]+)"', html):
        reply = ask(part)
        assert (reply.status, bool(reply.body)) == (200, True), part
        assert ask(part, if_none_match=reply.headers["etag"]).status == 304
    state = json.loads(ask(f"/display/hall/{token}/state.json").body)
    assert state["views"] == ["risk", "reports", "shelters"]
    assert (state["district"], state["town_name"], state["town_code"]) == ("河口区", None, "")
    assert state["bounds"][0] < state["bounds"][2]
    for layer, sources in state["layers"].items():
        assert sources
        assert ask(f"/features/{layer}.geojson").status == 200
    assert token not in html + json.dumps(state)


def test_a_page_of_a_screen_tells_no_other_server_its_address_and_loads_from_its_own(ask, token):
    headers = ask(f"/display/hall/{token}").headers
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy + "http"
    # The control: other answers may load nothing at all.
    assert ask("/generation").headers["content-security-policy"].startswith("default-src 'none'; f")


@pytest.mark.parametrize("path", ["hall/{other}", "town/{token}", "no_such/{token}"])
def test_a_wrong_link_is_answered_in_both_languages_and_not_repeated(ask, token, path, caplog):
    caplog.set_level(logging.DEBUG)
    other = secrets.token_urlsafe(32)
    address = "/display/" + path.format(token=token, other=other)
    page, state = ask(address), ask(f"{address}/state.json")
    assert (page.status, state.status) == (404, 404)
    told = json.loads(state.body)
    assert told["over"] is True
    assert told["error_zh"] in page.body.decode()
    assert re.search("Ask the security administrator|Profiles: hall", told["error_en"])
    said = page.body.decode() + state.body.decode() + caplog.text
    assert token not in said
    assert other not in said


def test_a_revoked_link_is_over_and_its_name_is_free_again(ask, desk_district, token):
    name = named()
    own = screens.add_screen(desk_district, ACTOR, name=name, profile="hall")
    with pytest.raises(ScreenExistsError, match=name):
        screens.add_screen(desk_district, ACTOR, name=name, profile="hall")
    before = generations(desk_district).get("screen", 0)
    screens.revoke_screen(desk_district, ACTOR, name=name)
    assert generations(desk_district)["screen"] == before + 1
    assert ask(f"/display/hall/{own}").status == 404
    assert ask(f"/display/hall/{token}").status == 200
    with pytest.raises(UnknownScreenError, match="screen list"):
        screens.revoke_screen(desk_district, ACTOR, name=name)
    again = screens.add_screen(desk_district, ACTOR, name=name, profile="hall")
    assert again != own
    rows = [row for row in screens.screens(desk_district, ACTOR) if row["name"] == name]
    assert [row["revoked_at"] is None for row in rows] == [True, False]


def test_the_database_holds_the_hash_alone(desk_district, token):
    with desk_district.begin() as connection:
        rows = connection.execute(text("select s::text from access.screen s")).scalars()
        audit = connection.execute(text("select a::text from access.audit_entry a")).scalars()
        kept = "".join([*rows, *audit])
    assert token not in kept
    assert displays.profiles()["hall"].name in kept


def test_a_screen_of_a_town_shows_the_town(ask, desk_district):
    with pytest.raises(ScreenTownError, match=r"show one town: choose it .*--town"):
        screens.add_screen(desk_district, ACTOR, name=named(), profile="town")
    with pytest.raises(ScreenTownError, match="choose no town"):
        screens.add_screen(desk_district, ACTOR, name=named(), profile="hall", town_code=TOWN)
    own = screens.add_screen(desk_district, ACTOR, name=named(), profile="town", town_code=TOWN)
    state = json.loads(ask(f"/display/town/{own}/state.json").body)
    assert (state["town_code"], state["views"][0]) == (TOWN, "reports")
    assert state["town_name"]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "长" * 41, "\u202eabc"])
def test_a_text_that_names_nothing_is_refused(desk_district, name):
    with pytest.raises(ScreenNameError):
        screens.add_screen(desk_district, ACTOR, name=name, profile="hall")


def test_an_unknown_profile_is_refused_with_those_that_there_are(desk_district):
    with pytest.raises(UnknownProfileError, match="Profiles: hall, town") as fault:
        screens.add_screen(desk_district, ACTOR, name=named(), profile="bar")
    assert "可用方案：hall、town" in fault.value.sentence_zh


def test_a_file_of_profiles_that_makes_no_sense_names_every_fault(tmp_path):
    file = tmp_path / "displays.toml"
    file.write_text('[a]\nviews = ["sky"]\nview_s = 1\nlanguage = "fr"\n', encoding="utf-8")
    with pytest.raises(DisplayFileError) as fault:
        displays.load(file)
    for part in ("sky", "view_s = 1", "'fr'", "word_zh"):
        assert part in fault.value.sentence_en
    assert all(profile.views for profile in displays.load().values())


def test_without_the_database_the_page_comes_and_its_state_says_wait(ask, token, database_away):
    with database_away():
        page, state = ask(f"/display/hall/{token}"), ask(f"/display/hall/{token}/state.json")
    assert (page.status, state.status) == (200, 503)


def test_a_screen_is_made_listed_and_revoked_by_commands(
    cluster_settings, desk_district, capsys, monkeypatch
):
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    at, name = ["--place", desk_district.place, "--json"], named()
    assert cli.main(["screen", "add", name, "--profile", "hall", *at]) == 0
    link = json.loads(capsys.readouterr().out)["link"]
    assert link.startswith("http://127.0.0.1:8051/display/hall/")
    assert cli.main(["screen", "list", *at]) == 0
    listed = capsys.readouterr().out
    assert name in listed
    assert link.rsplit("/", 1)[1] not in listed
    assert cli.main(["screen", "revoke", name, *at]) == 0
    assert cli.main(["screen", "revoke", name, *at]) == 1
    assert "没有名为" in capsys.readouterr().err


def test_a_link_made_while_the_server_runs_leads_to_it(
    cluster_settings, desk_district, capsys, monkeypatch
):
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    words = ["--profile", "hall", "--place", desk_district.place]
    assert cli.main(["screen", "add", named(), *words]) == 0
    assert "Nothing is served" in capsys.readouterr().out
    served = replace(cluster_settings, port=19333, address="https://risk.example.org:8443")
    with serve.pid_file(served) as file:
        serve.say_live_address(served, file)
        assert cli.main(["screen", "add", named(), *words]) == 0
        assert set(serve.serving(served)) == {19333}
    said = capsys.readouterr().out
    assert "https://risk.example.org:8443/display/hall/" in said
    assert "Nothing is served" not in said


def test_a_program_whose_files_are_replaced_serves_what_it_was_started_with(
    ask, token, monkeypatch, tmp_path
):
    before = ask(f"/display/hall/{token}").body
    monkeypatch.setattr("webapp.screen_live.SCREEN", tmp_path)
    assert ask(f"/display/hall/{token}").body == before
    assert ask("/display/worker.js").status == 200


def test_behind_a_front_a_link_leads_to_the_front(cluster_settings):
    front = replace(cluster_settings, address="https://risk.example.org:8443")
    assert live_address(front) == "https://risk.example.org:8443"
    assert live_address(replace(cluster_settings, port=9000)) == "http://127.0.0.1:9001"
