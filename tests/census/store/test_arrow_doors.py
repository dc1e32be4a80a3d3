"""Layers are read over connections that share what the driver learned of the database."""

from concurrent.futures import ThreadPoolExecutor

import adbc_driver_postgresql
import pytest
from sqlalchemy import text

from census.store.arrow_doors import ArrowDoor

pytestmark = pytest.mark.postgis


def test_a_database_is_asked_for_its_types_once_however_many_read(small_district, monkeypatch):
    learned, learn = [], adbc_driver_postgresql.connect

    def counted(*arguments, **options):
        learned.append(arguments)
        return learn(*arguments, **options)

    monkeypatch.setattr(adbc_driver_postgresql, "connect", counted)
    door = ArrowDoor(small_district.address)

    def ask(number):
        with door.open() as connection, connection.cursor() as cursor:
            cursor.execute("select $1 + pg_backend_pid() * 0 as said", [number])
            return cursor.fetch_arrow_table()["said"].to_pylist()

    with ThreadPoolExecutor(8) as crowd:
        assert list(crowd.map(ask, range(40))) == [[number] for number in range(40)]
    assert len(learned) == 1
    # A door that was closed opens again, and learns anew.
    door.close()
    assert ask(7) == [7]
    assert len(learned) == 2
    door.close()


def test_no_connection_is_left_behind_by_a_reading(small_district):
    reading = text(
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and query like 'COPY (select 4711)%'"
    )

    def readers():
        with small_district.engine.connect() as connection:
            return connection.execute(reading).scalar_one()

    door = ArrowDoor(small_district.address)
    for _ in range(3):
        with door.open() as connection, connection.cursor() as cursor:
            cursor.execute("select 4711")
            assert cursor.fetch_arrow_table().num_rows == 1
            # Those of the rounds before are gone, or go within a moment.
            assert 1 <= readers() <= 2
    door.close()
