"""Tell all that is in doubt of a zoning: class of each unit, what moves classes, depth classes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.class_doubt import add_doubt
from census.products.class_movers import class_movers
from census.products.depth_error import depth_classes, depth_rmse_m, hazard_under, shifts_m
from census.products.inputs import ZoningInputs
from census.products.units import Level

F = NDArray[np.float64]


def add_doubts(
    scored: Mapping[str, pd.DataFrame],
    levels: Mapping[str, Level],
    inputs: ZoningInputs,
    people: F,
    *,
    parameters: dict[str, Any],
    scheme: Mapping[str, Any],
) -> dict[str, Any]:
    """
    Add to every unit how sure its class is, and tell the district what moves its classes.

    Parameters
    ----------
    scored
        Units of each level with factors, index and class; get the columns of ``add_doubt``.
    levels
        The levels.
    inputs
        Inputs of the zoning.
    people
        Residents per cell.
    parameters
        Zoning parameters.
    scheme
        Class scheme with breaks and density percentiles.

    Returns
    -------
    dict
        Parts of the summary: ``depth_classes`` and ``movers``.
    """
    breaks = np.array(scheme["breaks"], dtype=np.float64)
    rmse_m = depth_rmse_m(inputs, parameters)
    for name, table in scored.items():
        shifted = None
        if rmse_m:
            ways = shifts_m(rmse_m, parameters["depth_error"]["shifts"])
            shifted = hazard_under(ways, levels[name], inputs, people, parameters)
        add_doubt(table, breaks, parameters, shifted)
    ends = None
    if rmse_m:
        ways = np.array([-rmse_m, rmse_m])
        ends = hazard_under(ways, levels["village"], inputs, people, parameters)
    moved = class_movers(
        scored["village"], parameters, breaks=breaks, shifted=ends,
        percentiles=np.array(scheme["density_percentiles_per_km2"], dtype=np.float64),
    )  # fmt: skip
    depths = depth_classes(levels["village"], inputs, people, parameters)
    return {"movers": moved, "depth_classes": depths}
