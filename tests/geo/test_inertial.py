"""A simulated flood agrees with what others computed, loses no water and knows no direction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GridError
from geo.flood import Inflow, Stage, people_hazard, simulate

NAN = np.nan


def swashes(reference, name):
    """Position, depth, speed, bed and discharge of one case, as a channel of one row."""
    table = np.loadtxt(reference / "swashes" / f"{name}.txt")
    return table[None, :, 1], table[None, :, 3]


def channel_end(bed, level_m):
    cells = np.zeros(bed.shape, dtype=bool)
    cells[0, -1] = True
    return Stage(cells=cells, level_m=level_m)


@pytest.mark.parametrize(("name", "level_m"), [("emerged", 0.1), ("immersed", 0.5)])
def test_a_lake_at_rest_stays_at_rest(reference, name, level_m):
    _, bed = swashes(reference, f"lake_at_rest_{name}")
    depth = np.maximum(level_m - bed, 0)
    for manning in (0.0, 0.03):
        run = simulate(bed, 0.05, manning, 100.0, initial_depth=depth)
        assert np.abs(run.depth_m - depth).max() <= 1e-12
        assert np.abs(run.discharge_x_m2_s).max() <= 1e-12
        assert np.abs(run.discharge_y_m2_s).max() == 0


def test_a_lake_at_rest_beside_a_level_stays_at_rest(reference):
    _, bed = swashes(reference, "lake_at_rest_immersed")
    run = simulate(bed, 0.05, 0.03, 50.0, initial_depth=0.5 - bed, stage=[channel_end(bed, 0.5)])
    assert np.abs(run.depth_m - (0.5 - bed)).max() <= 1e-12


def test_a_long_channel_settles_at_the_depth_of_macdonald(reference):
    expected, bed = swashes(reference, "macdonald_long_subcritical_manning")
    run = simulate(
        bed,
        2.0,
        0.033,
        24 * 3600.0,
        inflow=[Inflow(row=0, column=0, discharge_m3_s=2.0 * 2.0)],
        stage=[channel_end(bed, bed[0, -1] + 0.748324)],
        steady_m_s=1e-9,
    )
    assert run.end_s < 3 * 3600  # it stood still long before
    assert np.sqrt(np.mean((run.depth_m - expected) ** 2)) <= 0.03
    assert run.discharge_x_m2_s[0, 1:-1] == pytest.approx(2.0, abs=1e-6)
    assert run.mass_error <= 1e-10


def test_a_long_channel_fed_by_rain_settles_near_the_depth_of_macdonald(reference):
    # 1 m2/s enter, 3,600 mm/h on 1,000 m bring another: near its end the flow is almost critical.
    expected, bed = swashes(reference, "macdonald_rain_subcritical_manning")
    run = simulate(
        bed,
        2.0,
        0.033,
        24 * 3600.0,
        rain_mm_h=3600.0,
        inflow=[Inflow(row=0, column=0, discharge_m3_s=1.0 * 2.0)],
        stage=[channel_end(bed, bed[0, -1] + 0.748324)],
        steady_m_s=1e-9,
    )
    assert np.sqrt(np.mean((run.depth_m - expected) ** 2)) <= 0.04
    assert run.discharge_x_m2_s[0, 1:-1] == pytest.approx(1 + 0.002 * np.arange(2, 500), abs=0.002)


def plane_wave(x, second, manning, speed=0.4):
    """Depth of a wave of constant speed over a plane (Hunter and others 2005)."""
    behind = np.maximum(speed * second - x, 0.0)
    return (7 / 3 * manning**2 * speed**2 * behind) ** (3 / 7)


@pytest.mark.parametrize("manning", [0.01, 0.03])
@pytest.mark.parametrize("upright", [False, True])
def test_a_wave_runs_up_a_plane_as_the_formula_says(manning, upright):
    x = 25.0 * np.arange(160)
    seconds = np.arange(0.0, 7201.0, 10.0)
    entrance = np.zeros((1, 160), dtype=bool)
    entrance[0, 0] = True
    levels = list(zip(seconds, plane_wave(0.0, seconds, manning), strict=True))
    plane = np.zeros((1, 160))
    run = simulate(
        plane.T if upright else plane,
        25.0,
        manning,
        7200.0,
        stage=[Stage(cells=entrance.T if upright else entrance, level_m=levels)],
    )
    depth = run.depth_m.ravel()
    assert np.sqrt(np.mean((depth - plane_wave(x, 7200.0, manning)) ** 2)) <= 0.025
    assert x[depth > 0.01].max() == pytest.approx(0.4 * 7200, rel=0.03)
    assert run.mass_error <= 1e-10
    # A cell 1,000 m away is reached after 2,500 s, and not before the one at 500 m.
    arrival = run.arrival_s.ravel()
    assert arrival[40] == pytest.approx(2500, rel=0.1)
    assert arrival[20] < arrival[40]
    assert np.isinf(arrival[-1])


def test_uniform_flow_down_a_slope_has_the_depth_and_speed_of_manning():
    # q = h^(5/3) sqrt(S) / n: 0.5 m at S = 0.001, n = 0.03 carry 0.332 m2/s at 0.664 m/s.
    depth_m, slope, n, size_m = 0.5, 0.001, 0.03, 10.0
    bed = -slope * size_m * np.arange(200.0)[None, :]
    q = depth_m ** (5 / 3) * np.sqrt(slope) / n
    run = simulate(
        bed,
        size_m,
        n,
        6 * 3600.0,
        inflow=[Inflow(row=0, column=0, discharge_m3_s=[(0, 0.0), (3600, q * size_m)])],
        stage=[channel_end(bed, bed[0, -1] + depth_m)],
    )
    assert run.depth_m[0, 1:] == pytest.approx(depth_m, rel=1e-4)
    assert run.discharge_x_m2_s[0, 1:-1] == pytest.approx(q, rel=1e-4)
    assert run.max_speed_m_s[0, 50:150] == pytest.approx(q / depth_m, rel=0.05)


def test_rain_on_a_walled_flat_stands_as_deep_as_it_fell():
    run = simulate(np.zeros((3, 4)), 10.0, 0.03, 1800.0, rain_mm_h=100.0)
    assert run.depth_m == pytest.approx(0.05, rel=1e-12)
    assert run.in_m3 == pytest.approx(0.05 * 12 * 100)
    assert np.isfinite(run.arrival_s).all()


def test_rain_that_runs_off_a_slope_leaves_over_the_open_edge_at_its_own_rate():
    valley = np.full((6, 31), 50.0)  # walls on three sides
    valley[1:-1, 1:] = np.arange(30.0, 0, -1) * 0.05
    rain = np.zeros(valley.shape)
    rain[1:-1, 1:] = 36.0  # 1e-5 m/s
    run = simulate(valley, 10.0, 0.03, 7200.0, rain_mm_h=rain, closed_edges=False)
    # 29 cells x 10 m x 1e-5 m/s enter the last column of each row, those of 30 leave it.
    assert run.discharge_x_m2_s[1:-1, -1] == pytest.approx(29.5 * 1e-4, rel=1e-3)
    assert run.out_m3 + run.stored_m3 == pytest.approx(1e-5 * 7200 * 120 * 100, rel=1e-9)
    assert run.out_m3 > 0.8 * run.in_m3


def test_a_channel_with_open_ends_lets_water_out_below_and_not_above():
    # Inflow at the upper end of a strip of one row: 1 m2/s at S = 0.002 and n = 0.03.
    bed = -0.02 * np.arange(100.0)[None, :]
    spring = Inflow(row=0, column=0, discharge_m3_s=10.0)
    run = simulate(bed, 10.0, 0.03, 7200.0, inflow=[spring], closed_edges=False)
    normal_m = (1.0 * 0.03 / np.sqrt(0.002)) ** 0.6
    assert run.discharge_x_m2_s[0, 1:-1] == pytest.approx(1.0, rel=1e-3)
    assert run.depth_m[0, 5:50] == pytest.approx(normal_m, rel=0.01)
    assert run.mass_error <= 1e-12


def test_a_flat_with_open_edges_drains_on_all_sides_alike():
    flat = np.zeros((9, 9))
    run = simulate(flat, 10.0, 0.03, 1800.0, initial_depth=flat + 0.5, closed_edges=False)
    assert run.out_m3 > 0.9 * run.in_m3
    assert np.array_equal(run.depth_m, run.depth_m.T)
    assert np.array_equal(run.depth_m, run.depth_m[::-1, ::-1])


def test_a_hydrograph_gives_exactly_its_volume_and_a_jump_is_a_jump():
    triangle = [(0, 0.0), (600, 6.0), (1800, 0.0)]  # 6 * 1800 / 2 = 5,400 m3
    pulse = [(1800, 0.0), (60, 1.0), (60, 0.0), (0, 1.0)]  # out of order, nought after 60 s
    for pairs, volume_m3 in ((triangle, 5400.0), (pulse, 60.0), (0.5, 1800.0)):
        run = simulate(
            np.zeros((9, 9)),
            10.0,
            0.03,
            3600.0,
            inflow=[Inflow(row=4, column=4, discharge_m3_s=pairs)],
        )
        assert run.stored_m3 == pytest.approx(volume_m3, rel=1e-12)
        assert run.mass_error <= 1e-12


def test_rain_follows_its_course_and_ends():
    course = [(0.0, 1.0), (600.0, 1.0), (600.0, 0.0)]
    run = simulate(np.zeros((2, 2)), 10.0, 0.03, 3600.0, rain_mm_h=60.0, rain_course=course)
    assert run.depth_m == pytest.approx(0.01, rel=1e-12)


def test_drains_take_their_depth_and_no_more_than_there_is():
    pond = np.full((3, 3), 0.05)
    half = simulate(np.zeros((3, 3)), 5.0, 0.03, 1800.0, initial_depth=pond, drain_mm_h=60.0)
    assert half.depth_m == pytest.approx(0.02)
    assert half.out_m3 == pytest.approx(0.03 * 9 * 25)
    dry = simulate(np.zeros((3, 3)), 5.0, 0.03, 7200.0, initial_depth=pond, drain_mm_h=60.0)
    assert dry.depth_m.max() == 0
    assert dry.mass_error <= 1e-12


def test_no_data_is_a_wall_and_stays_no_data():
    bed = np.zeros((5, 7))
    bed[:, 3] = NAN
    spring = Inflow(row=2, column=0, discharge_m3_s=1.0)
    run = simulate(bed, 10.0, 0.03, 600.0, inflow=[spring], closed_edges=True)
    assert np.nanmax(run.depth_m[:, 4:]) == 0
    assert np.isinf(run.arrival_s[:, 4:]).all()
    for field in (run.depth_m, run.max_depth_m, run.max_speed_m_s, run.arrival_s):
        assert np.array_equal(np.isnan(field), np.isnan(bed))
    assert run.stored_m3 == pytest.approx(600)


def test_a_level_below_the_ground_drains_its_cell_and_a_falling_one_lets_water_go():
    bed = np.zeros((1, 20))
    outlet = np.zeros(bed.shape, dtype=bool)
    outlet[0, 0] = True
    run = simulate(
        bed,
        5.0,
        0.03,
        7200.0,
        initial_depth=np.ones(bed.shape),
        stage=[Stage(cells=outlet, level_m=[(0, 1.0), (600, -0.5)])],
    )
    assert run.depth_m[0, 0] == 0
    assert run.stored_m3 < 0.3 * 20 * 25
    assert run.in_m3 == pytest.approx(run.out_m3 + run.stored_m3, rel=1e-12)


def test_water_stays_behind_a_dike_until_the_level_tops_it():
    bed = np.zeros((1, 40))
    bed[0, 20] = 2.0
    sea = np.zeros(bed.shape, dtype=bool)
    sea[0, :10] = True
    for top_m, over in ((1.9, False), (2.5, True)):
        surge = Stage(cells=sea, level_m=[(0, 0.0), (7200, top_m), (10800, top_m)])
        run = simulate(bed, 10.0, 0.03, 10800.0, stage=[surge])
        assert run.depth_m[0, :20] == pytest.approx(top_m, abs=0.05)
        assert (run.max_depth_m[0, 20:].max() > 0.4) == over
        assert run.max_depth_m.max() < top_m + 0.1


def test_what_lasts_and_what_endangers_is_kept_beside_the_depth():
    pond = np.full((3, 3), 0.4)
    run = simulate(
        np.zeros((3, 3)),
        5.0,
        0.03,
        1200.0,
        initial_depth=pond,
        drain_mm_h=720.0,  # 0.2 mm/s: 0.3 m are left after 500 s
        lasting_m=0.3,
        hazard=True,
    )
    assert run.lasting_s == pytest.approx(500, abs=2)
    assert run.max_hazard_m2_s == pytest.approx(0.4 * 0.5)
    plain = simulate(np.zeros((3, 3)), 5.0, 0.03, 10.0, initial_depth=pond)
    assert plain.lasting_s is None
    assert plain.max_hazard_m2_s is None


def test_hazard_to_people_is_depth_by_speed_and_a_half():
    assert people_hazard(1.2, 0.5) == pytest.approx(1.2)
    assert people_hazard([0.0, 0.5, NAN], 1.0)[:2].tolist() == [0.0, 0.75]
    with pytest.raises(GridError, match="1 depths or speeds are negative"):
        people_hazard([-0.1, 1.0], 1.0)
    with pytest.raises(GridError, match=r"shape \(2,\), the speed \(3,\)"):
        people_hazard([0.1, 1.0], [1.0, 1.0, 1.0])


beds = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7),
    elements=st.one_of(st.integers(0, 4).map(float), st.floats(0, 4), st.just(NAN)),
)


def storm(bed, seed, **options):
    """Rain, a little water, and a spring on the lowest cell, drawn from a seed."""
    random = np.random.default_rng(seed)
    options = {
        "rain_mm_h": random.uniform(0, 400, bed.shape),
        "initial_depth": random.uniform(-0.5, 1.0, bed.shape).clip(0),
        **options,
    }
    return simulate(bed, 10.0, 0.04, 300.0, **options)


@settings(deadline=None, max_examples=60)
@given(beds, st.integers(0, 99), st.booleans(), st.sampled_from([1.0, 0.8]))
def test_water_is_conserved_and_no_depth_is_negative(bed, seed, closed, theta):
    run = storm(bed, seed, closed_edges=closed, theta=theta, drain_mm_h=20.0)
    assert run.mass_error <= 1e-12
    water = run.depth_m[~np.isnan(bed)]
    assert (water >= 0).all()
    assert (run.max_depth_m[~np.isnan(bed)] >= water).all()
    assert np.isfinite(run.max_speed_m_s[~np.isnan(bed)]).all()


@settings(deadline=None, max_examples=40)
@given(beds, st.integers(0, 99), st.booleans(), st.sampled_from([1.0, 0.8]))
def test_a_mirrored_or_turned_terrain_gives_the_mirrored_or_turned_flood(bed, seed, closed, theta):
    random = np.random.default_rng(seed)
    rain, water = random.uniform(0, 400, bed.shape), random.uniform(0, 1, bed.shape)
    rest = {"closed_edges": closed, "theta": theta}
    run = simulate(bed, 10.0, 0.04, 120.0, rain_mm_h=rain, initial_depth=water, **rest)
    for turn in (np.transpose, np.fliplr, np.flipud):
        other = simulate(
            turn(bed), 10.0, 0.04, 120.0, rain_mm_h=turn(rain), initial_depth=turn(water), **rest
        )
        for field in ("depth_m", "max_depth_m", "max_speed_m_s", "arrival_s"):
            kept = turn(getattr(run, field))
            assert np.array_equal(getattr(other, field), kept, equal_nan=True), field
    turned = simulate(bed.T, 10.0, 0.04, 120.0, rain_mm_h=rain.T, initial_depth=water.T, **rest)
    assert np.array_equal(turned.discharge_y_m2_s.T, run.discharge_x_m2_s, equal_nan=True)


@settings(deadline=None, max_examples=40)
@given(beds, st.integers(0, 99), st.integers(-2000, 8000))
def test_land_and_levels_lifted_together_give_the_same_flood(bed, seed, metres):
    whole = np.round(bed)  # whole metres are exact at any height
    if np.isnan(whole).all():
        return
    cells = whole == np.nanmin(whole)
    low = storm(whole, seed, stage=[Stage(cells=cells, level_m=[(0, 1.0), (300, 3.0)])])
    course = [(0, 1.0 + metres), (300, 3.0 + metres)]
    high = storm(whole + metres, seed, stage=[Stage(cells=cells, level_m=course)])
    assert np.array_equal(low.depth_m, high.depth_m, equal_nan=True)
    assert np.array_equal(low.max_speed_m_s, high.max_speed_m_s, equal_nan=True)


@settings(deadline=None, max_examples=40)
@given(beds, st.integers(0, 99), st.floats(0, 200))
def test_more_rain_never_stores_less(bed, seed, more):
    random = np.random.default_rng(seed)
    rain = random.uniform(0, 200, bed.shape)
    less, most = (simulate(bed, 10.0, 0.04, 600.0, rain_mm_h=rain + x) for x in (0.0, more))
    fallen_m3 = (rain + more)[~np.isnan(bed)].sum() / 3.6e6 * 600 * 100
    assert most.stored_m3 == pytest.approx(fallen_m3, rel=1e-9)
    assert most.stored_m3 >= less.stored_m3 * (1 - 1e-12)
