"""Bench of the flood simulation: wet cell-steps a second, dry ground, and the books."""

import time
from statistics import median

import numpy as np

from geo.flood import Stage, onset_level, simulate
from tests.bench.figures import tell

# Rows and columns of the plain; at 10 m a window of 8 km x 8 km.
SIZE = 768
SECONDS = 900.0
ROUNDS = 3


def _plain():
    """A flat coast with banks, hollows and a river: half a metre of relief."""
    random = np.random.default_rng(11)
    x, y = np.meshgrid(np.linspace(0, 1, SIZE), np.linspace(0, 1, SIZE))
    ground = 1.0 + 0.3 * np.sin(40 * x) * np.cos(33 * y) + random.uniform(0, 0.1, x.shape)
    ground[:, SIZE // 2 - 8 : SIZE // 2 + 8] -= 1.5
    return ground


def _timed(ground, depth, threads, **options):
    # From the first of several looks at the run to its last: laying out a run is no cell-step.
    looks = []
    run = simulate(
        ground,
        10.0,
        0.03,
        SECONDS,
        initial_depth=depth,
        threads=threads,
        progress=lambda share: looks.append((share, time.perf_counter())),
        **options,
    )
    (early, began), (late, ended) = looks[0], looks[-1]
    return run.wet_cell_steps * (late - early) / (ended - began) / 1e6, run


def _tell_wet():
    ground = _plain()
    depth = np.maximum(2.0 - ground, 0.0)
    speeds = {1: [], 2: []}
    for _ in range(ROUNDS):
        for threads, found in speeds.items():
            speed, run = _timed(ground, depth, threads, rain_mm_h=60.0)
            found.append(speed)
    tell("zoning", "flood, all wet under rain, two threads", median(speeds[2]), "M cell-steps/s")
    tell("zoning", "flood, all wet under rain, one thread", median(speeds[1]), "M cell-steps/s")
    tell("zoning", "flood, mass error", run.mass_error, "share")


def _tell_mostly_dry():
    ground = _plain()
    ground[:, SIZE // 2 + 8 :] += 5.0
    ground[:, : SIZE // 2 - 8] += 5.0
    river = np.zeros(ground.shape, dtype=bool)
    river[:2, SIZE // 2 - 8 : SIZE // 2 + 8] = True
    depth = np.where(ground < 2, np.maximum(1.0 - ground, 0.0), 0.0)
    found = []
    for _ in range(ROUNDS):
        stage = [Stage(cells=river, level_m=1.2)]
        speed, run = _timed(ground, depth, 2, stage=stage)
        found.append(speed)
    wet = run.wet_cell_steps / run.steps / ground.size
    tell("zoning", f"flood, {wet:.1%} of the cells wet", median(found), "M wet cell-steps/s")


def _tell_onset():
    ground = np.tile(_plain(), (5, 5))
    sea = np.zeros(ground.shape, dtype=bool)
    sea[:, 0] = True
    found = []
    for _ in range(3):
        began = time.perf_counter()
        onset_level(ground, sea)
        found.append(time.perf_counter() - began)
    tell("zoning", f"onset level, {ground.shape[0]} x {ground.shape[1]}", median(found), "s")


def run():
    """Warm up, then measure."""
    flat = np.zeros((64, 300))
    for threads in (1, 2):
        simulate(flat, 10.0, 0.03, 5.0, initial_depth=flat + 1, rain_mm_h=1.0, threads=threads)
    onset_level(flat, flat == 0)
    _tell_wet()
    _tell_mostly_dry()
    _tell_onset()
