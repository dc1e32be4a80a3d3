"""Steps from a cell to the eight around it."""

import numpy as np
from numpy.typing import NDArray

I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


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
