"""Serve a district: check ports, start web, live and worker, say the address, stop them all."""

import asyncio
import fcntl
import logging
import os
import pwd
import resource
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from census.errors import CensusError
from census.store.connection import open_server
from census.store.database import open_store
from census.store.settings import Settings, secret_key
from webapp.errors import AlreadyServingError, NotServingError, PortTakenError, StartFailedError
from webapp.supervision import ChildSpec, Supervisor, python_command
from webapp.web_process import BOOT_VARIABLE, LIVE, WEB, WORKER

READY_WAIT_S = 90.0
STOP_WAIT_S = 40.0
DATABASE_LOOK_S = 2.0
WANTED_FILES = 8192
DROP_TO = "postgres"
# Interpreter, code and libraries, one small part of each: whoever can read these can read the rest.
READ_A_LITTLE = "import census.errors, starlette, webapp.supervision"

log = logging.getLogger(__name__)
Say = Callable[[str], None]


def require_ports(settings: Settings) -> None:
    """
    Check that both ports can be listened on.

    Parameters
    ----------
    settings
        The deployment.

    Raises
    ------
    PortTakenError
        If one cannot; nothing has been started.
    """
    for port in (settings.port, settings.port + 1):
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as fault:
                reason = fault.strerror or str(fault)
                raise PortTakenError(settings.host, port, reason) from None


def raise_file_limit() -> int:
    """
    Allow this process and its children as many open files as the system grants.

    Returns
    -------
    int
        The limit now in force.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if soft < WANTED_FILES:
        log.warning(
            "only %d open files are allowed, about %d screens at once / 仅允许 %d 个打开文件",
            soft, soft // 2, soft,
        )  # fmt: skip
    return soft


@contextmanager
def pid_file(settings: Settings) -> Iterator[Path]:
    """
    Hold the file that names this server; the lock on it dies with the process.

    Parameters
    ----------
    settings
        The deployment.

    Yields
    ------
    Path
        The file.

    Raises
    ------
    AlreadyServingError
        If a living process holds it.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    file = settings.home / f"serve-{settings.port}.pid"
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AlreadyServingError(int(file.read_text() or 0), settings.port) from None
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield file
    finally:
        file.unlink(missing_ok=True)
        os.close(handle)


def serving(settings: Settings) -> dict[int, int]:
    """
    Find the servers of a home folder that live.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    dict
        Port to process id.
    """
    found = {}
    for file in sorted(settings.home.glob("serve-*.pid")):
        with suppress(OSError, ValueError), file.open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found[int(file.stem.removeprefix("serve-"))] = int(handle.read())
    return found


def stop(settings: Settings) -> list[int]:
    """
    Stop every server of a home folder and wait until they are gone.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    list of int
        Ports that were served.

    Raises
    ------
    NotServingError
        If none lives.
    """
    found = serving(settings)
    if not found:
        raise NotServingError
    for process in found.values():
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
    until = time.monotonic() + STOP_WAIT_S
    while serving(settings) and time.monotonic() < until:
        time.sleep(0.1)
    return sorted(found)


def drop_user(settings: Settings) -> str | None:
    """
    Choose the system user that children of root run as.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    str | None
        ``postgres`` where it can read interpreter and code; None to stay as one is.
    """
    if os.geteuid() != 0 or settings.dsn:
        return None
    try:
        pwd.getpwnam(DROP_TO)
        tried = subprocess.run(
            python_command("-c", READ_A_LITTLE),
            user=DROP_TO, group=DROP_TO, extra_groups=[], cwd="/", env=_environment(settings, "x"),
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
    except (KeyError, OSError, subprocess.TimeoutExpired):
        return None
    return DROP_TO if tried.returncode == 0 else None


def _environment(settings: Settings, key: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "PYTHONPATH"}
    }
    given = {
        "HOME": os.environ.get("HOME", "/"),
        "RISKATLAS_HOME": str(settings.home),
        "RISKATLAS_HOST": settings.host,
        "RISKATLAS_PORT": str(settings.port),
        "RISKATLAS_SECRET_KEY": key,
        BOOT_VARIABLE: token_hex(4),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    optional = {
        "RISKATLAS_DSN": settings.dsn,
        "RISKATLAS_PLACE": settings.place,
        "RISKATLAS_ADDRESS": settings.address,
        "RISKATLAS_TRUSTED_PROXY": settings.trusted_proxy,
        "RISKATLAS_SAMPLES": str(settings.samples) if settings.samples else None,
    }
    return {**kept, **given, **{name: value for name, value in optional.items() if value}}


def child_specs(settings: Settings, *, user: str | None) -> tuple[ChildSpec, ...]:
    """
    Describe the three processes.

    Parameters
    ----------
    settings
        The deployment.
    user
        System user they run as; None for the present one.

    Returns
    -------
    tuple of ChildSpec
        The pages, the live process, the queue.
    """
    environment = _environment(settings, secret_key(settings))
    if user:
        environment["HOME"] = pwd.getpwnam(user).pw_dir
    return tuple(
        ChildSpec(
            name=name,
            command=python_command("-m", "webapp.web_process", name),
            environment=environment,
            user=user,
            folder=Path("/") if user else None,
            is_patient=name == WORKER,
        )
        for name in (WEB, LIVE, WORKER)
    )


def share_locks(settings: Settings, user: str) -> None:
    """
    Give the cluster's lock files to the user that children run as, so that they may attach.

    Parameters
    ----------
    settings
        The deployment.
    user
        The user.
    """
    found = pwd.getpwnam(user)
    for file in settings.home.glob("pg*/*.lock"):
        os.chown(file, found.pw_uid, found.pw_gid)


def answers(host: str, port: int) -> bool:
    """
    Tell whether a process says that it is ready.

    Parameters
    ----------
    host
        Address it listens on.
    port
        Its port.

    Returns
    -------
    bool
        True for status 200 at /readyz.
    """
    reach = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  (asked, not bound)
    try:
        with urllib.request.urlopen(f"http://{reach}:{port}/readyz", timeout=5) as reply:
            return int(reply.status) == 200  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


async def _until_ready(settings: Settings, supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + READY_WAIT_S
    for name, port in ((LIVE, settings.port + 1), (WEB, settings.port)):
        while not await asyncio.to_thread(answers, settings.host, port):
            if supervisor.stopping.is_set():
                return
            if loop.time() > until:
                raise StartFailedError(name, READY_WAIT_S)
            await asyncio.sleep(0.05)


async def keep_database(settings: Settings, stopping: asyncio.Event) -> None:
    """
    Start the private database again whenever the live process finds it gone.

    Parameters
    ----------
    settings
        The deployment.
    stopping
        Ends the watch.
    """
    while not stopping.is_set():
        if not await asyncio.to_thread(answers, settings.host, settings.port + 1):
            await asyncio.to_thread(_revive, settings)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), DATABASE_LOOK_S)


def _revive(settings: Settings) -> None:
    try:
        # Whoever opens the private server starts it where it does not run.
        with open_server(settings):
            pass
    except CensusError as fault:
        log.error("%s / %s", fault.sentence_en, fault.sentence_zh)  # noqa: TRY400  (a sentence, no traceback)


async def _run(settings: Settings, user: str | None, say: Say) -> None:
    supervisor = Supervisor(child_specs(settings, user=user))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    running = asyncio.create_task(supervisor.run())
    watching: asyncio.Task[None] | None = None
    try:
        await _until_ready(settings, supervisor)
        supervisor.go_on()
        if not supervisor.stopping.is_set():
            host = "localhost" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
            say(f"http://{host}:{settings.port}")
            if not settings.dsn:
                watching = asyncio.create_task(keep_database(settings, supervisor.stopping))
    except StartFailedError:
        supervisor.stop()
        raise
    finally:
        await running
        if watching is not None:
            await watching


def serve(settings: Settings, say: Say) -> None:
    """
    Serve the place of the settings until SIGTERM or SIGINT.

    Parameters
    ----------
    settings
        The deployment.
    say
        Tells the user the address once both ports answer.

    Raises
    ------
    PortTakenError
        If a port is taken; nothing was started.
    AlreadyServingError
        If this home is served on this port.
    NoPlaceError
        If no district is loaded.
    StartFailedError
        If a process does not answer in time; all are stopped.
    """
    with pid_file(settings):
        require_ports(settings)
        raise_file_limit()
        # Held for life: children that fall and start again find the database running.
        with open_store(settings, role="public") as store:
            user = drop_user(settings)
            if user:
                share_locks(settings, user)
            asyncio.run(_run(replace(settings, place=store.place), user, say))
