"""Bring a database to the newest schema: roles, extension, revisions."""

from functools import cache
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from census.errors import ServerError
from census.store.server import APP, PUBLIC_READER

DBA_LINES = (
    "CREATE ROLE riskatlas_app LOGIN; CREATE ROLE riskatlas_public LOGIN; "
    "CREATE EXTENSION postgis; (in the database, as a superuser)"
)
MIGRATIONS: Final = Path(__file__).parent / "migrations"


@cache
def head() -> str:
    """
    Name the newest revision of this program, as the files of the revisions are numbered.

    Returns
    -------
    str
        Its number.
    """
    return max(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def revision(connection: Connection) -> str | None:
    """
    Name the revision of a database.

    Parameters
    ----------
    connection
        A connection of any role that may read schema ``census``.

    Returns
    -------
    str | None
        Its number; None before the first.
    """
    found = connection.execute(text("select to_regclass('census.alembic_version')")).scalar()
    if found is None:
        return None
    stored = connection.execute(text("select version_num from census.alembic_version"))
    return stored.scalar_one_or_none()


def upgrade(connection: Connection, srid: int, *, to: str = "head") -> None:
    """
    Run the revisions that a database lacks, in the caller's transaction.

    Parameters
    ----------
    connection
        A connection of the owner.
    srid
        EPSG code of the district's geographic CRS.
    to
        Last revision to run.

    Raises
    ------
    ServerError
        If roles or PostGIS are missing and this user may not create them.
    """
    # Every process that opens a place asks for the head; only a new or an older place is upgraded.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    try:
        _prepare(connection)
    except ProgrammingError as fault:
        raise ServerError(str(fault.orig).splitlines()[0], DBA_LINES) from fault
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["srid"] = srid
    command.upgrade(config, to)


def _prepare(connection: Connection) -> None:
    known = {row[0] for row in connection.execute(text("select rolname from pg_roles"))}
    for role in (APP, PUBLIC_READER):
        if role not in known:
            connection.execute(text(f"create role {role} login"))
    try:
        with connection.begin_nested():
            connection.execute(text("create extension if not exists postgis"))
    except ProgrammingError:
        raise
    except psycopg.Error as fault:
        raise ServerError(str(fault).splitlines()[0], DBA_LINES) from fault
