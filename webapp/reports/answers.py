"""Tell a script of a report: codes, figures and times; the page words them in its language."""

from collections.abc import Sequence
from typing import Any, Final

from census.store.report_statements import Receipt
from census.store.reports import ReportCard, Step

OWN: Final = (
    "number", "village_code", "village_name", "town_name", "x", "y", "accuracy_m", "place_source",
    "doubts", "kind", "severity", "people_threatened", "words", "photos", "photos_here",
    "clock_off_s", "status", "reason", "joined_number", "site_code",
)  # fmt: skip
# A list is looked over; what an officer wrote is read one by one.
LISTED: Final = (
    "number", "village_name", "town_name", "x", "y", "doubts", "kind", "severity", "status",
    "reporter_name", "arrived_photos",
)  # fmt: skip
DESK: Final = (*OWN, "reporter_name", "unit_code", "decided_by_name", "distance_m")
TIMES: Final = ("written_at", "received_at", "decided_at", "changed_at")


def receipt(made: Receipt) -> tuple[dict[str, Any], int]:
    """
    Acknowledge what is stored.

    Parameters
    ----------
    made
        The receipt.

    Returns
    -------
    tuple of dict and int
        Body and status: 201 for what is new, 200 for what was there.
    """
    body = {
        "sha256": made.sha256,
        "number": made.number,
        "received_at": made.received_at.isoformat(),
    }
    return body, 201 if made.is_new else 200


def card(found: ReportCard, *, fields: Sequence[str] = DESK) -> dict[str, Any]:
    """
    Tell of a report.

    Parameters
    ----------
    found
        The report.
    fields
        What is told of it.

    Returns
    -------
    dict
        Ready for JSON; times as ISO 8601.
    """
    told = {name: getattr(found, name) for name in fields}
    times = {name: getattr(found, name) for name in TIMES}
    told |= {name: at.isoformat() if at else None for name, at in times.items()}
    joined = str(found.joined_to) if found.joined_to else None
    return {"id": str(found.id), **told, "joined_to": joined}


def steps(found: Sequence[Step], *, with_names: bool) -> list[dict[str, Any]]:
    """
    Tell what happened to a report.

    Parameters
    ----------
    found
        Its steps.
    with_names
        Whether to tell who did each.

    Returns
    -------
    list of dict
        Ready for JSON.
    """
    return [
        {"kind": each.kind, "reason": each.reason, "at": each.at.isoformat()}
        | ({"by": each.actor_name} if with_names else {})
        for each in found
    ]
