"""What people need where they stay: whole units, each place by itself."""

import pytest

from census.products.relief import needs_for, relief_rules


def test_needs_are_rounded_up_for_each_place_by_itself():
    rates = {row["name"]: row["per_person"] for row in relief_rules()["need"]}
    assert rates["toilets"] == 1 / 20
    amounts = {each.name: each.amount for each in needs_for(93)}
    # 93 / 20 is 4.65 toilets, 93 times 15 is 1,395 litres.
    assert (amounts["toilets"], amounts["water"], amounts["beds"]) == (5, 1395, 93)
    # Seven more elsewhere need a toilet of their own, one more than the hundred together.
    assert {each.name: each.amount for each in needs_for(7)}["toilets"] == 1


@pytest.mark.parametrize("row", relief_rules()["need"], ids=lambda row: row["name"])
def test_each_need_has_words_in_both_languages_and_a_rate(row):
    assert row["label_zh"]
    assert row["label_en"]
    assert row["per_person"] > 0


def test_the_table_says_from_where_it_is_and_that_nobody_has_verified_it():
    rules = relief_rules()
    assert rules["check"] == "待核"
    assert "Sphere" in rules["source_zh"]
    assert "Sphere" in rules["source_en"]
