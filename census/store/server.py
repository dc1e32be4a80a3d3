"""Make, start and stop one PostgreSQL server in a folder of its own."""

import contextlib
import logging
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from census.errors import DiskFullError, FolderError, StoreStartError
from census.store.binaries import Binaries, ServerUser

OWNER = "riskatlas_owner"
APP = "riskatlas_app"
PUBLIC_READER = "riskatlas_public"
ROLES = {"owner": OWNER, "app": APP, "public": PUBLIC_READER}

MEGABYTE = 1024 * 1024
ROOM_FOR_INIT_MB = 100
LOG_LIMIT_MB = 10
PATIENCE_S = 60.0
STOP_WAIT_S = 60

# What PostgreSQL writes while children of a killed server still leave; then waiting helps.
_PASSING = ("pre-existing shared memory block", "lock file", "the database system is")
_STOPPING = "the database system is shutting down"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """
    One private server: programs, user, folder and socket.

    Attributes
    ----------
    binaries
        The server programs.
    user
        Who runs them.
    folder
        Holds ``data``, the locks, the markers and the log.
    socket_folder
        Holds the unix socket; short, for its path may have 107 bytes.
    """

    binaries: Binaries
    user: ServerUser
    folder: Path
    socket_folder: Path

    @property
    def data(self) -> Path:
        """
        The server's data directory.

        Returns
        -------
        Path
            Made by initdb.
        """
        return self.folder / "data"

    @property
    def log_file(self) -> Path:
        """
        What the server and pg_ctl write.

        Returns
        -------
        Path
            The log file.
        """
        return self.folder / "server.log"


def free_mb(folder: Path) -> float:
    """
    Measure the free space of a folder's disk.

    Parameters
    ----------
    folder
        An existing folder.

    Returns
    -------
    float
        Megabytes that an ordinary user may still write.
    """
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize / MEGABYTE


def run(server: Server, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """
    Run a server program as the server's user, in English, in a session of its own.

    Parameters
    ----------
    server
        The server.
    program
        Name of the program.
    *arguments
        Its arguments.

    Returns
    -------
    subprocess.CompletedProcess[str]
        Return code and output.
    """
    user = server.user
    return subprocess.run(
        [str(server.binaries.folder / program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        user=user.uid if user.is_dropped_to else None,
        group=user.gid if user.is_dropped_to else None,
        extra_groups=[] if user.is_dropped_to else None,
        start_new_session=True,
    )


def socket_folder_in_use(server: Server) -> Path:
    """
    Return where the running server has its socket: its pid file says so.

    Parameters
    ----------
    server
        The server.

    Returns
    -------
    Path
        Folder of the socket; the one planned where no server runs.
    """
    lines = _pid_lines(server)
    line_of_socket = 4
    named = lines[line_of_socket].strip() if len(lines) > line_of_socket else ""
    return Path(named) if named else server.socket_folder


def answers(server: Server) -> bool:
    """
    Ask whether the server accepts connections.

    Parameters
    ----------
    server
        The server.

    Returns
    -------
    bool
        True if a connection was made.
    """
    try:
        psycopg.connect(
            host=str(socket_folder_in_use(server)),
            dbname="postgres",
            user=OWNER,
            connect_timeout=2,
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def make(server: Server) -> None:
    """
    Make the cluster; a half-made one is made anew, a folder that is not ours is never touched.

    Parameters
    ----------
    server
        The server; its folder exists.

    Raises
    ------
    FolderError
        If ``data`` holds something that this function did not begin.
    DiskFullError
        If there is no room for a new cluster.
    StoreStartError
        If initdb fails for another reason.
    """
    started = server.folder / "STARTED"
    if server.data.exists() and not started.exists():
        raise FolderError(
            server.data, "it holds files that Riskatlas did not make", "其中有并非本程序建立的文件"
        )
    if server.data.exists():
        log.warning("making the half-made database in %s anew", server.data)
        shutil.rmtree(server.data)
    room_mb = free_mb(server.folder)
    if room_mb < ROOM_FOR_INIT_MB:
        raise DiskFullError(server.folder, room_mb, ROOM_FOR_INIT_MB)
    started.touch()
    made = run(
        server, "initdb", "-D", str(server.data), "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8",
        "-k", "--auth-local=peer", "--auth-host=reject",
    )  # fmt: skip
    if made.returncode != 0:
        raise _start_fault(server, made.stdout + made.stderr)
    _write_access(server)


def _write_access(server: Server) -> None:
    # Peer authentication only: the kernel says who connects, and the map says as which role.
    names = dict.fromkeys([server.user.name, "root"] if os.geteuid() == 0 else [server.user.name])
    mapped = [f"riskatlas {name} {role}" for name in names for role in ROLES.values()]
    _write(server, "pg_hba.conf", "local all all peer map=riskatlas\n")
    _write(server, "pg_ident.conf", "\n".join(mapped) + "\n")
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("\ninclude = 'riskatlas.conf'\n")


def _write(server: Server, name: str, text: str) -> None:
    file = server.data / name
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    if server.user.is_dropped_to:
        os.chown(file, server.user.uid, server.user.gid)


def _configuration(server: Server) -> str:
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MEGABYTE
    buffers_mb = int(min(1024, memory_mb / 4))
    wal_mb = int(min(8192, max(128, free_mb(server.folder) / 10)))
    compression = "lz4" if server.binaries.major >= 15 else "on"  # noqa: PLR2004  (lz4 came with 15)
    return (
        "# written by Riskatlas at every start\n"
        "listen_addresses = ''\n"
        f"unix_socket_directories = '{server.socket_folder}'\n"
        "unix_socket_permissions = 0700\n"
        "cluster_name = 'riskatlas'\n"
        f"shared_buffers = {buffers_mb}MB\n"
        f"effective_cache_size = {int(memory_mb / 2)}MB\n"
        "maintenance_work_mem = 256MB\n"
        "work_mem = 16MB\n"
        f"max_wal_size = {wal_mb}MB\n"
        f"wal_compression = {compression}\n"
        "jit = off\n"
        "random_page_cost = 1.1\n"
        "timezone = 'UTC'\n"
        "log_timezone = 'UTC'\n"
        # Else its log quotes the row that a fault was about.
        "log_error_verbosity = terse\n"
    )


def start(server: Server, *, patience_s: float = PATIENCE_S) -> None:
    """
    Start the server; children of a killed one are waited for.

    Parameters
    ----------
    server
        The server, made before.
    patience_s
        Longest wait for a passing hindrance, seconds.

    Raises
    ------
    DiskFullError
        If the disk has no room.
    StoreStartError
        If it does not start for another reason; the sentence quotes the log.
    """
    _turn_log(server)
    until, is_forced = time.monotonic() + patience_s, False
    while True:
        _clear_foreign_pid(server)
        written = server.log_file.stat().st_size if server.log_file.exists() else 0
        _write(server, "riskatlas.conf", _configuration(server))
        begun = run(
            server, "pg_ctl", "start", "-w", "-t", "300", "-D", str(server.data), "-l",
            str(server.log_file),
        )  # fmt: skip
        if begun.returncode == 0 or answers(server):
            return
        said = _log_since(server, written) or begun.stdout + begun.stderr
        if _STOPPING in said and time.monotonic() > until and not is_forced:
            # Whoever stopped it was killed before it was down, and it hangs.
            _stop_at_once(server)
            is_forced = True
        elif time.monotonic() > until or not any(word in said for word in _PASSING):
            raise _start_fault(server, said)
        log.info("the database still clears up after an unclean end; trying again")
        time.sleep(0.5)


def stop(server: Server, *, wait_s: int = STOP_WAIT_S) -> None:
    """
    Stop the server; open transactions are rolled back.

    Parameters
    ----------
    server
        The server; one that does not run is left alone.
    wait_s
        Longest wait for an orderly end, seconds; then it is stopped at once.
    """
    if not _pid_lines(server):
        return
    asked = run(
        server, "pg_ctl", "stop", "-w", "-t", str(wait_s), "-m", "fast", "-D", str(server.data)
    )
    if asked.returncode != 0 and _pid_lines(server):
        _stop_at_once(server)


def _stop_at_once(server: Server) -> None:
    # Seen with PostgreSQL 15: asked to stop while it recovers from a full disk, it waits for ever.
    # What was committed is in its log and is read back at the next start.
    log.warning("the database does not stop in order; it is stopped at once")
    run(server, "pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(server.data))


def _turn_log(server: Server) -> None:
    if server.log_file.exists() and server.log_file.stat().st_size > LOG_LIMIT_MB * MEGABYTE:
        server.log_file.replace(server.log_file.with_suffix(".log.1"))


def _log_since(server: Server, offset: int) -> str:
    if not server.log_file.exists():
        return ""
    with server.log_file.open("rb") as file:
        file.seek(offset)
        return file.read().decode("utf-8", errors="replace")


def _start_fault(server: Server, said: str) -> Exception:
    if "No space left on device" in said or free_mb(server.folder) < 1:
        return DiskFullError(server.folder, free_mb(server.folder))
    return StoreStartError(server.log_file, " ".join(said.split())[-600:])


def _pid_lines(server: Server) -> list[str]:
    try:
        return (server.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _clear_foreign_pid(server: Server) -> None:
    # PostgreSQL refuses for ever where its pid file names a live process of the same user that is
    # no server of ours. The caller holds the boot lock; children of a killed server that still use
    # its shared memory are found by PostgreSQL itself.
    lines = _pid_lines(server)
    if not lines or not lines[0].strip().isdecimal():
        return
    process = Path("/proc") / lines[0].strip()
    if not process.exists() or _is_our_server(server, process):
        return
    log.warning("removing postmaster.pid: process %s is not this database", process.name)
    with contextlib.suppress(FileNotFoundError):
        (server.data / "postmaster.pid").unlink()


def _is_our_server(server: Server, process: Path) -> bool:
    # A server changes into its data directory; a zombie has neither exe nor cwd.
    try:
        program = (process / "exe").readlink()
        folder = (process / "cwd").readlink()
    except FileNotFoundError:
        return False
    except PermissionError:
        # Another user's process: PostgreSQL sees through that by itself.
        return True
    is_postgres = program.name.removesuffix(" (deleted)") == "postgres"
    return is_postgres and folder == server.data.resolve()
