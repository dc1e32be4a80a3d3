"""Factors of risk: curves, percentiles and shared shelter places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.products.factors import (
    curve,
    percentile_of,
    percentile_table,
    reach,
    vulnerability,
)
from geo.errors import ParameterError


def test_a_curve_is_read_between_its_knots_and_flat_beyond_them():
    scores = curve(np.array([0.0, 0.5, 1.0, 9.0, np.nan]), [0.0, 1.0], [0.0, 0.8])
    assert np.allclose(scores, [0.0, 0.4, 0.8, 0.8, np.nan], equal_nan=True)


def test_a_curve_that_falls_is_refused():
    with pytest.raises(ParameterError, match="must rise"):
        curve(np.array([0.0]), [0.0, 1.0], [0.5, 0.2])


def test_the_median_of_a_frozen_distribution_is_one_half():
    table = percentile_table(np.arange(101, dtype=float), 101)
    assert percentile_of(np.array([0.0, 50.0, 100.0, 200.0]), table).tolist() == [0, 0.5, 1, 1]


def test_equal_values_share_the_middle_of_their_span():
    table = percentile_table(np.array([1.0, 1.0, 1.0, 1.0]), 5)
    assert percentile_of(np.array([1.0]), table).tolist() == [0.5]


# Thousandths of a person: what is denormal is no density, and some libraries flush it to zero.
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_a_denser_unit_never_ranks_lower(thousandths):
    values = np.sort(np.array(thousandths)) / 1000
    ranks = percentile_of(values, percentile_table(values, 101))
    assert (np.diff(ranks) >= -1e-12).all()
    assert ((ranks >= 0) & (ranks <= 1)).all()


def test_two_units_share_the_places_of_the_shelter_between_them():
    units = np.array([[0.0, 0.0], [100.0, 0.0], [5000.0, 0.0]])
    found = reach(
        units, np.array([30.0, 10.0, 10.0]), np.array([[50.0, 0.0]]), np.array([20.0]), 60
    )
    assert found.score.tolist() == [0.5, 0.5, 0.0]
    assert found.places_people.tolist() == [20.0, 20.0, 0.0]
    assert found.shelters.tolist() == [1, 1, 0]


def test_places_that_nobody_needs_count_as_enough():
    found = reach(np.zeros((1, 2)), np.zeros(1), np.zeros((1, 2)), np.array([5.0]), 10)
    assert found.score.tolist() == [1.0]


def test_without_ages_vulnerability_is_neutral():
    rules = {"share_knots": [0.1, 0.3], "score_knots": [0.2, 0.6], "neutral": 0.5}
    assert np.allclose(vulnerability(np.array([np.nan, 0.2]), rules), [0.5, 0.4])
