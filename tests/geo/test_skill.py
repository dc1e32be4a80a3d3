"""Skill scores equal the published tornado case, and the area under the curve counts pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GridError
from geo.skill import auc, scores


def table(hits, misses, false_alarms, quiet):
    said = np.repeat([True, False, True, False], [hits, misses, false_alarms, quiet])
    seen = np.repeat([True, True, False, False], [hits, misses, false_alarms, quiet])
    return said, seen


def test_finleys_tornado_forecasts_score_as_printed():
    # Finley 1884: 28 hits, 23 misses, 72 false alarms, 2680 correct negatives
    skill = scores(*table(28, 23, 72, 2680))
    assert (skill.hits, skill.misses, skill.false_alarms) == (28, 23, 72)
    assert (skill.correct_negatives, skill.n) == (2680, 2803)
    assert skill.hit_rate == pytest.approx(0.549, abs=5e-4)
    assert skill.false_alarm == pytest.approx(0.720, abs=5e-4)
    assert skill.false_alarm_rate == pytest.approx(0.0262, abs=5e-5)
    assert skill.csi == pytest.approx(0.228, abs=5e-4)
    assert skill.base_rate == pytest.approx(51 / 2803)


def test_unknown_units_are_left_out_and_counted():
    skill = scores(np.array([1, 0, np.nan, 1]), np.array([1, 0, 1, np.nan]))
    assert (skill.n, skill.n_excluded, skill.hits) == (2, 2, 1)
    assert auc(np.array([0.9, 0.1, np.nan]), np.array([1, 0, 1])) == 1


def test_everything_floods_has_the_base_rate_as_its_index():
    skill = scores(np.ones(10), np.arange(10) < 3)
    assert (skill.hit_rate, skill.csi, skill.false_alarm_rate) == (1, 0.3, 1)


def test_a_share_of_nothing_is_not_a_number():
    skill = scores(np.zeros(3), np.zeros(3))
    assert np.isnan([skill.hit_rate, skill.false_alarm, skill.csi]).all()
    assert np.isnan(auc(np.arange(3.0), np.ones(3)))


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=25))
def test_the_area_is_the_share_of_pairs_ranked_right(units):
    score = np.array([unit[0] for unit in units], float)
    seen = np.array([unit[1] for unit in units])
    pairs = [(a > b) + (a == b) / 2 for a in score[seen] for b in score[~seen]]
    if pairs:
        assert auc(score, seen) == pytest.approx(np.mean(pairs), rel=1e-12)
    else:
        assert np.isnan(auc(score, seen))


def test_values_other_than_yes_and_no_are_refused():
    with pytest.raises(GridError, match="forecast holds 1 values other than 0, 1 and NaN"):
        scores(np.array([0.5]), np.array([1.0]))
    with pytest.raises(GridError, match=r"shape \(2,\), the observation \(1,\)"):
        scores(np.ones(2), np.ones(1))
