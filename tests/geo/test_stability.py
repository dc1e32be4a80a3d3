"""Shares of classes, intervals of ranks and swings: what must hold in every draw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo import stability as rooms
from geo.errors import GridError, ParameterError
from geo.stability import stability_among, tornado
from geo.zoning import classify, risk_index, stability

tables = st.tuples(st.integers(1, 8), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.float64, shape, elements=st.floats(0, 1))
)
LIMITS = [0.25, 0.5, 0.75]


def test_one_indicator_leaves_no_doubt():
    found = stability([[0.1], [0.6], [0.6]], [5], [0.5], draws=10, seed=0, kappa=1)
    assert found.p_class.tolist() == [[1, 0], [0, 1], [0, 1]]
    # rank 1 is the highest score; the two that are equal share it, the third place follows
    assert found.rank_low.tolist() == found.rank_high.tolist() == [3, 1, 1]
    assert found.modal_class.tolist() == [1, 2, 2]
    assert found.p_modal.tolist() == [1, 1, 1]


def test_two_weights_in_doubt_have_the_share_of_a_beta_distribution():
    # the score is the first weight: Beta(30, 30) with kappa 60; half of the draws lie above 0.5,
    # and 0.0645 is its standard deviation, so about 0.16 of them above 0.5645
    found = stability(
        [[1, 0]], [0.5, 0.5], [0.5, 0.5 + np.sqrt(0.25 / 61)], draws=40_000, seed=7, kappa=60
    )
    # three standard errors of a share of 40,000 draws are 0.0075
    assert found.p_class[0] == pytest.approx([0.5, 0.34, 0.16], abs=0.0085)


def test_classes_and_ranks_of_the_draws_counted_by_hand(monkeypatch):
    random = np.random.default_rng(3)
    table, weights = random.random((9, 3)), np.array([0.2, 0.5, 0.3])
    drawn = np.random.default_rng(11).dirichlet(weights * 20, size=500)
    scores = table @ drawn.T
    classes = classify(scores, LIMITS)
    shares = np.stack([(classes == level).mean(axis=1) for level in range(1, 5)], axis=1)
    ranks = np.sort(1 + (scores[None] > scores[:, None]).sum(axis=1), axis=1)
    for rows, draws in ((16_000_000, 2_000), (20, 70)):
        monkeypatch.setattr(rooms, "RANK_COUNTS", rows)
        monkeypatch.setattr(rooms, "DRAWS_AT_A_TIME", draws)
        found = stability(table, weights, LIMITS, draws=500, seed=11, kappa=20)
        assert found.p_class == pytest.approx(shares)
        # the 25th and the 475th of 500
        assert found.rank_low.tolist() == ranks[:, 24].tolist()
        assert found.rank_high.tolist() == ranks[:, 474].tolist()


def test_of_twenty_draws_the_first_and_the_nineteenth_bound_the_ranks():
    table = np.random.default_rng(3).random((6, 3))
    for seed in range(20):
        drawn = np.random.default_rng(seed).dirichlet(np.full(3, 2.0), size=20)
        scores = table @ drawn.T
        ranks = np.sort(1 + (scores[None] > scores[:, None]).sum(axis=1), axis=1)
        found = stability(table, [1, 1, 1], LIMITS, draws=20, seed=seed, kappa=6)
        assert found.rank_low.tolist() == ranks[:, 0].tolist()
        assert found.rank_high.tolist() == ranks[:, 18].tolist()


def test_a_score_on_a_limit_belongs_to_the_lower_class():
    found = stability([[0.5], [0.75]], [1], [0.5, 0.75], draws=5, seed=0, kappa=1)
    assert found.modal_class.tolist() == [1, 2]


@settings(max_examples=40)
@given(tables, st.integers(0, 5), st.randoms())
def test_the_same_seed_gives_the_same_bits_in_any_order_of_rows(table, seed, random):
    weights = np.arange(1, table.shape[1] + 1)
    found = stability(table, weights, LIMITS, draws=60, seed=seed, kappa=5)
    rows = list(range(len(table)))
    random.shuffle(rows)
    again = stability(table[rows], weights * 3, LIMITS, draws=60, seed=seed, kappa=5)
    assert np.array_equal(again.p_class, found.p_class[rows])
    assert np.array_equal(again.rank_low, found.rank_low[rows])
    assert np.array_equal(again.rank_high, found.rank_high[rows])
    assert found.p_class.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert (found.rank_low <= found.rank_high).all()
    assert ((found.rank_low >= 1) & (found.rank_high <= len(table))).all()


@settings(max_examples=40)
@given(tables)
def test_a_unit_that_is_nowhere_better_is_never_classed_lower(table):
    found = stability(table, np.ones(table.shape[1]), LIMITS, draws=60, seed=1, kappa=5)
    at_most = np.cumsum(found.p_class, axis=1)
    for one, first in enumerate(table):
        for other, second in enumerate(table):
            if (first >= second).all():
                assert (at_most[one] <= at_most[other] + 1e-12).all()
                assert found.rank_low[one] <= found.rank_low[other]
                assert found.rank_high[one] <= found.rank_high[other]


def test_an_unknown_indicator_leaves_its_unit_out_and_the_others_as_they_were():
    whole = stability([[0.1, 0.3], [0.9, 0.2]], [1, 1], LIMITS, draws=50, seed=0, kappa=9)
    found = stability(
        [[0.1, 0.3], [np.nan, 0.2], [0.9, 0.2]], [1, 1], LIMITS, draws=50, seed=0, kappa=9
    )
    assert np.array_equal(found.p_class[[0, 2]], whole.p_class)
    assert np.array_equal(found.rank_high[[0, 2]], whole.rank_high)
    assert np.isnan(found.p_class[1]).all()
    assert np.isnan([found.rank_low[1], found.rank_high[1], found.p_modal[1]]).all()
    assert found.modal_class[1] == 0


def test_a_weight_of_zero_stays_zero_and_surer_weights_give_surer_classes():
    table = np.random.default_rng(2).random((40, 3))
    bare = stability(table[:, 1:], [1, 2], LIMITS, draws=100, seed=4, kappa=20)
    found = stability(table, [0, 1, 2], LIMITS, draws=100, seed=4, kappa=20)
    assert np.array_equal(found.p_class, bare.p_class)
    sure = stability(table, [0, 1, 2], LIMITS, draws=100, seed=4, kappa=1e6)
    assert sure.p_modal.mean() > bare.p_modal.mean()


def test_no_unit_and_no_limit_are_no_fault():
    assert stability(np.zeros((0, 2)), [1, 1], LIMITS, draws=5, seed=0, kappa=1).p_class.shape == (
        0, 4,
    )  # fmt: skip
    found = stability([[0.5, 0.5]], [1, 1], [], draws=5, seed=0, kappa=1)
    assert found.p_class.tolist() == [[1]]


def test_what_cannot_be_drawn_is_refused_all_at_once():
    with pytest.raises(GridError, match=r"shape \(1, 2\) and the weights \(3,\).*1 values are inf"):
        stability([[0.1, np.inf]], [1, 1, 1], LIMITS, draws=1, seed=0, kappa=1)
    with pytest.raises(
        ParameterError, match=r"not all 0.*draws is 0.5.*seed is -1.*kappa is nan"
    ) as fault:
        stability([[0.1]], [0], LIMITS, draws=0.5, seed=-1, kappa=float("nan"))
    assert "抽样次数为 0.5" in fault.value.sentence_zh
    with pytest.raises(ParameterError, match="rise strictly"):
        stability([[0.1]], [1], [1, 1], draws=1, seed=0, kappa=1)


def test_the_swing_of_each_factor_by_hand():
    # R = H E V (1 - 0.5 C) at 0.5, 0.4, 1, 0: H between 0.4 and 0.6 moves R from 0.16 to 0.24
    def index(table):
        return risk_index(*table.T, powers=(1, 1, 1), k=0.5)

    bars = tornado(index, [[0.5, 0.4, 1, 0]], [0.4, 0.4, 0.9, 0], [0.6, 0.4, 1, 1])
    assert bars.low == pytest.approx(np.array([[0.16, 0.2, 0.18, 0.2]]))
    assert bars.high == pytest.approx(np.array([[0.24, 0.2, 0.2, 0.1]]))
    assert bars.swing == pytest.approx(np.array([[0.08, 0, 0.02, 0.1]]))
    assert bars.order.tolist() == [3, 0, 2, 1]


@given(tables, st.floats(0.01, 100))
def test_swings_of_a_weighted_sum_are_weight_times_range(table, unit):
    weights = np.arange(1.0, table.shape[1] + 1)
    bars = tornado(lambda x: x @ weights, table * unit, table * 0, table * 0 + unit)
    assert bars.swing == pytest.approx(np.broadcast_to(weights * unit, table.shape), rel=1e-9)
    assert bars.order[0] == table.shape[1] - 1


def test_unknown_inputs_count_in_no_mean():
    bars = tornado(lambda x: x.sum(axis=1), [[1.0, np.nan], [1.0, 1.0]], 0, 2)
    assert np.isnan(bars.swing[0, 0])
    assert bars.swing[1].tolist() == [2, 2]
    assert bars.order.tolist() == [0, 1]


def test_inputs_that_do_not_spread_are_refused():
    with pytest.raises(GridError, match=r"low has shape \(3,\), which does not spread to \(1, 2\)"):
        tornado(lambda x: x[:, 0], [[1, 2]], [1, 2, 3], [1, 2])
    with pytest.raises(GridError, match=r"\(units, inputs\) is needed"):
        tornado(lambda x: x, [1, 2], 0, 1)
    with pytest.raises(GridError, match=r"shape \(1, 2\) for 1 units"):
        tornado(lambda x: x, [[1, 2]], 0, 1)


def test_each_of_several_tables_has_its_share_of_the_draws_whatever_the_weights(monkeypatch):
    low, high = [[0.1, 0.2], [0.9, 0.9]], [[0.8, 0.9], [0.9, 0.9]]
    for draws in (2_000, 70):
        monkeypatch.setattr(rooms, "DRAWS_AT_A_TIME", draws)
        found = stability_among([low, low, low, high], [1, 1], [0.5], draws=400, seed=1, kappa=60)
        # The first unit lies above 0.5 in one table of four; it never outranks the second.
        assert found.p_class.tolist() == [[0.75, 0.25], [0.0, 1.0]]
        assert found.rank_low.tolist() == [2, 1]


def test_tables_that_agree_are_one_table():
    table = np.random.default_rng(5).random((7, 3))
    one = stability(table, [1, 2, 3], LIMITS, draws=300, seed=4, kappa=20)
    three = stability_among([table] * 3, [1, 2, 3], LIMITS, draws=300, seed=4, kappa=20)
    assert np.array_equal(one.p_class, three.p_class)
    assert np.array_equal(one.rank_high, three.rank_high)


def test_a_unit_unknown_in_one_table_is_unknown_and_tables_that_do_not_fit_are_refused():
    drawn = {"draws": 10, "seed": 1, "kappa": 60}
    found = stability_among([[[0.1]], [[np.nan]]], [1], [0.5], **drawn)
    assert found.modal_class.tolist() == [0]
    with pytest.raises(GridError, match="no table"):
        stability_among([], [1], [0.5], **drawn)
    with pytest.raises(GridError, match="different shapes"):
        stability_among([[[0.1]], [[0.1], [0.2]]], [1], [0.5], **drawn)
