"""Take numbers as numpy and rasterio give them: the masked is unknown, a date is no number."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GridError

F = NDArray[np.float64]

# Whole numbers, fractions, yes and no, objects such as Decimal; no dates, texts, complex numbers.
NUMERIC_KINDS = "iufbO"


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

    Raises
    ------
    GridError
        Where they are nothing at all, texts, dates, complex numbers, or rows of different lengths.

    Examples
    --------
    >>> floats(np.ma.masked_equal([1, -9999], -9999))
    array([ 1., nan])
    """
    if isinstance(values, np.ma.MaskedArray):
        known: F = np.where(np.ma.getmaskarray(values), np.nan, floats(values.data))
        return known
    try:
        given = np.asarray(values)
        if values is not None and given.dtype.kind in NUMERIC_KINDS:
            return np.asarray(given, dtype=np.float64)
        found = type(values).__name__ if values is None else str(given.dtype)
    except (TypeError, ValueError) as fault:
        raise GridError(*_no_numbers(str(fault))) from fault
    raise GridError(*_no_numbers(found))


def _no_numbers(found: str) -> tuple[str, str]:
    said = f"Numbers are needed, in rows of one length; these are not: {found}."
    what_to_do = "Turn dates and texts into numbers first, and leave unknown ones as NaN."
    said_zh = f"需要数值，且各行长度一致；所给的不是：{found}。"
    return f"{said} {what_to_do}", f"{said_zh}请先把日期和文字转换为数值，未知值记为 NaN。"
