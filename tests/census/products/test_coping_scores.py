"""An index of coping capacity from typed numbers: scores, weights, classes, and what would lift."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from census.products.coping_lifts import cheapest, index_with, lifts, losses
from census.products.coping_method import Indicator, read_indicators, unverified_tables
from census.products.coping_scores import breaks_of, classes_of, limits_of, score_level
from census.products.parameters import load_parameters
from census.store.settings import data_folder
from geo.errors import ParameterError

NAN = float("nan")
RULES = {"count": 5, "method": "natural_breaks", "fallback": "fewer_breaks", "fixed": {},
         "multiples": [-1.0, -0.5, 0.5, 1.0]}  # fmt: skip


def indicator(name, weight, low=0.0, high=1.0, **more):
    facts = {
        "label_zh": name, "label_en": name, "unit": "share", "is_less_better": False,
        "quantiles": None, "step": 0.01, "effort": 1.0, "rule": {},
    }  # fmt: skip
    return Indicator(name=name, low=low, high=high, weights={"village": weight}, **facts | more)


GRID = indicator("grid", 2.0)
DRILL = indicator("drill", 1.0, 365.0, 1095.0, is_less_better=True, step=1.0, effort=5.0)
DEPOT = indicator("depot", 1.0, 1000.0, 9000.0, is_less_better=True, step=10.0, effort=3.0)
VILLAGES = {
    "grid": np.array([1.0, 0.5, 0.0]),
    "drill": np.array([100.0, 730.0, NAN]),
    "depot": np.array([5000.0, 9500.0, 3000.0]),
}


def three(least=0.5):
    return score_level("village", VILLAGES, [GRID, DRILL, DEPOT], least)


def test_three_villages_by_hand():
    found = three()
    # Drill: (1095 - 730) / 730 = 0.5. Depot: 4000 / 8000 = 0.5, 6000 / 8000 = 0.75.
    expected = [[1.0, 1.0, 0.5], [0.5, 0.5, 0.0], [0.0, NAN, 0.75]]
    assert found.scores == pytest.approx(np.array(expected), nan_ok=True)
    # (2 x 1 + 1 + 0.5) / 4; (2 x 0.5 + 0.5 + 0) / 4; (0 + 0.75) / 3 without the drill.
    assert found.index.tolist() == pytest.approx([0.875, 0.375, 0.25])
    assert found.known_share.tolist() == pytest.approx([1.0, 1.0, 0.75])


def test_a_village_of_which_too_little_is_known_has_no_index():
    assert np.isnan(three(least=0.8).index).tolist() == [False, False, True]


def test_an_indicator_without_a_value_anywhere_takes_no_part_and_its_weight_is_shared():
    columns = VILLAGES | {"depot": np.full(3, NAN)}
    found = score_level("village", columns, [GRID, DRILL, DEPOT], 0.5)
    assert found.left_out == {"depot": "no_value"}
    assert [scale.weight for scale in found.scales] == pytest.approx([2 / 3, 1 / 3])
    # Of the whole weight 4 the second village knows 3, the third 2.
    assert found.known_share.tolist() == pytest.approx([0.75, 0.75, 0.5])


def test_limits_of_the_district_are_its_own_quantiles_and_none_where_all_are_alike():
    own = indicator("own", 1.0, None, None, quantiles=(0.25, 0.75))
    assert limits_of(own, np.array([1.0, 2.0, 3.0, 4.0, 5.0, NAN])) == (2.0, 4.0)
    assert limits_of(own, np.array([3.0, 3.0, NAN])) == "all_alike"
    assert limits_of(own, np.array([NAN, NAN])) == "no_value"


def test_what_each_indicator_costs_adds_up_to_what_the_index_lacks():
    found = three()
    # The second village: grid 2/4 x 0.5, depot 1/4 x 1, drill 1/4 x 0.5.
    assert losses(found, 1) == pytest.approx({"grid": 0.25, "depot": 0.25, "drill": 0.125})
    assert sum(losses(found, 1).values()) == pytest.approx(1 - 0.375)
    assert sum(losses(found, 2).values()) == pytest.approx(1 - 0.25)


def test_the_value_that_lifts_is_the_inverse_of_the_weighted_mean():
    found = three()
    # From 0.375 beyond 0.5: grid must score above 0.5 + 0.125 x 4 / 2 = 0.75: 0.76. Drill above
    # 0.5 + 0.125 x 4 = 1: it cannot. Depot above 0 + 0.5: nearer than 5,000 m, so 4,990.
    assert lifts(found, 1, 0.5) == pytest.approx({"grid": 0.76, "depot": 4990.0})
    # Effort: grid 1 x 0.26, depot 3 x 0.501.
    assert cheapest(found, 1, lifts(found, 1, 0.5)) == "grid"
    assert cheapest(found, 1, {}) is None


def test_a_value_on_the_limit_is_not_enough():
    found = three()
    # Grid at 0.75 gives exactly 0.5, and a value on a limit belongs to the weaker class.
    assert index_with(found, 1, 0, 0.75) == pytest.approx(0.5)
    assert index_with(found, 1, 0, lifts(found, 1, 0.5)["grid"]) > 0.5


def test_few_units_are_classed_from_the_middle():
    index = np.array([0.2, 0.4, 0.4, NAN])
    breaks, how = breaks_of(index, "village", RULES)
    assert (breaks.tolist(), how) == ([0.2], "fewer_breaks")
    assert classes_of(index, breaks, 5).tolist() == [2, 3, 3, 0]
    assert classes_of(np.array([0.4, 0.4]), np.array([]), 5).tolist() == [3, 3]


def test_classes_by_natural_breaks_by_spread_and_by_limits_of_a_base_year():
    index = np.array([0.1, 0.2, 0.3, 0.5, 0.9])
    breaks, how = breaks_of(index, "village", RULES)
    assert (classes_of(index, breaks, 5).tolist(), how) == ([1, 2, 3, 4, 5], "natural_breaks")
    # Mean 0.4, standard deviation (0.09 + 0.04 + 0.01 + 0.01 + 0.25) / 4 = 0.1, root 0.316.
    spread, _ = breaks_of(index, "village", RULES | {"method": "mean_sd"})
    assert spread.tolist() == pytest.approx([0.0838, 0.2419, 0.5581, 0.7162], abs=1e-4)
    base = RULES | {"method": "fixed", "fixed": {"village": [0.2, 0.4, 0.6, 0.8]}}
    assert breaks_of(index, "village", base)[0].tolist() == [0.2, 0.4, 0.6, 0.8]
    with pytest.raises(ParameterError, match="holds 0 limits; 5 classes need 4"):
        breaks_of(index, "town", base)


def test_the_method_of_the_house_is_whole_and_every_number_of_it_is_marked():
    method = load_parameters(data_folder(), "coping_capacity")
    indicators = read_indicators(method)
    for level in ("village", "town"):
        assert sum(each.weights.get(level, 0.0) for each in indicators) == pytest.approx(1.0)
    assert unverified_tables(method) == ["quality", "classes", *(e.name for e in indicators)]


def test_all_faults_of_a_method_are_told_at_once():
    method = load_parameters(data_folder(), "coping_capacity")
    method["indicator"]["drill_days"] |= {"direction": "down", "low": 9.0, "high": 9.0}
    method["indicator"]["rescuers"] |= {"weights": {"town": 0.0, "county": 1.0}}
    with pytest.raises(ParameterError) as caught:
        read_indicators(method)
    for part in ("drill_days.direction", "drill_days: the limits", "rescuers.weights.town",
                 "'county'"):  # fmt: skip
        assert part in caught.value.sentence_en
    assert "必须递增" in caught.value.sentence_zh


SCORES = st.lists(st.tuples(*[st.floats(0.0, 1.0, width=32)] * 3), min_size=2, max_size=8).map(
    np.array
)
SCALES = st.tuples(*[st.floats(0.1, 5.0)] * 3)


def of_shares(table, weights):
    names = "abc"
    own = [indicator(name, weight) for name, weight in zip(names, weights, strict=True)]
    return score_level("village", dict(zip(names, table.T, strict=True)), own, 0.5)


@given(SCORES, SCALES, st.integers(0, 2), st.floats(0.0, 1.0))
def test_a_better_value_never_lowers_the_index(table, weights, which, better):
    before = of_shares(table, weights).index
    raised = table.copy()
    raised[0, which] = max(raised[0, which], better)
    after = of_shares(raised, weights).index
    assert after[0] >= before[0]
    assert after[1:].tolist() == before[1:].tolist()


@given(SCORES, SCALES, st.randoms(use_true_random=False))
def test_neither_the_order_of_units_nor_that_of_weights_in_thousands_moves_an_index(
    table, weights, order
):
    rows = list(range(len(table)))
    order.shuffle(rows)
    expected = of_shares(table, weights).index
    assert of_shares(table[rows], weights).index.tolist() == expected[rows].tolist()
    thousands = of_shares(table, [1000 * each for each in weights]).index
    assert thousands == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.floats(0.0, 9.0, width=32), min_size=2, max_size=9), st.floats(0.01, 1000.0))
def test_metres_or_feet_are_the_same_to_a_score_by_the_district(amounts, factor):
    own = indicator("own", 1.0, None, None, quantiles=(0.05, 0.95), is_less_better=True)
    values = np.array(amounts)
    assume(np.quantile(values, 0.95) - np.quantile(values, 0.05) > 1e-3)
    one = score_level("village", {"own": values}, [own], 0.5).index
    other = score_level("village", {"own": factor * values}, [own], 0.5).index
    assert other == pytest.approx(one, abs=1e-9)


@given(SCORES, SCALES, st.floats(0.05, 0.95))
def test_every_value_that_is_named_really_lifts_and_a_step_less_does_not(table, weights, limit):
    found = of_shares(table, weights)
    assume(found.index[0] <= limit)
    for name, value in lifts(found, 0, limit).items():
        at = "abc".index(name)
        assert index_with(found, 0, at, value) > limit
        assert value <= 1.0
        if value < 1.0:
            assert index_with(found, 0, at, value - 0.01) <= limit + 1e-9
