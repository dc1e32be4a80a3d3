"""Compute which land the sea floods at which level, over which dyke, and keep it as rasters."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio

from census.products.cog import cog_bytes
from census.products.dyke_grid import DykeGrid, draw_dykes, without_embankments
from census.products.parameters import unverified
from census.products.provenance import code_version, fingerprint, package_version
from census.products.raster_list import RasterList
from census.products.sea_flood import Coast, SeaFlood, flood_from_sea
from census.products.surge_inputs import SurgeInputs, read_surge
from census.products.zoning_run import method
from census.store.connection import Store
from census.store.rasters import Computed, RasterTerms, put_computed
from geo.errors import ParameterError

HAZARD, RUNG = "storm_surge", "connected"
_ABANDONED = "abandoned"

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class SurgeResult:
    """
    A surge that has been kept.

    Attributes
    ----------
    scenario
        Words of the scenario, such as ``breach S12``; ``dykes hold`` without one.
    design_years
        Return period of the depth that is zoned.
    rasters
        Names of the stored rasters.
    flooded_km2
        Land under water by return period.
    sections
        Sections over which the sea comes at the design return period, the lowest onset first:
        code, name, level.
    summary
        All of it, with what was refused, joined and never reached.
    seconds
        Wall time.
    """

    scenario: str
    design_years: float
    rasters: list[str]
    flooded_km2: dict[float, float]
    sections: list[dict[str, Any]]
    summary: dict[str, Any]
    seconds: float


def run_surge(
    store: Store,
    *,
    return_period_years: float | None = None,
    breaches: Sequence[str] = (),
    shifts_m: Mapping[str, float] | None = None,
    datum: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> SurgeResult:
    """
    Flood the district from the sea at every delivered return period and keep the depths.

    Parameters
    ----------
    store
        The store, role app.
    return_period_years
        Return period of the depth that is zoned; None for the method's.
    breaches
        Codes of sections that are gone; the rasters of such a scenario have names of their own.
    shifts_m
        Metres to add to heights of a datum.
    datum
        Datum of the elevation where its file states none.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage.

    Returns
    -------
    SurgeResult
        What was kept.

    Raises
    ------
    NotYetMadeError
        If elevation, sea or levels were not delivered.
    CRSError
        If the elevation is in degrees.
    DatumError
        If heights are in another datum and no shift is stated.
    ParameterError
        If a section or a return period is not there, or levels contradict each other.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules = method(HAZARD, parameters)
    tell("gather")
    inputs = read_surge(store, rules, shifts_m=shifts_m or {}, datum=datum)
    years = _design_years(
        inputs, return_period_years or rules["levels"]["design_return_period_years"]
    )
    gone = sorted(set(breaches))
    _refuse_unknown_sections(inputs, gone)
    tell("flood")
    grid, found = flood(inputs, rules, design_years=years, breaches=gone)
    tell("save")
    summary = _summary(inputs, grid, found, rules, years=years, gone=gone)
    names = _keep(store, inputs, found, summary, rules)
    return SurgeResult(
        scenario=summary["scenario"],
        design_years=years,
        rasters=names,
        flooded_km2=summary["flooded_km2"],
        sections=summary["over_sections"],
        summary=summary,
        seconds=time.perf_counter() - started,
    )


def flood(
    inputs: SurgeInputs, rules: Mapping[str, Any], *, design_years: float, breaches: Sequence[str]
) -> tuple[DykeGrid, SeaFlood]:
    """
    Draw the dykes on the elevation's cells and let the sea come.

    Parameters
    ----------
    inputs
        The inputs.
    rules
        The method.
    design_years
        Return period at which the section is told.
    breaches
        Codes of sections that are gone.

    Returns
    -------
    tuple
        The dykes on the cells, and what the sea does.
    """
    ground, dykes = inputs.ground, inputs.dykes
    grid = draw_dykes(
        list(dykes.geometry),
        dykes["crest_m"].to_numpy(dtype=np.float64),
        ground.shape,
        ground.transform,
        join_m=rules["dykes"]["join_m"],
    )
    # A dyke has water in front of it, whatever the outline of the sea says of its cells.
    sea = inputs.sea & (grid.section < 0)
    foot = without_embankments(
        ground.cells, sea, grid, half_width_m=rules["dykes"]["half_width_m"], cell_m=inputs.cell_m
    )
    removed = (dykes["code"].isin(breaches) | (dykes["state"] == _ABANDONED)).to_numpy()
    coast = Coast(
        ground_m=ground.cells, foot_m=foot, sea=sea, grid=grid,
        shore_of_section=inputs.shore_of_section(),
    )  # fmt: skip
    found = flood_from_sea(
        coast,
        inputs.levels,
        design_years=design_years,
        removed=np.asarray(removed, dtype=np.bool_),
        connectivity=rules["water"]["connectivity"],
    )
    return grid, found


def _design_years(inputs: SurgeInputs, wanted: float) -> float:
    known = sorted(inputs.levels[0])
    if wanted in known:
        return float(wanted)
    given = ", ".join(f"{years:g}" for years in known)
    raise ParameterError(
        f"No level of the sea was delivered for {wanted:g} years; there are levels for {given}. "
        "Name one of these with --return-period: none is made up between them.",
        f"没有交付{wanted:g}年一遇的潮位；已有：{given.replace(', ', '、')}年。"
        "请用 --return-period 指明其一：不在其间内插。",
    )


def _refuse_unknown_sections(inputs: SurgeInputs, codes: Sequence[str]) -> None:
    missing = sorted(set(codes) - set(inputs.dykes["code"]))
    if missing:
        known = list(inputs.dykes["code"])[:10]
        raise ParameterError(
            f"No dyke section has the code {', '.join(missing)}; there are {len(inputs.dykes)}, "
            f"such as {', '.join(known)}.",
            f"没有编号为{'、'.join(missing)}的堤段；共有{len(inputs.dykes)}段，"
            f"如{'、'.join(known)}。",
        )


def _summary(
    inputs: SurgeInputs,
    grid: DykeGrid,
    found: SeaFlood,
    rules: Mapping[str, Any],
    *,
    years: float,
    gone: Sequence[str],
) -> dict[str, Any]:
    """Tell the scenario, its levels, the land under water, and what the method cannot know."""
    cell_km2 = inputs.cell_m[0] * inputs.cell_m[1] / 1e6
    land = ~np.isnan(found.onset_m) & ~inputs.outline
    return {
        "rung": RUNG,
        "scenario": f"breach {', '.join(gone)}" if gone else "dykes hold",
        "breaches": list(gone),
        "design_return_period_years": years,
        "levels_m": dict(zip(inputs.shores, inputs.levels, strict=True)),
        "sources": inputs.sources,
        "datum_shifts_m": inputs.shifts_m,
        "flooded_km2": {
            year: round(float(((depth > 0) & land).sum()) * cell_km2, 4)
            for year, depth in found.depth_m.items()
        },
        "never_reached_km2": round(float((land & np.isinf(found.onset_m)).sum()) * cell_km2, 4),
        "joined_gaps": grid.joined,
        "abandoned": list(inputs.dykes.loc[inputs.dykes["state"] == _ABANDONED, "code"]),
        "sections": _sections(inputs),
        "over_sections": _over(inputs, found, years),
        "limits_zh": rules["limits"]["zh"],
        "limits_en": rules["limits"]["en"],
        "unverified_parameters": unverified(rules),
    }


def _sections(inputs: SurgeInputs) -> list[dict[str, Any]]:
    return [
        {"code": str(code), "name": str(name), "crest_m": round(float(crest), 3)}
        for code, name, crest in zip(
            inputs.dykes["code"], inputs.dykes["name"], inputs.dykes["crest_m"], strict=True
        )
    ]


def _over(inputs: SurgeInputs, found: SeaFlood, years: float) -> list[dict[str, Any]]:
    """Sections over which water comes at a return period; the lowest onset first."""
    wet = (found.depth_m[years] > 0) & (found.section >= 0)
    rows = []
    for at in np.unique(found.section[wet]):
        behind = wet & (found.section == at)
        level = float(found.onset_m[behind].min())
        rows.append({**_sections(inputs)[int(at)], "onset_m": round(level, 3)})
    return sorted(rows, key=lambda row: (row["onset_m"], row["code"]))


def _keep(
    store: Store,
    inputs: SurgeInputs,
    found: SeaFlood,
    summary: Mapping[str, Any],
    rules: Mapping[str, Any],
) -> list[str]:
    prefix = f"{HAZARD}_breach" if summary["breaches"] else HAZARD
    years = summary["design_return_period_years"]
    made = {
        f"{prefix}_onset": (np.where(np.isinf(found.onset_m), np.nan, found.onset_m), "m", None),
        f"{prefix}_section": (_section_cells(found), "1", None),
        f"{prefix}_depth": (found.depth_m[years], "m", years),
    }
    for year, depth in found.depth_m.items():
        made[f"{prefix}_depth_T{year:g}"] = (depth, "m", year)
    provenance = {
        "inputs": inputs.hashes,
        "parameters": dict(rules),
        "code_version": code_version(),
        **summary,
    }
    parts = {"inputs": inputs.hashes, "parameters": rules, "code": package_version()}
    stamp = fingerprint({**parts, "breaches": summary["breaches"], "shifts_m": inputs.shifts_m})
    crs = rasterio.crs.CRS.from_wkt(inputs.ground.crs.to_wkt())
    # A depth is no more exact than the ground below it.
    rmse_m = RasterList.of(store).rmse_m("elevation")
    rows = []
    for name, (cells, unit, year) in made.items():
        tags = _tags(name, unit, year, summary, stamp)
        rows.append(
            Computed(
                name=name,
                scenario=summary["scenario"],
                unit=unit,
                file=cog_bytes({name: cells}, inputs.ground.transform, crs, tags=tags),
                terms=RasterTerms(
                    hazard=HAZARD, return_period_years=year, rung=RUNG, vertical_rmse_m=rmse_m,
                    provenance=json.loads(json.dumps(provenance, default=str)),
                ),
            )
        )  # fmt: skip
    put_computed(store, rows, replaces=f"{prefix}_depth_T")
    return list(made)


def _section_cells(found: SeaFlood) -> np.ndarray[Any, Any]:
    """Count sections from 1 as the provenance lists them; 0 = no dyke in the way."""
    known = np.isfinite(found.onset_m)
    return np.where(known, found.section + 1.0, np.nan)


def _tags(
    name: str, unit: str, year: float | None, summary: Mapping[str, Any], stamp: str
) -> dict[str, str]:
    tags = {
        "layer": name,
        "unit": unit,
        "hazard": HAZARD,
        "rung": RUNG,
        "scenario": summary["scenario"],
        "limits": summary["limits_en"],
        "limits_zh": summary["limits_zh"],
        "source": "; ".join(summary["sources"]),
        "fingerprint": stamp,
    }
    return tags if year is None else {**tags, "return_period_years": f"{year:g}"}
