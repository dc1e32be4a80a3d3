"""Horn's slope, row by row."""

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled

F = NDArray[np.float64]


@compiled
def slope_of_rows(elevation: F, eight_widths_m: float, eight_heights_m: float) -> F:
    """
    Compute the slope of each cell whose 3 x 3 cells are known.

    Parameters
    ----------
    elevation
        Metres, NaN = no data.
    eight_widths_m, eight_heights_m
        Eight cell sides, metres.

    Returns
    -------
    ndarray
        Degrees; NaN on the edge and where one of the nine cells is NaN.
    """
    rows, columns = elevation.shape
    found = np.full((rows, columns), np.nan)
    for row in range(1, rows - 1):
        north, here, south = elevation[row - 1], elevation[row], elevation[row + 1]
        for column in range(1, columns - 1):
            west = north[column - 1] + 2 * here[column - 1] + south[column - 1]
            east = north[column + 1] + 2 * here[column + 1] + south[column + 1]
            top = north[column - 1] + 2 * north[column] + north[column + 1]
            bottom = south[column - 1] + 2 * south[column] + south[column + 1]
            x = (east - west) / eight_widths_m
            y = (bottom - top) / eight_heights_m
            # The cell itself has no weight, but without it there is no slope.
            gap = here[column] - here[column]
            found[row, column] = np.sqrt(x * x + y * y) + gap
        for column in range(1, columns - 1):
            found[row, column] = np.degrees(np.arctan(found[row, column]))
    return found


@compiled
def slope_with_gaps(around: F, eight_widths_m: float, eight_heights_m: float) -> F:
    """
    Compute the slope of each known cell; an unknown neighbour is as high as the cell.

    Parameters
    ----------
    around
        Metres, NaN = no data, with a ring of NaN around the grid.
    eight_widths_m, eight_heights_m
        Eight cell sides, metres.

    Returns
    -------
    ndarray
        Degrees, without the ring; NaN where the cell is NaN.
    """
    rows, columns = around.shape
    found = np.full((rows - 2, columns - 2), np.nan)
    for row in range(1, rows - 1):
        for column in range(1, columns - 1):
            centre = around[row, column]
            if np.isnan(centre):
                continue
            x = y = 0.0
            for down in range(-1, 2):
                for right in range(-1, 2):
                    rise = around[row + down, column + right] - centre
                    if not np.isnan(rise):
                        x += right * (2 - abs(down)) * rise
                        y += down * (2 - abs(right)) * rise
            steep = np.sqrt((x / eight_widths_m) ** 2 + (y / eight_heights_m) ** 2)
            found[row - 1, column - 1] = np.degrees(np.arctan(steep))
    return found
