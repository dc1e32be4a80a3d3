"""Queue long work in the district's own database, and work through it."""

from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

from census.errors import CensusError
from census.products.evacuation_plan import propose_plan
from census.products.provenance import package_version
from census.products.zoning_run import run_zoning
from census.store.connection import Store
from census.store.database import queue_address
from census.store.layers import generation
from census.store.sheets import put_sheet

Renderer = Callable[[Store, str, str, str], bytes]
"""(store, kind, village code, language) -> PDF; webapp passes its own."""

ZONE, PROPOSE, PRINT_SHEET = "zone", "propose", "print_sheet"
TASKS = (ZONE, PROPOSE, PRINT_SHEET)


class NoRendererError(CensusError):
    """A sheet was asked for from a worker that was started without a printer."""

    def __init__(self) -> None:
        super().__init__(
            "This worker prints no sheets; start it with `riskatlas serve`.",
            "该后台进程不能出图；请用 `riskatlas serve` 启动。",
        )


def queue(store: Store) -> App:
    """
    Open the queue of a district to put jobs into it.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    App
        To be used as ``with queue(store).open() as app: defer(app, ...)``.
    """
    return App(connector=SyncPsycopgConnector(conninfo=queue_address(store)))


def defer(app: App, task: str, **arguments: Any) -> int:
    """
    Put a job into the queue.

    Parameters
    ----------
    app
        The open queue.
    task
        One of ``TASKS``.
    **arguments
        Arguments of the task; a zoning and a plan of one hazard never run twice at once.

    Returns
    -------
    int
        Number of the job.
    """
    lock = f"{task}:{arguments.get('hazard', '')}" if task in {ZONE, PROPOSE} else None
    return int(app.configure_task(task, lock=lock).defer(**arguments))


def sheet_fingerprint(store: Store, language: str) -> str:
    """
    Name the state of the district that a sheet would show now.

    Parameters
    ----------
    store
        The store, any role.
    language
        Leading language of the sheet.

    Returns
    -------
    str
        Language, version of the package and generation of all layers.
    """
    return f"{language}:{package_version()}:{generation(store)}"


def worker_app(store: Store, *, renderer: Renderer | None = None) -> App:
    """
    Make the worker's app with its tasks.

    Parameters
    ----------
    store
        The store, role app.
    renderer
        Prints a sheet; None for a worker that prints none.

    Returns
    -------
    App
        The app, not yet open.
    """
    app = App(connector=PsycopgConnector(conninfo=queue_address(store)))

    @app.task(name=ZONE)
    def zone(hazard: str = "flood", parameters: dict[str, Any] | None = None) -> str:
        return run_zoning(store, hazard=hazard, parameters=parameters).number

    @app.task(name=PROPOSE)
    def propose(hazard: str = "flood", parameters: dict[str, Any] | None = None) -> str:
        return propose_plan(store, hazard=hazard, parameters=parameters).number

    @app.task(name=PRINT_SHEET)
    def print_sheet(kind: str, village_code: str, language: str = "zh") -> int:
        if renderer is None:
            raise NoRendererError
        # Before the drawing: what changes meanwhile makes the kept sheet outdated, not wrong.
        made_from = sheet_fingerprint(store, language)
        pdf = renderer(store, kind, village_code, language)
        put_sheet(store, kind, village_code, made_from, pdf)
        return len(pdf)

    return app


def run_worker(store: Store, *, renderer: Renderer | None = None, wait: bool = True) -> None:
    """
    Work through the queue.

    Parameters
    ----------
    store
        The store, role app.
    renderer
        Prints a sheet.
    wait
        True: until told to stop; False: until the queue is empty.
    """
    app = worker_app(store, renderer=renderer)
    app.run_worker(wait=wait, install_signal_handlers=wait, concurrency=1)


def job_status(app: App, job_id: int) -> str:
    """
    Tell how far a job is.

    Parameters
    ----------
    app
        The open queue.
    job_id
        Number of the job.

    Returns
    -------
    str
        ``todo``, ``doing``, ``succeeded``, ``failed``, ``cancelled`` or ``aborted``.
    """
    status: procrastinate.jobs.Status = app.job_manager.get_job_status(job_id)
    return str(status.value)
