"""Read the direction in which roads may be used from a one-way column."""

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.errors import NetworkError
from geo.noding import listed

_FORWARD_ONLY = frozenset({"yes", "true", "1"})
_BACKWARD_ONLY = frozenset({"-1", "reverse"})
_BOTH_WAYS = frozenset({"", "no", "false", "0"})


def read_directions(
    lines: gpd.GeoDataFrame, oneway: str | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """
    Read the one-way column into a forward and a backward flag per row.

    Parameters
    ----------
    lines
        Road rows, k of them.
    oneway
        Column with yes, true or 1 (as drawn), -1 or reverse (against it), no, false, 0 or
        empty (both ways), in any case; None where every road is open both ways.

    Returns
    -------
    tuple
        Forward and backward flags, each of shape ``(k,)``.

    Raises
    ------
    NetworkError
        If the column is missing or holds another word; all such words are named.
    """
    if oneway is None:
        return np.ones(len(lines), dtype=bool), np.ones(len(lines), dtype=bool)
    if oneway not in lines.columns:
        raise NetworkError(
            f"The roads have no column {oneway!r} for the one-way direction.",
            f"道路图层没有单行方向列“{oneway}”。",
        )
    column = lines[oneway]
    text = column.where(column.notna(), "").map(_plain)
    unknown = ~text.isin(_FORWARD_ONLY | _BACKWARD_ONLY | _BOTH_WAYS)
    if unknown.any():
        words = ", ".join(sorted(set(text[unknown])))
        rows = listed(np.flatnonzero(unknown))
        raise NetworkError(
            f"Column {oneway!r} holds {words} in {unknown.sum()} rows (rows {rows}); "
            "it must be yes, no, -1, reverse or empty.",
            f"列“{oneway}”有 {unknown.sum()} 行（第 {rows} 行）的值是 {words}；"
            "应为 yes、no、-1、reverse 或空。",
        )
    forward = ~text.isin(_BACKWARD_ONLY).to_numpy(dtype=bool)
    backward = ~text.isin(_FORWARD_ONLY).to_numpy(dtype=bool)
    return forward, backward


def _plain(value: object) -> str:
    """Write a one-way value as lower-case text; whole floats lose their ``.0``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lower()
