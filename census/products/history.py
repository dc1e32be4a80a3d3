"""Recompute earlier runs under the method of the current one, so that years can be compared.

A run whose inputs are still what they were is zoned anew. Of any other, hazard and capacity are
taken as it kept them, densities and ages are scored anew, and index and classes follow; where the
method asks for more, the run is told as not comparable. What was published stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from census.errors import CensusError, NotYetMadeError
from census.products.class_limits import lent_scheme
from census.products.history_factors import NotComparableError, from_factors
from census.products.inputs import ZoningInputs, gather
from census.products.parameters import unverified
from census.products.provenance import code_version, fingerprint, package_version
from census.products.run_methods import (
    FROM_FACTORS,
    FROM_INPUTS,
    compares,
    differing_tables,
    unlike,
)
from census.products.zones import zone
from census.products.zoning_run import Progress, compare, connected_areas, method
from census.store.cards import ZoningCard
from census.store.connection import Store
from census.store.zoning import save_recomputed
from census.store.zoning_runs import kept_runs


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """
    What became of an earlier run.

    Attributes
    ----------
    original
        Its number.
    number
        Number of the recomputed run; None where it is not comparable.
    way
        ``inputs`` or ``factors``: out of what it was recomputed; empty where it was not.
    reason_en, reason_zh
        Why it is not comparable; empty where it is.
    """

    original: str
    number: str | None
    way: str = ""
    reason_en: str = ""
    reason_zh: str = ""


class OlderMethodError(CensusError):
    """
    The current run was made by an earlier edition of the program, whose method says less.

    Parameters
    ----------
    number
        Number of that run.
    missing
        What its method does not say.
    """

    def __init__(self, number: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"Run {number} was made by an earlier edition, whose method does not say "
            f"{', '.join(missing)}. Zone anew (riskatlas zone), then recompute the history.",
            f"区划 {number} 由较早版本的程序生成，其方法缺少 {'、'.join(missing)}。"
            "请先重新区划（riskatlas zone），再重算历史。",
        )


def earlier_runs(runs: Sequence[ZoningCard], model: ZoningCard) -> list[ZoningCard]:
    """
    Choose the runs that are to be recomputed under the method of another one.

    Parameters
    ----------
    runs
        All runs, the newest first.
    model
        The run whose method and limits count.

    Returns
    -------
    list of ZoningCard
        Of each data date and set of inputs the newest published run of the hazard before the
        model, but none made of the model's own data, none that compares with the model as it is,
        and none that was recomputed so before.
    """
    done = {each.recomputed_from for each in runs if each.recomputed_from and compares(each, model)}
    seen = {_made_of(model)}
    chosen = []
    for run in runs:
        is_earlier = run.id < model.id and run.hazard == model.hazard and not run.recomputed_from
        if not is_earlier or _made_of(run) in seen:
            continue
        seen.add(_made_of(run))
        if run.id not in done and not compares(run, model):
            chosen.append(run)
    return chosen


def _made_of(run: ZoningCard) -> tuple[str, str]:
    return run.data_date.isoformat(), fingerprint(run.inputs.get("layers", {}))


def recompute_history(
    store: Store, hazard: str = "flood", *, progress: Progress | None = None
) -> list[Recomputed]:
    """
    Recompute the earlier runs of a hazard under the method and between the limits of its current.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard.
    progress
        Called with the number of each run that is taken up.

    Returns
    -------
    list of Recomputed
        The newest first; empty where every earlier run was made of the same data as the current
        one, or compares with it already.

    Raises
    ------
    NotYetMadeError
        If the hazard has no current run.
    OlderMethodError
        If that run's method lacks what this edition asks for.
    """
    runs = kept_runs(store)
    model = next((each for each in runs if each.hazard == hazard and each.is_current), None)
    if model is None:
        raise NotYetMadeError("zoning run", "风险区划", f"riskatlas zone --hazard {hazard}")
    return _recompute_earlier(store, runs, model, progress)


def _recompute_earlier(
    store: Store, runs: Sequence[ZoningCard], model: ZoningCard, progress: Progress | None
) -> list[Recomputed]:
    _refuse_older(model)
    chosen, lent = earlier_runs(runs, model), lent_scheme(model)
    classes = {**model.parameters["classes"], "base_run": lent["number"]}
    rules = {**model.parameters, "classes": classes}
    today = _today(store, rules) if chosen else None
    found = []
    for run in chosen:
        if progress:
            progress(run.number)
        found.append(_recompute(store, run, rules, lent, today))
    return found


def history_of_new_method(
    store: Store, hazard: str = "flood", *, progress: Progress | None = None
) -> list[Recomputed]:
    """
    Recompute the history where the current run's method is another than that of the run before.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard.
    progress
        Called with the number of each run that is taken up.

    Returns
    -------
    list of Recomputed
        As of :func:`recompute_history`; empty where the method is what it was.
    """
    runs = kept_runs(store)
    published = [each for each in runs if each.hazard == hazard and not each.recomputed_from]
    if not published[1:]:
        return []
    new, former = published[:2]
    has_new_method = "classes" in unlike(new, former) or differing_tables(
        new.parameters, former.parameters
    )
    return _recompute_earlier(store, runs, new, progress) if has_new_method else []


def _refuse_older(model: ZoningCard) -> None:
    known = method(f"{model.hazard}_zoning", None)
    missing = [
        f"{name}.{key}" for name, table in known.items() if isinstance(table, dict)
        for key in table if key not in model.parameters.get(name, {})
    ]  # fmt: skip
    if missing:
        raise OlderMethodError(model.number, missing)


def _today(store: Store, rules: dict[str, Any]) -> ZoningInputs | None:
    """Gather what is there now, in case an old run was made of the same; None without."""
    try:
        return gather(store, rules)
    except NotYetMadeError:
        return None


def _recompute(
    store: Store,
    run: ZoningCard,
    rules: dict[str, Any],
    lent: dict[str, Any],
    today: ZoningInputs | None,
) -> Recomputed:
    had = run.inputs.get("layers", {})
    try:
        if today is not None and today.hashes == had:
            way, (zones, told) = FROM_INPUTS, _from_inputs(store, run, rules, lent, today)
        else:
            changed = _changed(had, today)
            way, (zones, told) = FROM_FACTORS, from_factors(store, run, rules, lent, changed)
    except NotComparableError as fault:
        return Recomputed(
            original=run.number, number=None, reason_en=fault.sentence_en,
            reason_zh=fault.sentence_zh,
        )  # fmt: skip
    row = _row(run, rules, way) | told
    _, number = save_recomputed(store, row, zones, original=run.id)
    return Recomputed(original=run.number, number=number, way=way)


def _changed(had: dict[str, Any], today: ZoningInputs | None) -> list[str]:
    """Name the inputs of an old run that are no longer what they were."""
    now = {} if today is None else today.hashes
    return sorted(name for name, each in had.items() if now.get(name) != each)


def _from_inputs(
    store: Store,
    run: ZoningCard,
    rules: dict[str, Any],
    lent: dict[str, Any],
    inputs: ZoningInputs,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Zone anew what has not changed since."""
    zoning = zone(inputs, rules, lent)
    areas = connected_areas(inputs, zoning, rules)
    summary = {**zoning.summary, "unverified_parameters": unverified(rules), "areas": areas}
    validation = compare(store, inputs, zoning, run.hazard, rules)
    told = {"scheme": zoning.scheme, "summary": summary, "validation": validation}
    return zoning.zones, told


def _row(run: ZoningCard, rules: dict[str, Any], way: str) -> dict[str, Any]:
    """Describe a recomputed run: the data of the old one, the method of the current one."""
    layers = run.inputs.get("layers", {})
    origin = {"from": run.number, "method_of": rules["classes"]["base_run"], "way": way}
    parts = {"inputs": layers, "parameters": rules, "code": package_version(), "origin": origin}
    return {
        "hazard": run.hazard, "data_date": run.data_date, "rule_edition": rules["edition"],
        "code_version": code_version(), "parameters": rules,
        "inputs": {**run.inputs, "fingerprint": fingerprint(parts), "recomputed": origin},
    }  # fmt: skip
