"""Read zoning runs that were kept: one by its number, all of them, and what changed between two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from census.store.connection import Store

_RUNS = """
select r.*, (
    select jsonb_object_agg(level, counts) from (
        select level, jsonb_object_agg(class, units) as counts from (
            select level, coalesce(risk_class, 0) as class, count(*) as units
            from pub.risk_zone z where z.run_id = r.id group by 1, 2
        ) c group by level
    ) l
) as classes
from pub.zoning_run r
"""
_CHANGES = """
select coalesce(n.division_code, o.division_code) as code, d.name, t.name as town_name,
       o.risk_class as before, n.risk_class as after,
       o.risk_index as index_before, n.risk_index as index_after
from (select * from pub.risk_zone where run_id = :before and level = :level) o
full join (select * from pub.risk_zone where run_id = :after and level = :level) n
    on n.division_code = o.division_code
left join pub.division d on d.code = coalesce(n.division_code, o.division_code)
left join pub.division t on t.code = d.town_code
order by coalesce(n.risk_class, 0) - coalesce(o.risk_class, 0) desc,
         coalesce(n.division_code, o.division_code)
"""
_FACTORS = """
select z.division_code as code, d.name, t.name as town_name, z.risk_class, z.risk_index,
       z.hazard_index as hazard, z.exposure_index as exposure,
       z.vulnerability_index as vulnerability, z.capacity_index as capacity
from pub.risk_zone z
left join pub.division d on d.code = z.division_code
left join pub.division t on t.code = d.town_code
where z.run_id = :run and z.level = :level and z.risk_class is not null
    and z.hazard_index is not null
order by z.division_code
"""


@dataclass(frozen=True, kw_only=True)
class KeptRun:
    """
    A zoning run.

    Attributes
    ----------
    id, number
        Id in the store, and the number printed on products.
    hazard
        The hazard.
    made_at
        When it was made.
    data_date
        Date of the data.
    rule_edition, code_version
        Edition of the method, version of the program.
    parameters, inputs, scheme, validation, summary
        All that it was made from, and what it says of itself.
    is_current
        Whether it is the one that pages show.
    classes
        Units by level and class, class 0 for those without one.
    """

    id: int
    number: str
    hazard: str
    made_at: datetime
    data_date: date
    rule_edition: str
    code_version: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    scheme: Mapping[str, Any]
    validation: Mapping[str, Any] | None
    summary: Mapping[str, Any]
    is_current: bool
    classes: Mapping[str, Mapping[int, int]]


@dataclass(frozen=True, kw_only=True)
class ClassChange:
    """
    A division in two runs.

    Attributes
    ----------
    code, name, town_name
        The division; names of today, None where it is no more.
    before, after
        Risk class in either run; None for not assessed, or not there then.
    index_before, index_after
        Risk index, 0-1; comparable only where both runs have one method.
    """

    code: str
    name: str | None
    town_name: str | None
    before: int | None
    after: int | None
    index_before: float | None
    index_after: float | None


@dataclass(frozen=True, kw_only=True)
class Factors:
    """
    An assessed division with what its index is made of, each 0-1.

    Attributes
    ----------
    code, name, town_name
        The division; names of today.
    risk_class, risk_index
        What the run gave it.
    hazard, exposure, vulnerability, capacity
        H, E, V and C.
    """

    code: str
    name: str | None
    town_name: str | None
    risk_class: int
    risk_index: float
    hazard: float
    exposure: float
    vulnerability: float
    capacity: float


def kept_runs(store: Store) -> list[KeptRun]:
    """
    List the runs.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    list of KeptRun
        The newest first.
    """
    return _read(store, f"{_RUNS} order by r.id desc", {})


def kept_run(store: Store, number: str) -> KeptRun | None:
    """
    Find a run.

    Parameters
    ----------
    store
        The store, any role.
    number
        Number of the run.

    Returns
    -------
    KeptRun or None
        The run; None where there is none of that number.
    """
    found = _read(store, f"{_RUNS} where r.number = :number", {"number": number})
    return found[0] if found else None


def _read(store: Store, question: str, values: dict[str, Any]) -> list[KeptRun]:
    with store.begin() as connection:
        rows = connection.execute(text(question), values).mappings().all()
    return [
        KeptRun(
            **{**row, "classes": {
                level: {int(ordinal): units for ordinal, units in counts.items()}
                for level, counts in (row["classes"] or {}).items()
            }}
        )
        for row in rows
    ]  # fmt: skip


def class_changes(store: Store, before: KeptRun, after: KeptRun, level: str) -> list[ClassChange]:
    """
    Hold two runs against each other, division by division.

    Parameters
    ----------
    store
        The store, any role.
    before, after
        The runs.
    level
        ``town``, ``village`` or ``grid_unit``.

    Returns
    -------
    list of ClassChange
        All divisions of either run, those that rose most first.
    """
    values = {"before": before.id, "after": after.id, "level": level}
    with store.begin() as connection:
        rows = connection.execute(text(_CHANGES), values).mappings().all()
    return [ClassChange(**row) for row in rows]


def run_factors(store: Store, run: KeptRun, level: str) -> list[Factors]:
    """
    List the assessed divisions of a run with their factors.

    Parameters
    ----------
    store
        The store, any role.
    run
        The run.
    level
        ``town``, ``village`` or ``grid_unit``.

    Returns
    -------
    list of Factors
        By code.
    """
    values = {"run": run.id, "level": level}
    with store.begin() as connection:
        rows = connection.execute(text(_FACTORS), values).mappings().all()
    return [Factors(**row) for row in rows]
