"""Numbers that a delivery changed far more than it changed the others of their kind."""

import math
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from census.products.crosschecks.district import Change, District, Finding, code_of, of
from census.products.parameters import Parameters

# Of a normal distribution the standard deviation is so many median absolute deviations.
_NORMAL = 1.4826


def outliers(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find numbers whose ratio of change lies far from the median ratio of their column.

    Objects that stand as they were count with the ratio 1. A number that came from nothing, or went
    to nothing, has no ratio and counts as an outlier where the difference is large enough.

    Parameters
    ----------
    district
        The district.
    rule
        ``columns`` with ``table`` and ``column``; ``within_days``, ``least_ratio``,
        ``most_deviations``, ``least_difference``.

    Yields
    ------
    Finding
        One per number.
    """
    since = district.today - timedelta(days=rule["within_days"])
    for each in rule["columns"]:
        table, column = each["table"], each["column"]
        # Of several changes of one number the last one counts.
        changes = {c.code: c for c in district.changes(table, since) if c.column == column}
        if not changes:
            continue
        centre, spread = _middle(list(changes.values()), len(district.layer(table)))
        limit = max(rule["most_deviations"] * spread, math.log(rule["least_ratio"]))
        for record in district.records(table):
            change = changes.get(code_of(record))
            if change is None or record[column] != change.after:
                continue
            small = abs(change.after - change.before) < rule["least_difference"]
            if small or abs(_log_ratio(change) - centre) <= limit:
                continue
            yield of(
                table, record, column=column, value=f"{change.after:g}",
                sentence_zh=f"上次为 {change.before:g}，本次为 {change.after:g}；"
                f"同列的中位变化为 {math.exp(centre):.2f} 倍",
                sentence_en=f"It was {change.before:g} and is {change.after:g}; the median of its "
                f"column became {math.exp(centre):.2f} times as much",
                fix_zh="与填报单位核实；属实则无须改动",
                fix_en="Ask whoever delivered it; if true, leave it",
            )  # fmt: skip


def _log_ratio(change: Change) -> float:
    if change.before > 0 and change.after > 0:
        return math.log(change.after / change.before)
    return math.copysign(math.inf, change.after - change.before)


def _middle(changes: list[Change], objects: int) -> tuple[float, float]:
    ratios = np.array([_log_ratio(each) for each in changes])
    still = np.zeros(max(objects - len(ratios), 0))
    every = np.concatenate([ratios[np.isfinite(ratios)], still])
    if not len(every):
        return 0.0, 0.0
    centre = float(np.median(every))
    return centre, _NORMAL * float(np.median(np.abs(every - centre)))
