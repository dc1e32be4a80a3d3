"""Which zoning run and plan are shown: those of the hazard asked for, else of the leading one.

Each hazard has a current run of its own, and they stand beside each other. Where nobody asked for
a hazard, or the one asked for has no run, the district's leading hazard is shown, else the newest.
"""

from typing import Any, Final

from sqlalchemy import text

from census.store.connection import Store

_LEADING: Final = "(select leading_hazard from pub.district)"

RUN: Final = f"""(
    select id from pub.zoning_run where is_current
    order by hazard is distinct from cast(:hazard as text), hazard <> {_LEADING}, id desc limit 1
)"""  # noqa: S608  (fixed names)
"""Id of the run that is shown; the question binds ``hazard``, null where none is asked for."""

LEADING_RUN: Final = RUN.replace(":hazard", "null")
"""Id of the run that is shown where none can be asked for."""

PLAN: Final = f"""(
    select id from pub.evacuation_plan where is_current
    order by hazard <> {_LEADING}, id desc limit 1
)"""  # noqa: S608  (fixed names)
"""Id of the plan that is shown: that of the leading hazard, else the newest."""

OWN_PLAN: Final = f"""(
    select p.id from pub.evacuation_plan p where p.id = {PLAN}
    and (p.hazard = cast(:hazard as text)
         or p.hazard = coalesce(
             (select r.hazard from pub.zoning_run r where r.id = {RUN}), p.hazard))
)"""  # noqa: S608  (fixed names)
"""Id of the shown plan where it is of the hazard asked for or shown; null where of another.

People whom the plan of a flood leaves at home may have to leave in a storm surge.
"""

_ZONED: Final = f"""
select hazard from pub.zoning_run where is_current
order by hazard <> {_LEADING}, id desc
"""  # noqa: S608  (fixed names)

_CLASSES: Final = f"""
select r.hazard, z.risk_class, z.is_unsure
from pub.zoning_run r left join pub.risk_zone z on z.run_id = r.id and z.division_code = :code
where r.is_current order by r.hazard <> {_LEADING}, r.id desc
"""  # noqa: S608  (fixed names)


def zoned_hazards(store: Store) -> list[str]:
    """
    List the hazards that a current run is there for.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    list of str
        Codes of hazards, the leading one first, then the newest; empty before the first run.
    """
    with store.engine.connect() as connection:
        return [row.hazard for row in connection.execute(text(_ZONED))]


def classes_by_hazard(store: Store, code: str) -> dict[str, tuple[int | None, bool]]:
    """
    Tell the class of a division for each hazard.

    Parameters
    ----------
    store
        The store, any role.
    code
        Code of a town, village or grid unit.

    Returns
    -------
    dict
        Hazard to its risk class (None: not assessed) and whether it is unsure, the leading
        hazard first.
    """
    with store.engine.connect() as connection:
        rows: list[Any] = list(connection.execute(text(_CLASSES), {"code": code}))
    return {row.hazard: (row.risk_class, bool(row.is_unsure)) for row in rows}
