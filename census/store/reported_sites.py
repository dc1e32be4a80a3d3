"""Tell which report stands behind a hazard site: what was seen, and when it came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text

from census.store.connection import Store

REPORTED: Final = "reported"
"""Origin of a hazard site that was a report."""

QUERY = "select code, kind, reported_at from pub.reported_hazard where is_verified order by code"


@dataclass(frozen=True)
class ReportedSite:
    """
    What was reported of a site.

    Attributes
    ----------
    report_kind
        Code of :class:`geo.vocabulary.ReportKind`.
    reported_at
        When it came in, day and minute in the district's zone.
    """

    report_kind: str
    reported_at: str


def local_minute(at: datetime, timezone: str) -> str:
    """
    Write a moment as the district's clocks show it.

    Parameters
    ----------
    at
        The moment, with its zone.
    timezone
        IANA zone.

    Returns
    -------
    str
        Day, hour and minute.
    """
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def reported_sites(store: Store) -> Mapping[str, ReportedSite]:
    """
    Read what was reported and accepted.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    Mapping
        By code of the hazard site.
    """
    zone = store.district.timezone
    with store.engine.connect() as connection:
        return {
            str(row.code): ReportedSite(str(row.kind), local_minute(row.reported_at, zone))
            for row in connection.execute(text(QUERY))
        }
