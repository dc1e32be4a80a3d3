"""Tell whether a version may go on: errors block it at each step, warnings need a reason once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from census.route_errors import UnexplainedError, UnfitRouteError
from census.store.route_commands import Checked
from census.store.route_keeping import Held

SUBMITTED = """
select detail -> 'explanations' from census.route_event
where route_id = :route and version = :version and kind = 'submitted'
order by id desc limit 1
"""

OFF_ROAD, NO_REASON = "off_network", "no_off_road_reason"
"""The warning that a line leaves the roads, and the error that no reason stands beside it."""


def require_fit(
    code: str, version: int, findings: Sequence[Mapping[str, Any]], reasons: Mapping[str, str]
) -> None:
    """
    Refuse a line with errors, or with warnings that nobody gave a reason for.

    Parameters
    ----------
    code
        The route's code.
    version
        The version.
    findings
        What the checks found.
    reasons
        Reasons by the finding's code.

    Raises
    ------
    UnfitRouteError
        If an error was found in it.
    UnexplainedError
        If a warning has no reason.
    """
    faults = _faults(findings, reasons)
    if faults:
        raise UnfitRouteError(code, version, faults)
    warnings = {each["code"] for each in findings if each["level"] == "warning"}
    silent = sorted(each for each in warnings if not str(reasons.get(each, "")).strip())
    if silent:
        raise UnexplainedError(code, version, silent)


def _faults(findings: Sequence[Mapping[str, Any]], reasons: Mapping[str, str]) -> list[str]:
    # That nobody said why the line leaves the road was true when it was saved; now somebody has.
    answered = {NO_REASON} if reasons.get(OFF_ROAD, "").strip() else set()
    return sorted({each["code"] for each in findings if each["level"] == "error"} - answered)


def require_fit_still(held: Held, version: int, checked: Checked) -> None:
    """
    Refuse a line that became unfit on its way: a road was closed, a shelter got wet.

    A new warning is for the person who decides to weigh.

    Parameters
    ----------
    held
        The route.
    version
        The version.
    checked
        What the checks find of its line now.

    Raises
    ------
    UnfitRouteError
        If an error is found in it that nobody answered.
    """
    values = {"route": held.route_id, "version": version}
    reasons = held.connection.execute(text(SUBMITTED), values).scalar_one_or_none() or {}
    faults = _faults(checked.findings, reasons)
    if faults:
        raise UnfitRouteError(held.head.code, version, faults)
