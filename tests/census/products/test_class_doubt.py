"""Shares of classes and ranks under other weights, where they can be told by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.products.class_doubt import add_doubt
from geo.zoning import classify, risk_index

PARAMETERS = {
    "index": {"powers": [1.0, 0.5, 0.5], "k": 0.5},
    "uncertainty": {"draws": 200, "seed": 7, "kappa": 60.0, "least_share": 0.6},
}


def scored(rows, breaks):
    table = pd.DataFrame(rows, columns=list("HEVC"), dtype=float)
    table["assessed"] = table["H"].notna()
    factors = (table[name].to_numpy() for name in "HEVC")
    risk = risk_index(*factors, powers=(1.0, 0.5, 0.5), k=0.5)
    table["risk_class"] = np.where(table["assessed"], classify(risk, breaks), np.nan)
    add_doubt(table, np.array(breaks), PARAMETERS)
    return table


def test_factors_that_are_alike_give_one_class_whatever_the_weights_are():
    # R = 0.5^2 (1 - 0.5 * 0.4) = 0.2 in every draw, for the powers always add up to 2.
    table = scored([(0.5, 0.5, 0.5, 0.4)], [0.1999, 0.2001])
    assert table["class_shares"].iloc[0] == [0.0, 1.0, 0.0]
    assert not table["is_unsure"].iloc[0]


def test_a_unit_between_two_classes_is_unsure():
    # R = 0.9 * 0.1^0.5 * 0.2^0.5 = 0.1273; its factors differ, so half of the draws lie beyond it.
    table = scored([(0.9, 0.1, 0.2, 0.0)], [0.1272])
    assert 0.3 < table["class_shares"].iloc[0][1] < 0.6
    assert table["is_unsure"].iloc[0]


def test_who_is_worse_in_everything_ranks_first_in_every_draw():
    table = scored([(0.2, 0.2, 0.2, 0.9), (0.9, 0.8, 0.7, 0.1), (0.4, 0.3, 0.3, 0.5)], [0.1])
    assert table[["rank_low", "rank_high"]].to_numpy().tolist() == [[3, 3], [1, 1], [2, 2]]


@pytest.mark.parametrize("rows", [[], [(np.nan, np.nan, np.nan, np.nan)]])
def test_what_was_not_assessed_has_no_shares(rows):
    table = scored(rows, [0.1])
    assert table["class_shares"].tolist() == [None] * len(rows)
    assert table["rank_low"].isna().all()
    assert not table["is_unsure"].any()


@given(st.lists(st.tuples(*[st.floats(0.01, 1)] * 3, st.floats(0, 1)), min_size=1, max_size=8))
def test_shares_add_up_to_one_and_ranks_lie_among_the_units(rows):
    table = scored(rows, [0.05, 0.2, 0.5])
    assert np.allclose([sum(each) for each in table["class_shares"]], 1)
    assert (table["rank_low"] >= 1).all()
    assert (table["rank_low"] <= table["rank_high"]).all()
    assert (table["rank_high"] <= len(rows)).all()


def test_depths_in_doubt_are_in_the_shares_of_the_classes():
    # R = H: the limit 0.5 lies between the depths of one half of the draws and of the other.
    table = pd.DataFrame([(0.45, 1.0, 1.0, 0.0)], columns=list("HEVC"))
    table["assessed"], table["risk_class"] = True, 1.0
    rules = PARAMETERS | {"index": {"powers": [1.0, 0.0, 0.0], "k": 0.5, "floor": 0.01}}
    add_doubt(table, np.array([0.5]), rules, np.array([[0.4], [0.6]]))
    assert table["class_shares"].iloc[0] == [0.5, 0.5]
    assert table["is_unsure"].iloc[0]
