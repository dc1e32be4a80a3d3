"""The live process answers with features and tiles, revalidates them, and refuses nonsense."""

import gzip
import json

import anyio
import pytest

from tests.vector_tiles import layers
from webapp.body_cache import BodyCache
from webapp.live_bodies import MOST_WAITING, BusyError, Live

WEB = "http://bureau.test:8050"


def test_features_carry_the_generation_and_are_not_sent_twice(ask):
    first = ask("/features/villages.geojson")
    assert first.status == 200
    assert first.headers["cache-control"] == "no-cache"
    names = {f["properties"]["name"] for f in json.loads(first.body)["features"]}
    assert names == {"西河村", "东河村"}
    second = ask("/features/villages.geojson", if_none_match=first.headers["etag"])
    assert (second.status, second.body) == (304, b"")


def test_a_copy_of_another_generation_is_replaced(ask):
    assert ask("/features/villages.geojson", if_none_match='W/"villages-0"').status == 200


def test_another_process_does_not_take_over_copies_of_this_one(ask, small_district):
    assert ask("/features/towns.geojson").headers["etag"].startswith('W/"')
    assert Live(small_district).boot != Live(small_district).boot


def test_gzip_is_sent_only_to_those_who_take_it(ask):
    plain = ask("/features/towns.geojson")
    packed = ask("/features/towns.geojson", accept_encoding="gzip, br")
    refused = ask("/features/towns.geojson", accept_encoding="gzip;q=0")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == refused.body


def test_features_of_one_village(ask):
    found = json.loads(ask("/features/shelters.geojson?village=990001001001").body)
    assert [f["properties"]["code"] for f in found["features"]] == ["S2"]


def test_a_tile_is_a_vector_tile(ask):
    # 121.01 E, 31.005 N at zoom 12.
    reply = ask("/tiles/basemap/12/3424/1676.mvt")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert b"land" in reply.body


def test_a_tile_of_a_large_layer_is_not_sent_twice_and_an_empty_one_says_so(ask):
    # 121.002 E, 31.002 N at zoom 12.
    reply = ask("/tiles/buildings/12/3424/1676.mvt")
    assert (reply.status, layers(reply.body)["told"][0]["of"]) == (200, 1)
    again = ask("/tiles/buildings/12/3424/1676.mvt", if_none_match=reply.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    empty = ask("/tiles/buildings/12/1/1.mvt")
    assert (empty.status, empty.body) == (204, b"")
    assert empty.headers["etag"] == reply.headers["etag"]


def test_a_click_names_the_enterprise(ask):
    reply = ask("/identify/enterprises?x=121.003&y=31.003&z=15")
    assert reply.headers["content-type"] == "application/json"
    (found,) = json.loads(reply.body)["found"]
    assert found == {
        "code": "E2", "name": "乙厂", "kind": None, "colour": "red", "village_name": "西河村",
        "said": {"zh": [], "en": []},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/tiles/basemap/2/9/9.mvt", 404, "no tile 2/9/9"),
        ("/tiles/basemap/99/0/0.mvt", 404, "no tile"),
        ("/tiles/basemap/a/0/0.mvt", 422, "whole number"),
        ("/tiles/nothing/1/0/0.mvt", 404, "no layer"),
        ("/tiles/buildings/20/0/0.mvt", 404, "no tile"),
        ("/tiles/buildings/-1/0/0.mvt", 422, "whole number"),
        ("/identify/duties?x=121&y=31&z=14", 404, "no layer"),
        ("/identify/buildings", 422, "x of a place"),
        ("/identify/buildings?x=nan&y=31&z=14", 422, "x of a place"),
        ("/identify/buildings?x=181&y=31&z=14", 422, "x of a place"),
        ("/identify/buildings?x=121&y=1e9&z=14", 422, "y of a place"),
        ("/identify/buildings?x=121&y=89&z=14", 422, "y of a place"),
        ("/identify/buildings?x=121&y=31&z=14.5", 422, "whole number"),
        ("/identify/buildings?x=121&y=31&z=25", 422, "z of a tile"),
        ("/identify/buildings?x=121;drop&y=31&z=14", 422, "x of a place"),
        ("/features/duties.geojson", 404, "no layer"),
        ("/features/villages.geojson?town=';--", 422, "division code"),
        ("/features/villages.geojson?level=planet", 422, "level is one of"),
    ],
)
def test_nonsense_gets_a_sentence_in_both_languages(ask, path, status, said):
    reply = ask(path)
    assert reply.status == status
    sentences = json.loads(reply.body)
    assert said in sentences["error_en"]
    assert sentences["error_zh"]


def test_an_unknown_path_is_404(ask):
    assert ask("/secrets").status == 404


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        (WEB, "bureau.test:8051", True),
        ("http://127.0.0.1:8050", "127.0.0.1:8051", True),
        ("http://other.test:8050", "bureau.test:8051", False),
        ("http://bureau.test:9999", "bureau.test:8051", False),
        ("https://bureau.test:8050", "bureau.test:8051", False),
        ("null", "bureau.test:8051", False),
        ("http://bureau.test:port", "bureau.test:8051", False),
    ],
)
def test_only_pages_of_the_same_host_may_read(ask, origin, host, is_allowed):
    reply = ask("/generation", origin=origin, host=host)
    assert reply.headers.get("access-control-allow-origin") == (origin if is_allowed else None)


def test_health_and_readiness(ask):
    assert ask("/healthz").status == 200
    assert ask("/readyz").body == b"ready"


def test_the_cache_throws_out_what_was_not_used_for_longest():
    cache = BodyCache(limit_bytes=80)
    for name in "abcdefgh":
        cache.put(name, b"0123456789")
    assert cache.get("a") is not None
    cache.put("i", b"0123456789")
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.held_bytes == 80


def test_a_body_too_large_for_the_cache_is_not_kept():
    cache = BodyCache(limit_bytes=80)
    cache.put("large", b"0" * 11)
    assert cache.get("large") is None


def test_the_caller_after_the_last_that_may_wait_is_turned_away(small_district):
    live = Live(small_district, waiting=MOST_WAITING)
    with pytest.raises(BusyError, match="few seconds"):
        anyio.run(live.ask, lambda: b"")


def test_every_answer_carries_a_policy_that_loads_nothing(ask):
    for path in ("/healthz", "/features/towns.geojson", "/secrets"):
        assert ask(path).headers["content-security-policy"].startswith("default-src 'none'")
