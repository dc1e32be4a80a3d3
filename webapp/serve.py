"""Serve a district: check ports, start web, live and worker, say the address, stop them all."""

import asyncio
import fcntl
import logging
import os
import resource
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from census.errors import CensusError
from census.store.connection import open_server
from census.store.database import open_store
from census.store.settings import Settings
from webapp.children import child_specs, drop_user, share_locks
from webapp.errors import AlreadyServingError, NotServingError, PortTakenError, StartFailedError
from webapp.front import FRONT, Front
from webapp.screen_links import live_address
from webapp.supervision import Supervisor
from webapp.web_process import LIVE, WEB

READY_WAIT_S = 90.0
STOP_WAIT_S = 40.0
DATABASE_LOOK_S = 2.0
WANTED_FILES = 8192

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
        _require_port(settings.host, port, option="--port")


def _require_port(host: str, port: int, *, option: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            reason = fault.strerror or str(fault)
            raise PortTakenError(host, port, reason, option=option) from None


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
        process = int(file.read_text().partition("\n")[0] or 0)
        raise AlreadyServingError(process, settings.port) from None
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
                found[int(file.stem.removeprefix("serve-"))] = int(handle.readline())
    return found


def say_live_address(settings: Settings, file: Path) -> None:
    """
    Write beside the process id where screens reach the live process.

    Parameters
    ----------
    settings
        The deployment, as its processes are set.
    file
        The file that names this server.
    """
    file.write_text(f"{os.getpid()}\n{live_address(settings)}\n")


def served_live(settings: Settings) -> str | None:
    """
    Tell where the live process that runs is reached.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    str | None
        The address on the port of the settings, else on the only port served; None where it is not
        known.
    """
    found = serving(settings)
    ports = [settings.port] if settings.port in found else list(found)
    if len(ports) != 1:
        return None
    said = (settings.home / f"serve-{ports[0]}.pid").read_text().splitlines()
    return said[1] if len(said) > 1 else None


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


async def _until_ready(settings: Settings, supervisor: Supervisor, front: Front | None) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + READY_WAIT_S
    waited: list[tuple[str, Callable[[], bool]]] = [
        (LIVE, partial(answers, settings.host, settings.port + 1)),
        (WEB, partial(answers, settings.host, settings.port)),
    ]
    if front is not None:
        waited.append((FRONT, front.is_open))
    for name, is_ready in waited:
        while not await asyncio.to_thread(is_ready):
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


async def _run(settings: Settings, user: str | None, say: Say, front: Front | None) -> None:
    fronts = (front.spec(user),) if front else ()
    supervisor = Supervisor((*child_specs(settings, user=user), *fronts))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    running = asyncio.create_task(supervisor.run())
    watching: asyncio.Task[None] | None = None
    try:
        await _until_ready(settings, supervisor, front)
        supervisor.go_on()
        if not supervisor.stopping.is_set():
            host = "localhost" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
            say(front.address if front else f"http://{host}:{settings.port}")
            if not settings.dsn:
                watching = asyncio.create_task(keep_database(settings, supervisor.stopping))
    except StartFailedError:
        supervisor.stop()
        raise
    finally:
        await running
        if watching is not None:
            await watching


def _opened(settings: Settings, tls_port: int | None) -> Front | None:
    if tls_port is None:
        return None
    front = Front.of(settings, tls_port)
    if tls_port in {settings.port, settings.port + 1}:
        own = "pages and live process need it / 网页或实时进程要用"
        raise PortTakenError(settings.host, tls_port, own, option="--tls-port")
    _require_port(settings.host, tls_port, option="--tls-port")
    until = front.certificates.server_until
    if front.certificates.ends_soon(datetime.now(UTC)):
        log.warning(
            "the certificate ends on %s: `riskatlas tls init` makes a new one / 证书将于 %s 到期",
            until.date(), until.date(),
        )  # fmt: skip
    return front


def serve(settings: Settings, say: Say, *, tls_port: int | None = None) -> None:
    """
    Serve the place of the settings until SIGTERM or SIGINT.

    Parameters
    ----------
    settings
        The deployment.
    say
        Tells the user the address once both ports answer.
    tls_port
        Port of https; pages and live process are reached from other machines through it alone.
        None for plain http.

    Raises
    ------
    PortTakenError
        If a port is taken; nothing was started.
    AlreadyServingError
        If this home is served on this port.
    NoPlaceError
        If no district is loaded.
    NginxMissingError, CertificateMissingError
        If https is asked for and cannot be served; nothing was started.
    StartFailedError
        If a process does not answer in time; all are stopped.
    """
    with pid_file(settings) as file:
        front = _opened(settings, tls_port)
        inner = front.inner() if front else settings
        say_live_address(inner, file)
        require_ports(inner)
        raise_file_limit()
        # Held for life: children that fall and start again find the database running.
        with open_store(inner, role="public") as store:
            user = drop_user(inner)
            if user:
                share_locks(inner, user)
            asyncio.run(_run(replace(inner, place=store.place), user, say, front))
