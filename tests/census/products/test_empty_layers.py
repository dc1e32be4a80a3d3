"""A layer without rows comes out with its headings, and goes in again: nothing is changed."""

from uuid import uuid4

import pytest

from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.reading import read
from census.intake.reading_room import ReadingRoom
from census.intake.stored_context import district_context
from census.products.exports import export_layer, formats_of
from census.store.actors import system_actor
from census.store.database import create_place, drop_place, open_store
from census.store.offered import LAYERS, OFFICE_LAYERS, PERSONAL_LAYERS
from webapp.map_looks import look_of

pytestmark = pytest.mark.postgis

OFFERED = {*LAYERS, *OFFICE_LAYERS, *PERSONAL_LAYERS}
EMPTY = [form.name for form in forms() if form.name in OFFERED]


@pytest.fixture(scope="module")
def bare_place(cluster_settings):
    """A district of which nothing was delivered yet."""
    place = f"bare_{uuid4().hex[:8]}"
    profile = {
        "code": "990003", "name_zh": "空县", "name_en": "Bare", "srid": 4490, "metric_srid": 4549,
        "timezone": "Asia/Shanghai", "is_made_up": True, "attribution": "made up",
        "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, place, profile)
    with open_store(cluster_settings, place=place) as store:
        yield store
    drop_place(cluster_settings, place)


@pytest.fixture(scope="module")
def room():
    with ReadingRoom() as opened:
        yield opened


def test_these_are_all_forms_of_rows_but_the_code_list_which_comes_out_as_divisions():
    rows = {form.name for form in forms() if form.geometry != "raster"}
    assert rows - set(EMPTY) == {"division_codes"}


@pytest.mark.parametrize("layer", EMPTY)
def test_an_empty_layer_comes_back_in_every_format(bare_place, tmp_path, room, layer):
    form, context = form_named(layer), district_context(bare_place)
    for kind in formats_of(layer):
        file = tmp_path / f"{layer}_{kind}.{'xlsx' if kind == 'form' else kind}"
        look = look_of(layer)
        assert export_layer(
            bare_place, layer, kind, file, actor=system_actor(), look=look
        ) == 0, kind  # fmt: skip
        headings = set(read(file, form).headings)
        needed = {each.name for each in form.fields if each.required}
        assert needed <= headings, kind
        report = import_delivery(
            bare_place, layer, [file], room=room, context=context, actor=system_actor()
        )
        assert [p for p in report.problems if p.level == "error"] == [], kind
        assert (report.imported, report.refused, report.is_refused) == (0, 0, False), kind
        told = [p.sentence_en for p in report.problems if p.rule == "no_rows"]
        assert "There are headings but no rows: it is taken as an empty layer." in told, kind
        assert [each.endswith("nothing was changed.") for each in told].count(True) == 1, kind
        if not form.is_personal:
            assert report.difference.is_none, kind
