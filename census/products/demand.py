"""Count who has to leave, in whole people, group by group, without losing anybody to rounding."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from census.products.inputs import ZoningInputs
from census.products.sampling import cell_centres
from census.products.units import Level
from geo.cells import mean_by, sum_by

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


def whole_parts(parts: F, total: int) -> I:
    """
    Round parts to whole numbers that add up to a total (largest remainder).

    Parameters
    ----------
    parts
        Parts >= 0, whose sum is the total but for rounding.
    total
        Whole number to reach.

    Returns
    -------
    ndarray
        Whole parts, each less than 1 from its own; ties go to the first.
    """
    whole = np.floor(parts + 1e-9).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(parts - whole), kind="stable")
    whole[order[: max(missing, 0)]] += 1
    return whole


def groups(
    inputs: ZoningInputs, levels: dict[str, Level], people: F, evacuate_depth_m: float
) -> gpd.GeoDataFrame:
    """
    Form the groups that leave together: grid units, and the rest of a village outside them.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    levels
        Units and the unit of each cell.
    people
        Residents per cell, adding up to whole village totals.
    evacuate_depth_m
        Residents of deeper cells have to leave; where the depth is unknown they stay and count
        as residents only.

    Returns
    -------
    GeoDataFrame
        One row per group in the metric CRS, sorted by ``unit_code``: ``village_code``, ``people``,
        ``demand_people`` (whole; both add up per village), and the middle of those who leave.
    """
    villages, units = levels["village"], levels["grid_unit"]
    # A group is a grid unit within a village; cells of a village outside every unit form one too.
    group_of_cell = np.where(
        villages.labels >= 0, villages.labels * (units.count + 1) + units.labels + 1, -1
    )
    keys, flat = np.unique(group_of_cell, return_inverse=True)
    labels = flat.reshape(group_of_cell.shape).astype(np.int64)
    if len(keys) and keys[0] == -1:
        labels, keys = labels - 1, keys[1:]
    deep = np.where(inputs.depth.cells > evacuate_depth_m, people, 0.0)
    village_at, unit_at = keys // (units.count + 1), keys % (units.count + 1) - 1
    frame = pd.DataFrame(
        {
            "village_at": village_at,
            "unit_code": _codes(units, villages, unit_at, village_at),
            "village_code": villages.units["code"].to_numpy(dtype=object)[village_at],
            "deep": sum_by(labels, deep, len(keys)),
            "all": sum_by(labels, people, len(keys)),
        }
    )
    middle = _middle(inputs, labels, len(keys), deep, people)
    frame["x"], frame["y"] = middle[:, 0], middle[:, 1]
    frame = _merge_shared_units(_whole(frame, inputs, villages))
    points = gpd.points_from_xy(frame["x"], frame["y"], crs=inputs.metric_srid)
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=points)


def _codes(units: Level, villages: Level, unit_at: I, village_at: I) -> NDArray[np.object_]:
    unit_codes = np.array([*units.units["code"], ""], dtype=object)
    village_codes = villages.units["code"].to_numpy(dtype=object)
    codes: NDArray[np.object_] = np.where(
        unit_at >= 0, unit_codes[unit_at], village_codes[village_at]
    )
    return codes


def _middle(inputs: ZoningInputs, labels: I, count: int, deep: F, people: F) -> F:
    """Middle of those who leave; of the residents, else of the cells, where nobody leaves."""
    x, y = cell_centres(inputs.depth)
    middle = np.full((count, 2), np.nan)
    for weights in (deep, people, np.ones(deep.shape)):
        found = np.column_stack(
            [mean_by(labels, axis, count, weight=weights) for axis in (x, y)]
        ).reshape(-1, 2)
        middle = np.where(np.isfinite(middle), middle, found)
    metric = pyproj.Transformer.from_crs(inputs.depth.crs, inputs.metric_srid, always_xy=True)
    return np.column_stack(metric.transform(middle[:, 0], middle[:, 1])).reshape(-1, 2)


def _whole(frame: pd.DataFrame, inputs: ZoningInputs, villages: Level) -> pd.DataFrame:
    """Round leaving and staying people of a village together, so that both add up."""
    totals = inputs.people.set_index("division_code")["people"]
    leaving, residents = np.zeros(len(frame), np.int64), np.zeros(len(frame), np.int64)
    position = frame["village_at"].to_numpy(dtype=np.int64)
    for at in np.unique(position):
        rows = np.flatnonzero(position == at)
        total = int(totals.get(villages.units["code"].iloc[at], 0))
        deep = frame["deep"].to_numpy()[rows]
        stay = np.maximum(frame["all"].to_numpy()[rows] - deep, 0.0)
        whole = whole_parts(np.concatenate([deep, stay]), total)
        leaving[rows] = whole[: len(rows)]
        residents[rows] = whole[: len(rows)] + whole[len(rows) :]
    return frame.assign(demand_people=leaving, people=residents)


def _merge_shared_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Make one group of a unit that reaches into two villages, in the larger part's village."""
    frame = frame.sort_values(["unit_code", "all"], ascending=[True, False], kind="stable")
    weight = frame["demand_people"].where(
        frame.groupby("unit_code")["demand_people"].transform("sum") > 0, frame["all"] + 1e-9
    )
    frame = frame.assign(w=weight, wx=weight * frame["x"], wy=weight * frame["y"])
    merged = frame.groupby("unit_code", sort=True).agg(
        village_code=("village_code", "first"),
        people=("people", "sum"),
        demand_people=("demand_people", "sum"),
        w=("w", "sum"),
        wx=("wx", "sum"),
        wy=("wy", "sum"),
    )
    merged["x"], merged["y"] = merged["wx"] / merged["w"], merged["wy"] / merged["w"]
    return merged.drop(columns=["w", "wx", "wy"]).reset_index()


def lost_people(frame: gpd.GeoDataFrame, inputs: ZoningInputs) -> dict[str, Any]:
    """
    Count the residents that no group holds, because their village has no cell.

    Parameters
    ----------
    frame
        Result of ``groups``.
    inputs
        Inputs of the zoning.

    Returns
    -------
    dict
        Residents by village code.
    """
    held = frame["village_code"].unique()
    rows = inputs.people[~inputs.people["division_code"].isin(held) & (inputs.people["people"] > 0)]
    codes, people = rows["division_code"].tolist(), rows["people"].tolist()
    return {str(code): int(count) for code, count in zip(codes, people, strict=True)}
