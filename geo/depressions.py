"""Arrange the depressions of a terrain as a tree: what each holds and where it spills.

The method is the depression hierarchy of Barnes, Callaghan and Wickert (2020,
doi:10.5194/esurf-8-431-2020), built here in one sweep over the cells, lowest first.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.neighbours import neighbour_steps
from geo.terrain import padded

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

# Whatever leaves the grid is depression 0: it never fills.
OUTSIDE = 0
NOT_REACHED = -1
OVER_THE_EDGE = -2


class Tree(NamedTuple):
    """
    Depressions of a terrain; a number greater than its parts' is their merger, 0 is the outside.

    Attributes
    ----------
    elevation
        Metres, flattened, with a ring of NaN around the grid.
    sequence
        Cells from the lowest to the highest, each after the cell its water runs to.
    bottom
        Per cell: the lowest depression its own water runs to, 0 = over the edge, -1 = no data.
    owner
        Per cell: the smallest depression that drowns it when full, 0 = none.
    parent
        Per depression: what it becomes a part of when full; 0 = it is the largest, or the outside.
    sibling
        Per depression: the other part of its parent; 0 where it has none.
    spill_to
        Per depression: the lowest depression (or 0) its overflow runs to.
    spill_level
        Per depression: metres, elevation of its lowest saddle.
    base_level
        Per depression: metres, its bottom, or the saddle over which its two parts merged.
    base_cells
        Per depression: cells under water when it starts to fill by itself.
    room
        Per depression: metres times cells between ``base_level`` and ``spill_level``.
    """

    elevation: F
    sequence: I
    bottom: I
    owner: I
    parent: I
    sibling: I
    spill_to: I
    spill_level: F
    base_level: F
    base_cells: I
    room: F


class _Growth(NamedTuple):
    """Hold what the sweep knows of each depression while it still grows."""

    top: I
    cells: I
    level: F


def depression_tree(elevation: F) -> Tree:
    """
    Find the depressions of a terrain, their volumes, saddles and overflow paths.

    A cell's water runs to its steepest lower neighbour; on a flat, over the fewest cells to one
    that has a lower neighbour or lies on the edge. A cell on the edge (or beside no-data) without a
    lower neighbour sends its water out, and any water that rises to the level of such a cell
    leaves over it.

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``, NaN = no data.

    Returns
    -------
    Tree
        All depressions, numbered from 1; a flat without an exit is one depression.

    Raises
    ------
    GridError
        If the array is not two-dimensional or holds infinities.
    """
    grid = padded(elevation)
    steps = neighbour_steps(grid.shape[1])
    flat = grid.ravel()
    cells = np.flatnonzero(~np.isnan(flat))
    ascending = cells[np.argsort(flat[cells], kind="stable")]
    sequence, receiver = _run_downhill(flat, ascending, steps)
    pits = int((receiver[sequence] == sequence).sum())
    tree = _empty_tree(flat, sequence, 2 * pits + 1)
    size = tree.parent.size
    growth = _Growth(
        np.arange(size, dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size)
    )
    _sweep(tree, growth, receiver, steps)
    return tree


def _empty_tree(flat: F, sequence: I, size: int) -> Tree:
    whole = [np.zeros(size, dtype=np.int64) for _ in range(4)]
    real = [np.zeros(size) for _ in range(3)]
    return Tree(
        elevation=flat,
        sequence=sequence,
        bottom=np.full(flat.size, NOT_REACHED),
        owner=np.zeros(flat.size, dtype=np.int64),
        parent=whole[0],
        sibling=whole[1],
        spill_to=whole[2],
        spill_level=real[0],
        base_level=real[1],
        base_cells=whole[3],
        room=real[2],
    )


# Order the cells so that each follows its receiver; a receiver of itself is a bottom.
@compiled
def _run_downhill(flat: F, ascending: I, steps: I) -> tuple[I, I]:
    receiver = np.full(flat.size, NOT_REACHED)
    sequence = np.empty(ascending.size, dtype=np.int64)
    first = 0
    while first < ascending.size:
        last = first
        while last < ascending.size and flat[ascending[last]] == flat[ascending[first]]:
            last += 1
        tail = first
        for cell in ascending[first:last]:
            receiver[cell] = _way_down(flat, cell, steps)
            if receiver[cell] != NOT_REACHED:
                sequence[tail] = cell
                tail += 1
        head = first
        for cell in ascending[first:last]:
            head, tail = _cross_the_flat(flat, receiver, sequence, head, tail, steps)
            if receiver[cell] == NOT_REACHED:
                receiver[cell] = cell
                sequence[tail] = cell
                tail += 1
        first = last
    return sequence, receiver


# Steepest lower neighbour; else over the edge, where there is one; else not reached.
@compiled
def _way_down(flat: F, cell: int, steps: I) -> int:
    best = NOT_REACHED
    steepest = 0.0
    for k in range(8):
        near = cell + steps[k]
        if np.isnan(flat[near]):
            if best == NOT_REACHED:
                best = OVER_THE_EDGE
            continue
        drop = flat[cell] - flat[near]
        if k % 2 == 1:
            drop /= np.sqrt(2.0)
        if drop > steepest:
            steepest = drop
            best = near
    return best


# Lead equal neighbours to the cells already placed, nearest first.
@compiled
def _cross_the_flat(  # noqa: PLR0917 - compiled functions take no keyword-only options
    flat: F, receiver: I, sequence: I, head: int, tail: int, steps: I
) -> tuple[int, int]:
    while head < tail:
        cell = sequence[head]
        head += 1
        for step in steps:
            near = cell + step
            if flat[near] == flat[cell] and receiver[near] == NOT_REACHED:
                receiver[near] = cell
                sequence[tail] = near
                tail += 1
    return head, tail


@compiled
def _sweep(tree: Tree, growth: _Growth, receiver: I, steps: I) -> None:
    count = OUTSIDE
    for cell in tree.sequence:
        level = tree.elevation[cell]
        if receiver[cell] == cell:
            count += 1
            tree.base_level[count] = level
            growth.level[count] = level
            tree.bottom[cell] = count
            current = count
        elif receiver[cell] == OVER_THE_EDGE:
            tree.bottom[cell] = OUTSIDE
            current = OUTSIDE
        else:
            tree.bottom[cell] = tree.bottom[receiver[cell]]
            current = _top(growth.top, tree.owner[receiver[cell]])
        current, count = _meet_neighbours(tree, growth, steps, cell, current, count)
        tree.owner[cell] = current
        if current != OUTSIDE:
            _raise(tree, growth, current, level)
            growth.cells[current] += 1


# Merge whatever the water of different depressions meets on this cell; edge first.
@compiled
def _meet_neighbours(  # noqa: PLR0917 - compiled functions take no keyword-only options
    tree: Tree, growth: _Growth, steps: I, cell: int, current: int, count: int
) -> tuple[int, int]:
    on_edge = False
    for step in steps:
        on_edge = on_edge or np.isnan(tree.elevation[cell + step])
    if on_edge and current != OUTSIDE:
        _close(tree, growth, current, OUTSIDE, tree.elevation[cell])
        current = OUTSIDE
    other = _lowest_stranger(tree, growth, steps, cell, current)
    while other != NOT_REACHED:
        current, count = _merge(tree, growth, cell, current, other, count)
        other = _lowest_stranger(tree, growth, steps, cell, current)
    return current, count


# Steepest way from a cell into a depression other than its own; -1 where none touches it.
@compiled
def _lowest_stranger(tree: Tree, growth: _Growth, steps: I, cell: int, current: int) -> int:
    best = NOT_REACHED
    steepest = -1.0
    for k in range(8):
        near = cell + steps[k]
        if tree.bottom[near] == NOT_REACHED:
            continue
        if _top(growth.top, tree.owner[near]) == current:
            continue
        drop = tree.elevation[cell] - tree.elevation[near]
        if k % 2 == 1:
            drop /= np.sqrt(2.0)
        if drop > steepest:
            steepest = drop
            best = near
    return best


# Let two depressions that touch on a cell become one, or one of them drain outside.
@compiled
def _merge(  # noqa: PLR0917 - compiled functions take no keyword-only options
    tree: Tree, growth: _Growth, cell: int, current: int, near: int, count: int
) -> tuple[int, int]:
    level = tree.elevation[cell]
    other = _top(growth.top, tree.owner[near])
    if current == OUTSIDE:
        _close(tree, growth, other, tree.bottom[cell], level)
        return OUTSIDE, count
    if other == OUTSIDE:
        _close(tree, growth, current, tree.bottom[near], level)
        return OUTSIDE, count
    _close(tree, growth, current, tree.bottom[near], level)
    _close(tree, growth, other, tree.bottom[cell], level)
    count += 1
    tree.sibling[current] = other
    tree.sibling[other] = current
    for part in (current, other):
        tree.parent[part] = count
        growth.top[part] = count
    tree.base_level[count] = level
    tree.base_cells[count] = growth.cells[current] + growth.cells[other]
    growth.cells[count] = tree.base_cells[count]
    growth.level[count] = level
    return count, count


@compiled
def _close(tree: Tree, growth: _Growth, part: int, spill_to: int, level: float) -> None:
    _raise(tree, growth, part, level)
    tree.spill_level[part] = level
    tree.spill_to[part] = spill_to
    growth.top[part] = OUTSIDE


@compiled
def _raise(tree: Tree, growth: _Growth, part: int, level: float) -> None:
    tree.room[part] += growth.cells[part] * (level - growth.level[part])
    growth.level[part] = level


# Largest depression a part has merged into so far (with path halving).
@compiled
def _top(top: I, part: int) -> int:
    while top[part] != part:
        top[part] = top[top[part]]
        part = top[part]
    return part
