"""Every form: its empty workbook is filled with a row, imported, and taken out again."""

import pandas as pd
import pytest
from sqlalchemy import CheckConstraint, text

from census.access_errors import ForbiddenError
from census.intake.fields import LATITUDE, LONGITUDE
from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.writing import write_workbook
from census.products.exports import export_layer
from census.store.actors import Actor, Grant, system_actor
from census.store.layers import read_layer
from census.store.offered import ROW_FORMATS
from census.store.tables import declared_table
from tests.census.intake.clerk import (
    OTHER_VILLAGE,
    SHEET_GEOMETRIES,
    VILLAGE,
    row_of,
    written,
)
from tests.census.intake.workbooks import fill

# Divisions are what every other form stands on: the fixture imports them.
BELOW = {"divisions", "division_codes"}
FORMS = [form for form in forms() if form.geometry != "raster" and form.name not in BELOW]
SHEETS = [form for form in FORMS if form.geometry in SHEET_GEOMETRIES]


@pytest.mark.postgis
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_one_row_is_filled_in_imported_and_taken_out(store, tmp_path, room, form):
    file = written(form, tmp_path)
    report = import_delivery(store, form.name, [file], actor=system_actor(), room=room)
    assert [p for p in report.problems if p.level == "error"] == []
    assert (report.imported, report.refused) == (1, 0)
    out = tmp_path / "out.csv"
    assert export_layer(store, form.name, "csv", out, actor=system_actor()) == 1
    back = pd.read_csv(out, dtype=str).iloc[0]
    for each, value in zip(form.fields, row_of(form), strict=True):
        if each.name not in back.index or value is None:
            continue
        day = "2024-06-10" if each.name in {end for _, end in form.periods} else "2024-06-01"
        wanted = {
            "code": each.codes[0].code if each.codes else "", "yes_no": "True", "flag": "yes",
            "date": day, "moment": f"{day} 08:30:00", "oneway": "no",
        }.get(each.type, str(value))  # fmt: skip
        got = back[each.name]
        if each.type in {"integer", "number", "levels", "year"}:
            assert float(got) == float(wanted), each.name
        else:
            assert got == wanted, each.name
    for kind in ROW_FORMATS:
        again = tmp_path / f"again.{kind}"
        assert export_layer(store, form.name, kind, again, actor=system_actor()) == 1
    if "village_code" in back.index and form.geometry in {"point", "any"}:
        assert back["village_code"] == VILLAGE


@pytest.mark.parametrize("form", SHEETS, ids=lambda form: form.name)
def test_the_empty_workbook_asks_for_a_place_where_the_form_has_one(tmp_path, form):
    write_workbook(form, tmp_path / "empty.xlsx")
    headings = list(pd.read_excel(tmp_path / "empty.xlsx", engine="calamine").columns)
    places = [] if form.geometry == "none" else [LONGITUDE, LATITUDE]
    assert headings == [*(each.heading for each in form.fields), *places]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_stored_field_has_its_column_and_every_code_passes_its_check(form):
    table = declared_table(form.table)
    stored = [each for each in form.fields if each.is_stored]
    assert [each.name for each in stored if each.name not in table.c] == []
    rules = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
    for each in stored:
        listed = [rule for rule in rules if rule.startswith(f"{each.name} in (")]
        for code in each.codes if listed else ():
            assert f"'{code.code}'" in listed[0]


def movements(path, name, *rows):
    form = form_named("stock_movements")
    write_workbook(form, path / name)
    names = ("code", "depot_code", "material", "batch", "movement", "amount", "unit", "moved_on",
             "expires_on")  # fmt: skip
    assert [each.name for each in form.fields] == list(names)
    fill(path / name, *rows)
    return path / name


@pytest.mark.postgis
def test_the_lines_of_a_log_add_up_and_a_corrected_one_takes_the_place_of_the_first(
    store, tmp_path
):
    first = movements(
        tmp_path, "may.xlsx",
        ["1", "K1", "编织袋", None, "入库", 500, "只", "2024-05-01", None],
        ["2", "K1", "编织袋", None, "出库", 80, "只", "2024-05-20", None],
    )  # fmt: skip
    second = movements(
        tmp_path, "june.xlsx",
        ["2", "K1", "编织袋", None, "出库", 90, "只", "2024-05-20", None],
        ["3", "K1", "编织袋", None, "盘点", 410, "只", "2024-06-01", None],
    )  # fmt: skip
    assert import_delivery(store, "stock_movements", [first]).problems == ()
    said = import_delivery(store, "stock_movements", [second])
    assert (said.problems, said.difference.counts()) == ((), {
        "stood": 2, "added": 1, "changed": 1, "moved": 0, "gone": 0, "kept": 0, "unchanged": 0,
        "doubtful": 0,
    })  # fmt: skip
    stored = read_layer(store, "stock_movement").sort_values("code")
    # 500 in, then 90 instead of 80 out, then 410 counted: it adds up.
    assert stored["amount"].tolist() == [500, 90, 410]
    assert stored["delivery_id"].nunique() == 2


@pytest.mark.postgis
def test_times_of_day_are_those_of_the_district(store, tmp_path):
    write_workbook(form_named("station_readings"), tmp_path / "r.xlsx")
    rows = [["C1", "2024-06-01 08:30", 12.5, "mm", None], ["C1", "2024/6/1 9时", 3, "mm", None]]
    fill(tmp_path / "r.xlsx", *rows)
    assert import_delivery(store, "station_readings", [tmp_path / "r.xlsx"]).imported == 2
    stored = read_layer(store, "station_reading")
    # Half past eight in Shanghai is half past midnight in UTC.
    assert sorted(stored["observed_at"].dt.strftime("%H:%M")) == ["00:30", "01:00"]
    # The same readings again are the same two rows.
    again = import_delivery(store, "station_readings", [tmp_path / "r.xlsx"])
    assert again.difference.unchanged == 2
    assert len(read_layer(store, "station_reading")) == 2


@pytest.mark.postgis
def test_what_ends_before_it_begins_is_refused_and_what_has_not_ended_enters(store, tmp_path):
    write_workbook(form_named("shelter_openings"), tmp_path / "o.xlsx")
    rows = [
        ["S1", "2024-06-01 20:00", "2024-06-02 07:30", "台风", 120],
        ["S2", "2024-06-01 20:00", "2024-06-01 07:30", "台风", 80],
        ["S3", "2024-06-01 21:00", None, None, None],
    ]
    fill(tmp_path / "o.xlsx", *rows)
    report = import_delivery(store, "shelter_openings", [tmp_path / "o.xlsx"], accept_faulty=True)
    assert [(p.row, p.rule, p.value) for p in report.problems] == [
        (3, "period", "2024-06-01 07:30:00")
    ]
    stored = read_layer(store, "shelter_opening").set_index("shelter_code")
    assert sorted(stored.index) == ["S1", "S3"]
    assert stored["closed_at"].isna().to_dict() == {"S1": False, "S3": True}


def residents_of(path, *rows):
    form = form_named("vulnerable_residents")
    write_workbook(form, path / "residents.xlsx")
    fill(path / "residents.xlsx", *rows)
    return [path / "residents.xlsx"]


def person(role, scope=""):
    return Actor("11111111-1111-1111-1111-111111111111", "某人", (Grant(role, scope),), "10.0.0.1")


@pytest.mark.postgis
def test_persons_are_entered_and_taken_out_only_by_who_may(store, tmp_path):
    files = residents_of(tmp_path, [VILLAGE, "张某", "1", "A", "行动不便", None])
    out = tmp_path / "persons.csv"
    for actor in (None, person("planner"), person("town_admin", "990001002000")):
        with pytest.raises(ForbiddenError):
            import_delivery(store, "vulnerable_residents", files, actor=actor)
    allowed = person("town_admin", "990001001000")
    assert import_delivery(store, "vulnerable_residents", files, actor=allowed).imported == 1
    for actor in (None, person("planner"), allowed):
        with pytest.raises(ForbiddenError):
            export_layer(store, "vulnerable_residents", "csv", out, actor=actor)
    assert not out.exists()
    officer = person("data_officer", "990001002000")
    assert export_layer(store, "vulnerable_residents", "csv", out, actor=officer) == 0
    officer = person("data_officer")
    assert export_layer(store, "vulnerable_residents", "csv", out, actor=officer) == 1
    assert "张某" in out.read_text("utf-8-sig")


@pytest.mark.postgis
def test_what_is_remembered_of_a_delivery_of_persons_names_nobody(store, tmp_path):
    both = [[VILLAGE, "李某", "1", "A", "独居", None], ["990001009009", "王某", "2", "B", "x", "y"]]
    files = residents_of(tmp_path, *both)
    options = {"actor": system_actor(), "accept_faulty": True}
    report = import_delivery(store, "vulnerable_residents", files, **options)
    assert (report.imported, report.refused) == (1, 1)
    assert report.problems[0].value == "990001009009"
    kept = read_layer(store, "delivery", where={"form": "vulnerable_residents"}).iloc[-1]
    assert [(p["row"], p["rule"], p["value"]) for p in kept["problems"]] == [
        (3, "village_code", "")
    ]
    with store.engine.connect() as connection:
        forms_told = connection.execute(text("select distinct form from pub.delivery")).scalars()
        assert "vulnerable_residents" not in set(forms_told)


@pytest.mark.postgis
def test_a_delivery_of_persons_replaces_those_of_its_villages_alone(store, tmp_path):
    actor, out = system_actor(), tmp_path / "out.csv"
    for village, name in ((VILLAGE, "甲"), (OTHER_VILLAGE, "乙"), (VILLAGE, "丙")):
        files = residents_of(tmp_path, [village, name, None, None, None, None])
        import_delivery(store, "vulnerable_residents", files, actor=actor)
    export_layer(store, "vulnerable_residents", "csv", out, actor=actor)
    assert sorted(pd.read_csv(out)["name"]) == sorted(["丙", "乙"])
