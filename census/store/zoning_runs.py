"""Read zoning runs that were kept: one by its number, all of them, and what changed between two."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from census.store.cards import ZoningCard
from census.store.connection import Store
from census.store.shown import RUN

_RUNS = """
select r.*, (
    select jsonb_agg(counted) from (
        select level, coalesce(risk_class, 0) as class, count(*) as units, sum(people) as people
        from pub.risk_zone z where z.run_id = r.id group by 1, 2
    ) counted
) as classes, (select o.number from pub.zoning_run o where o.id = r.recomputed_from) as original
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


def kept_runs(store: Store) -> list[ZoningCard]:
    """
    List the runs.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    list of ZoningCard
        The newest first.
    """
    return _read(store, f"{_RUNS} order by r.id desc", {})


def kept_run(store: Store, number: str) -> ZoningCard | None:
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
    ZoningCard or None
        The run; None where there is none of that number.
    """
    found = _read(store, f"{_RUNS} where r.number = :number", {"number": number})
    return found[0] if found else None


def zoning_card(store: Store, hazard: str | None = None) -> ZoningCard | None:
    """
    Find the run that pages show.

    Parameters
    ----------
    store
        The store, any role.
    hazard
        Hazard asked for; None for the leading one.

    Returns
    -------
    ZoningCard or None
        That of the hazard, else of the leading one, else the newest; None before the first run.
    """
    found = _read(store, f"{_RUNS} where r.id = {RUN}", {"hazard": hazard})
    return found[0] if found else None


def _read(store: Store, question: str, values: dict[str, Any]) -> list[ZoningCard]:
    with store.begin() as connection:
        rows = connection.execute(text(question), values).mappings().all()
    return [ZoningCard(**{**row, "classes": _counted(row["classes"] or [])}) for row in rows]


def _counted(rows: list[dict[str, Any]]) -> dict[str, dict[int, tuple[int, float]]]:
    classes: dict[str, dict[int, tuple[int, float]]] = {}
    for each in rows:
        classes.setdefault(each["level"], {})[each["class"]] = (each["units"], each["people"])
    return classes


def class_changes(
    store: Store, before: ZoningCard, after: ZoningCard, level: str
) -> list[ClassChange]:
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


def run_factors(store: Store, run: ZoningCard, level: str) -> list[Factors]:
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
