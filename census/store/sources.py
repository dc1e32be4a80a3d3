"""Where the layers of a product come from: date, provider and arrival of the last delivery."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from census.store.connection import Store

_NEWEST = """
select distinct on (d.form) d.form as name, d.data_date, d.provider, d.received_at
from census.delivery d where d.form = any(:names) order by d.form, d.id desc
"""
_RASTERS = """
select r.name, r.data_date, r.provider, d.received_at, r.rung, r.vertical_rmse_m
from census.raster r left join census.delivery d on d.id = r.delivery_id
where r.name = any(:names)
"""


def sources(store: Store, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """
    Tell where layers come from, as they are now.

    Parameters
    ----------
    store
        The store, role app.
    names
        Forms and rasters.

    Returns
    -------
    dict
        By name: ``data_date`` and ``received_on`` (ISO days of the district's zone) and
        ``provider``; what a delivery does not say is said by the district; of a raster also
        ``rung`` and ``vertical_rmse_m`` where known. Names that nothing was delivered for are
        left out.
    """
    district = store.district
    found: dict[str, dict[str, Any]] = {}
    with store.begin() as connection:
        for question in (_NEWEST, _RASTERS):
            rows = connection.execute(text(question), {"names": list(names)}).mappings()
            for row in rows:
                arrived = row["received_at"]
                found[row["name"]] = {
                    "data_date": (row["data_date"] or district.data_date).isoformat(),
                    "provider": row["provider"] or district.attribution,
                    "received_on": None if arrived is None
                    else arrived.astimezone(ZoneInfo(district.timezone)).date().isoformat(),
                    **{
                        each: row[each] for each in ("rung", "vertical_rmse_m")
                        if row.get(each) is not None
                    },
                }  # fmt: skip
    return found
