"""Every layer in every format comes back from its export without a single change."""

import pytest

from census.intake.forms import form_named, forms
from census.intake.grids import check_grid
from census.intake.loading import import_delivery
from census.intake.reading_room import ReadingRoom
from census.intake.stored_context import district_context
from census.products.exports import export_layer, formats_of
from census.store.actors import system_actor
from census.store.counting import layer_rows
from census.store.layers import read_layer
from census.store.offered import RASTERS
from census.store.rasters import get_raster
from webapp.map_looks import look_of

# In the example district nobody fills these: tests/census/intake/test_odd_values fills them.
EMPTY = {
    "village_groups", "road_states", "shelter_openings", "vulnerable_residents", "division_changes",
    "inspections", "surveyed_extents",
}  # fmt: skip
# A code list without outlines makes divisions, and comes out as these.
AS_OTHERS = {"division_codes"}
ROWS = [
    form.name for form in forms()
    if form.geometry != "raster" and form.name not in EMPTY | AS_OTHERS
]  # fmt: skip

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def room():
    with ReadingRoom() as opened:
        yield opened


def taken_out(store, layer, kind, folder):
    file = folder / f"{layer}_{kind}.{'xlsx' if kind == 'form' else kind}"
    rows = export_layer(store, layer, kind, file, actor=system_actor(), look=look_of(layer))
    return file, rows


@pytest.mark.parametrize("layer", ROWS)
def test_a_layer_of_the_example_comes_back_unchanged_in_every_format(
    small_place, tmp_path, room, layer
):
    context = district_context(small_place)
    rows = read_layer(small_place, form_named(layer).table)
    delivered = int((rows["origin"] == "delivered").sum()) if "origin" in rows else len(rows)
    assert delivered > 0
    for kind in formats_of(layer):
        file, written = taken_out(small_place, layer, kind, tmp_path)
        assert written == (delivered if kind == "form" else len(rows)), kind
        report = import_delivery(
            small_place, layer, [file], check_only=True, room=room, context=context,
            actor=system_actor(),
        )  # fmt: skip
        assert [p for p in report.problems if p.level == "error"] == [], kind
        assert report.difference.counts() == {
            "stood": delivered, "added": 0, "changed": 0, "moved": 0, "gone": 0, "kept": 0,
            "unchanged": delivered, "doubtful": 0,
        }, kind  # fmt: skip


def test_these_are_the_layers_that_the_example_leaves_empty(small_place):
    counted, known = layer_rows(small_place), {form.name for form in forms()}
    empty = {name for name in counted if not counted[name] and name in known}
    assert empty - set(RASTERS) == EMPTY - {"vulnerable_residents"}


@pytest.mark.parametrize("layer", ["flood_depth", "elevation"])
def test_a_raster_comes_back_to_the_byte(small_place, tmp_path, layer):
    file, _ = taken_out(small_place, layer, "tif", tmp_path)
    context = district_context(small_place)
    grid, problems = check_grid(file, form_named(layer), context, source_crs=None)
    assert [p for p in problems if p.level == "error"] == []
    assert grid.file == get_raster(small_place, layer)


def test_what_the_program_made_itself_is_told_and_not_taken_for_delivered(
    small_place, tmp_path, room
):
    file, _ = taken_out(small_place, "hazard_sites", "geojson", tmp_path)
    sites = read_layer(small_place, "hazard_site")
    made = int((sites["origin"] == "derived").sum())
    assert made > 0
    options = {"check_only": True, "room": room}
    report = import_delivery(small_place, "hazard_sites", [file], **options)
    told = [p.sentence_en for p in report.problems if p.rule == "own_product"]
    assert len(told) == 1
    assert told[0].startswith(f"{made} rows were derived, reported or planned by this program")


def test_columns_that_are_computed_are_told_in_one_sentence(small_place, tmp_path, room):
    file, _ = taken_out(small_place, "roads", "csv", tmp_path)
    report = import_delivery(small_place, "roads", [file], check_only=True, room=room)
    (told,) = report.problems
    assert told.sentence_en == (
        "The columns id, length_m, longitude, latitude are computed by this program: they are "
        "not read."
    )
