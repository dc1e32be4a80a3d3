"""Open the private PostGIS cluster: the first process boots it, the last one stops it.

Two locks in the cluster's folder hold this together, both freed by the kernel when a process dies:
``boot.lock`` is held while the cluster is made, started or stopped; ``use.lock`` is shared by every
process that uses it, so whoever can take it alone is the last.
"""

import fcntl
import hashlib
import logging
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from census.errors import FolderError, StoreBusyError
from census.store import server as servers
from census.store.binaries import find_binaries, server_user
from census.store.server import APP, PUBLIC_READER, ROLES, Server
from census.store.settings import Settings

Role = Literal["owner", "app", "public"]
BOOT_WAIT_S = 120.0
SOCKET_NAME_BYTES = len("/.s.PGSQL.5432") + 1
SOCKET_PATH_BYTES = 107

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cluster:
    """
    A private cluster that runs and that this process uses.

    Attributes
    ----------
    server
        Its programs and folders.
    socket_folder
        Where its socket is.
    """

    server: Server
    socket_folder: Path

    def url(self, role: Role, database: str) -> str:
        """
        Return the address of a database for a role.

        Parameters
        ----------
        role
            Connect as owner, app or public.
        database
            Name of the database.

        Returns
        -------
        str
            A libpq URL over the unix socket.
        """
        return (
            f"postgresql://{ROLES[role]}@/{database}?host={quote(str(self.socket_folder), safe='')}"
        )

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """
        Connect as the owner, each statement committed by itself.

        Parameters
        ----------
        database
            Name of the database.

        Returns
        -------
        psycopg.Connection[tuple[object, ...]]
            The connection.
        """
        return psycopg.connect(self.url("owner", database), autocommit=True)


def place_server(settings: Settings) -> Server:
    """
    Work out programs, user and folders of a deployment's server; nothing is made or started.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    Server
        The server.

    Raises
    ------
    PostgisMissingError
        If the machine lacks PostGIS for it.
    """
    made = [d for d in settings.home.glob("pg*") if (d / "READY").exists()]
    made_by = max((int(d.name[2:]) for d in made if d.name[2:].isdecimal()), default=None)
    user = server_user()
    binaries = find_binaries(made_by=made_by)
    folder = settings.home / f"pg{binaries.major}"
    return Server(binaries, user, folder, _socket_folder(folder))


def _socket_folder(folder: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    uid = os.geteuid()
    if uid == 0 and os.access("/run", os.W_OK):
        return Path(f"/run/riskatlas-{digest}")
    session = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere")
    short = session / f"riskatlas-{digest}"
    fits = len(os.fsencode(short)) + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES
    if fits and session.is_dir() and session.stat().st_uid == uid:
        return short
    return Path(f"/tmp/riskatlas-{uid}-{digest}")  # noqa: S108  (owner and mode are checked)


@contextmanager
def open_cluster(settings: Settings) -> Iterator[Cluster]:
    """
    Use the private cluster for the length of a ``with`` block; boot it first where it does not run.

    Parameters
    ----------
    settings
        The deployment.

    Yields
    ------
    Cluster
        The running cluster.

    Raises
    ------
    PostgisMissingError
        If the machine lacks PostGIS.
    FolderError
        If the home folder cannot hold it.
    DiskFullError
        If the disk has no room.
    StoreStartError
        If the server does not start.
    """
    server = place_server(settings)
    _make_folders(server)
    use = os.open(server.folder / "use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _boot_lock(server):
            _ensure_running(server)
            fcntl.flock(use, fcntl.LOCK_SH)
        try:
            yield Cluster(server, servers.socket_folder_in_use(server))
        finally:
            _leave(server, use)
    finally:
        os.close(use)


def _leave(server: Server, use: int) -> None:
    with _boot_lock(server):
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        servers.stop(server)
        with suppress(OSError):
            server.socket_folder.rmdir()


@contextmanager
def _boot_lock(server: Server) -> Iterator[None]:
    file = server.folder / "boot.lock"
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait_for(lock, file)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int, file: Path) -> None:
    until = time.monotonic() + BOOT_WAIT_S
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read_text(encoding="ascii") or "?"
            if time.monotonic() > until:
                raise StoreBusyError(file, holder) from None
        else:
            return
        if not told:
            log.info("waiting for process %s, which starts or stops the database", holder)
            told = True
        time.sleep(0.02)


def _ensure_running(server: Server) -> None:
    ready = server.folder / "READY"
    if ready.exists():
        if not servers.answers(server):
            _make_socket_folder(server)
            servers.start(server)
        return
    log.info("making the database in %s", server.folder)
    servers.stop(server)
    servers.make(server)
    _make_socket_folder(server)
    servers.start(server)
    with Cluster(server, server.socket_folder).connect() as connection:
        for role in (APP, PUBLIC_READER):
            connection.execute(f"create role {role} login")  # fixed names
        connection.execute(f"alter role {PUBLIC_READER} set statement_timeout = '5s'")
        connection.execute(f"alter role {PUBLIC_READER} set default_transaction_read_only = on")
        connection.execute("revoke all on database postgres from public")
    ready.touch()


def _make_folders(server: Server) -> None:
    home = server.folder.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        server.folder.mkdir(mode=0o700, exist_ok=True)
        if server.user.is_dropped_to and server.folder.stat().st_uid != server.user.uid:
            os.chown(server.folder, server.user.uid, server.user.gid)
    except (NotADirectoryError, FileExistsError):
        raise FolderError(home, "a file stands in its way", "路径上有同名文件") from None
    except OSError as fault:
        raise FolderError(home, fault.strerror or str(fault), "无法建立或写入") from fault
    if not os.access(server.folder, os.W_OK | os.X_OK):
        raise FolderError(home, "this user may not write there", "当前用户没有写入权限")
    if server.user.is_dropped_to:
        _require_way(server)


def _require_way(server: Server) -> None:
    # Root may enter every folder; the server's user needs leave on the whole way.
    for folder in server.folder.resolve().parents:
        mode = folder.stat()
        is_open = bool(mode.st_mode & stat.S_IXOTH)
        if not is_open and mode.st_uid != server.user.uid:
            raise FolderError(
                server.folder.parent,
                f"user {server.user.name}, who runs the server, may not enter {folder}",
                f"运行服务器的用户 {server.user.name} 不能进入 {folder}",
            )


def _make_socket_folder(server: Server) -> None:
    folder = server.socket_folder
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid not in (os.geteuid(), server.user.uid) or not stat.S_ISDIR(found.st_mode):
        raise FolderError(folder, "it belongs to somebody else", "该文件夹属于其他用户")
    folder.chmod(0o700)
    if server.user.is_dropped_to:
        os.chown(folder, server.user.uid, server.user.gid)
