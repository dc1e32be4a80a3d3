"""Tiles, threads and dry ground change nothing in a simulated flood; bad inputs are refused."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import inertial
from geo.errors import GridError, ParameterError
from geo.flood import Inflow, Stage, simulate
from geo.inertial_faces import FILM_M, GRAVITY_M_S2
from geo.inertial_state import TILE_COLUMNS, TILE_ROWS

NAN = np.nan
FIELDS = ("depth_m", "discharge_x_m2_s", "discharge_y_m2_s", "max_depth_m", "max_speed_m_s")


def faces(depth, bed, flow, step, place):
    """Discharge through the faces between columns after a step, written as the papers have it."""
    size_m, manning, theta = place
    level = depth + bed
    over = np.maximum(level[:, 1:], level[:, :-1]) - np.maximum(bed[:, 1:], bed[:, :-1])
    wet = np.where(over > FILM_M, over, 1.0)
    wide = np.pad(flow, ((0, 0), (1, 1)))
    a, b = wide[:, :-2] - flow, wide[:, 2:] - flow
    now = flow + (1 - theta) * np.where(a * b > 0, np.where(abs(a) < abs(b), a, b), 0.0)
    push = GRAVITY_M_S2 * over * step * (level[:, 1:] - level[:, :-1]) / size_m
    drag = 1 + GRAVITY_M_S2 * step * manning**2 * np.abs(now) / wet ** (7 / 3)
    return np.where(over > FILM_M, (now - push) / drag, 0.0)


def step_of(depth, size_m, rain_m_s, left_s):
    """Seconds of the next step: at half the speed of a wave, two halves at the end."""
    reach = (0.5 * size_m) ** 2 / GRAVITY_M_S2
    roots = np.roots([rain_m_s, max(depth.max(), 0.1), 0.0, -reach])
    step = roots[np.isreal(roots) & (roots.real > 0)].real.min()
    if left_s <= step:
        return left_s
    return left_s / 2 if left_s < 2 * step else step


def cut(depth, wide, tall, ratio):
    """Cut what leaves each cell to what it holds."""
    out = np.maximum(-wide[:, :-1], 0) + np.maximum(wide[:, 1:], 0)
    out = (out + np.maximum(-tall[:-1], 0) + np.maximum(tall[1:], 0)) * ratio
    share = np.where(out > depth, depth / np.where(out > 0, out, 1), 1.0)
    beside = np.pad(share, 1)
    wide *= np.where(wide > 0, beside[1:-1, :-1], beside[1:-1, 1:])
    tall *= np.where(tall > 0, beside[:-1, 1:-1], beside[1:, 1:-1])


def flood_of_the_whole(bed, place, depth, rain_m_s, seconds):
    """The same scheme on the whole grid at once, closed edges, without tiles or turns."""
    size_m = place[0]
    x, y = np.zeros((bed.shape[0], bed.shape[1] - 1)), np.zeros((bed.shape[0] - 1, bed.shape[1]))
    now = 0.0
    while seconds - now > 1e-9:
        step = step_of(depth, size_m, rain_m_s, seconds - now)
        x = faces(depth, bed, x, step, place)
        y = faces(depth.T, bed.T, y.T, step, place).T
        wide, tall = np.pad(x, ((0, 0), (1, 1))), np.pad(y, ((1, 1), (0, 0)))
        cut(depth, wide, tall, step / size_m)
        x, y = wide[:, 1:-1], tall[1:-1]
        come = wide[:, :-1] - wide[:, 1:] + tall[:-1] - tall[1:]
        depth = np.maximum(depth + step / size_m * come + rain_m_s * step, 0)
        now += step
    return depth


@pytest.mark.parametrize("theta", [1.0, 0.8])
@pytest.mark.parametrize("rain_mm_h", [0.0, 80.0])
def test_tiles_give_what_the_whole_grid_gives(rain_mm_h, theta):
    shape = (2 * TILE_ROWS + 3, TILE_COLUMNS + 5)
    random = np.random.default_rng(3)
    rows, columns = np.indices(shape)
    bed = 0.05 * np.hypot(rows - 30, columns - 126) + random.uniform(0, 0.2, shape)
    depth = np.where(np.hypot(rows - 34, columns - 128) < 6, 3.0, 0.0)
    depth[:, :3] = 0.4
    run = simulate(bed, 10.0, 0.05, 40.0, rain_mm_h=rain_mm_h, initial_depth=depth, theta=theta)
    whole = flood_of_the_whole(bed, (10.0, 0.05, theta), depth, rain_mm_h / 3.6e6, 40.0)
    assert np.abs(run.depth_m - whole).max() < 1e-9
    if not rain_mm_h:
        assert (run.max_depth_m == 0).sum() > 1000  # far ground stayed dry


def test_the_number_of_threads_does_not_change_a_bit(monkeypatch):
    monkeypatch.setattr(inertial, "_WORTH_SHARING", 0)
    shape = (3 * TILE_ROWS + 7, 2 * TILE_COLUMNS + 9)
    random = np.random.default_rng(5)
    bed = random.uniform(0, 1, shape)
    bed[40:60, 100:140] = NAN
    cells = np.zeros(shape, dtype=bool)
    cells[:, 0] = True
    runs = [
        simulate(
            bed,
            10.0,
            random.uniform(0.03, 0.03, shape),
            600.0,
            rain_mm_h=30.0,
            inflow=[Inflow(row=5, column=200, discharge_m3_s=5.0)],
            stage=[Stage(cells=cells, level_m=[(0, 0.0), (600, 1.5)])],
            closed_edges=False,
            threads=threads,
        )
        for threads in (1, 2, 3)
    ]
    for field in (*FIELDS, "arrival_s"):
        for other in runs[1:]:
            assert np.array_equal(getattr(runs[0], field), getattr(other, field), equal_nan=True)
    assert runs[0].steps == runs[2].steps


def test_what_lies_beyond_dry_ground_changes_nothing():
    # The same pond alone, and in the corner of a large district with another pond far away.
    random = np.random.default_rng(2)
    bed, depth = random.uniform(0, 0.5, (20, 20)), np.zeros((20, 20))
    bed[[0, -1]] = bed[:, [0, -1]] = 9.0
    depth[8:12, 8:12] = 1.0
    alone = simulate(bed, 10.0, 0.05, 900.0, initial_depth=depth)
    far, water = np.full((300, 400), 9.0), np.zeros((300, 400))
    for row, column in ((3, 5), (TILE_ROWS - 7, TILE_COLUMNS - 9), (270, 370)):
        far[row : row + 20, column : column + 20] = bed
        water[row : row + 20, column : column + 20] = depth
    both = simulate(far, 10.0, 0.05, 900.0, initial_depth=water)
    for row, column in ((3, 5), (TILE_ROWS - 7, TILE_COLUMNS - 9), (270, 370)):
        for field in FIELDS:
            part = getattr(both, field)[row : row + 20, column : column + 20]
            assert np.array_equal(part, getattr(alone, field)), field
    assert both.wet_cell_steps == 3 * alone.wet_cell_steps


def test_ground_that_dries_and_is_wetted_again_holds_no_trace_of_the_first_flood():
    bed = np.full((31, 500), 5.0)
    bed[15] = np.linspace(3.0, 0.0, 500)
    bed[:, 480:] = 0.0  # a wide end, where drains win
    pulse = [(0, 20.0), (60, 20.0), (60, 0.0)]
    again = [*pulse, *((second + 5000, flow) for second, flow in [(0, 0.0), *pulse])]
    one, two = (
        simulate(
            bed,
            5.0,
            0.02,
            end_s,
            inflow=[Inflow(row=15, column=0, discharge_m3_s=course)],
            drain_mm_h=120.0,
            lasting_m=0.02,
        )
        for course, end_s in ((pulse, 5000.0), (again, 10000.0))
    )
    assert one.depth_m.max() == two.depth_m.max() == 0
    assert two.out_m3 == pytest.approx(2 * one.out_m3, rel=1e-9)
    assert two.max_depth_m == pytest.approx(one.max_depth_m, rel=0.1, abs=1e-3)
    assert two.lasting_s == pytest.approx(2 * one.lasting_s, rel=0.1, abs=10)
    assert two.mass_error <= 1e-12


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 70), st.integers(1, 300), st.integers(0, 99))
def test_a_grid_of_any_size_conserves_water(rows, columns, seed):
    random = np.random.default_rng(seed)
    bed = random.uniform(0, 2, (rows, columns))
    depth = np.where(random.random((rows, columns)) < 0.05, 2.0, 0.0)
    run = simulate(bed, 10.0, 0.04, 60.0, initial_depth=depth)
    assert run.mass_error <= 1e-12
    assert run.stored_m3 == pytest.approx(depth.sum() * 100, rel=1e-12)


def test_no_cell_beyond_the_grid_is_read_or_written():
    # As Python the loops look at each index; compiled, one beyond the grid would spoil memory.
    code = """
import numpy as np
from geo.flood import simulate
for rows, columns in ((34, 154),):
    random = np.random.default_rng(75)
    bed = random.uniform(0, 2, (rows, columns))
    depth = np.where(random.random((rows, columns)) < 0.05, 2.0, 0.0)
    for closed in (True, False):
        simulate(bed, 10.0, 0.04, 2.0, initial_depth=depth, closed_edges=closed)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_small_and_odd_inputs_are_taken():
    for shape in ((0, 3), (3, 0)):
        assert simulate(np.zeros(shape), 1.0, 0.03, 60.0, rain_mm_h=10.0).depth_m.shape == shape
    nothing = simulate(np.full((2, 2), NAN), 1.0, 0.03, 60.0, rain_mm_h=10.0)
    assert np.isnan(nothing.depth_m).all()
    assert nothing.mass_error == 0
    one = simulate([[3]], 10, 0.03, 3600, rain_mm_h=[[10]], initial_depth=[[1]])
    assert one.depth_m.tolist() == [[pytest.approx(1.01)]]
    still = simulate(np.zeros((2, 2)), 1.0, 0.03, 0.0, initial_depth=np.ones((2, 2)))
    assert still.depth_m.tolist() == still.max_depth_m.tolist() == [[1, 1], [1, 1]]
    assert still.arrival_s.max() == 0
    wide = np.zeros((8, 8))[::2, ::2]  # not contiguous
    wide_rain = np.arange(16, dtype=np.int32).reshape(4, 4)
    ponded = simulate(wide, 10.0, 0.03, 60.0, rain_mm_h=wide_rain)
    assert ponded.in_m3 == pytest.approx(wide_rain.sum() / 3.6e6 * 60 * 100)
    assert wide.max() == 0


def test_a_run_tells_how_far_it_is_and_can_be_left():
    told = []
    bed = np.zeros((4, 4))
    simulate(bed, 1.0, 0.03, 1000.0, rain_mm_h=10.0, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def leave(share):
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        simulate(bed, 1.0, 0.03, 1000.0, rain_mm_h=10.0, progress=leave)


GOOD = {"elevation": np.zeros((2, 3)), "cell_size_m": 1.0, "manning": 0.03, "duration_s": 1.0}


@pytest.mark.parametrize(
    ("wrong", "kind", "sentence"),
    [
        ({"cell_size_m": 0}, ParameterError, "cell size is 0; it has to be a number above 0"),
        ({"duration_s": NAN}, ParameterError, "duration is nan"),
        ({"courant": 0.9}, ParameterError, "Courant number is 0.9; .* at most 0.7"),
        ({"theta": 0}, ParameterError, "theta is 0"),
        ({"drain_mm_h": -1}, ParameterError, "drainage is -1"),
        ({"elevation": np.zeros(3)}, GridError, "1 dimensions"),
        ({"elevation": np.array([[np.inf]])}, GridError, "1 infinite"),
        ({"manning": -0.1}, GridError, "Manning's n is negative or missing on 6 cells"),
        ({"manning": np.zeros(3)}, GridError, r"Manning's n has shape \(3,\)"),
        ({"rain_mm_h": NAN}, GridError, "rain is negative or missing on 6 cells"),
        ({"initial_depth": -np.ones((2, 3))}, GridError, "initial depth is negative"),
        ({"rain_course": [(0, -1)]}, ParameterError, "rain's course is negative"),
        ({"rain_course": []}, ParameterError, "neither a number nor pairs"),
        ({"inflow": [Inflow(row=2, column=0, discharge_m3_s=1.0)]}, GridError, "at row 2"),
        ({"inflow": [Inflow(row=0, column=0, discharge_m3_s=-1.0)]}, ParameterError, "negative"),
        ({"inflow": [Inflow(row=0, column=0, discharge_m3_s=NAN)]}, ParameterError, "no numbers"),
        ({"stage": [Stage(cells=np.zeros((2, 3), bool), level_m=1.0)]}, GridError, "on no cell"),
        ({"stage": [Stage(cells=np.ones((3, 2), bool), level_m=1.0)]}, GridError, "level 1 have"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_both_languages(wrong, kind, sentence):
    with pytest.raises(kind, match=sentence) as refused:
        simulate(**{**GOOD, **wrong})
    assert any("\u4e00" <= sign <= "\u9fff" for sign in refused.value.sentence_zh)
