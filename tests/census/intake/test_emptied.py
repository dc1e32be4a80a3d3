"""A file with headings alone says that nothing is there; of a layer with rows that is asked."""

import pandas as pd
import pytest
from sqlalchemy import text

from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.reading import read
from census.store.actors import system_actor
from census.store.layers import read_layer
from tests.census.intake.clerk import two_rows

pytestmark = pytest.mark.postgis

# Of persons one village is replaced at a time, and divisions have tests of their own.
APART = {"vulnerable_residents", "divisions", "division_codes"}
FORMS = [form for form in forms() if form.geometry != "raster" and form.name not in APART]


def empty_file(form, path):
    """The headings that the form needs, and those of a place."""
    headings = [each.heading for each in form.fields]
    headings += {"none": [], "point": ["经度", "纬度"], "any": ["经度", "纬度"]}.get(
        form.geometry, ["图形WKT"]
    )
    file = path / f"{form.name}.csv"
    file.write_text(",".join(headings) + "\n", "utf-8")
    return [file]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_of_a_layer_with_rows_all_gone_has_to_be_said_twice(store, tmp_path, room, form):
    import_delivery(store, form.name, [two_rows(form, tmp_path)], room=room)
    empty = empty_file(form, tmp_path)
    once = import_delivery(store, form.name, empty, room=room)
    if form.adds_rows:
        # The lines of a log stay whatever comes.
        assert (once.is_refused, once.difference.counts()["gone"]) == (False, 0)
        assert "the 2 stored stay" in [p.sentence_en for p in once.problems][-1]
        return
    assert once.is_refused
    (asked,) = [p for p in once.problems if p.level == "error"]
    assert asked.sentence_en.startswith("2 of 2 stored rows (100.0%) are no longer delivered")
    assert len(read_layer(store, form.table)) == 2
    twice = import_delivery(store, form.name, empty, room=room, accept_gone=True)
    assert (twice.is_refused, twice.difference.gone) == (False, 2)
    assert read_layer(store, form.table).empty
    with store.engine.connect() as connection:
        kept = connection.execute(
            text(
                "select count(*) from census.change_row where kind = 'delete' and change_set_id = "
                "(select max(id) from census.change_set)"
            )
        )
        assert kept.scalar_one() == 2


def test_an_empty_file_of_persons_lets_nobody_go(store, tmp_path, room):
    files = empty_file(form_named("vulnerable_residents"), tmp_path)
    report = import_delivery(store, "vulnerable_residents", files, room=room, actor=system_actor())
    assert (report.imported, report.delivery_id, report.is_refused) == (0, None, False)
    assert "Persons are replaced village by village" in report.problems[-1].sentence_en


def test_of_several_files_one_without_rows_takes_nothing_from_the_others(store, tmp_path, room):
    form = form_named("hazard_sites")
    files = [*empty_file(form, tmp_path), two_rows(form, tmp_path)]
    report = import_delivery(store, form.name, files, room=room)
    assert (report.imported, [p.rule for p in report.problems if p.file.endswith("csv")]) == (
        2, ["no_rows"]
    )  # fmt: skip


def test_headings_of_another_form_are_no_empty_layer(tmp_path):
    """Buildings need no column at all, so that any table could be one of theirs."""
    pd.DataFrame(columns=["姓名", "电话", "图形WKT"]).to_csv(tmp_path / "b.csv", index=False)
    delivery = read(tmp_path / "b.csv", form_named("buildings"))
    assert [p.level for p in delivery.problems][-1] == "error"
