"""Texts of a cell to values by stated rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.intake.capacity import read_capacity, settle_capacity
from census.intake.degrees import read_coordinate
from census.intake.parsing import (
    Parsed,
    read_digits,
    read_levels,
    read_number,
    read_numbered_name,
    read_oneway,
    read_year,
    read_yes_no,
    tidy,
)

RULE = {"usable_share": 0.5, "m2_per_person": 2.0, "levels_assumed": 1, "status": "待核"}


@pytest.mark.parametrize(
    ("text", "people", "level"),
    [
        ("300", 300, None),
        (300.0, 300, None),
        ("３００", 300, None),  # noqa: RUF001  (full-width digits are the case)
        ("200 orang", 200, None),
        ("200 ORANG", 200, None),
        ("200 0rang", 200, "repair"),
        ("300 jiwa", 300, None),
        ("1,371人", 1371, None),
        ("可容纳150人", 150, None),
        ("Lebih dari 300", 300, "repair"),
        ("Lebih dari 150 orang", 150, "repair"),
        (">1000", 1000, "repair"),
        ("500 - 1000", 500, "repair"),
        ("500人以上", 500, "repair"),
        ("约300人", 300, "repair"),
        ("屋内1,371人／屋外5,470人", 1371, "repair"),  # noqa: RUF001  (as delivered)
        ("<300", None, "warning"),
        ("Besar", None, "warning"),
        ("Kecil", None, "warning"),
        ("fix me", None, "warning"),
        ("56 Pintu", None, "warning"),
        ("300 tempat tidur", None, "warning"),
        ("6 kelas", None, "warning"),
        ("it, Cemp. Putih Barat XXI Rt. 004108", None, "warning"),
        (None, None, None),
        (float("nan"), None, None),
    ],
)
def test_a_capacity_is_a_number_a_bound_or_unreadable(text, people, level):
    parsed = read_capacity(text)
    assert (parsed.value, parsed.level) == (people, level)
    assert (parsed.level is None) == (parsed.en == "") == (parsed.zh == "")


@given(st.integers(1, 200_000), st.sampled_from(["", " orang", " 人", "jiwa"]))
def test_a_number_with_a_word_for_people_is_that_number(people, word):
    assert read_capacity(f" {people}{word} ").value == people


@given(st.text(max_size=30))
def test_any_text_is_read_without_a_fault(text):
    readers = (
        read_capacity, read_levels, read_number, read_yes_no, read_oneway, read_digits, read_year,
        read_coordinate,
    )  # fmt: skip
    for reader in readers:
        parsed = reader(text)
        assert parsed.value is None or parsed.level != "error"


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59))
def test_degrees_minutes_and_seconds_are_sixtieths(degrees, minutes, seconds):
    read = read_coordinate(f"{degrees}°{minutes}分{seconds}秒")
    assert read.value == pytest.approx(degrees + minutes / 60 + seconds / 3600, abs=1e-8)
    assert read.level == "repair"


@given(st.from_regex(r"99[0-9]{10}", fullmatch=True))
def test_a_code_comes_back_from_every_disguise(code):
    shortened = f"{code[0]}.{code[1:]}E+11"
    for text in (f" {code}", f"'{code}", f"{code}.0", f"{code[:6]} {code[6:]}", shortened):
        assert (read_digits(text).value, read_digits(text).level) == (code, "repair")
    assert read_digits(float(code)).value == code


def test_capacity_is_footprint_times_levels_times_share_over_area_per_person():
    # 400 m2 x 3 levels x 0.5 / 2 m2 = 300 people
    capacity = settle_capacity(Parsed(None), footprint_m2=400, levels=3, rule=RULE)
    assert (capacity.people, capacity.source) == (300, "derived")
    assert "待核" in capacity.zh
    assert "400 m2 x 3 levels x 0.5 usable / 2 m2 per person" in capacity.en


def test_unknown_levels_count_as_assumed_and_the_note_says_so():
    capacity = settle_capacity(Parsed(None), footprint_m2=400, levels=None, rule=RULE)
    assert capacity.people == 100
    assert "1 levels (assumed)" in capacity.en
    assert "1层（假定）" in capacity.zh


def test_an_upper_bound_caps_the_derived_capacity():
    capacity = settle_capacity(read_capacity("<300"), footprint_m2=4000, levels=1, rule=RULE)
    assert capacity.people == 300
    assert capacity.en.endswith("capped at 300")


def test_a_point_without_text_has_an_unknown_capacity():
    capacity = settle_capacity(read_capacity("Besar"), footprint_m2=None, levels=2, rule=RULE)
    assert (capacity.people, capacity.source) == (None, "unknown")
    assert "'Besar' is no number of people" in capacity.en


@pytest.mark.parametrize(
    ("text", "levels", "level"),
    [
        ("2", 2, None),
        ("3层", 3, None),
        ("10+", 10, "repair"),
        ("4-7", 4, "repair"),
        (">7", 7, "repair"),
        ("fix me", None, "warning"),
        ("Tarihuniyah", None, "warning"),
        ("0", None, "warning"),
        ("", None, None),
    ],
)
def test_levels_are_a_number_a_lower_bound_or_unknown(text, levels, level):
    parsed = read_levels(text)
    assert (parsed.value, parsed.level) == (levels, level)


def test_flood_marks_in_all_spellings_are_yes_no_or_unknown():
    answers = [read_yes_no(mark).value for mark in ("YES", "Yes", "NO", "0", "", None)]
    assert answers == [True, True, False, False, None, None]
    assert read_yes_no("maybe").level == "error"


def test_oneway_marks_are_along_against_or_both_ways():
    answers = [read_oneway(mark).value for mark in ("yes", "-1", -1.0, "no", None)]
    assert answers == ["yes", "reverse", "reverse", "no", "no"]
    assert read_oneway("sometimes").level == "error"


def test_neighbourhood_numbers_get_one_spelling():
    rule = {"pattern": "RW 0*([0-9]+)", "template": "RW {number:02d}"}
    names = ["RW 01", "RW 2", "RW 012", "Kawasan Industri Pulogadung", ""]
    read = [read_numbered_name(name, **rule) for name in names]
    expected = ["RW 01", "RW 02", "RW 12", "Kawasan Industri Pulogadung", None]
    assert [parsed.value for parsed in read] == expected
    assert [parsed.level for parsed in read] == [None, "repair", "repair", None, None]


def test_a_code_that_a_workbook_made_a_number_is_a_code_again():
    assert tidy(990101001001.0) == "990101001001"


def test_thousands_commas_are_removed_and_fractions_of_people_refused():
    assert read_number("30,313", is_whole=True).value == 30313
    assert read_number("30,313", is_whole=True).level == "repair"
    assert read_number("3.5", is_whole=True).level == "error"
    assert read_number("1,2,3").level == "error"
