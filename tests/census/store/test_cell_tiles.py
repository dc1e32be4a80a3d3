"""Tiles of large layers: they add up, tell what they leave out, and follow each new delivery."""

import json
import math
from dataclasses import replace
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point, box
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from census.errors import UnknownLayerError
from census.store import cell_tiles
from census.store.cell_tiles import CELLS, cell_tile
from census.store.database import create_place, drop_place, open_store
from census.store.found_at import found_at
from census.store.layers import write_layer
from tests.vector_tiles import layers, paths

pytestmark = pytest.mark.postgis

HOUSES, FIRMS = 6000, 500
SIZE_DEGREE = 1e-4
WEST, SOUTH, SIDE = 121.1, 31.1, 0.03


def _houses(count):
    """One house in eleven is large; half of them crowd in a twentieth of the place."""
    dice = np.random.default_rng(5)
    spread = np.where(np.arange(count)[:, None] % 2, SIDE, SIDE / 20)
    corners = dice.uniform(0, 1, (count, 2)) * spread + (WEST, SOUTH)
    shapes = [box(x, y, x + SIZE_DEGREE, y + SIZE_DEGREE) for x, y in corners]
    area = [400.0 if number % 11 == 0 else 90.0 for number in range(count)]
    names = [f"屋{number}" for number in range(count)]
    return gpd.GeoDataFrame(
        {"name": names, "footprint_m2": area, "kind": "住宅"}, geometry=shapes, crs=4490
    )


def _firms(count):
    dice = np.random.default_rng(6)
    corners = dice.uniform(0, SIDE, (count, 2)) + np.array([WEST, SOUTH])
    colours = ["red" if number == count - 1 else "blue" for number in range(count)]
    codes = [f"E{number:04}" for number in range(count)]
    rows = {"code": codes, "name": codes, "colour": colours}
    return gpd.GeoDataFrame(rows, geometry=[Point(*each) for each in corners], crs=4490)


@pytest.fixture(scope="module")
def town(cluster_settings):
    """A place of six thousand houses and five hundred firms, as role app."""
    place = f"tiles_{uuid4().hex[:8]}"
    profile = {
        "code": "990001", "name_zh": "河口区", "name_en": "River Mouth", "srid": 4490,
        "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
        "attribution": "made up", "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, place, profile)
    with open_store(cluster_settings, place=place) as store:
        write_layer(store, "building", _houses(HOUSES), delivery_id=None)
        write_layer(store, "enterprise", _firms(FIRMS), delivery_id=None)
        yield store
    drop_place(cluster_settings, place)


@pytest.fixture
def visitor(cluster_settings, town):
    """The same place as role public."""
    with open_store(cluster_settings, place=town.place, role="public") as store:
        yield store


def _tile_of(lon, lat, z):
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**z), int(row * 2**z)


def _all_tiles(store, layer, z):
    left, bottom = _tile_of(WEST, SOUTH, z)
    right, top = _tile_of(WEST + 1.1 * SIDE, SOUTH + 1.1 * SIDE, z)
    return [
        layers(cell_tile(store, layer, z, x, y))
        for x in range(left, right + 1)
        for y in range(top, bottom + 1)
    ]


@pytest.mark.parametrize("layer", ["buildings", "enterprises"])
@pytest.mark.parametrize("z", [0, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16])
def test_the_tiles_of_a_zoom_add_up_to_the_layer(visitor, layer, z):
    told = [tile["told"][0] for tile in _all_tiles(visitor, layer, z) if "told" in tile]
    assert sum(each["of"] for each in told) == {"buildings": HOUSES, "enterprises": FIRMS}[layer]


def test_cells_count_their_features_and_show_the_worst_of_them(visitor):
    x, y = _tile_of(WEST, SOUTH, 8)
    tile = layers(cell_tile(visitor, "enterprises", 8, x, y))
    assert sum(cell["n"] for cell in tile["cells"]) == FIRMS
    assert max(cell["worst"] for cell in tile["cells"]) == 4
    assert tile["told"] == [{"n": FIRMS, "of": FIRMS, "how": "cells"}]


def test_the_cells_at_an_edge_stand_in_the_tiles_on_both_sides(town, cluster_settings):
    # A firm in the cell at the south-eastern corner of its tile, at zoom 10.
    x, y = _tile_of(WEST, SOUTH, 10)
    _, south, east, north = cell_tiles.edges(10, x, y)
    lon = east - 360 / 2**10 / CELLS / 2
    lat = south + (north - south) / CELLS / 2
    firm = {"code": ["EDGE"], "name": ["边"], "colour": ["red"]}
    place = gpd.GeoDataFrame(firm, geometry=[Point(lon, lat)], crs=4490)
    write_layer(town, "enterprise", place, delivery_id=None, replace=False)
    with open_store(cluster_settings, place=town.place, role="public") as store:
        own, *others = (
            layers(cell_tile(store, "enterprises", 10, x + i, y + j))
            for i, j in ((0, 0), (1, 0), (0, 1), (1, 1))
        )
    write_layer(town, "enterprise", _firms(FIRMS), delivery_id=None)
    assert sum(cell["worst"] == 4 and cell["n"] == 1 for cell in own["cells"]) >= 1
    # Drawn beside, counted once.
    for beside in others:
        assert [cell["n"] for cell in beside["cells"]] == [1]
        assert "told" not in beside


def test_a_crowded_tile_shows_the_large_ones_and_tells_how_many_it_leaves_out(visitor, monkeypatch):
    monkeypatch.setattr(cell_tiles, "FEW", 1000)
    x, y = _tile_of(WEST + SIDE / 40, SOUTH + SIDE / 40, 14)
    tile = layers(cell_tile(visitor, "buildings", 14, x, y))
    (told,) = tile["told"]
    assert told["how"] == "large"
    assert told["of"] > 3000
    assert told["n"] <= told["of"] / 8
    # What crosses an edge is drawn on both sides.
    assert told["n"] <= len(tile["buildings"]) <= told["n"] + 60


def test_no_tile_holds_more_than_its_cap_and_the_rest_is_told(visitor, monkeypatch):
    few = replace(cell_tiles._DRAWN["enterprises"], most=3)
    monkeypatch.setitem(cell_tiles._DRAWN, "enterprises", few)
    tiles = [tile for tile in _all_tiles(visitor, "enterprises", 15) if "told" in tile]
    crowded = [tile for tile in tiles if tile["told"][0]["how"] == "some"]
    assert {len(tile["enterprises"]) for tile in crowded} == {3}
    assert {tile["told"][0]["n"] for tile in crowded} == {3}
    # The worst is not the one that is left out.
    assert "red" in {firm["colour"] for tile in tiles for firm in tile["enterprises"]}


def test_firms_stand_where_they_are_and_cells_in_the_middle_of_theirs(visitor):
    firm = _firms(FIRMS).geometry[7]
    for z, width in ((15, 1), (10, cell_tiles.EXTENT // CELLS)):
        x, y = _tile_of(firm.x, firm.y, z)
        west, south, east, north = cell_tiles.edges(z, x, y)
        across = (firm.x - west) / (east - west) * cell_tiles.EXTENT
        down = (north - firm.y) / (north - south) * cell_tiles.EXTENT
        body = cell_tile(visitor, "enterprises", z, x, y)
        marks = [mark for (mark,) in paths(body, "enterprises" if width == 1 else "cells")]
        assert min(max(abs(a - across), abs(b - down)) for a, b in marks) <= width / 2 + 0.01


@pytest.mark.parametrize("z", [14, 16])
def test_houses_turn_the_way_that_is_an_outer_ring_in_a_tile(visitor, z):
    house = _houses(HOUSES).iloc[1].geometry.centroid
    rings = paths(cell_tile(visitor, "buildings", z, *_tile_of(house.x, house.y, z)), "buildings")
    twice = [
        sum(a * d - c * b for (a, b), (c, d) in zip(ring, [*ring[1:], ring[0]], strict=True))
        for ring in rings
    ]
    assert len(twice) > 5
    assert min(twice) > 0


def test_a_house_that_turns_the_other_way_is_turned_when_it_is_written(town):
    with town.engine.connect() as connection:
        turned = connection.execute(
            text("select count(*) from census.building where not st_ispolygoncw(geom)")
        ).scalar_one()
        assert turned == 0
        with pytest.raises(IntegrityError, match="building_geom_clockwise"):
            connection.execute(text("update census.building set geom = st_forcepolygonccw(geom)"))


def test_a_tile_where_nothing_lies_has_no_bytes(visitor):
    assert cell_tile(visitor, "buildings", 12, 0, 0) == b""
    assert cell_tile(visitor, "hazard_sites", 8, *_tile_of(WEST, SOUTH, 8)) == b""
    assert cell_tile(visitor, "buildings", 16, 5, 5) == b""


def test_a_new_delivery_replaces_the_cells_and_a_failed_one_leaves_them(town):
    x, y = _tile_of(WEST, SOUTH, 9)

    def told():
        return layers(cell_tile(town, "buildings", 9, x, y))["told"][0]["of"]

    before = told()
    with town.engine.connect() as connection:
        write_layer(town, "building", _houses(40), delivery_id=None, connection=connection)
        connection.rollback()
    assert told() == before == HOUSES
    write_layer(town, "building", _houses(40), delivery_id=None)
    assert told() == 40
    write_layer(town, "building", _houses(HOUSES), delivery_id=None)


def test_a_click_names_the_nearest_object_with_its_public_fields(visitor):
    house = _houses(HOUSES).iloc[1]
    middle = house.geometry.centroid
    found = json.loads(found_at(visitor, "buildings", middle.x, middle.y, 14))
    assert found["found"][0]["name"] == "屋1"
    assert set(found["found"][0]) == {
        "code", "name", "kind", "levels", "structure", "footprint_m2", "village_name",
    }  # fmt: skip
    assert 2 <= found["count"] <= 5


def test_a_click_beside_everything_finds_nothing_and_on_a_cell_its_number(visitor):
    empty = {"layer": "enterprises", "count": 0, "found": []}
    assert json.loads(found_at(visitor, "enterprises", 10.0, 10.0, 16)) == empty
    assert json.loads(found_at(visitor, "enterprises", 10.0, 10.0, 5)) == empty
    whole = json.loads(found_at(visitor, "enterprises", WEST + 0.01, SOUTH + 0.01, 0))
    assert whole == {"layer": "enterprises", "count": FIRMS, "found": []}
    with pytest.raises(UnknownLayerError):
        found_at(visitor, "duties", 10.0, 10.0, 16)
