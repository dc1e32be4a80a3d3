"""Read kept losses: the newest run of each hazard, its divisions, one of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from census.store.connection import Store

_LOSSES = """
select u.*, d.name, d.town_code from {schema}.unit_loss u
left join pub.division d on d.code = u.division_code
where u.run_id = :run and {which} order by u.division_code, u.return_period_years
"""
_ANNUAL = """
select u.*, d.name, d.town_code from {schema}.unit_annual_loss u
left join pub.division d on d.code = u.division_code
where u.run_id = :run and {which} order by u.division_code
"""


@dataclass(frozen=True, kw_only=True)
class LossRun:
    """
    A loss run as it was kept.

    Attributes
    ----------
    id, number, hazard, made_at, data_date, rule_edition, code_version, parameters, inputs
        What every product says of itself.
    is_current
        Whether it is the newest of its hazard.
    scenarios
        Floods, the shortest return period first.
    curves
        Damage curves as the run used them.
    summary
        Counts.
    """

    id: int
    number: str
    hazard: str
    made_at: datetime
    data_date: date
    rule_edition: str
    code_version: str
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    is_current: bool
    scenarios: list[dict[str, Any]]
    curves: dict[str, Any]
    summary: dict[str, Any]


def current_loss_runs(store: Store) -> list[LossRun]:
    """
    List the newest run of each hazard.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    list of LossRun
        By hazard.
    """
    with store.begin() as connection:
        question = text("select * from pub.loss_run where is_current order by hazard")
        rows = connection.execute(question).mappings().all()
    return [LossRun(**row) for row in rows]


def unit_losses(
    store: Store,
    run: LossRun,
    *,
    level: str | None = None,
    code: str | None = None,
    is_office: bool = False,
) -> list[dict[str, Any]]:
    """
    Read what each flood takes of divisions.

    Parameters
    ----------
    store
        The store; role app for the office.
    run
        The run.
    level
        ``district``, ``town`` or ``village``; None for all.
    code
        Division; None for all.
    is_office
        Read what is kept to the office too: every division, and classes of buildings.

    Returns
    -------
    list of dict
        Columns of ``unit_loss`` with ``name`` and ``town_code``, by division and return period.
    """
    return _read(store, _LOSSES, run, level, code, is_office=is_office)


def unit_annual_losses(
    store: Store,
    run: LossRun,
    *,
    level: str | None = None,
    code: str | None = None,
    is_office: bool = False,
) -> list[dict[str, Any]]:
    """
    Read the means of a year of divisions.

    Parameters
    ----------
    store
        The store; role app for the office.
    run
        The run.
    level
        ``district``, ``town`` or ``village``; None for all.
    code
        Division; None for all.
    is_office
        Read what is kept to the office too.

    Returns
    -------
    list of dict
        Columns of ``unit_annual_loss`` with ``name`` and ``town_code``, by division.
    """
    return _read(store, _ANNUAL, run, level, code, is_office=is_office)


def _read(
    store: Store, question: str, run: LossRun, level: str | None, code: str | None, *,
    is_office: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    values = {"run": run.id, "level": level, "code": code}
    columns = {"level": "u.level", "code": "u.division_code"}
    asked = [f"{columns[key]} = :{key}" for key in columns if values[key] is not None]
    whole = question.format(
        schema="census" if is_office else "pub", which=" and ".join(asked) or "true"
    )
    with store.begin() as connection:
        rows = connection.execute(text(whole), values).mappings().all()
    return [dict(row) for row in rows]
