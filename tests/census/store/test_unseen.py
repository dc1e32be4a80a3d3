"""What a survey did not see is told apart from where it saw nothing, on the map and in figures."""

import json

import geopandas as gpd
import pytest
from shapely.geometry import box, shape

from census.store import pages
from census.store.database import open_store
from census.store.features import features
from census.store.layers import write_layer
from tests.census.store.conftest import EAST, WEST

pytestmark = pytest.mark.postgis

# The western village is 0.01 degree wide. Half of it was seen: three quarters were looked at, and
# clouds hid the eastern third of these.
LOOKED, CLOUD = box(121.0, 31.0, 121.0075, 31.01), box(121.005, 31.0, 121.0075, 31.01)


@pytest.fixture
def surveyed(small_district, cluster_settings):
    """Delivers surveys; afterwards there is none."""
    with open_store(cluster_settings, place=small_district.place) as office:
        yield lambda *rows: survey(office, *rows)
        survey(office)


def survey(store, *rows):
    frame = gpd.GeoDataFrame(
        {
            "survey": [name for name, _, _ in rows], "hazard": ["flood"] * len(rows),
            "coverage": [coverage for _, coverage, _ in rows],
            "surveyed_on": ["2024-06-01"] * len(rows),
        },
        geometry=[extent for _, _, extent in rows], crs=4490,
    )  # fmt: skip
    frame["surveyed_on"] = frame["surveyed_on"].astype("datetime64[us]").dt.date
    write_layer(store, "surveyed_extent", frame, delivery_id=None)


def drawn(store, **where):
    rows = json.loads(features(store, "historical_disasters", **where))["features"]
    return [shape(row["geometry"]) for row in rows if row["properties"]["is_unseen"]]


def unseen(store, code):
    return {
        card.event: card.affected_share
        for card in pages.history(store, village_code=code)
        if card.is_unseen
    }


def test_without_a_survey_nothing_is_said_of_what_was_seen(small_district):
    assert drawn(small_district) == []
    assert unseen(small_district, WEST) == {}
    assert [card.is_unseen for card in pages.history(small_district, village_code=WEST)] == [False]


def test_what_lay_outside_or_under_cloud_is_unseen(small_district, surveyed):
    surveyed(("航片", "looked", LOOKED), ("航片", "hidden", CLOUD))
    assert unseen(small_district, WEST) == {"航片": pytest.approx(0.5)}
    assert unseen(small_district, EAST) == {"航片": pytest.approx(1.0)}
    # Of the two villages, 0.02 degree wide, the western quarter was seen.
    pieces = drawn(small_district)
    assert sum(piece.area for piece in pieces) == pytest.approx(0.015 * 0.01)
    assert not any(piece.intersects(box(121.0, 31.0, 121.0049, 31.01)) for piece in pieces)


def test_what_was_seen_whole_is_not_told_as_unseen(small_district, surveyed):
    surveyed(("踏勘", "looked", box(120.9, 30.9, 121.1, 31.1)))
    assert drawn(small_district) == []
    assert unseen(small_district, WEST) == {}


def test_each_survey_speaks_for_itself(small_district, surveyed):
    east = box(121.01, 31.0, 121.02, 31.01)
    surveyed(("甲", "looked", east), ("乙", "looked", LOOKED))
    assert unseen(small_district, EAST) == {"乙": pytest.approx(1.0)}
    assert unseen(small_district, WEST) == {"甲": pytest.approx(1.0), "乙": pytest.approx(0.25)}
