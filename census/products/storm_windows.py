"""Simulate a storm window by window, and put the windows together on the cells of the elevation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from rasterio.features import geometry_mask

from census.errors import NotYetMadeError
from census.products.design_storm import Storm
from census.products.inputs import CellValues, sorted_layer
from census.store.connection import Store
from census.store.layers import read_layer
from geo.errors import ParameterError
from geo.flood import FloodRun, simulate
from geo.storms import DesignStorm

F = NDArray[np.float64]
B = NDArray[np.bool_]
Box = tuple[slice, slice]

_SECONDS_PER_MINUTE = 60.0
_MOST_LISTED = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Flow:
    """
    What a simulated storm did, on the cells of the elevation; NaN outside the windows.

    Attributes
    ----------
    depth_m
        Greatest depth.
    hazard_m2_s
        Greatest depth x (speed + 0.5).
    arrival_min
        Minute at which the depth first exceeded the arrival depth; NaN = never.
    lasting_min
        Minutes during which the depth exceeded the lasting depth.
    told
        Windows, cells, and the largest error of the accounts.
    """

    depth_m: F
    hazard_m2_s: F
    arrival_min: F
    lasting_min: F
    told: dict[str, Any]


def simulate_windows(
    store: Store,
    ground: CellValues,
    cell_m: float,
    storm: Storm,
    rules: Mapping[str, Any],
    *,
    windows: Sequence[str],
    progress: Callable[[str], None],
) -> Flow:
    """
    Simulate each window with a margin around it, and keep what lies within its outline.

    Parameters
    ----------
    store
        The district's store.
    ground
        Elevation.
    cell_m
        Side of a cell, metres.
    storm
        The storm.
    rules
        The method.
    windows
        Codes of towns or villages; none for every town.
    progress
        Told the window and the share of it that is done.

    Returns
    -------
    Flow
        The windows together.

    Raises
    ------
    NotYetMadeError
        If there are no divisions.
    ParameterError
        If a window is unknown, lies beside the elevation, or has too many cells.
    """
    units = chosen_windows(store, windows).to_crs(ground.crs)
    numbers = rules["simulation"]
    boxes = [box_of(unit, ground, numbers["margin_m"]) for unit in units.geometry]
    refuse_large(list(units["code"]), boxes, numbers["most_cells"])
    parts = np.full((4, *ground.shape), np.nan)
    worst = 0.0
    for code, unit, box in zip(units["code"], units.geometry, boxes, strict=True):
        run = run_window(
            ground.cells[box], cell_m, storm, rules,
            partial(_tell, progress, str(code)),
        )  # fmt: skip
        mask = geometry_mask(
            [unit], out_shape=ground.shape, transform=ground.transform, invert=True
        )
        _put(parts, run, box, mask)
        worst = max(worst, run.mass_error)
    told = {
        "windows": [str(code) for code in units["code"]],
        "cells": int(sum(_cells(box) for box in boxes)),
        "mass_error": float(worst),
    }
    depth, hazard, arrival, lasting = parts
    return Flow(
        depth_m=depth, hazard_m2_s=hazard, arrival_min=arrival, lasting_min=lasting, told=told
    )


def _tell(progress: Callable[[str], None], code: str, share: float) -> None:
    progress(f"{code} {share:.0%}")


def chosen_windows(store: Store, codes: Sequence[str]) -> gpd.GeoDataFrame:
    """
    Read the outlines of the windows.

    Parameters
    ----------
    store
        The district's store.
    codes
        Codes of towns or villages; none for every town.

    Returns
    -------
    GeoDataFrame
        Sorted by code.

    Raises
    ------
    NotYetMadeError
        If there are no divisions.
    ParameterError
        If a code is that of no town or village with an outline.
    """
    divisions = read_layer(store, "division")
    divisions = divisions[divisions.geometry.notna()]
    if divisions.empty:
        raise NotYetMadeError("divisions", "行政区划", "riskatlas import divisions FILE")
    if not codes:
        return sorted_layer(divisions[divisions["level"] == "town"], "code")
    known = divisions[divisions["level"].isin(["town", "village"])]
    missing = sorted(set(codes) - set(known["code"]))
    if missing:
        raise ParameterError(
            f"No town or village has the code {', '.join(missing)}.",
            f"没有代码为{'、'.join(missing)}的乡镇或村。",
        )
    return sorted_layer(known[known["code"].isin(codes)], "code")


def box_of(unit: Any, ground: CellValues, margin_m: float) -> Box:
    """
    Cut the rows and columns of a window out of the elevation.

    Parameters
    ----------
    unit
        Its outline, CRS of the elevation.
    ground
        The elevation.
    margin_m
        Ground taken around it.

    Returns
    -------
    tuple of slice
        Rows and columns; empty where it lies beside the elevation.
    """
    west, south, east, north = unit.buffer(margin_m).bounds
    left, top = ~ground.transform @ (west, north)
    right, bottom = ~ground.transform @ (east, south)
    rows, columns = ground.shape
    low_row, low_column = max(int(np.floor(top)), 0), max(int(np.floor(left)), 0)
    high_row, high_column = min(int(np.ceil(bottom)), rows), min(int(np.ceil(right)), columns)
    return slice(low_row, max(high_row, low_row)), slice(low_column, max(high_column, low_column))


def _cells(box: Box) -> int:
    rows, columns = box
    return int(rows.stop - rows.start) * int(columns.stop - columns.start)


def refuse_large(codes: Sequence[str], boxes: Sequence[Box], most: int) -> None:
    """
    Refuse windows that have no cell, or more than can be simulated.

    Parameters
    ----------
    codes
        Code of each window.
    boxes
        Its rows and columns.
    most
        Cells of one window.

    Raises
    ------
    ParameterError
        If one has none or too many; all are told.
    """
    counts = {code: _cells(box) for code, box in zip(codes, boxes, strict=True)}
    wrong = {code: count for code, count in counts.items() if not 0 < count <= most}
    if wrong:
        listed = [f"{code}: {count:,}" for code, count in list(wrong.items())[:_MOST_LISTED]]
        raise ParameterError(
            f"{len(wrong)} windows cannot be simulated: one has to have 1 to {most:,} cells "
            f"({', '.join(listed)}). Name villages with --window, or deliver a coarser elevation.",
            f"有 {len(wrong)} 个窗口不能模拟：一个窗口应有 1 至 {most:,} 个格点"
            f"（{'、'.join(listed)}）。"
            "请用 --window 指定村，或交付较粗的高程栅格。",
        )


def run_window(
    elevation_m: F,
    cell_m: float,
    storm: Storm,
    rules: Mapping[str, Any],
    progress: Callable[[float], object],
) -> FloodRun:
    """
    Simulate one window: runoff falls, drains take, edges are open.

    Parameters
    ----------
    elevation_m
        Metres, NaN = wall.
    cell_m
        Side of a cell, metres.
    storm
        The storm.
    rules
        The method.
    progress
        Told the share done.

    Returns
    -------
    FloodRun
        What the water did.
    """
    numbers = rules["simulation"]
    runoff = DesignStorm(
        step_min=storm.rain.step_min, depth_mm=storm.runoff_mm, source=storm.rain.source
    )
    return simulate(
        elevation_m,
        cell_m,
        numbers["manning"],
        (storm.duration_min + numbers["after_min"]) * _SECONDS_PER_MINUTE,
        rain_mm_h=1.0,
        rain_course=runoff.course_mm_h(),
        drain_mm_h=rules["drainage"]["drain_mm_h"],
        closed_edges=False,
        arrival_m=numbers["arrival_depth_m"],
        lasting_m=numbers["lasting_depth_m"],
        hazard=True,
        progress=progress,
    )


def _put(parts: F, run: FloodRun, box: Box, mask: B) -> None:
    arrival = np.where(np.isfinite(run.arrival_s), run.arrival_s, np.nan) / _SECONDS_PER_MINUTE
    assert run.lasting_s is not None  # noqa: S101  (asked for)
    assert run.max_hazard_m2_s is not None  # noqa: S101  (asked for)
    lasting = run.lasting_s / _SECONDS_PER_MINUTE
    inside = mask[box]
    for part, found in zip(
        parts, (run.max_depth_m, run.max_hazard_m2_s, arrival, lasting), strict=True
    ):
        part[box][inside] = found[inside]
