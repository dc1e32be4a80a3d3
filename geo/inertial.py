"""Simulate in time how water spreads over a terrain, by the local inertial scheme."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError
from geo.inertial_clock import begin_step, end_step, run_steps
from geo.inertial_inputs import (
    Course,
    Inflow,
    Stage,
    on_land,
    ringed_terrain,
    sources,
    within,
)
from geo.inertial_start import Run, empty_record, ready
from geo.inertial_state import TILE_COLUMNS, Rows, Scene, Step, Water, work_rows
from geo.inertial_tile import advance
from geo.terrain import metres

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

# Steps between two looks at progress and change.
_BATCH = 256
# Fewer wet cells than this are done sooner by one thread than shared among several.
_WORTH_SHARING = 100_000
# Pieces of the work for each thread: who is done early takes another.
_PIECES = 3
_LONGEST_COURANT = 0.7


@dataclass(frozen=True, kw_only=True)
class FloodRun:
    """
    What a simulated flood did; arrays have the shape of the elevation, NaN where it has none.

    Attributes
    ----------
    depth_m
        Depth at the end, metres; 0 = dry.
    discharge_x_m2_s, discharge_y_m2_s
        Discharge per metre of width at the end, the mean of a cell's two faces: positive towards
        higher columns (east) and higher rows (south).
    max_depth_m
        Greatest depth of all steps, metres.
    max_speed_m_s
        Greatest speed of all steps, through the faster face of a cell in either direction.
    arrival_s
        Second at which the depth first exceeded the arrival depth; inf = never.
    mass_error
        abs(stored - in + out) / greatest volume stored; 0 where there never was water.
    end_s
        Second at which the run ended: the duration, or when the water stood still.
    steps
        Steps done.
    wet_cell_steps
        Cells with water, summed over the steps.
    stored_m3, in_m3, out_m3
        Volume at the end; volume at the beginning and what came from rain, inflows and levels;
        what left over open edges, into drains and through levels.
    lasting_s
        Seconds during which the depth exceeded the lasting depth; None = not asked for.
    max_hazard_m2_s
        Greatest depth x (speed + 0.5) of all steps; None = not asked for. See `people_hazard`.
    """

    depth_m: F
    discharge_x_m2_s: F
    discharge_y_m2_s: F
    max_depth_m: F
    max_speed_m_s: F
    arrival_s: F
    mass_error: float
    end_s: float
    steps: int
    wet_cell_steps: int
    stored_m3: float
    in_m3: float
    out_m3: float
    lasting_s: F | None = None
    max_hazard_m2_s: F | None = None


def simulate(
    elevation: F,
    cell_size_m: float,
    manning: F | float,
    duration_s: float,
    *,
    rain_mm_h: F | float | None = None,
    inflow: Sequence[Inflow] = (),
    stage: Sequence[Stage] = (),
    initial_depth: F | None = None,
    closed_edges: bool = True,
    rain_course: Course | None = None,
    drain_mm_h: float = 0.0,
    theta: float = 0.8,
    courant: float = 0.5,
    arrival_m: float = 0.01,
    lasting_m: float | None = None,
    hazard: bool = False,
    steady_m_s: float | None = None,
    progress: Callable[[float], object] | None = None,
    threads: int = 2,
) -> FloodRun:
    r"""
    Let water run over a terrain for a time.

    Depth lives in the cells, discharge on the faces between them; a step is

    q' = (q - g h dt dH/dx) / (1 + g dt n^2 \|q\| / h^(7/3)),  h' = h + dt (inflow - outflow) / dx

    with the depth of flow h = highest water less higher bed of the two cells, friction
    half implicit (Bates, Horritt and Fewtrell 2010, doi:10.1016/j.jhydrol.2010.03.027), and q
    mixed with its neighbours' by theta (de Almeida and others 2012, doi:10.1029/2011WR011570).
    Advection of momentum is left out: right for slow water over plains, not for dam breaks,
    hydraulic jumps or frictionless waves, where it overshoots. Of the analytic cases of SWASHES
    (Delestre and others 2013, doi:10.1002/fld.3741) the rough channel of MacDonald is met within
    0.02 m of 0.9 m, with rain on it within 0.04 m; 2 m of water over a bump without friction are
    0.5 m off, a dam break onto wet or dry ground a tenth of its height (root mean squares).

    A cell never gives more than it holds: its outflows are cut in proportion, so no depth is
    negative and no water is made.
    Only tiles with water or rain are computed. The result is the same for any number of threads,
    and mirrored, turned or lifted terrain gives the mirrored, turned or lifted flood.

    Courses are constants or pairs of second and value, straight between the points, constant
    before the first and after the last; two points at one second make a jump. Rain and inflows
    are integrated exactly.

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``; NaN is a wall. Burn dikes in by ``np.fmax``.
    cell_size_m
        Side of the square cells, metres.
    manning
        Manning's n, s m^(-1/3), >= 0, one number or one for each cell.
    duration_s
        Seconds to simulate.
    rain_mm_h
        Rain less losses, millimetres per hour, >= 0, one number or one for each cell.
    inflow
        Water that enters at cells.
    stage
        Cells with a prescribed level; what this adds or takes away is in the accounts.
    initial_depth
        Depth at the beginning, metres; none = dry.
    closed_edges
        True: the edge is a wall. False: water drops over the edge onto dry ground as high as that
        of the edge cell and is gone, except where its surface falls towards the next cell inside;
        a single row or column has an edge at its ends alone.
    rain_course
        Factor of the rain in time; a course of mm/h where ``rain_mm_h`` is 1.
    drain_mm_h
        Depth that drains take from every wet cell, millimetres per hour.
    theta
        Above 0, at most 1; 0.9 calms waves where friction is weak, and slows fronts.
    courant
        Above 0, at most 0.7: step in the time that a wave takes across a cell.
    arrival_m, lasting_m
        Depths that count as arrival, and whose duration is kept (none = not kept), metres.
    hazard
        Whether the greatest people's hazard is kept.
    steady_m_s
        Stop as soon as no depth changes faster than this, metres per second, over 256 steps.
    progress
        Told the share that is done, 0 to 1, now and then.
    threads
        At most so many threads, where the flood is large.

    Returns
    -------
    FloodRun
        Depth, discharge, greatest depth and speed, arrival, accounts.

    Raises
    ------
    GridError
        If shapes differ, a number on land is negative or missing, or a source lies on no cell.
    ParameterError
        If a number lies outside its range, or a course holds no numbers.

    Examples
    --------
    One cubic metre per second for 100 s into a basin of 100 m2:

    >>> import numpy as np
    >>> spring = Inflow(row=1, column=1, discharge_m3_s=1.0)
    >>> flood = simulate(np.zeros((5, 5)), 2.0, 0.03, 100.0, inflow=[spring])
    >>> print(round(flood.stored_m3, 9), round(float(flood.depth_m.mean()), 9))
    100.0 1.0
    """
    _check_times(cell_size_m, duration_s, theta, courant)
    _check_depths(drain_mm_h, arrival_m, lasting_m)
    heights = metres(elevation).copy()
    land = ~np.isnan(heights)
    # Small numbers keep more digits of the slope than heights above a distant sea.
    datum_m = float(np.floor(heights[land].min())) if land.any() else 0.0
    rain = np.zeros((0, 0))
    if rain_mm_h is not None:
        rain = on_land(rain_mm_h, land, "The rain", "降雨")
    friction = on_land(manning, land, "Manning's n", "曼宁糙率")
    depth = on_land(
        0.0 if initial_depth is None else initial_depth, land, "The initial depth", "初始水深"
    )
    terrain = ringed_terrain(
        heights - datum_m, cell_size_m, (friction, rain), theta, closed_edges=closed_edges
    )
    given = sources(
        terrain,
        land,
        datum_m,
        drain_mm_h=float(drain_mm_h),
        rain_course=rain_course,
        inflow=inflow,
        stage=stage,
    )
    record = empty_record(terrain.bed.shape, arrival_m, lasting_m, hazard=hazard)
    run = ready(land, terrain, (given, record), depth, (float(duration_s), float(courant)))
    _go(run, steady_m_s, progress, max(1, int(threads)))
    return _result(run)


def _check_times(cell_size_m: float, duration_s: float, theta: float, courant: float) -> None:
    most = _LONGEST_COURANT
    _check("cell size", "格点边长", cell_size_m, fits=cell_size_m > 0, need="above 0|大于 0")
    _check("duration", "模拟时长", duration_s, fits=duration_s >= 0, need="at least 0|不小于 0")
    _check("theta", "theta", theta, fits=0 < theta <= 1, need="above 0, at most 1|大于 0、不超过 1")
    _check(
        "Courant number",
        "库朗数",
        courant,
        fits=0 < courant <= most,
        need=f"above 0, at most {most}|大于 0、不超过 {most}",
    )


def _check_depths(drain_mm_h: float, arrival_m: float, lasting_m: float | None) -> None:
    need = "at least 0|不小于 0"
    _check("drainage", "排水强度", drain_mm_h, fits=drain_mm_h >= 0, need=need)
    _check("arrival depth", "到达水深", arrival_m, fits=arrival_m >= 0, need=need)
    if lasting_m is not None:
        _check("lasting depth", "历时水深", lasting_m, fits=lasting_m >= 0, need=need)


def _check(name: str, name_zh: str, value: float, *, fits: bool, need: str) -> None:
    if not (np.isfinite(value) and fits):
        english, chinese = need.split("|")
        raise ParameterError(
            f"The {name} is {value}; it has to be a number {english}.",
            f"{name_zh}为 {value}；应为{chinese}的数。",
        )


# Run to the end, or until the water stands still; then look once more, for the last state.
def _go(
    run: Run,
    steady_m_s: float | None,
    progress: Callable[[float], object] | None,
    threads: int,
) -> None:
    clock, rows = run.clock, [work_rows() for _ in range(threads * _PIECES)]
    with ThreadPoolExecutor(threads) as pool:
        while clock.second[0] < clock.end:
            began = float(clock.second[0])
            before = _now(run).depth.copy() if steady_m_s is not None else None
            if threads > 1 and int(run.tally.wet.sum()) > _WORTH_SHARING:
                for _ in range(_BATCH):
                    _shared_step(run, rows, pool)
            else:
                run_steps(
                    run.terrain,
                    run.waters,
                    run.record,
                    run.tally,
                    run.sources,
                    clock,
                    rows[0],
                    _BATCH,
                )
            if progress is not None:
                progress(float(clock.second[0]) / clock.end)
            if before is not None and steady_m_s is not None:
                change = float(np.abs(_now(run).depth - before).max(initial=0.0))
                if change < steady_m_s * (float(clock.second[0]) - began):
                    break
    _look(run, rows[0])


def _now(run: Run) -> Water:
    return run.waters[int(run.clock.steps[0]) % 2]


def _shared_step(run: Run, rows: list[Rows], pool: ThreadPoolExecutor) -> None:
    clock = run.clock
    if clock.second[0] >= clock.end:
        return
    old, new = _now(run), run.waters[(int(clock.steps[0]) + 1) % 2]
    step = begin_step(run.terrain, new, run.tally, run.sources, clock)
    pieces = np.array_split(clock.chosen[1 : clock.chosen[0] + 1], len(rows))

    def work(piece: I, own: Rows) -> None:
        advance(Scene(run.terrain, old, new, run.record, run.tally, step, own), piece)

    for _ in pool.map(work, pieces, rows):
        pass
    end_step(run.terrain, new, run.tally, run.sources, clock, step)


# A step of no length changes nothing, and keeps the last depth, speed and hazard.
def _look(run: Run, rows: Rows) -> None:
    old, new = _now(run), run.waters[(int(run.clock.steps[0]) + 1) % 2]
    step = Step(float(run.clock.second[0]), 0.0, 0.0, 0.0)
    tiles = np.arange(run.tally.wet.size)
    run.tally.begin[:] = 0
    columns = run.land.shape[1] - tiles % old.wet.shape[1] * TILE_COLUMNS
    run.tally.end[:] = np.minimum(columns, TILE_COLUMNS)
    advance(Scene(run.terrain, old, new, run.record, run.tally, step, rows), tiles)


def _result(run: Run) -> FloodRun:
    def cells(values: F) -> F:
        return np.where(run.land, within(values), np.nan)

    water, record, clock = _now(run), run.record, run.clock
    stored = float(within(water.depth).sum()) * run.terrain.size_m**2
    given, taken, most = float(clock.given.sum()), float(clock.taken.sum()), float(clock.most[0])
    x, y = np.zeros_like(water.x), np.zeros_like(water.y)
    x[:, :-1] = 0.5 * (water.x[:, :-1] + water.x[:, 1:])
    y[:-1] = 0.5 * (water.y[:-1] + water.y[1:])
    return FloodRun(
        depth_m=cells(water.depth),
        discharge_x_m2_s=cells(x),
        discharge_y_m2_s=cells(y),
        max_depth_m=cells(record.depth),
        max_speed_m_s=cells(np.sqrt(record.speed)),
        arrival_s=cells(record.arrival),
        mass_error=abs(stored - given + taken) / most if most > 0 else 0.0,
        end_s=float(clock.second[0]),
        steps=int(clock.steps[0]),
        wet_cell_steps=int(clock.cell_steps[0]),
        stored_m3=stored,
        in_m3=given,
        out_m3=taken,
        lasting_s=cells(record.lasting) if record.lasting.size else None,
        max_hazard_m2_s=cells(record.hazard) if record.hazard.size else None,
    )
