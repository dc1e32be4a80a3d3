"""Read a terrain: where water would stand, how steep it is, how much runs through each cell."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.drainage import above, accumulate, directions_of
from geo.errors import GridError, ParameterError
from geo.filling import fill_inwards
from geo.masked import floats
from geo.steepness import slope_of_rows, slope_with_gaps

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays


def fill_depressions(elevation: F) -> F:
    """
    Lowest surface over the terrain from which every cell drains, without pits.

    Priority flood (Barnes, Lehman and Mulla 2014, doi:10.1016/j.cageo.2013.04.024) over 8
    neighbours, with the shortcut up slopes of Zhou, Sun and Fu (2016,
    doi:10.1016/j.cageo.2016.02.021): the water enters from the outlets, lowest first, and each cell
    is raised to the highest cell on its lowest way out. Outlets are the cells on the edge of the
    grid and beside no-data. Nothing is added to make flats slope.

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
    surface = np.array(metres(elevation), order="C")
    if surface.size:
        fill_inwards(surface)
    return surface


def slope(
    elevation: F,
    cell_size_m: float | tuple[float, float],
    *,
    incomplete: Literal["nan", "centre"] = "nan",
) -> F:
    """
    Steepness of the terrain by Horn's operator.

    The rise per metre east and south is a weighted difference over the 3 x 3 cells around
    (Horn 1981, doi:10.1109/PROC.1981.11918; weights 1 2 1), as gdaldem and ArcGIS compute it.
    ``numpy.gradient`` is another operator. Cell sizes are metres: for a grid with a CRS take them
    from ``geo.crs.cell_size_m``, which refuses degrees.

    Parameters
    ----------
    elevation
        Metres, shape ``(rows, columns)``, NaN = no data.
    cell_size_m
        Side of the square cells, or their width and height, metres.
    incomplete
        What happens where one of the eight neighbours has no data or lies outside the grid:
        ``"nan"`` gives no slope (gdaldem's way), ``"centre"`` takes the cell's own elevation in its
        place (ArcGIS's way).

    Returns
    -------
    ndarray
        Degrees 0..90, shape of ``elevation``; NaN where it is NaN or ``incomplete`` says so.

    Raises
    ------
    GridError
        If the elevation is not two-dimensional or holds infinities.
    ParameterError
        If a cell size is not a positive number, or ``incomplete`` is neither word.

    Examples
    --------
    >>> import numpy as np
    >>> step = np.array([[50.0, 45, 50], [30, 30, 30], [8, 10, 10]])
    >>> print(round(slope(step, 5.0)[1, 1], 3))  # atan(hypot(-0.05, -3.8))
    75.258
    >>> corner = np.array([[0.0, 1], [0, 1]])
    >>> slope(corner, 1.0, incomplete="centre").round(2)  # atan(hypot(3, 1) / 8)
    array([[21.57, 21.57],
           [21.57, 21.57]])
    """
    width_m, height_m = _cell_sides(cell_size_m)
    if incomplete not in ("nan", "centre"):
        raise ParameterError(
            f"incomplete is {incomplete!r}; it is 'nan' or 'centre'.",
            f"incomplete 为 {incomplete!r}；只能是 'nan' 或 'centre'。",
        )
    if incomplete == "centre":
        around = padded(elevation)
        return slope_with_gaps(around, 8 * width_m, 8 * height_m)
    return slope_of_rows(np.ascontiguousarray(metres(elevation)), 8 * width_m, 8 * height_m)


def _cell_sides(cell_size_m: float | tuple[float, float]) -> tuple[float, float]:
    sides = np.atleast_1d(floats(cell_size_m))
    fits = sides.shape in ((1,), (2,)) and bool((np.isfinite(sides) & (sides > 0)).all())
    if not fits:
        raise ParameterError(
            f"The cell size is {cell_size_m!r}; one positive number of metres, or two (width, "
            "height), is needed.",
            f"格网大小为 {cell_size_m!r}；需要一个正数（米），或两个正数（宽、高）。",
        )
    return float(sides[0]), float(sides[-1])


def flow_accumulation(
    direction: I,
    encoding: Literal["d8_taudem", "d8_esri"],
    *,
    nodata: int | None = None,
    edge_contamination: bool = False,
    outlets: Sequence[tuple[int, int]] | None = None,
) -> F:
    """
    Count the cells whose water runs through each cell, itself included.

    Parameters
    ----------
    direction
        Codes, shape ``(rows, columns)``. ``d8_taudem``: 1 = east, then counter-clockwise to 8 =
        south-east. ``d8_esri``: 1 = east, then clockwise 2, 4, ... 128 = north-east. Water ends at
        a code 0 (and at 255 of ``d8_esri``, an inland sink in MERIT Hydro). Negative codes, NaN
        and 247 of ``d8_esri`` are no data.
    encoding
        Which codes they are.
    nodata
        A further code that is no data.
    edge_contamination
        Whether to leave out (NaN) cells into which water from outside may run: those beside no-data
        or the edge of the grid and all that they drain to, as TauDEM does by default.
    outlets
        Row and column of cells; given, all that does not drain to one of them is left out (NaN).

    Returns
    -------
    ndarray
        Cells, shape of ``direction``; NaN outside. Water that runs to no data leaves the grid.

    Raises
    ------
    GridError
        If the array is not two-dimensional, holds codes of no direction, an outlet lies outside,
        or water runs in a circle.
    ParameterError
        If the encoding is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> flow_accumulation(np.array([[1, 7], [1, -1]]), "d8_taudem")
    array([[ 1.,  2.],
           [ 1., nan]])
    """
    ways = directions_of(direction, encoding, nodata)
    wanted = None if outlets is None else above(ways, outlets)
    cells = accumulate(ways, edge_contamination=edge_contamination)
    if wanted is not None:
        cells[~wanted] = np.nan
    return cells


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
    return np.pad(metres(elevation), 1, constant_values=np.nan)


def metres(elevation: F, *, name: str = "The elevation", name_zh: str = "高程") -> F:
    """
    Take anything that numpy takes as elevations.

    Parameters
    ----------
    elevation
        Metres in rows and columns, NaN = no data; a masked array has no data where it is masked.
    name, name_zh
        What the sentences call it.

    Returns
    -------
    ndarray
        The same as float64, not copied where they are.

    Raises
    ------
    GridError
        If the array is not two-dimensional or holds infinities.
    """
    values = floats(elevation)
    if values.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise GridError(
            f"{name} has {values.ndim} dimensions; rows and columns are needed.",
            f"{name_zh}数组有 {values.ndim} 维；需要行、列两维。",
        )
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise GridError(
            f"{name} holds {infinite} infinite cells; mark them as no-data (NaN).",
            f"{name_zh}中有 {infinite} 个无穷大的格点；请标为无数据（NaN）。",
        )
    return values
