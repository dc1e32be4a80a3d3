"""Read assessments of coping capacity that were kept: the current one and its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from census.store.connection import Store

_UNITS = """
select u.division_code as code, d.name, t.code as town_code, t.name as town_name, u.level,
       u.capacity_class, u.capacity_index, u.known_share, u.weakest, u.indicator_values,
       u.indicator_scores, u.indicator_needed, u.lift_indicator, u.why_zh, u.why_en, u.lift_zh,
       u.lift_en
from census.unit_capacity u
left join census.division d on d.code = u.division_code
left join census.division t on t.code = d.town_code
where u.run_id = :run {more}
order by u.capacity_index nulls last, u.division_code
"""


@dataclass(frozen=True, kw_only=True)
class CapacityRun:
    """An assessment: what it was made from, its frozen limits, and its counts."""

    id: int
    number: str
    made_at: datetime
    data_date: date
    rule_edition: str
    code_version: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    scheme: Mapping[str, Any]
    summary: Mapping[str, Any]
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class UnitCapacity:
    """
    A town or village in an assessment.

    Attributes
    ----------
    code, name, town_code, town_name
        The division; names of today, None where it is no more.
    level
        ``town`` or ``village``.
    capacity_class
        1 weakest to 5; None where it was not assessed.
    capacity_index
        0-1.
    known_share
        Share of the weights of its level that was known, 0-1.
    weakest
        Indicators that cost most of the index, the most first.
    indicator_values, indicator_scores
        By name of the indicator; None where not known.
    indicator_needed
        What each alone would have to be for the class above; without those that are not enough.
    lift_indicator
        The one of least effort.
    why_zh, why_en, lift_zh, lift_en
        Sentences.
    """

    code: str
    name: str | None
    town_code: str | None
    town_name: str | None
    level: str
    capacity_class: int | None
    capacity_index: float | None
    known_share: float
    weakest: Sequence[str]
    indicator_values: Mapping[str, float | None]
    indicator_scores: Mapping[str, float | None]
    indicator_needed: Mapping[str, float]
    lift_indicator: str | None
    why_zh: Sequence[str]
    why_en: Sequence[str]
    lift_zh: str | None
    lift_en: str | None


def current_capacity(store: Store) -> CapacityRun | None:
    """
    Find the current assessment.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    CapacityRun or None
        None before the first one.
    """
    with store.begin() as connection:
        row = connection.execute(
            text("select * from census.capacity_run where is_current")
        ).mappings()
        found = row.one_or_none()
    return CapacityRun(**found) if found else None


def capacity_of(store: Store, run: CapacityRun, *, code: str | None = None) -> list[UnitCapacity]:
    """
    List the towns and villages of an assessment.

    Parameters
    ----------
    store
        The store, role app.
    run
        The assessment.
    code
        Only this unit.

    Returns
    -------
    list of UnitCapacity
        The weakest first, those without an index last.
    """
    question = _UNITS.format(more="and u.division_code = :code" if code else "")
    values = {"run": run.id} | ({"code": code} if code else {})
    with store.begin() as connection:
        rows = connection.execute(text(question), values).mappings().all()
    return [UnitCapacity(**{**row, "weakest": row["weakest"] or []}) for row in rows]
