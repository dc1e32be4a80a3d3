"""Lowering the water until the mean score is reached."""

import numpy as np

from census.products.counterfactual import lowering_m


def test_the_water_falls_by_whole_centimetres_until_the_score_is_reached():
    labels = np.array([[0, 0, 1, -1]])
    depth = np.array([[1.0, 0.5, 0.4, 9.0]])
    people = np.array([[10.0, 10.0, 5.0, 5.0]])
    # Score = depth: unit 0 has mean 0.75 and needs 0.5, unit 1 has 0.4 and needs nothing.
    found = lowering_m(labels, depth, people, np.array([0.5, np.nan]), lambda depth_m: depth_m)
    assert np.isclose(found[0], 0.25)
    assert np.isnan(found[1])
