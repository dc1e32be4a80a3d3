"""Run one of the three processes: web on waitress, live on uvicorn, worker on the job queue."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

from census.errors import CensusError
from census.store.database import open_store
from census.store.settings import Settings
from webapp import log_lines

WEB, LIVE, WORKER = "web", "live", "worker"
# Beside those that visitors may hold: who works here, health, scripts and styles.
OFFICE_THREADS = 6
# Set by `riskatlas serve` for its children: a process that falls and starts again is the same start
# of the program, and pages need not be loaded again.
BOOT_VARIABLE = "RISKATLAS_BOOT"
# A thread that comes back from the database waits this long for each thread that computes. With
# Python's five milliseconds a report of a dozen questions waited half a second behind three pages
# that were being drawn; with one, a third of it, and the pages were drawn no slower.
SWITCH_S = 0.001

log = logging.getLogger(__name__)


def watch_leash() -> None:
    """End this process when the pipe at its standard input closes: its supervisor is gone."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="leash", daemon=True).start()


def run_web(settings: Settings) -> None:
    """
    Serve the pages until told to stop.

    Parameters
    ----------
    settings
        The deployment.
    """
    import waitress  # noqa: PLC0415  (each process loads only what it serves with)

    from census.products.printing import printed_sheet  # noqa: PLC0415
    from webapp import refusals  # noqa: PLC0415
    from webapp.app import create_app  # noqa: PLC0415
    from webapp.gate import VISITOR_BOUNDS, threads_of, turns_of  # noqa: PLC0415
    from webapp.web_options import behind_proxy, web_options  # noqa: PLC0415

    turns = turns_of(VISITOR_BOUNDS)
    with (
        open_store(settings, role="public", pool_size=turns + OFFICE_THREADS) as store,
        open_store(settings, role="app", pool_size=turns + OFFICE_THREADS) as desk,
    ):

        def printer(
            kind: str, village_code: str, language: str, address: str, hazard: str | None
        ) -> bytes:
            return printed_sheet(desk, kind, village_code, language, address=address, hazard=hazard)

        app = create_app(settings, store, printer, accounts=desk)
        threads = threads_of(VISITOR_BOUNDS) + OFFICE_THREADS
        served = behind_proxy(app.server, settings)
        refusals.speak()
        waitress.serve(served, **web_options(settings, threads=threads))


def run_live(settings: Settings) -> None:
    """
    Serve tiles, features and news on the next port until told to stop.

    Parameters
    ----------
    settings
        The deployment.
    """
    from webapp import live_server  # noqa: PLC0415
    from webapp.live import create_live  # noqa: PLC0415
    from webapp.live_bodies import AT_ONCE  # noqa: PLC0415

    with open_store(settings, role="public", pool_size=AT_ONCE) as store:
        app = create_live(settings, store, boot=os.environ.get(BOOT_VARIABLE))
        live_server.run(app, host=settings.host, port=settings.port + 1)


def run_queue(settings: Settings) -> None:
    """
    Work through the job queue until told to stop.

    Parameters
    ----------
    settings
        The deployment.
    """
    from census.products.jobs import run_worker  # noqa: PLC0415
    from webapp.sheets import render  # noqa: PLC0415

    with open_store(settings, role="app") as store:
        run_worker(store, renderer=render)


def _stop_softly(_number: int, _frame: object) -> None:
    # waitress and the queue leave their loops on SystemExit, and the store closes behind them.
    sys.exit(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the process named by the first argument.

    Parameters
    ----------
    arguments
        ``web``, ``live`` or ``worker``; None for those of the command line.

    Returns
    -------
    int
        0 after a stop, 1 after a fault that a sentence explains.
    """
    parser = argparse.ArgumentParser(prog="webapp.web_process")
    parser.add_argument("process", choices=[WEB, LIVE, WORKER])
    chosen = parser.parse_args(arguments).process
    log_lines.begin(sys.stderr)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _stop_softly)
    watch_leash()
    sys.setswitchinterval(SWITCH_S)
    settings = Settings.from_env(os.environ)
    try:
        {WEB: run_web, LIVE: run_live, WORKER: run_queue}[chosen](settings)
    except CensusError as fault:
        log.error("%s / %s", fault.sentence_en, fault.sentence_zh)  # noqa: TRY400  (a sentence, no traceback)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
