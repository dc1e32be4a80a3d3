"""Make, list and drop places: one database each, with schema, roles and district row."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text, update
from sqlalchemy.dialects.postgresql import insert

from census.errors import PlaceBusyError, PlaceExistsError, PlaceNameError, UnknownPlaceError
from census.store.cluster import Cluster
from census.store.connection import (
    DATABASE_PREFIX,
    Office,
    Store,
    is_place_name,
    naming_full_disk,
    open_server,
    read_district,
)
from census.store.engines import engine_for
from census.store.peoples_work import require_no_work
from census.store.schema import head, revision, upgrade
from census.store.server import APP, PUBLIC_READER
from census.store.settings import Settings


def names(server: Cluster | Office) -> list[str]:
    """
    List the places of a running server.

    Parameters
    ----------
    server
        The private cluster or the office server.

    Returns
    -------
    list[str]
        Their names, sorted.
    """
    if isinstance(server, Office):
        engine = engine_for(server.url("owner"), pool_size=1)
        try:
            with engine.connect() as connection:
                district = read_district(connection, schema="pub")
        finally:
            engine.dispose()
        return [district.place] if district else []
    with server.connect() as connection:
        rows = connection.execute(
            "select datname from pg_database where starts_with(datname, %s) order by datname",
            [DATABASE_PREFIX],
        ).fetchall()
    return [str(row[0]).removeprefix(DATABASE_PREFIX) for row in rows]


def places(settings: Settings) -> list[str]:
    """
    List the places that are stored.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    list[str]
        Their names, sorted.
    """
    with open_server(settings) as server:
        return names(server)


def _memory(settings: Settings) -> Path:
    return settings.home / "current_place"


def current_place(settings: Settings) -> str | None:
    """
    Name the place loaded last.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    str | None
        Its name; None where nothing was loaded, or the server is an office server.
    """
    if settings.dsn or not _memory(settings).exists():
        return None
    return _memory(settings).read_text(encoding="ascii").strip() or None


def set_current_place(settings: Settings, place: str | None) -> None:
    """
    Remember the place loaded last.

    Parameters
    ----------
    settings
        The deployment; nothing is kept for an office server, whose database is the place.
    place
        Its name; None forgets it.
    """
    if settings.dsn:
        return
    fresh = settings.home / f"current_place.{os.getpid()}"
    fresh.write_text(place or "", encoding="ascii")
    fresh.replace(_memory(settings))


@contextmanager
def sole_loader(settings: Settings, place: str) -> Iterator[None]:
    """
    Keep other processes of this home from loading the same place meanwhile.

    Parameters
    ----------
    settings
        The deployment; its home exists.
    place
        Name of the place.

    Yields
    ------
    None
        Nothing.

    Raises
    ------
    PlaceBusyError
        If another process loads it.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / f"load-{place}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlaceBusyError(place) from None
        yield


def create_place(
    settings: Settings,
    place: str,
    profile: Mapping[str, Any],
    *,
    replace: bool = False,
    drops_work: bool = False,
) -> None:
    """
    Make the database of a place, with schema, roles and district row, and make it the current one.

    Parameters
    ----------
    settings
        The deployment.
    place
        Its name.
    profile
        Keys code, name_zh, name_en, srid, metric_srid, timezone, is_made_up, attribution,
        data_date (a date or ISO text); further ones are kept.
    replace
        Drop the stored place of that name first.
    drops_work
        Drop it also where people work in it: accounts, audit, routes and persons go with it.

    Raises
    ------
    PlaceNameError
        If the name cannot name a database.
    PlaceExistsError
        If it is stored already and ``replace`` is False.
    PeoplesWorkError
        If people work in it and ``drops_work`` is False; nothing is changed.
    ServerError
        If an office server lacks what its administrator must create.
    """
    if not is_place_name(place):
        raise PlaceNameError(place)
    # Most processes open a place that there is; only a new one declares its tables.
    from census.store.tables import declare  # noqa: PLC0415

    with open_server(settings) as server:
        known = names(server)
        if known and (place in known or isinstance(server, Office)):
            if not replace:
                raise PlaceExistsError(known[0] if isinstance(server, Office) else place)
            if not drops_work:
                require_no_work(server, known[0] if isinstance(server, Office) else place)
            _drop(server, place)
        _create(server, place)
        folder = None if settings.dsn else settings.home
        engine = engine_for(server.url("owner", DATABASE_PREFIX + place), pool_size=1)
        try:
            with naming_full_disk(folder), engine.begin() as connection:
                upgrade(connection, int(profile["srid"]))
                table = declare(int(profile["srid"])).district
                connection.execute(insert(table).values(_district_row(place, profile)))
        finally:
            engine.dispose()
    set_current_place(settings, place)


def bring_up_to_date(server: Cluster | Office, place: str) -> bool:
    """
    Run the revisions that a place lacks, because an older program made it.

    Parameters
    ----------
    server
        The running server.
    place
        Name of a stored place.

    Returns
    -------
    bool
        Whether there were any.
    """
    engine = engine_for(server.url("owner", DATABASE_PREFIX + place), pool_size=1)
    try:
        with engine.begin() as connection:
            if not _is_older(connection):
                return False
            # Several processes start together; the first one upgrades, the others wait for it.
            connection.execute(text("select pg_advisory_xact_lock(hashtext('riskatlas schema'))"))
            district = read_district(connection, schema="census")
            if district is None or not _is_older(connection):
                return False
            upgrade(connection, district.srid)
            return True
    finally:
        engine.dispose()


def _is_older(connection: Connection) -> bool:
    stored = revision(connection)
    return stored is not None and stored < head()


def _create(server: Cluster | Office, place: str) -> None:
    if isinstance(server, Office):
        return
    database = sql.Identifier(DATABASE_PREFIX + place)
    with server.connect() as connection:
        try:
            connection.execute(sql.SQL("create database {}").format(database))
        except psycopg.errors.DuplicateDatabase:
            # Another process made it since the places were listed.
            raise PlaceExistsError(place) from None
        connection.execute(sql.SQL("revoke all on database {} from public").format(database))
        for role in (APP, PUBLIC_READER):
            connection.execute(
                sql.SQL("grant connect on database {} to {}").format(database, sql.Identifier(role))
            )
        # Temporary tables are the app's; a reader of the public schema makes none.
        connection.execute(
            sql.SQL("grant temporary on database {} to {}").format(database, sql.Identifier(APP))
        )


def _drop(server: Cluster | Office, place: str) -> None:
    if isinstance(server, Office):
        with psycopg.connect(server.url("owner")) as connection:
            connection.execute("drop schema if exists pub, personal, census, access, queue cascade")
        return
    database = sql.Identifier(DATABASE_PREFIX + place)
    with server.connect() as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(database))


def _district_row(place: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    plain = json.loads(json.dumps(dict(profile), default=str, ensure_ascii=False))
    stated = profile["data_date"]
    return {
        **{key: str(profile[key]) for key in ("code", "name_zh", "name_en", "timezone")},
        "place": place,
        "srid": int(profile["srid"]),
        "metric_srid": int(profile["metric_srid"]),
        "is_made_up": bool(profile["is_made_up"]),
        "attribution": str(profile["attribution"]),
        "extent": [float(edge) for edge in profile["extent"]] if "extent" in profile else None,
        "leading_hazard": str(profile.get("leading_hazard", "flood")),
        "data_date": stated if isinstance(stated, date) else date.fromisoformat(str(stated)),
        "profile": plain,
    }


def drop_place(settings: Settings, place: str) -> None:
    """
    Drop a place with all its data.

    Parameters
    ----------
    settings
        The deployment.
    place
        Its name.

    Raises
    ------
    UnknownPlaceError
        If it is not stored.
    """
    with open_server(settings) as server:
        known = names(server)
        if place not in known:
            raise UnknownPlaceError(place, known)
        _drop(server, place)
    if current_place(settings) == place:
        set_current_place(settings, None)


def mark_complete(store: Store, *, is_complete: bool = True) -> None:
    """
    Note whether the place has been loaded to the end.

    Parameters
    ----------
    store
        The store, role app.
    is_complete
        What to note.
    """
    with store.begin() as connection:
        connection.execute(update(store.tables.district).values(is_complete=is_complete))


def set_profile(store: Store, profile: Mapping[str, Any]) -> None:
    """
    Keep further facts in the district's profile, such as the fingerprint of what was loaded.

    Parameters
    ----------
    store
        The store, role app.
    profile
        Keys to add or to set anew.
    """
    plain = json.dumps(dict(profile), default=str, ensure_ascii=False)
    with store.begin() as connection:
        connection.execute(
            text("update census.district set profile = profile || cast(:more as jsonb)"),
            {"more": plain},
        )
