"""Assess how well towns and villages can cope, from what the census knows, and keep the run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.errors import NotYetMadeError
from census.products.coping_ground import Ground, Measured, ground_of
from census.products.coping_measures import MEASURES, READ
from census.products.coping_method import (
    LEVELS,
    METHOD,
    Indicator,
    read_indicators,
    unverified_tables,
)
from census.products.coping_rows import unit_rows
from census.products.coping_scores import Scored, breaks_of, classes_of, score_level
from census.products.crosschecks.asking import stored_district
from census.products.crosschecks.district import District
from census.products.layer_hashes import layer_hash
from census.products.provenance import code_version, fingerprint, package_version
from census.products.zoning_run import method
from census.store.capacity_keeping import save_capacity
from census.store.connection import Store

F = NDArray[np.float64]
Progress = Callable[[str], None]
NOT_DELIVERED: Final = "not_delivered"
GROUND: Final = ("division", "people")


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """
    The coping capacity of a district, before it is kept.

    Attributes
    ----------
    units
        One row per town and village, columns of ``census.unit_capacity`` without the run.
    scheme
        Words, and per level limits of classes and scales, frozen with the run.
    summary
        Counts, and everything that took no part.
    """

    units: pd.DataFrame
    scheme: dict[str, Any]
    summary: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CapacityResult:
    """
    A run that has been kept.

    Attributes
    ----------
    run_id
        Id in the store.
    number
        Number of the run.
    summary
        As of :class:`Assessment`.
    seconds
        Wall time.
    """

    run_id: int
    number: str
    summary: dict[str, Any]
    seconds: float


def run_capacity(
    store: Store,
    *,
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> CapacityResult:
    """
    Assess a stored district and make the run the current one.

    Parameters
    ----------
    store
        The store, role app.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage.

    Returns
    -------
    CapacityResult
        The kept run.

    Raises
    ------
    ParameterError
        If the method has faults, or no such parameter.
    NotYetMadeError
        If divisions were not delivered, or too little of what helps for any class.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules = method(METHOD, parameters)
    read_indicators(rules)
    tell("gather")
    # The day of the data, not of the clock: the same tables give the same classes for ever.
    district = stored_district(store, today=store.district.data_date)
    if district.layer("division").empty:
        raise NotYetMadeError("divisions", "行政区划", "riskatlas import divisions FILE")
    tell("capacity")
    found = assess(district, rules)
    if not any(sum(counts) for counts in found.summary["classes"].values()):
        raise NotYetMadeError(
            "coping capacity: less than the least share of the weights is known of every unit; "
            "deliver duties, plans, teams and depots",
            "减灾能力评估：各单元已知指标的权重都不足；请交付责任清单、预案、队伍、物资",
            "riskatlas capacity",
        )
    tell("save")
    run_id, number = save_capacity(store, _run_row(store, district, rules, found), found.units)
    return CapacityResult(
        run_id=run_id,
        number=number,
        summary=found.summary,
        seconds=time.perf_counter() - started,
    )


def _run_row(
    store: Store, district: District, rules: Mapping[str, Any], found: Assessment
) -> dict[str, Any]:
    tables = sorted({*GROUND, *READ, *(name for _, names in MEASURES.values() for name in names)})
    hashes = {name: layer_hash(district.layer(name)) for name in tables}
    parts = {"inputs": hashes, "parameters": rules, "code": package_version()}
    return {
        "data_date": store.district.data_date,
        "rule_edition": rules["edition"],
        "code_version": code_version(),
        "parameters": rules,
        "inputs": {"layers": hashes, "fingerprint": fingerprint(parts)},
        "scheme": found.scheme,
        "summary": found.summary,
    }


def assess(district: District, rules: Mapping[str, Any]) -> Assessment:
    """
    Measure, score and class the towns and villages of a district.

    Parameters
    ----------
    district
        The district; its day is the date of the data.
    rules
        Parameters of method ``coping_capacity``.

    Returns
    -------
    Assessment
        The same bytes for the same tables, whatever the order of their rows.
    """
    indicators = read_indicators(rules)
    ground = ground_of(district)
    least = float(rules["quality"]["least_weight_share"])
    frames, levels, told = [], {}, {}
    for level in LEVELS:
        measured, empty = _measure(ground, level, indicators)
        columns = {name: each.amounts for name, each in measured.items()}
        scored = score_level(level, columns, indicators, least)
        breaks, how = breaks_of(scored.index, level, rules["classes"])
        classes = classes_of(scored.index, breaks, rules["classes"]["count"])
        frames.append(
            unit_rows(
                level, ground.units(level).index, scored, classes=classes, breaks=breaks,
                rules=rules["classes"], least_share=least,
            )
        )  # fmt: skip
        levels[level] = _frozen(scored, breaks, how)
        told[level] = _told(scored, measured, empty)
    units = pd.concat([each for each in frames if len(each)], ignore_index=True)
    scheme = {
        "edition": rules["edition"], "words": list(rules["classes"]["words"]), "levels": levels,
    }  # fmt: skip
    return Assessment(
        units=units, scheme=scheme, summary=_summary(ground, units, told, rules)
    )  # fmt: skip


def _measure(
    ground: Ground, level: str, indicators: list[Indicator]
) -> tuple[dict[str, Measured], dict[str, list[str]]]:
    """Measure the indicators of a level, and name the tables without rows of those that cannot."""
    measured: dict[str, Measured] = {}
    empty: dict[str, list[str]] = {}
    for each in indicators:
        if level not in each.weights:
            continue
        measure, tables = MEASURES[each.name]
        missing = [name for name in tables if ground.district.layer(name).empty]
        if missing:
            empty[each.name] = missing
            nothing = np.full(len(ground.units(level)), np.nan)
            measured[each.name] = Measured(amounts=nothing, left_out={})
        else:
            measured[each.name] = measure(ground, level, each.rule)
    return measured, empty


def _frozen(scored: Scored, breaks: F, how: str) -> dict[str, Any]:
    return {
        "breaks": [float(each) for each in breaks],
        "method": how,
        "units": int(np.isfinite(scored.index).sum()),
        "scales": {
            each.indicator.name: {"low": each.low, "high": each.high, "weight": each.weight}
            for each in scored.scales
        },
    }


def _told(
    scored: Scored, measured: Mapping[str, Measured], empty: Mapping[str, list[str]]
) -> dict[str, Any]:
    """Tell of each indicator whether it took part, why not, and what was left out of it."""
    return {
        name: {
            "reason": NOT_DELIVERED if name in empty else scored.left_out.get(name),
            "empty_tables": empty.get(name, []),
            "missing_units": int((~np.isfinite(each.amounts)).sum()),
            "left_out": each.left_out,
        }
        for name, each in measured.items()
    }


def _summary(
    ground: Ground, units: pd.DataFrame, told: Mapping[str, Any], rules: Mapping[str, Any]
) -> dict[str, Any]:
    count = rules["classes"]["count"]
    missing = units[units["capacity_class"].isna()]
    classes = {
        level: np.bincount(
            units.loc[units["level"] == level, "capacity_class"].dropna().astype(int),
            minlength=count + 1,
        )[1:].tolist()
        for level in LEVELS
    }
    return {
        "units": {level: len(ground.units(level)) for level in LEVELS},
        "classes": classes,
        "not_assessed": [
            {"code": row.division_code, "level": row.level, "known_share": row.known_share}
            for row in missing.itertuples()
        ],
        "indicators": dict(told),
        "without_people": ground.villages.index[ground.villages["people"].isna()].tolist(),
        "unverified_parameters": unverified_tables(rules),
    }
