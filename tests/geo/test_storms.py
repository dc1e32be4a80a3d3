"""Rain becomes runoff by the curve number, and a cited formula becomes a storm that adds up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GridError, ParameterError
from geo.flood import simulate
from geo.storms import IntensityFormula, chicago, runoff_by_step_mm, runoff_mm

NAN = np.nan
COEFFICIENTS = {"a1": 10.0, "c": 0.8, "b": 10.0, "n": 0.7}
MADE_UP = IntensityFormula(**COEFFICIENTS, source="made up for the tests")


def test_runoff_of_a_worked_example():
    # CN 75: S = 25400/75 - 254 = 84.667 mm; (150 - 16.933)^2 / (150 + 67.733) = 81.32 mm.
    assert runoff_mm(150.0, 75.0) == pytest.approx(81.3227, abs=1e-3)
    # The handbook's own: 4.2 inches on CN 77.5 give about 2.1 inches.
    assert runoff_mm(4.2 * 25.4, 77.5) / 25.4 == pytest.approx(2.01, abs=0.01)


def test_rain_up_to_the_initial_abstraction_runs_nowhere():
    assert runoff_mm([0.0, 12.7, 12.71], 80.0).tolist()[:2] == [0.0, 0.0]
    assert runoff_mm(12.71, 80.0) > 0


def test_a_sealed_ground_gives_all_its_rain():
    assert runoff_mm([0.0, 5.0, 80.0], 100).tolist() == [0.0, 5.0, 80.0]


def test_no_data_stays_no_data_and_shapes_are_kept():
    rain = np.array([[10.0, NAN], [50.0, 100.0]])
    number = np.array([[80, 80], [NAN, 98.0]])
    runoff = runoff_mm(rain, number)
    assert np.isnan(runoff).tolist() == [[False, True], [True, False]]
    assert runoff_mm([], []).shape == (0,)
    assert runoff_mm([[60]], [[70]]).shape == (1, 1)


@pytest.mark.parametrize(
    ("rain", "number", "kind", "sentence"),
    [
        (-1.0, 80.0, GridError, "1 rain depths are negative"),
        ([1.0, np.inf], 80.0, GridError, "1 rain depths are negative or infinite"),
        (1.0, 0.0, ParameterError, "1 curve numbers are not above 0"),
        ([1.0, 1.0], [101.0, -3.0], ParameterError, "2 curve numbers"),
        ([1.0, 2.0], [80.0], GridError, r"shape \(2,\), the curve number \(1,\)"),
    ],
)
def test_what_is_neither_rain_nor_a_curve_number_is_refused(rain, number, kind, sentence):
    with pytest.raises(kind, match=sentence):
        runoff_mm(rain, number)


@given(st.floats(0, 1000), st.floats(0, 200), st.floats(1, 100), st.floats(0, 50))
def test_more_rain_and_harder_ground_never_give_less_runoff(rain, more, number, harder):
    runoff = runoff_mm(rain, number)
    assert 0 <= runoff <= rain
    assert runoff_mm(rain + more, number) >= runoff - 1e-9
    assert runoff_mm(rain, min(number + harder, 100.0)) >= runoff - 1e-9


def test_runoff_by_steps_adds_up_to_that_of_the_storm():
    rain = [2.0, 30.0, 50.0, 0.0, 5.0]
    steps = runoff_by_step_mm(rain, 85.0)
    assert steps.sum() == pytest.approx(float(runoff_mm(87.0, 85.0)))
    assert steps[3] == 0
    assert (steps <= rain).all()


def test_intensity_is_the_formula_in_millimetres_per_hour():
    # 167 * 10 * (1 + 0.8 lg 10) / (30 + 10)^0.7 = 227.27 L/(s ha) = 81.82 mm/h.
    assert MADE_UP.intensity_mm_h(30.0, 10.0) == pytest.approx(81.818, abs=0.001)


def test_a_storm_without_a_source_is_refused():
    for nothing in ("", "  "):
        with pytest.raises(ParameterError, match="names no source") as refused:
            IntensityFormula(**COEFFICIENTS, source=nothing)
        assert "来源" in refused.value.sentence_zh


def test_all_wrong_coefficients_are_told_at_once():
    with pytest.raises(ParameterError, match=r"A1 = 0, b = -1, n = 1\.2"):
        IntensityFormula(a1=0, c=0.5, b=-1, n=1.2, source="made up")
    with pytest.raises(ParameterError, match="C = nan"):
        IntensityFormula(**{**COEFFICIENTS, "c": NAN}, source="made up")


def test_a_storm_has_the_formulas_depth_and_its_peak_in_its_place():
    storm = chicago(MADE_UP, 50.0, 120.0, 5.0)
    assert storm.depth_mm.sum() == pytest.approx(2 * float(MADE_UP.intensity_mm_h(120.0, 50.0)))
    assert len(storm.depth_mm) == 24
    assert storm.depth_mm.argmax() in {9, 10}  # 0.4 * 120 min = 48 min
    assert storm.source == "made up for the tests"


@settings(deadline=None, max_examples=60)
@given(
    st.floats(1, 100),
    st.integers(1, 60),
    st.floats(0.05, 0.95),
    st.floats(0, 30),
    st.floats(0.1, 0.95),
)
def test_every_part_around_the_peak_has_the_depth_of_the_formula(years, steps, share, b, n):
    formula = IntensityFormula(a1=8.0, c=0.7, b=b, n=n, source="made up")
    storm = chicago(formula, years, 4.0 * steps, 4.0, peak_share=share)
    whole = float(formula.intensity_mm_h(4.0 * steps, years)) * 4.0 * steps / 60
    assert storm.depth_mm.sum() == pytest.approx(whole)
    assert (storm.depth_mm > 0).all()
    # Rain of the heaviest steps never exceeds what the formula allows for their length.
    for length in range(1, steps + 1):
        heaviest = np.convolve(storm.depth_mm, np.ones(length), "valid").max()
        most = float(formula.intensity_mm_h(4.0 * length, years)) * 4.0 * length / 60
        assert heaviest <= most * (1 + 1e-9)


def test_wrong_storms_are_refused():
    with pytest.raises(ParameterError, match=r"return period is 0\.5 years"):
        chicago(MADE_UP, 0.5, 60.0, 5.0)
    with pytest.raises(ParameterError, match=r"peak stands at 1\.0"):
        chicago(MADE_UP, 10.0, 60.0, 5.0, peak_share=1.0)
    for minutes in ((60.0, 7.0), (0.0, 5.0), (60.0, 0.0), (NAN, 5.0)):
        with pytest.raises(ParameterError, match="whole steps"):
            chicago(MADE_UP, 10.0, *minutes)
    with pytest.raises(ParameterError, match="above 0 minutes"):
        MADE_UP.intensity_mm_h([0.0], 10.0)


def test_a_storm_rains_its_depth_on_a_simulated_flat():
    storm = chicago(MADE_UP, 20.0, 60.0, 5.0)
    run = simulate(
        np.zeros((3, 3)), 10.0, 0.03, 5400.0, rain_mm_h=1.0, rain_course=storm.course_mm_h()
    )
    assert run.depth_m * 1000 == pytest.approx(storm.depth_mm.sum(), rel=1e-9)
