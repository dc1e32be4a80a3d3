"""A process that is killed while it loads a delivery leaves all of it or nothing, and goes on."""

import os
import random
import signal
import subprocess
import sys
import time

import geopandas as gpd
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.proposing import propose_files, work_on
from census.intake.writing import write_table
from census.products.layer_hashes import layer_hash
from census.store.actors import system_actor
from census.store.layers import read_layer
from census.store.proposal_decisions import accept_delivery
from census.store.proposal_reading import read_proposal
from tests.census.intake.conftest import SOUTH, WEST

pytestmark = pytest.mark.postgis

# `make trust` kills fifty times; a plain run looks whether the test itself still stands.
KILLS = 50 if os.environ.get("RISKATLAS_TRUST") == "long" else 4
NAME = "killed-loader"
SITES = 400
# The libraries are there before the clock of a kill runs: moments are those of the work.
CHILD = """
import sys
from census.intake.proposing import work_on
from census.intake.reading_room import ReadingRoom
from census.store.database import open_store
from census.store.settings import Settings
import os
with open_store(Settings.from_env(os.environ), place=sys.argv[1]) as store, ReadingRoom() as room:
    room.surroundings()
    print("ready", flush=True)
    sys.stdin.readline()
    print(work_on(store, int(sys.argv[2]), room=room), flush=True)
"""


def sites(turn):
    """Four hundred sites: of every turn the people, the places and the last ten codes differ."""
    codes = [f"K{n:04}" for n in range(SITES - 10)] + [f"K-{turn}-{n}" for n in range(10)]
    return gpd.GeoDataFrame(
        {
            "code": codes, "name": [f"点{n}" for n in range(SITES)],
            "kind": ["waterlogging"] * SITES, "hazard": ["flood"] * SITES,
            "people_threatened": [n + turn for n in range(SITES)],
        },
        geometry=[
            Point(WEST + 0.001 + 0.00003 * n + 0.000001 * turn, SOUTH + 0.005) for n in range(SITES)
        ],
        crs=4490,
    )  # fmt: skip


def all_layers(store):
    """The hash of everything that stands, layer by layer, and how often each changed."""
    tables = sorted({form.table for form in forms() if not form.is_personal} - {"raster"})
    hashes = {table: layer_hash(read_layer(store, table)) for table in tables}
    with store.engine.connect() as connection:
        query = "select layer, generation from census.layer_generation order by layer"
        return hashes, connection.execute(text(query)).all()


def let_go(store):
    """Wait until the server has noticed that the killed process is gone."""
    question = text(f"select count(*) from pg_stat_activity where application_name = '{NAME}'")  # noqa: S608
    until = time.monotonic() + 30
    with store.engine.connect() as connection:
        while connection.execute(question).scalar_one():
            assert time.monotonic() < until, "the server still works for a process that is gone"
            connection.rollback()
            time.sleep(0.02)


def begin(settings, store, number):
    environment = os.environ | {
        "RISKATLAS_HOME": str(settings.home), "PGAPPNAME": NAME, "PYTHONPATH": ":".join(sys.path),
    }  # fmt: skip
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, store.place, str(number)], text=True, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("go\n")
    child.stdin.flush()
    return child


def end(child):
    # The process alone: its reader finds its pipe closed, as after a real kill.
    child.send_signal(signal.SIGKILL)
    child.communicate()


@pytest.fixture
def offer(store, room, tmp_path):
    """Propose the sites of a turn, have them looked at, and accept them."""

    def offered(turn):
        path = tmp_path / f"turn{turn}.gpkg"
        write_table(form_named("hazard_sites"), sites(turn), path)
        number = propose_files(store, system_actor(), "hazard_sites", [path], {})
        assert work_on(store, number, room=room) == "read"
        accept_delivery(store, system_actor(), number=number, says_gone=True)
        return number

    return offered


def test_a_loading_killed_at_any_moment_is_before_or_after_and_goes_on(
    store, room, offer, cluster_settings, tmp_path
):
    path = tmp_path / "first.gpkg"
    write_table(form_named("hazard_sites"), sites(0), path)
    import_delivery(store, "hazard_sites", [path], room=room)
    # One turn that nobody kills tells how long the work takes.
    child = begin(cluster_settings, store, offer(1))
    began = time.monotonic()
    assert child.stdout.readline() == "accepted\n"
    whole_s = time.monotonic() - began
    child.communicate()
    chance, outcomes = random.Random(20261123), []
    for turn in range(2, 2 + KILLS):
        number, before = offer(turn), all_layers(store)
        child = begin(cluster_settings, store, number)
        time.sleep(chance.uniform(0, 1.1 * whole_s))  # the moment of the kill, not a wait
        end(child)
        let_go(store)
        state, found = read_proposal(store, number).state, all_layers(store)
        outcomes.append(state)
        assert (state == "accepted") == (found != before), (turn, state)
        assert state in {"accepting", "accepted"}
        # The next one goes on, and what then stands is what was accepted.
        assert work_on(store, number, room=room) == "accepted"
        people = read_layer(store, "hazard_site").set_index("code")["people_threatened"]
        assert people.to_dict() == dict(
            zip(sites(turn)["code"], sites(turn)["people_threatened"], strict=True)
        )
    assert "accepting" in outcomes


def test_a_check_that_was_killed_is_done_by_the_next_one(store, room, cluster_settings, tmp_path):
    path = tmp_path / "first.gpkg"
    write_table(form_named("hazard_sites"), sites(0), path)
    number = propose_files(store, system_actor(), "hazard_sites", [path], {})
    before = all_layers(store)
    child = begin(cluster_settings, store, number)
    end(child)
    let_go(store)
    assert all_layers(store) == before
    assert work_on(store, number, room=room) == "read"
    assert all_layers(store) == before
