"""How many residents each flood affects, village by village, cell by cell."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.cell_people import label_cells, spread_people
from census.products.inputs import CellValues
from geo.cells import sum_by
from geo.errors import ParameterError

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class GridPeople:
    """
    Residents that the floods of one grid affect.

    Attributes
    ----------
    affected, unknown
        Residents affected, and residents of cells of unknown depth, shape
        ``(scenarios, villages)``.
    weights
        What the residents were spread by: ``pattern``, ``buildings`` or ``uniform``.
    unplaced
        Residents that found no cell.
    """

    affected: F
    unknown: F
    weights: str
    unplaced: float


def affected_share(depth_m: Any, table: dict[str, Any]) -> F:
    """
    Tell which share of the residents of each cell is affected.

    Parameters
    ----------
    depth_m
        Metres, NaN = unknown.
    table
        Table ``people``: thresholds ``depth_m`` that rise, and the ``share`` beyond each.

    Returns
    -------
    ndarray
        0..1, of the deepest threshold that is exceeded; 0 where the depth is unknown.

    Raises
    ------
    ParameterError
        If thresholds do not rise, or shares are none.

    Examples
    --------
    >>> table = {"depth_m": [0.15, 0.5], "share": [0.5, 1.0]}
    >>> affected_share(np.float32([0.15, 0.16, 2.0, np.nan]), table)
    array([0. , 0.5, 1. , 0. ])
    """
    # Four bytes, as depths have: 0.15 m is not deeper than 0.15 m.
    limits = np.array(table["depth_m"], dtype=np.float32)
    share = np.array([0.0, *table["share"]], dtype=np.float64)
    if not (np.diff(limits) > 0).all() or len(share) != len(limits) + 1 or not _are_shares(share):
        raise ParameterError(
            f"The thresholds of affected people {table['depth_m']} must rise, each with a share "
            f"between 0 and 1; the shares are {table['share']}.",
            f"受影响人口的水深阈值 {table['depth_m']} 应递增，且各有一个 0～1 的比例；"
            f"比例为 {table['share']}。",
        )
    depth = np.asarray(depth_m)
    exceeded = np.searchsorted(limits, depth.ravel(), side="left").reshape(depth.shape)
    return np.where(np.isnan(depth), 0.0, share[exceeded])


def _are_shares(share: F) -> bool:
    return bool(((share >= 0) & (share <= 1)).all())


def affected_people(
    depths: list[CellValues],
    villages: gpd.GeoDataFrame,
    counted: pd.DataFrame,
    weight: F | None,
    source: str,
    *,
    table: dict[str, Any],
) -> GridPeople:
    """
    Place the residents on a grid, and count those whom each of its floods affects.

    Parameters
    ----------
    depths
        Depths of one grid, metres, NaN = unknown.
    villages
        Villages sorted by code, any CRS.
    counted
        ``division_code`` and ``people``.
    weight
        Weight of each cell; None: even.
    source
        What the weights are.
    table
        Table ``people`` of the parameters.

    Returns
    -------
    GridPeople
        Residents by flood and village.
    """
    grid = depths[0]
    labels = label_cells(villages.to_crs(grid.crs), grid)
    even = np.ones(grid.shape) if weight is None else weight
    placed = spread_people(counted, villages, labels, even, source)
    count = len(villages)
    return GridPeople(
        affected=np.array(
            [
                sum_by(labels, placed.people * affected_share(each.cells, table), count)
                for each in depths
            ]
        ),
        unknown=np.array(
            [
                sum_by(labels, np.where(np.isnan(each.cells), placed.people, 0.0), count)
                for each in depths
            ]
        ),
        weights=placed.weight_source,
        unplaced=float(sum(placed.unplaced.values())),
    )
