"""What a database fault turns into: the fault itself, with its own cause, whatever it was."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from census.store.outages import is_away


@pytest.mark.postgis
def test_a_connection_cut_in_a_transaction_is_known_as_an_absent_database(small_district):
    with pytest.raises(DBAPIError) as caught, small_district.begin() as connection:
        connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    assert isinstance(caught.value.__cause__, psycopg.OperationalError)
    assert is_away(caught.value)


@pytest.mark.postgis
def test_a_text_that_the_database_cannot_hold_is_a_fault_but_no_outage(small_district):
    with pytest.raises(DBAPIError) as caught, small_district.begin() as connection:
        connection.execute(text("select cast(:said as text)"), {"said": "a\x00b"})
    assert caught.value.__cause__ is not caught.value
    assert not is_away(caught.value)


def test_a_fault_that_is_its_own_cause_ends_the_search():
    fault = ValueError("round")
    fault.__cause__ = fault
    assert not is_away(fault)
