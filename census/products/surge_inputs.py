"""Read what a storm surge is computed from, and tell all that is wrong with it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
from numpy.typing import NDArray

from census.errors import NotYetMadeError
from census.products.datums import elevation_datum, shifts_to
from census.products.inputs import CellValues, required_raster, sorted_layer
from census.products.layer_hashes import layer_hash
from census.products.raster_list import RasterList
from census.store.connection import Store
from census.store.layers import read_layer
from geo.crs import cell_size_m
from geo.errors import ParameterError

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)
B = NDArray[np.bool_]

WHOLE_SHORE = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class SurgeInputs:
    """
    What a surge is computed from; heights in the datum of the elevation.

    Attributes
    ----------
    ground
        Elevation, metres.
    cell_m
        Width and height of a cell.
    outline
        True where a delivered water of kind sea covers the middle of a cell.
    sea
        Where the sea comes from: its cells without elevation, for at these nobody doubts that they
        are no land; all cells of its outline where the elevation goes on below the sea.
    dykes
        Sections sorted by code, CRS of the elevation; ``crest_m`` shifted.
    shores
        Names of the shores; one empty name where levels hold for the whole.
    levels
        Level by return period of each shore.
    sources
        What the levels rest on.
    shifts_m
        Metres added, by datum.
    hashes
        Rows and SHA-256 of each input.
    """

    ground: CellValues
    cell_m: tuple[float, float]
    outline: B
    sea: B
    dykes: gpd.GeoDataFrame
    shores: list[str]
    levels: list[dict[float, float]]
    sources: list[str]
    shifts_m: dict[str, float]
    hashes: dict[str, Any]

    def shore_of_section(self) -> I:
        """
        Tell on which shore each section stands.

        Returns
        -------
        ndarray
            Position in ``shores``, -1 for none of them.
        """
        position = {name: at for at, name in enumerate(self.shores)}
        return np.array(
            [position.get(name, -1) for name in shore_names(self.dykes)], dtype=np.int64
        )


def shore_names(table: pd.DataFrame) -> list[str]:
    """
    Name the shore of each row.

    Parameters
    ----------
    table
        Rows with a column ``shore``.

    Returns
    -------
    list of str
        Empty where a row names none.
    """
    return [WHOLE_SHORE if pd.isna(name) else str(name).strip() for name in table["shore"]]


def read_surge(
    store: Store,
    rules: Mapping[str, Any],
    *,
    shifts_m: Mapping[str, float],
    datum: str | None,
) -> SurgeInputs:
    """
    Read elevation, sea, dykes and levels.

    Parameters
    ----------
    store
        The district's store.
    rules
        The method.
    shifts_m
        Metres to add to heights of a datum.
    datum
        Datum of the elevation where its file states none.

    Returns
    -------
    SurgeInputs
        The inputs.

    Raises
    ------
    NotYetMadeError
        If elevation, sea or levels were not delivered.
    CRSError
        If the elevation is in degrees.
    DatumError
        If heights are in another datum and no shift is stated.
    ParameterError
        If levels contradict each other.
    """
    ground = required_raster(store, "elevation", "elevation raster", "高程栅格")
    cell_m = cell_size_m(ground.transform, ground.crs)
    water = read_layer(store, "water", where={"kind": "sea"})
    if water.empty:
        raise NotYetMadeError(
            "water of the kind sea", "“海域”类水面", "riskatlas import water FILE"
        )
    levels = read_layer(store, "sea_level")
    if levels.empty:
        raise NotYetMadeError(
            "levels of the sea with a source",
            "有来源的设计潮位",
            "riskatlas import sea_levels FILE",
        )
    dykes = sorted_layer(read_layer(store, "dyke"), "code")
    levels = levels.sort_values(["return_period_years", "level_m"]).reset_index(drop=True)
    known = datum or elevation_datum(store)
    stated = [*levels["datum"], *dykes["datum"]]
    shifts = shifts_to(known, stated, rules["datum"], shifts_m)
    shores, by_shore = levels_by_shore(levels.assign(level_m=_shifted(levels, "level_m", shifts)))
    dykes = dykes.assign(crest_m=_shifted(dykes, "crest_m", shifts)).to_crs(ground.crs)
    refuse_unknown_shores(shores, shore_names(dykes))
    water = sorted_layer(water.to_crs(ground.crs))
    outline = _covered(water, ground)
    unknown = outline & np.isnan(ground.cells)
    return SurgeInputs(
        ground=ground, cell_m=cell_m, outline=outline, sea=unknown if unknown.any() else outline,
        dykes=dykes,
        shores=shores, levels=by_shore, sources=sorted(set(levels["source"])), shifts_m=shifts,
        hashes={
            "elevation": {"sha256": RasterList.of(store).hashes["elevation"]},
            "water": layer_hash(water), "dykes": layer_hash(dykes),
            "sea_levels": layer_hash(levels),
        },
    )  # fmt: skip


def _shifted(table: pd.DataFrame, column: str, shifts: Mapping[str, float]) -> F:
    heights = table[column].to_numpy(dtype=np.float64)
    return heights + np.array([shifts[name] for name in table["datum"]], dtype=np.float64)


def _covered(water: gpd.GeoDataFrame, ground: CellValues) -> B:
    return np.asarray(
        rasterio.features.rasterize(
            list(water.geometry), out_shape=ground.shape, transform=ground.transform, dtype="uint8"
        )
        > 0
    )


def levels_by_shore(levels: pd.DataFrame) -> tuple[list[str], list[dict[float, float]]]:
    """
    Put levels in order: each shore with a level for every return period.

    Parameters
    ----------
    levels
        Columns shore, return_period_years, level_m.

    Returns
    -------
    tuple
        Names of the shores, and level by return period of each.

    Raises
    ------
    ParameterError
        If two levels of a shore are for one return period, a shore lacks one that another has, or
        a rarer level is lower.
    """
    by_shore: dict[str, dict[float, float]] = {}
    faults: list[tuple[str, str]] = []
    for name, years, level in zip(
        shore_names(levels), levels["return_period_years"], levels["level_m"], strict=True
    ):
        own = by_shore.setdefault(name, {})
        if float(years) in own:
            faults.append(
                (
                    f"{_en(name)} has two levels for {years:g} years",
                    f"{_zh(name)}有两个{years:g}年一遇潮位",
                )
            )
        own[float(years)] = float(level)
    every = sorted({years for own in by_shore.values() for years in own})
    for name, own in by_shore.items():
        lacking = [f"{years:g}" for years in every if years not in own]
        if lacking:
            faults.append(
                (
                    f"{_en(name)} has no level for {', '.join(lacking)} years, which others have",
                    f"{_zh(name)}缺少{'、'.join(lacking)}年一遇潮位，而别处有",
                )
            )
        row = [own[years] for years in sorted(own)]
        if any(later < earlier for earlier, later in pairwise(row)):
            faults.append(
                (f"a rarer level of {_en(name)} is lower", f"{_zh(name)}重现期更长的潮位反而更低")
            )
    _refuse(faults, "The levels of the sea contradict each other", "设计潮位互相矛盾")
    return sorted(by_shore), [by_shore[name] for name in sorted(by_shore)]


def refuse_unknown_shores(shores: Sequence[str], of_dykes: Sequence[str]) -> None:
    """
    Refuse levels for shores that nobody can find on the map.

    Parameters
    ----------
    shores
        Shores that have levels.
    of_dykes
        Shore of each section; empty = none.

    Raises
    ------
    ParameterError
        If several shores have levels and no section of a dyke names one of them.
    """
    if len(shores) == 1:
        return
    lost = [name for name in shores if name not in of_dykes or name == WHOLE_SHORE]
    faults = [
        (
            f"no section of a dyke stands on {_en(name)}, so its water cannot be found",
            f"没有堤段注明位于{_zh(name)}，无法确定其水域",
        )
        for name in lost
    ]
    _refuse(faults, "Levels are given by shore", "潮位按岸段给出")


def _refuse(faults: list[tuple[str, str]], head_en: str, head_zh: str) -> None:
    if faults:
        raise ParameterError(
            f"{head_en}: {'; '.join(en for en, _ in faults)}.",
            f"{head_zh}：{'；'.join(zh for _, zh in faults)}。",
        )


def _en(shore: str) -> str:
    return f"the shore {shore}" if shore else "the whole shore"


def _zh(shore: str) -> str:
    return f"岸段“{shore}”" if shore else "全部岸线"
