"""Worked examples of others, and inputs as their tools give them: masked, or marked with 1."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from shapely.geometry import box

from geo.errors import GridError, ParameterError
from geo.exposure import dasymetric, zonal
from geo.flood import onset_level, spill
from geo.impact import Curve, average_loss, exceedance
from geo.indicators import entropy_weights, topsis
from geo.zoning import classify, natural_breaks, stability

# The hazard curve of OpenQuake's classical risk tests, probabilities in 50 years.
LEVELS = [
    0.001, 0.01, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.70,
    0.80, 0.90, 1.00,
]  # fmt: skip
PROBABILITIES = [
    3.986126698e-02, 3.986126698e-02, 3.972875748e-02, 2.961342663e-02, 1.982732876e-02,
    1.306227016e-02, 8.655387950e-03, 5.898520594e-03, 4.061698590e-03, 2.811727180e-03,
    1.995117418e-03, 1.358705973e-03, 9.896678416e-04, 7.575444443e-04, 2.728240020e-04, 0, 0, 0,
]  # fmt: skip


def test_ten_events_of_one_in_ten_years_are_one_a_year():
    # Their frequencies add up to 1 but for the last digit; the least comes every year.
    assert exceedance(range(1, 11), [0.1] * 10, [1.0, 10.0]).tolist() == [1.0, 10.0]


def test_losses_in_five_steps_are_those_that_openquake_published():
    # Its older case with lrem_steps_per_interval=5 and value 2 says 9.3929e-3, by probabilities of
    # intervals; today's rates of intervals give 1.5 per mille more.
    curve = Curve(intensity=[0.1, 0.2, 0.3, 0.45, 0.6], ratio=[0.05, 0.1, 0.2, 0.4, 0.8])
    cov = [0.5, 0.4, 0.3, 0.2, 0.1]
    found = average_loss(
        LEVELS, PROBABILITIES, curve, ratio_cov=cov, hazard_years=50, risk_years=50, steps=5
    )
    assert found == pytest.approx(9.3929e-3 / 2, rel=2e-3)


def test_of_points_with_one_ratio_the_first_alone_counts():
    whole = Curve(intensity=[0.02, 0.05, 0.1, 0.2, 0.5], ratio=[0, 0, 0.1, 0.4, 0.4])
    bare = Curve(intensity=[0.02, 0.1, 0.2], ratio=[0, 0.1, 0.4])
    one, other = (
        average_loss(LEVELS, PROBABILITIES, curve, ratio_cov=cov, hazard_years=50)
        for curve, cov in ((whole, [0, 0, 0.3, 0.3, 0.3]), (bare, [0, 0.3, 0.3]))
    )
    assert one == other > 0


@pytest.mark.parametrize(("levels", "probabilities"), [([0.1, 0.2], [1, 1]), ([0.1], [0.5])])
def test_a_flat_hazard_curve_is_none(levels, probabilities):
    curve = Curve(intensity=[0.1, 0.5], ratio=[0.1, 1.0])
    with pytest.raises(GridError, match="flat"):
        average_loss(levels, probabilities, curve, hazard_years=50)


def test_a_score_on_a_limit_is_below_it_in_every_draw():
    # Whatever the weights are, they add up to one, so the score is 0.3.
    found = stability([[0.3, 0.3, 0.3]], [0.2, 0.3, 0.5], [0.3], draws=500, seed=0, kappa=60)
    assert found.p_class.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("signs", [[-1, 1], ["max", "min"], [np.nan, 1.0]])
def test_directions_other_than_true_and_false_are_refused(signs):
    with pytest.raises(ParameterError, match="true or false"):
        topsis([[1, 2], [3, 4]], [0.5, 0.5], signs)


def test_directions_as_ones_and_zeros_are_true_and_false():
    table, weights = [[1, 10], [2, 20]], [0.25, 0.75]
    assert np.array_equal(topsis(table, weights, [0, 1]), topsis(table, weights, [False, True]))


def test_what_is_masked_is_unknown_everywhere():
    pit = np.ma.masked_equal([[5, 5, 5, 5.0], [5, -9999, 5, 5], [5, 5, 5, 5]], -9999)
    found = spill(pit, 10.0, 10.0)
    # Eleven cells of 1 m3 each, and no pit for them.
    assert (found.stored_m3, found.left_m3) == (0.0, pytest.approx(11.0))
    values = np.ma.masked_equal([1.0, 2.0, 9.0, -9999.0], -9999)
    assert natural_breaks(values, 2).tolist() == [2.0]
    assert classify(values, [2.0]).tolist() == [1, 1, 2, 0]
    spread = dasymetric(
        np.ma.masked_equal([0, 0, 7], 7), np.array([9.0]), np.ma.masked_equal([1.0, 2.0, 5.0], 5.0)
    )
    assert spread.people.tolist() == [3.0, 6.0, 0.0]
    table = np.ma.masked_equal([[1.0, 5.0], [3.0, 5.0], [-9999.0, 5.0]], -9999)
    with pytest.raises(GridError):
        entropy_weights(table)


def test_marks_of_the_sea_are_true_and_false_or_one_and_nought():
    ground = [[0.0, 9.0, 1.0, 5.0]]
    assert onset_level(ground, [[1.0, 0, 0, 0]]).tolist() == [[0.0, 9.0, 9.0, 9.0]]
    with pytest.raises(GridError, match="The sea"):
        onset_level(ground, [[1.0, 0, 0, np.nan]])
    assert np.isinf(onset_level(ground, np.zeros((1, 4), dtype=bool))).all()


GRID = (np.arange(9.0).reshape(3, 3), Affine(1, 0, 0, 0, -1, 3))


@pytest.mark.parametrize("name", ["quantile(0.25)", "median(1)", "percentile(25)", "sum()", ""])
def test_a_name_that_is_none_of_a_statistic_is_a_sentence(name):
    with pytest.raises(ParameterError, match="no names of statistics"):
        zonal(*GRID, gpd.GeoDataFrame(geometry=[box(0, 0, 2, 2)]), [name])


@pytest.mark.parametrize("name", ["median", "majority", "quantile(q=0.5)"])
def test_where_all_zones_are_empty_every_statistic_is_nan(name):
    found = zonal(*GRID, gpd.GeoDataFrame(geometry=[box(10, 10, 12, 12)]), [name])
    assert found[name].dtype == np.float64
    assert found[name].isna().all()
