"""Open the database of one place as one role; each place has a database of its own."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from census.errors import NoPlaceError, UnknownPlaceError
from census.store.cluster import Role
from census.store.connection import (
    DATABASE_PREFIX,
    District,
    Store,
    open_server,
    queue_address,
    read_district,
    require_room,
)
from census.store.engines import engine_for
from census.store.places import (
    bring_up_to_date,
    create_place,
    current_place,
    drop_place,
    mark_complete,
    names,
    places,
    set_current_place,
    set_profile,
)
from census.store.settings import Settings

__all__ = [
    "District",
    "Store",
    "create_place",
    "current_place",
    "drop_place",
    "mark_complete",
    "open_store",
    "places",
    "queue_address",
    "require_room",
    "set_current_place",
    "set_profile",
]


@contextmanager
def open_store(
    settings: Settings, *, place: str | None = None, role: Role = "app", pool_size: int = 5
) -> Iterator[Store]:
    """
    Open the database of a place for the length of a ``with`` block.

    Parameters
    ----------
    settings
        The deployment.
    place
        Name of the place; None for that of the settings, else the one loaded last.
    role
        Connect as app (reads and writes), public (reads schema ``pub``) or owner.
    pool_size
        Connections kept open.

    Yields
    ------
    Store
        The store.

    Raises
    ------
    NoPlaceError
        If no place has been loaded.
    UnknownPlaceError
        If the place asked for is not stored here.
    """
    with open_server(settings) as server:
        wanted = place or settings.place or current_place(settings)
        known = names(server)
        if wanted is None and not known:
            raise NoPlaceError
        chosen = wanted or known[-1]
        if chosen not in known:
            raise UnknownPlaceError(chosen, known)
        bring_up_to_date(server, chosen)
        address = server.url(role, DATABASE_PREFIX + chosen)
        is_public = role == "public"
        engine = engine_for(address, pool_size=pool_size, is_for_crowds=is_public)
        try:
            with engine.connect() as connection:
                district = read_district(connection, schema="pub" if is_public else "census")
            if district is None:
                raise NoPlaceError
            folder = None if settings.dsn else settings.home
            with closing(Store(chosen, role, engine, district, address, folder)) as store:
                yield store
        finally:
            engine.dispose()
