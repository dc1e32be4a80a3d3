"""Put figures, class and sentences of scored units into the rows of the risk zone table."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.counterfactual import Change
from census.products.why import Facts, counterfactual, why
from geo.vocabulary import RiskLevel, UnassessedReason


def tell(
    level: str,
    table: pd.DataFrame,
    units: gpd.GeoDataFrame,
    *,
    estimated: NDArray[np.bool_],
    change: Change,
    parameters: dict[str, Any],
    ways: Sequence[tuple[str, str]] = (),
) -> pd.DataFrame:
    """
    Write the rows of one level.

    Parameters
    ----------
    level
        Name of the level.
    table
        Scored units, index = code.
    units
        The units in the same order.
    estimated
        Whether each unit's residents are derived estimates, not counts.
    change
        What would bring each unit one class down.
    parameters
        Zoning parameters.
    ways
        How the water comes to each unit, a Chinese and an English sentence; empty where unknown.

    Returns
    -------
    DataFrame
        Columns of ``census.risk_zone`` without the run.
    """
    covered = units["covered_share"].to_numpy(dtype=np.float64)
    covered = np.where(covered >= parameters["coverage"]["whole_share"], 1.0, covered)
    rows = []
    for at, (code, unit) in enumerate(zip(table.index, table.to_dict("records"), strict=True)):
        row: dict[str, Any] = {"division_code": str(code), "level": level, **figures(unit)}
        if unit["assessed"]:
            facts = _facts(
                level,
                unit,
                (float(change.lower_m[at]), float(change.more_places_people[at])),
                parameters,
                is_estimate=bool(estimated[at]),
                covered_share=float(covered[at]),
            )
            row["why_zh"], row["why_en"] = why(facts)
            if ways:
                row["why_zh"].insert(1, ways[at][0])
                row["why_en"].insert(1, ways[at][1])
            row["counterfactual_zh"], row["counterfactual_en"] = counterfactual(facts)
        else:
            reason = unassessed_reason(unit)
            row["why_zh"], row["why_en"] = [reason.zh], [reason.en]
            row["counterfactual_zh"] = row["counterfactual_en"] = None
        rows.append(row)
    return pd.DataFrame(rows)


def unassessed_reason(unit: Mapping[Any, Any]) -> UnassessedReason:
    """
    Tell why a unit has no class.

    Parameters
    ----------
    unit
        Row of the measured units, by column.

    Returns
    -------
    UnassessedReason
        No cell, no people, or no known depth where they live.
    """
    if unit["cells"] == 0:
        return UnassessedReason.NO_CELL
    return UnassessedReason.NO_PEOPLE if unit["people"] <= 0 else UnassessedReason.NO_DEPTH


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def figures(unit: Mapping[Any, Any]) -> dict[str, Any]:
    """
    Put the numbers of a scored unit into the columns of its row.

    Parameters
    ----------
    unit
        Row of the scored units, by column.

    Returns
    -------
    dict
        Class, index, factors, doubt, residents, water, and what a later method needs to score the
        unit anew, by column of ``census.risk_zone``.
    """
    assessed = bool(unit["assessed"])
    risk_class = int(unit["risk_class"]) if assessed else None
    return {
        "risk_class": risk_class,
        "risk_word": RiskLevel.from_ordinal(risk_class).value if risk_class else None,
        "risk_index": _number(unit["risk"]),
        "hazard_index": _number(unit["H"]),
        "exposure_index": _number(unit["E"]),
        "vulnerability_index": _number(unit["V"]),
        "capacity_index": _number(unit["C"]),
        "contributions": [float(unit[f"contribution_{name}"]) for name in "HEVC"]
        if assessed
        else None,
        "class_shares": unit["class_shares"],
        "rank_low": int(unit["rank_low"]) if assessed else None,
        "rank_high": int(unit["rank_high"]) if assessed else None,
        "is_unsure": bool(unit["is_unsure"]) if assessed else None,
        "people": float(unit["people"]),
        "people_in_hazard": _number(unit["people_in_hazard"]),
        "depth_mean_m": _number(unit["depth_mean_m"]),
        "depth_max_m": _number(unit["depth_max_m"]),
        "wet_share": _number(unit["wet_share"]),
        "deep_share": _number(unit["deep_share"]),
        "density_per_km2": _number(unit["density"]),
        "age_share": _number(unit["age_share"]),
    }


def _facts(
    level: str,
    unit: Mapping[Any, Any],
    ways: tuple[float, float],
    parameters: dict[str, Any],
    *,
    is_estimate: bool,
    covered_share: float,
) -> Facts:
    h, e, v, c = (float(unit[f"contribution_{name}"]) for name in "HEVC")
    return Facts(
        level=level,
        people=float(unit["people"]),
        people_in_hazard=float(unit["people_in_hazard"]),
        is_estimate=is_estimate,
        covered_share=covered_share if level == "town" else 1.0,
        evacuate_depth_m=parameters["depth"]["evacuate_depth_m"],
        depth_mean_m=float(unit["depth_mean_m"]),
        depth_max_m=float(unit["depth_max_m"]),
        deep_share=float(unit["deep_share"]),
        distance_m=parameters["capacity"]["distance_m"] if unit["by_distance"] else float("nan"),
        places_people=float(unit["places"]),
        shelters=int(unit["shelters"]),
        risk_class=int(unit["risk_class"]),
        contributions=(h, e, v, c),
        lower_m=ways[0],
        more_places_people=ways[1],
    )
