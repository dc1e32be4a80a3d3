"""Compare risk classes with past disasters, beside plain rivals; nothing of it enters zoning."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.skill import auc, scores
from geo.vocabulary import UnvalidatedReason

B = NDArray[np.bool_]


def hit_units(units: gpd.GeoDataFrame, past: gpd.GeoDataFrame, metric_srid: int, share: float) -> B:
    """
    Tell which units past disasters covered.

    Parameters
    ----------
    units
        Polygons.
    past
        Areas of past disasters of one hazard, any CRS.
    metric_srid
        EPSG code of the district's metric CRS.
    share
        Least share of a unit's area.

    Returns
    -------
    ndarray
        True where at least this share of the unit lies in the areas, shape ``(n,)``.
    """
    shapes = shapely.make_valid(units.geometry.to_crs(metric_srid).to_numpy())
    areas = shapely.make_valid(past.geometry.to_crs(metric_srid).to_numpy())
    event = shapely.union_all(areas)
    covered = shapely.area(shapely.intersection(shapes, event))
    whole = shapely.area(shapes)
    hit: B = (covered >= share * whole) & (whole > 0)
    return hit


def seen_units(
    units: gpd.GeoDataFrame, surveyed: gpd.GeoDataFrame, metric_srid: int, share: float
) -> B:
    """
    Tell which units surveys after disasters looked at.

    Parameters
    ----------
    units
        Polygons.
    surveyed
        Extents of the surveys of one hazard with ``coverage``, any CRS; what was looked at and then
        hidden, such as by clouds, was not seen.
    metric_srid
        EPSG code of the district's metric CRS.
    share
        Least share of a unit's area.

    Returns
    -------
    ndarray
        True where at least this share of the unit was seen, shape ``(n,)``; everywhere where no
        survey told its extent.
    """
    if surveyed.empty:
        return np.ones(len(units), dtype=bool)
    areas = surveyed.set_geometry(shapely.make_valid(surveyed.geometry.to_crs(metric_srid)))
    looked, hidden = (
        areas[areas["coverage"] == coverage].union_all() for coverage in ("looked", "hidden")
    )
    seen = gpd.GeoSeries([shapely.difference(looked, hidden)], crs=metric_srid)
    return hit_units(units, seen.to_frame("geometry"), metric_srid, share)


def validate(
    units: gpd.GeoDataFrame,
    zones: pd.DataFrame,
    past: gpd.GeoDataFrame,
    surveyed: gpd.GeoDataFrame,
    *,
    metric_srid: int,
    table: dict[str, Any],
) -> dict[str, Any]:
    """
    Score the classes, "everything floods" and depth alone against past disasters.

    Parameters
    ----------
    units
        Base units with ``code``.
    zones
        Risk zones of the same level.
    past
        Past disasters of the hazard with ``event``, ``year`` and ``is_made_up``.
    surveyed
        Extents of its surveys with ``coverage``; a unit that was not hit and that they did not see
        takes no part.
    metric_srid
        EPSG code of the district's metric CRS.
    table
        Table ``validation`` of the parameters.

    Returns
    -------
    dict
        ``is_validated``, n, units left out because nobody saw them, hits, base rate, hit rate,
        false alarm ratio, CSI and AUC, the same for the rivals, the events, and whether they are
        made up.
    """
    events = sorted({f"{row.event}" for row in past.itertuples()})
    found: dict[str, Any] = {
        "is_validated": False,
        "events": events,
        "is_made_up": bool(past["is_made_up"].any()) if len(past) else False,
        "observed_share": table["observed_share"],
        "forecast_class": table["forecast_class"],
        "least_units": table["least_units"],
        "n": 0,
    }
    assessed = zones[zones["risk_class"].notna()].set_index("division_code")
    compared = units[units["code"].isin(assessed.index)]
    if not len(past) or not len(compared):
        return found | {"reason": UnvalidatedReason.NO_EVENT.value}
    observed = hit_units(compared, past, metric_srid, table["observed_share"])
    known = observed | seen_units(compared, surveyed, metric_srid, table["seen_share"])
    compared, observed = compared[known], observed[known]
    rows = assessed.loc[compared["code"]]
    found |= {"n": len(observed), "observed_units": int(observed.sum())}
    found["unseen_units"] = int((~known).sum())
    if not len(observed):
        return found | {"reason": UnvalidatedReason.TOO_FEW_UNITS.value}
    found["base_rate"] = float(observed.mean())
    if len(observed) < table["least_units"]:
        return found | {"reason": UnvalidatedReason.TOO_FEW_UNITS.value}
    if observed.all() or not observed.any():
        return found | {"reason": UnvalidatedReason.ONE_SIDED.value}
    forecast = rows["risk_class"].to_numpy(dtype=np.float64) >= table["forecast_class"]
    index = rows["risk_index"].to_numpy(dtype=np.float64)
    found |= {"is_validated": True, **_scores(forecast, observed)}
    found |= {"forecast_units": int(forecast.sum()), "auc": float(auc(index, observed))}
    return found | _rivals(rows, forecast, observed)


def _rivals(rows: pd.DataFrame, forecast: B, observed: B) -> dict[str, Any]:
    depth = np.nan_to_num(rows["depth_mean_m"].to_numpy(dtype=np.float64), nan=0.0)
    # As many units as the classes forecast, the deepest ones: a rival of the same size.
    deepest = np.lexsort((np.arange(len(depth)), -depth))[: int(forecast.sum())]
    by_depth = np.zeros(len(depth), dtype=bool)
    by_depth[deepest] = True
    hazard = rows["hazard_index"].to_numpy(dtype=np.float64)
    return {
        "everything_floods": _scores(np.ones(len(observed), dtype=bool), observed),
        "depth_alone": {**_scores(by_depth, observed), "auc": float(auc(depth, observed))},
        "hazard_alone": {"auc": float(auc(hazard, observed))},
    }


def _scores(forecast: B, observed: B) -> dict[str, float | None]:
    """Hit rate, false alarm ratio and critical success index; None where one is undefined."""
    skill = scores(forecast, observed)
    named = {
        "hit_rate": skill.hit_rate,
        "false_alarm": skill.false_alarm,
        "csi": skill.csi,
    }
    return {name: float(v) if np.isfinite(v) else None for name, v in named.items()}
