"""What the public's role may do beside reading: nothing that is written or told."""

import psycopg
import pytest

from census.store.database import Store, open_store
from census.store.settings import Settings
from census.store.telling import LIVE_CHANNEL

pytestmark = pytest.mark.postgis

TRIES = [
    "select lo_create(0)",
    "select lo_creat(-1)",
    "select lo_from_bytea(0, 'x')",
    "select lo_open(1, 131072)",
    "select lo_get(1)",
    "select lo_put(1, 0, 'x')",
    "select lo_unlink(1)",
    "select loread(0, 1)",
    "select lowrite(0, 'x')",
    "create temporary table t (n int)",
    f"select pg_notify('{LIVE_CHANNEL}', '{{}}')",
]


@pytest.fixture
def public(cluster_settings: Settings, empty_place: Store):
    """A connection as the public's role."""
    with (
        open_store(cluster_settings, place=empty_place.place, role="public") as store,
        psycopg.connect(store.address, autocommit=True) as connection,
    ):
        # Who reads only may still ask for more.
        connection.execute("set default_transaction_read_only = off")
        yield connection


@pytest.mark.parametrize("tried", TRIES)
def test_the_public_leaves_and_tells_nothing(public: psycopg.Connection, tried: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        public.execute(tried)


def test_the_public_still_hears_what_the_app_tells(
    public: psycopg.Connection, empty_place: Store
) -> None:
    public.execute(f"listen {LIVE_CHANNEL}")
    with psycopg.connect(empty_place.address, autocommit=True) as app:
        app.execute("select pg_notify(%s, 'told')", [LIVE_CHANNEL])
        app.execute("create temporary table t (n int)")
    heard = next(public.notifies(timeout=20, stop_after=1))
    assert (heard.channel, heard.payload) == (LIVE_CHANNEL, "told")
