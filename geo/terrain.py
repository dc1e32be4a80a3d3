"""Fill the pits of an elevation model so that every cell drains to the edge."""

import heapq

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.errors import GridError

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


def fill_depressions(elevation: F) -> F:
    """
    Lowest surface over the terrain from which every cell drains, without pits.

    Priority flood (Barnes, Lehman and Mulla 2014, doi:10.1016/j.cageo.2013.04.024) over 8
    neighbours: the water enters from the outlets, lowest first, and each cell is raised to the
    highest cell on its lowest way out. Outlets are the cells on the edge of the grid and beside
    no-data. Nothing is added to make flats slope.

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``, NaN = no data.

    Returns
    -------
    ndarray
        Metres, same shape, NaN where ``elevation`` is; equal to ``elevation`` outside pits.

    Raises
    ------
    GridError
        If the array is not two-dimensional or holds infinities.

    Examples
    --------
    >>> import numpy as np
    >>> bowl = np.array([[5.0, 5, 5, 5], [5, 1, 2, 3], [5, 5, 5, 5]])
    >>> fill_depressions(bowl)[1]
    array([5., 3., 3., 3.])
    """
    surface = padded(elevation)
    outlets = _outlets(surface, neighbour_steps(surface.shape[1]))
    _flood_inwards(surface.ravel(), outlets, neighbour_steps(surface.shape[1]))
    return surface[1:-1, 1:-1].copy()


def padded(elevation: F) -> F:
    """
    Copy a terrain with a ring of no-data around it, so that the edge is no-data too.

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``, NaN = no data.

    Returns
    -------
    ndarray
        Metres, shape ``(rows + 2, columns + 2)``.

    Raises
    ------
    GridError
        If the array is not two-dimensional or holds infinities.
    """
    values = np.asarray(elevation, dtype=np.float64)
    if values.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise GridError(
            f"The elevation has {values.ndim} dimensions; rows and columns are needed.",
            f"高程数组有 {values.ndim} 维；需要行、列两维。",
        )
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise GridError(
            f"The elevation holds {infinite} infinite cells; mark them as no-data (NaN).",
            f"高程中有 {infinite} 个无穷大的格点；请标为无数据（NaN）。",
        )
    return np.pad(values, 1, constant_values=np.nan)


def neighbour_steps(columns: int) -> I:
    """
    Give the steps from a cell to its 8 neighbours in a flattened grid, counter-clockwise.

    Parameters
    ----------
    columns
        Columns of the (padded) grid.

    Returns
    -------
    ndarray
        Eight offsets, east first; the odd ones (1, 3, 5, 7) are diagonal.
    """
    return np.array(
        [1, 1 - columns, -columns, -1 - columns, -1, columns - 1, columns, columns + 1],
        dtype=np.int64,
    )


def _outlets(surface: F, steps: I) -> I:
    flat = surface.ravel()
    land = np.flatnonzero(~np.isnan(flat))
    beside_nothing = np.zeros(land.size, dtype=np.bool_)
    for step in steps:
        beside_nothing |= np.isnan(flat[land + step])
    return land[beside_nothing]


@compiled
def _flood_inwards(surface: F, outlets: I, steps: I) -> None:
    reached = np.isnan(surface)
    rim = [(0.0, 0) for _ in range(0)]
    # Cells of a pit all lie at the level of the rim cell that reached them: first come, first out.
    pit = np.empty(surface.size, dtype=np.int64)
    head = tail = 0
    for cell in outlets:
        reached[cell] = True
        rim.append((surface[cell], cell))
    heapq.heapify(rim)
    while head < tail or len(rim) > 0:
        if head < tail:
            cell = pit[head]
            head += 1
        else:
            cell = heapq.heappop(rim)[1]
        level = surface[cell]
        for step in steps:
            near = cell + step
            if reached[near]:
                continue
            reached[near] = True
            if surface[near] <= level:
                surface[near] = level
                pit[tail] = near
                tail += 1
            else:
                heapq.heappush(rim, (surface[near], near))
