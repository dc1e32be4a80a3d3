"""Keep child processes alive: start them, restart the dead with back-off, stop them together."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
# A child that lived this long was well: its next fall is its first again.
WELL_AFTER_S = 30.0
STOP_WAIT_S = 12.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChildSpec:
    """
    How one child is started.

    Attributes
    ----------
    name
        Name in messages.
    command
        Program and arguments.
    environment
        Its whole environment.
    user
        System user it runs as; None for the present one.
    folder
        Its working folder; None for the present one.
    is_patient
        Whether it starts only once the others are ready, and leaves them the processor until then.
    leads_group
        Whether the processes that it made are ended where it fell: else they would hold its port.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    user: str | None = None
    folder: Path | None = None
    is_patient: bool = False
    leads_group: bool = False


def next_wait_s(fallen: int) -> float:
    """
    Return how long to wait before a child is started again.

    Parameters
    ----------
    fallen
        Falls in a row, 1 for the first.

    Returns
    -------
    float
        Seconds: doubled with each fall, at most 30.
    """
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (fallen - 1)))


@dataclass
class Supervisor:
    """
    Runs children until told to stop.

    Each child holds the reading end of a pipe as its standard input: when this process is killed
    the pipe closes, and a child that watches it (`watch_leash`) ends itself.

    Attributes
    ----------
    specs
        The children.
    """

    specs: tuple[ChildSpec, ...]
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def go_on(self) -> None:
        """Start the patient children: the others are ready."""
        self.ready.set()

    def stop(self) -> None:
        """Ask every child to end; `run` returns once they have."""
        self.stopping.set()
        # Who waits to be started learns that it never will be.
        self.ready.set()

    async def run(self) -> None:
        """Start the children, watch them, and return after `stop` when none is left."""
        leash_read, leash_write = os.pipe()
        try:
            async with asyncio.TaskGroup() as group:
                for spec in self.specs:
                    group.create_task(self._keep_alive(spec, leash_read))
        finally:
            os.close(leash_read)
            os.close(leash_write)

    async def _keep_alive(self, spec: ChildSpec, leash: int) -> None:
        loop, fallen = asyncio.get_running_loop(), 0
        if spec.is_patient:
            await self.ready.wait()
        while not self.stopping.is_set():
            began = loop.time()
            process = await self._start(spec, leash)
            code = await self._wait(process)
            if code is None:
                await self._end(spec.name, process)
                return
            if spec.leads_group:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            fallen = 1 if loop.time() - began > WELL_AFTER_S else fallen + 1
            self.restarts[spec.name] = self.restarts.get(spec.name, 0) + 1
            wait_s = next_wait_s(fallen)
            log.warning(
                "%s ended with %s; starting it again in %.1f s / %s 已退出（%s），%.1f 秒后重启",
                spec.name, _ending(code), wait_s, spec.name, _ending(code), wait_s,
            )  # fmt: skip
            await self._pause(wait_s)

    async def _start(self, spec: ChildSpec, leash: int) -> asyncio.subprocess.Process:
        as_user = {"user": spec.user, "group": spec.user, "extra_groups": []} if spec.user else {}
        process = await asyncio.create_subprocess_exec(
            *spec.command,
            env=dict(spec.environment),
            stdin=leash,
            cwd=spec.folder,
            # A Ctrl-C of the terminal reaches this process alone, which stops the children in turn.
            start_new_session=True,
            **as_user,  # type: ignore[arg-type]
        )
        self.running[spec.name] = process
        log.info("%s started, process %d", spec.name, process.pid)
        return process

    async def _wait(self, process: asyncio.subprocess.Process) -> int | None:
        """Return the exit code, or None when a stop was asked for first."""
        ended = asyncio.ensure_future(process.wait())
        asked = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if ended.done() and not self.stopping.is_set():
            return ended.result()
        ended.cancel()
        return None

    async def _end(self, name: str, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WAIT_S)
        except TimeoutError:
            log.warning("%s did not end within %.0f s and is killed", name, STOP_WAIT_S)
            process.kill()
            await process.wait()
        log.info("%s stopped", name)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"


def python_command(*arguments: str) -> tuple[str, ...]:
    """
    Return a command of this interpreter that writes a traceback when it crashes.

    Parameters
    ----------
    *arguments
        Arguments after the interpreter's own.

    Returns
    -------
    tuple of str
        The command.
    """
    return (sys.executable, "-X", "faulthandler", *arguments)
