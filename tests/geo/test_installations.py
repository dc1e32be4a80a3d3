"""Installations are graded as the standard's table says, on its very limits too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.installations import grade


@pytest.mark.parametrize(
    ("people", "alpha"),
    [(0, 0.5), (1, 1.0), (29, 1.0), (30, 1.2), (49, 1.2), (50, 1.5), (99, 1.5), (100, 2.0)],
)
def test_the_people_around_give_alpha(people, alpha):
    found = grade({"x": 3}, {"x": 1}, {"x": 1}, people)
    assert (found.alpha, found.r) == (alpha, pytest.approx(3 * alpha))


@pytest.mark.parametrize(
    ("quantity", "level"),
    [(9.99, 4), (10, 3), (49.99, 3), (50, 2), (99.99, 2), (100, 1), (0.99, 0), (1, 4)],
)
def test_r_on_a_limit_is_the_graver_level(quantity, level):
    # one person: alpha 1, so R = q / Q
    assert grade({"x": quantity}, {"x": 1}, {"x": 1}, 1).level == level


def test_tenths_that_add_up_to_one_on_paper_make_an_installation():
    # 0.1 + 0.7 + 0.2 is 0.9999999999999999 in binary
    found = grade(
        {"a": 0.1, "b": 0.7, "c": 0.2}, dict.fromkeys("abc", 1), dict.fromkeys("abc", 1), 0
    )
    assert (found.s, found.is_major, found.r, found.level) == (1.0, True, 0.5, 4)
    # 1.2 x 4 x 62.5 / 3 x 0.2 = 20 and so on: 1.2 x 2 x 12.5 / 3 = 10
    assert grade({"x": 12.5}, {"x": 3}, {"x": 2}, 30).level == 3


def test_the_poison_counts_more_than_its_quantity():
    # phosgene 20 x 0.3 / 0.3, chlorine 4 x 5 / 5, fuel 1 x 200 / 200; 2.0 x (20 + 4 + 1) = 50
    found = grade(
        {"phosgene": 0.3, "chlorine": 5, "fuel": 200},
        {"phosgene": 0.3, "chlorine": 5, "fuel": 200, "not here": 1},
        {"phosgene": 20, "chlorine": 4, "fuel": 1},
        100,
    )
    assert (found.s, found.r, found.level) == (3, 50, 2)


def test_nothing_stored_is_no_installation():
    assert grade({}, {}, {}, 500).level == 0
    assert not grade({"x": 0}, {"x": 1}, {"x": 1}, 0).is_major


def test_another_edition_brings_its_own_numbers():
    found = grade(
        {"x": 5}, {"x": 1}, {"x": 1}, 10,
        alpha_at_least_people=[5], alpha=[3.0, 1.0], level_at_least_r=[15],
    )  # fmt: skip
    assert (found.alpha, found.level) == (3, 1)


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.integers(0, 300), st.integers(0, 300))
def test_more_of_it_or_more_people_never_make_it_lighter(quantity, more, people, newcomers):
    def gravity(amount, around):
        level = grade({"x": amount}, {"x": 7}, {"x": 2}, around).level
        return 5 - level if level else 0

    assert gravity(quantity + more, people) >= gravity(quantity, people)
    assert gravity(quantity, people + newcomers) >= gravity(quantity, people)


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(ParameterError) as fault:
        grade({"a": -1, "b": 2}, {"a": 0}, {"b": float("nan")}, -3)
    assert fault.value.sentence_en == (
        "quantities must be finite and at least 0 t; these are not: {'a': -1}; these substances "
        "have no critical quantity above 0: a, b; these substances have no factor beta above 0: "
        "a, b; people within 500 m are -3; a whole number of at least 0 is needed."
    )
