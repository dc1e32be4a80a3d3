"""Address a database as one role: pools, transactions, the district row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from census.errors import DiskFullError, ServerAwayError
from census.store.cluster import Role, open_cluster
from census.store.server import ROLES, free_mb
from census.store.settings import Settings

if TYPE_CHECKING:
    from census.store.arrow_doors import ArrowDoor
    from census.store.tables import Tables

DATABASE_PREFIX = "place_"
FULL_BELOW_MB = 16
OFFICE_WAIT_S = 10


@dataclass(frozen=True)
class District:
    """
    The district of a database, as its profile describes it.

    Attributes
    ----------
    code
        Six digits, or more for a sample.
    name_zh
        Chinese name.
    name_en
        English name.
    place
        Name that commands use for it.
    srid
        EPSG code of the geographic CRS that geometry is stored in.
    metric_srid
        EPSG code of the projected CRS that lengths are measured in.
    timezone
        IANA zone that times are shown in.
    is_made_up
        Whether it is the made-up example.
    attribution
        Source of its data, printed on every product.
    data_date
        Date that its data stand for.
    is_complete
        Whether it has been loaded to the end.
    profile
        The whole profile; empty for role public.
    extent
        West, south, east, north in degrees, for maps while no outline is there; None where the
        profile names none.
    leading_hazard
        Hazard whose run and plan are shown where nobody asks for one.
    """

    code: str
    name_zh: str
    name_en: str
    place: str
    srid: int
    metric_srid: int
    timezone: str
    is_made_up: bool
    attribution: str
    data_date: date
    is_complete: bool
    profile: Mapping[str, Any] = field(default_factory=dict)
    extent: Sequence[float] | None = None
    leading_hazard: str = "flood"


@dataclass(frozen=True)
class Store:
    """
    The database of one place, open for one role.

    Attributes
    ----------
    place
        Name of the place.
    role
        Role of its connections.
    engine
        Pool of connections; dead ones are replaced.
    district
        The district.
    address
        URL of the database in libpq's form, for ADBC and listeners.
    folder
        A folder on the disk that holds the database; None for an office server.
    """

    place: str
    role: Role
    engine: Engine
    district: District
    address: str
    folder: Path | None

    @cached_property
    def tables(self) -> "Tables":
        """
        The tables, in the district's CRS.

        Returns
        -------
        Tables
            Declared on first use.
        """
        # Who only reads schema pub needs no tables, nor the library that declares their geometry.
        from census.store.tables import declare  # noqa: PLC0415

        return declare(self.district.srid)

    @cached_property
    def arrow(self) -> "ArrowDoor":
        """
        The way by which layers are read in Arrow.

        Returns
        -------
        ArrowDoor
            Opened on first use, closed with the store.
        """
        from census.store.arrow_doors import ArrowDoor  # noqa: PLC0415  (as the tables)

        return ArrowDoor(self.address)

    def close(self) -> None:
        """Let go of the way that Arrow was read by."""
        if "arrow" in self.__dict__:
            self.arrow.close()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """
        Open one transaction; it is kept at the end of the block, or undone by a fault.

        Yields
        ------
        Connection
            The connection, to be passed on as ``connection=``.

        Raises
        ------
        DiskFullError
            If the disk of the private database has no room.
        """
        with naming_full_disk(self.folder), self.engine.begin() as connection:
            yield connection


@contextmanager
def naming_full_disk(folder: Path | None) -> Iterator[None]:
    """
    Name a full disk behind a database fault; any other fault passes as it is.

    Parameters
    ----------
    folder
        A folder on the database's disk, where known.

    Yields
    ------
    None
        For the work.

    Raises
    ------
    DiskFullError
        If the disk has no room.
    """
    try:
        yield
    except (DBAPIError, psycopg.Error) as fault:
        cause = fault.orig if isinstance(fault, DBAPIError) else fault
        room_mb = free_mb(folder) if folder else None
        # Without room for its log the server shuts down, and the client only sees a cut connection.
        is_cut = isinstance(cause, psycopg.OperationalError) and room_mb is not None
        is_short = is_cut and (room_mb or 0) < FULL_BELOW_MB
        if isinstance(cause, psycopg.errors.DiskFull) or is_short:
            raise DiskFullError(folder or "RISKATLAS_DSN", room_mb or 0.0) from fault
        raise


def require_room(store: Store, payload_bytes: int) -> None:
    """
    Refuse a delivery that the disk cannot take: about three times its size is written.

    Parameters
    ----------
    store
        The store.
    payload_bytes
        Size of the delivered files.

    Raises
    ------
    DiskFullError
        If there is less room; an office server's disk is not looked at.
    """
    if store.folder is None:
        return
    room_mb = free_mb(store.folder)
    need_mb = 3 * payload_bytes / 1024 / 1024 + FULL_BELOW_MB
    if room_mb < need_mb:
        raise DiskFullError(store.folder, room_mb, need_mb)


class Office:
    """
    The office server of RISKATLAS_DSN: one database, which holds one place.

    Parameters
    ----------
    dsn
        URL in libpq's form, ``postgresql://user@host/database``.
    """

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def url(self, role: Role, database: str | None = None) -> str:
        """
        Return the address for a role: its user logs in and steps into the role where it may.

        Parameters
        ----------
        role
            Owner stays the user of the DSN.
        database
            Not needed: the DSN names it.

        Returns
        -------
        str
            A libpq URL.
        """
        del database
        if role == "owner" or urlsplit(self.dsn).username == ROLES[role]:
            return self.dsn
        return with_options(self.dsn, f"-c role={ROLES[role]}")


def with_options(address: str, options: str) -> str:
    """
    Add server options to a libpq URL.

    Parameters
    ----------
    address
        The URL.
    options
        Such as ``-c role=riskatlas_app``.

    Returns
    -------
    str
        The URL with them.
    """
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    query["options"] = f"{query.get('options', '')} {options}".strip()
    # urlsplit drops an empty host's slashes, so the pieces are put together by hand.
    base = urlunsplit(("", "", parts.path, "", ""))
    return f"postgresql://{parts.netloc}{base}?{urlencode(query, quote_via=quote)}"


def queue_address(store: Store) -> str:
    """
    Return the address at which the worker's queue lives: schema ``queue`` of the place.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    str
        URL in libpq's form, with the search path set.
    """
    return with_options(store.address, "-c search_path=queue,public")


def read_district(connection: Connection, *, schema: Literal["census", "pub"]) -> District | None:
    """
    Read the district of a database.

    Parameters
    ----------
    connection
        A connection to it.
    schema
        ``census`` with the profile, ``pub`` without.

    Returns
    -------
    District | None
        The district; None before it is made.
    """
    found = connection.execute(text("select to_regclass(:name)"), {"name": f"{schema}.district"})
    if found.scalar() is None:
        return None
    row = connection.execute(text(f"select * from {schema}.district")).mappings().one_or_none()  # noqa: S608  (two fixed names)
    return District(**row) if row else None


def _require_answer(dsn: str) -> None:
    try:
        psycopg.connect(dsn, connect_timeout=OFFICE_WAIT_S).close()
    except psycopg.ProgrammingError:
        # The driver's words would show the address, and with it a password.
        raise ServerAwayError("it is no database address", "它不是数据库地址") from None
    except psycopg.OperationalError as fault:
        said = " ".join(str(fault).split()).rstrip(".")
        raise ServerAwayError(said, said) from None


@contextmanager
def open_server(settings: Settings) -> Iterator[Any]:
    """
    Use the deployment's server: the private cluster, or the office server of RISKATLAS_DSN.

    Parameters
    ----------
    settings
        The deployment.

    Yields
    ------
    Any
        ``Cluster`` or ``Office``; both have ``url(role, database)``.

    Raises
    ------
    ServerAwayError
        If the office server does not answer.
    """
    if settings.dsn:
        _require_answer(settings.dsn)
        yield Office(settings.dsn)
        return
    with open_cluster(settings) as cluster:
        yield cluster


def is_place_name(name: str) -> bool:
    """
    Tell whether a name can name a place, and so a database.

    Parameters
    ----------
    name
        The name.

    Returns
    -------
    bool
        True for 1 to 40 of a-z, 0-9 and _, a letter first.
    """
    return re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) is not None
