"""Connected areas of one risk class as a layer: outline, people, and the factor that counts."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census.errors import NotYetMadeError
from census.store.connection import Store
from census.store.layers import read_layer
from geo.vocabulary import RiskLevel

FACTORS: Final = ("hazard", "exposure", "vulnerability", "capacity")
"""Factors in the order in which a zone's contributions are stored."""
COLUMNS: Final = (
    "code", "name", "hazard", "risk_class", "risk_word", "people", "area_m2", "village_count",
    "villages", "dominant_factor", "villages_without_outline", "run_number", "data_date",
)  # fmt: skip


def risk_areas(store: Store, hazard: str | None = None) -> gpd.GeoDataFrame:
    """
    Draw the connected areas of the current runs.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        Areas of this hazard alone; None for those of all.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per area and hazard, ``COLUMNS`` and ``geom`` in the district's CRS: name and code
        of its largest village, residents, area, codes of its villages, and the factor that, over
        its residents, raises the index most above the median unit's (empty where not assessed).

    Raises
    ------
    NotYetMadeError
        If nothing was zoned yet, or not this hazard.
    """
    asked = {} if hazard is None else {"hazard": hazard}
    runs = read_layer(store, "zoning_run", where={"is_current": True, **asked})
    if runs.empty:
        remedy = "riskatlas zone" if hazard is None else f"riskatlas zone --hazard {hazard}"
        raise NotYetMadeError("zoning run", "风险区划", remedy)
    divisions = read_layer(store, "division", columns=["code", "geom"])
    outlines = divisions[divisions.geometry.notna()].set_index("code").geometry
    rows = [row for run in runs.sort_values("hazard").to_dict("records") for row in _of(store, run)]
    shapes = [_joined(outlines, row["villages"]) for row in rows]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["villages_without_outline"] = [
        sum(code not in outlines.index for code in row["villages"]) for row in rows
    ]
    table["villages"] = [" ".join(codes) for codes in table["villages"]]
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=divisions.crs).rename_geometry("geom")
    return frame.astype({"risk_class": "Int64"})


def _joined(outlines: gpd.GeoSeries, villages: list[str]) -> Any:
    parts = outlines.reindex([code for code in villages if code in outlines.index])
    return shapely.union_all(shapely.make_valid(parts.to_numpy())) if len(parts) else None


def _of(store: Store, run: dict[str, Any]) -> list[dict[str, Any]]:
    zones = read_layer(store, "risk_zone", where={"run_id": run["id"], "level": "village"})
    zones = zones.set_index("division_code")
    return [
        {
            **{name: each[name] for name in ("code", "name", "people", "area_m2", "villages")},
            "hazard": run["hazard"],
            "risk_class": each["risk_class"],
            "risk_word": RiskLevel.from_ordinal(each["risk_class"]).value
            if each["risk_class"] else None,
            "village_count": len(each["villages"]),
            "dominant_factor": dominant_factor(zones.reindex(each["villages"])),
            "run_number": run["number"],
            "data_date": run["data_date"],
        }
        for each in run["summary"].get("areas", [])
    ]  # fmt: skip


def dominant_factor(zones: pd.DataFrame) -> str | None:
    """
    Name the factor that raises the index of an area most.

    Parameters
    ----------
    zones
        Zones of its villages: ``people``, and ``contributions`` of H, E, V and C to the logarithm
        of the index, relative to the median unit; None where not assessed.

    Returns
    -------
    str or None
        One of ``FACTORS``: the greatest mean contribution over the residents; None where no
        village was assessed.
    """
    told = zones[zones["contributions"].notna()]
    if not len(told):
        return None
    weights = told["people"].to_numpy(dtype=np.float64)
    table = np.array(told["contributions"].tolist(), dtype=np.float64)
    mean = np.average(table, axis=0, weights=weights if weights.sum() > 0 else None)
    return FACTORS[int(mean.argmax())]
