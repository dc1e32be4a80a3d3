"""Mean losses and damage states equal OpenQuake's, and follow the hazard."""

import csv
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.impact import Curve, average_loss, modal_damage_state

LINE = Curve(intensity=[1.0, 3.0], ratio=[0.5, 1.0])


def rows(path):
    with path.open(encoding="utf-8") as file:
        return [row for row in csv.reader(file) if not row[0].startswith("#")]


def numbers(element):
    return [float(word) for word in element.text.split()]


def each(root, tag):
    return [element for element in root.iter() if element.tag.rsplit("}", 1)[-1] == tag]


def test_average_losses_of_the_classical_case_equal_openquake(reference):
    folder = reference / "openquake_classical_risk"
    model = ET.parse(folder / "vulnerability_model.xml").getroot()  # noqa: S314
    levels, mean, cov = (numbers(each(model, tag)[0]) for tag in ("imls", "meanLRs", "covLRs"))
    heading, *hazard = rows(folder / "hazard_curves1.csv")
    expected = rows(folder / "expected" / "avg_losses-mean.csv")[1:]
    assert len(hazard) == len(expected) == 3
    for site, asset in zip(hazard, expected, strict=True):
        share = average_loss(
            [float(name.removeprefix("poe-")) for name in heading[3:]],
            [float(value) for value in site[3:]],
            Curve(intensity=levels, ratio=mean),
            ratio_cov=cov,
            hazard_years=50,
        )
        assert 762 * share == pytest.approx(float(asset[4]), rel=1e-5)


def test_damage_states_of_the_scenario_equal_openquake(reference):
    folder = reference / "openquake_scenario_damage"
    model = ET.parse(folder / "fragility_discrete.xml").getroot()  # noqa: S314
    curves = {
        function.get("id"): (
            numbers(each(function, "imls")[0]),
            [numbers(row) for row in each(function, "poes")],
        )
        for function in each(model, "fragilityFunction")
    }
    # The sites of job_risk.ini, numbered by longitude, then latitude.
    sites = sorted(["15.48 38.25", "15.56 38.17", "15.48 38.09"])
    shaking = {sites[int(row[1])]: float(row[3]) for row in rows(folder / "gmf_scenario.csv")[1:]}
    states = ["no_damage", "LS1", "LS2"]
    expected = rows(folder / "expected" / "dmg_by_asset.csv")[1:]
    assert len(expected) == 3
    for asset, _, _, kind, x, y, state in expected:
        at = shaking[f"{float(x):.2f} {float(y):.2f}"]
        assert states[modal_damage_state([at], *curves[kind])[0]] == state, asset


def test_the_mean_loss_adds_up_by_hand():
    # 1 m stands for 0..2 m, 3 m for 2..4 m. In 50 years 39.35 % and 9.52 % are 0.01 and 0.002 a
    # year; half is lost 0.01 times a year or more, all 0.002 times:
    # 0.5 x (1 - exp(-0.01)) + 0.5 x (1 - exp(-0.002)) = 0.005974
    chance = 1 - np.exp([-0.5, -0.1, 0.0])
    found = average_loss([0, 2, 4], chance, LINE, hazard_years=50)
    assert found == pytest.approx(0.5 * (1 - np.exp(-0.01)) + 0.5 * (1 - np.exp(-0.002)), rel=1e-12)


def test_a_tiny_spread_on_even_ratios_is_no_spread():
    # a step smeared half up and half down where ratios are evenly apart
    curve = Curve(intensity=[0, 1, 2, 3, 4], ratio=[0, 0.25, 0.5, 0.75, 1])
    levels, chance = [0, 1, 2, 3, 5], [0.3, 0.2, 0.1, 0.05, 0.0]
    bare = average_loss(levels, chance, curve, hazard_years=1)
    tight = average_loss(levels, chance, curve, ratio_cov=np.full(5, 1e-6), hazard_years=1)
    assert tight == pytest.approx(bare, rel=0.05)


@given(hnp.arrays(np.float64, 4, elements=st.floats(0, 0.9)), st.floats(1, 500), st.floats(1.01, 5))
def test_more_hazard_or_more_years_never_lose_less(falls, years, more):
    chance = np.sort(falls)[::-1]
    # A flat curve is refused.
    assume(chance[0] > chance[-1] or chance[0] == 0)
    for cov in (None, [0.2, 0.4]):
        found = average_loss([0, 1, 2, 3], chance, LINE, ratio_cov=cov, hazard_years=years)
        longer = average_loss(
            [0, 1, 2, 3], chance, LINE, ratio_cov=cov, hazard_years=years, risk_years=more
        )
        rarer = average_loss([0, 1, 2, 3], chance, LINE, ratio_cov=cov, hazard_years=years * more)
        assert 0 <= rarer <= found * (1 + 1e-12)
        assert found <= longer * (1 + 1e-12) <= 1 + 1e-12


@given(st.floats(0.001, 1000))
def test_the_unit_of_the_hazard_changes_no_loss(unit):
    chance = [0.5, 0.2, 0.01]
    found = average_loss([0, 2, 4], chance, LINE, ratio_cov=[0.3, 0.1], hazard_years=50)
    scaled = Curve(intensity=LINE.intensity * unit, ratio=LINE.ratio)
    again = average_loss(
        np.array([0, 2, 4]) * unit, chance, scaled, ratio_cov=[0.3, 0.1], hazard_years=50
    )
    assert again == pytest.approx(found, rel=1e-9)


def test_a_level_that_is_surely_exceeded_still_has_a_rate():
    found = average_loss([0, 2, 4], [1, 1, 0], LINE, hazard_years=1)
    # above 2 m with certainty: all is lost in almost every year
    assert found == pytest.approx(1)


def test_what_is_no_hazard_curve_is_refused_with_all_its_faults():
    with pytest.raises(GridError, match=r"rise strictly.*exceeded more often"):
        average_loss([1, 1], [0.1, 0.2], LINE, hazard_years=1)
    with pytest.raises(GridError, match=r"outside 0..1"):
        average_loss([1, 2], [1.1, np.nan], LINE, hazard_years=1)
    with pytest.raises(ParameterError, match=r"hazard_years is 0.*one point.*ratio_cov has shape"):
        average_loss(
            [1, 2], [0.2, 0.1], Curve(intensity=[1], ratio=[1]), ratio_cov=[1, 2], hazard_years=0
        )


LEVELS, REACHED = [0.1, 0.3], [[0.2, 1.0], [0.0, 0.9]]


def test_damage_by_hand():
    # 0.2: light or worse 0.6, heavy 0.45 -> none 0.4, light 0.15, heavy 0.45
    # 0.1: none 0.8; 9: as at 0.3: heavy 0.9; unknown stays unknown
    found = modal_damage_state([0.2, 0.1, 9, np.nan, 0], LEVELS, REACHED)
    assert found.tolist() == [2, 0, 2, -1, 0]
    assert found.dtype == np.int64


def test_the_lightest_of_equally_likely_states_is_told():
    # 0.3, 0.3 and 0.4
    assert modal_damage_state([1.0], [1.0], [[0.7], [0.4]]).tolist() == [2]
    assert modal_damage_state([1.0], [1.0], [[2 / 3], [1 / 3]]).tolist() == [0]
    # 0.75 - 0.4 is 0.35 in binary, 0.4 - 0.05 is 0.35000000000000003
    assert modal_damage_state([1.0], [1.0], [[0.75], [0.4], [0.05]]).tolist() == [1]


def test_below_the_limit_nothing_is_damaged():
    sure = [[1.0, 1.0]]
    assert modal_damage_state([0.04, 0.06], LEVELS, sure).tolist() == [0, 1]
    found = modal_damage_state([0.08, 0.1], LEVELS, sure, no_damage_below=0.09)
    assert found.tolist() == [0, 1]
    found = modal_damage_state([0.09, 0.1], LEVELS, sure, no_damage_below=0.1)
    assert found.tolist() == [0, 1]
    with pytest.raises(ParameterError, match=r"No damage below 0.2.*first level is 0.1"):
        modal_damage_state([0.1], LEVELS, sure, no_damage_below=0.2)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1000))
def test_stronger_shaking_never_damages_less_where_curves_run_side_by_side(low, more, unit):
    # reached = x and x / 2: states 1 - x, x / 2, x / 2
    at, levels, reached = np.array([low, low + more]), np.array([0, 1]), [[0.0, 1], [0, 0.5]]
    found = modal_damage_state(at, levels, reached)
    assert found[0] <= found[1]
    assert modal_damage_state(at[::-1], levels, reached).tolist() == found[::-1].tolist()
    again = modal_damage_state(at * unit, levels * unit, reached)
    near = np.abs(at - 2 / 3) < 1e-9  # where two states are equally likely
    assert (again == found)[~near].all()


def test_curves_that_cross_are_refused():
    with pytest.raises(GridError, match="curves cross"):
        modal_damage_state([0.1], LEVELS, [[0.2, 0.5], [0.3, 0.4]])
    with pytest.raises(GridError, match=r"\(states, 2\) is needed"):
        modal_damage_state([0.1], LEVELS, [0.2, 0.5])
