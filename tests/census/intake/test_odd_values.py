"""Values that get lost on the way through files: each comes back from every format as it stood."""

import datetime as dt
import math

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, box

from census.intake.drawn_tables import SIGNS_PER_CELL, shape_cells
from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.products.exports import export_layer, formats_of
from census.store.actors import Actor, system_actor
from census.store.audit_reading import Filter, entries
from census.store.formulas import guard, unguarded
from census.store.layers import read_layer, write_layer
from tests.census.intake.conftest import SOUTH, WEST
from webapp.map_looks import look_of

VILLAGES = [f"99000100{t}00{v}" for t in (1, 2) for v in (1, 2)]
DIVISIONS = {
    "village": VILLAGES, "town": ["990001001000", "990001002000"],
    "grid_unit": [f"{code}001" for code in VILLAGES],
}  # fmt: skip
# Formulas, guards of guards, line ends, full-width and leading zeros, numbers and marks as texts.
TEXTS = [
    "=1+1", "'=1+1", "''-5", "-5", "+86", "@SUM(A1)", "{=1+1}", "'quoted'", 'say "so"', "a,b;c\td",
    "two\nlines", "\uff10\uff10\uff18", "007", "1.0", "1e5", "TRUE", "是", "NULL", "nan", "None",
    "2024-06-01",
    "2024-06-01T08:30:00", "_x0041_", "<b>&amp;</b>", "𠮷野家", "é", "http://x.test", "'",
    "[1, 2]", '{"a": 1}', "第3号（备用）", "N/A", "#REF!", "\u200b零宽", "12 345",
]  # fmt: skip
CAPACITIES = ["300", ">300", "约500人", "<300", "-", "屋内10人/屋外20人", "满", None]
NUMBERS = [None, 0.1 + 0.2, 1 / 3, 12.0, 7e-7, 123456.789]
MOMENTS = ["2024-06-01 00:00:00", "2024-06-01 08:30", "2024-12-31 23:59:59"]
X, Y = WEST + 0.0012345678, SOUTH + 0.0087654321
HOLED = box(X, Y, X + 0.002, Y + 0.002).difference(
    box(X + 0.0005, Y + 0.0005, X + 0.001, Y + 0.001)
)
SHAPES = {
    "point": [Point(X, Y), Point(X + 1e-8, Y)],
    "line": [
        LineString([(X, Y), (X + 0.001, Y), (X + 0.001, Y + 0.001)]),
        MultiLineString([[(X, Y), (X + 0.01, Y)], [(X, Y + 0.003), (X + 0.01, Y + 0.003)]]),
    ],
    "polygon": [HOLED, MultiPolygon([HOLED, box(X + 0.003, Y, X + 0.004, Y + 0.001)])],
}
SHAPES["any"] = [shape for kind in ("point", "line", "polygon") for shape in SHAPES[kind]]
ODD = [
    form for form in forms()
    if form.geometry != "raster" and not form.name.startswith("division")
    and form.name != "vulnerable_residents"
]  # fmt: skip


def odd_value(form, each, row, column):
    """One of the values that a field takes, another one in each row."""
    if (form.name, each.name) == ("evacuation_routes", "shelter_code") or not each.is_stored:
        return None
    # What belongs together walks in step: ages and residents, beginning and end.
    turn = row if form.periods or form.name == "people" else row + column
    low = -math.inf if each.minimum is None else each.minimum
    high = math.inf if each.maximum is None else each.maximum
    numbers = [value for value in NUMBERS if value is None or low <= value <= high]
    choices = {
        "division": DIVISIONS.get((each.levels or ("village",))[0]),
        "code": [code.code for code in each.codes],
        "number": numbers, "levels": [None, 0.5, 2.5, 12.0], "year": [2007, 2024],
        "integer": [None, *(value for value in (0, 7, 40) if low <= value <= high)],
        "yes_no": [True, False, None], "oneway": ["yes", "no", "reverse"],
        "flag": ["yes", "no", "unknown", None],
        "date": [dt.date(2024, 6, 1)] if form.periods else [dt.date(2024, 6, 1), None],
        "moment": MOMENTS, "capacity": CAPACITIES,
    }.get(each.type)  # fmt: skip
    if choices is None:
        choices = ["7782-50-5", None] if each.pattern else TEXTS
    if form.name == "people" and each.name == "people":
        choices = [1000]
    if each.required or each.name in form.key:
        choices = [value for value in choices if value is not None]
    # Rows are told apart by their key: its fields walk in step.
    return choices[(row if each.name in form.key else turn) % len(choices)]


def odd_rows(form):
    """As many rows as there are odd texts, or villages where a village has one row alone."""
    count = len(VILLAGES) if form.key == ("division_code",) else len(TEXTS)
    rows = [
        {each.name: odd_value(form, each, row, column) for column, each in enumerate(form.fields)}
        for row in range(count)
    ]
    return pd.DataFrame(rows, dtype=object)


def delivered(form, folder):
    """The rows as a file of a program that changes nothing of them."""
    frame, path = odd_rows(form), folder / f"{form.name}.parquet"
    if form.geometry == "none":
        frame.to_parquet(path)
        return path
    shapes = SHAPES[form.geometry]
    chosen = [shapes[row % len(shapes)] for row in range(len(frame))]
    gpd.GeoDataFrame(frame, geometry=chosen, crs=4490).to_parquet(path)
    return path


@pytest.mark.postgis
@pytest.mark.parametrize("form", ODD, ids=lambda form: form.name)
def test_odd_values_come_back_from_every_format_as_they_stood(store, tmp_path, room, form):
    options = {"actor": system_actor(), "room": room}
    first = import_delivery(store, form.name, [delivered(form, tmp_path)], **options)
    assert [p for p in first.problems if p.level == "error"] == []
    assert (first.refused, first.imported) == (0, len(odd_rows(form)))
    stood = read_layer(store, form.table)
    for kind in formats_of(form.name):
        file = tmp_path / f"again_{kind}.{'xlsx' if kind == 'form' else kind}"
        look = look_of(form.name)
        rows = export_layer(store, form.name, kind, file, actor=options["actor"], look=look)
        assert rows == len(stood), kind
        report = import_delivery(store, form.name, [file], **options)
        assert [p for p in report.problems if p.level == "error"] == [], kind
        counts = report.difference.counts()
        assert counts.pop("stood") == counts.pop("unchanged") == len(stood), (
            kind, [(each.code, each.changed) for each in report.difference.changes]
        )  # fmt: skip
        assert set(counts.values()) == {0}, kind
    # Nothing but the rows themselves says so.
    pd.testing.assert_frame_equal(pd.DataFrame(stood), pd.DataFrame(read_layer(store, form.table)))


@pytest.mark.postgis
def test_a_crosswalk_of_codes_comes_back_from_every_format(store, tmp_path, room):
    form, actor = form_named("division_changes"), system_actor()
    rows = [
        ("320684", "320614", "recoded", dt.date(2020, 7, 1), None, "=甲", "乙\n丙"),
        ("990001009001", None, "withdrawn", dt.date(2021, 1, 1), None, "'丁", None),
        ("990001009002", VILLAGES[0], "split", dt.date(2021, 1, 1), 1 / 3, None, None),
        ("990001009002", VILLAGES[1], "split", dt.date(2021, 1, 1), 2 / 3, None, None),
    ]
    names = ["from_code", "to_code", "kind", "changed_on", "share", "from_name", "to_name"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    frame.to_parquet(tmp_path / "changes.parquet")
    first = import_delivery(store, form.name, [tmp_path / "changes.parquet"], room=room)
    assert [p for p in first.problems if p.level == "error"] == []
    for kind in formats_of(form.name):
        file = tmp_path / f"again_{kind}.{'xlsx' if kind == 'form' else kind}"
        assert export_layer(store, form.name, kind, file, actor=actor) == 4, kind
        report = import_delivery(store, form.name, [file], room=room)
        assert (report.difference.is_none, report.difference.unchanged) == (True, 4), kind
    write_layer(store, form.table, read_layer(store, form.table).iloc[:0], delivery_id=None)


@pytest.mark.postgis
def test_marks_that_nobody_made_stay_apart_from_a_no(store, tmp_path, room):
    form = form_named("shelters")
    import_delivery(store, form.name, [delivered(form, tmp_path)], room=room)
    export_layer(store, "shelters", "csv", tmp_path / "s.csv")
    told = pd.read_csv(tmp_path / "s.csv", dtype=str)["usable_flood"].value_counts().to_dict()
    stored = read_layer(store, "shelter")["usable_flood"]
    # The delivery went round yes, no, unknown and an empty cell, which is a no beside marks.
    assert told == {
        "yes": int((stored == True).sum()),  # noqa: E712  (three values)
        "no": int((stored == False).sum()),  # noqa: E712  (three values)
        "unknown": int(stored.isna().sum()),
    }
    assert told["no"] > told["yes"] >= told["unknown"] > 0


@pytest.mark.postgis
def test_persons_come_back_from_every_format(empty_place, divisions, tmp_path, room):
    # In a place of their own: no delivery takes persons away from the others' villages.
    store, form, actor = empty_place, form_named("vulnerable_residents"), system_actor()
    options = {"actor": actor, "room": room}
    write_table(form_named("divisions"), divisions, tmp_path / "d.gpkg")
    assert import_delivery(store, "divisions", [tmp_path / "d.gpkg"], room=room).imported == 10
    assert import_delivery(store, form.name, [delivered(form, tmp_path)], **options).imported
    export_layer(store, form.name, "parquet", tmp_path / "first.parquet", actor=actor)
    first = pd.read_parquet(tmp_path / "first.parquet")
    assert len(first) == len(TEXTS)
    for kind in formats_of(form.name):
        file = tmp_path / f"again_{kind}.{'xlsx' if kind == 'form' else kind}"
        export_layer(store, form.name, kind, file, actor=actor)
        report = import_delivery(store, form.name, [file], **options)
        assert [p for p in report.problems if p.level == "error"] == [], kind
        assert report.imported == len(first)
        export_layer(store, form.name, "parquet", tmp_path / "then.parquet", actor=actor)
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "then.parquet"), first)


@pytest.mark.postgis
def test_what_people_typed_leaves_with_those_alone_who_may_and_it_is_recorded(
    store, tmp_path, room
):
    form = form_named("shelters")
    import_delivery(store, form.name, [delivered(form, tmp_path)], room=room)

    def headings(actor):
        export_layer(store, "shelters", "csv", tmp_path / "s.csv", actor=actor)
        return set(pd.read_csv(tmp_path / "s.csv").columns)

    officer = Actor("22222222-2222-2222-2222-222222222222", "某人", (), "10.0.0.1")
    assert "capacity_text" not in headings(None) | headings(officer)
    assert "capacity_text" in headings(system_actor())
    newest = entries(store, system_actor(), asked=Filter())[0]
    assert newest["action"] == "export.texts"
    assert (newest["object_kind"], newest["detail"]["rows"]) == ("shelter", len(TEXTS))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6) | st.sampled_from(TEXTS))
def test_a_guard_comes_off_as_it_went_on(text):
    assert unguarded(guard(text)) == text
    assert not str(guard(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_outline_longer_than_a_cell_goes_on_in_further_columns():
    ring = [(121 + math.cos(i / 500) / 100, 32 + math.sin(i / 500) / 100) for i in range(3000)]
    cells = shape_cells([LineString(ring), Point(121, 32)], 4490)
    assert list(cells.columns) == ["geom_wkt", "geom_wkt_2", "geom_wkt_3", "geom_wkt_4"]
    assert cells.map(len, na_action="ignore").max().max() == SIGNS_PER_CELL
    assert cells.iloc[1].tolist() == ["SRID=4490;POINT (121 32)", None, None, None]
