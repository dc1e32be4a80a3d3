"""Sentences: figures, partial totals, and what would lower the class."""

import math
from dataclasses import replace

from census.products.why import Facts, counterfactual, people_text, why

FACTS = Facts(
    level="village", people=1000.0, people_in_hazard=250.0, is_estimate=False, covered_share=1.0,
    evacuate_depth_m=0.5, depth_mean_m=0.42, depth_max_m=1.30, deep_share=0.31, distance_m=1000.0,
    places_people=120.0, shelters=2, risk_class=4,
    contributions=(math.log(2), 0.1, 0.0, 0.0), lower_m=0.25, more_places_people=79.4,
)  # fmt: skip


def test_the_sentences_carry_the_figures_in_both_languages():
    zh, en = why(FACTS)
    assert "250人（25%）处在水深超过0.5米之处" in zh[0]
    assert "31% of the area is deeper than 0.5 m" in en[0]
    assert "2处可用避难场所，共120个位置" in zh[1]
    assert "multiplies the index by 2.00" in en[2]
    assert len(zh) == len(en) == 3


def test_a_partial_town_says_so():
    zh, en = why(replace(FACTS, level="town", covered_share=0.72))
    assert "部分合计：村级数据只覆盖其72%的面积" in zh[0]
    assert "partial total: village data cover 72% of its area" in en[0]


def test_an_estimate_says_so():
    assert "（推算）" in why(replace(FACTS, is_estimate=True))[0][0]


def test_a_unit_like_the_median_has_no_driver():
    zh, _ = why(replace(FACTS, contributions=(0.0, 0.001, 0.0, 0.0)))
    assert zh[2] == "各项因素都接近全区村（社区）的中位。"


def test_the_counterfactual_names_both_ways_down():
    zh, en = counterfactual(FACTS)
    assert (
        zh == "若水位处处降低0.25米，或就近在水淹不到处为本单元新增80个可用避难位置，将降为“中”级。"
    )
    assert en.endswith("it would be medium.")


def test_where_neither_way_is_enough_it_says_so():
    zh, _ = counterfactual(replace(FACTS, lower_m=math.nan, more_places_people=math.nan))
    assert "都不能降到“中”级" in zh


def test_the_lowest_class_has_nowhere_to_fall():
    assert counterfactual(replace(FACTS, risk_class=1))[1] == "It is already in the lowest class."


def test_people_are_rounded_half_up_with_separators():
    assert people_text(12344.5) == "12,345"
