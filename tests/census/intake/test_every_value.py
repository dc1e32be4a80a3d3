"""A delivery in which one value alone differs is one change, whatever form and field it is."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.store.columns import COMPUTED
from census.store.tables import declared_table
from tests.census.intake.clerk import LEFT_EMPTY, two_rows
from tests.census.intake.conftest import SOUTH, WEST

pytestmark = pytest.mark.postgis

# Of persons nothing is told, and divisions have a test of their own below.
APART = {"vulnerable_residents", "divisions", "division_codes"}
FORMS = [form for form in forms() if form.geometry != "raster" and form.name not in APART]

# Another heir, or another day, of the same former code says that the one before was wrong.
CORRECTS = {("division_changes", "to_code"), ("division_changes", "changed_on")}


@pytest.fixture
def difference(store, tmp_path, room):
    def of(form, **altered):
        file = two_rows(form, tmp_path, **altered)
        report = import_delivery(store, form.name, [file], room=room, check_only=True)
        errors = [p for p in report.problems if p.level == "error" and p.rule != "gone"]
        assert errors == [], altered
        return report.difference

    return of


def told(found):
    names = ("added", "changed", "gone", "unchanged")
    return tuple(getattr(found, name) for name in names)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_one_value_that_differs_is_one_changed_row(store, tmp_path, room, difference, form):
    first = import_delivery(store, form.name, [two_rows(form, tmp_path)], room=room)
    assert (first.imported, [p for p in first.problems if p.level == "error"]) == (2, [])
    assert told(difference(form)) == (0, 0, 0, 2)
    odd = {}
    for each in form.fields:
        if not each.is_stored or (form.name, each.name) in LEFT_EMPTY:
            continue
        found = difference(form, altered=each.name)
        named = {name for change in found.changes for name in change.changed}
        # What says which row it is makes another row; a log keeps the one before.
        if each.name in form.key:
            stays = form.adds_rows and (form.name, each.name) not in CORRECTS
            assert told(found) == (1, 0, 0 if stays else 1, 1), each.name
        elif told(found) != (0, 1, 0, 1) or each.name not in named:
            odd[each.name] = told(found)
    assert odd == {}


@pytest.mark.parametrize(
    "form", [form for form in FORMS if form.geometry != "none"], ids=lambda form: form.name
)
def test_a_shape_that_moved_alone_is_one_moved_row(store, tmp_path, room, difference, form):
    import_delivery(store, form.name, [two_rows(form, tmp_path)], room=room)
    found = difference(form, shift=0.0002)
    # Without a key nothing says that it is the same object.
    wanted = (0, 1, 0, 1) if form.key else (1, 0, 1, 1)
    assert (told(found), found.moved) == (wanted, 1 if form.key else 0)


def test_no_field_of_a_form_goes_to_a_column_that_is_computed_of_the_shape():
    computed = {
        (form.name, each.name)
        for form in forms() if form.geometry != "raster"
        for each in form.fields if each.is_stored
        if COMPUTED.items() <= declared_table(form.table).c[each.name].info.items()
    }  # fmt: skip
    assert computed == set()


def shelter_area(path, metres):
    """A shelter drawn as a square around one and the same point."""
    x, y = WEST + 0.005, SOUTH + 0.005
    half = metres / 2 / 111_000
    frame = gpd.GeoDataFrame(
        {"code": ["S1"], "name": ["一中"], "capacity_text": ["100"]},
        geometry=[box(x - half, y - half, x + half, y + half)], crs=4490,
    )  # fmt: skip
    write_table(form_named("shelters"), frame, path / "area.gpkg")
    return [path / "area.gpkg"]


def test_a_shelter_whose_ground_grew_round_the_same_point_has_changed(store, tmp_path, room):
    import_delivery(store, "shelters", shelter_area(tmp_path, 100), room=room)
    again = import_delivery(store, "shelters", shelter_area(tmp_path, 100), room=room)
    assert told(again.difference) == (0, 0, 0, 1)
    grown = import_delivery(store, "shelters", shelter_area(tmp_path, 120), room=room)
    assert [change.changed for change in grown.difference.changes] == [("footprint_m2",)]


GRID_UNIT = "990001001001001"


def divisions_altered(divisions, path, **altered):
    """The tiny district; the first grid unit says something else."""
    frame = divisions.assign(kind="网格")
    for name, value in altered.items():
        frame.loc[frame["code"] == GRID_UNIT, name] = value
    write_table(form_named("divisions"), frame, path / "altered.gpkg")
    return [path / "altered.gpkg"]


@pytest.mark.parametrize("name", ["name", "kind"])
def test_a_division_of_another_name_or_kind_has_changed(store, divisions, tmp_path, room, name):
    """Its level and its parent follow from its code, and another code is another division."""
    import_delivery(store, "divisions", divisions_altered(divisions, tmp_path), room=room)
    files = divisions_altered(divisions, tmp_path, **{name: "另一个"})
    found = import_delivery(store, "divisions", files, room=room, check_only=True).difference
    assert (told(found), [each.changed for each in found.changes]) == ((0, 1, 0, 9), [(name,)])


@pytest.mark.parametrize(
    "altered",
    [("name", "另一个"), ("kind", "社区"), ("valid_from", "2024-06-02"),
     ("parent_code", "990001002000")],
)  # fmt: skip
def test_a_code_of_the_list_that_says_something_else_has_changed(
    store, divisions, tmp_path, room, altered
):
    name, value = altered
    listed = divisions.drop(columns="geometry").assign(kind="行政村", valid_from="2024-06-01")
    changed = pd.DataFrame(listed)
    changed.loc[changed["code"] == "990001001001", name] = value
    for frame, stage in ((pd.DataFrame(listed), {}), (changed, {"check_only": True})):
        file = tmp_path / "list.xlsx"
        write_table(form_named("division_codes"), frame, file)
        report = import_delivery(store, "division_codes", [file], room=room, **stage)
    assert [p for p in report.problems if p.level == "error"] == []
    # The town of a grid unit is that of its village.
    assert told(report.difference)[:3] == (0, 2 if name == "parent_code" else 1, 0)
    assert name in report.difference.changes[0].changed
