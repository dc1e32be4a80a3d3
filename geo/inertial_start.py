"""Lay out a flood simulation at its first second: water, tiles, accounts, empty record."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.inertial_clock import Clock, set_levels
from geo.inertial_courses import Sources
from geo.inertial_inputs import ringed
from geo.inertial_state import RING, TILE_COLUMNS, TILE_ROWS, Record, Tally, Terrain, Water

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    A simulation under way.

    Attributes
    ----------
    land
        True where there is an elevation.
    terrain, sources
        What is given.
    waters
        Both copies of the state.
    record, tally, clock
        What is kept, said and booked.
    """

    land: B
    terrain: Terrain
    waters: tuple[Water, Water]
    record: Record
    tally: Tally
    sources: Sources
    clock: Clock


def empty_record(
    shape: tuple[int, ...], arrival_m: float, lasting_m: float | None, *, hazard: bool
) -> Record:
    """
    Make a record in which nothing has happened.

    Parameters
    ----------
    shape
        Of the arrays with their ring.
    arrival_m, lasting_m, hazard
        As `simulate` takes them.

    Returns
    -------
    Record
        The record.
    """
    nothing = (0, 0)
    return Record(
        depth=np.zeros(shape),
        speed=np.zeros(shape),
        arrival=np.full(shape, np.inf),
        lasting=np.zeros(nothing if lasting_m is None else shape),
        hazard=np.zeros(shape if hazard else nothing),
        arrival_m=float(arrival_m),
        lasting_m=float(lasting_m or 0.0),
    )


def ready(
    land: B,
    terrain: Terrain,
    given: tuple[Sources, Record],
    depth: F,
    limits: tuple[float, float],
) -> Run:
    """
    Lay out a simulation at second 0, its levels set.

    Parameters
    ----------
    land
        True where there is an elevation.
    terrain
        The terrain.
    given
        Where water comes from, and what is kept.
    depth
        Depth at the beginning, metres.
    limits
        Second at which to stop, and share of the longest stable step.

    Returns
    -------
    Run
        The simulation.
    """
    comes_from, record = given
    across = -(-land.shape[1] // TILE_COLUMNS)
    tiles = -(-land.shape[0] // TILE_ROWS) * across
    first, second = (_water(ringed(depth * share), across, tiles) for share in (1.0, 0.0))
    tally = _tally(_wet_cells(first.wet, tiles, across))
    volume_m3 = float(depth.sum()) * terrain.size_m**2
    clock = Clock(
        second=np.zeros(1),
        seconds=np.zeros(1),
        deepest=np.array([depth.max(initial=0.0)]),
        given=np.array([volume_m3, 0.0]),
        taken=np.zeros(2),
        most=np.zeros(1),
        steps=np.zeros(1, dtype=np.int64),
        cell_steps=np.zeros(1, dtype=np.int64),
        resting=np.zeros(tiles, dtype=np.int64),
        chosen=np.zeros(tiles + 1, dtype=np.int64),
        end=limits[0],
        courant=limits[1],
    )
    set_levels(terrain, first, tally, comes_from, clock, 0.0)
    clock.most[0] = clock.given.sum() - clock.taken.sum()
    return Run(
        land=land,
        terrain=terrain,
        waters=(first, second),
        record=record,
        tally=tally,
        sources=comes_from,
        clock=clock,
    )


def _water(depth: F, across: int, tiles: int) -> Water:
    wet = np.zeros((depth.shape[0], across), dtype=np.bool_)
    for strip in range(across):
        left = RING + strip * TILE_COLUMNS
        wet[:, strip] = (depth[:, left : left + TILE_COLUMNS] > 0).any(axis=1)
    holds = _wet_cells(wet, tiles, across) > 0
    begin = np.where(holds, 0, TILE_COLUMNS)
    end = np.where(holds, _widths(depth.shape[1], across, tiles), 0)
    return Water(depth, np.zeros_like(depth), np.zeros_like(depth), wet, wet.copy(), begin, end)


def _widths(columns: int, across: int, tiles: int) -> I:
    left = columns - 2 * RING - 1 - np.arange(tiles) % max(across, 1) * TILE_COLUMNS
    return np.minimum(left, TILE_COLUMNS)


# All columns of a tile count as wet at first; the first step finds out.
def _tally(wet: I) -> Tally:
    tiles = wet.size
    return Tally(
        wet=wet,
        deepest=np.zeros(tiles, dtype=np.int64),
        left=np.zeros(tiles),
        drained=np.zeros(tiles),
        first=np.zeros(tiles, dtype=np.int64),
        last=np.full(tiles, TILE_COLUMNS - 1),
        begin=np.zeros(tiles, dtype=np.int64),
        end=np.zeros(tiles, dtype=np.int64),
    )


# One for each row of a tile that holds water: enough to know that the tile is not dry.
def _wet_cells(wet: B, tiles: int, across: int) -> I:
    count = np.zeros(tiles, dtype=np.int64)
    rows, strips = np.nonzero(wet)
    np.add.at(count, (rows - RING) // TILE_ROWS * across + strips, 1)
    return count
