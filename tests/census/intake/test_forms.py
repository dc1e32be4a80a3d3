"""Forms are declarations; a contradiction is named when the form is read."""

import pytest

from census.intake.forms import (
    FormFaultError,
    UnknownFormError,
    form_named,
    forms,
    match_headings,
    read_form,
)

PERSONS = {"name", "phone", "household", "need_class", "note"}
HEAD = """
name = "x"
label_zh = "某表"
label_en = "x"
table = "x"
order = 1
geometry = "none"
needs_divisions = false
"""
FIELD = """
[[fields]]
name = "a"
heading = "甲"
label_en = "a"
required = true
rule_zh = "无"
rule_en = "none"
"""


def test_divisions_are_loaded_first_and_every_form_has_a_name_of_its_own():
    names = [form.name for form in forms()]
    assert names[0] == "divisions"
    assert len(set(names)) == len(names) == 37


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
def test_every_field_tells_its_rule_in_both_languages(form):
    for each in form.fields:
        assert each.rule_zh
        assert each.rule_en
        assert each.is_personal == (form.name == "vulnerable_residents" and each.name in PERSONS)


def test_a_heading_is_known_with_unit_spaces_and_in_english():
    people = form_named("people")
    found = match_headings(people, ["村 代码*", "常住人口（人）", "households", "备注"])
    assert found == {
        "村 代码*": "division_code",
        "常住人口（人）": "people",
        "households": "households",
    }


def test_of_two_headings_of_a_field_its_own_goes_before_the_bare_name_of_the_column():
    found = match_headings(form_named("shelters"), ["code", "NO", "共通ID", "施設・場所名"])
    assert found == {"共通ID": "code", "施設・場所名": "name"}
    assert match_headings(form_named("shelters"), ["code"]) == {"code": "code"}


def test_what_nobody_has_verified_says_so_in_its_clause():
    clauses = [each.clause for form in forms() for each in form.fields if each.clause]
    assert len(clauses) > 20
    assert [clause for clause in clauses if "待核" not in clause] == []


def test_a_shelter_is_told_usable_for_each_hazard_and_a_site_by_its_kind():
    flags = [each.name for each in form_named("shelters").fields if each.type == "flag"]
    assert len(flags) == 10
    kinds = {code.code for code in form_named("hazard_sites").field("kind").codes}
    geological = {"rockfall", "landslide", "debris_flow", "ground_collapse", "ground_fissure",
                  "subsidence"}  # fmt: skip
    assert geological | {"cut_slope", "mountain_torrent", "storm_surge", "forest_fire"} < kinds


def test_an_unknown_form_is_answered_with_the_known_ones():
    with pytest.raises(
        UnknownFormError,
        match=r"no form 'houses'.*divisions, division_codes, division_changes, vill",
    ):
        form_named("houses")


def test_all_faults_of_a_declaration_are_named_at_once():
    text = HEAD + 'key = ["b"]\n' + FIELD + 'type = "colour"\nminimum = 2\nmaximum = 1\n'
    with pytest.raises(
        FormFaultError, match=r"key b is no field; type colour.*range of a is empty"
    ):
        read_form(text)


def test_a_period_of_fields_that_are_none_is_a_fault():
    text = HEAD + 'key = []\nperiods = [["a", "z"]]\n' + FIELD + 'type = "date"\n'
    with pytest.raises(FormFaultError, match="period names z, which is no field"):
        read_form(text)


def test_a_word_may_not_mean_two_codes():
    codes = (
        'type = "code"\ncodes = [{code="p", zh="红", en="red"}, {code="q", zh="红", en="rot"}]\n'
    )
    with pytest.raises(FormFaultError, match="word 红 of a means two codes"):
        read_form(HEAD + "key = []\n" + FIELD + codes)
