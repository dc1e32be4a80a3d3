"""Add up the cells of zones, block of rows by block of rows, each cell by its share inside."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.coverage import Coverage

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
I32 = NDArray[np.int32]


class Block(NamedTuple):
    """
    Some rows of a grid.

    Attributes
    ----------
    top, left
        Row and column of the block's first cell in the grid.
    values
        Its cells, float32 or float64, row by row in memory.
    nodata
        Value that marks a cell without data beside NaN; NaN for none.
    """

    top: int
    left: int
    values: F
    nodata: float


class Sums(NamedTuple):
    """
    What the cells of each zone add up to; cells without data count for nothing.

    Attributes
    ----------
    cells
        Sum of shares.
    total
        Sum of share times value.
    low, high
        Least and greatest value; inf and -inf without cells.
    mean, spread
        Mean, and sum of share times squared distance from it; where they were asked for.
    """

    cells: F
    total: F
    low: F
    high: F
    mean: F
    spread: F


class _Table(NamedTuple):
    """The arrays of a coverage, as compiled loops take them."""

    first_row: I
    row_offset: I
    row_start: I
    column: I32
    cells: I32
    share: F


def add_up(coverage: Coverage, blocks: Iterable[Block], *, spread: bool = False) -> Sums:
    """
    Add up the cells of each zone.

    A row of a zone is added by itself, then to the rows above it: the result does not depend on
    where one block ends and the next begins.

    Parameters
    ----------
    coverage
        The zones' shares of the cells.
    blocks
        Rows of the grid from north to south, without overlap; rows left out have no data.
    spread
        Whether mean and spread are needed too, which takes longer.

    Returns
    -------
    Sums
        One value per zone.
    """
    n = coverage.first_row.size
    sums = Sums(*(np.full(n, start) for start in (0.0, 0.0, np.inf, -np.inf, 0.0, 0.0)))
    table = _Table(
        coverage.first_row,
        coverage.row_offset,
        coverage.row_start,
        coverage.column,
        coverage.cells,
        coverage.share,
    )
    for block in blocks:
        if spread:
            _add_spread(table, sums, block)
        _add(table, sums, block)
    return sums


@compiled
def _add(table: _Table, sums: Sums, block: Block) -> None:
    top, left, values, nodata = block
    bottom = top + values.shape[0]
    for zone in range(table.first_row.size):
        first, offset = table.first_row[zone], table.row_offset[zone]
        end = first + table.row_offset[zone + 1] - offset
        low, high = sums.low[zone], sums.high[zone]
        for row in range(max(first, top), min(end, bottom)):
            line = values[row - top]
            place = offset + row - first
            count = total = 0.0
            for run in range(table.row_start[place], table.row_start[place + 1]):
                begin = table.column[run] - left
                known, part = 0, 0.0
                for column in range(begin, begin + table.cells[run]):
                    value = np.float64(line[column])
                    if value == value and value != nodata:  # noqa: PLR0124 - NaN is not itself
                        known += 1
                        part += value
                        low = min(low, value)
                        high = max(high, value)
                count += table.share[run] * known
                total += table.share[run] * part
            sums.cells[zone] += count
            sums.total[zone] += total
        sums.low[zone], sums.high[zone] = low, high


@compiled
def _add_spread(table: _Table, sums: Sums, block: Block) -> None:
    """Mean and spread run by run, put together after Chan, Golub and LeVeque (1983)."""
    top, left, values, nodata = block
    bottom = top + values.shape[0]
    for zone in range(table.first_row.size):
        first, offset = table.first_row[zone], table.row_offset[zone]
        end = first + table.row_offset[zone + 1] - offset
        begin_row, end_row = max(first, top), min(end, bottom)
        # The shares before this block; `_add` counts those of the block afterwards.
        weight, mean, spread = sums.cells[zone], sums.mean[zone], sums.spread[zone]
        for row in range(begin_row, end_row):
            place = offset + row - first
            for run in range(table.row_start[place], table.row_start[place + 1]):
                begin = table.column[run] - left
                line = values[row - top, begin : begin + table.cells[run]]
                known, own_mean, own_spread = _run_spread(line, nodata)
                if known == 0:
                    continue
                added = table.share[run] * known
                apart = own_mean - mean
                weight += added
                mean += apart * added / weight
                spread += table.share[run] * own_spread
                spread += apart * apart * added * (weight - added) / weight
        sums.mean[zone], sums.spread[zone] = mean, spread


@compiled
def _run_spread(line: F, nodata: float) -> tuple[int, float, float]:
    known, total = 0, 0.0
    for value in line:
        if value == value and value != nodata:  # noqa: PLR0124 - NaN is not itself
            known += 1
            total += value
    if known == 0:
        return 0, 0.0, 0.0
    mean, spread = total / known, 0.0
    for value in line:
        if value == value and value != nodata:  # noqa: PLR0124 - NaN is not itself
            spread += (value - mean) ** 2
    return known, mean, spread
