"""Jakarta from its public files: each known defect is repaired by a rule or reported."""

import re
from collections import Counter

import geopandas as gpd
import pyogrio
import pytest

from census.errors import UnknownPlaceError
from census.intake.capacity import read_capacity
from census.intake.loading import import_delivery
from census.intake.places import prepare
from census.intake.recipes import SamplesMissingError, known_places
from census.store.database import create_place, drop_place, open_store
from census.store.layers import rasters, read_layer

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def prepared(samples, tmp_path_factory):
    return prepare("jakarta", samples, tmp_path_factory.mktemp("jakarta"))


@pytest.fixture(scope="module")
def jakarta(prepared, cluster_settings, room):
    """The store after the import of every delivery, and the reports by form."""
    create_place(cluster_settings, "jakarta", prepared.profile)
    with open_store(cluster_settings, place="jakarta") as store:
        reports = {
            form: import_delivery(store, form, [path], room=room)
            for form, path in prepared.deliveries
        }
        yield store, reports
    drop_place(cluster_settings, "jakarta")


def count(problems, rule, level=None):
    return sum(each.rule == rule and level in {None, each.level} for each in problems)


def said(problems, rule):
    return " ".join(each.sentence_en for each in problems if each.rule == rule)


def test_every_row_enters_but_the_roads_under_construction(jakarta, prepared):
    _, reports = jakarta
    assert {form: report.imported for form, report in reports.items()} == {
        "divisions": 16 + 74 + 813,
        "people": 74,
        "buildings": 7607,
        "roads": 5621 - 4,
        # 1,205 by TYPE, and 90 more that only AMENITY calls a place of worship
        "shelters": 1205 + 90,
        "historical_disasters": 264,
        "flood_depth": 1,
        "people_pattern": 1,
    }
    assert all(report.refused == 0 for report in reports.values())
    assert "4 rows are not delivered: under construction" in said(prepared.notes, "left_out")


def test_codes_are_samples_under_prefix_99_and_name_their_parents(jakarta):
    store, _ = jakarta
    divisions = read_layer(store, "division")
    assert Counter(divisions["level"]) == {"town": 16, "village": 74, "grid_unit": 813}
    for row in divisions.itertuples():
        digits = {"town": r"990101\d{3}000", "village": r"990101\d{6}", "grid_unit": r"990101\d{9}"}
        assert re.fullmatch(digits[row.level], row.code)
        assert row.code.startswith(row.town_code[:9])


def test_people_are_a_derived_estimate_and_add_up(jakarta):
    people = read_layer(jakarta[0], "people")
    assert people["people"].sum() == 2_676_736
    assert (people["people"].min(), people["people"].max()) == (12_076, 113_178)
    assert set(people["basis"]) == {"derived"}


def test_name_prefixes_are_removed_and_the_stray_pair_is_placed_by_geometry(jakarta, prepared):
    divisions = read_layer(jakarta[0], "division")
    assert not divisions["name"].str.startswith(("KELURAHAN", "KECAMATAN")).any()
    assert "removed from 74 names" in said(prepared.notes, "prefix")
    stray = [note for note in prepared.notes if note.rule == "parent"]
    assert [note.value for note in stray] == ["KEBAYORAN / TANAH TINGGI"]
    assert "JOHAR BARU / TANAH TINGGI" in stray[0].sentence_en


def test_neighbourhood_names_are_unique_in_their_village_and_none_is_empty(jakarta, prepared):
    divisions = read_layer(jakarta[0], "division")
    units = divisions[divisions["level"] == "grid_unit"]
    assert not units.duplicated(["parent_code", "name"]).any()
    assert "RW 2" not in set(units["name"])
    assert "Kawasan Industri Pulogadung" in set(units["name"])
    assert units["name"].str.startswith("unnamed RW").sum() == 18
    assert count(prepared.notes, "repeated_name") == 13
    assert count(prepared.notes, "spelling") == 31


def test_flood_marks_enter_nothing_and_their_spellings_are_reported(prepared):
    note = next(note for note in prepared.notes if note.column == "FLOODPRONE")
    assert note.value == "'NO' 447, 'YES' 257, '(empty)' 88, '0' 13, 'Yes' 8"
    assert "265 are marked yes, 264 shapes" in note.sentence_en
    divisions = next(path for form, path in prepared.deliveries if form == "divisions")
    headings = {str(name) for name in pyogrio.read_info(divisions)["fields"]}
    assert headings == {"区划代码", "名称", "级别", "上级代码", "类别"}


def test_invalid_shapes_are_repaired_and_noted(jakarta):
    store, reports = jakarta
    for form, table in (("divisions", "division"), ("historical_disasters", "historical_disaster")):
        assert count(reports[form].problems, "valid", "repair") == 1
        assert read_layer(store, table).geometry.is_valid.all()
    assert "-6.1112" in next(p.value for p in reports["divisions"].problems if p.rule == "valid")


def test_partly_covered_towns_are_told_and_29_km2_are_outside_the_villages(jakarta):
    store, reports = jakarta
    divisions = read_layer(store, "division")
    towns = divisions[divisions["level"] == "town"].set_index("name")
    outside = (towns["area_m2"] * (1 - towns["covered_share"])).sum()
    assert outside == pytest.approx(29.4e6, rel=0.005)
    assert count(reports["divisions"].problems, "covered") == 7
    assert "34.5 of 41.2 km2 of CAKUNG" in said(reports["divisions"].problems, "covered")
    assert (towns["covered_share"] > 0.999).sum() == 9


def test_the_hole_between_villages_is_reported(jakarta):
    holes = said(jakarta[1]["divisions"].problems, "hole")
    assert "level village has a hole of 0.599 km2" in holes
    slivers = said(jakarta[1]["divisions"].problems, "sliver")
    assert "between the boundaries of the level village" in slivers


def test_building_defects_are_reported_and_kept(jakarta):
    problems = jakarta[1]["buildings"].problems
    assert count(problems, "repeated_shape", "warning") == 5
    assert count(problems, "footprint", "warning") == 6 + 18
    assert count(problems, "overlap", "warning") >= 40
    assert "3 to 1230 buildings, 0 have none" in said(problems, "complete")


def test_levels_texts_are_read_or_unknown(jakarta):
    store, reports = jakarta
    assert count(reports["buildings"].problems, "levels", "repair") == 141 + 40 + 8
    # "fix me", a name, and two of zero levels
    assert count(reports["buildings"].problems, "levels", "warning") == 4
    levels = read_layer(store, "building")["levels"]
    assert levels.notna().sum() == 1176 - 4


def test_capacity_is_declared_where_it_can_be_read_and_else_derived(jakarta):
    store, _ = jakarta
    shelters = read_layer(store, "shelter")
    assert shelters["capacity_people"].max() == 150_000
    assert set(shelters["capacity_source"]) == {"declared", "derived"}
    derived = shelters[shelters["capacity_source"] == "derived"]
    assert derived["capacity_note_en"].str.contains("m2 per person").all()
    assert derived["capacity_note_zh"].str.contains("待核").all()
    assert shelters["is_candidate"].all()
    assert Counter(shelters["kind"]) == {"school": 376, "worship": 587 + 90, "government": 242}


def test_555_of_599_capacity_texts_are_plain_and_hold_401500_people(samples):
    buildings = pyogrio.read_dataframe(samples / "jakarta" / "jakarta.gpkg", layer="buildings")
    kinds = buildings["TYPE"].fillna("")
    by_type = kinds.isin(["School", "Government"]) | kinds.str.startswith("Place of Worship")
    read = [read_capacity(text) for text in buildings.loc[by_type, "CAPACITY"].dropna()]
    plain = [one.value for one in read if one.value and "lower bound" not in one.en]
    assert (by_type.sum(), len(read), len(plain), sum(plain)) == (1205, 599, 555, 401_500)


def test_the_capacity_nobody_believes_is_kept_and_remarked(jakarta):
    problems = jakarta[1]["shelters"].problems
    remarked = {each.value for each in problems if each.rule == "capacity_area"}
    assert remarked
    unreadable = {each.value for each in problems if each.rule == "capacity_text"}
    assert "500 - 1000" in unreadable


def test_twelve_candidates_stand_outside_every_village(jakarta):
    shelters = read_layer(jakarta[0], "shelter")
    by_type = shelters[shelters["village_code"].isna()]
    assert len(by_type) == count(jakarta[1]["shelters"].problems, "village") >= 12


def test_oneway_against_the_drawing_direction_is_kept(jakarta):
    roads = read_layer(jakarta[0], "road")
    assert Counter(roads["oneway"])["reverse"] == 14
    # The four roads under construction are one-way too.
    assert Counter(roads["oneway"])["yes"] == 657 - 4
    assert roads["length_m"].sum() / 1000 == pytest.approx(2038, rel=0.01)
    assert "reach or lie outside" in said(jakarta[1]["roads"].problems, "district")


def test_the_event_of_2007_is_history_and_nothing_else(jakarta):
    history = read_layer(jakarta[0], "historical_disaster")
    assert set(history["year"]) == {2007}
    assert set(history["hazard"]) == {"flood"}


def test_the_population_grid_is_a_pattern_only(jakarta):
    stored = rasters(jakarta[0]).set_index("name")
    assert stored.loc["people_pattern", "unit"] == "1"
    assert (stored.loc["flood_depth", "unit"], stored.loc["flood_depth", "scenario"]) == (
        "m",
        "current",
    )


def test_unknown_cells_of_the_pattern_are_counted_and_the_depth_has_none(jakarta):
    assert count(jakarta[1]["people_pattern"].problems, "no_data", "warning") == 1
    assert said(jakarta[1]["people_pattern"].problems, "no_data").startswith("435 cells inside")
    assert jakarta[1]["flood_depth"].problems == ()


def test_attribution_and_notes_stand_in_the_profile(jakarta):
    district = jakarta[0].district
    assert district.attribution.startswith(
        "(c) OpenStreetMap contributors, ODbL. Flood depth: HKV."
    )
    assert district.timezone == "Asia/Jakarta"
    assert not district.is_made_up
    assert len(district.profile["notes"]) > 50


def test_the_same_files_make_the_same_deliveries(prepared, samples, tmp_path):
    again = prepare("jakarta", samples, tmp_path)
    for (form, first), (_, second) in zip(prepared.deliveries, again.deliveries, strict=True):
        assert first.read_bytes() == second.read_bytes(), form


def test_all_missing_files_are_named_at_once(tmp_path):
    with pytest.raises(SamplesMissingError, match=r"flood_depth_current\.tif.*jakarta\.gpkg"):
        prepare("jakarta", tmp_path, tmp_path / "out")


def test_an_unknown_place_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(UnknownPlaceError, match="jakarta"):
        prepare("atlantis", tmp_path, tmp_path)
    assert "jakarta" in known_places()


def test_no_point_of_a_delivery_is_lost_between_file_and_table(prepared, jakarta):
    delivered = dict(prepared.deliveries)["roads"]
    lines = gpd.read_file(delivered)
    stored = read_layer(jakarta[0], "road")
    assert lines.geometry.count_coordinates().sum() == stored.geometry.count_coordinates().sum()
