"""Which duties hold today, and how many terms have begun or ended: a day changes both by itself."""

from typing import Final

from sqlalchemy import text

from census.store.connection import Store

# The day in the district, for any role.
_TODAY: Final = (
    "(select (clock_timestamp() at time zone d.timezone)::date as today from pub.district d) t"
)
HOLDS_TODAY: Final = (
    f"exists (select from {_TODAY} where coalesce(u.valid_from, t.today) <= t.today "
    "and coalesce(u.valid_to, t.today) >= t.today)"
)
"""Condition on ``pub.duty u``: without a term a duty holds."""


def terms_turned(store: Store) -> int:
    """
    Count the beginnings and ends of duties that lie behind: it changes when one more does.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    int
        Their number.
    """
    query = f"""
        select count(*) filter (where u.valid_from <= t.today)
             + count(*) filter (where u.valid_to < t.today) from pub.duty u cross join {_TODAY}"""  # noqa: S608  (fixed names)
    with store.engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())
