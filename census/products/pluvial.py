"""Flood the district from a design storm, at rest or in time, and keep what the water did."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from census.products.cog import cog_bytes
from census.products.design_storm import Storm, design_storm
from census.products.inputs import CellValues, required_raster
from census.products.parameters import unverified
from census.products.provenance import code_version, fingerprint, package_version
from census.products.raster_list import RasterList
from census.products.storm_windows import Flow, simulate_windows
from census.products.zoning_run import method
from census.store.connection import Store
from census.store.rasters import Computed, RasterTerms, put_computed
from geo.crs import cell_size_m
from geo.errors import GridError
from geo.flood import spill

F = NDArray[np.float64]

HAZARD = "pluvial"
_MINUTES_PER_HOUR = 60.0
_SQUARE = 1e-6

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class PluvialResult:
    """
    A pluvial flood that has been kept.

    Attributes
    ----------
    rung
        ``spill`` or ``simulation``.
    rasters
        Names of the stored rasters.
    summary
        Storm, runoff, what was computed where, limits of the rung.
    seconds
        Wall time.
    """

    rung: str
    rasters: list[str]
    summary: dict[str, Any]
    seconds: float


def run_spill(
    store: Store,
    *,
    years: float,
    duration_min: float,
    edition: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> PluvialResult:
    """
    Let a design storm run off and stand in the hollows.

    Parameters
    ----------
    store
        The store, role app.
    years
        Return period of the storm.
    duration_min
        Its length, minutes.
    edition
        Edition of the storm formula, where several were delivered.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage.

    Returns
    -------
    PluvialResult
        What was kept.

    Raises
    ------
    NotYetMadeError
        If elevation or storm formula were not delivered.
    ParameterError
        If the formula does not hold for such a storm.
    CRSError
        If the elevation is in degrees.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules = method(HAZARD, parameters)
    tell("gather")
    storm = design_storm(store, rules, years=years, duration_min=duration_min, edition=edition)
    ground, cell_m = read_ground(store)
    drained = rules["drainage"]["drain_mm_h"] * duration_min / _MINUTES_PER_HOUR
    standing_mm = max(float(storm.runoff_mm.sum()) - drained, 0.0)
    tell("flood")
    found = spill(ground.cells, standing_mm, cell_m)
    tell("save")
    told = {
        "standing_runoff_mm": round(standing_mm, 3),
        "stored_m3": round(found.stored_m3, 1),
        "left_m3": round(found.left_m3, 1),
    }
    made = {"pluvial_depth": (found.depth_m, "m")}
    return _kept(store, storm, ground, made, rung="spill", rules=rules, told=told, started=started)


def run_simulation(
    store: Store,
    *,
    years: float,
    duration_min: float,
    windows: Sequence[str] = (),
    edition: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> PluvialResult:
    """
    Simulate a design storm in time, town by town.

    Parameters
    ----------
    store
        The store, role app.
    years
        Return period of the storm.
    duration_min
        Its length, minutes.
    windows
        Codes of towns or villages; none for every town.
    edition
        Edition of the storm formula, where several were delivered.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage, and with the share done of each window.

    Returns
    -------
    PluvialResult
        What was kept.

    Raises
    ------
    NotYetMadeError
        If elevation, divisions or storm formula were not delivered.
    ParameterError
        If the formula does not hold for such a storm, a window is unknown or has too many cells.
    CRSError
        If the elevation is in degrees.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules = method(HAZARD, parameters)
    tell("gather")
    storm = design_storm(store, rules, years=years, duration_min=duration_min, edition=edition)
    ground, cell_m = read_ground(store)
    flow = simulate_windows(store, ground, cell_m, storm, rules, windows=windows, progress=tell)
    tell("save")
    made = _layers(flow)
    return _kept(
        store, storm, ground, made, rung="simulation", rules=rules, told=flow.told, started=started
    )


def run_storm(
    store: Store,
    *,
    years: float,
    duration_min: float,
    windows: Sequence[str] | None = None,
    edition: str | None = None,
    progress: Progress | None = None,
) -> PluvialResult:
    """
    Flood the district from a design storm: at rest, or in time where windows are named.

    Parameters
    ----------
    store
        The store, role app.
    years
        Return period of the storm.
    duration_min
        Its length, minutes.
    windows
        None for still water; codes of towns or villages, an empty list for every town, to
        simulate.
    edition
        Edition of the storm formula, where several were delivered.
    progress
        Called with the code word of each stage.

    Returns
    -------
    PluvialResult
        What was kept.
    """
    if windows is None:
        return run_spill(
            store, years=years, duration_min=duration_min, edition=edition, progress=progress
        )
    return run_simulation(
        store, years=years, duration_min=duration_min, windows=windows, edition=edition,
        progress=progress,
    )  # fmt: skip


def _layers(flow: Flow) -> dict[str, tuple[F, str]]:
    return {
        "pluvial_depth": (flow.depth_m, "m"),
        "pluvial_flow_people_hazard": (flow.hazard_m2_s, "m2/s"),
        "pluvial_flow_arrival": (flow.arrival_min, "min"),
        "pluvial_flow_lasting": (flow.lasting_min, "min"),
    }


def read_ground(store: Store) -> tuple[CellValues, float]:
    """
    Read the elevation, whose cells have to be squares in metres.

    Parameters
    ----------
    store
        The district's store.

    Returns
    -------
    tuple
        The elevation, and the side of a cell, metres.

    Raises
    ------
    NotYetMadeError
        If it was not delivered.
    CRSError
        If it is in degrees.
    GridError
        If its cells are no squares.
    """
    ground = required_raster(store, "elevation", "elevation raster", "高程栅格")
    width, height = cell_size_m(ground.transform, ground.crs)
    if abs(width - height) > _SQUARE * width:
        raise GridError(
            f"The cells of the elevation are {width:g} by {height:g} m; squares are needed. "
            "Resample it.",
            f"高程栅格的格点为 {width:g} × {height:g} 米，应为正方形；请重采样。",
        )
    return ground, width


def _kept(
    store: Store,
    storm: Storm,
    ground: CellValues,
    made: Mapping[str, tuple[F, str]],
    *,
    rung: str,
    rules: Mapping[str, Any],
    told: Mapping[str, Any],
    started: float,
) -> PluvialResult:
    listed = RasterList.of(store)
    hashes = {"elevation": {"sha256": listed.hashes["elevation"]}, **storm.hashes}
    summary = {**_summary(rung, rules, storm), **told}
    provenance = {
        "inputs": hashes, "parameters": dict(rules), "code_version": code_version(), **summary,
    }  # fmt: skip
    parts = {"inputs": hashes, "parameters": rules, "code": package_version(), "told": summary}
    crs = rasterio.crs.CRS.from_wkt(ground.crs.to_wkt())
    terms = RasterTerms(
        hazard=HAZARD, return_period_years=storm.years, rung=rung,
        # A depth is no more exact than the ground below it.
        vertical_rmse_m=listed.rmse_m("elevation"),
        provenance=json.loads(json.dumps(provenance, default=str)),
    )  # fmt: skip
    named = {**made, f"pluvial_depth_T{storm.years:g}": made["pluvial_depth"]}
    rows = []
    for name, (cells, unit) in named.items():
        tags = {
            "layer": name, "unit": unit, "hazard": HAZARD, "rung": rung,
            "scenario": summary["scenario"], "source": storm.rain.source,
            "return_period_years": f"{storm.years:g}", "limits": summary["limits_en"],
            "limits_zh": summary["limits_zh"], "fingerprint": fingerprint(parts),
        }  # fmt: skip
        file = cog_bytes({name: cells}, ground.transform, crs, tags=tags)
        scenario = summary["scenario"]
        rows.append(Computed(name=name, scenario=scenario, unit=unit, file=file, terms=terms))
    # What a simulation knew of another storm does not stand beside this one's depth.
    put_computed(store, rows, replaces="pluvial_flow_")
    return PluvialResult(
        rung=rung, rasters=list(named), summary=summary, seconds=time.perf_counter() - started
    )


def _summary(rung: str, rules: Mapping[str, Any], storm: Storm) -> dict[str, Any]:
    limits = rules[f"limits_{rung}"]
    return {
        "rung": rung,
        "scenario": f"{storm.years:g}-year storm of {storm.duration_min:g} min",
        "return_period_years": storm.years,
        "duration_min": storm.duration_min,
        "rain_mm": round(float(storm.rain.depth_mm.sum()), 3),
        "runoff_mm": round(float(storm.runoff_mm.sum()), 3),
        "drain_mm_h": rules["drainage"]["drain_mm_h"],
        "curve_number": rules["runoff"]["curve_number"],
        "formula": {"place": storm.place, "edition": storm.edition},
        "sources": [storm.rain.source],
        "limits_zh": limits["zh"],
        "limits_en": limits["en"],
        "unverified_parameters": unverified(rules),
    }
