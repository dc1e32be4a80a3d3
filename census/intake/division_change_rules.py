"""A crosswalk of codes makes sense: heirs where there must be, parts that make one, no rings."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from census.intake.context import Context
from census.intake.problems import Problem
from census.intake.reading import Delivery
from census.intake.values import source
from geo.vocabulary import DivisionChange

WHOLE_TOLERANCE: Final = 0.005


def check_changes(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    """
    Hold the rows of a crosswalk against one another and against the stored codes.

    Parameters
    ----------
    delivery
        The delivery.
    values
        Its values, codes settled.
    shapes
        None: a crosswalk has no shapes.
    context
        The district, with the crosswalk stored so far.

    Yields
    ------
    Problem
        Errors for rows that contradict their kind or whose parts do not make one; warnings for
        heirs that nobody knows.
    """
    del shapes
    records: Any = values.to_dict("records")
    known = set(context.levels) | {each["from_code"] for each in records}
    known |= {link.from_code for link in context.crosswalk.links}
    shares: defaultdict[tuple[object, object], list[int]] = defaultdict(list)
    for row, each in enumerate(records):
        if each["from_code"] is None or each["kind"] is None:
            continue
        fault = _fault(each["from_code"], each.get("to_code"), each["kind"])
        if fault is not None:
            zh, en = fault
            yield source(delivery, row).problem("change", "error", zh=zh, en=en)
            continue
        if each.get("share") is not None:
            shares[each["from_code"], each["changed_on"]].append(row)
        heir = each.get("to_code")
        if heir and len(heir) > len("320684") and context.levels and heir not in known:
            yield source(delivery, row).problem(
                "heir", "warning", value=heir,
                zh=f"新代码 {heir} 不在现行区划中，原代码仍无去处",
                en=f"No division has the new code {heir}: the former one leads nowhere yet",
            )  # fmt: skip
    yield from _parts(delivery, records, shares)


def _fault(old: str, new: str | None, kind: str) -> tuple[str, str] | None:
    if (new is None) != (kind == DivisionChange.WITHDRAWN.value):
        return (
            "撤销不填新代码，其他变动必填",
            "What is withdrawn has no new code; every other change has one",
        )
    if new is not None and len(new) != len(old):
        return (
            f"{old} 与 {new} 的位数不同，级别不符",
            f"{old} and {new} differ in digits: they are of different levels",
        )
    if new == old and kind == DivisionChange.RECODED.value:
        return ("新旧代码相同，不是代码变更", "Both codes are the same: nothing was recoded")
    return None


def _parts(
    delivery: Delivery,
    records: list[dict[str, Any]],
    shares: dict[tuple[object, object], list[int]],
) -> Iterator[Problem]:
    for (old, _), rows in shares.items():
        total = sum(float(records[row]["share"]) for row in rows)
        if records[rows[0]]["kind"] != DivisionChange.SPLIT.value:
            continue
        if abs(total - 1) > WHOLE_TOLERANCE:
            yield source(delivery, rows[-1]).problem(
                "share", "error", value=f"{total:g}",
                zh=f"{old} 拆分的各比例合计 {total:g}，应为 1",
                en=f"The parts of {old} make {total:g}, not 1",
            )  # fmt: skip
