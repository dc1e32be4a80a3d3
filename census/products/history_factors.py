"""Score the units of an earlier run anew, out of what the run kept of each of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.errors import CensusError
from census.products.class_doubt import add_doubt
from census.products.class_limits import class_scheme
from census.products.class_movers import class_movers
from census.products.parameters import unverified
from census.products.run_methods import needing_inputs
from census.products.sentences import figures
from census.products.units import LEVELS
from census.products.why import driver
from census.products.zone_totals import ages_told, counted
from census.products.zones import add_class, score
from census.store.cards import ZoningCard
from census.store.connection import Store
from census.store.layers import read_layer
from geo.vocabulary import UnvalidatedReason

F = NDArray[np.float64]

_OF_OTHER_CLASSES = ("areas",)
_KEPT = (
    "people", "people_in_hazard", "depth_mean_m", "depth_max_m", "wet_share", "deep_share",
    "age_share",
)  # fmt: skip


class NotComparableError(CensusError):
    """
    An earlier run cannot be recomputed under another method.

    Parameters
    ----------
    number
        Number of the run.
    reason_en, reason_zh
        Why not.
    """

    def __init__(self, number: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(
            f"Run {number} is not comparable under this method: {reason_en}.",
            f"区划 {number} 不能按本方法比较：{reason_zh}。",
        )


def from_factors(
    store: Store,
    run: ZoningCard,
    rules: dict[str, Any],
    lent: dict[str, Any],
    changed: Sequence[str],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """
    Recompute a run out of the factors, densities and ages that it kept.

    Parameters
    ----------
    store
        The store, role app.
    run
        The earlier run.
    rules
        Zoning parameters under which it is wanted.
    lent
        Scheme whose limits and density percentiles are taken.
    changed
        Names of its inputs that are no longer what they were, for the reason of a refusal.

    Returns
    -------
    tuple
        Rows of ``census.risk_zone`` without the run, and ``scheme``, ``summary`` and ``validation``
        of the run. Its depths are gone, so their error is not in the doubt, and what lowers a class
        is not told.

    Raises
    ------
    NotComparableError
        If the method asks for what the run did not keep.
    """
    rows = read_layer(store, "risk_zone", where={"run_id": run.id})
    _refuse(run, rows, rules, changed)
    percentiles = np.array(lent["density_percentiles_per_km2"], dtype=np.float64)
    scored = {
        level: score(_units(rows[rows["level"] == level]), percentiles, rules) for level in LEVELS
    }
    wanted = rules["classes"]["unit"]
    base = (
        ("grid_unit" if len(scored["grid_unit"]) else "village") if wanted == "finest" else wanted
    )
    index = scored[base]["risk"].dropna().to_numpy(dtype=np.float64)
    scheme = class_scheme(index, rules, base=base, percentiles=percentiles, earlier=lent)
    breaks = np.array(scheme["breaks"], dtype=np.float64)
    for table in scored.values():
        add_class(table, breaks, rules)
        add_doubt(table, breaks, rules)
    scheme["depth_rmse_m"] = None
    movers = class_movers(
        scored["village"], rules, breaks=breaks, percentiles=percentiles, shifted=None
    )
    told = {
        "scheme": scheme,
        "summary": _summary(run, scored, rules) | {"movers": movers},
        "validation": {
            "is_validated": False, "reason": UnvalidatedReason.RECOMPUTED.value, "n": 0,
        },
    }  # fmt: skip
    return _rows(rows, scored), told


def _refuse(
    run: ZoningCard, rows: pd.DataFrame, rules: dict[str, Any], changed: Sequence[str]
) -> None:
    """Refuse what the run did not keep, each reason in a sentence."""
    faults = []
    tables = needing_inputs(run.parameters, rules)
    floor, lower = (each["index"]["floor"] for each in (run.parameters, rules))
    if lower < floor and (rows["hazard_index"] == floor).any():
        tables.append("index.floor")
    if tables:
        en, zh = ", ".join(changed) or "none that is known", "、".join(changed) or "未知"
        faults.append(
            (
                f"{', '.join(tables)} differ, which asks for its inputs; changed since: {en}",
                f"{'、'.join(tables)} 不同，须有当时的资料，而以下资料已变：{zh}",
            )
        )
    assessed = rows["hazard_index"].notna()
    if rows.loc[assessed, "density_per_km2"].isna().any():
        faults.append(
            (
                "it was made by an edition that did not keep the density of its units",
                "生成它的程序版本没有保存各单元的人口密度",
            )
        )
    wanted = rules["classes"]["unit"]
    if wanted not in {"finest", *rows["level"]}:
        faults.append((f"it has no units of the level {wanted}", f"它没有 {wanted} 一级的单元"))
    if faults:
        said_en, said_zh = zip(*faults, strict=True)
        raise NotComparableError(run.number, "; ".join(said_en), "；".join(said_zh))


def _units(rows: pd.DataFrame) -> pd.DataFrame:
    """Put kept rows into the columns that scoring asks for, index = code."""
    columns = {name: rows[name].to_numpy(dtype=np.float64) for name in _KEPT}
    hazard = rows["hazard_index"].to_numpy(dtype=np.float64)
    columns |= {
        # The mean that the method asks for is the one that was kept: the tables agree.
        "hazard_people": hazard,
        "hazard_area": hazard,
        "density": rows["density_per_km2"].to_numpy(dtype=np.float64),
        "capacity": rows["capacity_index"].to_numpy(dtype=np.float64),
    }
    codes = pd.Index(rows["division_code"].to_numpy(dtype=object), name="code")
    return pd.DataFrame(columns, index=codes)


def _summary(
    run: ZoningCard, scored: dict[str, pd.DataFrame], rules: dict[str, Any]
) -> dict[str, Any]:
    """Tell the totals of the old run, with what its units have become."""
    kept = {name: told for name, told in run.summary.items() if name not in _OF_OTHER_CLASSES}
    has_ages = bool(scored["village"]["age_share"].notna().any())
    ages = ages_told(has_ages=has_ages, neutral=rules["vulnerability"]["neutral"])
    return kept | counted(scored) | ages | {"unverified_parameters": unverified(rules)}


def _rows(rows: pd.DataFrame, scored: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Write the units anew; sentences about water and shelters stay, that about factors follows."""
    units = {
        code: unit for table in scored.values() for code, unit in table.to_dict("index").items()
    }
    made = []
    for row in rows.to_dict("records"):
        unit = units[row["division_code"]]
        told = figures(unit)
        said = _said(row, told["contributions"]) if unit["assessed"] else _kept_words(row)
        made.append(
            {
                "division_code": row["division_code"], "level": row["level"], **told,
                "why_zh": said[0], "why_en": said[1],
                "counterfactual_zh": None, "counterfactual_en": None,
            }
        )  # fmt: skip
    return pd.DataFrame(made)


def _kept_words(row: dict[Any, Any]) -> tuple[list[str], list[str]]:
    return list(row["why_zh"]), list(row["why_en"])


def _said(row: dict[Any, Any], contributions: Sequence[float]) -> tuple[list[str], list[str]]:
    """Say the sentence about the factors anew, where it stands among the others."""
    was, now = (driver(row["level"], each) for each in (list(row["contributions"]), contributions))
    zh, en = (
        [new if each == old else each for each in words]
        for words, old, new in zip(_kept_words(row), was, now, strict=True)
    )
    return zh, en
