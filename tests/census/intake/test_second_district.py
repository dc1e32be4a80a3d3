"""A second real district by files and declarations alone: its counts, and what nobody looked at."""

import json

import geopandas as gpd
import pyogrio
import pytest

from census.products.demo import load_place
from census.store import pages
from census.store.database import drop_place, open_store
from census.store.features import features
from census.store.layers import read_layer
from webapp.pages import district, village
from webapp.pages import town as town_page

PLACE, FILE = "noto", "noto/noto_town_open.gpkg"
METRIC = 6675
# Marks of the source by hazard; of inland flood and volcano it has none, which says nothing.
MARKED = {
    "flood": 75, "landslide": 54, "storm_surge": 30, "earthquake": 40, "tsunami": 71,
    "large_fire": 1,
}  # fmt: skip

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def town(samples, cluster_settings):
    """The district as the demo loads it, and its report."""
    if not (samples / FILE).is_file():
        pytest.skip(f"no {FILE} among the samples")
    report = load_place(cluster_settings, PLACE, samples=samples)
    with open_store(cluster_settings, place=PLACE) as store:
        yield store, report
    drop_place(cluster_settings, PLACE)


def test_every_row_enters_and_what_cannot_be_made_is_said_once(town):
    _, report = town
    assert report["divisions"] == {"town": 15, "village": 202, "grid_unit": 0}
    # 135 places to flee to and 37 to stay at; 242 landslides meet the town, of 418.
    assert {form: rows for form, rows in report["imported"].items() if form != "divisions"} == {
        "people": 202, "shelters": 135 + 37, "historical_disasters": 242,
        # Two extents, and the clouds in them that meet the town.
        "surveyed_extents": 2 + 73,
    }  # fmt: skip
    assert set(report["refused"].values()) == {0}
    assert report["people"] == 15_687
    lacking = [each["en"].partition(".")[0] for each in report["not_made"]]
    # Shelters alone tell little of coping capacity.
    assert [each.partition(":")[0] for each in lacking] == [
        "There is no flood depth raster yet", "Coping capacity cannot be assessed",
    ]  # fmt: skip
    assert json.dumps(report)


def test_areas_that_share_a_code_keep_their_own_people(town):
    store, _ = town
    people = read_layer(store, "people").set_index("division_code")["people"]
    divisions = read_layer(store, "division")
    same = divisions[divisions["name"].str.startswith("字宇出津中町")]
    # One has 100 people and one nobody, under one code of the source.
    assert sorted(people.loc[same["code"]]) == [0, 100]
    assert int(people.sum()) == 15_687


def test_shelters_serve_for_the_hazards_that_were_marked_and_for_none_said_where_none_was(town):
    store, _ = town
    shelters = read_layer(store, "shelter")
    to_stay = shelters["name"].str.endswith("（避難所）")
    assert (int(to_stay.sum()), int((~to_stay).sum())) == (37, 135)
    for hazard, count in MARKED.items():
        marks = shelters[f"usable_{hazard}"]
        assert int((marks == True).sum()) == count, hazard  # noqa: E712  (three values)
        assert marks[to_stay].isna().all()
        assert marks[~to_stay].notna().all()
    for hazard in ("inland_flood", "volcano", "typhoon", "forest_fire"):
        assert shelters[f"usable_{hazard}"].isna().all()
    assert set(shelters["capacity_source"]) == {"unknown"}


def unseen_of(store):
    """What the map shows as not looked at."""
    found = json.loads(features(store, "historical_disasters"))["features"]
    rows = gpd.GeoDataFrame.from_features(found, crs=4326).to_crs(METRIC)
    return rows[rows["is_unseen"]], rows[~rows["is_unseen"]]


def test_none_seen_and_not_looked_at_are_two_things(town, samples):
    store, _ = town
    unseen, past = unseen_of(store)
    assert len(past) == 242
    source = {
        name: pyogrio.read_dataframe(samples / FILE, layer=name)
        .to_crs(METRIC)
        .geometry.make_valid()
        for name in ("town_1", "landslide_survey_extent", "landslide_survey_cloud_gaps")
    }
    whole = source["town_1"].union_all()
    looked = whole.intersection(source["landslide_survey_extent"].union_all())
    # 92.4 % lie in the survey, says its makers' note; clouds hide a part of that.
    assert looked.area / whole.area == pytest.approx(0.924, abs=0.001)
    clear = looked.difference(source["landslide_survey_cloud_gaps"].union_all())
    left_m2 = unseen.area.sum()
    # The map's coordinates have five decimals, about a metre.
    assert left_m2 / whole.area == pytest.approx(1 - clear.area / whole.area, abs=1e-3)
    # Nothing that was seen clearly is called unseen.
    sound = unseen.geometry.make_valid()
    assert sound.intersection(clear).area.sum() < 1e-3 * whole.area


def test_pages_say_what_is_known_and_call_nothing_safe_that_nobody_assessed(town):
    store, _ = town
    said = str(district.view(store, "zh"))
    assert "还没有风险区划，不知道哪里风险高。" in said
    assert "没有风险区划：水深栅格未交付，无法评估。" in said
    divisions = read_layer(store, "division")
    code = divisions.loc[divisions["level"] == "town", "code"].iloc[0]
    assert "水深栅格未交付，无法评估。" in str(town_page.view(store, code, "zh"))


def test_a_village_tells_what_was_seen_and_what_was_not_looked_at(town):
    store, _ = town
    unseen, past = unseen_of(store)
    villages = read_layer(store, "division", where={"level": "village"}).to_crs(METRIC)
    shares = {
        code: unseen.geometry.make_valid().intersection(shape).area.sum() / shape.area
        for code, shape in zip(villages["code"], villages.geometry, strict=True)
    }
    both = [
        code for code, shape in zip(villages["code"], villages.geometry, strict=True)
        if 0.05 < shares[code] < 0.95 and past.intersects(shape).any()
    ]  # fmt: skip
    found = {each.is_unseen: each for each in pages.history(store, village_code=both[0])}
    assert found[True].affected_share == pytest.approx(shares[both[0]], abs=0.01)
    assert found[False].areas > 0
    said = str(village.view(store, both[0], "en"))
    assert "not looked at: unknown, which is not none" in said
    assert "landslides seen on air photos" in said
    # A village that was seen whole says nothing of the survey.
    clear = next(code for code, share in shares.items() if share == 0)
    assert "not looked at" not in str(village.view(store, clear, "en"))
