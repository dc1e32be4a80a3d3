"""Typical faults, as the recipe lists them, put into a made-up table on rows the seed picks."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census.intake.example_lattice import Recipe, stream

# Full-width digits lie at one distance from the plain ones.
FULL_WIDTH = {ord("0") + k: ord("\uff10") + k for k in range(10)}


def put_faults(
    recipe: Recipe, seed: int, form: str, frame: pd.DataFrame, *, named: frozenset[str]
) -> pd.DataFrame:
    """
    Put the recipe's faults of a form into its table.

    Parameters
    ----------
    recipe
        The recipe of the example district, with a list ``faults``.
    seed
        Seed of the district.
    form
        Name of the form.
    frame
        The clean table.
    named
        Codes that other tables name: their rows are taken last, for a refused row would drag
        along the rows that name it.

    Returns
    -------
    DataFrame
        The table with each fault on a row of its own, as far as there are rows.
    """
    faults = [fault for fault in recipe["faults"] if fault["form"] == form]
    if not faults:
        return frame
    out = frame.reset_index(drop=True)
    rows = stream(seed, f"faults of {form}").permutation(len(frame))
    if "code" in out:
        rows = rows[np.argsort(out["code"].isin(named).to_numpy()[rows], kind="stable")]
    for fault, row in zip(faults, rows.tolist(), strict=False):
        out = KINDS[fault["kind"]](out, row, fault)
    return out


def _full_width(frame: pd.DataFrame, row: int, fault: dict[str, Any]) -> pd.DataFrame:
    column = frame[fault["column"]].astype(object)
    column[row] = str(column[row]).translate(FULL_WIDTH)
    return frame.assign(**{fault["column"]: column})


def _ages_exceed_total(frame: pd.DataFrame, row: int, fault: dict[str, Any]) -> pd.DataFrame:
    column = frame[fault["column"]].astype(object)
    column[row] = _number(frame, "people", row) - _number(frame, "children_people", row) + 25
    return frame.assign(**{fault["column"]: column})


def _number(frame: pd.DataFrame, column: str, row: int) -> int:
    # The total may carry another fault by now, and full-width digits still read as digits.
    return int(str(frame[column].iloc[row]))


def _other_text(frame: pd.DataFrame, row: int, fault: dict[str, Any]) -> pd.DataFrame:
    column = frame[fault["column"]].astype(object)
    column[row] = fault.get("value")
    return frame.assign(**{fault["column"]: column})


def _duplicate(frame: pd.DataFrame, row: int, fault: dict[str, Any]) -> pd.DataFrame:
    del fault
    return pd.concat([frame, frame.iloc[[row]]], ignore_index=True)


def _swapped(frame: gpd.GeoDataFrame, row: int, fault: dict[str, Any]) -> gpd.GeoDataFrame:
    del fault
    shapes = frame.geometry.to_numpy().copy()
    shapes[row] = shapely.transform(shapes[row], lambda points: points[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


def _bow_tie(frame: gpd.GeoDataFrame, row: int, fault: dict[str, Any]) -> gpd.GeoDataFrame:
    del fault
    shapes = frame.geometry.to_numpy().copy()
    ring = shapely.get_coordinates(shapes[row])
    shapes[row] = shapely.Polygon(ring[[0, 2, 1, 3, 0]])
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


KINDS: dict[str, Callable[..., Any]] = {
    "full_width_digits": _full_width,
    "ages_exceed_total": _ages_exceed_total,
    "about": _other_text,
    "blank": _other_text,
    "unknown_word": _other_text,
    "duplicate_row": _duplicate,
    "swapped_coordinates": _swapped,
    "self_intersection": _bow_tie,
}
