"""Marks are counted whoever they come from, for they weigh on a browser all the same."""

import geopandas as gpd
import pytest
from shapely.geometry import Point

from census.store.counting import marks
from census.store.layers import write_layer
from webapp.mapping import tiled

pytestmark = pytest.mark.postgis


def test_derived_and_reported_sites_count_toward_the_change_to_tiles(empty_place):
    assert marks(empty_place, 5) == {"hazard_sites": 0, "enterprises": 0}
    origins = ["delivered", "derived", "derived", "reported"]
    rows = {
        "code": [f"H{number}" for number in range(4)], "name": ["隐患"] * 4, "kind": ["other"] * 4,
        "hazard": ["flood"] * 4, "origin": origins,
    }  # fmt: skip
    sites = gpd.GeoDataFrame(rows, geometry=[Point(121, 31)] * 4, crs=4490)
    write_layer(empty_place, "hazard_site", sites, delivery_id=None)
    assert marks(empty_place, 5)["hazard_sites"] == 4
    # Nobody needs to know by how many there are too many.
    assert marks(empty_place, 2)["hazard_sites"] == 3


def test_only_layers_of_too_many_marks_become_tiles():
    assert tiled({"hazard_sites": 5000, "enterprises": 5001}) == ["buildings", "enterprises"]
