"""Name the day that it is in the district, wherever the database's own clock stands."""

from datetime import date

from sqlalchemy import Date, literal_column
from sqlalchemy.sql.elements import ColumnElement


def district_today() -> ColumnElement[date]:
    """
    Return today as the people of the district write it, for a statement of role app.

    Returns
    -------
    ColumnElement[date]
        The database's clock in the time zone of the district; ``current_date`` would be the day of
        the connection's zone, which is UTC.
    """
    return literal_column(
        "(clock_timestamp() at time zone (select d.timezone from census.district as d))::date",
        Date(),
    )
