"""Put work into the district's own queue, and see what became of it."""

from typing import Any, Final

import procrastinate
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from census.store.connection import Store
from census.store.database import queue_address

ZONE, PROPOSE, PRINT_SHEET, FLOOD = "zone", "propose", "print_sheet", "flood"
TAKE_EFFECT = "take_effect"
WORK_ON, GO_ON = "work_on_delivery", "go_on_with_deliveries"
TASKS: Final = (ZONE, PROPOSE, PRINT_SHEET, FLOOD, TAKE_EFFECT, WORK_ON, GO_ON)
# A delivery takes minutes: it has a lane of its own, and sheets and routes do not wait for it.
DELIVERIES, EVERYTHING_ELSE = "deliveries", "default"
# What people are shown goes before what is printed of it.
PRIORITY: Final = {TAKE_EFFECT: 1}


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


def defer(app: App, task: str, *, once: str | None = None, **arguments: Any) -> int | None:
    """
    Put a job into the queue.

    Parameters
    ----------
    app
        The open queue.
    task
        One of ``TASKS``.
    once
        Name of the job; while one of this name waits, no second is put in.
    **arguments
        Arguments of the task; a zoning and a plan of one hazard never run twice at once.

    Returns
    -------
    int or None
        Number of the job; None where one of this name waits already.
    """
    lock = f"{task}:{arguments.get('hazard', '')}" if task in {ZONE, PROPOSE, FLOOD} else None
    lane = DELIVERIES if task in {WORK_ON, GO_ON} else EVERYTHING_ELSE
    task_of = app.configure_task(
        task, lock=lock, queueing_lock=once, priority=PRIORITY.get(task, 0), queue=lane
    )
    try:
        return int(task_of.defer(**arguments))
    except AlreadyEnqueued:
        return None


def ask_to_work_on(store: Store, number: int) -> None:
    """
    Ask the worker to check or load a proposed delivery; once, however often it is asked.

    Parameters
    ----------
    store
        The store, role app.
    number
        Number of the proposal.
    """
    with queue(store).open() as app:
        defer(app, WORK_ON, once=f"{WORK_ON}:{number}", number=number)


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
