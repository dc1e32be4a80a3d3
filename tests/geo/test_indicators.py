"""Weights and ranks equal the published ones, and follow neither order nor unit."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.indicators import ahp, entropy_weights, topsis

tables = st.tuples(st.integers(2, 8), st.integers(1, 5)).flatmap(
    lambda shape: hnp.arrays(np.float64, shape, elements=st.floats(0.01, 100))
)


def compared(*upper):
    """A reciprocal matrix from its upper triangle, row by row."""
    size = len(upper) + 1
    matrix = np.eye(size)
    for row, values in enumerate(upper):
        for column, value in enumerate(values, start=row + 1):
            matrix[row, column], matrix[column, row] = value, 1 / value
    return matrix


def test_saatys_drinks_weigh_as_printed():
    # Saaty 2008: coffee, wine, tea, beer, soda, milk, water
    drinks = compared(
        [9, 5, 2, 1, 1, 1 / 2],
        [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
        [1 / 3, 1 / 4, 1 / 3, 1 / 9],
        [1 / 2, 1, 1 / 3],
        [2, 1 / 2],
        [1 / 3],
    )
    found = ahp(drinks)
    assert found.weights == pytest.approx(
        [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=0.001
    )
    assert found.random_index == 1.32
    assert found.lambda_max == pytest.approx(7.1766, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.0223, abs=5e-5)


@given(st.lists(st.floats(0.05, 20), min_size=1, max_size=9), st.randoms())
def test_comparisons_without_contradiction_give_back_their_weights(importance, random):
    weights = np.array(importance) / sum(importance)
    order = list(range(weights.size))
    random.shuffle(order)
    found = ahp(np.outer(weights, 1 / weights)[np.ix_(order, order)])
    assert found.weights == pytest.approx(weights[order], rel=1e-9)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert found.lambda_max == pytest.approx(weights.size, rel=1e-9)


def test_one_or_two_things_cannot_contradict():
    assert ahp([[1]]).weights.tolist() == [1]
    assert ahp([[1]]).consistency_ratio == 0
    found = ahp(compared([4]))
    assert found.weights == pytest.approx([0.8, 0.2])
    typed = ahp([[1, 8], [0.13, 1]])  # 8 x 0.13 = 1.04
    assert found.consistency_ratio == typed.consistency_ratio == typed.consistency_index == 0


def test_two_by_two_of_three_that_contradict_by_hand():
    # a = 2 b, b = 2 c, but a = c: the eigenvalue is 1 + 4^(1/3) + 4^(-1/3) = 3.2174
    found = ahp(compared([2, 1], [2]))
    assert found.lambda_max == pytest.approx(1 + 4 ** (1 / 3) + 4 ** (-1 / 3))
    assert found.consistency_ratio == pytest.approx((found.lambda_max - 3) / 2 / 0.58)


def test_reciprocals_typed_with_two_decimals_are_reciprocals():
    assert ahp([[1, 3], [0.33, 1]]).weights == pytest.approx([0.75, 0.25], abs=0.002)
    for value in range(2, 10):
        ahp([[1, value], [round(1 / value, 2), 1]])


def test_comparisons_that_are_none_are_refused_with_their_places():
    with pytest.raises(GridError, match=r"row 1, column 2: 3 and 0.5; row 2, column 2: 2 and 2"):
        ahp([[1, 3], [0.5, 2]])
    with pytest.raises(GridError, match="square table"):
        ahp([[1, 3]])
    with pytest.raises(GridError, match="2 comparisons are not positive"):
        ahp([[1, np.nan], [-1, 1]])
    with pytest.raises(GridError, match=r"row 1, column 2: 1000 and 0.005"):
        ahp([[1, 1000], [0.005, 1]])
    with pytest.raises(ParameterError, match="16 things"):
        ahp(np.ones((16, 16)))
    for empty in ([], 3.0, np.ones((2, 2, 2))):
        with pytest.raises(GridError, match="square table"):
            ahp(empty)


def test_entropy_weighs_the_published_table_as_printed():
    # Elsayed, Dawood, Karthikeyan (2017), IJETT 46(2) 60-66
    table = [
        [7, 312, 1891, 6613, 163], [72, 88, 728, 941804, 1078], [10, 252, 2594, 3466, 117471],
        [10, 145, 980, 2371, 86329], [65, 54, 350, 501, 29897], [29, 48, 380, 912, 34051],
        [7, 476, 3300, 78470, 2212], [70, 87, 650, 733, 819000], [4, 86, 591, 3015, 103],
        [12, 79, 579, 3240, 96098], [21, 45, 261, 1253, 453], [1, 72, 530, 4333, 0.1048],
    ]  # fmt: skip
    expected = [0.104991, 0.069124, 0.071373, 0.449937, 0.304575]
    assert entropy_weights(table) == pytest.approx(expected, abs=5e-7)


def test_entropy_by_hand():
    # shares 1/4, 3/4: entropy 0.8113; shares 0, 1: entropy 0; 0.1887 and 1 lack to 1
    lacking = 1 - (0.25 * 2 + 0.75 * np.log2(4 / 3))
    found = entropy_weights([[1, 0, 7], [3, 9, 7]])
    assert found == pytest.approx([lacking / (1 + lacking), 1 / (1 + lacking), 0])


@given(tables, st.floats(0.001, 1000), st.randoms())
def test_entropy_follows_neither_unit_nor_order(table, unit, random):
    assume((np.ptp(table, axis=0) > 0.01).any())
    found = entropy_weights(table)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
    scaled = table.copy()
    scaled[:, 0] *= unit
    assert entropy_weights(scaled) == pytest.approx(found, abs=1e-9)
    rows = list(range(len(table)))
    random.shuffle(rows)
    assert entropy_weights(table[rows]) == pytest.approx(found, abs=1e-9)


def test_a_table_whose_spread_says_nothing_is_refused():
    with pytest.raises(GridError, match="no indicator differs"):
        entropy_weights([[1, 0], [1, 0]])
    with pytest.raises(GridError, match="two units and one indicator"):
        entropy_weights([[1, 2]])
    with pytest.raises(GridError, match="2 values are negative, infinite or unknown"):
        entropy_weights([[1, np.nan], [-1, 2]])


CHOICE = [[1, 3000], [2, 3750], [5, 4500]]  # cost and benefit: Opricovic and Tzeng (2004)


def test_topsis_scores_the_published_choice_as_printed():
    found = topsis(CHOICE, [0.5, 0.5], [False, True], "minmax")
    assert found == pytest.approx([0.500, 0.617, 0.500], abs=5e-4)
    found = topsis(CHOICE, [0.5, 0.5], [False, True])
    assert found == pytest.approx([0.762, 0.722, 0.238], abs=5e-4)


@given(tables, st.sampled_from(["vector", "minmax"]), st.floats(0.01, 100), st.randoms())
def test_topsis_follows_neither_unit_nor_order_nor_the_sum_of_weights(
    table, normalisation, unit, random
):
    assume((np.ptp(table, axis=0) > 0.01).all())
    columns = table.shape[1]
    weights, better = np.arange(1, columns + 1), np.arange(columns) % 2 == 0
    found = topsis(table, weights, better, normalisation)
    assert ((found >= 0) & (found <= 1)).all()
    scaled = topsis(table * unit, weights * 7, better, normalisation)
    assert scaled == pytest.approx(found, abs=1e-9)
    rows = list(range(len(table)))
    random.shuffle(rows)
    again = topsis(table[rows], weights, better, normalisation)
    assert again == pytest.approx(found[rows], abs=1e-9)


@given(tables, st.sampled_from(["vector", "minmax"]))
def test_a_unit_that_is_nowhere_worse_never_scores_less(table, normalisation):
    better = np.arange(table.shape[1]) % 2 == 0
    found = topsis(table, np.ones(table.shape[1]), better, normalisation)
    for one, first in enumerate(table):
        for other, second in enumerate(table):
            if (np.where(better, first - second, second - first) >= 0).all():
                assert found[one] >= found[other] - 1e-9


def test_equal_columns_zeros_and_a_single_unit_are_defined():
    # the second column is 0 everywhere and tells none from another
    assert topsis([[1, 0], [2, 0]], [0.5, 0.5], [True, True]).tolist() == [0, 1]
    assert topsis([[1, 0], [2, 0]], [0.5, 0.5], [True, True], "minmax").tolist() == [0, 1]
    assert topsis([[3, 4]], [1, 1], [True, False]).tolist() == [0.5]
    assert topsis([[3], [3]], [1], [True]).tolist() == [0.5, 0.5]
    assert topsis([[1e200], [2e200]], [1], [False]).tolist() == [1, 0]


def test_tables_and_weights_that_do_not_fit_are_refused():
    with pytest.raises(GridError, match=r"1 values are infinite.*weights has shape \(1,\) for 2"):
        topsis([[1, np.nan]], [1], [True, True])
    with pytest.raises(ParameterError, match=r'at least 0 and not all 0.*normalisation is "max"'):
        topsis([[1, 2]], [0, 0], [True, True], "max")
