"""Models of landslides reach the published areas, and are judged on ground they have not seen."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.skill import auc
from geo.susceptibility import fit, validate

TERRAIN = ("slope", "cplan", "cprof", "elev", "log10_carea")
METHODS = ("logistic", "information_value")


@pytest.fixture(scope="module")
def ecuador(reference):
    with (reference / "lsl_ecuador" / "lsl.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    features = np.array([[float(row[name]) for name in TERRAIN] for row in rows])
    events = np.array([row["lslpts"] == "TRUE" for row in rows])
    return features, events, np.array([[float(row["x"]), float(row["y"])] for row in rows])


def test_the_slides_of_southern_ecuador_as_published(ecuador):
    found = validate(*ecuador, "logistic")
    assert found.auroc_in_sample == pytest.approx(0.8216, abs=0.0005)
    assert found.auroc_random == pytest.approx(0.81, abs=0.01)
    assert found.auroc < found.auroc_random < found.auroc_in_sample
    assert (found.n, found.n_events, found.n_excluded, found.n_parts_skipped) == (350, 175, 0, 0)


def test_the_order_of_units_and_the_unit_of_a_feature_change_no_verdict(ecuador):
    features, events, xy = ecuador
    order = np.random.default_rng(1).permutation(events.size)
    for method in METHODS:
        found = validate(features, events, xy, method, repeats=2)
        assert validate(features[order], events[order], xy[order], method, repeats=2) == found
        scaled = validate(features * [1, 1000, 1000, 0.1, 1], events, xy, method, repeats=2)
        assert scaled.auroc == pytest.approx(found.auroc, abs=1e-9)
        assert scaled.auroc_in_sample == pytest.approx(found.auroc_in_sample, abs=1e-9)


def test_the_same_seed_gives_the_same_and_another_seed_other_parts(ecuador):
    one, again, other = (validate(*ecuador, "logistic", repeats=3, seed=s) for s in (5, 5, 6))
    assert one == again
    assert one.auroc_random != other.auroc_random


def test_the_logistic_model_gives_each_group_its_share_of_events():
    # 2 of 8 on gentle ground, 6 of 8 on steep: logits -ln 3 and ln 3
    slope = np.repeat([[10.0], [30.0]], 8, axis=0)
    events = np.tile(np.arange(8), 2) < np.repeat([2, 6], 8)
    model = fit(slope, events, "logistic")
    assert model.coefficients == pytest.approx([2 * np.log(3) / 20])
    assert model.predict([[10], [20], [30]]) == pytest.approx([0.25, 0.5, 0.75])


def test_information_values_by_hand():
    # 3 of 4 events on slope 2, where 4 of 10 units are: ln (0.75 / 0.4); slope 1 has 1 of 4 events
    # and 4 of 10 units; slope 0 has none, counted half: ln (0.5 / 4 / 0.2)
    slope = np.array([[0.0]] * 2 + [[1.0]] * 4 + [[2.0]] * 4)
    events = [0, 0, 1, 0, 0, 0, 1, 1, 1, 0]
    model = fit(slope, events, "information_value")
    assert model.limits[0].tolist() == [0, 1]
    expected = np.log([0.125 / 0.2, 0.25 / 0.4, 0.75 / 0.4])
    assert model.information[0] == pytest.approx(expected)
    odds = 4 / 6 * np.exp(expected)
    assert model.predict([[0], [1], [2]]) == pytest.approx(odds / (1 + odds))


@settings(max_examples=40)
@given(
    hnp.arrays(np.float64, (40, 3), elements=st.floats(-5, 5)), st.integers(0, 10**6), st.booleans()
)
def test_any_prediction_lies_between_0_and_1_and_in_the_order_of_its_unit(table, seed, logistic):
    events = np.random.default_rng(seed).random(40) < 0.5
    try:
        model = fit(table, events, METHODS[not logistic])
    except (GridError, ParameterError):
        return
    score = model.predict(table)
    assert ((score >= 0) & (score <= 1)).all()
    assert model.predict(table[::-1]) == pytest.approx(score[::-1], abs=1e-12)
    if logistic:
        # the maximum of likelihood meets the number of events
        assert score.sum() == pytest.approx(events.sum(), abs=1e-6)


def test_chance_is_told_as_chance():
    random = np.random.default_rng(3)
    features, events = random.random((400, 3)), random.random(400) < 0.5
    found = validate(features, events, random.random((400, 2)), "logistic", repeats=10)
    assert 0.4 < found.auroc < 0.6
    assert 0.4 < found.auroc_random < 0.6


def test_unknown_features_and_places_are_left_out_and_counted(ecuador):
    features, events, xy = (array.copy() for array in ecuador)
    whole = fit(features, events, "logistic")
    more = np.vstack([features, np.full((2, 5), np.nan)])
    model = fit(more, [*events, 1, 0], "logistic")
    assert (model.n, model.n_events, model.n_excluded) == (350, 175, 2)
    assert np.array_equal(model.coefficients, whole.coefficients)
    assert np.isnan(model.predict(more)[-2:]).all()
    xy[0] = np.nan
    assert validate(features, events, xy, "logistic", repeats=1).n_excluded == 1


def test_a_feature_that_never_differs_or_says_the_same_twice_changes_nothing(ecuador):
    features, events, _ = ecuador
    bare = fit(features, events, "logistic").predict(features)
    constant = np.column_stack([features, np.full(len(features), 7)])
    model = fit(constant, events, "logistic")
    assert model.coefficients[-1] == 0
    assert model.predict(constant) == pytest.approx(bare, abs=1e-9)
    twice = np.column_stack([features, features[:, 0]])
    assert fit(twice, events, "logistic").predict(twice) == pytest.approx(bare, abs=1e-7)


def test_features_that_separate_all_events_have_no_logistic_model():
    slope, events = np.arange(20.0)[:, None], np.arange(20) > 9
    with pytest.raises(ParameterError, match="10 events from 10 other units without a mistake"):
        fit(slope, events, "logistic")
    assert auc(fit(slope, events, "information_value").predict(slope), events) > 0.9


def test_a_block_of_slides_alone_is_skipped_and_counted():
    # two far villages: one all slides, one none; learnt from one kind alone nothing can be said
    xy = np.array([[0.0, 0], [1, 0], [2, 0], [1000, 0], [1001, 0], [1002, 0]])
    slope, events = np.array([[1.0], [2], [3], [2], [1], [2]]), [1, 1, 1, 0, 0, 0]
    found = validate(slope, events, xy, "information_value", folds=2, repeats=1)
    assert np.isnan(found.auroc)
    assert found.n_parts_skipped >= 2


def test_what_cannot_be_judged_is_refused_all_at_once():
    four = np.arange(8.0).reshape(4, 2)
    with pytest.raises(
        GridError, match=r"features have shape \(4, 2\) and events \(3,\).*\(3, 2\)"
    ):
        validate(four, [0, 1, 1], four, "logistic")
    with pytest.raises(GridError, match="4 of 4 units with all features have an event"):
        fit(four, [1] * 4, "logistic")
    with pytest.raises(GridError, match="1 events are neither 0 nor 1"):
        fit(four, [1, 0, 2, 0], "logistic")
    with pytest.raises(ParameterError, match=r'method is "forest".*folds is 1.*seed is -1'):
        validate(four, [0, 1, 0, 1], four, "forest", folds=1, seed=-1)
    with pytest.raises(ParameterError, match=r"1 positions cannot be parted into 2 blocks"):
        validate(four, [0, 1, 0, 1], four * 0, "information_value", folds=2)
    with pytest.raises(GridError, match=r"\(units, 2\) was learnt from"):
        fit(four, [0, 1, 0, 1], "information_value").predict(four[:, :1])


def test_units_far_out_do_not_throw_the_fit_off_the_top():
    # Units far out, each alone in its direction, are told apart without a mistake: no model exists.
    # An unshortened step made all of the 40 events instead.
    table = np.zeros((40, 3))
    table[0, 0], table[4, 2], table[23, 2], table[33] = 3.0, -0.015625, 3.0, (-0.5, 0.0, -1.0)
    event = np.random.default_rng(4408).random(40) < 0.5
    with pytest.raises(ParameterError, match="or nearly"):
        fit(table, event, "logistic")
    # Two far out, one of them an event: now there is a top, and it meets the 20 events.
    far = np.zeros((40, 1))
    far[:2] = 1e6
    even = np.arange(40) % 2 == 0
    assert fit(far, even, "logistic").predict(far) == pytest.approx(np.full(40, 0.5), abs=1e-9)
