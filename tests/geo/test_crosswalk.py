"""Codes over time: what a code became, and figures that add up in every edition."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.crosswalk import Crosswalk, Fate, Link, apportioned, before, edition_codes, told_in

COUNTY = Link(from_code="320684", to_code="320614", kind="recoded", changed_on=date(2020, 7, 1))
OLD, NEW = "320684102001", "320614102001"
A, B, C, D = (f"99000100100{n}" for n in range(1, 5))


def link(old, new, kind, year, share=None):
    return Link(from_code=old, to_code=new, kind=kind, changed_on=date(year, 1, 1), share=share)


def test_the_recoding_of_a_county_holds_for_every_code_that_begins_with_it():
    walk = Crosswalk((COUNTY,))
    assert walk.fate(OLD, {NEW}) == Fate((NEW,), date(2020, 7, 1), is_ended=False)
    assert walk.fate(f"{OLD}003", {f"{NEW}003"}).heirs == (f"{NEW}003",)
    assert walk.fate("320684102000", {"320614102000"}).heirs == ("320614102000",)
    assert walk.fate("320681102001", {NEW}) == Fate()


def test_a_chain_is_followed_and_a_ring_ends():
    walk = Crosswalk((COUNTY, link(NEW, "320614102009", "merged", 2022)))
    assert walk.fate(OLD, {"320614102009"}).heirs == ("320614102009",)
    ring = Crosswalk((link(A, B, "recoded", 2020), link(B, A, "recoded", 2021)))
    assert ring.fate(A, {C}).heirs == ()


def test_a_village_with_links_of_its_own_does_not_follow_its_county():
    walk = Crosswalk((COUNTY, link(OLD, None, "withdrawn", 2019)))
    assert walk.fate(OLD, {NEW}) == Fate((), date(2019, 1, 1), is_ended=True)
    assert before(walk, NEW, date(2018, 1, 1)) == (NEW,)


def test_a_split_code_has_several_heirs_and_no_first_among_them():
    walk = Crosswalk((link(A, C, "split", 2021, 0.4), link(A, B, "split", 2021, 0.6)))
    assert walk.fate(A, {B, C}).heirs == (B, C)


def test_an_edition_is_told_by_its_day():
    walk = Crosswalk((link(A, C, "merged", 2021), link(B, C, "merged", 2021), COUNTY))
    assert before(walk, C, date(2020, 12, 31)) == (A, B)
    assert before(walk, C, date(2021, 1, 1)) == (C,)
    assert edition_codes(walk, {C, NEW}, date(2020, 6, 30)) == {NEW: (OLD,), C: (A, B)}


def test_a_village_that_took_others_in_and_kept_its_code_has_them_all_before():
    walk = Crosswalk((link(A, A, "merged", 2021), link(B, A, "merged", 2021)))
    assert before(walk, A, date(2020, 1, 1)) == (A, B)
    assert before(walk, A, date(2022, 1, 1)) == (A,)


def test_a_merged_village_is_parted_by_weight_or_told_together():
    befores = {C: (A, B), D: (D,)}
    told = told_in({C: 33, D: 5}, befores, {A: 10, B: 20})
    # 33 x 10/30 = 11 and 33 x 20/30 = 22.
    assert (told.figures, told.together, told.parted) == ({A: 11, B: 22, D: 5}, {}, {A, B})
    # Where people are not known of all, another weight is taken: 33 x 1/4 = 8.25, 33 x 3/4 = 24.75.
    by_area = told_in({C: 33}, befores, {A: 10}, {A: 1.0, B: 3.0})
    assert by_area.figures == {A: 8, B: 25}
    unknown = told_in({C: 33, D: 5}, befores, {A: 10})
    assert (unknown.figures, unknown.together) == ({D: 5}, {(A, B): 33})


def test_a_split_village_is_the_sum_of_its_heirs():
    assert told_in({B: 7, C: 4}, {B: (A,), C: (A,)}, {}).figures == {A: 11}


def test_whole_numbers_are_parted_whole():
    # 10 by 1:1:1 is 3.33 each; the one left goes to the first of equal remainders.
    assert apportioned(10, [1, 1, 1]) == [4, 3, 3]
    assert apportioned(1.5, [1, 2]) == pytest.approx([0.5, 1.0])


CODES = [f"9900010010{n:02}" for n in range(10, 22)]


@given(data=st.data())
def test_totals_agree_in_every_edition_whatever_was_merged_split_and_recoded(data):
    links = data.draw(st.lists(st.builds(
        link, st.sampled_from(CODES), st.sampled_from(CODES),
        st.sampled_from(["merged", "split", "recoded"]), st.integers(2010, 2020),
    ), max_size=12))  # fmt: skip
    walk = Crosswalk(tuple(links))
    today = data.draw(st.dictionaries(st.sampled_from(CODES), st.integers(0, 10**9)))
    weights = data.draw(st.dictionaries(st.sampled_from(CODES), st.floats(0, 1e9)))
    day = date(data.draw(st.integers(2005, 2025)), 6, 1)
    befores = edition_codes(walk, today, day)
    told = told_in(today, befores, weights)
    assert told.total == sum(today.values())
    for code, figure in today.items():
        mine = [each for each in befores.values() if set(each) & set(befores[code])]
        if len(befores[code]) > 1 and mine == [befores[code]]:
            # Nobody else came of the same: the merged figure is the sum over what was merged.
            merged = sum(told.figures.get(each, 0) for each in befores[code])
            assert merged + told.together.get(befores[code], 0) == figure


@given(st.integers(0, 10**15), st.lists(st.floats(0, 1e12), min_size=1, max_size=9))
def test_parts_are_whole_and_add_up(figure, weights):
    weights = [*weights, 1.0]
    parts = apportioned(figure, weights)
    assert sum(parts) == figure
    assert all(isinstance(part, int) and part >= 0 for part in parts)
