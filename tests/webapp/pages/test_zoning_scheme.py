"""How the limits of a run were set, in words, and its classes as other departments call them."""

import re
import tomllib

import pytest

from census.store.cards import ZoningCard
from census.store.settings import data_folder
from tests.webapp.pages.signed_in import Browser
from webapp import theme
from webapp.sheets.words import _catalogue
from webapp.zoning_scheme import METHODS, how_set, in_words_of_others, limits_of


def run(**scheme):
    told = {"breaks": [0.1, 0.2, 0.3, 0.4], "base_level": "village", "base_units": 1200}
    return ZoningCard(
        id=1, number="R", hazard="flood", made_at=None, data_date=None, rule_edition="e",
        code_version="c", parameters={}, inputs={}, scheme=told | scheme, validation=None,
        summary={}, is_current=True, classes={},
    )  # fmt: skip


def test_limits_of_mean_and_deviation_are_told_with_their_multiples_and_the_empty_classes():
    told = how_set(
        run(method="mean_sd", sd_multiples=[-1.0, -0.5, 0.5, 1.0], class_units=[0, 2, 2, 0, 1]),
        "en",
    )
    assert "1,200 units, Villages, plus -1, -0.5, +0.5, +1 standard deviations" in told[0]
    assert told[1] == "Levels that no unit has: low, rather high."


def test_a_run_with_the_limits_of_another_names_it():
    base = {"number": "FLOOD-R-1", "data_date": "2024-12-31"}
    told = how_set(run(method="quantile", base_run=base), "zh")
    assert "FLOOD-R-1（数据日期 2024-12-31）" in told[1]


def test_a_class_that_no_index_reaches_has_no_limits():
    breaks = [-0.1, 0.2, 0.6, 1.2]
    assert [limits_of(breaks, ordinal) for ordinal in range(1, 6)] == [
        "–", "0.000 – 0.200", "0.200 – 0.600", "0.600 – 1.000", "–",
    ]  # fmt: skip


def test_geology_calls_the_highest_very_high_and_the_two_lowest_low():
    meteorology, geology, _ = in_words_of_others(run(method="fixed"), "zh")
    assert [each["word"] for each in meteorology["cells"]] == ["高", "较高", "中", "较低", "低"]
    assert [each["word"] for each in geology["cells"]] == ["极高", "高", "中", "低", "低"]
    assert not geology["is_verified"]


def test_a_run_of_fewer_classes_is_told_in_as_many_words():
    told = in_words_of_others(run(method="fewer_breaks", breaks=[0.1]), "en")
    assert [len(each["cells"]) for each in told] == [2, 2, 2]


def test_every_scheme_has_a_word_a_colour_and_a_place_for_each_of_our_classes():
    file = data_folder() / "reference" / "class_schemes.toml"
    for scheme in tomllib.loads(file.read_text(encoding="utf-8")).values():
        words = len(scheme["words_zh"])
        assert words == len(scheme["words_en"]) == len(scheme["colours"])
        assert (len(scheme["of_class"]), scheme["of_class"][-1]) == (5, words)
        assert scheme["of_class"] == sorted(scheme["of_class"])
        assert set(scheme["colours"]) <= set(theme.SCHEMES)


def test_a_sheet_has_words_for_every_way_to_set_limits():
    assert {f"limits_{method}" for method in METHODS} <= set(_catalogue())


@pytest.mark.postgis
def test_the_page_of_a_run_tells_its_limits_and_the_words_of_others(app, office):
    page = Browser(app, office).get("/zonings/FZ-1?lang=en").text
    assert "Limits by natural breaks" in page
    assert "In the words of other departments" in page
    assert len(re.findall("swatch-scheme-", page)) == 15
