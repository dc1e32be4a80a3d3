"""What the error of the depths makes of a zoning: hazard of the units under other depths."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from census.products.inputs import ZoningInputs
from census.products.units import Level
from geo.cells import sum_by
from geo.crs import cell_area_m2
from geo.zoning import hazard_class, hazard_score

F = NDArray[np.float64]

_ROUNDING_M = 1e-9


def depth_rmse_m(inputs: ZoningInputs, parameters: dict[str, Any]) -> float | None:
    """
    Find the error of the depths: that of the method, else what the sender of the raster stated.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    parameters
        Zoning parameters; ``depth_error.rmse_m`` of 0 is none.

    Returns
    -------
    float or None
        Root mean square error, metres; None where nobody stated one.
    """
    own = float(parameters["depth_error"]["rmse_m"])
    found = own if own > 0 else inputs.depth_rmse_m
    return float(found) if found is not None and found > 0 else None


def shifts_m(rmse_m: float, count: int) -> F:
    """
    Stand for a normal error by as many equally likely shifts.

    Parameters
    ----------
    rmse_m
        Standard deviation, metres.
    count
        Number of shifts.

    Returns
    -------
    ndarray
        Middles of equal parts of the normal distribution, ascending, metres, shape ``(count,)``.

    Examples
    --------
    >>> shifts_m(0.3, 3).round(3).tolist()
    [-0.29, 0.0, 0.29]
    """
    normal = NormalDist()
    parts = [normal.inv_cdf((part + 0.5) / count) for part in range(count)]
    return rmse_m * np.array(parts, dtype=np.float64)


def hazard_under(
    shifts: F, level: Level, inputs: ZoningInputs, people: F, parameters: dict[str, Any]
) -> F:
    """
    Score the hazard of the units where all depths of the district are wrong by one amount.

    An error that is the same everywhere is the upper bound: errors that differ from cell to cell
    cancel out within a unit. Dry cells stay dry, for how far the water is from them is not known.

    Parameters
    ----------
    shifts
        Metres added to the depth of each wet cell, which then is 0 at least, shape ``(n,)``.
    level
        Units and the unit of each cell.
    inputs
        Inputs of the zoning.
    people
        Residents per cell.
    parameters
        Zoning parameters.

    Returns
    -------
    ndarray
        Mean score of each unit over its residents or its area, as the method says, 0..1, shape
        ``(n, units)``; NaN where a unit has no weight.
    """
    depth, curve = inputs.depth.cells, parameters["hazard_score"]
    knots = list(zip(curve["depth_m"], curve["score"], strict=True))
    by_people = curve["unit_mean"] == "people"
    known = np.isfinite(depth) & (level.labels >= 0)
    weight = np.nan_to_num(people, nan=0.0)[known] if by_people else np.ones(int(known.sum()))
    cells, units = depth[known], level.labels[known]
    is_wet = cells > parameters["depth"]["wet_depth_m"]
    dry = hazard_score(cells[~is_wet], knots) * weight[~is_wet]
    resting = sum_by(units[~is_wet], dry, level.count)
    whole = sum_by(units, weight, level.count)
    moved = np.empty((len(shifts), level.count))
    for row, shift in enumerate(shifts):
        score = hazard_score(np.maximum(cells[is_wet] + shift, 0.0), knots)
        moved[row] = resting + sum_by(units[is_wet], score * weight[is_wet], level.count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, moved / whole, np.nan)


def depth_classes(
    villages: Level, inputs: ZoningInputs, people: F, parameters: dict[str, Any]
) -> dict[str, Any]:
    """
    Count residents and area by depth, in classes no finer than the depths are exact.

    Parameters
    ----------
    villages
        The villages, whose cells are counted.
    inputs
        Inputs of the zoning.
    people
        Residents per cell.
    parameters
        Zoning parameters: ``depth.class_breaks_m``, ``depth_error.limit_per_rmse``.

    Returns
    -------
    dict
        ``rmse_m`` (None where nobody stated it, and then no limit is refused), ``limits_m`` that
        stand, ``merged_m`` that lie below the error, and of the wet cells by class, the shallowest
        first, ``people`` and ``area_m2``.
    """
    rmse_m = depth_rmse_m(inputs, parameters)
    limits = [float(each) for each in parameters["depth"]["class_breaks_m"]]
    least_m = (rmse_m or 0.0) * parameters["depth_error"]["limit_per_rmse"] - _ROUNDING_M
    kept = [each for each in limits if each >= least_m]
    depth = inputs.depth
    counted = (depth.cells > parameters["depth"]["wet_depth_m"]) & (villages.labels >= 0)
    classes = hazard_class(depth.cells[counted], kept) - 1
    area_m2 = cell_area_m2(depth.transform, depth.shape, depth.crs)[counted]
    return {
        "rmse_m": rmse_m,
        "limits_m": kept,
        "merged_m": [each for each in limits if each < least_m],
        "people": sum_by(classes, people[counted], len(kept) + 1).tolist(),
        "area_m2": sum_by(classes, area_m2, len(kept) + 1).tolist(),
    }
