"""Take numbers as numpy and rasterio give them: what is masked is unknown."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

F = NDArray[np.float64]


def floats(values: ArrayLike) -> F:
    """
    Take anything that numpy takes as numbers.

    Parameters
    ----------
    values
        Numbers of any shape; a masked array is unknown where it is masked.

    Returns
    -------
    ndarray
        The same as float64, NaN = unknown; not copied where they are float64 and not masked.

    Examples
    --------
    >>> floats(np.ma.masked_equal([1, -9999], -9999))
    array([ 1., nan])
    """
    if isinstance(values, np.ma.MaskedArray):
        filled: F = np.ma.filled(values.astype(np.float64), np.nan)
        return filled
    return np.asarray(values, dtype=np.float64)
