"""Tell how the store stands, without starting or changing anything."""

from typing import Any

from sqlalchemy import text

from census.errors import CensusError
from census.store import schema, server
from census.store.cluster import Cluster, place_server
from census.store.connection import DATABASE_PREFIX, Office, engine_for, read_district
from census.store.places import current_place, names
from census.store.settings import Settings

SEPARATION_HERE = "here the roles are separated by connection only"
SEPARATION_OFFICE = "the office server separates the roles by its own users"

_DATABASE = """
select version() as server, postgis_lib_version() as postgis,
       pg_database_size(current_database()) as size_bytes
"""


def status(settings: Settings) -> dict[str, Any]:
    """
    Describe the store: server, places, schema.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    dict[str, Any]
        Keys kind, is_running, version, home, socket, log, roles, current_place, head, places (one
        entry each: name, name_zh, name_en, is_complete, is_made_up, data_date, size_mb, revision,
        postgis; None where the private server does not run) and fault.
    """
    common: dict[str, Any] = {
        "home": str(settings.home),
        "current_place": settings.place or current_place(settings),
        "head": schema.head(),
        "is_running": False,
        "version": None,
        "places": None,
        "fault": None,
    }
    try:
        return common | (_office(settings.dsn) if settings.dsn else _private(settings))
    except CensusError as fault:
        return common | {"fault": {"en": fault.sentence_en, "zh": fault.sentence_zh}}


def _office(dsn: str) -> dict[str, Any]:
    office = Office(dsn)
    return {
        "kind": "office server",
        "is_running": True,
        "roles": SEPARATION_OFFICE,
        "places": [_place(office, place) for place in names(office)],
    }


def _private(settings: Settings) -> dict[str, Any]:
    planned = place_server(settings)
    socket = server.socket_folder_in_use(planned)
    is_running = server.answers(planned)
    cluster = Cluster(planned, socket)
    return {
        "kind": "private cluster",
        "is_running": is_running,
        "version": planned.binaries.version,
        "socket": str(socket),
        "log": str(planned.log_file),
        "server_user": planned.user.name,
        "free_mb": round(server.free_mb(settings.home)) if settings.home.is_dir() else None,
        "roles": SEPARATION_HERE,
        "places": [_place(cluster, place) for place in names(cluster)] if is_running else None,
    }


def _place(where: Cluster | Office, place: str) -> dict[str, Any]:
    engine = engine_for(where.url("owner", DATABASE_PREFIX + place), pool_size=1)
    try:
        with engine.connect() as connection:
            district = read_district(connection, schema="census")
            if district is None:
                return {"name": place, "is_complete": False, "revision": None}
            row = connection.execute(text(_DATABASE)).mappings().one()
            return {
                "name": place,
                "name_zh": district.name_zh,
                "name_en": district.name_en,
                "is_complete": district.is_complete,
                "is_made_up": district.is_made_up,
                "data_date": district.data_date.isoformat(),
                "size_mb": round(row["size_bytes"] / server.MEGABYTE, 1),
                "revision": schema.revision(connection),
                "postgis": row["postgis"],
            }
    finally:
        engine.dispose()
