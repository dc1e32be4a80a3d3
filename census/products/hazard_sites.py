"""Name the areas deep in water: connected cells, split by village, with their people."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy.ndimage import label, maximum

from census.products.cell_people import place_people
from census.products.inputs import ZoningInputs, gather
from census.products.units import read_levels
from census.products.zoning_run import method
from census.store.connection import Store
from census.store.zoning import save_hazard_sites
from geo.cells import sum_by
from geo.crs import cell_area_m2
from geo.vocabulary import HazardSiteKind

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)

EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.int64)
NAMES = {"waterlogging": "易涝点", "deep_flood": "深水区"}


@dataclass(frozen=True, kw_only=True)
class SitesResult:
    """
    Hazard sites that have been kept.

    Attributes
    ----------
    count
        Number of sites.
    people_threatened
        Residents in them.
    small_pieces
        Pieces within a village that were smaller than the least area, not named.
    small_pieces_people
        Residents in those.
    """

    count: int
    people_threatened: int
    small_pieces: int
    small_pieces_people: int


def derive_hazard_sites(
    store: Store, *, hazard: str = "flood", parameters: dict[str, Any] | None = None
) -> SitesResult:
    """
    Derive the hazard sites of a flood and keep them in place of earlier derived ones.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        ``flood`` is the one hazard of this edition.
    parameters
        Entries that replace those of the method file.

    Returns
    -------
    SitesResult
        What was kept, and what was too small to be named.

    Raises
    ------
    NotYetMadeError
        If depth raster or divisions were not delivered.
    """
    rules = method(f"{hazard}_zoning", parameters)
    inputs = gather(store, rules)
    villages = read_levels(inputs)["village"]
    people = place_people(inputs, villages.units, villages.labels, rules).people
    sites, small = find_sites(
        inputs, villages.units, villages.labels, people, rules["hazard_sites"]
    )
    save_hazard_sites(store, sites.assign(hazard=hazard))
    return SitesResult(
        count=len(sites),
        people_threatened=int(sites["people_threatened"].sum()),
        small_pieces=len(small),
        small_pieces_people=round(float(small["people"].sum())),
    )


def find_sites(
    inputs: ZoningInputs,
    villages: gpd.GeoDataFrame,
    labels: I,
    people: F,
    rules: dict[str, Any],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Find connected areas deeper than a threshold, split by village.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    villages
        Villages sorted by code.
    labels
        Village of each cell, -1 outside.
    people
        Residents per cell.
    rules
        Table ``hazard_sites`` of the parameters.

    Returns
    -------
    tuple
        Sites (columns of ``hazard_site`` without the hazard), largest first in each village; and
        the pieces that were too small.
    """
    depth = np.nan_to_num(inputs.depth.cells, nan=0.0)
    area = cell_area_m2(inputs.depth.transform, inputs.depth.shape, inputs.depth.crs)
    component, _ = label(depth > rules["depth_m"], structure=EIGHT_NEIGHBOURS)
    inside = (component > 0) & (labels >= 0)
    key = component.astype(np.int64) * (len(villages) + 1) + labels
    keys, flat = np.unique(key[inside], return_inverse=True)
    piece = np.full(depth.shape, -1, dtype=np.int64)
    piece[inside] = flat
    count = len(keys)
    table = pd.DataFrame(
        {
            "piece": np.arange(count),
            "village": keys % (len(villages) + 1),
            "area_m2": sum_by(piece, np.asarray(area), count),
            "people": sum_by(piece, people, count),
            "depth_max_m": np.asarray(maximum(depth, piece, np.arange(count))),
        }
    )
    small = table["area_m2"] < rules["least_area_m2"]
    kept = table[~small].sort_values(
        ["village", "area_m2", "piece"], ascending=[True, False, True], kind="stable"
    )
    return _describe(kept, villages, _outlines(piece, kept["piece"], inputs), rules), table[small]


def _outlines(piece: I, wanted: pd.Series, inputs: ZoningInputs) -> NDArray[np.object_]:
    """Draw the cells of each piece as one polygon or several."""
    kept = np.isin(piece, wanted.to_numpy())
    parts: dict[int, list[shapely.Geometry]] = {}
    found = shapes(
        piece.astype(np.int32), mask=kept, connectivity=4, transform=inputs.depth.transform
    )
    for outline, value in found:
        parts.setdefault(int(value), []).append(shapely.geometry.shape(outline))
    return np.array([shapely.union_all(parts[at]) for at in wanted], dtype=object)


def _describe(
    table: pd.DataFrame,
    villages: gpd.GeoDataFrame,
    outlines: NDArray[np.object_],
    rules: dict[str, Any],
) -> gpd.GeoDataFrame:
    """Give each site its code, kind and name."""
    codes = villages["code"].to_numpy(dtype=object)[table["village"]]
    names = villages["name"].to_numpy(dtype=object)[table["village"]]
    deep = (table["depth_max_m"] > rules["deep_depth_m"]).to_numpy()
    kinds = np.where(deep, HazardSiteKind.DEEP_FLOOD.value, HazardSiteKind.WATERLOGGING.value)
    number = table.groupby("village").cumcount().to_numpy() + 1
    return gpd.GeoDataFrame(
        {
            "code": [f"D{code}-{n:02d}" for code, n in zip(codes, number, strict=True)],
            "name": [f"{v}{NAMES[k]}{n}" for v, k, n in zip(names, kinds, number, strict=True)],
            "kind": kinds,
            "origin": "derived",
            "village_code": codes,
            "people_threatened": np.round(table["people"].to_numpy()).astype(np.int64),
            "depth_max_m": table["depth_max_m"].to_numpy(),
            "area_m2": table["area_m2"].to_numpy(),
            "description": [
                f"水深超过{rules['depth_m']:g}米的连片区域，{area / 1e4:.1f}公顷，最深{depth:.2f}米"
                for area, depth in zip(table["area_m2"], table["depth_max_m"], strict=True)
            ],
        },
        geometry=outlines,
        crs=villages.crs,
    )
