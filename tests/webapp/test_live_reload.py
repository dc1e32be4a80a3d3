"""A copy of a district that was loaded anew is never taken for the present one."""

import importlib.util
import json
from pathlib import Path
from uuid import uuid4

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from census.store.database import create_place, drop_place, open_store
from census.store.layers import bump_generation, write_layer
from tests.vector_tiles import layers
from webapp.live import create_live

_spec = importlib.util.spec_from_file_location(
    "asgi_caller_of_reload", Path(__file__).with_name("asgi_caller.py")
)
caller = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(caller)

pytestmark = pytest.mark.postgis

TOWNS = "/features/towns.geojson"
TILE = "/tiles/basemap/12/3424/1676.mvt"


def _load(settings, place, profile, town):
    """Load a place of one town; its layer has generation 1."""
    create_place(settings, place, profile, replace=True)
    frame = gpd.GeoDataFrame(
        {"code": ["990001001000"], "level": ["town"], "name": [town], "parent_code": [None],
         "town_code": ["990001001000"], "village_code": [None], "area_m2": [2e6]},
        geometry=[box(121.00, 31.00, 121.02, 31.01)], crs=4490,
    )  # fmt: skip
    with open_store(settings, place=place) as store:
        write_layer(store, "division", frame, delivery_id=None)


@pytest.fixture
def place(cluster_settings, place_profile):
    """A name whose place is loaded once, and may be loaded again."""
    name = f"again_{uuid4().hex[:8]}"
    _load(cluster_settings, name, place_profile, "旧镇")
    yield name
    drop_place(cluster_settings, name)


def _town(reply):
    return json.loads(reply.body)["features"][0]["properties"]["name"]


def test_a_place_loaded_again_while_it_is_served_replaces_every_copy(
    cluster_settings, place_profile, place
):
    with open_store(cluster_settings, place=place, role="public") as store:
        live = create_live(cluster_settings, store)
        old, old_tile = caller.call(live, TOWNS), caller.call(live, TILE)
        assert caller.call(live, TOWNS, if_none_match=old.headers["etag"]).status == 304
        _load(cluster_settings, place, place_profile, "新镇")
        new = caller.call(live, TOWNS, if_none_match=old.headers["etag"])
        new_tile = caller.call(live, TILE, if_none_match=old_tile.headers["etag"])
    assert (_town(old), new.status, _town(new)) == ("旧镇", 200, "新镇")
    assert new_tile.status == 200


def test_a_tile_of_a_large_layer_follows_each_delivery(cluster_settings, place):
    tile = "/tiles/enterprises/10/856/419.mvt"

    def deliver(count):
        firms = {"code": [f"E{each}" for each in range(count)], "name": "厂", "colour": "blue"}
        points = [Point(121.01 + each / 1e4, 31.005) for each in range(count)]
        with open_store(cluster_settings, place=place) as store, store.begin() as connection:
            frame = gpd.GeoDataFrame(firms, geometry=points, crs=4490)
            write_layer(store, "enterprise", frame, delivery_id=None, connection=connection)
            bump_generation(store, "enterprise", connection=connection)

    with open_store(cluster_settings, place=place, role="public") as store:
        live = create_live(cluster_settings, store)
        deliver(2)
        old = caller.call(live, tile)
        same = caller.call(live, tile, if_none_match=old.headers["etag"])
        deliver(3)
        new = caller.call(live, tile, if_none_match=old.headers["etag"])
    assert layers(old.body)["told"] == [{"n": 2, "of": 2, "how": "cells"}]
    assert (same.status, new.status) == (304, 200)
    assert layers(new.body)["told"] == [{"n": 3, "of": 3, "how": "cells"}]


def test_a_copy_kept_over_a_restart_is_replaced(cluster_settings, place_profile, place):
    with open_store(cluster_settings, place=place, role="public") as store:
        old = caller.call(create_live(cluster_settings, store), TOWNS)
    _load(cluster_settings, place, place_profile, "新镇")
    with open_store(cluster_settings, place=place, role="public") as store:
        live = create_live(cluster_settings, store)
        new = caller.call(live, TOWNS, if_none_match=old.headers["etag"])
    assert (new.status, _town(new)) == (200, "新镇")


def test_without_the_database_live_says_when_to_come_again_logs_one_line_and_recovers(
    cluster_settings, place, database_away, caplog
):
    with open_store(cluster_settings, place=place, role="public") as store:
        live = create_live(cluster_settings, store)
        assert caller.call(live, TOWNS).status == 200
        with database_away():
            replies = [caller.call(live, path) for path in (TOWNS, TILE, TOWNS, "/generation")]
        assert caller.call(live, TOWNS).status == 200
    assert {(reply.status, reply.headers["retry-after"]) for reply in replies} == {(503, "2")}
    assert all("database" in reply.body.decode() for reply in replies)
    assert len([line for line in caplog.records if line.levelname != "INFO"]) == 1
