"""List what is missing: posts that nobody holds, units without a class, villages without a plan."""

from dataclasses import dataclass

import pandas as pd

from census.store.connection import Store
from census.store.layers import read_layer
from census.store.zoning import current_plan, current_run
from geo.vocabulary import DutyRole

GAPS = {
    "no_primary": ("没有A角责任岗位", "no post with role A"),
    "no_deputy": ("没有B角责任岗位", "no post with role B"),
    "no_people": ("没有人口数据", "no number of residents"),
    "not_assessed": ("未评估风险", "risk not assessed"),
    "unserved": ("有人需转移而无去处", "people to evacuate without a place"),
}
"""Kinds of gap, with their label in Chinese and English."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """
    Something that is missing at a division.

    Attributes
    ----------
    division_code, name, level
        The division.
    kind
        A key of ``GAPS``.
    label_zh, label_en
        The kind in words.
    people
        Persons concerned, where the gap is about people.
    """

    division_code: str
    name: str
    level: str
    kind: str
    label_zh: str
    label_en: str
    people: int | None = None


def gaps(store: Store, *, hazard: str = "flood") -> list[Gap]:
    """
    List the gaps of a district.

    A form that was never delivered is no gap of each village: duties count only where any were
    delivered, classes only after a zoning, unserved people only after a plan.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard of zoning and plan.

    Returns
    -------
    list of Gap
        Sorted by division and kind.
    """
    divisions = read_layer(store, "division", columns=["code", "name", "level"])
    villages = divisions.loc[divisions["level"] == "village", "code"].tolist()
    people = read_layer(store, "people", columns=["division_code"])["division_code"]
    found: list[tuple[str, str, int | None]] = [
        (code, "no_people", None) for code in sorted(set(villages) - set(people))
    ]
    found += _without_posts(read_layer(store, "duty"), villages)
    run, plan = current_run(store, hazard), current_plan(store, hazard)
    if run is not None:
        zones = read_layer(
            store,
            "risk_zone",
            where={"run_id": run["id"]},
            columns=["division_code", "risk_class"],
        )
        missing = zones.loc[zones["risk_class"].isna(), "division_code"]
        found += [(code, "not_assessed", None) for code in missing]
    if plan is not None:
        found += _unserved(
            read_layer(
                store,
                "evacuation_demand",
                where={"plan_id": plan["id"]},
                columns=["unit_code", "unserved_people"],
            )
        )
    names = divisions.set_index("code")
    return [
        Gap(
            division_code=code,
            name=str(names.loc[code, "name"]),
            level=str(names.loc[code, "level"]),
            kind=kind,
            label_zh=GAPS[kind][0],
            label_en=GAPS[kind][1],
            people=count,
        )
        for code, kind, count in sorted(found, key=lambda row: row[:2])
        if code in names.index
    ]


def _without_posts(duties: pd.DataFrame, villages: list[str]) -> list[tuple[str, str, int | None]]:
    if duties.empty:
        return []
    held = {
        role: set(duties.loc[duties["role"] == role, "division_code"])
        for role in (DutyRole.PRIMARY.value, DutyRole.DEPUTY.value)
    }
    return [
        (code, f"no_{role}", None)
        for role, codes in held.items()
        for code in villages
        if code not in codes
    ]


def _unserved(demand: pd.DataFrame) -> list[tuple[str, str, int | None]]:
    rows = demand[demand["unserved_people"] > 0]
    counts = zip(rows["unit_code"].tolist(), rows["unserved_people"].tolist(), strict=True)
    return [(str(code), "unserved", int(count)) for code, count in counts]
